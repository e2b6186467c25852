"""Which exchanges are meant, as data: one shape for lists, counts, waits and verifications.

    {"operation": "createSubscription", "status": "4XX", "when": {"body": {"/price": {"min": 1}}}}

`when` is that of a rule (`scenario.schema.json#/$defs/conditions`). In a query the same has one
value each, and the value of a field is a text:

    ?operation=createSubscription&status=4XX&field=body:/price=10&field=header:X-Trace-Id=abc

`field=query:x` alone asks for its presence. To match and to tell differences is one function.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import jsonschema_rs
import orjson

from mockserver.contract.explain import explain
from mockserver.contract.parameters import Malformed, loads
from mockserver.criterion import CRITERIA, CriteriaError, Criterion, Names, shown
from mockserver.errors import nearest
from mockserver.exchange import Exchange
from mockserver.match import When, when_of
from mockserver.message import ABSENT, Json, Request
from mockserver.pattern import PatternError
from mockserver.pointer import pointer
from mockserver.scenario import schema

KEYS: Final = (*CRITERIA, "when")
QUERY_KEYS: Final = (*CRITERIA, "field")
NOT_TEXTS: Final = ("status", "violations", "when")
LOCATIONS: Final = {"path": "path", "query": "query", "header": "headers", "body": "body"}
FIELDS: Final = "path:NAME=VALUE, query:NAME=VALUE, header:NAME=VALUE, body:/POINTER=VALUE"


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which exchanges are meant: those that have all of it; without any, all.

    Attributes:
        criteria: What is asked of the exchange.
        when: Conditions on its request, None for none.
    """

    criteria: tuple[Criterion, ...]
    when: When | None

    def __str__(self) -> str:
        """What is asked for, in words; "" for nothing."""
        words = [f"{each.name} {each.wanted}" for each in self.criteria]
        conditions = self.when.conditions if self.when else ()
        return " and ".join([*words, *map(str, conditions)])

    def names_operation_of(self, exchange: Exchange) -> bool:
        """Whether the exchange has the operation that is asked for, if one is."""
        return all(each.holds(exchange) for each in self.criteria if each.name == "operation")


def matches(criteria: Criteria, exchange: Exchange) -> bool:
    """Whether everything that is asked for holds."""
    return next(_differences(criteria, exchange), None) is None


def differences(criteria: Criteria, exchange: Exchange) -> list[str]:
    """What does not hold, one text each; none when the exchange is meant."""
    return list(_differences(criteria, exchange))


def _differences(criteria: Criteria, exchange: Exchange) -> Iterator[str]:
    for each in criteria.criteria:
        if not each.holds(exchange):
            yield f"{each.name}: wanted {each.wanted}, found {each.found(exchange)}"
    if criteria.when is not None:
        yield from map(str, criteria.when.mismatches(_readable(exchange.request)))


def _readable(request: Request) -> Request:
    """The request with its body parsed, where no operation did: an unknown path has one too."""
    if request.content is not ABSENT or not request.body:
        return request
    try:
        content = loads(request.body)
    except (orjson.JSONDecodeError, Malformed):
        return request
    read = Request(
        request.method, request.raw_path, request.raw_query, request.headers, request.body
    )
    read.path = request.path
    read.content = content
    return read


# from JSON


def criteria_of(node: Json, names: Names, at: str = "") -> Criteria:
    """Criteria from JSON.

    Args:
        node: An object with `KEYS`.
        names: What may be named; a name that nobody knows would never match.
        at: JSON pointer of `node`, for errors.

    Raises:
        CriteriaError: The node is of another shape, or names what does not exist.
    """
    if not isinstance(node, dict):
        raise CriteriaError(at, "criteria are an object", ", ".join(KEYS))
    _check_keys(node, KEYS, at)
    for key in node.keys() - NOT_TEXTS:
        if not isinstance(node[key], str):
            raise CriteriaError(f"{at}/{key}", f"{shown(node[key])} is no text")
    criteria = tuple(
        CRITERIA[key](node[key], names, f"{at}/{key}") for key in CRITERIA if key in node
    )
    return Criteria(criteria, _when(node["when"], f"{at}/when") if "when" in node else None)


def criteria_of_query(query: Mapping[str, Json], names: Names) -> Criteria:
    """Criteria from the parameters of a query: `QUERY_KEYS`, `field` with a list of texts.

    Raises:
        CriteriaError: As `criteria_of`; its pointer begins with the parameter.
    """
    _check_keys(query, QUERY_KEYS, "")
    node = {key: value for key, value in query.items() if key != "field"}
    if isinstance(node.get("violations"), str):
        said = node["violations"].lower()
        node["violations"] = {"true": True, "false": False}.get(said, node["violations"])
    fields = query.get("field", ())
    when: dict[str, dict[str, Json]] = {}
    for index, field in enumerate([fields] if isinstance(fields, str) else fields):
        location, name, condition = _field(field, f"/field/{index}")
        if name in when.setdefault(location, {}):
            raise CriteriaError(f"/field/{index}", f"{location} {name} is asked for twice")
        when[location][name] = condition
    return criteria_of(node | ({"when": when} if when else {}), names)


def _check_keys(node: Mapping[str, Json], known: Sequence[str], at: str) -> None:
    for key in node:
        if key not in known:
            reason = f"there is no criterion {shown(key)}"
            raise CriteriaError(at + pointer([key]), reason, ", ".join(known), nearest(key, known))


def _field(text: str, at: str) -> tuple[str, str, Json]:
    """Location, name and condition of `body:/price=10`; without `=` it has to be there."""
    location, colon, rest = text.partition(":")
    name, equals, value = rest.partition("=")
    named = name.startswith("/") or not name if location == "body" else bool(name)
    if not colon or location not in LOCATIONS or not named:
        raise CriteriaError(at, f"{shown(text)} names no field", FIELDS)
    if not equals:
        return LOCATIONS[location], name, {"absent": False}
    return LOCATIONS[location], name, {"one_of": _values(value, location)}


def _values(text: str, location: str) -> list[Json]:
    """What a text may stand for: `10` in a body is the number and the text."""
    try:
        value = orjson.loads(text) if location == "body" else text
    except orjson.JSONDecodeError:
        return [text]
    return [value] if isinstance(value, str) else [text, value]


def _when(node: Json, at: str) -> When:
    for violation in explain(_conditions(), node, "body"):
        raise CriteriaError(at + violation.pointer, violation.message)
    try:
        return when_of(node)
    except PatternError as error:
        raise CriteriaError(at, f"a pattern cannot be read: {error}") from None


@cache
def _conditions() -> jsonschema_rs.Validator:
    own = {"$ref": "#/$defs/conditions", "$defs": schema()["$defs"]}
    return jsonschema_rs.Draft202012Validator(own)
