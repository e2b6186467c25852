"""The world that the APIs of a session share."""

from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.record import Change, Gone, Record
from mockserver.scenario_files import read_scenarios
from mockserver.simulations import world
from mockserver.simulations.gescal import building_of, is_building, meet
from tests.simulations.double import ROOT, Double

DWELLING = "28000010276800007         006DCHA    "
ORDER: dict[str, Any] = {
    "reference_id": "TESA-0000000000001",
    "external_reference": "MYSIM_1",
    "territory_owner": "NEBA",
    "customer": {
        "documentType": "NIF",
        "documentNumber": "12345678Z",
        "name": "Ana",
        "lastName": "Perez",
        "contactPhone": "600000000",
    },
    "service_point": {
        "gescal": DWELLING,
        "addressId": "M1",
        "phoneNumber": "911234567",
        "bandwidth": "600M_600M",
    },
}
STAMP = "2026-01-15T12:00:00.000Z"
places = st.text("12 A", min_size=17, max_size=37)


@pytest.fixture
def town() -> Double:
    return Double("ftth-v1")


def finished(town: Double, order: Mapping[str, Any], org: str = "masmovil") -> Sequence[Change]:
    records = town.session.records
    changes = world.access_made(records, town.session.moment(), org=org, order=order)
    records.commit(changes)
    return changes


def accesses(town: Double) -> list[Mapping[str, Any]]:
    return [each.data for each in town.records("accesses")]


def lines(town: Double) -> dict[str, Mapping[str, Any]]:
    return {each.data["number"]: each.data for each in town.records("lines")}


# activations --------------------------------------------------------------------------------


def test_a_finished_activation_makes_the_access_that_was_ordered(town: Double) -> None:
    finished(town, ORDER)

    (access,) = accesses(town)
    assert access == {
        "iua": access["iua"],
        "phoneNumber": "911234567",
        "gescal37": DWELLING,
        "addressId": "M1",
        "documentNumber": "12345678Z",
        "clientName": "Ana Perez",
        "externalReference": "MYSIM_1",
        "brand": "MASMOVIL",
        "org": "masmovil",
        "network": "own",
        "territoryOwner": "FIBNEB01",
        "technology": "FTTH",
        "bandwidth": "600M_600M",
        "since": STAMP,
        "building": DWELLING[:17],
    }


def test_a_finished_activation_brings_its_fixed_line_and_its_customer(town: Double) -> None:
    finished(town, ORDER)

    (access,) = accesses(town)
    assert lines(town) == {
        "911234567": {
            "number": "911234567",
            "kind": "FIXED",
            "documentNumber": "12345678Z",
            "brand": "MASMOVIL",
            "operatorCode": "00031",
            "operatorName": "XTRA",
            "internal": True,
            "portable": True,
            "iua": access["iua"],
            "since": STAMP,
        }
    }
    assert [each.data for each in town.records("customers")] == [
        {
            "documentNumber": "12345678Z",
            "documentType": "NIF",
            "clientName": "Ana Perez",
            "contactPhone": "600000000",
        }
    ]


def test_a_customer_whom_the_session_knows_stays_as_he_is(town: Double) -> None:
    known = {"documentNumber": "12345678Z", "clientName": "Somebody"}
    town.given("customers", known)

    finished(town, ORDER)

    assert [each.data for each in town.records("customers")] == [known]


def test_an_order_of_which_nothing_is_known_makes_an_access_all_the_same(town: Double) -> None:
    finished(town, {})

    (access,) = accesses(town)
    assert set(access) == {"iua", "brand", "org", "network", "technology", "since"}
    assert town.records("lines") == town.records("customers") == []


@pytest.mark.parametrize(
    ("gescal", "start"),
    [(DWELLING, "V28000"), ("  000010276800007", "V"), ("\u0662" * 17, "V")],
)
def test_the_id_of_an_access_has_the_form_of_the_sample(
    gescal: str, start: str, town: Double
) -> None:
    finished(town, {"service_point": {"gescal": gescal}})

    (access,) = accesses(town)
    iua = access["iua"]
    assert len(iua) == len("V33904AHB202")
    assert iua.startswith(start)
    assert iua.isascii()
    assert iua[1:6].isdigit()
    assert iua[6:9].isalpha()
    assert iua[9:].isdigit()


def test_the_same_order_gets_the_same_id_after_a_reset(town: Double) -> None:
    finished(town, ORDER)
    before = accesses(town)
    town.reset()
    finished(town, ORDER)

    assert accesses(town) == before


def test_another_session_another_order_and_another_tenant_get_other_ids(town: Double) -> None:
    found = []
    for session in ("test", "other"):
        town.name = session
        for tenant in ("masmovil", "yoigo"):
            for reference in ("TESA-1", "TESA-2"):
                order = {"reference_id": reference, "service_point": {"gescal": DWELLING}}
                found.append(finished(town, order, tenant)[0].id)

    assert len(set(found)) == 8


def test_an_id_that_is_in_use_is_not_given_again(town: Double) -> None:
    for _ in range(3):
        finished(town, {})

    assert len(accesses(town)) == 3


@pytest.mark.parametrize(
    ("ordered", "written"),
    [
        ("NEBA", "FIBNEB01"),
        ("VULA_COMMERCIAL", "FIBVUC01"),
        ("VULA_REGULATED", "FIBVUR01"),
        ("FIBMM01", "FIBMM01"),
    ],
)
def test_the_owner_of_the_footprint_is_written_as_feasibility_does(
    ordered: str, written: str, town: Double
) -> None:
    finished(town, {"territory_owner": ordered})

    assert accesses(town)[0]["territoryOwner"] == written


@pytest.mark.parametrize("brand", ["orange", "jazztel", "simyo"])
def test_an_access_of_a_brand_of_orange_is_one_of_orange(brand: str, town: Double) -> None:
    finished(town, ORDER, brand)

    assert accesses(town)[0]["network"] == "orange"
    assert lines(town)["911234567"]["operatorName"] == "ORANGE"


def test_the_address_of_a_dwelling_that_the_session_knows_is_taken_over(town: Double) -> None:
    town.given("places", {"gescal37": DWELLING[:17], "addressId": "house"})
    town.given("places", {"gescal37": DWELLING, "addressId": "M7"})

    finished(town, {"service_point": {"gescal": DWELLING}})
    finished(town, {"service_point": {"gescal": DWELLING[:17]}})

    assert [each.get("addressId") for each in accesses(town)] == ["M7", None]


def test_a_number_that_is_ported_leaves_the_access_that_had_it(town: Double) -> None:
    town.given("accesses", {"iua": "OLD", "phoneNumber": "911234567"})

    finished(town, ORDER)

    assert [each.get("phoneNumber") for each in accesses(town)] == [None, "911234567"]


def test_both_sides_of_a_work_order_are_found_by_its_value(town: Double) -> None:
    finished(town, ORDER)

    assert town.session.records.by("accesses", "externalReference", "MYSIM_1")


# places that become known -------------------------------------------------------------------


def known_places(town: Double) -> list[Mapping[str, Any]]:
    return [each.data for each in town.records("places")]


def test_a_finished_activation_makes_its_place_known(town: Double) -> None:
    finished(town, ORDER)
    finished(town, {})

    place = {"gescal37": DWELLING, "building": DWELLING[:17]}
    assert known_places(town) == [{**place, "addressId": "M1", "territoryOwner": "FIBNEB01"}]


@pytest.mark.parametrize("gescal", [DWELLING, DWELLING.rstrip()])
def test_a_place_that_the_session_knows_stays_as_it_is(gescal: str, town: Double) -> None:
    town.given("places", {"gescal37": gescal, "addressId": "M7"})
    before = known_places(town)

    finished(town, ORDER)

    assert known_places(town) == before


def test_a_known_building_does_not_make_its_dwellings_known(town: Double) -> None:
    town.given("places", {"gescal37": DWELLING[:17]})

    finished(town, ORDER)
    finished(town, {"service_point": {"gescal": DWELLING[:17].ljust(37)}})

    assert [each["gescal37"] for each in known_places(town)] == [DWELLING[:17], DWELLING]


def test_the_place_of_an_access_that_was_seeded_is_known_when_it_ends(town: Double) -> None:
    place = {"gescal37": DWELLING, "addressId": "M1", "territoryOwner": "FIBMM01"}
    town.given("accesses", {"iua": "A", "phoneNumber": "911234567", **place})
    town.given("accesses", {"iua": "B"})
    assert known_places(town) == []

    for iua in ("A", "B"):
        town.session.records.commit(world.access_ended(town.session.records, iua))

    assert known_places(town) == [{**place, "building": DWELLING[:17]}]


# terminations -------------------------------------------------------------------------------


def test_an_access_ends_with_its_fixed_and_broadband_lines(town: Double) -> None:
    iua = finished(town, ORDER)[0].id
    town.given("lines", {"number": "B1", "kind": "BROADBAND", "iua": iua})
    town.given("lines", {"number": "600000000", "kind": "MOBILE", "iua": iua})
    town.given("lines", {"number": "900000000", "kind": "FIXED"})

    town.session.records.commit(world.access_ended(town.session.records, iua))

    assert accesses(town) == []
    assert set(lines(town)) == {"600000000", "900000000"}


def test_a_line_that_names_no_access_ends_with_the_access_that_has_its_number(
    town: Double,
) -> None:
    town.given("accesses", {"iua": "A", "phoneNumber": "911234567"})
    town.given("lines", {"number": "911234567", "kind": "FIXED"})

    changes = world.access_ended(town.session.records, "A")

    assert changes == [Gone("accesses", "A"), Gone("lines", "911234567")]


def test_a_line_that_has_moved_to_another_access_stays(town: Double) -> None:
    town.given("accesses", {"iua": "A", "phoneNumber": "911234567"})
    town.given("lines", {"number": "911234567", "kind": "FIXED", "iua": "B"})

    assert world.access_ended(town.session.records, "A") == [Gone("accesses", "A")]


def test_the_end_of_an_unknown_access_changes_nothing(town: Double) -> None:
    finished(town, ORDER)

    assert world.access_ended(town.session.records, "V00000XXX000") == []


# lines --------------------------------------------------------------------------------------


def made(town: Double, **members: Any) -> Record:
    line = {"number": "600000000", "kind": "MOBILE", "document_number": "1", "brand": "YOIGO"}
    session = town.session
    (change,) = world.line_made(session.records, session.moment(), **(line | members))
    assert isinstance(change, Record)
    return change


def test_a_line_is_one_of_the_group_and_can_be_ported(town: Double) -> None:
    assert made(town).data == {
        "number": "600000000",
        "kind": "MOBILE",
        "documentNumber": "1",
        "brand": "YOIGO",
        "operatorCode": "00031",
        "operatorName": "XTRA",
        "internal": True,
        "portable": True,
        "since": STAMP,
    }


def test_a_number_of_a_line_leaves_the_access_that_had_it(town: Double) -> None:
    finished(town, ORDER)
    session = town.session
    line: Any = {"number": "911234567", "kind": "MOBILE", "document_number": None, "brand": "X"}

    session.records.commit(world.line_made(session.records, session.moment(), **line))

    assert "phoneNumber" not in accesses(town)[0]
    assert "iua" not in lines(town)["911234567"]


@pytest.mark.parametrize(
    ("access", "line", "carried"),
    [
        (None, None, False),
        (None, {"brand": "YOIGO"}, True),
        (None, {"operatorName": "DIGI"}, False),
        ({"brand": "YOIGO"}, None, True),
        ({"brand": "YOIGO"}, {"operatorName": "DIGI"}, False),
        ({"network": "external"}, None, False),
    ],
)
def test_a_number_is_with_the_group_as_its_line_says_else_its_access(
    access: Any, line: Any, town: Double, *, carried: bool
) -> None:
    if access is not None:
        town.given("accesses", {"iua": "A", "phoneNumber": "911234567", **access})
    if line is not None:
        town.given("lines", {"number": "911234567", "kind": "FIXED", **line})

    assert world.is_carried(town.session.records, "911234567") is carried


def test_a_line_of_nobody_in_particular_has_no_document(town: Double) -> None:
    assert "documentNumber" not in made(town, document_number=None).data


def test_a_number_that_comes_from_elsewhere_is_of_the_group_now(town: Double) -> None:
    town.given("lines", {"number": "600000000", "kind": "MOBILE", "operatorName": "DIGI"})

    assert made(town).data["operatorName"] == "XTRA"


def test_a_number_that_cannot_be_ported_stays_so(town: Double) -> None:
    town.given("lines", {"number": "600000000", "kind": "MOBILE", "portable": False})

    assert made(town).data["portable"] is False


@pytest.mark.parametrize(
    ("node", "operator"),
    [
        ({}, ("00031", "XTRA", True)),
        ({"brand": "ORANGE"}, ("00101", "ORANGE", True)),
        ({"operatorName": "DIGI"}, ("00203", "DIGI", False)),
        ({"operatorCode": "00204"}, ("00204", "AVATEL", False)),
        ({"operatorCode": "00999"}, ("00999", "OTHER", False)),
        ({"operatorName": "LOCAL"}, ("00299", "LOCAL", False)),
        ({"operatorName": "LOCAL", "brand": "YOIGO"}, ("00299", "LOCAL", True)),
        ({"operatorName": "LOCAL", "internal": True}, ("00299", "LOCAL", True)),
    ],
)
def test_what_a_seed_does_not_say_of_its_operator_is_filled_in(
    node: Any, operator: Any, town: Double
) -> None:
    town.given("lines", {"number": "911234567", "kind": "FIXED", **node})

    data = lines(town)["911234567"]
    assert (data["operatorCode"], data["operatorName"], data["internal"]) == operator


# records ------------------------------------------------------------------------------------


def test_records_can_be_read_and_put_back(town: Double) -> None:
    finished(town, ORDER)
    town.given("places", {"gescal37": DWELLING})

    for kind in world.COLLECTIONS:
        validator = jsonschema_rs.Draft202012Validator(kind.schema)
        (record,) = town.records(kind.name)
        assert list(validator.iter_errors(dict(record.data))) == []
        town.given(kind.name, record.data)
        assert town.records(kind.name) == [record]


@pytest.mark.parametrize("length", [17, 37])
def test_what_a_place_of_spaces_brings_can_be_put_back_too(length: int, town: Double) -> None:
    blank = {**ORDER["service_point"], "gescal": " " * length}
    finished(town, {**ORDER, "service_point": blank})

    for kind in world.COLLECTIONS:
        validator = jsonschema_rs.Draft202012Validator(kind.schema)
        for record in town.records(kind.name):
            assert list(validator.iter_errors(dict(record.data))) == []


def test_the_building_is_written_by_the_server(town: Double) -> None:
    town.given("accesses", {"iua": "A", "gescal37": DWELLING, "building": "x"})
    town.given("accesses", {"iua": "B", "building": "x"})

    assert [each.get("building") for each in accesses(town)] == [DWELLING[:17], None]


def test_what_is_seeded_is_not_told_to_the_world() -> None:
    double = Double("tesamanager-v1", "mobile-v1")
    order = {"external_reference": "MYSIM_1", "service_point": ORDER["service_point"]}
    double.given("tesa-requests", {"org": "masmovil", "status": "FINISHED", **order})
    double.given("mobile-lines", {"org_id": "yoigo", "countryCode": "34", "number": "600000000"})
    double.session.settle()

    assert [double.records(each.name) for each in world.COLLECTIONS] == [[]] * 4


# the town -----------------------------------------------------------------------------------


def test_the_page_of_the_town_has_all_its_records() -> None:
    (scenario,) = [
        each for each in read_scenarios([ROOT / "scenarios/common/town.yaml"], ()) if each.given
    ]
    page = (ROOT / "docs/town.md").read_text().replace("·", " ")

    told = {"documentNumber", "gescal37", "addressId", "iua", "number", "service_id", "segment"}
    said = {
        value
        for nodes in scenario.given.values()
        for node in nodes
        for name, value in node.items()
        if name in told
    }
    assert len(said) > 40
    assert [value for value in said if value not in page] == []


def test_only_the_session_default_has_the_town() -> None:
    queries = {"default": 200, "another": 404}

    for session, status in queries.items():
        double = Double("ftth-v1", session=session)
        said = double.call("GET", "/v1/ftth/accesses/info?phoneNumber=900000000")
        assert (said.status, said.source) == (status, "simulation")


# places -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (DWELLING, DWELLING, True),
        (DWELLING, DWELLING.rstrip(), True),
        (DWELLING, DWELLING[:17], True),
        (DWELLING, DWELLING[:17].ljust(37), True),
        (DWELLING, DWELLING.replace("DCHA", "IZDA"), False),
        (DWELLING, "38000010276800007", False),
        (DWELLING, DWELLING.replace("         ", ""), False),
    ],
)
def test_a_building_meets_all_its_dwellings_and_a_dwelling_itself(
    one: str, other: str, *, same: bool
) -> None:
    assert meet(one, other) is meet(other, one) is same


@given(places, places)
def test_places_that_meet_are_in_the_same_building(one: str, other: str) -> None:
    same = building_of(one) == building_of(other)

    assert meet(one, one)
    assert same or not meet(one, other)
    assert meet(one, other) or not same or not (is_building(one) or is_building(other))
