"""Tesamanager: orders of wholesale fibre to TESA, and what follows them.

`table` is the life of a request, `orders` what it consists of, `collection` how it is kept;
`creation`, `actions` and `reads` are the sixteen operations, `provider` is what TESA does by
itself. Facts: tesamanager.md, section 6; all of the behaviour is inferred.
"""

from mockserver.simulation import Poll
from mockserver.simulations.tesamanager.actions import ACTIONS
from mockserver.simulations.tesamanager.collection import COLLECTION
from mockserver.simulations.tesamanager.creation import create_activation, create_termination
from mockserver.simulations.tesamanager.reads import (
    get_request,
    list_events,
    list_issues,
    list_reference_ids,
    subject,
)

SERVES = {
    "tesamanager-v1": {
        "createTesaActivation": create_activation,
        "createTesaTermination": create_termination,
        **ACTIONS,
        "listTesaReferenceIds": list_reference_ids,
        "getTesaRequest": Poll(subject, get_request),
        "listTesaEvents": list_events,
        "listTesaIssues": list_issues,
    }
}
COLLECTIONS = (COLLECTION,)
