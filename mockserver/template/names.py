"""What templates can name: `request`, `now`, `uuid`, `faker`, `session`, `range`."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC
from typing import Final

from mockserver.clock import Moment
from mockserver.message import ABSENT, Json, Request
from mockserver.template.fake import fake_of, uuid_of
from mockserver.template.filters import range_of


class _Headers(Mapping[str, str]):
    """Headers by lower-case name; `x_request_id` and `X-Request-Id` are understood too."""

    __slots__ = ("_values",)

    def __init__(self, headers: Mapping[bytes, bytes]) -> None:
        self._values = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in headers.items()
        }

    def __getitem__(self, name: str) -> str:
        usual = str(name).lower()
        found = self._values.get(usual)
        return self._values[usual.replace("_", "-")] if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


REQUEST: Final = frozenset({"method", "path", "query", "headers", "body", "raw_path"})


class Asked:
    """The request as templates see it: no bytes, and nothing but these names."""

    __slots__ = ("_request",)

    def __init__(self, request: Request) -> None:
        self._request = request

    @property
    def method(self) -> str:
        """As it was sent, `GET`."""
        return self._request.method

    @property
    def raw_path(self) -> str:
        """As it was sent, percent-encoded."""
        return self._request.raw_path.decode("latin-1")

    @property
    def path(self) -> Json:
        """Parsed values by name, a copy."""
        return dict(self._request.path)

    @property
    def query(self) -> Json:
        """Parsed values by name, a copy."""
        return dict(self._request.query)

    @property
    def headers(self) -> Mapping[str, str]:
        """By name in any case; of `-` and `_` either will do."""
        return _Headers(self._request.headers)

    @property
    def body(self) -> Json:
        """JSON as it was parsed, None for none."""
        content = self._request.content
        return None if content is ABSENT else content


MAKERS: Final[Mapping[str, Callable[[Request, Moment, str], Json]]] = {
    "request": lambda request, _moment, _session: Asked(request),
    "now": lambda _request, moment, _session: moment.now.astimezone(UTC),
    "uuid": uuid_of,
    "faker": fake_of,
    "session": lambda _request, _moment, session: session,
    "range": lambda *_step: range_of,
}
NAMES: Final = frozenset(MAKERS)
