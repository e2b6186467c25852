"""The compose example comes up: the double healthy, its consumer after it and content."""

import json
from collections.abc import Iterator

import pytest
import yaml

from tests.container.docker import ROOT, docker

EXAMPLE = ROOT / "examples" / "compose"
FILES = (
    "--file",
    EXAMPLE / "compose.yaml",
    "--file",
    ROOT / "tests/container/compose.override.yaml",
)
COMPOSE = ("compose", "--project-name", "mockserver-test", *FILES)


@pytest.fixture(autouse=True)
def down() -> Iterator[None]:
    """Remove everything in the end."""
    yield
    docker(*COMPOSE, "down", "--volumes", "--remove-orphans", "--timeout", "5")


def test_the_consumer_starts_when_the_double_is_healthy_and_succeeds() -> None:
    done = docker(*COMPOSE, "up", "--exit-code-from", "consumer", check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "the consumer asked again" in done.stdout


def test_the_double_alone_comes_up_healthy() -> None:
    docker(*COMPOSE, "up", "--wait", "mock")

    told = docker(*COMPOSE, "ps", "--format", "json").stdout
    assert [json.loads(line)["Health"] for line in told.splitlines()] == ["healthy"]


def test_the_exit_code_is_that_of_a_consumer_that_fails() -> None:
    wrong = ("--env", "MOCK_TOKEN=wrong")

    done = docker(*COMPOSE, "run", "--rm", *wrong, "consumer", check=False)

    assert done.returncode == 1
    assert "401" in done.stderr


def test_the_example_says_where_the_session_is_and_sets_the_token() -> None:
    services = yaml.safe_load((EXAMPLE / "compose.yaml").read_text())["services"]

    assert services["mock"]["environment"]["MOCKSERVER_ADMIN_TOKEN"]
    assert services["consumer"]["environment"]["LINES_URL"].endswith("/__s/compose")
    assert services["consumer"]["depends_on"]["mock"]["condition"] == "service_healthy"
    assert services["consumer"]["image"] == "python:3.13-slim"
