"""Agile TV subscriptions as a session remembers them: shape, claims, and how their works end."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final

from mockserver.clock import Moment
from mockserver.message import Json
from mockserver.record import Record, identified
from mockserver.simulation import Collection
from mockserver.simulations.agile_tv.edits import carried, listed
from mockserver.simulations.agile_tv.lifecycle import (
    ACTIVE,
    CREATE,
    LIFECYCLE,
    PENDING,
    STATE,
    STEM,
    SUSPENDED,
)
from mockserver.simulations.subscriptions import completed, elapsed, schema
from mockserver.simulations.workflows import MADE, MAKES, QUEUE, Data

TEXT: Final = {"type": "string"}
NAME: Final = {"type": "string", "minLength": 1}
PRODUCT: Final[Json] = {
    "type": "object",
    "required": ["id"],
    "additionalProperties": False,
    "properties": {"id": NAME, "externalId": TEXT},
}
STB: Final[Json] = {
    "type": "object",
    "required": ["serialNumber"],
    "additionalProperties": False,
    "properties": {
        "stbReference": TEXT,
        "macAddress": TEXT,
        "serialNumber": {**NAME, "description": "Of one live subscription of the brand alone"},
        "externalId": TEXT,
    },
}
POSTAL_CODE: Final = "48001"  # of a subscription from outside whose author did not say
SCHEMA: Final = schema(
    ["org", "service_id", "products"],
    {
        "org": {**NAME, "description": "The brand, as in the path"},
        "service_id": {**NAME, "description": "Id of the subscription, as in the path"},
        STATE: {
            "enum": [ACTIVE, SUSPENDED, PENDING],
            "description": "ACTIVE where it is left out; the sign-up of a PENDING one never ends",
        },
        "postalCode": {"type": "string", "pattern": "^[0-9]{5}$"},
        "ftthWorkOrderId": {**TEXT, "description": "FTTH work order of the customer"},
        "externalId": {**TEXT, "description": "The client's id of the sign-up"},
        "products": {"type": "array", "minItems": 1, "items": PRODUCT},
        "addons": {"type": "array", "items": PRODUCT, "description": "Not read back"},
        "stbs": {"type": "array", "items": STB},
    },
)


def decoder(org: str, serial: str) -> str:
    """The claim on a decoder: a unit belongs to one live subscription of the brand."""
    return identified(STEM, "serialNumber", org, serial)


def _claims(record: Record) -> Iterator[str]:
    """The decoders that a subscription has, and those that it will have."""
    data = record.data
    units = [*data["stbs"]]
    for work in data[QUEUE]:
        units += listed(work[MAKES] or {}, "stbs") + listed(work["body"] or {}, "stbsToAdd")
    return (decoder(data["org"], each["serialNumber"]) for each in units)


def _completed(data: Mapping[str, Json], moment: Moment) -> Mapping[str, Json]:
    """A whole subscription; before one that is pending there is a sign-up that never ends."""
    whole: Data = {"postalCode": POSTAL_CODE, "addons": [], "stbs": []}
    whole = {**whole, **completed(STATE, ACTIVE)(data, moment)}
    if whole[STATE] != PENDING:
        return whole
    sign_up: Data = {"operation": CREATE, "workflow": "", "body": None}
    said: Data = {"course": {}, "asked": {}, "scenarios": []}
    return {**whole, QUEUE: [{**sign_up, **said, MAKES: None, MADE: True}]}


SUBSCRIPTIONS: Final = Collection(
    name="agile-subscriptions",
    summary="A subscription of Agile TV",
    apis=(STEM,),
    schema=SCHEMA,
    identity=("org", "service_id"),
    keys=("ftthWorkOrderId",),
    claims=_claims,
    lifecycle=LIFECYCLE,
    elapse=partial(elapsed, LIFECYCLE, carried),
    completed=_completed,
)
