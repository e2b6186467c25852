"""Device insurances: an order, then its policy, in both versions of the API."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mockserver.clock import stamp
from tests.simulations.double import NOON, Double, shared
from tests.simulations.models.device_insurance import DEVICE, ORDERED, Model

STEMS = ("device-insurance-v1", "device-insurance-v2")
V1 = "/v1/device-insurance/orgs/{}/{}"
V2 = "/v2/orgs/{}/device-insurance/{}"
ORDER = {
    "documentId": "12345678Z",
    "firstName": "juan",
    "email": "d@g.com",
    "language": "es",
    "brand": "Samsung",
    "model": "Galaxy S22",
    "price": 2.2,
    "imei": "353918054236100",
}


def double() -> Double:
    return Double(*STEMS)


def order(provider: Double, target: str, org: str = "masmovil", **more: Any) -> Any:
    said = provider.call("POST", target.format(org, "request"), {**ORDER, **more})
    assert said.status == 200
    assert said.source == "simulation"
    return said.json


def issue(provider: Double, target: str, request: str, org: str = "masmovil", **more: Any) -> Any:
    return provider.call("POST", target.format(org, "issue"), {"requestId": request}, **more)


def test_an_order_is_issued_once_and_the_second_issue_says_why_not() -> None:
    provider = double()
    made = order(provider, V1)

    issued = issue(provider, V1, made["requestId"])
    again = issue(provider, V1, made["requestId"])

    assert (issued.status, issued.json["message"]) == (200, "Insurance policy issued.")
    assert issued.json["orderId"] == made["orderId"]
    assert again.status == 406
    reason = f"The policy of the request {made['requestId']} is already issued."
    assert again.json == {"code": "NOT_ACCEPTABLE", "title": "Not acceptable", "details": reason}


def test_an_unknown_request_is_not_found() -> None:
    said = issue(double(), V1, "REQ-1")

    assert said.status == 404
    reason = "There is no insurance request REQ-1."
    assert said.json == {"code": "NOT_FOUND", "title": "Not found", "details": reason}


def test_version_2_refuses_without_a_body() -> None:
    provider = double()
    made = order(provider, V2)
    unknown = issue(provider, V2, "REQ-1")
    issue(provider, V2, made["requestId"])

    twice = issue(provider, V2, made["requestId"], correlation="another")

    assert (unknown.status, unknown.json) == (404, None)
    assert (twice.status, twice.json) == (400, None)
    assert twice.source == "simulation"


def test_an_order_of_one_version_can_be_issued_by_the_other() -> None:
    provider = double()

    assert issue(provider, V2, order(provider, V1)["requestId"]).status == 200
    assert issue(provider, V1, order(provider, V2)["requestId"]).status == 200


def test_version_1_insures_twice_what_is_ordered_twice() -> None:
    provider = double()

    assert order(provider, V1)["requestId"] != order(provider, V1)["requestId"]


def test_version_2_knows_an_order_again_by_correlation_customer_and_device() -> None:
    provider = double()
    first = order(provider, V2)

    assert order(provider, V2) == first
    assert order(provider, V2, price=3) == first
    assert order(provider, V2, imei="353918054236101") != first
    assert len(provider.records("insurance-requests")) == 2


def test_ids_hold_the_session_and_come_again_after_a_reset() -> None:
    provider = double()
    first = order(provider, V1)
    tag = first["requestId"].removeprefix("REQ-")[:6]

    provider.reset()

    assert order(provider, V1) == first
    assert first == {
        "orderId": f"ORD-{tag}000001",
        "requestId": f"REQ-{tag}000001",
        "message": "Insurance order created.",
    }


def test_a_bank_account_is_not_kept_and_the_policy_is() -> None:
    provider = double()
    bank = {"entity": "2100", "officeCode": "0418", "dc": "45", "accountNumber": "0200051332"}
    made = order(provider, V1, **bank)
    body = {"requestId": made["requestId"], "policyNumber": "3500038700026229"}
    provider.call("POST", V1.format("masmovil", "issue"), body)

    (record,) = provider.records("insurance-requests")

    assert not bank.keys() & record.data.keys()
    assert record.data["policyNumber"] == "3500038700026229"
    assert record.data["status"] == "ISSUED"


def test_a_seeded_request_is_there_to_be_issued() -> None:
    provider = double()
    provider.given("insurance-requests", {"organization": "masmovil", "requestId": "REQ-1"})

    assert issue(provider, V1, "REQ-1", org="yoigo").status == 404
    assert issue(provider, V1, "REQ-1").json["orderId"] == "REQ-1"


@pytest.mark.parametrize("member", ["brand", "model", "documentId", "imei"])
def test_another_device_or_customer_is_another_order_of_the_same_correlation(member: str) -> None:
    provider = double()
    first = order(provider, V2)

    other = order(provider, V2, **{member: "another"})

    assert other != first
    assert order(provider, V2) == first
    assert order(provider, V2, **{member: "another"}) == other


def test_the_issue_says_when_and_of_which_device() -> None:
    provider = double()
    made = order(provider, V2)
    provider.advance("90m")
    body = {"requestId": made["requestId"], "imei": "353918054236101"}
    assert provider.call("POST", V2.format("masmovil", "issue"), body).status == 200

    (record,) = provider.records("insurance-requests")

    assert record.data["created"] == "2026-01-15T12:00:00.000Z"
    assert record.data["updated"] == "2026-01-15T13:30:00.000Z"
    assert record.data["imei"] == "353918054236101"


OTHERS = ({"brand": "Nokia"}, {"model": "3310"}, {"documentId": "87654321X"})


def at(minutes: int) -> str:
    return stamp(NOON + timedelta(minutes=minutes))


class Machine(RuleBasedStateMachine):
    """The double and the model, asked the same: they never disagree."""

    TRACE = st.sampled_from(["a", "b"])
    ORGS = st.sampled_from(["masmovil", "masmovil", "yoigo"])
    VERSIONS = st.sampled_from([1, 2, 2])
    IMEIS = st.sampled_from(["1", "2"])
    DEVICES = st.sampled_from(
        [{"imei": imei, **other} for imei in "12" for other in (*[{}] * 3, *OTHERS)]
    )
    NAME = re.compile("REQ-[A-Z2-7]{6}[0-9]{6}")

    @initialize()
    def begin(self) -> None:
        self.double = shared(*STEMS, course={"*": "at once"})
        self.model = Model()
        self.first = ""
        self.other = self.double.beside("other")
        self.other.reset()
        self.said_there, self.there = order(self.other, V1), self.remembered(self.other)

    def remembered(self, provider: Double) -> list[Any]:
        return provider.records("insurance-requests")

    @rule(
        version=VERSIONS,
        org=ORGS,
        device=DEVICES,
        trace=TRACE,
    )
    def order(self, version: int, org: str, device: dict[str, str], trace: str) -> None:
        target, body = (V1, V2)[version - 1].format(org, "request"), {**ORDER, **device}
        before = self.remembered(self.double)
        said = self.double.call("POST", target, body, correlation=trace)
        made = self.model.order(version, org, {name: body[name] for name in DEVICE}, trace)
        if made.name:
            assert self.remembered(self.double) == before
        else:
            made.name = self.learned(said.json["requestId"])
        assert (said.status, said.json, said.source) == (*made.told(ORDERED), "simulation")

    def learned(self, name: str) -> str:
        """The name of a new order; the first one of each life has the same."""
        others = [each.name for each in self.model.orders[:-1]]
        assert self.NAME.fullmatch(name)
        assert name not in others
        if not others:
            self.first = self.first or name
            assert name == self.first
        return name

    @rule(
        version=VERSIONS,
        org=ORGS,
        chosen=st.integers(0, 8),
        trace=TRACE,
        imei=st.sampled_from([None, None, "1", "2"]),
        policy=st.sampled_from([None, "35"]),
    )
    def issue(
        self,
        version: int,
        org: str,
        chosen: int,
        trace: str,
        imei: str | None,
        policy: str | None,
    ) -> None:
        names = [each.name for each in self.model.orders]
        name = names[chosen] if chosen < len(names) else "REQ-1"
        given = {"requestId": name, "imei": imei, "policyNumber": policy}
        body = {member: value for member, value in given.items() if value is not None}
        before, target = self.remembered(self.double), (V1, V2)[version - 1].format(org, "issue")
        known = [each.issued for each in self.model.orders]
        said = self.double.call("POST", target, body, correlation=trace)
        wanted = self.model.issue(version, org, name, trace, imei, policy)
        assert (said.status, said.json, said.source) == (*wanted, "simulation")
        if known == [each.issued for each in self.model.orders]:
            assert self.remembered(self.double) == before

    @rule(minutes=st.sampled_from([1, 30, 600]))
    def time_passes(self, minutes: int) -> None:
        self.double.advance(f"{minutes}m")
        self.model.now += minutes

    @rule(minutes=st.sampled_from([1, 45]))
    def turn_the_clock_back(self, minutes: int) -> None:
        self.double.turn_back(timedelta(minutes=minutes))
        self.model.now -= minutes

    @rule()
    def rewind(self) -> None:
        self.double.reset()
        self.model = Model()

    @rule()
    def rewind_the_other_session(self) -> None:
        before = self.remembered(self.double)
        self.other.reset()
        assert order(self.other, V1) == self.said_there
        assert self.remembered(self.double) == before

    @invariant()
    def every_order_stands_where_the_model_has_it(self) -> None:
        found = [
            (
                each.data["requestId"],
                each.data["status"],
                each.data["created"],
                each.data["updated"],
                {name: each.data[name] for name in DEVICE},
                each.data.get("policyNumber"),
            )
            for each in self.remembered(self.double)
        ]
        assert found == [
            (each.name, each.status, at(each.created), at(each.updated), each.device, each.policy)
            for each in self.model.orders
        ]
        assert self.remembered(self.other) == self.there


TestMachine = Machine.TestCase
