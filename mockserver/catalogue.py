"""Contracts and operations as records, for `mockserver list` and the admin API alike."""

from mockserver.contract.operation import Contract, Operation
from mockserver.exchange import Json


def contract_record(contract: Contract) -> Json:
    """One contract as JSON."""
    return {
        "stem": contract.stem,
        "title": contract.title,
        "version": contract.version,
        "file": contract.file,
        "base_path": contract.base_path,
        "operations": len(contract.operations),
    }


def operation_record(operation: Operation) -> Json:
    """One operation as JSON; `provenance` is the document's `x-provenance`, null without one."""
    return {
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "summary": operation.summary,
        "replies": list(operation.replies),
        "provenance": operation.provenance,
    }
