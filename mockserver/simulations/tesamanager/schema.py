"""What a request at TESA may be that comes from outside: by a seed, or by the admin API.

Only the tenant and the external reference have to be written; the rest is completed to a request
that came to its status in the usual way.
"""

from typing import Final

from mockserver.message import Json
from mockserver.simulations.tesamanager.cto import PORTS
from mockserver.simulations.tesamanager.table import (
    ACTIVATION,
    CANCELLABLE,
    LIFECYCLE,
    PROCESSING,
    TERMINATION,
    VALIDATING,
)

_TEXT: Final = {"type": "string", "minLength": 1}
_MOMENT: Final = {"type": "string", "format": "date-time"}
_NUMBER: Final = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
_COUNT: Final = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}
_GESCAL: Final = {"type": "string", "pattern": "^(.{17}|.{37})$"}


def _said(description: str, node: Json) -> Json:
    return {**node, "description": description}


def _object(description: str, required: list[str], properties: Json) -> Json:
    return {
        "type": "object",
        "description": description,
        "required": required,
        "properties": properties,
    }


_CONTACT: Final = _object(
    "One contact", [], {name: {"type": "string"} for name in ("name", "phone", "email")}
)
_ORDER: Final = {
    "technical_coordinators": _object(
        "Whom TESA calls at the operator", ["main"], {"main": _CONTACT, "secondary": _CONTACT}
    ),
    "customer": _object(
        "The end customer",
        ["documentType", "documentNumber", "name"],
        {
            "documentType": {"enum": ["NIF", "NIE", "CIF", "Passport"]},
            "documentNumber": _TEXT,
            "name": _TEXT,
            "lastName": {"type": "string"},
            "contactPhone": {"type": "string"},
            "email": {"type": "string"},
        },
    ),
    "service_point": {
        **_object(
            "The place of an activation (gescal), or the access that a termination releases (iua)",
            [],
            {
                "gescal": _GESCAL,
                "addressId": {"type": "string"},
                "phoneNumber": {"type": "string"},
                "bandwidth": {"type": "string"},
                "autoInstallation": {"type": "boolean"},
                "iua": _TEXT,
            },
        ),
        "anyOf": [{"required": ["gescal"]}, {"required": ["iua"]}],
    },
}
_EVENT: Final = _object(
    "A message of TESA; numbers and date are those of the request where it has none",
    ["message_type"],
    {
        "id": _COUNT,
        "reference_id": _TEXT,
        "message_type": _TEXT,
        "request_number": _NUMBER,
        "subrequest_number": _NUMBER,
        "event_date": _MOMENT,
        "sequence_number": _COUNT,
        "inconsistent": {"type": "boolean"},
    },
)
_ISSUE: Final = _object(
    "A problem of the request; open where it does not say resolved",
    ["issue_code"],
    {
        "id": _COUNT,
        "reference_id": _TEXT,
        "issue_sequence": _COUNT,
        "issue_code": _TEXT,
        "resolved": {"type": "boolean"},
        "repeated": {"type": "boolean"},
        "last_updated": _MOMENT,
    },
)
_ACCESS: Final = _object(
    "The open access of a technician, null for none",
    ["id", "technician_code", "opened"],
    {
        "id": _TEXT,
        "technician_code": _TEXT,
        "opened": _MOMENT,
    },
) | {"type": ["object", "null"]}

SCHEMA: Final = {
    "type": "object",
    "required": ["org", "external_reference"],
    "additionalProperties": False,
    "properties": {
        "org": _said("The tenant", _TEXT),
        "external_reference": _said("The caller's key; of one live request only", _TEXT),
        "reference_id": _said("The id for the reads; made up where it lacks", _TEXT),
        "persistence_type": _said(
            "ACTIVATION, unless the service point has an iua", {"enum": [ACTIVATION, TERMINATION]}
        ),
        "status": _said("NOT_SENT where it lacks", {"enum": list(LIFECYCLE.states)}),
        "auto_installation": _said(
            "Whether the operator's technician installs; as the service point says where it lacks",
            {"type": "boolean"},
        ),
        "cancelling": _said("Whether TESA was asked to cancel", {"type": "boolean"}),
        "territory_owner": _said(
            "NEBA where it lacks", {"enum": ["NEBA", "VULA_COMMERCIAL", "VULA_REGULATED"]}
        ),
        "portability_indicator": _said("Activations only", {"enum": ["D", "T", "N", "A"]}),
        "request_number": _said("TESA's number; drawn once the order was sent", _NUMBER),
        "subrequest_number": _said("TESA's sub-number", _NUMBER),
        **_ORDER,
        "cto": _said("Where it is installed; of the place where it lacks", _TEXT),
        "cto_port": _said("The port that it has to itself", {"enum": list(PORTS)}),
        "created": _said("Now where it lacks", _MOMENT),
        "last_updated": _said("When it was created where it lacks", _MOMENT),
        "events": _said(
            "Those of the usual way where it lacks", {"type": "array", "items": _EVENT}
        ),
        "issues": _said(
            "An open one in an incidence where it lacks", {"type": "array", "items": _ISSUE}
        ),
        "access": _ACCESS,
        "visits": _said("How often an access was opened", {"type": "integer", "minimum": 0}),
        "arose_in": _said(
            "Where an operator incidence goes back to; VALIDATING where it lacks",
            {"enum": [VALIDATING, PROCESSING]},
        ),
        "iua": _said("The access that a finished activation made", _TEXT),
        "port_left": _said("Whether that access is no more", {"type": "boolean"}),
    },
    "dependentRequired": {"cto_port": ["cto"]},
    "if": {"required": ["cancelling"], "properties": {"cancelling": {"const": True}}},
    "then": {
        "required": ["status"],
        "properties": {"status": {"enum": list(CANCELLABLE)}},
    },
}
