"""All sessions of a server, and which one a request belongs to.

A session is found without the caller's help (DESIGN section 5, step 2): by header, URL prefix,
W3C `baggage`, a bound business value, the resource that the request names; else it is `default`.
"""

import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b
from math import inf
from typing import Final, NamedTuple
from urllib.parse import unquote

from mockserver.bindings import Binding, Bindings
from mockserver.clock import Clock, stopwatch_s, system_clock
from mockserver.errors import nearest_first
from mockserver.exchange import FoundBy
from mockserver.journal import Room
from mockserver.message import Request
from mockserver.session import DEFAULT, Resource, Session, SessionError, told
from mockserver.simulation import Collection

HEADER: Final = b"x-mock-session"
BAGGAGE: Final = b"baggage"
MEMBER: Final = "mock-session"  # of the baggage
PREFIX: Final = b"/__s/"
NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
NAME_RULE: Final = "1 to 100 letters, digits, '.', '_' and '-', beginning with a letter or digit"
SESSIONS_MAX: Final = 1_000
IDLE_S: Final = 3_600.0
CREATED_MAX: Final = 100_000
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
        declared: Only sessions that were made beforehand may be used.
        seed: Of the default session; the others derive theirs from it and their name.
        clock: The wall clock.
        stopwatch: Seconds that only go forward, for idleness.
        idle_s: After how long without a request a session expires; `default` never does.
        most: How many there may be at once.
        collections: The kinds of records that they may have, by name.

    Attributes:
        default: Always there.
        leading: Whether a value or a resource may lead a request that names no session to one.
    """

    def __init__(
        self,
        *,
        declared: bool = False,
        seed: int = 0,
        clock: Clock = system_clock,
        stopwatch: Callable[[], float] = stopwatch_s,
        idle_s: float = IDLE_S,
        most: int = SESSIONS_MAX,
        collections: Mapping[str, Collection] = {},
    ) -> None:
        self._collections = collections
        self._declared = declared
        self._seed = seed
        self._clock = clock
        self._stopwatch = stopwatch
        self._idle_s = idle_s
        self._most = most
        self._all: dict[str, Session] = {}
        self._by_header: dict[bytes, Opened] = {}
        self._oldest_s = inf  # nobody but the default session has been idle for longer
        self._creators: OrderedDict[Resource, tuple[str, ...]] = OrderedDict()
        self._bindings = Bindings()
        self.leading = False
        self._led_by_resource = 0  # resources that others than the default session created
        self._room = Room()
        self.default = self._session(DEFAULT, seed)
        self._all[DEFAULT] = self.default
        self._by_default = Opened(self.default, FoundBy.DEFAULT)

    # the sessions -------------------------------------------------------------------------

    def __iter__(self) -> Iterator[Session]:
        """All sessions, oldest first."""
        self._expire()
        return iter(tuple(self._all.values()))

    def get(self, name: str) -> Session:
        """The session `name`; raises `SessionError` (404, with the nearest names)."""
        self._expire()
        found = self._all.get(name)
        if found is None:
            near = nearest_first(name[:TOLD_MAX], self._all)[:NEAREST_MAX]
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
        if name in self._all:
            raise SessionError(409, f"There is a session {name!r} already")
        if len(self._all) > self._most:  # the default one is not counted
            text = f"There are {self._most} sessions, the most there may be; drop some"
            raise SessionError(503, text)
        seed = self._seed_of(name) if seed is None else seed
        made = self._session(name, seed, scenarios)
        self._all[name] = made
        self._touch(made)
        return made

    def _session(self, name: str, seed: int, scenarios: tuple[str, ...] = ()) -> Session:
        return Session(
            name,
            seed=seed,
            clock=self._clock,
            scenarios=scenarios,
            room=self._room,
            collections=self._collections,
        )

    def reset(self, session: Session) -> None:
        """Forget all that happened in a session; its bindings stay as long as it does."""
        self._forget_created(session)
        session.reset()

    def drop(self, name: str) -> None:
        """Forget a session; raises `SessionError` (404). The default one begins anew instead."""
        session = self.get(name)
        if session is self.default:
            self.reset(session)
            self._bindings.drop(name)
        else:
            self._forget(session)

    def _expire(self) -> None:
        """Drop what nobody has used for a while; looks at all only when one may be due."""
        limit = self._stopwatch() - self._idle_s
        if limit <= self._oldest_s:
            return
        idle = [each for each in self._all.values() if self._is_idle(each, limit)]
        for session in idle:
            self._forget(session)
        others = [each.used_s for each in self._all.values() if each is not self.default]
        self._oldest_s = min(others, default=inf)

    def _is_idle(self, session: Session, limit: float) -> bool:
        return session is not self.default and session.used_s < limit

    def _forget(self, session: Session) -> None:
        del self._all[session.name]
        self._by_header.pop(session.name.encode(), None)
        self._bindings.drop(session.name)
        self._forget_created(session)
        session.life += 1
        session.journal.close()

    def _touch(self, session: Session) -> None:
        session.used_s = self._stopwatch()
        self._oldest_s = min(self._oldest_s, session.used_s)

    def _seed_of(self, name: str) -> int:
        digest = blake2b(f"{self._seed}/{name}".encode(), digest_size=4).digest()
        return int.from_bytes(digest)

    # of a request -------------------------------------------------------------------------

    def known(self, header: bytes) -> Opened | None:
        """The session that a header names, where it has done so before; None to `open` it."""
        opened = self._by_header.get(header)
        if opened is not None:
            now_s = self._stopwatch()
            if self._is_idle(opened.session, now_s - self._idle_s):
                return None
            opened.session.used_s = now_s
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
            self._by_header[opened.session.name.encode()] = opened
            return opened
        if request.prefix:
            name = unquote(request.prefix[len(PREFIX) :].decode("latin-1"))
            return self._asked(name, FoundBy.PREFIX)
        baggage = headers.get(BAGGAGE)
        if baggage is not None and (member := _member(baggage.decode("latin-1"))):
            return self._asked(member, FoundBy.BAGGAGE)
        return self._led(request, named) or self._by_default

    def _led(self, request: Request, named: Callable[[], Iterable[Resource]]) -> Opened | None:
        """The session that a value or a resource of a request leads to."""
        if self._bindings and (lead := self._bindings.lead_of(request)):
            opened = self._opened(lead.session, FoundBy.BINDING, lead.place)
            if opened is not None:
                return opened
        if self._led_by_resource:
            for resource in named():
                creators = self._creators.get(resource, ())
                if len(creators) == 1 and creators[0] != DEFAULT:
                    opened = self._opened(creators[0], FoundBy.RESOURCE, told(resource))
                    if opened is not None:
                        return opened
        return None

    def _asked(self, name: str, found_by: FoundBy) -> Opened:
        """The session of a name that a request gives, made by its first use where that may be."""
        opened = self._opened(name, found_by)
        if opened is not None:
            return opened
        if self._declared:
            self.get(_checked(name))
        return Opened(self.make(name), found_by)

    def _opened(self, name: str, found_by: FoundBy, led_by: str = "") -> Opened | None:
        """The session `name`, None when there is none or it has expired."""
        session = self._all.get(name)
        if session is None:
            return None
        now_s = self._stopwatch()
        if self._is_idle(session, now_s - self._idle_s):
            self._forget(session)
            return None
        session.used_s = now_s
        return Opened(session, found_by, led_by)

    # what leads to them -------------------------------------------------------------------

    @property
    def bound(self) -> bool:
        """Whether any value is bound."""
        return bool(self._bindings)

    def bind(self, session: Session, *bindings: Binding) -> None:
        """Let values lead to a session, all or none; raises `SessionError` (409)."""
        self._bindings.add_all(bindings, session.name)
        self.leading = bool(self._led_by_resource or self._bindings)

    def bindings(self, session: Session) -> Iterator[Binding]:
        """The bindings of a session."""
        return self._bindings.of(session.name)

    def unbind(self, session: Session) -> None:
        """Forget the bindings of a session."""
        self._bindings.drop(session.name)

    def creates(self, session: Session, resource: Resource) -> None:
        """Remember who created a resource; beyond the ceiling the oldest are forgotten."""
        creators = self._creators.get(resource, ())
        if session.name not in creators:
            self._creators[resource] = (*creators, session.name)
            session.created.add(resource)
            if session is not self.default:
                self._led_by_resource += 1
                self.leading = True
        if len(self._creators) > CREATED_MAX:
            oldest = next(iter(self._creators))
            for name in self._creators[oldest]:
                self.deletes(self._all[name], oldest)

    def deletes(self, session: Session, resource: Resource) -> None:
        """Forget that a session created a resource, if it did."""
        if resource not in session.created:
            return
        session.created.discard(resource)
        self._led_by_resource -= session is not self.default
        left = tuple(name for name in self._creators.get(resource, ()) if name != session.name)
        if left:
            self._creators[resource] = left
        else:
            self._creators.pop(resource, None)

    def _forget_created(self, session: Session) -> None:
        for resource in tuple(session.created):
            self.deletes(session, resource)
        self.leading = bool(self._led_by_resource or self._bindings)


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
