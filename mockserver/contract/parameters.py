"""Raw text of a request -> typed values: path, query and header parameters in all 3.0 styles.

Styles are those of OpenAPI 3.0.3, section 4.7.12.2 (RFC 6570): simple, label, matrix in paths;
form, spaceDelimited, pipeDelimited in queries; simple in headers. A parameter is compiled once
into a decoder; at request time text is split before it is percent-decoded, so that an encoded
delimiter is data. Many clients encode every delimiter: where lenient, what can be no element is
split at them too. `deepObject` and cookies are refused at load.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

import orjson

from mockserver.contract.dialect import MANY
from mockserver.contract.explain import JSON_TYPES
from mockserver.contract.schemas import Schema
from mockserver.message import ABSENT, Json, Violation

INTEGER = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
DIGITS_MAX = 4_000
LEVELS_MAX = 250  # of JSON in a request (RFC 8259, section 9, leaves it to us)
EMPTY: Sequence[Json] = ("", [], [""])
BOOLEANS = {"true": True, "false": False}
LENIENT_BOOLEANS = BOOLEANS | {"True": True, "False": False, "TRUE": True, "FALSE": False}
DELIMITERS = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|", "simple": ","}

Pairs = Sequence[tuple[str, str]]


class Malformed(ValueError):  # noqa: N818 - a fact about the request, not a failure
    """Text that is no parameter value at all: broken percent-encoding, invalid UTF-8."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a schema wants, as far as text has to know it.

    Attributes:
        types: JSON Schema types it allows; empty when it does not say.
        items: Shape of the elements of an array.
        members: Shapes of the named members of an object.
        others: Shape of the further members of an object.
    """

    types: frozenset[str]
    items: "Shape | None" = None
    members: Mapping[str, "Shape"] = field(default_factory=dict)
    others: "Shape | None" = None

    @property
    def kind(self) -> str:
        """`array`, `object` or `scalar`: how the text is split."""
        for kind in ("array", "object"):
            if kind in self.types and not self.types & {"string", "integer", "number", "boolean"}:
                return kind
        return "scalar"

    def member(self, name: str) -> "Shape":
        """Shape of the member `name`."""
        return self.members.get(name, self.others or ANYTHING)


ANYTHING = Shape(frozenset())


def shape_of(
    node: Json, resolve: Callable[[str], Json], levels: int = 2, seen: tuple[str, ...] = ()
) -> Shape:
    """The shape of a converted schema; branches of combinators are joined.

    Args:
        node: The schema.
        resolve: What its `$ref`s lead to.
        levels: Text cannot nest: an array of an object's member is as deep as it goes.
        seen: The `$ref`s followed to come here.
    """
    if not isinstance(node, dict):
        return ANYTHING
    ref = node.get("$ref")
    if ref is not None:
        return ANYTHING if ref in seen else shape_of(resolve(ref), resolve, levels, (*seen, ref))
    stated = node.get("type", [])
    types = {stated} if isinstance(stated, str) else set(stated)
    members: dict[str, Shape] = {}
    items = others = None
    if levels:
        described = node.get("properties", {})
        members = {name: shape_of(each, resolve, levels - 1) for name, each in described.items()}
        items = shape_of(node["items"], resolve, levels - 1) if "items" in node else None
        further = node.get("additionalProperties")
        others = shape_of(further, resolve, levels - 1) if isinstance(further, dict) else None
    for key in MANY:
        for part in node.get(key, []):
            inner = shape_of(part, resolve, levels, seen)
            types |= inner.types
            members = {**inner.members, **members}
            items = items or inner.items
            others = others or inner.others
    if not types:  # a schema need not say it
        types = _implied(node, members=bool(members), items=bool(items))
    return Shape(frozenset(types - {"null"}), items, members, others)


def _implied(node: Json, *, members: bool, items: bool) -> set[str]:
    if "enum" in node:
        return {JSON_TYPES[type(value)] for value in node["enum"]}
    return {"object"} if members else {"array"} if items else set()


def scalar(text: str, types: frozenset[str], booleans: Mapping[str, bool]) -> Json:
    """`text` as the first of `types` it can be; itself when it can be none."""
    if "integer" in types and len(text) < DIGITS_MAX and INTEGER.fullmatch(text):
        return int(text)
    if "number" in types and len(text) < DIGITS_MAX and NUMBER.fullmatch(text):
        if INTEGER.fullmatch(text):
            return int(text)
        number = float(text)
        return number if math.isfinite(number) else text
    if "boolean" in types and text in booleans:
        return booleans[text]
    return text


def percent_decoded(text: str, *, plus: bool = False) -> str:
    """`text` without percent-encoding; raises `Malformed` where it is no UTF-8."""
    if plus and "+" in text:
        text = text.replace("+", " ")
    if "%" not in text:
        return text
    if re.search(r"%(?![0-9A-Fa-f]{2})", text):
        raise Malformed("is not percent-encoded correctly")
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise Malformed("is not valid UTF-8") from None


def query_pairs(raw: bytes) -> list[tuple[str, str]]:
    """Names (decoded) and values (still encoded) of a raw query; raises `Malformed`."""
    try:
        text = raw.decode("ascii") if raw.isascii() else raw.decode()
    except UnicodeDecodeError:
        raise Malformed("is not valid UTF-8") from None
    pairs = []
    for part in text.split("&"):
        if part:
            name, _, value = part.partition("=")
            pairs.append((percent_decoded(name, plus=True), value))
    return pairs


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of an operation.

    Attributes:
        name: As the contract spells it; header names are compared in lower case.
        location: "path", "query" or "header".
        required: Whether its absence is a violation.
        style, explode: OpenAPI 3.0.3, section 4.7.12.
        schema: Validates the typed value.
        shape: Says which types the text is read as.
        as_json: The parameter has `content: application/json` instead of a style.
        text_min: Any text of at least so many characters is acceptable as it is, nothing is left
            to validate; None where the schema has to be asked.
        lenient: An encoded delimiter delimits, where the text cannot be one element.
        allow_empty: Query parameters only: `?name=` is acceptable whatever the schema says.
        declared: Query parameters only: the names of all, which an exploded object may not take.
    """

    name: str
    location: str
    required: bool
    style: str
    explode: bool
    schema: Schema
    shape: Shape
    as_json: bool
    text_min: int | None
    booleans: Mapping[str, bool]
    lenient: bool = False
    declared: frozenset[str] = frozenset()
    allow_empty: bool = False

    def from_path(self, text: str) -> Json:
        """The value of a path segment; raises `Malformed`."""
        if self.style == "label":
            if not text.startswith("."):
                raise Malformed("must begin with a dot")
            return self._split(text[1:], "." if self.explode else ",", percent_decoded)
        if self.style == "matrix":
            return self._matrix(text)
        return self._split(text, ",", percent_decoded)

    def from_header(self, text: str) -> Json:
        """The value of a header; raises `Malformed`."""
        return self._split(text, ",", str.strip)

    def from_query(self, pairs: Pairs) -> Json:
        """The value of a query, `ABSENT` when the parameter is not in it; raises `Malformed`."""
        if self.shape.kind == "object" and self.explode and not self.as_json:
            known, others = self.shape.members, self.declared
            own = [(n, v) for n, v in pairs if n in known or n not in others]
            return self._members([(n, _query_text(v)) for n, v in own]) if own else ABSENT
        values = [value for name, value in pairs if name == self.name]
        if not values:
            return ABSENT
        if self.shape.kind == "array" and self.explode and not self.as_json:
            return self._elements([_query_text(value) for value in values])
        if len(values) > 1:
            raise Malformed("is given more than once")
        return self._split(values[0], DELIMITERS.get(self.style, ","), _query_text)

    def check(self, value: Json) -> Sequence[Violation]:
        """What is wrong with a typed value."""
        if self.schema.is_valid(value) or (self.allow_empty and value in EMPTY):
            return ()
        return self.schema.violations(value, self.location, self.name)

    def missing(self) -> Violation:
        """The violation of its absence."""
        text = f"The {self.location} parameter '{self.name}' is required"
        return Violation(self.location, self.name, text, "required")

    def malformed(self, reason: str) -> Violation:
        """The violation of a text that is no value."""
        text = f"The {self.location} parameter '{self.name}' {reason}"
        return Violation(self.location, self.name, text, "encoding")

    def _scalar(self, text: str, shape: Shape) -> Json:
        return scalar(text, shape.types, self.booleans)

    def _single(self, text: str) -> Json:
        """`text` as a number or boolean where that is valid, else as the string it is."""
        value = self._scalar(text, self.shape)
        mixed = value is not text and "string" in self.shape.types
        return text if mixed and not self.schema.is_valid(value) else value

    def _split(self, text: str, delimiter: str, decode: Callable[[str], str]) -> Json:
        if self.as_json:
            return _json(decode(text))
        if self.shape.kind == "scalar":
            return self._single(decode(text))
        if delimiter in " |":  # these two are reserved in URLs and arrive encoded
            encoded = {" ": ("%20", "+"), "|": ("%7C", "%7c")}[delimiter]
            for form in encoded:
                text = text.replace(form, delimiter)
        parts = text.split(delimiter) if text else []
        if self.shape.kind == "object" and self.explode:
            pairs = [part.partition("=")[::2] for part in parts]
            return self._members([(decode(name), decode(value)) for name, value in pairs])
        decoded = [decode(part) for part in parts]
        if self.lenient and len(parts) == 1 and "%" in text and not self._is_one(decoded[0]):
            decoded = decoded[0].split(delimiter)
        if self.shape.kind == "array":
            return self._elements(decoded)
        if len(decoded) % 2:
            raise Malformed("must be pairs of names and values")
        return self._members(list(zip(decoded[::2], decoded[1::2], strict=True)))

    def _is_one(self, text: str) -> bool:
        """Whether a text may be the only element of an array."""
        return self.shape.kind == "array" and self.schema.is_valid(self._elements([text]))

    def _elements(self, texts: Sequence[str]) -> list[Json]:
        items = self.shape.items or ANYTHING
        return [self._scalar(text, items) for text in texts]

    def _matrix(self, text: str) -> Json:
        """`;a=1;a=2` (exploded) or `;a=1,2`."""
        if not text.startswith(";"):
            raise Malformed(f"must be written ;{self.name}=value")
        parts = [part.partition("=") for part in text[1:].split(";")]
        if self.shape.kind == "object" and self.explode:
            return self._members([(percent_decoded(n), percent_decoded(v)) for n, _, v in parts])
        if any(percent_decoded(name) != self.name for name, _, _ in parts):
            raise Malformed(f"must be written ;{self.name}=value")
        if self.shape.kind == "array" and self.explode:
            return self._elements([percent_decoded(value) for _, _, value in parts])
        if len(parts) > 1:
            raise Malformed("is given more than once")
        return self._split(parts[0][2], ",", percent_decoded)

    def _members(self, pairs: Pairs) -> Json:
        found: dict[str, Json] = {}
        for name, text in pairs:
            member = self.shape.member(name)
            value = self._scalar(text, member)
            if name in found:
                if member.types and "array" not in member.types:
                    raise Malformed(f"has the member '{name}' more than once")
                earlier = found[name]
                value = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
            found[name] = value
        return found


def _query_text(text: str) -> str:
    return percent_decoded(text, plus=True)


def _json(text: str) -> Json:
    try:
        return loads(text.encode())
    except orjson.JSONDecodeError:
        raise Malformed("must be JSON") from None


def loads(text: bytes) -> Json:
    """JSON of a request; raises `orjson.JSONDecodeError`, and `Malformed` beyond 250 levels."""
    value = orjson.loads(text)
    if len(text) > LEVELS_MAX and text.count(b"[") + text.count(b"{") > LEVELS_MAX:
        try:
            orjson.dumps(value)  # cannot write what is nested deeper, nor can what explains it
        except TypeError:
            raise Malformed("is nested too deeply") from None
    return value
