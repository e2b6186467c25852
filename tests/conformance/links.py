"""What the links of a contract promise: who follows one finds what was made before.

Schemathesis' own `ensure_resource_availability` asks for it only where the path of the creation
begins that of the linked call, and where the link gives each parameter. Here every link counts that
the contract declares, by path, query and body: each has to lead to a success, and none may lead to
a 404 before anything else was done.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote

from schemathesis import Case
from schemathesis.core.errors import format_transition
from schemathesis.core.result import Ok
from schemathesis.engine.recorder import CaseNode, ScenarioRecorder
from schemathesis.generation.meta import TestPhase
from schemathesis.generation.stateful.state_machine import ExtractedParam, Transition
from schemathesis.schemas import BaseSchema

# The checks that are made here, beside those of schemathesis.
PROVEN: Final = "links_lead_to_a_success"
FOUND: Final = "links_find_what_was_made"
SAFE: Final = ("GET", "HEAD", "OPTIONS")
CORRELATION: Final = "request-correlation-id"


@dataclass(slots=True)
class Links:
    """The links of a contract, and what came of them.

    Attributes:
        declared: All of them, as schemathesis calls them; the ones that it infers do not count.
        proven: Those that led to a success.
    """

    declared: tuple[str, ...]
    proven: set[str] = field(default_factory=set)

    def unproven(self) -> Iterator[str]:
        """Those that never led to a success."""
        return (each for each in self.declared if each not in self.proven)

    def take(self, recorder: ScenarioRecorder) -> Iterator[tuple[str, str]]:
        """Add the calls of a scenario; gives the link and the case that did not find its target."""
        undone: set[str] = set()  # what was replied before the last change
        replied: list[str] = []
        for case_id, interaction in recorder.interactions.items():
            node, reply = recorder.cases[case_id], interaction.response
            if reply is None:
                continue
            link = self._followed(node)
            is_accepted = reply.status_code // 100 == 2
            if link is not None and is_accepted:
                self.proven.add(link)
            if link is not None and reply.status_code == 404 and node.parent_id not in undone:
                yield link, case_id
            if is_accepted and node.value.operation.method.upper() not in SAFE:
                undone.update(replied)
            replied.append(case_id)

    def _followed(self, node: CaseNode) -> str | None:
        """The declared link that a valid call came from, with all that it gives."""
        transition, meta = node.transition, node.value.meta
        if transition is None or transition.id not in self.declared:
            return None
        if meta is None or not meta.generation.mode.is_positive:
            return None
        return transition.id if _is_used(transition, node.value) else None


def links_of(schema: BaseSchema) -> Links:
    """The links that a contract declares itself."""
    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    labels = {each.definition.raw.get("operationId"): each.label for each in operations}
    return Links(
        tuple(
            format_transition(each.label, code, name, labels[link["operationId"]])
            for each in operations
            for code, reply in each.responses.items()
            for name, link in reply.iter_links()
            if "x-schemathesis" not in link  # it is inferred
        )
    )


def ends_of(link: str) -> tuple[str, str]:
    """Where a link leads from and to, as method and path."""
    source, _, target = link.split(" -> ")
    return source, target


def as_consumers_call(case: Case[Any], number: int) -> None:
    """Make a valid write of a scenario a call of its own, about what it names.

    The same correlation id on the same operation and resource is the same call again: it gets the
    same answer, also when what it made is gone. And where a body names what a path named before,
    schemathesis writes the name as it is escaped there, and escapes it in no later path.
    """
    meta = case.meta
    if meta is None or meta.phase.name is not TestPhase.STATEFUL:
        return
    if not meta.generation.mode.is_positive or case.method.upper() in SAFE:
        return
    for name in case.headers or ():
        if name.lower() == CORRELATION:
            case.headers[name] = f"{number:08x}-0000-4000-8000-000000000000"
    if isinstance(case.body, dict):
        for name, value in case.body.items():
            if isinstance(value, str):
                case.body[name] = unquote(value)


def _is_used(transition: Transition, case: Case[Any]) -> bool:
    """Whether a call has every value of its link; a header says who asks, not for what."""
    given = transition.parameters
    path, query = case.path_parameters or {}, case.query or {}
    body = transition.request_body
    return (
        all(
            _segment(each) == unquote(str(path.get(name)))
            for name, each in given.get("path_parameters", {}).items()
        )
        and all(
            _text(each) == str(query.get(name)) for name, each in given.get("query", {}).items()
        )
        and (body is None or _is_within(body, case.body))
    )


def _text(given: ExtractedParam) -> str | None:
    return str(given.value.ok()) if isinstance(given.value, Ok) else None


def _segment(given: ExtractedParam) -> str | None:
    """A value for a path, decoded: what was taken from a path is not, anything else is."""
    text = _text(given)
    if text is None or not str(given.definition).startswith("$request.path."):
        return text
    return unquote(text)


def _is_within(given: ExtractedParam, body: object) -> bool:
    """Whether a body has the members that a link gives."""
    members = given.value.ok() if isinstance(given.value, Ok) else None
    if not isinstance(members, dict) or not isinstance(body, dict):
        return False
    return all(body.get(name) == value for name, value in members.items())
