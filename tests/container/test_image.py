"""The image, run by a real engine."""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.container.conftest import Start
from tests.container.docker import BASE_IMAGE, IMAGE, TOKEN, Container, docker, until

ADDED_MAX_MB = 115  # to the base; python:3.13-slim itself has about as much
STOP_MAX_S = 2
ITS_PLACES = ("/opt", "/contracts", "/scenarios")
HARDENED = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def mount(source: Path, target: str) -> tuple[str, str]:
    """Flags that mount a file or a folder, unlike `--volume` only one that is there."""
    return "--mount", f"type=bind,source={source},target={target},readonly"


def size_mb(image: str) -> float:
    return int(docker("image", "inspect", "--format", "{{.Size}}", image).stdout) / 1e6


# what it is --------------------------------------------------------------------------------------


def test_the_image_adds_at_most_115_mb_to_its_base(figures: dict[str, str]) -> None:
    whole, base = size_mb(IMAGE), size_mb(BASE_IMAGE)
    figures["size"] = f"{whole - base:.0f} MB, and {base:.0f} MB of the base {BASE_IMAGE}"

    assert whole - base <= ADDED_MAX_MB


def test_nothing_in_it_belongs_to_the_user_who_runs_it(start: Start) -> None:
    container = start()

    assert container.inspect("{{.Config.User}}") == "10001:10001"
    assert container.exec("python", "-c", "import os; print(os.getuid(), os.getgid())") == (
        "10001 10001"
    )
    assert container.exec("find", *ITS_PLACES, "-user", "10001") == ""


@pytest.mark.parametrize("user", ["10001:10001", "12345:0", "65534:65534"])
def test_it_becomes_healthy_as_any_user_on_a_read_only_root_without_capabilities_or_network(
    start: Start, user: str
) -> None:
    container = start("--user", user, "--network", "none", *HARDENED)

    container.become("healthy")

    assert container.exec("id", "-u") == user.partition(":")[0]
    assert docker("diff", container.id).stdout == ""


def test_it_is_ready_and_healthy_soon(start: Start, figures: dict[str, str]) -> None:
    begun = time.monotonic()
    container = start().be_ready()
    figures["start to ready"] = f"{time.monotonic() - begun:.1f} s"

    container.become("healthy")

    figures["start to healthy"] = f"{time.monotonic() - begun:.1f} s"


# health ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "variables",
    [
        ["MOCKSERVER_PORT=9000"],
        ["MOCKSERVER_ADMIN_PORT=9001"],
        ["MOCKSERVER_NO_ADMIN=true"],
        ["MOCKSERVER_AUTH=required", "MOCKSERVER_SESSIONS=declared"],
        ["HTTP_PROXY=http://127.0.0.1:9", "http_proxy=http://127.0.0.1:9"],
    ],
    ids="+".join,
)
def test_it_is_healthy_with_the_variables(start: Start, variables: list[str]) -> None:
    flags = [word for each in variables for word in ("--env", each)]

    start(*flags).become("healthy")


def test_it_is_healthy_with_tls(start: Start, tmp_path: Path) -> None:
    made = "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=mock -keyout key.pem -out cert.pem"
    subprocess.run(made.split(), cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "key.pem").chmod(0o644)
    tmp_path.chmod(0o755)
    tls = ("--env", "MOCKSERVER_TLS_CERT=/tls/cert.pem", "--env", "MOCKSERVER_TLS_KEY=/tls/key.pem")

    container = start(*mount(tmp_path, "/tls"), *tls)

    container.become("healthy")
    assert "ready on https://" in container.log


def test_it_is_unhealthy_where_nobody_answers_on_the_port_of_the_variable(start: Start) -> None:
    at_once = ("--health-retries", "1", "--health-start-period", "1ms", "--health-interval", "1s")

    container = start(*at_once, command=("serve", "--port", "9000"))

    container.become("unhealthy")


# its end -----------------------------------------------------------------------------------------


def test_sigterm_ends_it_in_under_2_s_with_143(start: Start, figures: dict[str, str]) -> None:
    container = start().be_ready()

    begun = time.monotonic()
    docker("stop", container.id)
    took_s = time.monotonic() - begun

    figures["SIGTERM to end"] = f"{took_s:.2f} s"
    assert took_s < STOP_MAX_S
    assert container.inspect("{{.State.ExitCode}}") == "143"


def test_sigterm_ends_it_in_under_2_s_though_somebody_waits_for_a_reply(served: Start) -> None:
    container = served()
    path = "/v1/ftth/accesses/info?phoneNumber=911234567"
    asked = f"{container.url}/__admin/sessions/default/requests"
    with ThreadPoolExecutor() as pool:
        hanging = {"X-Mock-Scenario": "hang"}
        waiting = pool.submit(httpx.get, container.url + path, headers=hanging, timeout=30)
        while waiting.running() and "911234567" not in httpx.get(asked, headers=BEARER).text:
            time.sleep(0.05)

        begun = time.monotonic()
        docker("stop", container.id)
        took_s = time.monotonic() - begun

        assert isinstance(waiting.exception(), httpx.TransportError)
    assert took_s < STOP_MAX_S
    assert container.inspect("{{.State.ExitCode}}") == "143"


def test_sigterm_while_it_loads_ends_it_with_143(start: Start) -> None:
    container = start()
    # Process 1 is not sent what it does not handle yet; `docker run --init` closes that gap.
    until(lambda: sigterm_is_handled(container), lambda: container.log)

    docker("stop", container.id)

    assert container.inspect("{{.State.ExitCode}}") == "143"


def sigterm_is_handled(container: Container) -> bool:
    """Whether the kernel knows of a handler in process 1."""
    status = container.exec("cat", "/proc/1/status")
    (mask,) = re.findall(r"^SigCgt:\s*(\w+)$", status, re.MULTILINE)
    return bool(int(mask, 16) >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (("check",), 0),
        (("list", "scenarios"), 0),
        (("serve", "--portt", "1"), 2),
        (("check", "/nowhere"), 2),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_the_exit_code_is_that_of_the_command(
    start: Start, command: tuple[str, ...], code: int
) -> None:
    assert start(*HARDENED, "--network", "none", command=command).end() == code


def test_a_port_that_kubernetes_has_set_is_told_and_ends_it_with_2(start: Start) -> None:
    container = start("--env", "MOCKSERVER_PORT=tcp://10.0.0.1:8080")

    assert container.end() == 2
    assert "was set by Kubernetes for a service called 'mockserver'" in container.log


# own contracts and scenarios ---------------------------------------------------------------------


def test_a_folder_mounted_at_contracts_is_served_instead_of_the_packaged_ones(
    served: Start, hello: Path
) -> None:
    container = served(*mount(hello, "/contracts"), *HARDENED)

    assert "1 contract, 1 operation" in container.log
    assert httpx.get(f"{container.url}/hello").json() == {"say": "hello"}


def test_a_file_mounted_into_contracts_is_served_beside_the_packaged_ones(
    served: Start, hello: Path
) -> None:
    container = served(*mount(hello / "hello.yaml", "/contracts/hello.yaml"))

    assert "17 contracts, 58 operations" in container.log
    assert httpx.get(f"{container.url}/hello").json() == {"say": "hello"}


def test_a_folder_mounted_at_scenarios_is_served_beside_the_packaged_ones(
    served: Start, hello: Path, moody: Path
) -> None:
    container = served(*mount(hello, "/contracts"), *mount(moody, "/scenarios"), *HARDENED)

    told = httpx.get(f"{container.url}/__admin/scenarios", headers=BEARER).json()
    reply = httpx.get(f"{container.url}/hello", headers={"X-Mock-Scenario": "moody"})

    assert reply.json() == {"say": "later"}
    assert {"hello/moody", "common/hang"} <= {each["id"] for each in told}


def test_scenarios_alone_go_with_the_packaged_contracts(served: Start, tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    own = tmp_path / "scenarios" / "ftth-v1" / "nobody-home.yaml"
    own.parent.mkdir(parents=True)
    own.write_text(
        "summary: Nobody answers the door\n"
        "rules: [{on: getFtthAccessesInfo, reply: {status: 404}}]\n"
    )

    container = served(*mount(tmp_path / "scenarios", "/scenarios"))

    assert "16 contracts, 57 operations, 276 scenarios" in container.log


def test_a_wrong_contract_ends_it_with_2_and_its_log_has_the_findings(
    start: Start, hello: Path
) -> None:
    (hello / "wrong.yaml").write_text("openapi: 3.0.3\npaths: {}\n")

    container = start(*mount(hello, "/contracts"))

    assert container.end() == 2
    assert "/contracts/wrong.yaml: the key `info` is missing" in container.log


def test_an_empty_folder_of_contracts_is_told_and_not_taken_for_the_packaged_ones(
    start: Start, tmp_path: Path
) -> None:
    # `--volume` makes one where its path is mistyped.
    tmp_path.chmod(0o755)

    container = start(*mount(tmp_path, "/contracts"))

    assert container.end() == 2
    assert "/contracts: holds no contract" in container.log


# its state ---------------------------------------------------------------------------------------


@pytest.fixture
def volume() -> Iterator[str]:
    """An empty volume; it outlives the containers of the test."""
    name = docker("volume", "create").stdout.strip()
    yield name
    docker("volume", "rm", name)


def test_several_workers_on_a_volume_go_on_where_another_container_stopped(
    volume: str, served: Start, figures: dict[str, str]
) -> None:
    flags = (
        *("--mount", f"type=volume,source={volume},target=/state"),
        *("--env", "MOCKSERVER_STATE=sqlite:/state/mock.db", "--env", "MOCKSERVER_WORKERS=2"),
        *("--user", "12345:0", *HARDENED),
    )
    first = served(*flags)
    first.become("healthy")
    made = httpx.post(f"{first.url}/__admin/sessions", headers=BEARER, json={"name": "mine"})
    begun = time.monotonic()
    docker("stop", first.id)
    took_s = time.monotonic() - begun
    found = httpx.get(f"{served(*flags).url}/__admin/sessions/mine", headers=BEARER)

    figures["SIGTERM to end, 2 workers"] = f"{took_s:.2f} s"
    assert took_s < STOP_MAX_S
    assert first.inspect("{{.State.ExitCode}}") == "143"
    assert (made.status_code, found.status_code) == (201, 200)


# the admin API -----------------------------------------------------------------------------------


def test_the_admin_api_wants_the_token_of_the_variable(served: Start) -> None:
    admin = f"{served().url}/__admin/sessions"

    assert httpx.get(admin).status_code == 401
    assert httpx.get(admin, headers={"Authorization": "Bearer other"}).status_code == 401
    assert httpx.get(admin, headers=BEARER).status_code == 200


def test_without_the_variable_a_token_is_made_up_and_told(served: Start) -> None:
    container = served(token="")

    assert httpx.get(f"{container.url}/__admin/sessions").status_code == 401
    assert "admin token" in container.log
    assert httpx.get(f"{container.url}/__admin/health").status_code == 200
