"""Values of the formats that JSON Schema and OpenAPI name, and how to tell that a text has one.

Instants lie in the year from `EPOCH` on, never around now: a body must not depend on the day it is
made. Sources: JSON Schema 2020-12 Validation, section 7.3; OpenAPI 3.0.3, "Data Types".
"""

import base64
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Final

from mockserver.sample import people, values
from mockserver.sample.chance import HEX, Maker, below, between, characters, pick

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
YEAR_SECONDS: Final = 365 * 24 * 3600
BORN_FROM: Final = datetime(1950, 1, 1, tzinfo=UTC)
BORN_DAYS: Final = 55 * 365  # until the end of 2004: adults
HOSTS: Final = ("api.example.com", "www.example.org", "shop.example.net", "media.example.com")


def instant(rng: Random) -> datetime:
    """A second of the year from `EPOCH` on."""
    return EPOCH + timedelta(seconds=below(rng, YEAR_SECONDS))


def date_time(rng: Random) -> str:
    """RFC 3339, in UTC: `2026-05-04T10:30:00Z`."""
    return f"{instant(rng).isoformat()[:19]}Z"


def date(rng: Random) -> str:
    """A day, RFC 3339: `2026-05-04`."""
    return instant(rng).isoformat()[:10]


def birth_date(rng: Random) -> str:
    """The day an adult was born."""
    return (BORN_FROM + timedelta(days=below(rng, BORN_DAYS))).isoformat()[:10]


def time(rng: Random) -> str:
    """A time of the day with its zone, RFC 3339: `10:30:00Z`."""
    return f"{instant(rng).isoformat()[11:19]}Z"


def unix_seconds(rng: Random) -> int:
    """Seconds since 1970 of an instant in the year from `EPOCH` on."""
    return int(EPOCH.timestamp()) + below(rng, YEAR_SECONDS)


def duration(rng: Random) -> str:
    """A span of days and hours, ISO 8601 as in RFC 3339, appendix A: `P3DT4H`."""
    return f"P{between(rng, 1, 30)}DT{between(rng, 1, 23)}H"


def hostname(rng: Random) -> str:
    """A host that nobody owns (RFC 2606): `srv417.example.com`."""
    return f"srv{between(rng, 1, 999)}.{pick(rng, people.MAIL_DOMAINS)}"


def ipv4(rng: Random) -> str:
    """An address of the blocks for documentation (RFC 5737)."""
    return f"{pick(rng, ('192.0.2', '198.51.100', '203.0.113'))}.{between(rng, 1, 254)}"


def ipv6(rng: Random) -> str:
    """An address of the block for documentation (RFC 3849)."""
    return f"2001:db8:{characters(rng, HEX[1:], 4)}::{characters(rng, HEX[1:], 4)}"


def uri(rng: Random) -> str:
    """An absolute address: `https://api.example.com/7f3a9c21`."""
    return f"https://{pick(rng, HOSTS)}/{characters(rng, HEX, 8)}"


def path(rng: Random) -> str:
    """A relative reference and JSON pointer: `/7f3a9c21`."""
    return f"/{characters(rng, HEX, 8)}"


def relative_pointer(rng: Random) -> str:
    """A relative JSON pointer: `1/7f3a9c21`."""
    return f"{below(rng, 3)}{path(rng)}"


def uri_template(rng: Random) -> str:
    """An address with a hole (RFC 6570)."""
    return f"{uri(rng)}/{{id}}"


def expression(rng: Random) -> str:
    """A regular expression: `^[A-Z]{3}$`."""
    return f"^[A-Z]{{{between(rng, 1, 9)}}}$"


def base64_text(rng: Random) -> str:
    """Base64 of twelve bytes (RFC 4648, section 4)."""
    return base64.b64encode(characters(rng, HEX, 12).encode()).decode()


def password(rng: Random) -> str:
    """A password with letters, digits and a sign."""
    return f"{values.token(rng)[:9].capitalize()}-{between(rng, 10, 99)}"


# Short ones at the end, for schemas that leave little room: they are taken when the first do not
# fit the length.
def _short(text: str, rng: Random) -> str:
    """`text` with its `#` replaced by a digit."""
    return text.replace("#", str(below(rng, 10)))


SHORT_MAIL: Final = partial(_short, "a#@b.es")
SHORT_HOST: Final = partial(_short, "h#.es")
SHORT_URI: Final = partial(_short, "http://h#.es")

FORMATS: Final[Mapping[str, tuple[Maker, ...]]] = {
    "date-time": (date_time,),
    "date": (date,),
    "time": (time,),
    "duration": (duration, partial(_short, "P#D")),
    "email": (people.email, SHORT_MAIL),
    "idn-email": (people.email, SHORT_MAIL),
    "hostname": (hostname, SHORT_HOST),
    "idn-hostname": (hostname, SHORT_HOST),
    "ipv4": (ipv4, partial(_short, "10.0.0.#")),
    "ipv6": (ipv6, partial(_short, "::#")),
    "uri": (uri, SHORT_URI, partial(_short, "u:#")),
    "url": (uri, SHORT_URI, partial(_short, "u:#")),
    "iri": (uri, SHORT_URI, partial(_short, "u:#")),
    "uri-reference": (path, partial(_short, "/#")),
    "iri-reference": (path, partial(_short, "/#")),
    "uri-template": (uri_template, partial(_short, "/#")),
    "json-pointer": (path, partial(_short, "/#")),
    "relative-json-pointer": (relative_pointer, partial(_short, "#")),
    "regex": (expression, partial(_short, "#")),
    "uuid": (values.uuid,),
    "byte": (base64_text, partial(_short, "YWJ#"), lambda _rng: ""),
    "password": (password,),
}
# These say how to treat a text, not how it is written: any text has them.
LOOSE: Final = frozenset({"password"})

_DATE: Final = (
    r"[12]\d{3}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])"
    r"|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
_TIME: Final = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)"
# Narrower than the formats themselves: for telling that a value made otherwise has one, too.
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "date-time": re.compile(f"{_DATE}T{_TIME}", re.ASCII),
    "date": re.compile(_DATE, re.ASCII),
    "time": re.compile(_TIME, re.ASCII),
    "email": re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+)*@[a-z0-9]+(?:\.[a-z0-9]+)+"),
    "hostname": re.compile(r"[a-z0-9]+(?:\.[a-z0-9]+)*"),
    "ipv4": re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}", re.ASCII),
    "uri": re.compile(r"https?://[a-z0-9.]+(?:/[A-Za-z0-9_-]*)*"),
    "uuid": re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE),
}


def recognised(text: str) -> str | None:
    """The format of an example that was written without naming it; None for any other text."""
    for name, form in _FORMS.items():
        if name not in ("time", "hostname") and form.fullmatch(text):
            return name
    return None


def checker(name: str) -> Callable[[str], bool] | None:
    """What tells whether a text surely has the format `name`; None when we cannot tell."""
    if name in LOOSE or name not in FORMATS:
        return lambda _text: True
    form = _FORMS.get(name)
    return None if form is None else lambda text: form.fullmatch(text) is not None
