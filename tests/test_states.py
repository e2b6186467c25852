"""The states that a contract gives to its resources."""

from mockserver.contract.load import load
from mockserver.message import Json
from mockserver.states import states_of
from tests.scenarios.samples import SPECS


def schema(**properties: Json) -> Json:
    return {"components": {"schemas": {"Thing": {"type": "object", "properties": properties}}}}


def test_states_are_what_the_extension_describes() -> None:
    document = schema(phase={"type": "string", "x-states": {"OPEN": "It is open", "DONE": "Over"}})

    assert states_of(document) == ["DONE", "OPEN"]


def test_states_are_the_values_of_members_called_status_or_state() -> None:
    document = schema(
        status={"enum": ["B", "A"]}, accountState={"enum": ["C", None, 1]}, kind={"enum": ["D"]}
    )

    assert states_of(document) == ["A", "B", "C"]


def test_a_member_that_has_states_may_be_called_otherwise() -> None:
    document = schema(status={"enum": ["A"]}, entitled={"enum": ["B"]}, kind={"enum": ["C"]})

    assert states_of(document, "entitled") == ["A", "B"]


def test_states_may_be_referred_to() -> None:
    document = schema(status={"$ref": "#/components/schemas/Status"})
    document["components"]["schemas"]["Status"] = {"$ref": "#/components/schemas/a~1b"}
    document["components"]["schemas"]["a/b"] = {"enum": ["A"]}

    assert states_of(document) == ["A"]


def test_a_reference_to_itself_or_to_nothing_has_no_states() -> None:
    document = schema(
        status={"$ref": "#/components/schemas/Round"}, state={"$ref": "#/components/nothing/there"}
    )
    document["components"]["schemas"]["Round"] = {"$ref": "#/components/schemas/Round"}

    assert states_of(document) == []


def test_what_stands_in_an_example_is_no_state() -> None:
    document = schema(
        other={"example": {"properties": {"status": {"enum": ["A"]}}}},
        another={"examples": {"one": {"x-states": {"B": ""}}}},
    )

    assert states_of(document) == []


def test_what_is_oddly_made_has_no_states() -> None:
    assert states_of(schema(status=True)) == []
    assert states_of({"properties": ["status"], "x-states": ["A"]}) == []
    assert states_of({}) == []


def test_a_packaged_contract_has_those_that_it_documents() -> None:
    found = states_of(load(SPECS / "agile-tv-v3.yaml").document)

    assert {"PENDING", "SUSPENDED"} <= set(found)
