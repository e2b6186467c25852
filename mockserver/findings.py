"""Everything that is wrong with contract files, for `mockserver check`.

Loading finds what keeps a contract from being served; openapi-spec-validator, which is not on the
serving path, adds what the specification forbids beyond its meta-schema.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

from mockserver.contract.load import files_of, load, load_all
from mockserver.contract.operation import Contract
from mockserver.contract.schemas import pointer
from mockserver.document import read
from mockserver.errors import Finding, LoadError
from mockserver.exchange import Json


def findings_of(paths: Iterable[Path]) -> tuple[list[Finding], int]:
    """All findings of the contracts among `paths`, and how many contracts there were.

    Raises:
        LoadError: A path cannot be read at all.
    """
    files = files_of(paths)
    findings: list[Finding] = []
    good = []
    for file in files:
        try:
            contract = load(file)
        except LoadError as error:
            findings += error.findings
            continue
        good.append(file)
        findings += _of_contract(contract)
    try:
        load_all(good)
    except LoadError as error:
        findings += error.findings
    return list(dict.fromkeys(findings)), len(files)


def _of_contract(contract: Contract) -> Iterator[Finding]:
    yield from contract.warnings
    yield from _of_validator(contract.file, read(Path(contract.file)))
    for operation in contract.operations:
        reason = operation.uncheckable()
        if reason:
            text = f"{operation.id} cannot be checked: {reason}"
            yield Finding(contract.file, operation.pointer, text, severity="warning")


def _of_validator(name: str, document: Json) -> Iterator[Finding]:
    from openapi_spec_validator import OpenAPIV30SpecValidator  # noqa: PLC0415 - 170 ms

    for error in OpenAPIV30SpecValidator(document).iter_errors():
        yield Finding(name, pointer(list(error.absolute_path)), str(error.message).splitlines()[0])
