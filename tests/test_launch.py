import io
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from mockserver.client import Client
from mockserver.errors import ClientError, UsageError
from mockserver.launch import Desk, Launch, Ready, asked

AGILE = Path(__file__).parents[1] / "specs" / "agile-tv-v3.yaml"
THERE = Ready("http://127.0.0.1:1", "http://127.0.0.1:1/__admin", "s3cret")


def test_a_server_is_started_with_its_arguments_and_ended() -> None:
    launch = Launch([str(AGILE), "--admin-token", "s3cret", "--port", "1"])
    try:
        with Client(launch.ready.url, token=launch.ready.admin_token) as client:
            assert client.health().contracts == 1
            assert client.sessions()
    finally:
        launch.end()

    with pytest.raises(ProcessLookupError):
        os.kill(launch.pid, 0)


def test_a_server_that_does_not_start_says_why() -> None:
    with pytest.raises(UsageError, match=r"serve nowhere.yaml did not start:\n.*nowhere.yaml"):
        Launch(["nowhere.yaml"])


def test_an_interrupt_while_it_starts_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Interrupted(io.BytesIO):
        def readline(self, _: int | None = -1, /) -> bytes:
            raise KeyboardInterrupt

    class Slow(subprocess.Popen[bytes]):
        def __init__(self, _: list[str], **how: Any) -> None:
            super().__init__([sys.executable, "-c", "import time; time.sleep(600)"], **how)
            if self.stdout is not None:
                self.stdout.close()
                self.stdout = Interrupted()
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Slow)
    with pytest.raises(KeyboardInterrupt):
        Launch()

    running = [process for process in started if process.poll() is None]
    for process in running:
        process.kill()
        process.wait()
    assert started
    assert not running


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="a signal that nobody can handle")
def test_a_process_that_is_killed_leaves_no_server_behind() -> None:
    code = f"""
        import os, signal
        from mockserver.launch import Launch
        launch = Launch([{str(AGILE)!r}])
        print(launch.ready.url, launch.pid, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    command = [sys.executable, "-c", dedent(code)]
    killed = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    url, pid = killed.stdout.split()

    left = leaves(url)
    if not left:
        os.kill(int(pid), signal.SIGKILL)
    assert left


def leaves(url: str) -> bool:
    """Whether a server answers no more, soon."""
    with Client(url) as client:
        for _ in range(300):
            try:
                client.health()
            except ClientError:
                return True
            time.sleep(0.1)
    return False


def test_a_desk_finds_the_server_once_for_all_that_ask() -> None:
    found: list[int] = []

    def find() -> Ready:
        if not found:
            found.append(1)
        return THERE

    desk = Desk(find)
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(asked, [desk.address] * 8))
    desk.close()

    assert told == [THERE] * 8
    assert found == [1]


def test_a_desk_tells_why_there_is_no_server() -> None:
    def find() -> Ready:
        raise UsageError("it did not start")

    desk = Desk(find)
    with pytest.raises(UsageError, match="it did not start"):
        asked(desk.address)
    desk.close()


def test_a_desk_asks_for_nothing_until_it_is_asked() -> None:
    def find() -> Ready:
        raise AssertionError

    Desk(find).close()


def test_a_desk_that_is_closed_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address: tuple[str, int] = listening.getsockname()

    with pytest.raises(UsageError, match="tells of no server"):
        asked(address)
