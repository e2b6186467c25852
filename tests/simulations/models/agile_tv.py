"""What Agile TV is thought to do, written naively and by itself: it knows nothing of the double.

Sections 5.2 to 5.4 of the facts, with the clock in minutes. Nothing is fast here: whatever is asked
is worked out by looking at everything.
"""

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

OPERATIONS = (
    "createSubscription",
    "updateSubscription",
    "deleteSubscription",
    "updateProducts",
    "updateStbs",
    "suspendSubscription",
    "reactivateSubscription",
)
NEVER = ("never", 0)
AT_ONCE = ("after", 0)


@dataclass(frozen=True)
class Way:
    """How a workflow goes: what it waits for, and whether it fails.

    Attributes:
        waits: `("after", minutes)`, `("polls", reads)`, `NEVER`; None for what it would be else.
        fails: Whether nothing comes of it.
    """

    waits: tuple[str, int] | None = AT_ONCE
    fails: bool = False


Ways = Mapping[str, Way]  # by operation, "*" for every other one


class Refusal(Exception):  # noqa: N818 - an answer, not a failure
    """What a call is answered where it is not accepted."""

    def __init__(self, status: int, title: str, details: str) -> None:
        code = "RESOURCE_NOT_FOUND" if status == 404 else "BAD_REQUEST"
        self.answer = status, {"code": code, "title": title, "details": details}


@dataclass
class Work:
    """A workflow that was accepted."""

    operation: str
    body: Any
    ways: dict[str, Way]
    waits: tuple[str, int] = AT_ONCE
    fails: bool = False
    since: int = 0
    reads: int = 0
    makes_it: bool = False


@dataclass
class Subscription:
    """What is seen of a subscription, and the workflows that are to change it."""

    seen: dict[str, Any] | None = None
    works: list[Work] = field(default_factory=list)
    ways: dict[str, Way] = field(default_factory=dict)


class Model:
    """All subscriptions of all brands.

    Args:
        courses: How workflows go, by the name by which a call may ask for it; "" for the usual.
    """

    def __init__(self, courses: Mapping[str, Ways]) -> None:
        self.courses = courses
        self.minute = 0
        self.all: dict[tuple[str, str], Subscription] = {}
        self.answered: dict[tuple[str, ...], dict[str, str]] = {}

    def advance(self, minutes: int) -> None:
        """Let time pass."""
        self.minute += minutes
        self.settle()

    def call(
        self, operation: str, org: str, service: str, trace: str, body: Any, course: str = ""
    ) -> tuple[int, Any]:
        """The status and the body of the answer to a write."""
        self.settle()
        key = (operation, org, service, trace)
        if key in self.answered:
            return 202, self.answered[key]
        found = self.all.get((org, service), Subscription())
        try:
            self._check(operation, found, org, service, body)
        except Refusal as refusal:
            return refusal.answer
        groups = trace.split("-")
        name = "-".join(groups[-2:]) if len(groups) > 1 else trace
        self.answered[key] = {
            "message": "Request accepted and is being processed.",
            "workflowId": f"agile-tv-{name}",
        }
        ways = {each: Way() for each in OPERATIONS} if operation == OPERATIONS[0] else {}
        if ways:
            ways = laid_over(ways, self.courses[""])
        ways = laid_over(ways, self.courses[course]) if course else ways
        found.works.append(Work(operation, body, ways))
        self.all[org, service] = found
        if len(found.works) == 1:
            self._start(found, service, self.minute)
        return 202, self.answered[key]

    def read(self, org: str, service: str) -> tuple[int, Any]:
        """The status and the body of the answer to a read."""
        self.settle()
        found = self.all.get((org, service))
        if found is not None and found.works and found.works[0].waits[0] == "polls":
            found.works[0].reads += 1
            if found.works[0].reads == found.works[0].waits[1]:
                self._end(found, service, self.minute)
                self.settle()
        if found is None or found.seen is None:
            return unknown(service).answer
        return 200, self.shown(org, service)

    def shown(self, org: str, service: str) -> Any:
        """What a read would show, None for nothing; nothing is counted."""
        found = self.all.get((org, service))
        if found is None or found.seen is None:
            return None
        shown = ("service_id", "accountState", "products", "stbs")
        return deepcopy({name: found.seen[name] for name in shown})

    # workflows ----------------------------------------------------------------------------

    def settle(self) -> None:
        """Let everything happen that is due."""
        for (_, service), found in self.all.items():
            while found.works and found.works[0].waits[0] == "after":
                due = found.works[0].since + found.works[0].waits[1]
                if due > self.minute:
                    break
                self._end(found, service, due)

    def _start(self, found: Subscription, service: str, minute: int) -> None:
        work = found.works[0]
        if work.operation == "createSubscription" and found.seen is None:
            work.makes_it = True
            found.ways = work.ways
            found.seen = signed_up(service, work.body)
        way = laid_over(found.ways, work.ways)[work.operation]
        assert way.waits is not None
        work.since, work.waits, work.fails = minute, way.waits, way.fails

    def _end(self, found: Subscription, service: str, minute: int) -> None:
        work = found.works.pop(0)
        if work.operation == "createSubscription":
            if work.makes_it and work.fails:
                found.seen = None
            elif work.makes_it:
                assert found.seen is not None
                found.seen["accountState"] = "ACTIVE"
        elif not work.fails and found.seen is not None:
            with suppress(Refusal):
                found.seen = done(found.seen, work.operation, work.body)
        while found.seen is None and found.works:
            if found.works[0].operation == "createSubscription":
                break
            found.works.pop(0)
        if found.works:
            self._start(found, service, minute)

    # checks -------------------------------------------------------------------------------

    def _check(
        self, operation: str, found: Subscription, org: str, service: str, body: Any
    ) -> None:
        later = expected(found, service)
        if operation == "createSubscription":
            if later is not None:
                text = f"A subscription with service_id '{service}' already exists."
                raise Refusal(400, "Subscription already exists", text)
        elif later is None:
            raise unknown(service)
        else:
            done(later, operation, body)
        for unit in (body or {}).get("stbs", []) + (body or {}).get("stbsToAdd", []):
            serial = unit["serialNumber"]
            if serial in self._used_beside(org, service):
                text = f"The decoder with serialNumber '{serial}' belongs to another subscription."
                raise Refusal(400, "Decoder already in use", text)

    def _used_beside(self, org: str, service: str) -> set[str]:
        """The decoders that others have, or will have."""
        units: list[Any] = []
        for (brand, other), found in self.all.items():
            if brand == org and other != service:
                units += found.seen["stbs"] if found.seen is not None else []
                for work in found.works:
                    units += (work.body or {}).get("stbs", [])
                    units += (work.body or {}).get("stbsToAdd", [])
        return {unit["serialNumber"] for unit in units}


def unknown(service: str) -> Refusal:
    """There is no such subscription."""
    text = f"The subscription with service_id '{service}' does not exist."
    return Refusal(404, "Subscription not found", text)


def laid_over(ways: Mapping[str, Way], above: Ways) -> dict[str, Way]:
    """The ways of all operations, where another course speaks of some."""
    laid = dict(ways)
    for operation in OPERATIONS:
        way = above.get(operation, above.get("*"))
        if way is not None:
            beneath = ways.get(operation)
            waits = beneath.waits if way.waits is None and beneath is not None else way.waits
            laid[operation] = Way(waits, way.fails)
    return laid


def expected(found: Subscription, service: str) -> dict[str, Any] | None:
    """What there will be when all has been done that is to be done, if none of it fails."""
    seen = deepcopy(found.seen)
    for work in found.works:
        if work.operation == "createSubscription":
            if seen is None or work.makes_it:
                seen = signed_up(service, work.body) | {"accountState": "ACTIVE"}
        elif seen is not None:
            with suppress(Refusal):
                seen = done(seen, work.operation, work.body)
    return seen


def signed_up(service: str, body: Any) -> dict[str, Any]:
    """A subscription as it is until its sign-up is done."""
    return {
        "service_id": service,
        "accountState": "PENDING",
        "products": put([], "id", body["products"]),
        "addons": put([], "id", body.get("addons", [])),
        "stbs": put([], "serialNumber", body.get("stbs", [])),
    }


def done(seen: dict[str, Any], operation: str, body: Any) -> dict[str, Any] | None:
    """A subscription after an operation, None for none any more."""
    after = deepcopy(seen)
    if operation == "deleteSubscription":
        return None
    if operation == "suspendSubscription":
        after["accountState"] = "SUSPENDED"
    if operation == "reactivateSubscription":
        after["accountState"] = "ACTIVE"
    if operation == "updateProducts":
        _change_products(after, body)
    if operation == "updateStbs":
        for unit in body.get("stbsToDelete", []):
            serial = unit["serialNumber"]
            if serial not in [each["serialNumber"] for each in seen["stbs"]]:
                text = f"The subscription with service_id '{seen['service_id']}' has no decoder"
                text += f" with serialNumber '{serial}'."
                raise Refusal(400, "Decoder not found", text)
            drop(after["stbs"], "serialNumber", serial)
        after["stbs"] = put(after["stbs"], "serialNumber", body.get("stbsToAdd", []))
    return after


def _change_products(after: dict[str, Any], body: Any) -> None:
    service = after["service_id"]
    if after["accountState"] == "SUSPENDED":
        text = f"The products of the suspended subscription '{service}' cannot be changed."
        raise Refusal(400, "Subscription suspended", text)
    for kind in ("products", "addons"):
        had = [each["id"] for each in after[kind]]
        for item in body.get(f"{kind}ToDelete", []):
            if item["id"] not in had:
                text = f"The subscription with service_id '{service}' does not have the product"
                raise Refusal(400, "Product not contracted", f"{text} '{item['id']}'.")
            drop(after[kind], "id", item["id"])
        after[kind] = put(after[kind], "id", body.get(f"{kind}ToAdd", []))
    if not after["products"]:
        text = f"The subscription with service_id '{service}' must keep at least one main product."
        raise Refusal(400, "No main product left", text)


def put(items: list[Any], key: str, more: list[Any]) -> list[Any]:
    """The items with some more; one with the same key takes the place of what was there."""
    items = deepcopy(items)
    for new in more:
        for place, old in enumerate(items):
            if old[key] == new[key]:
                items[place] = new
                break
        else:
            items.append(new)
    return items


def drop(items: list[Any], key: str, value: str) -> None:
    """Take the items with a value of a key out of a list."""
    items[:] = [each for each in items if each[key] != value]
