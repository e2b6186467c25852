"""What tests of the SQLite store share."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mockserver.stores.sqlite.store import SqliteStore
from tests.stores.test_records import KINDS, NOON


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Callable[[], SqliteStore]]:
    """Opens stores on one file."""
    made: list[SqliteStore] = []

    def another() -> SqliteStore:
        made.append(SqliteStore(tmp_path / "a.db", lambda: NOON, KINDS))
        return made[-1]

    yield another
    for each in made:
        each.database.close()
