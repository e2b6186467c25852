"""The reply to a request that breaks its contract, in that API's own words.

The documented example of the status is the frame: it knows the API's codes and titles. The
violations are written into the member that carries the detail; where the contract answers with an
array of errors, each violation becomes one element. RFC 9457 problem documents are used only where
the contract documents nothing, or nothing that has room for a text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import NamedTuple

from mockserver.contract.bodies import Form
from mockserver.contract.operation import Operation
from mockserver.contract.replies import DocumentedReply, ReplyMedia, covering
from mockserver.contract.schemas import Schemas
from mockserver.message import ABSENT, Header, Json, Reply, Source, Violation
from mockserver.pointer import steps_of
from mockserver.problem import PROBLEM, phrase, problem

# The member that says what is wrong, best first; names of RFC 6749, RFC 9457 and of our contracts,
# then what other APIs call it.
DETAILS = (
    *("detailMsg", "details", "detail", "error_description", "description", "message"),
    *("errorMessage", "error_message", "msg", "reason", "issue", "text", "title", "error"),
)
# Members that hold one entry for each violation.
LISTS = ("errors", "violations", "details", "detail", "fields", "messages", "causes")
# Members of such an entry that name the place.
PLACES = ("pointer", "field", "path", "property", "parameter", "param", "name")
WAY = "loc"  # the member of an entry that names the place as a list, as FastAPI has it
CODES = ("code", "status", "statusCode", "error")
TITLES = ("title", "message")
DEPTH_MAX = 3  # objects and lists in one another, until the member that takes a text


class Refusal(NamedTuple):
    """A decision to refuse: the status, why, and headers that belong to it."""

    status: int
    violations: tuple[Violation, ...]
    headers: tuple[Header, ...] = ()


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
        if documented is None or media is None:
            return status, None
        return status, self._frame_in(media, _Status(status, documented.code == str(status)))

    def _frame_in(self, media: ReplyMedia, status: "_Status") -> "_Frame":
        """The frame of a documented media type: the first whose bodies keep its schema."""
        node = media.schema.node if media.schema else {}
        base: Json = None
        for base in self._bases(media):
            shape = self._shape(node, base, status)
            if media.form is not Form.JSON:
                shape = shape if isinstance(shape, _Text) else _Text(None)
            if shape is not None and media.is_valid(shape.all((TRIAL,))):
                return _Frame.of(media, shape, base)
            if media.examples:
                return _Frame.of(media, None, base)
        anything = _Object(
            {"type": "about:blank", "title": phrase(status.code), "status": status.code},
            ("detail", _Text(None)),
            None,
            (),
        )
        fits = media.form is Form.JSON and media.is_valid(anything.all((TRIAL,)))
        return _Frame.of(media, anything if fits else None, base)

    def _bases(self, media: ReplyMedia) -> Iterator[Json]:
        """What a body may say beside what is wrong: an example, nothing, what the schema needs."""
        if media.examples:
            yield next((value for value in media.examples.values() if value), None)
            return
        yield None
        if media.type == PROBLEM:
            yield {"type": "about:blank"}
        if media.schema is None:
            return
        node = media.schema.node
        value = self._drawn(node)
        if isinstance(value, dict):
            needed = self._needed(node, value)
            # Codes and titles follow from the status: drawn ones would say something else.
            yield {name: each for name, each in needed.items() if name not in (*CODES, *TITLES)}
            yield needed
            yield needed | self._entries(node)
        if value is not ABSENT:
            yield value

    def _drawn(self, node: Json) -> Json:
        """A value of a converted schema, `ABSENT` where none can be made."""
        from mockserver import sample  # noqa: PLC0415 - few contracts need it

        schemas = self._schemas
        try:
            draw = sample.compile_sampler(node, resolve=schemas.converted, is_valid=schemas.holds)
            return draw(Random(0))  # noqa: S311 - sample data, not secrets
        except sample.Unsampleable:
            return ABSENT

    def _needed(self, node: Json, value: Mapping[str, Json]) -> dict[str, Json]:
        return {name: value[name] for name in self._required(node) if name in value}

    def _entries(self, node: Json) -> dict[str, Json]:
        """The lists of an error object with what one entry needs."""
        found: dict[str, Json] = {}
        for name, part in self._properties(self._object(node)).items():
            if name in LISTS and _is(part, "array"):
                entry = part.get("items", {})
                value = self._drawn(entry)
                if isinstance(value, dict):
                    found[name] = [self._needed(entry, value)]
        return found

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

    def _required(self, node: Json, depth: int = 0) -> list[str]:
        node = self._object(node)
        found = list(node.get("required", ()))
        for part in node.get("allOf", ()) if depth < 5 else ():  # noqa: PLR2004
            found += self._required(part, depth + 1)
        return found

    def _shape(
        self, node: Json, base: Json, status: "_Status | None", depth: int = 0
    ) -> "_Shape | None":
        """Where texts go in a body that conforms to `node`; None when there is no place.

        Args:
            node: A converted schema.
            base: What an example has there, None for nothing.
            status: Of the reply; None in an entry of a list, which has no status.
            depth: Of `node` in the body.
        """
        node = self._object(node)
        if depth > DEPTH_MAX:
            return None
        if _is(node, "array"):
            first = base[0] if isinstance(base, list) and base else None
            item = self._shape(node.get("items", {}), first, status, depth + 1)
            return _Array(item, node.get("maxItems")) if item else None
        if _takes_text(node) and ("type" in node or isinstance(base, str)):
            return _Text(node.get("maxLength"))
        return self._object_shape(node, base if isinstance(base, dict) else {}, status, depth)

    def _object_shape(
        self, node: Mapping[str, Json], given: Json, status: "_Status | None", depth: int
    ) -> "_Object | None":
        members = self._properties(node) or {name: {} for name in given}
        base = dict(given)
        name = next((name for name in DETAILS if _takes_text(members.get(name))), None)
        detail: tuple[str, _Shape] | None = None
        if name is not None:
            detail = name, _Text(members[name].get("maxLength"))
        else:
            inner = (
                (each, self._shape(part, base.get(each), status, depth + 1))
                for each, part in members.items()
                if part.get("properties") or part.get("allOf")
            )
            detail = next(((each, shape) for each, shape in inner if shape), None)
        listed = None
        for each in LISTS:
            if _is(members.get(each, {}), "array"):
                shape = self._shape(members[each], base.get(each), None, depth + 1)
                listed = listed or ((each, shape) if shape else None)
        if detail is None and listed is None:
            return None
        if status is not None:
            status.write(base, {each: part for each, part in members.items() if each != name})
        places = tuple(each for each in PLACES if each != name and _takes_text(members.get(each)))
        return _Object(base, detail, listed, places, way=_is(members.get(WAY, {}), "array"))


TRIAL = Violation("body", "/member", "A text", "type")


@dataclass(frozen=True, slots=True)
class _Status:
    """The status of a refusal.

    Attributes:
        code: As it is sent.
        exact: The contract documents it by itself; else its example may speak of another one.
    """

    code: int
    exact: bool

    def write(self, base: dict[str, Json], members: Mapping[str, Json]) -> None:
        """Write it into the members that have a code or a title, where the example does not."""
        for name in (*CODES, *TITLES):
            node, known = members.get(name, {}), base.get(name)
            words = phrase(self.code)
            if _is(node, "integer") and (name not in base or _is_status(known)):
                base[name] = self.code
            elif not _takes_text(members.get(name)):
                continue
            elif name not in base:
                base[name] = words if name in TITLES else words.upper().replace(" ", "_")
            elif not self.exact and isinstance(known, str) and known.replace("_", "a").isalpha():
                base[name] = words.upper().replace(" ", "_") if known.isupper() else words
            elif not self.exact and name in TITLES:
                base[name] = words


@dataclass(frozen=True, slots=True)
class _Text:
    """A text of at most `most` characters; None for any number."""

    most: int | None

    def all(self, violations: Sequence[Violation]) -> Json:
        return text_of(violations)[: self.most]

    def one(self, violation: Violation, *, placed: bool = False) -> Json:
        return (violation.message if placed else str(violation))[: self.most]


@dataclass(frozen=True, slots=True)
class _Array:
    """An entry for each violation; the last of `most` entries says all that is left."""

    item: "_Shape"
    most: int | None

    def all(self, violations: Sequence[Violation]) -> Json:
        own = self.most
        if own is None or len(violations) <= own:
            return [self.item.one(violation) for violation in violations]
        alone = [self.item.one(violation) for violation in violations[: own - 1]]
        return [*alone, self.item.all(violations[own - 1 :])][: self.most]

    def one(self, violation: Violation, *, placed: bool = False) -> Json:
        return [self.item.one(violation, placed=placed)]


@dataclass(frozen=True, slots=True)
class _Object:
    """An error object before the violations are known.

    Attributes:
        base: What it always says: codes and titles of the documented example.
        detail: The member that says what is wrong, and how.
        listed: The member with an entry for each violation.
        places: The members that name the place.
        way: Whether the member `WAY` names it too.
    """

    base: Mapping[str, Json]
    detail: "tuple[str, _Shape] | None"
    listed: "tuple[str, _Shape] | None"
    places: tuple[str, ...]
    way: bool = False

    def all(self, violations: Sequence[Violation]) -> Json:
        value = {**self.base}
        if self.detail is not None:
            name, shape = self.detail
            value[name] = shape.all(violations)
        if self.listed is not None:
            name, shape = self.listed
            value[name] = shape.all(violations)
        return value

    def one(self, violation: Violation, *, placed: bool = False) -> Json:
        value = {**self.base}
        for place in self.places:
            value[place] = violation.pointer
        if self.way:
            place = violation.pointer.removeprefix("/")
            value[WAY] = [violation.location, *(steps_of(f"/{place}") if place else ())]
        if self.detail is not None:
            name, shape = self.detail
            value[name] = shape.one(violation, placed=placed or self.way or bool(self.places))
        return value


_Shape = _Text | _Array | _Object


@dataclass(frozen=True, slots=True)
class _Frame:
    """What a refusal of one status looks like before the violations are known.

    Attributes:
        media: What it is written in.
        shape: Where the texts go, None when nowhere.
        documented: What is sent when no text fits.
        content_type: The header that says so.
    """

    media: ReplyMedia
    shape: _Shape | None
    documented: Json
    content_type: Header

    @classmethod
    def of(cls, media: ReplyMedia, shape: "_Shape | None", documented: Json) -> "_Frame":
        """The frame of a documented media type."""
        return cls(media, shape, documented, (b"content-type", media.type.encode("latin-1")))

    def fill(self, violations: Sequence[Violation]) -> bytes | None:
        """The body; None when the schema has no room for any of this."""
        if self.shape is not None:
            value = self.shape.all(violations)
            if self.media.is_valid(value):
                return self.media.body(value)
        if self.documented is not None and self.media.is_valid(self.documented):
            return self.media.body(self.documented)
        return None


def _is(node: Json, kind: str) -> bool:
    """Whether a schema says that a value is (also) of the type `kind`."""
    stated = node.get("type")
    return stated == kind or (isinstance(stated, list) and kind in stated)


def _is_status(value: Json) -> bool:
    return type(value) is int and 100 <= value <= 599  # noqa: PLR2004 - RFC 9110, 15


def _takes_text(node: Json) -> bool:
    if not isinstance(node, dict) or "enum" in node or "pattern" in node or "format" in node:
        return False
    return _is(node, "string") or "type" not in node


def _structured(documented: DocumentedReply | None) -> ReplyMedia | None:
    """The media type a refusal is written in: JSON before text."""
    media = documented.media if documented else ()
    return next((each for each in media if each.form is Form.JSON), next(iter(media), None))
