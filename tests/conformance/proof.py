"""Schemathesis against an application in process: what is sent, what is demanded, what failed.

All phases, the stateful one included, and every check but that of several callers. The statuses
that count as accepted and refused are narrower than schemathesis' own: a 404 is no acceptance, and
a 404 or 405 is no refusal of bad data.

The links of a contract are followed in rounds of the stateful phase until each has led to a success
(`links`); rounds that depend on luck are repeated from other seeds, so that none depends on much.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from itertools import count
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
from schemathesis.schemas import BaseSchema

from mockserver.server.app import App
from tests.conformance.exceptions import EXEMPTIONS, IDLE_LINKS, Exemption
from tests.conformance.links import FOUND, PROVEN, Links, as_consumers_call, links_of
from tests.conformance.rounds import Round, config_of, rounds_of

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
    found = _Found(document)
    whole = _config(headers, examples, seed)
    schema = found.loaded(app, SchemathesisConfig.from_dict(whole))
    found.links = links_of(schema)
    _run(schema, found, prepare)
    for number, each in enumerate(rounds_of(document.stem)):
        if found.lacks(each):
            narrowed = found.loaded(app, config_of(each, whole, seed + number), each.paths)
            _run(narrowed, found, each.prepare, each)
    found.close(schema)
    return found.proof


def follow(app: App, document: Path, each: Round, *, headers: Mapping[str, str]) -> Proof:
    """Let schemathesis do one round, whole, and nothing else."""
    found = _Found(document)
    config = config_of(each, _config(headers, each.examples, seed=1), seed=1)
    schema = found.loaded(app, config)
    found.links = links_of(schema)
    _run(found.loaded(app, config, each.paths), found, each.prepare)
    found.close(schema)
    return found.proof


def _run(
    schema: BaseSchema,
    found: "_Found",
    prepare: Callable[[Case[Any]], None] | None,
    until: Round | None = None,
) -> None:
    """Let schemathesis run; a round only until it has proven what it may."""
    with _before_calls(prepare):
        stream = from_schema(schema).execute()
        for event in stream:
            if isinstance(event, events.ScenarioFinished):
                found.take(event)
            elif isinstance(event, events.NonFatalError):
                found.proof.failures.append(f"{event.label}: {event.info.title}\n{event.info}")
            elif isinstance(event, events.FatalError):
                raise event.exception
            if until is not None and not found.lacks(until):
                stream.stop()
            elif isinstance(event, events.EngineFinished) and event.stop_reason != COMPLETED:
                found.proof.failures.append(f"stopped early: {event.stop_reason}")


@contextmanager
def _before_calls(prepare: Callable[[Case[Any]], None] | None) -> Iterator[None]:
    """Schemathesis knows this hook for the whole process only, so it is taken off again."""
    numbers = count(1)

    def before_call(_context: HookContext, case: Case[Any], _kwargs: dict[str, Any]) -> None:
        as_consumers_call(case, next(numbers))
        if prepare is not None:
            prepare(case)

    schemathesis.hook(before_call)
    try:
        yield
    finally:
        schemathesis.hooks.unregister(before_call)


def _config(headers: Mapping[str, str], examples: int, seed: int) -> dict[str, Any]:
    checks: dict[str, Any] = {name: {"enabled": False} for name in UNCHECKED}
    return {
        "seed": seed,
        "cache": {"enabled": False},  # nothing is remembered from earlier runs
        "headers": dict(headers),
        "suppress-health-check": ["too_slow"],  # it would time the machine
        "generation": {"max-examples": examples, "database": "none"},
        "phases": {
            "examples": {"fill-missing": True},
            "coverage": {"generate-duplicate-query-parameters": True},
            # a scenario is of several calls, and the rounds do what this leaves
            "stateful": {"generation": {"max-examples": max(examples * 3 // 5, 1)}},
        },
        "checks": checks
        | {
            "positive_data_acceptance": {"expected-statuses": ACCEPTED},
            "negative_data_rejection": {"expected-statuses": REFUSED},
            "missing_required_header": {"expected-statuses": ["400"]},
        },
    }


@dataclass(slots=True)
class _Failed:
    text: str
    count: int = 1


class _Found:
    """What the runs over one contract found so far.

    Args:
        document: The contract.
    """

    def __init__(self, document: Path) -> None:
        self.proof = Proof()
        self.links = Links(())
        self._document = document
        self._exemptions = [
            each for each in EXEMPTIONS if fnmatchcase(document.stem, each.contract)
        ]
        self._used: set[Exemption] = set()
        self._failed: dict[tuple[str, str, str], _Failed] = {}
        self._accepted: set[str] = set()

    def loaded(self, app: App, config: SchemathesisConfig, paths: str = "") -> BaseSchema:
        """The contract, with the application to be asked and the exemptions from its checks."""
        schema: BaseSchema = schemathesis.openapi.from_path(self._document, config=config)
        if paths:
            schema = schema.include(path_regex=paths)
        schema.app = app

        def filter_failure(
            _context: HookContext, failure: Failure, case: Case[Any], response: Response
        ) -> bool:
            covering = [each for each in self._exemptions if each.covers(failure, case, response)]
            self._used.update(covering)
            return not covering

        schema.hook(filter_failure)
        return schema

    def unproven(self) -> Iterator[str]:
        """The links that have to lead to a success, and did not yet."""
        excused = {each.link for each in IDLE_LINKS if each.contract == self._document.stem}
        return (each for each in self.links.unproven() if each not in excused)

    def lacks(self, each: Round) -> bool:
        """Whether a round may prove one of them."""
        return any(map(each.may_prove, self.unproven()))

    def take(self, event: events.ScenarioFinished) -> None:
        """Add the cases of one operation in one phase, or of one scenario."""
        recorder, phase = event.recorder, event.phase.value
        self.proof.cases[phase] += len(recorder.interactions)
        for case_id, interaction in recorder.interactions.items():
            reply = interaction.response
            if reply is not None and reply.status_code // 100 == 2:
                self._accepted.add(recorder.cases[case_id].value.operation.label)
        for case_id, nodes in recorder.checks.items():
            for node in nodes:
                if node.status is Status.SUCCESS:
                    continue
                info = node.failure_info
                title = info.failure.title if info else "the check itself crashed"
                parts = [info.failure.message, info.code_sample] if info else []
                sent = info.failure.case_id if info and info.failure.case_id else case_id
                texts = [title, *parts, *_reply_lines(recorder, sent)]
                self._fail(f"{recorder.label} [{phase}]", node.name, title, texts)
        for link, case_id in self.links.take(recorder):
            texts = [f"what was made is not there: {link}", *_reply_lines(recorder, case_id)]
            self._fail(f"{recorder.label} [{phase}]", FOUND, link, texts)

    def _fail(self, where: str, check: str, title: str, texts: Iterable[str]) -> None:
        self.proof.checks.add(check)
        known = self._failed.get((where, check, title))
        if known is not None:
            known.count += 1
        else:
            text = f"{where} {check}: " + "\n".join(texts)
            self._failed[where, check, title] = _Failed(text)

    def close(self, schema: BaseSchema) -> None:
        """Add what only the end of all runs shows."""
        failures, stem = self.proof.failures, self._document.stem
        for each in self._failed.values():
            more = f"\n({each.count - 1} more like this)" if each.count > 1 else ""
            failures.append(each.text + more)
        labels = [each.ok().label for each in schema.get_all_operations() if isinstance(each, Ok)]
        failures += [f"{label}: never accepted" for label in labels if label not in self._accepted]
        unproven = [f"{link}: the link never led to a success" for link in self.unproven()]
        if unproven:
            self.proof.checks.add(PROVEN)
        failures += unproven
        needless = [
            each.operation
            for each in self._exemptions
            if each not in self._used and not each.rare and each.contract == stem
        ]
        failures += [
            f"{each}: its exemption is not needed any more, remove it from exceptions.py"
            for each in needless
        ]


def _reply_lines(recorder: ScenarioRecorder, case_id: str) -> Iterable[str]:
    reply = recorder.find_response(case_id=case_id)
    if reply is None:
        return
    yield f"-> {reply.status_code}"
    for name, values in reply.headers.items():
        yield f"   {name}: {', '.join(values)}"
    yield reply.content[:BODY_MAX].decode(errors="replace")
