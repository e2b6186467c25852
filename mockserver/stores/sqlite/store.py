"""All that a server remembers, in one SQLite file that several processes share."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from mockserver.clock import (
    Clock,
    ClockMode,
    Line,
    SessionClock,
    Setting,
    system_clock,
)
from mockserver.journal import ENTRIES_MAX, Journal
from mockserver.scenario import Rule, rule_of
from mockserver.simulation import Collection, Records
from mockserver.stores import (
    RECORDS_MAX,
    Bound,
    Counters,
    Creators,
    Kept,
    Memory,
    P,
    R,
    State,
)
from mockserver.stores.sqlite.counters import SqliteCounters
from mockserver.stores.sqlite.database import OF_SESSION, Database
from mockserver.stores.sqlite.journal import Room, SqliteJournal
from mockserver.stores.sqlite.records import SqliteRecords
from mockserver.stores.sqlite.resources import SqliteCreators, SqliteKept

SERVER: Final = 0  # instead of the id of a session
USED_S: Final = 1.0  # how exactly the file knows when a session was last used
CHECKED: Final = 1_000  # after so many rules that it adds, a process lets the oldest go
RULES_KEPT: Final = 10_000  # written on the spot, that a session knows for what its journal says


class SqliteMemory:
    """See `Memory`.

    Args:
        store: Where it is.
        row: `id`, `version`, `state` and `used_s`, as the file has them.
        name: Of the session.
    """

    def __init__(self, store: "SqliteStore", name: str, row: Any) -> None:
        database = store.database
        self.name = name
        self.id: int = row[0]
        self.clock = SessionClock(store.wall)
        self.records: Records = SqliteRecords(
            database, self.id, store.collections, store.records_max
        )
        self.counters: Counters = SqliteCounters(database, self.id)
        self.kept: Kept = SqliteKept(database, self.id)
        self.journal: Journal = SqliteJournal(
            database, self.id, self._rule, entries_max=store.requests_max, room=store.room
        )
        self.generation = -1
        self.used_s = 0.0
        self._catalogue = store.rule_of
        self._database = database
        self._version = -1
        self._added = 0
        self.load(row)

    def load(self, row: Any) -> None:
        """Be as the file has it."""
        _, version, encoded, used_s = row
        if version != self._version:
            self.state, self.clock.line = decode_state(encoded)
            self._version = version
            self._saved = self.state, self.clock.line
        self.used_s, self._saved_s = max(used_s, self.used_s), used_s
        self.generation = self._database.generation

    def forget(self) -> None:
        """Be loaded anew: what was changed here was not done."""
        self._version = -1
        self.used_s = 0.0

    def save(self) -> None:
        """Let the file have what was changed."""
        state, line = self._saved
        if self.state is not state or self.clock.line is not line:
            self._save_rules(state)
            self._version += 1
            self._database.run(
                "UPDATE sessions SET version = ?, state = ?, used_s = ? WHERE id = ?",
                self._version,
                encode_state(self.state, self.clock.line),
                self.used_s,
                self.id,
            )
            self._saved, self._saved_s = (self.state, self.clock.line), self.used_s
        elif self.used_s - self._saved_s > USED_S:
            self._database.run("UPDATE sessions SET used_s = ? WHERE id = ?", self.used_s, self.id)
            self._saved_s = self.used_s

    def _save_rules(self, saved: State) -> None:
        """Let the file have the rules that were written since, for when they are withdrawn."""
        now, another = self.state, self.state.life != saved.life
        if another:
            self._database.run("DELETE FROM rules WHERE session = ?", self.id)
        for name, node in now.rules.items():
            if name in saved.rules and not another:
                continue
            insert = "INSERT OR IGNORE INTO rules VALUES (?, ?, ?)"
            self._database.run(insert, self.id, name, json.dumps(node))
            self._added += 1
            if self._added % CHECKED == 0:  # their ids end with numbers that go up
                newest = "SELECT id FROM rules WHERE session = ? ORDER BY length(id) DESC, id DESC"
                self._database.run(
                    f"DELETE FROM rules WHERE session = ? AND id IN ({newest} LIMIT -1 OFFSET ?)",  # noqa: S608 - literals
                    self.id,
                    self.id,
                    RULES_KEPT,
                )

    def _rule(self, name: str) -> Rule | None:
        """A rule by its id: one that a test wrote on the spot in this life, or of the catalogue."""
        known = self.state.rules.get(name)
        if known is not None:
            return rule_of(name, known)
        node = "SELECT node FROM rules WHERE session = ? AND id = ?"
        found = self._database.one(node, self.id, name)
        return self._catalogue(name) if found is None else rule_of(name, json.loads(found))


class SqliteStore:
    """See `Store`.

    Args:
        path: Of the file.
        wall: The wall clock.
        collections: The kinds of records that there may be, by name.
        rule_of: The rule of the catalogue with an id, None for none.
        records_max: How many records a session may have.
        requests_max: How many exchanges the journal of a session keeps.
    """

    shared = True

    def __init__(
        self,
        path: Path,
        wall: Clock = system_clock,
        collections: Mapping[str, Collection] = {},
        *,
        rule_of: Callable[[str], Rule | None] = lambda _: None,
        records_max: int = RECORDS_MAX,
        requests_max: int = ENTRIES_MAX,
    ) -> None:
        self.wall = wall
        self.collections = collections
        self.rule_of = rule_of
        self.records_max = records_max
        self.requests_max = requests_max
        self.database = Database(path, self._save, self._undone)
        self.room = Room(self.database)
        self.counters: Counters = SqliteCounters(self.database, SERVER)
        self.creators: Creators = SqliteCreators(self.database)
        self._memories: dict[str, SqliteMemory] = {}
        self._in_step: dict[str, SqliteMemory] = {}
        self._bound = -1  # the number of the changes that are told
        self._looked = -1  # the generation of the file by then

    # steps --------------------------------------------------------------------------------

    def check(self) -> None:
        """Make the file where there is none; raises `StoreError` where it cannot be used."""
        self.database.check()

    def atomic(self, step: Callable[P, R]) -> Callable[P, R]:
        """See `Store`."""
        return self.database.atomic(step)

    def close(self) -> None:
        """See `Store`: the last one puts into the file what is written beside it."""
        self.database.close()

    def _save(self) -> None:
        for memory in self._in_step.values():
            memory.save()
        self._in_step.clear()

    def _undone(self) -> None:
        for memory in self._memories.values():
            memory.forget()
        self._in_step.clear()
        self._bound = -1

    # sessions -----------------------------------------------------------------------------

    def memories(self) -> Iterable[tuple[str, float]]:
        """See `Store`."""
        rows = self.database.run("SELECT name, used_s FROM sessions ORDER BY id").fetchall()
        names = {name for name, _ in rows}
        for name in self._memories.keys() - names:  # another process has dropped it
            self._memories.pop(name).journal.close()
        mine = self._memories
        return [(name, max(s, mine[name].used_s) if name in mine else s) for name, s in rows]

    def find(self, name: str) -> Memory | None:
        """See `Store`."""
        memory = self._memories.get(name)
        if memory is None or memory.generation != self.database.generation:
            row = self.database.run(
                "SELECT id, version, state, used_s FROM sessions WHERE name = ?", name
            ).fetchone()
            if row is None:
                gone = self._memories.pop(name, None)
                if gone is not None:
                    gone.journal.close()
                return None
            if memory is not None and memory.id == row[0]:
                memory.load(row)
            else:
                if memory is not None:  # another session had this name
                    memory.journal.close()
                memory = self._memories[name] = SqliteMemory(self, name, row)
        self._in_step[name] = memory
        return memory

    def make(self, name: str, state: State) -> Memory:
        """See `Store`."""
        self.database.run(
            "INSERT INTO sessions (name, version, state, used_s) VALUES (?, 0, ?, 0)",
            name,
            encode_state(state, Line()),
        )
        found = self.find(name)
        assert found is not None  # noqa: S101 - it was just made
        return found

    def drop(self, name: str) -> None:
        """See `Store`."""
        found = self.database.one("DELETE FROM sessions WHERE name = ? RETURNING id", name)
        for table in OF_SESSION:
            self.database.run(f"DELETE FROM {table} WHERE session = ?", found)  # noqa: S608 - a literal
        self._in_step.pop(name, None)
        gone = self._memories.pop(name, None)
        if gone is not None:
            gone.journal.close()

    # bindings -----------------------------------------------------------------------------

    def bound(self) -> Iterable[Bound] | None:
        """See `Store`."""
        if self._looked == self.database.generation:
            return None
        self._looked = self.database.generation
        version = self.database.one("SELECT bound FROM numbers")
        if version == self._bound:
            return None
        self._bound = version
        return self.database.run(
            "SELECT session, location, name, value FROM bindings ORDER BY key"
        ).fetchall()

    def bind(self, values: Iterable[Bound]) -> None:
        """See `Store`."""
        self.database.run_each(
            "INSERT INTO bindings (session, location, name, value) VALUES (?, ?, ?, ?)",
            iter(values),
        )
        self._rebound()

    def unbind(self, session: str) -> None:
        """See `Store`."""
        if self.database.run("DELETE FROM bindings WHERE session = ?", session).rowcount:
            self._rebound()

    def _rebound(self) -> None:
        """Count a change, which its maker knows, and others have to be told of."""
        version = self.database.one("UPDATE numbers SET bound = bound + 1 RETURNING bound")
        if self._bound == version - 1:  # else there are others' changes to be told of
            self._bound = version


def encode_state(state: State, line: Line) -> bytes:
    """What a session is, and how its clock goes, as JSON."""
    node = state._asdict() | {"given": sorted(state.given)}
    clock = line._asdict() | {"at": line.at.isoformat(), "since": line.since.isoformat()}
    at = state.begins.at
    begins = state.begins._asdict() | {"at": None if at is None else at.isoformat()}
    return json.dumps(node | {"begins": begins, "clock": clock}).encode()


def decode_state(encoded: bytes) -> tuple[State, Line]:
    """What `encode_state` was given."""
    node: dict[str, Any] = json.loads(encoded)
    clock, begins = node.pop("clock"), node.pop("begins")
    state = State(
        seed=node["seed"],
        made_with=tuple(node["made_with"]),
        scenarios=tuple(node["scenarios"]),
        begins=Setting(ClockMode(begins["mode"]), _moment(begins["at"]), begins["factor"]),
        given=frozenset(node["given"]),
        rules=node["rules"],
        life=node["life"],
    )
    at, since = (datetime.fromisoformat(clock[each]) for each in ("at", "since"))
    line = Line(ClockMode(clock["mode"]), clock["factor"], at, since, clock["moved"])
    return state, line


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
