"""The admin API moves the clock of a session, and tells what happened meanwhile."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mockserver.clock import stamp
from mockserver.server import clocks
from tests.server.parcels import PARCELS, Depot, depot_of, led

AT = "2026-01-15T12:00:00.000Z"
TURNING = {"PACKED": "never", "TURNING": {"after": "1h"}}


@pytest.fixture
def depot() -> Depot:
    """Parcels that take time, on a clock that stands still at noon."""
    made = depot_of()
    made.freeze()
    return made


def records(depot: Depot, name: str) -> Any:
    return depot("GET", f"/records/{PARCELS.name}/{name}").json


def turning(depot: Depot) -> None:
    """Put a parcel that never comes to rest."""
    said = depot("PUT", f"/records/{PARCELS.name}/round", {"state": "TURNING"})
    assert said.status == 201


# what it shows


def test_a_clock_is_real_until_a_test_takes_hold_of_it() -> None:
    depot = depot_of()

    told = depot("GET", "/clock").json

    assert told == {"mode": "real", "factor": 1.0, "now": AT, "next_due": None}


def test_the_next_moment_at_which_something_is_due_is_told(depot: Depot) -> None:
    depot.send()

    assert depot("GET", "/clock").json["next_due"] == "2026-01-15T13:00:00.000Z"


def test_what_is_due_happens_before_anyone_looks_at_the_clock() -> None:
    depot = depot_of()
    depot.send()
    depot.wall.now += timedelta(hours=2)

    assert depot("GET", "/clock").json["next_due"] == "2026-01-17T13:00:00.000Z"


def test_a_frozen_clock_stands_still_while_the_wall_clock_goes_on(depot: Depot) -> None:
    depot.wall.now += timedelta(hours=2)

    assert depot("GET", "/clock").json == {
        "mode": "frozen",
        "factor": 0.0,
        "now": AT,
        "next_due": None,
    }


def test_a_clock_is_frozen_where_it_stands() -> None:
    depot = depot_of()
    depot.wall.now += timedelta(minutes=5, microseconds=1)
    told = depot("PUT", "/clock", {"mode": "frozen"}).json
    depot.wall.now += timedelta(hours=1)

    assert told["now"] == "2026-01-15T12:05:00.001Z"
    assert depot("GET", "/clock").json == told


def test_a_scaled_clock_goes_faster_from_where_it_stands(depot: Depot) -> None:
    depot("PUT", "/clock", {"mode": "scaled", "factor": 3600})
    depot.wall.now += timedelta(seconds=2)

    told = depot("GET", "/clock").json

    assert told == {"mode": "scaled", "factor": 3600.0, "now": AT.replace("12:", "14:")} | {
        "next_due": None
    }


def test_a_real_clock_at_a_moment_goes_on_from_there() -> None:
    depot = depot_of()
    depot("PUT", "/clock", {"mode": "real", "at": "2027-01-01T00:00:00+01:00"})
    depot.wall.now += timedelta(seconds=5)

    assert depot("GET", "/clock").json["now"] == "2026-12-31T23:00:05.000Z"


def test_a_clock_that_is_real_again_shows_the_wall_clock(depot: Depot) -> None:
    depot.wall.now += timedelta(days=1)

    told = depot("PUT", "/clock", {"mode": "real"}).json

    assert told == {"mode": "real", "factor": 1.0, "now": AT.replace("15T", "16T")} | {
        "next_due": None
    }


def test_a_clock_that_is_set_forward_lets_happen_what_is_due_until_then(depot: Depot) -> None:
    name = depot.send()

    depot("PUT", "/clock", {"mode": "frozen", "at": "2026-01-15T13:00:00Z"})

    assert records(depot, name)["data"]["state"] == "SENT"


def test_a_clock_that_is_set_back_undoes_nothing(depot: Depot) -> None:
    name = depot.send()
    depot("POST", "/clock/advance", {"by": "1h"})

    told = depot("PUT", "/clock", {"mode": "frozen", "at": "2026-01-01"}).json

    assert (told["now"], told["next_due"]) == (
        "2026-01-01T00:00:00.000Z",
        "2026-01-17T13:00:00.000Z",
    )
    assert records(depot, name)["data"]["state"] == "SENT"


def test_what_is_told_to_be_due_happens_when_the_clock_is_set_to_it() -> None:
    depot = depot_of({"PACKED": {"after": "1h", "jitter": "1h"}})
    name = depot.send()
    due = depot("GET", "/clock").json["next_due"]
    record = depot.session.records.get(PARCELS.name, name)
    assert record is not None
    assert record.progress.due is not None
    assert stamp(record.progress.due) == due

    told = depot("PUT", "/clock", {"mode": "frozen", "at": due}).json

    assert told["now"] == due
    assert records(depot, name)["data"]["state"] != "PACKED"


@pytest.mark.parametrize(
    "setting",
    [
        {},
        {"mode": "stopped"},
        {"mode": "scaled"},
        {"mode": "scaled", "factor": 0},
        {"mode": "scaled", "factor": -1},
        {"mode": "scaled", "factor": 1_000_001},
        {"mode": "frozen", "factor": 2},
        {"mode": "real", "factor": 1},
        {"mode": "frozen", "at": ""},
        {"mode": "frozen", "at": "noon"},
        {"mode": "frozen", "at": "1969-12-31T23:59:59Z"},
        {"mode": "frozen", "at": "9000-01-01T00:00:01Z"},
        {"mode": "frozen", "at": 5},
        {"mode": "frozen", "zone": "UTC"},
    ],
)
def test_a_clock_that_cannot_be_set_so_stays_as_it_is(depot: Depot, setting: Any) -> None:
    before = depot("GET", "/clock").json

    said = depot("PUT", "/clock", setting)

    assert (said.status, said.headers["content-type"]) == (400, "application/problem+json")
    assert depot("GET", "/clock").json == before
    assert depot("POST", "/__admin/sessions", {"clock": setting}).status == 400
    assert len(list(depot.engine.sessions)) == 1


def test_a_bad_moment_is_told_with_what_is_allowed(depot: Depot) -> None:
    said = depot("PUT", "/clock", {"mode": "frozen", "at": "noon"})

    assert said.detail == "'noon' is no moment; allowed: ISO 8601, such as 2026-01-15T12:00:00Z"
    early = depot("PUT", "/clock", {"mode": "frozen", "at": "1815-06-18"})
    assert early.detail == "A clock can show the years 1970 to 8999"


# going on


def test_a_span_passes_with_all_that_is_due_in_it(depot: Depot) -> None:
    name = depot.send()

    said = depot("POST", "/clock/advance", {"by": "72h"})

    assert said.status == 200
    assert said.json == {
        "from": AT,
        "now": "2026-01-18T12:00:00.000Z",
        "idle": True,
        "fired": [
            {
                "at": "2026-01-15T13:00:00.000Z",
                "collection": PARCELS.name,
                "id": name,
                "from": "PACKED",
                "to": "SENT",
                "stopped": False,
                "scenarios": [],
            },
            {
                "at": "2026-01-17T13:00:00.000Z",
                "collection": PARCELS.name,
                "id": name,
                "from": "SENT",
                "to": "DELIVERED",
                "stopped": False,
                "scenarios": [],
            },
        ],
        "ceiling": "",
    }


def test_what_happens_does_so_in_the_order_in_which_it_was_due(depot: Depot) -> None:
    first = depot.send()
    depot("POST", "/clock/advance", {"by": "30m"})
    second = depot.send()

    said = depot("POST", "/clock/advance", {"by": "1d"})

    assert [each["id"] for each in said.json["fired"]] == [first, second]


def test_a_clock_goes_on_to_a_moment(depot: Depot) -> None:
    said = depot("POST", "/clock/advance", {"to": "2026-02-01T00:00:00Z"})

    assert said.json["now"] == "2026-02-01T00:00:00.000Z"
    assert depot("GET", "/clock").json["mode"] == "frozen"


def test_a_clock_goes_on_to_what_is_due_next_and_no_farther(depot: Depot) -> None:
    depot.send()

    first = depot("POST", "/clock/advance", {"until": "next"})
    second = depot("POST", "/clock/advance", {"until": "next"})

    assert led(first) == ["PACKED>SENT 01-15T13:00"]
    assert (first.json["now"], first.json["idle"]) == ("2026-01-15T13:00:00.000Z", False)
    assert led(second) == ["SENT>DELIVERED 01-17T13:00"]
    assert (second.json["now"], second.json["idle"]) == ("2026-01-17T13:00:00.000Z", True)


@pytest.mark.parametrize("until", ["next", "idle"])
def test_a_clock_stays_where_nothing_is_due(until: str) -> None:
    depot = depot_of()
    depot.send()
    depot("POST", "/clock/advance", {"until": "idle"})
    before = depot("GET", "/clock").json

    said = depot("POST", "/clock/advance", {"until": until})

    assert said.json["fired"] == []
    assert said.json["idle"] is True
    assert depot("GET", "/clock").json == before


def test_what_was_due_already_happens_before_what_is_due_next() -> None:
    depot = depot_of({"PACKED": "at once", "SENT": {"after": "1h"}})
    depot.freeze()
    depot.send()

    said = depot("POST", "/clock/advance", {"until": "next"})

    assert led(said) == ["PACKED>SENT 01-15T12:00", "SENT>DELIVERED 01-15T13:00"]


def test_a_clock_goes_on_until_nothing_is_due(depot: Depot) -> None:
    depot.send()
    depot.send(fragile=True)

    said = depot("POST", "/clock/advance", {"until": "idle"})

    assert len(led(said)) == 4
    assert (said.json["now"], said.json["idle"]) == ("2026-01-17T13:00:00.000Z", True)


def test_a_record_that_is_gone_is_told_so() -> None:
    depot = depot_of({"SENT": {"after": "1h", "then": "BROKEN"}, "BROKEN": {"after": "1h"}})
    depot.freeze()
    depot.send(fragile=True)

    said = depot("POST", "/clock/advance", {"until": "idle"})

    assert led(said)[-2:] == ["SENT>BROKEN 01-15T13:00", "BROKEN>None 01-15T14:00"]


def test_a_clock_that_is_not_frozen_goes_on_from_there() -> None:
    depot = depot_of()
    depot("POST", "/clock/advance", {"by": "1d"})
    depot.wall.now += timedelta(seconds=1)

    told = depot("GET", "/clock").json

    assert (told["mode"], told["now"]) == ("real", "2026-01-16T12:00:01.000Z")


def test_a_record_that_goes_round_in_a_circle_is_stopped_and_told() -> None:
    depot = depot_of({"TURNING": "at once"})
    depot.freeze()
    data = {"number": "round", "state": "TURNING"}
    again = depot.engine.staging.adopt(depot.session, PARCELS, data)
    depot.session.records.commit([again])

    said = depot("POST", "/clock/advance", {"by": "0s"})

    assert [each["stopped"] for each in said.json["fired"]][-2:] == [False, True]
    assert said.json["idle"] is True


def test_a_cycle_without_an_end_stops_at_the_ceiling_of_time() -> None:
    depot = depot_of({"TURNING": {"after": "3000d"}})
    depot.freeze()
    turning(depot)

    said = depot("POST", "/clock/advance", {"until": "idle"})

    assert led(said) == ["TURNING>TURNING 04-03T12:00"]
    assert (said.json["now"], said.json["idle"]) == ("2034-04-03T12:00:00.000Z", False)
    assert said.json["ceiling"] == (
        "What is due next, at 2042-06-20T12:00:00.000Z, is more than 3650 days away"
    )


@pytest.mark.parametrize("asked", [{"until": "idle"}, {"by": "10d"}, {"to": "2026-01-25"}])
def test_a_cycle_without_an_end_stops_at_the_ceiling_of_transitions(
    monkeypatch: pytest.MonkeyPatch, asked: Any
) -> None:
    monkeypatch.setattr(clocks, "FIRED_MAX", 10)
    depot = depot_of(TURNING)
    depot.freeze()
    turning(depot)

    said = depot("POST", "/clock/advance", asked)

    assert len(said.json["fired"]) == 10
    assert (said.json["now"], said.json["idle"]) == ("2026-01-15T22:00:00.000Z", False)
    assert said.json["ceiling"] == (
        "10 transitions have happened, the most of one call, and more are due:"
        " the clock stands at 2026-01-15T22:00:00.000Z"
    )
    assert depot("GET", "/clock").json["now"] == said.json["now"]


def test_exactly_as_many_transitions_as_may_be_are_no_ceiling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clocks, "FIRED_MAX", 2)
    depot = depot_of()
    depot.freeze()
    depot.send()

    said = depot("POST", "/clock/advance", {"by": "5d"})

    assert (len(said.json["fired"]), said.json["ceiling"]) == (2, "")
    assert said.json["now"] == "2026-01-20T12:00:00.000Z"


def test_a_clock_that_is_set_too_far_forward_stands_at_the_ceiling_and_can_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(clocks, "FIRED_MAX", 10)
    depot = depot_of(TURNING)
    depot.freeze()
    turning(depot)
    setting = {"mode": "frozen", "at": "2026-01-16T00:30:00Z"}

    first, second = depot("PUT", "/clock", setting), depot("PUT", "/clock", setting)

    assert first.status == 409
    assert "the clock stands at 2026-01-15T22:00:00.000Z; ask again to go on" in first.detail
    assert (second.status, second.json["now"]) == (200, "2026-01-16T00:30:00.000Z")


def test_the_ceilings_are_those_that_are_documented() -> None:
    document = Path(clocks.__file__).with_name("admin.yaml").read_text()

    assert f"most {clocks.FIRED_MAX} transitions" in " ".join(document.split())
    assert f"at most {clocks.IDLE_MAX.days} days far" in " ".join(document.split())


def test_thousands_of_transitions_are_brought_about_by_one_call() -> None:
    depot = depot_of({"PACKED": {"after": "1h"}, "SENT": {"after": "1h"}})
    depot.freeze()
    for number in range(5_000):
        data = {"number": str(number), "state": "PACKED"}
        record = depot.engine.staging.adopt(depot.session, PARCELS, data)
        depot.session.records.commit([record])

    said = depot("POST", "/clock/advance", {"until": "idle"})

    assert len(said.json["fired"]) == 10_000
    assert (said.json["idle"], said.json["ceiling"]) == (True, "")
    assert [each["id"] for each in said.json["fired"][:3]] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("asked", "status", "detail"),
    [
        ({}, 400, "at least 1 member"),
        ({"by": "1h", "to": "2026-02-01T00:00:00Z"}, 400, "at most 1 member"),
        ({"by": "1h", "until": "idle"}, 400, "at most 1 member"),
        ({"by": "-1h"}, 400, "-1h"),
        ({"by": "an hour"}, 400, "an hour"),
        ({"by": ""}, 400, "body /by"),
        ({"by": 3600}, 400, "body /by"),
        ({"after": "1h"}, 400, "The field 'after' is not known"),
        ({"by": "36501d"}, 400, "'36501d' is more than 36500 days"),
        ({"to": "noon"}, 400, "'noon' is no moment; allowed: ISO 8601"),
        ({"to": "9999-01-01"}, 400, "A clock can show the years 1970 to 8999"),
        ({"to": "2026-01-15T11:59:59.999Z"}, 409, "The clock shows 2026-01-15T12:00:00.000Z"),
        ({"until": "forever"}, 400, 'must be one of "next", "idle"'),
    ],
)
def test_an_advance_that_cannot_be_meant_is_refused(
    depot: Depot, asked: Any, status: int, detail: str
) -> None:
    said = depot("POST", "/clock/advance", asked)

    assert said.status == status
    assert detail in said.detail
    assert depot("GET", "/clock").json["now"] == AT


def test_a_clock_does_not_go_beyond_the_years_that_it_can_show(depot: Depot) -> None:
    depot("PUT", "/clock", {"mode": "frozen", "at": "8999-06-01"})

    said = depot("POST", "/clock/advance", {"by": "365d"})

    assert (said.status, said.detail) == (400, "A clock can show the years 1970 to 8999")


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("PUT", ""), ("POST", "/advance")])
def test_the_clock_of_a_session_that_does_not_exist_is_404(
    depot: Depot, method: str, path: str
) -> None:
    body = {"POST": {"by": "1h"}, "PUT": {"mode": "real"}}.get(method)

    assert depot(method, f"/__admin/sessions/nobody/clock{path}", body).status == 404


# sessions


def test_the_clocks_of_two_sessions_are_two(depot: Depot) -> None:
    depot("POST", "/__admin/sessions", {"name": "other"})

    depot("POST", "/clock/advance", {"by": "1d"})

    assert depot("GET", "/__admin/sessions/other/clock").json["now"] == AT


@pytest.mark.parametrize(
    ("setting", "begins"),
    [
        ({"mode": "frozen", "at": "2026-03-01T00:00:00Z"}, "2026-03-01T00:00:00.000Z"),
        ({"mode": "frozen"}, AT),
        ({"mode": "scaled", "factor": 60, "at": "2026-03-01"}, "2026-03-01T00:00:00.000Z"),
        ({"mode": "scaled", "factor": 60}, AT),
        ({"mode": "real", "at": "2026-03-01"}, "2026-03-01T00:00:00.000Z"),
    ],
)
def test_a_reset_comes_back_to_the_clock_that_the_session_was_made_with(
    setting: Any, begins: str
) -> None:
    depot = depot_of()
    depot("POST", "/__admin/sessions", {"name": "mine", "clock": setting})
    mine = "/__admin/sessions/mine"
    made = depot("GET", f"{mine}/clock").json
    depot.wall.now += timedelta(hours=1)
    depot("POST", f"{mine}/clock/advance", {"by": "1d"})
    depot("PUT", f"{mine}/clock", {"mode": "scaled", "factor": 2})

    depot("POST", f"{mine}/reset")

    assert (made["now"], made["mode"]) == (begins, setting["mode"])
    assert depot("GET", f"{mine}/clock").json == made


def test_a_reset_without_a_clock_of_its_own_comes_back_to_the_wall_clock(depot: Depot) -> None:
    depot("POST", "/clock/advance", {"by": "1d"})
    depot.wall.now += timedelta(hours=1)

    depot("POST", "/reset")

    assert depot("GET", "/clock").json["mode"] == "real"
    assert depot("GET", "/clock").json["now"] == AT.replace("12:", "13:")


def test_what_a_default_scenario_gives_is_on_its_course_when_the_clock_goes_on() -> None:
    depot = depot_of(given={PARCELS.name: [{"number": "seed", "state": "PACKED"}]})
    depot.freeze()

    said = depot("POST", "/clock/advance", {"by": "1h"})

    assert [each["id"] for each in said.json["fired"]] == ["seed"]
    assert said.json["now"] == AT.replace("12:", "13:")


def test_an_advance_tells_what_was_overdue_too() -> None:
    depot = depot_of()
    depot.send()
    depot.wall.now += timedelta(hours=2)

    said = depot("POST", "/clock/advance", {"by": "0s"})

    assert led(said) == ["PACKED>SENT 01-15T13:00"]
