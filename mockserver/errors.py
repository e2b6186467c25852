"""The errors of this package: what an author or an operator did that cannot be served.

What a *caller* does wrong is never an exception: it is a refusal, a reply like any other.

    MockServerError
    |-- LoadError      a file cannot be used; carries file, JSON pointer, found, allowed, nearest
    |-- UsageError     a flag, a setting or an address cannot be used
    '-- ClientError    a running server did not do what its client asked for

    AssertionError
    '-- NotVerified    what a test expected of its session did not happen
"""

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass


class MockServerError(Exception):
    """Base of what this package raises on purpose; its text is one clear line."""


class UsageError(MockServerError):
    """A flag, an environment variable, a folder or an address that cannot be used."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong in a file, located.

    Attributes:
        file: The file's path as the user named it.
        pointer: JSON pointer (RFC 6901) of the place, "" for the whole document.
        reason: What was found, in one sentence.
        allowed: What would be right, "" when nothing helps.
        nearest: The valid name closest to what was found, "" when none is close.
        severity: "error" keeps the file from being served, "warning" does not.
        line: Of the place in the file, from 1; 0 where it was not looked for.
    """

    file: str
    pointer: str
    reason: str
    allowed: str = ""
    nearest: str = ""
    severity: str = "error"
    line: int = 0

    def __str__(self) -> str:
        """One line: `file:line#pointer: reason; allowed: ...; did you mean ...?`."""
        where = f"{self.file}:{self.line}" if self.line else self.file
        where += f"#{self.pointer}" if self.pointer else ""
        text = f"{where}: {self.reason}"
        if self.allowed:
            text += f"; allowed: {self.allowed}"
        if self.nearest:
            text += f"; did you mean {self.nearest}?"
        return text


class LoadError(MockServerError):
    """A file that cannot be served; `findings` holds everything that is wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


class ClientError(MockServerError):
    """What a running server did not do; its text says what was asked, and what would be right.

    Attributes:
        status: Of its reply, 0 when there was none.
        detail: What is wrong, in its words.
        findings: Everything that is wrong with what was sent, located by JSON pointers.
        nearest: Valid names, the nearest first.
    """

    def __init__(
        self,
        asked: str,
        detail: str,
        *,
        status: int = 0,
        findings: Iterable[Finding] = (),
        nearest: Iterable[str] = (),
    ) -> None:
        self.status = status
        self.detail = detail
        self.findings = tuple(findings)
        self.nearest = tuple(nearest)
        told = f"{asked}: {status} {detail}" if status else f"{asked}: {detail}"
        all_ = map(str, self.findings) if len(self.findings) > 1 else ()  # one is the detail itself
        super().__init__("\n  ".join([told, *all_]))


class NotVerified(AssertionError):  # noqa: N818 - tests fail with it, like with any assertion
    """What did not happen as it was expected; its text has the nearest misses."""


COMPARED_MAX = 200  # characters of a name: comparing takes the square of it
TOLD_MAX = 100  # characters of a wrong name that are told
NEAREST_MAX = 5  # of many valid names


class UnknownName(Exception):  # noqa: N818 - a fact about what was asked, not a failure of ours
    """A name that nothing has.

    Attributes:
        kind: What should have it: "scenario", "tag", "API".
        name: As it was given.
        valid: The names that would do, the nearest first.
    """

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str = "") -> None:
        self.kind = kind
        self.name = name
        self.valid = tuple(nearest_first(name, dict.fromkeys(known)))
        near = ", ".join(self.valid[:NEAREST_MAX])
        hint = f"nearest: {near}" if near else "there is none"
        super().__init__(f"There is no {kind} {told(name)}{where}; {hint}")


def check_known(kind: str, names: Iterable[str], known: Collection[str]) -> None:
    """Raise `UnknownName` for the first of `names` that is not among `known`."""
    for name in names:
        if name not in known:
            raise UnknownName(kind, name, sorted(known))


def told(name: str) -> str:
    """A name that somebody gave us, in quotes, not all of a long one."""
    return repr(name if len(name) <= TOLD_MAX else f"{name[:TOLD_MAX]}…")


def nearest(name: str, names: Iterable[str]) -> str:
    """The one of `names` that looks most like `name`, small letters or not; "" when none does."""
    folded = {each.casefold(): each for each in names}
    close = difflib.get_close_matches(name[:COMPARED_MAX].casefold(), folded, n=1, cutoff=0.5)
    return folded[close[0]] if close else ""


def nearest_first(name: str, names: Iterable[str]) -> list[str]:
    """All of `names`, the one most like `name` first, small letters or not."""
    folded = name[:COMPARED_MAX].casefold()

    def likeness(other: str) -> float:
        return -difflib.SequenceMatcher(None, folded, other.casefold()).ratio()

    return sorted(names, key=likeness)
