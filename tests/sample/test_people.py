"""Names and sentences: Faker's words, our chance, nothing imported before it is needed."""

# ruff: noqa: S311 - a seeded chance is what is tested

import re
import subprocess
import sys
from random import Random

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from mockserver.sample import people
from mockserver.sample.chance import Maker


def test_importing_the_package_imports_neither_faker_nor_rstr() -> None:
    code = (
        "import sys, mockserver.sample;"
        "print([name for name in ('faker', 'rstr') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_names_are_those_of_fakers_spanish_locale() -> None:
    person = Faker("es_ES").factories[0].provider("faker.providers.person")
    first, *last = people.full_name(Random(1)).split(" ")
    assert first in " ".join(person.first_names)
    assert all(name in " ".join(person.last_names) for name in last)


def test_addresses_of_mail_are_ascii_and_belong_to_nobody() -> None:
    for seed in range(200):
        text = people.email(Random(seed))
        assert re.fullmatch(r"[a-z0-9]+\.[a-z0-9]+@example\.(com|net|org)", text)


@pytest.mark.parametrize(
    ("text", "plain"), [("Águeda Ibáñez", "aguedaibanez"), ("Maó", "mao"), ("O'Neill", "oneill")]
)
def test_plain_text_has_neither_accents_nor_signs(text: str, plain: str) -> None:
    assert people.plain(text) == plain


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 50))
def test_text_keeps_within_any_lengths_and_has_no_space_at_its_ends(
    shortest: int, more: int, seed: int
) -> None:
    text = people.text(Random(seed), shortest, shortest + more)
    assert shortest <= len(text) <= shortest + more
    assert text == text.strip()


def test_text_without_a_longest_length_is_as_long_as_asked_for() -> None:
    assert len(people.text(Random(1), 500, None)) >= 500


@pytest.mark.parametrize(
    "maker",
    [people.company, people.street, people.street_address, people.user_name, people.sentence],
)
def test_the_same_chance_gives_the_same_words(maker: Maker) -> None:
    assert maker(Random(4)) == maker(Random(4))
    assert len({maker(Random(seed)) for seed in range(50)}) > 30
