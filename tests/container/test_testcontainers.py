"""`mockserver.container.MockserverContainer`, as a test of a consumer uses it."""

import re
from pathlib import Path

import httpx
import pytest
from testcontainers.core.labels import LABEL_SESSION_ID, SESSION_ID

from mockserver.client import ClientError
from mockserver.container import MockserverContainer
from mockserver.errors import UsageError
from tests.container.docker import docker

LINE = "/v1/ftth/accesses/info?phoneNumber=911234567"


def containers() -> str:
    """Those that this run has started by Testcontainers."""
    own = f"label={LABEL_SESSION_ID}={SESSION_ID}"
    return docker("ps", "--all", "--quiet", "--filter", own).stdout


def test_a_session_of_its_own_and_scenarios_of_the_test_are_served(
    hello: Path, moody: Path
) -> None:
    with (
        MockserverContainer().with_specs(hello).with_scenarios(moody) as container,
        container.session("grumpy", scenarios=["moody"]) as session,
    ):
        assert httpx.get(f"{session.base_url}/hello").json() == {"say": "later"}
        assert httpx.get(f"{container.url}/hello").json() == {"say": "hello"}
        session.verify(operation="sayHello", exactly=1)
        assert [each.id for each in container.client.operations()] == ["hello/sayHello"]


def test_what_only_its_owner_may_read_is_served_too(hello: Path) -> None:
    (hello / "hello.yaml").chmod(0o600)
    hello.chmod(0o700)

    with MockserverContainer().with_specs(hello) as container:
        assert httpx.get(f"{container.url}/hello").json() == {"say": "hello"}


def test_settings_are_variables() -> None:
    with MockserverContainer().with_env("MOCKSERVER_AUTH", "required") as container:
        assert httpx.get(container.url + LINE).status_code == 401


def test_each_has_a_token_of_its_own_and_wants_it() -> None:
    tokens = {MockserverContainer().admin_token for _ in range(2)}
    with MockserverContainer().with_env("MOCKSERVER_ADMIN_TOKEN", "chosen") as container:
        refused = httpx.get(f"{container.url}/__admin/sessions").status_code

        assert container.admin_token == "chosen"
        assert container.client.sessions()
    assert refused == 401
    assert len(tokens) == 2


def test_it_is_removed_and_its_client_closed() -> None:
    with MockserverContainer() as container:
        client = container.client
        assert containers() != ""

    assert containers() == ""
    with pytest.raises(RuntimeError, match="closed"):
        client.health()


def test_one_that_does_not_start_tells_what_it_said_and_is_removed(hello: Path) -> None:
    (hello / "wrong.yaml").write_text("openapi: 3.0.3\npaths: {}\n")

    with pytest.raises(UsageError) as caught:
        MockserverContainer().with_specs(hello).start()

    assert str(caught.value) == (
        "the server ended with exit code 2:\n"
        "mockserver: /specs/wrong.yaml: the key `info` is missing; allowed: `info`"
    )
    assert containers() == ""


def test_one_that_does_not_get_ready_tells_its_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockserver.container.READY_S", 4.0)
    elsewhere = MockserverContainer().with_env("MOCKSERVER_PORT", "9000")

    with pytest.raises(UsageError, match=r"not ready after 4 s:\n(.*\n)*.*ready on \S+:9000"):
        elsewhere.start()

    assert containers() == ""


def test_an_image_that_is_not_there_is_told_with_the_variable_that_names_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing = "127.0.0.1:9/missing"  # nobody listens there, and nobody else is asked
    monkeypatch.setenv("MOCKSERVER_IMAGE", missing)

    with (
        pytest.raises(UsageError, match=re.escape(missing) + ".*MOCKSERVER_IMAGE"),
        MockserverContainer(),
    ):
        pass


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_a_folder_without_files_is_told_at_once(
    tmp_path: Path, folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError, match=f"{folder} is no folder with YAML or JSON files in it"):
        MockserverContainer().with_scenarios(folder)


def test_what_a_client_does_wrong_is_an_error_of_the_client() -> None:
    with (
        MockserverContainer() as container,
        pytest.raises(ClientError, match="There is no scenario 'nothing'"),
    ):
        container.session(scenarios=["nothing"])
