"""The admin API reads and changes what a session remembers, and tells what requests did to it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.explanation import RECORDS_MAX
from mockserver.lifecycle import interrupted
from mockserver.record import identified
from mockserver.server.app import App
from mockserver.settings import Settings
from tests.server.parcels import CRATES, NOTES, PARCELS, STEM, TIMED, Depot, depot_of, led

OF = f"/records/{PARCELS.name}"
CRATE = f"/records/{CRATES.name}"
NOTE = f"/records/{NOTES.name}"
BY_HAND = dict.fromkeys(("PACKED", "SENT", "BROKEN"), "by hand")
SEED = {"number": "seed", "state": "PACKED"}
WORKFLOW = {
    "api": "agile-tv-v3",
    "org": "masmovil",
    "subject": "ACC_1",
    "operation": "createSubscription",
    "correlation": "c-1",
    "workflow": "w-1",
    "status": "DONE",
}


@pytest.fixture
def depot() -> Depot:
    """Parcels that take time, on a clock that stands still at noon."""
    made = depot_of()
    made.freeze()
    return made


@pytest.fixture
def by_hand() -> Depot:
    """Parcels that wait for the test."""
    made = depot_of(BY_HAND)
    made.freeze()
    return made


def ids(said: Any) -> list[str]:
    return [each["id"] for each in said.json["records"]]


# where nothing is remembered


def test_records_that_nothing_would_read_are_neither_put_nor_stepped(
    call: Callable[..., Any],
) -> None:
    app = App(Settings(state="none"))
    order = {"org": "masmovil", "external_reference": "MYSIM_1", "status": "VALIDATING"}
    at = "/__admin/sessions/default/records/tesa-requests/TESA-1"

    put = call(app, "PUT", at, json=order | {"reference_id": "TESA-1"})
    stepped = call(app, "POST", f"{at}/step", json={})

    for said in (put, stepped):
        assert (said.status, said.headers["content-type"]) == (409, "application/problem+json")
        assert said.json["detail"] == (
            "The server remembers nothing (--state none): no operation reads records"
        )
    assert call(app, "GET", at).status == 404


def test_a_session_that_is_not_there_is_told_where_nothing_is_remembered(
    call: Callable[..., Any],
) -> None:
    at = "/__admin/sessions/nobody/records/tesa-requests/TESA-1"

    assert call(App(Settings(state="none")), "PUT", at, json={}).status == 404


# look


def test_collections_are_told_with_their_schemas_and_how_many_records_they_have(
    depot: Depot,
) -> None:
    depot.send()
    depot.send()

    told = {each["collection"]: each for each in depot("GET", "/records").json}

    assert told.keys() == {PARCELS.name, CRATES.name, NOTES.name}
    assert told[PARCELS.name] == {
        "collection": PARCELS.name,
        "summary": "A parcel",
        "apis": [STEM],
        "identity": ["number"],
        "keys": ["to", "fragile", "floor"],
        "phases": {
            "PACKED": ["SENT"],
            "SENT": ["DELIVERED", "BROKEN"],
            "BROKEN": [],
            "TURNING": ["TURNING"],
        },
        "schema": PARCELS.schema,
        "records": 2,
    }
    assert (told[NOTES.name]["phases"], told[NOTES.name]["records"]) == ({}, 0)


def test_a_record_is_told_with_where_it_is_on_its_course(depot: Depot) -> None:
    name = depot.send()

    assert depot("GET", f"{OF}/{name}").json == {
        "collection": PARCELS.name,
        "id": name,
        "data": {"state": "PACKED", "number": name},
        "phase": "PACKED",
        "due": "2026-01-15T13:00:00.000Z",
        "polls": 0,
        "course": TIMED,
        "scenarios": [],
    }


def test_what_is_due_happens_before_anyone_looks_at_a_record() -> None:
    depot = depot_of()
    name = depot.send()
    depot.wall.now += timedelta(hours=1)

    assert depot("GET", f"{OF}/{name}").json["phase"] == "SENT"


def test_to_look_at_a_record_is_no_poll() -> None:
    depot = depot_of({"PACKED": {"polls": 2}, "SENT": "never"})
    name = depot.send()

    seen = [depot("GET", f"{OF}/{name}").json["polls"] for _ in range(3)]

    assert seen == [2, 2, 2]


def test_records_are_listed_page_by_page_oldest_first(depot: Depot) -> None:
    names = [depot.send() for _ in range(5)]

    first = depot("GET", f"{OF}?limit=2")
    last = depot("GET", f"{OF}?limit=2&offset=4")

    assert (ids(first), first.json["total"]) == (names[:2], 5)
    assert (ids(last), last.json["total"]) == (names[4:], 5)
    assert ids(depot("GET", f"{OF}?offset=9")) == []


def test_a_list_has_a_hundred_records_unless_told(depot: Depot) -> None:
    names = [depot.send() for _ in range(101)]

    assert ids(depot("GET", OF)) == names[:100]
    assert ids(depot("GET", f"{OF}?limit=1000")) == names


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "offset=-1", "limit=x", "to=ann"])
def test_a_page_that_cannot_be_is_refused(depot: Depot, query: str) -> None:
    assert depot("GET", f"{OF}?{query}").status == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("key=to&value=ann", ["P-001", "P-003"]),
        ("key=to&value=ann&offset=1", ["P-003"]),
        ("key=to&value=nobody", []),
        ("key=to&value=7", ["P-004"]),
        ("key=floor&value=1", ["P-002"]),
        ("key=fragile&value=true", ["P-003"]),
        ("key=fragile&value=1", []),
        ("key=floor&value=true", []),
        ("key=to&value=", []),
        ("key=to&value=%22ann%22", []),
    ],
)
def test_records_are_looked_up_by_a_key(depot: Depot, query: str, found: list[str]) -> None:
    depot.send(to="ann")
    depot.send(to="bob", floor=1)
    depot.send(to="ann", fragile=True)
    depot.send(to="7")

    assert ids(depot("GET", f"{OF}?{query}")) == found


@pytest.mark.parametrize("query", ["key=to", "value=ann"])
def test_a_key_without_a_value_is_refused(depot: Depot, query: str) -> None:
    said = depot("GET", f"{OF}?{query}")

    assert (said.status, said.detail) == (400, "Records are looked up by key and value together")


def test_a_key_that_a_collection_does_not_have_is_told_with_those_it_has(depot: Depot) -> None:
    said = depot("GET", f"{OF}?key=flor&value=1")

    assert (said.status, said.json["nearest"][0]) == (400, "floor")
    assert "has no key 'flor'; it has floor" in said.detail
    assert "it has none" in depot("GET", f"{NOTE}?key=a&value=1").detail


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", ""), ("GET", "/1"), ("PUT", "/1"), ("DELETE", "/1"), ("POST", "/1/step")],
)
def test_a_collection_that_does_not_exist_is_told_with_the_nearest(
    depot: Depot, method: str, path: str
) -> None:
    body: Any = {} if method == "PUT" else None

    said = depot(method, f"/records/parcels{path}", body)

    assert (said.status, said.json["nearest"][0]) == (404, PARCELS.name)
    nowhere = f"/__admin/sessions/nobody/records/{PARCELS.name}{path}"
    assert depot(method, nowhere, body).status == 404


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("DELETE", ""), ("POST", "/step")])
def test_a_record_that_does_not_exist_is_told_with_the_nearest(
    depot: Depot, method: str, path: str
) -> None:
    name = depot.send()

    said = depot(method, f"{OF}/P-01{path}")

    assert (said.status, said.json["nearest"]) == (404, [name])


def test_secrets_in_records_are_not_told(depot: Depot) -> None:
    name = depot.send(token="hunter2", to="Bearer abc.def")

    said = depot("GET", f"{OF}/{name}")

    assert said.json["data"]["token"] == "(redacted)"
    assert said.json["data"]["to"] == "Bearer (redacted)"
    assert "hunter2" not in str(depot("GET", OF).json)
    assert depot.session.records.get(PARCELS.name, name).data["token"] == "hunter2"  # type: ignore[union-attr]


# seeds


@pytest.mark.parametrize("path", ["", f"/{PARCELS.name}", f"/{PARCELS.name}/seed"])
def test_what_a_default_scenario_gives_is_there_whoever_looks_first(path: str) -> None:
    depot = depot_of(given={PARCELS.name: [SEED]})

    said = depot("GET", f"/records{path}")

    assert said.status == 200
    assert depot.session.records.count(PARCELS.name) == 1


def test_what_is_given_does_not_come_back_over_a_record_that_was_put() -> None:
    depot = depot_of(given={PARCELS.name: [SEED]})

    said = depot("PUT", f"{OF}/seed", {"state": "DELIVERED"})

    assert said.status == 200
    assert depot.ask("GET", "/parcels/seed").json["state"] == "DELIVERED"


def test_a_seed_that_was_dropped_stays_away_until_the_reset() -> None:
    depot = depot_of(given={PARCELS.name: [SEED]})

    assert depot("DELETE", f"{OF}/seed").status == 204
    assert depot.ask("GET", "/parcels/seed").status == 404
    depot("POST", "/reset")

    assert depot("GET", f"{OF}/seed").status == 200


def test_records_of_all_apis_are_there_with_what_any_scenario_gives() -> None:
    depot = depot_of(given={NOTES.name: [{"name": "n"}]})

    assert ids(depot("GET", NOTE)) == ["n"]


def test_another_session_begins_empty() -> None:
    depot = depot_of(given={PARCELS.name: [SEED]})
    depot("POST", "/__admin/sessions", {"name": "mine"})

    assert depot("GET", f"/__admin/sessions/mine/records/{PARCELS.name}").json["total"] == 0


# put and drop


def test_a_record_that_is_put_is_found_by_the_api_and_goes_on_its_course(depot: Depot) -> None:
    said = depot("PUT", f"{OF}/X-1", {"number": "X-1", "state": "SENT", "to": "ann"})

    assert said.status == 201
    assert said.headers["location"] == f"/__admin/sessions/default{OF}/X-1"
    assert said.json == depot("GET", f"{OF}/X-1").json
    assert (said.json["phase"], said.json["due"]) == ("SENT", "2026-01-17T12:00:00.000Z")
    assert said.json["data"]["at"] == "2026-01-15T12:00:00.000Z", "what is completed"
    assert depot.ask("GET", "/parcels/X-1").json["to"] == "ann"
    depot("POST", "/clock/advance", {"until": "next"})
    assert depot.ask("GET", "/parcels/X-1").json["state"] == "DELIVERED"


def test_a_record_that_is_put_takes_the_place_of_the_one_that_was_there(depot: Depot) -> None:
    name = depot.send(to="ann", floor=3)

    said = depot("PUT", f"{OF}/{name}", {"state": "DELIVERED"})

    assert said.status == 200
    assert said.json["data"].keys() == {"state", "number", "at"}
    assert ids(depot("GET", f"{OF}?key=to&value=ann")) == []
    assert depot("GET", OF).json["total"] == 1


def test_what_follows_at_once_has_happened_when_a_record_was_put() -> None:
    depot = depot_of({"PACKED": "at once", "SENT": "at once"})

    said = depot("PUT", f"{OF}/X-1", {"state": "PACKED"})

    assert (said.status, said.json["data"]["state"]) == (201, "DELIVERED")


def test_data_of_another_shape_are_refused_with_all_that_is_wrong(depot: Depot) -> None:
    said = depot("PUT", f"{OF}/X-1", {"state": "PACKD", "florr": 1, "floor": "one"})

    assert said.status == 400
    found = {each["pointer"]: each for each in said.json["findings"]}
    assert found.keys() == {"", "/state", "/floor"}
    assert (found["/state"]["nearest"], found[""]["nearest"]) == ("PACKED", "floor")
    assert found["/state"]["allowed"] == "PACKED, SENT, DELIVERED, BROKEN, TURNING"
    assert (found["/floor"]["reason"], found["/floor"]["allowed"]) == ("found string", "integer")
    assert depot("GET", f"{OF}/X-1").status == 404


@pytest.mark.parametrize("body", [[], "PACKED", 5, None])
def test_data_that_are_no_object_are_refused(depot: Depot, body: Any) -> None:
    assert depot("PUT", f"{OF}/X-1", body).status == 400


def test_data_that_are_nested_beyond_reason_are_refused(depot: Depot) -> None:
    nested: Any = 1
    for _ in range(250):
        nested = [nested]

    assert depot("PUT", f"{OF}/X-1", {"state": "PACKED", "to": nested}).status == 400


def test_the_identity_of_the_data_has_to_be_that_of_the_path(depot: Depot) -> None:
    said = depot("PUT", f"{OF}/X-1", {"number": "X-2", "state": "PACKED"})

    assert (said.status, said.json["nearest"]) == (400, ["X-2"])
    assert said.detail == "The data are those of the record 'X-2', by number"
    assert depot("GET", OF).json["total"] == 0


def test_an_identity_of_several_members_has_to_be_written(depot: Depot) -> None:
    said = depot("PUT", f"{CRATE}/2:7", {"state": "PACKED", "number": "7"})

    assert (said.status, said.json["findings"][0]["allowed"]) == (400, "`floor`")
    whole = {"state": "PACKED", "number": "7", "floor": "2"}
    assert depot("PUT", f"{CRATE}/2:7", whole).status == 201
    assert "by floor, number" in depot("PUT", f"{CRATE}/7:2", whole).detail


def test_what_belongs_to_another_record_cannot_be_put(depot: Depot) -> None:
    depot("PUT", f"{OF}/X-1", {"state": "PACKED", "token": "t"})

    said = depot("PUT", f"{OF}/X-2", {"state": "PACKED", "token": "t"})

    assert said.status == 409
    assert f"belongs to {PARCELS.name}:X-1" in said.detail
    assert depot("GET", f"{OF}/X-2").status == 404
    assert depot("PUT", f"{OF}/X-1", {"state": "SENT", "token": "t"}).status == 200


def test_beyond_the_ceiling_no_record_is_put(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depot.session.records, "_most", 1)
    name = depot.send()

    said = depot("PUT", f"{OF}/X-1", {"state": "PACKED"})

    assert said.status == 503
    assert "1 are the most" in said.detail
    assert depot("PUT", f"{OF}/{name}", {"state": "SENT"}).status == 200


def test_a_record_that_was_dropped_is_gone_for_the_api_too(depot: Depot) -> None:
    name = depot.send(token="t")

    assert depot("DELETE", f"{OF}/{name}").status == 204

    assert depot.ask("GET", f"/parcels/{name}").status == 404
    assert depot("DELETE", f"{OF}/{name}").status == 404
    assert depot("GET", "/clock").json["next_due"] is None
    assert depot("PUT", f"{OF}/X-1", {"state": "PACKED", "token": "t"}).status == 201


NAMES = ["a b", "a/b", "é€😀", "50%", "a?b#c", "a+b", "..", "%2F", '"', "a:b", "%3A"]


@pytest.mark.parametrize("name", NAMES)
def test_an_id_travels_percent_encoded(depot: Depot, name: str) -> None:
    path = f"{OF}/{quote(identified(name), safe='')}"

    said = depot("PUT", path, {"state": "PACKED"})

    assert (said.status, said.json["id"]) == (201, identified(name))
    assert said.json["data"]["number"] == name
    assert depot("GET", said.headers["location"]).json == said.json
    assert depot("POST", f"{path}/step").json["record"]["phase"] == "SENT"
    assert depot("DELETE", path).status == 204


def test_a_colon_inside_of_an_identity_is_encoded_in_the_id(depot: Depot) -> None:
    data = {"floor": "2:3", "number": "7", "state": "PACKED"}

    assert depot("PUT", f"{CRATE}/2:3:7", data).json["nearest"] == ["2%3A3:7"]
    said = depot("PUT", f"{CRATE}/2%253A3:7", data)

    assert (said.status, said.json["id"]) == (201, "2%3A3:7")
    assert depot("GET", f"{CRATE}/2%253A3%3A7").json["data"]["floor"] == "2:3"


@pytest.mark.parametrize(("path", "meant"), [("a:b", "a%3Ab"), ("50%25", "50%25")])
def test_an_id_that_is_not_encoded_is_told_as_it_has_to_be(
    depot: Depot, path: str, meant: str
) -> None:
    said = depot("PUT", f"{OF}/{path}", {"state": "PACKED"})

    assert (said.status, said.json["nearest"]) == (400, [meant])


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20))
def test_any_text_may_be_an_identity(text: str) -> None:
    depot = depot_of()

    said = depot("PUT", f"{OF}/{quote(identified(text), safe='')}", {"state": "PACKED"})

    assert (said.status, said.json["data"]["number"]) == (201, text)
    assert depot("GET", said.headers["location"]).json == said.json


def test_an_id_with_slashes_travels_through_the_application(call: Any) -> None:
    app = App(Settings())
    data = WORKFLOW | {"subject": "a/b:é"}
    name = quote(identified(*(data[each] for each in list(data)[:5])), safe="")
    path = f"/__admin/sessions/default/records/workflows/{name}"

    made = call(app, "PUT", path, json=data)

    assert (made.status, made.headers["location"]) == (201, path)
    assert call(app, "GET", path).json["data"] == data
    assert call(app, "DELETE", path).status == 204


# step


def test_a_phase_ends_by_hand_as_its_course_says(by_hand: Depot) -> None:
    name = by_hand.send()
    assert by_hand("POST", "/clock/advance", {"until": "idle"}).json["fired"] == []

    said = by_hand("POST", f"{OF}/{name}/step")

    assert said.status == 200
    assert said.json["fired"] == [
        {
            "at": "2026-01-15T12:00:00.000Z",
            "collection": PARCELS.name,
            "id": name,
            "from": "PACKED",
            "to": "SENT",
            "stopped": False,
            "scenarios": [],
        }
    ]
    assert said.json["record"] == by_hand("GET", f"{OF}/{name}").json
    assert by_hand.ask("GET", f"/parcels/{name}").json["state"] == "SENT"


@pytest.mark.parametrize("step", [{"after": "9h"}, {"polls": 9}])
def test_a_phase_that_waits_for_something_else_ends_by_hand_too(step: Any) -> None:
    depot = depot_of({"PACKED": step, "SENT": "by hand"})
    depot.freeze()
    name = depot.send()

    depot("POST", f"{OF}/{name}/step")

    record = depot("GET", f"{OF}/{name}").json
    assert (record["phase"], record["due"], record["polls"]) == ("SENT", None, 0)
    assert depot("POST", "/clock/advance", {"by": "1d"}).json["fired"] == []


def test_what_follows_a_step_at_once_has_happened_too() -> None:
    depot = depot_of({"PACKED": "by hand", "SENT": "at once"})
    name = depot.send()

    said = depot("POST", f"{OF}/{name}/step", {})

    assert [each[:14] for each in led(said)] == ["PACKED>SENT 01", "SENT>DELIVERED"]
    assert said.json["record"]["phase"] == "DELIVERED"


def test_the_outcome_of_a_step_may_be_chosen(by_hand: Depot) -> None:
    name = by_hand.send(fragile=True)
    by_hand("POST", f"{OF}/{name}/step")

    said = by_hand("POST", f"{OF}/{name}/step", {"then": "BROKEN", "code": "B1"})

    assert said.json["record"]["phase"] == "BROKEN"
    gone = by_hand("POST", f"{OF}/{name}/step")
    assert (gone.json["record"], gone.json["fired"][0]["to"]) == (None, None)
    assert by_hand("GET", f"{OF}/{name}").status == 404


def test_without_an_outcome_that_of_the_course_counts() -> None:
    depot = depot_of({"PACKED": "at once", "SENT": {"after": "9h", "then": "BROKEN"}})
    name = depot.send(fragile=True)

    assert depot("POST", f"{OF}/{name}/step").json["fired"][0]["to"] == "BROKEN"


def test_an_outcome_that_a_phase_does_not_have_is_told_with_those_it_has(by_hand: Depot) -> None:
    name = by_hand.send()
    by_hand("POST", f"{OF}/{name}/step")

    said = by_hand("POST", f"{OF}/{name}/step", {"then": "BROKN"})

    assert (said.status, said.json["nearest"]) == (400, ["BROKEN", "DELIVERED"])
    assert said.detail == "There is no outcome 'BROKN' of SENT; there are BROKEN, DELIVERED"
    assert by_hand("GET", f"{OF}/{name}").json["phase"] == "SENT"


def test_an_outcome_that_is_not_for_this_record_is_refused_with_the_reason(by_hand: Depot) -> None:
    name = by_hand.send()
    by_hand("POST", f"{OF}/{name}/step")

    said = by_hand("POST", f"{OF}/{name}/step", {"then": "BROKEN"})

    assert (said.status, said.detail) == (409, "BROKEN follows SENT only for: it is fragile")
    assert by_hand("GET", f"{OF}/{name}").json["phase"] == "SENT"


def test_a_tolerant_lifecycle_may_be_asked_for_any_state_and_nothing_follows(
    depot: Depot,
) -> None:
    path = f"{CRATE}/1:1"
    depot("PUT", path, {"floor": "1", "number": "1", "state": "PACKED"})
    before = depot("GET", path).json

    said = depot("POST", f"{path}/step", {"then": "TURNING"})

    assert (said.status, led(said)) == (200, ["PACKED>PACKED 01-15T12:00"])
    assert said.json["record"] == before
    assert depot("POST", f"{path}/step", {"then": "NOWHERE"}).status == 400
    assert led(depot("POST", "/clock/advance", {"until": "next"})) == ["PACKED>SENT 01-15T13:00"]


def test_a_record_that_stays_for_ever_cannot_be_stepped() -> None:
    depot = depot_of({"PACKED": "never"})
    name = depot.send()

    said = depot("POST", f"{OF}/{name}/step")

    assert said.status == 409
    assert "stays in PACKED for ever, as its course says" in said.detail


@pytest.mark.parametrize(
    ("path", "data", "detail"),
    [
        (f"{OF}/1", {"state": "DELIVERED"}, "waits for nothing in DELIVERED"),
        (f"{NOTE}/1", {}, "waits for nothing"),
    ],
)
def test_a_record_that_waits_for_nothing_cannot_be_stepped(
    depot: Depot, path: str, data: Any, detail: str
) -> None:
    assert depot("PUT", path, data).status == 201

    said = depot("POST", f"{path}/step")

    assert (said.status, said.detail.partition(" waits")[1]) == (409, " waits")
    assert said.detail.endswith(detail)


def test_a_phase_that_is_interrupted_cannot_be_stepped(by_hand: Depot) -> None:
    name = by_hand.send()
    record = by_hand.session.records.get(PARCELS.name, name)
    assert record is not None
    by_hand.session.records.commit([interrupted(record, by_hand.session.moment())])

    said = by_hand("POST", f"{OF}/{name}/step")

    assert (said.status, said.detail.endswith("waits for nothing in PACKED")) == (409, True)


def test_a_step_that_would_take_what_belongs_to_another_record_changes_nothing() -> None:
    depot = depot_of({"PACKED": "at once", "SENT": {"after": "1h"}})
    depot.freeze()
    name = depot.send(to="ann")
    depot.send(token="ann")
    before = depot("GET", f"{OF}/{name}").json

    said = depot("POST", f"{OF}/{name}/step", {"code": "C"})

    assert said.status == 409
    assert "token ann belongs to" in said.detail
    assert "; nothing is changed" in said.detail
    assert depot("GET", f"{OF}/{name}").json == before
    stopped = depot("POST", "/clock/advance", {"until": "next"}).json["fired"][0]
    assert (stopped["id"], stopped["stopped"]) == (name, True)


def test_a_step_for_which_there_is_no_room_changes_nothing(
    by_hand: Depot, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = by_hand.send(to="ann")
    by_hand("POST", f"{OF}/{name}/step")
    monkeypatch.setattr(by_hand.session.records, "_most", 1)

    said = by_hand("POST", f"{OF}/{name}/step")

    assert said.status == 503
    assert by_hand("GET", f"{OF}/{name}").json["phase"] == "SENT"


@pytest.mark.parametrize("body", [{"then": ""}, {"than": "SENT"}, {"code": 5}, []])
def test_a_step_of_another_shape_is_refused(by_hand: Depot, body: Any) -> None:
    name = by_hand.send()

    assert by_hand("POST", f"{OF}/{name}/step", body).status == 400
    assert by_hand("GET", f"{OF}/{name}").json["phase"] == "PACKED"


# what requests did


def test_an_exchange_tells_what_it_made_changed_and_ended(depot: Depot) -> None:
    made = depot.ask("POST", "/parcels", {"token": "hunter2"})
    name = made.json["number"]
    gone = depot.ask("DELETE", f"/parcels/{name}")

    shown = {"state": "PACKED", "number": name, "token": "(redacted)"}
    of = {"collection": PARCELS.name, "id": name}
    assert depot.explained(made)["records"] == [of | {"before": None, "after": shown}]
    assert depot.explained(gone)["records"] == [of | {"before": shown, "after": None}]
    assert depot.explained(gone)["records_more"] == 0


def test_an_exchange_tells_what_was_due_before_it() -> None:
    depot = depot_of()
    names = [depot.send() for _ in range(RECORDS_MAX + 3)]
    depot.wall.now += timedelta(hours=1)

    told = depot.explained(depot.ask("GET", f"/parcels/{names[0]}"))

    assert [each["id"] for each in told["fired"]] == names[:RECORDS_MAX]
    assert told["fired_more"] == 3
    assert told["fired"][0] == {
        "at": "2026-01-15T13:00:00.000Z",
        "collection": PARCELS.name,
        "id": names[0],
        "from": "PACKED",
        "to": "SENT",
        "stopped": False,
        "scenarios": [],
    }
    assert told["records"] == []
