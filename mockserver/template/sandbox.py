"""The sandbox: a Jinja2 environment in which what is not listed cannot be reached.

Attributes are open by type and name, and every call and operation is counted. Jinja2 is imported
when the first template needs it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from mockserver.message import Json
from mockserver.template.budget import budget_of, check_operands, spent
from mockserver.template.fake import Fake
from mockserver.template.filters import CHECKED, EACH, FROM_JINJA, OWN, SPENT
from mockserver.template.names import REQUEST, Asked
from mockserver.template.values import text_of
from mockserver.template.words import missing, words

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context


TESTS: Final = words(
    "boolean defined divisibleby eq even false float ge gt in integer iterable le lower lt mapping"
    " ne none number odd sequence string true undefined upper"
)
TEXT: Final = words(
    "capitalize count endswith find isalnum isalpha isdigit islower isnumeric isspace isupper lower"
    " lstrip partition removeprefix removesuffix rfind rpartition rsplit rstrip split splitlines"
    " startswith strip swapcase title upper"
)
MAPPING: Final = frozenset({"get", "items", "keys", "values"})
LIST: Final = frozenset({"count", "index"})
TIME: Final = frozenset(
    {"year", "month", "day", "hour", "minute", "second", "microsecond", "weekday", "isoweekday"}
)
LOOP: Final = words(
    "cycle depth depth0 first index index0 last length nextitem previtem revindex revindex0"
)


@cache
def sandbox() -> "Environment":
    """The sandbox; it holds no state, so there is one."""
    from jinja2 import StrictUndefined, pass_context  # noqa: PLC0415 - loaded on first use
    from jinja2.filters import FILTERS as BUILT_IN  # noqa: PLC0415 - loaded on first use
    from jinja2.sandbox import ImmutableSandboxedEnvironment  # noqa: PLC0415 - loaded on first use

    class Sandbox(ImmutableSandboxedEnvironment):
        intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})

        def call_binop(self, context: "Context", operator: str, left: Json, right: Json) -> Json:
            check_operands(operator, left, right)
            return budget_of(context).checked(super().call_binop(context, operator, left, right))

        def call(self, context: "Context", function: Json, /, *args: Json, **options: Json) -> Json:
            budget_of(context).spend(1)
            return budget_of(context).checked(super().call(context, function, *args, **options))

        def getitem(self, obj: Json, argument: Json) -> Json:
            return _item(self, obj, argument)

        def getattr(self, obj: Json, attribute: str) -> Json:
            return _member(self, obj, attribute)

        def is_safe_attribute(self, obj: Json, attr: str, value: Json) -> bool:
            return _is_open(obj, attr) and super().is_safe_attribute(obj, attr, value)

    environment = Sandbox(
        autoescape=False,  # replies are JSON and text, not HTML
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        finalize=pass_context(lambda context, value: budget_of(context).checked(text_of(value))),
    )
    with_budget: dict[str, Callable[[Context, Json], Json]] = {
        EACH: lambda context, values: budget_of(context).each(values),
        SPENT: lambda context, value: spent(budget_of(context), value),
        CHECKED: lambda context, value: budget_of(context).checked(value),
    }
    environment.globals = {}
    environment.filters = {name: BUILT_IN[name] for name in FROM_JINJA} | OWN
    environment.filters |= {name: pass_context(each) for name, each in with_budget.items()}
    environment.tests = {name: environment.tests[name] for name in TESTS}
    return environment


@cache
def _open() -> tuple[tuple[Any, frozenset[str]], ...]:
    """The attributes that are open to templates, by type."""
    from jinja2.runtime import LoopContext  # noqa: PLC0415 - loaded on first use

    return (
        (str, TEXT),
        (Mapping, MAPPING),
        (list | tuple, LIST),
        (Asked, REQUEST),
        (datetime, TIME),
        (LoopContext, LOOP),
    )


def _is_open(obj: Json, name: str) -> bool:
    return any(name in names for kind, names in _open() if isinstance(obj, kind))


def _member(environment: "Environment", obj: Json, name: str) -> Json:
    """`obj.name`: in data a member comes before a method, since a body may have an `items`."""
    if isinstance(obj, Mapping):
        try:
            return obj[name]
        except KeyError:
            pass
    if isinstance(obj, Fake):
        return obj.method(name)
    if isinstance(obj, environment.undefined):
        str(obj)  # raises: what is missing has no members
    if _is_open(obj, name):
        return getattr(obj, name)
    return environment.undefined(missing(obj, name), obj, name)


def _item(environment: "Environment", obj: Json, argument: Json) -> Json:
    """`obj[argument]`; for a text that is no key the same as `obj.argument`."""
    if isinstance(obj, Mapping | list | tuple | str):
        try:
            return obj[argument]
        except (TypeError, LookupError):
            pass
    if isinstance(argument, str):
        return _member(environment, obj, argument)
    return environment.undefined(missing(obj, argument), obj, str(argument))
