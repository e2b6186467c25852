"""A file that cannot be used for a while: what is said, and that nothing is lost or half done."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mockserver.clock import Moment
from mockserver.record import Change, Progress, Record, View
from mockserver.session import Session
from mockserver.stores import State, StoreError
from mockserver.stores.sqlite.store import SqliteStore
from tests.stores.kinds import memory_of
from tests.stores.test_records import NOON, ORDERS, order


def rests(_view: View, record: Record, _moment: Moment) -> Sequence[Change]:
    return [replace(record, progress=Progress())]


KINDS = {"orders": replace(ORDERS, elapse=rests)}


class Failing(sqlite3.Connection):
    """A connection whose next change of a record fails, as one does on a full disk."""

    fails = False
    undoes = False  # SQLite may undo the whole transaction, and says so by nothing else

    def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
        if Failing.fails and sql.startswith("UPDATE records"):
            Failing.fails = False
            if self.undoes:
                super().execute("ROLLBACK")
            raise sqlite3.OperationalError("database or disk is full")
        return super().execute(sql, *more)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SqliteStore]:
    """A store on a file, whose connections fail when told to."""
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Failing))
    made = SqliteStore(tmp_path / "a.db", lambda: NOON, KINDS)
    yield made
    Failing.fails = False
    made.database.close()


@pytest.mark.parametrize("undoes", [False, True])
def test_what_is_due_while_the_disk_is_full_happens_when_there_is_room_again(
    store: SqliteStore, monkeypatch: pytest.MonkeyPatch, *, undoes: bool
) -> None:
    monkeypatch.setattr(Failing, "undoes", undoes)

    def settle() -> list[tuple[str, bool]]:
        session = Session(memory_of(store, "mine"))
        return [(each.id, each.stopped) for each in session.settle()]

    def put() -> None:
        memory = store.make("mine", State(0))
        memory.records.commit([order("1", due=NOON)])

    store.atomic(put)()
    Failing.fails = True

    with pytest.raises(StoreError, match="disk is full"):
        store.atomic(settle)()
    assert store.atomic(settle)() == [("1", False)]


@pytest.mark.parametrize("left", [(), ("a.db-shm", "a.db-wal")])
def test_all_processes_go_on_with_the_same_file_when_theirs_was_removed(
    tmp_path: Path, left: tuple[str, ...], caplog: pytest.LogCaptureFixture
) -> None:
    one, other, later = (SqliteStore(tmp_path / "a.db", lambda: NOON, KINDS) for _ in range(3))

    def names(store: SqliteStore) -> list[str]:
        return [name for name, _ in store.atomic(store.memories)()]

    one.atomic(one.make)("before", State(0))
    assert names(other) == ["before"]
    for file in tmp_path.iterdir():
        if file.name not in left:
            file.unlink()

    for store, name in ((one, "a"), (later, "b"), (other, "c")):
        store.atomic(store.make)(name, State(0))

    assert [names(each) for each in (one, other, later)] == [["a", "b", "c"]] * 3
    assert {each.getMessage() for each in caplog.records} == {
        f"{tmp_path / 'a.db'} was removed or replaced: what is there now is used"
    }
    for store in (one, other, later):
        store.database.close()


def test_nothing_of_a_file_that_was_removed_is_taken_for_what_the_next_one_has(
    tmp_path: Path,
) -> None:
    one, other = (SqliteStore(tmp_path / "a.db", lambda: NOON, KINDS) for _ in range(2))

    def activate(store: SqliteStore, scenario: str) -> None:
        memory = store.find("mine") or store.make("mine", State(0))
        memory.state = memory.state._replace(scenarios=(scenario,))

    one.atomic(activate)(one, "a/before")
    for file in tmp_path.iterdir():
        file.unlink()
    other.atomic(activate)(other, "a/after")

    assert one.atomic(memory_of)(one, "mine").state.scenarios == ("a/after",)
    for store in (one, other):
        store.database.close()


@pytest.fixture
def protect(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Lets a file be read-only, also for who may do everything, until it is undone."""

    def connect(path: Path, **how: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = usual(f"file:{path}?mode=ro", uri=True, **how)
        return connection

    usual = sqlite3.connect
    return lambda: monkeypatch.setattr(sqlite3, "connect", connect)


def test_a_file_that_can_be_written_again_is_written_by_who_found_it_read_only(
    tmp_path: Path, protect: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = (SqliteStore(tmp_path / "a.db", lambda: NOON, KINDS) for _ in range(2))
    one.atomic(one.make)("mine", State(0))

    protect()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"readonly database: we have to be allowed to"):
            other.atomic(other.make)("other", State(0))
    monkeypatch.undo()
    other.atomic(other.make)("other", State(0))

    assert [name for name, _ in one.atomic(one.memories)()] == ["mine", "other"]
    for store in (one, other):
        store.database.close()


def test_a_file_that_is_read_only_cannot_be_served(
    tmp_path: Path, protect: Callable[[], None]
) -> None:
    one, other = (SqliteStore(tmp_path / "a.db", lambda: NOON, KINDS) for _ in range(2))
    one.atomic(one.make)("mine", State(0))

    protect()
    with pytest.raises(StoreError, match=r"a\.db cannot be used: attempt to write a readonly"):
        other.check()
    one.database.close()
