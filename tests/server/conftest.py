"""Every packaged operation as its document has it, read without the code under test.

A test that takes `documented` runs once for each operation of each contract.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import pytest
import yaml

SPECS = Path(__file__).parents[2] / "specs"
METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True)
class Call:
    """A request before it is sent; what is missing was left out on purpose."""

    method: str
    template: str
    path: dict[str, str]
    query: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str | None = None
    content: Any = None

    @property
    def target(self) -> str:
        """Path and query as they go on the wire."""
        path = self.template
        for name, value in self.path.items():
            path = path.replace("{" + name + "}", value)
        query = urlencode(self.query, doseq=True, safe=",")
        return f"{path}?{query}" if query else path

    @property
    def sent_headers(self) -> dict[str, str]:
        """With the content type of the body."""
        return self.headers | ({"Content-Type": self.media_type} if self.media_type else {})

    @property
    def body(self) -> bytes | None:
        """The content in its media type."""
        if self.media_type is None:
            return None
        if self.media_type == "application/x-www-form-urlencoded":
            return urlencode(self.content).encode()
        return json.dumps(self.content).encode()

    def but(self, **changes: Any) -> "Call":
        """The same with other parts."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Documented:
    """One operation of a document, its references replaced by what they point to."""

    id: str
    method: str
    path: str
    node: Any
    parameters: tuple[Any, ...]

    @property
    def responses(self) -> dict[str, Any]:
        """Documented replies by code."""
        found: dict[str, Any] = self.node["responses"]
        return found

    @property
    def body(self) -> tuple[str, Any] | None:
        """The first media type of the request body and its entry; None where there is no body."""
        content = self.node.get("requestBody", {}).get("content", {})
        return next(iter(content.items()), None)

    def example(self) -> Call:
        """The request that the document's own examples make."""
        given = {
            place: {p["name"]: _text(p) for p in self.parameters if p["in"] == place}
            for place in ("path", "query", "header")
        }
        media_type, entry = self.body or (None, {})
        return Call(
            self.method,
            self.path,
            {name: quote(value, safe="") for name, value in given["path"].items()},
            {name: value for name, value in given["query"].items() if value is not None},
            {name: value for name, value in given["header"].items() if value is not None},
            media_type,
            example_of(entry) if media_type else None,
        )


def example_of(node: Any) -> Any:
    """The first example of a parameter or of a media type; None where it has none."""
    for named in node.get("examples", {}).values():
        return named["value"]
    return node.get("example", node.get("schema", {}).get("example"))


def _text(parameter: Any) -> Any:
    """The example as text; a list of texts where each one is a parameter of its own."""
    value = example_of(parameter)
    if isinstance(value, list):
        texts = [str(item) for item in value]
        return texts if parameter.get("explode", True) else ",".join(texts)
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


def _inlined(node: Any, document: Any) -> Any:
    """`node` without references; the packaged documents have no recursive ones."""
    if isinstance(node, list):
        return [_inlined(part, document) for part in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step.replace("~1", "/").replace("~0", "~")]
        return _inlined(target, document)
    return {key: _inlined(part, document) for key, part in node.items()}


@cache
def every_operation() -> tuple[Documented, ...]:
    """All operations of all packaged documents."""
    return tuple(
        operation for file in sorted(SPECS.glob("*.yaml")) for operation in _operations(file)
    )


def _operations(file: Path) -> Iterator[Documented]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    document = yaml.load(file.read_bytes(), loader)  # noqa: S506 - one of the safe ones
    base = urlsplit(document.get("servers", [{"url": "/"}])[0]["url"]).path.rstrip("/")
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                node = _inlined(item[method], document)
                shared = _inlined(item.get("parameters", []), document)
                yield Documented(
                    f"{file.stem}/{node['operationId']}",
                    method.upper(),
                    base + path,
                    node,
                    (*shared, *node.get("parameters", [])),
                )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`documented`: each operation; `code` beside it: each of its documented codes."""
    if "documented" not in metafunc.fixturenames:
        return
    operations = every_operation()
    if "code" in metafunc.fixturenames:
        pairs = [(op, code) for op in operations for code in op.responses]
        ids = [f"{op.id}-{code}" for op, code in pairs]
        metafunc.parametrize(("documented", "code"), pairs, ids=ids)
    else:
        metafunc.parametrize("documented", operations, ids=[op.id for op in operations])
