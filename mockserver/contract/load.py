"""Files -> contracts. Whatever is wrong is found here, located, all at once; never at request time.

read        bytes -> document (YAML or JSON), duplicate keys refused
load        document -> Contract: meta-schema, then each operation compiled
load_all    several files; two that claim one method and path are refused
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from mockserver.contract import compiler
from mockserver.contract.dialect import DIALECTS, Dialect, MetaSchema
from mockserver.contract.operation import Contract, Operation
from mockserver.contract.schemas import Schemas, deepest, pointer
from mockserver.document import read
from mockserver.errors import Finding, LoadError, nearest
from mockserver.exchange import Json

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
SUFFIXES = (".yaml", ".yml", ".json")
OWN_PREFIXES = ("/__admin", "/__s")


def load(file: Path, *, lenient: bool = True, own: bool = False) -> Contract:
    """Load one contract; the stem of the file is its id.

    Args:
        file: OpenAPI document, YAML or JSON.
        lenient: Accept what real clients send though the schema is narrower (`True` in a query,
            null for an optional member).
        own: It is the server's own document, which may use the server's own paths.

    Raises:
        LoadError: Everything that keeps the document from being served.
    """
    name = str(file)
    document = read(file)
    dialect = _dialect(document, name)
    findings = list(_broken(document, dialect, name))
    if findings:
        raise LoadError(findings)
    shaped = dialect.shape(document)
    schemas = Schemas(shaped, dialect)
    base_path, base_findings = _base_path(shaped, name)
    findings += base_findings
    operations: list[Operation] = []
    for path, method, place in _operations(shaped):
        build = compiler.OperationCompiler(
            file.stem, name, shaped, schemas, base_path=base_path, lenient=lenient
        )
        operation = build.compile(path, method, place)
        findings += build.findings
        if operation is not None:
            operations.append(operation)
    findings += _own_rules(operations, name, own=own)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise LoadError(errors)
    info = shaped["info"]
    return Contract(
        stem=file.stem,
        file=name,
        title=info["title"],
        version=str(info["version"]),
        document=document,
        base_path=base_path,
        schemas=schemas,
        operations=tuple(operations),
        warnings=tuple(findings),
    )


def load_all(files: Iterable[Path], *, lenient: bool = True) -> tuple[Contract, ...]:
    """Load several contracts; raises `LoadError` with the findings of all of them."""
    contracts: list[Contract] = []
    findings: list[Finding] = []
    for file in files:
        try:
            contracts.append(load(file, lenient=lenient))
        except LoadError as error:
            findings += error.findings
    findings += _clashes(contracts)
    if findings:
        raise LoadError(findings)
    return tuple(contracts)


def files_of(paths: Iterable[Path]) -> list[Path]:
    """The contract files among `paths`: files as they are, folders by their content, sorted.

    Raises:
        LoadError: A path does not exist or cannot be read, or there is no contract at all.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            try:
                inside = sorted(p for p in path.iterdir() if p.suffix in SUFFIXES and p.is_file())
            except OSError as error:
                raise LoadError(
                    [Finding(str(path), "", f"cannot be read: {error.strerror}")]
                ) from error
            if not inside:
                raise LoadError(
                    [
                        Finding(
                            str(path),
                            "",
                            "holds no contract",
                            f"files ending in {', '.join(SUFFIXES)}",
                        )
                    ]
                )
            files += inside
        else:
            files.append(path)
    stems: dict[str, Path] = {}
    for file in files:
        if file.stem in stems:
            raise LoadError(
                [
                    Finding(
                        str(file), "", f"has the same stem as {stems[file.stem]}", "one file per id"
                    )
                ]
            )
        stems[file.stem] = file
    return files


def _dialect(document: Json, name: str) -> Dialect:
    if not isinstance(document, dict):
        raise LoadError([Finding(name, "", "is no OpenAPI document", "an object with `openapi`")])
    version = document.get("openapi", document.get("swagger"))
    allowed = ", ".join(f"{key}.x" for key in DIALECTS)
    if version is None:
        close = nearest("openapi", document)
        found = f"the key {close!r}, no `openapi`" if close else "no `openapi`"
        raise LoadError([Finding(name, "", f"has {found}", f"openapi: {allowed}")])
    dialect = DIALECTS.get(".".join(str(version).split(".")[:2]))
    if dialect is None:
        place = "/openapi" if "openapi" in document else "/swagger"
        raise LoadError([Finding(name, place, f"version {version} is not served", allowed)])
    return dialect


def _broken(document: Json, dialect: Dialect, name: str) -> Iterator[Finding]:
    """What the meta-schema of the dialect finds."""
    seen = set()
    metaschema = dialect.metaschema()
    for error in metaschema.validator.iter_errors(document):
        for leaf in deepest(error):
            finding = _meta_finding(leaf, metaschema, name)
            if finding not in seen:
                seen.add(finding)
                yield finding


def _meta_finding(error: Json, metaschema: MetaSchema, name: str) -> Finding:
    place = pointer(list(error.instance_path))
    kind = error.kind
    if kind.name == "required":
        return Finding(name, place, f"the key `{kind.property}` is missing", f"`{kind.property}`")
    if kind.name == "additionalProperties":
        allowed = sorted(metaschema.allowed_keys(list(error.schema_path)))
        found = ", ".join(f"`{key}`" for key in kind.unexpected)
        close = nearest(kind.unexpected[0], allowed)
        return Finding(name, place, f"unknown key {found}", ", ".join(allowed), close)
    if kind.name == "enum":
        allowed = [str(option) for option in kind.options]
        if place.endswith("/in"):  # one alternative of the meta-schema for each place
            allowed = ["path", "query", "header", "cookie"]
        close = nearest(str(error.instance), allowed)
        return Finding(name, place, f"found {error.instance!r}", ", ".join(allowed), close)
    if kind.name == "type":
        found = type(error.instance).__name__
        return Finding(name, place, f"found {found}", " or ".join(sorted(kind.types)))
    return Finding(name, place, error.message[:300])


def _operations(document: Json) -> Iterator[tuple[str, str, str]]:
    for path, item in document.get("paths", {}).items():
        for method in METHODS:
            if method in item:
                yield path, method, pointer(["paths", path, method])


def _base_path(document: Json, name: str) -> tuple[str, list[Finding]]:
    """The path of the first server, its variables at their defaults."""
    servers = document.get("servers") or [{"url": "/"}]
    url = servers[0].get("url", "/")
    for variable, spec in servers[0].get("variables", {}).items():
        url = url.replace("{" + variable + "}", str(spec.get("default", "")))
    if "{" in url:
        reason = f"the variable of {url!r} has no default"
        return "", [Finding(name, "/servers/0/url", reason, "a `default` for each variable")]
    path = urlsplit(url).path.rstrip("/")
    return (path if not path or path.startswith("/") else "/" + path), []


def _own_rules(operations: Iterable[Operation], name: str, *, own: bool) -> Iterator[Finding]:
    ids: dict[str, str] = {}
    for operation in operations:
        if operation.id in ids:
            reason = f"operationId {operation.name!r} is used by {ids[operation.id]} too"
            yield Finding(name, operation.pointer, reason, "one operationId per operation")
        ids[operation.id] = f"{operation.method} {operation.path}"
        for prefix in () if own else OWN_PREFIXES:
            if re.match(rf"{prefix}(/|$)", operation.path):
                reason = f"{operation.path} collides with the server's own paths"
                yield Finding(name, operation.pointer, reason, "paths outside of /__admin and /__s")


def _clashes(contracts: Iterable[Contract]) -> Iterator[Finding]:
    """Two contracts, or two templates of one, that claim the same method and path."""
    claims: dict[tuple[str, str], tuple[Contract, Operation]] = {}
    for contract in contracts:
        for operation in contract.operations:
            key = operation.method, re.sub(r"\{[^}]*\}", "{}", operation.path)
            if key in claims:
                other, first = claims[key]
                reason = (
                    f"{operation.method} {operation.path} of {operation.id} "
                    f"is claimed by {first.id} ({other.file}) too"
                )
                yield Finding(contract.file, operation.pointer, reason, "one contract per path")
            else:
                claims[key] = contract, operation
