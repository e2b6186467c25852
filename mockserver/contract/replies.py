"""Documented replies: media types, examples, headers and links, and the echo of a request in them.

A documented example is made into a `Template` once: bytes with holes where the reply has a member
that the request has too (a read of `ACC_77` says `service_id: ACC_77`). To fill it is to join
bytes.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import orjson

from mockserver.contract.bodies import Form
from mockserver.contract.explain import orjson_text
from mockserver.contract.expressions import Expression
from mockserver.contract.schemas import Schema
from mockserver.message import ABSENT, Header, Json, Request

EXACT_MAX: Final = 2**63


def encode(value: Json) -> bytes:
    """`value` as JSON; integers beyond 64 bits included."""
    try:
        return orjson.dumps(value)
    except TypeError:
        return orjson_text(value).encode()


@dataclass(frozen=True, slots=True)
class Hole:
    """A place in an example that takes a value of the request.

    Attributes:
        location: "path", "query" or "body".
        name: The parameter or member in the request.
        fallback: The example's own value, encoded.
        schema: What the member must be.
        plain: Any string will do.
    """

    location: str
    name: str
    fallback: bytes
    schema: Schema
    plain: bool

    def fill(self, request: Request) -> bytes:
        """The request's value where it fits, else the example's."""
        value = self._value(request)
        if value is ABSENT:
            return self.fallback
        if self.plain and type(value) is str:
            return orjson.dumps(value)
        return encode(value) if self.schema.is_valid(value) else self.fallback

    def _value(self, request: Request) -> Json:
        if self.location == "path":
            return request.path.get(self.name, ABSENT)
        if self.location == "query":
            return request.query.get(self.name, ABSENT)
        content = request.content
        if not isinstance(content, dict):
            return ABSENT
        value = content.get(self.name, ABSENT)
        if type(value) is float and abs(value) >= EXACT_MAX:
            return _exact(request.body, self.name, value)
        return value


def _exact(body: bytes, name: str, value: float) -> Json:
    """A member as it was written: integers beyond 64 bits are read as floats."""
    try:
        return json.loads(body)[name]
    except ValueError:  # a form
        return value


@dataclass(frozen=True, slots=True)
class Template:
    """An example as bytes with holes; `parts` has one more element than `holes`."""

    parts: tuple[bytes, ...]
    holes: tuple[Hole, ...]

    def fill(self, request: Request) -> bytes:
        """The body of the reply to `request`."""
        if not self.holes:
            return self.parts[0]
        pieces = [self.parts[0]]
        for hole, part in zip(self.holes, self.parts[1:], strict=True):
            pieces.append(hole.fill(request))
            pieces.append(part)
        return b"".join(pieces)


@dataclass(frozen=True, slots=True)
class ReplyMedia:
    """One media type of a documented reply.

    Attributes:
        type: The media type to send.
        form: JSON or text.
        schema: None when the contract has none: anything conforms.
        examples: Named examples in the order of the document, values parsed.
    """

    type: str
    form: Form
    schema: Schema | None
    examples: Mapping[str, Json]

    def body(self, value: Json) -> bytes:
        """`value` in this media type."""
        if self.form is Form.JSON:
            return encode(value)
        return value.encode() if isinstance(value, str) else encode(value)

    def is_valid(self, value: Json) -> bool:
        """Whether `value` conforms."""
        return self.schema is None or self.schema.is_valid(value)


@dataclass(frozen=True, slots=True)
class Link:
    """What can be asked after a reply, and with what of it (OpenAPI 3.0.3, 4.7.20).

    Attributes:
        name: As the document has it.
        operation: The target, `stem/operationId`.
        parameters: Location, name and value of each parameter of the target that is given.
        members: The same for its body: the steps to each member, none for all of it, and its value.
    """

    name: str
    operation: str
    parameters: tuple[tuple[str, str, Expression], ...]
    members: tuple[tuple[tuple[str, ...], Expression], ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentedReply:
    """One entry of an operation's `responses`.

    Attributes:
        code: "200", "4XX" or "default".
        media: Documented media types; empty for a reply without a body.
        headers: Documented headers with the values to send.
        pointer: Where it stands in the document.
        links: Declared links; of a creating operation without any, the one that its paths imply.
        creates: Which resource the request made: its kind, and where its id stands.
        creates_by_body: Whether some id stands in the body of the reply.
    """

    code: str
    description: str
    media: tuple[ReplyMedia, ...]
    headers: tuple[Header, ...]
    pointer: str
    links: tuple[Link, ...] = ()
    creates: tuple[tuple[str, Expression], ...] = ()
    creates_by_body: bool = False

    def examples(self) -> Iterable[str]:
        """Names of all examples of all media types."""
        return dict.fromkeys(name for media in self.media for name in media.examples)


def covering(replies: Mapping[str, DocumentedReply], status: int) -> DocumentedReply | None:
    """The documented reply for `status`: listed, in a range, or `default`; None for none."""
    return replies.get(str(status)) or replies.get(f"{status // 100}XX") or replies.get("default")


def success(replies: Mapping[str, DocumentedReply]) -> tuple[int, DocumentedReply] | None:
    """Status and reply of an accepted request: the lowest 2xx, else `default` as 200, else 3xx.

    None when the contract documents only errors.
    """
    listed = sorted(code for code in replies if re.fullmatch("2[0-9][0-9]", code))
    if listed:
        return int(listed[0]), replies[listed[0]]
    if "2XX" in replies:
        return 200, replies["2XX"]
    if "default" in replies:
        return 200, replies["default"]
    moved = sorted(code for code in replies if re.fullmatch("3[0-9][0-9]", code))
    return (int(moved[0]), replies[moved[0]]) if moved else None


def normalised(name: str) -> str:
    """A name without case and separators: `referenceId` and `reference_id` are one."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def template(
    value: Json,
    schema: Schema | None,
    names: Mapping[str, tuple[str, str]],
    member: Callable[[Json, str], Schema | None],
) -> Template:
    """The template of an example.

    Args:
        value: The example.
        schema: Its schema.
        names: Normalised name -> (location, name) of what the request carries.
        member: Gives the schema of a member of an object schema, None where it may not be changed
            by itself: where a schema has alternatives, members may hang together.

    Holes are made in the top level of an object and of the objects in an array, where the schema
    has the member.
    """
    if schema is None:
        return Template((encode(value),), ())
    items = value if isinstance(value, list) else [value]
    marks: list[Hole] = []
    marked = [_marked(item, schema.node, names, member, marks) for item in items]
    text = encode(marked if isinstance(value, list) else marked[0])
    parts = re.split(rb'"\x7fhole:\d+\x7f"', text) if marks else [text]
    return Template(tuple(parts), tuple(marks))


def _marked(
    item: Json,
    node: Json,
    names: Mapping[str, tuple[str, str]],
    member: Callable[[Json, str], Schema | None],
    marks: list[Hole],
) -> Json:
    if not isinstance(item, dict):
        return item
    out = {}
    for name, value in item.items():
        source = names.get(normalised(name))
        schema = member(node, name) if source else None
        if source is None or schema is None or isinstance(value, dict | list):
            out[name] = value
            continue
        plain = schema.node.keys() <= {"type", "description", "examples", "title"}
        plain = plain and schema.node.get("type") == "string"
        out[name] = f"\x7fhole:{len(marks)}\x7f"
        marks.append(Hole(source[0], source[1], encode(value), schema, plain))
    return out
