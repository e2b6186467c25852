"""A new user: `pip install` and three lines of a test, the same against the container."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.container.conftest import Start
from tests.container.docker import ROOT, TOKEN
from tests.test_readme import FILE, README, blocks

PINNED = re.compile(r"^([\w.-]+==\S+)", re.MULTILINE)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh environment with mockserver and pytest, of the versions that these tests have."""
    folder = tmp_path_factory.mktemp("installed")
    pins = PINNED.findall((ROOT / "requirements" / "test.txt").read_text())
    pins += PINNED.findall((ROOT / "requirements" / "runtime.txt").read_text())
    (folder / "pins.txt").write_text("\n".join(pins))
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    install = f"{python} -m pip install --quiet --constraint pins.txt {ROOT} pytest"
    subprocess.run(install.split(), cwd=folder, check=True, capture_output=True)
    return python


@pytest.fixture
def consumer(tmp_path: Path) -> Path:
    """The first test that the README shows, with its scenario."""
    (text,) = (
        block.text
        for block in blocks(README.read_text())
        if (file := FILE.match(block.text)) and file[1] == "test_shop.py"
    )
    assert "@pytest.mark.scenario(" in text
    (tmp_path / "test_shop.py").write_text(text)
    return tmp_path


def run(python: Path, folder: Path, *flags: str) -> str:
    done = subprocess.run(
        [python, "-m", "pytest", "-q", *flags],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_test_with_a_scenario_passes_after_pip_install(installed: Path, consumer: Path) -> None:
    assert "1 passed" in run(installed, consumer)


def test_the_same_test_passes_against_the_container(
    installed: Path, consumer: Path, start: Start
) -> None:
    container = start("--publish", "127.0.0.1::8080").be_ready()

    said = run(
        installed, consumer, "--mock-server-url", container.url, "--mock-server-token", TOKEN
    )

    assert "1 passed" in said
    assert '"session":"test_an_order' in container.log.replace(" ", "")
