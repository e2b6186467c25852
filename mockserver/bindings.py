"""Business values that lead a request to a session, when its caller cannot say which.

A value is looked for in one place: a path, query or header parameter, or a JSON pointer into the
body. Contracts call the same thing by other names (`org`, `org_id`), so the name `*` means any
parameter of the path. One value leads to one session; a body that does not parse binds nothing.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from mockserver.match import finder, written
from mockserver.message import ABSENT, Json, Request
from mockserver.session import SessionError

BINDINGS_MAX: Final = 10_000
ANY_OF_PATH: Final = ("path", "*")


class Binding(NamedTuple):
    """Where a value is looked for, and the value.

    Attributes:
        location: "path", "query", "headers" or "body".
        name: Parameter or header name, or JSON pointer into the body; `*` for any of the path.
        value: As text, percent-decoded.
    """

    location: str
    name: str
    value: str


class Bindings:
    """All bindings of all sessions."""

    def __init__(self) -> None:
        self._owners: dict[Binding, str] = {}
        # By session, as written: to drop one takes as long as it has bindings.
        self._held: dict[str, dict[Binding, Binding]] = {}
        # By place, so that a request is read once for each place and not for each value.
        self._places: dict[tuple[str, str], tuple[Callable[[Request], Json], dict[str, str]]] = {}

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._owners)

    def add(self, binding: Binding, session: str) -> None:
        """Let a value lead to a session; again is no error.

        Raises:
            SessionError: 409 when it leads to another one, 409 beyond the ceiling.
        """
        as_written = binding
        if binding.location == "headers":  # one place in any case
            binding = binding._replace(name=binding.name.lower())
        owner = self._owners.get(binding)
        if owner == session:
            return
        where = f"{binding.location} {binding.name}"
        if owner is not None:
            raise SessionError(409, f"This value of {where} is bound to the session {owner!r}")
        if len(self._owners) >= BINDINGS_MAX:
            raise SessionError(409, f"There are {BINDINGS_MAX} bindings, the most there may be")
        self._owners[binding] = session
        self._held.setdefault(session, {})[binding] = as_written
        place = binding.location, binding.name
        if place not in self._places:
            find = _any_of_path if place == ANY_OF_PATH else finder(*place)
            self._places[place] = find, {}
        self._places[place][1][binding.value] = session

    def of(self, session: str) -> Iterator[Binding]:
        """The bindings of a session, oldest first."""
        return iter(tuple(self._held.get(session, {}).values()))

    def drop(self, session: str) -> None:
        """Forget the bindings of a session."""
        for binding in self._held.pop(session, {}):
            del self._owners[binding]
            place = binding.location, binding.name
            values = self._places[place][1]
            del values[binding.value]
            if not values:
                del self._places[place]

    def session_of(self, request: Request) -> str | None:
        """The session that a value of the request leads to, None when none does."""
        for find, owners in self._places.values():
            found = find(request)
            if found is ABSENT:
                continue
            for value in found if isinstance(found, list) else (found,):
                owner = owners.get(written(value))
                if owner is not None:
                    return owner
        return None


def _any_of_path(request: Request) -> Json:
    return list(request.path.values())
