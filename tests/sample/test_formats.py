"""Formats: valid for two validators that know nothing of us."""

# ruff: noqa: S311 - a seeded chance is what is tested

import json
import urllib.parse
from datetime import datetime
from random import Random

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from mockserver.sample import formats
from mockserver.sample.chance import Maker

MAKERS = [(name, maker) for name, makers in formats.FORMATS.items() for maker in makers]


@pytest.mark.parametrize(("name", "maker"), MAKERS)
def test_each_maker_of_a_format_gives_valid_texts(name: str, maker: Maker) -> None:
    schema = {"type": "string", "format": name}
    fast = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    slow = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for seed in range(50):
        text = maker(Random(seed))
        assert fast.is_valid(text), text
        assert slow.is_valid(text), text


def test_addresses_have_a_scheme_and_a_host() -> None:
    for seed in range(50):
        parts = urllib.parse.urlsplit(formats.uri(Random(seed)))
        assert parts.scheme == "https"
        assert parts.hostname
        assert parts.hostname.startswith(("api.", "www.", "shop.", "media."))


def test_instants_lie_in_the_year_from_the_epoch_on() -> None:
    for seed in range(200):
        moment = datetime.fromisoformat(formats.date_time(Random(seed)))
        assert moment.year == 2026


def test_people_were_born_before_2005() -> None:
    years = {int(formats.birth_date(Random(seed))[:4]) for seed in range(300)}
    assert min(years) >= 1950
    assert max(years) < 2005


@pytest.mark.parametrize("name", [n for n in formats.FORMATS if formats.checker(n) is not None])
def test_a_checker_knows_what_the_makers_give_first(name: str) -> None:
    checker = formats.checker(name)
    assert checker is not None
    assert all(checker(formats.FORMATS[name][0](Random(seed))) for seed in range(50))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("date", "2026-02-30"),
        ("date", "2026-13-01"),
        ("date-time", "2026-01-01"),
        ("email", "nobody"),
        ("ipv4", "1.2.3.256"),
        ("ipv4", "1.2.3"),
        ("uuid", "x"),
        ("uri", "example.com"),
    ],
)
def test_a_checker_refuses_what_is_not_of_its_format(name: str, text: str) -> None:
    checker = formats.checker(name)
    assert checker is not None
    assert not checker(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("2025-04-29", "date"),
        ("2022-01-31T23:00:00Z", "date-time"),
        ("test@email.com", "email"),
        ("2106f808-36e9-402d-bf37-f1f7fa04776b", "uuid"),
        ("192.168.1.1", "ipv4"),
        ("MYSIM_123456", None),
        (json.dumps({}), None),
    ],
)
def test_an_example_shows_its_format(text: str, name: str | None) -> None:
    assert formats.recognised(text) == name
