"""The replies of an operation to requests that it accepts.

What the caller prefers; else the normal answer: what a simulation decides; the documented example
with the request's own values; a body generated from the schema. What scenarios make of it is
`script`'s, the order of all of them is `engine`'s.

An `Answerer` is made for each operation at load. Fixed replies are bytes from then on; samplers
are compiled when first needed, since most operations never need one.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from mockserver.check import acceptable
from mockserver.clock import UNSTAGED
from mockserver.conformance import breaches
from mockserver.contract.bodies import Form
from mockserver.contract.operation import Contract, Operation
from mockserver.contract.replies import (
    DocumentedReply,
    ReplyMedia,
    Template,
    covering,
    normalised,
    success,
    template,
)
from mockserver.course import Courses
from mockserver.errors import nearest_first
from mockserver.lifecycle import polled
from mockserver.message import ABSENT, Header, Json, Reply, Request, Source
from mockserver.preference import HEADERS, Preference, preference_of
from mockserver.problem import problem
from mockserver.record import Conflict, Full, Touched
from mockserver.session import Session
from mockserver.simulation import Decide, Decision, Poll
from mockserver.timeline import Fired

BODILESS = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class Fixed:
    """The default reply of an operation, ready but for the request's own values."""

    status: int
    headers: tuple[Header, ...]
    template: Template


class Deed(NamedTuple):
    """What a simulation did.

    Attributes:
        reply: What it says.
        touched: The records that it made, changed or ended.
        fired: What was brought about before by the read alone.
        own: What it said itself, where a rule replies instead.
    """

    reply: Reply
    touched: Sequence[Touched] = ()
    fired: Sequence[Fired] = ()
    own: Reply | None = None


class Answerer:
    """Answers the accepted requests of one operation.

    Args:
        operation: What is asked for.
        contract: Whose schemas the replies must conform to.
        decide: The simulation of the operation, None for none.
        decided_as: How the replies of `decide` are marked.
    """

    def __init__(
        self,
        operation: Operation,
        contract: Contract,
        *,
        decide: Decide | Poll | None,
        decided_as: Source,
    ) -> None:
        self.operation = operation
        self._schemas = contract.schemas
        self._subject = decide.subject if isinstance(decide, Poll) else None
        self._decide = decide.decide if isinstance(decide, Poll) else decide
        self._decided_as = decided_as
        self._rng = random.Random(0)  # noqa: S311 - sample data; seeded for each reply
        self._generators: dict[int, Callable[[Request, int], Json]] = {}
        self._echoes: dict[int, Template] = {}
        self.success = success(operation.replies)
        self._fixed = self._default() if decide is None else None

    def preferred(self, request: Request, session: Session) -> Reply | None:
        """The reply that the caller prefers (`Prefer` and its aliases), None without a wish."""
        headers = request.headers
        if HEADERS[0] in headers or HEADERS[1] in headers or HEADERS[2] in headers:
            preference = preference_of(headers)
            if preference is not None:
                return self._preferred(request, session, preference)
        return None

    @property
    def simulated(self) -> bool:
        """Whether a simulation decides the normal reply."""
        return self._decide is not None

    def decided(self, request: Request, session: Session, now: datetime, courses: Courses) -> Deed:
        """What the simulation replies and does: nothing, where the reply does not conform.

        Args:
            request: With its parameters and content parsed.
            session: Whose records it is about.
            now: By the clock of the session.
            courses: How what begins now proceeds.
        """
        decide, records = self._decide, session.records
        assert decide is not None  # noqa: S101 - asked for by `simulated`
        read: Sequence[Touched] = ()
        fired: Sequence[Fired] = ()
        if self._subject is not None:
            subject = self._subject(records, request)
            if subject is not None and subject.progress.polls:
                read = records.commit([polled(subject, now)])
                fired = session.settle(now)
        decision = decide(records, request, session.moment(now, courses))
        reply = self._written(decision)
        if not decision.changes or reply.source is Source.MOCKSERVER:
            return Deed(reply, read, fired)
        try:
            return Deed(reply, [*read, *records.commit(decision.changes)], fired)
        except Full as full:
            return Deed(problem(503, str(full)), read, fired)
        except Conflict as conflict:
            text = f"The simulation of {self.operation.id} breaks a claim: {conflict}"
            return Deed(problem(500, text), read, fired)

    def normal(self, request: Request, session: Session) -> Reply:
        """The reply where nobody steers; parameters and content of `request` are parsed."""
        if self._decide is not None:
            return self.decided(request, session, session.clock(), UNSTAGED).reply
        fixed = self._fixed
        if fixed is not None:
            return Reply(fixed.status, fixed.headers, fixed.template.fill(request), Source.EXAMPLE)
        if self.success is None:
            return problem(500, f"{self.operation.id} documents no reply to an accepted request")
        return self.documented(*self.success, request, session)

    def _default(self) -> Fixed | None:
        """The reply that needs nothing but the request's values; None where there is a choice."""
        if self.success is None:
            return None
        status, documented = self.success
        names = self._names()
        for media in documented.media:
            value = next(iter(media.examples.values()), None)
            if value is not None and media.form is Form.JSON:
                filled = template(value, media.schema, names, self._schemas.member)
                self._echoes[id(media)] = filled
        return self.fixed(status, documented)

    def fixed(self, status: int, documented: DocumentedReply) -> Fixed | None:
        """A documented reply as its example has it; None where there is a choice, or no example."""
        if not documented.media or status in BODILESS:
            return Fixed(status, documented.headers, Template((b"",), ()))
        media, *others = documented.media
        value = next(iter(media.examples.values()), ABSENT)
        if others or value is ABSENT:
            return None
        echo = self._echoes.get(id(media)) or Template((media.body(value),), ())
        return Fixed(status, _headers(documented, media), echo)

    def _names(self) -> Mapping[str, tuple[str, str]]:
        """What a request carries, by normalised name: path before query before body."""
        found: dict[str, tuple[str, str]] = {}
        body = self.operation.body
        for media in body.media if body else ():
            for name in media.shape.members:
                found[normalised(name)] = "body", name
        for location in ("query", "path"):
            for parameter in self.operation.parameters:
                if parameter.location == location:
                    found[normalised(parameter.name)] = location, parameter.name
        return found

    def _written(self, decision: Decision) -> Reply:
        documented = covering(self.operation.replies, decision.status)
        media = _media_of(documented, decision.content) if documented else None
        headers = decision.headers
        if documented is not None and media is not None:
            headers = (*_headers(documented, media), *headers)
        return self.checked(
            decision.status, headers, documented, media, decision.content, self._decided_as
        )

    # preferences --------------------------------------------------------------------------

    def _preferred(self, request: Request, session: Session, wish: Preference) -> Reply:
        if wish.code is not None:
            found = self._by_code(wish.code)
            if isinstance(found, Reply):
                return found
            status, documented = found
        elif wish.example is not None:
            named = self.by_example(wish.example)
            if named is None:
                return self._unknown("example", wish.example, self.examples())
            status, documented = named
        elif self.success is not None:
            status, documented = self.success
        else:
            return problem(500, f"{self.operation.id} documents no reply to an accepted request")
        if wish.example is not None and wish.example not in documented.examples():
            return self._unknown("example", wish.example, list(documented.examples()))
        return self.documented(
            status, documented, request, session, wish.example, dynamic=wish.dynamic
        )

    def _by_code(self, code: str) -> tuple[int, DocumentedReply] | Reply:
        status = int(code) if code.isascii() and code.isdigit() and len(code) == 3 else 0  # noqa: PLR2004
        replies = self.operation.replies
        documented = covering(replies, status) if 200 <= status <= 599 else None  # noqa: PLR2004
        if documented is None:
            return self._unknown("code", code, list(replies))
        return status, documented

    def by_example(self, name: str) -> tuple[int, DocumentedReply] | None:
        """Status and reply of the documented example `name`: of success first, then in order."""
        candidates = [self.success] if self.success else []
        candidates += [(_status(code), reply) for code, reply in self.operation.replies.items()]
        return next((each for each in candidates if name in each[1].examples()), None)

    def examples(self) -> list[str]:
        """Names of all documented examples."""
        replies = self.operation.replies.values()
        return list(dict.fromkeys(each for reply in replies for each in reply.examples()))

    def _unknown(self, kind: str, found: str, valid: Sequence[str]) -> Reply:
        """The problem of asking for what the contract does not document; nothing is guessed."""
        names = nearest_first(found, valid)
        text = f"{self.operation.id} documents no {kind} {found!r}"
        hint = f"; it documents {', '.join(names)}" if names else "; it documents none"
        return problem(400, text + hint, members={f"valid_{kind}s": names})

    # documented and generated replies -----------------------------------------------------

    def documented(
        self,
        status: int,
        documented: DocumentedReply,
        request: Request,
        session: Session,
        example: str | None = None,
        *,
        dynamic: bool = False,
    ) -> Reply:
        """A documented reply: its example, or a generated body where there is none."""
        if not documented.media or status in BODILESS:
            return Reply(status, documented.headers, b"", Source.EXAMPLE)
        having = [media for media in documented.media if example in media.examples]
        offered = having or documented.media
        media = acceptable(offered, request.headers.get(b"accept")) or offered[0]
        headers = _headers(documented, media)
        echo = self._echoes.get(id(media))
        if echo is not None and example is None and not dynamic:
            return Reply(status, headers, echo.fill(request), Source.EXAMPLE)
        name = example if example is not None else next(iter(media.examples), None)
        if name is not None and (not dynamic or example is not None):
            return Reply(status, headers, media.body(media.examples[name]), Source.EXAMPLE)
        generate = self._generators.get(id(media))
        if generate is None:
            generate = self._generators[id(media)] = self._generator(media)
        value = generate(request, session.seed)
        if isinstance(value, Exception):
            return problem(500, f"{self.operation.id} {status}: no body can be generated: {value}")
        return self.checked(status, headers, documented, media, value, Source.GENERATED)

    def _generator(self, media: ReplyMedia) -> Callable[[Request, int], Json]:
        """Draws a body from the schema: the same one for the same seed and request.

        Gives the exception instead where no value can be made.
        """
        from mockserver import sample  # noqa: PLC0415 - most servers never generate

        schemas, rng = self._schemas, self._rng
        method = self.operation.method  # HEAD is told the length of what GET is told
        anything = {"type": "object" if media.form is Form.JSON else "string"}
        node = media.schema.node if media.schema else anything
        try:
            draw = sample.compile_sampler(node, resolve=schemas.converted, is_valid=schemas.holds)
        except sample.Unsampleable as error:
            reason = error
            return lambda _request, _seed: reason

        def generate(request: Request, seed: int) -> Json:
            rng.seed(
                sample.seed_of(seed, method, request.raw_path, request.raw_query, request.body)
            )
            try:
                return draw(rng)
            except sample.Unsampleable as error:
                return error

        return generate

    def checked(
        self,
        status: int,
        headers: tuple[Header, ...],
        documented: DocumentedReply | None,
        media: ReplyMedia | None,
        value: Json,
        source: Source,
    ) -> Reply:
        """The reply if it conforms, else a loud 500: a double that lies is worse than none."""
        if media is not None and documented is not None and media.is_valid(value):
            return Reply(status, headers, media.body(value), source)
        found = list(breaches(documented, media, value))
        if found:
            text = f"The {source} reply {status} of {self.operation.id} breaks the contract"
            return problem(500, f"{text}: {found[0]}", members={"breaches": found})
        return Reply(status, headers, b"", source)


def _media_of(documented: DocumentedReply, content: Json) -> ReplyMedia | None:
    """The media type that `content` is meant for: the first that it is valid in."""
    if len(documented.media) == 1:
        return documented.media[0]
    fitting = (media for media in documented.media if media.is_valid(content))
    return next(fitting, next(iter(documented.media), None))


def _headers(documented: DocumentedReply, media: ReplyMedia) -> tuple[Header, ...]:
    return ((b"content-type", media.type.encode("latin-1")), *documented.headers)


def _status(code: str) -> int:
    """A status that stands for a code of the contract: itself, the first of a range, or 500."""
    if code == "default":
        return 500
    return int(code.replace("X", "0"))
