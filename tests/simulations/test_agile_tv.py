"""Agile TV as a caller sees it: sections 5.2 to 5.4 of the facts, line by line."""

from typing import Any

import pytest

from mockserver.adoption import data_findings
from mockserver.record import Record
from mockserver.simulations.agile_tv.operations import API
from mockserver.simulations.agile_tv.subscription import SUBSCRIPTIONS
from mockserver.simulations.subscriptions import workflow_id
from mockserver.simulations.workflows import DONE, FAILED
from mockserver.timeline import step
from tests.simulations.double import Double, Said, told

STEM = "agile-tv-v3"
FAMILIA = {"id": "AGILE_TV_FAMILIA"}
SIGN_UP = {"postalCode": "48001", "products": [FAMILIA], "stbs": [{"serialNumber": "S1"}]}
EDIT = {"postalCode": "48002", "ftthWorkOrderId": "MYSIM_9"}
ADD = {"productsToAdd": [{"id": "AGILE_TV_DEPORTE"}]}
ADD_STB = {"postalCode": "48001", "stbsToAdd": [{"serialNumber": "S2"}]}
HOURLY = {"*": {"after": "1h"}}
NEVER = {"*": "never"}
OPERATIONS: dict[str, tuple[str, str, Any]] = {
    "createSubscription": ("POST", "", SIGN_UP),
    "updateSubscription": ("PATCH", "", EDIT),
    "deleteSubscription": ("DELETE", "", None),
    "updateProducts": ("PATCH", "/products", ADD),
    "updateStbs": ("PATCH", "/stbs", ADD_STB),
    "suspendSubscription": ("POST", "/suspend", {}),
    "reactivateSubscription": ("POST", "/reactivate", {}),
}
LATER = [name for name in OPERATIONS if name != "createSubscription"]


class Brand:
    """The calls of one brand, each with a correlation id of its own unless told otherwise.

    Args:
        course: How workflows proceed; None for the packaged scenarios.
        session: Of the calls.
        org: The brand.
    """

    def __init__(
        self, course: Any = None, *, session: str = "test", org: str = "masmovil", **scenarios: Any
    ) -> None:
        own = {f"{STEM}/{name}": node for name, node in scenarios.items()}
        self.double = Double(STEM, session=session, course=course, scenarios=own)
        self.org = org
        self.calls = 0

    def ask(
        self,
        operation: str,
        body: Any = None,
        *,
        service: str = "ACC_1",
        trace: str = "",
        **more: str,
    ) -> Said:
        """A call of an operation, with the usual body unless another is given."""
        method, ending, usual = OPERATIONS.get(operation, ("GET", "", None))
        self.calls += 1
        path = f"/v3/orgs/{self.org}/tv/agile/subscriptions/{service}{ending}"
        sent = usual if body is None else body
        trace = trace or f"{self.calls:08d}-0000-4000-8000-{self.calls:012d}"
        return self.double.call(method, path, sent, correlation=trace, **more)

    def done(self, operation: str, body: Any = None, **more: str) -> None:
        """A call that has to be accepted."""
        said = self.ask(operation, body, **more)
        assert (said.status, said.source) == (202, "simulation"), said.json

    def state(self, service: str = "ACC_1") -> str:
        """What a read says of the state; "" where there is nothing."""
        said = self.ask("getSubscription", service=service)
        return said.json["accountState"] if said.status == 200 else ""

    def seen(self, name: str, service: str = "ACC_1") -> list[str]:
        """The ids or serial numbers of a list of the subscription."""
        said = self.ask("getSubscription", service=service)
        return [each.get("id") or each.get("serialNumber") for each in said.json[name]]

    def workflows(self) -> list[tuple[str, str]]:
        """Operation and status of every workflow, in order."""
        found = self.double.records("workflows")
        return [(each.data["operation"], each.data["status"]) for each in found]

    def record(self) -> Record:
        """The only subscription."""
        (record,) = self.double.records("agile-subscriptions")
        return record


def refused(said: Said, status: int, title: str, details: str) -> None:
    code = {400: "BAD_REQUEST", 404: "RESOURCE_NOT_FOUND"}[status]
    assert said.status == status
    assert said.json == {"code": code, "title": title, "details": details}
    assert said.source == "simulation"


# the table ----------------------------------------------------------------------------------


def test_a_sign_up_is_active_on_the_next_read_by_default() -> None:
    brand = Brand()

    brand.done("createSubscription")

    assert brand.state() == "ACTIVE"


def test_a_subscription_is_suspended_reactivated_and_ended() -> None:
    brand = Brand()
    brand.done("createSubscription")

    brand.done("suspendSubscription")
    assert brand.state() == "SUSPENDED"
    brand.done("reactivateSubscription")
    assert brand.state() == "ACTIVE"
    brand.done("deleteSubscription")
    assert brand.state() == ""


def test_a_suspended_subscription_is_ended() -> None:
    brand = Brand()
    brand.done("createSubscription")
    brand.done("suspendSubscription")

    brand.done("deleteSubscription")

    assert brand.state() == ""


@pytest.mark.parametrize("operation", ["updateSubscription", "updateStbs"])
def test_data_and_decoders_of_a_suspended_subscription_change(operation: str) -> None:
    brand = Brand()
    brand.done("createSubscription")
    brand.done("suspendSubscription")

    brand.done(operation)

    assert brand.state() == "SUSPENDED"
    assert brand.workflows()[-1] == (operation, DONE)


def test_the_data_change_though_no_read_shows_it() -> None:
    brand = Brand()
    brand.done("createSubscription", SIGN_UP | {"ftthWorkOrderId": "MYSIM_1"})
    assert brand.double.session.records.by("agile-subscriptions", "ftthWorkOrderId", "MYSIM_1")

    brand.done("updateSubscription")

    assert brand.state() == "ACTIVE"
    assert brand.record().data["postalCode"] == "48002"
    (found,) = brand.double.session.records.by("agile-subscriptions", "ftthWorkOrderId", "MYSIM_9")
    assert found.id == "masmovil:ACC_1"


def test_a_read_returns_products_and_decoders_as_they_were_told_and_nothing_else() -> None:
    brand = Brand()
    unit = {
        "stbReference": "STB-4K-ATV",
        "macAddress": "02:1A:7D:4B:9C:E5",
        "serialNumber": "S1",
        "externalId": "U-1",
    }
    brand.done(
        "createSubscription",
        {
            "externalId": "ALTA-1",
            "postalCode": "48001",
            "ftthWorkOrderId": "MYSIM_1",
            "products": [FAMILIA | {"externalId": "P-1", "colour": "red"}],
            "addons": [{"id": "ADDON_CINE"}],
            "stbs": [unit | {"colour": "red"}],
        },
    )

    assert brand.ask("getSubscription").json == {
        "service_id": "ACC_1",
        "accountState": "ACTIVE",
        "products": [FAMILIA | {"externalId": "P-1"}],
        "stbs": [unit],
    }


def test_products_and_add_ons_come_and_go_apart_from_each_other() -> None:
    brand = Brand()
    brand.done("createSubscription", SIGN_UP | {"addons": [{"id": "A1"}]})

    brand.done(
        "updateProducts",
        {
            "productsToAdd": [{"id": "P2"}],
            "productsToDelete": [FAMILIA],
            "addonsToAdd": [{"id": "A2"}],
            "addonsToDelete": [{"id": "A1"}],
        },
    )

    assert brand.seen("products") == ["P2"]
    assert brand.record().data["addons"] == [{"id": "A2"}]


def test_a_product_that_is_there_already_is_as_it_was_told_last() -> None:
    brand = Brand()
    brand.done("createSubscription", SIGN_UP | {"products": [FAMILIA, {"id": "P2"}]})

    brand.done("updateProducts", {"productsToAdd": [FAMILIA | {"externalId": "new"}]})

    products = brand.ask("getSubscription").json["products"]
    assert products == [FAMILIA | {"externalId": "new"}, {"id": "P2"}]


def test_decoders_are_exchanged_in_one_call() -> None:
    brand = Brand()
    brand.done("createSubscription")

    brand.done("updateStbs", ADD_STB | {"stbsToDelete": [{"serialNumber": "S1"}]})

    assert brand.seen("stbs") == ["S2"]


def test_what_is_null_is_taken_as_left_out() -> None:
    brand = Brand()
    none = {"stbs": None, "addons": None, "externalId": None, "ftthWorkOrderId": None}
    brand.done(
        "createSubscription", SIGN_UP | none | {"products": [FAMILIA | {"externalId": None}]}
    )

    brand.done("updateProducts", ADD | {"productsToDelete": None})
    brand.done("suspendSubscription", {"externalId": None})

    assert brand.ask("getSubscription").json == {
        "service_id": "ACC_1",
        "accountState": "SUSPENDED",
        "products": [FAMILIA, {"id": "AGILE_TV_DEPORTE"}],
        "stbs": [],
    }


# refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["getSubscription", *LATER])
def test_what_is_asked_of_an_unknown_subscription_is_refused(operation: str) -> None:
    brand = Brand()

    said = brand.ask(operation)

    text = "The subscription with service_id 'ACC_1' does not exist."
    refused(said, 404, "Subscription not found", text)
    assert brand.workflows() == []


@pytest.mark.parametrize("operation", ["getSubscription", *LATER])
def test_what_is_asked_of_an_ended_subscription_is_refused(operation: str) -> None:
    brand = Brand()
    brand.done("createSubscription")
    brand.done("deleteSubscription")

    text = "The subscription with service_id 'ACC_1' does not exist."
    refused(brand.ask(operation), 404, "Subscription not found", text)


def test_a_sign_up_on_an_id_that_exists_is_refused() -> None:
    brand = Brand()
    brand.done("createSubscription")

    said = brand.ask("createSubscription", SIGN_UP | {"stbs": []})

    text = "A subscription with service_id 'ACC_1' already exists."
    refused(said, 400, "Subscription already exists", text)
    assert brand.seen("stbs") == ["S1"]


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("createSubscription", {"postalCode": "48001"}),
        ("createSubscription", {"postalCode": "48001", "products": []}),
        ("createSubscription", {"products": [FAMILIA]}),
        ("updateSubscription", {"postalCode": "48001"}),
        ("updateSubscription", {"ftthWorkOrderId": "MYSIM_1"}),
        ("updateProducts", {"productsToAdd": [], "addonsToDelete": []}),
        ("updateStbs", {"stbsToAdd": [{"serialNumber": "S2"}]}),
        ("updateStbs", {"postalCode": "48001", "stbsToAdd": [], "stbsToDelete": []}),
    ],
)
def test_what_the_contract_does_not_allow_is_refused_before_the_state_counts(
    operation: str, body: Any
) -> None:
    brand = Brand()

    said = brand.ask(operation, body)

    assert (said.status, said.source) == (400, "refusal")
    assert brand.double.records("agile-subscriptions") == []
    assert brand.workflows() == []


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"productsToDelete": [{"id": "P9"}]}, "P9"),
        ({"productsToDelete": [{"id": "A1"}]}, "A1"),
        ({"addonsToDelete": [{"id": "A9"}]}, "A9"),
        ({"addonsToDelete": [FAMILIA]}, "AGILE_TV_FAMILIA"),
        ({"productsToAdd": [{"id": "P2"}], "productsToDelete": [{"id": "P2"}]}, "P2"),
    ],
)
def test_a_product_that_the_subscription_lacks_cannot_be_removed(body: Any, name: str) -> None:
    brand = Brand()
    brand.done("createSubscription", SIGN_UP | {"addons": [{"id": "A1"}]})

    said = brand.ask("updateProducts", body)

    text = f"The subscription with service_id 'ACC_1' does not have the product '{name}'."
    refused(said, 400, "Product not contracted", text)
    assert brand.seen("products") == ["AGILE_TV_FAMILIA"]


def test_the_last_main_product_cannot_be_removed() -> None:
    brand = Brand()
    brand.done("createSubscription")

    said = brand.ask("updateProducts", {"productsToDelete": [FAMILIA], "addonsToAdd": [FAMILIA]})

    text = "The subscription with service_id 'ACC_1' must keep at least one main product."
    refused(said, 400, "No main product left", text)
    assert brand.record().data["addons"] == []


def test_the_products_of_a_suspended_subscription_cannot_be_changed() -> None:
    brand = Brand()
    brand.done("createSubscription")
    brand.done("suspendSubscription")

    text = "The products of the suspended subscription 'ACC_1' cannot be changed."
    refused(brand.ask("updateProducts"), 400, "Subscription suspended", text)


def test_an_unknown_decoder_cannot_be_removed_and_nothing_is_added_then() -> None:
    brand = Brand()
    brand.done("createSubscription")

    said = brand.ask("updateStbs", ADD_STB | {"stbsToDelete": [{"serialNumber": "S9"}]})

    text = "The subscription with service_id 'ACC_1' has no decoder with serialNumber 'S9'."
    refused(said, 400, "Decoder not found", text)
    assert brand.seen("stbs") == ["S1"]


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("createSubscription", SIGN_UP),
        ("updateStbs", {"postalCode": "48001", "stbsToAdd": [{"serialNumber": "S1"}]}),
    ],
)
def test_a_decoder_of_another_live_subscription_is_refused(operation: str, body: Any) -> None:
    brand = Brand()
    brand.done("createSubscription")
    if operation == "updateStbs":
        brand.done("createSubscription", SIGN_UP | {"stbs": []}, service="ACC_2")

    said = brand.ask(operation, body, service="ACC_2")

    text = "The decoder with serialNumber 'S1' belongs to another subscription."
    refused(said, 400, "Decoder already in use", text)


def test_a_decoder_of_a_suspended_subscription_is_in_use() -> None:
    brand = Brand()
    brand.done("createSubscription")
    brand.done("suspendSubscription")
    assert brand.state() == "SUSPENDED"

    said = brand.ask("createSubscription", service="ACC_2")

    text = "The decoder with serialNumber 'S1' belongs to another subscription."
    refused(said, 400, "Decoder already in use", text)
    assert brand.state("ACC_2") == ""


def test_a_decoder_is_free_when_its_subscription_has_ended_or_gave_it_back() -> None:
    brand = Brand()
    brand.done("createSubscription")
    brand.done("updateStbs", {"stbsToDelete": [{"serialNumber": "S1"}]})
    brand.done("createSubscription", service="ACC_2")
    brand.done("deleteSubscription", service="ACC_2")

    brand.done("createSubscription", service="ACC_3")

    assert brand.seen("stbs", "ACC_3") == ["S1"]


def test_a_decoder_that_the_subscription_has_already_may_be_described_anew() -> None:
    brand = Brand()
    brand.done("createSubscription")

    brand.done("updateStbs", ADD_STB | {"stbsToAdd": [{"serialNumber": "S1", "macAddress": "02"}]})

    stbs = brand.ask("getSubscription").json["stbs"]
    assert stbs == [{"serialNumber": "S1", "macAddress": "02"}]


@pytest.mark.parametrize(
    ("operation", "state"),
    [("suspendSubscription", "SUSPENDED"), ("reactivateSubscription", "ACTIVE")],
)
def test_what_is_so_already_is_accepted_and_changes_nothing(operation: str, state: str) -> None:
    brand = Brand()
    brand.done("createSubscription")
    brand.done(operation)
    before = brand.ask("getSubscription").json

    brand.done(operation)

    assert brand.ask("getSubscription").json == before
    assert before["accountState"] == state


# the same call again ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("correlation", "name"),
    [
        ("2106f808-36e9-402d-bf37-f1f7fa04776b", "agile-tv-bf37-f1f7fa04776b"),
        ("a-b", "agile-tv-a-b"),
        ("one-two-three", "agile-tv-two-three"),
        ("trace", "agile-tv-trace"),
        ("a-", "agile-tv-a-"),
    ],
)
def test_a_workflow_is_called_after_the_correlation_id(correlation: str, name: str) -> None:
    assert workflow_id(API, correlation) == name
    said = Brand().ask("createSubscription", trace=correlation)
    message = "Request accepted and is being processed."
    assert said.json == {"message": message, "workflowId": name}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_same_call_again_gets_the_same_answer_and_begins_nothing(operation: str) -> None:
    brand = Brand()
    if operation != "createSubscription":
        brand.done("createSubscription")
    first = brand.ask(operation, trace="a-b-c")
    begun = len(brand.workflows())

    again = brand.ask(operation, trace="a-b-c")

    assert (again.status, again.json, again.source) == (202, first.json, "simulation")
    assert len(brand.workflows()) == begun
    assert again.exchange.touched == ()


def test_the_same_call_is_known_when_the_subscription_is_gone() -> None:
    brand = Brand()
    brand.done("createSubscription", trace="first")
    brand.done("suspendSubscription", trace="first")
    brand.done("deleteSubscription", trace="first")

    for operation in ("createSubscription", "suspendSubscription", "deleteSubscription"):
        assert brand.ask(operation, trace="first").json["workflowId"] == "agile-tv-first"

    assert brand.state() == ""
    assert len(brand.workflows()) == 3


def test_a_correlation_id_of_a_refused_call_is_not_remembered() -> None:
    brand = Brand()
    assert brand.ask("suspendSubscription", trace="one").status == 404

    brand.done("createSubscription", trace="one")
    brand.done("suspendSubscription", trace="one")

    assert brand.state() == "SUSPENDED"


def test_one_correlation_id_serves_several_subscriptions() -> None:
    brand = Brand()
    brand.done("createSubscription", trace="one")

    brand.done("createSubscription", SIGN_UP | {"stbs": []}, service="ACC_2", trace="one")

    assert brand.state("ACC_2") == "ACTIVE"


# while a workflow runs ----------------------------------------------------------------------


def test_a_sign_up_is_pending_until_its_workflow_ends() -> None:
    brand = Brand(HOURLY)
    brand.done("createSubscription")
    assert brand.state() == "PENDING"
    brand.double.advance("59m59s")
    assert brand.state() == "PENDING"

    fired = brand.double.advance("1s")

    assert told(fired) == ["ACTIVE"]
    assert brand.state() == "ACTIVE"


@pytest.mark.parametrize("operation", LATER)
def test_a_change_leaves_the_old_state_visible_until_it_ends(operation: str) -> None:
    brand = Brand({operation: {"after": "1h"}})
    brand.done("createSubscription")
    if operation == "reactivateSubscription":
        brand.done("suspendSubscription")
    before = brand.ask("getSubscription").json

    brand.done(operation)
    brand.double.advance("59m")

    assert brand.ask("getSubscription").json == before
    brand.double.advance("1m")
    changed = brand.ask("getSubscription").json != before
    assert changed == (operation != "updateSubscription")
    assert brand.workflows()[-1] == (operation, DONE)


def test_calls_queue_and_are_carried_out_one_after_the_other() -> None:
    brand = Brand(HOURLY)
    brand.done("createSubscription")
    brand.done("updateProducts")
    brand.done("suspendSubscription")
    brand.done("deleteSubscription")

    seen = []
    for _ in range(4):
        seen.append((brand.state(), len(brand.seen("products"))))
        assert len(brand.double.advance("1h")) == 1

    assert seen == [("PENDING", 1), ("ACTIVE", 1), ("ACTIVE", 2), ("SUSPENDED", 2)]
    assert brand.state() == ""


def test_a_call_is_checked_against_the_state_that_will_be() -> None:
    brand = Brand(HOURLY)
    brand.done("createSubscription")
    brand.done("updateProducts")
    brand.done("updateProducts", {"productsToDelete": [FAMILIA]})

    again = brand.ask("updateProducts", {"productsToDelete": [FAMILIA]})
    assert again.json["title"] == "Product not contracted"
    brand.done("suspendSubscription")
    assert brand.ask("updateProducts").json["title"] == "Subscription suspended"
    assert brand.ask("createSubscription").json["title"] == "Subscription already exists"
    brand.done("deleteSubscription")
    assert brand.ask("updateSubscription").status == 404
    assert brand.ask("deleteSubscription").status == 404
    assert brand.state() == "PENDING"


def test_an_id_that_is_being_freed_can_be_signed_up_again() -> None:
    brand = Brand(HOURLY)
    brand.double.given("agile-subscriptions", {"org": "masmovil", "service_id": "ACC_1", **GIVEN})
    brand.done("deleteSubscription")
    brand.done("createSubscription", SIGN_UP | {"products": [{"id": "P2"}]})
    brand.done("suspendSubscription")

    assert (brand.state(), brand.seen("products")) == ("ACTIVE", ["P1"])
    brand.double.advance("1h")
    assert (brand.state(), brand.seen("products")) == ("PENDING", ["P2"])
    brand.double.advance("1h")
    assert brand.state() == "ACTIVE"
    brand.double.advance("1h")
    assert brand.state() == "SUSPENDED"


def test_two_sign_ups_in_the_queue_cannot_have_one_decoder() -> None:
    brand = Brand(HOURLY)
    brand.done("createSubscription")

    said = brand.ask("createSubscription", service="ACC_2")

    assert said.json["title"] == "Decoder already in use"


@pytest.mark.parametrize("waiting", ["createSubscription", "updateStbs"])
def test_a_decoder_that_waits_in_a_queue_is_in_use(waiting: str) -> None:
    brand = Brand(NEVER)
    brand.double.given("agile-subscriptions", {"org": "masmovil", "service_id": "ACC_1", **GIVEN})
    if waiting == "createSubscription":
        brand.done("deleteSubscription")
        brand.done("createSubscription", SIGN_UP | {"stbs": [{"serialNumber": "S2"}]})
    else:
        brand.done("updateStbs")

    said = brand.ask("createSubscription", SIGN_UP | ADD_STB_AS_SIGN_UP, service="ACC_2")

    assert said.json["title"] == "Decoder already in use"


def test_a_decoder_that_is_being_removed_is_in_use_until_it_is() -> None:
    brand = Brand({"updateStbs": {"after": "1h"}})
    brand.done("createSubscription")
    brand.done("updateStbs", {"stbsToDelete": [{"serialNumber": "S1"}]})

    assert brand.ask("createSubscription", service="ACC_2").status == 400
    brand.double.advance("1h")
    brand.done("createSubscription", service="ACC_2")


def test_a_sign_up_that_fails_is_gone_and_its_id_and_decoder_are_free() -> None:
    brand = Brand({"createSubscription": [{"after": "1h", "then": "FAILED"}, "at once"]})
    brand.done("createSubscription")
    brand.done("suspendSubscription")
    assert brand.state() == "PENDING"

    fired = brand.double.advance("1h")

    assert told(fired) == ["gone"]
    assert brand.state() == ""
    assert brand.workflows() == [("createSubscription", FAILED), ("suspendSubscription", FAILED)]
    brand.done("createSubscription", service="ACC_2")
    brand.done("createSubscription", SIGN_UP | {"stbs": []})


@pytest.mark.parametrize("operation", LATER)
def test_a_change_that_fails_leaves_the_old_state(operation: str) -> None:
    brand = Brand({operation: {"after": "1h", "then": "FAILED"}})
    brand.done("createSubscription")
    if operation == "reactivateSubscription":
        brand.done("suspendSubscription")
    before = brand.ask("getSubscription").json
    data = brand.record().data

    brand.done(operation)
    brand.double.advance("1h")

    assert brand.ask("getSubscription").json == before
    assert brand.record().data == data
    assert brand.workflows()[-1] == (operation, FAILED)


def test_what_a_failed_change_was_to_prepare_fails_too() -> None:
    brand = Brand({"updateStbs": [{"after": "1h", "then": "FAILED"}, {"after": "1h"}]})
    brand.done("createSubscription")
    brand.done("updateStbs")
    brand.done("updateStbs", {"stbsToDelete": [{"serialNumber": "S2"}]})

    brand.double.advance("2h")

    assert brand.workflows()[1:] == [("updateStbs", FAILED), ("updateStbs", FAILED)]
    assert brand.seen("stbs") == ["S1"]


def test_a_sign_up_behind_a_termination_that_failed_fails_and_harms_nothing() -> None:
    brand = Brand({"deleteSubscription": {"after": "1h", "then": "FAILED"}})
    brand.done("createSubscription")
    brand.done("deleteSubscription")
    brand.done("createSubscription", SIGN_UP | {"products": [{"id": "P2"}], "stbs": []})

    brand.double.advance("1h")

    assert (brand.state(), brand.seen("products")) == ("ACTIVE", ["AGILE_TV_FAMILIA"])
    assert brand.workflows()[-1] == ("createSubscription", FAILED)


def test_reads_end_a_workflow_that_waits_for_them() -> None:
    brand = Brand({"createSubscription": {"polls": 3}})
    brand.done("createSubscription")
    brand.double.advance("30d")

    assert [brand.state() for _ in range(4)] == ["PENDING", "PENDING", "ACTIVE", "ACTIVE"]


def test_a_workflow_that_never_ends_holds_up_those_behind_it() -> None:
    brand = Brand({"createSubscription": "never"})
    brand.done("createSubscription")
    brand.done("suspendSubscription")
    brand.done("deleteSubscription")

    assert brand.double.advance("3650d") == []
    assert brand.state() == "PENDING"


def test_a_workflow_by_hand_ends_when_somebody_ends_it() -> None:
    brand = Brand({"createSubscription": "by hand"})
    brand.done("createSubscription")
    brand.double.advance("30d")
    assert brand.state() == "PENDING"

    step(brand.double.session.records, brand.record(), brand.double.session.moment())

    assert brand.state() == "ACTIVE"


# scenarios ----------------------------------------------------------------------------------


def test_a_scenario_of_the_sign_up_counts_for_all_that_follows() -> None:
    brand = Brand()
    brand.done("createSubscription", scenario="change-fails")

    brand.done("suspendSubscription")

    assert brand.state() == "ACTIVE"


def test_a_scenario_of_a_later_call_counts_for_its_workflow_alone() -> None:
    brand = Brand()
    brand.done("createSubscription")

    brand.done("updateProducts", scenario="change-fails")
    assert brand.seen("products") == ["AGILE_TV_FAMILIA"]
    brand.done("updateProducts")
    assert brand.seen("products") == ["AGILE_TV_FAMILIA", "AGILE_TV_DEPORTE"]


def test_the_scenario_of_a_call_counts_when_its_turn_comes() -> None:
    brand = Brand(HOURLY, failing={"course": {"*": {"then": "FAILED"}}})
    brand.done("createSubscription")
    brand.done("suspendSubscription", scenario="failing")
    brand.done("updateStbs", scenario="failing")

    brand.double.advance("2h59m")
    assert brand.workflows()[1] == ("suspendSubscription", FAILED)
    brand.double.advance("1m")

    assert [status for _, status in brand.workflows()] == [DONE, FAILED, FAILED]


def test_a_new_subscription_with_an_old_id_has_a_course_of_its_own() -> None:
    brand = Brand({"deleteSubscription": {"after": "1h"}}, late={"course": HOURLY})
    brand.done("createSubscription", scenario="late")
    brand.double.advance("1h")
    brand.done("deleteSubscription")
    brand.done("createSubscription")
    brand.double.advance("1h")
    assert brand.state() == "ACTIVE"

    brand.done("suspendSubscription")

    assert brand.state() == "SUSPENDED"


@pytest.mark.parametrize(
    ("service", "state"), [("ACC_FAIL", ""), ("ACC_PENDING", "PENDING"), ("ACC_9", "ACTIVE")]
)
def test_a_reserved_id_brings_a_course_about(service: str, state: str) -> None:
    brand = Brand()

    brand.done("createSubscription", service=service)

    assert brand.state(service) == state


def test_no_change_of_the_reserved_subscription_has_an_effect() -> None:
    brand = Brand()
    brand.done("createSubscription", service="ACC_CHANGE_FAIL")

    brand.done("deleteSubscription", service="ACC_CHANGE_FAIL")

    assert brand.state("ACC_CHANGE_FAIL") == "ACTIVE"


@pytest.mark.parametrize(
    ("scenario", "before", "after"),
    [
        ("sign-up-slow", "PENDING", "ACTIVE"),
        ("sign-up-fails", "PENDING", ""),
        ("sign-up-never-ends", "PENDING", "PENDING"),
        ("workflows-slow", "PENDING", "ACTIVE"),
        ("change-never-ends", "ACTIVE", "ACTIVE"),
    ],
)
def test_a_shipped_scenario_steers_the_sign_up(scenario: str, before: str, after: str) -> None:
    brand = Brand()
    brand.done("createSubscription", scenario=scenario)
    assert brand.state() == before

    brand.double.advance("1h")

    assert brand.state() == after


@pytest.mark.parametrize(
    ("scenario", "operation", "states"),
    [
        ("sign-up-after-polls", "createSubscription", ["PENDING", "PENDING", "ACTIVE"]),
        ("suspension-takes-time", "suspendSubscription", ["ACTIVE", "ACTIVE", "SUSPENDED"]),
        ("end-takes-time", "deleteSubscription", ["ACTIVE", "ACTIVE", ""]),
        ("change-never-ends", "suspendSubscription", ["ACTIVE", "ACTIVE", "ACTIVE"]),
    ],
)
def test_a_shipped_scenario_takes_some_reads(
    scenario: str, operation: str, states: list[str]
) -> None:
    brand = Brand()
    if operation != "createSubscription":
        brand.done("createSubscription")
    brand.done(operation, scenario=scenario)

    assert [brand.state() for _ in range(3)] == states


# one session, one brand ---------------------------------------------------------------------


def test_brands_do_not_see_each_other() -> None:
    brand = Brand()
    brand.done("createSubscription", trace="one")
    brand.org = "yoigo"
    assert brand.ask("deleteSubscription").status == 404

    brand.done("createSubscription", trace="one")  # the same id, decoder and correlation id
    brand.done("deleteSubscription")

    assert brand.state() == ""
    brand.org = "masmovil"
    assert brand.state() == "ACTIVE"


def test_ids_with_a_colon_are_told_apart() -> None:
    brand = Brand(org="a")
    brand.done("createSubscription", service="b%3Ac")
    brand.org = "a%3Ab"

    assert brand.ask("getSubscription", service="c").status == 404


def test_after_a_reset_the_same_calls_get_the_same_answers() -> None:
    def life() -> list[Any]:
        brand.calls = 0
        said = [brand.ask(each) for each in ("createSubscription", "updateStbs", "getSubscription")]
        brand.double.advance("40m")
        said.append(brand.ask("getSubscription"))
        return [(each.status, each.json) for each in said]

    brand = Brand({"createSubscription": {"after": "30m", "jitter": "20m"}})
    first = life()

    brand.double.reset()

    assert life() == first


# seeds --------------------------------------------------------------------------------------

GIVEN: dict[str, Any] = {"products": [{"id": "P1"}]}
ADD_STB_AS_SIGN_UP = {"stbs": [{"serialNumber": "S2"}]}


def test_the_session_of_a_newcomer_has_a_subscription_to_read() -> None:
    brand = Brand(session="default")

    said = brand.ask("getSubscription", service="ACC_123456")

    assert said.json["accountState"] == "ACTIVE"
    assert len(said.json["stbs"]) == 2
    assert brand.state("ACC_SUSPENDED") == "SUSPENDED"
    assert Brand().state("ACC_123456") == ""


def test_a_seed_needs_no_more_than_its_products() -> None:
    brand = Brand()
    brand.double.given("agile-subscriptions", {"org": "masmovil", "service_id": "ACC_1", **GIVEN})

    assert brand.ask("getSubscription").json == {
        "service_id": "ACC_1",
        "accountState": "ACTIVE",
        "products": [{"id": "P1"}],
        "stbs": [],
    }
    brand.done("updateStbs")
    brand.done("suspendSubscription")
    assert (brand.state(), brand.seen("stbs")) == ("SUSPENDED", ["S2"])


def test_a_seed_that_is_pending_stays_so_and_calls_queue_behind_it() -> None:
    brand = Brand()
    seed = {"org": "masmovil", "service_id": "ACC_1", "accountState": "PENDING", **GIVEN}
    brand.double.given("agile-subscriptions", seed)

    brand.done("suspendSubscription")

    assert brand.ask("updateProducts").json["title"] == "Subscription suspended"
    brand.double.advance("30d")
    assert brand.state() == "PENDING"


def test_the_decoders_of_a_seed_are_in_use() -> None:
    brand = Brand()
    seed = {"org": "masmovil", "service_id": "ACC_2", "stbs": [{"serialNumber": "S1"}], **GIVEN}
    brand.double.given("agile-subscriptions", seed)

    assert brand.ask("createSubscription").json["title"] == "Decoder already in use"


def test_what_is_read_of_a_record_can_be_put_back() -> None:
    brand = Brand()
    brand.done("createSubscription", SIGN_UP | {"addons": [{"id": "A1"}], "externalId": "E"})
    brand.done("updateSubscription")
    assert brand.state() == "ACTIVE"
    data = dict(brand.record().data)

    assert list(data_findings(SUBSCRIPTIONS, data, "f", "")) == []
    brand.double.given("agile-subscriptions", data | {"accountState": "SUSPENDED"})

    assert brand.state() == "SUSPENDED"


@pytest.mark.parametrize(
    "wrong",
    [
        {"products": []},
        {"accountState": "DEACTIVATED"},
        {"postalCode": "4800"},
        {"stbs": [{"macAddress": "02"}]},
        {"workflows": [{}]},
        {"colour": "red"},
        {"service_id": ""},
    ],
)
def test_a_seed_of_another_shape_is_refused(wrong: Any) -> None:
    seed = {"org": "masmovil", "service_id": "ACC_1", **GIVEN, **wrong}

    assert len(list(data_findings(SUBSCRIPTIONS, seed, "f", ""))) == 1
