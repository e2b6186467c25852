"""What happened in a session: every exchange, bounded in number and in bytes.

An entry is the exchange as it was decided; texts, HAR and NDJSON are made of it, less its secrets,
only when somebody asks. Beyond the ceilings the oldest entries go, and `dropped` says how many.
Where the entries are is a store's.
"""

from collections.abc import Callable, Iterator
from typing import Final, Protocol

from mockserver.exchange import Exchange

ENTRIES_MAX: Final = 10_000
BYTES_MAX: Final = 64 * 1024 * 1024
ROOM_BYTES_MAX: Final = 256 * 1024 * 1024  # of all journals of a server


class Journal(Protocol):
    """The exchanges of one session, oldest first.

    Attributes:
        watchers: Called without arguments after each record, on the way of the request, and when
            the journal is closed: they only wake somebody up, never raise and never wait. They may
            add and remove watchers.
        look_s: How often to look for what other processes record; None where there are none.
    """

    watchers: set[Callable[[], None]]
    look_s: float | None

    @property
    def dropped(self) -> int:
        """How many exchanges are not kept, to stay within the ceilings."""

    def record(self, exchange: Exchange) -> None:
        """Keep an exchange, whose id is new, and let go of the oldest beyond the ceilings.

        One that is larger than all the room there is counts as dropped at once: it would take
        everything else with it and not fit even then.
        """

    def get(self, name: str) -> Exchange | None:
        """The exchange with the id `name`, None when it is unknown or dropped."""

    def clear(self) -> None:
        """Forget everything, the count of what was dropped too; watchers stay."""

    def close(self) -> None:
        """Forget everything and take no more room; who waits is woken, as nothing will come."""

    def __iter__(self) -> Iterator[Exchange]:
        """What is kept now, oldest first; what is recorded meanwhile does not disturb."""

    def __reversed__(self) -> Iterator[Exchange]:
        """What is kept now, newest first."""

    def since(self, name: str) -> list[Exchange]:
        """What came after the exchange with the id `name`, newest first; all that is kept for "".

        Takes only as long as that is much, however much is kept.
        """

    def __len__(self) -> int:
        """How many exchanges are kept."""
