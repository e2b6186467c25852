"""What is wrong with a text whatever is asked."""

import pytest

from tests.template.samples import refused_at_load


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ request.", "Expected name or number"),
        ("{% if %}", "Expected an expression, got 'end of statement block'"),
        ("{{ reqest.body }}", "There is no name `reqest`; did you mean `request`?"),
        ("{{ request.bodi }}", "There is no member of request `bodi`; did you mean `body`?"),
        ("{{ faker.nam() }}", "There is no method of faker `nam`; did you mean `name`?"),
        ("{{ now | isso }}", "There is no filter `isso`; did you mean `iso`?"),
        ("{% if false %}{{ 1 | nowhere }}{% endif %}", "There is no filter `nowhere`"),
        ("{{ 1 is evn }}", "There is no test `evn`; did you mean `even`?"),
    ],
)
def test_what_is_wrong_for_every_request_is_found_at_load(text: str, reason: str) -> None:
    assert refused_at_load(text).reason.startswith(reason)
