"""Which resource a request made, and which one a request is about, by the links of a contract.

A link of a reply says which parameters of which operation take values of this exchange, and what
its body does (OpenAPI 3.0.3, 4.7.20). Where a creating operation fills a path parameter of another
operation with something new, that value names what was created; every path with that parameter
names it again. Where it fills a member of the body of one, the bodies of that operation do. The
linker decides all that at load.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from mockserver.contract.expressions import Expression, Outcome
from mockserver.contract.operation import Identifier, Member, Operation
from mockserver.contract.parameters import Malformed
from mockserver.contract.replies import Link, covering, normalised
from mockserver.message import ABSENT, Header, Json, Request, text_of
from mockserver.pointer import pointer, value_at

# The id of the contract, what kind of resource it is, and its own id as text, decoded.
Resource = tuple[str, str, str]
Steps = tuple[str, ...]  # into a body

# Names that do not say of what: `/users/{id}` and `/orders/{id}` are two kinds.
GENERIC: Final = frozenset({"code", "guid", "id", "identifier", "key", "name", "number", "uuid"})


def created(
    operation: Operation,
    request: Request,
    status: int,
    read: Callable[[], Json],
    headers: Iterable[Header] = (),
) -> Iterator[Resource]:
    """The resource that a request made, once for each kind of name it has; nothing for most.

    Args:
        operation: What was asked for; nothing to do unless it `creates`.
        request: Checked: its parameters and content are parsed.
        status: Of the reply. Nothing is created by what is refused.
        read: Gives the value of the reply's body, `ABSENT` or None for none.
        headers: Of the reply.
    """
    if not operation.creates or not 200 <= status < 400:  # noqa: PLR2004 - 2xx and 3xx
        return
    reply = covering(operation.replies, status)
    if reply is None:
        return
    outcome = Outcome(status, read() if reply.creates_by_body else ABSENT, headers)
    seen = set()
    for kind, place in reply.creates:
        text = text_of(place.value(request, outcome))
        if text and (kind, text) not in seen:
            seen.add((kind, text))
            yield operation.stem, kind, text


def named(
    operation: Operation, request: Request, values: Sequence[bytes] = ()
) -> Iterator[Resource]:
    """The resources that a request names: those of its path, the innermost first, of its body.

    Args:
        operation: What is asked for; nothing to do without `identifiers` and `members`.
        request: Its `content` is that of the body, as far as it was read.
        values: See `addressed`.
    """
    yield from addressed(operation, request, values)
    for kind, steps in operation.members:
        text = text_of(value_at(request.content, steps))
        if text:
            yield operation.stem, kind, text


def addressed(
    operation: Operation, request: Request, values: Sequence[bytes] = ()
) -> Iterator[Resource]:
    """The resources that the path of a request names, the innermost first.

    Args:
        operation: What is asked for; nothing to do without `identifiers`.
        request: Its `path` is read where it is parsed.
        values: Raw values of the templated parts of the path, read where it is not. What cannot
            be decoded names nothing.
    """
    for kind, parameter, position in operation.identifiers:
        value = request.path.get(parameter.name, ABSENT)
        if value is ABSENT and values:
            try:
                value = parameter.from_path(values[position].decode())
            except (UnicodeDecodeError, Malformed):
                continue
        text = text_of(value)
        if text:
            yield operation.stem, kind, text


def new_in(operation: Operation, link: Link, target: Operation) -> tuple[str, Expression] | None:
    """The parameter of a link that names what was made: its kind, and where its value stands.

    It is the innermost path parameter that takes something of the reply or of the request's
    body and does not name what surrounds the new resource. Without one the caller may have
    chosen the id: then it is the end of the operation's own path.
    """
    values = {name: value for location, name, value in link.parameters if location == "path"}
    given = [(name, values[name]) for name in target.path_names if name in values]
    ends_in_own = operation.path.endswith("}")
    outer = operation.path_names[:-1] if ends_in_own else operation.path_names
    parents = {kind_of(operation.path, name) for name in outer}
    segments = anonymous(operation.path)
    for name, value in reversed(given):
        until = anonymous(_until(target.path, name))
        surrounds = len(until) < len(segments) and segments[: len(until)] == until
        kind = kind_of(target.path, name)
        if _is_new(value) and kind not in parents and not surrounds:
            return kind, value
    for name, value in given:
        if _is_own(operation, value):
            return kind_of(target.path, name), value
    return None


def new_in_body(
    operation: Operation, link: Link, known: Collection[Steps]
) -> tuple[Steps, Expression] | None:
    """The member that a link fills with the name of what was made, and where its value stands.

    It takes something of the reply or of the request's body, and no other member does: of several
    nobody can tell which one names it. Without one the caller may have chosen the id, see `new_in`.

    Args:
        operation: The one that the link is of.
        link: One that does not name what was made in its path.
        known: Members of the operation's own body that name what was there before.
    """
    given = [(steps, value) for steps, value in link.members if steps]
    new = [each for each in given if _is_new(each[1]) and not _is_known(each[1], known)]
    if not new:
        new = [each for each in given if _is_own(operation, each[1])]
    return new[0] if len(new) == 1 else None


def kind_of_member(operation: Operation, steps: Steps) -> str:
    """What kind of resource a member of an operation's body names: the pointer to it.

    Where that does not say of what, behind the name of the operation: `confirmOrder/id`.
    """
    place = pointer(steps)
    return operation.name + place if normalised(steps[-1]) in GENERIC else place


def identified(
    operation: Operation, kinds: Collection[str], members: Iterable[Member]
) -> Operation:
    """The operation with what names a resource: of these kinds in its path, members of its body."""
    by_name = {each.name: each for each in operation.parameters if each.location == "path"}
    found = [
        Identifier(kind, by_name[name], position)
        for position, name in enumerate(operation.path_names)
        if (kind := kind_of(operation.path, name)) in kinds
    ]
    return replace(operation, identifiers=tuple(reversed(found)), members=tuple(members))


def kind_of(path: str, name: str) -> str:
    """What kind of resource a path parameter names, wherever in the contract it stands.

    Its name; where that does not say of what, after the segment before it: `users/id`.
    """
    if normalised(name) not in GENERIC:
        return name
    before = [each for each in _until(path, name).split("/")[1:-1] if "{" not in each]
    return f"{before[-1]}/{name}" if before else name


def _until(path: str, name: str) -> str:
    """A path up to and with the segment that has the parameter `name`."""
    segments = path.split("/")
    last = next(index for index, each in enumerate(segments) if f"{{{name}}}" in each)
    return "/".join(segments[: last + 1])


def anonymous(path: str) -> tuple[str, ...]:
    """The segments of a path, those with parameters without their names."""
    return tuple("{}" if "{" in each else each for each in path.split("/"))


def _is_own(operation: Operation, value: Expression) -> bool:
    """Whether a value is the end of the operation's own path, and nothing else."""
    if not operation.path.endswith("}") or len(value.parts) != 1:
        return False
    return any(
        place.source == "request.path" and place.name == operation.path_names[-1]
        for place in value.places
    )


def _is_known(value: Expression, known: Collection[Steps]) -> bool:
    """Whether a value is that of one of these members of the request's body."""
    return any(place.source == "request.body" and place.steps in known for place in value.places)


def _is_new(value: Expression) -> bool:
    """Whether a value comes from the reply or from the request's body, not from its path."""
    sources = ("response.body", "response.header", "request.body")
    return any(place.source in sources for place in value.places)
