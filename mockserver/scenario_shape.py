"""The shape of scenarios, and of rules that come without a file.

It is that of the published schema, and what a schema cannot say, such as that no option does
nothing. What depends on a contract is `fit`'s to find.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

import jsonschema_rs

from mockserver.contract.explain import deepest, finding_of
from mockserver.contract.replies import encode
from mockserver.errors import Finding, LoadError
from mockserver.fault import problems_of
from mockserver.message import Json
from mockserver.pattern import PatternError, full_match
from mockserver.pointer import pointer
from mockserver.scenario import Rule, rule_of, schema
from mockserver.span import MOST, span_of

POSTED_MAX: Final = 256 * 1024  # bytes of a rule on the spot as JSON
RULE_MAX: Final = 1024 * 1024  # the same of one in a file


def read_rule(name: str, node: Json) -> Rule:
    """The rule `name` that a caller wrote on the spot; raises `LoadError` with all findings."""
    findings = list(size_findings(node, POSTED_MAX, "rule", ""))
    findings = findings or list(shape_findings(node, "rule", "rule"))
    findings = findings or list(rule_findings(node, "rule", ""))
    if findings:
        raise LoadError(findings)
    return rule_of(name, node)


def shape_findings(node: Json, file: str, definition: str) -> Iterator[Finding]:
    """What the schema of scenario files, or one of its definitions, says of `node`."""
    for error in _validator(definition).iter_errors(node):
        kind: Any = error.kind
        place = pointer(list(error.instance_path))
        needed = _needed(error)
        if needed:
            names = ", ".join(f"`{name}`" for name in needed)
            yield Finding(file, place, "something is missing", f"one of {names}")
        elif kind.name == "propertyNames":
            reason, title = f"found the name {kind.error.instance!r}", _title(error.schema_path)
            yield Finding(file, place, reason, f"a {title}" if title else "")
        elif kind.name == "not":
            for names in _together(kind.schema, error.instance):
                yield Finding(file, place, f"{names} cannot be given together", "one of them")
        else:
            for leaf in deepest(error):
                found = finding_of(leaf, file, _allowed_keys)
                allowed = filter(None, (found.allowed, _title(leaf.schema_path)))
                yield replace(found, allowed=", ".join(allowed))


def _title(schema_path: list[str | int]) -> str:
    """What a keyword's schema says that it describes, "" for nothing, and for the whole file."""
    node = schema() if len(schema_path) > 1 else {}
    for step in schema_path[:-1]:
        node = node[step]
    return str(node.get("title", ""))


def size_findings(node: Json, most: int, file: str, at: str) -> Iterator[Finding]:
    """Whether a rule is larger than `most` bytes of JSON; `file` and `at` say where it is."""
    size = len(encode(node))
    if size > most:
        yield Finding(file, at, f"the rule has {size:,} bytes as JSON", f"{most:,} at most")


def _needed(error: jsonschema_rs.ValidationError) -> list[str]:
    """The keys of which one must be there, for an error that says nothing else."""
    branches = getattr(error.kind, "context", None) or ()
    if any([each.kind.name for each in branch] != ["required"] for branch in branches):
        return []
    kinds: list[Any] = [branch[0].kind for branch in branches]
    return [kind.property for kind in kinds]


def _together(excluded: Json, node: Json) -> Iterator[str]:
    """The keys that exclude each other, as far as an object has them."""
    for each in excluded.get("anyOf", [excluded]) if isinstance(node, dict) else ():
        if node.keys() >= set(each["required"]):
            yield " and ".join(f"`{name}`" for name in each["required"])


_validators: dict[str, jsonschema_rs.Validator] = {}


def _validator(definition: str) -> jsonschema_rs.Validator:
    if definition not in _validators:
        whole = schema()
        own = {"$ref": f"#/$defs/{definition}", "$defs": whole["$defs"]} if definition else whole
        _validators[definition] = jsonschema_rs.Draft202012Validator(own)
    return _validators[definition]


def _allowed_keys(schema_path: list[str | int]) -> list[str]:
    node = schema()
    for step in schema_path[:-1]:
        node = node[step]
    return list(node.get("properties", {}))


def rule_findings(node: Json, file: str, at: str) -> Iterator[Finding]:
    """What is wrong with a rule of the right shape, whatever the contract is.

    Args:
        node: The rule.
        file: Where it is.
        at: Its JSON pointer there.
    """

    def finding(place: str, reason: str, allowed: str = "") -> Finding:
        return Finding(file, at + place, reason, allowed)

    fault = node.get("fault", {})
    for reason in problems_of(fault) if "fault" in node else ():
        yield finding("/fault", reason)
    turns = node.get("replies", [node["reply"]] if "reply" in node else [])
    if turns and fault.get("before") == "deed" and "break" in fault:
        yield finding("/fault/before", "the request is lost before the deed, so nothing is replied")
    if "course" in node and fault.get("before") == "deed" and "break" in fault:
        yield finding("/fault/before", "the request is lost before the deed, so nothing begins")
    yield from _idle(node, finding)
    yield from _of_headers(node, finding)
    yield from _of_turns(node, finding)
    yield from _of_when(node.get("when", {}), finding)
    yield from course_findings(node.get("course", {}), file, at + "/course")
    if node.get("as") == "gateway":
        for turn in turns:
            status = turn.get("status", 0)
            if not turn.get("through") and status < 400:  # noqa: PLR2004 - the errors begin there
                yield finding("", "a gateway speaks only for itself", "a status from 400")


def course_findings(node: Json, file: str, at: str) -> Iterator[Finding]:
    """What is wrong with a course of the right shape, whatever the life cycle is.

    Args:
        node: The course.
        file: Where it is.
        at: Its JSON pointer there.
    """
    for phase, steps in node.items():
        several = isinstance(steps, list)
        for number, step in enumerate(steps if several else [steps]):
            place = at + pointer([phase, *([number] if several else [])])
            for name in ("after", "jitter") if isinstance(step, dict) else ():
                try:
                    span_of(step.get(name, "0s"))
                except ValueError as error:
                    allowed = f"{MOST.days}d at most"
                    yield Finding(file, f"{place}/{name}", str(error), allowed)


def _idle(node: Json, finding: Callable[..., Finding]) -> Iterator[Finding]:
    """What is said of a reply that is not checked, or is not there."""
    replies = [turn for turn in node.get("replies", [node.get("reply")]) if turn]
    replies = [turn for turn in replies if not turn.get("through")]
    gateway = node.get("as") == "gateway"
    options = {name: node.get(name) for name in ("breaks_contract", "after_deed")}
    for name, given in (options | {"as": gateway}).items():
        if given and not replies:
            yield finding(f"/{name}", "it is about a reply, and the rule has none")
    if gateway and replies and node.get("breaks_contract"):
        yield finding("/breaks_contract", "the reply of a gateway is not checked")


def _of_headers(node: Json, finding: Callable[..., Finding]) -> Iterator[Finding]:
    for place, turn in (("/reply", node.get("reply", {})), *_placed(node.get("replies", []))):
        for name, value in turn.get("headers", {}).items():
            try:
                f"{name}{value}".encode("latin-1")
            except UnicodeEncodeError:
                where = place + pointer(["headers", name])
                yield finding(where, "a header is sent in Latin-1, which does not have all of this")


def _of_when(when: Json, finding: Callable[..., Finding]) -> Iterator[Finding]:
    for location, conditions in when.items():
        for name, condition in conditions.items():
            pattern = condition.get("regex") if isinstance(condition, dict) else None
            try:
                full_match(pattern or "")
            except PatternError as error:
                yield finding(pointer(["when", location, name, "regex"]), str(error))


def _of_turns(node: Json, finding: Callable[..., Finding]) -> Iterator[Finding]:
    turns = node.get("replies", [])
    weighted = [turn for turn in turns if "weight" in turn]
    if weighted and len(weighted) < len(turns):
        yield finding("/replies", "some replies have a weight and some have none", "all or none")
    for number, (place, turn) in enumerate(_placed(turns)):
        if weighted and "times" in turn:
            yield finding(f"{place}/times", "a weighted choice has no turns", "weight")
        if turn.get("through") and turn.keys() - {"through", "times", "weight"}:
            reason = "who lets the request through does not reply"
            yield finding(place, reason, "through, times, weight")
        if not weighted and "times" not in turn and number < len(turns) - 1:
            reason = "it never ends, so the replies behind it are never given"
            yield finding(place, reason, "times")


def _placed(turns: Iterable[Json]) -> Iterator[tuple[str, Json]]:
    return ((f"/replies/{number}", turn) for number, turn in enumerate(turns))
