"""One method and path of a contract, and the contract itself: frozen once loaded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from mockserver.contract.bodies import Body
from mockserver.contract.parameters import Parameter
from mockserver.contract.replies import DocumentedReply
from mockserver.contract.schemas import SchemaError, Schemas
from mockserver.errors import Finding
from mockserver.message import Json

# Headers that OpenAPI leaves to the rest of the document (3.0.3, 4.7.12.1).
IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})


@dataclass(frozen=True, slots=True)
class Scheme:
    """One security scheme as the engine needs it.

    Attributes:
        kind: "bearer", "basic", "header" or "query" (the last two for API keys).
        name: Of the header or query parameter.
    """

    kind: str
    name: str


class Identifier(NamedTuple):
    """A path parameter that names a resource of the contract.

    Attributes:
        kind: What it names, the same for every operation that names one of them.
        parameter: The parameter.
        position: Which of the templated parts of the path it is, from 0.
    """

    kind: str
    parameter: Parameter
    position: int


class Member(NamedTuple):
    """A member of a request's body that names a resource of the contract.

    Attributes:
        kind: As that of an `Identifier`.
        steps: Into the body.
    """

    kind: str
    steps: tuple[str, ...]


# Alternatives of combinations: one combination whose schemes all hold is enough (3.0.3, 4.7.30).
Security = tuple[tuple[Scheme, ...], ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One method and path.

    Attributes:
        id: `stem/operationId`; the name of the operation everywhere.
        stem: The contract it belongs to.
        method: In upper case.
        path: Template from the root of the server, base path included.
        pointer: Where it stands in the document.
        path_names: Names of the templated parts of the path, in order.
        parameters: Path, query and header parameters.
        body: None when the operation documents no body.
        replies: Documented replies by code.
        security: Empty when nothing is asked for.
        provenance: The document's `x-provenance`, None when it has none.
        identifiers: Path parameters that name a resource which some operation creates.
        members: Members of the body that do, where a link of the creating one says so.
        creates: Whether some reply says which resource was made.
    """

    id: str
    stem: str
    method: str
    path: str
    pointer: str
    summary: str
    path_names: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    body: Body | None
    replies: Mapping[str, DocumentedReply]
    security: Security
    provenance: Mapping[str, Any] | None
    identifiers: tuple[Identifier, ...] = ()
    members: tuple[Member, ...] = ()
    creates: bool = False

    @property
    def name(self) -> str:
        """The operationId, or `METHOD path` where the document has none."""
        return self.id.partition("/")[2]

    def uncheckable(self) -> str:
        """Why a request or reply of this operation cannot be checked, "" when all can."""
        schemas = [parameter.schema for parameter in self.parameters]
        schemas += [media.schema for media in self.body.media] if self.body else []
        for reply in self.replies.values():
            schemas += [media.schema for media in reply.media if media.schema]
        for schema in schemas:
            try:
                schema.validator()
            except SchemaError as error:
                return str(error).splitlines()[0]
        return ""


@dataclass(frozen=True, slots=True)
class Contract:
    """One API document.

    Attributes:
        stem: Name of the file without its suffix; the API's id everywhere.
        file: The file as the user named it.
        document: As written.
        base_path: From `servers`, without a trailing slash; "" for none.
        warnings: What is odd in the document but does not keep it from being served.
    """

    stem: str
    file: str
    title: str
    version: str
    document: Json
    base_path: str
    schemas: Schemas
    operations: tuple[Operation, ...]
    warnings: tuple[Finding, ...]

    def operation(self, name: str) -> Operation | None:
        """The operation with the short or full name `name`."""
        return next((each for each in self.operations if name in (each.name, each.id)), None)
