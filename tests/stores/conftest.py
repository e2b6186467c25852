"""Stores of each kind, for one suite."""

from collections.abc import Iterator

import pytest

from tests.stores.kinds import NAMES, SEVERAL, SQLITE, Kind


@pytest.fixture(params=NAMES, scope="module")
def kind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kind]:
    """One kind of stores."""
    made = Kind(request.param, tmp_path_factory.mktemp(request.param))
    yield made
    made.close()


@pytest.fixture(params=[SQLITE, SEVERAL], scope="module")
def filed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kind]:
    """One kind of stores in files."""
    made = Kind(request.param, tmp_path_factory.mktemp(request.param))
    yield made
    made.close()
