"""One isolated universe for each test: scenarios, rules and their counters, chance, journal.

Its records are in a store, all else is memory of one process; nothing knows contracts, files or
HTTP frameworks. Which session a request belongs to is `sessions`' question.
"""

import itertools
from base64 import b32encode
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from random import Random
from typing import Any, Final

from mockserver.clock import REAL, UNSTAGED, Clock, ClockMode, Moment, SessionClock, Setting
from mockserver.course import Courses
from mockserver.journal import Journal, Room
from mockserver.secrecy import REDACTED, is_secret
from mockserver.simulation import Collection
from mockserver.stores.memory import Memory
from mockserver.timeline import Fired, settle

DEFAULT: Final = "default"  # the session that always exists
FIRED_MAX: Final = 100_000  # transitions that happen before one look; more wait for the next
RULES_MAX: Final = 1_000
KEPT_MAX: Final = 10_000

# What a request names: API, parameter and value, such as ("agile-tv-v3", "service_id", "ACC_1").
Resource = tuple[str, str, str]


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
        name: Unique; part of URLs.
        seed: Of everything that is drawn in it.
        clock: The wall clock.
        scenarios: Ids of active scenarios, in this order; a reset comes back to them.
        room: What its journal shares with those of other sessions.
        collections: The kinds of records that it may have, by name.

    Attributes:
        clock: What the time is in it.
        records: What its simulations remember.
        given: Ids of the scenarios whose seed records have been put into it.
        staged: What was looked through for such scenarios since they were last chosen.
        rules: Written by the test on the spot, by id, oldest first; what they are is `engine`'s.
        plans: What the scenarios and rules mean for an operation, by its id, as far as worked out.
        journal: What happened.
        kept: Scenarios that stay with a resource, as the request that made it named them.
        created: Resources that were created in it.
        used_s: When it was last used, on the stopwatch of `sessions`.
        life: How often it has ended: at a reset, and when it is dropped or expires.
    """

    def __init__(
        self,
        name: str,
        *,
        seed: int,
        clock: Clock,
        scenarios: tuple[str, ...] = (),
        room: Room | None = None,
        collections: Mapping[str, Collection] = {},
    ) -> None:
        self.name = name
        self.seed = seed
        self.clock = SessionClock(clock)
        self._begins = REAL
        self.records = Memory(collections)
        self.given: set[str] = set()
        self.staged: set[str] = set()
        self._tag = tag_of(name)
        self._made_with = scenarios
        self.scenarios = scenarios
        self.rules: dict[str, Any] = {}
        self.plans: dict[str, Any] = {}
        self.journal = Journal(room=room)
        self.kept: OrderedDict[Resource, bytes] = OrderedDict()
        self.created: set[Resource] = set()
        self.rng = Random(seed)  # noqa: S311 - test data, no secrets
        self.used_s = 0.0
        self.life = 0
        self._used: dict[str, int] = {}
        self._rules_made = 0

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
        self._begins = setting

    def fire(self, until: datetime, most: int) -> list[Fired]:
        """Let the first `most` transitions happen that are due until a moment; the clock stays."""
        return list(itertools.islice(settle(self.records, until, self.moment), most))

    def activate(self, scenarios: tuple[str, ...]) -> None:
        """Make these scenarios the active ones; all of them begin anew."""
        for name in scenarios:
            self.forget(name + "#")
        self.scenarios = scenarios
        self.plans.clear()
        self.staged.clear()

    def next_rule_id(self) -> str:
        """A fresh id for a rule written on the spot; raises `SessionError` beyond the ceiling."""
        if len(self.rules) >= RULES_MAX:
            raise SessionError(409, f"The session has {RULES_MAX} rules, the most it may have")
        self._rules_made += 1
        return f"rule-{self._rules_made}"

    def add(self, rule: str, posted: Any) -> None:
        """Let a rule written on the spot apply, behind those that are there."""
        self.rules[rule] = posted
        self.plans.clear()

    def withdraw(self, rule: str) -> None:
        """Forget a rule written on the spot, and how often it applied."""
        del self.rules[rule]
        self._used.pop(rule, None)
        self.plans.clear()

    def used(self, rule: str) -> int:
        """How often the rule with this id has applied."""
        return self._used.get(rule, 0)

    def use(self, rule: str) -> int:
        """Count one use of a rule; how often it had applied before."""
        used = self._used.get(rule, 0)
        self._used[rule] = used + 1
        return used

    def forget(self, prefix: str) -> None:
        """Count anew the rules whose ids begin so."""
        for rule in [rule for rule in self._used if rule.startswith(prefix)]:
            del self._used[rule]

    def keep(self, resource: Resource, scenarios: bytes | None) -> None:
        """Let scenarios stay with a resource, None for none; beyond the ceiling the oldest go."""
        if scenarios is None:
            self.kept.pop(resource, None)
            return
        self.kept[resource] = scenarios
        self.kept.move_to_end(resource)
        if len(self.kept) > KEPT_MAX:
            self.kept.popitem(last=False)

    def reset(self) -> None:
        """Back to how it was made: nothing remembered, counters at zero, chance begun anew."""
        self.life += 1
        self.scenarios = self._made_with
        self.clock.take(self._begins)
        self.records.clear()
        self.given.clear()
        self.staged.clear()
        self.rules.clear()
        self.plans.clear()
        self.kept.clear()
        self._used.clear()
        self._rules_made = 0
        self.journal.clear()
        self.rng.seed(self.seed)
