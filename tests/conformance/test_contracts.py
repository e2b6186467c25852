"""Every contract against schemathesis, with `--auth issued --strict`: zero failures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mockserver.server
from mockserver.server.app import App
from mockserver.settings import Settings
from tests.conformance.proof import Proof, prove

HERE = Path(__file__).parent
# The longest first, so that parallel workers end together.
DOCUMENTS = sorted(
    [*(HERE.parents[1] / "specs").glob("*.yaml"), HERE / "features-v1.yaml"],
    key=lambda file: (-file.stat().st_size, file.name),
)
ADMIN = Path(mockserver.server.__file__).with_name("admin.yaml")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.stem)
def test_the_contract_is_kept(
    document: Path, served: Callable[[Path], Any], effort: dict[str, int]
) -> None:
    it = served(document)
    _none_failed(prove(it.app, document, headers=it.headers, **effort))


def test_the_admin_api_keeps_its_own_contract(effort: dict[str, int]) -> None:
    app = App(Settings(admin_token="open-sesame"))
    headers = {"Authorization": "Bearer open-sesame"}
    _none_failed(prove(app, ADMIN, headers=headers, **effort))


def _none_failed(proof: Proof) -> None:
    """Fail with the cases themselves, which say more than the place of an assert."""
    if proof.failures:
        pytest.fail(str(proof), pytrace=False)
