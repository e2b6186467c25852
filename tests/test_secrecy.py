"""Which names are those of secrets, and values without them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.message import ABSENT
from mockserver.secrecy import REDACTED, is_secret, redacted

NAMES = st.sampled_from(["password", "accessToken", "ki", "name", "id", "shipping", "items"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "authorization", "Proxy-Authorization", "Cookie", "Set-Cookie"),
        *("token", "access_token", "refreshToken", "X-Auth-Token", "ID TOKEN", "tokens"),
        *("password", "userPassword", "PASS-WORD", "passwd", "client_secret", "clientSecret"),
        *("assertion", "client_assertion", "x-api-key", "X_API_KEY", "apikey", "apiKey"),
        *("ki", "Ki", "KI", "opc", "OPc", "pin", "PIN", "puk", "PUK2", "pin1", "newPin"),
        *("pin_code", "SIMPin", "secret" * 100, "simKi", "sim_ki", "Sim-Ki", "simKI", "/sim/ki"),
        *("X-Authorization", "authorization_code", "X-Auth", "x-auth-user", "X_AUTH", "xauth"),
        *("X-Authentication", "jwt", "userJwt", "ID_JWT"),
        *("pwd", "userPwd", "passphrase", "Pass-Phrase", "credential", "userCredentials"),
        *("otp", "OTPCode", "smsOtp", "privateKey", "private_key", "PRIVATE-KEY-PEM"),
    ],
)
def test_the_name_of_a_secret_is_known_in_any_case_and_with_any_separators(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "id", "Accept", "kind", "kit", "ski", "k", "shipping", "mapping", "Pinned", "spin"),
        *("client_assertion_type", "authorized", "cookies_allowed", "copc", "pass", "key"),
        *("kiosk", "skip", "wiki", "Nikki", "kiId", "X-Author", "x-authors", "auth", "hotpot"),
        "name" * 100,
    ],
)
def test_other_names_are_no_secrets(name: str) -> None:
    assert not is_secret(name)


def test_secret_members_are_replaced_at_any_depth() -> None:
    given_value = {"user": "u", "password": "p", "sims": [{"iccid": "1", "ki": {"a": 1}}], "n": 0}
    assert redacted(given_value) == {
        "user": "u",
        "password": REDACTED,
        "sims": [{"iccid": "1", "ki": REDACTED}],
        "n": 0,
    }


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Bearer abc.def-_~+/==", "Bearer (redacted)"),
        ("Basic YTpi", "Basic (redacted)"),
        ("as 'Bearer abc' was", "as 'Bearer (redacted)' was"),
        ("bearer 0a", "bearer (redacted)"),
        ("Bearer token-4711", "Bearer (redacted)"),
        ("BASIC  x, Bearer y", "BASIC  (redacted) Bearer (redacted)"),
        ("https://h/cb?access_token=L&x=1", "https://h/cb?access_token=(redacted)&x=1"),
        ("The request has no bearer token.", "The request has no bearer token."),
        ("The Bearer token is wrong", "The Bearer token is wrong"),
        ("a basic plan, the Basic", "a basic plan, the Basic"),
        ('Bearer realm="m", error="x"', 'Bearer realm="m", error="x"'),
        ("token: expired", "token: expired"),
    ],
)
def test_credentials_inside_of_a_text_are_replaced(text: str, shown: str) -> None:
    assert redacted({"detail": [text]}) == {"detail": [shown]}
    assert redacted(shown) == shown


def test_the_deepest_request_can_be_redacted() -> None:
    deep: Any = {"token": "t"}
    for _ in range(250):
        deep = [deep]
    shown = redacted(deep)
    for _ in range(250):
        shown = shown[0]
    assert shown == {"token": REDACTED}


def test_nothing_stays_nothing() -> None:
    assert redacted(ABSENT) is ABSENT


def secrets_of(value: Any) -> list[Any]:
    """The values of all secret members."""
    if isinstance(value, list):
        return [found for each in value for found in secrets_of(each)]
    if not isinstance(value, dict):
        return []
    own = [member for name, member in value.items() if is_secret(name)]
    others = [member for name, member in value.items() if not is_secret(name)]
    return own + secrets_of(others)


@given(VALUES)
def test_what_is_shown_has_no_secrets_and_all_the_rest(value: Any) -> None:
    before = repr(value)
    shown = redacted(value)
    assert repr(value) == before
    assert len(secrets_of(shown)) == len(secrets_of(value))
    assert all(each == REDACTED for each in secrets_of(shown))
    assert redacted(shown) == shown
    if not secrets_of(value):
        assert shown == value
