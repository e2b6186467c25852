"""Device insurances: an order, then its policy, in both versions of the API."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.simulations.double import Double
from tests.simulations.models.device_insurance import Model

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


class Machine(RuleBasedStateMachine):
    """The double and the model, asked the same: they never disagree."""

    TRACE = st.sampled_from(["a", "b"])
    ORGS = st.sampled_from(["masmovil", "yoigo"])
    VERSIONS = st.sampled_from([1, 2])

    @initialize()
    def begin(self) -> None:
        self.double = Double(*STEMS, course={"*": "at once"})
        self.model = Model()
        self.ids: list[str] = []

    @rule(version=VERSIONS, org=ORGS, imei=st.sampled_from(["1", "2"]), trace=TRACE)
    def order(self, version: int, org: str, imei: str, trace: str) -> None:
        target = (V1, V2)[version - 1].format(org, "request")
        said = self.double.call("POST", target, {**ORDER, "imei": imei}, correlation=trace)
        place = self.model.order(version, org, {"imei": imei}, trace)
        assert said.status == 200
        if place == len(self.ids):
            assert said.json["requestId"] not in self.ids
            self.ids.append(said.json["requestId"])
        assert said.json["requestId"] == self.ids[place]

    @rule(version=VERSIONS, org=ORGS, chosen=st.integers(0, 20), trace=TRACE)
    def issue(self, version: int, org: str, chosen: int, trace: str) -> None:
        place = chosen if chosen < len(self.ids) else None
        name = self.ids[place] if place is not None else "REQ-1"
        target = (V1, V2)[version - 1]
        before = self.double.records("insurance-requests")
        said = issue(self.double, target, name, org, correlation=trace)
        assert said.status == self.model.issue(version, org, place, trace)
        if said.status != 200:
            assert self.double.records("insurance-requests") == before

    @invariant()
    def every_order_stands_where_the_model_has_it(self) -> None:
        found = [each.data["status"] for each in self.double.records("insurance-requests")]
        assert found == ["ISSUED" if each.issued else "REQUESTED" for each in self.model.orders]


TestMachine = Machine.TestCase
