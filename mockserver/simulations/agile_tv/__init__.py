"""Agile TV: subscriptions that are signed up, changed, suspended and ended by workflows.

Every write is accepted at once and carried out later; the only read is that of the subscription.
`lifecycle` is its life, `subscription` how it is kept, `edits` what a write changes, `operations`
are the eight operations. Facts: the contract's `x-provenance`; states, refusals of a state and what
is seen while a workflow runs are inferred, and lean on the siblings of this API.
"""

from mockserver.simulations.agile_tv.lifecycle import STEM
from mockserver.simulations.agile_tv.operations import OPERATIONS
from mockserver.simulations.agile_tv.subscription import SUBSCRIPTIONS

SERVES = {STEM: OPERATIONS}
COLLECTIONS = (SUBSCRIPTIONS,)
