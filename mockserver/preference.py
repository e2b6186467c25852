"""What a caller asks to be answered: `Prefer` (RFC 7240) in Prism's words, and Postman's aliases.

Prefer: code=404, example=NAME, dynamic=true
X-Mock-Response-Code: 404
X-Mock-Response-Name: NAME
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

NAMES = ("code", "example", "dynamic")
HEADERS = (b"prefer", b"x-mock-response-code", b"x-mock-response-name")
QUOTED = r'"(?:\\.|[^"\\])*"'
ELEMENT = re.compile(rf'(?:[^,"]|{QUOTED})+')  # between commas
PART = re.compile(rf'(?:[^;"]|{QUOTED})+')  # between semicolons


@dataclass(frozen=True, slots=True)
class Preference:
    """A wish for one reply; None where nothing is wished."""

    code: str | None = None
    example: str | None = None
    dynamic: bool = False


def preference_of(headers: Mapping[bytes, bytes]) -> Preference | None:
    """The preference in the headers of a request; None when there is none of ours."""
    wishes = _parse(_text(headers.get(HEADERS[0], b"")))
    code, example = (_text(headers.get(name, b"")).strip() for name in HEADERS[1:])
    preference = Preference(
        wishes.get("code") or code or None,
        wishes.get("example") or example or None,
        wishes.get("dynamic", "false").lower() in ("", "true", "1"),
    )
    return preference if preference != Preference() else None


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _parse(text: str) -> dict[str, str]:
    """The preferences of ours in a `Prefer` header; others are left alone, as RFC 7240 asks.

    Of one that is given twice the first counts. What follows a semicolon belongs to the preference
    before it: it is read as a further one only behind one of ours, which have no parameters.
    """
    found: dict[str, str] = {}
    for element in ELEMENT.findall(text):
        for part in PART.findall(element):
            name, _, value = part.partition("=")
            key = name.strip().lower()
            if key not in NAMES:
                break
            found.setdefault(key, _unquoted(value.strip()))
    return found


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value
