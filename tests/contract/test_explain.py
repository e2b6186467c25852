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


def said(value: Json) -> list[str]:
    return [
        str(each) for each in explain(jsonschema_rs.Draft202012Validator(CHOICE), value, "body")
    ]


def test_the_branch_whose_discriminating_value_was_given_is_the_one_that_is_explained() -> None:
    assert said({"technology": "FTTH", "territoryOwner": None}) == [
        "The field 'technicalId' is required (body /technicalId)",
        "The field 'territoryOwner' must be of type string; found null (body /territoryOwner)",
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
