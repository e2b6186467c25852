"""Device insurance, versions 1 and 2: an order, then its policy (contracts/device-insurance.md, 6).

Version 1 has no correlation id: every order is another one. In version 2 the same correlation id
for the same customer and device means the same order, and for the same request the same issue.
Version 2 documents neither 406 nor a body for its refusals. The customer's bank account is not
kept.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from mockserver.clock import Moment, stamp
from mockserver.lifecycle import NEW, Lifecycle, Transition
from mockserver.message import Json, Request
from mockserver.record import Record, View
from mockserver.simulation import Collection, Decide, Decision
from mockserver.simulations.subscriptions import CORRELATION, UPDATED, kept, schema, text

REQUESTED: Final = "REQUESTED"
ISSUED: Final = "ISSUED"
CREATE: Final = "createInsuranceRequest"
ISSUE: Final = "issueInsurance"
ORDERED_BY: Final = "correlation"
ISSUED_BY: Final = "issue_correlation"
SAME_ORDER: Final = ("documentId", "brand", "model", "imei")  # of the same correlation id

LIFECYCLE: Final = Lifecycle(
    name="A device insurance",
    member="status",
    terminal=("ISSUED",),
    transitions=(
        Transition(NEW, REQUESTED, by=CREATE),
        Transition(REQUESTED, ISSUED, by=ISSUE),
    ),
    phases={},
)


def _completed(data: Mapping[str, Json], moment: Moment) -> Mapping[str, Json]:
    now, name = stamp(moment.now), data["requestId"]
    return {"orderId": name, "status": REQUESTED, "created": now, UPDATED: now, **data}


TEXTS: Final = (
    "documentId",
    "firstName",
    "lastName1",
    "lastName2",
    "msisdn",
    "address",
    "email",
    "zipCode",
    "locality",
    "province",
    "language",
    "sfid",
    "telcoBrand",
    "brand",
    "model",
    "clientType",
    "productType",
    "imei",
    "terminalSaleDate",
    "billingCycle",
    "salesChannel",
)
BODY: Final = (*TEXTS, "price", "invoicePayment")  # what a request keeps of its order
REQUESTS: Final = Collection(
    name="insurance-requests",
    summary="An ordered insurance of a device, and its policy",
    apis=("device-insurance-v1", "device-insurance-v2"),
    schema=schema(
        ["organization", "requestId"],
        {
            "organization": text("Tenant"),
            "requestId": text("What the issue refers to"),
            "orderId": text("The order; without it the request's id"),
            "status": {"enum": [REQUESTED, ISSUED], "description": "Without it REQUESTED"},
            **{name: text("As in the order") for name in TEXTS},
            "price": {"type": "number", "description": "Price of the device"},
            "invoicePayment": {"type": "boolean"},
            "policyNumber": text("The policy that was issued"),
            ORDERED_BY: text("Correlation id of the order"),
            ISSUED_BY: text("Correlation id of the issue"),
        },
    ),
    identity=("organization", "requestId"),
    keys=(ORDERED_BY,),
    lifecycle=LIFECYCLE,
    completed=_completed,
)


class Version(NamedTuple):
    """What differs between the versions.

    Attributes:
        stem: Of the contract.
        not_acceptable: The status of a second issue.
        says_why: Whether refusals have a body.
    """

    stem: str
    not_acceptable: int
    says_why: bool

    def refused(self, status: int, code: str, details: str) -> Decision:
        """The refusal as the version writes it."""
        title = code.replace("_", " ").capitalize()
        body = {"code": code, "title": title, "details": details} if self.says_why else None
        return Decision(status, body)


def _told(record: Record, message: str) -> Json:
    data = record.data
    return {"orderId": data["orderId"], "requestId": data["requestId"], "message": message}


def _create(view: View, request: Request, moment: Moment) -> Decision:
    body, org = request.content, request.path["organization"]
    correlation = request.header.get(CORRELATION)
    message, now = "Insurance order created.", stamp(moment.now)
    if correlation is not None:
        for each in view.by(REQUESTS.name, ORDERED_BY, correlation):
            if each.data["organization"] == org and _is_same(each.data, body):
                return Decision(200, _told(each, message))
    identity = REQUESTS.numbered(view, moment, {"organization": org, "requestId": "REQ-"})
    data = kept(body, BODY) | {
        **identity,
        "orderId": identity["requestId"].replace("REQ", "ORD"),
        "status": REQUESTED,
        "created": now,
        UPDATED: now,
        **({ORDERED_BY: correlation} if correlation is not None else {}),
    }
    record = REQUESTS.made(data, moment)
    return Decision(200, _told(record, message), changes=[record])


def _is_same(data: Mapping[str, Json], body: Json) -> bool:
    return all(data.get(name) == body.get(name) for name in SAME_ORDER)


def _issue(version: Version) -> Decide:
    def issue(view: View, request: Request, moment: Moment) -> Decision:
        body, org = request.content, request.path["organization"]
        correlation = request.header.get(CORRELATION)
        name, message = body["requestId"], "Insurance policy issued."
        record = view.get(REQUESTS.name, REQUESTS.id_of({"organization": org, "requestId": name}))
        if record is None:
            return version.refused(404, "NOT_FOUND", f"There is no insurance request {name}.")
        if correlation is not None and record.data.get(ISSUED_BY) == correlation:
            return Decision(200, _told(record, message))
        if LIFECYCLE.called(record, ISSUE) is None:
            reason = f"The policy of the request {name} is already issued."
            return version.refused(version.not_acceptable, "NOT_ACCEPTABLE", reason)
        given = {each: body.get(each) for each in ("imei", "policyNumber")}
        given |= {ISSUED_BY: correlation, UPDATED: stamp(moment.now)}
        data = {**record.data} | {each: value for each, value in given.items() if value is not None}
        record = LIFECYCLE.enter(replace(record, data=data), ISSUED, moment)
        return Decision(200, _told(record, message), changes=[record])

    return issue


VERSIONS: Final = (
    Version("device-insurance-v1", not_acceptable=406, says_why=True),
    Version("device-insurance-v2", not_acceptable=400, says_why=False),
)
SERVES: Final = {each.stem: {CREATE: _create, ISSUE: _issue(each)} for each in VERSIONS}
COLLECTIONS: Final = (REQUESTS,)
