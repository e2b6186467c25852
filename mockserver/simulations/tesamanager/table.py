"""The life of a request at TESA, as a table.

Everything here is inferred (facts: tesamanager.md, section 6.2). A request waits in its status, or
in `CANCELLING`, which holds the status for as long as TESA thinks about a cancellation.
"""

from collections.abc import Mapping
from typing import Final

from mockserver.lifecycle import NEW, Guard, Lifecycle, Transition
from mockserver.message import Json

NOT_SENT: Final = "NOT_SENT"
VALIDATING: Final = "VALIDATING"
REJECTED: Final = "REJECTED"
PROCESSING: Final = "PROCESSING"
PROCESSED: Final = "PROCESSED"
INCIDENCE_TESA: Final = "INCIDENCE_TESA"
INCIDENCE_OPERATOR: Final = "INCIDENCE_OPERATOR"
INSTALLING: Final = "INSTALLING"
INCIDENCE_INSTALLING: Final = "INCIDENCE_INSTALLING"
INSTALLED: Final = "INSTALLED"
CANCELED: Final = "CANCELED"
FINISHED: Final = "FINISHED"

CANCELLING: Final = "CANCELLING"  # a phase
REFUSED: Final = "REFUSED"  # its outcome

ENDED: Final = (REJECTED, CANCELED, FINISHED)
CANCELLABLE: Final = (
    VALIDATING,
    PROCESSING,
    PROCESSED,
    INCIDENCE_TESA,
    INCIDENCE_OPERATOR,
    INSTALLING,
    INCIDENCE_INSTALLING,
)

ACTIVATION: Final = "ACTIVATION"
TERMINATION: Final = "TERMINATION"

Data = Mapping[str, Json]


def is_termination(data: Data) -> bool:
    """Whether an access is to be released."""
    return bool(data["persistence_type"] == TERMINATION)


def is_self_installed(data: Data) -> bool:
    """Whether the operator's own technician makes the access."""
    return not is_termination(data) and bool(data["auto_installation"])


def is_installed_by_tesa(data: Data) -> bool:
    """Whether TESA makes the access."""
    return not is_termination(data) and not data["auto_installation"]


def has_access(data: Data) -> bool:
    """Whether a technician's access to the CTO is open."""
    return data["access"] is not None


SELF_INSTALLED: Final = Guard("self-installed, no open access", is_self_installed)
BY_TESA: Final = Guard("TESA-installed", is_installed_by_tesa)
PREPARED: Final = Guard(
    "self-installed, or a termination", lambda data: not is_installed_by_tesa(data)
)
TERMINATES: Final = Guard("a termination", is_termination)
OPEN: Final = Guard("open access", has_access)
PORTED: Final = Guard(
    "open access, port assigned", lambda data: has_access(data) and "cto_port" in data
)
NOT_CANCELLING: Final = Guard("not cancelling", lambda data: not data["cancelling"])
FROM_VALIDATING: Final = Guard(
    "arose in VALIDATING", lambda data: data.get("arose_in") == VALIDATING
)
FROM_PROCESSING: Final = Guard(
    "arose in PROCESSING", lambda data: data.get("arose_in") == PROCESSING
)

_WHILE_INSTALLING: Final = (
    Transition(INSTALLING, INSTALLING, by="createTesaStatusCto"),
    Transition(INSTALLING, INSTALLING, by="createTesaPort", guard=OPEN),
    Transition(INSTALLING, INSTALLING, by="confirmTesaPort", guard=OPEN),
    Transition(INSTALLING, INSTALLING, by="changeTesaCto"),
    Transition(INSTALLING, PROCESSED, by="terminateTesaAccess", guard=OPEN),
    Transition(INSTALLING, INCIDENCE_INSTALLING, by="createTesaInstallationIncident"),
    Transition(INSTALLING, INSTALLED, by="endTesaInstallation", guard=PORTED),
    Transition(INSTALLING, INSTALLED, does="TESA ends on site", guard=BY_TESA),
    Transition(INCIDENCE_INSTALLING, INCIDENCE_INSTALLING, by="createTesaStatusCto"),
    Transition(INCIDENCE_INSTALLING, INSTALLING, by="resolveTesaIncident"),
    Transition(INCIDENCE_INSTALLING, INSTALLING, by="changeTesaCto"),
)

LIFECYCLE: Final = Lifecycle(
    name="A request at TESA",
    member="status",
    terminal=ENDED,
    transitions=(
        Transition(NEW, NOT_SENT, by="createTesaActivation"),
        Transition(NEW, NOT_SENT, by="createTesaTermination"),
        Transition(NOT_SENT, VALIDATING, does="the order is sent to TESA"),
        Transition(NOT_SENT, CANCELED, by="cancelTesaRequest"),
        Transition(VALIDATING, PROCESSING, does="TESA accepts"),
        Transition(VALIDATING, REJECTED, does="TESA refuses"),
        Transition(VALIDATING, INCIDENCE_OPERATOR, does="TESA needs something from the operator"),
        Transition(PROCESSING, PROCESSED, does="TESA completes the order", guard=PREPARED),
        Transition(PROCESSING, INSTALLING, does="TESA starts on site", guard=BY_TESA),
        Transition(PROCESSING, INCIDENCE_OPERATOR, does="TESA needs something from the operator"),
        Transition(PROCESSING, INCIDENCE_TESA, does="TESA has an incident of its own"),
        Transition(INCIDENCE_TESA, PROCESSING, does="TESA clears its incident"),
        Transition(INCIDENCE_OPERATOR, VALIDATING, by="resolveTesaIncident", guard=FROM_VALIDATING),
        Transition(INCIDENCE_OPERATOR, PROCESSING, by="resolveTesaIncident", guard=FROM_PROCESSING),
        Transition(PROCESSED, INSTALLING, by="createTesaAccess", guard=SELF_INSTALLED),
        Transition(PROCESSED, FINISHED, does="TESA closes the order", guard=TERMINATES),
        *_WHILE_INSTALLING,
        Transition(INSTALLED, FINISHED, does="TESA closes the order"),
        *(
            Transition(status, CANCELLING, by="cancelTesaRequest", guard=NOT_CANCELLING)
            for status in CANCELLABLE
        ),
        Transition(CANCELLING, CANCELED, does="TESA accepts the cancellation"),
        Transition(CANCELLING, REFUSED, does="TESA refuses the cancellation"),
    ),
    phases={
        CANCELLING: "TESA was asked to cancel; the status stays, its own timers stand still.",
        REFUSED: "TESA does not cancel; the request goes on with the time that it had left.",
    },
    tolerant=True,
)
