"""What is built in for every operation: `status-<code>` for each code that it documents.

With a stem, `agile-tv-v3/status-404`, it is meant for the operations of that API alone.
"""

import re
from typing import Final

from mockserver.contract.replies import covering
from mockserver.course import EVERY
from mockserver.match import when_of
from mockserver.scenario import Rule, Turn
from mockserver.script import Script, bind
from mockserver.service import Services

STATUS: Final = re.compile(r"(?:([^/]+)/)?status-([2-5][0-9][0-9])")


class BuiltIn:
    """The built-in scenarios of all operations, each bound when it is first asked for."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._scripts: dict[tuple[str, str], Script] = {}

    def is_named(self, name: str) -> bool:
        """Whether a name has the form of a built-in scenario."""
        return STATUS.fullmatch(name) is not None

    def script(self, operation: str, name: str) -> Script | None:
        """What a name means for an operation.

        None when the operation does not document the code, or is of another API.
        """
        key = operation, name
        if key not in self._scripts:
            answerer = self._services[operation].answerer
            stem, status = _parts(name)
            replies = answerer.operation.replies
            if stem not in (None, answerer.operation.stem) or not covering(replies, status):
                return None
            rule = Rule(
                f"{name}#1", "", (EVERY,), when_of({}), (Turn(status=status),), None, None,
                breaks_contract=False, gateway=False,
            )  # fmt: skip
            self._scripts[key] = Script(name, (bind(rule, answerer, []),))
        return self._scripts[key]

    def documented(self, name: str) -> bool:
        """Whether any operation that a name is for documents its code."""
        stem, status = _parts(name)
        operations = (each.operation for each in self._services)
        asked = (each for each in operations if stem in (None, each.stem))
        return any(covering(each.replies, status) for each in asked)

    def is_of_another(self, name: str, stem: str) -> bool:
        """Whether a name is for an API other than `stem`."""
        return _parts(name)[0] not in (None, stem)


def _parts(name: str) -> tuple[str | None, int]:
    """The stem, None for any API, and the status of a name of the form."""
    found = STATUS.fullmatch(name)
    return (found[1], int(found[2])) if found else ("", 0)
