"""The engine as its command line has it; what a test starts is removed when the test is over."""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
IMAGE = "mockserver"  # engine.sh has built it
BASE_IMAGE = os.environ.get("BASE_IMAGE", "")  # from this one
TOKEN = "secret"
WAIT_S = 60  # for what has to happen; nothing is measured


def docker(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run `docker` with these arguments; with `check` it has to succeed."""
    done = subprocess.run(
        ["docker", *map(str, arguments)],  # noqa: S607 - engine.sh says which one
        capture_output=True,
        text=True,
        timeout=WAIT_S * 5,
        check=False,
    )
    assert not check or done.returncode == 0, f"docker {arguments}: {done.stdout}{done.stderr}"
    return done


def until(condition: Callable[[], bool], told: Callable[[], str]) -> None:
    """Wait until something is so; fail with what `told` says where it does not get so."""
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, told()
        time.sleep(0.05)


@dataclass(frozen=True, slots=True)
class Container:
    """One that was started."""

    id: str

    def inspect(self, template: str) -> str:
        """What the engine knows of it."""
        return docker("inspect", "--format", template, self.id).stdout.strip()

    @property
    def log(self) -> str:
        """All that it wrote, on both channels."""
        done = docker("logs", self.id)
        return done.stdout + done.stderr

    @property
    def url(self) -> str:
        """Of the port that is published, which is the only one."""
        port = docker("port", self.id).stdout.split()[-1].rpartition(":")[2]
        return f"http://127.0.0.1:{port}"

    def exec(self, *command: str) -> str:
        """What a command prints that runs inside."""
        return docker("exec", self.id, *command).stdout.strip()

    def become(self, health: str) -> None:
        """Wait until the engine says that its health is so."""
        template = "{{.State.Health.Status}} {{.State.Running}}"
        until(
            lambda: self.inspect(template) == f"{health} true",
            lambda: f"{self.inspect(template)}: {self.inspect('{{json .State}}')} {self.log}",
        )

    def be_ready(self) -> "Container":
        """Wait until it says that it is ready."""
        until(lambda: "ready on " in self.log, lambda: self.log)
        return self

    def end(self) -> int:
        """Wait until it has ended by itself; its exit code."""
        return int(docker("wait", self.id).stdout)
