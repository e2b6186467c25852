"""The SQLite file: its tables, its connection, and one step as one transaction.

A step begins by taking the right to write, so steps of all processes happen one after another and
none is ever done half. What a process has read before stays good until another process writes:
`generation` says when that was.
"""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, Final

from mockserver.clock import wall_s
from mockserver.record import Stopped
from mockserver.stores import P, R, StoreError

APPLICATION: Final = 0x6D6F636B  # "mock": tells our files from those of others
VERSION: Final = 1  # of the tables; a file of another one is refused
BUSY_S: Final = 2.0  # how long a step waits for those of other processes
TRIES: Final = 5  # to have a write-ahead log
NANOSECONDS: Final = 10**9  # of a second
CHECKPOINT_PAGES: Final = 8_000  # that are written beside the file before they are put into it
CACHE_KIB: Final = 16_000
STATEMENTS_MAX: Final = 256  # that stay compiled

# `key` of a record goes up as records are made, `number` of an exchange as they are recorded, and
# `due_sequence` as due times are given; `bound` counts the changes of bindings.
TABLES: Final = """
CREATE TABLE numbers (bound INTEGER NOT NULL);
INSERT INTO numbers VALUES (0);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    state BLOB NOT NULL,
    used_s REAL NOT NULL,
    made INTEGER NOT NULL DEFAULT 0,
    requests INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    dropped INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE records (
    key INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    record BLOB NOT NULL,
    due INTEGER,
    due_sequence INTEGER,
    first_facet TEXT,
    other_facets TEXT,
    stamp REAL,
    UNIQUE (session, collection, id)
);
CREATE INDEX made ON records (session, collection, key);
CREATE INDEX due ON records (session, due, due_sequence) WHERE due IS NOT NULL;
CREATE INDEX filed ON records (session, collection, first_facet, other_facets, stamp)
    WHERE first_facet IS NOT NULL;
CREATE TABLE sizes (
    session INTEGER NOT NULL,
    collection TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (session, collection)
) WITHOUT ROWID;
CREATE TABLE keys (
    session INTEGER NOT NULL,
    collection TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (session, collection, name, value, record)
) WITHOUT ROWID;
CREATE TABLE claims (
    session INTEGER NOT NULL,
    claim TEXT NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (session, claim)
) WITHOUT ROWID;
CREATE INDEX claimed ON claims (record);
CREATE TABLE counters (
    session INTEGER NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (session, name)
) WITHOUT ROWID;
CREATE TABLE kept (
    key INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    api TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    scenarios BLOB NOT NULL,
    UNIQUE (session, api, name, value)
);
CREATE TABLE creators (
    key INTEGER PRIMARY KEY,
    api TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    session TEXT NOT NULL,
    UNIQUE (api, name, value, session)
);
CREATE INDEX creations ON creators (session);
CREATE TABLE bindings (
    key INTEGER PRIMARY KEY,
    session TEXT NOT NULL,
    location TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL
);
CREATE TABLE rules (
    session INTEGER NOT NULL,
    id TEXT NOT NULL,
    node BLOB NOT NULL,
    PRIMARY KEY (session, id)
) WITHOUT ROWID;
CREATE TABLE exchanges (
    number INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    id TEXT NOT NULL,
    weight INTEGER NOT NULL,
    exchange BLOB NOT NULL,
    request_body BLOB NOT NULL,
    reply_body BLOB NOT NULL
);
CREATE INDEX recorded ON exchanges (session, number);
CREATE INDEX named ON exchanges (session, id);
"""
# The tables with rows of a session, by its id.
OF_SESSION: Final = ("records", "sizes", "keys", "claims", "counters", "kept", "rules", "exchanges")

logger = logging.getLogger(__name__)


class Database:
    """One file, and this process' connection to it, which is made when it is first needed.

    Args:
        path: Of the file; it is made where there is none.
        before_commit: Called at the end of each step, while it can still write.
        undone: Called when a step was not done, or the file is another one.

    Attributes:
        generation: Another number whenever what was read before may not be so any more.
    """

    def __init__(
        self,
        path: Path,
        before_commit: Callable[[], None] = lambda: None,
        undone: Callable[[], None] = lambda: None,
    ) -> None:
        self.path = path
        self.generation = 0
        self._before_commit = before_commit
        self._undone = undone
        self._connection: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None  # which one the connection has
        self._failure: sqlite3.Error | None = None  # the first one of a step
        self._last_due = 0
        self._version = 0  # of what is in the file, as SQLite counts it for this connection

    # statements ---------------------------------------------------------------------------

    def run(self, statement: str, *values: Any) -> sqlite3.Cursor:
        """Do a statement of a step; raises `sqlite3.Error`, and then the step is not done."""
        try:
            return self._sound().execute(statement, values)
        except sqlite3.Error as error:
            self._failure = error
            raise

    def run_each(self, statement: str, rows: Iterator[Sequence[Any]]) -> None:
        """Do a statement for each row of values, as `run` does."""
        try:
            self._sound().executemany(statement, rows)
        except sqlite3.Error as error:
            self._failure = error
            raise

    def one(self, statement: str, *values: Any) -> Any:
        """The only value that a statement gives, None for none."""
        row = self.run(statement, *values).fetchone()
        return None if row is None else row[0]

    def _sound(self) -> sqlite3.Connection:
        """The connection, for a step in which nothing has failed.

        Who asked may have gone on after a failure, as where a simulation fails. But of what was
        done before it SQLite may have undone nothing, or all, and then each statement is for good.
        """
        if self._failure is not None:
            raise self._failure
        return self._open()

    def next_due(self) -> int:
        """A number of a due time, greater than all before, also those of other processes."""
        self._last_due = max(self._last_due + 1, int(wall_s() * NANOSECONDS))
        return self._last_due

    # steps --------------------------------------------------------------------------------

    def atomic(self, step: Callable[P, R]) -> Callable[P, R]:
        """See `Store`."""

        @wraps(step)
        def whole(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                self._begin()
                try:
                    result = step(*args, **kwargs)
                except Stopped:
                    self._commit()
                    raise
                self._commit()
            except sqlite3.Error as error:
                self._undo()
                if _code(error) == sqlite3.SQLITE_READONLY:
                    self.close()  # a connection that was made while it was so never writes
                raise self._away(error) from error
            except Stopped:
                raise
            except BaseException:
                self._undo()
                raise
            return result

        return whole

    def _begin(self) -> None:
        if self._connection is not None and self._file != _identity(self.path):
            logger.warning("%s was removed or replaced: what is there now is used", self.path)
            self.close()
            self._undone()
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._version:
            self._version = version
            self.generation += 1

    def _commit(self) -> None:
        self._before_commit()
        self._sound().execute("COMMIT")

    def _undo(self) -> None:
        """Let nothing be done; where even that fails, begin with another connection."""
        self.generation += 1
        self._failure = None
        self._undone()
        connection = self._connection
        if connection is None or not connection.in_transaction:
            return
        try:
            connection.execute("ROLLBACK")
        except sqlite3.Error:
            self.close()

    def _away(self, error: sqlite3.Error) -> StoreError:
        return StoreError(f"The store {self.path} cannot be used: {self._why(error)}")

    def _why(self, error: sqlite3.Error) -> str:
        """What is wrong, and what to do where that is known."""
        if self.path.is_dir():
            return "it is a folder; name a file in it"
        if not self.path.parent.is_dir():
            return f"there is no folder {self.path.parent}; make it, or name another"
        code = _code(error)
        if code == sqlite3.SQLITE_NOTADB:
            return "it is no SQLite file; name another"
        hint = ""
        if code == sqlite3.SQLITE_BUSY:
            hint = f": another process has not let go of it in {BUSY_S:g} s"
        elif code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            hint = ": we have to be allowed to write to it and to its folder"
        return f"{error}{hint}; nothing is done"

    # the file -----------------------------------------------------------------------------

    def check(self) -> None:
        """Open the file, make its tables where it is new, and close it again.

        Raises:
            StoreError: It cannot be read and written, or is not of this version.
        """
        try:
            self._open()
            self.atomic(self.run)("UPDATE numbers SET bound = bound")  # can it be written?
        except sqlite3.Error as error:
            raise self._away(error) from error
        finally:
            self.close()

    def close(self) -> None:
        """Leave the file; the next step opens it again."""
        connection, self._connection = self._connection, None
        self.generation += 1
        if connection is not None:
            with suppress(sqlite3.Error):
                connection.close()

    def _open(self) -> sqlite3.Connection:
        connection = self._connection
        if connection is None:
            connection = sqlite3.connect(
                self.path,
                timeout=BUSY_S,
                isolation_level=None,  # transactions are ours
                check_same_thread=False,  # one at a time, but tests call from several
                cached_statements=STATEMENTS_MAX,
            )
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection, self._file = connection, _identity(self.path)
            self._version = 0
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Set up a connection, and the tables where there are none."""
        self._is_new(connection)  # a file of others stays as it is
        _log_ahead(connection)
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("PRAGMA synchronous = NORMAL")  # a crash of the process loses nothing
        connection.execute("BEGIN IMMEDIATE")
        if self._is_new(connection):
            for statement in TABLES.split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION}")
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")

    def _is_new(self, connection: sqlite3.Connection) -> bool:
        """Whether nothing is in the file; raises `StoreError` for what is not ours."""
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if not (application or version or tables):
            return True
        if application != APPLICATION:
            raise StoreError(f"{self.path} is an SQLite file of another program; name another")
        if version != VERSION:
            text = f"{self.path} was written by another version of mockserver (tables {version}"
            text += f", not {VERSION}); use that version, or name another file to begin anew"
            raise StoreError(text)
        return False


def _code(error: sqlite3.Error) -> int:
    """What kind of failure it is, 0 where SQLite does not say."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _identity(path: Path) -> tuple[int, int] | None:
    """Tells a file from another one that has its path, None where there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - each step asks
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Let the file have a write-ahead log.

    Of several processes that begin at once with a new file, SQLite turns all but one away.
    """
    left = TRIES
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            left -= 1
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not left:
                raise
        else:
            return
        connection.execute("BEGIN IMMEDIATE")  # waits for who was first
        connection.execute("ROLLBACK")
