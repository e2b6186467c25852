"""Which session a request belongs to, and how sessions come and go."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver import sessions as module
from mockserver.bindings import Binding
from mockserver.exchange import FoundBy
from mockserver.message import Request
from mockserver.server.app import App
from mockserver.session import SessionError
from mockserver.sessions import Sessions, split
from mockserver.settings import Settings
from mockserver.stores import Resource
from mockserver.stores.memory import store
from tests.scenarios.samples import (
    Stopwatch,
    body,
    create,
    created,
    engine_of,
    post,
    read,
    request_of,
    scenario,
    send,
)
from tests.simulations.tesa import order

NAMES = st.from_regex(module.NAME, fullmatch=True)
THING = ("shop-v1", "things/id", "T1")
ID = "x-mock-request-id"

Call = Callable[..., Any]


def found(sessions: Sessions, request: Request, *resources: Resource) -> tuple[str, FoundBy]:
    """The name of the session of a request, and how it was found."""
    session, found_by, _ = sessions.open(request, lambda: resources)
    return session.name, found_by


def asked(**headers: str) -> Request:
    """A request with these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return request_of("GET", "/", headers=named)


def all_of(sessions: Sessions) -> list[str]:
    return [session.name for session in sessions]


# the order ----------------------------------------------------------------------------------


def test_each_way_to_a_session_is_stronger_than_those_behind_it() -> None:
    sessions = Sessions()
    for name in ("header", "prefix", "baggage", "binding", "resource"):
        sessions.make(name)
    sessions.bind(sessions.get("binding"), Binding("query", "org", "b"))
    sessions.creates(sessions.get("resource"), THING)
    headers = {"X-Mock-Session": "header", "baggage": "mock-session=baggage"}
    target = "/__s/prefix/things?org=b"

    order = [found(sessions, request_of("GET", target, headers=headers), THING)]
    del headers["X-Mock-Session"]
    order.append(found(sessions, request_of("GET", target, headers=headers), THING))
    order.append(found(sessions, request_of("GET", "/things?org=b", headers=headers), THING))
    order.append(found(sessions, request_of("GET", "/things?org=b"), THING))
    order.append(found(sessions, request_of("GET", "/things?org=c"), THING))
    order.append(found(sessions, request_of("GET", "/things?org=c")))

    assert order == [(each.value, each) for each in FoundBy]


@pytest.mark.parametrize(
    ("raw", "path", "prefix"),
    [
        (b"/__s/a/v1/orgs", b"/v1/orgs", b"/__s/a"),
        (b"/__s/a", b"/", b"/__s/a"),
        (b"/__s/a/", b"/", b"/__s/a"),
        (b"/__s//v1", b"/v1", b"/__s/"),
        (b"/__s/a/__s/b", b"/__s/b", b"/__s/a"),
        (b"/__sa/v1", b"/__sa/v1", b""),
        (b"/v1/__s/a", b"/v1/__s/a", b""),
    ],
)
def test_a_path_is_split_from_the_prefix_that_names_a_session(
    raw: bytes, path: bytes, prefix: bytes
) -> None:
    assert split(raw) == (path, prefix)


def test_the_name_in_a_prefix_is_percent_decoded() -> None:
    assert found(Sessions(), request_of("GET", "/__s/%61%2Eb/things")) == ("a.b", FoundBy.PREFIX)


@pytest.mark.parametrize("name", ["", "%2Fa", "a%20b", "%FF"])
def test_a_prefix_with_no_name_of_a_session_is_a_bad_request(name: str) -> None:
    with pytest.raises(SessionError, match="no name of a session") as raised:
        found(Sessions(), request_of("GET", f"/__s/{name}/things"))

    assert raised.value.status == 400


@pytest.mark.parametrize(
    ("baggage", "name"),
    [
        ("mock-session=a", "a"),
        ("userId=alice,mock-session=a,isProduction=false", "a"),
        (" mock-session = a ; ttl=5 ;secret", "a"),
        ("x=1;mock-session=b, mock-session=a", "a"),
        ("mock-session=%61-%31", "a-1"),
        ("mock-session=a,mock-session=b", "a"),
    ],
)
def test_baggage_names_a_session_beside_other_members(baggage: str, name: str) -> None:
    assert found(Sessions(), asked(baggage=baggage)) == (name, FoundBy.BAGGAGE)


@pytest.mark.parametrize(
    "baggage",
    ["", ",,", "mock-sessions=a", "x=1;mock-session=a", "mock-session=", "Mock-Session=a"],
)
def test_baggage_without_our_member_names_no_session(baggage: str) -> None:
    assert found(Sessions(), asked(baggage=baggage)) == ("default", FoundBy.DEFAULT)


def test_the_default_session_can_be_asked_for() -> None:
    sessions = Sessions()

    assert found(sessions, asked(X_Mock_Session="default")) == ("default", FoundBy.HEADER)
    assert all_of(sessions) == ["default"]


# bindings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("binding", "method", "target", "more"),
    [
        (Binding("path", "id", "T 1"), "GET", "/things/T%201", {}),
        (Binding("query", "org", "acme"), "GET", "/things?org=other&org=acme", {}),
        (Binding("headers", "X-Org", "acme"), "GET", "/things", {"headers": {"x-ORG": "acme"}}),
        (Binding("body", "/size", "7"), "POST", "/things", {"json": {"id": "T1", "size": 7}}),
        # what is refused belongs to its session all the same
        (Binding("body", "/size", "big"), "POST", "/things", {"json": {"size": "big"}}),
        (Binding("path", "id", "T 1"), "PUT", "/things/T%201", {"json": {}}),
        (Binding("path", "id", "T 1"), "PUT", "/things/T%201", {"body": b"{"}),
        (Binding("query", "org", "acme"), "POST", "/things?org=acme", {}),
        # so does what no contract has
        (Binding("body", "/id", "T1"), "PATCH", "/things", {"json": {"id": "T1"}}),
        (Binding("query", "org", "acme"), "GET", "/thing?org=acme", {}),
    ],
)
def test_a_bound_value_leads_to_its_session(
    binding: Binding, method: str, target: str, more: Any
) -> None:
    engine = engine_of()
    mine = engine.sessions.make("mine")
    engine.sessions.bind(mine, binding)

    exchange = send(engine, method, target, **more)

    assert (exchange.session, exchange.found_by) == ("mine", FoundBy.BINDING)
    assert list(mine.journal) == [exchange]
    assert len(engine.sessions.default.journal) == 0


@pytest.mark.parametrize(
    ("target", "more"),
    [("/things", {"body": b'{"id": "T1"'}), ("/things", {"body": b""}), ("/things?id=T1", {})],
)
def test_what_does_not_have_the_bound_value_in_its_place_leads_nowhere(
    target: str, more: Any
) -> None:
    engine = engine_of()
    engine.sessions.bind(engine.sessions.make("mine"), Binding("body", "/id", "T1"))

    assert send(engine, "POST", target, **more).found_by is FoundBy.DEFAULT


def test_unbound_values_lead_nowhere_any_more() -> None:
    sessions = Sessions()
    mine = sessions.make("mine")
    sessions.bind(mine, Binding("query", "org", "a"))
    assert sessions.bound
    assert list(sessions.bindings(mine)) == [Binding("query", "org", "a")]

    sessions.unbind(mine)

    assert not sessions.bound
    assert found(sessions, request_of("GET", "/?org=a")) == ("default", FoundBy.DEFAULT)


# resources ----------------------------------------------------------------------------------


def test_a_resource_leads_to_the_session_that_created_it() -> None:
    engine = engine_of()
    engine.sessions.make("mine")
    create(engine, "T1", X_Mock_Session="mine")

    exchange = read(engine, "T1")

    assert (exchange.session, exchange.found_by) == ("mine", FoundBy.RESOURCE)
    assert read(engine, "T2").found_by is FoundBy.DEFAULT


def test_a_refused_request_that_names_a_resource_belongs_to_its_session() -> None:
    engine = engine_of()
    create(engine, "T1", X_Mock_Session="mine")

    assert send(engine, "PUT", "/things/T1", json={"size": "x"}).session == "mine"


ACTION = ("POST", "/v1/orgs/masmovil/tesa/cancellation")


def test_a_resource_that_a_body_names_leads_to_the_session_that_created_it(call: Call) -> None:
    app = App(Settings())
    ordered = call(
        app,
        "POST",
        "/v1/orgs/masmovil/tesa/activation",
        headers={"X-Mock-Session": "mine"},
        json=order("BODY_1"),
    )
    assert ordered.status == 201, ordered.json

    access = ("POST", "/v1/orgs/masmovil/tesa/access")
    refused = call(app, *access, json={"externalReference": "BODY_1", "technicianCode": 5})
    text = {"Content-Type": "text/plain"}
    unread = call(app, *ACTION, headers=text, body=b'{"externalReference": "BODY_1"}')
    other = call(app, *ACTION, json={"externalReference": "BODY_2"})
    cancelled = call(app, *ACTION, json={"externalReference": "BODY_1"})

    assert (refused.source, unread.source) == ("refusal", "refusal")
    assert (cancelled.status, cancelled.headers["x-mock-session-found-by"]) == (200, "resource")
    assert [each.headers["x-mock-session"] for each in (refused, unread, other, cancelled)] == [
        "mine",
        "mine",
        "default",
        "mine",
    ]
    told = call(app, "GET", f"/__admin/sessions/mine/requests/{cancelled.headers[ID]}").json
    assert (told["found_by"], told["led_by"]) == (
        "resource",
        "tesamanager-v1 /externalReference BODY_1",
    )


def test_who_names_no_resource_that_somebody_made_is_not_read_for_it(call: Call) -> None:
    app = App(Settings())
    for session in ("mine", "theirs"):
        call(
            app,
            "POST",
            "/v1/orgs/masmovil/tesa/activation",
            headers={"X-Mock-Session": session},
            json=order("BOTH"),
        )

    both = call(app, *ACTION, json={"externalReference": "BOTH"})

    assert (both.status, both.headers["x-mock-session-found-by"]) == (404, "default")


@pytest.mark.parametrize("other", ["theirs", "default"])
def test_a_resource_that_two_sessions_created_leads_to_none_of_them(other: str) -> None:
    engine = engine_of()
    create(engine, "T1", X_Mock_Session="mine")
    create(engine, "T1", X_Mock_Session=other)

    assert read(engine, "T1").found_by is FoundBy.DEFAULT


def test_a_resource_leads_to_the_last_session_that_is_left() -> None:
    engine = engine_of()
    create(engine, "T1", X_Mock_Session="mine")
    create(engine, "T1", X_Mock_Session="theirs")

    engine.sessions.drop("theirs")

    assert read(engine, "T1").session == "mine"


def test_what_failed_to_be_created_leads_nowhere() -> None:
    engine = engine_of()
    failed = create(engine, "T1", X_Mock_Session="mine", Prefer="code=409")
    refused = send(
        engine, "POST", "/things", headers={"X-Mock-Session": "mine"}, json={"id": "T1", "x": 1}
    )

    assert (failed.reply.status, refused.reply.status) == (409, 400)
    assert read(engine, "T1").found_by is FoundBy.DEFAULT


def test_the_innermost_resource_that_has_one_creator_leads_to_its_session() -> None:
    sessions = Sessions()
    inner, outer = ("a", "id", "1"), ("a", "org", "2")
    sessions.creates(sessions.make("outer"), outer)

    assert found(sessions, asked(), inner, outer) == ("outer", FoundBy.RESOURCE)
    sessions.creates(sessions.make("inner"), inner)
    assert found(sessions, asked(), inner, outer) == ("inner", FoundBy.RESOURCE)


def test_beyond_the_ceiling_the_oldest_created_resources_are_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(store, "CREATED_MAX", 2)
    sessions = Sessions()
    mine = sessions.make("mine")
    resources = [("a", "id", str(number)) for number in range(3)]

    for resource in resources:
        sessions.creates(mine, resource)

    assert created(sessions, mine.name) == set(resources[1:])
    assert found(sessions, asked(), resources[0]) == ("default", FoundBy.DEFAULT)
    assert found(sessions, asked(), resources[1]) == ("mine", FoundBy.RESOURCE)
    sessions.drop("mine")  # what was forgotten is not looked for again


# names --------------------------------------------------------------------------------------


@given(NAMES)
def test_a_name_of_letters_digits_dots_underscores_and_hyphens_is_valid(name: str) -> None:
    sessions = Sessions()

    assert found(sessions, asked(X_Mock_Session=name))[0] == name
    assert sessions.get(name).name == name


@given(
    st.text(st.characters(max_codepoint=255)).filter(lambda text: not module.NAME.fullmatch(text))
)
def test_any_other_name_is_a_bad_request(name: str) -> None:
    sessions = Sessions()
    request = Request("GET", b"/", b"", {b"x-mock-session": name.encode("latin-1")})

    for attempt in (lambda: sessions.make(name), lambda: sessions.open(request, tuple)):
        with pytest.raises(SessionError, match="no name of a session") as raised:
            attempt()
        assert raised.value.status == 400
    assert all_of(sessions) == ["default"]


@pytest.mark.parametrize("name", ["a" * 101, "-a", ".a", "_a", "a/b", "a b", "ä", "a\n"])
def test_names_that_are_nearly_valid_are_not(name: str) -> None:
    with pytest.raises(SessionError):
        Sessions().make(name)


def test_a_wrong_name_is_not_told_at_full_length() -> None:
    with pytest.raises(SessionError) as raised:
        Sessions().make("!" * 10_000)

    assert len(str(raised.value)) < 300


def test_a_session_without_a_name_is_given_one() -> None:
    sessions = Sessions()

    names = {sessions.make().name for _ in range(50)}

    assert len(names) == 50
    assert all(module.NAME.fullmatch(name) for name in names)


def test_a_name_is_taken_once() -> None:
    sessions = Sessions()
    sessions.make("a")

    for name in ("a", "default"):
        with pytest.raises(SessionError, match="already") as raised:
            sessions.make(name)
        assert raised.value.status == 409


def test_an_unknown_session_is_told_with_the_nearest_names() -> None:
    sessions = Sessions()
    for name in ("checkout", "billing", "b1", "b2", "b3", "b4"):
        sessions.make(name)

    with pytest.raises(SessionError, match="'chekout'") as raised:
        sessions.get("chekout")

    assert raised.value.status == 404
    assert raised.value.nearest[0] == "checkout"
    assert len(raised.value.nearest) == module.NEAREST_MAX


# made by whom -------------------------------------------------------------------------------


def test_the_first_use_of_a_name_makes_a_session() -> None:
    sessions = Sessions()

    first = sessions.open(asked(X_Mock_Session="a"), tuple).session
    again = sessions.open(request_of("GET", "/__s/a/"), tuple).session

    assert first is again
    assert all_of(sessions) == ["default", "a"]


@pytest.mark.parametrize(
    "request_",
    [asked(X_Mock_Session="b"), asked(baggage="mock-session=b"), request_of("GET", "/__s/b")],
)
def test_where_sessions_are_declared_a_name_must_be_known(request_: Request) -> None:
    sessions = Sessions(declared=True)
    sessions.make("a")

    with pytest.raises(SessionError) as raised:
        sessions.open(request_, tuple)

    assert raised.value.status == 404
    assert set(raised.value.nearest) == {"a", "default"}
    assert found(sessions, asked(X_Mock_Session="a")) == ("a", FoundBy.HEADER)
    assert found(sessions, asked(X_Mock_Session="default")) == ("default", FoundBy.HEADER)


def test_where_sessions_are_declared_a_bad_name_is_still_a_bad_request() -> None:
    with pytest.raises(SessionError) as raised:
        Sessions(declared=True).open(asked(X_Mock_Session="a b"), tuple)

    assert raised.value.status == 400


def test_there_is_a_ceiling_beside_the_default_session() -> None:
    sessions = Sessions(most=2)
    sessions.make("a")
    found(sessions, asked(X_Mock_Session="b"))

    for attempt in (
        lambda: sessions.make("c"),
        sessions.make,
        lambda: sessions.open(asked(X_Mock_Session="c"), tuple),
    ):
        with pytest.raises(SessionError, match="2 sessions, the most there may be") as raised:
            attempt()
        assert raised.value.status == 503
    assert found(sessions, asked(X_Mock_Session="a")) == ("a", FoundBy.HEADER)
    sessions.drop("a")
    sessions.make("c")
    assert all_of(sessions) == ["default", "b", "c"]


@pytest.mark.parametrize(
    ("options", "name", "status"),
    [({"most": 1}, "c", 503), ({"declared": True}, "c", 404), ({}, "c d", 400)],
)
def test_a_session_that_cannot_be_had_is_told_to_the_caller_and_to_no_journal(
    options: Any, name: str, status: int
) -> None:
    engine = engine_of(sessions=Sessions(**options))
    engine.sessions.make("a")

    exchange = read(engine, X_Mock_Session=name)

    assert (exchange.reply.status, exchange.reply.source) == (status, "mockserver")
    assert exchange.session == ""
    assert [len(session.journal) for session in engine.sessions] == [0, 0]
    if status == 404:
        assert set(body(exchange)["nearest"]) == {"a", "default"}


# idleness -----------------------------------------------------------------------------------


def test_a_session_that_nobody_uses_expires_with_all_it_has() -> None:
    stopwatch = Stopwatch()
    sessions = Sessions(stopwatch=stopwatch, idle_s=60)
    old = sessions.make("old")
    sessions.bind(old, Binding("query", "org", "a"))
    sessions.creates(old, THING)
    stopwatch.wait(30)
    sessions.make("young")

    stopwatch.wait(31)

    assert all_of(sessions) == ["default", "young"]
    assert not sessions.bound
    assert found(sessions, request_of("GET", "/?org=a"), THING) == ("default", FoundBy.DEFAULT)
    with pytest.raises(SessionError):
        sessions.get("old")


def ways() -> Iterable[Any]:
    yield pytest.param(lambda sessions: sessions.get("a"), id="get")
    for request in (
        asked(X_Mock_Session="a"),
        asked(baggage="mock-session=a"),
        request_of("GET", "/__s/a"),
        request_of("GET", "/?org=a"),
        asked(),
    ):
        yield pytest.param(
            lambda sessions, request=request: sessions.open(request, lambda: [THING])
        )


@pytest.mark.parametrize("use", list(ways()))
def test_every_use_of_a_session_keeps_it(use: Callable[[Sessions], Any]) -> None:
    stopwatch = Stopwatch()
    sessions = Sessions(stopwatch=stopwatch, idle_s=60)
    mine = sessions.make("a")
    sessions.bind(mine, Binding("query", "org", "a"))
    sessions.creates(mine, THING)

    for _ in range(5):
        stopwatch.wait(60)
        use(sessions)

    assert list(sessions) == [sessions.default, mine]


@pytest.mark.parametrize(
    ("request_", "way"),
    [
        (asked(X_Mock_Session="a"), FoundBy.HEADER),
        (asked(baggage="mock-session=a"), FoundBy.BAGGAGE),
        (request_of("GET", "/__s/a"), FoundBy.PREFIX),
    ],
)
def test_who_asks_for_an_expired_session_gets_a_new_one(request_: Request, way: FoundBy) -> None:
    stopwatch = Stopwatch()
    sessions = Sessions(stopwatch=stopwatch, idle_s=60)
    old = sessions.make("a")

    stopwatch.wait(61)
    session, found_by, _ = sessions.open(request_, tuple)

    assert (session.name, found_by) == ("a", way)
    assert session is not old


def test_where_sessions_are_declared_an_expired_one_is_unknown() -> None:
    stopwatch = Stopwatch()
    sessions = Sessions(stopwatch=stopwatch, idle_s=60, declared=True)
    sessions.make("a")

    stopwatch.wait(61)

    with pytest.raises(SessionError) as raised:
        sessions.open(asked(X_Mock_Session="a"), tuple)
    assert raised.value.status == 404


@pytest.mark.parametrize("target", ["/?org=a", "/"])
def test_what_led_to_an_expired_session_leads_nowhere(target: str) -> None:
    stopwatch = Stopwatch()
    sessions = Sessions(stopwatch=stopwatch, idle_s=60)
    mine = sessions.make("a")
    sessions.bind(mine, Binding("query", "org", "a"))
    sessions.creates(mine, THING)

    stopwatch.wait(61)

    request = request_of("GET", target)
    assert found(sessions, request, THING) == ("default", FoundBy.DEFAULT)
    assert all_of(sessions) == ["default"]


def test_a_binding_to_an_expired_session_does_not_hide_the_creator_of_a_resource() -> None:
    stopwatch = Stopwatch()
    sessions = Sessions(stopwatch=stopwatch, idle_s=60)
    sessions.bind(sessions.make("old"), Binding("query", "org", "a"))
    stopwatch.wait(30)
    sessions.creates(sessions.make("young"), THING)
    stopwatch.wait(31)

    assert found(sessions, request_of("GET", "/?org=a"), THING) == ("young", FoundBy.RESOURCE)


@given(st.floats(0, 1e6), st.floats(0.1, 1e5), st.floats(0, 2e5))
def test_a_session_is_either_kept_or_expired_at_any_moment(
    begun_s: float, idle_s: float, passed_s: float
) -> None:
    stopwatch = Stopwatch()
    stopwatch.wait(begun_s)
    sessions = Sessions(stopwatch=stopwatch, idle_s=idle_s)
    old = sessions.make("a")

    stopwatch.wait(passed_s)
    session = sessions.open(asked(X_Mock_Session="a"), tuple).session

    assert session.name == "a"
    assert session is old or passed_s >= idle_s / 2


def test_who_waits_in_a_session_is_woken_when_it_expires_or_is_dropped() -> None:
    stopwatch = Stopwatch()
    sessions = Sessions(stopwatch=stopwatch, idle_s=60)
    woken: list[str] = []
    for name in ("a", "b"):
        sessions.make(name).journal.watchers.add(partial(woken.append, name))

    sessions.drop("a")
    assert woken == ["a"]

    stopwatch.wait(61)
    assert [each.name for each in sessions] == ["default"]
    assert woken == ["a", "b"]


def test_expired_sessions_make_room() -> None:
    stopwatch = Stopwatch()
    sessions = Sessions(stopwatch=stopwatch, idle_s=60, most=1)
    sessions.make("a")

    stopwatch.wait(61)

    assert sessions.make("b").name == "b"


def test_the_default_session_never_expires() -> None:
    stopwatch = Stopwatch()
    sessions = Sessions(stopwatch=stopwatch, idle_s=60)
    sessions.creates(sessions.default, THING)

    stopwatch.wait(1e9)

    assert list(sessions) == [sessions.default]
    assert created(sessions) == {THING}


# seeds --------------------------------------------------------------------------------------


def test_seeds_come_from_that_of_the_server_and_the_name() -> None:
    seeds = [Sessions(seed=seed).make(name).seed for seed in (0, 1) for name in ("a", "b")]

    assert len(set(seeds)) == 4
    assert Sessions(seed=1).open(asked(X_Mock_Session="b"), tuple).session.seed == seeds[3]
    assert Sessions(seed=7).default.seed == 7
    assert Sessions(seed=7).make("a", seed=3).seed == 3
    assert Sessions(seed=7).make("a", seed=0).seed == 0


# reset and drop -----------------------------------------------------------------------------


LIMITED = scenario(
    "shop-v1/twice", {"on": "*", "times": 2, "as": "gateway", "reply": {"status": 503}}
)


def test_a_reset_session_is_as_it_was_made_and_keeps_its_bindings() -> None:
    engine = engine_of([LIMITED])
    sessions = engine.sessions
    mine = sessions.make("a", seed=4, scenarios=("shop-v1/twice",))
    sessions.bind(mine, Binding("query", "org", "a"))
    first = mine.rng.random()
    replies = [read(engine, X_Mock_Session="a").reply for _ in range(3)]
    create(engine, X_Mock_Session="a", X_Mock_Scenario="status-201")
    mine.activate(())
    post(engine, mine, {"on": "readThing", "reply": {"status": 404}})

    sessions.reset(mine)

    assert (mine.scenarios, mine.rules, mine.plans) == (("shop-v1/twice",), {}, {})
    assert (created(sessions, mine.name), dict(mine.kept.items()), len(mine.journal)) == (
        set(),
        {},
        0,
    )
    assert mine.next_rule_id() == "rule-1"
    assert mine.rng.random() == first
    assert found(sessions, asked(), THING) == ("default", FoundBy.DEFAULT)
    assert list(sessions.bindings(mine)) == [Binding("query", "org", "a")]
    assert [read(engine, X_Mock_Session="a").reply for _ in range(3)] == replies


def test_a_dropped_session_leaves_nothing_behind() -> None:
    engine = engine_of([LIMITED])
    sessions = engine.sessions
    mine = sessions.make("a")
    sessions.bind(mine, Binding("query", "org", "a"))
    create(engine, X_Mock_Session="a", X_Mock_Scenario="twice,status-201")
    create(engine, X_Mock_Session="a", X_Mock_Scenario="twice,status-201")
    create(engine, X_Mock_Session="a", X_Mock_Scenario="twice,status-201")
    assert mine.kept
    assert created(sessions, mine.name)

    sessions.drop("a")

    assert all_of(sessions) == ["default"]
    assert not sessions.bound
    assert found(sessions, request_of("GET", "/?org=a"), THING) == ("default", FoundBy.DEFAULT)
    again = sessions.open(asked(X_Mock_Session="a"), tuple).session
    assert again is not mine
    assert create(engine, X_Mock_Session="a", X_Mock_Scenario="twice").reply.status == 503
    assert list(sessions.bindings(again)) == []
    sessions.bind(sessions.make("b"), Binding("query", "org", "a"))


def test_dropping_a_session_leaves_others_alone() -> None:
    sessions = Sessions()
    mine, theirs = sessions.make("a"), sessions.make("b")
    sessions.bind(mine, Binding("query", "org", "a"))
    sessions.bind(theirs, Binding("query", "org", "b"))
    sessions.creates(theirs, THING)

    sessions.drop("a")

    assert found(sessions, request_of("GET", "/?org=b")) == ("b", FoundBy.BINDING)
    assert found(sessions, asked(), THING) == ("b", FoundBy.RESOURCE)


def test_dropping_the_default_session_begins_it_anew() -> None:
    engine = engine_of([LIMITED])
    sessions = engine.sessions
    sessions.bind(sessions.default, Binding("query", "org", "a"))
    sessions.default.activate(("shop-v1/twice",))
    assert create(engine).reply.status == 503

    sessions.drop("default")

    assert list(sessions) == [sessions.default]
    assert (len(sessions.default.journal), sessions.default.scenarios) == (0, ())
    assert not sessions.bound
    assert create(engine).reply.status == 201


def test_an_unknown_session_cannot_be_dropped() -> None:
    with pytest.raises(SessionError) as raised:
        Sessions().drop("a")

    assert raised.value.status == 404


def test_a_dropped_name_is_unknown_where_sessions_are_declared() -> None:
    sessions = Sessions(declared=True)
    sessions.make("a")

    sessions.drop("a")

    with pytest.raises(SessionError):
        sessions.open(request_of("GET", f"/__s/{quote('a')}"), tuple)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("123"), st.booleans())))
def test_creators_are_those_that_created_and_still_are(steps: list[tuple[str, str, bool]]) -> None:
    sessions = Sessions()
    expected: dict[str, set[str]] = {}
    for name, thing, drops in steps:
        if name not in all_of(sessions):
            sessions.make(name)
        if drops:
            sessions.drop(name)
            for creators in expected.values():
                creators.discard(name)
        else:
            sessions.creates(sessions.get(name), ("a", "id", thing))
            expected.setdefault(thing, set()).add(name)

    for thing in "123":
        creators = expected.get(thing, set())
        name = next(iter(creators)) if len(creators) == 1 else "default"
        assert found(sessions, asked(), ("a", "id", thing))[0] == name
