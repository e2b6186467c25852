"""Containers for a test, and the figures that the run tells in the end."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.container.docker import IMAGE, TOKEN, Container, docker

FIGURES = pytest.StashKey[dict[str, str]]()
HELLO = """\
openapi: 3.0.3
info: {title: Hello, version: "1"}
paths:
  /hello:
    get:
      operationId: sayHello
      responses:
        "200":
          description: A greeting.
          content:
            application/json:
              schema: {type: object, properties: {say: {type: string}}, required: [say]}
              example: {say: hello}
"""
MOODY = """\
summary: Somebody has other things to do
rules:
  - on: sayHello
    reply: {status: 200, body: {say: later}}
"""

Start = Callable[..., Container]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a container of the image with flags of `docker run` and a command; all are removed."""
    started: list[str] = []

    def run(*flags: str | Path, command: tuple[str, ...] = (), token: str = TOKEN) -> Container:
        admin = ("--env", f"MOCKSERVER_ADMIN_TOKEN={token}") if token else ()
        done = docker("run", "--detach", *admin, *flags, IMAGE, *command)
        started.append(done.stdout.strip())
        return Container(started[-1])

    yield run
    for each in started:
        docker("rm", "--force", each)


@pytest.fixture
def served(start: Start) -> Start:
    """`start` with a published port, ready."""
    port = ("--publish", "127.0.0.1::8080")
    return lambda *flags, **more: start(*port, *flags, **more).be_ready()


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    """A folder with one contract, as anybody may read it."""
    tmp_path.chmod(0o755)
    folder = tmp_path / "contracts"
    folder.mkdir()
    (folder / "hello.yaml").write_text(HELLO)
    return folder


@pytest.fixture
def moody(tmp_path: Path) -> Path:
    """A folder with one scenario for it."""
    folder = tmp_path / "scenarios"
    (folder / "hello").mkdir(parents=True)
    (folder / "hello" / "moody.yaml").write_text(MOODY)
    return folder


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> dict[str, str]:
    """What was measured by the way, told in the end; nothing depends on it."""
    return request.config.stash.setdefault(FIGURES, {})


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Tell the figures."""
    for name, value in sorted(config.stash.get(FIGURES, {}).items()):
        terminalreporter.write_line(f"{name}: {value}")
