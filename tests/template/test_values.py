"""What expressions give, as JSON and inside of texts."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from mockserver.message import Json
from tests.template.samples import asked, rendered


def test_values_stand_as_json_inside_a_text() -> None:
    text = '{"a": {{ request.body.flag }}, "b": {{ request.body.none }}, "c": {{ [1, "ñ"] }}}'

    assert rendered(text) == '{"a": true, "b": null, "c": [1,"ñ"]}'


def test_texts_are_put_together_with_a_tilde() -> None:
    assert rendered("{{ 'ORD-' ~ request.query.page ~ request.body.none }}") == "ORD-2null"


NUMBERS = st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
DATA = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=20),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=10), inner),
    max_leaves=20,
)


@given(DATA)
def test_any_content_can_be_echoed(content: Json) -> None:
    request = asked()
    request.content = content

    assert rendered("{{ request.body }}", request) == content
    assert orjson.loads(rendered("[{{ [request.body] }}]", request)) == [[content]]
