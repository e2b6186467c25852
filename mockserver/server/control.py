"""Operations of the admin API that steer: sessions, their scenarios, rules and bindings."""

from collections.abc import Iterable, Mapping
from typing import Final

from mockserver.bindings import Binding
from mockserver.clock import REAL
from mockserver.engine import Engine
from mockserver.fit import hides
from mockserver.library import UNNAMED, Posted
from mockserver.match import Condition
from mockserver.message import ABSENT, Header, Json, Request
from mockserver.pointer import is_pointer, pointer
from mockserver.secrecy import REDACTED, redacted
from mockserver.server.clocks import setting_of
from mockserver.server.inventory import origin
from mockserver.server.problems import TOLD_MAX, Answer, Problem, unknown
from mockserver.session import Session, SessionError
from mockserver.simulation import Decision

PATH: Final = "/__admin/sessions"
DONE: Final = Decision(204, None)
BINDING: Final = ("in", "name", "value")
# Where a value is, in the words of OpenAPI and in those of `match`.
LOCATIONS: Final = {"path": "path", "query": "query", "header": "headers", "body": "body"}
SAID: Final = {location: said for said, location in LOCATIONS.items()}


class Control:
    """What steers.

    Args:
        engine: The engine of the contracts.
        port: Where the contracts are served when the admin API has a port of its own.
    """

    def __init__(self, engine: Engine, *, port: int | None = None) -> None:
        self._engine = engine
        self._sessions = engine.sessions
        self._port = port

    def operations(self) -> Mapping[str, Answer]:
        """By operationId."""
        return {
            "listSessions": self._list_sessions,
            "makeSession": self._make_session,
            "readSession": self._read_session,
            "dropSession": self._drop_session,
            "resetSession": self._reset_session,
            "listActiveScenarios": self._list_active,
            "activateScenarios": self._activate,
            "listRules": self._list_rules,
            "addRule": self._add_rule,
            "dropRules": self._drop_rules,
            "readRule": self._read_rule,
            "dropRule": self._drop_rule,
            "listBindings": self._list_bindings,
            "bind": self._bind,
            "unbind": self._unbind,
        }

    def _session(self, request: Request) -> Session:
        """The session of the path; raises `SessionError` (404)."""
        return self._sessions.get(request.path["session"])

    # sessions -----------------------------------------------------------------------------

    def _list_sessions(self, request: Request) -> Decision:
        return Decision(200, [self._record(each, request) for each in self._sessions])

    def _make_session(self, request: Request) -> Decision:
        """Whatever can fail without a session is tried before there is one."""
        asked: Json = {} if request.content is ABSENT else request.content
        scenarios = self._chosen(asked)
        bindings = list(map(binding_of, asked.get("bindings", ())))
        clock = setting_of(asked["clock"]) if "clock" in asked else REAL
        made = self._sessions.make(asked.get("name"), seed=asked.get("seed"), scenarios=scenarios)
        made.begin(clock)
        try:
            self._sessions.bind(made, *bindings)
        except SessionError:
            self._sessions.drop(made.name)
            raise
        return Decision(201, self._record(made, request), _located(f"{PATH}/{made.name}"))

    def _read_session(self, request: Request) -> Decision:
        return Decision(200, self._record(self._session(request), request))

    def _drop_session(self, request: Request) -> Decision:
        session = self._session(request)
        self._sessions.drop(session.name)
        for wake in tuple(session.journal.watchers):  # nothing will come there any more
            wake()
        return DONE

    def _reset_session(self, request: Request) -> Decision:
        session = self._session(request)
        self._sessions.reset(session)
        return Decision(200, self._record(session, request))

    def _record(self, session: Session, request: Request) -> Json:
        return {
            "name": session.name,
            "seed": session.seed,
            "scenarios": list(session.scenarios),
            "rules": len(session.rules),
            "bindings": sum(1 for _ in self._sessions.bindings(session)),
            "requests": len(session.journal),
            "dropped": session.journal.dropped,
            "base_url": f"{origin(request, self._port)}/__s/{session.name}",
        }

    # scenarios ----------------------------------------------------------------------------

    def _list_active(self, request: Request) -> Decision:
        return Decision(200, {"scenarios": list(self._session(request).scenarios)})

    def _activate(self, request: Request) -> Decision:
        session = self._session(request)
        session.activate(self._chosen(request.content))
        return self._list_active(request)

    def _chosen(self, asked: Json) -> tuple[str, ...]:
        """The ids that names and tags mean; raises `UnknownName`."""
        return self._engine.library.resolve(asked.get("scenarios", ()), asked.get("tags", ()))

    # rules --------------------------------------------------------------------------------

    def _list_rules(self, request: Request) -> Decision:
        session = self._session(request)
        return Decision(200, [self._rule_record(session, name) for name in session.rules])

    def _add_rule(self, request: Request) -> Decision:
        """What is refused takes no id."""
        session = self._session(request)
        posted = self._engine.library.post(UNNAMED, request.content)
        if not posted.scripts:
            raise Problem(400, f"No operation is meant by {', '.join(posted.rule.on)}")
        rules = {rule: self._engine.library.posted(session, rule) for rule in session.rules}
        earlier = hiding(rules, posted)
        if earlier is not None:
            text = f"The rule would never apply: {earlier} takes all that it would, without an end"
            raise Problem(409, text, nearest=[earlier])
        name = session.next_rule_id()
        session.add(name, posted.node, posted.named(name))
        location = f"{PATH}/{session.name}/rules/{name}"
        return Decision(201, self._rule_record(session, name), _located(location))

    def _drop_rules(self, request: Request) -> Decision:
        session = self._session(request)
        for name in tuple(session.rules):
            session.withdraw(name)
        return DONE

    def _read_rule(self, request: Request) -> Decision:
        return Decision(200, self._rule_record(*self._rule(request)))

    def _drop_rule(self, request: Request) -> Decision:
        session, name = self._rule(request)
        session.withdraw(name)
        return DONE

    def _rule(self, request: Request) -> tuple[Session, str]:
        session = self._session(request)
        name = request.path["rule"]
        if name not in session.rules:
            raise unknown("rule", name, session.rules)
        return session, name

    def _rule_record(self, session: Session, name: str) -> Json:
        return rule_record(name, self._engine.library.posted(session, name), session.used(name))

    # bindings -----------------------------------------------------------------------------

    def _list_bindings(self, request: Request) -> Decision:
        return _told(self._sessions.bindings(self._session(request)), 200)

    def _bind(self, request: Request) -> Decision:
        session = self._session(request)
        asked = request.content if isinstance(request.content, list) else [request.content]
        bindings = list(map(binding_of, asked))
        self._sessions.bind(session, *bindings)
        return _told(bindings, 201)

    def _unbind(self, request: Request) -> Decision:
        session = self._session(request)
        given = [name for name in BINDING if name in request.query]
        if not given:
            self._sessions.unbind(session)
            return DONE
        if len(given) < len(BINDING):
            raise Problem(400, "One binding is meant by in, name and value together; all by none")
        binding = binding_of(request.query)
        before = list(self._sessions.bindings(session))
        left = [each for each in before if each.key != binding.key]
        if left == before:
            value = f"This value of {SAID[binding.location]} {binding.name[:TOLD_MAX]}"
            raise Problem(404, f"{value} is not bound to the session {session.name!r}")
        self._sessions.unbind(session)
        self._sessions.bind(session, *left)
        return DONE


def hiding(rules: Mapping[str, Posted], posted: Posted) -> str | None:
    """The last of earlier rules that leave nothing to a new one; None when something is left.

    A rule that is hidden for some of its operations still applies to the others.
    """
    left = set(posted.scripts)
    for name, earlier in rules.items():
        if earlier.rule.final and hides(earlier.rule, posted.rule):
            left -= earlier.scripts.keys()
            if not left:
                return name
    return None


def rule_record(name: str, posted: Posted, used: int) -> Json:
    """A rule that was written on the spot, as JSON, less the secrets that it waits for."""
    node = posted.node
    if "when" in node:
        node = node | {"when": conditions_record(node["when"])}
    return {"id": name, "rule": node, "operations": list(posted.scripts), "used": used}


def conditions_record(when: Json) -> Json:
    """The conditions of a rule, less the values of secrets; that there is none may be told."""
    return {
        location: {
            name: REDACTED
            if Condition(location, name, {}).secret and test != {"absent": True}
            else redacted(test)
            for name, test in tests.items()
        }
        for location, tests in when.items()
    }


def binding_of(node: Json) -> Binding:
    """A binding from a node of the shape of `Binding`; raises `Problem` for a bad pointer."""
    location, name = LOCATIONS[node["in"]], node["name"]
    if location == "body" and not (name and is_pointer(name)):
        text = f"In the body a value is found by a JSON pointer, such as {pointer([name])!r}"
        raise Problem(400, text)
    return Binding(location, name, node["value"])


def binding_record(binding: Binding) -> Json:
    """A binding as JSON, less the value of a secret."""
    secret = Condition(binding.location, binding.name, {}).secret
    value = REDACTED if secret else binding.value
    return {"in": SAID[binding.location], "name": binding.name, "value": value}


def _told(bindings: Iterable[Binding], status: int) -> Decision:
    return Decision(status, list(map(binding_record, bindings)))


def _located(path: str) -> tuple[Header, ...]:
    return ((b"location", path.encode()),)
