"""Journals in the memory of one process."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Final

from mockserver.exchange import Exchange
from mockserver.journal import BYTES_MAX, ENTRIES_MAX, ROOM_BYTES_MAX
from mockserver.record import Record

OVERHEAD_BYTES: Final = 1_024  # what an entry takes beside what was sent
HEADER_BYTES: Final = 128  # of one header, name and value; to measure each costs too much
CONSIDERED_BYTES: Final = 16  # of a rule that was looked at; what is said of it is shared
FIRED_BYTES: Final = 256  # of a transition
RECORD_BYTES: Final = 1_024  # of one version of a record beside its members
MEMBER_BYTES: Final = 128  # of one of its members; most are shared with other versions
PARSED_FACTOR: Final = 8  # a request's body is kept as sent and parsed, which takes this much more


class Room:
    """The memory that the journals of a server share.

    Where it does not do for all, the largest journal lets go of its older half: a session that
    asks little keeps its evidence while another floods the server.

    Attributes:
        bytes: About what all of them take; a journal counts its own in and out.
        bytes_max: What they may take.
    """

    def __init__(self, bytes_max: int = ROOM_BYTES_MAX) -> None:
        self.bytes = 0
        self.bytes_max = bytes_max
        self._journals: set[MemoryJournal] = set()

    def enter(self, journal: "MemoryJournal") -> None:
        """Count a journal in."""
        self._journals.add(journal)

    def leave(self, journal: "MemoryJournal") -> None:
        """Count a journal out, which is empty."""
        self._journals.discard(journal)

    def relieve(self) -> None:
        """Make room where there is none."""
        while self.bytes > self.bytes_max:
            largest = max(self._journals, key=lambda journal: journal.bytes)
            largest.shrink((len(largest) + 1) // 2)


class MemoryJournal:
    """See `Journal`.

    Args:
        entries_max: How many exchanges are kept.
        bytes_max: How much they take in memory.
        room: What it shares with other journals, None for nothing.

    Attributes:
        bytes: About what is kept takes in memory.
        dropped: How many exchanges are not kept, to stay within the ceilings.
        watchers: See `Journal`.
        look_s: The same.
    """

    look_s: float | None = None

    def __init__(
        self,
        *,
        entries_max: int = ENTRIES_MAX,
        bytes_max: int = BYTES_MAX,
        room: Room | None = None,
    ) -> None:
        self.watchers: set[Callable[[], None]] = set()
        self.bytes = 0
        self.dropped = 0
        self._entries: OrderedDict[str, Exchange] = OrderedDict()
        self._entries_max = entries_max
        self._bytes_max = bytes_max
        self._room = room
        if room is not None:
            room.enter(self)

    def record(self, exchange: Exchange) -> None:
        """See `Journal`."""
        weight = weight_of(exchange)
        if weight > self._bytes_max:
            self.dropped += 1
        else:
            exchange.weight = weight  # as counted now: it may change when it is delivered
            self._entries[exchange.id] = exchange
            self.bytes += weight
            room = self._room
            if room is not None:
                room.bytes += weight
                if room.bytes > room.bytes_max:
                    room.relieve()
            while self.bytes > self._bytes_max or len(self._entries) > self._entries_max:
                self.shrink(1)
        if self.watchers:
            self._wake()

    def shrink(self, count: int) -> None:
        """Let go of the `count` oldest exchanges."""
        for _ in range(count):
            _, oldest = self._entries.popitem(last=False)
            self.bytes -= oldest.weight
            if self._room is not None:
                self._room.bytes -= oldest.weight
        self.dropped += count

    def close(self) -> None:
        """See `Journal`."""
        self.clear()
        if self._room is not None:
            self._room.leave(self)
            self._room = None
        self._wake()

    def _wake(self) -> None:
        for wake in tuple(self.watchers):
            wake()

    def get(self, name: str) -> Exchange | None:
        """See `Journal`."""
        return self._entries.get(name)

    def clear(self) -> None:
        """See `Journal`."""
        if self._room is not None:
            self._room.bytes -= self.bytes
        self._entries.clear()
        self.bytes = 0
        self.dropped = 0

    def __iter__(self) -> Iterator[Exchange]:
        """See `Journal`."""
        return iter(tuple(self._entries.values()))

    def since(self, name: str) -> list[Exchange]:
        """See `Journal`."""
        newest = reversed(self._entries.values())
        return list(takewhile(lambda each: each.id != name, newest))

    def __reversed__(self) -> Iterator[Exchange]:
        """See `Journal`."""
        return iter(tuple(reversed(self._entries.values())))

    def __len__(self) -> int:
        """See `Journal`."""
        return len(self._entries)


def weight_of(exchange: Exchange) -> int:
    """About how many bytes of memory an exchange takes; cheap, since every request pays for it."""
    request = exchange.request
    weight = (
        OVERHEAD_BYTES
        + HEADER_BYTES * len(request.headers)
        + PARSED_FACTOR * len(request.body)
        + len(exchange.reply.body)
        + len(request.raw_path)
        + len(request.raw_query)
        + CONSIDERED_BYTES * len(exchange.steering.considered)
    )
    if exchange.touched:
        weight += sum(_versions(each.before, each.after) for each in exchange.touched)
    weight += FIRED_BYTES * len(exchange.fired)
    return weight


def _versions(before: Record | None, after: Record | None) -> int:
    """About what the versions of a record take that nobody but the journal may keep."""
    weight = 0
    for record in (before, after):
        if record is not None:
            weight += RECORD_BYTES + MEMBER_BYTES * len(record.data)
    return weight
