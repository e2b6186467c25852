"""The double of Tesamanager and a naive model of it, side by side: they never disagree."""

import re
from collections.abc import Callable
from datetime import timedelta
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

from tests.simulations.double import course_of, shared
from tests.simulations.models.courses import AT_ONCE, NEVER, Layer, Way
from tests.simulations.models.tesamanager import (
    ENDED,
    STATUSES,
    TYPES,
    Model,
    Request,
    text,
)
from tests.simulations.tesa import ACTIONS, NUMBERED, STEM, order

MOST = 14  # orders, less those that fill a box
HOUR = 60
DEFAULTS: dict[str, Layer] = {
    "hourly": {"*": [Way(HOUR)], "CANCELLING": [Way(90)]},
    "by reads": {"*": [Way(polls=1)], "PROCESSING": [Way(polls=2)]},
    "mixed": {"*": [AT_ONCE], "VALIDATING": [Way(30)], "CANCELLING": [Way(polls=2)]},
}
SCENARIOS: dict[str, Layer] = {
    "at-once": {"*": [AT_ONCE], "CANCELLING": [Way(30)]},
    "rejected": {"VALIDATING": [Way(then="REJECTED")]},
    "incidences": {
        "VALIDATING": [Way(then="INCIDENCE_OPERATOR", code="I007"), Way(then="PROCESSING")],
        "PROCESSING": [
            Way(10, then="INCIDENCE_OPERATOR", code="I007"),
            Way(20, then="INCIDENCE_TESA"),
            Way(HOUR),
        ],
    },
    "tesa-incidence": {
        "NOT_SENT": [AT_ONCE],
        "VALIDATING": [AT_ONCE],
        "PROCESSING": [Way(then="INCIDENCE_TESA"), Way(then="PROCESSED")],
        "INCIDENCE_TESA": [Way(45)],
    },
    "refusing": {"CANCELLING": [Way(then="REFUSED"), Way(10)]},
    "stuck": {"NOT_SENT": [AT_ONCE], "VALIDATING": [Way(polls=1)], "PROCESSING": [NEVER]},
    "inconsistent": {
        "NOT_SENT": [Way(5, then="PROCESSED"), Way(5)],
        "PROCESSING": [Way(10, then="FINISHED"), Way(then="INSTALLING")],
        "PROCESSED": [Way(15, then="INCIDENCE_INSTALLING"), Way(20)],
        "CANCELLING": [Way(5, then="INSTALLED"), Way(then="REFUSED")],
        "FINISHED": [Way(5, then="PROCESSING")],
    },
}
ORGS = st.sampled_from(["masmovil", "yoigo"])
REFERENCES = st.sampled_from(["A", "B"])
NAMED = st.sampled_from(["", "", "", *SCENARIOS])
PLACES = st.sampled_from(
    ["28000010276800007         006DCHA    ", "28000010276800007", "01000500474700067"]
)
OWNERS = st.sampled_from(["NEBA", "VULA_REGULATED", "VULA_COMMERCIAL"])
WANTED = st.lists(
    st.sampled_from(["NOT_SENT", "VALIDATING", "PROCESSING", "INSTALLING", "FINISHED", "CANCELED"]),
    min_size=1,
    max_size=3,
    unique=True,
)
BOXES = st.sampled_from(["CTO-8", "CTO-9"])
CODES = st.sampled_from(["I210", "I300"])
PORTS = st.sampled_from(["1", "2", "3", "16", "17"])
KINDS = st.sampled_from(["own", "own", "tesa", "termination"])
CANCELLABLE = tuple(each for each in STATUSES if each not in (*ENDED, "NOT_SENT", "INSTALLED"))
BOX = re.compile(r"CTO-[0-9A-Z-]+")

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
        seeds=st.lists(st.tuples(st.sampled_from(STATUSES), KINDS, st.booleans()), max_size=2),
        on_site=st.booleans(),
        full=st.sampled_from([False] * 7 + [True]),
    )
    def begin(
        self,
        default: str,
        kinds: list[str],
        place: str,
        owner: str,
        scenario: str,
        seeds: list[tuple[str, str, bool]],
        *,
        on_site: bool,
        full: bool,
    ) -> None:
        self.double = shared(
            STEM,
            course=course_of(DEFAULTS[default], "m"),
            scenarios={
                f"{STEM}/{name}": {"course": course_of(layer, "m")}
                for name, layer in SCENARIOS.items()
            },
        )
        self.model = Model(DEFAULTS[default])
        self.first_id = ""
        self.other = self.double.beside("other")
        self.begin_elsewhere()
        self.said_there, self.there = self.begin_elsewhere(), self._records(self.other)
        for number, kind in enumerate(["own", *kinds]):
            org, reference = ("masmovil", "yoigo")[number // 2], "AB"[number % 2]
            self._create(org, reference, place, owner, kind, "", scenario if number else "at-once")
        if on_site:
            self._act(None, "access", "masmovil", "A", "")
        for number, (status, kind, cancelling) in enumerate(seeds):
            self.seed(f"S{number}", status, kind, place, cancelling=cancelling)
        self.most = MOST
        if full:
            self.fill_a_box(place, owner)

    def begin_elsewhere(self) -> Any:
        """An order in another session, from the beginning; what is answered."""
        self.other.reset()
        assert self._records(self.other) == []
        return self.other.call("POST", "/v1/orgs/masmovil/tesa/activation", order("A")).json

    def fill_a_box(self, place: str, owner: str) -> None:
        """So many finished orders of one building that the ports of its box are all taken."""
        for number in range(16):
            self._create("yoigo", f"F{number}", place, owner, "tesa", "", "at-once")
        self.most = MOST + 16
        self.advance(1)

    def seed(self, reference: str, status: str, kind: str, place: str, *, cancelling: bool) -> None:
        """A request from outside, written down with nothing but what it has to say."""
        body = {"externalReference": reference, "servicePoint": self._point(kind, place)}
        cancelling = cancelling and status in CANCELLABLE
        node = {
            "org": "masmovil",
            "external_reference": reference,
            "service_point": body["servicePoint"],
            "status": status,
            **({"cancelling": True} if cancelling else {}),
        }
        self.model.settle()
        self.double.session.settle()
        self.double.given("tesa-requests", node)
        name = self.double.records("tesa-requests")[-1].id
        assert name not in [each.id for each in self.model.requests]
        self.model.seed(name, "masmovil", body, status, cancelling=cancelling)

    def _records(self, double: Any = None) -> list[Any]:
        records = (double or self.double).records("tesa-requests")
        return [(each.id, each.data, each.progress) for each in records]

    def _get(self, org: str, tail: str) -> Any:
        return self.double.call("GET", f"/v1/orgs/{org}/tesa/requests{tail}")

    @precondition(lambda self: len(self.model.requests) < self.most)
    @rule(
        org=ORGS,
        reference=REFERENCES,
        place=PLACES,
        owner=OWNERS,
        kind=KINDS,
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

    @precondition(lambda self: len(self.model.requests) < self.most)
    @precondition(lambda self: any(each.iua for each in self.model.requests))
    @rule(data=st.data(), reference=REFERENCES, scenario=st.sampled_from(["at-once", ""]))
    def terminate(self, data: Any, reference: str, scenario: str) -> None:
        """The end of an access that an activation made, once or again."""
        made = _one(data, [each for each in self.model.requests if each.iua])
        self._create(made.org, reference, "", made.owner, "termination", "", scenario, made.iua)

    def _point(self, kind: str, place: str, iua: str = "V1") -> dict[str, Any]:
        """What is to be made, or to be ended."""
        point: dict[str, Any] = {"gescal": place} if place else {}
        if kind == "termination":
            return point | {"iua": iua}
        return point | ({"autoInstallation": True} if kind == "own" else {})

    def _create(
        self,
        org: str,
        reference: str,
        place: str,
        owner: str,
        kind: str,
        indicator: str,
        scenario: str,
        iua: str = "V1",
    ) -> None:
        body = {
            "territoryOwner": owner,
            "externalReference": reference,
            "technicalCoordinators": {"main": {"name": "Marta"}},
            "customer": {"documentType": "NIF", "documentNumber": "1", "name": "Ana"},
            "servicePoint": self._point(kind, place, iua),
        }
        if indicator and kind != "termination":
            body["portabilityIndicator"] = indicator
        tail = "termination" if kind == "termination" else "activation"
        self.double.session.settle()
        before = self._records()
        said = self.double.call("POST", f"/v1/orgs/{org}/tesa/{tail}", body, scenario=scenario)
        assert said.source == "simulation"
        if self.model.duplicate(org, reference):
            refused = self.model.refused("DUPLICATE_REFERENCE", reference=reference)
            assert (said.status, said.json) == refused
            assert self._records() == before
            return
        name = said.json["referenceId"]
        assert re.fullmatch("TESA-[A-Z2-7]{6}[0-9]{6}", name)
        assert name not in [each.id for each in self.model.requests]
        if not self.model.requests:
            self.first_id = self.first_id or name
            assert name == self.first_id
        persistence = "TERMINATION" if kind == "termination" else "ACTIVATION"
        layers = [SCENARIOS[scenario]] if scenario else []
        wanted = self.model.create(name, org, body, persistence, layers)
        assert (said.status, said.json) == wanted

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
        kind = TYPES[one.owner]
        for tail in ("port", "port/confirm", "installation/end"):
            body = {"port": one.port or (free or ["1"])[0]} if tail != "installation/end" else {}
            self._act(data, tail, one.org, one.reference, "", {"requestType": kind, **body})

    @precondition(lambda self: self.model.on_site)
    @rule(
        data=st.data(),
        tails=st.sampled_from(
            [
                ("installation/incident", "incident/resolve"),
                ("installation/incident", "cto-change", "port/confirm"),
                ("port", "port/confirm", "access"),
                ("access/terminate", "port", "access"),
            ]
        ),
    )
    def work_as_it_goes_wrong(self, data: Any, tails: tuple[str, ...]) -> None:
        """Incidents and mistakes on site, one after the other; a confirmed port is the last one."""
        one = _one(data, self.model.on_site)
        kind, free = TYPES[one.owner], self.model.free(one.box) or ["1"]
        for tail in tails:
            port = free[-1 if tail == "port/confirm" else 0]
            fixed = {"requestType": kind, "port": port, "ctoIdentifier": "CTO-8"}
            self._act(data, tail, one.org, one.reference, "", fixed)

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

        self.learn(said.json)
        layers = [SCENARIOS[scenario]] if scenario else []
        box = BOX.search(said.json.get("cto", said.json.get("details", "")))
        wanted = self.model.act(tail, org, body, layers, box[0] if box else "")

        assert said.source == "simulation"
        assert (said.status, said.json) == wanted
        if said.status != 200 or tail == "status-cto":
            assert self._records() == before

    def learn(self, result: dict[str, Any]) -> None:
        """The numbers of TESA, where a result is the first to tell them."""
        if "requestNumber" in result:
            learned = result["requestNumber"], result["subRequestNumber"]
            self.model.numbers.setdefault(result["referenceId"], learned)

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

    @rule(
        org=st.sampled_from(["masmovil", "pepephone"]),
        number=st.integers(0, 9),
        tail=st.sampled_from(["", "/events", "/issues"]),
    )
    def read_what_is_not_there(self, org: str, number: int, tail: str) -> None:
        """Another tenant's request, or nobody's."""
        theirs = [each.id for each in self.model.requests if each.org != org]
        self.read_in_vain(org, dict(enumerate(theirs)).get(number, "TESA-000000999999"), tail)

    def read_in_vain(self, org: str, name: str, tail: str) -> None:
        self.double.session.settle()
        before = self._records()
        said = self._get(org, f"/{name}{tail}")
        details = f"{org} has no request {name}"
        content = {"code": "REQUEST_NOT_FOUND", "message": "Not found", "details": details}
        assert (said.status, said.json, said.source) == (404, content, "simulation")
        assert self._records() == before

    @rule(
        org=ORGS,
        filters=st.fixed_dictionaries(
            {},
            optional={
                "statuses": WANTED,
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

    @rule(
        what=st.sampled_from([*["choose"] * 4, *["turn back"] * 3, "rewind", "rewind the other"]),
        names=st.sampled_from([[], ["at-once"], *([name, "refusing"] for name in SCENARIOS)]),
        minutes=st.sampled_from([1, 10, 90]),
    )
    def take_the_session_in_hand(self, what: str, names: list[str], minutes: int) -> None:
        """What tests do with sessions, one rule for all of it: calls are to come more often."""
        if what == "choose":
            self.choose(names)
        elif what == "turn back":
            self.double.turn_back(timedelta(minutes=minutes))
            self.model.turn_back(minutes)
        elif what == "rewind":
            self.rewind()
        else:
            self.rewind_the_other_session()

    def choose(self, names: list[str]) -> None:
        """What the session says by now; the first one is the strongest."""
        self.double.session.settle()
        self.model.settle()
        names = list(dict.fromkeys(names))
        self.double.session.activate(tuple(f"{STEM}/{name}" for name in names))
        self.model.active = [SCENARIOS[name] for name in reversed(names)]

    @precondition(lambda self: self.model.requests)
    @rule(data=st.data(), then=st.sampled_from(["", "", "", *STATUSES, "REFUSED", "ELSEWHERE"]))
    def end_a_phase_by_hand(self, data: Any, then: str) -> None:
        request = _one(data, self.model.requests)
        self.double.session.settle()
        before = self._records()
        record = self.double.session.records.get("tesa-requests", request.id)
        assert record is not None
        status = self.double.step(record, **({"then": then} if then else {}))
        assert status == self.model.by_hand(request, then)
        if status != 200:
            assert self._records() == before

    def rewind(self) -> None:
        """A reset: nothing is remembered, and the first order has the id that the first one had."""
        self.double.reset()
        self.model.rewind()
        assert self._records() == []
        self._create("masmovil", "A", "01000500474700067", "NEBA", "own", "", "")

    def rewind_the_other_session(self) -> None:
        self.double.session.settle()
        before = self._records()
        assert self.begin_elsewhere() == self.said_there
        assert self._records() == before

    @invariant()
    def the_other_session_is_untouched(self) -> None:
        assert self._records(self.other) == self.there

    @invariant()
    def every_status_agrees(self) -> None:
        self.double.session.settle()
        self.model.settle()
        records = self.double.records("tesa-requests")
        kept = [(each.id, each.data["status"], each.data["cancelling"]) for each in records]
        assert kept == [(each.id, each.status, each.cancelling) for each in self.model.requests]
        for record, request in zip(records, self.model.requests, strict=True):
            assert bool(request.iua) == ("iua" in record.data)
            request.iua = record.data.get("iua", "")
        self.every_finished_activation_has_an_access_until_that_is_terminated()

    def every_finished_activation_has_an_access_until_that_is_terminated(self) -> None:
        there = sorted(each.data["iua"] for each in self.double.records("accesses"))
        assert there == sorted(
            each.iua for each in self.model.requests if each.iua and not each.left
        )


def _one(data: Any, requests: list[Request]) -> Request:
    """One of some requests, drawn by its id."""
    name = data.draw(st.sampled_from([each.id for each in requests]))
    return next(each for each in requests if each.id == name)


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


TestTesamanager = Tesamanager.TestCase
TestTesamanager.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
