"""Operations of the admin API on what happened: lists, explanations, counts, verifications, waits.

Nothing waits here; who may wait, and until when, is `waiting`'s.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Final

import orjson

from mockserver.check import acceptable
from mockserver.contract.bodies import Form
from mockserver.contract.replies import ReplyMedia, encode
from mockserver.criteria import KEYS, QUERY_KEYS, Criteria, criteria_of, criteria_of_query, matches
from mockserver.criterion import CriteriaError, Names, shown
from mockserver.engine import Engine
from mockserver.errors import nearest
from mockserver.exchange import Exchange
from mockserver.explanation import record, summary, text
from mockserver.har import har, ndjson
from mockserver.journal import Journal
from mockserver.message import ABSENT, Header, Json, Request
from mockserver.pointer import pointer
from mockserver.server.problems import Answer, Problem
from mockserver.session import SessionError
from mockserver.simulation import Decision
from mockserver.verification import BOUNDS, count, miss_record, nearest_misses, select, verify

LIMIT: Final = 100  # requests in a list, unless told
EXPORTED: Final = 1_000  # requests in an export, unless told
SLICE: Final = 50  # of them are written in one go, which takes a few milliseconds
VERIFYING: Final = (*KEYS, *BOUNDS, "in_order")
HAR: Final = "exportHar"
FORMS: Final = (
    ReplyMedia("application/json", Form.JSON, None, {}),
    ReplyMedia("text/plain", Form.TEXT, None, {}),
)


class Evidence:
    """What happened in the sessions.

    Args:
        engine: The engine of the contracts.
        version: Of this package.
    """

    def __init__(self, engine: Engine, version: str) -> None:
        self._sessions = engine.sessions
        self._version = version
        self._engine = engine

    @cached_property
    def _names(self) -> Names:
        """What criteria may name; scenarios are read only when somebody asks."""
        operations = [operation.id for operation in self._engine.table.operations]
        return Names(operations, self._engine.library.scenarios)

    def operations(self) -> Mapping[str, Answer]:
        """By operationId."""
        return {
            "listRequests": self._list,
            "forgetRequests": self._forget,
            "explainRequest": self._explain,
            "countRequests": self._count,
            "countRequestsByCriteria": self._count,
            "verifyRequests": self._verify,
            "waitForRequest": self._wait,
            "waitForRequestByCriteria": self._wait,
            HAR: self._har,
            "exportNdjson": self._ndjson,
        }

    def missing(self, request: Request) -> Callable[[], Journal | None]:
        """Looks for what a wait is for; gives the journal that does not have it yet.

        None means that the reply can be given: there is one, or there never can be, which the
        reply says. Every exchange is looked at once, however often this is asked.
        """
        try:
            criteria = self._criteria(request)
        except CriteriaError:
            return lambda: None
        seen = ""  # id of the newest that was looked at

        def look() -> Journal | None:
            nonlocal seen
            try:
                journal = self._journal(request)
            except SessionError:
                return None
            fresh = journal.since(seen)
            seen = fresh[0].id if fresh else seen
            return None if any(matches(criteria, each) for each in fresh) else journal

        return self._engine.sessions.store.atomic(look)

    def _journal(self, request: Request) -> Journal:
        """Of the session of the path; raises `SessionError` (404)."""
        return self._sessions.get(request.path["session"]).journal

    def _criteria(self, request: Request) -> Criteria:
        """From the body, or else from the query; raises `CriteriaError`."""
        if request.content is not ABSENT:
            return criteria_of(request.content, self._names)
        asked = {name: request.query[name] for name in QUERY_KEYS if name in request.query}
        return criteria_of_query(asked, self._names)

    def _asked(self, request: Request) -> tuple[Journal, Criteria]:
        """Where to look, and for what; raises `SessionError` and `CriteriaError`."""
        return self._journal(request), self._criteria(request)

    def _list(self, request: Request) -> Decision:
        journal = self._journal(request)
        found = select(journal, self._criteria(request), newest=True)
        shown = found[: request.query.get("limit", LIMIT)]
        listed = {"requests": list(map(summary, shown)), "total": len(found)}
        return Decision(200, listed | {"dropped": journal.dropped})

    def _forget(self, request: Request) -> Decision:
        self._journal(request).clear()
        return Decision(204, None)

    def _explain(self, request: Request) -> Decision:
        journal, name = self._journal(request), request.path["request"]
        exchange = journal.get(name)
        if exchange is None:
            dropped = f"; {journal.dropped} were dropped" if journal.dropped else ""
            where = f"in the session {request.path['session']!r}"
            raise Problem(404, f"There is no request {name!r} {where}{dropped}")
        form = acceptable(FORMS, request.headers.get(b"accept"))
        return Decision(200, text(exchange) if form is FORMS[1] else record(exchange))

    def _count(self, request: Request) -> Decision:
        journal = self._journal(request)
        found = count(journal, self._criteria(request))
        return Decision(200, {"count": found, "dropped": journal.dropped})

    def _verify(self, request: Request) -> Decision:
        journal = self._journal(request)
        _check_keys(request.content)
        return Decision(200, verify(journal, request.content, self._names))

    def _wait(self, request: Request) -> Decision:
        """As it is now, with nothing left to wait for."""
        journal, criteria = self._journal(request), self._criteria(request)
        found = select(journal, criteria, limit=1, newest=True)
        near = [] if found else nearest_misses(journal, criteria)
        told: Json = {"matched": bool(found), "request": record(found[0]) if found else None}
        return Decision(200, told | {"nearest": list(map(miss_record, near))})

    def _har(self, request: Request) -> Decision:
        """The file without its requests, which `exported` adds."""
        self._asked(request)
        return Decision(200, har((), self._version), _file(request, "har"))

    def _ndjson(self, request: Request) -> Decision:
        """As `_har`."""
        self._asked(request)
        return Decision(200, "", _file(request, "ndjson"))

    def _exchanges(self, request: Request) -> list[Exchange]:
        """What an export is of: the newest that are meant, oldest first."""
        limit = request.query.get("limit", EXPORTED)
        return select(*self._asked(request), limit=limit, newest=True)[::-1]

    async def exported(self, name: str, request: Request) -> bytes:
        """The whole file of an export that could be decided.

        Thousands of requests take most of a second to write. It is done slice by slice on the loop,
        where others are answered in between; no thread ever reads an exchange half decided. What is
        exported are those that the journal had when it was asked for.

        Args:
            name: The operation, `exportHar` or `exportNdjson`.
            request: As it was decided.
        """
        exchanges = self._engine.sessions.store.atomic(self._exchanges)(request)
        slices = (exchanges[at : at + SLICE] for at in range(0, len(exchanges), SLICE))
        written: list[bytes] = []
        for each in slices:
            written += map(encode, _entries(each)) if name == HAR else [ndjson(each)]
            await asyncio.sleep(0)
        if name != HAR:
            return b"".join(written)
        document = har((), self._version)
        document["log"]["entries"] = list(map(orjson.Fragment, written))
        return orjson.dumps(document)


def _check_keys(node: Mapping[str, Json]) -> None:
    """Raise `CriteriaError` for a key that no verification has; criteria know nothing of bounds."""
    for key in node:
        if key not in VERIFYING:
            reason = f"there is no criterion {shown(key)}"
            close = nearest(key, VERIFYING)
            raise CriteriaError(pointer([key]), reason, ", ".join(VERIFYING), close)


def _entries(exchanges: Sequence[Exchange]) -> list[Json]:
    """The entries of a HAR document."""
    entries: list[Json] = har(exchanges, "")["log"]["entries"]
    return entries


def _file(request: Request, suffix: str) -> tuple[Header, ...]:
    """A name under which browsers save it."""
    name = f"{request.path['session']}.{suffix}"
    return ((b"content-disposition", f'attachment; filename="{name}"'.encode()),)
