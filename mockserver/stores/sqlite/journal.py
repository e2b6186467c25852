"""The journal of one session in an SQLite file; rows of all sessions share the order of events."""

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from mockserver.codec import Encoded, decode_exchange, encode_exchange
from mockserver.exchange import Exchange
from mockserver.journal import BYTES_MAX, ROOM_BYTES_MAX
from mockserver.scenario import Rule
from mockserver.stores.sqlite.database import Database

LOOK_S: Final = 0.02  # how often a waiter looks for what other processes record
PORTION: Final = 100  # exchanges that are read at once where all are asked for
OVERHEAD_BYTES: Final = 200  # of a row and its places in the indexes
COLUMNS: Final = "exchange, request_body, reply_body, weight"


class Room:
    """The part of the file that the journals of all sessions share.

    Where it does not do for all, the largest journal lets go of its older half: a session that
    asks little keeps its evidence while another floods the server.

    Args:
        database: The file.
        bytes_max: What they may take.
    """

    def __init__(self, database: Database, bytes_max: int = ROOM_BYTES_MAX) -> None:
        self._database = database
        self._bytes_max = bytes_max
        self._unseen = bytes_max  # bytes that this process has written since it looked

    def take(self, weight: int) -> None:
        """Count bytes that were written; make room where there is none.

        All journals are weighed when a sixteenth of the room was written, not each time.
        """
        self._unseen += weight
        if self._unseen < self._bytes_max // 16:
            return
        self._unseen = 0
        while (self._database.one("SELECT sum(bytes) FROM sessions") or 0) > self._bytes_max:
            session, requests = self._database.run(
                "SELECT id, requests FROM sessions ORDER BY bytes DESC LIMIT 1"
            ).fetchone()
            shrink(self._database, session, (requests + 1) // 2)


def shrink(database: Database, session: int, count: int) -> None:
    """Let go of the `count` oldest exchanges of a session."""
    numbers = "SELECT number FROM exchanges WHERE session = ? ORDER BY number LIMIT ?"
    rows = database.run(
        f"DELETE FROM exchanges WHERE number IN ({numbers}) RETURNING weight",  # noqa: S608 - a literal
        session,
        count,
    ).fetchall()
    database.run(
        "UPDATE sessions SET requests = requests - ?, bytes = bytes - ?, dropped = dropped + ? "
        "WHERE id = ?",
        len(rows),
        sum(weight for (weight,) in rows),
        len(rows),
        session,
    )


class SqliteJournal:
    """See `Journal`.

    Args:
        database: The file.
        session: Its id there.
        rule_of: The rule with an id, None where it is not there any more.
        entries_max: How many exchanges are kept.
        room: What it shares with other journals.

    Attributes:
        watchers: See `Journal`.
        look_s: The same.
    """

    look_s: float | None = LOOK_S

    def __init__(
        self,
        database: Database,
        session: int,
        rule_of: Callable[[str], Rule | None],
        *,
        entries_max: int,
        room: Room,
    ) -> None:
        self.watchers: set[Callable[[], None]] = set()
        self._database = database
        self._session = session
        self._rule_of = rule_of
        self._entries_max = entries_max
        self._room = room

    @property
    def dropped(self) -> int:
        """See `Journal`."""
        return self._one("SELECT dropped FROM sessions WHERE id = ?")

    def record(self, exchange: Exchange) -> None:
        """See `Journal`."""
        encoded = encode_exchange(exchange)
        weight = OVERHEAD_BYTES + sum(map(len, encoded))
        if weight > BYTES_MAX:
            self._database.run(
                "UPDATE sessions SET dropped = dropped + 1 WHERE id = ?", self._session
            )
        else:
            self._database.run(
                "INSERT INTO exchanges (session, id, weight, exchange, request_body, reply_body) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                self._session,
                exchange.id,
                weight,
                *encoded,
            )
            requests, size = self._database.run(
                "UPDATE sessions SET requests = requests + 1, bytes = bytes + ? WHERE id = ? "
                "RETURNING requests, bytes",
                weight,
                self._session,
            ).fetchone()
            while requests > self._entries_max or size > BYTES_MAX:
                shrink(self._database, self._session, 1)
                requests -= 1
                size = self._one("SELECT bytes FROM sessions WHERE id = ?")
            self._room.take(weight)
        self._wake()

    def close(self) -> None:
        """See `Journal`: who drops the session deletes the rows."""
        self._wake()

    def _wake(self) -> None:
        for wake in tuple(self.watchers):
            wake()

    def get(self, name: str) -> Exchange | None:
        """See `Journal`."""
        select = f"SELECT {COLUMNS} FROM exchanges WHERE session = ? AND id = ?"  # noqa: S608 - a literal
        row = self._database.run(select, self._session, name).fetchone()
        return None if row is None else self._decoded(row)

    def clear(self) -> None:
        """See `Journal`."""
        self._database.run("DELETE FROM exchanges WHERE session = ?", self._session)
        self._database.run(
            "UPDATE sessions SET requests = 0, bytes = 0, dropped = 0 WHERE id = ?", self._session
        )

    def __iter__(self) -> Iterator[Exchange]:
        """See `Journal`."""
        return self._all("ASC")

    def __reversed__(self) -> Iterator[Exchange]:
        """See `Journal`."""
        return self._all("DESC")

    def _all(self, order: str, after: int = 0) -> Iterator[Exchange]:
        """What is there now and was recorded after a number; nothing is left half read."""
        select = "SELECT number FROM exchanges WHERE session = ? AND number > ? ORDER BY number "
        numbers = self._database.run(f"{select} {order}", self._session, after).fetchall()
        first = self._rows(numbers[:PORTION], order)
        portions = (numbers[each:][:PORTION] for each in range(PORTION, len(numbers), PORTION))
        rows = chain(first, chain.from_iterable(self._rows(each, order) for each in portions))
        return map(self._decoded, rows)

    def _rows(self, numbers: Sequence[Sequence[int]], order: str) -> Sequence[Any]:
        """The rows from the first of these numbers to the last."""
        if not numbers:
            return ()
        ends = numbers[0][0], numbers[-1][0]
        return self._database.run(
            f"SELECT {COLUMNS} FROM exchanges WHERE session = ? "  # noqa: S608 - literals
            f"AND number BETWEEN ? AND ? ORDER BY number {order}",
            self._session,
            min(ends),
            max(ends),
        ).fetchall()

    def since(self, name: str) -> list[Exchange]:
        """See `Journal`."""
        after = 0
        if name:
            number = "SELECT number FROM exchanges WHERE session = ? AND id = ?"
            after = self._database.one(number, self._session, name) or 0
        return list(self._all("DESC", after))

    def __len__(self) -> int:
        """See `Journal`."""
        return self._one("SELECT requests FROM sessions WHERE id = ?")

    def _one(self, statement: str) -> int:
        return self._database.one(statement, self._session) or 0

    def _decoded(self, row: Any) -> Exchange:
        *encoded, weight = row
        exchange = decode_exchange(Encoded(*encoded), self._rule_of)
        exchange.weight = weight
        return exchange
