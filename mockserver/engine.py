"""The order of the steps, on one screen: find, check, open, answer, commit.

Synchronous, without framework or I/O: what surrounds it (ASGI, sockets, logs) is `server`'s.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import unquote_to_bytes

from mockserver.answer import Deed
from mockserver.clock import Clock, stopwatch_s, system_clock
from mockserver.contract.links import addressed, created, named
from mockserver.contract.operation import Contract
from mockserver.contract.parameters import Malformed, loads
from mockserver.contract.table import Match
from mockserver.coverage import Coverage
from mockserver.exchange import UNSTEERED, Exchange, Steering, unrecorded
from mockserver.library import Library, UnknownScenario
from mockserver.message import ABSENT, Json, Reply, Request, Source, Violation
from mockserver.plan import SCENARIO, plan_of, scripts_of
from mockserver.problem import problem
from mockserver.scenario import Scenario
from mockserver.script import (
    LOST,
    Followed,
    any_may_apply,
    follow,
)
from mockserver.security import Guards
from mockserver.service import Service, Services
from mockserver.session import Session, SessionError
from mockserver.sessions import BAGGAGE, HEADER, Opened, Sessions
from mockserver.simulation import Collection, Decide, Poll
from mockserver.staging import Staging
from mockserver.stores import Resource, StoreError
from mockserver.stores.memory.store import MemoryStore

OK: Final = 200  # and all of its class: success


Answered = tuple[Steering, Deed]
UNDONE: Final = Deed(LOST)  # nothing was done


class Engine:
    """Answers requests by the contracts it is given.

    Args:
        contracts: What to serve.
        security: Who may ask; None lets everybody.
        simulated: Operations that a function decides, by id.
        collections: What these functions remember, by name.
        decided_as: How the replies of these functions are marked.
        scenarios: What callers may choose from.
        shelves: Packaged scenarios that are read when first needed, see `Library`.
        sessions: Which session a request belongs to; None makes them from `seed` and `clock`.
        seed: Of everything that is drawn, where there are no `sessions`.
        clock: The wall clock, the same.
        remembers: Whether the functions read what sessions remember.

    Raises:
        LoadError: A scenario does not fit its contract.
    """

    def __init__(
        self,
        contracts: Iterable[Contract],
        *,
        security: Guards | None = None,
        simulated: Mapping[str, Decide | Poll] | None = None,
        collections: Mapping[str, Collection] = {},
        decided_as: Source = Source.SIMULATION,
        scenarios: Iterable[Scenario] = (),
        shelves: Mapping[str, Sequence[Path]] | None = None,
        sessions: Sessions | None = None,
        seed: int = 0,
        clock: Clock = system_clock,
        remembers: bool = True,
    ) -> None:
        self.contracts = tuple(contracts)
        self.remembers = remembers
        self._services = Services(
            self.contracts,
            security=security,
            simulated=simulated,
            collections=collections,
            decided_as=decided_as,
        )
        self.table = self._services.table
        self.library = Library(scenarios, self._services, shelves=shelves)
        self.staging = Staging(self.library, collections)
        self.sessions = sessions or Sessions(MemoryStore(clock, collections), seed=seed)
        self.coverage = Coverage(self.table.operations, self.sessions.store.counters)
        atomic = self.sessions.store.atomic
        self._handled, self._failed = atomic(self._handle), atomic(self._fail)
        self._proceeded, self._lost = atomic(self._proceed), atomic(self._lose)

    def open(self) -> None:
        """Begin to serve in this process, which may have been forked from another one."""
        self._services.open()

    def find(self, raw_path: bytes) -> Match | None:
        """The place of a path, None when no contract has it."""
        return self.table.find(raw_path)

    def next_id(self) -> str:
        """A fresh id for an exchange."""
        return self._services.next_id()

    def handle(self, request: Request, match: Match | None) -> Exchange:
        """The exchange of one request, whose path was found to be at `match`.

        It is finished, but where a fault wants the caller to wait before anything is done: then
        the reply has the status 0, and `proceed` or `lose` finish it.

        Raises:
            StoreError: The store is away; nothing is done.
        """
        return self._handled(request, match)

    def proceed(self, exchange: Exchange) -> None:
        """Do what an exchange waited for: its caller is still there.

        A session that has ended meanwhile, though another may have its name by now, remembers
        nothing of it.

        Raises:
            StoreError: The store is away; nothing is done.
        """
        self._proceeded(exchange)

    def lose(self, exchange: Exchange) -> None:
        """Finish an exchange whose caller left before the deed: nothing is done."""
        with suppress(StoreError):  # nobody is there to hear of it
            self._lost(exchange)

    def fail(self, request: Request, reply: Reply) -> Exchange:
        """The exchange of a request that could not be handled, so that its session knows of it.

        Args:
            request: As far as it was read.
            reply: What the server says instead.
        """
        try:
            return self._failed(request, reply)
        except StoreError:
            return unrecorded(self.next_id(), request, reply)

    # steps --------------------------------------------------------------------------------

    def _handle(self, request: Request, match: Match | None) -> Exchange:
        started_s = stopwatch_s()
        service = self._services.of(request, match)
        refusal = None
        if service is not None and match is not None:
            refusal = service.checker.check(request, match[1])
        sessions = self.sessions
        headers = request.headers
        asked = headers.get(HEADER)
        if asked is not None and (opened := sessions.known(asked)) is not None:
            session, found_by, led_by = opened
        elif asked is not None or sessions.leading or request.prefix or BAGGAGE in headers:
            try:
                session, found_by, led_by = self._open(
                    request, match, service, refused=refusal is not None
                )
            except SessionError as error:  # nobody's session: nobody's journal has it
                members = {"nearest": list(error.nearest)} if error.nearest else None
                reply = problem(error.status, str(error), members=members)
                return unrecorded(self.next_id(), request, reply)
        else:
            session, found_by, led_by = sessions.by_default()
        now = session.clock()
        fired = session.settle(now)
        steering = UNSTEERED
        deed = UNDONE
        violations: tuple[Violation, ...] = ()
        if service is None:
            reply = self._services.unserved(request, match)
        elif refusal is not None:
            reply = service.refuser.write(refusal)
            violations = refusal.violations
        else:
            steering, deed = self._answer(service, request, session, now)
            reply = deed.reply
        exchange = Exchange(
            self._services.next_id(),
            now,
            request,
            reply,
            service.operation.id if service is not None else "",
            session.name,
            found_by,
            violations,
            steering,
            led_by=led_by,
            touched=deed.touched,
        )
        exchange.happened(fired, deed.fired)
        exchange.ms = 1_000 * (stopwatch_s() - started_s)
        if reply is LOST and exchange.waits:
            exchange.waits_in = session, session.life
        else:
            self._commit(exchange, service, session, deed.own)
        return exchange

    def _proceed(self, exchange: Exchange) -> None:
        started_s = stopwatch_s()
        service = self._services[exchange.operation]
        session, life = _resumed(exchange)
        if not self.sessions.lives(session, life):
            text = f"The session {session.name!r} ended while the request waited"
            exchange.reply = problem(503, text)
            return
        exchange.at = now = session.clock()
        fired = session.settle(now)
        request, steering = exchange.request, exchange.steering
        steering, deed = self._do(service, request, session, steering, now)
        exchange.steering, deed = _said(steering, deed, request, session)
        exchange.reply, exchange.touched = deed.reply, deed.touched
        exchange.happened(fired, deed.fired)
        exchange.ms += 1_000 * (stopwatch_s() - started_s)
        self._commit(exchange, service, session, deed.own)

    def _lose(self, exchange: Exchange) -> None:
        session, life = _resumed(exchange)
        if self.sessions.lives(session, life):
            self.coverage.met(exchange.operation, 0, exchange.steering.scenarios)
            session.journal.record(exchange)

    def _fail(self, request: Request, reply: Reply) -> Exchange:
        started_s = stopwatch_s()
        match = self.find(request.raw_path)
        service = self._services.of(request, match)
        try:
            session, found_by, led_by = self._open(request, match, service, refused=True)
        except Exception:  # noqa: BLE001 - what failed once may fail again
            session, found_by, led_by = self.sessions.by_default()
        operation = service.operation.id if service is not None else ""
        exchange = Exchange(
            self.next_id(),
            session.clock(),
            request,
            reply,
            operation,
            session.name,
            found_by,
            led_by=led_by,
            ms=1_000 * (stopwatch_s() - started_s),
        )
        self._commit(exchange, service, session)
        return exchange

    # open ---------------------------------------------------------------------------------

    def _open(
        self, request: Request, match: Match | None, service: Service | None, *, refused: bool
    ) -> Opened:
        """The session of the request; what a refused one says is read as far as it can be."""
        operation = service.operation if service is not None else None
        values = match[1] if match is not None else ()
        if operation is not None and operation.members and request.content is ABSENT:
            request.content = _parsed(request.body)
        if self.sessions.bound and (refused or operation is None):
            if operation is not None and request.path.keys() != set(operation.path_names):
                request.path = dict(zip(operation.path_names, map(_decoded, values), strict=True))
            if request.content is ABSENT and request.body:
                request.content = _parsed(request.body)

        def resources() -> Iterable[Resource]:
            return () if operation is None else named(operation, request, values)

        return self.sessions.open(request, resources)

    # answer -------------------------------------------------------------------------------

    def _answer(
        self, service: Service, request: Request, session: Session, now: datetime
    ) -> Answered:
        """The reply to an accepted request; its status is 0 where it has to wait for the deed."""
        preferred = service.answerer.preferred(request, session)
        if preferred is not None:
            return UNSTEERED, Deed(self._unknown_scenario(service, request) or preferred)
        steering, scripted = self._steer(service, request, session)
        if scripted is not None:
            deed = Deed(scripted)
        else:
            steering, deed = self._do(service, request, session, steering, now)
        return _said(steering, deed, request, session)

    def _steer(self, service: Service, request: Request, session: Session) -> Followed:
        """What scenarios and rules make of an accepted request."""
        operation = service.operation
        plan = session.plans.get(operation.id)
        if plan is None:
            plan = session.plans[operation.id] = plan_of(operation, session, self.library)
        chosen = request.headers.get(SCENARIO)
        if chosen is None and not session.kept:
            scripts = plan.whole
            if not any_may_apply(scripts, request):
                return plan.idle
        else:
            known = plan.chosen.get(chosen) if chosen is not None and not session.kept else None
            if known is None:
                unknown = self._unknown_scenario(service, request)
                if unknown is not None:
                    return Followed(UNSTEERED, unknown)
                known = scripts_of(plan, request, session)
            scripts = known
        followed = follow(scripts, request, session)
        fault = followed.steering.fault
        if fault is None or not fault.before_deed or fault.broken:
            return followed
        if followed.reply is None:
            return followed._replace(reply=LOST)
        # A scenario's reply does no deed: it is late like any other.
        late = replace(fault, before_deed=False)
        return followed._replace(steering=followed.steering._replace(fault=late))

    def _do(
        self,
        service: Service,
        request: Request,
        session: Session,
        steering: Steering,
        now: datetime,
    ) -> Answered:
        """The deed: what the simulation replies and changes, else the normal reply."""
        if not service.answerer.simulated:
            return steering, Deed(service.answerer.normal(request, session))
        operation = service.operation
        header = request.headers.get(SCENARIO, b"")
        gave = self.staging.seed(session, operation.stem, operation.id, header)
        fired = session.settle(now) if gave else ()
        staged = self.staging.course(operation.id, session.scenarios, header)
        if steering.courses:
            staged = staged.ruled(steering.courses)
        deed = service.answerer.decided(request, session, now, staged.courses)
        if fired:
            deed = deed._replace(fired=(*fired, *deed.fired))
        if deed.touched and staged.courses.scenarios:
            names = dict.fromkeys((*steering.scenarios, *staged.courses.scenarios))
            steering = steering._replace(scenarios=tuple(names))
        return steering, deed

    def _unknown_scenario(self, service: Service, request: Request) -> Reply | None:
        """The problem of naming a scenario that is not there, None for all that are."""
        chosen = request.headers.get(SCENARIO)
        try:
            if chosen is not None:
                self.library.chosen(service.operation.id, chosen)
        except UnknownScenario as error:
            return problem(400, str(error), members={"valid_scenarios": list(error.valid)})
        return None

    # commit -------------------------------------------------------------------------------

    def _commit(
        self,
        exchange: Exchange,
        service: Service | None,
        session: Session,
        own: Reply | None = None,
    ) -> None:
        """Remember the exchange and what it made, as the deed itself says where a rule replies."""
        session.journal.record(exchange)
        reply = exchange.reply
        if service is None:
            if not exchange.operation:
                self.coverage.met("", reply.status)
            return
        operation = service.operation
        if reply.source is not Source.MOCKSERVER:  # the provider did not say that
            self.coverage.met(operation.id, reply.status, exchange.steering.scenarios)
        reply = own or reply
        if exchange.violations or not _is_success(reply):
            return
        request = exchange.request
        if operation.creates:
            chosen = request.headers.get(SCENARIO)
            read = partial(_parsed, reply.body)
            for resource in created(operation, request, reply.status, read, reply.headers):
                self.sessions.creates(session, resource)
                session.keep(resource, chosen)
        elif operation.method == "DELETE" and operation.path.endswith("}"):
            for resource in itertools.islice(addressed(operation, request), 1):  # the innermost
                self.sessions.deletes(session, resource)
                session.keep(resource, None)


def _resumed(exchange: Exchange) -> tuple[Session, int]:
    """The session in which an exchange waited, and which of its lives that was."""
    session, life = exchange.waits_in
    exchange.waits_in = None
    return session, life


def _said(steering: Steering, deed: Deed, request: Request, session: Session) -> Answered:
    """The deed with what a rule replies instead of its success, if one does."""
    after, own = steering.after, deed.reply
    if after is None or own is LOST:
        return steering, deed
    steering = steering._replace(after=None)  # it is decided now
    if own.source is Source.MOCKSERVER or not _is_success(own):
        return steering, deed
    reply, broken = after.write(request, session)
    names = dict.fromkeys((after.name, *steering.scenarios))
    told = steering._replace(scenarios=tuple(names), breaches=broken, instead_of=own.status)
    return told, deed._replace(reply=reply, own=own)


def _is_success(reply: Reply) -> bool:
    return OK <= reply.status < OK + 100


def _decoded(raw: bytes) -> str:
    return unquote_to_bytes(raw).decode(errors="replace")


def _parsed(body: bytes) -> Json:
    """The value of a JSON body, `ABSENT` for what is none or is nested too deeply."""
    try:
        return loads(body)
    except (ValueError, Malformed):
        return ABSENT
