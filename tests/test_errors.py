"""What authors and operators are told: one located line, with what would be right."""

import pytest

from mockserver.errors import Finding, LoadError, nearest, nearest_first


@pytest.mark.parametrize(
    ("finding", "text"),
    [
        (Finding("a.yaml", "", "is no YAML"), "a.yaml: is no YAML"),
        (Finding("a.yaml", "/paths", "found str"), "a.yaml#/paths: found str"),
        (
            Finding("a.yaml", "/in", "found 'boby'", "body, query", "body"),
            "a.yaml#/in: found 'boby'; allowed: body, query; did you mean body?",
        ),
    ],
    ids=["whole-file", "located", "with-help"],
)
def test_a_finding_is_one_line(finding: Finding, text: str) -> None:
    assert str(finding) == text


def test_a_load_error_says_everything_that_is_wrong() -> None:
    error = LoadError([Finding("a", "", "is odd"), Finding("b", "/x", "is even")])

    assert str(error) == "a: is odd\nb#/x: is even"
    assert len(error.findings) == 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [("opreationId", "operationId"), ("operationId", "operationId"), ("zzz", "")],
)
def test_the_nearest_name_is_one_that_looks_alike_or_none(name: str, expected: str) -> None:
    assert nearest(name, ["description", "operationId", "summary"]) == expected


def test_all_names_are_listed_nearest_first() -> None:
    assert nearest_first("404", ["200", "400", "404", "default"])[:2] == ["404", "400"]
    assert sorted(nearest_first("x", ["b", "a"])) == ["a", "b"]


def test_the_nearest_name_is_found_whatever_its_letters_case() -> None:
    assert nearest("validating", ["VALIDATING", "PROCESSING"]) == "VALIDATING"
    assert nearest_first("processing", ["VALIDATING", "PROCESSING"])[0] == "PROCESSING"
