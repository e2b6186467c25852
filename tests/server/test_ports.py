"""Where the admin API is: beside the contracts, on another port, behind a token, or nowhere."""

import http.client
import json
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
import yaml

from mockserver.errors import UsageError
from mockserver.server.run import serve
from mockserver.settings import Settings

EVERYWHERE = "0.0.0.0"  # noqa: S104 - a server for other machines is what is tested
SMALL = {
    "openapi": "3.0.3",
    "info": {"title": "Small", "version": "1"},
    "paths": {
        "/things": {"get": {"operationId": "list", "responses": {"200": {"description": "-"}}}}
    },
}
HEALTH = "/__admin/health"
# What the admin API answers, and what Connexion adds below it.
STEERING = [
    "/__admin/version",
    "/__admin/sessions",
    "/__admin/coverage",
    "/__admin/openapi.json",
    "/__admin/contracts/small/openapi.json",
]
PAGES = [
    "/__admin/docs/",
    "/__admin/docs/swagger-ui.css",
    "/__admin/contracts/small/docs/",
    "/__admin/contracts/small/docs/swagger-ui.css",
]
NOTHING = ["/__admin", "/__admin/", "/__admin/nowhere", "/__admin/health/"]
OURS = [*STEERING, *PAGES, *NOTHING]
# The same paths, written in other ways.
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda path: path,
    "one underscore": lambda path: path.replace("_", "%5f", 1),
    "both underscores": lambda path: path.replace("__", "%5F%5F", 1),
    "a letter": lambda path: path.replace("admin", "%61dmin", 1),
    "the end": lambda path: f"{path[:-1]}%{ord(path[-1]):02X}",
}
# An encoded slash is data: it leads nowhere, and certainly not around anything.
SLASHED: dict[str, Callable[[str], str]] = {
    "a slash": lambda path: path.replace("admin/", "admin%2F", 1)
}
spelled = pytest.mark.parametrize("spelling", SPELLINGS)
misspelled = pytest.mark.parametrize("spelling", SPELLINGS | SLASHED)

Serving = Callable[..., Any]


class Answer(NamedTuple):
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def detail(self) -> str:
        """Of a problem document."""
        return str(json.loads(self.body)["detail"])


def get(url: str, path: str, token: str = "") -> Answer:
    """The answer to a GET on a connection of its own, the path sent as it is."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, dict(response.headers), response.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A contract of one operation: it loads at once."""
    file = tmp_path_factory.mktemp("ports") / "small.yaml"
    file.write_text(yaml.safe_dump(SMALL))
    return file


class Two(NamedTuple):
    """The addresses of a server with two ports."""

    main: str
    admin: str
    ready: Any


@pytest.fixture(scope="module")
def two(serving: Serving, small: Path) -> Iterator[Two]:
    """A server whose admin API has a port of its own."""
    with serving(str(small), "--admin-port", "0") as server:
        yield Two(server.url, server.ready["admin_url"].removesuffix("/__admin"), server.ready)


@pytest.fixture(scope="module")
def none(serving: Serving, small: Path) -> Iterator[Any]:
    """A server without an admin API."""
    with serving(str(small), "--no-admin") as server:
        yield server


# A port of its own ------------------------------------------------------------------------


def test_the_ready_line_has_both_ports(two: Two) -> None:
    assert two.main != two.admin
    assert two.ready["admin_url"] == f"{two.admin}/__admin"
    assert two.ready["admin_token"] is None


@pytest.mark.parametrize("path", [*STEERING, *PAGES])
@pytest.mark.parametrize("spelling", ["plain", "one underscore", "a letter"])
def test_the_admin_port_serves_the_admin_api_and_its_pages(
    path: str, spelling: str, two: Two
) -> None:
    assert get(two.admin, SPELLINGS[spelling](path)).status == 200


@misspelled
@pytest.mark.parametrize("path", OURS)
def test_the_main_port_serves_nothing_of_the_admin_api(path: str, spelling: str, two: Two) -> None:
    answer = get(two.main, (SPELLINGS | SLASHED)[spelling](path))

    assert (answer.status, answer.detail) == (404, "The admin API is not served here")
    assert answer.headers["x-mock-source"] == "mockserver"


@spelled
def test_health_is_on_both_ports(spelling: str, two: Two) -> None:
    path = SPELLINGS[spelling](HEALTH)

    assert get(two.main, path).status == get(two.admin, path).status == 200


@pytest.mark.parametrize("path", ["/things", "/__s/one/things", "/nowhere", "/", "//__admin/docs/"])
def test_the_admin_port_serves_no_contract(path: str, two: Two) -> None:
    answer = get(two.admin, path)

    assert answer.status == 404
    assert answer.detail == "This port serves the admin API alone, below /__admin"


def test_the_main_port_serves_the_contracts(two: Two) -> None:
    assert get(two.main, "/things").status == 200
    assert get(two.main, "/__s/one/things").headers["x-mock-session"] == "one"


def test_what_goes_to_the_wrong_port_is_in_no_journal(two: Two) -> None:
    def count() -> int:
        return int(json.loads(get(two.admin, "/__admin/sessions/default").body)["requests"])

    before = count()
    get(two.admin, "/things")
    get(two.main, "/__admin/version")
    get(two.main, "/things")

    assert count() == before + 1


def test_a_session_is_told_the_address_of_the_contracts(two: Two) -> None:
    get(two.main, "/__s/told/things")

    told = json.loads(get(two.admin, "/__admin/sessions/told").body)

    assert told["base_url"] == f"{two.main}/__s/told"


def test_a_document_names_the_address_of_the_contracts(two: Two) -> None:
    told = json.loads(get(two.admin, "/__admin/contracts/small/openapi.json").body)
    own = json.loads(get(two.admin, "/__admin/openapi.json").body)

    assert told["servers"] == [{"url": f"{two.main}/"}]
    assert get(told["servers"][0]["url"].rstrip("/"), "/things").status == 200
    assert own["servers"] == [{"url": "/"}]


@pytest.mark.parametrize("prefix", ["/__s/one", "/__s/one/__s/two", "/."])
def test_a_prefix_is_no_way_to_the_admin_api(prefix: str, two: Two) -> None:
    for path in (HEALTH, "/__admin/docs/", "/__admin/version"):
        assert get(two.main, prefix + path).status == 404
        assert get(two.admin, prefix + path).status == 404


def test_two_equal_ports_are_one_clear_line() -> None:
    with pytest.raises(UsageError, match="--port and --admin-port are both 8081"):
        Settings(port=8081, admin_port=8081)


def test_an_admin_port_in_use_is_one_clear_line(small: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(UsageError) as caught:
            serve(Settings(specs=(small,), port=0, admin_port=port))

    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1:{port}: Address already in use; "
        "--admin-port 0 takes a free one"
    )


def test_a_path_that_only_begins_like_the_admin_api_is_the_contracts(
    serving: Serving, tmp_path: Path
) -> None:
    paths = {"/__administrators": SMALL["paths"]["/things"]}  # type: ignore[index]
    file = tmp_path / "likely.yaml"
    file.write_text(yaml.safe_dump(SMALL | {"paths": paths}))

    with serving(str(file), "--admin-port", "0") as server:
        assert get(server.url, "/__administrators").status == 200
        assert get(server.ready["admin_url"], "/__administrators").status == 404
        assert "nearest: GET /__administrators" in get(server.url, "/__administrator").detail


# No admin API -----------------------------------------------------------------------------


@misspelled
@pytest.mark.parametrize("path", OURS)
def test_without_an_admin_api_nothing_of_it_is_served(path: str, spelling: str, none: Any) -> None:
    answer = get(none.url, (SPELLINGS | SLASHED)[spelling](path))

    assert (answer.status, answer.detail) == (404, "The admin API is not served here")


@spelled
def test_without_an_admin_api_there_is_its_health(spelling: str, none: Any) -> None:
    answer = get(none.url, SPELLINGS[spelling](HEALTH))

    assert (answer.status, json.loads(answer.body)["status"]) == (200, "ok")


def test_without_an_admin_api_the_contracts_and_their_sessions_are_served(none: Any) -> None:
    assert get(none.url, "/things").status == 200
    assert get(none.url, "/__s/one/things").headers["x-mock-session"] == "one"


def test_without_an_admin_api_the_ready_line_has_no_address_of_it(none: Any) -> None:
    assert (none.ready["admin_url"], none.ready["admin_token"]) == (None, None)


def test_without_an_admin_api_no_token_is_made_up(serving: Serving, small: Path) -> None:
    with serving(str(small), "--no-admin", "--host", EVERYWHERE) as server:
        assert server.ready["admin_token"] is None
        assert get(server.url, HEALTH).status == 200
        assert get(server.url, "/__admin/version").status == 404


# Tokens -----------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["beside", "apart"])
def guarded(
    serving: Serving, small: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[str, str, str]]:
    """A server for other machines: the addresses of contracts and admin API, and the token."""
    flags = ["--admin-port", "0"] if request.param == "apart" else []
    with serving(str(small), "--host", EVERYWHERE, *flags) as server:
        admin = server.ready["admin_url"].removesuffix("/__admin")
        yield server.url, admin, server.ready["admin_token"]


def test_other_machines_need_the_token_that_was_made_up(guarded: tuple[str, str, str]) -> None:
    _, admin, token = guarded

    assert len(token) >= 16
    for path in (*STEERING, *PAGES):
        assert get(admin, path, token).status == 200


@misspelled
@pytest.mark.parametrize("path", OURS)
def test_no_spelling_is_a_way_around_the_token(
    path: str, spelling: str, guarded: tuple[str, str, str]
) -> None:
    answer = get(guarded[1], (SPELLINGS | SLASHED)[spelling](path))

    assert answer.status == 401
    assert b"small" not in answer.body


@spelled
def test_health_needs_no_token_on_either_port(spelling: str, guarded: tuple[str, str, str]) -> None:
    for url in guarded[:2]:
        assert get(url, SPELLINGS[spelling](HEALTH)).status == 200


def test_the_contracts_need_no_admin_token(guarded: tuple[str, str, str]) -> None:
    assert get(guarded[0], "/things").status == 200


# A contract that would have the paths of the admin API --------------------------------------


@pytest.mark.parametrize(
    ("flags", "status"),
    [([], 200), (["--no-admin"], 404), (["--admin-port", "0"], 404)],
    ids=["beside", "none", "apart"],
)
def test_a_contract_of_templates_alone_does_not_take_the_paths_of_the_admin_api(
    flags: list[str], status: int, serving: Serving, tmp_path: Path
) -> None:
    names = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in ("one", "two")
    ]
    operation = {
        "operationId": "any",
        "parameters": names,
        "responses": {"200": {"description": "-"}},
    }
    file = tmp_path / "greedy.yaml"
    file.write_text(yaml.safe_dump(SMALL | {"paths": {"/{one}/{two}": {"get": operation}}}))

    with serving(str(file), *flags) as server:
        assert json.loads(get(server.url, HEALTH).body)["status"] == "ok"
        for spelling in SPELLINGS.values():
            assert get(server.url, spelling("/__admin/version")).status == status
            assert get(server.url, spelling("/__admin/docs/")).status == status
        assert get(server.url, "/a/b").status == 200
