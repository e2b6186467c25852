"""What a request consists of, and how its parts change: events, issues, TESA's numbers.

The data of a record is what `TesaRequest` shows, with what the double needs beside it: the tenant,
the events, the issues, the open access, where an incidence arose. Every function here gives new
data; none changes what it was given. Facts: tesamanager.md, sections 4 to 6.
"""

from typing import Final

from mockserver.clock import Moment, stamp
from mockserver.message import Json
from mockserver.record import Record, identified
from mockserver.simulations.tesamanager.table import (
    CANCELED,
    CANCELLING,
    FINISHED,
    INCIDENCE_INSTALLING,
    INCIDENCE_OPERATOR,
    INCIDENCE_TESA,
    INSTALLED,
    INSTALLING,
    NOT_SENT,
    PROCESSED,
    PROCESSING,
    REFUSED,
    REJECTED,
    VALIDATING,
    Data,
)

REQUESTS: Final = "tesa-requests"
SHOWN: Final = (
    "reference_id",
    "external_reference",
    "persistence_type",
    "status",
    "auto_installation",
    "cancelling",
    "territory_owner",
    "portability_indicator",
    "request_number",
    "subrequest_number",
    "technical_coordinators",
    "customer",
    "service_point",
    "cto",
    "cto_port",
    "created",
    "last_updated",
)  # the members of TesaRequest

# Types of messages (inferred: the contract's examples have some of them), by what they announce.
MESSAGES: Final = {
    NOT_SENT: "RETURNED",
    VALIDATING: "ACK",
    REJECTED: "REJECTED",
    PROCESSING: "ACCEPTED",
    PROCESSED: "COMPLETED",
    INCIDENCE_TESA: "TESA_INCIDENCE",
    INCIDENCE_OPERATOR: "OPERATOR_INCIDENCE",
    INSTALLING: "INSTALLATION_STARTED",
    INCIDENCE_INSTALLING: "INSTALLATION_INCIDENCE",
    INSTALLED: "INSTALLATION_ENDED",
    CANCELED: "CANCELLATION_ACCEPTED",
    FINISHED: "CLOSED",
    CANCELLING: "CANCELLATION_REQUESTED",
    REFUSED: "CANCELLATION_REFUSED",
}
CLEARED: Final = "TESA_INCIDENCE_CLEARED"

# Codes of issues (inferred: those of the samples) where the course names none.
ISSUE_CODES: Final = {
    INCIDENCE_OPERATOR: "I001",
    INCIDENCE_TESA: "I100",
    INCIDENCE_INSTALLING: "I210",
}

REQUEST_NUMBERS: Final = (100_000_000, 900_000_000)  # the first one, and how many there are
SUBREQUEST: Final = 1


def reference_claim(org: str, external_reference: str) -> str:
    """What the live request with an external reference has to itself."""
    return identified("tesa-reference", org, external_reference)


# TESA's numbers -------------------------------------------------------------------------------


def numbered(data: Data, moment: Moment) -> Data:
    """The request with the numbers that TESA gives to it when it is sent; those it has stay."""
    first, count = REQUEST_NUMBERS
    number = first + moment.drawn(data["reference_id"]) % count
    return {"request_number": number, "subrequest_number": SUBREQUEST, **data}


# events ---------------------------------------------------------------------------------------


def told(data: Data, message: str, moment: Moment, *, inconsistent: bool = False) -> Data:
    """The request with one more event, dated now."""
    told_now = event(data, message, stamp(moment.now), inconsistent=inconsistent)
    return {**data, "events": [*data["events"], told_now]}


def event(data: Data, message: str, at: str, *, inconsistent: bool = False) -> Json:
    """The next event of a request; before it was sent TESA has no numbers for it: they are 0."""
    number = len(data["events"]) + 1
    return {
        "id": number,
        "reference_id": data["reference_id"],
        "message_type": message,
        "request_number": data.get("request_number", 0),
        "subrequest_number": data.get("subrequest_number", 0),
        "event_date": at,
        "sequence_number": number,
        "inconsistent": inconsistent,
    }


# issues ---------------------------------------------------------------------------------------


def raised(data: Data, code: str, moment: Moment) -> Data:
    """The request with one more issue, open; it is a repeated one if the code was there before."""
    issues = data["issues"]
    number = len(issues) + 1
    issue = {
        "id": number,
        "reference_id": data["reference_id"],
        "issue_sequence": number,
        "issue_code": code,
        "resolved": False,
        "repeated": any(each["issue_code"] == code for each in issues),
        "last_updated": stamp(moment.now),
    }
    return {**data, "issues": [*issues, issue]}


def has_open_issue(data: Data) -> bool:
    """Whether an issue is not resolved."""
    return any(not each["resolved"] for each in data["issues"])


def resolved(data: Data, moment: Moment) -> Data:
    """The request with all its issues resolved."""
    now = {"resolved": True, "last_updated": stamp(moment.now)}
    issues = [each if each["resolved"] else {**each, **now} for each in data["issues"]]
    return {**data, "issues": issues}


# the rest -------------------------------------------------------------------------------------


def updated(data: Data, moment: Moment) -> Data:
    """The request as it changed now."""
    return {**data, "last_updated": stamp(moment.now)}


def without(data: Data, *names: str) -> Data:
    """The request less some members."""
    return {name: value for name, value in data.items() if name not in names}


def shown(record: Record) -> Json:
    """A request as the API shows it."""
    return {name: record.data[name] for name in SHOWN if name in record.data}
