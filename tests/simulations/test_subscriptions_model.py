"""The double of each small subscription and a naive model of it, side by side: they never disagree.

Courses, calls in any order, reads and clock moves are drawn; after each step every reply and every
record of the double is what the model says.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mockserver.clock import stamp
from mockserver.span import written
from tests.simulations.double import NOON, Double, Said
from tests.simulations.models.mobile import MobileModel
from tests.simulations.models.subscriptions import PRODUCTS, Course, Model, Thing

ORGS = ("masmovil", "yoigo")
MOSTLY = st.sampled_from([*ORGS, *ORGS[:1] * 2])
NAMES = ("7", "07")
NUMBERS = st.sampled_from(["675588933", "675588934"])
TRACES = st.sampled_from([f"2106f808-36e9-402d-bf37-{number:012d}" for number in range(4)])
FREE = st.uuids().map(str)
TRACE = TRACES | FREE
SPANS = st.sampled_from([1, 7, 30, 60, 100, 3_600, 86_400, 4 * 86_400])
DATES = st.none() | st.sampled_from([-60, 0, 50, 7_200, 2 * 86_400])
AT_ONCE = Course()
LATER = st.sampled_from(
    [Course(5), Course(60), Course(86_400), Course(None, 1), Course(None, 3), Course(None)]
)
TIMINGS = st.just(AT_ONCE) | LATER
FAILS = st.sampled_from(
    [Course(then="FAILED"), Course(60, then="FAILED"), Course(None, 2, "FAILED")]
)


def as_written(course: Course) -> Any:
    """A step as a scenario file has it."""
    then = {"then": course.then} if course.then else {}
    if course.polls:
        return {"polls": course.polls, **then}
    if course.after is None:
        return "never"
    return {"after": written(timedelta(seconds=course.after)), **then}


def at(seconds: float) -> str:
    return stamp(NOON + timedelta(seconds=seconds))


def courses_of(product: str) -> st.SearchStrategy[dict[str, Course]]:
    """Courses of the phases of a product: works may fail, states may be left as they are told."""
    kind = PRODUCTS[product]
    works = {kind.create, *(operation for _, operation in kind.moves)}
    failing = st.just(AT_ONCE) | LATER | FAILS
    phases: dict[str, st.SearchStrategy[Course]] = dict.fromkeys(sorted(works), failing)
    phases |= dict.fromkeys(kind.by_itself, TIMINGS)
    if product == "mobile":
        phases["PORTING"] = failing
    if kind.links:
        phases["LINKING"] = TIMINGS | st.just(Course(10, then="UNLINKED"))
    for state, outcomes in kind.if_told.items():
        told = st.tuples(TIMINGS, st.sampled_from(sorted(outcomes))).map(
            lambda pair: Course(pair[0].after, pair[0].polls, pair[1])
        )
        phases[state] = st.just(Course(after=None)) | told
    return st.fixed_dictionaries({}, optional=phases)


class Machine(RuleBasedStateMachine):
    """One product; what is particular about its requests is in the classes below."""

    product: ClassVar[str]
    stems: ClassVar[tuple[str, ...]]
    collection: ClassVar[str]
    state: ClassVar[str] = "status"

    @initialize(data=st.data())
    def begin(self, data: Any) -> None:
        courses = data.draw(courses_of(self.product))
        written_course = {phase: as_written(each) for phase, each in courses.items()}
        self.double = Double(*self.stems, course=written_course or {"*": "at once"})
        self.model = self.naive(courses)
        self.told: dict[tuple[str, ...], Any] = {}
        self.first()

    def naive(self, courses: Mapping[str, Course]) -> Model:
        """The model of the product."""
        return Model(self.product, courses)

    def first(self) -> None:
        """What is there from the beginning."""

    # one step -----------------------------------------------------------------------------

    def settled(self) -> list[Any]:
        """All that the double remembers, when what is due has happened."""
        self.double.session.settle()
        names = self.double.engine.staging.collections
        return [record for name in names for record in self.double.records(name)]

    def judge(self, said: Said, status: int, before: list[Any], call: tuple[str, ...]) -> None:
        assert said.source == "simulation"
        assert (202 if said.status == 201 else said.status) == status, said.json
        if status >= 400:
            assert self.settled() == before
            assert len(said.json) == 1
        elif call:
            assert self.told.setdefault(call, said.json) == said.json
            assert said.json["workflowId"].endswith(call[-1][-17:])

    @rule(seconds=SPANS)
    def time_passes(self, seconds: int) -> None:
        self.double.advance(f"{seconds}s")
        self.model.pass_time(seconds)

    @invariant()
    def what_is_remembered_is_what_the_model_has(self) -> None:
        self.settled()
        found = sorted(self.seen(each.data) for each in self.double.records(self.collection))
        assert found == sorted(map(self.expected, self.model.things))

    def seen(self, data: Mapping[str, Any]) -> Any:
        return self.name_of(data), data[self.state], data["updated"]

    def expected(self, thing: Thing) -> Any:
        return thing.name, thing.state, at(thing.changed)

    def name_of(self, data: Mapping[str, Any]) -> str:
        raise NotImplementedError


class NetflixMachine(Machine):
    product = "netflix"
    stems = ("netflix-tv-v1", "netflix-tv-v2")
    collection = "netflix-enrolments"
    TARGETS: ClassVar = (
        "/v1/tv/netflix/orgs/{}/subscriptions",
        "/v2/orgs/{}/tv/netflix/subscriptions",
    )

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org_id']} {data['partner_account_id']}"

    @rule(
        org=MOSTLY,
        account=st.sampled_from([7, "7", 8]),
        version=st.sampled_from([0, 1]),
        trace=TRACE,
    )
    def enrol(self, org: str, account: Any, version: int, trace: str) -> None:
        body = {
            "billing_event_id": "event",
            "bundle_id": "bundle",
            "channel": "WEB",
            "netflix_offer_id": "2106f808-36e9-402d-bf37-f1f7fa04776b",
            "partner_account_id": account,
        }
        name, stem = f"{org} {account}", self.stems[version]
        before = self.settled()
        said = self.double.call("POST", self.TARGETS[version].format(org), body, correlation=trace)
        status = self.model.create(stem, name, name, name, trace if version else None, {})
        self.judge(said, status, before, (stem, name, trace) if version else ())


class HboMachine(Machine):
    product = "hbo"
    stems = ("hbo-tv-v1", "hbo-tv-v2")
    collection = "hbo-subscriptions"
    TARGETS: ClassVar = ("/v1/tv/hbo/orgs/{}/subscriptions", "/v2/orgs/{}/tv/hbo/subscriptions")

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org_id']} {data['service_id']}"

    def body(self, version: int, lasts: int | None) -> dict[str, Any]:
        end = None if lasts is None else NOON + timedelta(seconds=lasts)
        if version:
            expires = {} if end is None else {"expires": int(end.timestamp())}
            return {"external_id": 5, "products": [{"code": "MAX", "starts": 1, **expires}]}
        flat = {"external_id": "5", "product_code": "HBO"}
        flat |= {} if end is None else {"product_expire_date": end.isoformat()}
        return {**flat, "product_start_date": "2021-01-01T00:00:00Z"}

    @rule(
        org=MOSTLY,
        service=st.sampled_from(NAMES),
        version=st.sampled_from([0, 1]),
        trace=TRACE,
        lasts=DATES,
    )
    def subscribe(
        self, org: str, service: str, version: int, trace: str, lasts: int | None
    ) -> None:
        name, stem = f"{org} {service}", self.stems[version]
        body = {**self.body(version, lasts), "service_id": service, "country": "ES"}
        before = self.settled()
        said = self.double.call("POST", self.TARGETS[version].format(org), body, correlation=trace)
        status = self.model.create(stem, name, name, name, trace, {"lasts": lasts})
        self.judge(said, status, before, (stem, "create", name, trace))

    @rule(
        org=MOSTLY,
        service=st.sampled_from(NAMES),
        version=st.sampled_from([0, 1]),
        trace=TRACE,
        lasts=DATES,
    )
    def cancel(self, org: str, service: str, version: int, trace: str, lasts: int | None) -> None:
        name, stem = f"{org} {service}", self.stems[version]
        body = {**self.body(version, lasts), "reason": "PRODUCT_CANCELED"}
        target = self.TARGETS[version].format(org) + f"/{service}/cancel"
        before = self.settled()
        said = self.double.call("POST", target, body, correlation=trace)
        operation = "cancelHboSubscription"
        thing = self.model.named(name)
        status = self.model.change(stem, operation, [name], thing, trace, {"lasts": lasts})
        self.judge(said, status, before, (stem, "cancel", name, trace))


class OrangeMachine(Machine):
    product = "orange"
    stems = ("orange-tv-v1",)
    collection = "orange-tv-subscriptions"

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org']} {data['subscriptionExternalId']}"

    @rule(org=MOSTLY, name=st.sampled_from(NAMES), trace=TRACE)
    def activate(self, org: str, name: str, trace: str) -> None:
        body = {"firstName": "a", "lastName": "b", "maxTerminals": "1", "spId": "s"}
        target = f"/v1/orgs/{org}/tv/orange/subscriptions/{name}"
        before, key = self.settled(), f"{org} {name}"
        said = self.double.call("POST", target, body | {"customerType": "ott"}, correlation=trace)
        status = self.model.create("orange", key, key, key, trace, {})
        self.judge(said, status, before, ("create", key, trace))

    @rule(org=MOSTLY, name=st.sampled_from(NAMES), trace=TRACE)
    def cancel(self, org: str, name: str, trace: str) -> None:
        target = f"/v1/orgs/{org}/tv/orange/subscriptions/{name}"
        before, key = self.settled(), f"{org} {name}"
        said = self.double.call("DELETE", target, correlation=trace)
        thing, operation = self.model.named(key), "cancelOrangeTvSubscription"
        status = self.model.change("orange", operation, [key], thing, trace, {})
        self.judge(said, status, before, ("cancel", key, trace))


class MobileMachine(Machine):
    product = "mobile"
    stems = ("mobile-v1",)
    collection = "mobile-lines"
    model: MobileModel

    def naive(self, courses: Mapping[str, Course]) -> Model:
        return MobileModel(courses)

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org_id']} {data['countryCode']} {data['number']}"

    @rule(number=NUMBERS, line=st.sampled_from([("YOIGO", True), ("", False)]))
    def seed_a_line_of_the_world(self, number: str, line: tuple[str, bool]) -> None:
        brand, internal = line
        carrier = {"brand": brand} if internal else {"operatorName": "DIGI"}
        self.double.given("lines", {"number": number, "kind": "MOBILE", **carrier})
        self.model.lines[number] = line

    @rule(
        org=MOSTLY,
        code=st.sampled_from(["34", "34", "351"]),
        number=NUMBERS,
        trace=TRACE,
        days=st.none() | st.integers(-1, 4),
    )
    def activate(self, org: str, code: str, number: str, trace: str, days: int | None) -> None:
        body: dict[str, Any] = {
            "externalReference": "process-01",
            "segment": "B2C",
            "billingType": "POSTPAID",
            "msisdn": {"countryCode": code, "number": number},
        }
        ports = None
        if days is not None:
            day = NOON.date() + timedelta(days=days)
            donor = {"documentType": "DNI", "documentNumber": "70011111P", "operator": "0031"}
            body["portability"] = {"contractCode": "1", "cutOverWindow": f"{day}", "donor": donor}
            ports = days * 86_400 - 12 * 3_600  # from the noon when the story began
        before = self.settled()
        said = self.double.call("POST", f"/v1/orgs/{org}/mobile/activate", body, correlation=trace)
        status = self.model.activate(org, f"{code} {number}", trace, ports)
        self.judge(said, status, before, (org, code, number, trace))

    @invariant()
    def the_world_has_the_lines_that_the_model_has(self) -> None:
        self.settled()
        lines = [each.data for each in self.double.records("lines")]
        found = {each["number"]: (each.get("brand", ""), each["internal"]) for each in lines}
        assert found == self.model.lines

    @invariant()
    def no_number_is_active_twice(self) -> None:
        found = [each.data for each in self.double.records(self.collection)]
        active = [
            (each["countryCode"], each["number"]) for each in found if each["status"] == "ACTIVE"
        ]
        assert len(active) == len(set(active))


class AmazonMachine(Machine):
    product = "amazon"
    stems = ("amazon-tv-v1",)
    collection = "amazon-bundles"

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org_id']} {data['external_id']} {data['product']}"

    @rule(
        org=MOSTLY,
        account=st.sampled_from(NAMES),
        product=st.sampled_from(["PRIME", "PV_3M_PROMO"]),
        trace=TRACE,
    )
    def subscribe(self, org: str, account: str, product: str, trace: str) -> None:
        body = {"billing_id": "b", "external_id": account, "offer_code": "o", "product": product}
        before, group = self.settled(), f"{org} {account}"
        name = f"{group} {product}"
        target = f"/v1/tv/amazon/orgs/{org}/subscriptions"
        said = self.double.call("POST", target, body, correlation=trace)
        status = self.model.create("amazon", name, group, name, trace, {})
        self.judge(said, status, before, ("create", name, trace))

    @rule(org=MOSTLY, account=st.sampled_from(NAMES), trace=TRACE)
    def cancel(self, org: str, account: str, trace: str) -> None:
        body = {"external_id": account, "reason": "CUSTOMER_OPT_OUT"}
        before = self.settled()
        operation, group = "cancelAmazonSubscription", f"{org} {account}"
        thing = self.model.to_change(group, operation)
        idents = [each.ident for each in self.model.things if each.group == group]
        target = f"/v1/tv/amazon/orgs/{org}/subscriptions/{account}/cancel"
        said = self.double.call("POST", target, body, correlation=trace)
        status = self.model.change("amazon", operation, idents, thing, trace, {})
        self.judge(said, status, before, ())

    @rule(org=MOSTLY, account=st.sampled_from(NAMES))
    def read(self, org: str, account: str) -> None:
        group = f"{org} {account}"
        said = self.double.call("GET", f"/v1/tv/amazon/orgs/{org}/bundles/{account}")
        unseen = [each for each in self.model.things if each.group == group]
        self.model.read(self.model.newest(group) or (unseen[-1] if unseen else None))
        thing = self.model.newest(group)
        assert said.status == (404 if thing is None else 200)
        if thing is not None:
            assert said.json["status"] == thing.state
            assert said.json["updated"] == at(thing.changed)
            assert ("activation_url" in said.json) == (thing.state == "PENDING_ACTIVATION")
            assert f"{group} {said.json['product']}" == thing.name


class DisneyMachine(Machine):
    product = "disney"
    stems = ("disney-tv-v2",)
    collection = "disney-subscriptions"
    state = "entitled"
    HOME: ClassVar = (ORGS[0], "MOO1", "ENT1")
    PLACES: ClassVar = st.sampled_from(
        [HOME] * 5
        + [("yoigo", "MOO1", "ENT1"), (ORGS[0], "MOO2", "ENT1"), (ORGS[0], "MOO1", "ENT2")]
    )

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org_id']} {data['subscription_id']}"

    def first(self) -> None:
        self.subscribe(self.HOME, "first")

    def expected(self, thing: Thing) -> Any:
        linked = "LINKED" if thing.linked else "UNLINKED"
        return *super().expected(thing), linked, tuple(thing.facts["products"])

    def seen(self, data: Mapping[str, Any]) -> Any:
        return *super().seen(data), data["activated"], tuple(data["products"])

    def thing(self, place: tuple[str, str, str]) -> Thing | None:
        org, user, subscription = place
        thing = self.model.named(f"{org} {subscription}")
        return thing if thing is not None and thing.facts["user"] == user else None

    def target(self, place: tuple[str, str, str]) -> str:
        org, user, subscription = place
        return f"/v2/orgs/{org}/tv/disney/users/{user}/subscriptions/{subscription}"

    @rule(place=PLACES, trace=TRACE)
    def subscribe_again(self, place: tuple[str, str, str], trace: str) -> None:
        self.subscribe(place, trace)

    def subscribe(self, place: tuple[str, str, str], trace: str) -> None:
        org, user, subscription = place
        body = {"subscriptionId": subscription, "products": ["basic"]}
        before, name = self.settled(), f"{org} {subscription}"
        target = f"/v2/orgs/{org}/tv/disney/users/{user}"
        said = self.double.call("POST", target, body, correlation=trace)
        facts = {"products": ["basic"], "user": user}
        status = self.model.create("disney", name, name, " ".join(place), trace, facts)
        self.judge(said, status, before, ("create", *place, trace))

    @rule(
        place=PLACES,
        trace=TRACE,
        operation=st.sampled_from(sorted({operation for _, operation in PRODUCTS["disney"].moves})),
        products=st.sampled_from([["basic"], ["premium"]]),
    )
    def change(
        self, place: tuple[str, str, str], trace: str, operation: str, products: list[str]
    ) -> None:
        target, body = self.target(place), {"products": products}
        before, thing = self.settled(), self.thing(place)
        method, tail = {
            "modifyDisneySubscription": ("PATCH", ""),
            "cancelDisneySubscription": ("DELETE", ""),
            "suspendDisneySubscription": ("POST", "/suspend"),
            "reactivateDisneySubscription": ("POST", "/reactivate"),
        }[operation]
        sent = None if method == "DELETE" else body
        said = self.double.call(method, target + tail, sent, correlation=trace)
        own = body if method == "PATCH" else {}
        # somebody else's subscription is unknown, whatever was accepted for its own user
        known = [thing.ident] if thing is not None and thing.state else []
        status = self.model.change("disney", operation, known, thing, trace, own)
        self.judge(said, status, before, (operation, *place, trace))

    @rule(place=PLACES, lasts=st.sampled_from([-10, 20, 7_200, 3 * 86_400]))
    def ask_url(self, place: tuple[str, str, str], lasts: int) -> None:
        ends = self.model.now + lasts
        body = {"products": [], "country": "ES", "expireDate": at(ends)}
        before, thing = self.settled(), self.thing(place)
        said = self.double.call("POST", self.target(place) + "/activation-url", body)
        self.judge(said, self.model.ask_url(thing, ends), before, ())

    @rule(place=PLACES)
    def read(self, place: tuple[str, str, str]) -> None:
        said = self.double.call("GET", self.target(place))
        thing = self.model.read(self.thing(place))
        assert said.status == (404 if thing is None else 200)
        if thing is not None:
            assert said.json["entitled"] == thing.state
            assert said.json["activated"] == ("LINKED" if thing.linked else "UNLINKED")
            assert said.json["products"] == thing.facts["products"]
            assert said.json["lastUpdated"] == at(thing.changed)
            assert ("cancellation" in said.json) == (thing.state == "CANCELED")


TestNetflix = NetflixMachine.TestCase
TestHbo = HboMachine.TestCase
TestOrange = OrangeMachine.TestCase
TestMobile = MobileMachine.TestCase
TestAmazon = AmazonMachine.TestCase
TestDisney = DisneyMachine.TestCase
