"""Bounds of a rendering: what crosses them, and what they leave room for."""

import pytest

from tests.template.samples import refused, rendered


@pytest.mark.parametrize(
    "text",
    [
        "{{ 'a' * 100001 }}",
        "{{ 100001 * 'a' }}",
        "{{ [1] * 100001 }}",
        "{{ 'a' * (10 ** 18) }}",
        "{{ 10 ** 65 }}",
        "{{ (10 ** 19) ** 64 }}",
        "{{ 2 ** 64 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ " + "9" * 5_000 + " }}",
        "{{ range(1001) }}",
        "{{ range(10 ** 19) }}",
        "{{ 'a'.center(1000000000) }}",
        "{{ 'a'.ljust(1000000000) }}",
        "{{ 'a'.rjust(1000000000) }}",
        "{{ 'a'.zfill(1000000000) }}",
        "{{ 'a\t'.expandtabs(1000000000) }}",
        "{{ 'a'.replace('a', 'b') }}",
        "{{ ','.join(['a']) }}",
        "{{ 'a' | center(1000000000) }}",
        "{{ 'a' | indent(1000000000) }}",
        "{{ [1] | batch(1000000000, 'x') }}",
        "{{ 1.5 | round(1000000000) }}",
        "{{ ('a' * 1000) | replace('a', 'b' * 1000) }}",
        "{{ range(1000) | join('a' * 1000) }}",
        "{{ range(1000) | map('replace', '1', 'a' * 1000) | list }}",
        "{{ 'a' * 60000 ~ 'a' * 60000 }}",
        "{{ 'a' * 60000 + 'a' * 60000 }}",
        "{{ ['a' * 60000, 'a' * 60000] }}",
        "{{ 'a' * 60000 }}{{ 'a' * 60000 }}",
        "{% set x = 'aa' %}" + "{% set x = x + x %}" * 40,
        "{% set x = 'aa' %}" + "{% set x = x ~ x %}" * 40,
        "{% set x = [1] %}" + "{% set x = [x, x] %}" * 60 + "{{ x }}",
        "{% set x = [1] %}" + "{% set x = (x, x) %}" * 60 + "{{ {x: 1} }}",
        "{% set x = {} %}" + "{% set x = {'a': x, 'b': x} %}" * 60,
        "{% for a in range(1000) %}{% for b in range(1000) %}{% endfor %}{% endfor %}",
        "{% for a in range(1000) %}{% for b in range(99) if b > 98 %}{% endfor %}{% endfor %}",
        "{% for a in range(900) %}{{ faker.paragraph(900) }}{% endfor %}",
        "{% for a in range(900) %}{% if range(999) | sort | sum %}{% endif %}{% endfor %}",
        "{% for a in range(900) %}{{ 'a' * 1000 }}{% endfor %}",
        "{{ now | date('%Y' * 51) }}",
        "{{ now | date('%1000000000d') }}",
        "{{ " + "(" * 5_000 + ")" * 5_000 + " }}",
        "{{ " + "-" * 5_000 + "1 }}",
        "{{ 1" + "+1" * 5_000 + " }}",
        "{{ " + "[" * 150 + "]" * 150 + " }}",
        "{{ a" + ".a" * 5_000 + " }}",
    ],
)
def test_nothing_grows_or_runs_without_bounds(text: str) -> None:
    assert refused(text).reason


def test_all_texts_of_a_reply_share_one_bound() -> None:
    assert len(rendered("{{ 'a' * 99000 }}")) == 99_000
    assert refused(["{{ 'a' * 60000 }}", "{{ 'a' * 60000 }}"]).pointer == "/1"


def test_the_bounds_leave_room_for_ordinary_templates() -> None:
    assert len(rendered("{% for x in range(1000) %}{{ x }},{% endfor %}")) == 3890
    assert len(rendered("{{ 'ab' * 49000 }}")) == 98_000
    assert rendered("{{ 2 ** 63 }}") == 2**63
    assert rendered("{{ 'a' ~ ' b' * 3 }}") == "a b b b"
