"""A server in a process of its own: started when it is needed, told to others, ended by its id.

Launch      one process, `python -m mockserver serve`
Desk        tells other processes of this machine where it is; the first that asks starts it
"""

import json
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO, Any, Final, NamedTuple

from mockserver.errors import MockServerError, UsageError

STOP_S: Final = 10.0  # for what is still being answered
# In a process beside the server: reads until whoever has started it is gone, however that came.
WATCH: Final = "import os, signal, sys; os.read(0, 1); os.kill(int(sys.argv[1]), signal.SIGTERM)"
START_S: Final = 120.0  # for a slow machine with many contracts


class Ready(NamedTuple):
    """What a server says when it is ready; `admin_url` is None where there is no admin API."""

    url: str
    admin_url: str | None
    admin_token: str | None


class Launch:
    """A server of its own process, which ends with this one at the latest.

    Args:
        arguments: Of `mockserver serve`; it takes a free port in any case.

    Attributes:
        ready: Where it is.

    Raises:
        UsageError: It did not start; the text is what it said.
    """

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        command = [sys.executable, "-m", "mockserver", "serve", "--log-level", "warning"]
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `end`
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            [*command, *arguments, "--port", "0", "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,  # an interrupt is ours: we end it when all is told
        )
        self._watch: subprocess.Popen[bytes] | None = None
        try:
            self._watch = subprocess.Popen(  # noqa: S603 - the same
                [sys.executable, "-ISc", WATCH, str(self.pid)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            self.ready = self._begun(arguments)
        except BaseException:  # an interrupt, too: nobody else knows the process
            self.end()
            raise

    def _begun(self, arguments: Sequence[str]) -> Ready:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            self._log.seek(0)
            said = self._log.read().decode(errors="replace").strip()
            raise UsageError(f"mockserver serve {' '.join(arguments)} did not start:\n{said}")
        told = json.loads(line)
        return Ready(told["url"], told["admin_url"], told["admin_token"])

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def end(self) -> None:
        """End the process, by force if it does not listen."""
        if self._watch is not None:
            self._watch.kill()
            self._watch.communicate()
        self._process.terminate()
        try:
            self._process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()


class Desk:
    """Tells whoever asks where the server is.

    Args:
        find: Gives that; called in a thread, with the first that asks.

    Attributes:
        address: Host and port where it can be asked.
    """

    def __init__(self, find: Callable[[], Ready]) -> None:
        self._find = find
        self._open = True
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address: tuple[str, int] = self._listening.getsockname()
        self._thread = threading.Thread(target=self._tell, name="mockserver desk", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Tell nobody any more."""
        self._open = False
        socket.create_connection(self.address).close()  # wakes the thread
        self._thread.join()
        self._listening.close()

    def _tell(self) -> None:
        while True:
            asking, _ = self._listening.accept()
            with asking:
                if not self._open:
                    return
                try:
                    told: dict[str, Any] = {"ready": self._find()}
                except (MockServerError, OSError, ValueError) as error:
                    told = {"error": str(error)}
                with suppress(OSError):  # who asked has ended meanwhile
                    asking.sendall(json.dumps(told).encode())


def asked(address: tuple[str, int]) -> Ready:
    """What a desk tells; raises `UsageError` where there is no server."""
    try:
        with socket.create_connection((address[0], address[1]), timeout=START_S) as asking:
            told = json.loads(b"".join(iter(lambda: asking.recv(65_536), b"")))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"the process that started this one tells of no server: {error}"
        ) from error
    if "error" in told:
        raise UsageError(told["error"])
    return Ready(*told["ready"])
