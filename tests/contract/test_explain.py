"""Errors of a validator in words, and which branch of a choice they speak of."""

import jsonschema_rs

from mockserver.contract.explain import explain
from mockserver.message import Json

# As the portability check has it: what is required depends on the technology.
CHOICE: Json = {
    "anyOf": [
        {
            "properties": {
                "technology": {"enum": ["FTTH", "ADSL"]},
                "territoryOwner": {"type": "string"},
            },
            "required": ["technology", "territoryOwner", "technicalId"],
        },
        {"properties": {"technology": {"enum": ["MIFIJO"]}}, "required": ["technology"]},
    ]
}


def said(value: Json, schema: Json = CHOICE) -> list[str]:
    return [
        str(each) for each in explain(jsonschema_rs.Draft202012Validator(schema), value, "body")
    ]


def test_the_branch_whose_discriminating_value_was_given_is_the_one_that_is_explained() -> None:
    assert said({"technology": "FTTH", "territoryOwner": None}) == [
        "The field 'technicalId' is required (body /technicalId)",
        "The field 'territoryOwner' must be of type string; found null (body /territoryOwner)",
    ]


def test_no_number_of_wrong_types_hides_the_branch_whose_value_was_given() -> None:
    members: Json = {name: {"type": "string"} for name in ("owner", "place", "access")}
    chosen = {"properties": {"technology": {"enum": ["FTTH"]}, **members}}
    other = {"properties": {"technology": {"const": "MIFIJO"}}}
    value = {"technology": "FTTH", "owner": None, "place": None, "access": None}

    for branches in ([other, chosen], [chosen, other]):
        for keyword in ("anyOf", "oneOf"):
            assert said(value, {keyword: branches}) == [
                f"The field '{name}' must be of type string; found null (body /{name})"
                for name in members
            ]


def test_a_discriminating_value_counts_for_more_than_any_below_it() -> None:
    chosen: Json = {
        "properties": {
            "kind": {"const": "box"},
            "sides": {"items": {"properties": {"unit": {"enum": ["mm", "cm"]}}}},
        }
    }
    other: Json = {"properties": {"kind": {"const": "ball"}}}
    value = {"kind": "box", "sides": [{"unit": "in"}, {"unit": "ft"}]}

    assert said(value, {"anyOf": [other, chosen]}) == [
        'The field \'unit\' must be one of "mm", "cm"; found "in" (body /sides/0/unit)',
        'The field \'unit\' must be one of "mm", "cm"; found "ft" (body /sides/1/unit)',
    ]


def test_an_object_is_explained_by_the_branch_that_wants_one() -> None:
    either: Json = {
        "anyOf": [{"type": "string"}, {"type": "object", "properties": {"kind": {"enum": ["a"]}}}]
    }

    assert said({"kind": "b"}, either) == [
        'The field \'kind\' must be one of "a"; found "b" (body /kind)'
    ]


def test_a_value_that_every_branch_refuses_is_explained_by_the_closest_one() -> None:
    assert said({"technology": "COPPER"}) == [
        'The field \'technology\' must be one of "MIFIJO"; found "COPPER" (body /technology)'
    ]


def test_what_is_plainly_wrong_is_not_explained_a_second_time_by_a_branch() -> None:
    whole = CHOICE | {"properties": {"technology": {"enum": ["FTTH", "ADSL", "MIFIJO"]}}}
    validator = jsonschema_rs.Draft202012Validator(whole)

    (only,) = explain(validator, {"technology": "COPPER"}, "body")

    assert '"FTTH", "ADSL", "MIFIJO"' in only.message
