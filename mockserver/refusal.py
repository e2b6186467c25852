"""The reply to a request that breaks its contract, in that API's own words.

The documented example of the status is the frame: it knows the API's codes and titles. The
violations are written into the member that carries the detail; where the contract answers with an
array of errors, each violation becomes one element. RFC 9457 problem documents are used only where
the contract documents nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from mockserver.contract.bodies import Form
from mockserver.contract.operation import Operation
from mockserver.contract.replies import DocumentedReply, ReplyMedia, covering, encode
from mockserver.contract.schemas import Schemas
from mockserver.exchange import Header, Json, Reply, Source, Violation

# The member that says what is wrong, best first; names of RFC 6749, RFC 9457 and of our contracts.
DETAILS = ("detailMsg", "details", "detail", "error_description", "description", "message", "title")
# Members that hold one entry for each violation.
LISTS = ("errors", "violations", "details", "fields", "messages", "causes")
# Members of such an entry that name the place.
PLACES = ("pointer", "field", "path", "property", "parameter", "param", "name")
CODES = ("code", "status", "statusCode", "error")
TITLES = ("title", "message")
PROBLEM = "application/problem+json"
JSON_HEADER: Header = (b"content-type", b"application/json")
PROBLEM_HEADER: Header = (b"content-type", PROBLEM.encode())


@dataclass(frozen=True, slots=True)
class Refusal:
    """A decision to refuse: the status, why, and headers that belong to it."""

    status: int
    violations: tuple[Violation, ...]
    headers: tuple[Header, ...] = ()


def phrase(status: int) -> str:
    """The reason phrase of a status, "" for one that has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def problem(
    status: int,
    detail: str,
    *,
    headers: Sequence[Header] = (),
    members: Mapping[str, Json] | None = None,
) -> Reply:
    """A problem document (RFC 9457) by the tool itself, so marked as `mockserver`.

    Args:
        status: HTTP status.
        detail: What is wrong and what would be right.
        headers: Beside the content type.
        members: Further members of the document.
    """
    body = {"type": "about:blank", "title": phrase(status), "status": status, "detail": detail}
    return Reply(
        status, (PROBLEM_HEADER, *headers), encode(body | dict(members or {})), Source.MOCKSERVER
    )


def text_of(violations: Sequence[Violation]) -> str:
    """All violations in one text, the first leading."""
    if len(violations) == 1:
        return str(violations[0])
    return "; ".join(str(violation) for violation in violations)


class Refuser:
    """Writes the refusals of one operation; frames are made when first needed."""

    def __init__(self, operation: Operation, schemas: Schemas) -> None:
        self._replies = operation.replies
        self._schemas = schemas
        self._frames: dict[int, tuple[int, _Frame | None]] = {}

    def write(self, refusal: Refusal) -> Reply:
        """The reply that says `refusal`."""
        known = self._frames.get(refusal.status)
        if known is None:
            known = self._frames[refusal.status] = self._frame(refusal.status)
        status, frame = known
        if frame is not None:
            body = frame.fill(refusal.violations)
            if body is not None:
                headers = (frame.content_type, *refusal.headers)
                return Reply(status, headers, body, Source.REFUSAL)
        listed = [
            {"location": v.location, "pointer": v.pointer, "message": v.message}
            for v in refusal.violations
        ]
        text = text_of(refusal.violations)
        reply = problem(status, text, headers=refusal.headers, members={"violations": listed})
        reply.source = Source.REFUSAL
        return reply

    def _frame(self, status: int) -> "tuple[int, _Frame | None]":
        """The status to send and its frame; 422 where the contract knows no 400 but that."""
        documented = covering(self._replies, status)
        if documented is None and status == 400 and "422" in self._replies:  # noqa: PLR2004
            return self._frame(422)
        media = _structured(documented)
        return status, self._frame_in(media, status) if media else None

    def _frame_in(self, media: ReplyMedia, status: int) -> "_Frame | None":
        node = self._object(media.schema.node) if media.schema else {}
        many = node.get("type") == "array"
        inner = self._object(node.get("items", {})) if many else node
        examples = [value for value in media.examples.values() if value]
        base: Json = examples[0] if examples else {}
        if many:
            base = base[0] if isinstance(base, list) and base else {}
        if media.form is Form.JSON and not isinstance(base, dict):
            return None
        members = self._properties(inner) or {name: {} for name in base}
        return _Frame(media, many, _Object.of(base, members, status), self._list(base, members))

    def _object(self, node: Json) -> Mapping[str, Json]:
        for _ in range(50):
            if not isinstance(node, dict):
                return {}
            if "$ref" not in node:
                return node
            node = self._schemas.converted(node["$ref"])
        return {}

    def _properties(self, node: Mapping[str, Json], depth: int = 0) -> dict[str, Json]:
        """Members of an object schema, those of its `allOf` and alternatives included."""
        found = {name: self._object(part) for name, part in node.get("properties", {}).items()}
        for key in ("allOf", "oneOf", "anyOf"):
            for part in node.get(key, ()) if depth < 5 else ():  # noqa: PLR2004
                found = {**self._properties(self._object(part), depth + 1), **found}
        return found

    def _list(self, base: Json, members: Mapping[str, Json]) -> "tuple[str, _Object | None] | None":
        """The member with one entry for each violation, and what such an entry looks like."""
        for name in LISTS:
            node = members.get(name, {})
            if node.get("type") != "array":
                continue
            items = self._object(node.get("items", {}))
            if items.get("type") == "string":
                return name, None
            given = base.get(name)
            entry = given[0] if isinstance(given, list) and given else {}
            inner = self._properties(items) or {key: {} for key in entry}
            if inner:
                return name, _Object.of(entry, inner, 0)
        return None


@dataclass(frozen=True, slots=True)
class _Object:
    """An error object before the violations are known.

    Attributes:
        base: What it always says: codes and titles of the documented example.
        detail: The member that says what is wrong, None when there is none.
        detail_max: The most characters it may have, None for any number.
        places: The members that name the place.
    """

    base: Mapping[str, Json]
    detail: str | None
    detail_max: int | None
    places: tuple[str, ...]

    @classmethod
    def of(cls, example: Mapping[str, Json], members: Mapping[str, Json], status: int) -> "_Object":
        """From a documented example and the schemas of the members; what both lack is filled in."""
        base = dict(example)
        detail = next((name for name in DETAILS if _takes_text(members.get(name))), None)
        for name in CODES if status else ():
            node = members.get(name)
            if node is not None and name not in base and name != detail:
                if node.get("type") == "integer":
                    base[name] = status
                elif _takes_text(node):
                    base[name] = phrase(status).upper().replace(" ", "_")
        for name in TITLES if status else ():
            if name not in base and name != detail and _takes_text(members.get(name)):
                base[name] = phrase(status)
        limit = members[detail].get("maxLength") if detail else None
        return cls(base, detail, limit, tuple(name for name in PLACES if name in members))

    def saying(self, text: str) -> dict[str, Json]:
        """The object with `text` as its detail."""
        if self.detail is None:
            return dict(self.base)
        return {**self.base, self.detail: text[: self.detail_max]}

    def naming(self, violation: Violation) -> dict[str, Json]:
        """The object as one entry of a list of violations."""
        return self.saying(violation.message) | dict.fromkeys(self.places, violation.pointer)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a refusal of one status looks like before the violations are known."""

    media: ReplyMedia
    many: bool
    object: _Object
    list: tuple[str, _Object | None] | None

    @property
    def content_type(self) -> Header:
        return b"content-type", self.media.type.encode("latin-1")

    def fill(self, violations: Sequence[Violation]) -> bytes | None:
        """The body; None when the schema has no room for any of this."""
        if self.media.form is not Form.JSON:
            return text_of(violations).encode()
        value: Json = self._value(violations)
        if self.media.is_valid(value):
            return encode(value)
        documented = [self.object.base] if self.many else self.object.base
        return encode(documented) if self.media.is_valid(documented) else None

    def _value(self, violations: Sequence[Violation]) -> Json:
        if self.many:
            return [self.object.saying(str(violation)) for violation in violations]
        value = self.object.saying(text_of(violations))
        if self.list is not None:
            name, entry = self.list
            value[name] = [entry.naming(v) if entry else str(v) for v in violations]
        return value


def _takes_text(node: Json) -> bool:
    if not isinstance(node, dict) or "enum" in node or "pattern" in node or "format" in node:
        return False
    stated = node.get("type", "string")
    return stated == "string" or (isinstance(stated, list) and "string" in stated)


def _structured(documented: DocumentedReply | None) -> ReplyMedia | None:
    """The media type a refusal is written in: JSON before text."""
    media = documented.media if documented else ()
    return next((each for each in media if each.form is Form.JSON), next(iter(media), None))
