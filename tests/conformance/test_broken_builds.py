"""A suite that finds nothing proves nothing: each check fails a build that breaks its rule.

A broken build is the real one with its requests or replies changed at one seam, `Engine.handle`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from schemathesis.core.failures import Failure

import tests.conformance.proof
from mockserver.engine import Engine
from mockserver.message import Reply, Request
from tests.conformance.exceptions import Exemption
from tests.conformance.proof import Proof, prove

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
        handle = Engine.handle

        def wrong(engine: Engine, asked: Request, match: Any) -> Any:
            if request is not None:
                request(asked, it.headers)
            exchange = handle(engine, asked, match)
            if reply is not None:
                exchange.reply = reply(exchange.reply)
            return exchange

        monkeypatch.setattr(Engine, "handle", wrong)
        return prove(it.app, it.document, headers=it.headers, examples=3)

    return run
