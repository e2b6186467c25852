"""The states of an Agile TV subscription and what leads from one to another.

Section 5.2 of the facts (inferred): the source shows ACTIVE alone, and that a subscription can be
suspended and reactivated.
"""

from typing import Final

from mockserver.lifecycle import GONE, NEW, Lifecycle, Transition
from mockserver.simulations import workflows

STEM: Final = "agile-tv-v3"
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
        Transition(NEW, PENDING, by=CREATE),
        Transition(PENDING, ACTIVE, by=CREATE),  # when its workflow ends, like all that follow
        Transition(ACTIVE, ACTIVE, by=UPDATE),
        Transition(ACTIVE, ACTIVE, by=PRODUCTS),
        Transition(ACTIVE, ACTIVE, by=STBS),
        Transition(ACTIVE, ACTIVE, by=REACTIVATE),
        Transition(ACTIVE, SUSPENDED, by=SUSPEND),
        Transition(ACTIVE, GONE, by=DELETE),
        Transition(SUSPENDED, SUSPENDED, by=UPDATE),
        Transition(SUSPENDED, SUSPENDED, by=STBS),
        Transition(SUSPENDED, SUSPENDED, by=SUSPEND),
        Transition(SUSPENDED, ACTIVE, by=REACTIVATE),
        Transition(SUSPENDED, GONE, by=DELETE),
        *workflows.runs(*WRITES),
    ),
    phases=workflows.phases(*WRITES),
)
