"""Schemathesis against an application in process: what is sent, what is demanded, what failed.

All phases, the stateful one included, and every check but that of several callers. The statuses
that count as accepted and refused are narrower than schemathesis' own: a 404 is no acceptance, and
a 404 or 405 is no refusal of bad data.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import schemathesis
from schemathesis import Case, HookContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.engine import Status, StopReason, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder

from mockserver.server.app import App
from tests.conformance.exceptions import EXEMPTIONS, Exemption

BODY_MAX: Final = 1_000
# It needs two callers, of whom one may not see what the other one has made.
UNCHECKED: Final = ("object_level_authorization",)
ACCEPTED: Final = ["2xx"]
REFUSED: Final = ["400", "401", "406", "415"]
COMPLETED: Final = StopReason.COMPLETED


@dataclass(slots=True)
class Proof:
    """What a run found.

    Attributes:
        failures: A text for each failed check of each operation: the first case, and how many more.
        checks: Names of the checks that failed.
        cases: How many requests were sent, by phase.
    """

    failures: list[str] = field(default_factory=list)
    checks: set[str] = field(default_factory=set)
    cases: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        sent = ", ".join(f"{count} in {phase}" for phase, count in self.cases.items())
        texts = [f"{len(self.failures)} failures; requests: {sent or 'none'}", *self.failures]
        return "\n\n".join(texts)


@dataclass(slots=True)
class _Failed:
    text: str
    count: int = 1


def prove(
    app: App,
    document: Path,
    *,
    headers: Mapping[str, str],
    examples: int,
    seed: int = 1,
    prepare: Callable[[Case[Any]], None] | None = None,
) -> Proof:
    """Send an application what its contract allows and forbids, and check every reply.

    Args:
        app: Serves the contract.
        document: The contract; read by schemathesis itself, not taken from the application.
        headers: Sent with every request but those that prove that the credentials are asked for.
        examples: The most requests that are made up for each operation in the phase "fuzzing".
        seed: Of everything that is made up.
        prepare: Called before each request, to bring about what it speaks of.
    """
    schema = schemathesis.openapi.from_path(document, config=_config(headers, examples, seed))
    schema.app = app
    exemptions = [each for each in EXEMPTIONS if fnmatchcase(document.stem, each.contract)]
    used: set[Exemption] = set()

    def filter_failure(
        _context: HookContext, failure: Failure, case: Case[Any], response: Response
    ) -> bool:
        covering = [each for each in exemptions if each.covers(failure, case, response)]
        used.update(covering)
        return not covering

    schema.hook(filter_failure)
    proof = Proof()
    failed: dict[tuple[str, str, str], _Failed] = {}
    accepted: set[str] = set()
    with _before_calls(prepare):
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                _gather(event, proof, failed, accepted)
            elif isinstance(event, events.NonFatalError):
                proof.failures.append(f"{event.label}: {event.info.title}\n{event.info}")
            elif isinstance(event, events.FatalError):
                raise event.exception
            elif isinstance(event, events.EngineFinished) and event.stop_reason != COMPLETED:
                proof.failures.append(f"stopped early: {event.stop_reason}")
    for each in failed.values():
        more = f"\n({each.count - 1} more like this)" if each.count > 1 else ""
        proof.failures.append(each.text + more)
    labels = [each.ok().label for each in schema.get_all_operations() if isinstance(each, Ok)]
    proof.failures += [f"{label}: never accepted" for label in labels if label not in accepted]
    proof.failures += [
        f"{each.operation}: its exemption is not needed any more, remove it from exceptions.py"
        for each in exemptions
        if each not in used and not each.rare and each.contract == document.stem
    ]
    return proof


@contextmanager
def _before_calls(prepare: Callable[[Case[Any]], None] | None) -> Iterator[None]:
    """Schemathesis knows this hook for the whole process only, so it is taken off again."""

    def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
        if prepare is not None:
            prepare(case)

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)


def _config(headers: Mapping[str, str], examples: int, seed: int) -> SchemathesisConfig:
    checks: dict[str, Any] = {name: {"enabled": False} for name in UNCHECKED}
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            "cache": {"enabled": False},  # nothing is remembered from earlier runs
            "headers": dict(headers),
            "suppress-health-check": ["too_slow"],  # it would time the machine
            "generation": {"max-examples": examples, "database": "none"},
            "phases": {
                "examples": {"fill-missing": True},
                "coverage": {"generate-duplicate-query-parameters": True},
                "stateful": {"generation": {"max-examples": examples}},
            },
            "checks": checks
            | {
                "positive_data_acceptance": {"expected-statuses": ACCEPTED},
                "negative_data_rejection": {"expected-statuses": REFUSED},
                "missing_required_header": {"expected-statuses": ["400"]},
            },
        }
    )


def _gather(
    event: events.ScenarioFinished,
    proof: Proof,
    failed: dict[tuple[str, str, str], _Failed],
    accepted: set[str],
) -> None:
    """Add the cases of one operation in one phase."""
    recorder = event.recorder
    phase = event.phase.value
    proof.cases[phase] += len(recorder.interactions)
    for case_id, interaction in recorder.interactions.items():
        reply = interaction.response
        if reply is not None and reply.status_code // 100 == 2:
            accepted.add(recorder.cases[case_id].value.operation.label)
    for case_id, nodes in recorder.checks.items():
        for node in nodes:
            if node.status is Status.SUCCESS:
                continue
            proof.checks.add(node.name)
            info = node.failure_info
            title = info.failure.title if info else "the check itself crashed"
            message = info.failure.message if info else ""
            key = recorder.label, node.name, title
            if key in failed:
                failed[key].count += 1
                continue
            parts = [f"{recorder.label} [{phase}] {node.name}: {title}", message]
            parts += [info.code_sample] if info else []
            sent = info.failure.case_id if info and info.failure.case_id else case_id
            failed[key] = _Failed("\n".join([*parts, *_reply_lines(recorder, sent)]))


def _reply_lines(recorder: ScenarioRecorder, case_id: str) -> Iterable[str]:
    reply = recorder.find_response(case_id=case_id)
    if reply is None:
        return
    yield f"-> {reply.status_code}"
    for name, values in reply.headers.items():
        yield f"   {name}: {', '.join(values)}"
    yield reply.content[:BODY_MAX].decode(errors="replace")
