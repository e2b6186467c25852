"""What is said of a template that fails for a request."""

import pytest

from mockserver.template import compile_template
from tests.template.samples import refused


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ request.body.missing }}", "There is no `missing` in this object"),
        ("{{ request.body.missing.deeper }}", "There is no `missing` in this object"),
        ("{{ request.body.none.deeper }}", "There is no `deeper` in null"),
        ("{{ [request.body.missing] }}", "There is no `missing` in this object"),
        ("a {{ request.body['items'][9] }}", "There is no `9` in this list"),
        ("{{ request.headers.x_other }}", "There is no `x_other` in this object"),
        ("{{ 1 + 'a' }}", "TypeError: unsupported operand type(s) for +: 'int' and 'str'"),
        ("{{ 1 / 0 }}", "ZeroDivisionError: division by zero"),
        ("{{ now | plus(days=10**9) }}", "OverflowError: "),
        ("{{ 'soon' | iso }}", "ValueError: Invalid isoformat string: 'soon'"),
        ("{{ 5 | iso }}", "It is not a time"),
        ("{{ faker.name }}", "A method is not a value; call it"),
        ("{{ request }}", "It is not JSON"),
        ("{{ {1: 2} }}", "A member's name is not text"),
        ("{{ 1e308 * 10 }}", "A number is not finite"),
        ("{{ '\\ud800' }}", "UnicodeEncodeError: "),
    ],
)
def test_what_is_wrong_for_a_request_is_said(text: str, reason: str) -> None:
    compile_template(text)

    assert refused(text).reason.startswith(reason)
