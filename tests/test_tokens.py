"""Access tokens: anyone can verify them with the published key, nobody else can make them."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from mockserver import tokens
from mockserver.tokens import LIFETIME_S, TokenCheck, issue, public_jwk

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
CLAIMS = {"iss": "https://issuer.example", "sub": "shop@brand.example", "scope": "api"}


@pytest.fixture(scope="session")
def stranger() -> RSAPrivateKey:
    """Another key of the same kind."""
    return generate_private_key(public_exponent=65_537, key_size=2_048)


def segment(value: Any) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(text).rstrip(b"=").decode()


def test_a_token_is_verified_with_nothing_but_the_published_key() -> None:
    token = issue(CLAIMS, NOON)

    key = jwt.PyJWK(public_jwk())
    claims = jwt.decode(token, key.key, algorithms=["RS256"], options={"verify_exp": False})

    assert jwt.get_unverified_header(token) == {
        "alg": "RS256",
        "kid": public_jwk()["kid"],
        "typ": "JWT",
    }
    assert claims == {**CLAIMS, "iat": int(NOON.timestamp()), "exp": int(NOON.timestamp()) + 3600}


def test_the_published_key_has_no_private_part() -> None:
    assert sorted(public_jwk()) == ["alg", "e", "kid", "kty", "n", "use"]


def test_the_same_claims_at_the_same_second_give_the_same_token() -> None:
    assert issue(CLAIMS, NOON) == issue(CLAIMS, NOON)


@pytest.mark.parametrize(
    ("seconds", "reason"),
    [
        (0, ""),
        (LIFETIME_S - 1, ""),
        (LIFETIME_S, "The access token has expired"),
        (LIFETIME_S * 24, "The access token has expired"),
    ],
)
def test_a_token_lives_for_its_time(seconds: int, reason: str) -> None:
    check = TokenCheck()
    token = issue(CLAIMS, NOON).encode()

    assert check.reason_against(token, NOON + timedelta(seconds=seconds)) == reason


def test_a_token_that_was_accepted_expires_all_the_same() -> None:
    check = TokenCheck()
    token = issue(CLAIMS, NOON).encode()

    assert check.reason_against(token, NOON) == ""
    assert "expired" in check.reason_against(token, NOON + timedelta(hours=1))


def test_a_token_of_another_process_is_accepted() -> None:
    token = issue(CLAIMS, NOON).encode()

    assert TokenCheck().reason_against(token, NOON) == ""
    assert TokenCheck().reason_against(token, NOON) == ""


def forged() -> dict[str, bytes]:
    """Tokens that were never issued, by what is wrong with them."""
    good = issue(CLAIMS, NOON)
    header, claims, signature = good.split(".")
    body = json.loads(urlsafe_b64decode(claims + "=="))
    public = jwt.PyJWK(public_jwk()).key.public_numbers()
    return {
        "no token": b"abc",
        "empty": b"",
        "no text": b"\xff\xfe\x00",
        "three dots": b"...",
        "no signature": f"{header}.{claims}.".encode(),
        "alg none": f"{segment({'alg': 'none', 'typ': 'JWT'})}.{claims}.".encode(),
        "alg None": f"{segment({'alg': 'None'})}.{claims}.{signature}".encode(),
        "the public key as a password": jwt.encode(
            body, str(public.n).encode(), algorithm="HS256"
        ).encode(),
        "other claims": f"{header}.{segment({**body, 'sub': 'x'})}.{signature}".encode(),
        "no JSON in the header": f"{segment(b'{')}.{claims}.{signature}".encode(),
        "a deep header": f"{segment(b'[' * 50_000)}.{claims}.{signature}".encode(),
        "a list as header": f"{segment([])}.{claims}.{signature}".encode(),
        "a huge number": f"{segment(b'9' * 5_000)}.{claims}.{signature}".encode(),
        "a detached body": f"{segment({'alg': 'RS256', 'b64': False})}.{claims}.x".encode(),
    }


@pytest.mark.parametrize("kind", forged())
def test_what_was_not_issued_is_refused(kind: str) -> None:
    reason = TokenCheck().reason_against(forged()[kind], NOON)

    assert reason == "The access token was not issued by the token endpoint"


@pytest.mark.parametrize("named", [True, False], ids=["with-our-kid", "without-kid"])
def test_a_token_signed_by_another_key_is_refused(stranger: RSAPrivateKey, *, named: bool) -> None:
    headers = {"kid": public_jwk()["kid"]} if named else None
    claims = {**CLAIMS, "exp": NOON.timestamp() + 60}
    token = jwt.encode(claims, stranger, algorithm="RS256", headers=headers)

    assert "not issued" in TokenCheck().reason_against(token.encode(), NOON)


def test_a_token_without_an_end_is_refused() -> None:
    token = jwt.encode(CLAIMS, tokens._keys()[0], algorithm="RS256")  # noqa: SLF001

    assert "not issued" in TokenCheck().reason_against(token.encode(), NOON)


def test_the_memory_of_verified_tokens_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "KNOWN_MAX", 3)
    check = TokenCheck()
    several = [issue({**CLAIMS, "jti": str(number)}, NOON).encode() for number in range(5)]

    for token in several:
        assert check.reason_against(token, NOON) == ""

    assert list(check._known) == several[2:]  # noqa: SLF001 - what it remembers is no surface
    assert check.reason_against(several[0], NOON) == ""


def test_a_huge_token_is_verified_but_not_remembered() -> None:
    check = TokenCheck()
    token = issue({**CLAIMS, "sub": "x" * 10_000}, NOON).encode()

    assert check.reason_against(token, NOON) == ""
    assert not check._known  # noqa: SLF001 - what it remembers is no surface


def test_refused_tokens_are_not_remembered() -> None:
    check = TokenCheck()

    check.reason_against(b"a.b.c", NOON)

    assert not check._known  # noqa: SLF001 - what it remembers is no surface
