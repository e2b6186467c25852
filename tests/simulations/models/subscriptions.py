"""A naive model of the small subscriptions: what they promise, by loops and lists.

Written from the contracts' facts alone; nothing of the package is used here. Time is seconds since
the story began. What the double draws (ids, urls) the machines learn when they first see it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from tests.simulations.models.courses import Layer, way

DONE = "DONE"
FAILED = "FAILED"
NOWHERE = "nowhere"  # where a cancellation leads that leaves nothing
LINKING = "LINKING"
REF = "https://developers.masstack.com/en/docs/apis_provision_doc_swagger/1/apioverview/#errors"
REASONS = ("VOLUNTARY", "INVOLUNTARY", "PLAN_SWITCHED", "ABUSE_REVOCATION", "UNKNOWN")
BYTES_MAX = 1024  # of a billing event of Netflix


class Refusal(NamedTuple):
    """How a call is refused, with names in braces for its words."""

    status: int
    code: str
    title: str
    details: str


class Answer(NamedTuple):
    """The status and the whole body of a reply, less the id of the run: that is not the model's.

    `call` is what tells an accepted one from others, `again` whether it was accepted before.
    """

    status: int
    body: Any
    call: tuple[str, ...] = ()
    again: bool = False


def _exists(details: str) -> Refusal:
    return Refusal(400, "SubscriptionAlreadyExists", "SUBSCRIPTION_ALREADY_EXISTS", details)


def _unknown(details: str) -> Refusal:
    return Refusal(404, "SubscriptionNotFound", "SUBSCRIPTION_NOT_FOUND", details)


def _forbidden(details: str) -> Refusal:
    return Refusal(400, "InvalidState", "INVALID_SUBSCRIPTION_STATE", details)


def _invalid(details: str) -> Refusal:
    return Refusal(400, "InvalidRequest", "INVALID_REQUEST", details)


@dataclass(frozen=True)
class Product:
    """What is particular about one product."""

    create: str
    born: str
    prefix: str
    refusals: Mapping[str, Refusal]
    ref: str = ""
    created: tuple[int, str] = (202, "Request accepted and is being processed.")
    moves: Mapping[tuple[str, str], str] = field(default_factory=dict)
    by_itself: Mapping[str, str] = field(default_factory=dict)
    if_told: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lasting: str = ""  # the state that lasts until a date of its own
    over: str = ""  # the state in which another one with the same name may be made
    links: bool = False

    @property
    def reads(self) -> bool:
        """Whether there is a read of one thing."""
        return "unread" in self.refusals

    @property
    def works(self) -> list[str]:
        return sorted({self.create, *(operation for _, operation in self.moves)})

    def outcomes(self, phase: str) -> list[str]:
        """What may become of a phase."""
        if phase in self.works:
            return [DONE, FAILED]
        if phase == LINKING:
            return ["LINKED", "UNLINKED"]
        usual = [self.by_itself[phase]] if phase in self.by_itself else []
        return [*usual, *self.if_told.get(phase, ())]


PRODUCTS = {
    "amazon": Product(
        create="createAmazonSubscription",
        born="PENDING_ACTIVATION",
        prefix="amazon",
        ref=REF,
        refusals={
            "empty": _invalid("An empty external_id cannot be found again."),
            "exists": _exists("The account '{account}' is already subscribed to '{product}'."),
            "unknown": _unknown("The subscription '{name}' does not exist."),
            "forbidden": _unknown("The subscription '{name}' has already been cancelled."),
            "not theirs": _invalid("The subscription '{name}' is not of the account '{account}'."),
            "unread": Refusal(
                404, "BundleNotFound", "BUNDLE_NOT_FOUND", "The bundle '{name}' does not exist."
            ),
        },
        moves={
            ("PENDING_ACTIVATION", "cancelAmazonSubscription"): "CANCELED",
            ("ACTIVE", "cancelAmazonSubscription"): "CANCELED",
        },
        by_itself={"PENDING_ACTIVATION": "ACTIVE"},
        if_told={"ACTIVE": ["CANCELED"]},
        over="CANCELED",
    ),
    "netflix": Product(
        create="createNetflixSubscription",
        born="PENDING_ACTIVATION",
        prefix="netflix",
        ref=REF,
        refusals={
            "exists": _exists("The partner account {account} is already enrolled."),
            "event": _invalid(
                "The member 'billing_event_id' must not be a partner account identifier."
            ),
            "long": _invalid(f"The member 'billing_event_id' has more than {BYTES_MAX} bytes."),
        },
        by_itself={"PENDING_ACTIVATION": "ACTIVE"},
    ),
    "hbo": Product(
        create="createHboSubscription",
        born="ACTIVE",
        prefix="hbo",
        ref=REF,
        refusals={
            "exists": _exists("The subscription {service} already exists."),
            "unknown": _unknown("The subscription {service} does not exist."),
            "forbidden": _forbidden("The subscription {service} is already cancelled."),
            "not theirs": _invalid("The subscription {service} is not of the user {user}."),
        },
        moves={("ACTIVE", "cancelHboSubscription"): "EXPIRING"},
        by_itself={"EXPIRING": "CANCELED"},
        lasting="EXPIRING",
    ),
    "disney": Product(
        create="createDisneySubscription",
        born="ACTIVE",
        prefix="disney-tv",
        refusals={
            "empty": _invalid("An empty subscriptionId cannot be found again."),
            "exists": _exists("The subscription {name} already exists for the user {user}."),
            "unknown": _unknown("The user {user} has no subscription {name}."),
            "unread": _unknown("The user {user} has no subscription {name}."),
            "modifyDisneySubscription": _forbidden(
                "The subscription {name} is {state} and cannot be changed."
            ),
            "suspendDisneySubscription": _forbidden(
                "The subscription {name} is {state} and cannot be suspended."
            ),
            "reactivateDisneySubscription": _forbidden(
                "The subscription {name} is {state}; only one in BILLING_HOLD can be reactivated."
            ),
            "cancelDisneySubscription": _forbidden("The subscription {name} is already CANCELED."),
            "url": _forbidden("The subscription {name} is CANCELED and cannot be changed."),
        },
        moves={
            ("ACTIVE", "modifyDisneySubscription"): "ACTIVE",
            ("BILLING_HOLD", "modifyDisneySubscription"): "BILLING_HOLD",
            ("GRACE_PERIOD", "modifyDisneySubscription"): "GRACE_PERIOD",
            ("ACTIVE", "suspendDisneySubscription"): "BILLING_HOLD",
            ("GRACE_PERIOD", "suspendDisneySubscription"): "BILLING_HOLD",
            ("BILLING_HOLD", "reactivateDisneySubscription"): "ACTIVE",
            ("ACTIVE", "cancelDisneySubscription"): "CANCELED",
            ("BILLING_HOLD", "cancelDisneySubscription"): "CANCELED",
            ("GRACE_PERIOD", "cancelDisneySubscription"): "CANCELED",
        },
        if_told={"ACTIVE": ["GRACE_PERIOD", "CANCELED"], "GRACE_PERIOD": ["ACTIVE", "CANCELED"]},
        links=True,
    ),
    "orange": Product(
        create="activateOrangeTvSubscription",
        born="ACTIVE",
        prefix="orange-tv",
        created=(201, "Subscription activated."),
        refusals={
            "exists": _exists("The subscription {name} is already active."),
            "unknown": _unknown("There is no subscription {name}."),
            "forbidden": _unknown("There is no subscription {name}."),
        },
        moves={("ACTIVE", "cancelOrangeTvSubscription"): NOWHERE},
    ),
    "mobile": Product(
        create="activateMobile",
        born="PORTING",
        prefix="mobile",
        refusals={
            "exists": Refusal(
                400, "NumberInUse", "NUMBER_IN_USE", "The number {number} is already active."
            ),
        },
        by_itself={"PORTING": "ACTIVE"},
        if_told={"PORTING": [FAILED]},
        lasting="PORTING",
    ),
}
ACCEPTED = "Request accepted and is being processed."


def wrong_enrolment(version: int, account: str, event: str) -> str:
    """Which rule of Netflix an enrolment breaks, "" for none."""
    if version == 1 and event == account:
        return "event"
    return "long" if len(event.encode()) > BYTES_MAX else ""


@dataclass
class Wait:
    """What something waits in, and until when; `waits` is False where nobody ends it.

    `order` is that in which waiting began: of what is due together the first one ends first.
    """

    phase: str
    due: float | None = None
    polls: int = 0
    then: str = ""
    code: str = ""
    waits: bool = True
    order: int = 0


class Said(NamedTuple):
    """What is said of courses, the weakest first: by the session by now, and by a call."""

    active: Sequence[Layer] = ()
    asked: Sequence[Layer] = ()


@dataclass
class Work:
    """What was accepted and is not done; `anew` makes another thing once this one is gone."""

    operation: str
    body: dict[str, Any]
    said: Said
    anew: bool = False
    at: float = 0


@dataclass
class Thing:
    """One subscription; its state is "" until its creation is done."""

    ident: str
    name: str
    group: str
    facts: dict[str, Any]
    layers: list[Layer]
    asked: Sequence[Layer]
    state: str = ""
    queue: list["Work"] = field(default_factory=list)
    wait: Wait | None = None
    held: list[Wait] = field(default_factory=list)  # what was put aside, the last one on top
    taken: dict[str, int] = field(default_factory=dict)
    url_ends: float | None = None
    linked: bool = False
    reason: str = ""
    made: float = 0
    changed: float = 0

    def steered(self, said: Said) -> list[Layer]:
        """How it proceeds from a call on: what was named when it was made stands in between."""
        return [*self.layers, *said.active, *self.asked, *said.asked]


class Model:
    """The provider, as a test would write it down.

    Args:
        product: Its name.
        default: How things proceed where nobody says more.
    """

    def __init__(self, product: str, default: Layer) -> None:
        self.product = PRODUCTS[product]
        self.default = default
        self.active: list[Layer] = []
        self.things: list[Thing] = []
        self.accepted: set[tuple[str, ...]] = set()
        self.now = 0.0
        self.made = 0
        self.begun = 0

    # what callers ask ---------------------------------------------------------------------

    def create(
        self,
        stem: str,
        name: str,
        group: str,
        ident: str,
        correlation: str | None,
        facts: dict[str, Any],
        words: Mapping[str, str],
        named: Sequence[Layer] = (),
        wrong: str = "",
    ) -> Answer:
        """A creation; `words` are those of a refusal, `wrong` is the rule that the call breaks."""
        call = (stem, self.product.create, ident, correlation or "")
        if correlation is not None and call in self.accepted:
            return self._accepted(call, again=True)
        if wrong:
            return self._refused(wrong, words)
        there = [each for each in self.things if each.name == name and not self._is_over(each)]
        if there and self._expected(there[0]) != NOWHERE:
            return self._refused("exists", words)
        work = Work(self.product.create, facts, self._said(named), anew=True, at=self.now)
        if there:
            there[0].queue.append(work)
        else:
            self._make(name, group, work, [])
        self.accepted.add(call)
        self.settle()
        return self._accepted(call)

    def change(
        self,
        stem: str,
        operation: str,
        idents: Sequence[str],
        thing: Thing | None,
        correlation: str,
        body: dict[str, Any],
        words: Mapping[str, str],
        named: Sequence[Layer] = (),
        whose: tuple[str, str] = ("", ""),
    ) -> Answer:
        """A change; `idents` are what it may mean, `whose` a fact and what the call says of it."""
        calls = [(stem, operation, each, correlation) for each in idents]
        for call in calls:
            if call in self.accepted:
                return self._accepted(call, again=True)
        if thing is None or not thing.state:
            return self._refused("unknown", words)
        state = self._expected(thing)
        if (state, operation) not in self.product.moves:
            own = operation if operation in self.product.refusals else "forbidden"
            return self._refused(own, {**words, "state": state})
        if thing.facts.get(whose[0], whose[1]) != whose[1]:
            return self._refused("not theirs", words)
        call = (stem, operation, thing.ident, correlation)
        self.accepted.add(call)
        thing.queue.append(Work(operation, body, self._said(named)))
        if len(thing.queue) == 1:
            self._work(thing)
        self.settle()
        return self._accepted(call)

    def ask_url(
        self,
        thing: Thing | None,
        ends: float,
        words: Mapping[str, str],
        named: Sequence[Layer] = (),
    ) -> Answer:
        """A url for the user; the body of the reply is not the model's to know."""
        if thing is None or not thing.state:
            return self._refused("unknown", words)
        if thing.state == "CANCELED":
            return self._refused("url", words)
        thing.url_ends = ends
        thing.layers = thing.steered(self._said(named))
        if thing.held and thing.held[-1].phase == LINKING:
            thing.held.pop()
        if thing.wait is not None and thing.wait.phase in ("ACTIVE", LINKING):
            self._link(thing)
        self.settle()
        return Answer(200, None)

    def read(self, thing: Thing | None) -> Thing | None:
        """Something as a read shows it, None for a 404; the read counts."""
        if thing is None:
            return None
        wait = thing.wait
        if wait is not None and wait.polls:
            wait.polls -= 1
            if not wait.polls:
                wait.due = self.now
                self.settle()
        return thing if thing.state and thing in self.things else None

    def unread(self, words: Mapping[str, str]) -> Answer:
        """The reply to a read of what is not there."""
        return self._refused("unread", words)

    def by_hand(self, thing: Thing, then: str = "") -> int:
        """What a thing waits for is ended by the admin; the status of its reply."""
        wait = thing.wait
        assert wait is not None
        outcomes = self.product.outcomes(wait.phase)
        if then and then not in outcomes:
            return 400
        wanted = then or wait.then
        told = self.product.if_told.get(wait.phase, ())
        if not wanted and (not outcomes or outcomes[0] in told):
            return 409  # nothing follows by itself
        if not wait.waits:
            return 409
        if then:
            wait.then, wait.code = then, ""
        self._end(thing)
        self.settle()
        return 200

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while True:
            due = [each.wait.due for each in self.things if each.wait and each.wait.due is not None]
            soon = min(due, default=end + 1)
            if soon > end:
                break
            self.now = max(self.now, soon)
            self.settle()
        self.now = end

    def turn_back(self, seconds: float) -> None:
        """The clock is set back: nothing is undone."""
        self.now -= seconds

    def newest(self, things: Sequence[Thing]) -> Thing | None:
        """What a name of several means: the newest one that is not over, else the newest."""
        seen = [each for each in things if each.state]
        live = [each for each in seen if not self._is_over(each)]
        return next(reversed(live or seen), None)

    def to_change(self, things: Sequence[Thing], operation: str) -> Thing | None:
        """What a name of several means for a change: the newest one that will allow it."""
        seen = [each for each in things if each.state]
        able = [each for each in seen if (self._expected(each), operation) in self.product.moves]
        return next(reversed(able or seen), None)

    def named(self, name: str) -> Thing | None:
        return next((each for each in self.things if each.name == name), None)

    # what happens -------------------------------------------------------------------------

    def settle(self) -> None:
        """Everything that is due happens; of what is due together first what began first."""
        while True:
            due = [
                (each.wait.due, each.wait.order, number)
                for number, each in enumerate(self.things)
                if each.wait is not None and each.wait.due is not None and each.wait.due <= self.now
            ]
            if not due:
                return
            self._end(self.things[min(due)[-1]])

    def _is_over(self, thing: Thing) -> bool:
        return bool(self.product.over) and thing.state == self.product.over

    def _expected(self, thing: Thing) -> str:
        """The state when all that was accepted is done."""
        state = thing.state or self.product.born
        for work in thing.queue:
            if state == NOWHERE:
                state = self.product.born if work.anew else NOWHERE
            elif work.operation != self.product.create:
                state = self.product.moves.get((state, work.operation), state)
        return state

    def _said(self, named: Sequence[Layer]) -> Said:
        return Said(tuple(self.active), named)

    def _refused(self, kind: str, words: Mapping[str, str]) -> Answer:
        status, code, title, details = self.product.refusals[kind]
        body = {"code": code, "title": title, "details": details.format(**words)}
        return Answer(status, [body | ({"ref": self.product.ref} if self.product.ref else {})])

    def _accepted(self, call: tuple[str, ...], *, again: bool = False) -> Answer:
        _, operation, _, correlation = call
        created = operation == self.product.create
        status, message = self.product.created if created else (202, ACCEPTED)
        name = "-".join((self.product.prefix, *correlation.split("-")[-2:]))
        return Answer(status, {"message": message, "workflowId": name}, call, again)

    def _make(self, name: str, group: str, work: Work, more: list[Work]) -> None:
        self.made += 1
        ident = f"{name} {self.made}" if self.product.over else name
        layers = [self.default, *work.said.active, *work.said.asked]
        thing = Thing(ident, name, group, work.body, layers, work.said.asked)
        thing.made = thing.changed = work.at
        self.things.append(thing)
        thing.queue = [replace(work, anew=False), *more]
        self._work(thing)

    def _begun(self, thing: Thing, phase: str, layers: Sequence[Layer]) -> Wait:
        number = thing.taken.get(phase, 0)
        thing.taken[phase] = number + 1
        after, polls, waits, then, code = way(layers, phase, number)
        if then not in self.product.outcomes(phase):
            code = "" if then else code
            then = ""
        self.begun += 1
        wait = Wait(phase, None, 0, then, code, waits, self.begun)
        if not waits:
            return wait
        if polls:
            return replace(wait, polls=polls)
        return replace(wait, due=self.now + (after or 0))

    def _work(self, thing: Thing) -> None:
        """The first work of the queue begins; what was waited for is put aside."""
        self._put_aside(thing)
        work = thing.queue[0]
        layers = thing.steered(work.said)
        if work.anew:  # what was said of the thing that is there does not count for another one
            layers = [self.default, *work.said.active, *work.said.asked]
        thing.wait = self._begun(thing, work.operation, layers)

    def _put_aside(self, thing: Thing) -> None:
        if thing.wait is not None:
            left = thing.wait.due
            thing.held.append(replace(thing.wait, due=None if left is None else left - self.now))

    def _take_up(self, thing: Thing) -> None:
        """Wait for what was put aside last, as long as was left of it."""
        wait = thing.held.pop()
        thing.wait = replace(wait, due=None if wait.due is None else self.now + wait.due)

    def _enter(self, thing: Thing, state: str) -> None:
        thing.state = state
        thing.held = []
        self._stay(thing)

    def _stay(self, thing: Thing) -> None:
        """Wait in a state for what the provider does there."""
        wait = self._begun(thing, thing.state, thing.layers)
        told = wait.then in self.product.if_told.get(thing.state, ())
        if thing.state not in self.product.by_itself and not told:
            wait = replace(wait, due=None, polls=0)
        if thing.state == self.product.lasting and wait.due is not None:
            wait.due += max(0, thing.facts["lasts"] - self.now)
        thing.wait = wait
        self._link(thing)

    def _end(self, thing: Thing) -> None:
        wait = thing.wait
        assert wait is not None
        if wait.phase == LINKING:
            self._end_linking(thing, wait)
        elif thing.queue:
            self._end_work(thing, wait)
        elif wait.then == FAILED:  # the donor keeps the number
            self.things.remove(thing)
        else:
            thing.changed = self.now
            self._enter(thing, wait.then or self.product.by_itself[thing.state])
            if thing.state == "CANCELED":
                thing.linked = False
                thing.reason = wait.code if wait.code in REASONS else "INVOLUNTARY"

    def _end_work(self, thing: Thing, wait: Wait) -> None:
        work = thing.queue.pop(0)
        state, failed = self._done(thing, work, failed=wait.then == FAILED)
        if state == NOWHERE:
            self._vanish(thing)
            return
        if not failed:
            thing.changed = self.now
            if state == "CANCELED":
                thing.linked = False
                thing.reason = "VOLUNTARY"
        if state == thing.state and thing.held:
            self._take_up(thing)
            if thing.wait is not None and thing.wait.phase == "ACTIVE":
                self._link(thing)
        else:
            self._enter(thing, state)
        if thing.queue:
            self._work(thing)

    def _done(self, thing: Thing, work: Work, *, failed: bool) -> tuple[str, bool]:
        """The state after a work, and whether it failed."""
        if work.anew:  # the old one is there, for its cancellation failed
            return thing.state, True
        if work.operation == self.product.create:
            if failed:
                return NOWHERE, True
            return self._lasts(thing, self.product.born, thing.facts, "ACTIVE"), False
        if failed:
            return thing.state, True
        if (thing.state, work.operation) not in self.product.moves:
            return thing.state, True
        state = self.product.moves[thing.state, work.operation]
        state = self._lasts(thing, state, work.body, "CANCELED")
        thing.facts = {**thing.facts, **{k: v for k, v in work.body.items() if v is not None}}
        return state, False

    def _vanish(self, thing: Thing) -> None:
        self.things.remove(thing)
        works = thing.queue
        while works and not works[0].anew:
            works.pop(0)
        if works:
            self._make(thing.name, thing.group, works[0], works[1:])

    def _lasts(self, thing: Thing, state: str, facts: Mapping[str, Any], otherwise: str) -> str:
        """The state, or what is beyond it where its date has passed."""
        if state != self.product.lasting:
            return state
        lasts = facts.get("lasts")
        lasts = thing.facts.get("lasts") if lasts is None else lasts
        if lasts is None or lasts <= self.now:
            return otherwise
        thing.facts = {**thing.facts, "lasts": lasts}
        return state

    # the activation url -------------------------------------------------------------------

    def _link(self, thing: Thing) -> None:
        """Wait for the user, where there is a url that can be opened."""
        ends = thing.url_ends
        if not self.product.links or ends is None or thing.linked or ends <= self.now:
            return
        if thing.state != "ACTIVE" or thing.wait is None or thing.queue:
            return
        if thing.wait.phase == "ACTIVE":
            self._put_aside(thing)
        wait = self._begun(thing, LINKING, thing.layers)
        wait.due = ends if wait.due is None else min(wait.due, ends)
        thing.wait = wait

    def _end_linking(self, thing: Thing, wait: Wait) -> None:
        assert thing.url_ends is not None
        if self.now < thing.url_ends and wait.then != "UNLINKED":
            thing.linked = True
            thing.changed = self.now
        thing.url_ends = None
        if thing.held:
            self._take_up(thing)
        else:
            self._stay(thing)
