"""A naive model of Tesamanager: what an operator should see, written down without the double.

Time is minutes since the beginning. What the double draws (ids, numbers, the names of terminal
boxes) the model learns when it first sees it, and holds the double to it from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

BEGINNING = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ENDED = ("REJECTED", "CANCELED", "FINISHED")
PORTS = [str(number) for number in range(1, 17)]
TYPES = {"NEBA": "NEBA", "VULA_COMMERCIAL": "VULA", "VULA_REGULATED": "VULA"}
SAYS = {
    "VALIDATING": "ACK",
    "REJECTED": "REJECTED",
    "PROCESSING": "ACCEPTED",
    "PROCESSED": "COMPLETED",
    "INCIDENCE_TESA": "TESA_INCIDENCE",
    "INCIDENCE_OPERATOR": "OPERATOR_INCIDENCE",
    "INSTALLING": "INSTALLATION_STARTED",
    "INSTALLED": "INSTALLATION_ENDED",
    "CANCELED": "CANCELLATION_ACCEPTED",
    "FINISHED": "CLOSED",
}
# What TESA may do by itself, whoever installs; the usual outcome is `Request.usual`.
MAY = {
    "NOT_SENT": ["VALIDATING"],
    "VALIDATING": ["PROCESSING", "REJECTED", "INCIDENCE_OPERATOR"],
    "PROCESSING": ["PROCESSED", "INSTALLING", "INCIDENCE_OPERATOR", "INCIDENCE_TESA"],
    "INCIDENCE_TESA": ["PROCESSING"],
    "PROCESSED": ["FINISHED"],
    "INSTALLING": ["INSTALLED"],
    "INSTALLED": ["FINISHED"],
    "CANCELLING": ["CANCELED", "REFUSED"],
}


class Way(NamedTuple):
    """One step of a course: minutes or reads to wait for; neither is what the course beneath has.

    `waits` is False where the phase is left by nobody.
    """

    minutes: int | None = None
    polls: int | None = None
    waits: bool = True
    then: str = ""
    code: str = ""

    @property
    def says_when(self) -> bool:
        return not (self.waits and self.minutes is None and self.polls is None)


Layer = dict[str, list[Way]]
AT_ONCE = Way(minutes=0)
NEVER = Way(waits=False)


def ways(layers: list[Layer], phase: str) -> list[Way]:
    """How a phase is left, by several courses, the strongest last.

    A way that does not say when takes that of the course beneath, time by time.
    """
    if not layers:
        return []
    *beneath, top = layers
    own, under = top.get(phase) or top.get("*") or [], ways(beneath, phase)
    if not own or not under:
        return own or under
    count = len(own) if own[-1].says_when else max(len(own), len(under))
    found = []
    for number in range(count):
        mine, other = own[min(number, len(own) - 1)], under[min(number, len(under) - 1)]
        when = other._replace(then=mine.then, code=mine.code)
        found.append(mine if mine.says_when else when)
    return found


def text(minute: float) -> str:
    moment = BEGINNING + timedelta(minutes=minute)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"


@dataclass
class Request:
    """One order."""

    id: str
    org: str
    body: dict[str, Any]
    kind: str
    layers: list[Layer]
    created: float
    status: str = "NOT_SENT"
    cancelling: bool = False
    arose: str = ""
    access: bool = False
    visits: int = 0
    box: str = ""  # a name, or `box of ...` until it is learned
    port: str = ""
    sent: bool = False
    events: list[tuple[str, float, bool]] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    updated: float = 0
    phase: str = ""
    taken: dict[str, int] = field(default_factory=dict)
    due: float | None = None
    polls: int = 0
    then: str = ""
    code: str = ""
    held: tuple[str, float | None, int, str, str] | None = None
    turn: tuple[float, int] | None = None  # when it is due, and its place among those

    @property
    def reference(self) -> str:
        return str(self.body["externalReference"])

    @property
    def ends_access(self) -> bool:
        return self.kind == "TERMINATION"

    @property
    def own(self) -> bool:
        return not self.ends_access and bool(self.body["servicePoint"].get("autoInstallation"))

    @property
    def by_tesa(self) -> bool:
        return not self.ends_access and not self.own

    @property
    def open_issue(self) -> bool:
        return any(not each["resolved"] for each in self.issues)

    def usual(self) -> str:
        if self.phase == "PROCESSING":
            return "INSTALLING" if self.by_tesa else "PROCESSED"
        if self.phase == "INSTALLING" and not self.by_tesa:
            return ""
        if self.phase == "PROCESSED" and not self.ends_access:
            return ""
        return MAY.get(self.phase, [""])[0]

    def outcome(self) -> tuple[str, bool]:
        """What follows, and whether it fits."""
        usual = self.usual()
        wanted = self.then
        if not wanted or wanted == usual:
            return usual, bool(usual)
        known = MAY.get(self.phase, [])
        for_another = self.phase == "PROCESSING" and wanted in ("PROCESSED", "INSTALLING")
        if wanted in known and not for_another and usual:
            return wanted, True
        if for_another:
            return usual, True
        return wanted, False

    def wait(self, phase: str, now: float) -> None:
        number = self.taken.get(phase, 0)
        steps = ways(self.layers, phase)
        way = steps[min(number, len(steps) - 1)]
        self.taken[phase] = number + 1
        self.phase, self.then, self.code = phase, way.then, way.code
        self.due, self.polls = None, 0
        if way.waits and (way.then or self.usual()):
            if way.polls is not None:
                self.polls = way.polls
            else:
                self.due = now + (way.minutes or 0)

    def enter(self, status: str, now: float) -> None:
        self.status = status
        self.wait(status, now)

    def say(self, message: str, now: float, *, inconsistent: bool = False) -> None:
        self.events.append((message, now, inconsistent))

    def raise_issue(self, code: str, now: float) -> None:
        before = [each["code"] for each in self.issues]
        self.issues.append(
            {"code": code, "resolved": False, "repeated": code in before, "updated": now}
        )

    def resolve(self, now: float) -> None:
        for each in self.issues:
            if not each["resolved"]:
                each.update(resolved=True, updated=now)


Filter = Callable[[Request, Any], bool]


class Model:
    """All orders of a session."""

    def __init__(self, default: Layer) -> None:
        self.default = default
        self.now = 0.0
        self.requests: list[Request] = []
        self.numbers: dict[str, tuple[int, int]] = {}
        self.boxes: dict[str, str] = {}
        self._count = 0

    @property
    def on_site(self) -> list[Request]:
        return [each for each in self.requests if each.access or each.status == "INSTALLING"]

    # time -------------------------------------------------------------------------------------

    def committed(self, request: Request) -> None:
        """A request was written: what is due anew goes behind what is due then already."""
        if request.due is None:
            request.turn = None
        elif request.turn is None or request.turn[0] != request.due:
            self._count += 1
            request.turn = request.due, self._count

    def advance(self, minutes: float) -> None:
        self.settle(self.now + minutes)
        self.now += minutes

    def settle(self, until: float | None = None) -> None:
        limit = self.now if until is None else until
        while True:
            waiting = [each for each in self.requests if each.turn and each.turn[0] <= limit]
            if not waiting:
                return
            first = min(waiting, key=lambda each: each.turn or (0, 0))
            assert first.due is not None
            self._elapse(first, first.due)
            self.committed(first)

    def _elapse(self, request: Request, now: float) -> None:
        target, fits = request.outcome()
        phase = request.phase
        if not fits:
            self._unfit(request, target, now)
            return
        request.updated = now
        if target == "REFUSED":
            self._refuse(request, now)
            return
        request.sent = request.sent or target == "VALIDATING"
        if target == "INCIDENCE_OPERATOR":
            request.arose = request.status
        if target in ("INCIDENCE_OPERATOR", "INCIDENCE_TESA"):
            usual = "I001" if target == "INCIDENCE_OPERATOR" else "I100"
            request.raise_issue(request.code or usual, now)
        if phase == "INCIDENCE_TESA":
            request.resolve(now)
        if target in ("INSTALLING", "INSTALLED") and not request.port:
            request.box = request.box or self.box_of(request)
            request.port = self.free(request.box)[0]
        if target == "CANCELED":
            request.cancelling, request.held, request.port = False, None, ""
        if target in ("CANCELED", "FINISHED"):
            request.access = False
        request.say("TESA_INCIDENCE_CLEARED" if phase == "INCIDENCE_TESA" else SAYS[target], now)
        request.enter(target, now)

    def _unfit(self, request: Request, target: str, now: float) -> None:
        said = {"INCIDENCE_INSTALLING": "INSTALLATION_INCIDENCE"}.get(target) or SAYS[target]
        request.say(said, now, inconsistent=True)
        if request.taken[request.phase] < len(ways(request.layers, request.phase)):
            request.wait(request.phase, now)
        else:
            request.due, request.polls, request.then, request.code = None, 0, "", ""

    def _refuse(self, request: Request, now: float) -> None:
        request.say("CANCELLATION_REFUSED", now)
        request.cancelling = False
        assert request.held is not None
        request.phase, left, request.polls, request.then, request.code = request.held
        request.due = None if left is None else now + left
        request.held = None

    # boxes ------------------------------------------------------------------------------------

    def box_of(self, request: Request) -> str:
        return "box of " + str(request.body["servicePoint"]["gescal"])[:17]

    def free(self, box: str) -> list[str]:
        used = [each.port for each in self.requests if self.same(each.box, box)]
        return [port for port in PORTS if port not in used]

    def same(self, one: str, other: str) -> bool:
        return self.boxes.get(one, one) == self.boxes.get(other, other)

    def named(self, box: str, name: str) -> str:
        """The name of a box, learned when it is first seen."""
        if box.startswith("box of "):
            assert name not in [known for key, known in self.boxes.items() if key != box]
            return self.boxes.setdefault(box, name)
        return box

    # what is asked ------------------------------------------------------------------------------

    def duplicate(self, org: str, reference: str) -> bool:
        self.settle()
        return any(
            (each.org, each.reference) == (org, reference) and each.status not in ENDED
            for each in self.requests
        )

    def create(
        self, name: str, org: str, body: dict[str, Any], kind: str, layers: list[Layer]
    ) -> None:
        every = [self.default, *layers]
        request = Request(name, org, body, kind, every, self.now, updated=self.now)
        request.wait("NOT_SENT", self.now)
        self.requests.append(request)
        self.committed(request)

    def find(self, org: str, reference: str) -> Request | None:
        mine = [each for each in self.requests if (each.org, each.reference) == (org, reference)]
        live = [each for each in mine if each.status not in ENDED]
        known = live or mine
        return known[-1] if known else None

    def act(
        self, operation: str, org: str, body: dict[str, Any], layers: list[Layer]
    ) -> tuple[int, str]:
        """An action: the status and the code of its reply."""
        self.settle()
        request = self.find(org, body["externalReference"])
        if request is None:
            return 404, "REQUEST_NOT_FOUND"
        refused = self._refused(operation, request, body)
        if refused is not None:
            return refused
        if operation != "status-cto":
            request.layers = [*request.layers, *layers]
            request.updated = self.now
            getattr(self, "_" + operation.replace("/", "_").replace("-", "_"))(request, body)
            self.committed(request)
        return 200, "OK"

    def _refused(
        self, operation: str, request: Request, body: dict[str, Any]
    ) -> tuple[int, str] | None:
        status = request.status
        if request.cancelling:
            return 406, "CANCELLING"
        if operation == "cancellation":
            late = status == "INSTALLED" or status in ENDED
            return (406, "INVALID_STATUS") if late else None
        if operation == "incident/resolve":
            if not request.open_issue:
                return 406, "NO_OPEN_ISSUE"
            theirs = status not in ("INCIDENCE_OPERATOR", "INCIDENCE_INSTALLING")
            return (406, "INVALID_STATUS") if theirs else None
        if operation == "access":
            if not request.own:
                return 406, "NOT_SELF_INSTALLED"
            if request.access:
                return 406, "ACCESS_ALREADY_OPEN"
            return (406, "INVALID_STATUS") if status != "PROCESSED" else None
        stopped = status == "INCIDENCE_INSTALLING" and operation in ("status-cto", "cto-change")
        if status != "INSTALLING" and not stopped:
            return 406, "INVALID_STATUS"
        return self._refused_on_site(operation, request, body)

    def _refused_on_site(
        self, operation: str, request: Request, body: dict[str, Any]
    ) -> tuple[int, str] | None:
        if operation in ("installation/incident", "installation/end"):
            quoted = body["requestNumber"], body["subRequestNumber"]
            if quoted != self.numbers.get(request.id):
                return 404, "NUMBERS_MISMATCH"
        kind = TYPES[request.body["territoryOwner"]]
        if operation == "installation/end" and body["requestType"] != kind:
            return 400, "BAD_REQUEST"
        needing = ("port", "port/confirm", "access/terminate", "installation/end")
        if operation in needing and not request.access:
            return 406, "ACCESS_NOT_OPEN"
        if operation in ("port", "port/confirm") and body["port"] != request.port:
            if body["port"] not in self.free(request.box):
                return 406, "PORT_NOT_AVAILABLE"
            if operation == "port/confirm":
                return 406, "PORT_MISMATCH"
        if operation == "installation/end" and not request.port:
            return 406, "PORT_MISMATCH"
        return None

    def _cancellation(self, request: Request, _body: dict[str, Any]) -> None:
        if request.status == "NOT_SENT":
            request.enter("CANCELED", self.now)
            return
        request.cancelling = True
        request.say("CANCELLATION_REQUESTED", self.now)
        left = None if request.due is None else request.due - self.now
        request.held = request.phase, left, request.polls, request.then, request.code
        request.wait("CANCELLING", self.now)

    def _incident_resolve(self, request: Request, _body: dict[str, Any]) -> None:
        request.resolve(self.now)
        on_site = request.status == "INCIDENCE_INSTALLING"
        request.enter("INSTALLING" if on_site else request.arose, self.now)

    def _access(self, request: Request, _body: dict[str, Any]) -> None:
        request.access = True
        request.visits += 1
        request.box = request.box or self.box_of(request)
        request.enter("INSTALLING", self.now)

    def _port(self, request: Request, body: dict[str, Any]) -> None:
        request.port = body["port"]

    def _port_confirm(self, request: Request, _body: dict[str, Any]) -> None:
        """Nothing that an operator sees but the date."""

    def _access_terminate(self, request: Request, _body: dict[str, Any]) -> None:
        request.access, request.port = False, ""
        request.enter("PROCESSED", self.now)

    def _installation_incident(self, request: Request, body: dict[str, Any]) -> None:
        request.raise_issue(body["incidence"], self.now)
        request.say("INSTALLATION_INCIDENCE", self.now)
        request.enter("INCIDENCE_INSTALLING", self.now)

    def _installation_end(self, request: Request, _body: dict[str, Any]) -> None:
        request.say("INSTALLATION_ENDED", self.now)
        request.enter("INSTALLED", self.now)

    def _cto_change(self, request: Request, body: dict[str, Any]) -> None:
        request.box, request.port = body["ctoIdentifier"], ""
        if request.status == "INCIDENCE_INSTALLING":
            request.resolve(self.now)
            request.enter("INSTALLING", self.now)

    # what is read -------------------------------------------------------------------------------

    def poll(self, request: Request) -> None:
        """A read of one request, counted before it is answered."""
        self.settle()
        if request.polls:
            request.polls -= 1
            if not request.polls:
                request.due = self.now
            self.committed(request)
        self.settle()

    def listed(self, org: str, filters: dict[str, Any]) -> list[str]:
        self.settle()
        tests: dict[str, Filter] = {
            "statuses": lambda each, value: each.status in value,
            "externalReference": lambda each, value: each.reference == value,
            "autoInstallation": lambda each, value: each.own is value,
            "cancelling": lambda each, value: each.cancelling is value,
            "persistence_type": lambda each, value: each.kind == value,
            "notUpdatedSince": lambda each, value: each.updated < value,
        }
        return [
            each.id
            for each in self.requests
            if each.org == org and all(tests[name](each, filters[name]) for name in filters)
        ]

    def read(self, request: Request, seen: dict[str, Any]) -> dict[str, Any]:
        """How a request reads; what is drawn is learned of what was `seen`."""
        body = request.body
        shown = {
            "reference_id": request.id,
            "external_reference": request.reference,
            "persistence_type": request.kind,
            "status": request.status,
            "auto_installation": request.own,
            "cancelling": request.cancelling,
            "territory_owner": body["territoryOwner"],
            "technical_coordinators": body["technicalCoordinators"],
            "customer": body["customer"],
            "service_point": body["servicePoint"],
            "created": text(request.created),
            "last_updated": text(request.updated),
        }
        if "portabilityIndicator" in body:
            shown["portability_indicator"] = body["portabilityIndicator"]
        if request.sent:
            learned = seen.get("request_number", -1), seen.get("subrequest_number", -1)
            number, sub_number = self.numbers.setdefault(request.id, learned)
            shown |= {"request_number": number, "subrequest_number": sub_number}
        if request.box:
            shown["cto"] = self.named(request.box, seen.get("cto", ""))
        if request.port:
            shown["cto_port"] = request.port
        return shown

    def events(self, request: Request, seen: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if request.sent:
            first = seen[-1] if seen else {}
            learned = first.get("request_number", -1), first.get("subrequest_number", -1)
            self.numbers.setdefault(request.id, learned)
        unsent = 0, 0
        found = []
        sent = False
        for place, (message, minute, inconsistent) in enumerate(request.events, start=1):
            sent = sent or (message == "ACK" and not inconsistent)
            number, sub_number = self.numbers[request.id] if sent else unsent
            found.append(
                {
                    "id": place,
                    "reference_id": request.id,
                    "message_type": message,
                    "request_number": number,
                    "subrequest_number": sub_number,
                    "event_date": text(minute),
                    "sequence_number": place,
                    "inconsistent": inconsistent,
                }
            )
        return found

    def issues(self, request: Request) -> list[dict[str, Any]]:
        return [
            {
                "id": place,
                "reference_id": request.id,
                "issue_sequence": place,
                "issue_code": each["code"],
                "resolved": each["resolved"],
                "repeated": each["repeated"],
                "last_updated": text(each["updated"]),
            }
            for place, each in enumerate(request.issues, start=1)
        ]
