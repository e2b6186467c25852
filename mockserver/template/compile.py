"""From a template as written to one that is compiled, and from there to a reply."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mockserver.clock import Moment
from mockserver.message import Json, Request
from mockserver.pointer import pointer
from mockserver.template.budget import BUDGET, Budget, size_of
from mockserver.template.names import MAKERS
from mockserver.template.syntax import translated
from mockserver.template.values import DEPTH_MAX, encodable, plain_of
from mockserver.template.words import reason_of

if TYPE_CHECKING:
    from jinja2 import Template


SOURCE_MAX: Final = 20_000  # characters of one text of a template


class TemplateError(ValueError):
    """A template that cannot be compiled, or that cannot be rendered for a request.

    Attributes:
        pointer: JSON pointer (RFC 6901) of the text in the template, "" for the whole.
        reason: What is wrong, a sentence without a full stop.
    """

    def __init__(self, pointer: str, reason: str) -> None:
        self.pointer = pointer
        self.reason = reason
        super().__init__(f"{reason} (template {pointer})" if pointer else f"{reason} (template)")


@dataclass(frozen=True, slots=True)
class _Leaf:
    """One compiled text: where it stands, and whether it gives a value or text."""

    pointer: str
    template: "Template"
    native: bool

    def render(self, names: dict[str, Json], budget: Budget) -> Json:
        try:
            return self._value(names, budget)
        except Exception as error:  # an expression can raise anything
            raise TemplateError(self.pointer, reason_of(error)) from error

    def _value(self, names: dict[str, Json], budget: Budget) -> Json:
        context = self.template.new_context(names, shared=True)
        parts = []
        for part in self.template.root_render_func(context):
            budget.write(len(part))
            parts.append(part)
        if not self.native:
            return encodable("".join(parts))
        value = plain_of(context.vars["result"])
        budget.write(size_of(value))
        return value


@dataclass(frozen=True, slots=True)
class Compiled:
    """A template, ready to be rendered for any number of requests.

    Attributes:
        node: As written, with a compiled leaf for each text that is a template.
        names: What the leaves ask for.
    """

    node: Json
    names: frozenset[str]

    def render(self, request: Request, moment: Moment, session: str) -> Json:
        """The reply for a request, a value of its own.

        Args:
            request: As checked, with its parsed parameters and content.
            moment: Its time is `now`; its seed leads chance.
            session: The name of the session.

        Raises:
            TemplateError: A value is missing or does not fit, or a bound is crossed.
        """
        budget = Budget()
        names: dict[str, Json] = {BUDGET: budget}
        for name in self.names:
            names[name] = MAKERS[name](request, moment, session)
        return _filled(self.node, names, budget)


def compile_template(node: Json) -> Compiled:
    """A template from its text, or from JSON with texts.

    Raises:
        TemplateError: The first text that breaks the syntax, is too long, or names what there is
            not: a variable, a filter, a test, a member of `request`, a method of `faker`.
    """
    names: set[str] = set()
    return Compiled(_compiled(node, (), names), frozenset(names))


def _compiled(node: Json, steps: tuple[str | int, ...], names: set[str]) -> Json:
    if len(steps) > DEPTH_MAX:
        raise TemplateError(pointer(steps), f"The template is nested more than {DEPTH_MAX} deep")
    if isinstance(node, str):
        return _leaf(node, pointer(steps), names) if _marked(node) else node
    if isinstance(node, Mapping):
        return {key: _compiled(value, (*steps, key), names) for key, value in node.items()}
    if isinstance(node, list):
        return [_compiled(value, (*steps, index), names) for index, value in enumerate(node)]
    return node


def _filled(node: Json, names: dict[str, Json], budget: Budget) -> Json:
    if isinstance(node, _Leaf):
        return node.render(names, budget)
    if isinstance(node, dict):
        return {key: _filled(value, names, budget) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, names, budget) for value in node]
    return node


def _marked(text: str) -> bool:
    return "{{" in text or "{%" in text or "{#" in text


def _leaf(text: str, place: str, names: set[str]) -> _Leaf:
    if len(text) > SOURCE_MAX:
        reason = f"The template is {len(text):,} characters long, more than {SOURCE_MAX:,}"
        raise TemplateError(place, reason)
    try:
        template, native, used = translated(text)
    except Exception as error:  # depth, digits, names: many things are raised
        raise TemplateError(place, reason_of(error)) from error
    names |= used
    return _Leaf(place, template, native)
