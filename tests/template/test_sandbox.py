"""The sandbox: what authors cannot reach, and the members and operators that they can."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.template.samples import refused, rendered


@pytest.mark.parametrize(
    "text",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ ''['__class__']['__mro__'] }}",
        "{{ [].__class__.__base__.__subclasses__() }}",
        "{{ [''] | map(attribute='__class__') | list }}",
        "{{ [''] | sum(attribute='__class__') }}",
        "{{ ['']  | selectattr('__class__') | list | length / 0 }}",
        "{{ '' | attr('__class__') }}",
        "{{ request.__init__.__globals__ }}",
        "{{ request['__init__'] }}",
        "{{ request._request.body }}",
        "{{ request['_request'] }}",
        "{{ request['raw_query'] }}",
        "{{ faker['__class__'] }}",
        "{{ faker.name.__globals__ }}",
        "{{ faker.name.__self__ }}",
        "{{ range.__globals__ }}",
        "{{ now.__reduce__() }}",
        "{{ now.strftime('%Y') }}",
        "{{ now.replace(year=1) }}",
        "{{ request.headers._values }}",
        "{{ request.headers.__class__ }}",
        "{{ request.body.update({}) }}",
        "{{ request.body['items'].append(1) }}",
        "{{ request.method.encode() }}",
        "{{ '{0.__class__}'.format(1) }}",
        "{{ '{0.__class__}'['format'](1) }}",
        "{{ '{a.__class__}'.format_map({'a': 1}) }}",
        "{{ '%s' % request }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ '%s' | format(request) }}",
        "{{ cycler('a') }}",
        "{{ cycler.__init__.__globals__.os }}",
        "{{ lipsum.__globals__ }}",
        "{{ namespace(a=1) }}",
        "{{ joiner() }}",
        "{{ dict(a=1) }}",
        "{{ self }}",
        "{{ self._TemplateReference__context }}",
        "{{ context }}",
        "{{ environment }}",
        "{{ config }}",
        "{% include 'a' %}",
        "{% import 'a' as a %}",
        "{% from 'a' import b %}",
        "{% extends 'a' %}",
        "{% block a %}{% endblock %}",
        "{% macro a() %}{{ a() }}{% endmacro %}",
        "{% set x %}a{% endset %}",
        "{% filter upper %}a{% endfilter %}",
        "{% call a() %}{% endcall %}",
        "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
        "{% for x in [1] %}{{ loop.__class__ }}{% endfor %}",
        "{% for x in [1] %}{{ loop._iterable }}{% endfor %}",
        "{{ [1] | map('attr', '__class__') | list }}",
        "{{ [1] | map('nowhere') | list }}",
        "{{ (1).__class__ }}",
        "{{ (1).to_bytes(10) }}",
        "{{ none.__class__ }}",
        "{{ request.body.missing.__class__ }}",
        "{{ 'a' | xmlattr }}",
        "{{ 'a' | pprint }}",
        "{{ [1, 2] | random }}",
    ],
)
def test_nothing_leads_out_of_the_sandbox(text: str) -> None:
    assert refused(text).reason


def test_a_member_of_the_body_comes_before_a_method_of_the_same_name() -> None:
    assert rendered("{{ request.body.items | map(attribute='id') }}") == [1, 2]
    assert rendered("{{ request.query.items() }}") == [["page", 2]]


@given(st.integers(-(10**6), 10**6), st.integers(1, 10**6))
def test_arithmetic_is_that_of_numbers(left: int, right: int) -> None:
    assert rendered(f"{{{{ ({left}) + {right} }}}}") == left + right
    assert rendered(f"{{{{ ({left}) // {right} }}}}") == left // right
    assert math.isclose(rendered(f"{{{{ ({left}) / {right} }}}}"), left / right)
