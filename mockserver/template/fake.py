"""Chance in templates: a `uuid`, and Faker with what fits of its Spanish providers.

Both depend on the seed, the session and the request, and on nothing else. Faker is imported when a
template first names it.
"""

import threading
from collections.abc import Callable
from functools import cache, partial
from hashlib import blake2b
from random import Random
from typing import TYPE_CHECKING, Final
from uuid import UUID

from mockserver.clock import Moment
from mockserver.message import Json, Request
from mockserver.template.words import Forbidden, unknown, words

if TYPE_CHECKING:
    from faker import Generator


LOCALE: Final = "es_ES"
FAKE_MAX: Final = 1_000  # lengths and counts that Faker is asked for
# Methods that read the real clock, draw from another chance, give bytes, take code, cost out of
# proportion, or have nothing in Spanish.
UNFIT: Final = words(
    "bank binary cif credit_card_expire credit_card_full csv dsv enum firefox fixed_width image"
    " json json_bytes nuss passport_dates passport_dob passport_full passport_gender profile psv"
    " pydict pyiterable pylist pyobject pyset pystr_format pystruct pytuple simple_profile tar"
    " texts tsv user_agent uuid1 uuid7 xml zip"
)
DOI_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"  # of a NIF or NIE, by the remainder of its number
WIDE: Final = frozenset({"random_int", "pyint"})  # whose arguments are not lengths
WIDE_KEYWORDS: Final = frozenset({"min_value", "max_value"})


class _Spanish(threading.local):
    """One Faker for each thread, since a seeded one cannot be shared."""

    def __init__(self) -> None:
        from faker import Faker  # noqa: PLC0415 - costs 100 ms, only where a template names it

        self.generator: Generator = Faker(LOCALE).factories[0]


@cache
def _spanish() -> _Spanish:
    return _Spanish()


@cache
def methods() -> frozenset[str]:
    """Names of the methods of Faker's providers that fit a template."""
    providers = _spanish().generator.providers
    fit = [each for each in providers if each.__provider__ != "faker.providers.date_time"]
    return frozenset(
        name
        for provider in fit
        for name in dir(provider)
        if not name.startswith("_") and name not in UNFIT and callable(getattr(provider, name))
    )


def _nif(rng: Random) -> str:
    number = int(rng.random() * 10**8)
    return f"{number:08d}{DOI_LETTERS[number % 23]}"


def _nie(rng: Random) -> str:
    number = int(rng.random() * (3 * 10**7))  # X, Y and Z stand for 0, 1 and 2
    return f"{'XYZ'[number // 10**7]}{number % 10**7:07d}{DOI_LETTERS[number % 23]}"


# Faker draws these with the chance of the whole process.
_IDENTITIES: Final = {"nif": _nif, "nie": _nie}


class Fake:
    """Faker as templates see it: methods of providers, seeded when the first one is named."""

    __slots__ = ("_generator", "_seed")

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._generator: Generator | None = None

    def method(self, name: str) -> Callable[..., Json]:
        """A method by its name; raises `Forbidden` where it is not open, or is asked for much."""
        if name not in methods():
            raise Forbidden(unknown("method of faker", name, methods()))
        if self._generator is None:
            self._generator = _spanish().generator
            self._generator.seed_instance(self._seed)
        make: Callable[..., Json] = getattr(self._generator, name)
        if name in _IDENTITIES:
            make = partial(_IDENTITIES[name], self._generator.random)

        def call(*args: Json, **options: Json) -> Json:
            for key, value in [*enumerate(args), *options.items()]:
                wide = name in WIDE or key in WIDE_KEYWORDS
                if isinstance(value, int | float) and abs(value) > FAKE_MAX and not wide:
                    raise Forbidden(f"`faker.{name}` is not asked for more than {FAKE_MAX:,}")
            return make(*args, **options)

        return call


def uuid_of(request: Request, moment: Moment, session: str) -> str:
    """The UUID (version 4) of a reply."""
    return str(UUID(bytes=_digest(b"uuid", request, moment, session), version=4))


def fake_of(request: Request, moment: Moment, session: str) -> Fake:
    """Faker for a reply."""
    return Fake(int.from_bytes(_digest(b"faker", request, moment, session), "big"))


def _digest(purpose: bytes, request: Request, moment: Moment, session: str) -> bytes:
    """16 bytes that depend on seed, session and request, and on where each part ends."""
    parts = (
        str(moment.seed).encode(),
        session.encode("utf-8", "surrogatepass"),
        request.method.encode(),
        request.raw_path,
        request.raw_query,
        request.body,
    )
    digest = blake2b(digest_size=16, person=purpose)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.digest()
