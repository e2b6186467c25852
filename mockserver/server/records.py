"""Operations of the admin API on what the simulations of a session remember.

Whoever looks at records sees what a request to the APIs would meet: first what scenarios give is
there, and what is due has happened.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import quote

import orjson

from mockserver.adoption import data_findings
from mockserver.clock import stamp, whole
from mockserver.course import Timing, course_record
from mockserver.disclosure import data_of
from mockserver.engine import Engine
from mockserver.errors import Finding, LoadError, nearest_first
from mockserver.explanation import fired_record
from mockserver.lifecycle import Lifecycle
from mockserver.message import ABSENT, Json, Request
from mockserver.record import SEPARATOR, Conflict, Full, Gone, Record
from mockserver.server.problems import Answer, Problem, unknown
from mockserver.session import Session
from mockserver.simulation import Collection, Decision
from mockserver.timeline import Fired, step

PATH: Final = "/__admin/sessions/"
LIMIT: Final = 100  # records in a list, unless told
COMPARED_MAX: Final = 1_000  # ids that are compared with one that does not exist
NOT_CHANGED: Final = "; nothing is changed"


class Records:
    """What the sessions remember.

    Args:
        engine: The engine of the contracts.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._collections = engine.staging.collections

    def operations(self) -> Mapping[str, Answer]:
        """By operationId."""
        return {
            "listCollections": self._list_collections,
            "listRecords": self._list,
            "readRecord": self._read,
            "putRecord": self._put,
            "dropRecord": self._drop,
            "stepRecord": self._step,
        }

    # where it is --------------------------------------------------------------------------

    def _session(self, request: Request, *collections: Collection) -> Session:
        """The session of the path as it is now; raises `SessionError` (404)."""
        session = self._engine.sessions.get(request.path["session"])
        wanted = {stem for each in collections for stem in each.apis}
        everywhere = not all(each.apis for each in collections)
        for contract in self._engine.contracts:
            if everywhere or contract.stem in wanted:
                self._engine.staging.seed(session, contract.stem)
        session.settle()
        return session

    def _collection(self, request: Request) -> tuple[Session, Collection]:
        """Session and collection of the path; raises `SessionError` and `Problem` (404)."""
        self._engine.sessions.get(request.path["session"])
        name = request.path["collection"]
        collection = self._collections.get(name)
        if collection is None:
            raise unknown("collection", name, self._collections)
        return self._session(request, collection), collection

    def _record(self, request: Request) -> tuple[Session, Collection, Record]:
        """The record of the path, and where it is; raises `SessionError` and `Problem` (404)."""
        session, collection = self._collection(request)
        name = request.path["id"]
        record = session.records.get(collection.name, name)
        if record is None:
            known = itertools.islice(session.records.all(collection.name), COMPARED_MAX)
            raise unknown(f"record of {collection.name}", name, (each.id for each in known))
        return session, collection, record

    def _check_remembers(self) -> None:
        """Raise `Problem` (409) where no operation would read what is put."""
        if not self._engine.remembers:
            text = "The server remembers nothing (--state none): no operation reads records"
            raise Problem(409, text)

    # look ---------------------------------------------------------------------------------

    def _list_collections(self, request: Request) -> Decision:
        session = self._session(request, *self._collections.values())
        count = session.records.count
        listed = [collection_record(each, count(each.name)) for each in self._collections.values()]
        return Decision(200, listed)

    def _list(self, request: Request) -> Decision:
        session, collection = self._collection(request)
        offset = request.query.get("offset", 0)
        limit = request.query.get("limit", LIMIT)
        key, value = request.query.get("key"), request.query.get("value")
        if key is None and value is None:
            total = session.records.count(collection.name)
            found: Iterator[Record] = iter(session.records.all(collection.name))
        else:
            having = _having(session, collection, key, value)
            total, found = len(having), iter(having)
        shown = itertools.islice(found, offset, offset + limit)
        return Decision(200, {"records": list(map(record_record, shown)), "total": total})

    def _read(self, request: Request) -> Decision:
        _, _, record = self._record(request)
        return Decision(200, record_record(record))

    # change -------------------------------------------------------------------------------

    def _put(self, request: Request) -> Decision:
        session, collection = self._collection(request)
        self._check_remembers()
        name = request.path["id"]
        data = identified_data(collection, name, request.content)
        _check_data(session, collection, data)
        record = self._engine.staging.adopt(session, collection, data)
        if record.id != name:
            text = f"The data are those of the record {record.id!r}, by {_identity(collection)}"
            raise Problem(400, text, nearest=[record.id])
        known = session.records.get(collection.name, name) is not None
        _committed(lambda: session.records.commit([record], counted=False))
        session.settle()
        now = session.records.get(collection.name, name) or record
        if known:
            return Decision(200, record_record(now))
        path = (session.name, "records", collection.name, name)
        location = PATH + "/".join(quote(part, safe="") for part in path)
        return Decision(201, record_record(now), ((b"location", location.encode()),))

    def _drop(self, request: Request) -> Decision:
        session, _, record = self._record(request)
        session.records.commit([Gone(record.collection, record.id)])
        return Decision(204, None)

    def _step(self, request: Request) -> Decision:
        """What follows at once has happened too when the reply is given."""
        self._collection(request)
        self._check_remembers()
        session, collection, record = self._record(request)
        asked: Mapping[str, Json] = {} if request.content is ABSENT else request.content
        fired = _stepped(session, chosen_outcome(collection, record, asked))
        followed = session.settle()
        after = session.records.get(collection.name, record.id)
        told = {
            "fired": [fired_record(each) for each in (fired, *followed)],
            "record": record_record(after) if after is not None else None,
        }
        return Decision(200, told)


def collection_record(collection: Collection, count: int) -> Json:
    """A kind of records, as JSON."""
    return {
        "collection": collection.name,
        "summary": collection.summary,
        "apis": list(collection.apis),
        "identity": list(collection.identity),
        "keys": list(collection.keys),
        "phases": _outcomes_by_phase(collection.lifecycle),
        "schema": collection.schema,
        "records": count,
    }


def _outcomes_by_phase(lifecycle: Lifecycle | None) -> Json:
    """What a course may speak of, and the outcomes that it may choose, the usual one first."""
    return {each: lifecycle.outcomes(each) for each in lifecycle.waited} if lifecycle else {}


def record_record(record: Record) -> Json:
    """A record as JSON, less its secrets."""
    progress = record.progress
    return {
        "collection": record.collection,
        "id": record.id,
        "data": data_of(record),
        "phase": progress.phase,
        "due": stamp(whole(progress.due)) if progress.due is not None else None,
        "polls": progress.polls,
        "course": course_record(progress.course),
        "scenarios": list(progress.scenarios),
    }


def _having(
    session: Session, collection: Collection, key: str | None, value: str | None
) -> list[Record]:
    """The records with a value of a key; raises `Problem` (400)."""
    if key is None or value is None:
        raise Problem(400, "Records are looked up by key and value together")
    if key not in collection.keys:
        near = nearest_first(key, collection.keys)
        allowed = ", ".join(near) or "none"
        text = f"{collection.name} has no key {key!r}; it has {allowed}"
        raise Problem(400, text, nearest=near)
    return [
        record
        for meant in _meant(value)
        for record in session.records.by(collection.name, key, meant)
        if record.data.get(key) == meant and type(record.data.get(key)) is type(meant)
    ]


def _meant(value: str) -> Iterator[Json]:
    """What a text of a query may mean: itself, or a number, true or false."""
    yield value
    try:
        scalar = orjson.loads(value)
    except orjson.JSONDecodeError:
        return
    if isinstance(scalar, bool | int | float):
        yield scalar


def identified_data(collection: Collection, name: str, data: Mapping[str, Json]) -> dict[str, Json]:
    """The data with the identity that the id says, where the identity is one member."""
    member, *others = collection.identity
    return dict(data) if others else {member: unidentified(name), **data}


def unidentified(name: str) -> str:
    """The value that alone makes an id; see `identified`."""
    return name.replace("%3A", SEPARATOR).replace("%25", "%")


def _check_data(session: Session, collection: Collection, data: Mapping[str, Json]) -> None:
    """Raise `LoadError` for data that are none of a record of the collection."""
    try:
        findings = list(data_findings(collection, data, "", ""))
    except ValueError as error:  # of the validator: beyond 255 levels
        raise Problem(400, "The data are nested too deeply") from error
    if not findings:
        whole_data = collection.completed(data, session.moment())
        findings = [
            Finding("", "", f"the key `{member}` is missing", f"`{member}`")
            for member in collection.identity
            if member not in whole_data
        ]
    if findings:
        raise LoadError(findings)


def _identity(collection: Collection) -> str:
    return ", ".join(collection.identity)


def _committed(change: Callable[[], object]) -> None:
    """Change records; raises `Problem`: 409 for what belongs to another one, 503 at the ceiling."""
    try:
        change()
    except Conflict as error:
        raise Problem(409, f"{error}{NOT_CHANGED}") from error
    except Full as error:
        raise Problem(503, f"{error}{NOT_CHANGED}") from error


# to end a phase by hand


def chosen_outcome(collection: Collection, record: Record, asked: Mapping[str, Json]) -> Record:
    """The record with the outcome that is asked for, or the one that its course chose.

    Raises:
        Problem: 409 where nothing is waited for, for ever, or not with this outcome by this
            record; 400 where the phase does not have the outcome.
    """
    lifecycle, progress = collection.lifecycle, record.progress
    if lifecycle is None or collection.elapse is None or not progress.phase:
        raise Problem(409, f"{_named(record)} waits for nothing{_in(record)}")
    if "then" in asked:
        then, code = asked["then"], asked.get("code", "")
        _check_outcome(lifecycle, progress.phase, then)
    else:
        then, code = progress.then, asked.get("code", progress.code)
    held = progress.held is not None and progress.held.phase == progress.phase
    if held or not lifecycle.waits(progress.phase, then, record.data):
        _check_guards(lifecycle, record, then)
        raise Problem(409, f"{_named(record)} waits for nothing{_in(record)}")
    if progress.timing is Timing.NEVER:
        text = f"{_named(record)} stays{_in(record)} for ever, as its course says"
        raise Problem(409, f"{text}: put it with another state, or under another course")
    if "then" in asked:
        _check_guards(lifecycle, record, then)
    return replace(record, progress=replace(progress, then=then, code=code))


def _check_outcome(lifecycle: Lifecycle, phase: str, then: str) -> None:
    if lifecycle.has(phase, then):
        return
    valid = dict.fromkeys(lifecycle.outcomes(phase))
    if lifecycle.tolerant:
        valid |= dict.fromkeys(lifecycle.states)
    near = nearest_first(then, valid)
    text = f"There is no outcome {then[:100]!r} of {phase}"
    raise Problem(400, f"{text}; there are {', '.join(near) or 'none'}", nearest=near)


def _check_guards(lifecycle: Lifecycle, record: Record, then: str) -> None:
    phase = record.progress.phase
    guards = [each.guard for each in lifecycle.provided(phase) if each.target == then]
    if guards and not any(guard.holds(record.data) for guard in guards):
        only = " or ".join(guard.text for guard in guards)
        raise Problem(409, f"{then} follows {phase} only for: {only}")


def _named(record: Record) -> str:
    return f"The record {record.id!r} of {record.collection}"


def _in(record: Record) -> str:
    return f" in {record.progress.phase}" if record.progress.phase else ""


def _stepped(session: Session, record: Record) -> Fired:
    """End the phase of a record now; raises `Problem`, and then nothing is changed."""
    try:
        return step(session.records, record, session.moment())
    except (Conflict, Full) as error:
        status = 409 if isinstance(error, Conflict) else 503
        raise Problem(status, f"{error}{NOT_CHANGED}") from error
