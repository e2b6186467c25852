"""Records and exchanges as bytes, and back without loss: what processes share in a file.

Both are lines of JSON, which itself has no line breaks: what many of them have in common, courses
and the rules that were looked at, stands on lines of its own, which are written and read once.
Bodies are bytes of any kind and stand beside; other bytes are read as Latin-1, which has all.

A rule is written as a reference: its id, and a print of what it says. One that is not there any
more, or says something else by now, comes back as a rule that tells so, and the exchange is
explained as far as it was written. There are no versions in here: they are the file's.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final, Generic, NamedTuple, TypeVar

import orjson

from mockserver.course import STILL, Course, Step, Timing
from mockserver.exchange import UNSTEERED, Considered, Exchange, FoundBy, RuleCourse, Steering
from mockserver.fault import Break, Delay, Fault
from mockserver.match import When
from mockserver.message import ABSENT, Json, Reply, Request, Source, Violation
from mockserver.record import Held, Progress, Record, Touched
from mockserver.scenario import Rule, Turn
from mockserver.timeline import Fired

T = TypeVar("T")
V = TypeVar("V")

SHARED_MAX: Final = 2_000  # courses, and rules looked at, whose text is kept
LINES_MAX: Final = 500  # lines whose value is kept
GONE: Final = "changed or removed since"  # instead of the summary of a rule
WHY_GONE: Final = f"the rule was {GONE}, so that it cannot be asked any more"

_SAME: Final = b"="  # for the content that the body is, written in the same way
_EXACT: Final = b" "  # what Python's own JSON wrote, and has to read
_of_exchange: Final = attrgetter(
    "id", "at", "operation", "session", "found_by", "led_by", "ms", "weight", "violations",
    "fired", "fired_more",
)  # fmt: skip
_of_progress: Final = attrgetter(
    "scenarios", "phase", "timing", "taken", "due", "polls", "then", "code", "held"
)
_of_fault: Final = attrgetter("broken", "after_bytes", "over_ms", "before_deed")
_of_step: Final = attrgetter("polls", "then", "code", "named")
_MICROSECOND: Final = timedelta(microseconds=1)
_TIMINGS: Final = {each.value: each for each in Timing}
_SOURCES: Final = {each.value: each for each in Source}
_WAYS: Final = {each.value: each for each in FoundBy}


class Encoded(NamedTuple):
    """An exchange as three columns of a table.

    Attributes:
        json: Lines of JSON: all but the bodies.
        request_body: As it was sent.
        reply_body: As it was decided.
    """

    json: bytes
    request_body: bytes
    reply_body: bytes


def encode_record(record: Record) -> bytes:
    """A record as bytes; its data have to be JSON, integers of any size included."""
    progress = record.progress
    rest = (record.collection, record.id, record.data, *_of_progress(progress))
    return b"\n".join((_course_line(progress.course), _course_line(progress.asked), _line(rest)))


def decode_record(encoded: bytes) -> Record:
    """The record that `encode_record` wrote; courses are shared with others that have the same."""
    return _record(*encoded.split(b"\n"))


def encode_exchange(exchange: Exchange) -> Encoded:
    """An exchange as bytes, once it is finished: what a rule replies after a deed is left out."""
    request, reply, steering = exchange.request, exchange.reply, exchange.steering
    told = (
        _of_exchange(exchange),
        (
            request.method,
            request.raw_path.decode("latin-1"),
            request.raw_query.decode("latin-1"),
            _texts(request.headers.items()),
            request.scheme,
            request.prefix.decode("latin-1"),
            dict(request.path),  # nearly always two of them are the one that has nothing
            dict(request.query),
            dict(request.header),
        ),
        (reply.status, _texts(reply.headers), reply.source),
        None if steering is UNSTEERED else _steering_node(steering),
        [(each.before is not None, each.after is not None) for each in exchange.touched],
    )
    considered = b",".join(map(_considered_text.of, steering.considered))
    lines = [_line(told), _content_line(request), b"[%b]" % considered]
    for before, after in exchange.touched:
        lines += [encode_record(each) for each in (before, after) if each is not None]
    return Encoded(b"\n".join(lines), request.body, reply.body)


def decode_exchange(encoded: Encoded, rule_of: Callable[[str], Rule | None]) -> Exchange:
    """The exchange that `encode_exchange` wrote.

    Args:
        encoded: As written.
        rule_of: The rule with an id in the exchange's session, None where it is no more.
    """
    first, content, considered, *records = encoded.json.split(b"\n")
    of_exchange, asked, (status, headers, source), steered, touched = _value(first)
    name, at, operation, session, found_by, led_by, ms, weight, *happened = of_exchange
    violations, fired, fired_more = happened
    steering = UNSTEERED
    if steered is not None:
        steering = _steering(steered, [_looked_at(each, rule_of) for each in _listed(considered)])
    lines = iter(records)
    return Exchange(
        name,
        datetime.fromisoformat(at),
        _request(asked, encoded.request_body, content),
        Reply(status, tuple(_bytes(headers)), encoded.reply_body, _SOURCES[source]),
        operation,
        session,
        _WAYS[found_by],
        tuple(Violation(*each) for each in violations),
        steering,
        ms,
        weight,
        led_by,
        tuple(map(_fired, fired)),
        fired_more,
        tuple(Touched(_next(lines, before), _next(lines, after)) for before, after in touched),
    )


# JSON


def _line(value: Json) -> bytes:
    try:
        return orjson.dumps(value, default=_plain)
    except TypeError:  # an integer beyond 64 bits, or a value that is nested very deeply
        return _EXACT + json.dumps(value, default=_plain, separators=(",", ":")).encode()


def _plain(value: Any) -> Json:
    if isinstance(value, tuple):  # orjson leaves named ones to us
        return tuple(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def _value(line: bytes) -> Any:
    return json.loads(line) if line.startswith(_EXACT) else orjson.loads(line)


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> Json:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _bytes(headers: Json) -> Iterator[tuple[bytes, bytes]]:
    return ((name.encode("latin-1"), value.encode("latin-1")) for name, value in headers)


class _Texts(Generic[T, V]):
    """What is made of values that are shared and never change, by which object they are.

    They have no hash; as they are kept here, their ids are not used again.
    """

    def __init__(self, make: Callable[[T], V]) -> None:
        self._make = make
        self._known: dict[int, tuple[T, V]] = {}

    def of(self, value: T) -> V:
        """What is made of a value."""
        known = self._known.get(id(value))
        if known is None:
            if len(self._known) >= SHARED_MAX:
                self._known.clear()
            known = self._known[id(value)] = value, self._make(value)
        return known[1]


# records


def _record(course: bytes, asked: bytes, line: bytes) -> Record:
    collection, name, data, scenarios, phase, timing, taken, due, polls, then, code, held = _value(
        line
    )
    progress = Progress(
        _course(course),
        _course(asked),
        tuple(scenarios),
        phase,
        _TIMINGS[timing],
        taken,
        None if due is None else datetime.fromisoformat(due),
        polls,
        then,
        code,
        _held(held),
    )
    return Record(collection, name, data, progress)


def _next(lines: Iterator[bytes], there: object) -> Record | None:
    return _record(next(lines), next(lines), next(lines)) if there else None


def _held(node: Json) -> Held | None:
    if node is None:
        return None
    phase, timing, left_s, polls, then, code, held = node
    return Held(phase, _TIMINGS[timing], left_s, polls, then, code, _held(held))


def _course_line(course: Course) -> bytes:
    return _course_text.of(course) if course else b""


def _course_bytes(course: Course) -> bytes:
    return _line({phase: list(map(_step_node, steps)) for phase, steps in course.items()})


def _step_node(step: Step) -> Json:
    after, jitter = step.after // _MICROSECOND, step.jitter // _MICROSECOND
    return step.timing, after, jitter, *_of_step(step)


def _course(line: bytes) -> Course:
    return _course_of(line) if line else STILL


@lru_cache(maxsize=LINES_MAX)
def _course_of(line: bytes) -> Course:
    return {phase: tuple(_step(*each) for each in steps) for phase, steps in _value(line).items()}


def _step(timing: str, after: int, jitter: int, *others: Any) -> Step:
    return Step(_TIMINGS[timing], after * _MICROSECOND, jitter * _MICROSECOND, *others)


_course_text: Final = _Texts(_course_bytes)


# exchanges


def _content_line(request: Request) -> bytes:
    """The parsed body, which is not what the body says where nulls were left out, or in a form."""
    if request.content is ABSENT:
        return b""
    line = _line(request.content)
    return _SAME if line == request.body else line


def _request(node: Json, body: bytes, content: bytes) -> Request:
    method, path, query, headers, scheme, prefix, *parameters = node
    request = Request(
        method,
        path.encode("latin-1"),
        query.encode("latin-1"),
        dict(_bytes(headers)),
        body,
        scheme,
        prefix.encode("latin-1"),
    )
    request.path, request.query, request.header = parameters
    if content:
        request.content = _value(body if content == _SAME else content)
    return request


def _fired(node: Json) -> Fired:
    at, collection, name, before, after, stopped, scenarios = node
    moment = datetime.fromisoformat(at)
    return Fired(moment, collection, name, before, after, stopped, tuple(scenarios))


def _steering_node(steering: Steering) -> Json:
    fault = steering.fault
    return (
        steering.scenarios,
        None if fault is None else _fault_node(fault),
        steering.delay_ms,
        steering.breaches,
        steering.more,
        [(each[0], each[1], _course_line(each[2]).decode()) for each in steering.courses],
        steering.instead_of,
    )


def _steering(node: Json, considered: Iterable[Considered]) -> Steering:
    scenarios, fault, delay_ms, breaches, more, courses, instead_of = node
    return Steering(
        tuple(considered),
        tuple(scenarios),
        None if fault is None else _fault(*fault),
        delay_ms,
        tuple(breaches),
        more,
        tuple(RuleCourse(name, by, _course(line.encode())) for name, by, line in courses),
        instead_of=instead_of,
    )


def _fault_node(fault: Fault) -> Json:
    delay = fault.delay
    waits = None if delay is None else (delay.kind, delay.low_ms, delay.high)
    return waits, *_of_fault(fault)


def _fault(delay: Json, broken: str | None, *others: Any) -> Fault:
    waits = None if delay is None else Delay(*delay)
    return Fault(waits, None if broken is None else Break(broken), *others)


# rules


def _considered_bytes(considered: Considered) -> bytes:
    """A rule that was looked at, with all that its explanation needs where the rule is gone."""
    rule = considered.rule
    node = (rule.id, _print.of(rule), rule.after_deed, considered.through, *considered[1:])
    return json.dumps(node, separators=(",", ":")).encode()


@lru_cache(maxsize=LINES_MAX)
def _listed(line: bytes) -> Sequence[Json]:
    """What was looked at: the same for most requests of an operation."""
    listed: Sequence[Json] = json.loads(line)
    return listed


def _looked_at(node: Json, rule_of: Callable[[str], Rule | None]) -> Considered:
    name, was, after_deed, through, spent, applied, chosen_by, turn = node
    rule = rule_of(name)
    if rule is not None and _print.of(rule) == was:
        return Considered(rule, spent, applied, chosen_by, turn)
    gone = Rule(
        name, GONE, (), When((), ()), (Turn(through=through),), None, None,
        breaks_contract=False, gateway=False, after_deed=after_deed,
    )  # fmt: skip
    return Considered(gone, spent or ("" if applied else WHY_GONE), applied, chosen_by)


def _print_of(rule: Rule) -> str:
    """Tells a rule from one that says something else; the same in every process."""
    return blake2b(repr(rule).encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


_print: Final = _Texts(_print_of)
_considered_text: Final = _Texts(_considered_bytes)
