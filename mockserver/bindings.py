"""Business values that lead a request to a session, when its caller cannot say which.

A value is looked for in one place: a path, query or header parameter, or a JSON pointer into the
body. Contracts call the same thing by other names (`org`, `org_id`), so the name `*` means any
parameter of the path. One value leads to one session; a body that does not parse binds nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from mockserver.match import finder, written
from mockserver.message import ABSENT, Json, Request
from mockserver.session import SessionError

BINDINGS_MAX: Final = 10_000
PLACES_MAX: Final = 50  # every request without a session is read once for each
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

    @property
    def place(self) -> tuple[str, str]:
        """Where the value is looked for."""
        return self.location, self.name

    @property
    def key(self) -> "Binding":
        """The binding as it is compared: a header is one place, however its name is written."""
        return self._replace(name=self.name.lower()) if self.location == "headers" else self


class Lead(NamedTuple):
    """What a value of a request leads to, and where it stands: `body /externalReference`."""

    session: str
    place: str


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
        """`add_all` of one."""
        self.add_all([binding], session)

    def add_all(self, bindings: Iterable[Binding], session: str) -> list[Binding]:
        """Let values lead to a session, all or none; again is no error.

        Returns:
            Those that were not bound before, as written.

        Raises:
            SessionError: 409 when one leads to another one, 409 beyond the ceilings.
        """
        new: dict[Binding, Binding] = {}
        for as_written in bindings:
            binding = as_written.key
            owner = self._owners.get(binding, session)
            if owner != session:
                where = " ".join(binding.place)
                raise SessionError(409, f"This value of {where} is bound to the session {owner!r}")
            if binding not in self._owners:
                new.setdefault(binding, as_written)
        if len(self._owners) + len(new) > BINDINGS_MAX:
            there = f"There are {len(self._owners)} bindings"
            raise SessionError(409, f"{there}; {BINDINGS_MAX} are the most there may be")
        if len(self._places.keys() | {each.place for each in new}) > PLACES_MAX:
            text = f"Values are bound in {PLACES_MAX} places (location and name), the most there"
            raise SessionError(409, f"{text} may be; in those there may be more values")
        for binding, as_written in new.items():
            self._add(binding, as_written, session)
        return list(new.values())

    def _add(self, binding: Binding, as_written: Binding, session: str) -> None:
        self._owners[binding] = session
        self._held.setdefault(session, {})[binding] = as_written
        place = binding.place
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
            values = self._places[binding.place][1]
            del values[binding.value]
            if not values:
                del self._places[binding.place]

    def lead_of(self, request: Request) -> Lead | None:
        """The session that a value of the request leads to, None when none does."""
        for (location, name), (find, owners) in self._places.items():
            found = find(request)
            if found is ABSENT:
                continue
            for value in found if isinstance(found, list) else (found,):
                owner = owners.get(written(value))
                if owner is not None:
                    return Lead(owner, f"{location.removesuffix('s')} {name}")
        return None


def _any_of_path(request: Request) -> Json:
    return list(request.path.values())
