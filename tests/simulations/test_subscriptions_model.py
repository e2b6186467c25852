"""The double of each small subscription and a naive model of it, side by side: they never disagree.

Scenarios of the session and of single calls, calls in any order, reads, clock moves, steps by hand
and resets are drawn; after each step every reply and every record is what the model says.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mockserver.clock import stamp
from tests.simulations.double import NOON, Double, Said, course_of, shared
from tests.simulations.models.courses import AT_ONCE, NEVER, Layer, Way
from tests.simulations.models.mobile import MobileModel
from tests.simulations.models.subscriptions import (
    FAILED,
    LINKING,
    PRODUCTS,
    Answer,
    Model,
    Product,
    Thing,
    wrong_enrolment,
)

ORGS = ("masmovil", "yoigo")
MOSTLY = st.sampled_from([*ORGS, *ORGS[:1] * 2])
NAMES = ("7", "07")
TRACES = [f"2106f808-36e9-402d-bf37-{number:012d}" for number in range(100)]
TRACE = st.sampled_from(TRACES[:4] * 20 + TRACES)  # one draw: these machines draw a lot
SPANS = st.sampled_from([1, 7, 30, 60, 100, 3_600, 86_400, 4 * 86_400])
DATES = st.sampled_from([None, -60, 0, 50, 7_200, 2 * 86_400])
PICKS = st.tuples(st.integers(0, 99), st.integers(0, 99))
DEFAULTS: list[Layer] = [{"*": [AT_ONCE]}, {"*": [Way(after=60)]}]
TIMES = [AT_ONCE, Way(5), Way(60), Way(86_400), Way(polls=1), Way(polls=3), NEVER]
FAILS = [Way(then=FAILED), Way(60, then=FAILED), Way(polls=2, then=FAILED)]
RUN = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def at(seconds: float) -> str:
    return stamp(NOON + timedelta(seconds=seconds))


def _layers(kind: Product) -> Iterator[Layer]:
    """What scenarios may say: of one phase each, or of all that they do not name.

    What waits for reads is said of products that have them.
    """
    times = [way for way in TIMES if kind.reads or not way.polls]
    for phase in kind.works:
        yield from ({phase: [way]} for way in times)
        yield from ({phase: [way]} for way in FAILS if kind.reads or not way.polls)
        yield {phase: [Way(then=FAILED), AT_ONCE]}
    for phase in kind.by_itself:
        yield from ({phase: [way]} for way in times)
    for phase, outcomes in kind.if_told.items():
        for then in outcomes:
            yield {phase: [Way(then=then)]}
            yield from ({phase: [way._replace(then=then)]} for way in (Way(60), Way(polls=2)))
        yield {phase: [Way(30, then=outcomes[-1], code="ABUSE_REVOCATION")]}
    if kind.links:
        yield from ({LINKING: [way]} for way in (*TIMES, Way(10, then="UNLINKED")))
    yield from ({"*": [way]} for way in (Way(20), Way(polls=1), NEVER, Way(then=FAILED)))
    yield {"*": [AT_ONCE]}


SCENARIOS = {
    name: {f"s{number}": layer for number, layer in enumerate(_layers(kind))}
    for name, kind in PRODUCTS.items()
}


def _named(product: str) -> st.SearchStrategy[str]:
    """What a call names: mostly nothing, else a scenario, or two of which the first counts more."""
    names = list(SCENARIOS[product])
    pairs = [f"{one}, {other}" for one, other in itertools.pairwise([*names, *names[::3]])]
    return st.sampled_from([""] * 3 * len(names) + names * 2 + pairs)


NAMED = {name: _named(name) for name in PRODUCTS}


class Machine(RuleBasedStateMachine):
    """One product; what is particular about its requests is in the classes below.

    Attributes:
        product: Its name.
        stems: Its APIs.
        collection: Its records.
        others: Collections that its calls change beside.
        state: The member of a record with its state.
        opening: A call that is accepted in a new session: method, target, body.
    """

    product: ClassVar[str]
    stems: ClassVar[tuple[str, ...]]
    collection: ClassVar[str]
    others: ClassVar[tuple[str, ...]] = ("workflows",)
    state: ClassVar[str] = "status"
    opening: ClassVar[tuple[str, str, Any]]

    @initialize(picks=PICKS, default=st.sampled_from(range(len(DEFAULTS))))
    def begin(self, picks: tuple[int, int], default: int) -> None:
        self.default = DEFAULTS[default]
        self.pool = SCENARIOS[self.product]
        self.double = shared(
            *self.stems,
            course=course_of(self.default, "s"),
            scenarios={
                f"{stem}/{name}": {"course": course_of(layer, "s")}
                for stem in self.stems
                for name, layer in self.pool.items()
            },
        )
        self.model = self.naive()
        self.accepted: tuple[Said, Answer] | None = None
        self.runs: dict[tuple[str, ...], str] = {}
        self.calls: dict[str, tuple[str, ...]] = {}
        self.firsts: dict[str, Any] = {}
        self.other = self.double.beside("other")
        self.other.reset()
        self.said_there = self.other.call(*self.opening).json
        self.there = self.remembered(self.other)
        self.choose(picks)
        self.first()

    @rule()
    def repeat_what_was_accepted(self) -> None:
        """A call with the same correlation id has the same answer, and changes nothing."""
        if self.accepted is not None:
            before, (said, answer) = self.settled(), self.accepted
            again = self.double.repeat(said)
            self.judge(again, answer._replace(again=True), before)

    def naive(self) -> Model:
        """The model of the product."""
        return Model(self.product, self.default)

    def first(self) -> None:
        """What is there from the beginning."""

    # what is said of courses --------------------------------------------------------------

    def activate(self, names: Sequence[str]) -> None:
        """Let scenarios be those of the session, the strongest first."""
        names = list(dict.fromkeys(names))
        ids = tuple(f"{stem}/{name}" for name in names for stem in self.stems)
        self.double.session.activate(ids)
        self.model.active = self.layers(names)

    def layers(self, names: Sequence[str]) -> list[Layer]:
        return [self.pool[name] for name in reversed(names)]

    def named(self, scenario: str) -> list[Layer]:
        """What a call says that names these scenarios."""
        return self.layers(scenario.split(", ")) if scenario else []

    def choose(self, picks: tuple[int, int]) -> None:
        """Let up to two scenarios be those of the session."""
        names = list(self.pool)
        self.double.session.settle()
        self.activate([names[pick] for pick in picks if pick < len(names)])

    # one step -----------------------------------------------------------------------------

    def remembered(self, double: Double) -> list[Any]:
        return [each for name in (self.collection, *self.others) for each in double.records(name)]

    def settled(self) -> list[Any]:
        """All that the double remembers, when what is due has happened."""
        self.double.session.settle()
        return self.remembered(self.double)

    def judge(self, said: Said, answer: Answer, before: list[Any]) -> None:
        assert said.source == "simulation"
        assert said.status == answer.status, said.json
        if answer.status >= 400:
            assert said.json == answer.body
            assert self.settled() == before
            return
        run = said.json.pop("runId")
        assert said.json == answer.body
        self.judge_run(run, answer)
        if answer.call in self.model.accepted:
            self.accepted = said, answer
        if answer.again:
            assert self.settled() == before

    def judge_run(self, run: str, answer: Answer) -> None:
        assert RUN.fullmatch(run)
        assert self.runs.setdefault(answer.call, run) == run
        assert self.calls.setdefault(run, answer.call) == answer.call

    @rule(seconds=SPANS)
    def time_passes(self, seconds: int) -> None:
        self.double.advance(f"{seconds}s")
        self.model.pass_time(seconds)

    @rule(
        what=st.sampled_from([*["choose"] * 4, *["turn back"] * 3, "rewind", "rewind the other"]),
        picks=PICKS,
        seconds=st.sampled_from([1, 45, 7_200]),
    )
    def take_the_session_in_hand(self, what: str, picks: tuple[int, int], seconds: int) -> None:
        """What tests do with sessions, one rule for all of it: calls are to come more often."""
        if what == "choose":
            self.choose(picks)
        elif what == "turn back":
            self.double.turn_back(timedelta(seconds=seconds))
            self.model.turn_back(seconds)
        elif what == "rewind":
            self.rewind()
        else:
            self.rewind_the_other_session()

    @rule(pick=st.integers(0, 3), outcome=st.integers(0, 5))
    def end_a_phase_by_hand(self, pick: int, outcome: int) -> None:
        if self.model.things:
            thing = self.model.things[pick % len(self.model.things)]
            assert thing.wait is not None
            outcomes = self.model.product.outcomes(thing.wait.phase)
            then = dict(enumerate([*outcomes, "ELSEWHERE"])).get(outcome, "")
            before = self.settled()
            record = self.record_of(thing)
            status = self.double.step(record, **({"then": then} if then else {}))
            assert status == self.model.by_hand(thing, then)
            if status != 200:
                assert self.settled() == before

    def record_of(self, thing: Thing) -> Any:
        records = self.double.records(self.collection)
        return next(each for each in records if self.name_of(each.data) == thing.name)

    def rewind(self) -> None:
        """A reset: nothing is remembered, and the session has the scenarios that it was made with.

        The clock of these sessions begins at noon.
        """
        self.double.reset()
        assert self.settled() == []
        self.model = self.naive()
        self.accepted = None
        self.runs.clear()
        self.calls.clear()
        self.first()

    def rewind_the_other_session(self) -> None:
        """The same call has the same answer with the same ids; here nothing changes."""
        before = self.settled()
        self.other.reset()
        assert self.remembered(self.other) == []
        assert self.other.call(*self.opening).json == self.said_there
        assert self.remembered(self.other) == self.there
        assert self.settled() == before

    @invariant()
    def the_other_session_is_untouched(self) -> None:
        assert self.remembered(self.other) == self.there

    @invariant()
    def what_is_remembered_is_what_the_model_has(self) -> None:
        self.double.session.settle()
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
    BODY: ClassVar = {
        "billing_event_id": "event",
        "bundle_id": "bundle",
        "channel": "WEB",
        "netflix_offer_id": "2106f808-36e9-402d-bf37-f1f7fa04776b",
        "partner_account_id": 7,
    }
    opening = ("POST", TARGETS[0].format(ORGS[0]), BODY)

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org_id']} {data['partner_account_id']}"

    @rule(
        scenario=NAMED["netflix"],
        org=MOSTLY,
        account=st.sampled_from([7, "7", 7.0, 8]),
        version=st.sampled_from([1, 2]),
        event=st.sampled_from(["event", "event", "7", "ñ" * 512, "ñ" * 513]),
        trace=TRACE,
    )
    def enrol(
        self, scenario: str, org: str, account: Any, version: int, event: str, trace: str
    ) -> None:
        body = {**self.BODY, "partner_account_id": account, "billing_event_id": event}
        text = f"{account:.0f}" if isinstance(account, float) else str(account)
        name, stem, target = f"{org} {text}", self.stems[version - 1], self.TARGETS[version - 1]
        before = self.settled()
        said = self.double.call(
            "POST", target.format(org), body, correlation=trace, scenario=scenario
        )
        wrong = wrong_enrolment(version, text, event)
        words = {"account": text}
        known = trace if version == 2 else None
        answer = self.model.create(
            stem, name, name, name, known, {}, words, self.named(scenario), wrong
        )
        if version == 1 and said.status < 400:
            answer = self.numbered(said, answer)
        self.judge(said, answer, before)

    def numbered(self, said: Said, answer: Answer) -> Answer:
        """Without a correlation id a workflow has a number, which is learned: no two have one.

        The first of each life has the first number.
        """
        workflow = said.json["workflowId"]
        assert re.fullmatch("netflix-[A-Z2-7]{6}[0-9]{6}", workflow)
        if not self.runs:
            assert self.firsts.setdefault("workflow", workflow) == workflow
        call = *answer.call, workflow
        assert call not in self.runs
        return Answer(answer.status, {**answer.body, "workflowId": workflow}, call)


class HboMachine(Machine):
    product = "hbo"
    stems = ("hbo-tv-v1", "hbo-tv-v2")
    collection = "hbo-subscriptions"
    TARGETS: ClassVar = ("/v1/tv/hbo/orgs/{}/subscriptions", "/v2/orgs/{}/tv/hbo/subscriptions")
    USERS: ClassVar = st.sampled_from([5, 5, 5, 6])
    opening = (
        "POST",
        TARGETS[1].format(ORGS[0]),
        {"external_id": 5, "service_id": "7", "country": "ES", "products": [{"code": "M"}]},
    )

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org_id']} {data['service_id']}"

    def body(self, version: int, lasts: int | None, user: int) -> dict[str, Any]:
        end = None if lasts is None else NOON + timedelta(seconds=lasts)
        if version == 2:
            expires = {} if end is None else {"expires": int(end.timestamp())}
            return {"external_id": user, "products": [{"code": "MAX", "starts": 1, **expires}]}
        flat = {"external_id": f"{user}", "product_code": "HBO"}
        flat |= {} if end is None else {"product_expire_date": end.isoformat()}
        return {**flat, "product_start_date": "2021-01-01T00:00:00Z"}

    @rule(
        scenario=NAMED["hbo"],
        org=MOSTLY,
        service=st.sampled_from(NAMES),
        version=st.sampled_from([1, 2]),
        trace=TRACE,
        lasts=DATES,
        user=USERS,
    )
    def subscribe(
        self,
        scenario: str,
        org: str,
        service: str,
        version: int,
        trace: str,
        lasts: int | None,
        user: int,
    ) -> None:
        name, stem = f"{org} {service}", self.stems[version - 1]
        body = {**self.body(version, lasts, user), "service_id": service, "country": "ES"}
        before = self.settled()
        target = self.TARGETS[version - 1].format(org)
        said = self.double.call("POST", target, body, correlation=trace, scenario=scenario)
        facts, words = {"lasts": lasts, "user": f"{user}"}, {"service": service}
        answer = self.model.create(
            stem, name, name, name, trace, facts, words, self.named(scenario)
        )
        self.judge(said, answer, before)

    @rule(
        scenario=NAMED["hbo"],
        org=MOSTLY,
        service=st.sampled_from(NAMES),
        version=st.sampled_from([1, 2]),
        trace=TRACE,
        lasts=DATES,
        user=USERS,
    )
    def cancel(
        self,
        scenario: str,
        org: str,
        service: str,
        version: int,
        trace: str,
        lasts: int | None,
        user: int,
    ) -> None:
        name, stem = f"{org} {service}", self.stems[version - 1]
        body = {**self.body(version, lasts, user), "reason": "PRODUCT_CANCELED"}
        target = self.TARGETS[version - 1].format(org) + f"/{service}/cancel"
        before = self.settled()
        said = self.double.call("POST", target, body, correlation=trace, scenario=scenario)
        answer = self.model.change(
            stem,
            "cancelHboSubscription",
            [name],
            self.model.named(name),
            trace,
            {"lasts": lasts},
            {"service": service, "user": f"{user}"},
            self.named(scenario),
            whose=("user", f"{user}"),
        )
        self.judge(said, answer, before)


class OrangeMachine(Machine):
    product = "orange"
    stems = ("orange-tv-v1",)
    collection = "orange-tv-subscriptions"
    TARGET: ClassVar = "/v1/orgs/{}/tv/orange/subscriptions/{}"
    BODY: ClassVar = {
        "firstName": "a",
        "lastName": "b",
        "maxTerminals": "1",
        "spId": "s",
        "customerType": "ott",
    }
    opening = ("POST", TARGET.format(ORGS[0], "7"), BODY)

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org']} {data['subscriptionExternalId']}"

    @rule(scenario=NAMED["orange"], org=MOSTLY, name=st.sampled_from(NAMES), trace=TRACE)
    def activate_one(self, scenario: str, org: str, name: str, trace: str) -> None:
        target = self.TARGET.format(org, name)
        before, key = self.settled(), f"{org} {name}"
        said = self.double.call("POST", target, self.BODY, correlation=trace, scenario=scenario)
        answer = self.model.create(
            "orange", key, key, key, trace, {}, {"name": name}, self.named(scenario)
        )
        self.judge(said, answer, before)

    @rule(scenario=NAMED["orange"], org=MOSTLY, name=st.sampled_from(NAMES), trace=TRACE)
    def cancel(self, scenario: str, org: str, name: str, trace: str) -> None:
        target = self.TARGET.format(org, name)
        before, key = self.settled(), f"{org} {name}"
        said = self.double.call("DELETE", target, correlation=trace, scenario=scenario)
        thing, operation = self.model.named(key), "cancelOrangeTvSubscription"
        words = {"name": name}
        answer = self.model.change(
            "orange", operation, [key], thing, trace, {}, words, self.named(scenario)
        )
        self.judge(said, answer, before)

    @rule(
        scenario=NAMED["orange"],
        org=MOSTLY,
        name=st.sampled_from(NAMES),
        traces=st.tuples(TRACE, TRACE, TRACE),
    )
    def cancel_and_activate(
        self, scenario: str, org: str, name: str, traces: tuple[str, str, str]
    ) -> None:
        """An activation behind a cancellation that may fail, and the end of what it makes."""
        self.cancel("", org, name, traces[0])
        self.activate_one(scenario, org, name, traces[1])
        self.cancel(scenario, org, name, traces[2])


class MobileMachine(Machine):
    product = "mobile"
    stems = ("mobile-v1",)
    collection = "mobile-lines"
    others = ("workflows", "lines", "customers")
    model: MobileModel
    TARGET: ClassVar = "/v1/orgs/{}/mobile/activate"
    BODY: ClassVar = {
        "externalReference": "process-01",
        "segment": "B2C",
        "billingType": "POSTPAID",
        "msisdn": {"countryCode": "34", "number": "675588933"},
    }
    opening = ("POST", TARGET.format(ORGS[0]), BODY)
    NUMBERS: ClassVar = st.sampled_from(["675588933", "675588934"])

    def naive(self) -> Model:
        return MobileModel(self.default)

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org_id']} {data['countryCode']} {data['number']}"

    @rule(number=NUMBERS, line=st.sampled_from([("YOIGO", True), ("", False)]))
    def seed_a_line_of_the_world(self, number: str, line: tuple[str, bool]) -> None:
        brand, internal = line
        carrier = {"brand": brand} if internal else {"operatorName": "DIGI"}
        self.double.given("lines", {"number": number, "kind": "MOBILE", **carrier})
        self.model.lines[number] = line

    @rule(
        scenario=NAMED["mobile"],
        org=MOSTLY,
        code=st.sampled_from(["34", "34", "351"]),
        number=NUMBERS,
        trace=TRACE,
        days=st.sampled_from([None, None, -1, 0, 1, 2, 3, 4]),
    )
    def activate_one(
        self, scenario: str, org: str, code: str, number: str, trace: str, days: int | None
    ) -> None:
        body = {**self.BODY, "msisdn": {"countryCode": code, "number": number}}
        ports = None
        if days is not None:
            day = NOON.date() + timedelta(days=days)
            donor = {"documentType": "DNI", "documentNumber": "70011111P", "operator": "0031"}
            body["portability"] = {"contractCode": "1", "cutOverWindow": f"{day}", "donor": donor}
            ports = days * 86_400 - 12 * 3_600  # from the noon when the story began
        before, target = self.settled(), self.TARGET.format(org)
        said = self.double.call("POST", target, body, correlation=trace, scenario=scenario)
        named = self.named(scenario)
        self.judge(said, self.model.activate(org, f"{code} {number}", trace, ports, named), before)

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
    TARGET: ClassVar = "/v1/tv/amazon/orgs/{}/"
    BODY: ClassVar = {"external_id": "7", "offer_code": "o", "product": "PRIME", "billing_id": "b"}
    ACCOUNTS: ClassVar = st.sampled_from(NAMES)
    opening = ("POST", TARGET.format(ORGS[0]) + "subscriptions", BODY)

    def first(self) -> None:
        self.bundle_ids: dict[str, str] = {}  # by ident; learned when a bundle is made
        slow = {"PENDING_ACTIVATION": [Way(60)]}
        scenario = next(name for name, each in self.pool.items() if each == slow)
        self.subscribe(scenario, ORGS[0], NAMES[0], "PRIME", "o", TRACES[-1])

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org_id']} {data['external_id']} {data['product']}"

    def record_of(self, thing: Thing) -> Any:
        bundle = self.bundle_ids[thing.ident]
        records = self.double.records(self.collection)
        return next(each for each in records if each.data["bundle_id"] == bundle)

    @rule(
        scenario=NAMED["amazon"],
        org=MOSTLY,
        account=st.sampled_from([*NAMES, *NAMES, ""]),
        product=st.sampled_from(["PRIME", "PV_3M_PROMO"]),
        offer=st.sampled_from(["o", "p"]),
        trace=TRACE,
    )
    def subscribe(
        self, scenario: str, org: str, account: str, product: str, offer: str, trace: str
    ) -> None:
        body = {**self.BODY, "external_id": account, "offer_code": offer, "product": product}
        before, group = self.settled(), f"{org} {account}"
        name = f"{group} {product}"
        target = self.TARGET.format(org) + "subscriptions"
        said = self.double.call("POST", target, body, correlation=trace, scenario=scenario)
        words = {"account": account, "product": product}
        wrong = "" if account else "empty"
        answer = self.model.create(
            "amazon", name, group, name, trace, body, words, self.named(scenario), wrong
        )
        if said.status < 400 and not answer.again:
            self.learn(f"{name} {self.model.made}", before)
        self.judge(said, answer, before)

    def learn(self, ident: str, before: list[Any]) -> None:
        known = [each.id for each in before]
        made = [each for each in self.double.records(self.collection) if each.id not in known]
        assert len(made) == 1
        bundle = made[0].data["bundle_id"]
        assert re.fullmatch("BND-[A-Z2-7]{6}[0-9]{6}", bundle)
        assert bundle not in self.bundle_ids.values()
        if not self.bundle_ids:
            assert self.firsts.setdefault("bundle", bundle) == bundle
        self.bundle_ids[ident] = bundle

    def meant(self, org: str, name: str) -> list[Thing]:
        """What an id of a path may mean: the bundle with that id, else those of the account."""
        things = [each for each in self.model.things if each.group.startswith(f"{org} ")]
        own = [each for each in things if self.bundle_ids[each.ident] == name]
        return own or [each for each in things if each.group == f"{org} {name}"]

    def named_so(self, chosen: int, account: str) -> str:
        """The id of a bundle, or else the account."""
        return dict(enumerate(self.bundle_ids.values())).get(chosen, account)

    @rule(
        scenario=NAMED["amazon"],
        org=MOSTLY,
        account=ACCOUNTS,
        chosen=st.integers(0, 6),
        trace=TRACE,
    )
    def cancel(self, scenario: str, org: str, account: str, chosen: int, trace: str) -> None:
        name = self.named_so(chosen, account)
        body = {"external_id": account, "reason": "CUSTOMER_OPT_OUT"}
        before = self.settled()
        operation, meant = "cancelAmazonSubscription", self.meant(org, name)
        thing = self.model.to_change(meant, operation)
        idents = [each.ident for each in reversed(meant)]
        target = self.TARGET.format(org) + f"subscriptions/{name}/cancel"
        said = self.double.call("POST", target, body, correlation=trace, scenario=scenario)
        words, whose = {"name": name, "account": account}, ("external_id", account)
        answer = self.model.change(
            "amazon", operation, idents, thing, trace, {}, words, self.named(scenario), whose
        )
        self.judge(said, answer, before)

    @rule(org=MOSTLY, account=ACCOUNTS, chosen=st.integers(0, 6))
    def read(self, org: str, account: str, chosen: int) -> None:
        name = self.named_so(chosen, account)
        before, meant = self.settled(), self.meant(org, name)
        said = self.double.call("GET", self.TARGET.format(org) + f"bundles/{name}")
        self.model.read(self.model.newest(meant) or next(reversed(meant), None))
        thing = self.model.newest(self.meant(org, name))
        if thing is None:
            self.unread(said, {"name": name}, before if not meant else None)
            return
        bundle = self.bundle_ids[thing.ident]
        url = {"activation_url": f"https://activation.example.com/amazon/{bundle}"}
        members = ("external_id", "billing_id", "offer_code", "product")
        assert (said.status, said.source) == (200, "simulation")
        assert said.json == {
            "bundle_id": bundle,
            **{each: thing.facts[each] for each in members},
            "status": thing.state,
            "created": at(thing.made),
            "updated": at(thing.changed),
            **(url if thing.state == "PENDING_ACTIVATION" else {}),
        }

    def unread(self, said: Said, words: Mapping[str, str], before: list[Any] | None) -> None:
        answer = self.model.unread(words)
        assert (said.status, said.json, said.source) == (answer.status, answer.body, "simulation")
        assert before is None or self.settled() == before


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
    LASTS: ClassVar = st.sampled_from([-10, 20, 7_200, 3 * 86_400])
    URL: ClassVar = re.compile(r"https://activation\.disney\.example/es/link\?token=[0-9a-f]{12}")
    BUNDLES: ClassVar = st.sampled_from([["basic"], ["premium"]])
    CHANGES: ClassVar = sorted({operation for _, operation in PRODUCTS["disney"].moves})
    opening = (
        "POST",
        f"/v2/orgs/{ORGS[0]}/tv/disney/users/MOO1",
        {"subscriptionId": "ENT1", "products": ["basic"]},
    )

    def name_of(self, data: Mapping[str, Any]) -> str:
        return f"{data['org_id']} {data['subscription_id']}"

    def first(self) -> None:
        self.urls: dict[str, tuple[Any, ...]] = {}
        trace = "2106f808-36e9-402d-bf37-f1f7fa04776b"
        self.subscribe(self.HOME, trace, "")

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

    @rule(scenario=NAMED["disney"], place=PLACES | st.just((ORGS[0], "MOO1", "")), trace=TRACE)
    def subscribe_again(self, scenario: str, place: tuple[str, str, str], trace: str) -> None:
        self.subscribe(place, trace, scenario)

    def subscribe(self, place: tuple[str, str, str], trace: str, scenario: str) -> None:
        org, user, subscription = place
        body = {"subscriptionId": subscription, "products": ["basic"]}
        before, name = self.settled(), f"{org} {subscription}"
        target = f"/v2/orgs/{org}/tv/disney/users/{user}"
        said = self.double.call("POST", target, body, correlation=trace, scenario=scenario)
        facts, words = {"products": ["basic"], "user": user}, {"name": subscription, "user": user}
        wrong = "" if subscription else "empty"
        ident = " ".join(place)
        answer = self.model.create(
            "disney", name, name, ident, trace, facts, words, self.named(scenario), wrong
        )
        self.judge(said, answer, before)

    @rule(
        scenario=NAMED["disney"],
        place=PLACES,
        trace=TRACE,
        operation=st.sampled_from(CHANGES),
        products=BUNDLES,
    )
    def change(
        self,
        scenario: str,
        place: tuple[str, str, str],
        trace: str,
        operation: str,
        products: list[str],
    ) -> None:
        self.changed(place, trace, operation, products, scenario)

    def changed(
        self,
        place: tuple[str, str, str],
        trace: str,
        operation: str,
        products: list[str],
        scenario: str,
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
        said = self.double.call(method, target + tail, sent, correlation=trace, scenario=scenario)
        own = body if method == "PATCH" else {}
        # somebody else's subscription is unknown, whatever was accepted for its own user
        known = [thing.ident] if thing is not None and thing.state else []
        words = {"name": place[2], "user": place[1]}
        answer = self.model.change(
            "disney", operation, known, thing, trace, own, words, self.named(scenario)
        )
        self.judge(said, answer, before)

    @rule(place=PLACES, traces=st.tuples(TRACE, TRACE), fails=st.booleans())
    def suspend_and_reactivate(
        self, place: tuple[str, str, str], traces: tuple[str, str], *, fails: bool
    ) -> None:
        """A suspension that may fail, and a reactivation that counts on it."""
        layer = {"suspendDisneySubscription": [Way(60, then=FAILED)]}
        failing = next(name for name, each in self.pool.items() if each == layer)
        name = failing if fails else ""
        self.changed(place, traces[0], "suspendDisneySubscription", ["basic"], name)
        self.changed(place, traces[1], "reactivateDisneySubscription", ["basic"], "")

    @rule(scenario=NAMED["disney"], place=PLACES, lasts=LASTS, again=LASTS | st.none())
    def ask_url(
        self, scenario: str, place: tuple[str, str, str], lasts: int, again: int | None
    ) -> None:
        """A url, and maybe another one before the user could open the first."""
        self.asked_url(place, lasts, scenario)
        if again is not None:
            self.asked_url(place, again, "")

    @rule(trace=TRACE, lasts=LASTS)
    def ask_a_url_while_a_change_runs(self, trace: str, lasts: int) -> None:
        """The user, who was waited for already, is waited for anew when the change is done."""
        slow = {phase: self.slow(phase) for phase in (LINKING, "modifyDisneySubscription")}
        self.asked_url(self.HOME, 3 * 86_400, slow[LINKING])
        operation = "modifyDisneySubscription"
        self.changed(self.HOME, trace, operation, ["premium"], slow[operation])
        self.asked_url(self.HOME, lasts, slow[LINKING])

    def slow(self, phase: str) -> str:
        """The scenario in which a phase takes a minute."""
        return next(name for name, each in self.pool.items() if each == {phase: [Way(60)]})

    def asked_url(self, place: tuple[str, str, str], lasts: int, scenario: str) -> None:
        ends = self.model.now + lasts
        body = {"products": [], "country": "ES", "expireDate": at(ends)}
        before, thing = self.settled(), self.thing(place)
        target = self.target(place) + "/activation-url"
        said = self.double.call("POST", target, body, scenario=scenario)
        asked = place, self.model.now, lasts
        answer = self.model.ask_url(
            thing, ends, {"name": place[2], "user": place[1]}, self.named(scenario)
        )
        if answer.status >= 400:
            self.judge(said, answer, before)
            return
        url = said.json["url"]
        assert (said.status, said.source) == (200, "simulation")
        assert said.json == {"url": url, "expireDate": at(ends)}
        assert self.URL.fullmatch(url)
        assert self.urls.setdefault(url, asked) == asked
        assert [each for each, what in self.urls.items() if what == asked] == [url]

    @rule(place=PLACES)
    def read(self, place: tuple[str, str, str]) -> None:
        known, before = self.thing(place), self.settled()
        said = self.double.call("GET", self.target(place))
        thing = self.model.read(known)
        assert said.source == "simulation"
        if thing is None:
            answer = self.model.unread({"name": place[2], "user": place[1]})
            assert (said.status, said.json) == (answer.status, answer.body)
            assert known is not None or self.settled() == before
            return
        assert said.status == 200
        assert said.json == {
            "entitled": thing.state,
            "activated": "LINKED" if thing.linked else "UNLINKED",
            "products": thing.facts["products"],
            "lastUpdated": at(thing.changed),
            **({"cancellation": thing.reason} if thing.state == "CANCELED" else {}),
        }


TestNetflix = NetflixMachine.TestCase
TestHbo = HboMachine.TestCase
TestOrange = OrangeMachine.TestCase
TestMobile = MobileMachine.TestCase
TestAmazon = AmazonMachine.TestCase
TestDisney = DisneyMachine.TestCase
