"""The small subscriptions, one by one: what is refused, what is known again, what takes time."""

from typing import Any

import pytest

from mockserver.adoption import data_findings
from mockserver.clock import LATEST
from mockserver.lifecycle import Lifecycle
from mockserver.message import Json
from mockserver.server.clocks import to_next
from mockserver.simulation import Records
from mockserver.simulations import collections
from mockserver.states import states_of
from mockserver.timeline import step
from tests.simulations.double import CORRELATION, NOON, Double, Said, contract, told

REF = "https://developers.masstack.com/en/docs/apis_provision_doc_swagger/1/apioverview/#errors"
AT_ONCE = {"*": "at once"}
FAMILY = (
    *("amazon-bundles", "netflix-enrolments", "hbo-subscriptions", "disney-subscriptions"),
    *("orange-tv-subscriptions", "insurance-requests", "mobile-lines"),
)


def refused(said: Said, status: int, code: str, details: str, *, ref: bool = True) -> bool:
    """Whether a call was refused by the simulation, in these words."""
    (error,) = said.json
    found = said.source, said.status, error["code"], error["details"], error.get("ref")
    return found == ("simulation", status, code, details, REF if ref else None)


def lifecycle_of(name: str) -> Lifecycle:
    lifecycle = collections()[name].lifecycle
    assert lifecycle is not None
    return lifecycle


# the tables -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAMILY)
def test_every_state_is_one_of_the_contracts_or_explained(name: str) -> None:
    for stem in collections()[name].apis:
        assert set(lifecycle_of(name).states) <= set(states_of(contract(stem).document)), stem


@pytest.mark.parametrize("name", FAMILY)
def test_every_state_is_reached_and_every_operation_is_one_of_the_contracts(name: str) -> None:
    lifecycle = lifecycle_of(name)
    reached = {each.target for each in lifecycle.transitions if each.target != each.source}
    known = {op.name for stem in collections()[name].apis for op in contract(stem).operations}

    assert set(lifecycle.states) <= reached
    assert {each.by for each in lifecycle.transitions} - {""} <= known


# Amazon -----------------------------------------------------------------------------------------

AMAZON = "/v1/tv/amazon/orgs/masmovil"
BUNDLE = {
    "billing_id": "AAZ875147628",
    "external_id": "userid_1",
    "offer_code": "boku-web-demo",
    "product": "PV_3M_PROMO",
}


def amazon(**course: Any) -> Double:
    return Double("amazon-tv-v1", course=course or AT_ONCE)


def sell(provider: Double, **more: Any) -> Said:
    correlation = more.pop("correlation", CORRELATION)
    return provider.call(
        "POST", f"{AMAZON}/subscriptions", {**BUNDLE, **more}, correlation=correlation
    )


def bundle(provider: Double, name: str = "userid_1") -> Said:
    return provider.call("GET", f"{AMAZON}/bundles/{name}")


def end(provider: Double, name: str = "userid_1", **more: Any) -> Said:
    body = {"external_id": more.get("account", name), "reason": "CUSTOMER_PLAN_CHANGE"}
    target = f"{AMAZON}/subscriptions/{name}/cancel"
    return provider.call("POST", target, body, correlation=more.get("correlation", CORRELATION))


def test_a_bundle_is_read_by_its_account_and_by_its_own_id() -> None:
    provider = amazon()
    accepted = sell(provider)
    read = bundle(provider).json

    assert (accepted.status, accepted.source) == (202, "simulation")
    assert accepted.json["workflowId"] == "amazon-bf37-f1f7fa04776b"
    assert bundle(provider, read["bundle_id"]).json == read
    assert BUNDLE.items() <= read.items()
    assert read["status"] == "ACTIVE"
    assert "activation_url" not in read


def test_a_customer_activates_a_bundle_after_as_many_reads_as_the_course_says() -> None:
    provider = amazon(PENDING_ACTIVATION={"polls": 3})
    sell(provider)
    first, second, third = (bundle(provider).json for _ in range(3))

    assert first["status"] == second["status"] == "PENDING_ACTIVATION"
    assert first["activation_url"].endswith(first["bundle_id"])
    assert third["status"] == "ACTIVE"


def test_a_product_is_sold_once_to_an_account_until_it_is_cancelled() -> None:
    provider = amazon()
    sell(provider)
    twice = sell(provider, correlation="2")
    other = sell(provider, correlation="3", product="PRIME")
    end(provider, bundle(provider).json["bundle_id"], account="userid_1")
    newest = bundle(provider).json
    again = sell(provider, correlation="4", product="PRIME")

    reason = "The account 'userid_1' is already subscribed to 'PV_3M_PROMO'."
    assert refused(twice, 400, "SubscriptionAlreadyExists", reason)
    assert (other.status, again.status) == (202, 202)
    assert (newest["product"], newest["status"]) == ("PV_3M_PROMO", "ACTIVE")
    assert len(provider.records("amazon-bundles")) == 3


def test_a_cancelled_bundle_keeps_its_reason_and_cannot_be_cancelled_again() -> None:
    provider = amazon()
    sell(provider)
    accepted = end(provider)
    again = end(provider)
    other = end(provider, correlation="2")
    provider.session.settle()
    (record,) = provider.records("amazon-bundles")

    assert accepted.status == again.status == 202
    assert again.json == accepted.json
    reason = "The subscription 'userid_1' has already been cancelled."
    assert refused(other, 404, "SubscriptionNotFound", reason)
    assert bundle(provider).json["status"] == "CANCELED"
    assert record.data["reason"] == "CUSTOMER_PLAN_CHANGE"


def test_what_is_not_there_is_not_found_and_anothers_is_refused() -> None:
    provider = amazon()
    sell(provider)

    unknown = "The bundle 'userid_2' does not exist."
    assert refused(bundle(provider, "userid_2"), 404, "BundleNotFound", unknown)
    missing = "The subscription 'userid_2' does not exist."
    assert refused(end(provider, "userid_2"), 404, "SubscriptionNotFound", missing)
    anothers = "The subscription 'userid_1' is not of the account 'userid_2'."
    assert refused(end(provider, account="userid_2"), 400, "InvalidRequest", anothers)
    assert bundle(provider).json["status"] == "ACTIVE"


def test_what_is_being_created_cannot_be_seen_and_keeps_its_place() -> None:
    provider = amazon(createAmazonSubscription={"after": "1h"})
    sell(provider)

    assert bundle(provider).status == 404
    assert end(provider).status == 404
    assert sell(provider, correlation="2").status == 400
    fired = provider.advance("1h")
    assert told(fired) == ["PENDING_ACTIVATION", "ACTIVE"]
    assert bundle(provider).json["updated"] == "2026-01-15T13:00:00.000Z"


def test_a_failed_creation_leaves_nothing_and_a_failed_cancellation_changes_nothing() -> None:
    provider = amazon(createAmazonSubscription=[{"then": "FAILED"}])
    first = sell(provider)
    assert bundle(provider).status == 404
    assert sell(provider).json == first.json
    assert sell(provider, correlation="2").status == 202

    provider = amazon(cancelAmazonSubscription={"then": "FAILED"})
    sell(provider)
    end(provider)
    assert bundle(provider).json["status"] == "ACTIVE"
    assert end(provider, correlation="2").status == 202


def test_amazon_ends_a_bundle_by_itself_only_where_the_course_says_so() -> None:
    quiet = amazon(**{"*": {"after": "1h"}})
    sell(quiet)
    quiet.advance("30d")
    assert bundle(quiet).json["status"] == "ACTIVE"

    provider = amazon(ACTIVE={"polls": 2, "then": "CANCELED"})
    sell(provider)
    assert [bundle(provider).json["status"] for _ in range(2)] == ["ACTIVE", "CANCELED"]


def test_accounts_and_products_that_join_to_the_same_text_are_not_the_same() -> None:
    provider = amazon()
    sell(provider, external_id="a b", product="c")

    other = sell(provider, external_id="a", product="b c")

    assert other.status == 202
    assert bundle(provider, "a").json["product"] == "b c"


def test_a_cancellation_by_account_means_a_bundle_that_is_not_about_to_be_cancelled() -> None:
    provider = amazon(cancelAmazonSubscription={"after": "1h"})
    sell(provider)
    sell(provider, product="PRIME", correlation="2")
    statuses = [end(provider, correlation=each).status for each in ("3", "4", "5")]
    provider.advance("1h")

    assert statuses == [202, 202, 404]
    assert {each.data["status"] for each in provider.records("amazon-bundles")} == {"CANCELED"}


def test_an_id_that_a_seed_has_is_not_given_again() -> None:
    provider = amazon()
    tag = provider.session.moment().tag
    seed = {"org_id": "masmovil", "external_id": "seeded", "product": "P"}
    provider.given("amazon-bundles", {**seed, "bundle_id": f"BND-{tag}000001"})

    sell(provider)

    assert bundle(provider).json["bundle_id"] == f"BND-{tag}000002"
    assert bundle(provider, "seeded").status == 200


def test_tenants_do_not_see_each_other() -> None:
    provider = amazon()
    sell(provider)
    theirs = provider.call("GET", "/v1/tv/amazon/orgs/yoigo/bundles/userid_1")
    own_id = bundle(provider).json["bundle_id"]
    by_id = provider.call("GET", f"/v1/tv/amazon/orgs/yoigo/bundles/{own_id}")

    assert (theirs.status, by_id.status) == (404, 404)
    assert provider.call("POST", "/v1/tv/amazon/orgs/yoigo/subscriptions", BUNDLE).status == 202


def test_ids_come_again_after_a_reset_and_differ_between_sessions() -> None:
    provider, other = amazon(), Double("amazon-tv-v1", session="other", course=AT_ONCE)
    first, theirs = sell(provider).json, sell(other).json
    read = bundle(provider).json
    provider.reset()

    assert sell(provider).json == first
    assert bundle(provider).json == read
    assert bundle(other).json["bundle_id"] != read["bundle_id"]
    assert theirs["runId"] != first["runId"]


# Netflix ----------------------------------------------------------------------------------------

ENROL = {
    "billing_event_id": "e307f177-091a-4840-9830-dda1c29eea44",
    "bundle_id": "c2a45099-1cda-4178-83a8-02c02356ea01",
    "channel": "WEB",
    "netflix_offer_id": "2106f808-36e9-402d-bf37-f1f7fa04776b",
    "partner_account_id": 4567890123456789,
}
NETFLIX_1 = "/v1/tv/netflix/orgs/masmovil/subscriptions"
NETFLIX_2 = "/v2/orgs/masmovil/tv/netflix/subscriptions"


def test_a_partner_account_is_enrolled_once_in_both_versions() -> None:
    provider = Double("netflix-tv-v1", "netflix-tv-v2", course=AT_ONCE)
    accepted = provider.call("POST", NETFLIX_1, ENROL)
    reason = "The partner account 4567890123456789 is already enrolled."

    assert accepted.status == 202
    for target, account in ((NETFLIX_1, 4567890123456789), (NETFLIX_2, "4567890123456789")):
        again = provider.call("POST", target, {**ENROL, "partner_account_id": account})
        assert refused(again, 400, "SubscriptionAlreadyExists", reason)
    (record,) = provider.records("netflix-enrolments")
    assert record.data["status"] == "ACTIVE"
    assert record.data["channel"] == "WEB"


def test_only_version_2_knows_an_enrolment_again() -> None:
    provider = Double("netflix-tv-v1", "netflix-tv-v2", course=AT_ONCE)
    first = provider.call("POST", NETFLIX_2, ENROL)

    assert provider.call("POST", NETFLIX_2, ENROL).json == first.json
    assert provider.call("POST", NETFLIX_2, ENROL, correlation="2").status == 400
    assert provider.call("POST", NETFLIX_1, ENROL).status == 400


def test_a_billing_event_is_not_a_partner_account_in_version_1() -> None:
    provider = Double("netflix-tv-v1", "netflix-tv-v2", course=AT_ONCE)
    body = {**ENROL, "billing_event_id": "4567890123456789"}
    reason = "The member 'billing_event_id' must not be a partner account identifier."

    assert refused(provider.call("POST", NETFLIX_1, body), 400, "InvalidRequest", reason)
    assert provider.call("POST", NETFLIX_2, body).status == 202


# HBO --------------------------------------------------------------------------------------------

HBO_1 = "/v1/tv/hbo/orgs/masmovil/subscriptions"
HBO_2 = "/v2/orgs/masmovil/tv/hbo/subscriptions"
JANUARY_20, JANUARY_25 = 1_768_867_200, 1_769_299_200  # midnight, in Unix seconds


def hbo(**course: Any) -> Double:
    return Double("hbo-tv-v1", "hbo-tv-v2", course=course or AT_ONCE)


def subscribed(provider: Double, *expires: int) -> Said:
    products = [{"code": "MAX", "starts": 1, "expires": each} for each in expires]
    body = {"service_id": 77, "external_id": 5, "country": "ES", "products": products}
    return provider.call("POST", HBO_2, body)


def unsubscribed(provider: Double, *expires: int, correlation: str = CORRELATION) -> Said:
    products = [{"code": "MAX", "starts": 1, "expires": each} for each in expires]
    body = {"external_id": 5, "reason": "PRODUCT_CANCELED", "products": products}
    return provider.call("POST", f"{HBO_2}/77/cancel", body, correlation=correlation)


@pytest.mark.parametrize(
    ("own", "told_again", "ends"),
    [
        ([JANUARY_20, JANUARY_25], [], "2026-01-25T00:00:00.000Z"),
        ([JANUARY_25], [JANUARY_20], "2026-01-20T00:00:00.000Z"),
        ([], [], "2026-01-15T12:00:00.000Z"),
        ([JANUARY_25], [1], "2026-01-15T12:00:00.000Z"),
    ],
    ids=["the last product", "the cancellation counts", "nobody said", "past"],
)
def test_a_cancelled_subscription_ends_when_it_expires(
    own: list[int], told_again: list[int], ends: str
) -> None:
    provider = hbo()
    subscribed(provider, *own)
    unsubscribed(provider, *told_again)
    provider.advance("60d")
    (record,) = provider.records("hbo-subscriptions")

    assert (record.data["status"], record.data["updated"]) == ("CANCELED", ends)
    assert record.data["reason"] == "PRODUCT_CANCELED"


def test_a_subscription_that_expires_later_goes_on_and_cannot_be_cancelled_again() -> None:
    provider = hbo()
    subscribed(provider, JANUARY_20)
    accepted = unsubscribed(provider)
    again = unsubscribed(provider, correlation="2")
    fired = provider.advance("4d")
    (record,) = provider.records("hbo-subscriptions")

    assert unsubscribed(provider).json == accepted.json
    assert refused(again, 400, "InvalidState", "The subscription 77 is already cancelled.")
    assert told(fired) == []
    assert record.data["status"] == "EXPIRING"
    assert told(provider.advance("12h")) == ["CANCELED"]


def test_both_versions_know_the_same_subscriptions() -> None:
    provider = hbo()
    flat = {
        "service_id": "77",
        "external_id": "5",
        "country": "ES",
        "product_code": "HBO",
        "product_start_date": "2021-01-01T00:00:00Z",
        "product_expire_date": "2026-01-20T00:00:00Z",
    }
    made = provider.call("POST", HBO_1, flat)
    twice = subscribed(provider)
    unsubscribed(provider)
    fired = provider.advance("30d")

    assert made.status == 202
    reason = "The subscription 77 already exists."
    assert refused(twice, 400, "SubscriptionAlreadyExists", reason)
    assert told(fired) == ["EXPIRING", "CANCELED"]
    assert fired[-1].at.isoformat() == "2026-01-20T00:00:00+00:00"


def test_an_unknown_service_and_anothers_are_refused() -> None:
    provider = hbo()
    missing = "The subscription 77 does not exist."
    assert refused(unsubscribed(provider), 404, "SubscriptionNotFound", missing)

    subscribed(provider)
    body = {"external_id": 6, "reason": "PRODUCT_CANCELED"}
    said = provider.call("POST", f"{HBO_1}/77/cancel", body)
    reason = "The subscription 77 is not of the user 6."
    assert refused(said, 400, "InvalidRequest", reason)


def test_an_id_that_is_a_number_with_a_point_is_the_same_id() -> None:
    provider = hbo()
    body = {"service_id": 7.0, "external_id": 5.0, "country": "ES", "products": []}
    assert provider.call("POST", HBO_2, body).status == 202

    flat = {"country": "ES", "product_code": "HBO", "product_start_date": "2021-01-01T00:00:00Z"}
    twice = provider.call("POST", HBO_1, {"service_id": "7", "external_id": "5", **flat})
    gone = {"external_id": 5, "reason": "PRODUCT_CANCELED", **flat}
    cancelled = provider.call("POST", f"{HBO_1}/7/cancel", gone)

    reason = "The subscription 7 already exists."
    assert refused(twice, 400, "SubscriptionAlreadyExists", reason)
    assert cancelled.status == 202
    assert [each.data["service_id"] for each in provider.records("hbo-subscriptions")] == ["7"]


def test_a_date_before_all_clocks_is_past() -> None:
    provider = hbo()
    subscribed(provider, JANUARY_20)
    assert unsubscribed(provider, -(2**62)).status == 202
    provider.session.settle()
    (record,) = provider.records("hbo-subscriptions")

    assert record.data["status"] == "CANCELED"


def test_a_date_beyond_the_clock_is_the_last_that_it_can_show() -> None:
    provider = hbo()
    subscribed(provider, 2**62)
    unsubscribed(provider)
    provider.advance("9999d")
    (record,) = provider.records("hbo-subscriptions")

    assert record.data["status"] == "EXPIRING"
    assert record.data["ends"] == "9000-01-01T00:00:00.000Z"


def test_a_seeded_subscription_that_expires_does_so_on_its_date() -> None:
    provider = hbo()
    node = {"org_id": "masmovil", "service_id": "77", "status": "EXPIRING"}
    provider.given("hbo-subscriptions", {**node, "ends": "2026-01-20T00:00:00.000Z"})
    provider.advance("4d")
    (before,) = provider.records("hbo-subscriptions")
    provider.advance("1d")
    (after,) = provider.records("hbo-subscriptions")

    assert (before.data["status"], after.data["status"]) == ("EXPIRING", "CANCELED")


# Disney -----------------------------------------------------------------------------------------

USER = "/v2/orgs/masmovil/tv/disney/users/MOO1"
ENT = f"{USER}/subscriptions/ENT1"


def disney(**course: Any) -> Double:
    return Double("disney-tv-v2", course=course or AT_ONCE)


def entitled(provider: Double, correlation: str = CORRELATION) -> Said:
    body = {"subscriptionId": "ENT1", "products": ["basic"]}
    return provider.call("POST", USER, body, correlation=correlation)


def act(provider: Double, tail: str, correlation: str = CORRELATION) -> Said:
    body = {"products": ["premium"]}
    method, sent = {"": ("PATCH", body), "DELETE": ("DELETE", None)}.get(tail, ("POST", body))
    target = ENT if tail == "DELETE" else ENT + tail
    return provider.call(method, target, sent, correlation=correlation)


def url(provider: Double, expires: str = "2026-01-22T12:00:00Z") -> Said:
    body = {"products": ["basic"], "country": "ES", "expireDate": expires}
    return provider.call("POST", f"{ENT}/activation-url", body)


def state(provider: Double) -> tuple[str, str, str | None]:
    read = provider.call("GET", ENT).json
    return read["entitled"], read["activated"], read.get("cancellation")


def test_an_entitlement_from_its_creation_to_its_cancellation() -> None:
    provider = disney()
    assert entitled(provider).json["workflowId"] == "disney-tv-bf37-f1f7fa04776b"
    assert state(provider) == ("ACTIVE", "UNLINKED", None)
    assert url(provider).json["url"].startswith("https://activation.disney.example/es/link?token=")
    assert state(provider) == ("ACTIVE", "LINKED", None)
    act(provider, "/suspend")
    assert state(provider) == ("BILLING_HOLD", "LINKED", None)
    act(provider, "")
    assert provider.call("GET", ENT).json["products"] == ["premium"]
    act(provider, "/reactivate")
    assert state(provider) == ("ACTIVE", "LINKED", None)
    act(provider, "DELETE")
    assert state(provider) == ("CANCELED", "UNLINKED", "VOLUNTARY")


@pytest.mark.parametrize(
    ("before", "tail", "reason"),
    [
        (["DELETE"], "", "is CANCELED and cannot be changed."),
        (["DELETE"], "/suspend", "is CANCELED and cannot be suspended."),
        (["DELETE"], "/reactivate", "is CANCELED; only one in BILLING_HOLD can be reactivated."),
        (["DELETE"], "DELETE", "is already CANCELED."),
        (["/suspend"], "/suspend", "is BILLING_HOLD and cannot be suspended."),
        ([], "/reactivate", "is ACTIVE; only one in BILLING_HOLD can be reactivated."),
    ],
)
def test_a_state_that_forbids_a_change_is_said(before: list[str], tail: str, reason: str) -> None:
    provider = disney()
    entitled(provider)
    for each in before:
        act(provider, each)
    provider.session.settle()
    records = provider.records("disney-subscriptions")
    said = act(provider, tail, correlation="another")

    assert refused(said, 400, "InvalidState", f"The subscription ENT1 {reason}", ref=False)
    assert provider.records("disney-subscriptions") == records


def test_a_cancelled_subscription_gets_no_url_and_its_id_is_not_free() -> None:
    provider = disney()
    entitled(provider)
    act(provider, "DELETE")
    taken = "The subscription ENT1 already exists for the user MOO1."
    closed = "The subscription ENT1 is CANCELED and cannot be changed."

    assert refused(url(provider), 400, "InvalidState", closed, ref=False)
    assert refused(entitled(provider, "2"), 400, "SubscriptionAlreadyExists", taken, ref=False)


def test_another_user_has_not_this_subscription() -> None:
    provider = disney()
    entitled(provider)
    target = "/v2/orgs/masmovil/tv/disney/users/MOO2/subscriptions/ENT1"
    reason = "The user MOO2 has no subscription ENT1."

    assert refused(provider.call("GET", target), 404, "SubscriptionNotFound", reason, ref=False)
    assert provider.call("DELETE", target).status == 404
    body = {"products": [], "country": "ES", "expireDate": "2026-01-22T12:00:00Z"}
    assert provider.call("POST", f"{target}/activation-url", body).status == 404
    taken = {"subscriptionId": "ENT1", "products": []}
    theirs = provider.call("POST", "/v2/orgs/masmovil/tv/disney/users/MOO2", taken)
    assert theirs.status == 400


def test_the_user_opens_the_url_when_the_course_says_and_before_it_expires() -> None:
    later = disney(LINKING={"after": "2d"})
    entitled(later)
    url(later)
    later.advance("47h")
    assert state(later)[1] == "UNLINKED"
    later.advance("1h")
    assert state(later)[1] == "LINKED"

    late = disney(LINKING={"after": "8d"})
    entitled(late)
    url(late)
    late.advance("9d")
    assert state(late)[1] == "UNLINKED"

    refusing = disney(LINKING={"after": "1h", "then": "UNLINKED"})
    entitled(refusing)
    url(refusing)
    refusing.advance("1d")
    assert state(refusing)[1] == "UNLINKED"


def test_a_url_that_has_expired_is_never_opened() -> None:
    provider = disney()
    entitled(provider)

    assert url(provider, "2026-01-15T11:59:59Z").status == 200
    assert state(provider)[1] == "UNLINKED"


def test_a_url_waits_while_the_user_may_not_watch() -> None:
    provider = disney(LINKING={"after": "1h"})
    entitled(provider)
    url(provider)
    act(provider, "/suspend")
    provider.advance("1d")
    assert state(provider) == ("BILLING_HOLD", "UNLINKED", None)
    act(provider, "/reactivate")
    provider.advance("1h")
    assert state(provider) == ("ACTIVE", "LINKED", None)


def test_a_change_does_not_make_the_user_wait_anew_and_a_new_url_does() -> None:
    provider = disney(LINKING={"after": "2h"}, modifyDisneySubscription={"after": "30m"})
    entitled(provider)
    url(provider)
    provider.advance("90m")
    act(provider, "")
    provider.advance("59m")
    assert state(provider)[1] == "UNLINKED"
    provider.advance("1m")
    assert state(provider)[1] == "LINKED"

    provider = disney(LINKING={"after": "2h"}, modifyDisneySubscription={"after": "30m"})
    entitled(provider)
    url(provider)
    provider.advance("90m")
    act(provider, "")
    url(provider, "2026-02-22T12:00:00Z")
    provider.advance("149m")
    assert state(provider)[1] == "UNLINKED"
    provider.advance("1m")
    assert state(provider)[1] == "LINKED"


def test_a_seeded_subscription_with_a_url_waits_for_its_user() -> None:
    provider = disney(LINKING={"after": "1h"})
    data = {"org_id": "masmovil", "user_id": "MOO1", "subscription_id": "ENT1"}
    provider.given("disney-subscriptions", {**data, "url_expires": "2026-01-16T12:00:00Z"})
    provider.advance("1h")

    assert state(provider)[1] == "LINKED"


def test_a_change_while_the_user_is_waited_for_gives_both_their_time_back() -> None:
    course = {"ACTIVE": {"after": "10d", "then": "GRACE_PERIOD"}, "LINKING": {"after": "2d"}}
    provider = disney(**course, modifyDisneySubscription={"after": "12h"})
    entitled(provider)
    provider.advance("4d")
    url(provider)
    provider.advance("1d")
    body = {"products": ["other"]}
    assert provider.call("PATCH", ENT, body, correlation="3").status == 202

    fired = provider.advance("20d")

    spent = [(each.after, (each.at - NOON).total_seconds() / 86_400) for each in fired]
    assert spent == [("LINKING", 5.5), ("ACTIVE", 6.5), ("GRACE_PERIOD", 12.5)]


def test_disney_grants_a_grace_period_and_cancels_with_its_own_reason() -> None:
    provider = disney(
        ACTIVE={"after": "30d", "then": "GRACE_PERIOD"},
        GRACE_PERIOD={"after": "7d", "then": "CANCELED", "code": "ABUSE_REVOCATION"},
    )
    entitled(provider)
    assert state(provider)[0] == "ACTIVE"
    provider.advance("30d")
    assert state(provider)[0] == "GRACE_PERIOD"
    provider.advance("7d")
    assert state(provider) == ("CANCELED", "UNLINKED", "ABUSE_REVOCATION")


def test_a_grace_period_can_be_suspended_and_nobodys_reason_is_involuntary() -> None:
    provider = disney(ACTIVE=[{"then": "GRACE_PERIOD"}, {"then": "CANCELED"}])
    entitled(provider)
    assert act(provider, "/suspend").status == 202
    assert state(provider)[0] == "BILLING_HOLD"
    act(provider, "/reactivate")
    assert state(provider) == ("CANCELED", "UNLINKED", "INVOLUNTARY")


def test_a_state_goes_on_with_the_time_it_had_when_a_url_has_expired() -> None:
    course = {"ACTIVE": {"after": "1h", "then": "GRACE_PERIOD"}, "LINKING": {"after": "1d"}}
    provider = disney(**course)
    entitled(provider)
    url(provider, "2026-01-15T12:10:00Z")

    fired = provider.advance("1d")

    spent = [(each.after, (each.at - NOON).total_seconds() / 60) for each in fired]
    assert spent == [("ACTIVE", 10), ("GRACE_PERIOD", 70)]
    assert state(provider) == ("GRACE_PERIOD", "UNLINKED", None)


def test_a_cancellation_by_disney_unlinks_the_account() -> None:
    provider = disney(ACTIVE={"after": "1h", "then": "CANCELED"})
    entitled(provider)
    url(provider)
    assert state(provider) == ("ACTIVE", "LINKED", None)
    provider.advance("1h")

    assert state(provider) == ("CANCELED", "UNLINKED", "INVOLUNTARY")


def test_a_url_of_a_grace_period_is_not_opened_before_that_has_ended_well() -> None:
    course = [{"then": "GRACE_PERIOD"}, {"after": "9d"}]
    provider = disney(ACTIVE=course, GRACE_PERIOD={"after": "2d", "then": "ACTIVE"})
    entitled(provider)
    assert url(provider).status == 200
    provider.advance("47h")
    assert state(provider) == ("GRACE_PERIOD", "UNLINKED", None)
    provider.advance("1h")

    assert state(provider) == ("ACTIVE", "LINKED", None)


def test_a_scenario_that_a_url_is_asked_with_counts_for_that_url() -> None:
    provider = Double("disney-tv-v2")
    entitled(provider)
    body = {"products": ["basic"], "country": "ES", "expireDate": "2026-01-22T12:00:00Z"}
    target = f"{ENT}/activation-url"
    assert provider.call("POST", target, body, scenario="activation-pending").status == 200
    provider.advance("6d")

    assert state(provider)[1] == "UNLINKED"


def test_calls_queue_and_are_checked_against_the_state_that_is_to_come() -> None:
    hour = {"after": "1h"}
    provider = disney(suspendDisneySubscription=hour, reactivateDisneySubscription=hour)
    entitled(provider)
    act(provider, "/suspend")
    accepted = act(provider, "/reactivate")
    twice = act(provider, "/reactivate", correlation="2")

    assert (accepted.status, twice.status) == (202, 400)
    assert state(provider)[0] == "ACTIVE"
    provider.advance("1h")
    assert state(provider)[0] == "BILLING_HOLD"
    provider.advance("1h")
    assert state(provider)[0] == "ACTIVE"


# Orange TV --------------------------------------------------------------------------------------

ORANGE = "/v1/orgs/pepephone/tv/orange/subscriptions/pepephone003141592"
ACTIVATION = {
    "firstName": "Lucía",
    "lastName": "Ferrer Soto",
    "maxTerminals": "2",
    "password": "pass1234",
    "spId": "spId-1",
    "customerType": "ott",
}


def test_an_orange_subscription_is_activated_once_and_free_again_when_it_is_cancelled() -> None:
    provider = Double("orange-tv-v1", course=AT_ONCE)
    activated = provider.call("POST", ORANGE, ACTIVATION)
    known = provider.call("POST", ORANGE, ACTIVATION)
    twice = provider.call("POST", ORANGE, ACTIVATION, correlation="2")
    cancelled = provider.call("DELETE", ORANGE)
    gone = provider.call("DELETE", ORANGE, correlation="3")

    assert (activated.status, activated.json["message"]) == (201, "Subscription activated.")
    assert known.json == activated.json
    reason = "The subscription pepephone003141592 is already active."
    assert refused(twice, 400, "SubscriptionAlreadyExists", reason, ref=False)
    assert cancelled.status == 202
    missing = "There is no subscription pepephone003141592."
    assert refused(gone, 404, "SubscriptionNotFound", missing, ref=False)
    assert provider.records("orange-tv-subscriptions") == []
    assert provider.call("POST", ORANGE, ACTIVATION, correlation="4").status == 201


def test_an_activation_may_be_asked_for_while_the_cancellation_runs() -> None:
    provider = Double("orange-tv-v1", course={"cancelOrangeTvSubscription": {"after": "1h"}})
    provider.call("POST", ORANGE, ACTIVATION)
    provider.call("DELETE", ORANGE)
    again = provider.call("POST", ORANGE, {**ACTIVATION, "spId": "two"}, correlation="2")
    provider.advance("1h")
    (record,) = provider.records("orange-tv-subscriptions")

    assert again.status == 201
    assert (record.data["spId"], record.data["status"]) == ("two", "ACTIVE")


def everything(records: Records) -> str:
    return repr([record for name in collections() for record in records.all(name)])


def test_passwords_and_keys_of_sims_are_kept_nowhere() -> None:
    provider = Double("orange-tv-v1", "mobile-v1", course={"*": {"after": "1h"}})
    provider.call("POST", ORANGE, ACTIVATION)
    sim = {"imsi": "214111128354000", "ki": "X11352C34E2881C51CDB15FA7CD64ASD"}
    provider.call("POST", MOBILE, {**LINE, "sim": sim})
    running = everything(provider.session.records)
    provider.advance("2h")

    for told_ in (running, everything(provider.session.records)):
        assert "214111128354000" in told_
        assert "pass1234" not in told_
        assert sim["ki"] not in told_


# bodies -----------------------------------------------------------------------------------------


def test_what_a_record_remembers_for_itself_does_not_come_from_a_body() -> None:
    provider = Double("mobile-v1", "device-insurance-v2", course=AT_ONCE)
    more = {"ported_at": "2030-01-01T00:00:00Z", "status": "PORTING", "iccid": 5}
    provider.call("POST", MOBILE, LINE | more)
    provider.session.settle()
    (line,) = provider.records("mobile-lines")
    order: dict[str, Any] = dict.fromkeys(("documentId", "firstName", "brand", "model"), "x")
    order |= {"email": "d@g.com", "language": "es", "price": 2.2}
    more |= {"issue_correlation": "c-9", "policyNumber": "P"}
    path = "/v2/orgs/masmovil/device-insurance/request"
    assert provider.call("POST", path, order | more).status == 200
    (request,) = provider.records("insurance-requests")

    assert (line.data["status"], line.data.keys() & more.keys()) == ("ACTIVE", {"status"})
    assert request.data["status"] == "REQUESTED"
    assert request.data.keys() & more.keys() == {"status"}


@pytest.mark.parametrize(("size", "status"), [(512, 202), (513, 400)])
def test_a_billing_event_has_so_many_bytes_however_few_characters(size: int, status: int) -> None:
    provider = Double("netflix-tv-v2", course=AT_ONCE)

    said = provider.call("POST", NETFLIX_2, {**ENROL, "billing_event_id": "ñ" * size})

    assert said.status == status


# dates ------------------------------------------------------------------------------------------


def test_what_ends_on_a_date_can_be_ended_by_hand_before() -> None:
    provider = Double("mobile-v1", "hbo-tv-v2", course=AT_ONCE)
    subscribed(provider, JANUARY_20)
    unsubscribed(provider)
    provider.call("POST", MOBILE, LINE | ported("2026-01-20"))
    provider.advance("1h")
    records = provider.session.records

    for name in ("hbo-subscriptions", "mobile-lines"):
        (waiting,) = provider.records(name)
        step(records, waiting, provider.session.moment())

    assert [each.data["status"] for each in provider.records("hbo-subscriptions")] == ["CANCELED"]
    assert [each.data["status"] for each in provider.records("mobile-lines")] == ["ACTIVE"]
    assert records.next_due is None


def test_a_span_counts_from_the_date_that_is_waited_for() -> None:
    provider = Double("mobile-v1", course={"PORTING": {"after": "2d"}})
    provider.call("POST", MOBILE, LINE | ported("2026-01-20"))
    provider.session.settle()

    (line,) = provider.records("mobile-lines")

    assert line.progress.due is not None
    assert line.progress.due.isoformat() == "2026-01-22T00:00:00+00:00"


@pytest.mark.parametrize("day", ["9999-12-31", "9000-01-01"])
def test_a_date_that_no_clock_shows_holds_nothing_up(day: str) -> None:
    provider = Double("mobile-v1", "disney-tv-v2", course={"*": {"after": "2d"}})
    provider.call("POST", MOBILE, LINE | ported(day))
    entitled(provider)
    url(provider, f"{day}T23:59:59Z")

    advanced = [to_next(provider.session) for _ in range(4)]

    assert [each.ceiling for each in advanced] == [""] * 4
    assert provider.session.clock() <= LATEST


@pytest.mark.parametrize(
    ("name", "data", "member"),
    [
        ("hbo-subscriptions", {"service_id": "7", "status": "EXPIRING"}, "ends"),
        (
            "mobile-lines",
            {"countryCode": "34", "number": "6", "status": "PORTING"},
            "ported_at",
        ),
        ("disney-subscriptions", {"user_id": "U", "subscription_id": "S"}, "url_expires"),
    ],
)
@pytest.mark.parametrize("text", ["2026-01-20t00:00:00z", "2026-01-19T23:59:60Z"])
def test_a_seeded_date_may_have_any_form_of_rfc_3339(
    name: str, data: dict[str, Any], member: str, text: str
) -> None:
    course = {"LINKING": "never"} if name.startswith("disney") else AT_ONCE
    provider = Double(*collections()[name].apis, course=course)
    provider.given(name, {"org_id": "masmovil", **data, member: text})

    (record,) = provider.records(name)
    (fired,) = provider.advance("9d")

    assert record.data[member] == "2026-01-20T00:00:00.000Z"
    assert fired.at.isoformat() == "2026-01-20T00:00:00+00:00"


# mobile -----------------------------------------------------------------------------------------

MOBILE = "/v1/orgs/masmovil/mobile/activate"
LINE = {
    "externalReference": "process-01",
    "segment": "B2C",
    "billingType": "POSTPAID",
    "msisdn": {"countryCode": "34", "number": "675588933"},
}
OTHER = "2106f808-36e9-402d-bf37-f1f7fa04776c"


def ported(day: str) -> dict[str, Any]:
    donor = {"documentType": "DNI", "documentNumber": "70011111P", "operator": "0031"}
    return {"portability": {"contractCode": "1", "cutOverWindow": day, "donor": donor}}


def test_a_new_number_is_a_line_of_the_world_at_once_and_in_use() -> None:
    provider = Double("mobile-v1", course=AT_ONCE)
    accepted = provider.call("POST", MOBILE, LINE)
    known = provider.call("POST", MOBILE, LINE)
    twice = provider.call("POST", MOBILE, LINE, correlation=OTHER)
    (line,) = provider.records("lines")

    assert accepted.status == 202
    assert known.json == accepted.json
    reason = "The number 34 675588933 is already active."
    assert refused(twice, 400, "NumberInUse", reason, ref=False)
    assert (line.data["number"], line.data["kind"]) == ("675588933", "MOBILE")
    assert "documentNumber" not in line.data


def test_a_ported_number_is_active_on_the_day_of_its_cut_over() -> None:
    provider = Double("mobile-v1", course=AT_ONCE)
    provider.call("POST", MOBILE, LINE | ported("2026-01-20"))
    provider.advance("4d")
    assert [each.data["status"] for each in provider.records("mobile-lines")] == ["PORTING"]
    assert provider.records("lines") == []

    (fired,) = provider.advance("12h")
    (line,) = provider.records("lines")

    assert fired.at.isoformat() == "2026-01-20T00:00:00+00:00"
    assert line.data["documentNumber"] == "70011111P"


def test_a_cut_over_of_the_past_does_not_hold_a_line_up() -> None:
    provider = Double("mobile-v1", course=AT_ONCE)
    provider.call("POST", MOBILE, LINE | ported("2026-01-15"))
    provider.session.settle()

    assert [each.data["status"] for each in provider.records("mobile-lines")] == ["ACTIVE"]


def test_a_number_that_the_donor_keeps_is_free_again() -> None:
    provider = Double("mobile-v1", course={"PORTING": {"then": "FAILED"}})
    provider.call("POST", MOBILE, LINE | ported("2026-01-20"))
    assert provider.call("POST", MOBILE, LINE, correlation=OTHER).status == 400
    provider.advance("5d")

    assert provider.records("mobile-lines") == provider.records("lines") == []
    assert provider.call("POST", MOBILE, LINE, correlation=OTHER).status == 202


def test_a_seeded_line_is_ported_on_its_date() -> None:
    provider = Double("mobile-v1", course=AT_ONCE)
    node = {"org_id": "masmovil", "countryCode": "34", "number": "675588933", "status": "PORTING"}
    provider.given("mobile-lines", {**node, "ported_at": "2026-01-20T00:00:00.000Z"})
    assert provider.call("POST", MOBILE, LINE).status == 400
    provider.advance("4d")
    assert provider.records("lines") == []
    provider.advance("1d")
    assert len(provider.records("lines")) == 1


ELSEWHERE = MOBILE.replace("masmovil", "simyo")
IN_USE = "The number 34 675588933 is already active."


def foreign(body: dict[str, Any], code: str = "351") -> dict[str, Any]:
    return {**body, "msisdn": {**body["msisdn"], "countryCode": code}}


def lines_of(provider: Double) -> list[tuple[str, str]]:
    """Whose the mobile lines are, in which state."""
    found = [each.data for each in provider.records("mobile-lines")]
    return [(each["org_id"], each["status"]) for each in found]


@pytest.mark.parametrize(
    ("course", "theirs", "status"),
    [
        (AT_ONCE, {}, "ACTIVE"),
        (AT_ONCE, ported("2026-01-20"), "PORTING"),
        ({"*": {"after": "1h"}}, {}, ""),
    ],
)
def test_a_number_of_another_tenant_is_in_use(
    course: dict[str, Any], theirs: dict[str, Any], status: str
) -> None:
    provider = Double("mobile-v1", course=course)
    provider.call("POST", MOBILE, LINE | theirs)
    provider.session.settle()
    assert lines_of(provider) == [("masmovil", status)]
    before = provider.records("mobile-lines")

    said = provider.call("POST", ELSEWHERE, LINE, correlation=OTHER)

    assert refused(said, 400, "NumberInUse", IN_USE, ref=False)
    assert provider.records("mobile-lines") == before
    assert provider.call("POST", ELSEWHERE, foreign(LINE), correlation=OTHER).status == 202


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ({"kind": "MOBILE", "brand": "YOIGO"}, 400),
        ({"kind": "FIXED", "operatorName": "XTRA"}, 400),
        ({"kind": "MOBILE", "operatorName": "DIGI"}, 202),
    ],
)
def test_a_number_that_the_group_carries_already_is_in_use(
    line: dict[str, Any], status: int
) -> None:
    provider = Double("mobile-v1", course=AT_ONCE)
    provider.given("lines", {"number": "675588933", **line})

    assert provider.call("POST", MOBILE, foreign(LINE)).status == 202
    said = provider.call("POST", MOBILE, LINE, correlation=OTHER)

    assert said.status == status
    assert status == 202 or refused(said, 400, "NumberInUse", IN_USE, ref=False)


def test_a_number_of_another_country_is_no_line_of_the_world() -> None:
    provider = Double("mobile-v1", course=AT_ONCE)
    provider.given("lines", {"number": "675588933", "kind": "FIXED", "brand": "YOIGO"})
    before = provider.records("lines")

    provider.call("POST", MOBILE, foreign(LINE | ported("2026-01-15")))
    provider.session.settle()

    assert lines_of(provider) == [("masmovil", "ACTIVE")]
    assert provider.records("lines") == before


def test_a_number_without_digits_is_no_line_of_the_world() -> None:
    provider = Double("mobile-v1", course=AT_ONCE)
    body = {**LINE, "msisdn": {"countryCode": "34", "number": ""}}

    assert provider.call("POST", MOBILE, body).status == 202
    provider.session.settle()
    assert provider.records("lines") == []


def test_a_ported_number_leaves_the_tenant_that_had_it_when_it_is_active() -> None:
    provider = Double("mobile-v1", course=AT_ONCE)
    provider.call("POST", MOBILE, LINE)
    provider.call("POST", MOBILE, foreign(LINE), correlation=OTHER)

    said = provider.call("POST", ELSEWHERE, LINE | ported("2026-01-20"), correlation=OTHER)
    provider.advance("4d")
    masmovil = ("masmovil", "ACTIVE")
    assert said.status == 202
    assert lines_of(provider) == [masmovil, masmovil, ("simyo", "PORTING")]
    provider.advance("1d")

    assert lines_of(provider) == [masmovil, ("simyo", "ACTIVE")]
    assert provider.records("mobile-lines")[0].data["countryCode"] == "351"
    (line,) = provider.records("lines")
    assert (line.data["brand"], line.data["operatorName"]) == ("SIMYO", "ORANGE")


def test_a_number_that_waits_to_be_ported_elsewhere_too_goes_there_on_its_own_day() -> None:
    provider = Double("mobile-v1", course=AT_ONCE)
    provider.call("POST", MOBILE, LINE | ported("2026-01-17"))
    provider.call("POST", ELSEWHERE, LINE | ported("2026-01-19"), correlation=OTHER)

    provider.advance("3d")
    assert lines_of(provider) == [("masmovil", "ACTIVE"), ("simyo", "PORTING")]
    provider.advance("3d")
    assert lines_of(provider) == [("simyo", "ACTIVE")]


def test_a_number_that_is_ported_to_a_mobile_line_leaves_its_access() -> None:
    provider = Double("mobile-v1", course=AT_ONCE)
    provider.given("accesses", {"iua": "A", "phoneNumber": "675588933"})
    provider.given("lines", {"number": "675588933", "kind": "FIXED", "iua": "A"})

    provider.call("POST", MOBILE, LINE | ported("2026-01-15"))
    provider.session.settle()

    (line,) = provider.records("lines")
    assert (line.data["kind"], line.data.get("iua")) == ("MOBILE", None)
    assert "phoneNumber" not in provider.records("accesses")[0].data


def test_the_world_has_the_brand_of_the_tenant() -> None:
    provider = Double("mobile-v1", course=AT_ONCE)
    provider.call("POST", MOBILE, LINE)
    provider.session.settle()

    assert provider.records("lines")[0].data["brand"] == "MASMOVIL"


# scenarios --------------------------------------------------------------------------------------


def test_the_packaged_scenarios_steer_the_simulations() -> None:
    provider = Double("amazon-tv-v1", "disney-tv-v2", session="default")
    seeded = bundle(provider, "95e3e1a2-e09b-4d2d-b35a-6a0845b1170b")
    provider.call("POST", f"{AMAZON}/subscriptions", BUNDLE, scenario="activation-pending")
    sell(provider, external_id="userid_mock_pending")
    sell(provider, external_id="userid_mock_fail")
    body = {"subscriptionId": "ENT_GRACE", "products": ["basic"]}
    provider.call("POST", USER, body)

    assert seeded.json["status"] == "ACTIVE"
    assert bundle(provider).json["status"] == "PENDING_ACTIVATION"
    assert bundle(provider, "userid_mock_pending").json["status"] == "PENDING_ACTIVATION"
    assert bundle(provider, "userid_mock_fail").status == 404
    grace = provider.call("GET", f"{USER}/subscriptions/ENT_GRACE").json
    assert grace["entitled"] == "GRACE_PERIOD"


def test_what_is_remembered_can_be_put_back_as_it_is() -> None:
    stems = ("amazon-tv-v1", "netflix-tv-v2", "hbo-tv-v2", "disney-tv-v2", "orange-tv-v1")
    provider = Double(*stems, "mobile-v1", "device-insurance-v1", course=AT_ONCE)
    sell(provider)
    provider.call("POST", NETFLIX_2, ENROL)
    subscribed(provider, JANUARY_20)
    unsubscribed(provider)
    entitled(provider)
    url(provider)
    provider.call("POST", ORANGE, ACTIVATION)
    provider.call("POST", MOBILE, LINE | ported("2026-01-20"))
    provider.call("POST", "/v1/device-insurance/orgs/masmovil/request", {"imei": "1", "price": 2})
    provider.session.settle()

    for name in FAMILY:
        (record,) = provider.records(name)
        assert list(data_findings(collections()[name], record.data, "sample", "")) == []
        provider.given(name, record.data)
        (same,) = provider.records(name)
        assert (same.id, same.data) == (record.id, {**record.data, **same.data})


@pytest.mark.parametrize(
    ("stem", "path", "body"),
    [
        (
            "amazon-tv-v1",
            "/v1/tv/amazon/orgs/masmovil/subscriptions",
            {"billing_id": "A", "external_id": "", "offer_code": "B", "product": "C"},
        ),
        (
            "disney-tv-v2",
            "/v2/orgs/masmovil/tv/disney/users/MOO1",
            {"subscriptionId": "", "products": ["A"]},
        ),
    ],
)
def test_an_id_that_no_path_can_hold_is_refused(stem: str, path: str, body: Json) -> None:
    double = Double(stem)

    said = double.call("POST", path, body)

    assert (said.status, said.json[0]["code"]) == (400, "InvalidRequest")
    assert double.records("workflows") == []
