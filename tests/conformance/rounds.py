"""Rounds of the stateful phase: valid calls only, for what takes several of them in order.

How long they are is chosen so that a link which may lead to a success leads to one in the first
rounds; the others are there for bad luck.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import Any, Final, cast

from schemathesis import Case
from schemathesis.config import SchemathesisConfig

from tests.conformance.links import ends_of

TURNS: Final = 5  # of each round, if need be
PORT: Final = "1"  # every CTO has it
KIND: Final = "NEBA"  # of a request, and of who owns the territory


@dataclass(frozen=True, slots=True)
class Round:
    """One run of the stateful phase.

    Attributes:
        headers: Sent with every request: the scenario that it proceeds by.
        prepare: Called before each request.
        paths: A regular expression for the paths that are called, "" for all.
        examples: How many scenarios are made up.
        steps: The most calls of one of them.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Case[Any]], None] | None = None
    paths: str = ""
    examples: int = 15
    steps: int = 10

    def may_prove(self, link: str) -> bool:
        """Whether both operations of a link are called."""
        source, target = (re.search(self.paths, each) for each in ends_of(link))
        return source is not None and target is not None


def _on_site(case: Case[Any]) -> None:
    """The operator installs, on ports and with a kind of request that fit what was ordered."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    action, body = case.path.partition("/tesa/")[2], cast("Any", case.body)
    if action == "activation":
        body["territoryOwner"] = KIND
        body["servicePoint"]["autoInstallation"] = True
    elif action.startswith("installation/"):
        body["requestType"] = KIND
    elif action.startswith("port"):
        body["port"] = PORT


def _of_tesa(*actions: str, **more: Any) -> Round:
    """A round of some operations of Tesamanager."""
    return Round(paths=f"/tesa/({'|'.join(actions)})$", **more)


# What is done on site takes up to four calls in order, and more operations at hand make it rare.
# Where the course at once leaves nothing to do, another one is named by the requests themselves.
ROUNDS: Final[Mapping[str, tuple[Round, ...]]] = {
    "tesamanager-v1": (
        _of_tesa("activation", "termination", "requests.*"),
        _of_tesa("activation", "cancellation", "access", "status-cto", prepare=_on_site),
        _of_tesa("activation", "access", "access/terminate", "cto-change", prepare=_on_site),
        _of_tesa("activation", "access", "port", "port/confirm", prepare=_on_site),
        _of_tesa("activation", "access", "port", "installation/end", prepare=_on_site),
        _of_tesa(
            "activation", "access", "installation/incident", "incident/resolve", prepare=_on_site
        ),
        _of_tesa(
            "activation",
            "termination",
            "cancellation",
            "incident/resolve",
            headers={"X-Mock-Scenario": "operator-incidence"},
        ),
    ),
}


def rounds_of(stem: str) -> Iterator[Round]:
    """The rounds of a contract, as often as they may be repeated."""
    return chain.from_iterable(repeat(ROUNDS.get(stem, (Round(),)), TURNS))


def config_of(each: Round, whole: Mapping[str, Any], seed: int) -> SchemathesisConfig:
    """The configuration of a round: the one of the `whole` run, narrowed."""
    off = {"enabled": False}
    return SchemathesisConfig.from_dict(
        {
            **whole,
            "seed": seed,
            "headers": {**whole["headers"], **each.headers},
            "generation": {**whole["generation"], "mode": "positive"},
            "phases": {
                "examples": off,
                "coverage": off,
                "fuzzing": off,
                "stateful": {
                    "generation": {"max-examples": each.examples},
                    "max-steps": each.steps,
                    "link-calibration": False,
                },
            },
        }
    )
