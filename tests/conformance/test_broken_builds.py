"""A suite that finds nothing proves nothing: each check fails a build that breaks its rule.

A broken build is the real one with its requests or replies changed at one seam, `Engine.handle`,
or with what its simulations decide changed as they are bound to an operation, in `Answerer`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest
from schemathesis.core.failures import Failure

import tests.conformance.proof
from mockserver.answer import Answerer
from mockserver.clock import Moment
from mockserver.contract.operation import Contract, Operation
from mockserver.engine import Engine
from mockserver.message import Reply, Request, Source
from mockserver.record import Gone, Record, View
from mockserver.simulation import Decide, Decision, Poll
from mockserver.simulations.hbo_tv import V2
from mockserver.simulations.subscriptions import WRONG_STATE
from tests.conformance.exceptions import Exemption
from tests.conformance.links import FOUND, PROVEN
from tests.conformance.proof import Proof, follow, prove
from tests.conformance.rounds import Round

Change = Callable[[Reply], Reply]
CORRELATION = b"request-correlation-id"
SPECS = Path(__file__).parents[2] / "specs"


def test_a_dropped_required_member_fails_the_response_schema_conformance_check(
    broken: Callable[..., Proof],
) -> None:
    def without_operator(reply: Reply) -> Reply:
        if reply.status != 200:
            return reply
        content = orjson.loads(reply.body)
        content.pop("operator", None)
        return replace(reply, body=orjson.dumps(content))

    assert "response_schema_conformance" in broken("portability-v1", reply=without_operator).checks


def test_a_required_header_that_is_not_demanded_fails_the_missing_required_header_check(
    broken: Callable[..., Proof],
) -> None:
    def with_header(request: Request, _headers: dict[str, str]) -> None:
        request.headers = {CORRELATION: b"made-up", **request.headers}

    assert "missing_required_header" in broken("netflix-tv-v2", request=with_header).checks


def test_credentials_that_are_not_looked_at_fail_the_ignored_auth_check(
    broken: Callable[..., Proof],
) -> None:
    def with_token(request: Request, headers: dict[str, str]) -> None:
        request.headers = {**request.headers, b"authorization": headers["Authorization"].encode()}

    assert "ignored_auth" in broken("netflix-tv-v2", request=with_token).checks


@dataclass(frozen=True, slots=True)
class Broken:
    """A build whose replies are wrong.

    Attributes:
        what: The breach, in words.
        check: The check that has to find it.
        reply: Makes a right reply wrong.
    """

    what: str
    check: str
    reply: Change
    contract: str = "netflix-tv-v2"


def _status(found: range, sent: int) -> Change:
    return lambda reply: replace(reply, status=sent) if reply.status in found else reply


def _header(name: bytes, value: bytes | None) -> Change:
    """Another value for a header, None to leave it out."""

    def change(reply: Reply) -> Reply:
        pairs = ((each, value if each == name else old) for each, old in reply.headers)
        return replace(reply, headers=tuple((n, v) for n, v in pairs if v is not None))

    return change


BROKEN = (
    Broken("accepted requests get 500", "not_a_server_error", _status(range(200, 300), 500)),
    Broken(
        "a code is sent that is not listed",
        "status_code_conformance",
        _status(range(200, 300), 299),
    ),
    Broken(
        "JSON is sent as text", "content_type_conformance", _header(b"content-type", b"text/plain")
    ),
    Broken(
        "a required header of the reply is left out",
        "response_headers_conformance",
        _header(b"cache-control", None),
        "authn-v1",
    ),
    Broken("good requests are refused", "positive_data_acceptance", _status(range(200, 300), 400)),
    Broken("bad requests are accepted", "negative_data_rejection", _status(range(400, 401), 202)),
    Broken("every method is served", "unsupported_method", _status(range(405, 406), 202)),
    Broken("Allow leaves a method out", "allow_header_conformance", _header(b"allow", b"GET")),
)


@pytest.mark.parametrize("build", BROKEN, ids=lambda build: f"{build.what}: {build.check}")
def test_a_wrong_reply_fails_its_check(build: Broken, broken: Callable[..., Proof]) -> None:
    assert build.check in broken(build.contract, reply=build.reply).checks


def test_an_operation_that_accepts_nothing_is_a_failure(broken: Callable[..., Proof]) -> None:
    proof = broken("netflix-tv-v2", reply=_status(range(200, 300), 401))
    assert any("never accepted" in failure for failure in proof.failures)


def test_an_exemption_that_no_case_needs_is_a_failure(
    broken: Callable[..., Proof], monkeypatch: pytest.MonkeyPatch
) -> None:
    idle = Exemption("netflix-tv-v2", "*", Failure, lambda _case, _response: False, "none")
    monkeypatch.setattr(tests.conformance.proof, "EXEMPTIONS", (idle,))

    proof = broken("netflix-tv-v2")

    assert any("exemption is not needed" in failure for failure in proof.failures)


# what is remembered -----------------------------------------------------------------------------

Wrong = Callable[[Operation, Decision, Record | None], Decision]


def _stores_nothing(operation: Operation, decision: Decision, _read: Record | None) -> Decision:
    return replace(decision, changes=()) if operation.creates else decision


def _deletes_nothing(operation: Operation, decision: Decision, _read: Record | None) -> Decision:
    return replace(decision, changes=()) if operation.method == "DELETE" else decision


def _forgets(_operation: Operation, decision: Decision, read: Record | None) -> Decision:
    return replace(decision, changes=[Gone(read.collection, read.id)]) if read else decision


def _cancels_nothing(operation: Operation, decision: Decision, _read: Record | None) -> Decision:
    refusal = V2.refused(WRONG_STATE, "The subscription cannot be cancelled now.")
    return refusal if operation.name == "cancelHboSubscription" else decision


@dataclass(frozen=True, slots=True)
class Forgetful:
    """A build whose simulations decide wrongly.

    Attributes:
        what: The breach, in words.
        wrong: Makes a right decision wrong; it is given the record of a read, too.
        contract: Where the breach is.
        checks: Those of which one has to find it, at least.
        paths: Of the operations that are called.
    """

    what: str
    wrong: Wrong
    contract: str
    checks: frozenset[str]
    paths: str = ""

    def __str__(self) -> str:
        return f"{self.what}: {self.contract}: {', '.join(sorted(self.checks))}"


SCENARIOS = 8
MISSED = frozenset({FOUND, PROVEN})
AVAILABLE = "ensure_resource_availability"
ORDERS = "/(activation|requests.*)$"
FORGETFUL = (
    Forgetful("a creation stores nothing", _stores_nothing, "agile-tv-v3", MISSED | {AVAILABLE}),
    Forgetful("a creation stores nothing", _stores_nothing, "amazon-tv-v1", MISSED),
    Forgetful("a creation stores nothing", _stores_nothing, "device-insurance-v1", MISSED),
    Forgetful("a creation stores nothing", _stores_nothing, "disney-tv-v2", MISSED | {AVAILABLE}),
    Forgetful("a creation stores nothing", _stores_nothing, "hbo-tv-v2", MISSED | {AVAILABLE}),
    Forgetful("a creation stores nothing", _stores_nothing, "orange-tv-v1", MISSED | {AVAILABLE}),
    Forgetful("a creation stores nothing", _stores_nothing, "tesamanager-v1", MISSED, ORDERS),
    Forgetful(
        "DELETE keeps the record", _deletes_nothing, "agile-tv-v3", frozenset({"use_after_free"})
    ),
    Forgetful("a read forgets the record", _forgets, "agile-tv-v3", frozenset({FOUND, AVAILABLE})),
    Forgetful("a read forgets the record", _forgets, "tesamanager-v1", frozenset({FOUND}), ORDERS),
    Forgetful("a link is always refused", _cancels_nothing, "hbo-tv-v2", frozenset({PROVEN})),
)


@pytest.mark.parametrize("build", FORGETFUL, ids=str)
def test_a_wrong_memory_fails_its_checks(
    build: Forgetful, served: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Answerer.__init__

    def init(
        self: Answerer, operation: Operation, contract: Contract, *, decide: Any, **more: Any
    ) -> None:
        made(self, operation, contract, decide=_decided(operation, decide, build.wrong), **more)

    monkeypatch.setattr(Answerer, "__init__", init)
    it = served(SPECS / f"{build.contract}.yaml")

    proof = follow(
        it.app, it.document, Round(paths=build.paths, examples=SCENARIOS), headers=it.headers
    )

    assert build.checks & proof.checks, proof


def _decided(operation: Operation, decide: Decide | Poll | None, wrong: Wrong) -> Any:
    """What decides wrongly instead of `decide`."""
    if decide is None:
        return None
    subject = decide.subject if isinstance(decide, Poll) else lambda _view, _request: None
    right = decide.decide if isinstance(decide, Poll) else decide

    def instead(view: View, request: Request, moment: Moment) -> Decision:
        return wrong(operation, right(view, request, moment), subject(view, request))

    return replace(decide, decide=instead) if isinstance(decide, Poll) else instead


def _source(found: range, sent: Source) -> Change:
    return lambda reply: replace(reply, source=sent) if reply.status in found else reply


REFUSING = (
    Broken("a state is refused with a 409 that is not listed", "", _status(range(404, 405), 409)),
    Broken(
        "a creation is refused with a 404 that is not listed", "", _status(range(202, 203), 404)
    ),
    Broken("a state is refused as a request", "", _source(range(404, 405), Source.REFUSAL)),
    Broken("a state is refused by the tool", "", _source(range(404, 405), Source.MOCKSERVER)),
)


@pytest.mark.parametrize("build", REFUSING, ids=lambda build: build.what)
def test_a_valid_request_is_refused_for_its_state_only_as_documented_and_by_the_simulation(
    build: Broken, served: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    it = served(SPECS / "agile-tv-v3.yaml")
    _break(monkeypatch, reply=build.reply)

    proof = follow(it.app, it.document, Round(examples=SCENARIOS), headers=it.headers)

    assert "positive_data_acceptance" in proof.checks


@pytest.fixture
def broken(served: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Proof]:
    """Proves a broken build; gives the proof, which fails."""

    def run(
        stem: str,
        *,
        request: Callable[[Request, dict[str, str]], None] | None = None,
        reply: Change | None = None,
    ) -> Proof:
        it = served(SPECS / f"{stem}.yaml", state="none")  # what is broken is not a simulation
        change = None if request is None else partial(_changed, request, it.headers)
        _break(monkeypatch, request=change, reply=reply)
        return prove(it.app, it.document, headers=it.headers, examples=3)

    return run


def _changed(
    request: Callable[[Request, dict[str, str]], None], headers: dict[str, str], asked: Request
) -> None:
    request(asked, headers)


def _break(
    monkeypatch: pytest.MonkeyPatch,
    *,
    request: Callable[[Request], None] | None = None,
    reply: Change | None = None,
) -> None:
    """Change what every engine is asked and replies."""
    handle = Engine.handle

    def wrong(engine: Engine, asked: Request, match: Any) -> Any:
        if request is not None:
            request(asked)
        exchange = handle(engine, asked, match)
        if reply is not None:
            exchange.reply = reply(exchange.reply)
        return exchange

    monkeypatch.setattr(Engine, "handle", wrong)
