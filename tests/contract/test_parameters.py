"""Parameters: every style of OpenAPI 3.0, against an encoder of its own; strictness; refusals.

The encoder follows the table of OpenAPI 3.0.3 (4.7.12.2) and RFC 6570, which it refers to. Where
the two differ (`label` without explode), RFC 6570 holds, as OpenAPI 3.0.4 corrects the table.
"""

import math
import string
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any
from urllib.parse import quote

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mockserver.contract.load import load
from mockserver.contract.parameters import (
    BOOLEANS,
    Malformed,
    Parameter,
    Shape,
    loads,
    percent_decoded,
    query_pairs,
    scalar,
    shape_of,
)
from mockserver.message import ABSENT

ContractOf = Callable[..., Any]
STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited"),
    "header": ("simple",),
}
SCALARS = ("string", "integer", "number", "boolean")
MEMBERS = {"s": "string", "i": "integer", "n": "number", "b": "boolean"}
SCHEMAS: dict[str, Any] = {
    **{kind: {"type": kind} for kind in SCALARS},
    **{f"array of {kind}": {"type": "array", "items": {"type": kind}} for kind in SCALARS},
    "object": {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in MEMBERS.items()},
        "additionalProperties": False,
    },
}


def cases() -> Iterator[tuple[str, str, bool, str]]:
    """Every location, style and explode with every kind of value that OpenAPI defines for it."""
    for location, styles in STYLES.items():
        for style, explode, kind in product(styles, (False, True), SCHEMAS):
            delimited = style in {"spaceDelimited", "pipeDelimited"}
            if not (delimited and (explode or kind in SCALARS)):
                yield location, style, explode, kind


CASES = tuple(cases())


# the encoder


def written(value: Any) -> str:
    """A scalar as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)


def escaped(text: str, also: str = "") -> str:
    """Percent-encoded but for what RFC 3986 leaves alone, less `also`."""
    encoded = quote(text, safe="")
    return encoded.replace(also, f"%{ord(also):02X}") if also else encoded


def pairs_of(value: Any, between: str, escape: Callable[[str], str]) -> list[str]:
    return [f"{escape(name)}{between}{escape(written(each))}" for name, each in value.items()]


def joined(value: Any, delimiter: str, *, explode: bool, escape: Callable[[str], str]) -> str:
    """An array or object in one piece of text."""
    if isinstance(value, dict):
        return delimiter.join(pairs_of(value, "=" if explode else delimiter, escape))
    parts = value if isinstance(value, list) else [value]
    return delimiter.join(escape(written(part)) for part in parts)


def in_path(name: str, value: Any, style: str, *, explode: bool) -> str:
    if style == "simple":
        return joined(value, ",", explode=explode, escape=escaped)
    if style == "label":
        return "." + joined(
            value, "." if explode else ",", explode=explode, escape=lambda text: escaped(text, ".")
        )
    if not explode or not isinstance(value, list | dict):
        return f";{name}=" + joined(value, ",", explode=False, escape=escaped)
    if isinstance(value, dict):
        return ";" + ";".join(pairs_of(value, "=", escaped))
    return "".join(f";{name}={escaped(written(each))}" for each in value)


def in_query(name: str, value: Any, style: str, *, explode: bool) -> str:
    if explode and isinstance(value, dict):
        return "&".join(pairs_of(value, "=", escaped))
    if explode and isinstance(value, list):
        return "&".join(f"{name}={escaped(written(each))}" for each in value)
    delimiter = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "|"}[style]
    return f"{name}=" + joined(value, delimiter, explode=False, escape=escaped)


def in_header(value: Any, *, explode: bool) -> str:
    return joined(value, ",", explode=explode, escape=str)


# values that can be written in one way only


def texts(location: str, style: str, kind: str) -> st.SearchStrategy[str]:
    if location == "header":
        visible = "".join(chr(code) for code in (*range(33, 127), *range(161, 256)))
        return st.text(visible if kind == "string" else visible.replace(",", ""), min_size=1)
    if style in {"spaceDelimited", "pipeDelimited"}:
        return st.text(min_size=1).map(lambda text: text.replace(" ", "_").replace("|", "_"))
    return st.text(min_size=1)


def values(location: str, style: str, kind: str) -> st.SearchStrategy[Any]:
    scalars: dict[str, st.SearchStrategy[Any]] = {
        "string": texts(location, style, kind).filter(
            lambda text: not any(0xD800 <= ord(each) < 0xE000 for each in text)
        ),
        "integer": st.integers(),
        "number": st.one_of(st.integers(), st.floats(allow_nan=False, allow_infinity=False)),
        "boolean": st.booleans(),
    }
    if kind in scalars:
        return scalars[kind]
    if kind == "object":
        members = {name: scalars[each] for name, each in MEMBERS.items()}
        whole = st.fixed_dictionaries({}, optional=members)
        return whole.filter(bool)
    return st.lists(scalars[kind.removeprefix("array of ")], min_size=1, max_size=4)


# round trips


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[Any, Parameter]:
    """A compiled parameter `p` for each of the cases."""
    paths = {}
    for number, case in enumerate(CASES):
        location, style, explode, kind = case
        parameter: Any = {"name": "p", "in": location, "style": style, "explode": explode}
        parameter |= {"schema": SCHEMAS[kind]} | ({"required": True} if location == "path" else {})
        path = f"/{number}/{{p}}" if location == "path" else f"/{number}"
        paths[path] = {
            "get": {"parameters": [parameter], "responses": {"200": {"description": "ok"}}}
        }
    document = {"openapi": "3.0.3", "info": {"title": "T", "version": "1"}, "paths": paths}
    file = tmp_path_factory.mktemp("parameters") / "sample.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    operations = load(file).operations
    return {
        case: operation.parameters[0] for case, operation in zip(CASES, operations, strict=True)
    }


def read(parameter: Parameter, text: str) -> Any:
    """The value of a parameter in its path segment, query or header."""
    if parameter.location == "path":
        return parameter.from_path(text)
    if parameter.location == "query":
        return parameter.from_query(query_pairs(text.encode()))
    return parameter.from_header(text)


def write(case: tuple[str, str, bool, str], value: Any) -> str:
    location, style, explode, _ = case
    if location == "path":
        return in_path("p", value, style, explode=explode)
    if location == "query":
        return in_query("p", value, style, explode=explode)
    return in_header(value, explode=explode)


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: " ".join(map(str, case)).replace("True", "exploded")
)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_an_encoder_writes_is_read_back(
    compiled: dict[Any, Parameter], case: tuple[str, str, bool, str], data: st.DataObject
) -> None:
    location, style, _, kind = case
    value = data.draw(values(location, style, kind))
    parameter = compiled[case]
    found = read(parameter, write(case, value))
    assert found == value
    assert parameter.check(found) == ()
    if isinstance(value, bool | int | str):
        assert type(found) is type(value)


COLOURS: Any = {"string": "blue", "array": ["blue", "black"], "object": {"R": 100, "G": 200}}


@pytest.mark.parametrize(
    ("location", "style", "explode", "kind", "text"),
    [
        ("path", "simple", False, "string", "blue"),
        ("path", "simple", False, "array", "blue,black"),
        ("path", "simple", False, "object", "R,100,G,200"),
        ("path", "simple", True, "string", "blue"),
        ("path", "simple", True, "array", "blue,black"),
        ("path", "simple", True, "object", "R=100,G=200"),
        ("path", "label", False, "string", ".blue"),
        ("path", "label", False, "array", ".blue,black"),
        ("path", "label", False, "object", ".R,100,G,200"),
        ("path", "label", True, "string", ".blue"),
        ("path", "label", True, "array", ".blue.black"),
        ("path", "label", True, "object", ".R=100.G=200"),
        ("path", "matrix", False, "string", ";p=blue"),
        ("path", "matrix", False, "array", ";p=blue,black"),
        ("path", "matrix", False, "object", ";p=R,100,G,200"),
        ("path", "matrix", True, "string", ";p=blue"),
        ("path", "matrix", True, "array", ";p=blue;p=black"),
        ("path", "matrix", True, "object", ";R=100;G=200"),
        ("query", "form", False, "string", "p=blue"),
        ("query", "form", False, "array", "p=blue,black"),
        ("query", "form", False, "object", "p=R,100,G,200"),
        ("query", "form", True, "string", "p=blue"),
        ("query", "form", True, "array", "p=blue&p=black"),
        ("query", "form", True, "object", "R=100&G=200"),
        ("query", "spaceDelimited", False, "array", "p=blue%20black"),
        ("query", "spaceDelimited", False, "array", "p=blue+black"),
        ("query", "spaceDelimited", False, "object", "p=R%20100%20G%20200"),
        ("query", "pipeDelimited", False, "array", "p=blue|black"),
        ("query", "pipeDelimited", False, "array", "p=blue%7Cblack"),
        ("query", "pipeDelimited", False, "array", "p=blue%7cblack"),
        ("query", "pipeDelimited", False, "object", "p=R|100|G|200"),
        ("header", "simple", False, "string", "blue"),
        ("header", "simple", False, "array", "blue, black"),
        ("header", "simple", False, "object", "R,100,G,200"),
        ("header", "simple", True, "array", "blue,black"),
        ("header", "simple", True, "object", "R=100, G=200"),
    ],
)
def test_the_table_of_styles_holds(
    contract_of: ContractOf, location: str, style: str, *, explode: bool, kind: str, text: str
) -> None:
    schema: Any = {"type": kind}
    if kind == "array":
        schema["items"] = {"type": "string"}
    if kind == "object":
        schema["properties"] = {name: {"type": "integer"} for name in "RG"}
    parameter = parameter_of(contract_of, location, schema, style=style, explode=explode)
    assert read(parameter, text) == COLOURS[kind]


def parameter_of(contract_of: ContractOf, location: str, schema: Any, **more: Any) -> Parameter:
    """A compiled parameter `p`."""
    lenient = more.pop("lenient", True)
    described = {"name": "p", "in": location, **more}
    if "content" not in more:
        described["schema"] = schema
    if location == "path":
        described["required"] = True
    path = "/{p}" if location == "path" else "/a"
    item = {"get": {"parameters": [described], "responses": {"200": {"description": "ok"}}}}
    found: Parameter = contract_of({path: item}, lenient=lenient).operations[0].parameters[0]
    return found


# strictness


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("integer", "5", 5),
        ("integer", "-5", -5),
        ("integer", "0", 0),
        ("integer", "-0", 0),
        ("integer", "123456789012345678901234567890", 123456789012345678901234567890),
        ("number", "5", 5),
        ("number", "1.50", 1.5),
        ("number", "-0.5", -0.5),
        ("number", "1e3", 1000.0),
        ("number", "1E-2", 0.01),
        ("boolean", "true", True),
        ("boolean", "false", False),
        ("string", "5", "5"),
        ("string", "true", "true"),
        ("string", "null", "null"),
        ("string", "", ""),
    ],
)
def test_text_is_read_as_json_writes_it(kind: str, text: str, value: Any) -> None:
    found = scalar(text, frozenset({kind}), BOOLEANS)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "+5"),
        ("integer", "05"),
        ("integer", "-05"),
        ("integer", "1e3"),
        ("integer", "5.0"),
        ("integer", "5,0"),
        ("integer", " 5"),
        ("integer", "5\n"),
        ("integer", "0x5"),
        ("integer", "1_000"),
        ("integer", "\u0665"),
        ("integer", "\uff15"),
        ("integer", ""),
        ("integer", "--5"),
        ("integer", "true"),
        ("integer", "9" * 5_000),
        ("number", "+1.5"),
        ("number", ".5"),
        ("number", "5."),
        ("number", "01.5"),
        ("number", "1e"),
        ("number", "NaN"),
        ("number", "Infinity"),
        ("number", "-inf"),
        ("number", "1e999"),
        ("number", "1,5"),
        ("number", "\u0661.5"),
        ("boolean", "1"),
        ("boolean", "yes"),
        ("boolean", "tRUE"),
        ("boolean", " true"),
        ("boolean", ""),
        ("array", "a"),
    ],
)
def test_text_that_only_looks_like_a_value_stays_text(kind: str, text: str) -> None:
    assert scalar(text, frozenset({kind}), BOOLEANS) == text


@pytest.mark.parametrize(("lenient", "accepted"), [(True, True), (False, False)])
@pytest.mark.parametrize("text", ["True", "False", "TRUE", "FALSE"])
def test_lenient_takes_booleans_as_other_languages_write_them(
    contract_of: ContractOf, text: str, *, lenient: bool, accepted: bool
) -> None:
    parameter = parameter_of(contract_of, "query", {"type": "boolean"}, lenient=lenient)
    value = read(parameter, f"p={text}")
    assert (parameter.check(value) == ()) is accepted
    if accepted:
        assert value is (text.lower() == "true")


STATES: Any = {"type": "array", "items": {"type": "string", "enum": ["NEW", "SENT", "A,B", "A B"]}}
COUNTS: Any = {"type": "array", "items": {"type": "integer"}}


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        (STATES, "NEW%2CSENT", ["NEW", "SENT"]),
        (STATES, "NEW%2cSENT%2CNEW", ["NEW", "SENT", "NEW"]),
        (STATES, "A%2CB", ["A,B"]),
        (STATES, "NEW,A%2CB", ["NEW", "A,B"]),
        (STATES, "A+B%2CNEW", ["A B", "NEW"]),
        (COUNTS, "1%2C2", [1, 2]),
        (COUNTS, "1", [1]),
        (SCHEMAS["object"], "i%2C1%2Cs%2Ctwo", {"i": 1, "s": "two"}),
        ({"type": "array", "items": {"type": "string"}}, "NEW%2CSENT", ["NEW,SENT"]),
        ({"type": "array", "items": {"type": "string"}}, "NEW%252CSENT", ["NEW%2CSENT"]),
    ],
)
def test_lenient_takes_encoded_commas_between_elements_that_have_none(
    contract_of: ContractOf, schema: Any, text: str, value: Any
) -> None:
    """Generated clients, httpx and requests encode them."""
    parameter = parameter_of(contract_of, "query", schema, explode=False)

    assert read(parameter, f"p={text}") == value
    assert parameter.check(value) == ()


@pytest.mark.parametrize(("schema", "value"), [(STATES, ["NEW,SENT"]), (COUNTS, ["NEW,SENT"])])
def test_strict_takes_an_encoded_comma_for_data(
    contract_of: ContractOf, schema: Any, value: Any
) -> None:
    parameter = parameter_of(contract_of, "query", schema, explode=False, lenient=False)

    assert read(parameter, "p=NEW%2CSENT") == value
    assert parameter.check(value)


def test_what_no_element_may_be_is_told_element_by_element(contract_of: ContractOf) -> None:
    parameter = parameter_of(contract_of, "query", STATES, explode=False)

    (only,) = parameter.check(read(parameter, "p=NEW%2COLD"))

    assert 'found "OLD"' in only.message


@pytest.mark.parametrize("delimited", [("path", "simple", ""), ("path", "label", ".")])
def test_lenient_takes_encoded_commas_in_paths_too(
    contract_of: ContractOf, delimited: tuple[str, str, str]
) -> None:
    location, style, before = delimited
    parameter = parameter_of(contract_of, location, STATES, style=style)

    assert read(parameter, f"{before}NEW%2CSENT") == ["NEW", "SENT"]


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "5", 5),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, "five", "five"),
        ({"oneOf": [{"type": "boolean"}, {"type": "integer"}]}, "true", True),
        ({"oneOf": [{"type": "boolean"}, {"type": "integer"}]}, "7", 7),
        ({"anyOf": [{"type": "integer", "maximum": 5}, {"type": "string"}]}, "7", "7"),
        ({"oneOf": [{"type": "string", "enum": ["1"]}, {"type": "integer"}]}, "2", 2),
        ({"allOf": [{"type": "integer"}, {"minimum": 1}]}, "5", 5),
        ({"type": "integer", "nullable": True}, "5", 5),
        ({"nullable": True, "allOf": [{"type": "number"}]}, "1.5", 1.5),
        ({"enum": [1, 2]}, "2", 2),
        ({"enum": ["1", "2"]}, "2", "2"),
        ({"enum": [True]}, "true", True),
        ({}, "5", "5"),
    ],
)
def test_text_is_read_as_a_type_that_the_schema_allows(
    contract_of: ContractOf, schema: Any, text: str, value: Any
) -> None:
    parameter = parameter_of(contract_of, "query", schema)
    found = read(parameter, f"p={text}")
    assert found == value
    assert type(found) is type(value)
    assert parameter.check(found) == ()


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"properties": {"a": {"type": "integer"}}}, "a=5", {"a": 5}),
        ({"items": {"type": "integer"}}, "p=5&p=6", [5, 6]),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, "x=5", {"x": 5}),
        ({"allOf": [{"type": "array", "items": {"type": "integer"}}]}, "p=5", [5]),
    ],
)
def test_arrays_and_objects_are_known_by_what_they_hold(
    contract_of: ContractOf, schema: Any, text: str, value: Any
) -> None:
    assert read(parameter_of(contract_of, "query", schema), text) == value


# presence


def test_a_parameter_that_is_not_there_is_absent(contract_of: ContractOf) -> None:
    for schema in (
        {"type": "string"},
        {"type": "array"},
        {"type": "object", "properties": {"a": {}}},
    ):
        parameter = parameter_of(contract_of, "query", schema)
        assert read(parameter, "") is ABSENT
        assert read(parameter, "pp=1" if schema["type"] != "object" else "") is ABSENT


def test_a_default_is_not_what_the_caller_said(contract_of: ContractOf) -> None:
    parameter = parameter_of(contract_of, "query", {"type": "integer", "default": 5})
    assert read(parameter, "") is ABSENT


@pytest.mark.parametrize(
    ("schema", "explode", "value"),
    [
        ({"type": "string"}, True, ""),
        ({"type": "array", "items": {"type": "string"}}, True, [""]),
        ({"type": "array", "items": {"type": "string"}}, False, []),
    ],
)
@pytest.mark.parametrize("text", ["p=", "p"])
def test_an_empty_value_is_a_value(
    contract_of: ContractOf, schema: Any, text: str, *, explode: bool, value: Any
) -> None:
    parameter = parameter_of(contract_of, "query", schema, explode=explode)
    assert read(parameter, text) == value
    assert parameter.check(value) == ()


@pytest.mark.parametrize("kind", ["integer", "boolean", "number", "string"])
def test_an_empty_value_is_acceptable_where_it_is_allowed(
    contract_of: ContractOf, kind: str
) -> None:
    schema = {"type": kind, "minLength": 1}
    allowing = parameter_of(contract_of, "query", schema, allowEmptyValue=True)
    assert allowing.check(read(allowing, "p=")) == ()
    refusing = parameter_of(contract_of, "query", schema)
    assert refusing.check(read(refusing, "p=")) != ()


def test_an_exploded_object_leaves_the_other_parameters_alone(contract_of: ContractOf) -> None:
    free = {"name": "p", "in": "query", "schema": {"type": "object", "additionalProperties": True}}
    page = {"name": "page", "in": "query", "schema": {"type": "integer"}}
    item = {"get": {"parameters": [free, page], "responses": {"200": {"description": "ok"}}}}
    first, second = contract_of({"/a": item}).operations[0].parameters
    pairs = query_pairs(b"colour=red&page=2&size=xl")
    assert first.from_query(pairs) == {"colour": "red", "size": "xl"}
    assert second.from_query(pairs) == 2


# content


@pytest.mark.parametrize("location", ["path", "query", "header"])
def test_a_parameter_may_be_json(contract_of: ContractOf, location: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "array"}}, "required": ["a"]}
    content = {"application/json": {"schema": schema}}
    parameter = parameter_of(contract_of, location, None, content=content)
    text = '{"a":[1,"b,c"]}'
    sent = text if location == "header" else quote(text)
    found = read(parameter, f"p={sent}" if location == "query" else sent)
    assert found == {"a": [1, "b,c"]}
    assert parameter.check(found) == ()
    assert [each.pointer for each in parameter.check({})] == ["p/a"]


@pytest.mark.parametrize("text", ["", "{", "{'a': 1}", "[" * 2_000 + "]" * 2_000, "\x00"])
def test_a_parameter_that_must_be_json_is_refused_otherwise(
    contract_of: ContractOf, text: str
) -> None:
    content: Any = {"application/json": {"schema": {}}}
    parameter = parameter_of(contract_of, "query", None, content=content)
    with pytest.raises(Malformed, match="must be JSON"):
        parameter.from_query([("p", quote(text))])


def test_json_that_is_nested_too_deeply_is_refused() -> None:
    assert loads(b"[" * 240 + b"]" * 240) != []
    with pytest.raises(Malformed, match="nested too deeply"):
        loads(b"[" * 300 + b"]" * 300)


def test_json_with_many_values_is_not_nested_too_deeply() -> None:
    assert len(loads(b"[" + b"{}," * 1_000 + b"{}]")) == 1_001


# malformed text


@pytest.mark.parametrize("text", ["%", "%2", "%zz", "a%", "%%20", "%2G", "%u0041"])
def test_broken_percent_encoding_is_malformed(text: str) -> None:
    with pytest.raises(Malformed, match="is not percent-encoded correctly"):
        percent_decoded(text)


@pytest.mark.parametrize("text", ["%FF", "%C3", "%ED%A0%80", "a%80b", "%F8%88%80%80%80"])
def test_bytes_that_are_no_utf8_are_malformed(text: str) -> None:
    with pytest.raises(Malformed, match="is not valid UTF-8"):
        percent_decoded(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("%C3%A9", "\u00e9"),
        ("%c3%a9", "\u00e9"),
        ("\u00e9", "\u00e9"),
        ("%F0%9F%98%80", "\U0001f600"),
        ("%25", "%"),
        ("%2525", "%25"),
        ("a+b", "a+b"),
        ("%00", "\x00"),
    ],
)
def test_percent_encoding_is_decoded_once(text: str, value: str) -> None:
    assert percent_decoded(text) == value


def test_a_plus_is_a_space_in_queries_only() -> None:
    assert percent_decoded("a+b%2Bc", plus=True) == "a b+c"
    assert percent_decoded("a+b%2Bc") == "a+b+c"


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        (b"", []),
        (b"&&", []),
        (b"a", [("a", "")]),
        (b"a=", [("a", "")]),
        (b"=a", [("", "a")]),
        (b"a=b=c", [("a", "b=c")]),
        (b"a=1&a=2", [("a", "1"), ("a", "2")]),
        (b"a%20b=c%20d", [("a b", "c%20d")]),
        (b"a+b=c", [("a b", "c")]),
        (b"a%3Db=c", [("a=b", "c")]),
        (b"a;b=c", [("a;b", "c")]),
        (b"a=/?:@!$'()*;[]", [("a", "/?:@!$'()*;[]")]),
        ("\u00e9=\u00e8".encode(), [("\u00e9", "\u00e8")]),
    ],
)
def test_a_query_is_pairs_of_names_and_raw_values(raw: bytes, pairs: list[tuple[str, str]]) -> None:
    assert query_pairs(raw) == pairs


@pytest.mark.parametrize("raw", [b"\xff=1", b"a=\xff", b"%FF=1", b"a%=1"])
def test_a_query_that_is_no_text_is_malformed(raw: bytes) -> None:
    with pytest.raises(Malformed):
        query_pairs(raw)


@pytest.mark.parametrize(
    ("location", "schema", "more", "text", "reason"),
    [
        ("query", {"type": "string"}, {}, "p=a&p=b", "is given more than once"),
        ("query", {"type": "string"}, {}, "p=a&p=a", "is given more than once"),
        (
            "query",
            {"type": "array", "items": {}},
            {"explode": False},
            "p=a&p=b",
            "is given more than once",
        ),
        ("query", {"type": "string"}, {}, "p=%zz", "is not percent-encoded correctly"),
        ("query", {"type": "string"}, {}, "p=%FF", "is not valid UTF-8"),
        (
            "query",
            {"type": "object", "properties": {"a": {"type": "integer"}}},
            {},
            "a=1&a=2",
            "has the member 'a' more than once",
        ),
        (
            "query",
            {"type": "object"},
            {"explode": False},
            "p=a,1,b",
            "must be pairs of names and values",
        ),
        (
            "query",
            {"type": "object", "properties": {"a": {"type": "integer"}}},
            {"explode": False},
            "p=a,1,a,2",
            "has the member 'a' more than once",
        ),
        ("path", {"type": "string"}, {}, "%zz", "is not percent-encoded correctly"),
        ("path", {"type": "string"}, {"style": "label"}, "blue", "must begin with a dot"),
        ("path", {"type": "string"}, {"style": "matrix"}, "blue", "must be written ;p=value"),
        ("path", {"type": "string"}, {"style": "matrix"}, "p=blue", "must be written ;p=value"),
        ("path", {"type": "string"}, {"style": "matrix"}, ";q=blue", "must be written ;p=value"),
        ("path", {"type": "string"}, {"style": "matrix"}, ";p=a;p=b", "is given more than once"),
        (
            "header",
            {"type": "object", "properties": {"a": {"type": "integer"}}},
            {"explode": True},
            "a=1,a=2",
            "has the member 'a' more than once",
        ),
    ],
)
def test_text_that_is_no_value_is_malformed(
    contract_of: ContractOf, location: str, schema: Any, more: Any, text: str, reason: str
) -> None:
    parameter = parameter_of(contract_of, location, schema, **more)
    with pytest.raises(Malformed) as raised:
        read(parameter, text)
    violation = parameter.malformed(str(raised.value))
    assert violation.location == location
    assert violation.pointer == "p"
    assert violation.message == f"The {location} parameter 'p' {reason}"


@pytest.mark.parametrize("character", "/?#[]@!$&'()*+,;=:%| \"<>\\^`{}~\u00e9\U0001f600")
def test_an_encoded_reserved_character_is_data(contract_of: ContractOf, character: str) -> None:
    text = f"a{character}b"
    query = parameter_of(contract_of, "query", {"type": "array", "items": {}}, explode=False)
    assert read(query, f"p={escaped(text)},x") == [text, "x"]
    path = parameter_of(contract_of, "path", {"type": "array", "items": {}})
    assert read(path, f"{escaped(text)},x") == [text, "x"]


@pytest.mark.parametrize("character", "/?:@!$'()*;[]")
def test_a_reserved_character_may_come_as_it_is(contract_of: ContractOf, character: str) -> None:
    parameter = parameter_of(contract_of, "query", {"type": "string"}, allowReserved=True)
    assert read(parameter, f"p=a{character}b") == f"a{character}b"


def test_spaces_around_the_elements_of_a_header_are_not_part_of_them(
    contract_of: ContractOf,
) -> None:
    schema = {"type": "array", "items": {"type": "integer"}}
    assert read(parameter_of(contract_of, "header", schema), " 1 ,\t2,3 ") == [1, 2, 3]


def test_a_violation_names_the_parameter_and_what_was_found(contract_of: ContractOf) -> None:
    parameter = parameter_of(contract_of, "query", {"type": "array", "items": {"type": "integer"}})
    (found,) = parameter.check(["x"])
    assert (found.location, found.pointer, found.keyword) == ("query", "p/0", "type")
    assert found.message == "The query parameter 'p' must be of type integer; found \"x\""
    assert parameter.missing().message == "The query parameter 'p' is required"


# shapes


def test_a_shape_joins_what_the_branches_allow() -> None:
    node = {
        "anyOf": [{"type": "integer"}, {"type": ["string", "null"]}],
        "allOf": [{"properties": {"a": {"type": "integer"}}}],
        "oneOf": [{"items": {"type": "boolean"}}],
    }
    shape = shape_of(node, lambda ref: ref)
    assert shape.types == {"integer", "string", "object", "array"}
    assert shape.members == {"a": Shape(frozenset({"integer"}))}
    assert shape.items == Shape(frozenset({"boolean"}))
    assert shape.kind == "scalar"


def test_a_shape_of_schemas_that_refer_to_themselves_is_found_at_once() -> None:
    names = string.ascii_letters
    node = {"type": "object", "properties": {name: {"$ref": "#"} for name in names}}
    shape = shape_of(
        {"allOf": [{"$ref": "#"}, {"$ref": "##"}]}, {"#": node, "##": {"$ref": "##"}}.get
    )
    assert shape.kind == "object"
    assert shape.member("a").member("b").kind == "object"


def test_no_number_that_is_read_is_infinite() -> None:
    for text in ("1e308", "1e309", "-1e400", "9" * 400):
        found = scalar(text, frozenset({"number"}), BOOLEANS)
        assert not isinstance(found, float) or math.isfinite(found)
