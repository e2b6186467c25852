"""Finding: raw path and method -> operation; concrete before templated; `%2F` is data."""

import re
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.operation import Operation
from mockserver.contract.table import Table


def operation(method: str, path: str) -> Operation:
    names = tuple(re.findall(r"\{([^}]*)\}", path))
    return Operation(
        id=f"sample/{method} {path}",
        stem="sample",
        method=method,
        path=path,
        pointer="",
        summary="",
        path_names=names,
        parameters=(),
        body=None,
        replies={},
        security=(),
        provenance=None,
    )


def table(*paths: str) -> Table:
    return Table(operation("GET", path) for path in paths)


def found(made: Table, raw: str | bytes) -> tuple[str, tuple[str, ...]] | None:
    """The path template that a raw path leads to, and the values of its templated parts."""
    match = made.find(raw if isinstance(raw, bytes) else raw.encode())
    if match is None:
        return None
    node, values = match
    return node.methods["GET"].path, tuple(value.decode("latin-1") for value in values)


@pytest.mark.parametrize(
    ("paths", "raw", "expected"),
    [
        (["/a"], "/a", ("/a", ())),
        (["/a"], "/b", None),
        (["/a"], "/a/", None),
        (["/a/"], "/a/", ("/a/", ())),
        (["/a/"], "/a", None),
        (["/a", "/a/"], "/a/", ("/a/", ())),
        (["/"], "/", ("/", ())),
        (["/"], "", None),
        (["/a"], "a", None),
        (["/a"], "*", None),
        (["/a"], "//a", None),
        (["/a/b"], "/a//b", None),
        (["/a/b"], "/a", None),
        (["/a"], "/a/b", None),
        (["/a"], "/A", None),
        (["/a/{b}"], "/a/5", ("/a/{b}", ("5",))),
        (["/a/{b}"], "/a/", None),
        (["/a/{b}"], "/a/5/", None),
        (["/a/{b}/"], "/a/5/", ("/a/{b}/", ("5",))),
        (["/a/{b}/c"], "/a//c", None),
        (["/{a}"], "/", None),
        (["/{a}/{b}"], "/1/2", ("/{a}/{b}", ("1", "2"))),
        (["/a/{b}"], "/a/b%2Fc", ("/a/{b}", ("b%2Fc",))),
        (["/a/{b}"], "/a/b%2fc/d", None),
        (["/a/{b}"], "/a/caf%C3%A9", ("/a/{b}", ("caf%C3%A9",))),
        (["/a/{b}"], "/a/%", ("/a/{b}", ("%",))),
        (["/a/{b}"], "/a/{b}", ("/a/{b}", ("{b}",))),
        (["/a/{b}"], "/a/..", ("/a/{b}", ("..",))),
        (["/a/{b}"], "/a/b;c=1", ("/a/{b}", ("b;c=1",))),
    ],
)
def test_a_path_leads_to_its_template(
    paths: list[str], raw: str, expected: tuple[str, tuple[str, ...]] | None
) -> None:
    assert found(table(*paths), raw) == expected


@pytest.mark.parametrize(
    "raw", ["/caf%C3%A9/x", "/caf%c3%a9/x", "/%63af%C3%A9/x", "/caf\u00e9/x", "/caf%C3%A9/%78"]
)
@pytest.mark.parametrize("path", ["/caf\u00e9/x", "/caf%C3%A9/x"])
def test_a_concrete_segment_may_be_encoded_or_not(path: str, raw: str) -> None:
    assert found(table(path), raw) == (path, ())
    assert found(table(path, "/{a}/x"), raw) == (path, ())


def test_an_encoded_slash_belongs_to_its_segment() -> None:
    made = table("/a/b", "/a%2Fb", "/{x}")
    assert found(made, "/a%2Fb") == ("/a%2Fb", ())
    assert found(made, "/a%2fb") == ("/a%2Fb", ())
    assert found(made, "/a%2Fc") == ("/{x}", ("a%2Fc",))


def test_bytes_that_are_no_text_are_values() -> None:
    assert found(table("/a/{b}"), b"/a/\xff%FF") == ("/a/{b}", ("\xff%FF",))
    assert found(table("/a"), b"/\xff") is None


@pytest.mark.parametrize(
    ("paths", "raw", "expected"),
    [
        (["/users/{id}", "/users/me"], "/users/me", ("/users/me", ())),
        (["/users/{id}", "/users/me"], "/users/m%65", ("/users/me", ())),
        (["/users/{id}", "/users/me"], "/users/you", ("/users/{id}", ("you",))),
        (["/{a}/b", "/a/{b}"], "/a/b", ("/a/{b}", ("b",))),
        (["/{a}/b", "/a/{b}"], "/c/b", ("/{a}/b", ("c",))),
        (["/a/{x}/c", "/a/b/d"], "/a/b/c", ("/a/{x}/c", ("b",))),
        (["/{x}/b/c", "/a/{y}/d", "/a/b/e"], "/a/b/c", ("/{x}/b/c", ("a",))),
        (["/{x}/{y}/c", "/a/{y}/d", "/a/b/e"], "/a/b/c", ("/{x}/{y}/c", ("a", "b"))),
        (["/a/{x}/{y}/d", "/a/b/{y}/e"], "/a/b/c/d", ("/a/{x}/{y}/d", ("b", "c"))),
        (["/a/{x}", "/a/{x}/b", "/a/c/d"], "/a/c", ("/a/{x}", ("c",))),
        (["/a/{x}", "/a/c/d"], "/a/c/d", ("/a/c/d", ())),
        (["/{x}:go", "/{x}"], "/5:go", ("/{x}:go", ("5",))),
        (["/{x}", "/{x}:go"], "/5:stop", ("/{x}", ("5:stop",))),
        (["/{x}:go", "/5:go"], "/5:go", ("/5:go", ())),
        (["/{x}:go/a", "/{x}/b"], "/5:go/b", ("/{x}/b", ("5:go",))),
    ],
)
def test_concrete_goes_before_templated_and_the_way_back_is_open(
    paths: list[str], raw: str, expected: tuple[str, tuple[str, ...]]
) -> None:
    assert found(table(*paths), raw) == expected
    assert found(table(*reversed(paths)), raw) == expected


@pytest.mark.parametrize(
    ("path", "raw", "values"),
    [
        ("/{id}:cancel", "/5:cancel", ("5",)),
        ("/{id}:cancel", "/5:6:cancel", ("5:6",)),
        ("/{id}:cancel", "/:cancel", None),
        ("/{id}:cancel", "/5:cancelled", None),
        ("/{a}.{b}", "/x.y", ("x", "y")),
        ("/{a}.{b}", "/x.y.z", ("x", "y.z")),
        ("/{a}.{b}", "/x", None),
        ("/v{n}", "/v12", ("12",)),
        ("/v{n}", "/v", None),
        ("/{a}-{b}-{c}", "/1-2-3", ("1", "2", "3")),
        ("/x({a},{b})", "/x(1,2)", ("1", "2")),
        ("/{a}.json/{b}", "/x.json/y", ("x", "y")),
        ("/{a}.json", "/x.json", ("x",)),
        ("/{a}.json", "/xjson", None),
        ("/{a}.json", "/caf%C3%A9.json", ("caf%C3%A9",)),
        ("/{a}-a\u00f1o", "/5-a%C3%B1o", ("5",)),
        ("/{a}-a\u00f1o", "/5-a%c3%b1o", ("5",)),
        ("/{a}-a\u00f1o", "/5-a\u00f1o", ("5",)),
        ("/{a} b", "/5%20b", ("5",)),
        ("/{a}%20b", "/5%20b", ("5",)),
    ],
)
def test_a_segment_may_be_a_template_in_part(
    path: str, raw: str, values: tuple[str, ...] | None
) -> None:
    assert found(table(path), raw) == (None if values is None else (path, values))


def test_of_templates_in_part_the_one_that_says_more_goes_first() -> None:
    paths = ["/{a}:{b}", "/{a}:cancel", "/{a}l", "/{a}"]
    for order in (paths, paths[::-1]):
        made = table(*order)
        assert found(made, "/5:cancel") == ("/{a}:cancel", ("5",))
        assert found(made, "/5:call") == ("/{a}l", ("5:cal",))
        assert found(made, "/5:stop") == ("/{a}:{b}", ("5", "stop"))
        assert found(made, "/5") == ("/{a}", ("5",))


def test_methods_of_one_path_meet_at_one_place_whatever_the_names_and_contracts() -> None:
    get, post = operation("GET", "/orgs/{org}/x"), operation("POST", "/orgs/{orgId}/x")
    match = Table([get, post]).find(b"/orgs/5/x")
    assert match is not None
    assert match[0].methods == {"GET": get, "POST": post}
    assert match[0].allow() == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize(
    ("methods", "allow"),
    [
        (["GET"], "GET, HEAD, OPTIONS"),
        (["POST"], "OPTIONS, POST"),
        (["OPTIONS", "HEAD"], "HEAD, OPTIONS"),
        (["DELETE", "PUT", "GET"], "DELETE, GET, HEAD, OPTIONS, PUT"),
    ],
)
def test_allow_lists_what_is_documented_and_what_follows(methods: list[str], allow: str) -> None:
    match = Table(operation(method, "/a") for method in methods).find(b"/a")
    assert match is not None
    assert match[0].allow() == allow


def test_a_path_is_found_whatever_its_methods() -> None:
    made = Table([operation("GET", "/users/me"), operation("DELETE", "/users/{id}")])
    match = made.find(b"/users/me")
    assert match is not None
    assert list(match[0].methods) == ["GET"]


def test_the_table_knows_its_operations() -> None:
    operations = (operation("GET", "/a"), operation("GET", "/b/{c}"))
    assert Table(operations).operations == operations


# against a naive matcher

SEGMENTS = ["a", "b", "5", "v7", "x.y", "5:go", "{}", "{}:go", "v{}", "{}.{}", ""]
SENT = ["a", "b", "%61", "5", "v7", "v%37", "x.y", "x.y.z", "5:go", ":go", "a%2Fb", "", "v", "."]


def named(template: tuple[str, ...]) -> str:
    """A path template with a name of its own for each templated part."""
    parts = "/" + "/".join(template)
    count = iter(range(99))
    return re.sub(r"\{\}", lambda _: f"{{p{next(count)}}}", parts)


def naive(templates: list[tuple[str, ...]], raw: str) -> tuple[str, tuple[str, ...]] | None:
    """The best template by the rule of OpenAPI: try all, segment by segment, concrete first."""
    sent = raw.split("/")[1:]
    best: Any = None
    for template in templates:
        if len(template) != len(sent):
            continue
        ranks: list[Any] = []
        values: list[str] = []
        for wanted, given_ in zip(template, sent, strict=True):
            if "{" not in wanted:
                if unquote_to_bytes(given_) != wanted.encode():
                    break
                ranks.append((0,))
                continue
            pattern = "(.+?)".join(re.escape(part) for part in wanted.split("{}"))
            match = re.fullmatch(pattern, given_)
            if match is None:
                break
            values += match.groups()
            literal = len(wanted.replace("{}", ""))
            ranks.append((2,) if wanted == "{}" else (1, wanted.count("{}"), -literal, pattern))
        else:
            if best is None or ranks < best[0]:
                best = ranks, named(template), tuple(values)
    return None if best is None else (best[1], best[2])


@settings(max_examples=400, deadline=None)
@given(
    templates=st.lists(
        st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=4).map(tuple),
        min_size=1,
        max_size=12,
        unique=True,
    ),
    sent=st.lists(st.lists(st.sampled_from(SENT), min_size=1, max_size=4), min_size=1, max_size=8),
)
def test_the_table_finds_what_a_naive_matcher_finds(
    templates: list[tuple[str, ...]], sent: list[list[str]]
) -> None:
    made = table(*map(named, templates))
    for segments in sent:
        raw = "/" + "/".join(segments)
        assert found(made, raw) == naive(templates, raw), raw


@settings(max_examples=200, deadline=None)
@given(
    templates=st.lists(
        st.lists(st.sampled_from(SEGMENTS), min_size=1, max_size=4).map(tuple),
        max_size=6,
        unique=True,
    ),
    raw=st.binary(max_size=40),
)
def test_any_bytes_are_a_path_or_none(templates: list[tuple[str, ...]], raw: bytes) -> None:
    made = table(*map(named, templates))
    for path in (raw, b"/" + raw):
        match = made.find(path)
        assert match is None or match[0].methods
