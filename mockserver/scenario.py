"""Named situations, as data: what authors of scenario files, and tests on the spot, can ask for.

A file in `scenarios/<stem>/` belongs to that API, one in `scenarios/common/` fits any; its id is
`stem/name`, and inside one API the short name does. The shape of a file is
`scenario.schema.json`; the functions here turn nodes of that shape into values. What a scenario
means for an operation is `script`'s, where files come from is `scenario_files`'s.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from mockserver.course import STILL, Course, course_of
from mockserver.fault import Fault, fault_of
from mockserver.match import When, when_of
from mockserver.message import ABSENT, Header, Json

COMMON: Final = "common"
SCHEMA: Final = Path(__file__).with_name("scenario.schema.json")


@cache
def schema() -> Json:
    """The JSON Schema (2020-12) of a scenario file."""
    import orjson  # noqa: PLC0415 - read once

    return orjson.loads(SCHEMA.read_bytes())


@dataclass(frozen=True, slots=True)
class Turn:
    """One reply of a rule.

    Attributes:
        status: None takes the operation's success.
        headers: Beside the content type, or instead of it.
        body: Literal body; `ABSENT` for none.
        example: Name of a documented example, "" for none.
        generate: Draw the body from the schema.
        template: Text, or JSON whose texts are templates; `ABSENT` for none.
        through: No reply: the request goes on to the normal answer.
        times: How often it is taken before the next one of a sequence; None for ever.
        weight: In a weighted choice; 0 in a sequence.
        at: Where it stands in its rule, a JSON pointer.
    """

    status: int | None = None
    headers: tuple[Header, ...] = ()
    body: Json = ABSENT
    example: str = ""
    generate: bool = False
    template: Json = ABSENT
    through: bool = False
    times: int | None = None
    weight: float = 0.0
    at: str = "/reply"


@dataclass(frozen=True, slots=True)
class Rule:
    """One `on ... when ... reply / fault / times`.

    Attributes:
        id: `stem/scenario#n`, n from 1; `rule-n` for one that was written on the spot.
        summary: One line for people, "" for none.
        on: Operation names, or `*` for every operation of the scenario's API.
        when: Conditions on the request.
        turns: A sequence, or a weighted choice; empty lets the request through (a fault alone).
        times: How often the rule applies; None for ever.
        fault: What goes wrong on the way, None for nothing.
        breaks_contract: The reply breaks the contract on purpose, and that is counted.
        gateway: The reply is of something in between and is not checked.
        course: How what the request begins proceeds.
        after_deed: The reply is given instead of the success of the deed, which is done first.
    """

    id: str
    summary: str
    on: tuple[str, ...]
    when: When
    turns: tuple[Turn, ...]
    times: int | None
    fault: Fault | None
    breaks_contract: bool
    gateway: bool
    course: Course = field(default_factory=dict)
    after_deed: bool = False

    @property
    def weighted(self) -> bool:
        """Whether the turns are a choice and not a sequence."""
        return bool(self.turns) and self.turns[0].weight > 0

    @property
    def final(self) -> bool:
        """Whether no later rule is looked at where this one applies: it replies, or loses all."""
        fault = self.fault
        lost = fault is not None and fault.before_deed and fault.broken is not None
        replies = bool(self.turns) and not any(turn.through for turn in self.turns)
        return lost or (replies and not self.after_deed)

    @property
    def limited(self) -> bool:
        """Whether the rule ends some time: by `times`, or as its sequence does."""
        bounded = bool(self.turns) and all(turn.times is not None for turn in self.turns)
        return self.times is not None or (bounded and not self.weighted)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A named situation.

    Attributes:
        id: `stem/name`, or `common/name`.
        summary: One line for people.
        description: What happens, and what a consumer should do about it; "" for none.
        tags: For choosing.
        default: It applies to its API without being chosen.
        given: Seed records by collection.
        course: How lifecycles proceed, by phase.
        rules: Tried in order.
        file: Where it comes from.
        trusted: It comes with the package, whose tests check it: that takes too long to be done at
            every start.
    """

    id: str
    summary: str
    description: str
    tags: tuple[str, ...]
    default: bool
    given: Mapping[str, Sequence[Mapping[str, Json]]]
    course: Course
    rules: tuple[Rule, ...]
    file: str
    trusted: bool

    @property
    def stem(self) -> str:
        """The API it is for, `common` for any."""
        return self.id.partition("/")[0]

    @property
    def name(self) -> str:
        """The short name."""
        return self.id.partition("/")[2]


def scenario_of(name: str, node: Json, file: str, *, trusted: bool = False) -> Scenario:
    """A scenario from a node of the schema's shape.

    Args:
        name: `stem/name`.
        node: Of the shape of `schema()`, checked.
        file: Where it comes from.
        trusted: It comes with the package.
    """
    return Scenario(
        id=name,
        summary=node["summary"],
        description=node.get("description", ""),
        tags=tuple(node.get("tags", ())),
        default=node.get("default", False),
        given=node.get("given", {}),
        course=course_of(node.get("course", STILL)),
        rules=tuple(
            rule_of(f"{name}#{number}", each)
            for number, each in enumerate(node.get("rules", ()), start=1)
        ),
        file=file,
        trusted=trusted,
    )


def rule_of(name: str, node: Json) -> Rule:
    """A rule with the id `name` from a node of the shape of `#/$defs/rule`, checked."""
    on = node["on"]
    turns = [_turn_of(each, f"/replies/{n}") for n, each in enumerate(node.get("replies", ()))]
    if "reply" in node:
        turns = [_turn_of(node["reply"], "/reply")]
    return Rule(
        id=name,
        summary=node.get("summary", ""),
        on=(on,) if isinstance(on, str) else tuple(on),
        when=when_of(node.get("when", {})),
        turns=tuple(turns),
        times=node.get("times"),
        fault=fault_of(node["fault"]) if "fault" in node else None,
        breaks_contract=node.get("breaks_contract", False),
        gateway=node.get("as") == "gateway",
        course=course_of(node.get("course", STILL)),
        after_deed=node.get("after_deed", False),
    )


def _turn_of(node: Json, at: str) -> Turn:
    return Turn(
        status=node.get("status"),
        headers=tuple(
            (name.lower().encode("latin-1"), str(value).encode("latin-1"))
            for name, value in node.get("headers", {}).items()
        ),
        body=node.get("body", ABSENT),
        example=node.get("example", ""),
        generate=node.get("generate", False),
        template=node.get("template", ABSENT),
        through=node.get("through", False),
        times=node.get("times"),
        weight=node.get("weight", 0.0),
        at=at,
    )
