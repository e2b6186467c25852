"""The admin API steers: sessions, their scenarios, rules and bindings."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from mockserver import bindings
from mockserver import session as session_module
from mockserver.message import Request
from mockserver.server.app import App
from mockserver.server.inventory import origin
from mockserver.server.problems import NEAREST_MAX, TOLD_MAX
from mockserver.settings import Settings

SPECS = Path(__file__).parents[2] / "specs"
READ = "agile-tv-v3/getSubscription"
OTHER = "agile-tv-v3/deleteSubscription"
PATH = "/v3/orgs/{org}/tv/agile/subscriptions/{account}"
TRACE = {"Request-Correlation-Id": "2106f808-36e9-402d-bf37-f1f7fa04776b"}
NOT_FOUND = {"on": READ, "reply": {"status": 404}}

Call = Callable[..., Any]


class Admin:
    """Calls the admin API of an application, and its operation `getSubscription`."""

    def __init__(self, call: Call, app: App) -> None:
        self.call = call
        self.app = app

    def __call__(self, method: str, path: str = "", json: Any = None, **more: Any) -> Any:
        return self.call(self.app, method, f"/__admin/sessions{path}", json=json, **more)

    def made(self, **asked: Any) -> Any:
        """The record of a new session."""
        answer = self("POST", json=asked)
        assert answer.status == 201, answer.json
        return answer.json

    def names(self) -> list[str]:
        """Of all sessions."""
        return [each["name"] for each in self("GET").json]

    def read(
        self, session: str = "", org: str = "acme", account: str = "ACC_77", **headers: str
    ) -> Any:
        """The reply to a request of a consumer."""
        target = (f"/__s/{session}" if session else "") + PATH.format(org=org, account=account)
        return self.call(self.app, "GET", target, headers=TRACE | headers)


@pytest.fixture(scope="module")
def app() -> App:
    """Two contracts and few sessions."""
    specs = (SPECS / "agile-tv-v3.yaml", SPECS / "amazon-tv-v1.yaml")
    return App(Settings(specs=specs, state="none", sessions_max=3))


@pytest.fixture
def admin(call: Call, app: App) -> Admin:
    """The application as it is after its start."""
    for session in app.engine.sessions:
        app.engine.sessions.drop(session.name)
    return Admin(call, app)


# sessions


def test_the_default_session_always_exists(admin: Admin) -> None:
    assert admin("GET").json == [
        {
            "name": "default",
            "seed": 0,
            "scenarios": [],
            "rules": 0,
            "bindings": 0,
            "requests": 0,
            "dropped": 0,
            "base_url": "http://testserver/__s/default",
        }
    ]


def test_a_session_is_made_with_all_that_is_asked_for(admin: Admin) -> None:
    answer = admin(
        "POST",
        json={
            "name": "shop",
            "seed": 7,
            "scenarios": ["agile-tv-v3/subscription-not-found", "status-500"],
            "tags": ["throttled"],
            "bindings": [{"in": "path", "name": "org_id", "value": "acme"}],
        },
    )

    assert (answer.status, answer.headers["location"]) == (201, "/__admin/sessions/shop")
    assert answer.json["scenarios"][:2] == ["agile-tv-v3/subscription-not-found", "status-500"]
    assert "common/rate-limited" in answer.json["scenarios"]
    assert (answer.json["seed"], answer.json["bindings"]) == (7, 1)
    assert admin("GET", "/shop").json == answer.json
    assert admin.names() == ["default", "shop"]


@pytest.mark.parametrize("asked", [None, {}])
def test_a_session_is_made_under_a_name_of_the_servers(admin: Admin, asked: Any) -> None:
    answer = admin("POST", json=asked)

    assert answer.status == 201
    assert admin("GET", f"/{answer.json['name']}").json == answer.json


def test_the_base_url_leads_to_the_session(admin: Admin) -> None:
    record = admin("POST", json={"name": "shop"}, headers={"Host": "mock.example:81"}).json
    assert record["base_url"] == "http://mock.example:81/__s/shop"

    answer = admin.read(record["base_url"].rpartition("/")[2])

    assert answer.headers["x-mock-session"] == "shop"


@pytest.mark.parametrize(
    ("host", "port", "expected"),
    [
        (b"mock.example", None, "mock.example"),
        (b"mock.example:81", 8080, "mock.example:8080"),
        (b"mock.example", 8080, "mock.example:8080"),
        (b"[::1]:81", 8080, "[::1]:8080"),
        (b"", 8080, "localhost:8080"),
        (b"", None, "localhost"),
    ],
)
def test_the_address_of_the_contracts_has_their_port(
    host: bytes, port: int | None, expected: str
) -> None:
    request = Request("GET", b"/", b"", {b"host": host} if host else {}, scheme="https")

    assert origin(request, port) == f"https://{expected}"


@pytest.mark.parametrize(
    ("asked", "status", "detail"),
    [
        ({"scenarios": ["slow", "slwo"]}, 400, "There is no scenario 'slwo'; nearest: slow"),
        ({"tags": ["slow", "rainny"]}, 400, "There is no tag 'rainny'; nearest: rainy"),
        ({"name": "-"}, 400, "body /name"),
        ({"nmae": "shop"}, 400, "The field 'nmae' is not known"),
        ({"seed": -1}, 400, "body /seed"),
        ({"scenarios": ["slow"] * 1_001}, 400, "body /scenarios"),
        ({"bindings": [{"in": "body", "name": "id", "value": "1"}]}, 400, "JSON pointer"),
        (
            {
                "bindings": [
                    {"in": "path", "name": "org_id", "value": "free"},
                    {"in": "path", "name": "org_id", "value": "taken"},
                ]
            },
            409,
            "is bound to the session 'other'",
        ),
        ({"name": "other"}, 409, "There is a session 'other' already"),
    ],
)
def test_a_session_that_cannot_be_had_whole_is_not_made_at_all(
    admin: Admin, asked: Any, status: int, detail: str
) -> None:
    admin.made(name="other", bindings=[{"in": "path", "name": "org_id", "value": "taken"}])

    answer = admin("POST", json={"name": "shop"} | asked)

    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert detail in answer.json["detail"]
    assert admin.names() == ["default", "other"]
    assert admin.read(org="free").headers["x-mock-session"] == "default"


def test_an_unknown_scenario_comes_with_all_that_would_do(admin: Admin) -> None:
    valid = admin("POST", json={"scenarios": ["slwo"]}).json["valid_scenarios"]

    assert valid[0] == "slow"
    assert "common/slow" in valid
    assert "agile-tv-v3/subscription-not-found" in valid


def test_beyond_the_ceiling_no_session_is_made(admin: Admin) -> None:
    for _ in range(3):
        admin.made()

    answer = admin("POST")

    assert (answer.status, answer.source) == (503, "mockserver")
    assert "the most there may be" in answer.json["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("POST", "/reset"),
        ("GET", "/scenarios"),
        ("PUT", "/scenarios"),
        ("GET", "/rules"),
        ("POST", "/rules"),
        ("DELETE", "/rules"),
        ("GET", "/rules/rule-1"),
        ("DELETE", "/rules/rule-1"),
        ("GET", "/bindings"),
        ("POST", "/bindings"),
        ("DELETE", "/bindings"),
    ],
)
def test_an_unknown_session_is_404_with_the_nearest_names(
    admin: Admin, method: str, path: str
) -> None:
    admin.made(name="checkout-1")
    bodies = {
        ("PUT", "/scenarios"): {},
        ("POST", "/rules"): NOT_FOUND,
        ("POST", "/bindings"): {"in": "path", "name": "a", "value": "b"},
    }

    answer = admin(method, f"/checkout-2{path}", bodies.get((method, path)))

    assert (answer.status, answer.source) == (404, "mockserver")
    assert answer.json["nearest"] == ["checkout-1", "default"]
    assert admin.names() == ["default", "checkout-1"]


def test_a_dropped_session_leaves_nothing_behind(admin: Admin) -> None:
    admin.made(name="shop", bindings=[{"in": "path", "name": "org_id", "value": "acme"}])
    admin("POST", "/shop/rules", NOT_FOUND)
    assert admin.read().status == 404

    assert admin("DELETE", "/shop").status == 204

    assert admin("GET", "/shop").status == 404
    assert (admin.read().status, admin.read().headers["x-mock-session"]) == (200, "default")
    assert admin.made(name="shop")["rules"] == 0


def test_the_default_session_is_reset_instead_of_dropped(admin: Admin) -> None:
    admin("POST", "/default/bindings", {"in": "path", "name": "org_id", "value": "acme"})
    admin("POST", "/default/rules", NOT_FOUND)
    admin("PUT", "/default/scenarios", {"scenarios": ["slow"]})
    admin.read()

    assert admin("DELETE", "/default").status == 204

    record = admin("GET", "/default").json
    assert (record["rules"], record["requests"], record["bindings"]) == (0, 0, 0)
    assert record["scenarios"] == []


def test_a_reset_session_is_as_it_was_made(admin: Admin) -> None:
    made = admin.made(
        name="shop",
        scenarios=["status-404"],
        bindings=[{"in": "path", "name": "org_id", "value": "acme"}],
    )
    admin("PUT", "/shop/scenarios", {"scenarios": ["status-500"]})
    admin("POST", "/shop/rules", NOT_FOUND | {"times": 1})
    assert [admin.read("shop").status for _ in range(2)] == [404, 500]

    answer = admin("POST", "/shop/reset")

    assert (answer.status, answer.json) == (200, made)
    assert admin.read().status == 404


# scenarios


def test_active_scenarios_are_replaced_at_once(admin: Admin) -> None:
    admin.made(name="shop", scenarios=["status-404"])
    assert admin.read("shop").status == 404

    answer = admin("PUT", "/shop/scenarios", {"scenarios": ["status-500", "subscription-exists"]})

    assert answer.json["scenarios"][0] == "status-500"
    assert {"agile-tv-v3/subscription-exists", "amazon-tv-v1/subscription-exists"} <= set(
        answer.json["scenarios"]
    )
    assert admin("GET", "/shop/scenarios").json == answer.json
    assert admin.read("shop").status == 500
    assert admin.read().status == 200


def test_no_scenarios_leave_none_active(admin: Admin) -> None:
    admin.made(name="shop", scenarios=["status-404"])

    assert admin("PUT", "/shop/scenarios", {}).json == {"scenarios": []}
    assert admin.read("shop").status == 200


def test_scenarios_that_were_active_already_begin_anew(admin: Admin) -> None:
    asked = {"scenarios": ["rate-limited-then-recovers"]}
    admin("PUT", "/default/scenarios", asked)
    first = [admin.read().status for _ in range(5)]
    assert (first[0], first[-1]) == (429, 200)

    admin("PUT", "/default/scenarios", asked)

    assert [admin.read().status for _ in range(5)] == first


@pytest.mark.parametrize("asked", [{"scenarios": ["status-500", "nope"]}, {"tags": ["nope"]}])
def test_an_unknown_scenario_leaves_the_active_ones(admin: Admin, asked: Any) -> None:
    admin.made(name="shop", scenarios=["status-404"])

    assert admin("PUT", "/shop/scenarios", asked).status == 400
    assert admin("GET", "/shop/scenarios").json == {"scenarios": ["status-404"]}


# rules


def test_a_rule_applies_from_when_it_was_posted_to_when_it_is_dropped(admin: Admin) -> None:
    answer = admin("POST", "/default/rules", NOT_FOUND)
    record = {"id": "rule-1", "rule": NOT_FOUND, "operations": [READ], "used": 0}
    location = "/__admin/sessions/default/rules/rule-1"
    assert (answer.status, answer.json, answer.headers["location"]) == (201, record, location)
    assert admin.read().headers["x-mock-scenario"] == "rule-1"

    assert admin("GET", "/default/rules").json == [record | {"used": 1}]
    assert admin("GET", "/default/rules/rule-1").json == record | {"used": 1}
    assert admin("DELETE", "/default/rules/rule-1").status == 204

    assert admin.read().status == 200
    assert admin("GET", "/default/rules/rule-1").status == 404


def test_dropping_a_rule_forgets_its_count_and_no_other(admin: Admin) -> None:
    """The count of `rule-1` and not that of `rule-10`, which begins alike."""
    posted = [
        admin("POST", "/default/rules", NOT_FOUND | {"times": 1}).json["id"] for _ in range(10)
    ]
    for _ in posted:
        assert admin.read().status == 404

    admin("DELETE", f"/default/rules/{posted[0]}")

    left = {each["id"]: each["used"] for each in admin("GET", "/default/rules").json}
    assert left == dict.fromkeys(posted[1:], 1)
    assert admin.read().status == 200


def test_all_rules_are_dropped_at_once(admin: Admin) -> None:
    admin("POST", "/default/rules", NOT_FOUND | {"times": 5})
    admin("POST", "/default/rules", NOT_FOUND)

    assert admin("DELETE", "/default/rules").status == 204
    assert admin("GET", "/default/rules").json == []
    assert admin.read().status == 200


@pytest.mark.parametrize(
    "course",
    [
        {"createSubscription": {"after": "2h", "then": "FAILED"}},
        {"*": "by hand", "createSubscription": [{"polls": 2}, {"after": "1m", "jitter": "5s"}]},
    ],
)
def test_a_rule_on_the_spot_may_have_a_course(admin: Admin, course: Any) -> None:
    rule = {"on": "agile-tv-v3/createSubscription", "course": course}

    answer = admin("POST", "/default/rules", rule)

    assert (answer.status, answer.json["rule"]) == (201, rule)
    assert admin("GET", "/default/rules/rule-1").json["rule"] == rule


def test_rules_are_tried_in_the_order_in_which_they_were_posted(admin: Admin) -> None:
    admin("POST", "/default/rules", {"on": "*", "times": 1, "reply": {"status": 500}})
    admin("POST", "/default/rules", NOT_FOUND)

    assert [admin.read().status for _ in range(3)] == [500, 404, 404]


@pytest.mark.parametrize(
    ("rule", "pointer", "near"),
    [
        ({"on": "agile-tv-v3/getSubscripton"}, "/on", READ),
        ({"reply": {"status": 418}}, "/reply/status", "401"),
        ({"reply": {"status": 404, "body": {"code": 1}}}, "/reply/body", ""),
        ({"reply": {"example": "noTokn"}}, "/reply/example", "noToken"),
        ({"when": {"path": {"servce_id": "ACC_1"}}}, "/when/path/servce_id", "service_id"),
        ({"when": {"query": {"a": {"regex": "("}}}}, "/when/query/a/regex", ""),
        ({"fault": {"delay": {"ms": 1, "max_ms": 2}}}, "/fault", ""),
    ],
)
def test_a_rule_that_does_not_fit_comes_back_with_findings(
    admin: Admin, rule: Any, pointer: str, near: str
) -> None:
    answer = admin("POST", "/default/rules", NOT_FOUND | rule)

    assert (answer.status, answer.source) == (400, "mockserver")
    found = {each["pointer"]: each["nearest"] for each in answer.json["findings"]}
    assert any(each.startswith(pointer) for each in found), found
    assert near in found.values()
    assert answer.json["detail"].startswith(answer.json["findings"][0]["pointer"])
    assert admin("GET", "/default/rules").json == []


def test_of_several_findings_the_first_is_told_and_the_others_counted(admin: Admin) -> None:
    rule = {"on": [READ, "nope"], "replies": [{"status": 418, "times": 1}, {"status": 419}]}

    told = admin("POST", "/default/rules", rule).json

    assert len(told["findings"]) > 1
    assert told["detail"].endswith(f"(and {len(told['findings']) - 1} more)")


@pytest.mark.parametrize(
    ("rule", "near"),
    [
        ({}, ""),
        ({"on": READ, "rply": {"status": 404}}, "reply"),
        ({"on": READ, "reply": {"sttus": 404}}, "status"),
        ({"on": READ, "replies": [{"trough": True}]}, "through"),
        ({"on": READ, "fault": {"brake": "hang"}}, "break"),
        ({"on": READ, "fault": {"break": "hng"}}, "hang"),
        ({"on": READ, "fault": {"delay": {"m": 1}}}, "ms"),
        ({"on": READ, "when": {"header": {"a": "b"}}, "reply": {"status": 404}}, "headers"),
        ({"on": READ, "reply": {"status": 503}, "as": "gatway"}, "gateway"),
        ({"on": READ, "reply": {"status": "404"}}, ""),
        ({"on": READ, "times": 0, "reply": {"status": 404}}, ""),
        ({"on": [], "reply": {"status": 404}}, ""),
        ({"on": 1, "reply": {"status": 404}}, ""),
    ],
)
def test_what_is_no_rule_comes_back_with_findings_and_the_nearest_name(
    admin: Admin, rule: Any, near: str
) -> None:
    answer = admin("POST", "/default/rules", rule)

    assert (answer.status, answer.source) == (400, "mockserver")
    assert near in [each["nearest"] for each in answer.json["findings"]]


@pytest.mark.parametrize(
    "body",
    [
        b"[]",
        b'"on"',
        b'{"on": "\\ud800", "reply": {"status": 404}}',
        b'{"on": "*", "reply": {"body": ' + b"[" * 300 + b"]" * 300 + b"}}",
    ],
)
def test_what_no_rule_can_be_read_from_is_refused(admin: Admin, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    answer = admin("POST", "/default/rules", body=body, headers=headers)

    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    assert admin("GET", "/default/rules").json == []


def test_a_rule_that_is_refused_takes_no_id(admin: Admin) -> None:
    refused = [{}, NOT_FOUND | {"on": "nope"}, {"on": "OPTIONS *", "reply": {"status": 200}}]
    for rule in refused:
        assert admin("POST", "/default/rules", rule).status == 400
    assert admin("POST", "/default/rules", NOT_FOUND).json["id"] == "rule-1"
    assert admin("POST", "/default/rules", NOT_FOUND).status == 409

    named = admin("POST", "/default/rules", {"on": OTHER, "reply": {"status": 404}}).json["id"]

    assert named == "rule-2"


def test_rules_are_told_without_the_secrets_that_they_wait_for(admin: Admin) -> None:
    when = {
        "headers": {"Authorization": "Bearer s3cret", "Accept": "application/json"},
        "query": {"token": {"one_of": ["s3cret", "s3cret-2"]}, "api_key": {"absent": True}},
        "body": {
            "/login/password": {"regex": "s3cr.*", "absent": False},
            "/ki/0": "s3cret",
            "/login": {"equals": {"name": "me", "password": "s3cret"}},
        },
    }
    posted = admin("POST", "/default/rules", NOT_FOUND | {"when": when})

    listed = admin("GET", "/default/rules")

    assert (posted.status, listed.json) == (201, [posted.json])
    assert admin("GET", f"/default/rules/{posted.json['id']}").json == posted.json
    assert b"s3cr" not in posted.body + listed.body
    assert listed.json[0]["rule"]["when"] == {
        "headers": {"Authorization": "(redacted)", "Accept": "application/json"},
        "query": {"token": "(redacted)", "api_key": {"absent": True}},
        "body": {
            "/login/password": "(redacted)",
            "/ki/0": "(redacted)",
            "/login": {"equals": {"name": "me", "password": "(redacted)"}},
        },
    }


def test_what_a_rule_waits_for_is_compared_though_it_is_not_told(admin: Admin) -> None:
    secret = {"when": {"headers": {"X-Token": "s3cret"}}}
    admin("POST", "/default/rules", NOT_FOUND | secret)

    assert admin.read(**{"X-Token": "s3cret"}).status == 404
    assert admin.read(**{"X-Token": "(redacted)"}).status == 200


def test_a_rule_that_no_operation_has_is_refused(admin: Admin) -> None:
    answer = admin("POST", "/default/rules", {"on": "OPTIONS *", "reply": {"status": 200}})

    assert (answer.status, answer.json["detail"]) == (400, "No operation is meant by OPTIONS *")


NARROW = NOT_FOUND | {"when": {"path": {"service_id": "ACC_77"}}}


@pytest.mark.parametrize(
    ("earlier", "later", "status"),
    [
        (NOT_FOUND, NOT_FOUND, 409),
        (NOT_FOUND, NARROW, 409),
        (NOT_FOUND, NOT_FOUND | {"times": 2}, 409),
        ({"on": "*", "reply": {"status": 500}}, NOT_FOUND, 409),
        ({"on": READ, "fault": {"break": "hang", "before": "deed"}}, NOT_FOUND, 409),
        (NARROW, NOT_FOUND, 201),
        (NOT_FOUND | {"times": 2}, NOT_FOUND, 201),
        (NOT_FOUND, {"on": "*", "reply": {"status": 500}}, 201),  # what is left is not nothing
        ({"on": "*", "fault": {"delay": {"ms": 1}}}, NOT_FOUND, 201),
        ({"on": READ, "replies": [{"status": 500, "times": 1}, {"through": True}]}, NOT_FOUND, 201),
        ({"on": OTHER, "reply": {"status": 500}}, NOT_FOUND, 201),
    ],
)
def test_a_rule_that_would_never_apply_names_what_hides_it(
    admin: Admin, earlier: Any, later: Any, status: int
) -> None:
    first = admin("POST", "/default/rules", earlier)
    assert first.status == 201, first.json

    answer = admin("POST", "/default/rules", later)

    assert answer.status == status
    if status == 409:
        assert answer.json["nearest"] == ["rule-1"]
        assert "rule-1 takes all that it would" in answer.json["detail"]


def test_several_rules_together_may_hide_another(admin: Admin) -> None:
    operations = [each.id for each in admin.app.engine.table.operations]
    for on in (operations[0], operations[1:]):
        posted = admin("POST", "/default/rules", {"on": on, "reply": {"status": 500}})
        assert posted.status == 201, posted.json

    answer = admin("POST", "/default/rules", {"on": "*", "reply": {"status": 400}})

    assert (answer.status, answer.json["nearest"]) == (409, ["rule-2"])


def test_a_session_has_a_ceiling_of_rules(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "RULES_MAX", 2)
    rule = NOT_FOUND | {"times": 1}
    assert [admin("POST", "/default/rules", rule).status for _ in range(3)] == [201, 201, 409]

    admin("DELETE", "/default/rules")

    assert admin("POST", "/default/rules", rule).status == 201


def test_an_unknown_rule_is_404_with_the_nearest_names(admin: Admin) -> None:
    assert admin("DELETE", "/default/rules/rule-1").json["nearest"] == []
    for _ in range(NEAREST_MAX + 1):
        admin("POST", "/default/rules", NOT_FOUND | {"times": 1})

    answer = admin("GET", "/default/rules/rule-44")

    assert (answer.status, answer.json["nearest"][0]) == (404, "rule-4")
    assert len(answer.json["nearest"]) == NEAREST_MAX


def test_a_wrong_name_is_not_told_at_length(admin: Admin, call: Call) -> None:
    answer = call(admin.app, "GET", f"/__admin/contracts/{'x' * 1_000}/openapi.json")

    assert answer.json["detail"].startswith(f"There is no contract {'x' * TOLD_MAX!r};")


# bindings


@pytest.mark.parametrize(
    ("binding", "session"),
    [
        ({"in": "path", "name": "org_id", "value": "acme"}, "shop"),
        ({"in": "path", "name": "org_id", "value": "other"}, "default"),
        ({"in": "header", "name": "x-consumer", "value": "tests"}, "shop"),
    ],
)
def test_a_bound_value_leads_to_the_session(admin: Admin, binding: Any, session: str) -> None:
    admin.made(name="shop")

    answer = admin("POST", "/shop/bindings", binding)

    assert (answer.status, answer.json) == (201, [binding])
    assert admin("GET", "/shop/bindings").json == [binding]
    assert admin.read(**{"X-Consumer": "tests"}).headers["x-mock-session"] == session


def test_bindings_are_listed_without_secrets_and_forgotten_together(admin: Admin) -> None:
    admin.made(name="shop")
    posted = [
        {"in": "header", "name": "Authorization", "value": "Bearer s3cret"},
        {"in": "body", "name": "/login/password", "value": "s3cret"},
        {"in": "query", "name": "org", "value": "acme"},
    ]
    told = [each | {"value": "(redacted)"} for each in posted[:2]] + posted[2:]

    assert admin("POST", "/shop/bindings", posted).json == told
    assert admin("GET", "/shop/bindings").json == told
    assert admin("GET", "/shop").json["bindings"] == 3
    assert admin("DELETE", "/shop/bindings").status == 204
    assert admin("GET", "/shop/bindings").json == []
    assert admin.read(Authorization="Bearer s3cret").headers["x-mock-session"] == "default"


def test_to_bind_again_is_no_error_but_elsewhere_is(admin: Admin) -> None:
    binding = {"in": "path", "name": "org_id", "value": "acme"}
    admin.made(name="one", bindings=[binding])
    admin.made(name="two")

    assert admin("POST", "/one/bindings", binding).status == 201
    assert admin("POST", "/two/bindings", binding).status == 409
    assert admin.read().headers["x-mock-session"] == "one"


def test_of_several_bindings_all_are_made_or_none(admin: Admin) -> None:
    taken, kept, new = (
        {"in": "path", "name": "org_id", "value": value} for value in ("taken", "kept", "new")
    )
    admin.made(name="one", bindings=[taken])
    admin.made(name="two", bindings=[kept])

    assert admin("POST", "/two/bindings", [new, taken]).status == 409

    assert admin("GET", "/two/bindings").json == [kept]
    assert admin.read(org="new").headers["x-mock-session"] == "default"
    assert admin.read(org="kept").headers["x-mock-session"] == "two"


@pytest.mark.parametrize(
    "binding",
    [
        {"in": "cookie", "name": "a", "value": "b"},
        {"in": "path", "name": "", "value": "b"},
        {"in": "path", "name": "a", "value": ""},
        {"in": "path", "name": "a", "value": 1},
        {"in": "path", "name": "a"},
        {"in": "body", "name": "a", "value": "b"},
        {"in": "body", "name": "/a~2", "value": "b"},
        [{"in": "path", "name": "a", "value": "b"}] * 1_001,
    ],
)
def test_what_is_no_binding_is_refused(admin: Admin, binding: Any) -> None:
    assert admin("POST", "/default/bindings", binding).status == 400
    assert admin("GET", "/default/bindings").json == []


def test_there_is_a_ceiling_of_bindings(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bindings, "BINDINGS_MAX", 2)
    asked = [{"in": "path", "name": "org_id", "value": str(number)} for number in range(3)]

    assert admin("POST", "/default/bindings", asked).status == 409
    assert admin("POST", "/default/bindings", asked[:2]).status == 201


def test_there_is_a_ceiling_of_places_where_values_are_bound(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bindings, "PLACES_MAX", 2)
    asked = [{"in": "query", "name": name, "value": "1"} for name in "abc"]

    answer = admin("POST", "/default/bindings", asked)

    assert (answer.status, answer.source) == (409, "mockserver")
    assert "2 places" in answer.json["detail"]
    assert admin("GET", "/default/bindings").json == []
    assert admin("POST", "/default/bindings", asked[:2]).status == 201
    assert admin("POST", "/default/bindings", asked[1] | {"value": "2"}).status == 201


BOUND = [
    {"in": "path", "name": "org_id", "value": "a&b c"},
    {"in": "header", "name": "X-Org", "value": "acme"},
    {"in": "header", "name": "X-Org", "value": "other"},
    {"in": "body", "name": "/ref", "value": "1"},
]


@pytest.mark.parametrize("number", range(len(BOUND)))
def test_one_value_is_unbound_and_the_others_stay(admin: Admin, number: int) -> None:
    admin.made(name="shop", bindings=BOUND)

    answer = admin("DELETE", f"/shop/bindings?{urlencode(BOUND[number])}")

    assert answer.status == 204
    left = [each for each in BOUND if each is not BOUND[number]]
    assert admin("GET", "/shop/bindings").json == left
    assert admin("POST", "/default/bindings", BOUND[number]).status == 201


def test_a_header_is_unbound_however_its_name_is_written(admin: Admin) -> None:
    admin.made(name="shop", bindings=BOUND[1:2])

    assert admin("DELETE", "/shop/bindings?in=header&name=x-ORG&value=acme").status == 204
    assert admin("GET", "/shop/bindings").json == []


@pytest.mark.parametrize(
    ("query", "status", "told"),
    [
        ("in=path", 400, "in, name and value"),
        ("name=X-Org&value=acme", 400, "in, name and value"),
        ("in=cookie&name=X-Org&value=acme", 400, "query in"),
        ("in=body&name=ref&value=1", 400, "JSON pointer"),
        ("in=header&name=X-Org&value=nope", 404, "is not bound to the session 'shop'"),
        ("in=query&name=X-Org&value=acme", 404, "is not bound to the session 'shop'"),
    ],
)
def test_what_is_not_bound_cannot_be_unbound(
    admin: Admin, query: str, status: int, told: str
) -> None:
    admin.made(name="shop", bindings=BOUND)

    answer = admin("DELETE", f"/shop/bindings?{query}")

    assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
    assert told in answer.json["detail"]
    assert admin("GET", "/shop/bindings").json == BOUND


def test_nothing_of_all_this_is_in_a_journal(admin: Admin) -> None:
    admin.made(name="shop", scenarios=["slow"])
    admin("POST", "/shop/rules", NOT_FOUND)
    admin("GET", "/nope")

    assert [each["requests"] for each in admin("GET").json] == [0, 0]
