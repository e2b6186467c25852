"""A naive model of Tesamanager: what an operator should see, written down without the double.

Time is minutes since the beginning. What the double draws (ids, numbers, the names of terminal
boxes) the model learns when it first sees it, and holds the double to it from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tests.simulations.models.courses import Layer, way, ways

BEGINNING = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ENDED = ("REJECTED", "CANCELED", "FINISHED")
PORTS = [str(number) for number in range(1, 17)]
TYPES = {"NEBA": "NEBA", "VULA_COMMERCIAL": "VULA", "VULA_REGULATED": "VULA"}
SAYS = {
    "NOT_SENT": "RETURNED",
    "VALIDATING": "ACK",
    "REJECTED": "REJECTED",
    "PROCESSING": "ACCEPTED",
    "PROCESSED": "COMPLETED",
    "INCIDENCE_TESA": "TESA_INCIDENCE",
    "INCIDENCE_OPERATOR": "OPERATOR_INCIDENCE",
    "INSTALLING": "INSTALLATION_STARTED",
    "INCIDENCE_INSTALLING": "INSTALLATION_INCIDENCE",
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


ISSUES = {"INCIDENCE_OPERATOR": "I001", "INCIDENCE_TESA": "I100", "INCIDENCE_INSTALLING": "I210"}
BOXES = 8  # of a building
# What was said of a seed before it came to its status, where a technician of the operator installs.
_ACCEPTED = ["ACK", "ACCEPTED"]
_COMPLETED = [*_ACCEPTED, "COMPLETED"]
BEFORE = {
    "NOT_SENT": [],
    "VALIDATING": ["ACK"],
    "REJECTED": ["ACK", "REJECTED"],
    "CANCELED": ["ACK", "CANCELLATION_REQUESTED", "CANCELLATION_ACCEPTED"],
    "PROCESSING": _ACCEPTED,
    "INCIDENCE_TESA": [*_ACCEPTED, "TESA_INCIDENCE"],
    "INCIDENCE_OPERATOR": ["ACK", "OPERATOR_INCIDENCE"],
    "PROCESSED": _COMPLETED,
    "INSTALLING": _COMPLETED,
    "INCIDENCE_INSTALLING": [*_COMPLETED, "INSTALLATION_INCIDENCE"],
    "INSTALLED": [*_COMPLETED, "INSTALLATION_ENDED"],
    "FINISHED": [*_COMPLETED, "INSTALLATION_ENDED", "CLOSED"],
}
ON_SITE = ("INSTALLING", "INCIDENCE_INSTALLING", "INSTALLED")
STATUSES = tuple(BEFORE)
# What an action says when it is done; `Request cancelled` is for what was not sent yet.
DONE = {
    "cancellation": "Cancellation requested",
    "incident/resolve": "Incident resolved",
    "access": "Access opened",
    "status-cto": "CTO status retrieved",
    "port": "Port assigned",
    "port/confirm": "Port confirmed",
    "access/terminate": "Access terminated",
    "installation/incident": "Installation incident reported",
    "installation/end": "Installation ended",
    "cto-change": "CTO changed",
}
# Refusals: status and details, with names in braces for what it is about.
REFUSALS = {
    "DUPLICATE_REFERENCE": (
        400,
        "externalReference {reference} belongs to a request that has not ended",
    ),
    "REQUEST_NOT_FOUND": (404, "{org} has no request with externalReference {reference}"),
    "CANCELLING": (406, "Request is being cancelled"),
    "INVALID_STATUS": (406, "Request is {status}"),
    "NO_OPEN_ISSUE": (406, "Request has no open issue"),
    "NOT_SELF_INSTALLED": (406, "Request is not a self-installation"),
    "ACCESS_ALREADY_OPEN": (406, "Request has an open access already"),
    "NUMBERS_MISMATCH": (
        404,
        "Request {reference} is not TESA's {requestNumber} / {subRequestNumber}",
    ),
    "BAD_REQUEST": (400, "requestType: '{requestType}' does not fit a request of {territory}"),
    "ACCESS_NOT_OPEN": (406, "Request has no open access"),
    "PORT_NOT_AVAILABLE": (406, "Port {port} of {box} is not available"),
    "NO_PORT": (406, "Request has no port assigned"),
    "PORT_MISMATCH": (406, "Port {assigned} is assigned, not {port}"),
}
CODES = {"NO_PORT": "PORT_MISMATCH"}  # where the code is not the name
MESSAGES = {400: "Bad request", 404: "Not found", 406: "Request not acceptable"}
# Outcomes that TESA has for others: who has them.
FOR: dict[tuple[str, str], str] = {
    ("PROCESSING", "PROCESSED"): "not by_tesa",
    ("PROCESSING", "INSTALLING"): "by_tesa",
    ("INSTALLING", "INSTALLED"): "by_tesa",
    ("PROCESSED", "FINISHED"): "ends_access",
}


class Held(NamedTuple):
    """What a cancellation puts aside, with the time that was left."""

    phase: str
    left: float | None
    polls: int
    then: str
    code: str
    waits: bool


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
    asked: list[Layer] = field(default_factory=list)
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
    waits: bool = True
    held: Held | None = None
    iua: str = ""  # of the access that it made
    left: bool = False  # whether that access is no more
    turn: tuple[float, int] | None = None  # when it is due, and its place among those

    @property
    def reference(self) -> str:
        return str(self.body["externalReference"])

    @property
    def owner(self) -> str:
        return str(self.body.get("territoryOwner", "NEBA"))

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
        step = way(self.layers, phase, number)
        self.taken[phase] = number + 1
        self.phase, self.then, self.code = phase, step.then, step.code
        self.due, self.polls, self.waits = None, 0, step.waits
        if step.waits and (step.then or self.usual()):
            if step.polls is not None:
                self.polls = step.polls
            else:
                self.due = now + (step.after or 0)

    def fits(self, then: str) -> bool:
        """Whether an outcome of its phase is one for this request."""
        who = FOR.get((self.phase, then), "")
        own = {"by_tesa": self.by_tesa, "not by_tesa": not self.by_tesa}
        return own.get(who, self.ends_access) if who else True

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


Reply = tuple[int, dict[str, Any]]


class Model:
    """All orders of a session."""

    def __init__(self, default: Layer) -> None:
        self.default = default
        self.numbers: dict[str, tuple[int, int]] = {}
        self.boxes: dict[str, str] = {}
        self.rewind()

    def rewind(self) -> None:
        """Nothing is remembered; what was learned of ids and places stays as it is."""
        self.now = 0.0
        self.active: list[Layer] = []
        self.requests: list[Request] = []
        self.ended: list[str] = []
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

    def turn_back(self, minutes: float) -> None:
        """The clock is set back: what is due has happened, and nothing is undone."""
        self.settle()
        self.now -= minutes

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
            request.port = next(iter(self.free(request.box)), "")
        if target == "CANCELED":
            request.cancelling, request.held, request.port = False, None, ""
        if target in ("CANCELED", "FINISHED"):
            request.access = False
        if target == "FINISHED":
            self._finish(request)
        request.say("TESA_INCIDENCE_CLEARED" if phase == "INCIDENCE_TESA" else SAYS[target], now)
        request.enter(target, now)

    def _unfit(self, request: Request, target: str, now: float) -> None:
        request.say(SAYS[target], now, inconsistent=True)
        if request.taken[request.phase] < len(ways(request.layers, request.phase)):
            request.wait(request.phase, now)
        else:
            request.due, request.polls, request.then, request.code = None, 0, "", ""

    def _refuse(self, request: Request, now: float) -> None:
        request.say("CANCELLATION_REFUSED", now)
        request.cancelling = False
        held = request.held
        assert held is not None
        request.phase, request.polls, request.waits = held.phase, held.polls, held.waits
        request.then, request.code = held.then, held.code
        request.due = None if held.left is None else now + held.left
        request.held = None

    def _put_aside(self, request: Request) -> None:
        left = None if request.due is None else request.due - self.now
        request.held = Held(
            request.phase, left, request.polls, request.then, request.code, request.waits
        )

    def _finish(self, request: Request) -> None:
        """An activation has made an access, a termination has ended one."""
        if not request.ends_access:
            request.iua = "to be learned"
            return
        iua = request.body["servicePoint"]["iua"]
        self.ended.append(iua)
        for each in self.requests:
            each.left = each.left or each.iua == iua

    # boxes ------------------------------------------------------------------------------------

    def box_of(self, request: Request) -> str:
        """The first box of the building that has a port, else its first."""
        every = self.boxes_of(request)
        return next((box for box in every if self.free(box)), every[0])

    def boxes_of(self, request: Request) -> list[str]:
        point = request.body["servicePoint"]
        place = str(point.get("gescal") or f"nowhere but for {request.id}")[:17]
        return [f"box of {place} {number}" for number in range(BOXES)]

    def free(self, box: str) -> list[str]:
        users = [each for each in self.requests if self.same(each.box, box) and not each.left]
        used = [each.port for each in users]
        return [port for port in PORTS if port not in used]

    def same(self, one: str, other: str) -> bool:
        return self.boxes.get(one, one) == self.boxes.get(other, other)

    def named(self, box: str, name: str) -> str:
        """The name of a box, learned when it is first seen."""
        if box.startswith("box of ") and name:
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

    def refused(self, kind: str, **about: Any) -> Reply:
        """The reply of a refusal."""
        status, details = REFUSALS[kind]
        code = CODES.get(kind, kind)
        content = {"code": code, "message": MESSAGES[status], "details": details.format(**about)}
        return status, content

    def create(
        self, name: str, org: str, body: dict[str, Any], kind: str, named: list[Layer]
    ) -> Reply:
        """An order that is none of a reference in use: the reply."""
        every = [self.default, *self.active, *named]
        request = Request(name, org, body, kind, every, self.now, named, updated=self.now)
        request.wait("NOT_SENT", self.now)
        self.requests.append(request)
        self.committed(request)
        return 201, _done(request, "Request created")

    def seed(
        self, name: str, org: str, body: dict[str, Any], status: str, *, cancelling: bool
    ) -> None:
        """A request that came to its status in the usual way, and all of it now."""
        kind = "TERMINATION" if "iua" in body["servicePoint"] else "ACTIVATION"
        request = Request(name, org, body, kind, [self.default], self.now, updated=self.now)
        said = list(BEFORE[status])
        if request.by_tesa and status != "PROCESSED":
            said = ["INSTALLATION_STARTED" if each == "COMPLETED" else each for each in said]
        if request.ends_access:
            said = [each for each in said if each != "INSTALLATION_ENDED"]
        for each in (*said, *(["CANCELLATION_REQUESTED"] if cancelling else [])):
            request.say(each, self.now)
        request.sent = status != "NOT_SENT"
        if status in ISSUES:
            request.raise_issue(ISSUES[status], self.now)
            request.arose = "VALIDATING"
        if status in ON_SITE:
            request.box = self.boxes_of(request)[0]
            request.access = request.own
            request.visits = int(request.own)
        request.enter(status, self.now)
        if cancelling:
            request.cancelling = True
            self._put_aside(request)
            request.wait("CANCELLING", self.now)
        self.requests.append(request)
        self.committed(request)

    def by_hand(self, request: Request, then: str) -> int:
        """What a request waits for is ended by the admin; the status of its reply."""
        self.settle()
        if then and then not in STATUSES and not (then == "REFUSED" and request.cancelling):
            return 400
        if not (then or request.then or request.usual()) or not request.waits:
            return 409
        if then and not request.fits(then):
            return 409
        if then:
            request.then, request.code = then, ""
        self._elapse(request, self.now)
        self.committed(request)
        self.settle()
        return 200

    def find(self, org: str, reference: str) -> Request | None:
        mine = [each for each in self.requests if (each.org, each.reference) == (org, reference)]
        live = [each for each in mine if each.status not in ENDED]
        known = live or mine
        return known[-1] if known else None

    def act(
        self, operation: str, org: str, body: dict[str, Any], named: list[Layer], seen: str
    ) -> Reply:
        """An action: its reply; the name of a box is learned of what was `seen`."""
        self.settle()
        request = self.find(org, body["externalReference"])
        if request is None:
            return self.refused("REQUEST_NOT_FOUND", org=org, reference=body["externalReference"])
        refused = self._refused(operation, request, body)
        if refused:
            about = {
                "reference": request.reference,
                "status": request.status,
                "territory": request.owner,
                "box": request.box and self.named(request.box, seen),
                "assigned": request.port,
            }
            return self.refused(refused, **(body | about))
        message = DONE[operation]
        if operation == "cancellation" and request.status == "NOT_SENT":
            message = "Request cancelled"
        before = request.box
        if operation != "status-cto":
            if self.active or named:
                request.layers = [*request.layers, *self.active, *request.asked, *named]
            request.updated = self.now
            getattr(self, "_" + operation.replace("/", "_").replace("-", "_"))(request, body)
            self.committed(request)
        return 200, _done(request, message) | self._told(operation, request, body, before, seen)

    def _told(
        self, operation: str, request: Request, body: dict[str, Any], before: str, seen: str
    ) -> dict[str, Any]:
        """What a result says beside what all results say; `before` is the box until now."""
        box = request.box and self.named(request.box, seen)
        if operation == "access":
            number, sub_number = self.numbers[request.id]
            name = request.id.replace("TESA-", "ACC-")
            free = self.free(request.box)
            return {
                "accessId": name if request.visits == 1 else f"{name}-{request.visits}",
                "cto": box,
                **({"ctoPort": free[0]} if free else {}),
                "requestNumber": number,
                "subRequestNumber": sub_number,
            }
        if operation == "status-cto":
            left = len(self.free(request.box))
            return {"details": f"{box} has {left} of {len(PORTS)} ports free"}
        if operation in ("port", "port/confirm"):
            return {"details": f"Port {body['port']} of {box}"}
        if operation == "cto-change":
            return {"details": f"{self.named(before, seen)} to {box}"}
        return {}

    def _refused(self, operation: str, request: Request, body: dict[str, Any]) -> str:
        """Why an action is refused, "" where it is not."""
        status = request.status
        if request.cancelling:
            return "CANCELLING"
        if operation == "cancellation":
            late = status == "INSTALLED" or status in ENDED
            return "INVALID_STATUS" if late else ""
        if operation == "incident/resolve":
            if not request.open_issue:
                return "NO_OPEN_ISSUE"
            theirs = status not in ("INCIDENCE_OPERATOR", "INCIDENCE_INSTALLING")
            return "INVALID_STATUS" if theirs else ""
        if operation == "access":
            if not request.own:
                return "NOT_SELF_INSTALLED"
            if request.access:
                return "ACCESS_ALREADY_OPEN"
            return "INVALID_STATUS" if status != "PROCESSED" else ""
        stopped = status == "INCIDENCE_INSTALLING" and operation in ("status-cto", "cto-change")
        if status != "INSTALLING" and not stopped:
            return "INVALID_STATUS"
        return self._refused_on_site(operation, request, body)

    def _refused_on_site(self, operation: str, request: Request, body: dict[str, Any]) -> str:
        if operation in ("installation/incident", "installation/end"):
            quoted = body["requestNumber"], body["subRequestNumber"]
            if quoted != self.numbers.get(request.id):
                return "NUMBERS_MISMATCH"
        if operation == "installation/end" and body["requestType"] != TYPES[request.owner]:
            return "BAD_REQUEST"
        needing = ("port", "port/confirm", "access/terminate", "installation/end")
        if operation in needing and not request.access:
            return "ACCESS_NOT_OPEN"
        if operation in ("port", "port/confirm") and body["port"] != request.port:
            if body["port"] not in self.free(request.box):
                return "PORT_NOT_AVAILABLE"
            if operation == "port/confirm":
                return "PORT_MISMATCH" if request.port else "NO_PORT"
        if operation == "installation/end" and not request.port:
            return "NO_PORT"
        return ""

    def _cancellation(self, request: Request, _body: dict[str, Any]) -> None:
        if request.status == "NOT_SENT":
            request.enter("CANCELED", self.now)
            return
        request.cancelling = True
        request.say("CANCELLATION_REQUESTED", self.now)
        self._put_aside(request)
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
            "territory_owner": request.owner,
            "service_point": body["servicePoint"],
            "created": text(request.created),
            "last_updated": text(request.updated),
        }
        for name, member in (
            ("technical_coordinators", "technicalCoordinators"),
            ("customer", "customer"),
            ("portability_indicator", "portabilityIndicator"),
        ):
            if member in body and (name != "portability_indicator" or not request.ends_access):
                shown[name] = body[member]
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


def _done(request: Request, message: str) -> dict[str, Any]:
    return {
        "code": "OK",
        "message": message,
        "referenceId": request.id,
        "externalReference": request.reference,
    }
