"""The one place where the conformance suite lets a failed check pass, each time with its reason.

An exemption that no case needed fails the suite too, unless it is rare: what is mended leaves this
file.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from schemathesis import Case
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.core.transport import Response
from schemathesis.openapi.checks import RejectedPositiveData, UseAfterFree


@dataclass(frozen=True, slots=True)
class Exemption:
    """One kind of failure that conforms after all.

    Attributes:
        contract: Stem of the contract; `*` for any characters.
        operation: Method and path, as the document spells them; `*` for any characters.
        failure: What the check says.
        when: The condition, as narrow as the reason.
        reason: Why this is no breach of the contract.
        rare: Made up so seldom that most runs do not meet it.
    """

    contract: str
    operation: str
    failure: type[Failure]
    when: Callable[[Case[Any], Response], bool]
    reason: str
    rare: bool = False

    def covers(self, failure: Failure, case: Case[Any], response: Response) -> bool:
        """Whether this failure is the one that is meant."""
        return (
            fnmatchcase(case.operation.label, self.operation)
            and isinstance(failure, self.failure)
            and self.when(case, response)
        )


def _replied(source: str, *statuses: int) -> Callable[[Case[Any], Response], bool]:
    """One of these statuses and this `X-Mock-Source`; a refusal by the engine has another one."""

    def when(_case: Case[Any], response: Response) -> bool:
        return response.status_code in statuses and response.headers["x-mock-source"] == [source]

    return when


def _empty(name: str) -> Callable[[Case[Any], Response], bool]:
    """Nothing else was made wrong than this query parameter, and it was sent as `name=`."""

    def when(case: Case[Any], response: Response) -> bool:
        mutations = case.meta.phase.data.mutations if case.meta else ()
        query = parse_qs(urlsplit(response.request.url or "").query, keep_blank_values=True)
        return {each.parameter for each in mutations} == {name} and query.get(name) == [""]

    return when


def _is_cancelled(_case: Case[Any], response: Response) -> bool:
    """The entitlement is read as cancelled, or refused as one that is."""
    if response.status_code == 200:
        return bool(response.json().get("entitled") == "CANCELED")
    return _replied("simulation", 400)(_case, response)


def _is_empty(_case: Case[Any], response: Response) -> bool:
    """A list without elements, a count of none."""
    content = response.json()
    return not any(content.values() if isinstance(content, dict) else content)


def _of_state(case: Case[Any], response: Response) -> bool:
    """The simulation refused a request for its state, with a code that the operation documents."""
    documented = case.operation.definition.raw["responses"]
    code = str(response.status_code)
    return code in documented and _replied("simulation", 400, 404, 406)(case, response)


EXEMPTIONS: Final = (
    Exemption(
        contract="*",
        operation="*",
        failure=RejectedPositiveData,
        when=_of_state,
        reason="A valid request may be refused for the state that it meets: an id that nothing has,"
        " one that is taken, an action at the wrong moment. That is what these APIs document the"
        " codes for. Whatever the schemas forbid is refused before, and marked otherwise. What was"
        " just made, and named by a link, may not be refused as unknown: `links` sees to that.",
    ),
    Exemption(
        contract="disney-tv-v2",
        operation="*",
        failure=UseAfterFree,
        when=_is_cancelled,
        reason="DELETE cancels an entitlement, and a cancelled one is read as CANCELED with the"
        " reason of its cancellation: that is the documented vocabulary (public:P2/schemas). It is"
        " not gone.",
        rare=True,
    ),
    Exemption(
        contract="admin",
        operation="*",
        failure=RejectedPositiveData,
        when=_replied("mockserver", 400, 404, 409),
        reason="The schemas say what a request looks like, not which contracts, operations,"
        " scenarios, statuses and moments there are, nor what is taken already: the operations"
        " themselves refuse the others, in the documented way. Whatever the schemas forbid is"
        " refused before them and marked otherwise.",
    ),
    Exemption(
        contract="admin",
        operation="GET /__admin/sessions/{session}/*",
        failure=UseAfterFree,
        when=_is_empty,
        reason="DELETE of a list of a session (rules, bindings, requests) empties it: the list is"
        " there still, and is read as empty.",
        rare=True,
    ),
    Exemption(
        contract="tesamanager-v1",
        operation="GET /v1/orgs/{org}/tesa/requests",
        failure=AcceptedNegativeData,
        when=_empty("statuses"),
        reason="`statuses=` is how an empty array is sent (OpenAPI 3.0.3, table of style examples),"
        " and an empty array is valid. Schemathesis meant an array of one empty text, which looks"
        " the same on the wire.",
        rare=True,
    ),
)


@dataclass(frozen=True, slots=True)
class IdleLink:
    """A link that need not lead to a success; by luck it may.

    Attributes:
        contract: Stem of the contract.
        link: As the suite calls it.
        reason: What its calls lack.
    """

    contract: str
    link: str
    reason: str


_ACTIVATION: Final = "POST /v1/orgs/{org}/tesa/activation -> [201] "
_REASON: Final = (
    "The report quotes TESA's numbers, which the answer to the activation does not have. The link"
    " of the open access gives them, and has to lead to a success."
)
IDLE_LINKS: Final = (
    IdleLink(
        contract="tesamanager-v1",
        link=_ACTIVATION + "installationIncident -> POST /v1/orgs/{org}/tesa/installation/incident",
        reason=_REASON,
    ),
    IdleLink(
        contract="tesamanager-v1",
        link=_ACTIVATION + "endInstallation -> POST /v1/orgs/{org}/tesa/installation/end",
        reason=_REASON,
    ),
)
