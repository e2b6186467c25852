"""Templates rendered for one request, for the tests of all their parts."""

from datetime import UTC, datetime

import orjson
import pytest

from mockserver.clock import Moment
from mockserver.message import ABSENT, Json, Request
from mockserver.template import TemplateError, compile_template
from mockserver.template.fake import methods

AT = datetime(2026, 1, 15, 12, 0, 30, 250_000, tzinfo=UTC)
NOON = Moment(AT, 7, AT)
BODY = {
    "name": "Ana",
    "none": None,
    "flag": True,
    "price": 9.5,
    "items": [{"id": 1, "tag": "a"}, {"id": 2, "tag": "b"}],
}


def asked(content: Json = BODY, *, method: str = "POST", query: bytes = b"page=2") -> Request:
    body = b"" if content is ABSENT else orjson.dumps(content)
    headers = {b"x-request-id": b"abc", b"accept": b"text/plain"}
    request = Request(method, b"/orders/a%20b", query, headers, body)
    request.path = {"id": "a b"}
    request.query = {"page": 2}
    request.content = content
    return request


def rendered(
    node: Json, request: Request | None = None, moment: Moment = NOON, session: str = "mine"
) -> Json:
    return compile_template(node).render(request or asked(), moment, session)


def refused(node: Json, request: Request | None = None) -> TemplateError:
    """The error of a template, when it is compiled or when it is rendered."""
    with pytest.raises(TemplateError) as caught:
        rendered(node, request)
    return caught.value


def refused_at_load(node: Json) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        compile_template(node)
    return caught.value


def outcome(text: str) -> Json:
    try:
        return rendered(text)
    except TemplateError as error:
        return error.reason


CHANCE = ["{{ uuid }}", "{{ faker.name() }}", "{{ faker.random_int(1, 1000000000) }}"]


def every_fake() -> dict[str, Json]:
    """What each method of Faker that is open gives without arguments."""
    names = sorted(methods())
    return {name: outcome(f"{{{{ faker.{name}() }}}}") for name in names}
