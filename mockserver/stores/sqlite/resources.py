"""What an SQLite file has of resources: scenarios that stay with them, and who created them."""

from collections.abc import Iterable
from typing import Final

from mockserver.stores import CREATED_MAX, DEFAULT, KEPT_MAX, Resource
from mockserver.stores.sqlite.database import Database

CHECKED: Final = 1_000  # after so many that it adds, a process counts whether they are too many
LED: Final = "SELECT EXISTS (SELECT 1 FROM creators WHERE session {} ?)"  # by its index


class SqliteKept:
    """See `Kept`.

    Args:
        database: The file.
        session: Its id there.
    """

    def __init__(self, database: Database, session: int) -> None:
        self._database = database
        self._session = session
        self._generation = -1
        self._any = False
        self._put = 0

    def __bool__(self) -> bool:
        """See `Kept`."""
        if self._generation != self._database.generation:
            self._generation = self._database.generation
            there = "SELECT EXISTS (SELECT 1 FROM kept WHERE session = ?)"
            self._any = bool(self._database.one(there, self._session))
        return self._any

    def items(self) -> Iterable[tuple[Resource, bytes]]:
        """See `Kept`."""
        rows = self._database.run(
            "SELECT api, name, value, scenarios FROM kept WHERE session = ? ORDER BY key",
            self._session,
        )
        return [((api, name, value), scenarios) for api, name, value, scenarios in rows]

    def get(self, resource: Resource) -> bytes | None:
        """See `Kept`."""
        found: bytes | None = self._database.one(
            "SELECT scenarios FROM kept WHERE session = ? AND api = ? AND name = ? AND value = ?",
            self._session,
            *resource,
        )
        return found

    def put(self, resource: Resource, scenarios: bytes) -> None:
        """See `Kept`."""
        self.drop(resource)
        self._database.run(
            "INSERT INTO kept (session, api, name, value, scenarios) VALUES (?, ?, ?, ?, ?)",
            self._session,
            *resource,
            scenarios,
        )
        self._generation = -1
        self._put += 1
        if self._put % CHECKED == 0:
            self._database.run(
                "DELETE FROM kept WHERE key IN (SELECT key FROM kept WHERE session = ? "
                "ORDER BY key DESC LIMIT -1 OFFSET ?)",
                self._session,
                KEPT_MAX,
            )

    def drop(self, resource: Resource) -> None:
        """See `Kept`."""
        if not self:
            return
        self._database.run(
            "DELETE FROM kept WHERE session = ? AND api = ? AND name = ? AND value = ?",
            self._session,
            *resource,
        )
        self._generation = -1

    def clear(self) -> None:
        """See `Kept`."""
        self._database.run("DELETE FROM kept WHERE session = ?", self._session)
        self._generation = -1


class SqliteCreators:
    """See `Creators`.

    Args:
        database: The file.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._generation = -1
        self._led = False
        self._added = 0

    @property
    def led(self) -> bool:
        """See `Creators`."""
        if self._generation != self._database.generation:
            self._generation = self._database.generation
            self._led = any(self._database.one(LED.format(each), DEFAULT) for each in "<>")
        return self._led

    def by(self, session: str) -> Iterable[Resource]:
        """See `Creators`."""
        created = "SELECT api, name, value FROM creators WHERE session = ? ORDER BY key"
        return self._database.run(created, session).fetchall()

    def of(self, resource: Resource) -> tuple[str, ...]:
        """See `Creators`."""
        rows = self._database.run(
            "SELECT session FROM creators WHERE api = ? AND name = ? AND value = ? ORDER BY key",
            *resource,
        )
        return tuple(session for (session,) in rows)

    def add(self, resource: Resource, session: str) -> None:
        """See `Creators`."""
        self._database.run(
            "INSERT OR IGNORE INTO creators (api, name, value, session) VALUES (?, ?, ?, ?)",
            *resource,
            session,
        )
        self._generation = -1
        self._added += 1
        if self._added % CHECKED == 0:
            oldest = "SELECT key FROM creators ORDER BY key DESC LIMIT -1 OFFSET ?"
            self._database.run(f"DELETE FROM creators WHERE key IN ({oldest})", CREATED_MAX)  # noqa: S608 - a literal

    def remove(self, resource: Resource, session: str) -> None:
        """See `Creators`."""
        self._database.run(
            "DELETE FROM creators WHERE api = ? AND name = ? AND value = ? AND session = ?",
            *resource,
            session,
        )
        self._generation = -1

    def drop(self, session: str) -> None:
        """See `Creators`."""
        self._database.run("DELETE FROM creators WHERE session = ?", session)
        self._generation = -1
