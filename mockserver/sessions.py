"""All sessions of a server, and which one a request belongs to.

A session is found without the caller's help (DESIGN section 5, step 2): by header, URL prefix,
W3C `baggage`, a bound business value, the resource that the request names; else it is `default`.
"""

import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import blake2b
from math import inf
from typing import Final, NamedTuple
from urllib.parse import unquote

from mockserver.bindings import Binding, Bindings
from mockserver.clock import stopwatch_s
from mockserver.errors import nearest_first
from mockserver.exchange import FoundBy
from mockserver.message import Request
from mockserver.session import Session, SessionError, told
from mockserver.stores import DEFAULT, Resource, State, Store
from mockserver.stores.memory.store import MemoryStore

HEADER: Final = b"x-mock-session"
BAGGAGE: Final = b"baggage"
MEMBER: Final = "mock-session"  # of the baggage
PREFIX: Final = b"/__s/"
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
NAME_RULE: Final = "1 to 100 letters, digits, '.', '_' and '-', beginning with a letter or digit"
SESSIONS_MAX: Final = 1_000
IDLE_S: Final = 3_600.0
NEAREST_MAX: Final = 5
TOLD_MAX: Final = 100  # characters of a wrong name that are told


class Opened(NamedTuple):
    """The session of a request, how it was found, and which binding or resource led to it."""

    session: Session
    found_by: FoundBy
    led_by: str = ""


class Sessions:
    """All sessions of a server.

    Args:
        store: Where they are; None keeps them in memory.
        declared: Only sessions that were made beforehand may be used.
        seed: Of the default session; the others derive theirs from it and their name.
        stopwatch: Seconds that only go forward, for idleness.
        idle_s: After how long without a request a session expires; `default` never does.
        most: How many there may be at once.

    Attributes:
        store: Where they are.
    """

    def __init__(
        self,
        store: Store | None = None,
        *,
        declared: bool = False,
        seed: int = 0,
        stopwatch: Callable[[], float] = stopwatch_s,
        idle_s: float = IDLE_S,
        most: int = SESSIONS_MAX,
    ) -> None:
        self.store = store or MemoryStore()
        self._shared = self.store.shared
        self._declared = declared
        self._seed = seed
        self._stopwatch = stopwatch
        self._idle_s = idle_s
        self._most = most
        self._sessions: dict[str, Session] = {}  # those of which something was worked out
        self._by_header: dict[bytes, Opened] = {}
        self._oldest_s = -inf  # nobody but the default session has been idle for longer
        self._bindings = Bindings()
        self._by_default: Opened | None = None

    # the sessions -------------------------------------------------------------------------

    @property
    def default(self) -> Session:
        """The session that is always there."""
        return self.by_default().session

    def by_default(self) -> Opened:
        """The default session, for a request that names none and is led to none."""
        opened = self._by_default
        if opened is None or self._shared:
            session = self._find(DEFAULT) or self._made(DEFAULT, State(self._seed))
            if opened is None or opened.session is not session:
                opened = self._by_default = Opened(session, FoundBy.DEFAULT)
        return opened

    def __iter__(self) -> Iterator[Session]:
        """All sessions, oldest first."""
        self._expire()
        self.by_default()
        found = [self._find(name) for name, _ in self._listed()]
        return iter([session for session in found if session is not None])

    def get(self, name: str) -> Session:
        """The session `name`; raises `SessionError` (404, with the nearest names)."""
        self._expire()
        self.by_default()
        found = self._find(name)
        if found is None:
            names = [each for each, _ in self._listed()]
            near = nearest_first(name[:TOLD_MAX], names)[:NEAREST_MAX]
            text = f"There is no session {name[:TOLD_MAX]!r}; there are {', '.join(near)}"
            raise SessionError(404, text, near)
        self._touch(found)
        return found

    def make(
        self, name: str | None = None, *, seed: int | None = None, scenarios: tuple[str, ...] = ()
    ) -> Session:
        """A new session, under a name of ours where none is given.

        Raises:
            SessionError: 400 for a bad name, 409 for a taken one, 503 beyond the ceiling.
        """
        name = f"s-{secrets.token_hex(6)}" if name is None else _checked(name)
        self._expire()
        self.by_default()
        if self.store.find(name) is not None:
            raise SessionError(409, f"There is a session {name!r} already")
        if len(self._listed()) > self._most:  # the default one is not counted
            text = f"There are {self._most} sessions, the most there may be; drop some"
            raise SessionError(503, text)
        seed = self._seed_of(name) if seed is None else seed
        made = self._made(name, State(seed, scenarios, scenarios))
        self._touch(made)
        return made

    def _listed(self) -> Sequence[tuple[str, float]]:
        """Name and last use of each session; what was worked out of others is let go."""
        listed = tuple(self.store.memories())
        if len(self._sessions) > len(listed):  # another process has dropped some
            names = {name for name, _ in listed}
            self._sessions = {name: s for name, s in self._sessions.items() if name in names}
        return listed

    def _made(self, name: str, state: State) -> Session:
        made = self._sessions[name] = Session(self.store.make(name, state))
        return made

    def _find(self, name: str) -> Session | None:
        """The session `name` as it is now, None for none."""
        memory = self.store.find(name)
        if memory is None:
            self._sessions.pop(name, None)
            return None
        session = self._sessions.get(name)
        if session is None or session.memory is not memory:
            session = self._sessions[name] = Session(memory)
            if len(self._sessions) > self._most + 1:  # with the default one: some are no more
                self._listed()
        elif self._shared:
            session.renew()
        return session

    def lives(self, session: Session, life: int) -> bool:
        """Whether a session is still there, and was not reset since it lived its life `life`."""
        return self._find(session.name) is session and session.life == life

    def reset(self, session: Session) -> None:
        """Forget all that happened in a session; its bindings stay as long as it does."""
        self.store.creators.drop(session.name)
        session.reset()

    def drop(self, name: str) -> None:
        """Forget a session; raises `SessionError` (404). The default one begins anew instead."""
        session = self.get(name)
        if name == DEFAULT:
            self.reset(session)
            self.unbind(session)
        else:
            self._forget(name)

    def _expire(self) -> None:
        """Drop what nobody has used for a while; looks at all only when one may be due."""
        limit = self._stopwatch() - self._idle_s
        if limit <= self._oldest_s:
            return
        others = [each for each in self._listed() if each[0] != DEFAULT]
        for name, used_s in others:
            if used_s < limit:
                self._forget(name)
        self._oldest_s = min((used_s for _, used_s in others if used_s >= limit), default=limit)

    def _is_idle(self, session: Session, limit: float) -> bool:
        return session.name != DEFAULT and session.memory.used_s < limit

    def _forget(self, name: str) -> None:
        self.store.creators.drop(name)
        self.store.drop(name)
        self._sessions.pop(name, None)
        self._by_header.pop(name.encode(), None)
        self._unbind(name)

    def _touch(self, session: Session) -> None:
        session.memory.used_s = self._stopwatch()
        self._oldest_s = min(self._oldest_s, session.memory.used_s)

    def _seed_of(self, name: str) -> int:
        digest = blake2b(f"{self._seed}/{name}".encode(), digest_size=4).digest()
        return int.from_bytes(digest)

    # of a request -------------------------------------------------------------------------

    @property
    def leading(self) -> bool:
        """Whether a value or a resource may lead a request that names no session to one."""
        if self._shared:
            self._look()
        return self.store.creators.led or bool(self._bindings)

    def known(self, header: bytes) -> Opened | None:
        """The session that a header names, where it has done so before; None to `open` it."""
        opened = self._by_header.get(header)
        if opened is not None:
            now_s = self._stopwatch()
            if self._is_idle(opened.session, now_s - self._idle_s):
                return None
            opened.session.memory.used_s = now_s
        return opened

    def open(self, request: Request, named: Callable[[], Iterable[Resource]]) -> Opened:
        """The session of a request.

        Args:
            request: With its parameters and content as far as they could be read.
            named: Gives the resources that it names.

        Raises:
            SessionError: It asks for a session that cannot be had.
        """
        headers = request.headers
        asked = headers.get(HEADER)
        if asked is not None:
            opened = self._asked(asked.decode("latin-1").strip(" \t"), FoundBy.HEADER)
            if not self._shared:  # another process may drop it
                self._by_header[opened.session.name.encode()] = opened
            return opened
        if request.prefix:
            name = unquote(request.prefix[len(PREFIX) :].decode("latin-1"))
            return self._asked(name, FoundBy.PREFIX)
        baggage = headers.get(BAGGAGE)
        if baggage is not None and (member := _member(baggage.decode("latin-1"))):
            return self._asked(member, FoundBy.BAGGAGE)
        return self._led(request, named) or self.by_default()

    def _led(self, request: Request, named: Callable[[], Iterable[Resource]]) -> Opened | None:
        """The session that a value or a resource of a request leads to."""
        if self.bound and (lead := self._bindings.lead_of(request)):
            opened = self._opened(lead.session, FoundBy.BINDING, lead.place)
            if opened is not None:
                return opened
        creators = self.store.creators
        if creators.led:
            for resource in named():
                sessions = creators.of(resource)
                if len(sessions) == 1 and sessions[0] != DEFAULT:
                    opened = self._opened(sessions[0], FoundBy.RESOURCE, told(resource))
                    if opened is not None:
                        return opened
        return None

    def _asked(self, name: str, found_by: FoundBy) -> Opened:
        """The session of a name that a request gives, made by its first use where that may be."""
        opened = self._opened(name, found_by)
        if opened is not None:
            return opened
        if name == DEFAULT:
            return Opened(self.default, found_by)
        if self._declared:
            self.get(_checked(name))
        return Opened(self.make(name), found_by)

    def _opened(self, name: str, found_by: FoundBy, led_by: str = "") -> Opened | None:
        """The session `name`, None when there is none or it has expired."""
        session = self._find(name)
        if session is None:
            return None
        now_s = self._stopwatch()
        if self._is_idle(session, now_s - self._idle_s):
            self._forget(name)
            return None
        session.memory.used_s = now_s
        return Opened(session, found_by, led_by)

    # what leads to them -------------------------------------------------------------------

    @property
    def bound(self) -> bool:
        """Whether any value is bound."""
        if self._shared:
            self._look()
        return bool(self._bindings)

    def _look(self) -> None:
        """Take over what other processes have bound."""
        bound = self.store.bound()
        if bound is not None:
            self._bindings = Bindings()
            for session, *binding in bound:
                self._bindings.add(Binding(*binding), session)

    def bind(self, session: Session, *bindings: Binding) -> None:
        """Let values lead to a session, all or none; raises `SessionError` (409)."""
        self._look()
        new = self._bindings.add_all(bindings, session.name)
        self.store.bind((session.name, *each) for each in new)

    def bindings(self, session: Session) -> Iterator[Binding]:
        """The bindings of a session."""
        self._look()
        return self._bindings.of(session.name)

    def unbind(self, session: Session) -> None:
        """Forget the bindings of a session."""
        self._unbind(session.name)

    def _unbind(self, name: str) -> None:
        self._bindings.drop(name)
        self.store.unbind(name)

    def creates(self, session: Session, resource: Resource) -> None:
        """Remember who created a resource."""
        self.store.creators.add(resource, session.name)

    def deletes(self, session: Session, resource: Resource) -> None:
        """Forget that a session created a resource, if it did."""
        self.store.creators.remove(resource, session.name)


def _checked(name: str) -> str:
    if not NAME.fullmatch(name):
        raise SessionError(400, f"{name[:TOLD_MAX]!r} is no name of a session: {NAME_RULE}")
    return name


def _member(baggage: str) -> str:
    """The session that a `baggage` header names (W3C Baggage, 3.3), "" for none."""
    for entry in baggage.split(","):
        key, _, value = entry.partition(";")[0].partition("=")
        if key.strip() == MEMBER:
            return unquote(value.strip())
    return ""


def split(raw_path: bytes) -> tuple[bytes, bytes]:
    """A path without the prefix that names a session, and that prefix, b"" for none."""
    if not raw_path.startswith(PREFIX):
        return raw_path, b""
    end = raw_path.find(b"/", len(PREFIX))
    end = len(raw_path) if end < 0 else end
    return raw_path[end:] or b"/", raw_path[:end]
