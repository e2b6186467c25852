"""Requests and conditions of few values, so that they meet often.

What matches them is tested with `test_match`, what follows from them with `test_implication`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from hypothesis import strategies as st

from mockserver.message import ABSENT, Request

Node = dict[str, dict[str, Any]]


class Sent(NamedTuple):
    """What a request says, before it is written down as bytes."""

    path: Mapping[str, Any] = {}
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = {}
    body: Any = ABSENT


def request_of(sent: Sent, raw_query: bytes | None = None) -> Request:
    """The request that says `sent`."""
    pairs = "&".join(f"{quote(name)}={quote(value)}" for name, value in sent.query)
    raw = pairs.encode() if raw_query is None else raw_query
    headers = {name.lower().encode(): value.encode() for name, value in sent.headers.items()}
    request = Request("POST", b"/", raw, headers)
    request.path = sent.path
    request.content = sent.body
    return request


TEXTS = ("", "a", "ab", "5", "5.0", "05", "-0", "1e1", "10", "true", "null", "é &=+%", "a,b", "[]")
NUMBERS = (0, 1, 5, 10, 5.0, 5.5, 1.0, -3, 2**70)
SCALARS: tuple[Any, ...] = (*TEXTS, *NUMBERS, True, False, None)
NAMES = ("a", "B", "n 1", "é&")
POINTERS = ("", "/a", "/a/0", "/a/00", "/a/-", "/a/b", "/0", "/1", "/b~1c", "/d~0e", "/a/a", "/²")
PATTERNS = ("", ".*", "[0-9]+", "a.*", "(a|b)", "5", "5|10")

texts = st.sampled_from(TEXTS)
scalars = st.sampled_from(SCALARS)
bodies = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("a", "b", "0", "b/c", "d~e", "-")), inner, max_size=3)
    ),
    max_leaves=8,
)
sents = st.builds(
    Sent,
    path=st.dictionaries(
        st.sampled_from(NAMES), scalars | st.lists(scalars, min_size=1, max_size=3), max_size=3
    ),
    query=st.lists(st.tuples(st.sampled_from(NAMES), texts), max_size=5),
    headers=st.dictionaries(st.sampled_from(("X-A", "accept", "X-B")), texts, max_size=3),
    body=st.just(ABSENT) | bodies,
)


def any_tests(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Tests of every kind, alone and together, and plain values."""
    bounds = st.sampled_from(NUMBERS)
    kinds = {
        "equals": values,
        "one_of": st.lists(values, min_size=1, max_size=4),
        "regex": st.sampled_from(PATTERNS),
        "absent": st.booleans(),
        "min": bounds,
        "max": bounds,
    }
    alone = st.one_of([st.fixed_dictionaries({name: each}) for name, each in kinds.items()])
    together = st.fixed_dictionaries({}, optional=kinds).filter(bool)
    return alone | together | values.filter(lambda value: not isinstance(value, dict))


plain_tests = any_tests(scalars | st.lists(scalars, max_size=3))
nodes = st.fixed_dictionaries(
    {},
    optional={
        "path": st.dictionaries(st.sampled_from(NAMES), plain_tests, min_size=1, max_size=2),
        "query": st.dictionaries(st.sampled_from(NAMES), plain_tests, min_size=1, max_size=2),
        "headers": st.dictionaries(
            st.sampled_from(("x-a", "Accept", "X-B")), plain_tests, min_size=1, max_size=2
        ),
        "body": st.dictionaries(
            st.sampled_from(POINTERS), any_tests(bodies), min_size=1, max_size=2
        ),
    },
)
