"""From a template to a reply: values and texts, JSON at any depth, errors with their place."""

import subprocess
import sys
from typing import TYPE_CHECKING

import orjson
from hypothesis import given
from hypothesis import strategies as st

from mockserver.template import Compiled, compile_template
from tests.template.samples import NOON, asked, outcome, refused, refused_at_load, rendered

if TYPE_CHECKING:
    from mockserver.message import Json


def test_text_around_an_expression_makes_it_text() -> None:
    assert rendered("{{ request.query.page }} of 9") == "2 of 9"
    assert rendered("{{ request.query.page }}\n") == "2\n"


def test_statements_give_text() -> None:
    text = "{% for x in request.body['items'] %}{{ x.tag }}{{ ',' if not loop.last }}{% endfor %}"

    assert rendered(text) == "a,b"
    assert rendered("{% set x = 2 %}{% if x > 1 %}many{% else %}one{% endif %}") == "many"
    assert rendered("{% with x = 2 %}{{ x * 2 }}{% endwith %}") == "4"


def test_a_comment_is_left_out() -> None:
    assert rendered("a{# why #}b") == "ab"


def test_json_is_rendered_at_any_depth_and_keys_are_literal() -> None:
    node = {"{{ key }}": [{"id": "{{ request.path.id }}", "n": 1}, "plain", None, True]}

    assert rendered(node) == {"{{ key }}": [{"id": "a b", "n": 1}, "plain", None, True]}


def test_a_reply_is_not_the_body_of_the_request() -> None:
    request = asked({"list": [1]})
    rendered("{{ request.body }}", request)["list"].append(2)

    assert request.content == {"list": [1]}


def test_two_replies_share_nothing() -> None:
    compiled = compile_template({"a": [1], "b": "{{ request.method }}"})
    compiled.render(asked(), NOON, "mine")["a"].append(2)

    assert compiled.render(asked(), NOON, "mine") == {"a": [1], "b": "POST"}


@given(st.text().filter(lambda text: not any(mark in text for mark in ("{{", "{%", "{#"))))
def test_a_text_without_markers_is_the_same_text(text: str) -> None:
    assert rendered(text) is text
    assert rendered({"a": [text]}) == {"a": [text]}


def test_neither_jinja_nor_faker_is_loaded_before_it_is_needed() -> None:
    code = (
        "import sys, mockserver.template as t\n"
        "t.compile_template({'a': 'plain'})\n"
        "assert not {'jinja2', 'faker'} & set(sys.modules)\n"
        "t.compile_template('{{ now }}')\n"
        "assert 'jinja2' in sys.modules and 'faker' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)

    assert (done.returncode, done.stderr) == (0, b"")


def test_an_error_has_its_place() -> None:
    load = refused_at_load({"a/b": [1, {"c~d": "{{ nowhere }}"}]})
    late = refused({"a/b": [1, {"c~d": "{{ request.body.nowhere }}"}]})

    assert load.pointer == late.pointer == "/a~1b/1/c~0d"
    assert str(late) == "There is no `nowhere` in this object (template /a~1b/1/c~0d)"


def test_a_text_of_a_template_is_bounded() -> None:
    fits = "{{ 1 }}" + "a" * 19_993

    assert rendered(fits) == "1" + "a" * 19_993
    assert refused_at_load(fits + "a").reason == (
        "The template is 20,001 characters long, more than 20,000"
    )


def test_a_template_that_is_nested_too_deeply_is_refused() -> None:
    node: Json = "{{ 1 }}"
    for _ in range(100):
        node = [node]

    assert isinstance(compile_template(node), Compiled)
    assert "more than 100 deep" in refused_at_load([node]).reason


WORDS = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", "request", "now", "uuid", "faker", "session", "range",
     ".body", ".name()", ".headers", "['items']", ".__class__", "|", "iso", "join", "map", "sort",
     "plus(days=1)", "~", "+", "*", "**", "%", "/", "1", "0", "-", "'a'", "[", "]", "(", ")", ",",
     ":", "for x in", "endfor", "if", "else", "endif", "set x =", "x", "is", "defined", "not",
     "None", "{", "}", "=", "self", "loop", "with", "in", "1.5", "99999999999999999999"]
)  # fmt: skip


@given(st.lists(WORDS, max_size=12).map(" ".join))
def test_whatever_is_written_gives_json_or_a_template_error(text: str) -> None:
    found = outcome(text)

    assert orjson.dumps(found) == orjson.dumps(outcome(text))


@given(st.lists(WORDS, max_size=8).map(" ".join))
def test_whatever_is_an_expression_gives_json_or_a_template_error(text: str) -> None:
    assert orjson.dumps(outcome("{{ " + text + " }}"))


@given(st.text(max_size=30))
def test_any_text_between_marks_gives_json_or_a_template_error(text: str) -> None:
    assert orjson.dumps(outcome("{{" + text + "}}"))
    assert orjson.dumps(outcome("{%" + text + "%}"))
