"""The command `serve` as a process: the ready line, signals, what cannot be served, TLS, tokens."""

import base64
import contextlib
import http.client
import ipaddress
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from mockserver.errors import UsageError
from mockserver.server import run
from mockserver.server.app import App
from mockserver.settings import Settings

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
SPECS = Path(__file__).parents[2] / "specs"
SCENARIOS = Path(__file__).parents[2] / "scenarios"
ACCOUNT = "/v3/orgs/masmovil/tv/agile/subscriptions/ACC_77"
TRACE = {"Request-Correlation-Id": "2106f808-36e9-402d-bf37-f1f7fa04776b"}
OPERATION = {"responses": {"200": {"description": "Fine"}}}
SMALL = {
    "openapi": "3.0.3",
    "info": {"title": "Small", "version": "1"},
    "paths": {"/things": {"get": {"operationId": "list", **OPERATION}}},
}

Serving = Callable[..., Any]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A contract of one operation: it loads at once."""
    file = tmp_path / "small.yaml"
    file.write_text(yaml.safe_dump(SMALL))
    return file


def get(server: Any, path: str, headers: dict[str, str] | None = None) -> Any:
    """Status, headers and body of a GET on a connection of its own."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


# The ready line ---------------------------------------------------------------------------


def test_the_ready_line_says_as_json_where_the_server_is_and_what_it_serves(server: Any) -> None:
    documents = [yaml.safe_load(file.read_bytes()) for file in SPECS.glob("*.yaml")]
    methods = [method for each in documents for item in each["paths"].values() for method in item]

    assert server.ready == {
        "url": f"http://127.0.0.1:{server.port}",
        "admin_url": f"http://127.0.0.1:{server.port}/__admin",
        "admin_token": None,
        "pid": server.process.pid,
        "contracts": len(documents),
        "operations": sum(
            method in ("get", "post", "patch", "put", "delete") for method in methods
        ),
        "scenarios": len(list(SCENARIOS.glob("*/*.yaml"))),
        "workers": 1,
    }


def test_the_ready_line_is_one_sentence_for_people(small: Path) -> None:
    command = [sys.executable, "-m", "mockserver", "serve", str(small), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline().decode()
            url = urlsplit(line.split()[2])
            socket.create_connection((url.hostname or "", url.port or 0), timeout=30).close()
        finally:
            process.terminate()
        rest = process.stdout.read()

    start = f"ready on http://127.0.0.1:{url.port} - 1 contract, 1 operation, "
    assert line.startswith(start)
    assert line.endswith(f"; docs at http://127.0.0.1:{url.port}/__admin/contracts/<stem>/docs\n")
    assert rest == b""


def test_a_client_that_offers_http_2_keeps_its_body_and_its_connection(server: Any) -> None:
    offer = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAEAAEA"}
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    try:
        for _ in range(2):
            connection.request("POST", "/v1/oauth/token", FORM, FORM_TYPE | offer)
            response = connection.getresponse()
            assert (response.status, "access_token" in json.loads(response.read())) == (200, True)
    finally:
        connection.close()


# Signals ----------------------------------------------------------------------------------


def alone(_connection: socket.socket) -> None:
    """A connection that says nothing."""


def kept(connection: socket.socket) -> None:
    """A connection that is kept after its first reply."""
    connection.sendall(b"GET /things HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert connection.recv(1_000).startswith(b"HTTP/1.1 200 OK")


def hanging(connection: socket.socket) -> None:
    """A connection in the middle of an upload."""
    connection.sendall(
        b"GET /things HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        b"Content-Length: 100\r\n\r\n"
    )
    assert connection.recv(1_000).startswith(b"HTTP/1.1 100 Continue")


@pytest.mark.parametrize(
    ("number", "code", "caller"),
    [
        (signal.SIGTERM, 143, alone),
        (signal.SIGTERM, 143, kept),
        (signal.SIGTERM, 143, hanging),
        (signal.SIGINT, 130, kept),
    ],
)
def test_a_signal_ends_the_server_with_its_code_whoever_is_connected(
    serving: Serving, small: Path, number: int, code: int, caller: Callable[..., None]
) -> None:
    with (
        serving(str(small)) as server,
        socket.create_connection((server.host, server.port), timeout=30) as connection,
    ):
        caller(connection)
        server.process.send_signal(number)

        assert server.process.wait(timeout=30) == code
        assert "Traceback" not in server.said()


def test_an_upload_that_the_end_cuts_off_is_told_so_and_logged(
    serving: Serving, small: Path
) -> None:
    with (
        serving(str(small)) as server,
        socket.create_connection((server.host, server.port), timeout=30) as connection,
    ):
        hanging(connection)
        server.process.terminate()
        reply = connection.recv(10_000)
        server.process.wait(timeout=30)

        assert reply.startswith(b"HTTP/1.1 503 ")
        assert b"x-mock-source: mockserver" in reply
        assert json.loads(server.said().splitlines()[-1])["status"] == 503


def test_the_lines_of_the_last_requests_are_written_before_the_end(
    serving: Serving, small: Path
) -> None:
    with serving(str(small)) as server:
        get(server, "/things")
        get(server, "/nowhere")
        server.process.terminate()
        server.process.wait(timeout=30)

        lines = [json.loads(line) for line in server.said().splitlines()]

    told = [(line["operation"], line["path"], line["status"]) for line in lines]
    assert told == [("small/list", "/things", 200), (None, "/nowhere", 404)]


# What cannot be served --------------------------------------------------------------------


def refused(*flags: str) -> list[str]:
    """The complaints of a server that does not start."""
    done = subprocess.run(
        [sys.executable, "-m", "mockserver", "serve", "--port", "0", *flags],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (2, "")
    return done.stderr.splitlines()


def test_a_port_in_use_is_one_clear_line(server: Any, small: Path) -> None:
    (line,) = refused(str(small), "--port", str(server.port))

    assert line == (
        f"mockserver: cannot listen on 127.0.0.1:{server.port}: Address already in use; "
        "--port 0 takes a free one"
    )


def test_a_port_that_is_taken_while_the_contracts_load_is_one_clear_line(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bind: Callable[..., socket.socket] = run.__dict__["_bind"]

    with contextlib.ExitStack() as stack:

        def bind_before_another_listens(*arguments: Any) -> socket.socket:
            ours = stack.enter_context(bind(*arguments))
            theirs = stack.enter_context(socket.socket())
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            theirs.bind(ours.getsockname())
            theirs.listen()
            return ours

        monkeypatch.setattr(run, "_bind", bind_before_another_listens)

        with pytest.raises(UsageError, match=r"cannot listen on 127\.0\.0\.1:\d+: .*in use"):
            run.serve(Settings(specs=(small,), port=0))


def test_an_address_of_another_machine_is_one_clear_line(small: Path) -> None:
    (line,) = refused(str(small), "--host", "192.0.2.1")

    assert line.startswith("mockserver: cannot listen on 192.0.2.1:0: ")


def test_a_folder_that_is_not_there_is_one_clear_line(tmp_path: Path) -> None:
    (line,) = refused("--specs", str(tmp_path / "nowhere"))

    assert line.startswith(f"mockserver: {tmp_path / 'nowhere'}: cannot be read")


def test_a_folder_without_contracts_is_one_clear_line(tmp_path: Path) -> None:
    (line,) = refused("--specs", str(tmp_path))

    assert line.startswith(f"mockserver: {tmp_path}: holds no contract")


def test_a_file_that_is_no_yaml_is_one_clear_line_with_the_place(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    file.write_text("openapi: 3.0.3\ninfo: [")

    (line,) = refused(str(file))

    assert line.startswith(f"mockserver: {file}: is no YAML")
    assert "line" in line


def test_a_broken_contract_is_one_clear_line_for_each_finding(tmp_path: Path) -> None:
    file = tmp_path / "broken.yaml"
    broken = {"get": {**OPERATION, "operationID": "x"}, "post": {"operationId": "y"}}
    file.write_text(yaml.safe_dump(SMALL | {"paths": {"/things": broken}}))

    lines = refused(str(file))

    places = [line.partition("#")[2].partition(":")[0] for line in lines]
    assert sorted(places) == ["/paths/~1things/get", "/paths/~1things/post"]
    assert all(line.startswith(f"mockserver: {file}#") for line in lines)


def test_a_certificate_that_is_not_there_is_one_clear_line(small: Path, tmp_path: Path) -> None:
    missing = str(tmp_path / "cert.pem")

    (line,) = refused(str(small), "--tls-cert", missing, "--tls-key", missing)

    assert line.startswith("mockserver: cannot use the certificate and key in ")
    assert missing in line


def test_a_certificate_that_is_none_is_one_clear_line(small: Path) -> None:
    (line,) = refused(str(small), "--tls-cert", str(small), "--tls-key", str(small))

    assert line.startswith("mockserver: cannot use the certificate and key in ")


def test_a_certificate_without_its_key_is_one_clear_line(small: Path) -> None:
    (line,) = refused(str(small), "--tls-cert", str(small))

    assert line == "mockserver: --tls-cert and --tls-key go together"


# Scenarios --------------------------------------------------------------------------------

GONE = """\
summary: Mine
rules:
  - on: list
    reply: {status: 200, headers: {X-Mine: "1"}}
"""


@pytest.fixture
def scenarios(tmp_path: Path) -> Callable[..., Path]:
    """Writes a folder of scenarios from texts by id."""

    def make(texts: dict[str, str], name: str = "my-scenarios") -> Path:
        for each, text in texts.items():
            file = tmp_path / name / f"{each}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        return tmp_path / name

    return make


@pytest.mark.parametrize("variable", ["", "MOCKSERVER_SCENARIOS"], ids=["flag", "variable"])
def test_scenarios_of_the_user_are_served_beside_the_packaged_ones(
    serving: Serving, small: Path, scenarios: Callable[..., Path], variable: str
) -> None:
    folder = str(scenarios({"small/mine": GONE}))
    flags = () if variable else ("--scenarios", folder)
    variables = {variable: folder} if variable else {}

    with serving(str(small), *flags, variables=variables) as server:
        mine = get(server, "/things", {"X-Mock-Scenario": "mine"})
        slow = get(server, "/things", {"X-Mock-Scenario": "unavailable"})

    assert (mine[1]["X-Mine"], mine[1]["X-Mock-Scenario"]) == ("1", "small/mine")
    assert (slow[0], slow[1]["X-Mock-Scenario"]) == (503, "common/unavailable")


@pytest.mark.parametrize("packaged", [False, True], ids=["own contract", "packaged contracts"])
def test_a_file_with_the_id_of_an_earlier_one_takes_its_place(
    packaged: bool,  # noqa: FBT001 - a parameter of the test
    serving: Serving,
    small: Path,
    scenarios: Callable[..., Path],
) -> None:
    text = "summary: Mine\nrules: [{on: '*', as: gateway, reply: {status: 529}}]\n"
    first = scenarios({"common/unavailable": text, "common/mine": text})
    second = scenarios({"common/mine": text.replace("529", "530")}, "others")
    path = ACCOUNT if packaged else "/things"
    contracts = [] if packaged else [str(small)]

    with serving(*contracts, "--scenarios", str(first), "--scenarios", str(second)) as server:
        statuses = [
            get(server, path, TRACE | {"X-Mock-Scenario": name})[0]
            for name in ("unavailable", "mine")
        ]
        count = server.ready["scenarios"]

    with serving(*contracts) as server:
        assert count == server.ready["scenarios"] + 1
    assert statuses == [529, 530]


def test_broken_scenarios_are_one_located_line_for_each_finding(
    small: Path, scenarios: Callable[..., Path]
) -> None:
    folder = scenarios({"small/one": GONE + "tgas: []\n", "small/two": "rules: [", "small/three":
                        GONE.replace("reply:", "reply: 5 #")})  # fmt: skip

    lines = refused(str(small), "--scenarios", str(folder))

    assert sorted(line.partition(": ")[2].partition(": ")[0] for line in lines) == [
        f"{folder}/small/one.yaml:1",
        f"{folder}/small/three.yaml:4#/rules/0/reply",
        f"{folder}/small/two.yaml",
    ]


def test_scenarios_that_do_not_fit_are_one_located_line_for_each_finding(
    small: Path, scenarios: Callable[..., Path]
) -> None:
    folder = scenarios({"small/lost": GONE.replace("200", "404"), "smal/lost": GONE,
                        "small/odd": GONE.replace("list", "lits")})  # fmt: skip

    lines = refused(str(small), "--scenarios", str(folder))

    assert sorted(line.partition(": ")[2].partition(": ")[0] for line in lines) == [
        f"{folder}/smal/lost.yaml:1",
        f"{folder}/small/lost.yaml:4#/rules/0/reply/status",
        f"{folder}/small/odd.yaml:3#/rules/0/on",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "is no folder of scenarios"), (GONE, "the file is not in the folder of an API")],
    ids=["missing", "stray"],
)
def test_a_folder_that_holds_no_scenarios_in_their_places_is_one_clear_line(
    text: str | None, message: str, small: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "my-scenarios"
    if text:
        folder.mkdir()
        (folder / "stray.yaml").write_text(text)

    (line,) = refused(str(small), "--scenarios", str(folder))

    assert message in line
    assert line.startswith(f"mockserver: {folder}")


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """A contract of the user's with the name of a packaged one, which few scenarios fit."""
    file = tmp_path / "agile-tv-v3.yaml"
    text = (SPECS / "agile-tv-v3.yaml").read_text(encoding="utf-8")
    file.write_text(text.replace("operationId: getSubscription", "operationId: readSubscription"))
    return file


def test_packaged_scenarios_that_do_not_fit_are_left_out_with_one_warning_for_the_api(
    serving: Serving, changed: Path
) -> None:
    with serving(str(changed)) as server:
        left = get(server, ACCOUNT, TRACE | {"X-Mock-Scenario": "subscription-suspended"})
        (line,) = [each for each in server.said().splitlines() if each[0] != "{"]

    found = re.fullmatch(
        r"WARNING mockserver\.server\.run: packaged scenarios that do not fit the contract "
        r"agile-tv-v3 are left out: ([a-z, -]+) \((\d+)\); --log-level debug tells why",
        line,
    )
    assert found
    names = found[1].split(", ")
    assert len(set(names)) == len(names) == int(found[2])
    assert "subscription-suspended" in names
    assert left[0] == 400
    packaged = len([*(SCENARIOS / "agile-tv-v3").glob("*"), *(SCENARIOS / "common").glob("*")])
    assert server.ready["scenarios"] == packaged - len(names)


def test_the_debug_log_tells_why_packaged_scenarios_are_left_out(
    serving: Serving, changed: Path
) -> None:
    with serving(str(changed), "--log-level", "debug") as server:
        lines = [line for line in server.said().splitlines() if "subscription-suspended" in line]

    assert lines[0].startswith("DEBUG mockserver.server.run: left out: ")
    assert "#/rules/0/on: there is no operation 'getSubscription'" in lines[0]


@pytest.mark.parametrize("own", [False, True], ids=["packaged", "own contract"])
def test_scenarios_of_a_packaged_api_that_is_not_served_are_left_out_with_one_warning(
    serving: Serving,
    small: Path,
    scenarios: Callable[..., Path],
    own: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    mine = GONE if own else "summary: Mine\nrules: [{on: '*', as: gateway, reply: {status: 529}}]\n"
    served = "small" if own else "agile-tv-v3"
    folder = scenarios({f"{served}/mine": mine, "hbo-tv-v1/a": "tgas: []", "hbo-tv-v1/b": GONE})
    contract = small if own else SPECS / "agile-tv-v3.yaml"

    with serving(str(contract), "--scenarios", str(folder)) as server:
        path = "/things" if own else ACCOUNT
        reply = get(server, path, TRACE | {"X-Mock-Scenario": "mine"})
        (line,) = [each for each in server.said().splitlines() if each[0] != "{"]

    assert reply[1]["X-Mock-Scenario"] == f"{served}/mine"
    assert line.endswith(f"{folder}: scenarios of APIs that are not served are left out: hbo-tv-v1")


def test_a_default_of_the_user_may_claim_a_reserved_value(
    serving: Serving, scenarios: Callable[..., Path]
) -> None:
    when = "when: {path: {service_id: ACC_404}}"
    rule = f"{{on: getSubscription, {when}, reply: {{status: 500}}}}"
    folder = scenarios({"agile-tv-v3/mine": f"summary: Mine\ndefault: true\nrules: [{rule}]\n"})

    with serving("--state", "none", "--scenarios", str(folder)) as server:
        taken = get(server, ACCOUNT.replace("ACC_77", "ACC_404"), TRACE)
        other = get(server, ACCOUNT.replace("ACC_77", "ACC_500"), TRACE)

    assert (taken[0], taken[1]["X-Mock-Scenario"]) == (500, "agile-tv-v3/mine")
    assert other[1]["X-Mock-Scenario"] == "agile-tv-v3/magic"


def test_a_status_may_be_named_with_its_api(serving: Serving) -> None:
    with serving("--state", "none") as server:
        ours = get(server, ACCOUNT, TRACE | {"X-Mock-Scenario": "agile-tv-v3/status-404"})
        theirs = get(server, ACCOUNT, TRACE | {"X-Mock-Scenario": "hbo-tv-v1/status-404"})
        long = get(server, ACCOUNT, TRACE | {"X-Mock-Scenario": "x" * 2_001})

    assert (ours[0], ours[1]["X-Mock-Scenario"]) == (404, "agile-tv-v3/status-404")
    assert (theirs[0], theirs[1]["X-Mock-Scenario"]) == (200, None)
    assert long[0] == 400


def test_the_packaged_contracts_warn_of_nothing(server: Any) -> None:
    assert "left out" not in server.said()


# Sessions ---------------------------------------------------------------------------------


def admin(server: Any, method: str, path: str, body: Any = None) -> Any:
    """Status and parsed body of a call to the admin API."""
    connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
    try:
        connection.request(
            method, f"/__admin{path}", body=body and json.dumps(body),
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    finally:
        connection.close()


@pytest.mark.parametrize("variables", [{}, {"MOCKSERVER_SESSIONS": "declared"}])
def test_declared_sessions_are_those_that_were_made(
    serving: Serving, small: Path, variables: dict[str, str]
) -> None:
    flags = () if variables else ("--sessions", "declared")
    with serving(str(small), *flags, variables=variables) as server:
        unknown = get(server, "/things", {"X-Mock-Session": "mine"})
        default = get(server, "/things")
        made = admin(server, "POST", "/sessions", {"name": "mine"})
        known = get(server, "/things", {"X-Mock-Session": "mine"})

    assert (unknown[0], unknown[1]["X-Mock-Source"]) == (404, "mockserver")
    assert b"mine" in unknown[2]
    assert (default[0], made[0], known[0]) == (200, 201, 200)
    assert known[1]["X-Mock-Session"] == "mine"


def test_there_are_at_most_as_many_sessions_as_allowed(serving: Serving, small: Path) -> None:
    with serving(str(small), "--sessions-max", "2") as server:
        statuses = [get(server, f"/__s/s{number}/things")[0] for number in (1, 2, 3, 1)]
        refused_too = admin(server, "POST", "/sessions", {"name": "s4"})[0]
        admin(server, "DELETE", "/sessions/s1")
        after = get(server, "/__s/s3/things")[0]

    assert (statuses[:2], statuses[3], after) == ([200, 200], 200, 200)
    assert statuses[2] >= 400
    assert refused_too >= 400


def test_a_session_without_a_request_for_long_enough_is_gone(
    call: Callable[..., Any], small: Path
) -> None:
    app = App(Settings(specs=(small,), session_idle_s=5))
    now = [0.0]
    app.engine.sessions._stopwatch = lambda: now[0]  # noqa: SLF001 - time without waiting for it
    call(app, "GET", "/__s/mine/things")
    now[0] = 4.0
    kept = call(app, "GET", "/__admin/sessions").json
    now[0] = 6.0
    gone = call(app, "GET", "/__admin/sessions").json

    assert "mine" in [each["name"] for each in kept]
    assert "mine" not in [each["name"] for each in gone]


# TLS --------------------------------------------------------------------------------------


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """Files with a self-signed certificate for this machine and with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


def test_https_is_served_to_whatever_host_is_asked_for(
    serving: Serving, certificate: tuple[Path, Path]
) -> None:
    cert, key = map(str, certificate)
    trusting = ssl.create_default_context(cafile=cert)
    authn = str(SPECS / "authn-v1.yaml")
    with serving(authn, "--tls-cert", cert, "--tls-key", key) as server:
        with socket.create_connection((server.host, server.port), timeout=30) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\n\r\n")  # no TLS: of no consequence for others
        connection = http.client.HTTPSConnection(
            server.host, server.port, timeout=30, context=trusting
        )
        try:
            connection.request(
                "GET", "/v1/.well-known/openid-configuration", headers={"Host": "authn.example"}
            )
            response = connection.getresponse()
            found = json.loads(response.read())
        finally:
            connection.close()

    assert (server.url.partition(":")[0], response.status) == ("https", 200)
    assert found["token_endpoint"] == "https://authn.example/v1/oauth/token"


def test_the_coverage_of_a_certificate_of_ones_own_needs_it_to_be_trusted(
    serving: Serving, certificate: tuple[Path, Path], small: Path
) -> None:
    cert, key = map(str, certificate)

    def coverage(url: str, **variables: str) -> Any:
        return subprocess.run(
            [sys.executable, "-m", "mockserver", "coverage", url],
            env=os.environ | variables,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )

    with serving(str(small), "--tls-cert", cert, "--tls-key", key) as server:
        unknown = coverage(server.url, SSL_CERT_FILE=os.devnull)
        known = coverage(server.url, SSL_CERT_FILE=cert)
        plain = coverage(server.url.replace("https", "http"))

    assert (unknown.returncode, unknown.stdout, unknown.stderr.count("\n")) == (2, "", 1)
    assert "CERTIFICATE_VERIFY_FAILED" in unknown.stderr
    assert unknown.stderr.endswith("; SSL_CERT_FILE=FILE trusts one\n")
    assert (known.returncode, "statuses: 0 of 1 (0 %)" in known.stdout) == (0, True)
    assert (plain.returncode, plain.stderr.count("\n")) == (2, 1)
    assert "tells no coverage" in plain.stderr


# The token of the admin API ---------------------------------------------------------------


@pytest.fixture(scope="module")
def exposed(serving: Serving) -> Iterator[Any]:
    """A server that more than this machine can reach."""
    with serving("--state", "none", "--host", "0.0.0.0", str(SPECS / "agile-tv-v3.yaml")) as server:  # noqa: S104
        yield server


DOCS = "/__admin/contracts/agile-tv-v3/docs/"


def test_a_server_for_other_machines_makes_up_a_token_and_tells_it(exposed: Any) -> None:
    assert len(exposed.ready["admin_token"]) >= 16
    assert exposed.host == "127.0.0.1"


@pytest.mark.parametrize("path", ["/__admin/contracts", DOCS, "/__admin/nowhere", "/__admin"])
@pytest.mark.parametrize(
    "authorization",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}],
    ids=["none", "bearer", "basic"],
)
def test_without_the_token_the_admin_api_is_401_with_both_challenges(
    exposed: Any, path: str, authorization: dict[str, str]
) -> None:
    status, headers, body = get(exposed, path, authorization)

    assert (status, headers["Content-Type"]) == (401, "application/problem+json")
    assert "Bearer realm=" in headers["WWW-Authenticate"]
    assert "Basic realm=" in headers["WWW-Authenticate"]
    assert json.loads(body)["status"] == 401


@pytest.mark.parametrize("path", ["/%5f%5fadmin/contracts", DOCS.replace("__", "_%5F", 1)])
def test_an_encoded_path_is_no_way_around_the_token(exposed: Any, path: str) -> None:
    assert get(exposed, path)[0] == 401


def test_health_and_the_contracts_themselves_need_no_token(exposed: Any) -> None:
    assert get(exposed, "/__admin/health")[0] == 200
    assert get(exposed, ACCOUNT, TRACE)[0] == 200


@pytest.mark.parametrize("path", ["/__admin/contracts", DOCS])
@pytest.mark.parametrize("kind", ["Bearer", "bearer", "Basic"])
def test_the_token_opens_the_admin_api_as_bearer_and_as_password(
    exposed: Any, path: str, kind: str
) -> None:
    token = exposed.ready["admin_token"]
    if kind == "Basic":
        token = base64.b64encode(b"anyone:" + token.encode()).decode()

    assert get(exposed, path, {"Authorization": f"{kind} {token}"})[0] == 200


def test_a_token_that_is_set_is_asked_for_on_this_machine_too(
    serving: Serving, small: Path
) -> None:
    with serving(str(small), variables={"MOCKSERVER_ADMIN_TOKEN": "open sesame"}) as server:
        assert get(server, "/__admin/version")[0] == 401
        assert get(server, "/__admin/version", {"Authorization": "Bearer open sesame"})[0] == 200
        assert server.ready["admin_token"] == "open sesame"


# Access tokens ----------------------------------------------------------------------------


def b64(value: Any) -> str:
    """A part of a JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


ASSERTION = ".".join(
    [
        b64({"alg": "RS256", "typ": "JWT", "kid": "1"}),
        b64({"iss": "shop@consumer.example", "aud": "x", "iat": 1, "exp": 3_601}),
        "c2lnbmF0dXJl",
    ]
)
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FORM = urlencode({"grant_type": GRANT, "assertion": ASSERTION})
FORM_TYPE = {"Content-Type": "application/x-www-form-urlencoded"}


def test_only_issued_tokens_open_a_server_that_wants_them(serving: Serving) -> None:
    with serving("--state", "none", "--auth", "issued", "--no-mock-headers") as server:
        missing = get(server, ACCOUNT, TRACE)
        wrong = get(server, ACCOUNT, TRACE | {"Authorization": "Bearer made-up"})
        connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        try:
            connection.request("POST", "/v1/oauth/token", FORM, FORM_TYPE)
            token = json.loads(connection.getresponse().read())["access_token"]
        finally:
            connection.close()
        right = get(server, ACCOUNT, TRACE | {"Authorization": f"Bearer {token}"})

    statuses = missing[0], wrong[0], right[0]
    assert statuses == (401, 401, 200)
    # RFC 6750, 3.1: no error code for a request that carries no token at all.
    assert missing[1]["WWW-Authenticate"] == 'Bearer realm="agile-tv-v3"'
    assert 'error="invalid_token"' in wrong[1]["WWW-Authenticate"]
    assert json.loads(wrong[2])["code"] == "UNAUTHORIZED_REQUEST"
    assert [name for name in right[1] if name.lower().startswith("x-mock")] == []


def test_a_token_is_accepted_for_an_hour_by_the_clock(call: Callable[..., Any]) -> None:
    now = [NOON]
    app = App(Settings(state="none", auth="issued"), clock=lambda: now[0])
    answer = call(app, "POST", "/v1/oauth/token", headers=FORM_TYPE, body=FORM.encode()).json
    headers = TRACE | {"Authorization": f"{answer['token_type']} {answer['access_token']}"}

    now[0] = NOON + timedelta(seconds=answer["expires_in"] - 1)
    fresh = call(app, "GET", ACCOUNT, headers=headers)
    now[0] = NOON + timedelta(seconds=answer["expires_in"])
    stale = call(app, "GET", ACCOUNT, headers=headers)

    assert (fresh.status, stale.status) == (200, 401)
    assert 'error="invalid_token"' in stale.headers["www-authenticate"]
    assert "expired" in stale.json["details"]
