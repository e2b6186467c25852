"""Servers over HTTP and over TLS, what they publish, and the clients that are made of it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import STEMS, environment, serving

HERE = Path(__file__).parent
PYTHON = HERE / "python"
NODE = HERE / "typescript"
GENERATED = PYTHON / "generated"
TOKEN = "secret"
PARALLEL = 2  # processes: most of their time is Python's own start
TIMEOUT_S = 300  # for what has to happen; nothing is measured
ADMIN = "admin"  # its own document, beside those of the contracts

collect_ignore = ["python", "typescript"]  # they are run as their own projects

Done = subprocess.CompletedProcess[str]


def run(
    *command: str | Path, folder: Path, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run something there to its end; it calls nobody but this machine."""
    return subprocess.run(
        list(map(str, command)),
        cwd=folder,
        env=environment({"no_proxy": "*", "NO_COLOR": "1"} | dict(variables or {})),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def tool(name: str) -> Path:
    """A command of the environment of these tests."""
    return Path(sys.executable).with_name(name)


@dataclass(frozen=True, slots=True)
class Served:
    """Where a server is, and what a client has to know of it."""

    url: str
    trust: Mapping[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """Of the environment of a consumer's tests."""
        told = {"MOCKSERVER_URL": self.url, "MOCKSERVER_ADMIN_TOKEN": TOKEN}
        return told | dict(self.trust)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate that this machine has given itself, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    request = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2"
    name = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    done = run("openssl", *request.split(), *name, folder=folder)
    assert done.returncode == 0, done.stderr
    return folder / "cert.pem", folder / "key.pem"


@pytest.fixture(scope="session", params=["http", "https"])
def served(request: pytest.FixtureRequest) -> Served:
    """A server that wants its own tokens and takes nothing but what the contracts say."""
    found: Served = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def http() -> Iterator[Served]:
    yield from strict()


@pytest.fixture(scope="session")
def https(certificate: tuple[Path, Path]) -> Iterator[Served]:
    cert, key = map(str, certificate)
    trust = {"SSL_CERT_FILE": cert, "NODE_EXTRA_CA_CERTS": cert}
    yield from strict("--tls-cert", cert, "--tls-key", key, trust=trust)


def strict(*flags: str, trust: Mapping[str, str] | None = None) -> Iterator[Served]:
    always = ("--auth", "issued", "--strict", "--admin-token", TOKEN, "--log-level", "warning")
    with serving(*always, *flags) as server:
        yield Served(server.url, trust or {})


@pytest.fixture(scope="session")
def documents(http: Served) -> dict[str, Any]:
    """What the server publishes, by name: every contract, and its own admin API."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"{http.url}/__admin", headers=headers, trust_env=False) as admin:
        stems = [each["stem"] for each in admin.get("/contracts").raise_for_status().json()]
        assert sorted(stems) == STEMS
        paths = {stem: f"/contracts/{stem}/openapi.json" for stem in stems}
        paths[ADMIN] = "/openapi.json"
        return {name: admin.get(path).raise_for_status().json() for name, path in paths.items()}


def package(name: str) -> str:
    """Of the Python client that is made of a document."""
    return name.replace("-", "_")


@pytest.fixture(scope="session")
def python_clients(
    documents: Mapping[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Done]:
    """What openapi-python-client said to each document; the clients are in `GENERATED`."""
    shutil.rmtree(GENERATED, ignore_errors=True)
    folder = tmp_path_factory.mktemp("documents")

    def make(name: str) -> Done:
        file = folder / f"{name}.json"
        file.write_text(json.dumps(documents[name]), encoding="utf-8")
        return run(
            *(tool("openapi-python-client"), "generate", "--fail-on-warning"),
            *("--path", file, "--meta", "none", "--output-path", GENERATED / package(name)),
            *("--config", PYTHON / (f"{ADMIN}.yaml" if name == ADMIN else "contracts.yaml")),
            folder=folder,
        )

    with ThreadPoolExecutor(PARALLEL) as several:
        return dict(zip(documents, several.map(make, documents), strict=True))


@pytest.fixture(scope="session")
def typescript(http: Served) -> Done:
    """What openapi-typescript said to all documents; the types are where the consumer has them."""
    shutil.rmtree(NODE / "contracts", ignore_errors=True)
    return run("node", "contracts.mjs", *STEMS, folder=NODE, variables=http.variables)


@pytest.fixture(scope="session")
def compiled(typescript: Done) -> Done:
    """What `tsc` said to all types and to their consumer, whose tests are in `build` then."""
    assert typescript.returncode == 0, typescript.stderr
    shutil.rmtree(NODE / "build", ignore_errors=True)
    return run("npm", "run", "--silent", "build", folder=NODE)
