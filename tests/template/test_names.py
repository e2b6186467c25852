"""What templates can name: the request as it was asked, the session and the moment."""

from datetime import timedelta, timezone

import pytest

from mockserver.clock import Moment
from mockserver.message import ABSENT, Json
from tests.template.samples import BODY, NOON, asked, rendered


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ request.method }}", "POST"),
        ("{{ request.raw_path }}", "/orders/a%20b"),
        ("{{ request.path.id }}", "a b"),
        ("{{ request.query.page }}", 2),
        ("{{ request.query['page'] + 1 }}", 3),
        ("{{ request.headers['x-request-id'] }}", "abc"),
        ("{{ request.headers.x_request_id }}", "abc"),
        ("{{ request.headers['X-Request-Id'] }}", "abc"),
        ("{{ request.headers.get('X-Request-Id') }}", "abc"),
        ("{{ 'X-Request-Id' in request.headers }}", True),
        ("{{ request.headers.get('x-other', 'none') }}", "none"),
        ("{{ request.headers | length }}", 2),
        ("{{ request.headers }}", {"x-request-id": "abc", "accept": "text/plain"}),
        ("{{ request.body }}", BODY),
        ("{{ request.body.none }}", None),
        ("{{ request.body.flag }}", True),
        ("{{ request.body.price }}", 9.5),
        ("{{ request.body['items'][1].id }}", 2),
        ("{{ session }}", "mine"),
    ],
)
def test_an_expression_gives_its_value(text: str, value: Json) -> None:
    found = rendered(text)

    assert (found, type(found)) == (value, type(value))


def test_a_body_that_is_absent_is_null() -> None:
    assert rendered("{{ request.body }}", asked(ABSENT)) is None
    assert rendered("{{ request.body.id | default('new') }}", asked(ABSENT)) == "new"


def test_now_is_in_utc_wherever_the_clock_is() -> None:
    wall = NOON.wall.astimezone(timezone(timedelta(hours=5)))

    assert rendered("{{ now.hour }}", moment=Moment(wall, 7, wall)) == 12
