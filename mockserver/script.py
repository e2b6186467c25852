"""What the rules of a scenario mean for one operation: bound once, followed for each request.

To follow is to try rules in order and to note why each did not apply. Nearly every request meets
none of the reserved values that default scenarios wait for, so that is known at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Final, NamedTuple

from mockserver.answer import Answerer
from mockserver.exchange import UNSTEERED, After, Considered, RuleCourse, Steering
from mockserver.fault import Fault, merged
from mockserver.match import Find, finder
from mockserver.message import ABSENT, Reply, Request, Source
from mockserver.scenario import Rule
from mockserver.session import Session
from mockserver.writer import Encoded, Flaw, Write, writer_of

# Who chose a scenario, as explanations say it.
NAMED: Final = "named by the request"
POSTED: Final = "written on the spot"
ACTIVE: Final = "active in the session"
DEFAULT: Final = "a default"
LOST: Final = Reply(0, (), b"", Source.SCENARIO)
TOLD_MAX: Final = 200  # rules that did not apply that are told of for a request
CHOICES_MAX: Final = 64  # ways to have been chosen that are kept for a script


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

    def spent(self, session: Session) -> bool:
        """Whether the rule cannot apply any more."""
        return self.limit is not None and session.used(self.rule.id) >= self.limit

    @property
    def over(self) -> str:
        """What is to be said of the rule when it is spent; "" when it never is."""
        if self.limit is None:
            return ""
        return f"it applied {self.limit:g} {'time' if self.limit == 1 else 'times'} already"

    def take(self, session: Session) -> int | None:
        """Use the rule once; the place of the writer whose turn it is, None where there is none."""
        used = session.use(self.rule.id)
        writers = self.writers
        if not writers:
            return None
        if not self.ends:
            weights = [turn.weight for turn in self.rule.turns]
            return session.rng.choices(range(len(writers)), weights)[0]
        if len(writers) == 1:
            return 0
        return next((place for place, end in enumerate(self.ends) if used < end), None)


@dataclass(frozen=True, slots=True)
class Script:
    """The rules of one scenario for one operation, in order.

    Attributes:
        name: Id of the scenario, or of the rule that was written on the spot.
        rules: The first that applies is taken.
        chosen_by: Who chose the scenario, in words; "" when nobody said.
        missed: What is to be said of the rules where none applies.
        spent: What is to be said of each when it cannot apply any more.
        hits: What is to be said of them where only the one at this place does.
        turned: What is to be said of each that has several turns, by the turn that was taken.
        sure: Whether the first rule applies to every request for ever.
        places: Where values stand without which no rule applies, and those values; empty when
            that cannot be told so easily.
    """

    name: str
    rules: tuple[Bound, ...]
    chosen_by: str = field(default="", compare=False)
    missed: tuple[Considered, ...] = field(init=False, repr=False, compare=False)
    spent: tuple[Considered, ...] = field(init=False, repr=False, compare=False)
    turned: tuple[tuple[Considered, ...], ...] = field(init=False, repr=False, compare=False)
    hits: tuple[Steering, ...] = field(init=False, repr=False, compare=False)
    sure: bool = field(init=False, repr=False, compare=False)
    places: tuple[tuple[Find, frozenset[str]], ...] = field(init=False, repr=False, compare=False)
    _choices: dict[str, "Script"] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Work out what is the same for every request."""
        missed = tuple(
            Considered(each.rule, "", applied=False, chosen_by=self.chosen_by)
            for each in self.rules
        )
        applied = [each._replace(applied=True) for each in missed]
        hits = tuple(
            Steering((*missed[: min(place, TOLD_MAX)], each), (self.name,))._replace(
                more=max(place - TOLD_MAX, 0)
            )
            for place, each in enumerate(applied)
        )
        spent = (
            each._replace(spent=bound.over) for each, bound in zip(missed, self.rules, strict=True)
        )
        turned = (
            tuple(each._replace(turn=turn) for turn in range(len(each.rule.turns)))
            if len(each.rule.turns) > 1
            else ()
            for each in applied
        )
        object.__setattr__(self, "missed", missed)
        object.__setattr__(self, "spent", tuple(spent))
        object.__setattr__(self, "turned", tuple(turned))
        object.__setattr__(self, "hits", hits)
        sure = bool(self.rules) and self.rules[0].limit is None
        object.__setattr__(self, "sure", sure and not self.rules[0].rule.when.conditions)
        object.__setattr__(self, "places", _places(self.rules))

    def by(self, chosen_by: str) -> "Script":
        """The same script, chosen by somebody: `named by the request`."""
        found = self._choices.get(chosen_by)
        if found is None:
            if len(self._choices) >= CHOICES_MAX:
                self._choices.clear()
            found = self._choices[chosen_by] = replace(self, chosen_by=chosen_by)
        return found

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
SURE: Final[tuple[int | None, Sequence[int]]] = (0, ())  # the place of a rule that always applies


def follow(scripts: Sequence[Script], request: Request, session: Session) -> Followed:
    """Try the rules of each script until one replies.

    A rule without a reply leaves its fault behind and lets the request go on, past the rest of its
    own script; of several faults the first delay and the first break count. So does a rule whose
    reply comes after the deed; the first of these counts. A scenario that did none of it is not
    named.
    """
    told: list[Considered] = []
    names: tuple[str, ...] = ()
    fault: Fault | None = None
    courses, after = UNSTEERED.courses, UNSTEERED.after
    for script in scripts:
        if script.places and not script.may_apply(request):
            told += script.missed
            continue
        place, spent = SURE if script.sure else _first(script, request, session)
        if place is None:
            told += _told(script, len(script.rules), spent)
            continue
        bound, hit, turned = script.rules[place], script.hits[place], script.turned[place]
        turn = bound.take(session)
        write = None if turn is None else bound.writers[turn]
        fault = merged(fault, bound.rule.fault)
        if bound.rule.course:
            courses += (RuleCourse(script.name, script.chosen_by, bound.rule.course),)
        if write is not None and bound.rule.after_deed:
            after, write = after or After(script.name, write), None
        if write is not None and fault is None and not (told or spent or turned):
            reply, broken = write(request, session)  # nearly always: nothing else is to be said
            return Followed(hit._replace(breaches=broken) if broken else hit, reply)
        told += _told(script, place, spent)
        told.append(hit.considered[-1] if turn is None or not turned else turned[turn])
        if write is not None or bound.rule.fault is not None:
            names += hit.scenarios
        if fault is not None and fault.before_deed and fault.broken:
            return Followed(_steering(told, names, fault, session), LOST)
        if write is not None:
            reply, broken = write(request, session)
            steering = _steering(told, names, fault, session, broken)
            return Followed(steering._replace(after=after) if after else steering, reply)
    steering = _steering(told, names, fault, session)
    more = courses or after
    return Followed(steering._replace(courses=courses, after=after) if more else steering, None)


def _first(script: Script, request: Request, session: Session) -> tuple[int | None, Sequence[int]]:
    """The place of the first rule that applies, None for none, and those of the spent before it."""
    spent: list[int] = []
    for place, bound in enumerate(script.rules):
        if bound.limit is not None and bound.spent(session):
            spent.append(place)
        elif bound.rule.when.matches(request):
            return place, spent
    return None, spent


def _told(script: Script, end: int, spent: Sequence[int]) -> Sequence[Considered]:
    """What is to be said of the rules before the place `end`, of which none applied."""
    if not spent:
        return script.missed[:end]
    told = list(script.missed[:end])
    for place in spent:
        told[place] = script.spent[place]
    return told


def _steering(
    told: Sequence[Considered],
    names: tuple[str, ...],
    fault: Fault | None,
    session: Session,
    broken: tuple[str, ...] = (),
) -> Steering:
    delay = fault.delay if fault is not None else None
    delay_ms = delay.draw_ms(session.rng) if delay is not None else 0.0
    told, more = _bounded(told)
    return Steering(tuple(told), names, fault, delay_ms, broken, more)


def missed(scripts: Iterable[Script]) -> Steering:
    """What is to be said of scripts of which no rule applies."""
    told, more = _bounded([each for script in scripts for each in script.missed])
    return Steering(tuple(told), more=more)


def _bounded(told: Sequence[Considered]) -> tuple[Sequence[Considered], int]:
    """The first `TOLD_MAX` and those that applied, and how many are left out."""
    if len(told) <= TOLD_MAX:
        return told, 0
    kept = [*told[:TOLD_MAX], *(each for each in told[TOLD_MAX:] if each.applied)]
    return kept, len(told) - len(kept)


def bind(
    rule: Rule,
    answerer: Answerer,
    flaws: list[Flaw],
    *,
    trusted: bool = False,
    encoded: Encoded | None = None,
) -> Bound:
    """The rule for the operation of `answerer`; what is wrong with it is added to `flaws`.

    Templates of a `trusted` rule are compiled when they are first needed. Literal bodies are shared
    with what is `encoded` already.
    """
    writers = []
    for turn in rule.turns:
        found: list[Flaw] = []
        write = None
        if not turn.through:
            write = writer_of(turn, rule, answerer, found, trusted=trusted, encoded=encoded)
        writers.append(write)
        flaws += (flaw._replace(pointer=turn.at + flaw.pointer) for flaw in found)
    ends: tuple[float, ...] = ()
    if rule.turns and not rule.weighted:
        ends = tuple(accumulate(float("inf") if t.times is None else t.times for t in rule.turns))
    limits = [each for each in (rule.times, *ends[-1:]) if each not in (None, float("inf"))]
    return Bound(rule, tuple(writers), ends, min(limits, default=None))
