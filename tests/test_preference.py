"""What a caller asks to be answered, as RFC 7240 writes it and as Prism and Postman name it."""

import pytest

from mockserver.preference import Preference, preference_of


@pytest.mark.parametrize(
    ("prefer", "expected"),
    [
        (b"code=404", Preference("404")),
        (b"example=suspended", Preference(example="suspended")),
        (b"dynamic=true", Preference(dynamic=True)),
        (b"code=404, example=unknown", Preference("404", "unknown")),
        (b"code=404,example=unknown,dynamic=true", Preference("404", "unknown", dynamic=True)),
        (b"code=404; example=unknown", Preference("404", "unknown")),
        (b" code = 404 ,\texample =  unknown ", Preference("404", "unknown")),
        (b"CODE=404, Example=Unknown", Preference("404", "Unknown")),
        (b'code="404"', Preference("404")),
        (b'example="a, b; c=d"', Preference(example="a, b; c=d")),
        (b'example="say \\"no\\""', Preference(example='say "no"')),
        (b'example="back\\\\slash"', Preference(example="back\\slash")),
        (b"example=a=b", Preference(example="a=b")),
        (b"code=404, code=500", Preference("404")),
        (b"dynamic", Preference(dynamic=True)),
        (b'dynamic=""', Preference(dynamic=True)),
        (b"dynamic=1", Preference(dynamic=True)),
        (b"dynamic=TRUE", Preference(dynamic=True)),
        (b"respond-async, code=404, wait=10", Preference("404")),
        (b'foo; bar="x, code=500", code=404', Preference("404")),
        (b"respond-async; code=500, code=404", Preference("404")),
        ("example=se\u00f1al".encode(), Preference(example="se\u00f1al")),
        ("example=se\u00f1al".encode("latin-1"), Preference(example="se\u00f1al")),
    ],
    ids=repr,
)
def test_the_preferences_of_ours_are_read(prefer: bytes, expected: Preference) -> None:
    assert preference_of({b"prefer": prefer}) == expected


@pytest.mark.parametrize(
    "prefer",
    [
        b"",
        b"respond-async",
        b"return=representation; code=404",
        b"code=",
        b'code=""',
        b"dynamic=false",
        b"dynamic=0",
        b",;=,",
        b'"code=404"',
        b"decode=404",
        b'"',
    ],
    ids=repr,
)
def test_other_preferences_are_left_alone(prefer: bytes) -> None:
    assert preference_of({b"prefer": prefer}) is None


def test_without_a_header_there_is_no_preference() -> None:
    assert preference_of({b"accept": b"*/*"}) is None


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({b"x-mock-response-code": b"404"}, Preference("404")),
        ({b"x-mock-response-code": b" 404 "}, Preference("404")),
        ({b"x-mock-response-name": b"suspended"}, Preference(example="suspended")),
        (
            {b"x-mock-response-code": b"404", b"x-mock-response-name": b"unknown"},
            Preference("404", "unknown"),
        ),
        (
            {b"prefer": b"code=500", b"x-mock-response-code": b"404"},
            Preference("500"),
        ),
        (
            {b"prefer": b"example=a", b"x-mock-response-code": b"404"},
            Preference("404", "a"),
        ),
        ({b"prefer": b"code=", b"x-mock-response-code": b"404"}, Preference("404")),
        ({b"prefer": b"wait=1", b"x-mock-response-name": b"a"}, Preference(example="a")),
    ],
    ids=[
        "code",
        "spaces",
        "name",
        "both",
        "prefer-wins",
        "mixed",
        "empty-prefer",
        "foreign-prefer",
    ],
)
def test_the_aliases_mean_the_same_and_prefer_beats_them(
    headers: dict[bytes, bytes], expected: Preference
) -> None:
    assert preference_of(headers) == expected
