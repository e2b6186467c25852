"""Every contract against schemathesis, with `--auth issued --strict`: zero failures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from schemathesis import Case
from schemathesis.generation.meta import TestPhase

import mockserver.server
from mockserver.server.app import App
from mockserver.server.waiting import Waiters
from mockserver.sessions import NAME
from mockserver.settings import Settings
from tests.conformance.proof import Proof, prove

HERE = Path(__file__).parent
# The longest first, so that parallel workers end together.
DOCUMENTS = sorted(
    [*(HERE.parents[1] / "specs").glob("*.yaml"), HERE / "features-v1.yaml"],
    key=lambda file: (-file.stat().st_size, file.name),
)
SESSIONS_KEPT = 100  # far from the ceiling
ORDER = {
    "reference_id": "TESA-1",
    "org": "masmovil",
    "external_reference": "MYSIM_1",
    "status": "VALIDATING",
}
ADMIN = Path(mockserver.server.__file__).with_name("admin.yaml")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_the_contract_is_kept(
    document: Path, served: Callable[[Path], Any], effort: dict[str, Any]
) -> None:
    it = served(document)
    _none_failed(prove(it.app, document, headers=it.headers, **effort))


def test_the_admin_api_keeps_its_own_contract(
    call: Callable[..., Any], effort: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App(Settings(admin_token="open-sesame"))
    headers = {"Authorization": "Bearer open-sesame"}
    monkeypatch.setattr(Waiters, "until", _time_is_up)

    def prepare(case: Case[Any]) -> None:
        """Make what the path names: a session, and a rule, a request or a record in it.

        Not where the case comes from an earlier reply: what is gone has to stay away.
        """
        sessions = app.engine.sessions
        for session in list(sessions)[1:-SESSIONS_KEPT]:
            sessions.drop(session.name)
        if case.meta is not None and case.meta.phase.name is TestPhase.STATEFUL:
            return
        named = case.path_parameters or {}
        name = str(named.get("session", "default"))
        if name not in [each.name for each in sessions] and NAME.fullmatch(name):
            sessions.make(name)
        if "rule" in named and _is_good(case):
            rule = {"on": "*", "times": 1, "fault": {"delay": {"ms": 0}}}
            target = f"/__admin/sessions/{name}/rules"
            named["rule"] = call(app, "POST", target, json=rule, headers=headers).json["id"]
        if "request" in named and _is_good(case):
            asked = call(app, "GET", f"/__s/{name}/nowhere")
            named["request"] = asked.headers["x-mock-request-id"]
        if "collection" in named and _is_good(case):
            named["collection"] = "tesa-requests"
            if "id" in named:
                named["id"] = ORDER["reference_id"]
                target = f"/__admin/sessions/{name}/records/tesa-requests/{named['id']}"
                assert call(app, "PUT", target, json=ORDER, headers=headers).status in (200, 201)

    _none_failed(prove(app, ADMIN, headers=headers, prepare=prepare, **effort))


async def _time_is_up(*_args: object) -> bool:
    """Instead of waiting, which would take a minute for many a request that is made up."""
    return True


def _is_good(case: Case[Any]) -> bool:
    """Whether it was made up to be accepted; what is wrong on purpose stays as it is."""
    return case.meta is not None and case.meta.generation.mode.is_positive


def _none_failed(proof: Proof) -> None:
    """Fail with the cases themselves, which say more than the place of an assert."""
    if proof.failures:
        pytest.fail(str(proof), pytrace=False)
