"""The values that travel through the engine."""

import pytest

from mockserver.message import ABSENT, Json, Request, Source, Violation, text_of


def test_a_violation_reads_as_a_message_with_its_place() -> None:
    violation = Violation("body", "/products/0/id", "The field 'id' is required", "required")

    assert str(violation) == "The field 'id' is required (body /products/0/id)"


def test_a_violation_without_a_pointer_names_its_location() -> None:
    violation = Violation("security", "", "The header 'Authorization' is missing", "security")

    assert str(violation) == "The header 'Authorization' is missing (security)"


def test_a_request_without_a_body_is_not_one_with_null() -> None:
    request = Request("GET", b"/", b"", {})

    assert request.content is ABSENT
    assert request.content is not None


def test_the_parameters_of_an_unchecked_request_are_empty() -> None:
    request = Request("GET", b"/", b"", {})

    assert (dict(request.path), dict(request.query), dict(request.header)) == ({}, {}, {})


def test_the_sources_are_the_words_of_the_reply_header() -> None:
    assert {source.value for source in Source} == {
        "refusal",
        "scenario",
        "simulation",
        "example",
        "generated",
        "mockserver",
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a b", "a b"),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (7.0, "7"),
        (-0.5, "-0.5"),
        (10**30, "1" + "0" * 30),
        (None, None),
        ([], None),
        ({}, None),
        (ABSENT, None),
    ],
)
def test_a_value_is_written_as_in_a_url_or_has_no_text(value: Json, text: str | None) -> None:
    assert text_of(value) == text
