"""Checks before a sale: portability, re-use of an access, limits."""

from typing import Any

import pytest

from mockserver.simulations import world
from tests.simulations.double import Double

DWELLING = "28000010276800007         006DCHA    "
NEIGHBOUR = "28000010276800007         005IZDA    "
ACCESS = {
    "iua": "V33904AHB202",
    "phoneNumber": "911234567",
    "gescal37": DWELLING,
    "addressId": "M1",
    "documentNumber": "12345678Z",
    "brand": "ORANGE",
}
TOLD = {
    "internalAccess": True,
    "iua": "V33904AHB202",
    "brand": "ORANGE",
    "number": "911234567",
    "documentNumber": "12345678Z",
    "gescal": DWELLING,
}
FIBRE = {
    "number": "911234567",
    "territoryOwner": "FIBNEB01",
    "technicalId": DWELLING,
    "technology": "FTTH",
}
SALE = {
    "territoryOwner": "FIBNEB01",
    "technicalId": DWELLING,
    "documentId": {"type": "NIF", "value": "12345678Z"},
}
TRANSFER = {"installationRequired": False, "installationInformation": TOLD}
INSTALLATION = {"installationRequired": True}


@pytest.fixture
def double() -> Double:
    return Double("portability-v1", "portability-v2")


def ported(double: Double, version: int = 2, **members: Any) -> Any:
    body = {**FIBRE, **members, **({"sfid": "AW001200"} if version == 1 else {})}
    said = double.call("POST", f"/v{version}/orgs/masmovil/portability/portabilityCheck", body)
    assert (said.status, said.source) == (200, "simulation")
    return said.json


def checked(double: Double, **members: Any) -> Any:
    body = {**SALE, **members}
    said = double.call("POST", "/v2/orgs/masmovil/portability/accessCheck", body)
    assert (said.status, said.source) == (200, "simulation")
    return said.json


def limits(double: Double, **members: Any) -> Any:
    said = double.call("POST", "/v2/orgs/masmovil/subscriptions/limit/active", members)
    assert (said.status, said.source) == (200, "simulation")
    return said.json


# portability --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [1, 2])
def test_a_number_whose_access_is_at_the_place_needs_no_installation(
    version: int, double: Double
) -> None:
    double.given("accesses", ACCESS)

    assert ported(double, version) == {
        "internalPortability": True,
        "isPortable": True,
        "operator": {"code": "00101", "name": "ORANGE"},
        **TRANSFER,
    }


def test_an_access_outside_of_the_group_is_not_an_internal_one(double: Double) -> None:
    double.given("accesses", {**ACCESS, "network": "external"})

    reply = ported(double)

    assert reply["internalPortability"] is False
    assert reply["installationInformation"]["internalAccess"] is False


def test_the_operator_is_that_of_the_line_before_that_of_the_access(double: Double) -> None:
    double.given("accesses", ACCESS)
    double.given("lines", {"number": "911234567", "kind": "FIXED", "operatorName": "DIGI"})

    reply = ported(double)

    assert reply["operator"] == {"code": "00203", "name": "DIGI"}
    assert reply["internalPortability"] is False


@pytest.mark.parametrize(
    ("technology", "installation"), [("FTTH", True), ("ADSL", True), ("MIFIJO", False)]
)
def test_a_number_that_cannot_be_ported_is_an_answer_and_brings_no_access(
    technology: str, double: Double, *, installation: bool
) -> None:
    double.given("accesses", ACCESS)
    double.given("lines", {"number": "911234567", "kind": "FIXED", "portable": False})

    assert ported(double, technology=technology) == {
        "internalPortability": True,
        "isPortable": False,
        "installationRequired": installation,
        "operator": {"code": "00031", "name": "XTRA"},
    }


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("place", [{}, {"territoryOwner": None, "technicalId": None}])
def test_a_mifijo_needs_no_place_and_no_installation(
    version: int, place: Any, double: Double
) -> None:
    double.given("accesses", ACCESS)
    sfid = {"sfid": "AW001200"} if version == 1 else {"addressId": None}
    body = {"number": "911234567", "technology": "MIFIJO", **place, **sfid}

    said = double.call("POST", f"/v{version}/orgs/masmovil/portability/portabilityCheck", body)

    assert (said.status, said.source) == (200, "simulation")
    assert said.json["installationRequired"] is False
    assert "installationInformation" not in said.json


def test_a_fibre_access_is_not_transferred_for_adsl(double: Double) -> None:
    double.given("accesses", ACCESS)

    reply = ported(double, technology="ADSL")

    assert reply["installationRequired"] is True
    assert "installationInformation" not in reply


def test_a_customer_of_the_group_who_moves_house_needs_an_installation(double: Double) -> None:
    double.given("accesses", ACCESS)
    double.given("places", {"gescal37": NEIGHBOUR})

    reply = ported(double, technicalId=NEIGHBOUR)

    assert (reply["internalPortability"], reply["installationRequired"]) == (True, True)


# access -------------------------------------------------------------------------------------


def test_the_access_of_the_customer_can_be_transferred(double: Double) -> None:
    double.given("accesses", ACCESS)

    assert checked(double) == TRANSFER


def test_of_several_accesses_that_of_the_number_goes_before_that_of_the_document(
    double: Double,
) -> None:
    double.given("accesses", {**ACCESS, "iua": "A", "documentNumber": "1", "phoneNumber": "2"})
    double.given("accesses", {**ACCESS, "iua": "B", "documentNumber": "1"})
    double.given("accesses", {**ACCESS, "iua": "C", "phoneNumber": "2"})

    mine = checked(double, originNumber="2", documentId={"type": "NIF", "value": "12345678Z"})
    papers = checked(double)
    nobody = checked(double, documentId={"type": "NIF", "value": "3"})

    assert mine["installationInformation"]["iua"] == "A"
    assert papers["installationInformation"]["iua"] == "C"
    assert nobody == INSTALLATION


def test_the_only_access_of_a_dwelling_can_be_taken_over_from_who_lived_there(
    double: Double,
) -> None:
    double.given("accesses", ACCESS)
    stranger = {"type": "NIF", "value": "87654321X"}

    assert checked(double, documentId=stranger) == TRANSFER
    assert checked(double, documentId=stranger, technicalId=DWELLING[:17]) == INSTALLATION


@pytest.mark.parametrize("building", [DWELLING[:17], DWELLING[:17].ljust(37)])
def test_an_access_of_which_only_the_building_is_known_is_no_strangers(
    building: str, double: Double
) -> None:
    double.given("accesses", {**ACCESS, "gescal37": building})
    stranger = {"type": "NIF", "value": "87654321X"}

    assert checked(double, documentId=stranger) == INSTALLATION
    assert checked(double, documentId=stranger, addressId="M1") == INSTALLATION
    assert checked(double)["installationInformation"]["iua"] == "V33904AHB202"


def test_the_only_access_with_an_address_id_can_be_taken_over_where_nobody_knows_its_gescal(
    double: Double,
) -> None:
    double.given("accesses", {"iua": "A", "addressId": "M1"})

    assert checked(double, addressId="M1")["installationInformation"]["iua"] == "A"


def test_a_neighbours_access_is_not_taken_over(double: Double) -> None:
    double.given("accesses", {**ACCESS, "addressId": "M2"})
    double.given("places", {"gescal37": NEIGHBOUR})

    assert checked(double, technicalId=NEIGHBOUR) == INSTALLATION


def test_the_only_access_that_is_known_in_a_building_may_be_a_neighbours(double: Double) -> None:
    double.given("accesses", {"iua": "A", "gescal37": DWELLING})

    assert checked(double, technicalId=DWELLING[:17]) == INSTALLATION


def test_the_address_id_says_it_better_than_the_gescal(double: Double) -> None:
    double.given("accesses", {**ACCESS, "gescal37": NEIGHBOUR})

    reply = checked(double, technicalId="12345678901234567", addressId="M1")

    assert reply["installationInformation"]["gescal"] == NEIGHBOUR


def test_an_address_id_that_no_access_has_leaves_it_to_the_gescal(double: Double) -> None:
    double.given("accesses", ACCESS)

    assert checked(double, addressId="M9") == TRANSFER


def test_of_an_access_only_what_is_known_is_told(double: Double) -> None:
    double.given("accesses", {"iua": "V28000XXX102", "gescal37": DWELLING})

    assert checked(double)["installationInformation"] == {
        "internalAccess": True,
        "iua": "V28000XXX102",
        "gescal": DWELLING,
    }


@pytest.mark.parametrize(
    "place", [{"gescal37": DWELLING}, {"gescal37": "9" * 17, "addressId": "M1"}]
)
def test_a_known_place_without_an_access_needs_an_installation(place: Any, double: Double) -> None:
    double.given("places", place)

    assert checked(double, addressId="M1") == INSTALLATION


def test_an_installation_is_needed_where_an_access_has_ended_or_moved_away() -> None:
    double = Double("ftth-v1", "portability-v2")
    stranger = {"type": "NIF", "value": "87654321X"}
    for number in range(40):
        place = f"2800000000000{number:04}         001A       "
        source = {**ACCESS, "iua": f"V{number}", "gescal37": place, "clientName": "Ana Perez"}
        double.given("accesses", {**source, "addressId": f"M{number}"})
        if number % 2:
            ended = world.access_ended(double.session.records, f"V{number}")
            double.session.records.commit(ended)
        else:
            target = {"gescal37": DWELLING, "brand": "YOIGO", "bandwidth": "600M_600M"}
            body = {"source": source, "destination": {**target, "customerType": "RESIDENTIAL"}}
            said = double.call("POST", "/v1/ftth/retentions", {"reuseAccess": True, **body})
            assert said.status == 200

        for asked in ({}, {"addressId": f"M{number}"}):
            for there in (place, place[:17]):
                reply = checked(double, technicalId=there, documentId=stranger, **asked)
                assert reply == INSTALLATION


# the open world -----------------------------------------------------------------------------


def test_an_unknown_number_can_be_ported_and_stays_with_its_operator(double: Double) -> None:
    first = [ported(double, number=f"9110000{number:02}") for number in range(40)]
    again = [ported(double, number=f"9110000{number:02}") for number in range(40)]

    assert first == again
    assert {reply["isPortable"] for reply in first} == {True}
    assert {reply["internalPortability"] for reply in first} == {True, False}
    assert {frozenset(reply["operator"]) for reply in first} == {frozenset({"code", "name"})}
    assert len({reply["operator"]["code"] for reply in first}) == 6


def test_at_an_unknown_place_may_be_an_access_that_the_group_does_not_have(
    double: Double,
) -> None:
    places = [f"2800000000000{number:04}" for number in range(80)]
    replies = [checked(double, technicalId=place) for place in places]

    assert replies == [checked(double, technicalId=place) for place in places]
    foreign = [each["installationInformation"] for each in replies if each != INSTALLATION]
    assert 5 < len(foreign) < 40
    assert {each["internalAccess"] for each in foreign} == {False}
    assert {len(each["iua"]) for each in foreign} == {12}
    assert len({each["iua"] for each in foreign}) == len(foreign)


def test_an_unknown_place_is_the_same_however_it_is_told(double: Double) -> None:
    for number in range(40):
        building = f"2800000000000{number:04}"
        dwelling = f"{building}         001A       "
        replies = [
            checked(double, technicalId=place, **address)
            for place in (building, building.ljust(37), dwelling)
            for address in ({}, {"addressId": f"M{number}"})
        ]

        assert replies == [replies[0]] * len(replies)


def test_another_seed_is_another_world(double: Double) -> None:
    numbers = [f"9110000{number:02}" for number in range(40)]
    before = [ported(double, number=number) for number in numbers]
    memory = double.session.memory
    memory.state = memory.state._replace(seed=1)

    assert [ported(double, number=number) for number in numbers] != before


def test_the_checks_remember_nothing(double: Double) -> None:
    ported(double)
    checked(double)
    limits(double, document_id="88662844Y")

    assert len(double.session.records) == 0


# limits -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("segment", "total", "rows"),
    [
        ("Consumer", 4, {"MOBILE": 3, "FIXED": 1, "BROADBAND": 1}),
        ("SelfEmployee", 8, {"MOBILE": 5, "FIXED": 2, "BROADBAND": 2}),
        ("SME", 20, {"MOBILE": 12, "FIXED": 5, "BROADBAND": 5}),
        ("B2B", 100, {"MOBILE": 60, "FIXED": 20, "BROADBAND": 20}),
    ],
)
def test_who_has_no_line_may_have_as_many_as_the_segment_may(
    segment: str, total: int, rows: Any, double: Double
) -> None:
    expected = {
        "total_limit": total,
        "total_active_subscriptions": 0,
        "total_subscriptions_allowed": total,
        "specific_limits": [
            {
                "type": kind,
                "limit": limit,
                "active_subscriptions": 0,
                "subscriptions_allowed": limit,
            }
            for kind, limit in rows.items()
        ],
    }

    assert limits(double, segment=segment, document_id="88662844Y") == expected
    assert limits(double, segment=segment) == expected


def test_the_segment_of_a_known_customer_counts_where_none_is_said(double: Double) -> None:
    double.given("customers", {"documentNumber": "1", "segment": "SME"})

    assert limits(double, document_id="1")["total_limit"] == 20
    assert limits(double, document_id="1", segment="B2B")["total_limit"] == 100
    assert limits(double, document_id="2")["total_limit"] == limits(double)["total_limit"] == 4


def active(reply: Any) -> dict[str, int]:
    return {each["type"]: each["active_subscriptions"] for each in reply["specific_limits"]}


def test_the_lines_and_accesses_of_the_customer_are_active(double: Double) -> None:
    double.given("accesses", {**ACCESS, "documentNumber": "1"})
    for number, kind in (("600000001", "MOBILE"), ("600000002", "MOBILE"), ("B1", "BROADBAND")):
        double.given("lines", {"number": number, "kind": kind, "documentNumber": "1"})
    double.given("lines", {"number": "600000003", "kind": "MOBILE", "documentNumber": "2"})

    reply = limits(double, document_id="1")

    assert active(reply) == {"MOBILE": 2, "FIXED": 1, "BROADBAND": 2}
    assert reply["total_active_subscriptions"] == 5


def test_no_line_is_counted_twice(double: Double) -> None:
    double.given("accesses", ACCESS)
    own = {"documentNumber": "12345678Z", "iua": "V33904AHB202"}
    double.given("lines", {"number": "911234567", "kind": "FIXED", **own})
    double.given("lines", {"number": "B1", "kind": "BROADBAND", **own})

    reply = limits(double, document_id="12345678Z")

    assert active(reply) == {"MOBILE": 0, "FIXED": 1, "BROADBAND": 1}


def test_what_is_outside_of_the_group_does_not_count(double: Double) -> None:
    double.given("accesses", {**ACCESS, "network": "external"})
    double.given(
        "lines",
        {
            "number": "600000001",
            "kind": "MOBILE",
            "documentNumber": "12345678Z",
            "operatorName": "DIGI",
        },
    )

    reply = limits(double, document_id="12345678Z")

    assert reply["total_active_subscriptions"] == 0


def test_what_is_left_is_never_less_than_none(double: Double) -> None:
    for number in range(5):
        node = {"number": f"60000000{number}", "kind": "MOBILE", "documentNumber": "1"}
        double.given("lines", node)

    reply = limits(double, document_id="1")

    assert (reply["total_active_subscriptions"], reply["total_subscriptions_allowed"]) == (5, 0)
    (mobile,) = [each for each in reply["specific_limits"] if each["type"] == "MOBILE"]
    assert (mobile["active_subscriptions"], mobile["subscriptions_allowed"]) == (5, 0)


# scenarios ----------------------------------------------------------------------------------


def told(double: Double, scenario: str, name: str, body: Any, version: int = 2) -> Any:
    target = f"/v{version}/orgs/masmovil/{name}"
    said = double.call("POST", target, body, scenario=scenario)
    assert (said.status, said.source) == (200, "simulation")
    return said.json


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize(
    ("scenario", "number", "place", "expected"),
    [
        ("access-transfer", "899000101", "28000000000000101", (True, True, False)),
        ("internal-portability", "899000104", "28000000000000104", (True, True, True)),
        ("new-installation", None, "28000000000000105", (None, True, True)),
        ("not-portable", "899000106", "28000000000000106", (False, False, True)),
    ],
)
def test_a_scenario_gives_the_numbers_and_places_that_it_tells_of(
    version: int, scenario: str, number: str | None, place: str, expected: Any, double: Double
) -> None:
    body = {**FIBRE, "technicalId": place, "number": number or FIBRE["number"]}
    body |= {"sfid": "AW001200"} if version == 1 else {}

    reply = told(double, scenario, "portability/portabilityCheck", body, version)

    names = ("internalPortability", "isPortable", "installationRequired")
    found = tuple(reply[name] for name in names)
    assert found == tuple(
        want if want is not None else got for want, got in zip(expected, found, strict=True)
    )


@pytest.mark.parametrize(
    ("scenario", "iua", "internal"),
    [
        ("access-transfer", "V28000XXX101", True),
        ("access-details-missing", "V28000XXX102", True),
        ("external-access", "V28000XXX103", False),
    ],
)
def test_a_scenario_gives_the_access_that_it_tells_of(
    scenario: str, iua: str, double: Double, *, internal: bool
) -> None:
    place = f"28000000000000{iua[-3:]}         001A       "

    reply = told(double, scenario, "portability/accessCheck", {**SALE, "technicalId": place})

    information = reply["installationInformation"]
    assert (information["iua"], information["internalAccess"]) == (iua, internal)


@pytest.mark.parametrize(
    ("scenario", "document", "left"),
    [("limit-reached", "00000107S", (0, 0)), ("mobile-limit-reached", "00000110H", (1, 0))],
)
def test_a_scenario_gives_the_lines_that_reach_the_limit(
    scenario: str, document: str, left: Any, double: Double
) -> None:
    reply = told(double, scenario, "subscriptions/limit/active", {"document_id": document})

    mobile = reply["specific_limits"][0]
    assert mobile["type"] == "MOBILE"
    found = (reply["total_subscriptions_allowed"], mobile["subscriptions_allowed"])
    assert found == left


# the town -----------------------------------------------------------------------------------


def test_a_newcomer_finds_what_the_examples_ask_for() -> None:
    double = Double("portability-v1", "portability-v2", session="default")
    sample: Any = {"technicalId": "12345678901234567"}
    address: Any = {"addressId": "M0000000000000000000000000000007042185"}

    assert ported(double, **sample, **address) == {
        "internalPortability": True,
        "isPortable": True,
        "operator": {"code": "00031", "name": "XTRA"},
        **TRANSFER,
    }
    assert ported(double, 1, **sample)["installationRequired"] is True
    assert checked(double) == TRANSFER
    assert active(limits(double, document_id="88662844Y")) == {
        "MOBILE": 2,
        "FIXED": 0,
        "BROADBAND": 0,
    }
    assert ported(double, number="944000072")["isPortable"] is False
