"""What the rules of a scenario mean for one operation: bound once, followed for each request.

To follow is to try rules in order and to note why each did not apply. Nearly every request meets
none of the reserved values that default scenarios wait for, so that is known at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, NamedTuple

from mockserver.answer import Answerer
from mockserver.exchange import UNSTEERED, Considered, Steering
from mockserver.fault import Fault, merged
from mockserver.match import Find, finder
from mockserver.message import ABSENT, Reply, Request, Source
from mockserver.scenario import Rule
from mockserver.session import Session
from mockserver.writer import Flaw, Write, writer_of

LOST: Final = Reply(0, (), b"", Source.SCENARIO)


@dataclass(frozen=True, slots=True)
class Bound:
    """A rule, ready for one operation.

    Attributes:
        rule: As its author wrote it.
        writers: One for each turn; None lets the request through.
        ends: After how many uses each turn of a sequence ends; empty for a weighted choice.
        limit: How often the rule applies, None for ever.
    """

    rule: Rule
    writers: tuple[Write | None, ...]
    ends: tuple[float, ...]
    limit: float | None

    @property
    def final(self) -> bool:
        """Whether no later script is asked once the rule applied."""
        fault = self.rule.fault
        lost = fault is not None and fault.before_deed and fault.broken is not None
        return lost or (bool(self.writers) and None not in self.writers)

    def spent(self, session: Session) -> str:
        """Why the rule cannot apply any more, "" when it can."""
        if self.limit is None or session.used(self.rule.id) < self.limit:
            return ""
        return f"it applied {self.limit:g} {'time' if self.limit == 1 else 'times'} already"

    def take(self, session: Session) -> Write | None:
        """Use the rule once; the writer whose turn it is, None to let the request through."""
        used = session.use(self.rule.id)
        writers = self.writers
        if not writers:
            return None
        if not self.ends:
            weights = [turn.weight for turn in self.rule.turns]
            return session.rng.choices(writers, weights)[0]
        if len(writers) == 1:
            return writers[0]
        return next(
            (write for write, end in zip(writers, self.ends, strict=True) if used < end), None
        )


@dataclass(frozen=True, slots=True)
class Script:
    """The rules of one scenario for one operation, in order.

    Attributes:
        name: Id of the scenario, or of the rule that was written on the spot.
        rules: The first that applies is taken.
        missed: What is to be said of the rules where none applies.
        hits: What is to be said of them where only the one at this place does.
        sure: Whether the first rule applies to every request for ever.
        places: Where values stand without which no rule applies, and those values; empty when
            that cannot be told so easily.
    """

    name: str
    rules: tuple[Bound, ...]
    missed: tuple[Considered, ...] = field(init=False, repr=False, compare=False)
    hits: tuple[Steering, ...] = field(init=False, repr=False, compare=False)
    sure: bool = field(init=False, repr=False, compare=False)
    places: tuple[tuple[Find, frozenset[str]], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out what is the same for every request."""
        missed = tuple(Considered(bound.rule, "", applied=False) for bound in self.rules)
        hits = tuple(
            Steering((*missed[:place], each._replace(applied=True)), (self.name,))
            for place, each in enumerate(missed)
        )
        object.__setattr__(self, "missed", missed)
        object.__setattr__(self, "hits", hits)
        sure = bool(self.rules) and self.rules[0].limit is None
        object.__setattr__(self, "sure", sure and not self.rules[0].rule.when.conditions)
        object.__setattr__(self, "places", _places(self.rules))

    def may_apply(self, request: Request) -> bool:
        """Whether a rule may apply; False is certain."""
        for find, values in self.places:
            found = find(request)
            if found in values if type(found) is str else found is not ABSENT:
                return True
        return not self.places


def any_may_apply(scripts: Iterable[Script], request: Request) -> bool:
    """Whether a rule of some script may apply; False is certain."""
    for script in scripts:  # noqa: SIM110 - a generator costs more than what it asks
        if script.may_apply(request):
            return True
    return False


def _places(rules: Sequence[Bound]) -> tuple[tuple[Find, frozenset[str]], ...]:
    """Texts of which one has to be there for any rule to apply, by where they stand."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for bound in rules:
        if bound.limit is not None:  # whether it is spent has to be told
            return ()
        for condition in bound.rule.when.conditions:
            tests = condition.tests
            values = tests.get("one_of", [tests["equals"]] if "equals" in tests else [])
            if values and all(type(value) is str for value in values):
                wanted.setdefault((condition.location, condition.name), set()).update(values)
                break
        else:
            return ()
    return tuple((finder(*place), frozenset(values)) for place, values in wanted.items())


class Followed(NamedTuple):
    """What scripts made of a request; `reply` is None where it goes on to the normal answer."""

    steering: Steering
    reply: Reply | None


UNFOLLOWED: Final = Followed(UNSTEERED, None)


def follow(scripts: Sequence[Script], request: Request, session: Session) -> Followed:
    """Try the rules of each script until one replies.

    A rule without a reply leaves its fault behind and lets the request go on, past the rest of its
    own script; of several faults the first delay and the first break count.
    """
    considered: tuple[Considered, ...] = ()
    names: tuple[str, ...] = ()
    fault: Fault | None = None
    for script in scripts:
        if script.places and not script.may_apply(request):
            considered += script.missed
            continue
        found = script.hits[0] if script.sure else _first(script, request, session)
        considered += found.considered
        if not found.scenarios:
            continue
        bound = script.rules[len(found.considered) - 1]
        write = bound.take(session)
        names += found.scenarios
        fault = merged(fault, bound.rule.fault)
        if fault is not None and fault.before_deed and fault.broken:
            return Followed(_steering(considered, names, fault, session), LOST)
        if write is None:
            continue
        reply, broken = write(request, session)
        if fault is None and not broken and considered is found.considered:
            return Followed(found, reply)
        return Followed(_steering(considered, names, fault, session, broken), reply)
    return Followed(_steering(considered, names, fault, session), None)


def _first(script: Script, request: Request, session: Session) -> Steering:
    """What is to be said of the rules of a script up to the first that applies."""
    spent: dict[int, str] = {}
    for place, bound in enumerate(script.rules):
        if bound.limit is not None and (why := bound.spent(session)):
            spent[place] = why
        elif bound.rule.when.matches(request):
            hit = script.hits[place]
            return hit._replace(considered=_told(hit.considered, spent)) if spent else hit
    return Steering(_told(script.missed, spent) if spent else script.missed)


def _told(considered: Sequence[Considered], spent: Mapping[int, str]) -> tuple[Considered, ...]:
    return tuple(each._replace(spent=spent.get(place, "")) for place, each in enumerate(considered))


def _steering(
    considered: tuple[Considered, ...],
    names: tuple[str, ...],
    fault: Fault | None,
    session: Session,
    broken: tuple[str, ...] = (),
) -> Steering:
    delay = fault.delay if fault is not None else None
    delay_ms = delay.draw_ms(session.rng) if delay is not None else 0.0
    return Steering(considered, names, fault, delay_ms, broken)


def bind(rule: Rule, answerer: Answerer, flaws: list[Flaw], *, trusted: bool = False) -> Bound:
    """The rule for the operation of `answerer`; what is wrong with it is added to `flaws`.

    Templates of a `trusted` rule are compiled when they are first needed.
    """
    writers = []
    for turn in rule.turns:
        found: list[Flaw] = []
        writers.append(
            None if turn.through else writer_of(turn, rule, answerer, found, trusted=trusted)
        )
        flaws += (flaw._replace(pointer=turn.at + flaw.pointer) for flaw in found)
    ends: tuple[float, ...] = ()
    if rule.turns and not rule.weighted:
        ends = tuple(accumulate(float("inf") if t.times is None else t.times for t in rule.turns))
    limits = [each for each in (rule.times, *ends[-1:]) if each not in (None, float("inf"))]
    return Bound(rule, tuple(writers), ends, min(limits, default=None))
