"""Several processes that serve alike, and their parent, which sees to it that they live.

    parent    has loaded everything and bound the port; forks, waits, forks anew; serves nothing
    worker    what a fork becomes: it works, says once that it is ready, and ends by a signal

The parent runs no event loop and no thread: so it may fork at any time, and a worker that dies is
replaced by what was loaded at the start, in no time. It is fit to be process 1 of a container: it
hears signals from the first moment on, and reaps whoever ends, orphans too.

The workers all accept on the listening sockets that they have inherited. With a socket for each
(SO_REUSEPORT) the system would spread connections more evenly, but those that wait for a worker
that is killed, or hangs, would be lost or wait with it, and a second server on the same port would
go unnoticed. So nothing is lost while one worker lives, nor while none does: what connects waits
until the next one accepts. `SharedProtocol` helps the spread.

What a worker does and how it serves is not known here.
"""

import logging
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, NoReturn

from mockserver.errors import MockServerError, UsageError

END_S: Final = 1.75  # from a signal to the end: who has not ended by then is killed
PAUSE_S: Final = 0.1  # before the next start, for each that has failed
FAILURES_MAX: Final = 5  # in a row
SIGNALLED: Final = 128
ENDING: Final = (signal.SIGTERM, signal.SIGINT)
READY: Final = b"\0"  # what a worker says; anything else is why it cannot work
WORDS_MAX: Final = 60_000  # bytes: a pipe takes them without a reader

Work = Callable[[Callable[[], None]], int]

logger = logging.getLogger(__name__)


def supervise(
    count: int, work: Work, *, on_ready: Callable[[], None], on_end: Callable[[], None]
) -> int:
    """Keep `count` processes at work until a signal comes; returns the exit code.

    Args:
        count: How many.
        work: What each does until SIGTERM or SIGINT; called in a process of its own with what it
            calls when it is ready, and returns its exit code.
        on_ready: Called once, when all are ready.
        on_end: Called when a signal has come, before the workers are told.

    Returns:
        128 and the number of the signal; 1 when workers end before they are ready, again and again.

    Raises:
        UsageError: A first worker says why it cannot work, or this system cannot fork.
    """
    if not hasattr(os, "fork"):
        raise UsageError(
            f"--workers {count} needs fork, which this system does not have; allowed: 1"
        )
    with _Supervisor(work).hearing() as supervisor:
        try:
            return supervisor.run(count, on_ready)
        finally:
            on_end()
            supervisor.end()


@dataclass(slots=True)
class _Worker:
    """One process; `mouth` is where it says something, once, and then None."""

    mouth: int | None
    ready: bool = False
    trouble: str = ""

    def listen(self) -> None:
        """Take what it has said, if that was not done before."""
        if self.mouth is None:
            return
        with open(self.mouth, "rb", buffering=0) as mouth:  # noqa: PTH123 - no path
            said = mouth.read(1)
            self.ready = said == READY
            if said and not self.ready:
                self.trouble = (said + mouth.read()).decode(errors="replace")
        self.mouth = None


class _Supervisor:
    """The parent's side."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._workers: dict[int, _Worker] = {}
        self._failures = 0
        self._pause_until = 0.0
        self._leash, self._hold = os.pipe()  # whose last end, `hold`, closes when the parent ends
        self._heard, self._bell = os.pipe()  # gets the number of each signal

    @contextmanager
    def hearing(self) -> Iterator["_Supervisor"]:
        """Hear signals by `_bell`, where waiting for several things at once hears them."""
        os.set_blocking(self._heard, False)
        os.set_blocking(self._bell, False)
        bell = signal.set_wakeup_fd(self._bell, warn_on_full_buffer=False)
        heard = (*ENDING, signal.SIGCHLD)
        before = {number: signal.signal(number, _noted) for number in heard}
        try:
            yield self
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(bell)
            for each in (self._leash, self._hold, self._heard, self._bell):
                os.close(each)

    def run(self, count: int, on_ready: Callable[[], None]) -> int:
        """Start workers, and start them anew, until a signal comes or they fail in a row."""
        told = False
        while True:
            now = time.monotonic()
            while len(self._workers) < count and now >= self._pause_until:
                self._start()
            pause = self._pause_until - now if len(self._workers) < count else None
            for number in self._wait(pause):
                if number in ENDING:
                    return SIGNALLED + number
            for pid, status in _ended():
                worker = self._workers.pop(pid, None)
                if worker:  # else it is an orphan that came to process 1
                    self._lost(worker, pid, status, told=told)
            if self._failures >= FAILURES_MAX:
                logger.error(
                    "%d workers in a row ended before they were ready: the server ends",
                    self._failures,
                )
                return 1
            ready = sum(worker.ready for worker in self._workers.values())
            if ready == count and not told:
                told = True
                on_ready()

    def end(self) -> None:
        """End the workers: those that do not, in time or before another signal, by force."""
        for pid in self._workers:
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + END_S
        while self._workers:
            left = deadline - time.monotonic()
            if left <= 0 or any(number in ENDING for number in self._wait(left)):
                break
            self._forget()
        for pid in self._workers:
            os.kill(pid, signal.SIGKILL)
        while self._workers:
            self._wait(PAUSE_S)
            self._forget()

    def _forget(self) -> None:
        """Let go of those that have ended."""
        for pid, _ in _ended():
            worker = self._workers.pop(pid, None)
            if worker:
                worker.listen()

    def _wait(self, seconds: float | None) -> Sequence[int]:
        """Wait for signals, which are returned, and for what workers say."""
        mouths = {
            worker.mouth: worker for worker in self._workers.values() if worker.mouth is not None
        }
        speaking, _, _ = select.select([self._heard, *mouths], (), (), seconds)
        for each in speaking:
            if each != self._heard:
                self._hear(mouths[each])
        with suppress(BlockingIOError):
            return os.read(self._heard, 4096)
        return ()

    def _hear(self, worker: _Worker) -> None:
        before = worker.ready
        worker.listen()
        if worker.ready and not before:
            self._failures = 0

    def _lost(self, worker: _Worker, pid: int, status: int, *, told: bool) -> None:
        """A worker has ended that should not have."""
        self._hear(worker)
        if worker.trouble and not told:
            raise UsageError(worker.trouble)
        code = os.waitstatus_to_exitcode(status)
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
        why = f": {worker.trouble}" if worker.trouble else ""
        logger.warning("worker %d has ended %s%s; another takes its place", pid, how, why)
        if not worker.ready:
            self._fail()

    def _fail(self) -> None:
        self._failures += 1
        self._pause_until = time.monotonic() + PAUSE_S * self._failures

    def _start(self) -> None:
        """Fork a worker."""
        listening, mouth = os.pipe()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # else it would be written twice
        # A signal before the worker has handlers of its own would ring our bell, and be lost to it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, (*ENDING, signal.SIGCHLD))
        try:
            pid = os.fork()
            if not pid:
                self._become_worker(listening, mouth, before)
        except OSError as error:
            logger.error("no worker can be started: %s", error.strerror)  # noqa: TRY400 - one line
            os.close(listening)
            self._fail()
        else:
            self._workers[pid] = _Worker(listening)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(mouth)

    def _become_worker(self, listening: int, mouth: int, mask: Iterable[int]) -> NoReturn:
        """Work, and end the process: nothing of the parent's may be unwound here."""
        code = 1
        ready = False

        def tell() -> None:
            nonlocal ready
            ready = True
            _say(mouth, READY)

        try:
            signal.set_wakeup_fd(-1)
            for number in (*ENDING, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            others = (worker.mouth for worker in self._workers.values() if worker.mouth is not None)
            for each in (self._hold, self._heard, self._bell, listening, *others):
                os.close(each)
            threading.Thread(target=_follow, args=[self._leash], daemon=True).start()
            code = self._work(tell)
        except MockServerError as error:
            if ready:  # the parent listens no more
                logger.error("%s", error)  # noqa: TRY400 - it was raised on purpose
            else:
                _say(mouth, str(error).encode()[:WORDS_MAX])
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else 1
        except BaseException:  # noqa: BLE001 - there is nobody above
            traceback.print_exc()
        finally:
            with suppress(OSError):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)


def _noted(_number: int, _frame: object) -> None:
    """Nothing: the bell has rung."""


def _ended() -> Iterator[tuple[int, int]]:
    """Process id and status of each child that has ended since."""
    with suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            yield found


def _say(mouth: int, what: bytes) -> None:
    with suppress(OSError):  # the parent has ended: so shall we, see `_follow`
        os.write(mouth, what)


def _follow(leash: int) -> None:
    """End when the parent does, whatever ended it; a thread, so that no work is in the way."""
    os.read(leash, 1)  # nobody writes: it returns when nobody could
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(END_S)
    os._exit(1)
