"""What people and programs are told about an exchange."""

from typing import Any

import pytest

from mockserver import explanation
from mockserver.exchange import FoundBy, Steering
from mockserver.explanation import record, summary, text
from mockserver.message import Source
from tests.exchanges.samples import SAMPLES, TEXTS, considered, exchange, golden

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
