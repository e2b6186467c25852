"""A naive model of the small subscriptions: what they promise, by loops and lists.

Written from the contracts' facts alone; nothing of the package is used here. Time is seconds since
the story began.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

FAILED = "FAILED"
NOWHERE = "nowhere"  # where a cancellation leads that leaves nothing
LINKING = "LINKING"


@dataclass(frozen=True)
class Course:
    """How a phase is left: after seconds, after reads, or never; and with which outcome."""

    after: int | None = 0
    polls: int = 0
    then: str = ""


@dataclass(frozen=True)
class Product:
    """What is particular about one product."""

    create: str
    born: str
    moves: Mapping[tuple[str, str], str] = field(default_factory=dict)
    by_itself: Mapping[str, str] = field(default_factory=dict)
    if_told: Mapping[str, Sequence[str]] = field(default_factory=dict)
    lasting: str = ""  # the state that lasts until a date of its own
    refusal: int = 400
    over: str = ""  # the state in which another one with the same name may be made
    links: bool = False


PRODUCTS = {
    "amazon": Product(
        create="createAmazonSubscription",
        born="PENDING_ACTIVATION",
        moves={
            ("PENDING_ACTIVATION", "cancelAmazonSubscription"): "CANCELED",
            ("ACTIVE", "cancelAmazonSubscription"): "CANCELED",
        },
        by_itself={"PENDING_ACTIVATION": "ACTIVE"},
        if_told={"ACTIVE": ["CANCELED"]},
        refusal=404,
        over="CANCELED",
    ),
    "netflix": Product(
        create="createNetflixSubscription",
        born="PENDING_ACTIVATION",
        by_itself={"PENDING_ACTIVATION": "ACTIVE"},
    ),
    "hbo": Product(
        create="createHboSubscription",
        born="ACTIVE",
        moves={("ACTIVE", "cancelHboSubscription"): "EXPIRING"},
        by_itself={"EXPIRING": "CANCELED"},
        lasting="EXPIRING",
    ),
    "disney": Product(
        create="createDisneySubscription",
        born="ACTIVE",
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
        moves={("ACTIVE", "cancelOrangeTvSubscription"): NOWHERE},
        refusal=404,
    ),
    "mobile": Product(
        create="activateMobile",
        born="PORTING",
        by_itself={"PORTING": "ACTIVE"},
        lasting="PORTING",
    ),
}


@dataclass
class Wait:
    """What something waits in, and until when."""

    phase: str
    due: float | None = None
    polls: int = 0
    then: str = ""
    order: int = 0


@dataclass
class Work:
    """What was accepted and is not done; `anew` makes another thing once this one is gone."""

    operation: str
    body: dict[str, Any]
    anew: bool = False
    asked: float = 0


@dataclass
class Thing:
    """One subscription; its state is "" until its creation is done."""

    ident: str
    name: str
    group: str
    facts: dict[str, Any]
    state: str = ""
    queue: list["Work"] = field(default_factory=list)
    wait: Wait | None = None
    held: list[Wait] = field(default_factory=list)  # what was put aside, the last one on top
    url_ends: float | None = None
    linked: bool = False
    changed: float = 0


class Model:
    """The provider, as a test would write it down."""

    def __init__(self, product: str, courses: Mapping[str, Course]) -> None:
        self.product = PRODUCTS[product]
        self.courses = courses
        self.things: list[Thing] = []
        self.accepted: set[tuple[str, ...]] = set()
        self.now = 0.0
        self.made = 0
        self.waits = 0

    # what callers ask ---------------------------------------------------------------------

    def create(
        self,
        stem: str,
        name: str,
        group: str,
        ident: str,
        correlation: str | None,
        facts: dict[str, Any],
    ) -> int:
        """202 for accepted (201 is the same here), else the status of the refusal."""
        call = (stem, self.product.create, ident, correlation or "")
        if correlation is not None and call in self.accepted:
            return 202
        there = [each for each in self.things if each.name == name and not self._is_over(each)]
        if there and self._expected(there[0]) != NOWHERE:
            return 400
        if there:
            there[0].queue.append(Work(self.product.create, facts, anew=True, asked=self.now))
        else:
            self._make(name, group, facts, [], self.now)
        self.accepted.add(call)
        self.settle()
        return 202

    def change(
        self,
        stem: str,
        operation: str,
        idents: Sequence[str],
        thing: Thing | None,
        correlation: str,
        body: dict[str, Any],
    ) -> int:
        """202 for accepted, else the status of the refusal; `idents` are what it may mean."""
        calls = [(stem, operation, each, correlation) for each in idents]
        if any(call in self.accepted for call in calls):
            return 202
        if thing is None or not thing.state:
            return 404
        if (self._expected(thing), operation) not in self.product.moves:
            return self.product.refusal
        self.accepted.add((stem, operation, thing.ident, correlation))
        thing.queue.append(Work(operation, body))
        if len(thing.queue) == 1:
            self._work(thing)
        self.settle()
        return 202

    def ask_url(self, thing: Thing | None, ends: float) -> int:
        if thing is None or not thing.state:
            return 404
        if thing.state == "CANCELED":
            return 400
        thing.url_ends = ends
        if thing.held and thing.held[-1].phase == LINKING:
            thing.held.pop()
        if thing.wait is not None and thing.wait.phase in ("ACTIVE", LINKING):
            self._link(thing)
        self.settle()
        return 200

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

    def newest(self, group: str) -> Thing | None:
        """What the name of a group means: its newest one that is not over, else its newest."""
        seen = [each for each in self.things if each.group == group and each.state]
        live = [each for each in seen if not self._is_over(each)]
        return (live or seen or [None])[-1]  # type: ignore[list-item]

    def to_change(self, group: str, operation: str) -> Thing | None:
        """What the name of a group means for a change: the newest one that will allow it."""
        seen = [each for each in self.things if each.group == group and each.state]
        able = [each for each in seen if (self._expected(each), operation) in self.product.moves]
        return (able or seen or [None])[-1]  # type: ignore[list-item]

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

    def _make(
        self, name: str, group: str, facts: dict[str, Any], more: list[Work], asked: float
    ) -> None:
        self.made += 1
        ident = f"{name} {self.made}" if self.product.over else name
        thing = Thing(ident, name, group, facts, changed=asked)
        self.things.append(thing)
        thing.queue = [Work(self.product.create, facts), *more]
        self._work(thing)

    def _begun(self, phase: str) -> Wait:
        course = self.courses.get(phase, Course())
        self.waits += 1
        if course.polls:
            return Wait(phase, None, course.polls, course.then)
        due = self.now + course.after if course.after is not None else None
        return Wait(phase, due, 0, course.then, self.waits)

    def _work(self, thing: Thing) -> None:
        """The first work of the queue begins; what was waited for is put aside."""
        self._put_aside(thing)
        thing.wait = self._begun(thing.queue[0].operation)

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
        wait = self._begun(thing.state)
        told = wait.then in self.product.if_told.get(thing.state, ())
        if thing.state not in self.product.by_itself and not told:
            wait = Wait(thing.state)
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
            self._make(thing.name, thing.group, works[0].body, works[1:], works[0].asked)

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
        wait = self._begun(LINKING)
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
