"""Scenarios and rules as values."""

from datetime import timedelta

import jsonschema_rs
import pytest

from mockserver.course import Step, Timing
from mockserver.message import ABSENT, Json
from mockserver.scenario import Rule, Turn, rule_of, scenario_of, schema


def rule(**node: Json) -> Rule:
    return rule_of("a/b#1", {"on": "read"} | node)


def test_the_published_schema_is_a_schema() -> None:
    jsonschema_rs.meta.validate(schema())


def test_a_scenario_has_its_name_from_its_folder_and_file() -> None:
    scenario = scenario_of(
        "shop-v1/sold-out",
        {
            "summary": "Sold out",
            "description": "Nothing is left.",
            "tags": ["rainy"],
            "default": True,
            "given": {"things": [{"id": "1"}]},
            "course": {"OPEN": "never"},
            "rules": [{"on": "*", "fault": {"break": "reset"}}, {"on": "a", "reply": {"body": 1}}],
        },
        "shop-v1/sold-out.yaml",
        trusted=True,
    )

    assert (scenario.stem, scenario.name) == ("shop-v1", "sold-out")
    assert (scenario.summary, scenario.description) == ("Sold out", "Nothing is left.")
    assert (scenario.tags, scenario.default, scenario.trusted) == (("rainy",), True, True)
    assert scenario.given == {"things": [{"id": "1"}]}
    assert scenario.course == {"OPEN": (Step(Timing.NEVER),)}
    assert [rule.id for rule in scenario.rules] == ["shop-v1/sold-out#1", "shop-v1/sold-out#2"]
    assert [rule.on for rule in scenario.rules] == [("*",), ("a",)]


def test_a_summary_is_enough() -> None:
    scenario = scenario_of("common/a", {"summary": "A"}, "a.yaml")

    assert (scenario.description, scenario.tags, scenario.rules) == ("", (), ())
    assert (scenario.given, scenario.course) == ({}, {})
    assert (scenario.default, scenario.trusted) == (False, False)


def test_a_reply_is_one_turn_without_end() -> None:
    [turn] = rule(reply={"status": 404, "headers": {"Retry-After": 30, "X-A": "é"}}).turns

    assert turn == Turn(404, ((b"retry-after", b"30"), (b"x-a", b"\xe9")))
    assert (turn.body, turn.template, turn.times) == (ABSENT, ABSENT, None)


def test_replies_are_turns_that_know_where_they_stand() -> None:
    turns = rule(replies=[{"status": 503, "times": 2}, {"through": True}]).turns

    assert turns == (
        Turn(503, times=2, at="/replies/0"),
        Turn(through=True, at="/replies/1"),
    )


@pytest.mark.parametrize(
    ("node", "final"),
    [
        ({"reply": {"status": 404}}, True),
        ({"reply": {"status": 404}, "after_deed": True}, False),
        ({"reply": {"status": 404}, "after_deed": False}, True),
        ({"replies": [{"status": 404, "times": 1}, {"status": 500}], "after_deed": True}, False),
    ],
)
def test_a_rule_that_replies_after_the_deed_takes_nothing_from_later_ones(
    node: Json, *, final: bool
) -> None:
    made = rule(**node)

    assert (made.after_deed, made.final) == (node.get("after_deed", False), final)


def test_a_rule_may_have_a_course_alone() -> None:
    made = rule(course={"OPEN": [{"after": "1s"}, "never"]})

    assert made.course == {
        "OPEN": (Step(Timing.AFTER, timedelta(seconds=1)), Step(Timing.NEVER)),
    }
    assert (made.turns, made.fault, made.final) == ((), None, False)
    assert rule(reply={"status": 404}).course == {}


def test_a_body_of_null_is_a_body() -> None:
    assert rule(reply={"body": None}).turns[0].body is None


@pytest.mark.parametrize(
    ("node", "limited", "weighted", "final"),
    [
        ({"reply": {"body": 1}}, False, False, True),
        ({"reply": {"body": 1}, "times": 1}, True, False, True),
        ({"replies": [{"body": 1, "times": 2}, {"body": 1, "times": 1}]}, True, False, True),
        ({"replies": [{"body": 1, "times": 2}, {"body": 1}]}, False, False, True),
        ({"replies": [{"body": 1, "times": 2}, {"through": True}]}, False, False, False),
        ({"replies": [{"body": 1, "weight": 2}, {"body": 2, "weight": 1}]}, False, True, True),
        ({"replies": [{"body": 1, "weight": 2}], "times": 3}, True, True, True),
        ({"fault": {"break": "reset"}}, False, False, False),
        ({"fault": {"break": "reset"}, "times": 2}, True, False, False),
        ({"fault": {"break": "reset", "before": "deed"}}, False, False, True),
        ({"fault": {"delay": {"ms": 1}, "before": "deed"}}, False, False, False),
    ],
)
def test_a_rule_knows_whether_it_ends_chooses_and_leaves_something_to_others(
    node: Json, *, limited: bool, weighted: bool, final: bool
) -> None:
    made = rule(**node)

    assert (made.limited, made.weighted, made.final) == (limited, weighted, final)


def test_a_rule_says_what_it_is() -> None:
    made = rule(
        on=["a", "b"],
        summary="A",
        breaks_contract=True,
        when={"path": {"id": "1"}},
        reply={"body": 1},
    )
    gateway = rule(**{"as": "gateway", "reply": {"status": 503}})

    assert (made.id, made.summary, made.on) == ("a/b#1", "A", ("a", "b"))
    assert (made.breaks_contract, made.gateway) == (True, False)
    assert [str(each) for each in made.when.conditions] == ["path id: '1'"]
    assert (gateway.breaks_contract, gateway.gateway) == (False, True)
