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


@dataclass(frozen=True, slots=True)
class Preference:
    """A wish for one reply; None where nothing is wished."""

    code: str | None = None
    example: str | None = None
    dynamic: bool = False


def preference_of(headers: Mapping[bytes, bytes]) -> Preference | None:
    """The preference in the headers of a request; None when there is none of ours."""
    if not any(name in headers for name in HEADERS):
        return None
    wishes = _parse(headers.get(b"prefer", b"").decode("latin-1"))
    code = headers.get(b"x-mock-response-code", b"").decode("latin-1").strip()
    name = headers.get(b"x-mock-response-name", b"").decode("latin-1").strip()
    wishes.setdefault("code", code)
    wishes.setdefault("example", name)
    preference = Preference(
        wishes["code"] or None,
        wishes["example"] or None,
        wishes.get("dynamic", "").lower() in ("true", "1"),
    )
    return preference if preference != Preference() else None


def _parse(text: str) -> dict[str, str]:
    """The preferences of ours in a `Prefer` header; others are left alone, as RFC 7240 asks."""
    found: dict[str, str] = {}
    for part in re.findall(r'(?:[^,;"]|"(?:\\.|[^"\\])*")+', text):
        name, _, value = part.partition("=")
        key = name.strip().lower()
        if key in NAMES:
            found.setdefault(key, re.sub(r"\\(.)", r"\1", value.strip().strip('"')))
    return found
