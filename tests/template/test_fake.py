"""Chance in templates: what it depends on, and what of Faker is open."""

import os
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from mockserver.clock import Moment
from tests.template.samples import (
    CHANCE,
    NOON,
    asked,
    every_fake,
    refused,
    refused_at_load,
    rendered,
)

if TYPE_CHECKING:
    from mockserver.message import Json


def test_chance_gives_the_same_for_the_same_request() -> None:
    assert rendered(CHANCE) == rendered(CHANCE)


@pytest.mark.parametrize("text", CHANCE)
@pytest.mark.parametrize(
    "other",
    [
        {"moment": Moment(NOON.now, 8, NOON.wall)},
        {"session": "yours"},
        {"request": asked({"name": "Eva"})},
        {"request": asked(method="PUT")},
        {"request": asked(query=b"page=3")},
    ],
    ids=["seed", "session", "body", "method", "query"],
)
def test_chance_depends_on_seed_session_and_request(text: str, other: dict[str, Any]) -> None:
    assert rendered(text) != rendered(text, **other)


def test_chance_does_not_depend_on_the_time() -> None:
    later = Moment(NOON.now + timedelta(days=400), NOON.seed, NOON.wall)

    assert rendered(CHANCE) == rendered(CHANCE, moment=later)


def test_chance_is_the_same_in_another_thread() -> None:
    found: list[Json] = []
    thread = threading.Thread(target=lambda: found.append(rendered(CHANCE)))
    thread.start()
    thread.join()

    assert found == [rendered(CHANCE)]


def test_a_uuid_is_one_for_the_reply_and_faker_goes_on() -> None:
    first, second = rendered(["{{ uuid }}", "{{ uuid }}"])
    one, two = rendered(["{{ faker.uuid4() }}", "{{ faker.uuid4() }}"])

    assert first == second
    assert first[14] == "4"
    assert one != two


def test_every_method_of_faker_that_is_open_gives_json() -> None:
    found = every_fake()

    assert len(found) > 100
    assert orjson.loads(orjson.dumps(found)) == found
    assert not [name for name, value in found.items() if "Error: " in str(value)]


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_chance_is_the_same_in_another_process(hash_seed: str) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from tests.template.samples import *;"
        "print(orjson.dumps([rendered(CHANCE), every_fake()]).decode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parents[2])],
        check=True,
        capture_output=True,
        env=os.environ | {"PYTHONHASHSEED": hash_seed},
    )

    assert orjson.loads(done.stdout) == [rendered(CHANCE), every_fake()]


def test_no_method_of_faker_that_is_open_reads_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    from faker.providers.date_time import Provider  # noqa: PLC0415 - loaded on first use

    def read(*_args: object, **_options: object) -> None:
        raise AssertionError("the clock is read")

    for name in [name for name in vars(Provider) if callable(getattr(Provider, name))]:
        if not name.startswith("__"):
            monkeypatch.setattr(Provider, name, read)
    found: list[dict[str, Json]] = []
    thread = threading.Thread(target=lambda: found.append(every_fake()))  # with a Faker of its own
    thread.start()
    thread.join()

    assert not [name for name, value in found[0].items() if "clock" in str(value)]


def test_identities_have_their_letter() -> None:
    nif, nie = rendered(["{{ faker.nif() }}", "{{ faker.nie() }}"])
    letters = "TRWAGMYFPDXBNJZSQVHLCKE"

    assert nif[8:] == letters[int(nif[:8]) % 23]
    assert nie[8:] == letters[int(str("XYZ".index(nie[0])) + nie[1:8]) % 23]


@pytest.mark.parametrize(
    "name",
    ["seed_instance", "seed", "add_provider", "generator", "random", "unique", "parse", "format",
     "past_date", "date_time", "binary", "pyobject", "pystr_format", "_Generator__random", "uuid1"],
)  # fmt: skip
def test_faker_shows_nothing_but_its_providers(name: str) -> None:
    assert "no method of faker" in refused_at_load(f"{{{{ faker.{name}() }}}}").reason
    assert "no method of faker" in refused(f"{{{{ faker['{name}']() }}}}").reason


def test_faker_is_not_asked_for_long_texts() -> None:
    assert "more than 1,000" in refused("{{ faker.pystr(min_chars=1, max_chars=1001) }}").reason
    assert "more than 1,000" in refused("{{ faker.random_number(1000000000) }}").reason
    assert len(rendered("{{ faker.pystr(min_chars=1000, max_chars=1000) }}")) == 1000
