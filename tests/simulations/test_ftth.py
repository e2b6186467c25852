"""Accesses by number, place and address, and retentions."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml

from tests.simulations.double import ROOT, Double

DWELLING = "28000010276800007         006DCHA    "
NEIGHBOUR = "28000010276800007         005IZDA    "
ACCESS = {
    "iua": "V33904AHB202",
    "phoneNumber": "911234567",
    "gescal37": DWELLING,
    "addressId": "M1",
    "documentNumber": "12345678Z",
    "clientName": "Ana Perez",
    "brand": "ORANGE",
    "territoryOwner": "FIBNEB01",
    "bandwidth": "100M_100M",
}
SOURCE = {
    name: ACCESS[name]
    for name in ("gescal37", "iua", "phoneNumber", "documentNumber", "clientName", "brand")
}
TARGET = {
    "gescal37": DWELLING,
    "brand": "YOIGO",
    "bandwidth": "600M_600M",
    "customerType": "RESIDENTIAL",
}
RETENTION = {"reuseAccess": True, "source": SOURCE, "destination": TARGET}


@pytest.fixture
def double() -> Double:
    return Double("ftth-v1")


def own(double: Double, **criteria: str) -> Any:
    return double.call("GET", f"/v1/ftth/accesses/info?{urlencode(criteria)}")


def oranges(double: Double, **criteria: str) -> Any:
    return double.call("GET", f"/v1/ftth/orange_accesses/info?{urlencode(criteria)}")


def retain(double: Double, body: Any) -> Any:
    return double.call("POST", "/v1/ftth/retentions", body)


# queries ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "criteria",
    [
        {"phoneNumber": "911234567"},
        {"gescal37": DWELLING},
        {"gescal37": DWELLING.rstrip()},
        {"gescal37": DWELLING[:17]},
        {"addressId": "M1"},
        {"phoneNumber": "911234567", "gescal37": DWELLING, "addressId": "M1"},
    ],
)
def test_an_access_is_found_by_each_criterion_and_by_all(criteria: Any, double: Double) -> None:
    double.given("accesses", {**ACCESS, "brand": "YOIGO"})

    said = own(double, **criteria)

    assert (said.status, said.source) == (200, "simulation")
    assert said.json == {**ACCESS, "brand": "YOIGO", "technology": "FTTH"}


def test_an_access_of_orange_is_found_by_the_query_of_orange_alone(double: Double) -> None:
    double.given("accesses", ACCESS)

    found = oranges(double, phoneNumber="911234567")

    hidden = {"clientName", "territoryOwner", "bandwidth"}
    assert own(double, phoneNumber="911234567").status == 404
    assert found.status == 200
    assert found.json == {name: value for name, value in ACCESS.items() if name not in hidden}


def test_an_access_outside_of_the_group_is_found_by_no_query(double: Double) -> None:
    double.given("accesses", {**ACCESS, "network": "external"})

    assert own(double, addressId="M1").status == oranges(double, addressId="M1").status == 404


def test_what_is_not_known_of_an_access_is_absent(double: Double) -> None:
    double.given("accesses", {"iua": "V28005MMA044", "phoneNumber": "900000000"})

    assert own(double, phoneNumber="900000000").json == {
        "iua": "V28005MMA044",
        "phoneNumber": "900000000",
        "technology": "FTTH",
    }


def test_the_name_of_a_known_customer_is_shown(double: Double) -> None:
    double.given("customers", {"documentNumber": "12345678Z", "clientName": "Ana Perez"})
    double.given("accesses", {"iua": "A", "addressId": "M1", "documentNumber": "12345678Z"})

    assert own(double, addressId="M1").json["clientName"] == "Ana Perez"


@pytest.mark.parametrize(
    "criteria", [{}, {"phoneNumber": ""}, {"phoneNumber": "", "addressId": ""}]
)
def test_a_query_without_a_criterion_is_refused(criteria: Any, double: Double) -> None:
    said = own(double, **criteria)

    assert (said.status, said.source) == (400, "simulation")
    assert said.json == {
        "code": "BAD_REQUEST",
        "title": "Invalid query",
        "details": "At least one of 'phoneNumber', 'gescal37', 'addressId' is required.",
    }


def test_the_criterion_that_nothing_fits_is_named(double: Double) -> None:
    double.given("accesses", {**ACCESS, "brand": "YOIGO"})

    said = own(double, phoneNumber="911234567", addressId="M2")

    assert said.status == 404
    assert said.json == {
        "code": "RESOURCE_NOT_FOUND",
        "title": "Data not found",
        "details": "There is no access with addressId 'M2'.",
    }


def test_criteria_of_different_accesses_contradict_each_other(double: Double) -> None:
    double.given("accesses", {"iua": "A", "phoneNumber": "900000001", "addressId": "M1"})
    double.given("accesses", {"iua": "B", "phoneNumber": "900000002", "addressId": "M2"})

    said = own(double, phoneNumber="900000001", addressId="M2")

    assert said.status == 406
    assert said.json == {
        "code": "NOT_ACCEPTABLE",
        "title": "Contradicting criteria",
        "details": "No access has phoneNumber '900000001', addressId 'M2' together.",
    }


def test_a_building_with_two_accesses_is_not_one_access(double: Double) -> None:
    double.given("accesses", {"iua": "A", "gescal37": DWELLING})
    double.given("accesses", {"iua": "B", "gescal37": NEIGHBOUR})

    said = own(double, gescal37=DWELLING[:17])

    assert said.status == 406
    assert said.json["title"] == "More than one access"
    assert own(double, gescal37=NEIGHBOUR).json["iua"] == "B"


# retentions ---------------------------------------------------------------------------------


def test_a_reused_access_moves_to_the_brand_of_the_destination(double: Double) -> None:
    double.given("accesses", ACCESS)

    said = retain(double, RETENTION)

    assert (said.status, said.source) == (200, "simulation")
    assert said.json == {
        "reuseAccess": True,
        "iua": "V33904AHB202",
        "installationRequired": False,
    }
    assert oranges(double, phoneNumber="911234567").status == 404
    assert own(double, phoneNumber="911234567").json == {
        **ACCESS,
        "brand": "YOIGO",
        "bandwidth": "600M_600M",
        "technology": "FTTH",
    }


def test_a_reused_access_has_the_customer_and_the_number_of_the_destination(
    double: Double,
) -> None:
    double.given("accesses", ACCESS)
    double.given("lines", {"number": "911234567", "kind": "FIXED", "iua": "V33904AHB202"})
    new = {"documentNumber": "87654321X", "clientName": "Luis", "phoneNumber": "900000000"}

    retain(double, {**RETENTION, "destination": {**TARGET, **new}})

    (access,) = double.records("accesses")
    assert {**access.data, **new} == access.data
    (line,) = double.records("lines")
    assert line.data["number"] == "900000000"
    assert (line.data["documentNumber"], line.data["brand"]) == ("87654321X", "YOIGO")
    assert [each.id for each in double.records("customers")] == ["87654321X"]


def test_another_document_without_a_name_does_not_keep_the_old_name(double: Double) -> None:
    double.given("accesses", ACCESS)

    retain(double, {**RETENTION, "destination": {**TARGET, "documentNumber": "87654321X"}})

    assert "clientName" not in own(double, phoneNumber="911234567").json


def test_an_access_that_moves_house_has_the_address_of_the_new_place(double: Double) -> None:
    double.given("accesses", ACCESS)
    double.given("places", {"gescal37": NEIGHBOUR, "addressId": "M5"})

    retain(double, {**RETENTION, "destination": {**TARGET, "gescal37": NEIGHBOUR}})

    (access,) = double.records("accesses")
    assert (access.data["gescal37"], access.data["addressId"]) == (NEIGHBOUR, "M5")
    assert own(double, gescal37=NEIGHBOUR).status == 200
    assert own(double, gescal37=DWELLING).status == 404


def moved_house(double: Double, place: str = NEIGHBOUR, **access: Any) -> Any:
    """The data of an access after a retention to another place."""
    double.given("accesses", {**ACCESS, **access})
    body = {**RETENTION, "destination": {**TARGET, "gescal37": place}}
    assert retain(double, body).status == 200
    return double.records("accesses")[0].data


@pytest.mark.parametrize(
    ("places", "owner"),
    [
        ([{"gescal37": NEIGHBOUR, "territoryOwner": "FIBMM01"}], "FIBMM01"),
        ([{"gescal37": NEIGHBOUR[:17], "territoryOwner": "FIBMM01"}], "FIBMM01"),
        (
            [
                {"gescal37": NEIGHBOUR[:17], "territoryOwner": "FIBVUC01"},
                {"gescal37": NEIGHBOUR, "territoryOwner": "FIBMM01"},
            ],
            "FIBMM01",
        ),
        ([{"gescal37": NEIGHBOUR}], None),
        ([{"gescal37": DWELLING, "territoryOwner": "FIBNEB01"}], None),
        ([], None),
    ],
)
def test_an_access_that_moves_house_is_in_the_footprint_of_the_new_place(
    places: Any, owner: str | None, double: Double
) -> None:
    double.given("places", *places)

    assert moved_house(double).get("territoryOwner") == owner


def test_an_access_that_stays_keeps_the_owner_of_the_footprint(double: Double) -> None:
    assert moved_house(double, DWELLING[:17])["territoryOwner"] == "FIBNEB01"


def test_the_place_that_an_access_has_left_is_known_from_then_on(double: Double) -> None:
    moved_house(double)

    (place,) = double.records("places")
    assert place.data == {
        "gescal37": DWELLING,
        "addressId": "M1",
        "territoryOwner": "FIBNEB01",
        "building": DWELLING[:17],
    }


def test_a_place_that_is_told_more_precisely_leaves_its_building_known(double: Double) -> None:
    moved_house(double, DWELLING, gescal37=DWELLING[:17])

    assert [each.data["gescal37"] for each in double.records("places")] == [DWELLING[:17]]


@pytest.mark.parametrize("place", [DWELLING, DWELLING.rstrip(), DWELLING[:17]])
def test_a_retention_in_the_same_place_makes_no_place_known(place: str, double: Double) -> None:
    moved_house(double, place)

    assert double.records("places") == []


@pytest.mark.parametrize(
    ("before", "told", "after"),
    [
        (DWELLING, DWELLING[:17], DWELLING),
        (DWELLING, DWELLING.rstrip(), DWELLING),
        (DWELLING[:17], DWELLING, DWELLING),
        (None, DWELLING, DWELLING),
    ],
)
def test_the_same_place_is_kept_as_precisely_as_it_is_known(
    before: str | None, told: str, after: str, double: Double
) -> None:
    place = {"gescal37": before} if before else {}
    double.given("accesses", {"iua": "V33904AHB202", **place})

    retain(double, {**RETENTION, "destination": {**TARGET, "gescal37": told}})

    assert double.records("accesses")[0].data["gescal37"] == after


def test_broadband_goes_with_the_access_and_a_mobile_line_does_not(double: Double) -> None:
    double.given("accesses", ACCESS)
    for number, kind in (("B1", "BROADBAND"), ("600000000", "MOBILE")):
        double.given("lines", {"number": number, "kind": kind, "iua": "V33904AHB202"})

    retain(double, {**RETENTION, "destination": {**TARGET, "documentNumber": "87654321X"}})

    documents = {each.id: each.data.get("documentNumber") for each in double.records("lines")}
    assert documents == {"B1": "87654321X", "600000000": None, "911234567": "87654321X"}


def test_only_the_line_of_the_former_number_goes_with_another_number(double: Double) -> None:
    double.given("accesses", ACCESS)
    for number in ("911234567", "911234568"):
        double.given("lines", {"number": number, "kind": "FIXED", "iua": "V33904AHB202"})
    new = {"documentNumber": "87654321X", "phoneNumber": "900000000"}

    retain(double, {**RETENTION, "destination": {**TARGET, **new}})

    found = {each.id: each.data for each in double.records("lines")}
    assert sorted(found) == ["900000000", "911234568"]
    assert {each["documentNumber"] for each in found.values()} == {"87654321X"}
    assert {each["brand"] for each in found.values()} == {"YOIGO"}
    assert {each["iua"] for each in found.values()} == {"V33904AHB202"}


def test_fixed_lines_stay_on_an_access_whose_number_nobody_knew(double: Double) -> None:
    double.given("accesses", {"iua": "V33904AHB202", "gescal37": DWELLING})
    double.given("lines", {"number": "911234567", "kind": "FIXED", "iua": "V33904AHB202"})

    retain(double, {**RETENTION, "destination": {**TARGET, "phoneNumber": "900000000"}})

    assert [each.id for each in double.records("lines")] == ["911234567", "900000000"]


def test_a_retention_without_reuse_wants_an_installation_and_changes_nothing(
    double: Double,
) -> None:
    double.given("accesses", ACCESS)
    before = double.records("accesses")

    said = retain(double, {"reuseAccess": False, "destination": TARGET})

    assert (said.status, said.source) == (200, "simulation")
    assert said.json == {"reuseAccess": False, "installationRequired": True}
    assert double.records("accesses") == before


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iua", "V33904AHB999"),
        ("iua", ""),
        ("gescal37", NEIGHBOUR),
        ("gescal37", ""),
        ("phoneNumber", "900000000"),
        ("documentNumber", "87654321X"),
        ("brand", "YOIGO"),
    ],
)
def test_a_source_that_does_not_have_the_access_is_refused(
    name: str, value: str, double: Double
) -> None:
    double.given("accesses", ACCESS)
    before = double.records("accesses")

    said = retain(double, {**RETENTION, "source": {**SOURCE, name: value}})

    assert (said.status, said.source) == (400, "simulation")
    assert (said.json["code"], said.json["title"]) == ("BAD_REQUEST", "Retention not possible")
    assert value in said.json["details"]
    assert double.records("accesses") == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("clientName", "A. Perez"), ("brand", "Orange"), ("gescal37", DWELLING[:17])],
)
def test_a_source_may_be_spelled_in_another_way(name: str, value: str, double: Double) -> None:
    double.given("accesses", ACCESS)

    assert retain(double, {**RETENTION, "source": {**SOURCE, name: value}}).status == 200


@pytest.mark.parametrize("name", ["iua", "gescal37", "phoneNumber", "documentNumber", "brand"])
def test_a_null_in_the_source_is_never_an_accident(name: str, double: Double) -> None:
    double.given("accesses", ACCESS)

    said = retain(double, {**RETENTION, "source": {**SOURCE, name: None}})

    assert said.status == 400


def test_an_access_outside_of_the_group_cannot_be_reused(double: Double) -> None:
    double.given("accesses", {**ACCESS, "network": "external"})

    said = retain(double, RETENTION)

    assert said.status == 400
    assert said.json["details"] == "There is no access with iua 'V33904AHB202' to re-use."


@pytest.mark.parametrize(("length", "status"), [(16, 400), (17, 200), (37, 200), (38, 400)])
def test_an_access_moves_to_a_place_that_can_be_one(
    length: int, status: int, double: Double
) -> None:
    double.given("accesses", ACCESS)
    place = "2" * length

    said = retain(double, {**RETENTION, "destination": {**TARGET, "gescal37": place}})

    assert said.status == status


def test_the_repetition_of_a_retention_finds_no_access_to_reuse(double: Double) -> None:
    double.given("accesses", ACCESS)

    assert [retain(double, RETENTION).status for _ in range(2)] == [200, 400]


def test_a_repetition_is_done_again_where_nothing_that_the_source_names_has_changed(
    double: Double,
) -> None:
    double.given("accesses", ACCESS)
    body = {**RETENTION, "destination": {**TARGET, "brand": "ORANGE"}}

    assert [retain(double, body).status for _ in range(2)] == [200, 200]
    assert double.records("accesses")[0].data["bandwidth"] == "600M_600M"


# scenarios ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "criteria", "statuses"),
    [
        ("access-incomplete", {"gescal37": "28000000000000047BA"}, (200, 200)),
        ("access-of-another-customer", {"phoneNumber": "900000099"}, (200, 404)),
        (
            "criteria-contradict",
            {"phoneNumber": "900000088", "addressId": "J0000000000000000000000000000001553789"},
            (406, 404),
        ),
        ("orange-access-only", {"phoneNumber": "900000091"}, (404, 200)),
        ("several-accesses", {"gescal37": "28000000000000093"}, (406, 406)),
    ],
)
def test_a_scenario_gives_the_accesses_that_it_tells_of(
    scenario: str, criteria: Any, statuses: Any, double: Double
) -> None:
    found = [
        double.call("GET", f"/v1/ftth/{name}/info?{urlencode(criteria)}", scenario=scenario)
        for name in ("accesses", "orange_accesses")
    ]

    assert tuple(said.status for said in found) == statuses
    assert {said.source for said in found} == {"simulation"}


def test_a_retention_whose_answer_was_lost_has_been_done(double: Double) -> None:
    source = {
        "gescal37": "28000000000000092BA                  ",
        "iua": "V28005ORA092",
        "phoneNumber": "900000092",
        "documentNumber": "00000092T",
        "clientName": "Cliente Dos",
        "brand": "ORANGE",
    }
    body = {"reuseAccess": True, "source": source, "destination": TARGET}

    lost, again = (
        double.call("POST", "/v1/ftth/retentions", body, scenario="retention-answer-lost")
        for _ in range(2)
    )

    assert lost.exchange.steering.fault is not None
    assert (again.status, again.exchange.steering.fault) == (400, None)
    assert own(double, phoneNumber="900000092").json["brand"] == "YOIGO"


# the town -----------------------------------------------------------------------------------


def test_the_examples_of_refusals_name_criteria_that_are_refused_so_in_the_town() -> None:
    double = Double("ftth-v1", session="default")
    responses = yaml.safe_load((ROOT / "specs/ftth-v1.yaml").read_text())["components"]["responses"]

    for name, status in (("NotFound", 404), ("NotAcceptable", 406)):
        for example in responses[name]["content"]["application/json"]["examples"].values():
            told = re.findall(r"(\w+) '(\w+)'", example["value"]["details"])
            said = own(double, **dict(told))
            assert (said.status, said.json["code"]) == (status, example["value"]["code"])


def test_a_newcomer_finds_the_accesses_of_the_examples() -> None:
    double = Double("ftth-v1", session="default")

    gescal, address = "28000000000000005BA", "J0000000000000000000000000000001553708"
    mine = own(double, phoneNumber="900000000", gescal37=gescal.ljust(37), addressId=address)
    theirs = oranges(double, phoneNumber="900000051", gescal37=gescal, addressId=address)

    assert mine.json["iua"] == "V28005MMA044"
    assert theirs.json["iua"] == "V28005ORA051"
    assert oranges(double, phoneNumber="911234567").json["iua"] == "V33904AHB202"
    assert own(double, gescal37="28000000000000005").status == 406
