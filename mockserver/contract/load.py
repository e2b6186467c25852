"""Files -> contracts. Whatever is wrong is found here, located, all at once; never at request time.

load        document -> Contract: meta-schema, then its references, then each operation compiled
load_all    several files; two that claim one method and path are refused
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from mockserver.contract import compiler
from mockserver.contract.dialect import DIALECTS, METHODS, Dialect
from mockserver.contract.explain import deepest, finding_of
from mockserver.contract.linker import Linker
from mockserver.contract.operation import Contract, Operation
from mockserver.contract.references import References
from mockserver.contract.schemas import Schemas
from mockserver.document import read
from mockserver.errors import Finding, LoadError, nearest
from mockserver.message import Json
from mockserver.pointer import pointer

SUFFIXES = (".yaml", ".yml", ".json")
# A stem is part of URLs, header values and names of operations.
STEM = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
OWN_STEM = "admin"
OWN_PREFIXES = ("/__admin", "/__s")
LEVELS_MAX = 200


def load(file: Path, *, lenient: bool = True, own: bool = False) -> Contract:
    """Load one contract; the stem of the file is its id.

    Args:
        file: OpenAPI document, YAML or JSON.
        lenient: Accept what real clients send though the schema is narrower (`True` in a query,
            null for an optional member, an encoded comma between elements of an array).
        own: It is the server's own document, which may use the server's own paths.

    Raises:
        LoadError: Everything that keeps the document from being served.
    """
    name = str(file)
    document = read(file)
    _check_stem(file, own=own)
    dialect = _dialect(document, name)
    findings = list(_broken(document, dialect, name))
    if findings:
        raise LoadError(findings)
    shaped = dialect.shape(document)
    schemas = Schemas(shaped, dialect)
    findings += References(shaped, schemas, dialect.metaschema(), name).findings()
    if findings:
        raise LoadError(findings)
    base_path, base_findings = _base_path(shaped, name)
    findings += base_findings
    build = compiler.OperationCompiler(
        file.stem, name, shaped, schemas, base_path=base_path, lenient=lenient
    )
    compiled = [build.compile(*place) for place in _operations(shaped)]
    operations = [operation for operation in compiled if operation is not None]
    findings += dict.fromkeys(build.findings)
    findings += _own_servers(shaped, base_path, name)
    findings += _own_rules(operations, name, own=own)
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise LoadError(errors)
    linker = Linker(operations, shaped, schemas, name)
    operations = linker.linked()
    findings += dict.fromkeys(linker.findings)
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
    files = [file for path in paths for file in _inside(path)]
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


def _inside(path: Path) -> list[Path]:
    """The contract files of a folder; a file is itself."""
    try:
        if not path.is_dir():
            return [path]
        inside = sorted(p for p in path.iterdir() if p.suffix in SUFFIXES and p.is_file())
    except OSError as error:
        raise LoadError([Finding(str(path), "", f"cannot be read: {error.strerror}")]) from error
    if not inside:
        allowed = f"files ending in {', '.join(SUFFIXES)}"
        raise LoadError([Finding(str(path), "", "holds no contract", allowed)])
    return inside


def _check_stem(file: Path, *, own: bool) -> None:
    if not STEM.fullmatch(file.stem):
        reason = f"its name {file.stem!r} cannot be the id of a contract"
        raise LoadError([Finding(str(file), "", reason, "letters, digits and . _ - in file names")])
    if file.stem == OWN_STEM and not own:
        reason = f"the name {OWN_STEM!r} is that of the server's own contract"
        raise LoadError([Finding(str(file), "", reason, "another file name")])


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
    if _too_deep(document):
        yield Finding(name, "", f"is nested more than {LEVELS_MAX} levels deep", "less")
        return
    seen = set()
    metaschema = dialect.metaschema()
    for error in metaschema.validator.iter_errors(document):
        for leaf in deepest(error):
            finding = finding_of(leaf, name, metaschema.allowed_keys)
            if finding not in seen:
                seen.add(finding)
                yield finding


def _too_deep(document: Json) -> bool:
    level = [document]
    try:
        orjson.dumps(document)  # fails beyond 254 levels
    except TypeError:
        for _ in range(LEVELS_MAX):
            parts = (each.values() if isinstance(each, dict) else each for each in level)
            level = [part for each in parts for part in each if isinstance(part, dict | list)]
        return bool(level)
    return False


def _operations(document: Json) -> Iterator[tuple[str, str, str]]:
    for path, item in document["paths"].items():
        if path.startswith("/"):  # the others are extensions
            for method in METHODS:
                if method in item:
                    yield path, method, pointer(["paths", path, method])


def _base_path(document: Json, name: str) -> tuple[str, list[Finding]]:
    """The path of the first server, its variables at their defaults."""
    server = (document.get("servers") or [{"url": "/"}])[0]
    try:
        return _path_of(server), []
    except ValueError as error:
        return "", [Finding(name, "/servers/0/url", str(error), "a URL, {variables} with defaults")]


def _path_of(server: Mapping[str, Json]) -> str:
    """The path of a server without a slash at its end; raises `ValueError`."""
    url = server["url"]
    for variable, spec in server.get("variables", {}).items():
        url = url.replace("{" + variable + "}", str(spec["default"]))
    if re.search(r"[{}\s]", url):
        raise ValueError(f"{url!r} has a variable without a default, or a space")
    path = urlsplit(url).path
    return "".join("/" + step for step in path.split("/") if step not in ("", "."))


def _own_servers(document: Json, base_path: str, name: str) -> Iterator[Finding]:
    """Operations with servers of their own, which are served with the others all the same."""
    for path, method, place in _operations(document):
        item = document["paths"][path]
        servers = item[method].get("servers") or item.get("servers")
        try:
            same = not servers or _path_of(servers[0]) == base_path
        except ValueError:
            same = False
        if not same:
            reason = f"its own `servers` are not looked at, it is served at {base_path}{path}"
            yield Finding(name, place, reason, "`servers` of the document", severity="warning")


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
