"""Each thing that may be asked of an exchange."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.criterion import CRITERIA, CriteriaError, Criterion, Names
from mockserver.exchange import Exchange, Steering
from mockserver.message import Violation
from tests.exchanges.samples import NOON, exchange

NAMES = Names(
    operations=["shop-v1/readOrder", "shop-v1/createOrder", "shop-v2/readOrder"],
    scenarios=["shop-v1/slow", "common/slow", "common/late"],
)
BROKEN = (Violation("body", "/id", "The field 'id' is required", "required"),)


def criterion(key: str, value: Any) -> Criterion:
    return CRITERIA[key](value, NAMES, f"/{key}")


def applied(*names: str) -> Exchange:
    return exchange(steering=Steering(scenarios=names))


HOLDS = [
    ("operation", "shop-v1/readOrder", exchange()),
    ("operation", "readOrder", exchange()),
    ("operation", "readOrder", exchange(operation="shop-v2/readOrder")),
    ("operation", "", exchange(operation="")),
    ("method", "get", exchange()),
    ("path", "/v1/orders/7", exchange()),
    ("path", "/v1/*", exchange()),
    ("path", "*/orders/*", exchange()),
    ("path", "/a%2Fb", exchange(target="/a%2Fb?x=1")),
    ("status", 200, exchange()),
    ("status", "200", exchange()),
    ("status", "2xx", exchange(status=299)),
    ("status", 0, exchange(status=0)),
    ("source", "example", exchange()),
    ("scenario", "slow", applied("shop-v1/slow")),
    ("scenario", "slow", applied("shop-v1/other", "common/slow")),
    ("scenario", "common/slow", applied("common/slow")),
    ("scenario", "rule-1", applied("rule-1")),
    ("scenario", "status-404", applied("status-404")),
    ("since", "2026-01-15T12:00:00Z", exchange()),
    ("since", "2026-01-15T13:00:00+01:00", exchange()),
    ("until", "2026-01-15T12:00:00", exchange()),
    ("violations", True, exchange(violations=BROKEN)),
    ("violations", False, exchange()),
]
DIFFERS = [
    ("operation", "shop-v2/readOrder", exchange(), "shop-v1/readOrder"),
    ("operation", "readOrder", exchange(operation=""), "none"),
    ("operation", "", exchange(), "shop-v1/readOrder"),
    ("method", "POST", exchange(), "GET"),
    ("path", "/v1/orders", exchange(), "/v1/orders/7"),
    ("path", "/v1/orders/7*7", exchange(), "/v1/orders/7"),
    ("path", "/a/b", exchange(target="/a%2Fb"), "/a%2Fb"),
    ("status", 404, exchange(), "200"),
    ("status", "4XX", exchange(status=399), "399"),
    ("status", "4XX", exchange(status=500), "500"),
    ("source", "refusal", exchange(), "example"),
    ("scenario", "slow", exchange(), "none"),
    ("scenario", "shop-v1/slow", applied("common/slow", "common/late"), "common/slow, common/late"),
    ("scenario", "rule-1", applied("rule-11"), "rule-11"),
    ("since", "2026-01-15T12:00:00.001Z", exchange(), "2026-01-15T12:00:00.000Z"),
    ("until", "2026-01-15T11:59:59.999Z", exchange(), "2026-01-15T12:00:00.000Z"),
    ("violations", True, exchange(), "none"),
    (
        "violations",
        False,
        exchange(violations=BROKEN),
        "The field 'id' is required (body /id)",
    ),
]


@pytest.mark.parametrize(("key", "value", "sample"), HOLDS)
def test_a_criterion_holds(key: str, value: Any, sample: Exchange) -> None:
    assert criterion(key, value).holds(sample)


@pytest.mark.parametrize(("key", "value", "sample", "found"), DIFFERS)
def test_a_criterion_that_does_not_hold_says_what_was_found(
    key: str, value: Any, sample: Exchange, found: str
) -> None:
    asked = criterion(key, value)

    assert not asked.holds(sample)
    assert asked.found(sample) == found


def test_every_criterion_is_tried() -> None:
    assert {key for key, *_ in HOLDS} == {key for key, *_ in DIFFERS} == set(CRITERIA)


def test_a_secret_in_a_path_is_compared_but_not_told() -> None:
    sample = exchange(target="/v1/tokens/abc", path={"token": "abc"})

    assert criterion("path", "/v1/tokens/abc").holds(sample)
    assert criterion("path", "/v1/tokens/abd").found(sample) == "/v1/tokens/(redacted)"


WRONG = [
    ("operation", "readOrdr", "there is no operation 'readOrdr'", "readOrder"),
    ("operation", "shop-v1/readOrdr", "there is no operation", "shop-v1/readOrder"),
    ("status", 600, "600 is no status", ""),
    ("status", True, "True is no status", ""),
    ("status", 20.5, "20.5 is no status", ""),
    ("status", None, "None is no status", ""),
    ("status", "4X", "'4X' is no status", ""),
    ("source", "exmple", "there is no source 'exmple'", "example"),
    ("scenario", "lat", "there is no scenario 'lat'", "late"),
    ("scenario", "common/lat", "there is no scenario 'common/lat'", "common/late"),
    ("scenario", "", "there is no scenario ''", ""),
    ("since", "noon", "'noon' is no moment", ""),
    ("until", "2026-13-01", "'2026-13-01' is no moment", ""),
    ("violations", 1, "1 is neither true nor false", ""),
]


@pytest.mark.parametrize(("key", "value", "reason", "nearest"), WRONG)
def test_a_criterion_that_cannot_be_meant_is_an_error(
    key: str, value: Any, reason: str, nearest: str
) -> None:
    with pytest.raises(CriteriaError) as raised:
        criterion(key, value)

    assert raised.value.pointer == f"/{key}"
    assert raised.value.reason.startswith(reason)
    assert raised.value.nearest == nearest
    assert raised.value.allowed


def test_an_error_is_one_line_with_all_that_helps() -> None:
    with pytest.raises(CriteriaError) as raised:
        criterion("operation", "readOrdr")

    assert str(raised.value) == (
        "/operation: there is no operation 'readOrdr'; allowed: readOrder, createOrder; "
        "did you mean readOrder?"
    )


def test_an_error_names_a_bounded_number_of_a_bounded_length() -> None:
    names = Names([f"a/operation{number}" for number in range(100)], [])

    with pytest.raises(CriteriaError) as raised:
        CRITERIA["operation"]("x" * 10_000, names, "")

    assert raised.value.allowed.endswith(", ...")
    assert len(str(raised.value)) < 400


@given(st.text("ab*", max_size=8), st.text("ab", max_size=8))
def test_a_star_stands_for_any_characters(pattern: str, path: str) -> None:
    naive = re.fullmatch(pattern.replace("*", ".*"), path) is not None

    assert criterion("path", pattern).holds(exchange(target=path)) == naive


def test_many_stars_take_no_time() -> None:
    asked = criterion("path", "*a" * 1_000 + "b")

    assert not asked.holds(exchange(target="a" * 10_000))


@given(
    st.integers(-100, 100).map(lambda minutes: timedelta(minutes=minutes)),
    st.integers(-14, 14).map(lambda hours: timezone(timedelta(hours=hours))),
)
def test_moments_are_compared_whatever_their_zone(span: timedelta, zone: timezone) -> None:
    moment = (NOON + span).astimezone(zone).isoformat()
    sample = exchange(at=datetime(2026, 1, 15, 12, 0, tzinfo=UTC))

    assert criterion("since", moment).holds(sample) == (span <= timedelta())
    assert criterion("until", moment).holds(sample) == (span >= timedelta())
