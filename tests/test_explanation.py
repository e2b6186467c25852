"""What people and programs are told about an exchange."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest

from mockserver import explanation
from mockserver.bindings import Binding
from mockserver.exchange import Exchange, FoundBy, Steering
from mockserver.explanation import record, summary, text
from mockserver.message import Json, Source
from mockserver.record import Progress, Record, Touched
from mockserver.session import told as resource_told
from mockserver.timeline import Fired
from tests.exchanges.samples import NOON, SAMPLES, TEXTS, considered, exchange, golden
from tests.scenarios.samples import create, engine_of, post, read, scenario, send

FILES = {name: content for sample in SAMPLES for name, content in golden(sample).items()}


@pytest.mark.parametrize("name", FILES)
def test_an_explanation_is_the_one_that_was_agreed_upon(name: str) -> None:
    assert FILES[name].decode() == (TEXTS / name).read_text()


def test_every_agreed_text_is_of_a_sample() -> None:
    kept = {file.name for file in TEXTS.iterdir() if file.suffix in {".txt", ".json"}}

    assert kept == set(FILES)


def test_a_summary_is_one_line_of_a_list() -> None:
    assert summary(SAMPLES["fault-before-the-delivery"]) == {
        "id": "ab12cd-1",
        "at": "2026-01-15T12:00:00.000Z",
        "session": "default",
        "method": "GET",
        "path": "/v1/orders/7",
        "query": "",
        "operation": "shop-v1/readOrder",
        "status": 200,
        "source": "example",
        "scenarios": ["common/answer-lost"],
        "fault": str(SAMPLES["fault-before-the-delivery"].steering.fault),
        "violations": 0,
        "ms": 0.25,
    }


def test_every_way_to_a_session_and_every_source_has_its_words() -> None:
    assert set(explanation.FOUND_BY) == set(FoundBy)
    assert set(explanation.ANSWERED) == set(Source)


def test_a_rule_that_only_lent_its_fault_is_not_said_to_have_answered() -> None:
    assert record(SAMPLES["fault-before-the-delivery"])["answered"] == "the documented example"


def test_the_last_rule_that_applied_is_the_one_that_answered() -> None:
    steering = Steering(
        considered=(considered("a/b#1", {}, applied=True), considered("a/c#1", {}, applied=True))
    )
    sample = exchange(source=Source.SCENARIO, steering=steering)

    assert record(sample)["answered"] == "the rule a/c#1"


def test_a_rule_that_let_the_request_through_is_not_said_to_have_answered() -> None:
    told = record(SAMPLES["let-through"])

    assert (told["answered"], told["scenarios"]) == ("the documented example", [])
    assert told["considered"][0] == {
        "rule": "common/unavailable#1",
        "summary": "",
        "chosen_by": "active in the session",
        "applied": True,
        "turn": 2,
        "through": True,
        "why_not": [],
    }
    assert "applied, turn 2 of 2: it let the request through" in text(SAMPLES["let-through"])


def test_a_reply_after_the_deed_is_told_with_the_success_it_stands_for() -> None:
    rule = {"on": "createThing", "after_deed": True, "reply": {"status": 503}}
    late = {"on": "*", "fault": {"delay": {"ms": 1}}}
    no = {"on": "createThing", "times": 1, "reply": {"status": 409}}
    engine = engine_of(
        [scenario("shop-v1/away", rule), scenario("shop-v1/late", late), scenario("shop-v1/no", no)]
    )

    refused = create(engine, X_Mock_Scenario="away, no")
    done = create(engine, X_Mock_Scenario="away, late")

    after = "after the deed and instead of 201 Created"
    assert record(done)["answered"] == f"the rule shop-v1/away#1, {after}"
    assert "shop-v1/away#1, named by the request: applied\n" in text(done)
    assert record(refused)["answered"] == "the rule shop-v1/no#1"
    nothing = "applied: nothing was done that it could reply after\n"
    assert f"shop-v1/away#1, named by the request: {nothing}" in text(refused)


def test_what_led_to_the_session_is_told() -> None:
    assert record(SAMPLES["let-through"])["led_by"] == "shop-v1 id 7"
    assert "the one that made the resource, shop-v1 id 7\n" in text(SAMPLES["let-through"])


def chosen_by(exchange: Exchange) -> dict[str, str]:
    """Who chose the scenario of each rule that was looked at."""
    return {each["rule"]: each["chosen_by"] for each in record(exchange)["considered"]}


def test_who_chose_a_scenario_is_told() -> None:
    late = {"on": "*", "fault": {"delay": {"ms": 1}}}
    engine = engine_of(
        [
            *(scenario(f"shop-v1/{name}", late) for name in ("asked", "active", "kept")),
            scenario("shop-v1/usual", late, default=True),
        ]
    )
    mine = engine.sessions.make("mine", scenarios=("shop-v1/active",))
    name = post(engine, mine, {"on": "readThing", "reply": {"status": 404}, "times": 1})
    assert chosen_by(read(engine, "T1")) == {"shop-v1/usual#1": "a default"}
    create(engine, "T1", X_Mock_Session="mine", X_Mock_Scenario="kept")

    first = read(engine, "T1", X_Mock_Session="mine", X_Mock_Scenario="asked")
    second = read(engine, "T1", X_Mock_Session="mine", X_Mock_Scenario="asked")

    assert chosen_by(first) == {
        "shop-v1/asked#1": "named by the request",
        name: "written on the spot",
    }
    assert chosen_by(second) == {
        "shop-v1/asked#1": "named by the request",
        name: "written on the spot",
        "shop-v1/active#1": "active in the session",
        "shop-v1/kept#1": "kept by the resource shop-v1 things/id T1",
        "shop-v1/usual#1": "a default",
    }


def test_the_binding_that_led_to_a_session_is_told_by_its_place() -> None:
    engine = engine_of()
    engine.sessions.bind(engine.sessions.make("mine"), Binding("headers", "X-Api-Key", "4711"))

    told = record(send(engine, "GET", "/things/T1", headers={"X-Api-Key": "4711"}))

    assert (told["session"], told["found_by"], told["led_by"]) == (
        *("mine", "binding"),
        "header x-api-key",
    )
    assert "4711" not in str(told)


def test_the_resource_that_led_to_a_session_is_told() -> None:
    engine = engine_of()
    create(engine, "T1", X_Mock_Session="mine")

    told = record(read(engine, "T1"))

    assert (told["session"], told["led_by"]) == ("mine", "shop-v1 things/id T1")
    assert record(read(engine, "T1", X_Mock_Session="mine"))["led_by"] == ""


@pytest.mark.parametrize(("name", "shown"), [("id", "T1"), ("token", "(redacted)")])
def test_a_resource_is_told_less_its_secret(name: str, shown: str) -> None:
    assert resource_told(("shop-v1", name, "T1")) == f"shop-v1 {name} {shown}"


def test_rules_that_are_not_told_of_are_counted() -> None:
    steering = Steering(considered=(considered("rule-1", {}),), more=800)

    assert record(exchange(steering=steering))["more"] == 800
    assert text(exchange(steering=steering)).endswith("and 800 more, which did not apply\n")


def parcel(
    phase: str = "", *, name: str = "P-1", polls: int = 0, due: datetime | None = None, **data: Json
) -> Record:
    """A record in a phase."""
    return Record("parcels", name, data, Progress(phase=phase, polls=polls, due=due))


SENT = parcel("SENT", to="ann")
CHANGES: Mapping[str, tuple[Record | None, Record | None]] = {
    "P-1: made": (None, SENT),
    "P-1: gone": (SENT, None),
    "P-1: SENT -> DELIVERED": (SENT, parcel("DELIVERED")),
    "P-1: nothing -> SENT": (parcel(), SENT),
    "P-1: SENT -> nothing": (SENT, parcel()),
    "P-1: changed, still SENT": (SENT, parcel("SENT", to="bob")),
    "P-1: changed": (parcel(to="ann"), parcel(to="bob")),
    "P-1: read, 1 to go in SENT": (parcel("SENT", polls=2), parcel("SENT", polls=1)),
    "P-1: read, 0 to go in SENT": (parcel("SENT", polls=1), parcel("SENT", due=NOON)),
}


@pytest.mark.parametrize("said", CHANGES)
def test_what_became_of_a_record_is_told_in_one_line(said: str) -> None:
    told = text(exchange(touched=[Touched(*CHANGES[said])]))

    assert f"\n  records     parcels {said}\n" in told


def test_records_are_told_whole_in_the_record_less_their_secrets() -> None:
    kept = parcel("SENT", token="hunter2", to=["Bearer abc.def"])
    sample = exchange(touched=[Touched(None, kept), Touched(kept, None)])

    data = {"token": "(redacted)", "to": ["Bearer (redacted)"]}
    of = {"collection": "parcels", "id": "P-1"}
    assert record(sample)["records"] == [
        of | {"before": None, "after": data},
        of | {"before": data, "after": None},
    ]
    assert kept.data["token"] == "hunter2"


def test_what_was_due_before_the_request_is_told_with_when_it_was_due() -> None:
    fired = [
        Fired(NOON, "parcels", "P-1", "SENT", "DELIVERED"),
        Fired(NOON, "parcels", "P-1", "SENT", None),
        Fired(NOON, "parcels", "P-1", "SENT", "SENT", stopped=True, scenarios=("a/slow",)),
    ]
    sample = exchange(fired=fired)

    at = "2026-01-15T12:00:00.000Z"
    of = {"at": at, "collection": "parcels", "id": "P-1", "from": "SENT"}
    assert record(sample)["fired"] == [
        of | {"to": "DELIVERED", "stopped": False, "scenarios": []},
        of | {"to": None, "stopped": False, "scenarios": []},
        of | {"to": "SENT", "stopped": True, "scenarios": ["a/slow"]},
    ]
    assert (
        f"\n  due before  {at} parcels P-1: SENT -> DELIVERED"
        f"\n              {at} parcels P-1: gone"
        f"\n              {at} parcels P-1: stopped in SENT, as a/slow had it\n"
    ) in text(sample)


@pytest.mark.parametrize("number", [explanation.RECORDS_MAX, explanation.RECORDS_MAX + 5])
def test_of_many_records_the_first_are_told_and_the_others_counted(number: int) -> None:
    parcels = [parcel("SENT", name=f"P-{each:03d}") for each in range(number)]
    sample = exchange(
        touched=[Touched(None, each) for each in parcels],
        fired=[Fired(NOON, "parcels", each.id, "SENT", None) for each in parcels],
    )

    told, more = record(sample), number - explanation.RECORDS_MAX

    assert len(told["records"]) == len(told["fired"]) == explanation.RECORDS_MAX
    assert (told["records_more"], told["fired_more"]) == (more, more)
    assert text(sample).count(f"and {more} more\n") == (2 if more else 0)
    assert text(sample).count("parcels P-") == 2 * explanation.RECORDS_MAX


def test_an_exchange_without_records_says_nothing_of_them() -> None:
    assert "records" not in text(exchange())
    assert "due before" not in text(exchange())
    assert [record(exchange())[name] for name in ("fired", "records")] == [[], []]


def test_a_reply_without_a_problem_document_has_no_nearest_operations() -> None:
    unknown: dict[str, Any] = {"operation": "", "status": 404, "source": Source.MOCKSERVER}

    assert record(exchange(**unknown, reply_body=b"gone"))["nearest"] == []
    assert record(exchange(**unknown, reply=["a"]))["nearest"] == []
    assert record(exchange(**unknown, reply={"nearest": "a"}))["nearest"] == []


def test_values_of_a_repeated_header_are_told_as_one_list() -> None:
    sample = exchange(reply_headers=((b"link", b"</a>"), (b"link", b"</b>")))

    assert record(sample)["reply"]["headers"] == {"link": "</a>, </b>"}


def test_a_long_body_is_cut_in_the_text_and_whole_in_the_record() -> None:
    body = {"id": "q" * explanation.BODY_MAX}
    sample = exchange(reply=body)

    assert "q" * explanation.BODY_MAX not in text(sample)
    assert "…" in text(sample)
    assert record(sample)["reply"]["body"]["value"] == body


def test_control_characters_of_a_caller_do_not_reach_a_terminal() -> None:
    sample = exchange("POST", headers={"Content-Type": "text/plain"}, body=b"\x1b[2Jgone\nline")

    told = text(sample)

    assert "\x1b" not in told
    assert "gone" in told
    assert told.replace("\n", "").isprintable()


def test_a_body_that_is_no_text_is_told_as_base64() -> None:
    sample = exchange("POST", headers={"Content-Type": "image/png"}, body=b"\x89PNG\xff")

    assert record(sample)["request"]["body"] == {
        "form": "base64",
        "bytes": 5,
        "value": "iVBOR/8=",
    }
