"""A session on trial: what its test expects of it, and what is verified when the test is over."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Self, Unpack

import httpx

from mockserver import calls
from mockserver.calls import FAILED, Call, Criteria
from mockserver.client import Client, Session
from mockserver.errors import NotVerified
from mockserver.facts import Seen, Summary, Verification
from mockserver.transport import InProcess

EXPLAINED_MAX: Final = 20  # requests in a report
STRANGERS_MAX: Final = 5  # of them that are told with the reason
NAME_MAX: Final = 80  # characters of a test's name in that of its session
UNPRINTABLE: Final = re.compile(r"[^A-Za-z0-9._-]+")


class MockSession(Session):
    """A session that holds what its test expects until the end; the fixture `mock_session` is one.

    Attributes:
        name, base_url, transport, scenarios, rules, clock: As of any session.
    """

    def __init__(self, wire: httpx.Client, told: Summary, transport: InProcess | None) -> None:
        super().__init__(wire, told, transport)
        self._expected: list[Call[Verification]] = []
        self._strangers_may_come = False

    @classmethod
    def of(
        cls, client: Client, test: str, *, scenarios: Iterable[str] = (), mark: str = ""
    ) -> Self:
        """Make the session of a test.

        Args:
            client: Of the server.
            test: What tells the test apart, such as pytest's node id. The name and the seed of the
                session come from it, so that whatever is drawn is the same in each run.
            scenarios: Those that are active.
            mark: Tells runs apart that share a server.
        """
        digest = hashlib.sha256(test.encode()).hexdigest()
        path, bracket, case = test.partition("[")  # what is in brackets may be anything
        own = path.rpartition("::")[2] + bracket + case
        last = UNPRINTABLE.sub("-", own).strip("._-")[:NAME_MAX] or "test"
        name = "-".join(filter(None, (last, digest[:8], mark)))
        made = calls.make("", name, scenarios=scenarios, seed=int(digest[:8], 16))
        return cls(client._wire, client._send(made), client.transport)  # noqa: SLF001 - one of its own

    def expect(
        self,
        *,
        exactly: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        never: bool = False,
        in_order: Sequence[Criteria] | None = None,
        **criteria: Unpack[Criteria],
    ) -> None:
        """Verify this in the end; the same arguments as `verify`.

        Raises:
            ClientError: At once, where the server does not understand it.
        """
        __tracebackhide__ = True
        call = calls.verify(
            self._at,
            exactly=exactly,
            at_least=at_least,
            at_most=at_most,
            never=never,
            in_order=in_order,
            **criteria,
        )
        self._met(call)
        self._expected.append(call)

    def allow_unmatched(self) -> None:
        """Let requests pass that no operation answers, or that the mock server had to answer."""
        self._strangers_may_come = True

    def settle(self) -> None:
        """Verify what is expected, and that nothing came that no operation answers.

        Raises:
            NotVerified: All that is not so.
        """
        failures = [text for text in map(self._met, self._expected) if text]
        strangers = () if self._strangers_may_come else tuple(self._strangers())
        if strangers:
            failures.append("\n".join(self._told(strangers)))
        if failures:
            raise NotVerified("\n\n".join(failures))

    def explanations(self) -> str:
        """Why each of the newest requests got its reply, the oldest first."""
        summary = self.read()
        newest = self.requests(limit=EXPLAINED_MAX)
        count = "1 request" if summary.requests == 1 else f"{summary.requests} requests"
        lines = [f"session {self.name}: {count}"]
        if summary.scenarios:
            lines[0] += f", scenarios {', '.join(summary.scenarios)}"
        if summary.requests > len(newest):
            lines.append(f"the newest {len(newest)} of them:")
        return "\n".join([*lines, *(self.explain(each.id).rstrip() for each in reversed(newest))])

    def _met(self, call: Call[Verification]) -> str:
        """What is told of an expectation that does not hold, "" where it does."""
        try:
            self._send(call)
        except NotVerified as error:
            return str(error)
        return ""

    def _strangers(self) -> Iterator[Seen]:
        """What nobody meant to ask, the oldest first; browsers ask with OPTIONS on their own."""
        ours = self.requests(source="mockserver", limit=1_000)
        unmatched = self.requests(operation="", limit=1_000)
        every = {each.id: each for each in (*ours, *unmatched)}
        for each in sorted(every.values(), key=lambda each: each.at):
            if each.method != "OPTIONS" and (each.status >= FAILED or not each.status):
                yield each

    def _told(self, strangers: Sequence[Seen]) -> Iterator[str]:
        count = f"{len(strangers)} requests were" if len(strangers) > 1 else "1 request was"
        yield f"{count} not for any of the APIs; allow_unmatched() lets that pass"
        for each in strangers[:STRANGERS_MAX]:
            yield self.explain(each.id).rstrip()
        if len(strangers) > STRANGERS_MAX:
            yield f"and {len(strangers) - STRANGERS_MAX} more"
