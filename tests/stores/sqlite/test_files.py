"""The file of a store: it is made, refused, survives, and no crash leaves a step half done."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mockserver.clock import ClockMode, Line, SessionClock, Setting
from mockserver.course import Step, Timing
from mockserver.record import Held, Progress
from mockserver.stores import State, StoreError
from mockserver.stores.sqlite import database
from mockserver.stores.sqlite.database import APPLICATION, VERSION
from mockserver.stores.sqlite.store import SqliteStore
from tests.exchanges.samples import SAMPLES, exchange
from tests.stores.kinds import memory_of
from tests.stores.test_records import KINDS, NOON, order

THING = ("shop-v1", "things/id", "T1")
RULE = {"on": "readThing", "reply": {"status": 404}}
HOUR = timedelta(hours=1)


def opened(file: Path) -> SqliteStore:
    """A store that knows the collections of the records' tests."""
    return SqliteStore(file, lambda: NOON, KINDS)


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


# what is refused ----------------------------------------------------------------------------


def test_a_store_makes_its_file_and_leaves_it(tmp_path: Path) -> None:
    file = tmp_path / "a.db"

    opened(file).check()
    opened(file).check()  # one that is there is as good

    assert names(tmp_path) == ["a.db"]
    with closing(sqlite3.connect(file)) as other:
        assert other.execute("PRAGMA application_id").fetchone() == (APPLICATION,)


def test_an_empty_file_is_a_new_one(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    file.touch()

    opened(file).check()

    assert file.stat().st_size > 0


def of_another_program(folder: Path) -> Path:
    file = folder / "notes.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE notes (text TEXT)")
        other.commit()
    return file


def marked_by_another_program(folder: Path) -> Path:
    file = folder / "marked.db"
    with closing(sqlite3.connect(file)) as other:
        other.execute("PRAGMA application_id = 7")
        other.commit()
    return file


def of_version(version: int, folder: Path) -> Path:
    file = folder / f"{version}.db"
    opened(file).check()
    with closing(sqlite3.connect(file)) as other:
        other.execute(f"PRAGMA user_version = {version}")
        other.commit()
    return file


def no_database(folder: Path) -> Path:
    file = folder / "notes.txt"
    file.write_text("Buy milk.\n" * 100)
    return file


def folder_itself(folder: Path) -> Path:
    return folder


def in_no_folder(folder: Path) -> Path:
    return folder / "nowhere" / "a.db"


OTHERS = "{file} is an SQLite file of another program; name another"
VERSIONS = "{file} was written by another version of mockserver (tables %d, not 1); "
VERSIONS += "use that version, or name another file to begin anew"
UNUSABLE = "The store {file} cannot be used: "


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (of_another_program, OTHERS),
        (marked_by_another_program, OTHERS),
        (partial(of_version, VERSION + 1), VERSIONS % 2),
        (partial(of_version, VERSION - 1), VERSIONS % 0),
        (no_database, UNUSABLE + "it is no SQLite file; name another"),
        (folder_itself, UNUSABLE + "it is a folder; name a file in it"),
        (in_no_folder, UNUSABLE + "there is no folder {folder}; make it, or name another"),
    ],
)
def test_a_file_that_is_not_ours_is_refused_and_stays_as_it_is(
    tmp_path: Path, make: Callable[[Path], Path], said: str
) -> None:
    file = make(tmp_path)
    before = file.read_bytes() if file.is_file() else b""
    there = names(tmp_path)
    store = opened(file)

    for check in (store.check, store.atomic(lambda: None)):
        with pytest.raises(StoreError) as raised:
            check()
        assert str(raised.value) == said.format(file=file, folder=file.parent)
    assert names(tmp_path) == there
    assert (file.read_bytes() if file.is_file() else b"") == before


class Late(sqlite3.Connection):
    """A connection that another keeps from changing the file, until it waits for that."""

    holder: sqlite3.Connection | None = None

    def execute(self, sql: str, *more: Any) -> sqlite3.Cursor:
        holder = Late.holder
        if holder is not None and sql.startswith("BEGIN"):
            holder.execute("COMMIT")
            Late.holder = None
        return super().execute(sql, *more)


@pytest.mark.parametrize("leaves", [True, False])
def test_who_begins_with_a_new_file_beside_others_waits_for_them(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    leaves: bool,  # noqa: FBT001 - a case
) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.01)
    file = tmp_path / "a.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as holder:
        holder.execute("PRAGMA user_version = 0")
        holder.execute("BEGIN")
        holder.execute("SELECT * FROM sqlite_master").fetchall()  # as one that looks does
        if leaves:
            monkeypatch.setattr(Late, "holder", holder)
            monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, factory=Late))
            opened(file).check()
        else:
            with pytest.raises(StoreError, match="database is locked"):
                opened(file).check()


# what survives ------------------------------------------------------------------------------

COURSE = {"OPEN": (Step(Timing.AFTER, timedelta(seconds=5), then="CLOSED", code="C1"),)}
HELD = Held(
    "OPEN", Timing.POLLS, None, 2, "CLOSED", "C2", Held("NEW", Timing.AFTER, 1.5, 0, "", "", None)
)
PROGRESS = Progress(
    COURSE, COURSE, ("a/b", "rule-1"), "OPEN", Timing.AFTER, {"OPEN": 2},
    NOON + timedelta(microseconds=1), 3, "CLOSED", "C1", HELD,
)  # fmt: skip


def test_a_file_has_everything_when_it_is_opened_again(tmp_path: Path) -> None:
    file = tmp_path / "a.db"
    store = opened(file)
    state = State(2**63, ("a/b",), ("a/c", "a/d"), Setting(ClockMode.SCALED, NOON, 2.5),
                  frozenset({"a/b"}), {"rule-1": RULE, "rule-0": RULE}, 3)  # fmt: skip
    courses = replace(order("1", "s1"), progress=PROGRESS)
    value = ("mine", "query", "org", "1")

    def fill() -> None:
        memory = store.make("mine", State(0))
        memory.state = state
        memory.used_s = 5.5
        memory.clock.set(ClockMode.FROZEN, NOON + HOUR)
        memory.records.commit([courses])
        memory.records.commit([order("2", due=NOON)])
        memory.counters.add("used a ")
        memory.kept.put(THING, b"a/b")
        for each in SAMPLES.values():
            memory.journal.record(each)
        store.counters.add("met ")
        store.creators.add(THING, "mine")
        store.bind([value])

    store.atomic(fill)()
    store.database.close()
    again = opened(file)

    def read() -> None:
        memory = memory_of(again, "mine")
        records = memory.records
        assert list(again.memories()) == [("mine", 5.5)]
        assert (memory.state, list(memory.state.rules)) == (state, ["rule-1", "rule-0"])
        assert memory.clock.line == Line(ClockMode.FROZEN, 0.0, NOON + HOUR, NOON, moved=True)
        assert memory.clock() == NOON + HOUR
        assert list(records.all("orders")) == [courses, order("2", due=NOON)]
        assert (records.number, records.holder("serial s1")) == (3, courses)
        assert list(records.filtered("orders", {"org": ["a"]})) == list(records.all("orders"))
        assert list(records.by("orders", "customer", "c1")) == list(records.all("orders"))
        assert (records.next_due, records.next_record()) == (NOON, order("2", due=NOON))
        assert list(memory.counters.items("")) == [("used a ", 1)]
        assert list(memory.kept.items()) == [(THING, b"a/b")]
        assert [each.id for each in memory.journal] == [each.id for each in SAMPLES.values()]
        assert [each.reply for each in memory.journal] == [e.reply for e in SAMPLES.values()]
        assert list(again.counters.items("")) == [("met ", 1)]
        assert (again.creators.led, again.creators.of(THING)) == (True, ("mine",))
        assert again.bound() == [value]

    again.atomic(read)()
    again.database.close()


@pytest.mark.parametrize(
    "use",
    [
        SessionClock.reset,
        lambda clock: clock.set(ClockMode.REAL, NOON + HOUR),
        lambda clock: clock.set(ClockMode.SCALED, NOON - HOUR, 2.5),
        lambda clock: clock.go(ClockMode.FROZEN),
        lambda clock: clock.move(NOON + timedelta(microseconds=1)),
    ],
)
def test_a_clock_goes_on_as_before(tmp_path: Path, use: Callable[[SessionClock], None]) -> None:
    now = NOON + timedelta(microseconds=7)
    stores = [SqliteStore(tmp_path / "a.db", lambda: now) for _ in range(2)]
    for store in stores:
        if store is stores[0]:
            store.atomic(lambda: use(stores[0].make("mine", State(0)).clock))()
        now += HOUR

    lines = [store.atomic(memory_of)(store, "mine").clock for store in stores]

    assert lines[0].line == lines[1].line
    assert lines[0]() == lines[1]()
    for store in stores:
        store.database.close()


def test_a_store_that_is_closed_opens_its_file_again(tmp_path: Path) -> None:
    store = opened(tmp_path / "a.db")
    turns = []
    store.atomic(store.make)("mine", State(0))
    for _ in range(3):
        turns.append(store.atomic(lambda: memory_of(store, "mine").counters.add("turn"))())
        store.database.close()
        store.database.close()

    assert turns == [0, 1, 2]


# crashes ------------------------------------------------------------------------------------

CRASHING = """
import sys
from pathlib import Path

from mockserver.stores import State
from mockserver.stores.sqlite.store import SqliteStore
from tests.stores.sqlite.test_files import fill
from tests.stores.test_records import KINDS

store = SqliteStore(Path(sys.argv[1]), collections=KINDS)


def hang() -> None:
    fill(store, "half")
    fill(store, "mine")
    print("written", flush=True)
    sys.stdin.read()


store.atomic(fill)(store, "mine")
store.atomic(fill)(store, "mine")
store.atomic(hang)()
"""
ROOT = Path(__file__).parents[3]


def fill(store: SqliteStore, session: str) -> None:
    """Write to every table."""
    memory = store.find(session) or store.make(session, State(0))
    number = memory.records.number
    memory.records.commit([order(f"{session}-{number}", f"s{number}", due=NOON)])
    memory.state = memory.state._replace(rules={**memory.state.rules, f"rule-{number}": RULE})
    memory.counters.add("turn")
    memory.kept.put(("a", "id", str(number)), b"a/b")
    memory.journal.record(exchange(name=f"{session}-{number}", body=b"x" * 100_000))
    store.counters.add("met ")
    store.creators.add(("a", "id", str(number)), session)
    store.bind([(session, "query", session, str(number))])


def test_a_process_that_is_killed_in_a_step_leaves_those_that_it_had_finished(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a.db"
    with subprocess.Popen(
        [sys.executable, "-c", CRASHING, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"written\n"
        process.send_signal(signal.SIGKILL)
        process.wait()
    store = opened(file)

    def read() -> None:
        assert [name for name, _ in store.memories()] == ["mine"]
        memory = memory_of(store, "mine")
        assert [each.id for each in memory.records.all("orders")] == ["mine-1", "mine-2"]
        assert memory.records.holder("serial s3") is None
        assert list(memory.state.rules) == ["rule-1", "rule-2"]
        assert memory.counters.get("turn") == 2
        assert [kept[0][2] for kept in memory.kept.items()] == ["1", "2"]
        assert [each.id for each in memory.journal] == ["mine-1", "mine-2"]
        assert store.counters.get("met ") == 2
        assert [each[2] for each in store.creators.by("mine")] == ["1", "2"]
        assert [each[3] for each in store.bound() or ()] == ["1", "2"]

    store.atomic(read)()
    store.atomic(fill)(store, "mine")
    store.atomic(fill)(store, "half")
    assert store.database.one("PRAGMA integrity_check") == "ok"
    store.database.close()
