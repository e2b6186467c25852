"""The calls of the admin API as data: what is asked, and how the answer is read.

One function for each operation of `admin.yaml` that a test needs; `client` sends what they return,
waiting or awaiting. Nothing here knows HTTP clients. The first argument `at` is the path of what is
meant, below `/__admin`: "" for the server, `/sessions/NAME`, `/sessions/NAME/records/COLLECTION`.
Spans are texts such as `90s`, `2h` or `1d12h`, or `timedelta`; moments are ISO 8601, or `datetime`.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, Generic, TypedDict, TypeVar, Unpack
from urllib.parse import quote, urlencode

from mockserver.errors import ClientError, Finding, NotVerified
from mockserver.facts import (
    Advanced,
    Binding,
    ClockFace,
    Collection,
    Coverage,
    Exchange,
    Health,
    Miss,
    Operation,
    Record,
    Rule,
    Scenario,
    Seen,
    Stepped,
    Summary,
    Verification,
    fact,
    facts,
)
from mockserver.message import Json

T = TypeVar("T")

PREFIX: Final = "/__admin"
FAILED: Final = 400
WAIT_S: Final = 5.0
TEXT: Final = "text/plain"
JSON: Final = "application/json"
NOT_OURS: Final = "it is no mockserver that answers"
HINTS: Final = {401: "; is the token the server's?", 404: "; is the admin API served there?"}


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One call of the admin API.

    Attributes:
        method: HTTP method.
        path: Below `/__admin`, with its query, percent-encoded.
        read: Makes the result of the parsed answer; may raise `NotVerified`.
        body: To be sent as JSON; None for nothing.
        accept: What kind of answer is wanted.
        waits_s: How long the server may take beyond what any call takes.
    """

    method: str
    path: str
    read: Callable[[Any], T]
    body: Json = None
    accept: str = JSON
    waits_s: float = 0.0

    @property
    def target(self) -> str:
        """Path and query below the server's URL."""
        return PREFIX + self.path

    def result(self, status: int, content: bytes) -> T:
        """What an answer means.

        Raises:
            ClientError: The server refuses, or it is none of ours.
            NotVerified: What was to be verified, or waited for, is not so.
        """
        __tracebackhide__ = True
        asked = f"{self.method} {self.target}"
        if status >= FAILED:
            raise _refused(asked, status, content)
        try:
            told = content.decode() if self.accept == TEXT else json.loads(content or b"null")
            return self.read(told)
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise ClientError(asked, NOT_OURS, status=status) from error


def _refused(asked: str, status: int, content: bytes) -> ClientError:
    try:
        problem = json.loads(content)
        detail = str(problem["detail"])
        findings = [Finding("body", **found) for found in problem.get("findings", ())]
        near = problem.get("valid_scenarios") or problem.get("nearest") or ()
    except (ValueError, LookupError, TypeError, AttributeError):
        return ClientError(asked, NOT_OURS + HINTS.get(status, ""), status=status)
    return ClientError(asked, detail, status=status, findings=findings, nearest=near)


class Criteria(TypedDict, total=False):
    """Which requests are meant: those that have all of it.

    Attributes:
        operation: Id or short name; "" for requests that no operation answers.
        status: A number, 0 for requests that were lost, or a text such as `4XX`.
        scenario: Scenario or rule that applied, by id or short name.
        source: Who decided the reply.
        method: HTTP method.
        path: As it was sent; `*` stands for any characters.
        since, until: Moments of the session's clock.
        violations: Whether the request broke its contract.
        when: Conditions on `path`, `query`, `headers` and `body`, as a rule has them.
    """

    operation: str
    status: int | str
    scenario: str
    source: str
    method: str
    path: str
    since: str | datetime
    until: str | datetime
    violations: bool
    when: Mapping[str, Json]


def _nothing(_told: Json) -> None:
    """Of what is only done."""


# the server ---------------------------------------------------------------------------------


def health(at: str) -> Call[Health]:
    """Whether the server is ready, and what it serves; needs no token."""
    return Call("GET", f"{at}/health", partial(fact, Health))


def operations(at: str) -> Call[tuple[Operation, ...]]:
    """The operations that are served, in the order of their documents."""
    return Call("GET", f"{at}/operations", partial(facts, Operation))


def catalogue(
    at: str, *, api: str | Iterable[str] = (), tag: str | Iterable[str] = ()
) -> Call[tuple[Scenario, ...]]:
    """The scenarios that can be chosen, in the order of their ids.

    Args:
        at: See the module.
        api: Stems of contracts, or `common`; any of them, all for none.
        tag: Tags, all of which a scenario has to have.
    """
    query = _query(api=_joined(api), tag=_joined(tag))
    return Call("GET", f"{at}/scenarios{query}", partial(facts, Scenario))


def coverage(at: str) -> Call[Coverage]:
    """What was met so far, in all sessions."""
    return Call("GET", f"{at}/coverage", partial(fact, Coverage))


def forget_coverage(at: str) -> Call[None]:
    """Begin to count anew, for everybody who uses the server."""
    return Call("DELETE", f"{at}/coverage", _nothing)


def sessions(at: str) -> Call[tuple[Summary, ...]]:
    """All sessions, the oldest first."""
    return Call("GET", f"{at}/sessions", partial(facts, Summary))


def make(
    at: str,
    name: str | None = None,
    *,
    scenarios: Iterable[str] = (),
    tags: Iterable[str] = (),
    clock: str | datetime | Mapping[str, Json] | None = None,
    seed: int | None = None,
    bindings: Iterable[Binding] = (),
) -> Call[Summary]:
    """Make a session, all of it or nothing.

    Args:
        at: See the module.
        name: None lets the server find one.
        scenarios: Ids or names of those that are active, the strongest first.
        tags: Tags of further ones.
        clock: A moment at which it stands still, or a setting as the admin API has it, such as
            `{"mode": "scaled", "factor": 60}`; None for the wall clock.
        seed: Of all that is drawn; None lets the server's seed and the name decide.
        bindings: Values that lead requests to it.
    """
    setting = _frozen(clock) if isinstance(clock, str | datetime) else clock
    asked = {"name": name, "seed": seed, "clock": setting}
    lists = {
        "scenarios": _joined(scenarios),
        "tags": _joined(tags),
        "bindings": list(map(_binding, bindings)),
    }
    body = {key: value for key, value in asked.items() if value is not None} | lists
    return Call("POST", f"{at}/sessions", partial(fact, Summary), body)


# a session ----------------------------------------------------------------------------------


def read(at: str) -> Call[Summary]:
    """How the session stands."""
    return Call("GET", at, partial(fact, Summary))


def reset(at: str) -> Call[Summary]:
    """Bring it back to how it was made; its bindings stay."""
    return Call("POST", f"{at}/reset", partial(fact, Summary))


def drop(at: str) -> Call[None]:
    """Drop it with all that is in it."""
    return Call("DELETE", at, _nothing)


def bind(
    at: str,
    *,
    path: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    header: Mapping[str, str] | None = None,
    body: Mapping[str, str] | None = None,
) -> Call[tuple[Binding, ...]]:
    """Let values lead requests to the session, all of them or none.

    Args:
        at: See the module.
        path: Values by name of a path parameter, `*` for any.
        query: Values by name of a query parameter.
        header: Values by name of a header.
        body: Values by JSON pointer, such as `/externalReference`.
    """
    places = {"path": path, "query": query, "header": header, "body": body}
    asked = [
        {"in": place, "name": name, "value": value}
        for place, values in places.items()
        for name, value in (values or {}).items()
    ]
    return Call("POST", f"{at}/bindings", partial(facts, Binding), asked)


def bindings(at: str) -> Call[tuple[Binding, ...]]:
    """The values that lead requests here, the oldest first; those of secrets are left out."""
    return Call("GET", f"{at}/bindings", partial(facts, Binding))


def unbind(at: str, binding: Binding | None = None) -> Call[None]:
    """Forget one value, or all of them."""
    query = _query(**_binding(binding)) if binding else ""
    return Call("DELETE", f"{at}/bindings{query}", _nothing)


def collections(at: str) -> Call[tuple[Collection, ...]]:
    """The kinds of records that the session may have."""
    return Call("GET", f"{at}/records", partial(facts, Collection))


# scenarios, rules ---------------------------------------------------------------------------


def active(at: str) -> Call[tuple[str, ...]]:
    """Ids of the active scenarios, the strongest first."""
    return Call("GET", f"{at}/scenarios", _ids)


def activate(at: str, *names: str, tags: Iterable[str] = ()) -> Call[tuple[str, ...]]:
    """Replace the active scenarios; without names or tags none is active. All count from nothing.

    Args:
        at: See the module.
        names: By id, by short name, or `status-<code>`; the strongest first.
        tags: Tags of further ones.
    """
    return Call("PUT", f"{at}/scenarios", _ids, {"scenarios": list(names), "tags": _joined(tags)})


def _ids(told: Json) -> tuple[str, ...]:
    return tuple(told["scenarios"])


def add_rule(at: str, rule: Mapping[str, Json]) -> Call[Rule]:
    """Write a rule on the spot, in the words of a scenario file; it goes before the scenarios."""
    return Call("POST", f"{at}/rules", partial(fact, Rule), dict(rule))


def rules(at: str) -> Call[tuple[Rule, ...]]:
    """The rules in the order in which they are tried."""
    return Call("GET", f"{at}/rules", partial(facts, Rule))


def read_rule(at: str, rule: str) -> Call[Rule]:
    """A rule by its id, and how often it applied."""
    return Call("GET", f"{at}/rules/{_quoted(rule)}", partial(fact, Rule))


def drop_rule(at: str, rule: str) -> Call[None]:
    """Drop a rule by its id."""
    return Call("DELETE", f"{at}/rules/{_quoted(rule)}", _nothing)


def drop_rules(at: str) -> Call[None]:
    """Drop all rules that were written on the spot."""
    return Call("DELETE", f"{at}/rules", _nothing)


# time ---------------------------------------------------------------------------------------


def read_clock(at: str) -> Call[ClockFace]:
    """What the clock shows."""
    return Call("GET", f"{at}/clock", partial(fact, ClockFace))


def freeze(at: str, moment: str | datetime | None = None) -> Call[ClockFace]:
    """Let the clock stand still, at a moment or where it is; what is due until then happens."""
    return Call("PUT", f"{at}/clock", partial(fact, ClockFace), _frozen(moment))


def scale(at: str, factor: float, moment: str | datetime | None = None) -> Call[ClockFace]:
    """Let the clock run `factor` times as fast as the wall clock, from a moment or where it is."""
    setting = {"mode": "scaled", "factor": factor} | _from(moment)
    return Call("PUT", f"{at}/clock", partial(fact, ClockFace), setting)


def run(at: str, moment: str | datetime | None = None) -> Call[ClockFace]:
    """Let the clock go as the wall clock does, from a moment; without one it is the wall clock."""
    return Call("PUT", f"{at}/clock", partial(fact, ClockFace), {"mode": "real"} | _from(moment))


def advance(
    at: str, *, by: str | timedelta | None = None, to: str | datetime | None = None
) -> Call[Advanced]:
    """Let time pass; all that is due has happened when it returns, and nobody waits.

    Args:
        at: See the module.
        by: A span.
        to: A moment; exactly one of both.
    """
    asked = {"by": _span(by), "to": _moment(to)}
    given = {key: value for key, value in asked.items() if value is not None}
    return Call("POST", f"{at}/clock/advance", partial(fact, Advanced), given)


def until_next(at: str) -> Call[Advanced]:
    """Let time pass until the next moment at which something is due."""
    return Call("POST", f"{at}/clock/advance", partial(fact, Advanced), {"until": "next"})


def until_idle(at: str) -> Call[Advanced]:
    """Let time pass until nothing is due any more."""
    return Call("POST", f"{at}/clock/advance", partial(fact, Advanced), {"until": "idle"})


def _frozen(moment: str | datetime | None) -> dict[str, Json]:
    return {"mode": "frozen"} | _from(moment)


def _from(moment: str | datetime | None) -> dict[str, Json]:
    return {} if moment is None else {"at": _moment(moment)}


# records ------------------------------------------------------------------------------------


def records(
    at: str,
    *,
    key: str | None = None,
    value: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> Call[tuple[Record, ...]]:
    """The records of a collection, the oldest first; what is read here is no poll.

    Args:
        at: See the module.
        key: One of the collection's keys, together with `value`.
        value: What it has to be.
        limit: How many at most, up to 1000.
        offset: How many to leave out at the beginning.
    """
    query = _query(key=key, value=value, limit=limit, offset=offset)
    return Call("GET", at + query, lambda told: facts(Record, told["records"]))


def read_record(at: str, record: str) -> Call[Record]:
    """A record by its id."""
    return Call("GET", f"{at}/{_quoted(record)}", partial(fact, Record))


def put_record(at: str, record: str, data: Mapping[str, Json]) -> Call[Record]:
    """Put a record, in place of one with its id; it begins its course in the state it has."""
    return Call("PUT", f"{at}/{_quoted(record)}", partial(fact, Record), dict(data))


def drop_record(at: str, record: str) -> Call[None]:
    """Drop a record; nothing else changes."""
    return Call("DELETE", f"{at}/{_quoted(record)}", _nothing)


def step(
    at: str, record: str, *, then: str | None = None, code: str | None = None
) -> Call[Stepped]:
    """End the phase that a record waits in, by hand.

    Args:
        at: See the module.
        record: Its id.
        then: The outcome; None for that of its course.
        code: Of the outcome, such as an issue code.
    """
    asked = {"then": then, "code": code}
    body = {key: value for key, value in asked.items() if value is not None}
    return Call("POST", f"{at}/{_quoted(record)}/step", partial(fact, Stepped), body)


# requests -----------------------------------------------------------------------------------


def requests(
    at: str, *, fields: Sequence[str] = (), limit: int = 100, **criteria: Unpack[Criteria]
) -> Call[tuple[Seen, ...]]:
    """What was asked, the newest first.

    Args:
        at: See the module.
        fields: Values of the request, such as `body:/price=10` or `header:X-Trace-Id`; for `when`.
        limit: How many at most, up to 1000.
        criteria: Which are meant; all but `when`.
    """
    if "when" in criteria:
        raise TypeError("requests() has no 'when'; fields=['path:NAME=VALUE'] says it")
    query = _query(**_plain(criteria), field=list(fields), limit=limit)
    return Call("GET", f"{at}/requests{query}", lambda told: facts(Seen, told["requests"]))


def count(at: str, **criteria: Unpack[Criteria]) -> Call[int]:
    """How many requests are meant."""
    body = _plain(criteria)
    return Call("POST", f"{at}/requests/count", lambda told: int(told["count"]), body)


def verify(
    at: str,
    *,
    exactly: int | None = None,
    at_least: int | None = None,
    at_most: int | None = None,
    never: bool = False,
    in_order: Sequence[Criteria] | None = None,
    **criteria: Unpack[Criteria],
) -> Call[Verification]:
    """Verify that something happened, or did not; without a number, at least once.

    Args:
        at: See the module.
        exactly: How many requests are expected.
        at_least: How many at least.
        at_most: How many at most.
        never: None is.
        in_order: Criteria of requests that come one after the other; stands alone.
        criteria: Which requests are meant.

    Raises:
        NotVerified: When the answer is read: it is not so.
    """
    bounds = {"exactly": exactly, "at_least": at_least, "at_most": at_most, "never": never or None}
    body = _plain(criteria) | {key: value for key, value in bounds.items() if value is not None}
    if in_order is not None:
        body["in_order"] = list(map(_plain, in_order))
    return Call("POST", f"{at}/requests/verify", _verified, body)


def _verified(told: Json) -> Verification:
    __tracebackhide__ = True
    if not told["verified"]:
        raise NotVerified(told["message"])
    return fact(Verification, told)


def wait(at: str, *, timeout_s: float = WAIT_S, **criteria: Unpack[Criteria]) -> Call[Exchange]:
    """Wait until a request has come; at once when there is one.

    Args:
        at: See the module.
        timeout_s: After how many seconds to give up, up to 60.
        criteria: Which is meant.

    Raises:
        NotVerified: When the answer is read: none came.
    """
    body = _plain(criteria)
    wanted = " and ".join(f"{key} {value!r}" for key, value in body.items()) or "anything"
    where = f"{at}/requests/wait{_query(timeout_s=timeout_s)}"
    return Call("POST", where, partial(_waited, wanted, timeout_s), body, waits_s=timeout_s)


def _waited(wanted: str, timeout_s: float, told: Json) -> Exchange:
    __tracebackhide__ = True
    if told["matched"]:
        return fact(Exchange, told["request"])
    lines = [f"Not met in {timeout_s:g} s: expected a request with {wanted}"]
    misses = facts(Miss, told["nearest"])
    lines += ["Nearest misses:"] if misses else ["Nothing was asked."]
    for miss in misses:
        lines.append(f"  {miss.request}")
        lines += (f"    {difference}" for difference in miss.differences)
    raise NotVerified("\n".join(lines))


def exchange(at: str, request: str) -> Call[Exchange]:
    """A request by its id (`X-Mock-Request-Id`), its reply and what led to it."""
    return Call("GET", f"{at}/requests/{_quoted(request)}", partial(fact, Exchange))


def explain(at: str, request: str) -> Call[str]:
    """The same as a text for people."""
    return Call("GET", f"{at}/requests/{_quoted(request)}", str, accept=TEXT)


def har(at: str, *, limit: int = 1_000) -> Call[Json]:
    """The newest requests as HAR 1.2, which the developer tools of browsers open."""
    return Call("GET", f"{at}/requests.har{_query(limit=limit)}", lambda told: told)


def forget(at: str) -> Call[None]:
    """Forget what was asked."""
    return Call("DELETE", f"{at}/requests", _nothing)


# as the server writes it --------------------------------------------------------------------


def _plain(criteria: Mapping[str, Any]) -> dict[str, Json]:
    return {
        key: _moment(value) if isinstance(value, datetime) else value
        for key, value in criteria.items()
    }


def _binding(binding: Binding) -> dict[str, str]:
    return {"in": binding.place, "name": binding.name, "value": binding.value}


def _moment(moment: str | datetime | None) -> str | None:
    """ISO 8601 with a zone; a `datetime` without one is UTC, as everywhere in the server."""
    if not isinstance(moment, datetime):
        return moment
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).isoformat()


def _span(span: str | timedelta | None) -> str | None:
    if not isinstance(span, timedelta):
        return span
    return f"{round(span / timedelta(milliseconds=1))}ms"


def _joined(names: str | Iterable[str]) -> list[str]:
    """A text is one name: as an iterable of texts it would be its letters."""
    return [names] if isinstance(names, str) else list(names)


def _quoted(name: str) -> str:
    return quote(name, safe="")


def _query(**given: Json) -> str:
    """A query of what is not None; lists are repeated, booleans written as JSON."""
    pairs = {
        key: str(value).lower() if isinstance(value, bool) else value
        for key, value in given.items()
        if value is not None
    }
    text = urlencode(pairs, doseq=True)
    return f"?{text}" if text else ""
