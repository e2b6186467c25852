"""The README is true: its blocks are run in their order, and what they print is what it says.

A block that begins with the name of a file is written down. A block that starts the server ends the
one before it, as its reader would. Blocks with `docker` are read by the shell and not run: the
container test does that. After a change of the replies, `python tests/test_readme.py` writes the
outputs of the console blocks anew, and those of another page with its name as the argument.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
TEXT = README.read_text(encoding="utf-8")
BASH = shutil.which("bash") or "bash"
TIMEOUT_S = 300  # for what has to happen; nothing is measured
# Plugins that come with these tests, and that no reader has, take seconds to be imported.
LEFT_OUT = "-p no:schemathesis -p no:hypothesispytest -p no:anyio"
TOOLS = ("bash", "curl", "openssl", "make")
VOLATILE = re.compile(
    r"(?:(?<=^date: )|(?<=^x-mock-request-id: )|(?<=decided in )).*$|(?<![\w-])[0-9a-f]{6}-[0-9]+\b"
    r"|\b20[0-9-]{8}T[0-9:.]+Z"
    r"|(?<= in )[0-9.]+s$",
    re.MULTILINE,
)
FILE = re.compile(r"# (\S+\.\w+)\n")  # how a block begins that is written down
ADDRESS = re.compile(r"(https?)://[^/\s:]+:(\d+)")


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, its text, the heading above it and what tells it apart."""

    kind: str
    text: str
    heading: str
    number: int

    @property
    def name(self) -> str:
        return f"{self.heading} {self.number} ({self.kind})"


def blocks(text: str) -> Iterator[Block]:
    heading, number = "", 0
    for found in re.finditer(
        r"^#+ ([^\n]+)$|^```(\w+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL
    ):
        if found[2] is None and found[1] is not None:
            heading, number = found[1], 0
        elif found[2] is not None:
            number += 1
            yield Block(found[2], found[3], heading, number)


def commands(text: str) -> list[tuple[str, str]]:
    """The commands of a console block with what is printed below each."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    found = []
    for part in parts:
        lines = part.splitlines(keepends=True)
        last = next(i for i, line in enumerate(lines) if not line.endswith("\\\n"))
        found.append(("".join(lines[: last + 1]), "".join(lines[last + 1 :])))
    return found


@dataclass
class Reader:
    """Does what the README says, in a folder of its own, and remembers what came of it."""

    folder: Path
    server: "subprocess.Popen[str] | None" = None
    ready: str = ""
    documented: str = ""
    log: IO[str] | None = None
    printed: dict[str, list[str]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """That of these tests without what their user or `make` has set for others."""
        others = ("MOCKSERVER_", "MAKE", "MFLAGS", "PYTEST_")
        own = {name: text for name, text in os.environ.items() if not name.startswith(others)}
        path = f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"
        own |= {"PATH": path, "HOME": str(self.folder), "no_proxy": "*"}
        return own | {"PYTEST_ADDOPTS": LEFT_OUT}

    def follow(self, block: Block) -> None:
        """Do what one block says."""
        name = FILE.match(block.text)
        assert name or block.kind not in ("yaml", "ini"), f"{block.name} does not say its file"
        if name:
            file = self.folder / name[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block.text, encoding="utf-8")
        elif block.kind == "text":
            self.printed[block.name] = [self._as_documented(self.ready)]
        elif block.kind == "python":
            code = self._as_served(block.text)
            printed = self._run([sys.executable, "-W", "ignore", "-c", code])
            self.printed[block.name] = [self._as_documented(printed)]
        elif block.kind == "console":
            self.printed[block.name] = self._console(
                [command for command, _ in commands(block.text)]
            )
        elif "docker" not in block.text:
            self._sh(block.text)

    def _sh(self, text: str) -> None:
        before, _, serve = text.rpartition("mockserver serve")
        if text.startswith("make serve"):
            self.serve([])
        elif "mockserver serve" in text:
            if before:
                self._run(["bash", "-e", "-c", before])
            self.serve(serve.split())
        elif not text.startswith("make "):
            self._run(["bash", "-e", "-c", self._as_served(text)])
        else:
            target = text.split()[1]
            self._run(["make", "--dry-run", "--always-make", "-C", str(ROOT), target])

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _console(self, several: list[str]) -> list[str]:
        script = "".join(f"printf '\\036'\n{command}\n" for command in several)
        done = subprocess.run(
            [BASH, "-c", self._as_served(script)],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        outputs = [self._as_documented(part) for part in done.stdout.split("\x1e")[1:]]
        assert len(outputs) == len(several), done.stderr
        return [VOLATILE.sub("...", part.replace("\r", "")) for part in outputs]

    def serve(self, arguments: list[str]) -> None:
        """End the server that runs, start another one on a free port, wait until it is ready."""
        self.stop()
        port = "8080"
        if "--port" in arguments:
            port = arguments[arguments.index("--port") + 1]
        self.documented = port
        self.log = (self.folder / "server.log").open("w", encoding="utf-8")
        self.server = subprocess.Popen(
            [sys.executable, "-m", "mockserver", "serve", *arguments, "--port", "0"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        assert self.server.stdout is not None
        self.ready = self.server.stdout.readline()
        assert self.ready.startswith("ready on "), (self.folder / "server.log").read_text()

    def stop(self) -> None:
        """End the server that runs, if one does."""
        if self.server is not None:
            self.server.terminate()
            try:
                self.server.wait(timeout=10)
            finally:
                self.server.kill()
                self.server.wait()
                assert self.server.stdout is not None
                self.server.stdout.close()
                self.server = None
        if self.log is not None:
            self.log.close()

    @property
    def served(self) -> str:
        """The port that stands for the documented one."""
        found = ADDRESS.search(self.ready)
        assert found, self.ready
        return found[2]

    def _as_served(self, text: str) -> str:
        if not self.ready:  # no server was started yet
            return text
        return ADDRESS.sub(
            lambda found: found[0].replace(f":{self.documented}", f":{self.served}"), text
        )

    def _as_documented(self, text: str) -> str:
        if not self.ready:
            return text
        return ADDRESS.sub(
            lambda found: found[0].replace(f":{self.served}", f":{self.documented}"), text
        )


def read_all(reader: Reader, text: str = TEXT) -> None:
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    assert not missing, f"the README uses {', '.join(missing)}: install it (apt-get install ...)"
    try:
        for block in blocks(text):
            reader.follow(block)
    finally:
        reader.stop()


ALL = list(blocks(TEXT))
# One worker of pytest-xdist follows the README, not each of them.
pytestmark = pytest.mark.xdist_group("readme")


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Somebody who has followed the whole README."""
    found = Reader(tmp_path_factory.mktemp("reader"))
    read_all(found)
    return found


@pytest.mark.parametrize("block", [b for b in ALL if b.kind == "console"], ids=lambda b: b.name)
def test_a_console_block_shows_what_is_printed(block: Block, reader: Reader) -> None:
    expected = [output.strip() for _, output in commands(block.text)]

    assert [output.strip() for output in reader.printed[block.name]] == expected


@pytest.mark.parametrize("block", [b for b in ALL if b.kind == "text"], ids=lambda b: b.name)
def test_the_ready_line_is_the_one_that_is_shown(block: Block, reader: Reader) -> None:
    assert reader.printed[block.name] == [block.text]


@pytest.mark.parametrize(
    "block",
    [b for b in ALL if b.kind == "python" and not FILE.match(b.text)],
    ids=lambda b: b.name,
)
def test_a_python_block_prints_what_it_says(block: Block, reader: Reader) -> None:
    expected = re.findall(r"^# prints: (.*)$", block.text, re.MULTILINE)

    assert reader.printed[block.name][0].splitlines() == expected


def test_every_block_is_of_a_kind_that_is_run() -> None:
    assert {block.kind for block in ALL} == {"sh", "console", "yaml", "python", "text"}


@pytest.mark.parametrize("block", [b for b in ALL if "docker" in b.text], ids=lambda b: b.name)
def test_a_docker_block_is_understood_by_the_shell(block: Block) -> None:
    done = subprocess.run([BASH, "-n", "-c", block.text], capture_output=True, check=False)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    "command",
    [
        line
        for block in ALL
        for line in block.text.replace("\\\n", "").splitlines()
        if line.startswith("docker run") and not re.search(r"mockserver (check|list)", line)
    ],
)
def test_every_container_that_serves_has_an_admin_token_and_a_port(command: str) -> None:
    assert "-e MOCKSERVER_ADMIN_TOKEN=" in command
    assert "-p 127.0.0.1:8080:8080" in command


def test_the_table_of_flags_is_that_of_the_command(reader: Reader) -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "mockserver", "serve", "--help"],
        env=reader.environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.partition("examples:")[0]
    table = TEXT.partition("## Flags of ")[2].partition("\n## ")[0].partition("Every flag has")[0]

    flags = set(re.findall(r"--[a-z][a-z-]+", shown)) - {"--help"}

    assert set(re.findall(r"--[a-z][a-z-]+", table)) == flags


@pytest.mark.parametrize(
    "address", re.findall(r"^\| `(/__admin/\S+)` \|", TEXT, re.MULTILINE)
)  # fmt: skip
def test_every_address_of_the_admin_api_is_there(address: str, looked: Reader) -> None:
    url = f"http://127.0.0.1:{looked.served}{address}"

    code = looked._run(["curl", "-sL", "-o", "page", "-w", "%{http_code}", url])  # noqa: SLF001

    assert code == "200"


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A reader with a running server."""
    found = Reader(tmp_path_factory.mktemp("looked"))
    try:
        found.serve([])
        yield found
    finally:
        found.stop()


def test_every_source_of_a_reply_is_explained() -> None:
    from mockserver.message import Source  # noqa: PLC0415 - only here

    row = re.search(r"^\| `X-Mock-Source` \|.*$", TEXT, re.MULTILINE)

    assert row
    assert {f"`{source.value}`" for source in Source} <= set(re.findall(r"`\w+`", row[0]))


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)]+)\)", TEXT))
def test_every_link_leads_somewhere(target: str) -> None:
    file, _, anchor = target.partition("#")
    page = (ROOT / file).read_text(encoding="utf-8") if file else TEXT

    headings = [
        re.sub(r"[^\w\- ]", "", found).lower().replace(" ", "-")
        for found in re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    ]
    assert not anchor or anchor in headings


def update(page: Path, reader: Reader) -> None:
    """Write the outputs of the console blocks of a page anew, once somebody has followed it."""
    text = page.read_text(encoding="utf-8")
    read_all(reader, text)
    for block in list(blocks(text)):
        if block.kind == "console":
            outputs = (output.strip("\n") for output in reader.printed[block.name])
            shown = zip((command for command, _ in commands(block.text)), outputs, strict=True)
            fresh = "".join(f"$ {command}{output}\n" if output else f"$ {command}"
                            for command, output in shown)  # fmt: skip
            text = text.replace(f"```console\n{block.text}```", f"```console\n{fresh}```", 1)
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        update(Path(sys.argv[1]) if len(sys.argv) > 1 else README, Reader(Path(home)))
