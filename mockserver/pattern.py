"""Regular expressions of authors, bounded: none can hold up the server, whatever it is tried on.

They are those of JSON Schema (ECMA 262), read by the engine that reads those of the contracts.
"""

import re
from collections.abc import Callable
from typing import Final

import jsonschema_rs

STEPS_MAX: Final = 100_000  # back, of a pattern with look-arounds or back-references: some ms
SIZE_MAX: Final = 1_000_000  # bytes of a compiled pattern
GROUPS_MAX: Final = 100
TOLD_MAX: Final = 200  # characters of a wrong one that are told


class PatternError(ValueError):
    """Text that is no regular expression."""


def full_match(pattern: str) -> Callable[[str], bool]:
    """Whether a whole text matches a pattern; False where that would take too many steps.

    Raises:
        PatternError: It is no pattern.
    """
    options = jsonschema_rs.FancyRegexOptions(backtrack_limit=STEPS_MAX, size_limit=SIZE_MAX)
    schema = {"type": "string", "pattern": f"^(?:{pattern})$"}
    try:
        if pattern.count("(") > GROUPS_MAX:
            raise PatternError(f"more than {GROUPS_MAX} groups")
        return jsonschema_rs.Draft202012Validator(schema, pattern_options=options).is_valid
    except (jsonschema_rs.ValidationError, ValueError) as error:
        text = f"{pattern[:TOLD_MAX]!r} is no regular expression{_why_no_pattern(pattern)}"
        raise PatternError(text) from error


def _why_no_pattern(pattern: str) -> str:
    """What Python has to say of it, which finds better words; "" when it finds nothing wrong."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f": {error}"
    return ""
