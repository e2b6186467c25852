"""Which conditions follow from which: a rule behind a wider one never applies.

A condition follows from another on the same place when each of its tests is there already, when the
same test is there and stricter, or when all values that the other allows pass it.
"""

from collections.abc import Mapping

from mockserver.match import Condition, When, json_number, reads_as, same, test_of, written
from mockserver.message import Json


def implies(narrow: When, wide: When) -> bool:
    """Whether every request that matches `narrow` certainly matches `wide`.

    True is certain. False may be wrong where only a look into patterns, or at several tests
    together, would tell.
    """
    return all(
        any(_place(each) == _place(asked) and _follows(each, asked) for each in narrow.conditions)
        for asked in wide.conditions
    )


def _place(condition: Condition) -> tuple[str, str]:
    in_header = condition.location == "headers"
    return condition.location, condition.name.lower() if in_header else condition.name


def _follows(known: Condition, asked: Condition) -> bool:
    """Whether a value that passes all tests of `known` passes each test of `asked`."""
    tests = known.tests
    values = [tests["equals"]] if "equals" in tests else tests.get("one_of", ())
    in_body = asked.location == "body"
    return all(
        _certain(tests, name, argument)
        or (values and all(_passes(each, name, argument, in_body=in_body) for each in values))
        for name, argument in asked.tests.items()
    )


def _certain(tests: Mapping[str, Json], name: str, argument: Json) -> bool:
    """Whether a test is among `tests`, or weaker than the same one of them."""
    if name == "absent":
        return tests.get("absent", False) is argument
    if name not in tests:
        return False
    if name == "min":
        return bool(tests[name] >= argument)
    if name == "max":
        return bool(tests[name] <= argument)
    return same(tests[name], argument)


def _passes(value: Json, name: str, argument: Json, *, in_body: bool) -> bool:
    """Whether whatever equals `value` passes a test, beside any further values that are given."""
    if name == "absent":
        return argument is False
    if in_body:
        return test_of(name, argument, in_body=True)(value, ())
    if isinstance(value, list):
        return False
    is_number = json_number(value) is not None
    if name in {"equals", "one_of"}:
        options = argument if name == "one_of" else [argument]
        if is_number:  # it has several ways to be written, and only the same number takes them all
            return any(same(value, each) for each in options)
        text = written(value)
        return any(reads_as(each)(text) for each in options if not isinstance(each, list))
    if name == "regex" and is_number:
        return False
    return test_of(name, argument, in_body=False)(written(value), ())
