"""What a template cannot have or do, in words; nothing here knows Jinja2."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from mockserver.errors import nearest
from mockserver.message import Json

REASON_MAX: Final = 300  # characters of what Jinja2, Faker or Python say


class Forbidden(ValueError):  # noqa: N818 - a fact about the template
    """What the sandbox does not do; its text is the reason."""


def words(text: str) -> frozenset[str]:
    """The words of a text that lists names."""
    return frozenset(text.split())


def reason_of(error: Exception) -> str:
    """An exception as a sentence; Python's own are given with their kind."""
    if isinstance(error, RecursionError | MemoryError):
        return "It is nested too deeply"
    text = " ".join(str(error).split())[:REASON_MAX].rstrip(".")
    told = isinstance(error, Forbidden) or type(error).__module__.startswith("jinja2")
    return text[:1].upper() + text[1:] if told else f"{type(error).__name__}: {text}"


def unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """What to say of a name that is not among `known`, with the nearest that is."""
    near = nearest(name, known)
    hint = f"; did you mean `{near}`?" if near else ""
    return f"There is no {kind} `{name[:REASON_MAX]}`{hint}"


def missing(obj: Json, name: Json) -> str:
    """What to say of a member that is not there."""
    kinds = ((Mapping, "object"), (list | tuple, "list"), (str, "text"), (datetime, "time"))
    kind = next((word for each, word in kinds if isinstance(obj, each)), "value")
    return f"There is no `{str(name)[:REASON_MAX]}` in {'null' if obj is None else 'this ' + kind}"
