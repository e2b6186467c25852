"""Why a reply was what it was: an exchange as a line of a list, as a record, as a text.

Nothing is kept for this while requests are served: rules that did not apply are asked again why,
and since to match and to explain is one function, the answer is the one that was acted upon.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

import orjson

from mockserver.clock import stamp
from mockserver.disclosure import (
    Body,
    Pairs,
    data_of,
    headers_of,
    id_of,
    path_of,
    query_of,
    reply_body,
    request_body,
    violations_of,
)
from mockserver.exchange import Considered, Exchange, FoundBy, Steering
from mockserver.message import Json, Request, Source
from mockserver.problem import phrase
from mockserver.record import Record, Touched
from mockserver.secrecy import redacted
from mockserver.timeline import Fired

T = TypeVar("T")

written: Final = stamp  # as lists, HAR and criteria have a moment too

BODY_MAX: Final = 300  # characters of a body in a text
RECORDS_MAX: Final = 20  # transitions, and records, that are told of one exchange
WIDTH: Final = 12  # of the left column of a text

# What led to the session is said after these.
FOUND_BY: Final = {
    FoundBy.HEADER: "named in a header",
    FoundBy.PREFIX: "named in the URL",
    FoundBy.BAGGAGE: "named in the baggage header",
    FoundBy.BINDING: "found by a binding",
    FoundBy.RESOURCE: "the one that made the resource",
    FoundBy.DEFAULT: "nothing led to another one",
}
ANSWERED: Final = {
    Source.REFUSAL: "a refusal: the request breaks the contract",
    Source.SCENARIO: "a scenario",
    Source.SIMULATION: "the simulation",
    Source.EXAMPLE: "the documented example",
    Source.GENERATED: "a body generated from the schema",
    Source.MOCKSERVER: "the mock server itself, not the provider",
}
# By status, where no operation has the method and path.
UNKNOWN: Final = {
    404: "the mock server itself: no contract has the path",
    405: "a refusal: the contract has the path, but not with this method",
}


def summary(exchange: Exchange) -> Json:
    """One line of a list of exchanges."""
    fault = exchange.steering.fault
    return {
        "id": exchange.id,
        "at": stamp(exchange.at),
        "session": exchange.session,
        "method": exchange.request.method,
        "path": path_of(exchange.request),
        "query": query_of(exchange.request),
        "operation": exchange.operation,
        "status": exchange.reply.status,
        "source": exchange.reply.source.value,
        "scenarios": list(exchange.steering.scenarios),
        "fault": str(fault) if fault else "",
        "violations": len(exchange.violations),
        "ms": round(exchange.ms, 3),
    }


def record(exchange: Exchange) -> Json:
    """Everything about one exchange, as JSON; what has no value is "", [], {} or null."""
    steering = exchange.steering
    told = summary(exchange)
    shared = ("id", "at", "session", "operation", "source", "scenarios", "fault", "ms")
    return {name: told[name] for name in shared} | {
        "found_by": exchange.found_by.value,
        "led_by": exchange.led_by,
        "answered": answered(exchange),
        "request": _request(exchange),
        "reply": {
            "status": exchange.reply.status,
            "headers": _joined(headers_of(exchange.reply.headers)),
            "body": _body(reply_body(exchange)),
        },
        "violations": [each._asdict() for each in violations_of(exchange)],
        "considered": [_considered(each, exchange.request) for each in steering.considered],
        "more": steering.more,
        "delay_ms": steering.delay_ms,
        "breaches": list(steering.breaches),
        "nearest": nearest(exchange),
        "fired": list(map(fired_record, exchange.fired[:RECORDS_MAX])),
        "fired_more": _more(exchange.fired) + exchange.fired_more,
        "records": list(map(_touched, exchange.touched[:RECORDS_MAX])),
        "records_more": _more(exchange.touched),
    }


def fired_record(fired: Fired) -> Json:
    """A transition that happened by itself, as JSON."""
    return {
        "at": stamp(fired.at),
        "collection": fired.collection,
        "id": id_of(fired),
        "from": fired.before,
        "to": fired.after,
        "stopped": fired.stopped,
        "scenarios": list(fired.scenarios),
    }


def text(exchange: Exchange) -> str:
    """The explanation for people: some ten to thirty lines, the last one ended."""
    return "".join(f"{_printable(line)}\n" for line in _lines(exchange))


def answered(exchange: Exchange) -> str:
    """Who decided the reply, in a few words."""
    steering, source = exchange.steering, exchange.reply.source
    if not exchange.reply.status:
        return "nobody: the request was lost before the deed"
    if not exchange.operation:
        return UNKNOWN.get(exchange.reply.status, ANSWERED[source])
    applied = [each for each in steering.considered if each.applied]
    if source is not Source.SCENARIO or not applied:
        return ANSWERED[source]
    if not steering.instead_of:
        return _rule(applied[-1])
    first = next(each for each in applied if each.rule.after_deed and not each.through)
    status = f"{steering.instead_of} {phrase(steering.instead_of)}".rstrip()
    return f"{_rule(first)}, after the deed and instead of {status}"


def why_not(considered: Considered, request: Request) -> list[str]:
    """Why a rule did not apply to `request`; empty when it did."""
    if considered.applied:
        return []
    if considered.spent:
        return [considered.spent]
    return [str(mismatch) for mismatch in considered.rule.when.mismatches(request)]


def nearest(exchange: Exchange) -> list[str]:
    """The operations whose paths look most like one that no contract has, as the reply says."""
    if exchange.operation or exchange.reply.source is not Source.MOCKSERVER:
        return []
    try:
        said = orjson.loads(exchange.reply.body)
    except orjson.JSONDecodeError:
        return []
    found = said.get("nearest") if isinstance(said, dict) else None
    return [str(each) for each in found] if isinstance(found, list) else []


# the record


def _request(exchange: Exchange) -> Json:
    request = exchange.request
    return {
        "method": request.method,
        "scheme": request.scheme,
        "prefix": request.prefix.decode("latin-1"),
        "path": path_of(request),
        "query": query_of(request),
        "parameters": {
            "path": redacted(dict(request.path)),
            "query": redacted(dict(request.query)),
            "header": redacted(dict(request.header)),
        },
        "headers": _joined(headers_of(request.headers.items())),
        "body": _body(request_body(exchange)),
    }


def _joined(pairs: Pairs) -> Json:
    """Headers by name; the values of a repeated one as one list (RFC 9110, 5.3)."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _body(body: Body | None) -> Json:
    if body is None:
        return None
    return {"form": body.form, "bytes": body.size, "value": body.value}


def _considered(considered: Considered, request: Request) -> Json:
    return {
        "rule": considered.rule.id,
        "summary": considered.rule.summary,
        "chosen_by": considered.chosen_by,
        "applied": considered.applied,
        "turn": None if considered.turn is None else considered.turn + 1,
        "through": considered.through,
        "why_not": why_not(considered, request),
    }


def _touched(touched: Touched) -> Json:
    of = touched.after or touched.before
    assert of is not None  # noqa: S101 - one of them is there
    told = {"collection": of.collection, "id": id_of(of)}
    return told | {"before": data_of(touched.before), "after": data_of(touched.after)}


def _more(told: Sequence[object]) -> int:
    """How many there are beside those that are told of."""
    return max(0, len(told) - RECORDS_MAX)


# the text


def _lines(exchange: Exchange) -> Iterator[str]:
    request, reply = exchange.request, exchange.reply
    query = query_of(request)
    yield f"{request.method} {path_of(request)}" + (f"?{query}" if query else "")
    yield _line("exchange", f"{exchange.id}, {stamp(exchange.at)}, decided in {exchange.ms:g} ms")
    led = f", {exchange.led_by}" if exchange.led_by else ""
    yield _line("session", f"{exchange.session}: {FOUND_BY[exchange.found_by]}{led}")
    yield _line("operation", exchange.operation or "none")
    yield from _list("nearest", nearest(exchange))
    yield from _column("due before", exchange.fired, _happened, exchange.fired_more)
    body = request_body(exchange)
    yield _line("request", _size(headers_of(request.headers.items()), body))
    yield from _clipped(body)
    yield from _list("violations", [str(each) for each in violations_of(exchange)])
    if reply.status:
        body = reply_body(exchange)
        status = f"{reply.status} {phrase(reply.status)}".rstrip()
        yield _line("reply", f"{status}, {_size(headers_of(reply.headers), body)}")
        yield from _clipped(body)
    yield _line("answered by", answered(exchange))
    yield from _column("records", exchange.touched, _changed)
    yield from _steering_lines(exchange)


def _happened(fired: Fired) -> str:
    """A transition in one line."""
    if fired.stopped:
        what = f"stopped in {fired.before}"
    elif fired.after is None:
        what = "gone"
    elif fired.after == fired.before:
        what = f"changed, still {fired.after}"
    else:
        what = f"{fired.before} -> {fired.after or 'nothing'}"
    said = f", as {', '.join(fired.scenarios)} had it" if fired.scenarios else ""
    return f"{stamp(fired.at)} {_named(fired)}: {what}{said}"


def _changed(touched: Touched) -> str:
    return _change(touched.before, touched.after)


def _change(before: Record | None, after: Record | None) -> str:
    """What became of a record, in one line; its data are in the record of the exchange."""
    if before is None or after is None:
        of = before or after
        assert of is not None  # noqa: S101 - one of them is there
        return f"{_named(of)}: {'gone' if before else 'made'}"
    name, was, now = _named(after), before.progress, after.progress
    if was.phase != now.phase:
        return f"{name}: {was.phase or 'nothing'} -> {now.phase or 'nothing'}"
    if before.data == after.data and now.polls < was.polls:
        return f"{name}: read, {now.polls} to go in {now.phase}"
    return f"{name}: changed" + (f", still {now.phase}" if now.phase else "")


def _named(record: Record | Fired) -> str:
    return f"{record.collection} {id_of(record)}"


def _steering_lines(exchange: Exchange) -> Iterator[str]:
    steering = exchange.steering
    if steering.scenarios:
        yield _line("scenarios", ", ".join(steering.scenarios))
    if steering.fault is not None:
        yield _line("fault", str(steering.fault))
    if steering.delay_ms:
        yield _line("delay", f"{steering.delay_ms:g} ms")
    yield from _list("breaches on purpose", steering.breaches)
    if steering.considered:
        yield "  rules considered, in order"
    for each in steering.considered:
        named = f"{each.rule.id} ({each.rule.summary})" if each.rule.summary else each.rule.id
        chosen = f", {each.chosen_by}" if each.chosen_by else ""
        yield f"    {named}{chosen}: {_outcome(each, steering)}"
        yield from (f"      {reason}" for reason in why_not(each, exchange.request))
    if steering.more:
        yield f"    and {steering.more} more, which did not apply"


def _outcome(considered: Considered, steering: Steering) -> str:
    """Whether a rule applied, and how."""
    if not considered.applied:
        return "did not apply"
    turn = _turn(considered)
    outcome = f"applied, {turn}" if turn else "applied"
    if considered.through:
        return f"{outcome}: it let the request through"
    if considered.rule.after_deed and not steering.instead_of:
        return f"{outcome}: nothing was done that it could reply after"
    return outcome


def _rule(considered: Considered) -> str:
    """A rule that replied."""
    turn = _turn(considered)
    return f"the rule {considered.rule.id}" + (f", {turn}" if turn else "")


def _turn(considered: Considered) -> str:
    """Which of its turns a rule took, "" where there was no choice of them."""
    if considered.turn is None:
        return ""
    rule = considered.rule
    kind = "choice" if rule.weighted else "turn"
    return f"{kind} {considered.turn + 1} of {len(rule.turns)}"


def _size(headers: Pairs, body: Body | None) -> str:
    if body is None:
        return "no body"
    return f"{dict(headers).get('content-type', 'no content type')}, {body.size} bytes"


def _clipped(body: Body | None) -> Iterator[str]:
    if body is not None:
        clip = body.text if len(body.text) <= BODY_MAX else f"{body.text[:BODY_MAX]}…"
        yield from (_line("", line) for line in clip.splitlines())


def _printable(line: str) -> str:
    """A line without control characters: what a caller sends shall not steer a terminal."""
    return line if line.isprintable() else "".join(c if c.isprintable() else "\ufffd" for c in line)


def _line(name: str, value: str) -> str:
    return f"  {name:<{WIDTH}}{value}"


def _column(
    name: str, values: Sequence[T], said: Callable[[T], str], more: int = 0
) -> Iterator[str]:
    """What is said of values below each other, of many of the first ones."""
    for number, value in enumerate(values[:RECORDS_MAX]):
        yield _line("" if number else name, said(value))
    if more := _more(values) + more:
        yield _line("", f"and {more} more")


def _list(name: str, values: Sequence[str]) -> Iterator[str]:
    if values:
        yield f"  {name}"
        yield from (f"    {value}" for value in values)
