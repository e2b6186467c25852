"""What an expression gives, as JSON and as text; times are instants in UTC."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

from mockserver.message import Json
from mockserver.template.budget import size_of
from mockserver.template.words import Forbidden

DEPTH_MAX: Final = 100  # of JSON, in a template and in a value


def plain_of(value: Json, depth: int = 0) -> Json:
    """A value as JSON: dates as ISO text, decimals as numbers, copies of what is shared."""
    if isinstance(value, str):
        return encodable(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float | Decimal):
        return _finite(float(value))
    if isinstance(value, date):
        return iso(value) if isinstance(value, datetime) else value.isoformat()
    if depth >= DEPTH_MAX:
        raise Forbidden(f"A value is nested more than {DEPTH_MAX} deep")
    if isinstance(value, dict | Mapping):
        return {_key(key): plain_of(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_of(each, depth + 1) for each in value]
    str(value)  # raises for what is missing, with what Jinja2 knows about it
    raise Forbidden("A method is not a value; call it" if callable(value) else "It is not JSON")


def _key(key: Json) -> str:
    if not isinstance(key, str):
        raise Forbidden("A member's name is not text")
    return encodable(key)


def encodable(text: str) -> str:
    """`text`; raises `UnicodeEncodeError` where it cannot be sent."""
    if not text.isascii():
        text.encode()  # a lone surrogate cannot be sent
    return text


def _finite(value: float) -> float:
    if value - value != 0:
        raise Forbidden("A number is not finite")
    return value


def text_of(value: Json) -> str:
    """A value inside a text: text and dates as they are, anything else as JSON."""
    if isinstance(value, str):
        return value
    size_of(value)
    plain = plain_of(value)
    if isinstance(plain, str):
        return plain
    return json_of(plain)


def json_of(value: Json) -> str:
    """A value as the text of its JSON."""
    return json.dumps(plain_of(value), ensure_ascii=False, separators=(",", ":"))


def instant(value: Json) -> datetime:
    """A time, or its ISO text, in UTC; without a zone it is taken for UTC."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        raise Forbidden("It is not a time")
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def iso(value: Json, timespec: str = "seconds") -> str:
    """A time as ISO text in UTC, `2026-01-15T12:00:30Z`."""
    return instant(value).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"
