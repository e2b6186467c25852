"""Document -> operation: everything that can be decided before the first request.

What this server does not speak is refused aloud, for each operation that uses it: multipart,
`deepObject`, cookies, discriminators, media types other than JSON, text and urlencoded forms.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.contract.bodies import Body, Form, Media, form_of
from mockserver.contract.dialect import Direction
from mockserver.contract.operation import Operation, Scheme, Security
from mockserver.contract.parameters import (
    BOOLEANS,
    DELIMITERS,
    LENIENT_BOOLEANS,
    Parameter,
    shape_of,
)
from mockserver.contract.replies import DocumentedReply, ReplyMedia
from mockserver.contract.schemas import Schema, SchemaError, Schemas, pointer
from mockserver.errors import Finding
from mockserver.exchange import Header, Json

STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited"),
    "header": ("simple",),
}
MEDIA_ALLOWED = "JSON, text/*, application/x-www-form-urlencoded"
# Headers that OpenAPI leaves to the rest of the document (3.0.3, 4.7.12.1).
IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})


class OperationCompiler:
    """Compiles the operations of one document; `findings` collects what is wrong with them."""

    def __init__(
        self,
        stem: str,
        file: str,
        document: Json,
        schemas: Schemas,
        *,
        base_path: str,
        lenient: bool,
    ) -> None:
        self.stem = stem
        self.file = file
        self.document = document
        self.schemas = schemas
        self.base_path = base_path
        self.lenient = lenient
        self.findings: list[Finding] = []

    def compile(self, path: str, method: str, place: str) -> Operation | None:
        """Compile one operation; None when it cannot be served, `findings` say why."""
        item = self.document["paths"][path]
        node = item[method]
        before = len(self.findings)
        try:
            operation = Operation(
                id=f"{self.stem}/{node.get('operationId') or f'{method.upper()} {path}'}",
                stem=self.stem,
                method=method.upper(),
                path=self.base_path + path,
                pointer=place,
                summary=node.get("summary", ""),
                path_names=tuple(re.findall(r"\{([^}]*)\}", path)),
                parameters=self._parameters(item, node, path, place),
                body=self._body(node, place),
                replies=self._replies(node, place),
                security=self._security(node, place),
                provenance=node.get("x-provenance"),
            )
        except SchemaError as error:
            self._say(place, str(error).splitlines()[0])
            return None
        errors = any(finding.severity == "error" for finding in self.findings[before:])
        return None if errors else operation

    def _say(self, place: str, reason: str, allowed: str = "", severity: str = "error") -> None:
        self.findings.append(Finding(self.file, place, reason, allowed, severity=severity))

    def _deref(self, node: Json) -> Json:
        for _ in range(50):
            if not (isinstance(node, dict) and "$ref" in node):
                return node
            node = self.schemas.resolve(node["$ref"])
        raise SchemaError("a $ref leads back to itself")

    # parameters ---------------------------------------------------------------------------

    def _parameters(self, item: Json, node: Json, path: str, place: str) -> tuple[Parameter, ...]:
        merged: dict[tuple[str, str], Json] = {}
        for each in (*item.get("parameters", []), *node.get("parameters", [])):
            spec = self._deref(each)
            merged[spec["in"], spec["name"]] = spec
        declared = frozenset(name for location, name in merged if location == "query")
        out = []
        for (location, name), spec in merged.items():
            at = f"{place}/parameters/{name}"
            if location == "cookie":
                self._say(at, f"the cookie parameter {name!r} is not served", "path, query, header")
            elif location == "header" and name.lower() in IGNORED_HEADERS:
                continue
            else:
                parameter = self._parameter(spec, at, declared)
                if parameter:
                    out.append(parameter)
        self._check_template(path, merged, place)
        return tuple(out)

    def _check_template(self, path: str, merged: Mapping[tuple[str, str], Json], at: str) -> None:
        templated = set(re.findall(r"\{([^}]*)\}", path))
        named = {name for location, name in merged if location == "path"}
        for name in sorted(templated - named):
            self._say(at, f"the path has {{{name}}} but no such parameter", "a path parameter")
        for name in sorted(named - templated):
            self._say(at, f"the path parameter {name!r} is not in the path", ", ".join(templated))

    def _parameter(self, spec: Json, at: str, declared: frozenset[str]) -> Parameter | None:
        location, name = spec["in"], spec["name"]
        style = spec.get("style", "form" if location == "query" else "simple")
        if style not in STYLES[location]:
            reason = f"the style {style!r} of the {location} parameter {name!r} is not served"
            self._say(at, reason, ", ".join(STYLES[location]))
            return None
        as_json = "content" in spec
        node = next(iter(spec["content"].values())).get("schema", {}) if as_json else spec["schema"]
        if as_json and form_of(next(iter(spec["content"]))) is not Form.JSON:
            self._say(at, f"the content of parameter {name!r} is not served", "application/json")
            return None
        self._check_schema(node, at)
        schema = self.schemas.schema(node, Direction.REQUEST)
        shape = shape_of(schema.node, self.schemas.converted)
        return Parameter(
            name=name,
            location=location,
            required=location == "path" or spec.get("required", False),
            style=style,
            explode=spec.get("explode", style == "form"),
            schema=schema,
            shape=shape,
            as_json=as_json,
            text_min=None if as_json or style != "simple" else self._text_min(schema.node),
            booleans=LENIENT_BOOLEANS if self.lenient else BOOLEANS,
            declared=declared,
        )

    def _text_min(self, node: Json) -> int | None:
        """The least length of a text where a converted schema asks for nothing else."""
        while isinstance(node, dict) and "$ref" in node:
            node = self.schemas.converted(node["$ref"])
        if not isinstance(node, dict) or node.get("type") != "string":
            return None
        known = {"type", "description", "title", "default", "examples", "minLength"}
        return node.get("minLength", 0) if node.keys() <= known else None

    # bodies -------------------------------------------------------------------------------

    def _body(self, node: Json, place: str) -> Body | None:
        if "requestBody" not in node:
            return None
        spec = self._deref(node["requestBody"])
        media = []
        for media_type, entry in spec["content"].items():
            at = place + pointer(["requestBody", "content", media_type])
            form = form_of(media_type)
            if form is None:
                self._say(at, f"request bodies of {media_type} are not served", MEDIA_ALLOWED)
                continue
            self._check_schema(entry.get("schema", {}), at + "/schema")
            schema = self.schemas.schema(entry.get("schema", {}), Direction.REQUEST)
            shape = shape_of(schema.node, self.schemas.converted)
            media.append(Media(media_type.lower(), form, schema, shape))
        by_type = {each.type.encode("latin-1"): each for each in media if "*" not in each.type}
        return Body(spec.get("required", False), tuple(media), self.lenient, by_type)

    def _replies(self, node: Json, place: str) -> dict[str, DocumentedReply]:
        out = {}
        for code, each in node["responses"].items():
            spec = self._deref(each)
            at = f"{place}/responses/{code}"
            media = tuple(self._reply_media(spec.get("content", {}), at))
            out[code.upper() if code != "default" else code] = DocumentedReply(
                code=code,
                description=spec["description"],
                media=media,
                headers=tuple(self._headers(spec.get("headers", {}), at)),
                pointer=at,
            )
        return out

    def _reply_media(self, content: Json, at: str) -> Iterator[ReplyMedia]:
        for media_type, entry in content.items():
            place = at + pointer(["content", media_type])
            form = form_of(media_type)
            if form is None or form is Form.URLENCODED:
                self._say(place, f"replies of {media_type} are not served", "JSON, text/*")
                continue
            schema = None
            if "schema" in entry:
                self._check_schema(entry["schema"], place + "/schema")
                schema = self.schemas.schema(entry["schema"], Direction.REPLY)
            sent = "application/json" if "*" in media_type else media_type
            examples = self._examples(entry)
            if schema is not None:
                examples = {
                    name: value
                    for name, value in examples.items()
                    if self._conforms(schema, name, value, place)
                }
            yield ReplyMedia(sent, form, schema, examples)

    def _conforms(self, schema: Schema, name: str, value: Json, place: str) -> bool:
        """Whether an example keeps its own schema; one that does not is never sent: say so."""
        if schema.is_valid(value):
            return True
        first = next(iter(schema.violations(value, "body")), "it is not valid")
        reason = f"the example {name!r} breaks its schema: {first}"
        self._say(place, reason, "an example that conforms", severity="warning")
        return False

    def _examples(self, entry: Json) -> dict[str, Json]:
        named = {
            name: spec["value"]
            for name, each in entry.get("examples", {}).items()
            if "value" in (spec := self._deref(each))
        }
        if not named and "example" in entry:
            named["example"] = entry["example"]
        if not named:
            schema = self._deref(entry.get("schema", {}))
            if "example" in schema:
                named["example"] = schema["example"]
        return named

    def _headers(self, headers: Json, at: str) -> Iterator[Header]:
        """The documented headers of a reply that have a value to send."""
        for name, each in headers.items():
            spec = self._deref(each)
            schema = self._deref(spec.get("schema", {}))
            values = [spec.get("example"), schema.get("example"), schema.get("default")]
            values += [self._deref(e).get("value") for e in spec.get("examples", {}).values()]
            values += schema.get("enum", [])
            value = next((value for value in values if value is not None), None)
            if value is not None and name.lower() != "content-type":
                yield (
                    name.lower().encode("latin-1"),
                    _header_text(value).encode("latin-1", "replace"),
                )
            elif spec.get("required"):
                self._say(
                    f"{at}/headers/{name}",
                    f"the required header {name} has no example",
                    "an `example`",
                )

    # security -----------------------------------------------------------------------------

    def _security(self, node: Json, place: str) -> Security:
        schemes = self.document.get("components", {}).get("securitySchemes", {})
        out = []
        for requirement in node.get("security", self.document.get("security", [])):
            combination = []
            for name in requirement:
                if name not in schemes:
                    self._say(
                        f"{place}/security",
                        f"the scheme {name!r} is not defined",
                        ", ".join(schemes),
                    )
                    continue
                scheme = self._scheme(self._deref(schemes[name]))
                if scheme is None:
                    self._say(
                        f"{place}/security",
                        f"the cookie scheme {name!r} is not served",
                        "header, query",
                    )
                    continue
                combination.append(scheme)
            out.append(tuple(combination))
        return () if any(not combination for combination in out) else tuple(out)

    def _scheme(self, spec: Mapping[str, Any]) -> Scheme | None:
        if spec["type"] == "apiKey":
            return None if spec["in"] == "cookie" else Scheme(spec["in"], spec["name"])
        if spec["type"] == "http" and spec["scheme"].lower() != "bearer":
            return Scheme(
                "basic" if spec["scheme"].lower() == "basic" else "header", "authorization"
            )
        return Scheme("bearer", "authorization")

    # schemas ------------------------------------------------------------------------------

    def _check_schema(self, node: Json, at: str) -> None:
        """Refuse what schemas of a later version of this server will speak."""
        if isinstance(node, dict) and "discriminator" in self._deref(node):
            self._say(at, "discriminators are not served", "oneOf or anyOf without `discriminator`")


def _header_text(value: Json) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return DELIMITERS["simple"].join(_header_text(each) for each in value)
    return str(value)
