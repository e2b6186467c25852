"""The steps in order, seen through the application."""

from collections.abc import Callable
from typing import Any

AGILE = "/v3/orgs/masmovil/tv/agile/subscriptions"
TRACE = {"Request-Correlation-Id": "2106f808-36e9-402d-bf37-f1f7fa04776b"}


def test_the_default_reply_is_the_documented_example_with_the_requests_own_values(
    call: Callable[..., Any], packaged: Any
) -> None:
    answer = call(packaged, "GET", f"{AGILE}/ACC_77", headers=TRACE)

    assert (answer.status, answer.source) == (200, "example")
    assert answer.json["service_id"] == "ACC_77"


def test_an_unknown_path_is_a_problem_of_the_mock_server_that_names_the_nearest_operation(
    call: Callable[..., Any], packaged: Any
) -> None:
    answer = call(packaged, "GET", "/v3/orgs/masmovil/tv/agil/subscriptions/ACC_77")

    assert (answer.status, answer.source) == (404, "mockserver")
    assert "agile-tv-v3/getSubscription" in answer.json["detail"]
