"""Numbers by name in an SQLite file, of one session or of the server."""

from collections.abc import Iterable

from mockserver.stores.sqlite.database import Database


class SqliteCounters:
    """See `Counters`.

    Args:
        database: The file.
        session: Its id there, `SERVER` for those of the server.
    """

    def __init__(self, database: Database, session: int) -> None:
        self._database = database
        self._session = session

    def get(self, name: str) -> int:
        """See `Counters`."""
        value = "SELECT value FROM counters WHERE session = ? AND name = ?"
        return self._database.one(value, self._session, name) or 0

    def add(self, name: str) -> int:
        """See `Counters`."""
        value: int = self._database.one(
            "INSERT INTO counters VALUES (?, ?, 1) "
            "ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
            self._session,
            name,
        )
        return value - 1

    def items(self, prefix: str) -> Iterable[tuple[str, int]]:
        """See `Counters`."""
        return self._database.run(
            "SELECT name, value FROM counters WHERE session = ? AND substr(name, 1, ?) = ?",
            self._session,
            len(prefix),
            prefix,
        ).fetchall()

    def forget(self, prefix: str) -> None:
        """See `Counters`."""
        self._database.run(
            "DELETE FROM counters WHERE session = ? AND substr(name, 1, ?) = ?",
            self._session,
            len(prefix),
            prefix,
        )
