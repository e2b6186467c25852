"""What the writes and the reads of Tesamanager answer: `TesaResult` and `TesaError`.

The values of `code` are inferred and stable (tesamanager.md, section 6.3).
"""

from collections.abc import Sequence

from mockserver.message import Json
from mockserver.record import Change
from mockserver.simulation import Decision
from mockserver.simulations.tesamanager.table import Data


def done(data: Data, message: str, changes: Sequence[Change] = (), **more: Json) -> Decision:
    """A write that was accepted; `more` are members of its result."""
    content = {
        "code": "OK",
        "message": message,
        "referenceId": data["reference_id"],
        "externalReference": data["external_reference"],
        **more,
    }
    return Decision(200, content, changes=changes)


def bad_request(code: str, details: str) -> Decision:
    """What is sent does not fit."""
    return Decision(400, {"code": code, "message": "Bad request", "details": details})


def not_found(code: str, details: str) -> Decision:
    """What is named is not there."""
    return Decision(404, {"code": code, "message": "Not found", "details": details})


def not_acceptable(code: str, details: str) -> Decision:
    """The right request at the wrong moment."""
    content = {"code": code, "message": "Request not acceptable", "details": details}
    return Decision(406, content)
