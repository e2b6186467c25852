"""How a turn of a rule is written for an operation: bound once, written for each request.

Everything that can be wrong with a reply is found when it is bound: a status, an example, a header
or a body that the contract does not have. What is not known before a request is checked then.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

import orjson

from mockserver.answer import BODILESS, Answerer
from mockserver.conformance import breaches
from mockserver.contract.bodies import Form
from mockserver.contract.replies import DocumentedReply, ReplyMedia, covering, encode
from mockserver.errors import nearest
from mockserver.message import ABSENT, Header, Json, Reply, Request, Source
from mockserver.problem import problem
from mockserver.scenario import Rule, Turn
from mockserver.session import Session

if TYPE_CHECKING:
    from mockserver.template import Compiled

TOKEN: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9a-z-]+")  # of a header name (RFC 9110, 5.6.2)
VALUE: Final = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
OURS: Final = frozenset({b"content-length", b"transfer-encoding", b"connection"})


class Flaw(NamedTuple):
    """Why a rule cannot be bound.

    Attributes:
        pointer: JSON pointer below the rule.
        reason: What was found, a sentence.
        allowed: What would be right, "" when nothing helps.
        nearest: The valid name closest to what was found, "" when none is close.
    """

    pointer: str
    reason: str
    allowed: str = ""
    nearest: str = ""


class Written(NamedTuple):
    """A reply and how it breaks its contract on purpose."""

    reply: Reply
    breaches: tuple[str, ...]


Write = Callable[[Request, Session], Written]
Encoded = dict[bytes, bytes]  # bodies, each by itself: equal ones are kept once


def writer_of(
    turn: Turn,
    rule: Rule,
    answerer: Answerer,
    flaws: list[Flaw],
    *,
    trusted: bool,
    encoded: Encoded | None = None,
) -> Write | None:
    """How a turn is written; None, with flaws, when it cannot be.

    Args:
        turn: What its author wants.
        rule: That it is of.
        answerer: Of the operation.
        flaws: What is wrong is added here.
        trusted: Its template need not be compiled yet.
        encoded: Bodies that turns of the same rule have for other operations, and will share.
    """
    operation = answerer.operation
    flaws += _of_headers(turn.headers)
    status = _status_of(turn, answerer)
    if status is None:
        flaws.append(Flaw("", f"{operation.id} documents no success: a status must be given"))
        return None
    documented = covering(operation.replies, status)
    flaw = _undocumented(turn, rule, answerer, status, documented)
    if flaw is not None:
        flaws.append(flaw)
        return None
    if turn.template is not ABSENT:
        return _templated(turn, rule, answerer, status, flaws, trusted=trusted)
    if turn.body is ABSENT and documented is not None and not rule.gateway:
        broken = _of_type(turn, documented)
        if broken and not rule.breaks_contract:
            types = ", ".join(media.type for media in documented.media) or "none"
            flaws.append(Flaw("/headers/Content-Type", broken[0], types))
        return _documented(turn, answerer, status, documented, broken)
    written, broken = Body(turn, rule, answerer, status, documented).write(turn.body)
    if broken and not (rule.gateway or rule.breaks_contract):
        reason = f"the reply {status} of {operation.id} breaks the contract: {broken[0]}"
        flaws.append(Flaw("/body", reason, "a body that conforms, or breaks_contract: true"))
    if encoded is not None:
        written.body = encoded.setdefault(written.body, written.body)
    fixed = Written(written, () if rule.gateway else broken)
    return lambda _request, _session: fixed


def _status_of(turn: Turn, answerer: Answerer) -> int | None:
    """The status that is given, that of the example, or that of success; None where none is."""
    if turn.status is not None:
        return turn.status
    named = answerer.by_example(turn.example) if turn.example else None
    found = named or answerer.success
    return found[0] if found is not None else None


def keeps(turn: Turn, rule: Rule, answerer: Answerer) -> bool:
    """Whether a reply surely keeps the contract, so that no leave to break it is needed."""
    status = _status_of(turn, answerer)
    documented = covering(answerer.operation.replies, status) if status is not None else None
    if status is None or documented is None or turn.template is not ABSENT:
        return False
    if turn.body is ABSENT:
        return not _of_type(turn, documented)
    return not Body(turn, rule, answerer, status, documented).write(turn.body).breaches


def _undocumented(
    turn: Turn, rule: Rule, answerer: Answerer, status: int, documented: DocumentedReply | None
) -> Flaw | None:
    """What a turn asks of the contract that it does not have, None for nothing."""
    operation = answerer.operation
    if documented is None and not (rule.gateway or rule.breaks_contract):
        codes = list(operation.replies)
        reason = f"{operation.id} documents no {status}"
        return Flaw("/status", reason, ", ".join(codes), nearest(str(status), codes))
    if rule.gateway and (turn.example or turn.generate):
        reason = "a gateway knows nothing of the contract"
        return Flaw("/example" if turn.example else "/generate", reason, "body, template")
    if turn.generate and documented is None:
        reason = f"{operation.id} documents no {status}, so nothing can be generated"
        return Flaw("/generate", reason, "body, template")
    bodiless = status in BODILESS or (documented is not None and not documented.media)
    if turn.generate and bodiless:
        return Flaw("/generate", f"{operation.id} documents no body of {status}", "another status")
    if status in BODILESS:
        for name, body in (("body", turn.body), ("template", turn.template)):
            if body is not ABSENT:
                return Flaw(f"/{name}", f"a reply {status} never has a body", "another status")
    if turn.example and (documented is None or turn.example not in documented.examples()):
        names = answerer.examples() if turn.status is None else []
        names = names or list(documented.examples() if documented else ())
        reason = f"{operation.id} documents no example {turn.example!r}"
        reason += f" of {status}" if turn.status is not None else ""
        return Flaw("/example", reason, ", ".join(names) or "none", nearest(turn.example, names))
    return None


@dataclass(frozen=True, slots=True)
class Body:
    """Writes the body of a turn in the media type that fits it."""

    turn: Turn
    rule: Rule
    answerer: Answerer
    status: int
    documented: DocumentedReply | None

    def write(self, value: Json) -> Written:
        """The reply with `value` as its body, `ABSENT` for none, and how it breaks the contract."""
        media = self._media(value)
        kind = dict(self.turn.headers).get(b"content-type", b"").decode("latin-1")
        free = self.rule.gateway or self.rule.breaks_contract
        if not kind and media is not None and not self.rule.gateway:
            kind = media.type
        if not kind and value is not ABSENT:
            kind = "text/plain; charset=utf-8" if isinstance(value, str) else "application/json"
        if value is ABSENT or self.status in BODILESS:
            data = b""
        elif isinstance(value, str) and (free or media is None):
            data = value.encode()
        else:
            data = encode(value) if free or media is None else media.body(value)
        broken = tuple(self._breaches(media, kind, value))
        return Written(Reply(self.status, self._headers(kind), data, Source.SCENARIO), broken)

    def _media(self, value: Json) -> ReplyMedia | None:
        """The documented media type that `value` conforms to, else the first."""
        if self.documented is None or value is ABSENT:
            return None
        offered = self.documented.media
        return next(
            (media for media in offered if media.is_valid(value)), next(iter(offered), None)
        )

    def _breaches(self, media: ReplyMedia | None, kind: str, value: Json) -> Iterable[str]:
        if value is ABSENT:
            if self.documented is None:
                yield "the status is not documented"
            elif self.documented.media and self.status not in BODILESS:
                yield "the status is documented with a body"
            return
        if media is not None and kind.partition(";")[0] != media.type.partition(";")[0]:
            yield f"the content type {kind} is not documented"
        elif media is not None and self.rule.breaks_contract and isinstance(value, str):
            if media.form is Form.JSON:
                try:
                    value = orjson.loads(value)
                except ValueError:
                    yield "the body is no JSON"
                    return
            yield from breaches(self.documented, media, value)
        else:
            yield from breaches(self.documented, media, value)

    def _headers(self, kind: str) -> tuple[Header, ...]:
        headers = {b"content-type": kind.encode("latin-1")} if kind else {}
        if self.documented is not None and not self.rule.gateway:
            headers.update(self.documented.headers)
        return tuple((headers | dict(self.turn.headers)).items())


def _of_type(turn: Turn, documented: DocumentedReply) -> tuple[str, ...]:
    """How a content type that the author gives to a documented reply breaks the contract."""
    kind = dict(turn.headers).get(b"content-type", b"").decode("latin-1")
    types = {media.type.partition(";")[0] for media in documented.media}
    known = not kind or kind.partition(";")[0] in types
    return () if known else (f"the content type {kind} is not documented",)


def _documented(
    turn: Turn,
    answerer: Answerer,
    status: int,
    documented: DocumentedReply,
    broken: tuple[str, ...],
) -> Write:
    """A documented reply: its example, or a body that is generated where there is none."""
    given = dict(turn.headers)
    fixed = None if turn.example or turn.generate else answerer.fixed(status, documented)
    if fixed is not None:
        headers = tuple((dict(fixed.headers) | given).items()) if given else fixed.headers
        fill = fixed.template.fill
        if not fixed.template.holes:
            reply = Reply(status, headers, fixed.template.parts[0], Source.SCENARIO)
            constant = Written(reply, broken)
            return lambda _request, _session: constant
        return lambda request, _session: Written(
            Reply(status, headers, fill(request), Source.SCENARIO), broken
        )

    def write(request: Request, session: Session) -> Written:
        reply = answerer.documented(
            status, documented, request, session, turn.example or None, dynamic=turn.generate
        )
        if reply.source is not Source.MOCKSERVER:
            reply.source = Source.SCENARIO
            if given:
                reply.headers = tuple((dict(reply.headers) | given).items())
        return Written(reply, broken)

    return write


def _templated(
    turn: Turn, rule: Rule, answerer: Answerer, status: int, flaws: list[Flaw], *, trusted: bool
) -> Write | None:
    """A body from a template: it is checked when it is known, before it leaves."""
    from mockserver.template import TemplateError  # noqa: PLC0415 - few rules need it

    source = encode(turn.template)
    if not trusted:
        try:
            _compiled(source)
        except TemplateError as error:
            flaws.append(Flaw("/template" + error.pointer, error.reason))
            return None
    operation = answerer.operation
    body = Body(turn, rule, answerer, status, covering(operation.replies, status))

    def write(request: Request, session: Session) -> Written:
        try:
            value = _compiled(source).render(request, session.moment(), session.name)
        except TemplateError as error:
            text = f"The template of {rule.id} failed at {error.pointer or '/'}: {error.reason}"
            return Written(problem(500, text), ())
        written = body.write(value)
        if not written.breaches or rule.breaks_contract:
            return written
        if rule.gateway:
            return Written(written.reply, ())
        found = list(written.breaches)
        text = f"The reply {status} of {rule.id} breaks the contract of {operation.id}: {found[0]}"
        return Written(problem(500, text, members={"breaches": found}), ())

    return write


@lru_cache(maxsize=1_000)
def _compiled(source: bytes) -> "Compiled":
    """The template that is written in a JSON text: a rule has it once for all its operations."""
    from mockserver.template import compile_template  # noqa: PLC0415 - few rules need it

    return compile_template(orjson.loads(source))


def _of_headers(headers: Iterable[Header]) -> Iterable[Flaw]:
    for name, value in headers:
        shown = name.decode("latin-1")
        if not TOKEN.fullmatch(name) or not VALUE.fullmatch(value):
            yield Flaw("/headers", f"{shown!r} is no header that can be sent")
        elif name in OURS:
            yield Flaw("/headers", f"{shown} is the server's to write", "a fault, to break a reply")
