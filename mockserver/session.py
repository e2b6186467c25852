"""One isolated universe for each test: scenarios, rules and their counters, chance, time.

What it is and remembers is in its memory, which is a store's; here is what can be done with it.
Nothing knows contracts, files or HTTP frameworks. Which session a request belongs to is `sessions`'
question.
"""

import itertools
from base64 import b32encode
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from random import Random
from typing import Any, Final

from mockserver.clock import UNSTAGED, ClockMode, Moment, Setting, drawn
from mockserver.course import Courses
from mockserver.message import Json
from mockserver.secrecy import REDACTED, is_secret
from mockserver.stores import DEFAULT, Memory, Resource, State
from mockserver.timeline import Fired, settle

FIRED_MAX: Final = 100_000  # transitions that happen before one look; more wait for the next
RULES_MAX: Final = 1_000
# Names of counters: how often rules applied, by their ids; rules written on the spot; draws.
USED: Final = "used "
RULES: Final = "rules"
DRAWS: Final = "draws"


def told(resource: Resource) -> str:
    """A resource as people read it, less the value of a secret."""
    api, name, value = resource
    return f"{api} {name} {REDACTED if is_secret(name) else value}"


def tag_of(name: str) -> str:
    """Six letters and digits by which ids of a session are told from those of others."""
    if name == DEFAULT:
        return "0" * 6  # so that its ids look like those of the documents
    return b32encode(blake2b(name.encode(), digest_size=4).digest()).decode()[:6]


class SessionError(Exception):
    """A session, or a thing of it, that cannot be had.

    Attributes:
        status: What the caller is told: 400, 404, 409 or 503.
        nearest: Valid names, the one most like what was asked for first.
    """

    def __init__(self, status: int, text: str, nearest: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.status = status
        self.nearest = tuple(nearest)


class Session:
    """One universe.

    Args:
        memory: What it is and remembers.

    Attributes:
        name: Unique; part of URLs.
        memory: The same.
        clock: What the time is in it.
        records: What its simulations remember.
        kept: Scenarios that stay with a resource, as the request that made it named them.
        journal: What happened.
        staged: What was looked through for records to give since scenarios were last chosen.
        plans: What the scenarios and rules mean for an operation, by its id, as far as worked out.
        posted: What the rules mean that were written on the spot, by id, as far as worked out; what
            that is is `library`'s.
    """

    def __init__(self, memory: Memory) -> None:
        self.name = memory.name
        self.memory = memory
        self.clock = memory.clock
        self.records = memory.records
        self.kept = memory.kept
        self.journal = memory.journal
        self.staged: set[str] = set()
        self.plans: dict[str, Any] = {}
        self.posted: dict[str, Any] = {}
        self._tag = tag_of(memory.name)
        self._seen = memory.state
        self._rng = Random()  # noqa: S311 - test data, no secrets

    # what it is ---------------------------------------------------------------------------

    @property
    def seed(self) -> int:
        """Of everything that is drawn in it."""
        return self.memory.state.seed

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Ids of its active scenarios, the strongest first."""
        return self.memory.state.scenarios

    @property
    def rules(self) -> Mapping[str, Json]:
        """Rules that the test wrote on the spot, as written, by id, oldest first."""
        return self.memory.state.rules

    @property
    def life(self) -> int:
        """How often it has been reset."""
        return self.memory.state.life

    @property
    def rng(self) -> Random:
        """Chance for one draw: the same ones in the same order for the same seed."""
        number = self.memory.counters.add(DRAWS)
        self._rng.seed(drawn(str(self.seed), "draw", str(number)))
        return self._rng

    def _become(self, state: State) -> None:
        self.memory.state = state
        self.renew()

    def renew(self) -> None:
        """Forget what was worked out of another state than the present one."""
        seen, now = self._seen, self.memory.state
        self._seen = now
        if not seen.given <= now.given:  # what was given then was not done
            self.staged.clear()
        if now.life != seen.life or now.scenarios != seen.scenarios:
            self.staged.clear()
        elif now.rules == seen.rules:
            return
        self.plans.clear()
        for rule in tuple(self.posted):
            if now.rules.get(rule) != seen.rules[rule]:
                del self.posted[rule]

    # time ---------------------------------------------------------------------------------

    def moment(self, now: datetime | None = None, courses: Courses = UNSTAGED) -> Moment:
        """A moment of this session, now unless told."""
        now = self.clock() if now is None else now
        wall, number = self.clock.wall(), self.records.number
        return Moment(now, self.seed, wall, self._tag, number, courses)

    def settle(self, now: datetime | None = None) -> Sequence[Fired]:
        """Let all happen that is due now, which its clock has just shown or is asked for."""
        due = self.records.next_due
        if due is None:
            return ()
        now = self.clock() if now is None else now
        return self.fire(now, FIRED_MAX) if due <= now else ()

    def begin(self, setting: Setting) -> None:
        """Let the clock begin like this, now and after each reset; raises `ClockError`.

        One that is not real and begins where it stands comes back to that moment.
        """
        self.clock.take(setting)
        if setting.mode is not ClockMode.REAL and setting.at is None:
            setting = setting._replace(at=self.clock())
        self._become(self.memory.state._replace(begins=setting))

    def fire(self, until: datetime, most: int) -> list[Fired]:
        """Let the first `most` transitions happen that are due until a moment; the clock stays."""
        return list(itertools.islice(settle(self.records, until, self.moment), most))

    # scenarios and rules ------------------------------------------------------------------

    def activate(self, scenarios: tuple[str, ...]) -> None:
        """Make these scenarios the active ones; all of them begin anew."""
        for name in scenarios:
            self.forget(name + "#")
        self.staged.clear()
        self._become(self.memory.state._replace(scenarios=scenarios))

    def give(self, scenario: str) -> bool:
        """Note that a scenario gives its records now; False where it did so before."""
        state = self.memory.state
        if scenario in state.given:
            return False
        self._become(state._replace(given=state.given | {scenario}))
        return True

    def next_rule_id(self) -> str:
        """A fresh id for a rule written on the spot; raises `SessionError` beyond the ceiling."""
        if len(self.rules) >= RULES_MAX:
            raise SessionError(409, f"The session has {RULES_MAX} rules, the most it may have")
        return f"rule-{self.memory.counters.add(RULES) + 1}"

    def add(self, rule: str, node: Json, posted: Any = None) -> None:
        """Let a rule written on the spot apply, behind those that are there.

        Args:
            rule: Its id.
            node: As it was written.
            posted: What it means, None for what is not worked out.
        """
        self._become(self.memory.state._replace(rules={**self.rules, rule: node}))
        if posted is not None:
            self.posted[rule] = posted

    def withdraw(self, rule: str) -> None:
        """Forget a rule written on the spot, and how often it applied."""
        rules = {name: node for name, node in self.rules.items() if name != rule}
        self.memory.counters.forget(_uses(rule))
        self._become(self.memory.state._replace(rules=rules))

    def used(self, rule: str) -> int:
        """How often the rule with this id has applied."""
        return self.memory.counters.get(_uses(rule))

    def use(self, rule: str) -> int:
        """Count one use of a rule; how often it had applied before."""
        return self.memory.counters.add(_uses(rule))

    def forget(self, prefix: str) -> None:
        """Count anew the rules whose ids begin so."""
        self.memory.counters.forget(USED + prefix)

    def keep(self, resource: Resource, scenarios: bytes | None) -> None:
        """Let scenarios stay with a resource, None for none."""
        if scenarios is None:
            self.kept.drop(resource)
        else:
            self.kept.put(resource, scenarios)

    def reset(self) -> None:
        """Back to how it was made: nothing remembered, counters at zero, chance begun anew."""
        was = self.memory.state
        self.clock.take(was.begins)
        self.records.clear()
        self.memory.counters.forget("")
        self.kept.clear()
        self.journal.clear()
        self._become(
            State(was.seed, was.made_with, was.made_with, was.begins, life=was.life + 1),
        )


def _uses(rule: str) -> str:
    """The counter of a rule; its name does not begin that of another rule's."""
    return f"{USED}{rule} "
