"""The double of Tesamanager and a naive model of it, side by side: they never disagree."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from hypothesis import assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.simulations.double import Double
from tests.simulations.models.tesamanager import (
    AT_ONCE,
    NEVER,
    TYPES,
    Layer,
    Model,
    Request,
    Way,
    text,
)
from tests.simulations.tesa import ACTIONS, NUMBERED, STEM

MOST = 14  # orders: fewer than a box has ports
HOUR = 60
DEFAULTS: dict[str, Layer] = {
    "hourly": {"*": [Way(minutes=HOUR)], "CANCELLING": [Way(minutes=90)]},
    "by reads": {"*": [Way(polls=1)], "PROCESSING": [Way(polls=2)]},
    "mixed": {"*": [AT_ONCE], "VALIDATING": [Way(minutes=30)], "CANCELLING": [Way(polls=2)]},
}
SCENARIOS: dict[str, Layer] = {
    "at-once": {"*": [AT_ONCE], "CANCELLING": [Way(minutes=30)]},
    "rejected": {"VALIDATING": [Way(then="REJECTED")]},
    "incidences": {
        "VALIDATING": [Way(then="INCIDENCE_OPERATOR", code="I007"), Way(then="PROCESSING")],
        "PROCESSING": [
            Way(minutes=10, then="INCIDENCE_OPERATOR", code="I007"),
            Way(minutes=20, then="INCIDENCE_TESA"),
            Way(minutes=HOUR),
        ],
    },
    "tesa-incidence": {
        "NOT_SENT": [AT_ONCE],
        "VALIDATING": [AT_ONCE],
        "PROCESSING": [Way(then="INCIDENCE_TESA"), Way(then="PROCESSED")],
        "INCIDENCE_TESA": [Way(minutes=45)],
    },
    "refusing": {"CANCELLING": [Way(then="REFUSED"), Way(minutes=10)]},
    "stuck": {"NOT_SENT": [AT_ONCE], "VALIDATING": [Way(polls=1)], "PROCESSING": [NEVER]},
    "inconsistent": {
        "NOT_SENT": [Way(minutes=5, then="PROCESSED"), Way(minutes=5)],
        "PROCESSING": [Way(minutes=10, then="FINISHED"), Way(then="INSTALLING")],
        "PROCESSED": [Way(minutes=15, then="INCIDENCE_INSTALLING"), Way(minutes=20)],
        "CANCELLING": [Way(minutes=5, then="INSTALLED"), Way(then="REFUSED")],
        "FINISHED": [Way(minutes=5, then="PROCESSING")],
    },
}


def course_of(layer: Layer) -> dict[str, Any]:
    """A course as a scenario file has it."""
    return {phase: [_step(way) for way in ways] for phase, ways in layer.items()}


def _step(way: Way) -> Any:
    if not way.waits:
        return "never"
    said: dict[str, Any] = {}
    if way.minutes is not None:
        said["after"] = f"{way.minutes}m"
    if way.polls is not None:
        said["polls"] = way.polls
    return said | {
        name: value for name, value in way._asdict().items() if value and name in OUTCOME
    }


OUTCOME = ("then", "code")
ORGS = st.sampled_from(["masmovil", "yoigo"])
REFERENCES = st.sampled_from(["A", "B"])
NAMED = st.sampled_from(["", "", "", *SCENARIOS])
PLACES = st.sampled_from(
    ["28000010276800007         006DCHA    ", "28000010276800007", "01000500474700067"]
)
OWNERS = st.sampled_from(["NEBA", "VULA_REGULATED"])
STATUSES = st.lists(
    st.sampled_from(["NOT_SENT", "VALIDATING", "PROCESSING", "INSTALLING", "FINISHED", "CANCELED"]),
    min_size=1,
    max_size=3,
    unique=True,
)
BOXES = st.sampled_from(["CTO-8", "CTO-9"])
CODES = st.sampled_from(["I210", "I300"])
PORTS = st.sampled_from(["1", "2", "3", "16", "17"])


Writer = Callable[[Any], str]
WRITTEN: dict[str, Writer] = {"statuses": ",".join, "notUpdatedSince": text}


class Tesamanager(RuleBasedStateMachine):
    """Calls, moves of the clock and scenarios, in any order."""

    @initialize(
        default=st.sampled_from(list(DEFAULTS)),
        kinds=st.lists(st.sampled_from(["own", "tesa", "termination"]), max_size=2),
        place=PLACES,
        owner=OWNERS,
        scenario=NAMED,
    )
    def begin(self, default: str, kinds: list[str], place: str, owner: str, scenario: str) -> None:
        self.double = Double(
            STEM,
            course=course_of(DEFAULTS[default]),
            scenarios={
                f"{STEM}/{name}": {"course": course_of(layer)} for name, layer in SCENARIOS.items()
            },
        )
        self.model = Model(DEFAULTS[default])
        for number, kind in enumerate(["own", *kinds]):
            org, reference = ("masmovil", "yoigo")[number // 2], "AB"[number % 2]
            self._create(org, reference, place, owner, kind, "", scenario if number else "at-once")

    def _records(self) -> list[Any]:
        return [
            (each.id, each.data, each.progress) for each in self.double.records("tesa-requests")
        ]

    def _get(self, org: str, tail: str) -> Any:
        return self.double.call("GET", f"/v1/orgs/{org}/tesa/requests{tail}")

    @precondition(lambda self: len(self.model.requests) < MOST)
    @rule(
        org=ORGS,
        reference=REFERENCES,
        place=PLACES,
        owner=OWNERS,
        kind=st.sampled_from(["own", "own", "tesa", "termination"]),
        indicator=st.sampled_from(["", "D"]),
        scenario=NAMED,
    )
    def create(
        self,
        org: str,
        reference: str,
        place: str,
        owner: str,
        kind: str,
        indicator: str,
        scenario: str,
    ) -> None:
        self._create(org, reference, place, owner, kind, indicator, scenario)

    def _create(
        self,
        org: str,
        reference: str,
        place: str,
        owner: str,
        kind: str,
        indicator: str,
        scenario: str,
    ) -> None:
        point: dict[str, Any] = {"gescal": place}
        if kind == "termination":
            point["iua"] = "V1"
        elif kind == "own":
            point["autoInstallation"] = True
        body = {
            "territoryOwner": owner,
            "externalReference": reference,
            "technicalCoordinators": {"main": {"name": "Marta"}},
            "customer": {"documentType": "NIF", "documentNumber": "1", "name": "Ana"},
            "servicePoint": point,
        }
        if indicator and kind != "termination":
            body["portabilityIndicator"] = indicator
        tail = "termination" if kind == "termination" else "activation"
        said = self.double.call("POST", f"/v1/orgs/{org}/tesa/{tail}", body, scenario=scenario)
        if self.model.duplicate(org, reference):
            assert (said.status, said.json["code"]) == (400, "DUPLICATE_REFERENCE")
            return
        assert said.status == 201
        name = said.json["referenceId"]
        assert name not in [each.id for each in self.model.requests]
        persistence = "TERMINATION" if kind == "termination" else "ACTIVATION"
        layers = [SCENARIOS[scenario]] if scenario else []
        self.model.create(name, org, body, persistence, layers)

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data(), tail=st.sampled_from(list(ACTIONS)), scenario=NAMED)
    def act(self, data: Any, tail: str, scenario: str) -> None:
        one = _one(data, self.model.requests)
        self._act(data, tail, one.org, one.reference, scenario)

    @rule(data=st.data(), tail=st.sampled_from(list(ACTIONS)), org=ORGS, reference=REFERENCES)
    def act_on_anything(self, data: Any, tail: str, org: str, reference: str) -> None:
        self._act(data, tail, org, reference, "")

    @precondition(lambda self: self.model.on_site)
    @rule(data=st.data(), tail=st.sampled_from([*ACTIONS][3:]), scenario=NAMED)
    def work_on_site(self, data: Any, tail: str, scenario: str) -> None:
        """Most actions are for an installation: go where one is."""
        one = _one(data, self.model.on_site)
        self._act(data, tail, one.org, one.reference, scenario)

    @precondition(lambda self: any(each.access for each in self.model.requests))
    @rule(data=st.data())
    def install(self, data: Any) -> None:
        """An installation as it should be: a free port, confirmed, and the report of the end."""
        one = _one(data, [each for each in self.model.requests if each.access])
        free = self.model.free(one.box)
        kind = TYPES[one.body["territoryOwner"]]
        for tail in ("port", "port/confirm", "installation/end"):
            body = {"port": one.port or free[0]} if tail != "installation/end" else {}
            self._act(data, tail, one.org, one.reference, "", {"requestType": kind, **body})

    @precondition(lambda self: any(each.status == "PROCESSED" for each in self.model.requests))
    @rule(data=st.data())
    def open_an_access(self, data: Any) -> None:
        ready = [each for each in self.model.requests if each.status == "PROCESSED"]
        one = _one(data, ready)
        self._act(data, "access", one.org, one.reference, "")

    @precondition(lambda self: any(each.open_issue for each in self.model.requests))
    @rule(data=st.data(), tail=st.sampled_from(["incident/resolve", "cto-change", "cancellation"]))
    def answer_an_incident(self, data: Any, tail: str) -> None:
        stopped = [each for each in self.model.requests if each.open_issue]
        one = _one(data, stopped)
        self._act(data, tail, one.org, one.reference, "")

    def _act(
        self,
        data: Any,
        tail: str,
        org: str,
        reference: str,
        scenario: str,
        fixed: dict[str, Any] | None = None,
    ) -> None:
        body = {"externalReference": reference, **ACTIONS[tail]}
        if tail in ("port", "port/confirm"):
            body["port"] = data.draw(PORTS)
        if tail == "cto-change":
            body["ctoIdentifier"] = data.draw(BOXES)
        if tail in NUMBERED:
            body |= data.draw(
                st.fixed_dictionaries({"requestType": st.sampled_from(["NEBA", "VULA"])})
            )
            body |= self._numbers(org, reference) if data.draw(st.integers(0, 4)) else {}
        if tail == "installation/incident":
            body["incidence"] = data.draw(CODES)
        if fixed is not None:
            body |= {name: value for name, value in fixed.items() if name in body}
            body |= self._numbers(org, reference) if tail in NUMBERED else {}
        self.double.session.settle()
        before = self._records()
        target = f"/v1/orgs/{org}/tesa/{tail}"
        said = self.double.call("POST", target, body, scenario=scenario)

        layers = [SCENARIOS[scenario]] if scenario else []
        wanted = self.model.act(tail, org, body, layers)

        assert (said.status, said.json["code"]) == wanted
        if said.status != 200:
            assert self._records() == before
            return
        request = self.model.find(org, reference)
        assert request is not None
        assert said.json["referenceId"] == request.id
        self._check_result(tail, request, said.json)

    def _check_result(self, tail: str, request: Any, result: dict[str, Any]) -> None:
        free = self.model.free(request.box) if request.box else []
        if tail == "access":
            assert result["cto"] == self.model.named(request.box, result["cto"])
            assert result["ctoPort"] == free[0]
            learned = result["requestNumber"], result["subRequestNumber"]
            assert learned == self.model.numbers.setdefault(request.id, learned)
        if tail == "status-cto":
            assert f" has {len(free)} of 16 ports free" in result["details"]

    def _numbers(self, org: str, reference: str) -> dict[str, int]:
        """The numbers of a request, as its events show them: that is no read of the request."""
        self.model.settle()
        request = self.model.find(org, reference)
        if request is None or not request.sent:
            return {}
        self._check_events(request)
        number, sub_number = self.model.numbers[request.id]
        return {"requestNumber": number, "subRequestNumber": sub_number}

    def _check_events(self, request: Any) -> None:
        said = self._get(request.org, f"/{request.id}/events")
        assert said.status == 200
        assert said.json == self.model.events(request, said.json)

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data())
    def read(self, data: Any) -> None:
        request = _one(data, self.model.requests)
        said = self._get(request.org, f"/{request.id}")
        self.model.poll(request)
        assert said.status == 200
        assert said.json == self.model.read(request, said.json)

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data())
    def read_what_happened(self, data: Any) -> None:
        request = _one(data, self.model.requests)
        self.model.settle()
        self._check_events(request)
        said = self._get(request.org, f"/{request.id}/issues")
        assert (said.status, said.json) == (200, self.model.issues(request))

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data(), tail=st.sampled_from(["", "/events", "/issues"]))
    def read_as_another_tenant(self, data: Any, tail: str) -> None:
        request = _one(data, self.model.requests)
        said = self._get("pepephone", f"/{request.id}{tail}")
        self.model.settle()
        assert (said.status, said.json["code"]) == (404, "REQUEST_NOT_FOUND")

    @rule(
        org=ORGS,
        filters=st.fixed_dictionaries(
            {},
            optional={
                "statuses": STATUSES,
                "externalReference": REFERENCES,
                "autoInstallation": st.booleans(),
                "cancelling": st.booleans(),
                "persistence_type": st.sampled_from(["ACTIVATION", "TERMINATION"]),
                "notUpdatedSince": st.integers(0, 600),
            },
        ),
    )
    def list_ids(self, org: str, filters: dict[str, Any]) -> None:
        query = "&".join(
            f"{name}={quote(WRITTEN.get(name, _plain)(value), safe=',')}"
            for name, value in filters.items()
        )
        said = self._get(org, f"?{query}")
        assert said.status == 200
        assert said.json == {"reference_ids": self.model.listed(org, filters)}

    @rule(minutes=st.sampled_from([0, 1, 5, 10, 15, 30, 60, 90, 240]))
    def advance(self, minutes: int) -> None:
        self.double.advance(f"{minutes}m")
        self.model.advance(minutes)

    @rule()
    def advance_to_the_end(self) -> None:
        assume(self.model.requests)
        self.double.advance("3d")
        self.model.advance(3 * 24 * HOUR)

    @invariant()
    def every_status_agrees(self) -> None:
        kept = [
            (each.id, each.data["status"], each.data["cancelling"])
            for each in self.double.records("tesa-requests")
        ]
        assert kept == [(each.id, each.status, each.cancelling) for each in self.model.requests]


def _one(data: Any, requests: list[Request]) -> Request:
    """One of some requests, drawn by its id."""
    name = data.draw(st.sampled_from([each.id for each in requests]))
    return next(each for each in requests if each.id == name)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


TestTesamanager = Tesamanager.TestCase
TestTesamanager.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
