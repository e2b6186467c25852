"""The links of a document -> what a creating operation makes: decided at load.

Declared links are compiled; what is wrong with one is a warning, since a document serves as well
without. A POST on `/things` beside `/things/{thingId}` whose links name nothing new is given the
link that its members imply, so that there is one mechanism.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from mockserver.contract.bodies import Form
from mockserver.contract.expressions import EXPRESSIONS_ALLOWED, Expression, expression
from mockserver.contract.links import (
    Steps,
    anonymous,
    identified,
    kind_of_member,
    new_in,
    new_in_body,
)
from mockserver.contract.operation import IGNORED_HEADERS, Member, Operation
from mockserver.contract.parameters import Shape, shape_of
from mockserver.contract.replies import DocumentedReply, Link, normalised
from mockserver.contract.schemas import SchemaError, Schemas
from mockserver.errors import Finding, nearest
from mockserver.message import Json, text_of
from mockserver.pointer import pointer, steps_of

CREATING: Final = ("POST", "PUT")
REFS_MAX: Final = 50


class Linker:
    """Compiles the links of one document; `findings` collects what is wrong with them, warnings.

    Args:
        operations: All operations of the document.
        document: In the shape of OpenAPI 3.x.
        schemas: Resolves.
        file: For the findings.
    """

    def __init__(
        self, operations: Iterable[Operation], document: Json, schemas: Schemas, file: str
    ) -> None:
        self.findings: list[Finding] = []
        self._operations = tuple(operations)
        self._document = document
        self._schemas = schemas
        self._file = file
        self._by_id = {each.id: each for each in self._operations}
        self._by_pointer = {each.pointer: each for each in self._operations}
        self._items = _items(self._operations)
        self._linked: dict[str, set[Steps]] = {}  # members that links fill, by the target
        self._members: dict[str, dict[Member, None]] = {}  # those that name a resource

    def linked(self) -> list[Operation]:
        """The operations with their links, and what follows from them."""
        declared = [self._declared(each) for each in self._operations]
        made = [self._creating(each) for each in declared]
        replies = (reply for each in made for reply in each.replies.values())
        kinds = {kind for reply in replies for kind, _ in reply.creates}
        members = self._members
        return [identified(each, kinds, members.get(each.id, ())) for each in made]

    # declared -----------------------------------------------------------------------------

    def _declared(self, operation: Operation) -> Operation:
        """The operation with the links that its document declares."""
        found = {}
        for code, reply in operation.replies.items():
            node = self._document
            for step in steps_of(reply.pointer):
                node = node[step]
            declared = self._deref(node).get("links")
            if declared:
                found[code] = replace(
                    reply, links=tuple(self._links(operation, declared, reply.pointer + "/links"))
                )
        return replace(operation, replies={**operation.replies, **found}) if found else operation

    def _links(self, operation: Operation, declared: Mapping[str, Json], at: str) -> Iterator[Link]:
        for name, each in declared.items():
            place = at + pointer([name])
            try:
                node = self._deref(each)
            except SchemaError as error:
                self._say(place, str(error), "a link of this document")
                continue
            if not isinstance(node, dict):
                self._say(place, "no link is there", "an object with `operationId`")
                continue
            target = self._target(node, place)
            if target is not None:
                parameters = tuple(self._parameters(operation, target, node, place))
                members = tuple(self._body(operation, target, node, place + "/requestBody"))
                self._linked.setdefault(target.id, set()).update(steps for steps, _ in members)
                yield Link(name, target.id, parameters, members)

    def _target(self, node: Mapping[str, Json], place: str) -> Operation | None:
        ref = node.get("operationRef")
        if isinstance(ref, str):
            found = self._by_pointer.get(unquote(ref[1:])) if ref.startswith("#") else None
            if found is None:
                self._say(
                    place + "/operationRef",
                    f"no operation of this document is at {ref!r}",
                    "#/paths/.../method",
                    nearest(ref, ["#" + each for each in self._by_pointer]),
                )
            return found
        name = node.get("operationId")
        if not isinstance(name, str):
            self._say(place, "the link leads nowhere", "`operationId` or `operationRef`")
            return None
        found = next((each for each in self._operations if each.name == name), None)
        if found is None:
            names = [each.name for each in self._operations]
            self._say(
                place + "/operationId",
                f"no operation is called {name!r}",
                "an operationId of this document",
                nearest(name, names),
            )
        return found

    def _parameters(
        self, operation: Operation, target: Operation, node: Mapping[str, Json], place: str
    ) -> Iterator[tuple[str, str, Expression]]:
        given = node.get("parameters")
        for written, value in given.items() if isinstance(given, dict) else ():
            at = place + pointer(["parameters", written])
            compiled = self._expression(operation, value, at)
            known = _parameter_of(target, written)
            if known is None:
                names = [each.name for each in target.parameters]
                self._say(
                    at,
                    f"{target.name} has no parameter {written!r}",
                    ", ".join(names) or "an operation that has parameters",
                    nearest(written, names),
                )
            elif compiled is not None and known[1]:
                yield *known, compiled

    def _body(
        self, operation: Operation, target: Operation, node: Mapping[str, Json], at: str
    ) -> Iterator[tuple[Steps, Expression]]:
        """The values that a link gives to members of the target's body."""
        if "requestBody" not in node:
            return
        found = list(self._values(operation, node["requestBody"], at))
        if found and target.body is None:
            self._say(at, f"{target.name} takes no body", "no `requestBody`")
            return
        shapes = [media.shape for media in target.body.media] if target.body else []
        names = list(dict.fromkeys(name for shape in shapes for name in shape.members))
        open_ended = not names or any(shape.others for shape in shapes)
        for steps, value in found:
            if not steps or open_ended or steps[0] in names:
                yield steps, value
            else:
                reason = f"{target.name} has no member {steps[0]!r}"
                place = at + pointer(steps)
                self._say(place, reason, ", ".join(names), nearest(steps[0], names))

    def _values(
        self, operation: Operation, node: Json, at: str, steps: Steps = ()
    ) -> Iterator[tuple[Steps, Expression]]:
        """The values in a body that a link writes."""
        if isinstance(node, dict | list) and node:
            below = node.items() if isinstance(node, dict) else enumerate(node)
            for step, each in below:
                inner = (*steps, str(step))
                yield from self._values(operation, each, at + pointer([step]), inner)
            return
        compiled = self._expression(operation, node, at)
        if compiled is not None:
            yield steps, compiled

    def _expression(self, operation: Operation, written: Json, at: str) -> Expression | None:
        try:
            compiled = expression(written)
        except ValueError as error:
            self._say(at, str(error), EXPRESSIONS_ALLOWED)
            return None
        for place in compiled.places:
            location = place.source.removeprefix("request.")
            names = [each.name for each in operation.parameters if each.location == location]
            if location in {"path", "query"} and place.name not in names:
                reason = f"{operation.name} has no {location} parameter {place.name!r}"
                allowed = ", ".join(names) or f"a {location} parameter of the operation itself"
                self._say(at, reason, allowed, nearest(place.name, names))
                return None
        return compiled

    def _deref(self, node: Json) -> Json:
        for _ in range(REFS_MAX):
            if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
                return node
            node = self._schemas.resolve(node["$ref"])
        raise SchemaError("a $ref leads back to itself")

    def _say(self, place: str, reason: str, allowed: str, close: str = "") -> None:
        self.findings.append(Finding(self._file, place, reason, allowed, close, "warning"))

    # what is created ----------------------------------------------------------------------

    def _creating(self, operation: Operation) -> Operation:
        """The operation with what its replies say was made."""
        if operation.method not in CREATING:
            return operation
        accepted = {c: r for c, r in operation.replies.items() if c[0] in "23" or c == "default"}
        made = {code: self._created(operation, reply) for code, reply in accepted.items()}
        by_path = any(self._by_path(operation, reply) for reply in made.values())
        if not by_path and operation.method == "POST":
            listed = {code: reply for code, reply in accepted.items() if code != "default"}
            made |= {
                code: self._created(operation, replace(reply, links=(*reply.links, *derived)))
                for code, reply in (listed or accepted).items()  # beside others it is of errors
                if (derived := tuple(self._derived(operation, reply)))
            }
        if not any(reply.creates for reply in made.values()):
            return operation
        return replace(operation, replies={**operation.replies, **made}, creates=True)

    def _by_path(
        self, operation: Operation, reply: DocumentedReply
    ) -> dict[tuple[str, Expression], None]:
        """What paths call that which was made, and where its name stands."""
        names = (new_in(operation, link, self._by_id[link.operation]) for link in reply.links)
        return dict.fromkeys(each for each in names if each)

    def _created(self, operation: Operation, reply: DocumentedReply) -> DocumentedReply:
        made = self._by_path(operation, reply)
        kinds = {value.parts: kind for kind, value in made}
        known = self._linked.get(operation.id, ())
        for link in reply.links:
            target = self._by_id[link.operation]
            if new_in(operation, link, target) is None:
                found = new_in_body(operation, link, known)
                if found is not None:
                    steps, value = found  # what a path calls the same is one resource
                    kind = kinds.get(value.parts) or kind_of_member(target, steps)
                    self._members.setdefault(target.id, {})[Member(kind, steps)] = None
                    made[kind, value] = None
        places = [place for _, expression in made for place in expression.places]
        by_body = any(place.source == "response.body" for place in places)
        return replace(reply, creates=tuple(made), creates_by_body=by_body)

    # what is implied ----------------------------------------------------------------------

    def _derived(self, operation: Operation, reply: DocumentedReply) -> Iterator[Link]:
        """The links that the paths and members of a POST on a collection imply."""
        segments = anonymous(operation.path.rstrip("/"))
        if "{" in segments[-1]:
            return
        for name, target in self._items.get(segments, {}).items():
            member = self._member(operation, reply, name, segments[-1])
            if member is not None:
                pairs = zip(target.path_names, operation.path_names, strict=False)
                parents = [
                    ("path", each, expression(f"$request.path.{own}")) for each, own in pairs
                ]
                yield Link(target.name, target.id, (*parents, ("path", name, member)))

    def _member(
        self, operation: Operation, reply: DocumentedReply, name: str, collection: str
    ) -> Expression | None:
        """Where the id stands that a path parameter `name` takes: in the reply, else the body."""
        wanted = [normalised(name)]
        if _is_id_of(wanted[0], normalised(collection)):
            wanted.append("id")
        members = {"response": self._replied(reply), "request": _sent(operation)}
        for source, names in members.items():
            for each in wanted:
                found = next((member for member in names if normalised(member) == each), None)
                if found is not None:
                    return expression(f"${source}.body#{pointer([found])}")
        return None

    def _replied(self, reply: DocumentedReply) -> list[str]:
        names: dict[str, None] = {}
        for media in reply.media:
            if media.form is not Form.JSON:
                continue
            if media.schema is not None:
                names |= _scalars(shape_of(media.schema.node, self._schemas.converted))
            examples = [value for value in media.examples.values() if isinstance(value, dict)]
            names |= {
                name: None
                for example in examples
                for name, value in example.items()
                if text_of(value) is not None
            }
        return list(names)


def _items(operations: Iterable[Operation]) -> dict[tuple[str, ...], dict[str, Operation]]:
    """By the segments of a collection: what its items are called, and who takes one.

    Operations on the item itself go before those below it.
    """
    found: dict[tuple[str, ...], dict[str, Operation]] = {}
    for operation in sorted(operations, key=lambda each: each.path.count("/")):
        segments = operation.path.split("/")
        for index, segment in enumerate(segments):
            if segment in {f"{{{name}}}" for name in operation.path_names}:
                collection = anonymous("/".join(segments[:index]))
                found.setdefault(collection, {}).setdefault(segment[1:-1], operation)
    return found


def _is_id_of(name: str, collection: str) -> bool:
    """Whether a normalised name is `id`, or `thingid` for a collection of things."""
    if not name.endswith("id"):
        return False
    thing = name.removesuffix("id")
    plurals = (thing, thing + "s", thing + "es", thing[:-1] + "ies")
    return not thing or collection.endswith(plurals)


def _sent(operation: Operation) -> list[str]:
    media = operation.body.media if operation.body else ()
    return [name for each in media for name in _scalars(each.shape)]


def _scalars(shape: Shape) -> dict[str, None]:
    return {name: None for name, each in shape.members.items() if each.kind == "scalar"}


def _parameter_of(target: Operation, written: str) -> tuple[str, str] | None:
    """Location and name of a parameter as a link writes it, `id` or `path.id`; None for none.

    ("header", "") for a header that OpenAPI leaves to the rest of the document.
    """
    location, dot, name = written.partition(".")
    for place, wanted in (("", written), (location, name)) if dot else (("", written),):
        for each in target.parameters:
            same = each.name == wanted
            if each.location == "header":
                same = each.name.lower() == wanted.lower()
            if same and place in {"", each.location}:
                return each.location, each.name
    bare = name if location == "header" and dot else written
    return ("header", "") if bare.lower() in IGNORED_HEADERS else None
