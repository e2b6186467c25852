"""The double of Feasibility and a naive town, side by side: they never disagree."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.simulations.models.feasibility import Checks
from tests.simulations.test_world_model import GESCALS, World, address, document, number

CHECK = "orgs/masmovil/portability"
gescal = st.sampled_from([each for each in GESCALS if len(each) in (17, 37)])
fixed = st.sampled_from(["911234567", "900000000", "899999999", "899999998"])
owner = st.just("FIBNEB01")
elsewhere = st.sampled_from(["J2", "J3", None])
numbers = st.one_of(
    st.fixed_dictionaries(
        {
            "number": fixed,
            "technology": st.sampled_from(["FTTH", "FTTH", "ADSL", "MIFIJO"]),
            "territoryOwner": owner,
            "technicalId": gescal,
        },
        optional={"addressId": address | elsewhere},
    ),
    st.fixed_dictionaries(
        {"number": fixed, "technology": st.just("MIFIJO")},
        optional={"territoryOwner": st.none(), "technicalId": st.none(), "addressId": st.none()},
    ),
)
sales = st.fixed_dictionaries(
    {
        "territoryOwner": owner,
        "technicalId": gescal,
        "documentId": st.fixed_dictionaries({"type": st.just("NIF"), "value": document}),
    },
    optional={"originNumber": number, "addressId": address | st.sampled_from(["J2", "J3"])},
)
segments = st.sampled_from(["Consumer", "SelfEmployee", "SME", "B2B"])
limits = st.fixed_dictionaries(
    {},
    optional={
        "document_type": st.just("NIF"),
        "document_id": document | st.sampled_from(["88662844Y", ""]),
        "segment": segments,
    },
)
customers = st.fixed_dictionaries(
    {"documentNumber": document}, optional={"segment": segments, "clientName": st.just("Uno")}
)


class Feasibility(World):
    """The checks in the world of a session; they change nothing."""

    @initialize()
    def ask(self) -> None:
        self.checks: Checks | None = None

    @property
    def known(self) -> Checks:
        """The model of the checks, made when the town is there."""
        if self.checks is None:
            self.checks = Checks(self.town)
        return self.checks

    def asked(self, target: str, body: Any) -> Any:
        before = self.remembered()
        said = self.double.call("POST", target, body)
        assert (said.status, said.source) == (200, "simulation")
        assert self.remembered() == before
        return said.json

    @rule(node=customers)
    def seed_customer(self, node: Any) -> None:
        self.double.given("customers", node)
        self.town.customers[node["documentNumber"]] = node

    @rule(body=numbers)
    def check_a_number(self, body: Any) -> None:
        reply = self.asked(f"/v2/{CHECK}/portabilityCheck", body)
        assert self.known.wrong_portability(body, reply) == ""

    @rule(body=numbers)
    def check_a_number_as_in_the_first_version(self, body: Any) -> None:
        first = {name: value for name, value in body.items() if name != "addressId"}
        reply = self.asked(f"/v1/{CHECK}/portabilityCheck", {**first, "sfid": "AW001200"})
        assert self.known.wrong_portability(first, reply) == ""

    @rule(body=sales)
    def check_an_access(self, body: Any) -> None:
        reply = self.asked(f"/v2/{CHECK}/accessCheck", body)
        assert self.known.wrong_access(body, reply) == ""

    @rule(body=limits)
    def read_the_limits(self, body: Any) -> None:
        reply = self.asked("/v2/orgs/masmovil/subscriptions/limit/active", body)
        assert reply == self.known.limits(body)


TestFeasibility = Feasibility.TestCase
