"""Chance: the few draws that every generated value is made of, and the seed they start from.

Only `random.Random.random` (and `getrandbits` for integers beyond 53 bits) is used: the standard
library promises the same sequence for the same seed in every version, and promises it for nothing
else. No `hash()`, no order of a set: a seed means the same body on every machine, in any process.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import islice
from random import Random
from typing import Final, TypeVar

T = TypeVar("T")
Maker = Callable[[Random], str]

HEX: Final = "0123456789abcdef"
UPPER_HEX: Final = "0123456789ABCDEF"
UPPER: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CONSONANTS: Final = "BCDFGHJKLMNPQRSTVWXYZ"
ALPHANUMERIC: Final = UPPER + "0123456789"

EXACT: Final = 2**53  # integers that a float of 53 bits tells apart
DIGITS_MAX: Final = 15  # 10**15 is below EXACT


def seed_of(*parts: bytes | str | int) -> int:
    """A seed of 64 bits that depends on every part, on its type and on where it ends.

    Args:
        parts: What the value shall depend on: a configured seed, an operation, a path, a counter.

    Returns:
        0 to 2**64 - 1; equal parts give equal seeds in any process (blake2b, RFC 7693).
    """
    digest = blake2b(digest_size=8)
    for part in parts:
        if isinstance(part, bytes):
            kind, data = b"b", part
        elif isinstance(part, str):
            kind, data = b"s", part.encode("utf-8", "surrogatepass")
        else:
            kind, data = b"i", b"%d" % part
        digest.update(kind + len(data).to_bytes(8, "big") + data)
    return int.from_bytes(digest.digest(), "big")


def below(rng: Random, limit: int) -> int:
    """An integer from 0 to `limit` - 1; `limit` is at least 1 and may be larger than 64 bits."""
    if limit <= EXACT:
        return int(rng.random() * limit)
    return rng.getrandbits(limit.bit_length() + 64) % limit


def between(rng: Random, low: int, high: int) -> int:
    """An integer from `low` to `high`, both included."""
    return low + below(rng, high - low + 1)


def pick(rng: Random, options: Sequence[T]) -> T:
    """One of `options`, each as likely as the others."""
    return options[int(rng.random() * len(options))]


def digits(rng: Random, count: int) -> str:
    """`count` decimal digits."""
    if count <= DIGITS_MAX:
        return str(int(rng.random() * 10**count)).zfill(count)
    return digits(rng, DIGITS_MAX) + digits(rng, count - DIGITS_MAX)


def characters(rng: Random, alphabet: str, count: int) -> str:
    """`count` characters of `alphabet`."""
    random, size = rng.random, len(alphabet)
    return "".join([alphabet[int(random() * size)] for _ in range(count)])


def one_of(*options: str) -> Maker:
    """A maker that gives one of `options`."""
    return lambda rng: pick(rng, options)


def either(*makers: Maker) -> Maker:
    """A maker that leaves it to one of `makers`."""
    return lambda rng: pick(rng, makers)(rng)


def insisting(
    make: Callable[[Random], T], fits: Callable[[T], bool], *, tries: int, tries_first: int
) -> Callable[[Random], T] | None:
    """`make`, repeated until what it gives fits.

    Args:
        make: Gives what often fits.
        fits: Whether it does.
        tries: How often it is repeated for one value, before a known one is given instead.
        tries_first: How often it is tried now, to know one.

    Returns:
        A maker whose values always fit; None when nothing was found that does.
    """
    first = Random(0)  # noqa: S311 - not a secret
    known = list(islice(filter(fits, (make(first) for _ in range(tries_first))), 1))
    if not known:
        return None

    def draw(rng: Random) -> T:
        for _ in range(tries):
            value = make(rng)
            if fits(value):
                return value
        return known[0]

    return draw
