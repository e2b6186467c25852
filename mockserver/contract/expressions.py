"""Runtime expressions: how a link says where a value of an exchange stands (3.0.3, 4.7.20.3).

    $request.path.id    $request.body#/user/uuid    $response.header.Location    $statusCode

Compiled once; to evaluate one is to look its places up. What is no expression is a constant, and
expressions may stand in braces within a text: `{$method} of {$url}`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from mockserver.message import ABSENT, Header, Json, Request, text_of
from mockserver.pointer import steps_of, value_at

EXPRESSIONS_ALLOWED: Final = (
    "$url, $method, $statusCode, $request.path.x, $request.query.x, $request.header.x, "
    "$request.body, $request.body#/x, $response.header.x, $response.body, $response.body#/x"
)
_WHOLE = ("url", "method", "statusCode")
_NAMED = re.compile(r"(request\.(?:path|query|header)|response\.header)\.(.+)", re.DOTALL)
_BODY = re.compile(r"(request\.body|response\.body)(?:#((?:/(?:[^~/]|~[01])*)*))?", re.DOTALL)
_EMBEDDED = re.compile(r"\{(\$[^{}]*)\}")


class Outcome(NamedTuple):
    """What was answered, as far as an expression can ask for it.

    Attributes:
        status: HTTP status code.
        body: The value of the body, `ABSENT` for none.
        headers: Documented headers of the reply, names in lower case.
    """

    status: int
    body: Json = ABSENT
    headers: Iterable[Header] = ()


class Place(NamedTuple):
    """One place of an exchange.

    Attributes:
        source: "url", "method", "statusCode", "request.path", "request.query", "request.header",
            "request.body", "response.header" or "response.body".
        name: Of the parameter or header, "" for the others.
        steps: Into the body; none for the whole body.
    """

    source: str
    name: str = ""
    steps: tuple[str, ...] = ()

    def value(self, request: Request, outcome: Outcome) -> Json:
        """What stands there, `ABSENT` for nothing; the request must have been checked."""
        match self.source:
            case "request.path":
                return request.path.get(self.name, ABSENT)
            case "request.query":
                return request.query.get(self.name, ABSENT)
            case "request.header":
                return _text(request.headers.get(self.name.lower().encode("latin-1", "replace")))
            case "request.body":
                return value_at(request.content, self.steps)
            case "response.header":
                return _header(outcome.headers, self.name)
            case "response.body":
                return value_at(outcome.body, self.steps)
            case "statusCode":
                return outcome.status
            case "method":
                return request.method
        return _url(request)


@dataclass(frozen=True, slots=True)
class Expression:
    """One value of a link.

    Attributes:
        written: As the document has it.
        parts: Texts and places in their order; none for a constant.
    """

    written: Json
    parts: tuple[str | Place, ...] = ()

    @property
    def places(self) -> tuple[Place, ...]:
        """The places that are looked up."""
        return tuple(part for part in self.parts if isinstance(part, Place))

    def value(self, request: Request, outcome: Outcome) -> Json:
        """The value for one exchange.

        A single expression keeps the type of what it finds; in a text every value becomes text.
        `ABSENT` where a place has nothing, or has no text to put into one.
        """
        if not self.parts:
            return self.written
        if len(self.parts) == 1 and isinstance(self.parts[0], Place):
            return self.parts[0].value(request, outcome)
        out = ""
        for part in self.parts:
            text = part if isinstance(part, str) else text_of(part.value(request, outcome))
            if text is None:
                return ABSENT
            out += text
        return out


def expression(written: Json) -> Expression:
    """Compile a value of a link; raises `ValueError` for what is meant to be an expression."""
    if not isinstance(written, str):
        return Expression(written)
    if written.startswith("$"):
        return Expression(written, (_place(written),))
    split = _EMBEDDED.split(written)
    if len(split) == 1:
        return Expression(written)
    parts = [_place(part) if index % 2 else part for index, part in enumerate(split)]
    return Expression(written, tuple(part for part in parts if part != ""))


def _place(written: str) -> Place:
    text = written[1:]
    if text in _WHOLE:
        return Place(text)
    named = _NAMED.fullmatch(text)
    if named:
        return Place(named[1], named[2])
    body = _BODY.fullmatch(text)
    if body:
        return Place(body[1], "", tuple(steps_of(body[2] or "")))
    raise ValueError(f"{written!r} is no runtime expression")


def _header(headers: Iterable[Header], name: str) -> Json:
    wanted = name.lower().encode("latin-1", "replace")
    return next((_text(value) for key, value in headers if key == wanted), ABSENT)


def _text(raw: bytes | None) -> Json:
    return ABSENT if raw is None else raw.decode("latin-1")


def _url(request: Request) -> str:
    """The URL as the caller wrote it."""
    host = request.headers.get(b"host", b"")
    query = b"?" + request.raw_query if request.raw_query else b""
    rest = host + request.prefix + request.raw_path + query
    return f"{request.scheme}://{rest.decode('latin-1')}"
