"""People, companies, streets and sentences, in the words of Faker's Spanish locale.

The only module that imports Faker, and it does so for the first value that needs it (36 ms).
Faker gives first and last names, companies, streets and its list of Spanish words; everything else
is made elsewhere, so that a body depends on the version of Faker only in those words.

Faker keeps its chance in the generator. It is one generator for each thread, and the caller's `rng`
is put into it before each use: two threads that generate at once do not draw from each other.
"""

import threading
import unicodedata
from functools import cache
from random import Random
from typing import Final, Protocol, cast

from mockserver.sample.chance import below, between, digits, pick

LOCALE: Final = "es_ES"
# RFC 2606, section 3: names that never belong to anybody.
MAIL_DOMAINS: Final = ("example.com", "example.net", "example.org")


class _Faker(Protocol):
    """What is used of Faker's generator, whose methods are made at run time."""

    random: Random

    def get_words_list(self) -> list[str]: ...

    def first_name(self) -> str: ...

    def last_name(self) -> str: ...

    def company(self) -> str: ...

    def street_name(self) -> str: ...


class _Local(threading.local):
    """Faker of this thread, made when first asked for."""

    generator: _Faker | None = None


_LOCAL: Final = _Local()


def _faker(rng: Random) -> _Faker:
    generator = _LOCAL.generator
    if generator is None:
        from faker import Faker  # noqa: PLC0415 - costs 36 ms, only when a name is generated

        generator = _LOCAL.generator = cast("_Faker", Faker(LOCALE).factories[0])
    generator.random = rng
    return generator


@cache
def _words() -> tuple[str, ...]:
    """Faker's Spanish words; drawn by ourselves, which is ten times as fast as `word()`."""
    known = _faker(Random(0)).get_words_list()  # noqa: S311 - not a secret
    return tuple(word for word in known if len(word) > 2)  # noqa: PLR2004 - "a", "y", "de"


def first_name(rng: Random) -> str:
    """A given name: `Nieves`."""
    return _faker(rng).first_name()


def last_name(rng: Random) -> str:
    """One family name: `Carbonell`."""
    return _faker(rng).last_name()


def last_names(rng: Random) -> str:
    """Both family names of a Spaniard: `Carbonell Perea`."""
    faker = _faker(rng)
    return f"{faker.last_name()} {faker.last_name()}"


def full_name(rng: Random) -> str:
    """A given name and two family names."""
    faker = _faker(rng)
    return f"{faker.first_name()} {faker.last_name()} {faker.last_name()}"


def company(rng: Random) -> str:
    """A company with its legal form: `Fabra & Asociados S.L.`."""
    return _faker(rng).company()


def street(rng: Random) -> str:
    """A street with its kind: `Glorieta Socorro Bertrán`."""
    return _faker(rng).street_name()


def street_address(rng: Random) -> str:
    """Street, house number, floor and door: `Alameda Adrián Porcel, 12, 3B`."""
    door = pick(rng, "ABCD")
    return f"{street(rng)}, {between(rng, 1, 180)}, {between(rng, 1, 9)}{door}"


def plain(text: str) -> str:
    """`text` in lower-case ASCII letters and digits: `águeda ibáñez` -> `aguedaibanez`."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "".join([c for c in folded if c.isalnum()])


def email(rng: Random) -> str:
    """An address at a domain that nobody owns: `nieves.perea48@example.com`."""
    faker = _faker(rng)
    local = f"{plain(faker.first_name())}.{plain(faker.last_name())}"
    return f"{local}{between(rng, 1, 99)}@{pick(rng, MAIL_DOMAINS)}"


def user_name(rng: Random) -> str:
    """A login: `nperea482`."""
    faker = _faker(rng)
    return f"{plain(faker.first_name())[:1]}{plain(faker.last_name())}{digits(rng, 3)}"


def word(rng: Random) -> str:
    """A Spanish word in lower case."""
    return pick(rng, _words())


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
