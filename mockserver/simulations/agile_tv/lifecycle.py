"""The states of an Agile TV subscription and what leads from one to another.

Section 5.2 of the facts (inferred): the source shows ACTIVE alone, and that a subscription can be
suspended and reactivated.
"""

from typing import Final

from mockserver.lifecycle import GONE, NEW, Lifecycle, Transition
from mockserver.simulations import workflows

API: Final = "agile-tv-v3"
CREATE: Final = "createSubscription"
UPDATE: Final = "updateSubscription"
DELETE: Final = "deleteSubscription"
PRODUCTS: Final = "updateProducts"
STBS: Final = "updateStbs"
SUSPEND: Final = "suspendSubscription"
REACTIVATE: Final = "reactivateSubscription"
WRITES: Final = (CREATE, UPDATE, DELETE, PRODUCTS, STBS, SUSPEND, REACTIVATE)

STATE: Final = "accountState"
PENDING: Final = "PENDING"
ACTIVE: Final = "ACTIVE"
SUSPENDED: Final = "SUSPENDED"
LIFECYCLE: Final = Lifecycle(
    name="A subscription of Agile TV",
    member=STATE,
    transitions=(
        Transition(NEW, PENDING, CREATE),
        Transition(PENDING, ACTIVE, CREATE),  # when its workflow ends, like all that follow
        Transition(ACTIVE, ACTIVE, UPDATE),
        Transition(ACTIVE, ACTIVE, PRODUCTS),
        Transition(ACTIVE, ACTIVE, STBS),
        Transition(ACTIVE, ACTIVE, REACTIVATE),
        Transition(ACTIVE, SUSPENDED, SUSPEND),
        Transition(ACTIVE, GONE, DELETE),
        Transition(SUSPENDED, SUSPENDED, UPDATE),
        Transition(SUSPENDED, SUSPENDED, STBS),
        Transition(SUSPENDED, SUSPENDED, SUSPEND),
        Transition(SUSPENDED, ACTIVE, REACTIVATE),
        Transition(SUSPENDED, GONE, DELETE),
        *workflows.runs(*WRITES),
    ),
    phases=workflows.phases(*WRITES),
)
