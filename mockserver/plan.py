"""Which scenarios and rules may steer requests for an operation in a session, and their order."""

from typing import Final

from mockserver.contract.links import named
from mockserver.contract.operation import Operation
from mockserver.library import Library
from mockserver.message import Request
from mockserver.script import ACTIVE, DEFAULT, NAMED, POSTED, UNFOLLOWED, Followed, Script, missed
from mockserver.session import Session, told

SCENARIO: Final = b"x-mock-scenario"
CHOSEN_MAX: Final = 100  # combinations of scenarios that are remembered for an operation


class Plan:
    """What steers an operation in a session, beside what a request names.

    Attributes:
        operation: Which one.
        library: The scenarios.
        session: Its rules, then its scenarios.
        defaults: Scenarios that nobody has to choose.
        whole: Both.
        idle: What is to be said where none of them can apply.
        chosen: With the scenarios of a request before them, by its header.
    """

    __slots__ = ("chosen", "defaults", "idle", "library", "operation", "session", "whole")

    def __init__(
        self,
        operation: Operation,
        library: Library,
        session: tuple[Script, ...],
        defaults: tuple[Script, ...],
    ) -> None:
        self.operation = operation
        self.library = library
        self.session = session
        self.defaults = defaults
        self.whole = session + defaults
        self.chosen: dict[bytes, tuple[Script, ...]] = {}
        self.idle = Followed(missed(self.whole), None) if self.whole else UNFOLLOWED


def plan_of(operation: Operation, session: Session, library: Library) -> Plan:
    """What steers the operation in the session as it is now."""
    name = operation.id
    rules = (library.posted(session, rule) for rule in session.rules)
    posted = (rule.scripts.get(name) for rule in rules)
    active = (library.script(name, each) for each in session.scenarios)
    scripts = (
        *(script.by(POSTED) for script in posted if script is not None),
        *(script.by(ACTIVE) for script in active if script is not None),
    )
    chosen = {script.name for script in scripts}
    defaults = (each.by(DEFAULT) for each in library.defaults(name))
    left = tuple(each for each in defaults if each.name not in chosen)
    return Plan(operation, library, scripts, left)


def scripts_of(plan: Plan, request: Request, session: Session) -> tuple[Script, ...]:
    """Everything that may steer the request, the strongest first.

    Raises:
        UnknownScenario: The request names one that is not there.
    """
    operation, library = plan.operation, plan.library
    chosen = request.headers.get(SCENARIO)
    scripts = plan.session
    if chosen is not None:
        named_here = library.chosen(operation.id, chosen)
        scripts = tuple(script.by(NAMED) for script in named_here) + scripts
    for resource in named(operation, request) if session.kept else ():
        scenarios = session.kept.get(resource)
        if scenarios is not None:
            kept_by = f"kept by the resource {told(resource)}"
            kept = library.kept(operation.id, scenarios)
            scripts += tuple(script.by(kept_by) for script in kept)
    first: dict[str, Script] = {}
    for script in scripts + plan.defaults:  # each has one turn, by the strongest who chose it
        first.setdefault(script.name, script)
    scripts = tuple(first.values())
    if chosen is not None and not session.kept:
        if len(plan.chosen) >= CHOSEN_MAX:
            plan.chosen.clear()
        plan.chosen[chosen] = scripts
    return scripts
