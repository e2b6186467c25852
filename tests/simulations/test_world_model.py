"""What happens in a session's world happens in a naive town too: they never disagree."""

import re
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from jsonschema_rs import Draft202012Validator

from mockserver.record import Record
from mockserver.simulations import world
from tests.simulations.double import Double
from tests.simulations.models.ftth import Town

HOUSE, OTHER, BLANK = "28000010276800007", "48001000100100003", " " * 17
GESCALS = [
    HOUSE,
    HOUSE.ljust(37),
    f"{HOUSE}         006DCHA    ",
    f"{HOUSE}         006DCHA",
    f"{HOUSE}         005IZDA    ",
    OTHER,
    f"{OTHER}         001A       ",
    BLANK,
]
IUAS = ["V33904AHB202", "V28005MMA044", "V28005:A:044", "V28005EXT071"]
number = st.sampled_from(["911234567", "900000000", "654321987"])
gescal = st.sampled_from(GESCALS)
address = st.sampled_from(["M0000000000000000000000000000007042185", "J1"])
document = st.sampled_from(["12345678Z", "87654321X"])
brand = st.sampled_from(["MASMOVIL", "YOIGO", "ORANGE", "simyo"])
org = st.sampled_from(["masmovil", "orange"])
client = st.sampled_from(["Ana Perez", "Cliente Uno"])
seeds = st.fixed_dictionaries(
    {"iua": st.sampled_from(IUAS)},
    optional={
        "phoneNumber": number,
        "gescal37": gescal,
        "addressId": address,
        "documentNumber": document,
        "clientName": client,
        "brand": brand,
        "network": st.sampled_from(["own", "orange", "external"]),
        "territoryOwner": st.just("FIBMM01"),
        "bandwidth": st.just("100M_100M"),
    },
)
lines = st.fixed_dictionaries(
    {"number": number, "kind": st.sampled_from(["FIXED", "MOBILE", "BROADBAND"])},
    optional={
        "documentNumber": document,
        "brand": brand,
        "operatorName": st.sampled_from(["DIGI", "XTRA"]),
        "portable": st.booleans(),
        "iua": st.sampled_from(IUAS),
    },
)
places = st.fixed_dictionaries(
    {"gescal37": gescal},
    optional={"addressId": address, "territoryOwner": st.sampled_from(["FIBMM01", "FIBVUC01"])},
)
orders = st.fixed_dictionaries(
    {"reference_id": st.sampled_from(["TESA-000000000001", "TESA-000000000002"])},
    optional={
        "external_reference": st.just("MYSIM_1"),
        "territory_owner": st.sampled_from(["NEBA", "VULA_COMMERCIAL", "VULA_REGULATED"]),
        "customer": st.fixed_dictionaries(
            {"documentNumber": document, "documentType": st.just("NIF"), "name": client},
            optional={"lastName": st.just("Soto")},
        ),
        "service_point": st.fixed_dictionaries(
            {"gescal": gescal},
            optional={
                "addressId": address,
                "phoneNumber": number,
                "bandwidth": st.just("600M_600M"),
            },
        ),
    },
)
IUA = re.compile(r"V[0-9]{5}[A-Z]{3}[0-9]{3}")
ANYTHING = {
    "gescal37": OTHER,
    "iua": "V00000ABC000",
    "phoneNumber": "900000099",
    "documentNumber": "00000000T",
    "clientName": "Cliente Dos",
    "brand": "PEPEPHONE",
}
MADE = {"since", "building"}
SCHEMAS = {each.name: Draft202012Validator(each.schema) for each in world.COLLECTIONS}


@cache
def double() -> Double:
    """One engine for all examples: each begins with a reset."""
    return Double("ftth-v1", "portability-v1", "portability-v2")


class World(RuleBasedStateMachine):
    """What happens in a session's world, in the double and in the model; others build on it."""

    @initialize()
    def begin(self) -> None:
        self.double = double()
        self.double.reset()
        self.town = Town()

    def do(self, changes: Any) -> None:
        self.double.session.records.commit(changes)

    @rule(node=seeds)
    def seed_access(self, node: Any) -> None:
        self.double.given("accesses", node)
        self.town.put_access(node)

    @rule(node=lines)
    def seed_line(self, node: Any) -> None:
        self.double.given("lines", node)
        self.town.put_line(node)

    @rule(node=places)
    def seed_place(self, node: Any) -> None:
        self.double.given("places", node)
        same = [
            n for n, each in enumerate(self.town.places) if each["gescal37"] == node["gescal37"]
        ]
        if same:
            self.town.places[same[0]] = node
        else:
            self.town.places.append(node)

    @rule(tenant=org, order=orders)
    def finish_an_activation(self, tenant: str, order: Any) -> None:
        session = self.double.session
        changes = world.access_made(session.records, session.moment(), org=tenant, order=order)
        assert isinstance(changes[0], Record)
        iua = changes[0].data["iua"]
        assert IUA.fullmatch(iua)
        assert self.town.access(iua) is None
        self.do(changes)
        self.town.make_access(iua, tenant, order)

    @rule(pick=st.integers(0, 4))
    def finish_a_termination(self, pick: int) -> None:
        iua = self.picked(pick)
        self.do(world.access_ended(self.double.session.records, iua))
        self.town.end_access(iua)

    @rule(
        digits=number,
        kind=st.sampled_from(["FIXED", "MOBILE"]),
        owner=st.none() | document,
        name=brand,
    )
    def make_a_line(self, digits: str, kind: str, owner: str | None, name: str) -> None:
        session = self.double.session
        self.do(
            world.line_made(
                session.records,
                session.moment(),
                number=digits,
                kind=kind,
                document_number=owner,
                brand=name,
            )
        )
        self.town.make_line(digits, kind, owner, name)

    def picked(self, pick: int) -> str:
        """The id of an access that is there, or of none."""
        known = [each["iua"] for each in self.town.accesses]
        iua: str = known[pick] if pick < len(known) else ANYTHING["iua"]
        return iua

    def remembered(self) -> Any:
        """All that is known of the world."""
        kinds = "accesses", "lines", "customers", "places"
        return [self.double.records(kind) for kind in kinds]


class ComparedWorld(World):
    """Such a world, which the model knows at each step."""

    @invariant()
    def what_is_remembered_can_be_put_back(self) -> None:
        for name, validator in SCHEMAS.items():
            for record in self.double.records(name):
                assert not list(validator.iter_errors(dict(record.data)))

    @invariant()
    def both_have_the_same_accesses(self) -> None:
        found = {each.data["iua"]: _kept(each) for each in self.double.records("accesses")}
        assert found == {each["iua"]: each for each in self.town.accesses}

    @invariant()
    def both_have_the_same_lines(self) -> None:
        found = {each.data["number"]: _kept(each) for each in self.double.records("lines")}
        assert found == self.town.lines

    @invariant()
    def both_know_the_same_places(self) -> None:
        found = [_kept(each) for each in self.double.records("places")]
        assert found == self.town.places

    @invariant()
    def both_know_the_same_customers(self) -> None:
        records = self.double.records("customers")
        assert {each.data["documentNumber"]: each.data for each in records} == self.town.customers


def _kept(record: Record) -> Any:
    return {name: value for name, value in record.data.items() if name not in MADE}


TestWorld = ComparedWorld.TestCase
