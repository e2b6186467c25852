"""What a simulation is: an API's behaviour as pure functions.

A module in `mockserver.simulations` says which operations it answers:

    SERVES = {"authn-v1": {"createToken": create_token, ...}}

There is no registry to edit: the modules of the folder are the registry. A simulation reads the
request and the moment, and returns a decision as data; it never does I/O and never asks the time.
"""

from collections.abc import Callable
from dataclasses import dataclass

from mockserver.clock import Moment
from mockserver.message import Header, Json, Request


@dataclass(frozen=True, slots=True)
class Decision:
    """What a simulation wants to be answered.

    Attributes:
        status: HTTP status, a documented one.
        content: The body before it is encoded; None where the status has none.
        headers: Beside the content type.
    """

    status: int
    content: Json
    headers: tuple[Header, ...] = ()


Decide = Callable[[Request, Moment], Decision]
