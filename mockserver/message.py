"""What is said on the wire (RFC 9110, 6): request and reply, and how a request breaks its contract.

Nothing here knows HTTP frameworks, contracts or files. A request is made for every call, so it is
a plain slotted object; treat it as frozen once `check` has filled it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

Json = Any
Header = tuple[bytes, bytes]


class Source(StrEnum):
    """Where a reply comes from, as `X-Mock-Source` says it (DESIGN section 3)."""

    REFUSAL = "refusal"
    SCENARIO = "scenario"
    SIMULATION = "simulation"
    EXAMPLE = "example"
    GENERATED = "generated"
    MOCKSERVER = "mockserver"


class Violation(NamedTuple):
    """One way in which a request breaks its contract.

    Attributes:
        location: "path", "query", "header", "body" or "security".
        pointer: JSON pointer into the body ("/products/0/id"), else the parameter's name.
        message: What is wrong, a sentence without a full stop.
        keyword: The rule that is broken ("required", "enum", "type", ...).
    """

    location: str
    pointer: str
    message: str
    keyword: str

    def __str__(self) -> str:
        """The message with its place: `The field 'id' is required (body /products/0/id)`."""
        place = f"{self.location} {self.pointer}" if self.pointer else self.location
        return f"{self.message} ({place})"


class _Absent:
    """The type of `ABSENT`: JSON null is a value, having no body is not."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
NOTHING: Mapping[str, Json] = MappingProxyType({})


def text_of(value: Json) -> str | None:
    """A text, number or boolean as it is written in a URL, not encoded; None for another value.

    `7` and `7.0` are one: JSON does not tell them apart.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    return str(value) if isinstance(value, int) else None


class Request:
    """What was asked.

    Attributes:
        method: In upper case.
        raw_path: The path as sent, still percent-encoded, without the query.
        raw_query: The query as sent, without the question mark.
        headers: Lower-case names; values of a repeated header are joined with ", " (RFC 9110 5.3).
        body: The bytes as sent, b"" for none.
        scheme: "http" or "https".
        prefix: What was taken off the path: b"/__s/{session}" or b"".
        path, query, header: Parsed parameters by name, filled by the check.
        content: The parsed body, `ABSENT` when there is none, filled by the check.
    """

    __slots__ = (
        "body",
        "content",
        "header",
        "headers",
        "method",
        "path",
        "prefix",
        "query",
        "raw_path",
        "raw_query",
        "scheme",
    )

    def __init__(
        self,
        method: str,
        raw_path: bytes,
        raw_query: bytes,
        headers: Mapping[bytes, bytes],
        body: bytes = b"",
        scheme: str = "http",
        prefix: bytes = b"",
    ) -> None:
        self.method = method
        self.raw_path = raw_path
        self.raw_query = raw_query
        self.headers = headers
        self.body = body
        self.scheme = scheme
        self.prefix = prefix
        self.path: Mapping[str, Json] = NOTHING
        self.query: Mapping[str, Json] = NOTHING
        self.header: Mapping[str, Json] = NOTHING
        self.content: Json = ABSENT


@dataclass(slots=True)
class Reply:
    """What we mean to answer.

    Attributes:
        status: HTTP status code.
        headers: Content type and the headers the contract documents; never `content-length`.
        body: The bytes to send.
        source: Who decided it.
    """

    status: int
    headers: tuple[Header, ...]
    body: bytes
    source: Source
