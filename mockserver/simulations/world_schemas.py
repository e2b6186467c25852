"""What the records of the shared world look like, as JSON Schema (2020-12): data only.

Few members are required, so that a seed is short. The names are those of the FTTH API and of
Feasibility; GESCALs of 17 characters are buildings, longer ones dwellings.
"""

from typing import Final

from mockserver.message import Json

_TEXT: Final = {"type": "string", "minLength": 1}


def _text(description: str) -> Json:
    return {**_TEXT, "description": description}


def _record(required: list[str], properties: Json) -> Json:
    return {
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
    }


_GESCAL: Final = {
    "type": "string",
    "minLength": 17,
    "maxLength": 37,
    "description": "GESCAL of the place; 17 characters for a building, 37 with the dwelling",
}
# Empty for a place of spaces.
_BUILDING: Final = {
    "type": "string",
    "description": "The first 17 characters of the GESCAL, less spaces at their end; written by the"
    " server",
}
_DOCUMENT: Final = _text("Document of the customer")
_BRAND: Final = _text("Brand that sells it: MASMOVIL, YOIGO, ORANGE")
_SINCE: Final = {"type": "string", "format": "date-time", "description": "When it came to be"}

CUSTOMER: Final = _record(
    ["documentNumber"],
    {
        "documentNumber": _DOCUMENT,
        "documentType": {"enum": ["NIF", "NIE", "CIF", "Passport", "PASSPORT", "TR"]},
        "clientName": _text("Name as the FTTH API shows it"),
        "contactPhone": _text("Number to call"),
        "email": _text("Address to write to"),
        "segment": {
            "enum": ["Consumer", "SelfEmployee", "SME", "B2B"],
            "description": "By which the limits are chosen where a request does not say it",
        },
    },
)
PLACE: Final = _record(
    ["gescal37"],
    {
        "gescal37": _GESCAL,
        "addressId": _text("Unique id of the address"),
        "territoryOwner": _text("Code of the owner of the footprint, as Feasibility writes it"),
        "postalCode": {"type": "string", "pattern": "^[0-9]{5}$"},
        "address": _text("For people"),
        "building": _BUILDING,
    },
)
ACCESS: Final = _record(
    ["iua"],
    {
        "iua": _text("Id of the access: V33904AHB202"),
        "phoneNumber": _text("Fixed number on the access"),
        "gescal37": _GESCAL,
        "addressId": _text("Unique id of the address"),
        "documentNumber": _DOCUMENT,
        "clientName": _text("Name of the customer"),
        "externalReference": _text("Of the activation that made it"),
        "brand": _BRAND,
        "org": _text("Tenant that ordered it"),
        "network": {
            "enum": ["own", "orange", "external"],
            "description": "Whose access it is: an own one, Orange's, or one outside of the group;"
            " by default as the brand has it",
        },
        "territoryOwner": _text("Code of the owner of the footprint, as Feasibility writes it"),
        "technology": _text("FTTH by default"),
        "bandwidth": _text("Contracted speed: 600M_600M"),
        "since": _SINCE,
        "building": _BUILDING,
    },
)
LINE: Final = _record(
    ["number", "kind"],
    {
        "number": _text("Number of the line"),
        "kind": {"enum": ["FIXED", "MOBILE", "BROADBAND"]},
        "documentNumber": _DOCUMENT,
        "brand": _BRAND,
        "operatorCode": {
            "type": "string",
            "pattern": "^[0-9]{5}$",
            "description": "Who carries the number; by default as the brand has it",
        },
        "operatorName": _text("Name of that operator"),
        "internal": {
            "type": "boolean",
            "description": "Whether the operator belongs to the group; its lines count as active",
        },
        "portable": {"type": "boolean", "description": "Whether the number can be ported"},
        "iua": _text("The access that the line is on"),
        "since": _SINCE,
    },
)
