"""The admin API tells what happened: lists, explanations, counts, verifications, exports."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from mockserver.journal import ENTRIES_MAX
from mockserver.message import Request
from mockserver.server import evidence
from mockserver.server.admin import Admin
from mockserver.server.app import App
from mockserver.server.evidence import EXPORTED, LIMIT, Evidence
from mockserver.settings import Settings

ROOT = Path(__file__).parents[2]
AGILE = ROOT / "specs" / "agile-tv-v3.yaml"
ADMIN = yaml.safe_load((ROOT / "mockserver" / "server" / "admin.yaml").read_bytes())
READ = "agile-tv-v3/getSubscription"
PATH = "/v3/orgs/acme/tv/agile/subscriptions/"
TRACE = {"Request-Correlation-Id": "2106f808-36e9-402d-bf37-f1f7fa04776b"}
NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)

Call = Callable[..., Any]


async def _nothing() -> Any:
    """What a caller says who neither says more nor leaves."""
    return await asyncio.Event().wait()


class Requests:
    """Asks as a consumer, and what the admin API says of that; each request is a second later."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.now = NOON
        self.app = App(Settings(specs=(AGILE,), state="none"), clock=lambda: self.now)

    def begin(self) -> None:
        """Forget everything, and let four things happen."""
        self.now = NOON
        for session in self.app.engine.sessions:
            self.app.engine.sessions.drop(session.name)
        self.ask("ACC_1")
        self.ask("ACC_2", **{"X-Mock-Scenario": "status-404"})
        self.ask("ACC_3", **{"Request-Correlation-Id": ""})
        target = f"/__s/shop{PATH}ACC_4?token=s3cret"
        self.call(self.app, "PUT", target, json={"price": 10})

    def __call__(self, path: str = "", *, method: str = "GET", **more: Any) -> Any:
        return self.call(self.app, method, f"/__admin/sessions/shop/requests{path}", **more)

    def ask(self, account: str = "ACC_77", **headers: str) -> str:
        """The id of a request that was made."""
        target = f"/__s/shop{PATH}{account}"
        answer = self.call(self.app, "GET", target, headers=TRACE | headers)
        self.now += timedelta(seconds=1)
        return str(answer.headers["x-mock-request-id"])

    async def exported(self, kind: str) -> bytes:
        """The file of an export, asked for inside of a loop."""
        path = f"/__admin/sessions/shop/requests.{kind}".encode()
        asked = Request("GET", path, b"", {})
        admin = Admin(self.app.engine, version="1", token=None)
        exchange = await admin.answer(asked, _nothing)
        assert exchange.reply.status == 200
        return exchange.reply.body

    def ids(self, query: str = "") -> list[str]:
        """Of what is listed."""
        answer = self(query)
        assert answer.status == 200, answer.json
        return [each["id"] for each in answer.json["requests"]]


@pytest.fixture(scope="module")
def anything(call: Call) -> Requests:
    """An application."""
    return Requests(call)


@pytest.fixture
def requests(anything: Requests) -> Requests:
    """A session in which four things happened."""
    anything.begin()
    return anything


def test_requests_are_listed_newest_first_with_their_number(requests: Requests) -> None:
    answer = requests().json

    assert [(each["method"], each["status"]) for each in answer["requests"]] == [
        ("PUT", 405),
        ("GET", 400),
        ("GET", 404),
        ("GET", 200),
    ]
    assert (answer["total"], answer["dropped"]) == (4, 0)
    assert {each["session"] for each in answer["requests"]} == {"shop"}


def test_another_session_does_not_have_them(requests: Requests, call: Call) -> None:
    first = requests.ids()[0]

    for path in ("", "/count"):
        told = call(requests.app, "GET", f"/__admin/sessions/default/requests{path}").json
        assert told.get("total", told.get("count")) == 0
    target = f"/__admin/sessions/default/requests/{first}"
    assert call(requests.app, "GET", target).status == 404


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("operation=getSubscription", [1, 2, 3]),
        (f"operation={READ}&status=200", [3]),
        ("operation=", [0]),
        ("status=4XX", [0, 1, 2]),
        ("scenario=status-404", [2]),
        ("source=refusal", [0, 1]),
        ("method=put", [0]),
        ("path=*/ACC_*", [0, 1, 2, 3]),
        ("since=2026-01-15T12:00:02Z", [0, 1]),
        ("until=2026-01-15T12:00:00Z", [3]),
        ("violations=true", [1]),
        ("violations=false&operation=getSubscription", [2, 3]),
        ("field=path:service_id=ACC_1", [3]),
        ("field=path:service_id&field=header:Request-Correlation-Id", [1, 2, 3]),
        ("field=body:/price=10", [0]),
        ("limit=2", [0, 1]),
        ("limit=1000", [0, 1, 2, 3]),
        ("status=5XX", []),
    ],
)
def test_filters_choose_and_count_the_same(
    requests: Requests, query: str, places: list[int]
) -> None:
    every = requests.ids()

    assert requests.ids(f"?{query}") == [every[place] for place in places]
    if "limit" not in query:
        assert requests(f"/count?{query}").json == {"count": len(places), "dropped": 0}
        for kind in ("har", "ndjson"):
            assert requests(f".{kind}?{query}").body.count(b"ACC_1") >= (3 in places)


def test_a_list_is_as_long_as_the_limit_and_counts_all(requests: Requests) -> None:
    for _ in range(LIMIT):
        requests.ask()

    answer = requests().json

    assert (len(answer["requests"]), answer["total"]) == (LIMIT, LIMIT + 4)
    assert len(requests.ids(f"?limit={LIMIT + 1}")) == LIMIT + 1


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("operation=getSubscripton", "did you mean getSubscription?"),
        ("scenario=subscription-not-fond", "did you mean subscription-not-found?"),
        ("status=600", "query status"),
        ("source=nobody", "query source"),
        ("since=yesterday", "'yesterday' is no moment"),
        ("field=cookie:a=b", "names no field"),
        ("field=query:a&field=query:a", "asked for twice"),
        ("violations=maybe", "query violations"),
        ("limit=0", "query limit"),
        ("limit=1001", "query limit"),
        ("stauts=200", "allowed: status"),
        ("status=200&status=404", "more than once"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(
    requests: Requests, query: str, told: str
) -> None:
    answer = requests(f"?{query}")

    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    assert told in answer.json["detail"]


def test_forgotten_requests_are_gone(requests: Requests) -> None:
    (first, *_) = requests.ids()

    assert requests(method="DELETE").status == 204
    assert requests().json == {"requests": [], "total": 0, "dropped": 0}
    assert requests(f"/{first}").status == 404


# explanations


def test_a_request_is_explained_as_a_record(requests: Requests) -> None:
    answer = requests(f"/{requests.ids()[2]}")

    assert answer.headers["content-type"] == "application/json"
    assert (answer.json["session"], answer.json["found_by"]) == ("shop", "prefix")
    assert answer.json["answered"] == "the rule status-404#1"
    assert next(each["applied"] for each in answer.json["considered"])
    assert answer.json["reply"]["status"] == 404


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/plain", "text/plain; charset=utf-8"),
        ("text/*;q=1, application/json;q=0.5", "text/plain; charset=utf-8"),
        ("application/json", "application/json"),
        ("text/html, */*;q=0.8", "application/json"),
        ("*/*", "application/json"),
    ],
)
def test_the_caller_chooses_between_a_record_and_a_text(
    requests: Requests, accept: str, kind: str
) -> None:
    answer = requests(f"/{requests.ids()[2]}", headers={"Accept": accept})

    assert (answer.status, answer.headers["content-type"]) == (200, kind)
    if "text" in kind:
        assert answer.body.startswith(f"GET {PATH}ACC_2\n".encode())
        assert b"status-404#1, named by the request: applied" in answer.body
    else:
        assert answer.json["answered"] == "the rule status-404#1"


def test_an_explanation_has_no_secrets(requests: Requests) -> None:
    (unmatched, *_) = requests.ids()

    assert b"s3cret" not in requests(f"/{unmatched}").body
    assert b"s3cret" not in requests(".har").body + requests(".ndjson").body


def test_an_unknown_request_is_404_and_says_how_many_were_dropped(
    requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert requests("/nope").json["detail"] == "There is no request 'nope' in the session 'shop'"
    monkeypatch.setattr(requests.app.engine.sessions.get("shop").journal, "dropped", 7)

    assert requests("/nope").json["detail"].endswith("'shop'; 7 were dropped")
    assert requests("/count").json == {"count": 4, "dropped": 7}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("DELETE", ""),
        ("GET", "/1"),
        ("GET", "/count"),
        ("POST", "/count"),
        ("POST", "/verify"),
        ("GET", "/wait"),
        ("POST", "/wait"),
        ("GET", ".har"),
        ("GET", ".ndjson"),
    ],
)
def test_an_unknown_session_is_404_at_once(
    requests: Requests, call: Call, method: str, path: str
) -> None:
    target = f"/__admin/sessions/shp/requests{path}"

    answer = call(requests.app, method, target, json={} if method == "POST" else None)

    assert (answer.status, answer.json["nearest"]) == (404, ["shop", "default"])


# criteria


def test_requests_are_counted_by_criteria(requests: Requests) -> None:
    criteria = {"operation": "getSubscription", "when": {"path": {"service_id": {"regex": "A.*"}}}}

    assert requests("/count", method="POST", json=criteria).json["count"] == 3
    assert requests("/count", method="POST", json={"status": 404}).json["count"] == 1
    assert requests("/count", method="POST", json={}).json["count"] == 4


@pytest.mark.parametrize("path", ["/count", "/verify", "/wait"])
@pytest.mark.parametrize(
    ("criteria", "told"),
    [
        ({"operation": "getSubscripton"}, "did you mean getSubscription?"),
        ({"since": "tomorrow"}, "/since: 'tomorrow' is no moment"),
        ({"when": {"path": {"a": {"regex": "("}}}}, "a pattern cannot be read"),
        ({"oepration": "getSubscription"}, "oepration"),
        ([], "body"),
    ],
)
def test_criteria_that_cannot_be_meant_are_refused_at_once(
    requests: Requests, path: str, criteria: Any, told: str
) -> None:
    answer = requests(path, method="POST", json=criteria)

    assert answer.status == 400
    assert told in answer.json["detail"]
    if answer.source == "mockserver":
        (finding,) = answer.json["findings"]
        assert finding["pointer"] in answer.json["detail"]


def test_a_verification_comes_with_its_nearest_misses(requests: Requests) -> None:
    expected = {"operation": "getSubscription", "status": 500, "exactly": 1}

    answer = requests("/verify", method="POST", json=expected).json

    assert (answer["verified"], answer["found"]) == (False, 0)
    assert "status: wanted 500, found 400" in answer["nearest"][0]["differences"]
    assert answer["message"].startswith("Not verified: expected exactly 1 request")


@pytest.mark.parametrize(
    ("expected", "verified"),
    [
        ({"operation": "getSubscription", "exactly": 3}, True),
        ({"operation": "getSubscription", "at_most": 2}, False),
        ({"source": "generated", "never": True}, True),
        ({"in_order": [{"status": 200}, {"status": 404}, {"method": "PUT"}]}, True),
        ({"in_order": [{"status": 404}, {"status": 200}]}, False),
    ],
)
def test_what_was_expected_is_verified(requests: Requests, expected: Any, verified: bool) -> None:  # noqa: FBT001 - an expectation
    assert requests("/verify", method="POST", json=expected).json["verified"] is verified


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"exactly": 1, "never": True}, "exactly and never exclude each other"),
        ({"at_least": 2, "at_most": 1}, "/at_most: 1 is less than at_least, 2"),
        ({"exactly": -1}, "/exactly: -1 is no number of requests; allowed: 0 or more"),
        ({"exactly": True}, "/exactly: True is no number of requests; allowed: 0 or more"),
        ({"exactly": "2"}, "/exactly: '2' is no number of requests; allowed: 0 or more"),
        ({"never": False}, "/never: False says nothing; allowed: true"),
        ({"exactli": 2}, "did you mean exactly?"),
        ({"in_order": []}, "/in_order: it is no list of 1 to 100 criteria"),
        ({"in_order": {}}, "/in_order: it is no list of 1 to 100 criteria"),
        ({"in_order": [{}] * 101}, "/in_order: it is no list of 1 to 100 criteria"),
        ({"in_order": [{}], "status": 200}, "/status: it cannot stand beside in_order"),
        ({"in_order": [{}, {"stats": 200}]}, "/in_order/1/stats: there is no criterion 'stats'"),
        ({"in_order": [{}, 1]}, "/in_order/1: criteria are an object"),
    ],
)
def test_an_expectation_that_cannot_be_meant_says_what_would_be_right(
    requests: Requests, expected: Any, told: str
) -> None:
    answer = requests("/verify", method="POST", json=expected)

    assert (answer.status, answer.source) == (400, "mockserver")
    assert told in answer.json["detail"]
    assert len(answer.json["findings"]) == 1


@pytest.mark.parametrize("path", ["/count", "/verify", "/wait"])
@pytest.mark.parametrize(
    "criteria",
    [
        {"status": {}},
        {"status": None},
        {"operation": 1},
        {"path": ["/"]},
        {"when": []},
        {"when": {"path": {}}},
        {"when": {"path": {"a": {}}}},
        {"violations": "true"},
        {"": 1},
    ],
)
def test_criteria_of_another_shape_come_back_with_findings(
    requests: Requests, path: str, criteria: Any
) -> None:
    answer = requests(path, method="POST", json=criteria)

    assert (answer.status, answer.source) == (400, "mockserver")
    assert answer.json["findings"][0]["pointer"].startswith("/")


@pytest.mark.parametrize("body", [b'{"operation": "\\ud800"}', b'{"a":' * 300 + b"1" + b"}" * 300])
@pytest.mark.parametrize("path", ["/count", "/verify", "/wait"])
def test_criteria_that_no_schema_can_read_are_refused(
    requests: Requests, path: str, body: bytes
) -> None:
    headers = {"Content-Type": "application/json"}

    answer = requests(path, method="POST", body=body, headers=headers)

    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")


# exports


def test_har_is_a_file_that_begins_with_the_oldest(requests: Requests) -> None:
    answer = requests(".har")

    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-disposition"] == 'attachment; filename="shop.har"'
    entries = answer.json["log"]["entries"]
    assert [each["_id"] for each in entries] == requests.ids()[::-1]
    assert entries[0]["request"]["url"] == f"http://testserver/__s/shop{PATH}ACC_1"


def test_ndjson_has_an_explanation_on_each_line(requests: Requests) -> None:
    answer = requests(".ndjson")

    assert answer.headers["content-type"] == "application/x-ndjson"
    assert answer.headers["content-disposition"] == 'attachment; filename="shop.ndjson"'
    lines = list(map(orjson.loads, answer.body.splitlines()))
    assert [each["id"] for each in lines] == requests.ids()[::-1]
    assert lines[0] == requests(f"/{lines[0]['id']}").json


@pytest.mark.parametrize("kind", ["har", "ndjson"])
def test_an_export_has_the_newest_up_to_a_limit_oldest_first(requests: Requests, kind: str) -> None:
    newest_first = requests.ids("?operation=getSubscription")

    answer = requests(f".{kind}?operation=getSubscription&limit=2")

    assert answer.status == 200
    assert _exported(answer, kind) == newest_first[:2][::-1]


@pytest.mark.parametrize("kind", ["har", "ndjson"])
@pytest.mark.parametrize("limit", ["0", "10001", "many"])
def test_the_limit_of_an_export_is_bounded(requests: Requests, kind: str, limit: str) -> None:
    assert requests(f".{kind}?limit={limit}").status == 400
    assert requests(f".{kind}?limit=10000").status == 200


@pytest.mark.parametrize("kind", ["har", "ndjson"])
def test_without_a_limit_an_export_has_as_many_as_documented(
    requests: Requests, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = ADMIN["paths"][f"/__admin/sessions/{{session}}/requests.{kind}"]["get"]
    (limit,) = [each for each in parameters["parameters"] if each["name"] == "limit"]
    assert (limit["schema"]["default"], limit["schema"]["maximum"]) == (EXPORTED, ENTRIES_MAX)
    monkeypatch.setattr(evidence, "EXPORTED", 3)

    assert _exported(requests(f".{kind}"), kind) == requests.ids()[:3][::-1]


@pytest.mark.parametrize("kind", ["har", "ndjson"])
def test_an_export_of_nothing_is_empty(requests: Requests, kind: str) -> None:
    assert _exported(requests(f".{kind}?status=5XX"), kind) == []


@pytest.mark.parametrize("kind", ["har", "ndjson"])
def test_others_are_answered_while_an_export_is_made(
    requests: Requests, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "SLICE", 2)
    journal = requests.app.engine.sessions.get("shop").journal
    before = requests.ids()
    turns: list[int] = []

    async def both() -> bytes:
        making = asyncio.ensure_future(requests.exported(kind))
        while not making.done():
            turns.append(len(journal))
            await asyncio.sleep(0)
            journal.clear()  # what is exported is what was there when it was asked for
        return await making

    body = asyncio.run(both())

    assert len(turns) > 2
    assert all(name.encode() in body for name in before)


@pytest.mark.parametrize("kind", ["har", "ndjson"])
def test_an_export_of_a_session_that_another_process_has_just_dropped_is_none(
    requests: Requests, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    exported = Evidence.exported

    async def late(evidence: Evidence, name: str, request: Request) -> bytes:
        requests.app.engine.sessions.drop("shop")
        return await exported(evidence, name, request)

    monkeypatch.setattr(Evidence, "exported", late)

    assert requests(f".{kind}").status == 404


def _exported(answer: Any, kind: str) -> list[str]:
    """The ids of the requests in a file."""
    if kind == "har":
        return [each["_id"] for each in answer.json["log"]["entries"]]
    return [orjson.loads(line)["id"] for line in answer.body.splitlines()]


# waits


def test_what_has_come_already_ends_a_wait_at_once(requests: Requests) -> None:
    newest = requests.ids("?operation=getSubscription")[0]

    by_query = requests("/wait?operation=getSubscription&timeout_s=60").json
    by_criteria = requests(
        "/wait?timeout_s=60", method="POST", json={"operation": "getSubscription"}
    ).json

    assert by_query == by_criteria
    assert (by_query["matched"], by_query["nearest"]) == (True, [])
    assert by_query["request"] == requests(f"/{newest}").json


def test_a_wait_in_vain_gives_the_nearest_misses(requests: Requests) -> None:
    answer = requests("/wait?operation=getSubscription&status=500&timeout_s=0.01")

    assert (answer.status, answer.json["matched"], answer.json["request"]) == (200, False, None)
    assert len(answer.json["nearest"]) == 3
    assert answer.json["nearest"][0]["differences"] == ["status: wanted 500, found 400"]


@pytest.mark.parametrize("seconds", ["-1", "61", "long", "60.1"])
def test_the_time_to_wait_is_bounded(requests: Requests, seconds: str) -> None:
    for method, json in (("GET", None), ("POST", {})):
        answer = requests(f"/wait?timeout_s={seconds}", method=method, json=json)
        assert answer.status == 400
