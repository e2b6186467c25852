"""Raw body of a request -> parsed content: JSON, urlencoded forms and text.

The happy path is one look-up of the content type, one parse and one `is_valid`; everything that
explains is done only after that failed.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import orjson

from mockserver.contract.parameters import (
    ANYTHING,
    BOOLEANS,
    Malformed,
    Shape,
    loads,
    percent_decoded,
    query_pairs,
    scalar,
)
from mockserver.contract.schemas import Schema
from mockserver.message import ABSENT, Json, Violation
from mockserver.pointer import steps_of

CHARSETS = frozenset({"utf-8", "us-ascii", "iso-8859-1"})
LONG_NUMBER = re.compile(rb"[0-9]{19}")
# Rules that an integer may break only because it was read as a float.
EXACT = frozenset(
    {"const", "enum", "exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"}
)


class Form(StrEnum):
    """How the bytes of a media type are read."""

    JSON = "json"
    URLENCODED = "urlencoded"
    TEXT = "text"


def form_of(media_type: str) -> Form | None:
    """The form of a media type or range; None for one that is not supported."""
    if not (media_type.isascii() and media_type.isprintable()):
        return None
    essence = media_type.partition(";")[0].strip().lower()
    kind, _, subtype = essence.partition("/")
    if subtype == "json" or subtype.endswith("+json") or essence in ("*/*", "application/*"):
        return Form.JSON
    if essence == "application/x-www-form-urlencoded":
        return Form.URLENCODED
    return Form.TEXT if kind == "text" or subtype == "x-ndjson" else None


def covers(declared: str, essence: str) -> bool:
    """Whether a declared media type or range holds the type `essence`."""
    declared = declared.partition(";")[0].strip().lower()
    if declared in (essence, "*/*"):
        return True
    kind, _, subtype = declared.partition("/")
    return subtype == "*" and essence.startswith(kind + "/")


class UnsupportedMediaType(ValueError):  # noqa: N818 - a fact about the request
    """A body in a media type that the operation does not document."""


@dataclass(frozen=True, slots=True)
class Media:
    """One media type of a request body."""

    type: str
    form: Form
    schema: Schema
    shape: Shape


@dataclass(frozen=True, slots=True)
class Body:
    """The request body of an operation.

    Attributes:
        required: Whether its absence is a violation.
        media: The documented media types in their order, ranges last.
        lenient: Explicit nulls for optional members are read as their absence.
        by_type: The media types by their usual spelling: one look-up for nearly every request.
    """

    required: bool
    media: tuple[Media, ...]
    lenient: bool
    by_type: Mapping[bytes, Media]

    def read(self, body: bytes, content_type: bytes | None) -> tuple[Json, Sequence[Violation]]:
        """The parsed content (`ABSENT` for none) and what is wrong with it.

        Raises:
            UnsupportedMediaType: The body comes in another media type than documented.
        """
        if not body and (self.required or content_type is None or not self._text(content_type)):
            if self.required:
                return ABSENT, (Violation("body", "", "A body is required", "required"),)
            return ABSENT, ()
        media = self.by_type.get(content_type) if content_type else None
        if media is None:
            media = self._media(content_type)
        if media.form is not Form.JSON:
            return self._read_text(media, body, content_type or b"")
        try:
            content = loads(body)
        except orjson.JSONDecodeError as error:
            return ABSENT, (Violation("body", "", f"The body must be JSON: {error}", "json"),)
        except Malformed as error:
            return ABSENT, (Violation("body", "", f"The body {error}", "depth"),)
        if media.schema.is_valid(content):
            return content, ()
        return self._explain(media, body, content)

    def _text(self, content_type: bytes) -> bool:
        """Whether an empty body is a value: the empty string of a text type."""
        return content_type.strip().lower().startswith(b"text/")

    def _media(self, content_type: bytes | None) -> Media:
        if content_type is None:
            raise UnsupportedMediaType("none")
        text = content_type.decode("latin-1")
        essence = text.partition(";")[0].strip().lower()
        for media in self.media:
            if covers(media.type, essence):
                # a range does not say how to read what it covers
                form = form_of(essence) if "*" in media.type else media.form
                if form is not None:
                    return media if form is media.form else replace(media, form=form)
        raise UnsupportedMediaType(essence)

    def _explain(
        self, media: Media, body: bytes, content: Json
    ) -> tuple[Json, Sequence[Violation]]:
        violations = media.schema.violations(content, "body")
        if any(v.keyword in EXACT for v in violations) and LONG_NUMBER.search(body):
            content = _exact(body, content)  # orjson reads integers beyond 64 bits as floats
            violations = media.schema.violations(content, "body")
            if not violations:
                return content, ()
        if self.lenient and b"null" in body:
            without = _without_nulls(_fresh(body), violations)
            if without is not None:
                left = media.schema.violations(without, "body")
                if not left:
                    return without, ()
                violations = _still(violations, left)
        return content, violations

    def _read_text(
        self, media: Media, body: bytes, content_type: bytes
    ) -> tuple[Json, Sequence[Violation]]:
        charset = "utf-8"
        try:
            if media.form is Form.URLENCODED:
                content = _fields(body.decode(), media.shape)
            else:
                charset = _charset(content_type)
                content = _typed(body.decode(charset), media.shape)
        except UnicodeDecodeError:
            text = f"The body is not valid {charset.upper()}"
            return ABSENT, (Violation("body", "", text, "encoding"),)
        except Malformed as error:
            return ABSENT, (Violation("body", "", f"The body {error}", "encoding"),)
        if media.schema.is_valid(content):
            return content, ()
        return content, media.schema.violations(content, "body")


def _still(violations: Sequence[Violation], left: Sequence[Violation]) -> tuple[Violation, ...]:
    """What is wrong apart from nulls that may be left out: in the words that name the null."""
    places = {violation.pointer for violation in left}
    worded = [violation for violation in violations if violation.pointer in places]
    known = {violation.pointer for violation in worded}
    return (*worded, *(violation for violation in left if violation.pointer not in known))


def _charset(content_type: bytes) -> str:
    """The character set of a text; raises `UnsupportedMediaType` for an exotic one."""
    named = re.search(rb";\s*charset=\"?([^\s;\"]+)", content_type.lower())
    charset = named[1].decode("latin-1") if named else "utf-8"
    if charset not in CHARSETS:
        raise UnsupportedMediaType(content_type.decode("latin-1"))
    return charset


def _typed(text: str, shape: Shape) -> Json:
    return text if "string" in shape.types else scalar(text, shape.types, BOOLEANS)


def _exact(body: bytes, content: Json) -> Json:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return content


def _fields(text: str, shape: Shape) -> Mapping[str, Json]:
    """An urlencoded form as an object; repeated fields are an array where the schema allows one."""
    fields: dict[str, Json] = {}
    for name, raw in query_pairs(text.encode()):
        member = shape.member(name)
        value = percent_decoded(raw, plus=True)
        if member.kind == "array":
            items = member.items or ANYTHING
            item = (
                _object(value) if items.kind == "object" else scalar(value, items.types, BOOLEANS)
            )
            fields.setdefault(name, []).append(item)
        elif name in fields:
            if member.types and "array" not in member.types:
                raise Malformed(f"has the field '{name}' more than once")
            earlier = fields[name]
            item = scalar(value, member.types, BOOLEANS)
            fields[name] = [*earlier, item] if isinstance(earlier, list) else [earlier, item]
        elif member.kind == "object":
            fields[name] = _object(value)
        else:
            fields[name] = scalar(value, member.types, BOOLEANS)
    return fields


def _object(text: str) -> Json:
    try:
        return loads(text.encode())
    except orjson.JSONDecodeError:
        return text


def _fresh(body: bytes) -> Json:
    content = orjson.loads(body)
    return _exact(body, content) if LONG_NUMBER.search(body) else content


def _without_nulls(content: Json, violations: Sequence[Violation]) -> Json | None:
    """`content` less the null members that its violations name; None when there are none.

    Only the ways to those members are walked: what lies beside them may be nested deeply.
    """
    found = False
    for violation in violations:
        *way, name = steps_of(violation.pointer) or [""]
        node = content
        for step in way:
            node = node[int(step)] if isinstance(node, list) else node[step]
        if isinstance(node, dict) and node.get(name, ABSENT) is None:
            del node[name]
            found = True
    return content if found else None
