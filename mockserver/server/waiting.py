"""Callers that wait for something to happen in a session: how many may, and how they are woken.

Between looks a waiting caller costs nothing; a record in the journal that it watches wakes it.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from mockserver.journal import Journal
from mockserver.server.asgi import Receive
from mockserver.server.breakage import departure
from mockserver.server.delivery import Disconnected

WAITING_MAX: Final = 100
RARELY_MAX: Final = 16  # times the least pause between two looks


class Waiters:
    """All callers that wait.

    Args:
        most: How many may at once.
    """

    def __init__(self, most: int = WAITING_MAX) -> None:
        self.most = most
        self._number = 0

    async def until(
        self, missing: Callable[[], Journal | None], timeout_s: float, receive: Receive
    ) -> bool:
        """Wait until nothing is missing or time is up; False, and at once, when there is no room.

        Args:
            missing: Gives the journal to watch, None when there is nothing left to wait for.
            timeout_s: On the wall clock.
            receive: ASGI's, of a request whose body was read.

        Raises:
            Disconnected: The caller left.
        """
        if timeout_s <= 0 or missing() is None:
            return True
        if self._number >= self.most:
            return False
        self._number += 1
        try:
            async with asyncio.timeout(timeout_s):
                await _watch(missing, receive)
        except TimeoutError:
            pass
        finally:
            self._number -= 1
        return True


async def _watch(missing: Callable[[], Journal | None], receive: Receive) -> None:
    """Look again after each record until nothing is missing; raises `Disconnected`.

    What other processes record wakes nobody: where there are any, look again now and then, less and
    less often.
    """
    rarely = 1
    woken = asyncio.Event()
    loop = asyncio.get_running_loop()

    def wake() -> None:
        loop.call_soon_threadsafe(woken.set)  # who records may be of another thread

    leaving = asyncio.create_task(departure(receive))
    leaving.add_done_callback(lambda _: woken.set())
    try:
        while (journal := missing()) is not None:
            journal.watchers.add(wake)
            try:
                with suppress(TimeoutError):
                    look_s = journal.look_s
                    async with asyncio.timeout(look_s and look_s * rarely):
                        await woken.wait()
            finally:
                journal.watchers.discard(wake)
            if leaving.done():
                raise Disconnected
            woken.clear()
            rarely = min(2 * rarely, RARELY_MAX)
    finally:
        leaving.cancel()
