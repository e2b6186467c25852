"""What of an exchange may be shown: all of it but the secrets.

Explanations, HAR and NDJSON are made of what these functions give; nothing else may read the
headers, the query, a body or a record of an exchange to show them. What is kept is never changed.
"""

import base64
import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import orjson

from mockserver.contract.bodies import Form, form_of
from mockserver.contract.parameters import Malformed, loads, percent_decoded, query_pairs
from mockserver.contract.replies import encode
from mockserver.exchange import Exchange
from mockserver.message import Header, Json, Request, Violation
from mockserver.pointer import steps_of
from mockserver.record import Record
from mockserver.secrecy import REDACTED, is_secret, redacted, scrubbed
from mockserver.timeline import Fired

Pairs = Sequence[tuple[str, str]]

_FOUND = re.compile("; found | is not acceptable: ")  # what a violation says of the value itself


class Body(NamedTuple):
    """A body as it may be shown.

    Attributes:
        form: "json", "form", "text" or "base64".
        value: Parsed JSON, an object of the form's fields, or a text.
        text: As it was sent, but for secrets; base64 where it is no text.
        size: In bytes, as it was sent.
    """

    form: str
    value: Json
    text: str
    size: int


def path_of(request: Request) -> str:
    """The path as it was sent, less credentials and the values of parameters with secret names."""
    path = request.raw_path.decode("latin-1")
    hidden = [str(value) for name, value in request.path.items() if is_secret(name)]
    if not hidden and redacted(_plain(path, plus=False)) == _plain(path, plus=False):
        return path
    return "/".join(_step(step, hidden) for step in path.split("/"))


def _step(step: str, hidden: Sequence[str]) -> str:
    """A segment of a path, `REDACTED` when it has one of the `hidden` values or credentials."""
    plain = _plain(step, plus=False)
    return REDACTED if any(each in plain for each in hidden) or redacted(plain) != plain else step


def query_of(request: Request) -> str:
    """The query as it was sent, less secret values; "" for none."""
    return _assignments(request.raw_query.decode("latin-1"))


def pairs_of(raw: bytes) -> Pairs:
    """Names and values of a query or form, decoded, less secret values; none when malformed."""
    try:
        pairs = query_pairs(raw)
    except Malformed:
        return ()
    return [(name, REDACTED if is_secret(name) else redacted(_plain(text))) for name, text in pairs]


def headers_of(headers: Iterable[Header]) -> Pairs:
    """Names and values of headers, less secret ones, and secrets inside of others."""
    return [
        (name, REDACTED if is_secret(name) else scrubbed(value))
        for name, value in ((each[0].decode("latin-1"), _text(each[1])) for each in headers)
    ]


def request_body(exchange: Exchange) -> Body | None:
    """The body of the request, None when there was none."""
    request = exchange.request
    return _body(request.body, _text(request.headers.get(b"content-type", b"")))


def reply_body(exchange: Exchange) -> Body | None:
    """The body of the reply, None when there is none; a refusal may not tell secrets either."""
    types = [value for name, value in exchange.reply.headers if name == b"content-type"]
    body = _body(exchange.reply.body, _text(types[0]) if types else "")
    if body is None or not exchange.violations:
        return body
    clean = _cleaner(exchange.violations)
    value = _each_text(body.value, clean)
    if value == body.value:
        return body
    text = encode(value).decode() if body.form == "json" else clean(body.text)
    return body._replace(value=value, text=text)


def violations_of(exchange: Exchange) -> list[Violation]:
    """What the request broke; the values of secrets are not told."""
    return [each._replace(message=_message(each)) for each in exchange.violations]


def data_of(record: Record | None) -> Json:
    """The data of a record, less its secrets; None where there is no record."""
    return None if record is None else redacted(dict(record.data))


def id_of(record: Record | Fired) -> str:
    """The id of a record, less credentials."""
    shown: str = redacted(record.id)
    return shown


def _body(body: bytes, content_type: str) -> Body | None:
    if not body:
        return None
    form = form_of(content_type)
    if form is Form.URLENCODED and (pairs := pairs_of(body)):
        return Body("form", _fields(pairs), _assignments(body.decode()), len(body))
    if form is Form.JSON or body.lstrip()[:1] in (b"{", b"["):
        try:
            content = loads(body)
        except (orjson.JSONDecodeError, Malformed):
            pass
        else:
            shown = redacted(content)
            text = body.decode() if shown == content else encode(shown).decode()
            return Body("json", shown, text, len(body))
    return _unparsed(body)


def _unparsed(body: bytes) -> Body:
    """A text, or base64 for bytes that are none; what looks like a secret in bytes is not sent."""
    try:
        text = scrubbed(body.decode())
    except UnicodeDecodeError:
        latin = body.decode("latin-1")
        text = scrubbed(latin)
        if text == latin:
            encoded = base64.b64encode(body).decode()
            return Body("base64", encoded, encoded, len(body))
    return Body("text", text, text, len(body))


def _fields(pairs: Pairs) -> Json:
    """Values by name, lists where a name is repeated."""
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in fields.items()}


def _assignments(text: str) -> str:
    """A raw query or form with the values of secret names replaced."""
    parts = []
    for part in text.split("&"):
        name, equals, value = part.partition("=")
        plain = _plain(value)
        hidden = equals and (is_secret(_plain(name)) or redacted(plain) != plain)
        parts.append(f"{name}={REDACTED}" if hidden else part)
    return "&".join(parts)


def _plain(text: str, *, plus: bool = True) -> str:
    try:
        return percent_decoded(text, plus=plus)
    except Malformed:
        return text


def _text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _secret_place(violation: Violation) -> bool:
    in_body = violation.location == "body"
    names = steps_of(violation.pointer) if in_body else [violation.pointer]
    return any(map(is_secret, names))


def _message(violation: Violation) -> str:
    head, *found = _FOUND.split(violation.message, maxsplit=1)
    if found and _secret_place(violation):
        return f"{head}; found {REDACTED}"
    return scrubbed(violation.message)


def _cleaner(violations: Iterable[Violation]) -> Callable[[str], str]:
    """Takes what the violations of secret places tell out of a text, where it was cut off too."""
    heads = [(_FOUND.split(each.message)[0], each) for each in violations if _secret_place(each)]

    def clean(text: str) -> str:
        for head, violation in heads:
            text = text.replace(violation.message, _message(violation))
            start = text.find(head) + len(head)
            rest = text[start:] if start >= len(head) else ""
            if _FOUND.match(rest) and not rest.startswith(f"; found {REDACTED}"):
                text = f"{text[:start]}; found {REDACTED}"
        return scrubbed(text)

    return clean


def _each_text(value: Json, change: Callable[[str], str]) -> Json:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _each_text(member, change) for name, member in value.items()}
    if isinstance(value, list):
        return [_each_text(each, change) for each in value]
    return value
