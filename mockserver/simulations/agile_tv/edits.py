"""What the workflows of Agile TV make of a subscription, and what they refuse.

One function says both what a call may ask for and what its workflow does later, so that the two
cannot disagree. Section 5.3 of the facts (inferred; documented codes only).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from mockserver.clock import Moment, stamp
from mockserver.lifecycle import GONE
from mockserver.record import Record
from mockserver.simulation import Decision
from mockserver.simulations.agile_tv.lifecycle import LIFECYCLE, PRODUCTS, STATE, STBS, UPDATE
from mockserver.simulations.subscriptions import UPDATED
from mockserver.simulations.workflows import Data, Undone, Work

PRODUCT_MEMBERS: Final = ("id", "externalId")
STB_MEMBERS: Final = ("stbReference", "macAddress", "serialNumber", "externalId")


class Refused(Undone):
    """A call that a subscription does not allow now, or a work that it does not allow any more."""

    def __init__(self, status: int, code: str, title: str, details: str) -> None:
        super().__init__(details)
        self.decision = Decision(status, {"code": code, "title": title, "details": details})


def unknown(service: str) -> Refused:
    """The refusal of whatever is asked of a subscription that is not there."""
    text = f"The subscription with service_id '{service}' does not exist."
    return Refused(404, "RESOURCE_NOT_FOUND", "Subscription not found", text)


def wrong(title: str, details: str) -> Refused:
    """A refusal because of the state; the STEM documents neither 409 nor 422."""
    return Refused(400, "BAD_REQUEST", title, details)


def carried(data: Data, work: Work, moment: Moment) -> Data | None:
    """The subscription after a work, None where it has ended; raises `Refused`."""
    operation = work["operation"]
    transition = LIFECYCLE.called(Record("", "", data), operation)
    if transition is None:  # of all that can be asked, only this
        text = f"The products of the suspended subscription '{data['service_id']}' cannot be"
        raise wrong("Subscription suspended", f"{text} changed.")
    if transition.target == GONE:
        return None
    edit = EDITS.get(operation)
    edited = edit(data, work["body"]) if edit is not None else data
    return {**edited, STATE: transition.target, UPDATED: stamp(moment.now)}


def _with_data(data: Data, body: Data) -> Data:
    return {**data, **{name: body[name] for name in ("postalCode", "ftthWorkOrderId")}}


def _with_products(data: Data, body: Data) -> Data:
    """Products and add-ons without those to delete, then with those to add."""
    service = data["service_id"]

    def lacking(product: str) -> Refused:
        text = f"The subscription with service_id '{service}' does not have the product"
        return wrong("Product not contracted", f"{text} '{product}'.")

    after = dict(data)
    for name in ("products", "addons"):
        left = _without(data[name], "id", listed(body, f"{name}ToDelete"), lacking)
        after[name] = united(left, "id", items(body, f"{name}ToAdd", PRODUCT_MEMBERS))
    if not after["products"]:
        text = f"The subscription with service_id '{service}' must keep at least one main product."
        raise wrong("No main product left", text)
    return after


def _with_stbs(data: Data, body: Data) -> Data:
    """Decoders without those to delete, then with those to add."""

    def lacking(serial: str) -> Refused:
        text = f"The subscription with service_id '{data['service_id']}' has no decoder with"
        return wrong("Decoder not found", f"{text} serialNumber '{serial}'.")

    left = _without(data["stbs"], "serialNumber", listed(body, "stbsToDelete"), lacking)
    units = items(body, "stbsToAdd", STB_MEMBERS)
    return {**data, "stbs": united(left, "serialNumber", units)}


EDITS: Final[Mapping[str, Callable[[Data, Data], Data]]] = {
    UPDATE: _with_data,
    PRODUCTS: _with_products,
    STBS: _with_stbs,
}


def listed(body: Data, name: str) -> list[Data]:
    """A list of a body; a lenient contract takes null for one that may be left out."""
    return body.get(name) or []


def items(body: Data, name: str, members: Sequence[str]) -> list[Data]:
    """The elements of a list of a body, with what is read back of them."""
    return [
        {member: each[member] for member in members if each.get(member) is not None}
        for each in listed(body, name)
    ]


def united(have: Iterable[Data], key: str, added: Iterable[Data]) -> list[Data]:
    """Elements with some more; one that was there already is as it was told last."""
    found = {each[key]: each for each in have}
    found |= {each[key]: each for each in added}
    return list(found.values())


def _without(
    have: Sequence[Data], key: str, gone: Iterable[Data], lacking: Callable[[str], Refused]
) -> list[Data]:
    """Elements less some; raises `lacking` for the first of those that is not there."""
    known, wanted = {each[key] for each in have}, {each[key]: None for each in gone}
    for each in wanted:
        if each not in known:
            raise lacking(each)
    return [each for each in have if each[key] not in wanted]
