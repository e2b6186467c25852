"""Clients that generators make of the published contracts, and consumers that use them.

`python` and `typescript` are such consumers: their tests know nothing of these here, which make
their clients and run them, over HTTP and over TLS. Whatever is missing or only warned of, fails.
"""

import importlib
import pkgutil
import re
import sys
from collections.abc import Iterator, Mapping
from functools import reduce
from operator import getitem
from typing import Any

import attrs
import httpx
import pytest

from tests.clients.conftest import ADMIN, GENERATED, NODE, PYTHON, Done, Served, package, run
from tests.conftest import STEMS
from tests.test_readme import LEFT_OUT

METHODS = ("get", "put", "post", "delete", "patch")
ANY = 418  # a status that stands for those that a contract does not list


@pytest.mark.parametrize("name", [*STEMS, ADMIN])
def test_a_python_client_is_made_without_a_warning(
    name: str, python_clients: Mapping[str, Done]
) -> None:
    done = python_clients[name]

    assert (done.returncode, done.stderr) == (0, ""), done.stdout  # by --fail-on-warning


def plain(name: str) -> str:
    """A name in whatever case, and with whatever between its words."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def found(document: Any, node: Any) -> Any:
    """What a node refers to, or the node itself."""
    while "$ref" in node:
        node = reduce(getitem, node["$ref"].removeprefix("#/").split("/"), document)
    return node


def members(document: Any, schema: Any) -> Iterator[str]:
    """The members of an object, those of its `allOf` included."""
    schema = found(document, schema)
    yield from schema.get("properties", {})
    for part in schema.get("allOf", ()):
        yield from members(document, part)


def objects(document: Any, schema: Any) -> Iterator[set[str]]:
    """The members of a schema, and those of each object below it that has no name of its own."""
    if "$ref" not in schema:
        yield set(map(plain, members(document, schema)))
        below = [*schema.get("properties", {}).values(), *schema.get("allOf", ())]
        for part in (*below, *([schema["items"]] if "items" in schema else [])):
            yield from objects(document, part)


def examples(document: Any) -> Iterator[tuple[str, int, Any]]:
    """Every reply that is shown: the operation, the status, the body."""
    for item in document["paths"].values():
        for operation in (item[method] for method in METHODS if method in item):
            for code, reply in operation["responses"].items():
                status = ANY if code == "default" else int(code)
                for media in found(document, reply).get("content", {}).values():
                    for example in media.get("examples", {}).values():
                        body = found(document, example)["value"]
                        yield operation["operationId"], status, body


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.usefixtures("python_clients")
def test_a_python_client_has_every_member_of_every_schema(
    stem: str, documents: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(GENERATED)
    models = vars(importlib.import_module(f"{package(stem)}.models")).values()
    made = [{plain(each.name) for each in attrs.fields(of)} for of in models if attrs.has(of)]
    schemas = documents[stem]["components"]["schemas"].values()
    wanted = [object_ for schema in schemas for object_ in objects(documents[stem], schema)]

    assert any(wanted)
    assert [want for want in wanted if not any(want <= have for have in made)] == []


@pytest.mark.parametrize("stem", STEMS)
@pytest.mark.usefixtures("python_clients")
def test_a_python_client_parses_every_reply_that_is_shown(
    stem: str, documents: Mapping[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(GENERATED)
    client = importlib.import_module(package(stem)).Client(
        "http://mock", raise_on_unexpected_status=True
    )
    api = importlib.import_module(f"{package(stem)}.api")
    functions = {
        plain(module.name.rpartition(".")[2]): importlib.import_module(module.name)
        for module in pkgutil.walk_packages(api.__path__, f"{api.__name__}.")
    }

    parsed = [
        functions[plain(operation)]._parse_response(  # noqa: SLF001 - `sync` without a server
            client=client, response=httpx.Response(status, json=body)
        )
        for operation, status, body in examples(documents[stem])
    ]

    assert parsed
    assert None not in parsed


def test_the_python_clients_and_their_consumer_are_well_typed(
    python_clients: Mapping[str, Done],
) -> None:
    clients = [GENERATED / package(name) for name in python_clients if name != ADMIN]

    done = run(
        *(sys.executable, "-m", "mypy", "--strict", "--config-file="),
        *sorted(PYTHON.glob("*.py")),
        *clients,
        folder=PYTHON,
        variables={"MYPYPATH": str(GENERATED)},
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_types_for_typescript_are_made_without_a_warning(typescript: Done) -> None:
    assert (typescript.returncode, typescript.stderr, typescript.stdout) == (0, "", "")
    made = {file.stem for file in (NODE / "contracts").glob("*.ts")}
    assert made == {*STEMS, ADMIN}


def test_the_types_and_their_consumer_compile_and_what_no_contract_has_does_not(
    compiled: Done,
) -> None:
    assert (compiled.returncode, compiled.stdout, compiled.stderr) == (0, "", "")


@pytest.mark.usefixtures("python_clients")
def test_a_consumer_in_python_goes_through_its_stories(served: Served) -> None:
    done = run(
        *(sys.executable, "-m", "pytest", "-c", "pytest.ini", "--mock-server-url", served.url),
        folder=PYTHON,
        variables=served.variables | {"PYTEST_ADDOPTS": LEFT_OUT},
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^=+ \d+ passed in \S+ =+$", done.stdout, re.MULTILINE), done.stdout


def test_a_consumer_in_typescript_goes_through_its_stories(served: Served, compiled: Done) -> None:
    assert compiled.returncode == 0, compiled.stdout
    tests = sorted((NODE / "build").glob("*.test.js"))

    done = run("node", "--test", *tests, folder=NODE, variables=served.variables)

    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    told = dict(
        re.findall(r"^\S+ (pass|fail|skipped|todo|cancelled) (\d+)$", done.stdout, re.MULTILINE)
    )
    assert int(told.pop("pass")) > len(tests)
    assert {told[bad] for bad in ("fail", "cancelled", "skipped", "todo")} == {"0"}
