"""What must not be shown: which names are those of secrets, and values with those parts left out.

A name is nearly all there is to go by. Case and separators do not matter: `client_secret`,
`Client-Secret` and `clientSecret` are one name. `Bearer ...` and `Basic ...` are secrets under any
name (RFC 7617, RFC 6750). What is kept is never changed; only what is shown.
"""

import re
from functools import lru_cache
from typing import Final

from mockserver.message import Json

REDACTED: Final = "(redacted)"

_ANYWHERE = re.compile(
    "token|password|passwd|passphrase|pwd|secret|apikey|privatekey|credential|authorization|jwt"
)
_BEGINS = re.compile("xauth(?!or(?!i))")  # `X-Auth-Key`, not `X-Author`
_WORDS = frozenset(("opc", "otp", "pin", "puk"))  # `newPin` and `PUK2`, but not `shipping`
_WHOLE = frozenset(("cookie", "setcookie", "assertion", "clientassertion"))
_LAST = "ki"  # of a SIM card: `ki` and `simKi`, but neither `kiosk` nor `skip`
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SEPARATORS = re.compile(r"[\W_]+")
_NAME_MAX = 64  # characters of a name worth remembering

# A name with what stands between it and its value, where quotes may be escaped.
_NAMED = re.compile(r"""(?<![\w.-])([\w.-]++)(?:\\*+["']?+\s*+[:=]\s*+)""")
_EQUALS = re.compile(r"(?<![\w.-])([\w.-]++)=")  # in a URL or a form inside of a value
# Its value: quoted, in escaped quotes, an object or a list (which may end anywhere), a word.
_VALUE = re.compile(
    r"""(?s:"(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?|\\++["'][^"']*+["']?|[\[{].*)|[^\s"&,;}\]]++"""
)
_LINE = re.compile(r"""[^\s"'\\][^\r\n]*+""")  # with schemes, parameters or pairs
_HEADERS = re.compile("authorization|cookie")  # whose values end with the line
# A scheme in lower case may be of a sentence, "the bearer token", so that its value is no word.
_CREDENTIALS = re.compile(
    r"""\b(Bearer|BEARER|Basic|BASIC|(?:bearer|basic)(?=\s+[a-z]*+[^\sa-z.,;:!?)"'<]))(\s+)"""
    r"""(?!tokens?(?:[\s.,;:!?)]|$)|[\w-]+=")[^\s"'<]+"""
)


def is_secret(name: str) -> bool:
    """Whether a header, parameter or member of this name holds a secret."""
    return _known(name) if len(name) <= _NAME_MAX else _looks_secret(name)


def redacted(value: Json) -> Json:
    """A copy of a JSON value less its secrets, at any depth.

    The values of secret members are `REDACTED`, and so are credentials, and secrets of a URL or
    form, inside of texts.
    """
    if isinstance(value, str):
        return _less_secrets(value, _EQUALS)
    if isinstance(value, dict):
        return {
            name: REDACTED if is_secret(name) else redacted(member)
            for name, member in value.items()
        }
    if isinstance(value, list):
        return [redacted(each) for each in value]
    return value


def scrubbed(text: str) -> str:
    """A text of any kind without the values that stand after a secret name and `=` or `:`."""
    return _less_secrets(text, _NAMED)


def _less_secrets(text: str, names: re.Pattern[str]) -> str:
    """Linear: every name is looked at, whatever stands before it, and nothing is tried twice."""
    parts: list[str] = []
    done = place = 0
    while (named := names.search(text, place)) is not None:
        place = named.end()
        value = _value_at(text, place, named[1]) if is_secret(named[1]) else None
        if value is not None:
            parts += text[done:place], f'"{REDACTED}"' if value[0].startswith('"') else REDACTED
            done = place = value.end()
    shown = "".join([*parts, text[done:]])
    return _CREDENTIALS.sub(lambda found: f"{found[1]}{found[2]}{REDACTED}", shown)


def _value_at(text: str, place: int, name: str) -> re.Match[str] | None:
    """The value of a secret name, None where there is nothing to hide."""
    line = _LINE.match(text, place) if _HEADERS.search(_folded(name)) else None
    return line or _VALUE.match(text, place)


def _folded(name: str) -> str:
    return _SEPARATORS.sub("", name).lower()


def _looks_secret(name: str) -> bool:
    folded = _folded(name)
    words = [word.lower() for word in _WORD.findall(name)]
    return (
        folded in _WHOLE
        or _ANYWHERE.search(folded) is not None
        or _BEGINS.match(folded) is not None
        or words[-1:] == [_LAST]
        or not _WORDS.isdisjoint((folded, *words))
    )


_known = lru_cache(maxsize=1024)(_looks_secret)
