"""Document -> operation: everything that can be decided before the first request.

What this server does not speak is refused aloud, for each operation that uses it: multipart,
`deepObject`, cookies, discriminators, media types other than JSON, text and urlencoded forms.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.contract.bodies import Body, Form, Media, form_of
from mockserver.contract.dialect import MANY, MAPS, ONE, Direction
from mockserver.contract.operation import IGNORED_HEADERS, Operation, Scheme, Security
from mockserver.contract.parameters import (
    BOOLEANS,
    DELIMITERS,
    LENIENT_BOOLEANS,
    Parameter,
    shape_of,
)
from mockserver.contract.replies import DocumentedReply, ReplyMedia, success
from mockserver.contract.schemas import Schema, SchemaError, Schemas
from mockserver.errors import Finding
from mockserver.message import Header, Json
from mockserver.pointer import pointer

STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited"),
    "header": ("simple",),
}
MEDIA_ALLOWED = "JSON, text/*, application/x-www-form-urlencoded"
TCHARS = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, 5.6.2
MEDIA_TYPE = re.compile(rf"{TCHARS}/{TCHARS}[ \t]*(;[\x20-\x7e]*)?")
# Reply headers that describe the message as it is sent: they follow from it, not from an example.
OWN_HEADERS = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "date",
        "keep-alive",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
HEADER_NAME = re.compile(TCHARS)
UNSENDABLE = re.compile(r"[^\t\x20-\x7e\x80-\xff]")  # in a header's value (RFC 9110, 5.5)


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
        self._plain: set[str] = set()  # `$ref`s behind which there is no discriminator

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
        merged: dict[tuple[str, str], tuple[Json, str]] = {}
        for level, entries in ((pointer(["paths", path]), item), (place, node)):
            own: dict[tuple[str, str], tuple[Json, str]] = {}
            for index, each in enumerate(entries.get("parameters", [])):
                spec = self._deref(each)
                at = f"{level}/parameters/{index}"
                # names of headers have no case
                name = spec["name"].lower() if spec["in"] == "header" else spec["name"]
                if (spec["in"], name) in own:
                    reason = f"the {spec['in']} parameter {spec['name']!r} is given twice"
                    self._say(at, reason, "one parameter of a name in a place")
                own[spec["in"], name] = spec, at
            merged |= own
        declared = frozenset(name for location, name in merged if location == "query")
        out = []
        for (location, name), (spec, at) in merged.items():
            if location == "cookie":
                self._say(at, f"the cookie parameter {name!r} is not served", "path, query, header")
            elif location == "header" and name in IGNORED_HEADERS:
                continue
            elif location == "header" and not HEADER_NAME.fullmatch(name):
                self._say(at, f"{spec['name']!r} is no name of a header", "letters, digits, -")
            else:
                parameter = self._parameter(spec, at, declared)
                if parameter:
                    out.append(parameter)
        self._check_template(path, {name for location, name in merged if location == "path"}, place)
        return tuple(out)

    def _check_template(self, path: str, named: set[str], at: str) -> None:
        names = re.findall(r"\{([^{}]*)\}", path)
        templated = set(names)
        if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", path)):
            self._say(at, f"the braces of {path!r} do not match", "{name}")
        if re.search(r"[?#]", path):
            self._say(at, f"{path!r} is more than a path", "a path without query and fragment")
        for name in sorted(each for each in templated if names.count(each) > 1):
            self._say(at, f"the path has {{{name}}} more than once", "each name once")
        for name in sorted(templated - named):
            self._say(at, f"the path has {{{name}}} but no such parameter", "a path parameter")
        for name in sorted(named - templated):
            allowed = ", ".join(sorted(templated))
            self._say(at, f"the path parameter {name!r} is not in the path", allowed)

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
            lenient=self.lenient,
            declared=declared,
            allow_empty=location == "query" and spec.get("allowEmptyValue", False),
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
            form = form_of(media_type) if MEDIA_TYPE.fullmatch(media_type) else None
            if form is None:
                self._say(at, f"request bodies of {media_type!r} are not served", MEDIA_ALLOWED)
                continue
            self._check_encoding(entry.get("encoding", {}), at + "/encoding")
            self._check_schema(entry.get("schema", {}), at + "/schema")
            schema = self.schemas.schema(entry.get("schema", {}), Direction.REQUEST)
            shape = shape_of(schema.node, self.schemas.converted)
            media.append(Media(media_type.lower(), form, schema, shape))
        if not spec["content"]:
            return None
        media.sort(key=lambda each: each.type.count("*"))  # the most specific one applies
        by_type = {each.type.encode(): each for each in media if "*" not in each.type}
        return Body(spec.get("required", False), tuple(media), self.lenient, by_type)

    def _check_encoding(self, encoding: Json, at: str) -> None:
        """Fields of a form come as `name=value`, those of an array once for each element."""
        for name, each in encoding.items():
            if each.get("style", "form") != "form" or each.get("explode", True) is not True:
                reason = f"the encoding of the field {name!r} is not served"
                self._say(at + pointer([name]), reason, "style: form with explode: true")

    def _replies(self, node: Json, place: str) -> dict[str, DocumentedReply]:
        out = {}
        for code, each in node["responses"].items():
            if code.startswith("x-"):
                continue
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
        if success(out) is None:
            reason = "no reply to an accepted request is documented"
            allowed = "a code from 200 to 399, 2XX or default"
            self._say(f"{place}/responses", reason, allowed, severity="warning")
        return out

    def _reply_media(self, content: Json, at: str) -> Iterator[ReplyMedia]:
        for media_type, entry in content.items():
            place = at + pointer(["content", media_type])
            form = form_of(media_type) if MEDIA_TYPE.fullmatch(media_type) else None
            if form is None or form is Form.URLENCODED:
                self._say(place, f"replies of {media_type!r} are not served", "JSON, text/*")
                continue
            schema = None
            if "schema" in entry:
                self._check_schema(entry["schema"], place + "/schema")
                schema = self.schemas.schema(entry["schema"], Direction.REPLY)
            general = "text/plain" if form is Form.TEXT else "application/json"
            sent = general if "*" in media_type else media_type
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
            if name.lower() in OWN_HEADERS:
                continue
            place = at + pointer(["headers", name])
            spec = self._deref(each)
            schema = self._deref(spec.get("schema", {}))
            values = [spec.get("example"), schema.get("example"), schema.get("default")]
            values += [self._deref(e).get("value") for e in spec.get("examples", {}).values()]
            values += schema.get("enum", [])
            value = next((value for value in values if value is not None), None)
            if value is None:
                if spec.get("required"):
                    self._say(place, f"the required header {name} has no example", "an `example`")
                continue
            text = _header_text(value, explode=spec.get("explode", False))
            if not HEADER_NAME.fullmatch(name) or UNSENDABLE.search(text):
                reason = f"the header {name!r} cannot be sent with the value {text!r}"
                allowed = "a name without spaces, a value in ISO 8859-1 without line breaks"
                self._say(place, reason, allowed)
            elif self._conforms(self.schemas.schema(schema, Direction.REPLY), name, value, place):
                yield name.lower().encode(), text.encode("latin-1")

    # security -----------------------------------------------------------------------------

    def _security(self, node: Json, place: str) -> Security:
        schemes = self.document.get("components", {}).get("securitySchemes", {})
        at = f"{place}/security" if "security" in node else "/security"
        out = []
        for requirement in node.get("security", self.document.get("security", [])):
            combination = []
            for name in requirement:
                if name not in schemes:
                    reason = f"the scheme {name!r} is not defined"
                    self._say(at, reason, ", ".join(schemes) or "components.securitySchemes")
                    continue
                scheme = self._scheme(self._deref(schemes[name]))
                if scheme is None:
                    self._say(at, f"the cookie scheme {name!r} is not served", "header, query")
                elif scheme.kind == "header" and not HEADER_NAME.fullmatch(scheme.name):
                    self._say(at, f"{scheme.name!r} is no name of a header", "letters, digits, -")
                else:
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
        """Refuse what schemas of a later version of this server will speak, however deep it is."""
        todo, seen = [node], set(self._plain)
        while todo:
            each = todo.pop()
            if not isinstance(each, dict):
                continue
            ref = each.get("$ref")
            if isinstance(ref, str):
                if ref not in seen:
                    seen.add(ref)
                    todo.append(self.schemas.resolve(ref))
                continue
            if "discriminator" in each:
                found = each["discriminator"]["propertyName"]
                reason = f"discriminators are not served, found one by {found!r}"
                self._say(at, reason, "oneOf or anyOf without `discriminator`")
                return
            todo += (each.get(key) for key in ONE)
            for key in MANY:
                todo += each.get(key, ())
            for key in MAPS:
                todo += each.get(key, {}).values()
        self._plain = seen


def _header_text(value: Json, *, explode: bool = False) -> str:
    """A value in the style `simple`."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        between = "=" if explode else DELIMITERS["simple"]
        value = [f"{name}{between}{_header_text(each)}" for name, each in value.items()]
    if isinstance(value, list):
        return DELIMITERS["simple"].join(_header_text(each) for each in value)
    return str(value)
