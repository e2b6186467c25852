"""What goes wrong in an operation of the admin API, as problem documents: the one place for it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from mockserver.clock import Moment
from mockserver.criterion import CriteriaError
from mockserver.errors import Finding, LoadError, UnknownName, nearest_first
from mockserver.library import UnknownScenario
from mockserver.message import Json, Request
from mockserver.problem import problem_content
from mockserver.record import View
from mockserver.session import SessionError
from mockserver.simulation import Decide, Decision

NEAREST_MAX: Final = 5  # of many valid names
TOLD_MAX: Final = 100  # characters of a wrong name that are told

Answer = Callable[[Request], Decision]


class Problem(Exception):  # noqa: N818 - a fact about a request, not a failure of ours
    """What an operation cannot do.

    Args:
        status: A documented one.
        detail: What is wrong and what would be right.
        members: Further members of the document.
    """

    def __init__(self, status: int, detail: str, **members: Json) -> None:
        super().__init__(detail)
        self.status = status
        self.members = members

    @property
    def decision(self) -> Decision:
        """The document (RFC 9457)."""
        content = problem_content(self.status, str(self)) | self.members
        return Decision(self.status, content)


def deciding(answer: Answer) -> Decide:
    """The operation `answer` as the engine asks for it; what goes wrong becomes a document."""

    def decide(_view: View, request: Request, _moment: Moment) -> Decision:
        try:
            return answer(request)
        except Problem as problem:
            return problem.decision
        except (SessionError, UnknownName, LoadError, CriteriaError) as error:
            return _problem(error).decision

    return decide


def unknown(kind: str, name: str, known: Iterable[str]) -> Problem:
    """There is no such thing; the names that exist, the nearest first."""
    near = nearest_first(name[:TOLD_MAX], dict.fromkeys(known))[:NEAREST_MAX]
    hint = f"nearest: {', '.join(near)}" if near else "there is none"
    return Problem(404, f"There is no {kind} {name[:TOLD_MAX]!r}; {hint}", nearest=near)


def _problem(error: SessionError | UnknownName | LoadError | CriteriaError) -> Problem:
    if isinstance(error, SessionError):
        near = {"nearest": list(error.nearest)} if error.nearest else {}
        return Problem(error.status, str(error), **near)
    if isinstance(error, UnknownScenario):
        return Problem(400, str(error), valid_scenarios=list(error.valid))
    if isinstance(error, UnknownName):
        return Problem(400, str(error), nearest=list(error.valid[:NEAREST_MAX]))
    findings = error.findings if isinstance(error, LoadError) else (error,)
    return Problem(400, _detail(findings), findings=list(map(_record, findings)))


def _record(finding: Finding | CriteriaError) -> Json:
    return {
        "pointer": finding.pointer,
        "reason": finding.reason,
        "allowed": finding.allowed,
        "nearest": finding.nearest,
    }


def _detail(findings: Sequence[Finding | CriteriaError]) -> str:
    """The first finding in one line, and how many more there are."""
    first, *others = findings
    text = str(CriteriaError(first.pointer, first.reason, first.allowed, first.nearest))
    return f"{text} (and {len(others)} more)" if others else text
