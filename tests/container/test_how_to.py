"""What the documents say of containers is true: the how-to is followed, and the README's commands.

After a change of replies, `tests/container/engine.sh python tests/container/test_how_to.py` writes
the outputs of the how-to anew.
"""

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from tests.container.conftest import Start
from tests.container.docker import ROOT, TOKEN, Container, docker
from tests.test_how_to import CONTAINER, TEXTS, check, printing
from tests.test_readme import README, Block, Reader, blocks, read_all, update

PAGE = ROOT / "docs" / CONTAINER
TEXT = TEXTS[CONTAINER]
DOCUMENTED = "127.0.0.1:8080"
# Requests to the admin API as the recipes in Java write them: method, path, body.
JAVA = re.compile(r'admin\("(\w+)", (.+?), "(?:""(.*?)"")?"', re.DOTALL)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class DockerReader(Reader):
    """Does what a page says with the image that is there, on a port that is free."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.address = f"127.0.0.1:{free_port()}"
        shutil.copytree(ROOT / "examples", folder / "examples")

    @property
    def environment(self) -> dict[str, str]:
        """That of any reader, who has the engine's settings still, and the base of these tests."""
        override = ROOT / "tests" / "container" / "compose.override.yaml"
        return super().environment | {
            "DOCKER_CONFIG": os.environ.get("DOCKER_CONFIG", str(Path.home() / ".docker")),
            "COMPOSE_FILE": f"compose.yaml{os.pathsep}{override}",
        }

    def follow(self, block: Block) -> None:
        """Do what one block says; Java is not run, and engine.sh has built the image."""
        if block.kind == "sh" and not block.text.startswith("docker build"):
            self._run(["bash", "-e", "-c", self._as_served(block.text)])
        elif block.kind not in ("sh", "java"):
            super().follow(block)

    def _as_served(self, text: str) -> str:
        return text.replace(DOCUMENTED, self.address)

    def _as_documented(self, text: str) -> str:
        return text.replace(self.address, DOCUMENTED)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Somebody who has followed the whole page."""
    found = DockerReader(tmp_path_factory.mktemp("reader"))
    try:
        read_all(found, TEXT)
        yield found
    finally:
        docker("rm", "--force", "mock", check=False)


@pytest.mark.parametrize("block", printing(TEXT), ids=lambda block: block.name)
def test_a_block_prints_what_it_shows(block: Block, reader: Reader) -> None:
    check(block, reader)


@pytest.mark.parametrize(
    "text",
    [
        command
        for block in blocks(TEXT)
        for command in (
            [block.text] if block.kind in ("yaml", "java") else block.text.split("docker run")[1:]
        )
        if re.search(r"mockserver(:[\d.]+|\"\))?$", command, re.MULTILINE)
    ],
)
def test_every_recipe_that_serves_sets_the_token(text: str) -> None:
    assert "MOCKSERVER_ADMIN_TOKEN" in text


@pytest.mark.parametrize(
    "block", [b for b in blocks(TEXT) if b.kind == "yaml"], ids=lambda block: block.name
)
def test_every_file_can_be_read(block: Block) -> None:
    assert isinstance(yaml.safe_load(block.text), dict)


@pytest.mark.parametrize(
    "block", [b for b in blocks(TEXT) if b.kind == "java"], ids=lambda block: block.heading
)
def test_the_requests_of_a_recipe_in_java_are_those_of_the_admin_api(
    block: Block, start: Start
) -> None:
    container = start("--publish", "127.0.0.1::8080").be_ready()
    requests = JAVA.findall(block.text)

    codes = [asked(container, method, path, body) for method, path, body in requests]

    assert len(codes) == block.text.count('admin("')
    assert codes[0] in (201, 404)  # the session is made, or was not there to be dropped
    assert set(codes[1:]) <= {200, 201}


def asked(container: Container, method: str, path: str, body: str) -> int:
    """Make a request of a recipe; the session is called `a` where it is in a variable."""
    where = path.replace('" + session + "', "a").replace('"', "")
    reply = httpx.request(
        method,
        f"{container.url}/__admin{where}",
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
        content=body.replace("%s", "a").encode(),
    )
    return reply.status_code


@pytest.mark.parametrize(
    "command",
    [
        found
        for block in blocks(README.read_text())
        for found in re.findall(r"^docker run .*", block.text.replace("\\\n", ""), re.MULTILINE)
    ],
)
def test_a_command_of_the_readme_runs(command: str, tmp_path: Path) -> None:
    reader = DockerReader(tmp_path)
    tmp_path.chmod(0o755)
    for block in blocks(README.read_text()):
        if block.kind == "yaml":
            reader.follow(block)
    if " check" in command:
        reader.follow(Block("sh", command, "", 0))
        return
    detached = command.replace("docker run --rm", "docker run --rm --detach")
    (started,) = reader._console([detached])  # noqa: SLF001 - ours
    container = Container(started.strip())
    try:
        container.become("healthy")
    finally:
        docker("rm", "--force", container.id)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        update(PAGE, DockerReader(Path(folder)))
