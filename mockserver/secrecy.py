"""What must not be shown: which names are those of secrets, and values with those parts left out.

A name is all there is to go by. Case and separators do not matter: `client_secret`,
`Client-Secret` and `clientSecret` are one name. What is kept is never changed; only what is shown.
"""

import re
from functools import lru_cache
from typing import Final

from mockserver.message import Json

REDACTED: Final = "(redacted)"

_ANYWHERE = re.compile("token|password|passwd|secret|apikey")
_WORDS = frozenset(("opc", "pin", "puk"))  # `newPin` and `PUK2`, but not `shipping`
_WHOLE = _WORDS | frozenset(
    (
        "authorization",
        "proxyauthorization",
        "cookie",
        "setcookie",
        "assertion",
        "clientassertion",
        "ki",  # of a SIM card, as the words are; too short to look for inside of names
    )
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SEPARATORS = re.compile(r"[\W_]+")
_NAME_MAX = 64  # characters of a name worth remembering


def is_secret(name: str) -> bool:
    """Whether a header, parameter or member of this name holds a secret."""
    return _known(name) if len(name) <= _NAME_MAX else _looks_secret(name)


def redacted(value: Json) -> Json:
    """A copy of a JSON value in which the values of secret members are `REDACTED`, at any depth."""
    if isinstance(value, dict):
        return {
            name: REDACTED if is_secret(name) else redacted(member)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [redacted(each) for each in value]
    return value


def _looks_secret(name: str) -> bool:
    folded = _SEPARATORS.sub("", name).lower()
    return (
        folded in _WHOLE
        or _ANYWHERE.search(folded) is not None
        or any(word.lower() in _WORDS for word in _WORD.findall(name))
    )


_known = lru_cache(maxsize=1024)(_looks_secret)
