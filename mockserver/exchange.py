"""A finished request with its reply and the whole of what led to it: the unit of the journal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from mockserver.course import Course
from mockserver.fault import Fault
from mockserver.message import Reply, Request, Violation
from mockserver.record import Touched
from mockserver.scenario import Rule
from mockserver.timeline import Fired

FIRED_MAX: Final = 100  # transitions that are kept with an exchange


class FoundBy(StrEnum):
    """What led a request to its session (DESIGN section 5, step 2), strongest first."""

    HEADER = "header"
    PREFIX = "prefix"
    BAGGAGE = "baggage"
    BINDING = "binding"
    RESOURCE = "resource"
    DEFAULT = "default"


class Considered(NamedTuple):
    """A rule that was looked at while a request was answered.

    Attributes:
        rule: The rule.
        spent: Why it could not apply any more, whatever the request; "" when it could.
        applied: Whether it did.
        chosen_by: Who chose its scenario, in words; "" when nobody said.
        turn: Which of its turns was taken, from 0; None where there is no choice of them.
    """

    rule: Rule
    spent: str
    applied: bool
    chosen_by: str = ""
    turn: int | None = None

    @property
    def through(self) -> bool:
        """Whether it applied, and its turn let the request go on to the normal answer."""
        turns = self.rule.turns
        return self.applied and bool(turns) and turns[self.turn or 0].through


class RuleCourse(NamedTuple):
    """How what a request begins proceeds, as a rule says.

    Attributes:
        name: Id of its scenario, or of the rule that was written on the spot.
        chosen_by: Who chose the scenario, in words.
        course: What it says.
    """

    name: str
    chosen_by: str
    course: Course


class After(NamedTuple):
    """What a rule replies instead of the success of a deed that is done first.

    Attributes:
        name: Id of its scenario, or of the rule that was written on the spot.
        write: Gives the reply in a session, and how it breaks the contract on purpose.
    """

    name: str
    write: Callable[[Request, Any], tuple[Reply, tuple[str, ...]]]


class Steering(NamedTuple):
    """What scenarios and rules did to a request.

    Attributes:
        considered: The rules that were looked at, in order, until the reply was found; of many
            the first ones, and those that applied.
        scenarios: Ids of the scenarios that replied or left a fault, or of rules written on the
            spot; one that only let the request through changed nothing.
        fault: What goes wrong on the way, None for nothing.
        delay_ms: How long the caller waits for it, drawn already.
        breaches: How the reply breaks its contract on purpose.
        more: How many rules were looked at beside those of `considered`; none of them applied.
        courses: Of rules that applied, the strongest first.
        after: What is replied where the deed succeeds, None for what that says itself, and once
            that is decided.
        instead_of: The status of the success that it was replied instead of, 0 for none.
    """

    considered: tuple[Considered, ...] = ()
    scenarios: tuple[str, ...] = ()
    fault: Fault | None = None
    delay_ms: float = 0.0
    breaches: tuple[str, ...] = ()
    more: int = 0
    courses: tuple[RuleCourse, ...] = ()
    after: After | None = None
    instead_of: int = 0


UNSTEERED = Steering()


@dataclass(slots=True)
class Exchange:
    """A finished request with its reply and what led to it.

    Attributes:
        id: Unique in this process; the value of `X-Mock-Request-Id`.
        at: When it was decided, by the session's clock.
        request: As received.
        reply: As decided; its status is 0 where the request was lost before the deed.
        operation: `stem/operationId`, "" when no contract has the path.
        session: The name of the session it belongs to, "" for none.
        found_by: How the session was found.
        violations: What the request broke; empty when it was accepted.
        steering: What scenarios and rules did to it.
        weight: About how many bytes it takes in the journal, as counted there.
        ms: How long the decision took.
        led_by: The place of the binding, or the resource, that led to the session; "" for none.
        fired: What was due in the session and happened first; of many the first ones.
        fired_more: How many more there were.
        touched: The records that it made, changed or ended.
        waits_in: Where it `waits`, what the engine has to know to go on; None before and after.
    """

    id: str
    at: datetime
    request: Request
    reply: Reply
    operation: str
    session: str
    found_by: FoundBy
    violations: tuple[Violation, ...] = ()
    steering: Steering = UNSTEERED
    ms: float = 0.0
    weight: int = 0
    led_by: str = ""
    fired: Sequence[Fired] = ()
    fired_more: int = 0
    touched: Sequence[Touched] = ()
    waits_in: Any = field(default=None, compare=False, repr=False)

    def happened(self, *fired: Sequence[Fired]) -> None:
        """Note what was due in the session and happened first."""
        if any(fired):
            all_of_it = [each for some in fired for each in some]
            self.fired = all_of_it[:FIRED_MAX]
            self.fired_more = len(all_of_it) - len(self.fired)

    @property
    def waits(self) -> bool:
        """Whether nothing is done yet, as a fault wants a delay before the deed."""
        fault = self.steering.fault
        lost = fault is not None and fault.before_deed and fault.broken is None
        return lost and self.reply.status == 0


def unrecorded(name: str, request: Request, reply: Reply) -> Exchange:
    """An exchange that belongs to no session: what the server says for itself."""
    now = datetime.fromtimestamp(0, UTC)
    return Exchange(name, now, request, reply, "", "", FoundBy.DEFAULT)
