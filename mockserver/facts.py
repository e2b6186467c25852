"""What a server tells its clients, as frozen values: the shapes that `admin.yaml` documents.

Nothing here asks for anything. Members that a newer server tells beside these are passed over.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from mockserver.message import Json

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Health:
    """That a server is ready, and what it serves."""

    status: str
    version: str
    contracts: int
    operations: int


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that is served; `provenance` is its document's `x-provenance`."""

    id: str
    method: str
    path: str
    summary: str
    replies: tuple[str, ...]
    provenance: Json


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario of the catalogue; `operations` are those that it has rules for."""

    id: str
    api: str
    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    default: bool
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A session in a list: how many rules, bindings and requests it has, and its `base_url`."""

    name: str
    seed: int
    scenarios: tuple[str, ...]
    rules: int
    bindings: int
    requests: int
    dropped: int
    base_url: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was written on the spot, and how often it applied."""

    id: str
    rule: Json
    operations: tuple[str, ...]
    used: int


@dataclass(frozen=True, slots=True)
class Binding:
    """A value that leads requests to a session; `place` is path, query, header or body."""

    place: str = field(metadata={"told": "in"})
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ClockFace:
    """What a clock shows; `next_due` is None where nothing ends by itself."""

    mode: str
    factor: float
    now: datetime
    next_due: datetime | None


@dataclass(frozen=True, slots=True)
class Fired:
    """The phase of a record that ended; `after` is None where the record is gone."""

    at: datetime
    collection: str
    id: str
    before: str = field(metadata={"told": "from"})
    after: str | None = field(metadata={"told": "to"})
    stopped: bool


@dataclass(frozen=True, slots=True)
class Advanced:
    """What happened while a clock went on; `ceiling` says why it stopped early, else it is ""."""

    begun: datetime = field(metadata={"told": "from"})
    now: datetime
    idle: bool
    fired: tuple[Fired, ...]
    ceiling: str


@dataclass(frozen=True, slots=True)
class Collection:
    """A kind of records; `schema` is the JSON Schema of their data, `records` their number."""

    name: str = field(metadata={"told": "collection"})
    summary: str
    apis: tuple[str, ...]
    identity: tuple[str, ...]
    keys: tuple[str, ...]
    phases: Mapping[str, Json]
    schema: Json
    records: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record and where it is on its course; `due` is None where time does not end the phase."""

    collection: str
    id: str
    data: Json
    phase: str
    due: datetime | None
    polls: int
    course: Json


@dataclass(frozen=True, slots=True)
class Stepped:
    """What a step by hand brought about; `record` is None where it is gone."""

    fired: tuple[Fired, ...]
    record: Record | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A request in a list; `status` is 0 where it was lost, `operation` "" for none."""

    id: str
    at: datetime
    session: str
    method: str
    path: str
    query: str
    operation: str
    status: int
    source: str
    scenarios: tuple[str, ...]
    fault: str
    violations: int
    ms: float

    def __str__(self) -> str:
        """As the server names it in its messages."""
        operation = f", {self.operation}" if self.operation else ""
        return f"{self.method} {self.path} -> {self.status} ({self.id}{operation})"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, its reply and what led to it, as JSON; `answered` says in words who decided."""

    id: str
    at: datetime
    session: str
    operation: str
    source: str
    answered: str
    scenarios: tuple[str, ...]
    fault: str
    request: Json
    reply: Json
    violations: tuple[Mapping[str, Json], ...]
    considered: tuple[Mapping[str, Json], ...]
    records: tuple[Mapping[str, Json], ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """A request that is nearly meant, and what it lacks."""

    request: Seen
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found; `message` tells all of it."""

    expected: str
    found: int
    matched: tuple[Seen, ...]
    dropped: int
    warning: str
    message: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What was met so far, in all sessions; `totals` has met, all and percent of each kind."""

    operations: tuple[Mapping[str, Json], ...]
    scenarios: Mapping[str, int]
    unmatched: int
    totals: Mapping[str, Mapping[str, float]]

    @property
    def percent(self) -> float:
        """Of the documented replies, rounded down."""
        return self.totals["statuses"]["percent"]


def fact(kind: Callable[..., T], node: Json) -> T:
    """A value of a dataclass from an object of JSON; raises `KeyError` for a member it lacks."""
    return kind(**{name: read(node[told]) for name, told, read in _readers(kind)})


def facts(kind: Callable[..., T], nodes: Iterable[Json]) -> tuple[T, ...]:
    """Values of a dataclass from a list of objects."""
    return tuple(fact(kind, node) for node in nodes)


@cache
def _readers(kind: Any) -> tuple[tuple[str, str, Callable[[Json], Any]], ...]:
    """Of each field its name, what JSON calls it, and how it is read."""
    hints = get_type_hints(kind)
    return tuple(
        (each.name, each.metadata.get("told", each.name), _reader(hints[each.name]))
        for each in fields(kind)
    )


def _reader(hint: Any) -> Callable[[Json], Any]:
    if hint is datetime:
        return datetime.fromisoformat
    if isinstance(hint, type) and is_dataclass(hint):
        return partial(fact, hint)
    if get_origin(hint) is tuple:
        inner = _reader(get_args(hint)[0])
        return lambda nodes: tuple(map(inner, nodes))
    if get_origin(hint) is UnionType:
        (some,) = (each for each in get_args(hint) if each is not NoneType)
        given = _reader(some)
        return lambda node: None if node is None else given(node)
    return lambda node: node
