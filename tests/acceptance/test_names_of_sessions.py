"""What a caller may write to name a session, and what is said to who writes something else."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import pytest

from tests.acceptance.caller import TRACE, Caller, Reply, request, subscription

LONGEST: Final = "n" * 100
RULE: Final = "1 to 100 letters, digits, '.', '_' and '-', beginning with a letter or digit"
PATH: Final = subscription()


def by_header(caller: Caller, name: str) -> Reply:
    return caller.read("ACC_123456", ("X-Mock-Session", name.encode()))


def by_prefix(caller: Caller, name: str) -> Reply:
    return caller.ask("GET", f"/__s/{name}{PATH}", [TRACE])


def by_baggage(caller: Caller, name: str) -> Reply:
    return caller.read("ACC_123456", ("baggage", f"mock-session={name}".encode()))


WAYS: Final = {"header": by_header, "prefix": by_prefix, "baggage": by_baggage}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["A", "7", "a.b_c-d", LONGEST, "DEFAULT", "default.", "health"])
def test_a_good_name_makes_a_session_in_every_way(caller: Caller, way: str, name: str) -> None:
    reply = WAYS[way](caller, name)

    assert (reply.status, reply.session, reply.found_by) == (200, name, way)
    assert name in caller.sessions()
    caller.admin("DELETE", f"/sessions/{name}")
    assert name not in caller.sessions()


@pytest.mark.parametrize("way", ["prefix", "baggage"])
@pytest.mark.parametrize("name", ["%61-name", "a%2Dname", "a-%6e%61me"])
def test_a_percent_encoded_name_is_the_name(caller: Caller, way: str, name: str) -> None:
    reply = WAYS[way](caller, name)

    assert (reply.status, reply.session) == (200, "a-name")
    caller.admin("DELETE", "/sessions/a-name")


@pytest.mark.parametrize(
    ("way", "name"),
    [
        *((by_header, name) for name in ("", "a b", "a,b", "-a", "__a", "a/b", "..", "ñandú")),
        *((by_header, name) for name in ("a%20b", "\xff", LONGEST + "n", "a;b", "a" * 50_000)),
        *((by_prefix, name) for name in ("", "a%20b", "%20", "a%2Fb", "%FF", "%", "%zz", "a%00b")),
        *((by_prefix, name) for name in (LONGEST + "n", ".", "..", "a;b", "%2e%2e", "a%0D%0Ab")),
        *((by_baggage, name) for name in ("a b", "a%20b", "=", "ñ", "%00", LONGEST + "n", "../a")),
    ],
)
def test_a_bad_name_is_a_clear_400_and_nothing_is_made(
    caller: Caller, way: Callable[[Caller, str], Reply], name: str
) -> None:
    before = caller.sessions()

    reply = way(caller, name)

    assert (reply.status, reply.source) == (400, "mockserver")
    assert reply.header("content-type") == "application/problem+json"
    assert reply.json["detail"].endswith(f" is no name of a session: {RULE}")
    assert len(reply.body) < 1_000
    assert caller.sessions() == before


def test_two_headers_that_name_a_session_are_one_bad_name(caller: Caller) -> None:
    before = caller.sessions()

    reply = caller.read("ACC_1", ("X-Mock-Session", "one"), ("x-mock-session", "two"))

    assert reply.status == 400
    assert "'one, two'" in reply.json["detail"]
    assert caller.sessions() == before


def test_the_space_around_a_header_does_not_belong_to_the_name(caller: Caller) -> None:
    sent = request("GET", PATH, "X-Mock-Session: \t default \t ", "Connection: close")

    received = caller.raw(sent)

    assert received.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nx-mock-session-found-by: header\r\n" in received


@pytest.mark.parametrize(
    "baggage", ["", "mock-session", "mock-session=", "MOCK-SESSION=a", ",,;=", "a=mock-session=b"]
)
def test_baggage_that_names_no_session_leads_nowhere(caller: Caller, baggage: str) -> None:
    before = caller.sessions()

    reply = caller.read("ACC_1", ("baggage", baggage))

    assert (reply.status, reply.session, reply.found_by) == (200, "default", "default")
    assert caller.sessions() == before


def test_of_several_ways_the_header_counts_then_the_prefix(caller: Caller) -> None:
    ways = [TRACE, ("baggage", "mock-session=way-3")]
    with (
        caller.session(name="way-1") as first,
        caller.session(name="way-2") as second,
        caller.session(name="way-3") as third,
    ):
        header = ("X-Mock-Session", first)
        all_three = caller.ask("GET", f"/__s/{second}{PATH}", [*ways, header])
        two = caller.ask("GET", f"/__s/{second}{PATH}", ways)
        one = caller.ask("GET", PATH, ways)

    assert [each.session for each in (all_three, two, one)] == [first, second, third]
    assert [each.found_by for each in (all_three, two, one)] == ["header", "prefix", "baggage"]


# what stands behind a prefix ---------------------------------------------------------------


@pytest.mark.parametrize("target", ["/__s/{0}", "/__s/{0}/", "/__s/{0}/nowhere", "/__s/{0}//"])
def test_a_prefix_with_no_operation_behind_it_is_404_and_kept_in_its_session(
    caller: Caller, target: str
) -> None:
    with caller.session() as session:
        reply = caller.ask("GET", target.format(session))

        assert (reply.status, reply.session, reply.found_by) == (404, session, "prefix")
        assert reply.json["detail"].startswith("No contract has the path /")
        (kept,) = caller.admin("GET", f"/sessions/{session}/requests")["requests"]
        assert (kept["id"], kept["status"]) == (reply.id, 404)


def test_the_admin_api_is_not_behind_a_prefix(caller: Caller) -> None:
    with caller.session() as session:
        health = caller.ask("GET", f"/__s/{session}/__admin/health")
        dropped = caller.ask("DELETE", f"/__s/{session}/__admin/sessions/{session}")

        assert (health.status, dropped.status) == (404, 404)
        assert session in caller.sessions()


def test_methods_behind_a_prefix_are_answered_as_without(caller: Caller) -> None:
    with caller.session() as session:
        target = f"/__s/{session}{PATH}"
        get = caller.ask("GET", target, [TRACE])
        head = caller.ask("HEAD", target, [TRACE])
        options = caller.ask("OPTIONS", target)
        put = caller.ask("PUT", target)

    length = str(len(get.body))
    assert (head.status, head.body, head.header("content-length")) == (200, b"", length)
    assert (options.status, options.body) == (204, b"")
    assert (put.status, put.header("allow")) == (405, options.header("allow"))
    assert options.header("allow") == "DELETE, GET, HEAD, OPTIONS, PATCH, POST"
    assert {each.session for each in (get, head, options, put)} == {session}
    assert {each.found_by for each in (get, head, options, put)} == {"prefix"}


@pytest.mark.parametrize("target", ["/__s", "/__S/a" + PATH, "/__s%2Fa" + PATH])
def test_what_only_looks_like_a_prefix_is_an_unknown_path(caller: Caller, target: str) -> None:
    before = caller.sessions()

    reply = caller.ask("GET", target, [TRACE])

    assert (reply.status, reply.session, reply.found_by) == (404, "default", "default")
    assert caller.sessions() == before


def test_a_prefix_counts_once(caller: Caller) -> None:
    with caller.session() as session:
        before = caller.sessions()

        reply = caller.ask("GET", f"/__s/{session}/__s/another{PATH}", [TRACE])

        assert (reply.status, reply.session) == (404, session)
        assert caller.sessions() == before


def test_an_absolute_target_may_have_a_prefix(caller: Caller) -> None:
    with caller.session() as session:
        reply = caller.ask("GET", f"{caller.url}/__s/{session}{PATH}", [TRACE])

    assert (reply.status, reply.session) == (200, session)


# declared sessions -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def strict(serving: Callable[..., AbstractContextManager[Any]]) -> Iterator[Caller]:
    """A server whose sessions have to be made beforehand."""
    agile = Path(__file__).parents[2] / "specs" / "agile-tv-v3.yaml"
    flags = "--sessions", "declared", "--log-level", "warning"
    with serving(str(agile), "--state", "none", *flags) as running:
        yield Caller(running.host, running.port)


@pytest.mark.parametrize("way", WAYS)
def test_a_session_that_was_not_declared_is_404_with_the_nearest(strict: Caller, way: str) -> None:
    with strict.session(name="declared") as session:
        good, misspelt, bad = (WAYS[way](strict, name) for name in (session, "declred", "-"))

        assert (good.status, good.session, good.found_by) == (200, session, way)
        assert (misspelt.status, misspelt.source) == (404, "mockserver")
        assert misspelt.json["nearest"][0] == session
        assert bad.status == 400
        assert strict.sessions() == {"default", session}
