"""Too many, too large, too deep, for ever: the server says so, stays up, and stays small."""

import http.client
import json
import select
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance.caller import (
    JSON,
    NEW,
    TRACE,
    Caller,
    ask,
    everything,
    request,
    subscription,
)

Serving = Callable[..., AbstractContextManager[Any]]

AGILE: Final = Path(__file__).parents[2] / "specs" / "agile-tv-v3.yaml"
CEILING: Final = 1_000  # of sessions, and of the rules of one
MIB: Final = 1024 * 1024
MEMORY_MAX: Final = 700 * MIB  # far more than it needs, far less than was sent or asked for
DEEP: Final = b"[" * 100_000
NESTED: Final = b"[" * 900 + b"]" * 900
READ: Final = "agile-tv-v3/getSubscription"


@pytest.fixture(scope="module")
def running(serving: Serving) -> Iterator[Any]:
    """A server that nobody else uses."""
    with serving(str(AGILE), "--state", "none", "--log-level", "warning") as server:
        yield server


@pytest.fixture
def victim(running: Any) -> Iterator[Caller]:
    """It; after each test it is well, and has not grown without bounds."""
    caller = Caller(running.host, running.port)
    yield caller
    assert caller.tell("GET", "/health").status == 200
    reply = caller.read("ACC_well")
    assert (reply.status, reply.session) == (200, "default")
    assert peak_bytes(running.process.pid) < MEMORY_MAX
    assert "Traceback" not in running.said()


def peak_bytes(pid: int) -> int:
    """The most memory that a process ever had, 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def kept(caller: Caller) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection(caller.host, caller.port, timeout=30)
    with closing(connection):
        yield connection


@pytest.fixture
def connection(victim: Caller) -> Iterator[http.client.HTTPConnection]:
    """One connection for very many requests."""
    yield from kept(victim)


# many --------------------------------------------------------------------------------------


def test_beyond_a_thousand_sessions_each_further_one_is_503_until_one_is_dropped(
    victim: Caller, connection: http.client.HTTPConnection
) -> None:
    told = f"There are {CEILING} sessions, the most there may be; drop some"

    def named(name: str) -> Any:
        return ask(connection, "GET", subscription(), [TRACE, ("X-Mock-Session", name)])

    replies = [named(f"crowd-{number}") for number in range(2 * CEILING)]

    assert Counter(each.status for each in replies) == {200: CEILING, 503: CEILING}
    assert [each.status for each in replies[:CEILING]] == [200] * CEILING
    assert {each.source for each in replies[CEILING:]} == {"mockserver"}
    assert {each.json["detail"] for each in replies[CEILING:]} == {told}
    by_prefix = ask(connection, "GET", f"/__s/one-more{subscription()}", [TRACE])
    by_admin = victim.tell("POST", "/sessions", {})
    assert (by_prefix.status, by_admin.status) == (503, 503)
    assert by_admin.json["detail"] == told
    assert len(victim.sessions()) == CEILING + 1  # and `default`
    assert named("crowd-0").session == "crowd-0"

    victim.admin("DELETE", "/sessions/crowd-0")
    assert named("one-more").status == 200
    assert named("crowd-0").status == 503
    for name in victim.sessions() - {"default"}:
        ask(connection, "DELETE", f"/__admin/sessions/{name}")
    assert victim.sessions() == {"default"}


def test_beyond_a_thousand_rules_each_further_one_is_409(
    victim: Caller, connection: http.client.HTTPConnection
) -> None:
    with victim.session() as session:
        statuses = []
        for number in range(CEILING + 2):
            when = {"path": {"service_id": f"RULED_{number}"}}
            rule = {"on": READ, "when": when, "reply": {"status": 404}}
            body = json.dumps(rule).encode()
            made = ask(connection, "POST", f"/__admin/sessions/{session}/rules", [JSON], body)
            statuses.append(made.status)

        assert statuses == [201] * CEILING + [409] * 2
        assert made.json["detail"] == f"The session has {CEILING} rules, the most it may have"
        mine = ("X-Mock-Session", session)
        last, beyond = victim.read(f"RULED_{CEILING - 1}", mine), victim.read("RULED_1000", mine)
        assert (last.status, beyond.status) == (404, 200)
        why = victim.explain(session, beyond.id)
        assert "rule-200, written on the spot: did not apply" in why
        assert " more, which did not apply" in why
        assert f"rule-{CEILING}, written on the spot: applied" in victim.explain(session, last.id)


def test_beyond_a_hundred_callers_who_wait_the_next_is_503(victim: Caller) -> None:
    with victim.session() as session, ExitStack() as stack:
        wait = request(
            "GET", f"/__admin/sessions/{session}/requests/wait?timeout_s=60", "Connection: close"
        )
        waiting = [stack.enter_context(victim.connect()) for _ in range(101)]
        for each in waiting:
            each.sendall(wait)

        (refused,), _, _ = select.select(waiting, [], [], 30)
        assert everything(refused).startswith(b"HTTP/1.1 503 ")

        victim.read("ACC_1", ("X-Mock-Session", session))
        waiting.remove(refused)
        for each in waiting:
            received = everything(each)
            assert received.startswith(b"HTTP/1.1 200 ")
            assert b'"matched":true' in received


# large -------------------------------------------------------------------------------------


def large(mib: int) -> bytes:
    """A good request body of about this size."""
    return json.dumps(NEW | {"externalId": "x" * mib * MIB}).encode()


def test_large_bodies_leave_the_journal_and_are_counted(victim: Caller) -> None:
    with victim.session() as session:
        mine = [TRACE, JSON, ("X-Mock-Session", session)]
        for size in (9, 4, 4, 4, 4, 4, 4, 4):  # the first is larger than all the room there is
            assert victim.ask("POST", subscription(), mine, large(size)).status == 202

        told = victim.admin("GET", f"/sessions/{session}")
        assert told["requests"] + told["dropped"] == 8
        assert 0 < told["requests"] < 4


def test_many_sessions_with_large_bodies_share_one_room(victim: Caller) -> None:
    body, names = large(4), [f"large-{number}" for number in range(30)]
    for name in names:
        victim.ask("POST", subscription(), [TRACE, JSON, ("X-Mock-Session", name)], body)

    told = [victim.admin("GET", f"/sessions/{name}") for name in names]
    for name in names:
        victim.admin("DELETE", f"/sessions/{name}")

    assert {each["requests"] + each["dropped"] for each in told} == {1}
    assert 0 < sum(each["requests"] for each in told) < len(names)


def test_a_body_over_the_limit_is_413_and_kept_without_it(victim: Caller) -> None:
    with victim.session() as session:
        reply = victim.ask("POST", f"/__s/{session}{subscription()}", [TRACE, JSON], large(11))

        assert (reply.status, reply.source, reply.session) == (413, "mockserver", session)
        assert reply.json["detail"] == "The body has more than 10485760 bytes"
        (kept,) = victim.admin("GET", f"/sessions/{session}/requests")["requests"]
        assert (kept["id"], kept["status"]) == (reply.id, 413)
        assert "no body" in victim.explain(session, reply.id)


def test_a_body_over_the_limit_makes_no_session(victim: Caller) -> None:
    before = victim.sessions()

    reply = victim.ask("POST", "/__admin/sessions", [JSON], large(11))

    assert (reply.status, reply.source) == (413, "mockserver")
    assert victim.sessions() == before


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        ("/" + "a" * 60_000, [], 404),
        ("/__s/" + "a" * 60_000 + subscription(), [], 400),
        (subscription() + "?" + "a=b&" * 15_000, [], 200),
        (subscription("A" * 60_000), [], 200),
        (subscription(), [("X-Mock-Scenario", "a-b" * 20_000)], 400),
        (subscription(), [("X-Mock-Session", "a" * 60_000)], 400),
        (subscription(), [("baggage", "a=b," * 15_000)], 200),
        (subscription(), [("Prefer", "example=" + "a" * 60_000)], 400),
        (subscription(), [("Prefer", "code=" + "4" * 60_000)], 400),
        (subscription(), [(f"X-{number}", "a") for number in range(3_000)], 200),
    ],
)
def test_long_lines_are_answered(
    victim: Caller, target: str, headers: list[tuple[str, str]], status: int
) -> None:
    before = victim.sessions()

    reply = victim.ask("GET", target, [TRACE, *headers])

    assert reply.status == status
    assert len(reply.body) < 200_000
    assert victim.sessions() == before


# deep --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (subscription(), DEEP),
        (subscription(), b'{"a":' * 50_000),
        (subscription(), b'{"products":' + NESTED + b"}"),
        ("/__admin/sessions", DEEP),
        ("/__admin/sessions/default/bindings", DEEP),
        ("/__admin/sessions/default/rules", b'{"on":"*","reply":{"body":' + NESTED + b"}}"),
        (
            "/__admin/sessions/default/rules",
            b'{"on":"*","reply":{"status":404},"when":{"body":{"":{"equals":' + NESTED + b"}}}}",
        ),
        ("/__admin/sessions/default/requests/verify", b'{"in_order":' + NESTED + b"}"),
        ("/__admin/sessions/default/requests/count", b'{"when":{"body":{"":' + NESTED + b"}}}"),
        ("/__admin/sessions/default/requests/wait", DEEP),
    ],
)
def test_what_is_nested_too_deeply_is_400(victim: Caller, target: str, body: bytes) -> None:
    reply = victim.ask("POST", target, [TRACE, JSON], body)

    assert reply.status == 400
    assert reply.json
    assert victim.admin("GET", "/sessions/default/rules") == []


# for ever ----------------------------------------------------------------------------------


SLOW: Final = {"delay": {"ms": 1}}


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a{2,1}", "(?P<a>x)(?P<a>y)", "\\"])
def test_what_is_no_pattern_is_refused_with_its_place(victim: Caller, pattern: str) -> None:
    when = {"headers": {"X-A": {"regex": pattern}}}

    reply = victim.tell("POST", "/sessions/default/rules", {"on": "*", "when": when, "fault": SLOW})

    assert reply.status == 400
    assert {each["pointer"] for each in reply.json["findings"]} == {"/when/headers/X-A/regex"}


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a|a)*b", "(a*)*b", "(.*)(.*)(.*)(.*)b"])
def test_a_pattern_that_backtracks_is_not_tried_on_a_long_text(
    victim: Caller, pattern: str
) -> None:
    """It would take longer than the world has been there."""
    with victim.session() as session:
        when = {"headers": {"X-A": {"regex": pattern}}, "body": {"/externalId": {"regex": pattern}}}
        for place, conditions in when.items():
            rule = {"on": "*", "when": {place: conditions}, "reply": {"status": 500}}
            victim.admin("POST", f"/sessions/{session}/rules", rule)
        body = json.dumps(NEW | {"externalId": "a" * 1_000_000}).encode()
        headers = [TRACE, JSON, ("X-A", "a" * 20_000), ("X-Mock-Session", session)]

        reply = victim.ask("POST", subscription(), headers, body)

        assert reply.status == 202
        why = victim.explain(session, reply.id)
        assert "rule-1, written on the spot: did not apply" in why
        assert "rule-2, written on the spot: did not apply" in why


@pytest.mark.parametrize(
    "template",
    [
        "{% for i in range(10 ** 9) %}a{% endfor %}",
        "{% for i in range(999) %}{% for j in range(999) %}{{ j }}{% endfor %}{% endfor %}",
        "{{ 'a' * 10 ** 9 }}",
        "{{ range(10 ** 9) | list }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ [[0] * 99999] * 99999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ faker.text(max_nb_chars=99999999) }}",
        "{% set a = namespace(x='a') %}{% for i in range(99) %}{% set a.x = a.x * 2 %}{% endfor %}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ request.__class__.__mro__ }}",
        "{% include '/etc/passwd' %}",
        "{{ lipsum(99999) }}",
        "{{ " + "(" * 5_000 + ")" * 5_000 + " }}",
        "{{",
    ],
)
def test_a_template_that_would_not_end_is_refused_or_cut_off(victim: Caller, template: str) -> None:
    with victim.session() as session:
        reply = {"headers": {"Content-Type": "text/plain"}, "template": template}
        rule = {"on": READ, "breaks_contract": True, "reply": reply}
        made = victim.tell("POST", f"/sessions/{session}/rules", rule)
        if made.status == 201:
            answer = victim.read("ACC_1", ("X-Mock-Session", session))
            assert (answer.status, answer.source) == (500, "mockserver")
            assert answer.json["detail"].startswith("The template of the rule failed at /")
        else:
            assert made.status == 400
            assert made.json["findings"][0]["pointer"].startswith("/reply/template")
