"""What is wrong with a value, in words: the errors of a validator as violations.

jsonschema-rs says everything it finds, branch by branch; a reader wants to know what to change, and
where. Both the refusals of requests and the findings in contracts are made from this.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any, Final

import jsonschema_rs
import orjson

from mockserver.errors import Finding, nearest
from mockserver.message import Json, Violation
from mockserver.pointer import pointer

VIOLATIONS_MAX: Final = 1_000
TEXT_MAX: Final = 120
# A value of another set means another branch; a value of another type may be a slip.
FARNESS: Final = {"enum": 2, "const": 2, "falseSchema": 2, "not": 2, "type": 1}
VALUED: Final = frozenset({"enum", "const"})
BRANCHING: Final = frozenset({"anyOf", "oneOf"})
TYPED: Final = BRANCHING | {"type"}
JSON_TYPES: Final[Mapping[type, str]] = {
    bool: "boolean",
    dict: "object",
    float: "number",
    int: "integer",
    list: "array",
    str: "string",
    type(None): "null",
}


def explain(
    validator: jsonschema_rs.Validator, value: Json, location: str, at: str = ""
) -> tuple[Violation, ...]:
    """Everything in which `value` breaks the schema of `validator`, nothing when it conforms.

    Args:
        validator: Of the schema.
        value: Parsed JSON.
        location: "body", "query", ... for `Violation.location`.
        at: Name of the parameter; "" for bodies, whose places are JSON pointers.

    Returns:
        The first `VIOLATIONS_MAX` of them: a hostile body breaks a rule a million times.
    """
    try:
        errors = list(islice(validator.iter_errors(value), VIOLATIONS_MAX))
    except UnicodeEncodeError:
        return (Violation(location, at, "The text is not valid Unicode", "encoding"),)
    except ValueError:  # beyond 255 levels
        return (Violation(location, at, "The value is nested too deeply", "depth"),)
    if len(errors) == 1 and errors[0].kind.name not in BRANCHING:
        return _said_by(errors[0], location, at)
    plain = [error for error in errors if error.kind.name not in BRANCHING]
    found = dict.fromkeys(each for error in plain for each in _said_by(error, location, at))
    places = {each.pointer for each in found}
    choices = (error for error in errors if error.kind.name in BRANCHING)
    leaves = (leaf for error in choices for leaf in deepest(error))
    for each in (each for leaf in leaves for each in _said_by(leaf, location, at)):
        if each.pointer not in places:  # what is plainly wrong needs no second explanation
            found[each] = None
    return tuple(islice(found, VIOLATIONS_MAX))


def deepest(error: jsonschema_rs.ValidationError) -> Iterator[jsonschema_rs.ValidationError]:
    """The errors behind `error` that a reader can act upon.

    A failed `anyOf` or `oneOf` says little by itself: the branch that came closest says what to
    change. A branch that got the enums right is closer than one that did not, then one that got
    the types right. Where the branches want nothing but different types, all of them are meant.
    """
    branches = getattr(error.kind, "context", None)
    best = min(branches, key=partial(_distance, error)) if branches else None
    if not best or len(types_of(error)) > 1:  # or a `oneOf` of which several branches hold
        yield error
        return
    for inner in best:
        yield from deepest(inner)


def finding_of(
    error: jsonschema_rs.ValidationError,
    file: str,
    allowed_keys: Callable[[list[str | int]], list[str]],
) -> Finding:
    """What a schema of whole files says of one of them, in an author's words.

    Args:
        error: One that a reader can act upon.
        file: Its name.
        allowed_keys: Gives the keys that an object may have, by the place of the
            `additionalProperties` it broke.
    """
    place = pointer(list(error.instance_path))
    kind: Any = error.kind
    if kind.name == "required":
        return Finding(file, place, f"the key `{kind.property}` is missing", f"`{kind.property}`")
    if kind.name == "additionalProperties":
        allowed = sorted(allowed_keys(list(error.schema_path)))
        found = ", ".join(f"`{key}`" for key in kind.unexpected)
        close = nearest(kind.unexpected[0], allowed)
        return Finding(file, place, f"unknown key {found}", ", ".join(allowed), close)
    if kind.name == "enum":
        allowed = [str(option) for option in kind.options]
        if place.endswith("/in"):  # one alternative of the meta-schema for each place
            allowed = ["path", "query", "header", "cookie"]
        close = nearest(str(error.instance), allowed)
        return Finding(file, place, f"found {error.instance!r}", ", ".join(allowed), close)
    types = types_of(error)
    if types:
        found = JSON_TYPES[type(error.instance)]
        return Finding(file, place, f"found {found}", " or ".join(types))
    return Finding(file, place, error.message[:300])


def types_of(error: jsonschema_rs.ValidationError) -> list[str]:
    """The types that would do, for a value whose type alone is wrong; none for other errors."""
    kind: Any = error.kind
    if kind.name == "type":
        return sorted(kind.types)
    found: set[str] = set()
    for branch in getattr(kind, "context", ()):
        if [each.kind.name for each in branch] != ["type"]:
            return []
        if branch[0].instance_path != error.instance_path:
            return []
        found |= set(types_of(branch[0]))
    return sorted(found)


def _distance(
    choice: jsonschema_rs.ValidationError, branch: list[jsonschema_rs.ValidationError]
) -> tuple[int, int, int]:
    """How far a branch of a choice is from what was meant.

    "It is no reference" was never meant, nor is an object where nothing of its type is wanted. Then
    a member of it that must have another value counts for more than all that is wrong beside it.
    """
    kinds = [error.kind.name for error in branch]
    own = len(choice.instance_path)
    missing = [getattr(error.kind, "property", "") for error in branch]
    foreign = isinstance(choice.instance, dict) and any(
        error.kind.name == "type" and len(error.instance_path) == own for error in branch
    )
    discriminating = sum(
        error.kind.name in VALUED and len(error.instance_path) == own + 1 for error in branch
    )
    wrong = sum(FARNESS.get(kind, 0) for kind in kinds)
    return 99 * ("$ref" in missing or foreign) + discriminating, wrong, len(kinds)


def _said_by(error: jsonschema_rs.ValidationError, location: str, at: str) -> tuple[Violation, ...]:
    """What one error says, place by place."""
    path = error.instance_path
    kind: Any = error.kind  # which members it has depends on the keyword
    keyword = kind.name
    if keyword == "additionalProperties":
        return tuple(
            Violation(
                location, at + pointer([*path, name]), f"The field '{name}' is not known", keyword
            )
            for name in kind.unexpected
        )
    if keyword == "required":
        path = [*path, kind.property]
        text = f"The field '{path[-1]}' is required"
    elif keyword == "falseSchema" and path and isinstance(path[-1], str):
        text = f"The field '{path[-1]}' is not known"
    else:
        types = types_of(error) if keyword in TYPED else ()
        complain = COMPLAINTS.get(keyword)
        if types:
            complaint = f"must be of type {' or '.join(types)}"
        elif complain:
            complaint = complain(kind)
        else:
            complaint = f"is not acceptable: {_clip(error.message)}"
        text = f"{_subject(path, location, at)} {complaint}; found {_short(error.instance)}"
    return (Violation(location, at + pointer(path), text, keyword),)


def _subject(path: list[str | int], location: str, at: str) -> str:
    if location != "body":
        return f"The {location} parameter '{at}'"
    for step in reversed(path):
        if isinstance(step, str):
            return f"The field '{step}'"
    return "The body"


def _several(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


# What is wrong with a value, as the second half of a sentence, by the keyword it breaks.
COMPLAINTS: Mapping[str, Callable[[Any], str]] = {
    "enum": lambda kind: f"must be one of {', '.join(_short(each) for each in kind.options)}",
    "format": lambda kind: f"must be a valid {kind.format}",
    "pattern": lambda kind: f"must match {kind.pattern}",
    "minItems": lambda kind: f"must have at least {_several(kind.limit, 'item')}",
    "maxItems": lambda kind: f"must have at most {_several(kind.limit, 'item')}",
    "minLength": lambda kind: f"must have at least {_several(kind.limit, 'character')}",
    "maxLength": lambda kind: f"must have at most {_several(kind.limit, 'character')}",
    "minimum": lambda kind: f"must be {kind.limit} or more",
    "maximum": lambda kind: f"must be {kind.limit} or less",
    "exclusiveMinimum": lambda kind: f"must be more than {kind.limit}",
    "exclusiveMaximum": lambda kind: f"must be less than {kind.limit}",
    "multipleOf": lambda kind: f"must be a multiple of {_number(kind.multiple_of)}",
    "uniqueItems": lambda _kind: "must not have the same item twice",
    "minProperties": lambda kind: f"must have at least {_several(kind.limit, 'member')}",
    "maxProperties": lambda kind: f"must have at most {_several(kind.limit, 'member')}",
    "const": lambda kind: f"must be {_short(kind.expected_value)}",
    "not": lambda kind: f"must not fit {_short(kind.schema)}",
    "oneOf": lambda _kind: "must fit one of several alternatives only",
    "anyOf": lambda _kind: "must fit one of several alternatives",
}


def _number(value: float) -> float:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _short(value: Json) -> str:
    return _clip(repr(value) if isinstance(value, float) else orjson_text(value))


def _clip(text: str) -> str:
    return text if len(text) <= TEXT_MAX else text[: TEXT_MAX - 3] + "..."


def orjson_text(value: Json) -> str:
    """`value` as JSON text; integers beyond 64 bits included."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False)
