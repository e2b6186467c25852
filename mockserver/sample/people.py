"""People, companies, streets and sentences, in the words of Faker's Spanish locale.

The only module that imports Faker, and it does so for the first value that needs it (36 ms). One
Faker for each process gives its lists: names, kinds of street and of company, words. They are drawn
from here with the caller's own chance, which is five to ten times as fast as Faker's methods, needs
no lock between threads, and leaves a body to depend on the version of Faker in those words only.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, Final

from mockserver.sample.chance import below, between, digits, pick

LOCALE: Final = "es_ES"
# RFC 2606, section 3: names that never belong to anybody.
MAIL_DOMAINS: Final = ("example.com", "example.net", "example.org")
WORD_MIN: Final = 3  # "a", "y" and "de" say nothing when they stand alone


@dataclass(frozen=True, slots=True)
class _Spanish:
    """Faker's lists, each in the order that it gives them."""

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    company_kinds: tuple[str, ...]
    company_forms: tuple[str, ...]
    words: tuple[str, ...]


@cache
def _spanish() -> _Spanish:
    from faker import Faker  # noqa: PLC0415 - costs 36 ms, only when a name is generated

    generator = Faker(LOCALE).factories[0]

    def provider(name: str) -> Any:
        return generator.provider(f"faker.providers.{name}")

    person, company = provider("person"), provider("company")
    return _Spanish(
        first_names=tuple(person.first_names),
        last_names=tuple(person.last_names),
        streets=tuple(provider("address").street_prefixes),
        company_kinds=(*company.company_prefixes, *company.company_types),
        company_forms=tuple(company.company_suffixes),
        words=tuple(word for word in provider("lorem").word_list if len(word) >= WORD_MIN),
    )


def first_name(rng: Random) -> str:
    """A given name: `Nieves`."""
    return pick(rng, _spanish().first_names)


def last_name(rng: Random) -> str:
    """One family name: `Carbonell`."""
    return pick(rng, _spanish().last_names)


def last_names(rng: Random) -> str:
    """Both family names of a Spaniard: `Carbonell Perea`."""
    return f"{last_name(rng)} {last_name(rng)}"


def full_name(rng: Random) -> str:
    """A given name and two family names."""
    return f"{first_name(rng)} {last_names(rng)}"


def company(rng: Random) -> str:
    """A company with its legal form: `Transportes Fabra S.L.`."""
    known = _spanish()
    return f"{pick(rng, known.company_kinds)} {last_name(rng)} {pick(rng, known.company_forms)}"


def street(rng: Random) -> str:
    """A street with its kind: `Glorieta Socorro Bertrán`."""
    return f"{pick(rng, _spanish().streets)} {first_name(rng)} {last_name(rng)}"


def street_address(rng: Random) -> str:
    """Street, house number, floor and door: `Alameda Adrián Porcel, 12, 3B`."""
    door = pick(rng, "ABCD")
    return f"{street(rng)}, {between(rng, 1, 180)}, {between(rng, 1, 9)}{door}"


@cache
def plain(text: str) -> str:
    """`text` in lower-case ASCII letters and digits: `águeda ibáñez` -> `aguedaibanez`."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join([c for c in folded if c.isalnum()])


def email(rng: Random) -> str:
    """An address at a domain that nobody owns: `nieves.perea48@example.com`."""
    local = f"{plain(first_name(rng))}.{plain(last_name(rng))}"
    return f"{local}{between(rng, 1, 99)}@{pick(rng, MAIL_DOMAINS)}"


def user_name(rng: Random) -> str:
    """A login: `nperea482`."""
    return f"{plain(first_name(rng))[0]}{plain(last_name(rng))}{digits(rng, 3)}"


def word(rng: Random) -> str:
    """A Spanish word in lower case."""
    return pick(rng, _spanish().words)


def sentence(rng: Random) -> str:
    """A sentence of four to eight Spanish words, without meaning."""
    words = [word(rng) for _ in range(between(rng, 4, 8))]
    return " ".join(words).capitalize() + "."


def text(rng: Random, shortest: int, longest: int | None) -> str:
    """Spanish words of `shortest` to `longest` characters in all; one or two when there is room.

    It never begins or ends with a space, and any length from 0 on can be had.
    """
    if longest is None:
        longest = max(shortest, 10_000)
    parts = [word(rng)]
    size = len(parts[0])
    if size + 1 < longest and below(rng, 2):
        parts.append(word(rng))
        size += len(parts[-1]) + 1
    while size < shortest:
        parts.append(word(rng))
        size += len(parts[-1]) + 1
    whole = " ".join(parts)[:longest]
    return whole[:-1] + "a" if whole.endswith(" ") else whole
