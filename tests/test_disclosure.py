"""No secret is shown, whatever it hides in."""

from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.disclosure import (
    headers_of,
    pairs_of,
    path_of,
    query_of,
    reply_body,
    request_body,
    violations_of,
)
from mockserver.explanation import record, text
from mockserver.har import har
from mockserver.message import Source, Violation
from mockserver.record import Record, Touched
from mockserver.secrecy import REDACTED, scrubbed
from mockserver.timeline import Fired
from tests.exchanges.samples import NOON, exchange

SECRET = "s3cr3t-4711"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}
LATIN = "é".encode("latin-1")
FOUND = f"The field 'password' must match [0-9]+; found \"{SECRET}\""
BREACH = Violation("body", "/password", FOUND, "pattern")
REFUSED: Mapping[str, Any] = {"status": 400, "source": Source.REFUSAL, "violations": (BREACH,)}

HIDING = {
    "authorization": exchange(headers={"Authorization": f"Bearer {SECRET}"}),
    "cookie": exchange(headers={"Cookie": f"sid={SECRET}"}),
    "set-cookie": exchange(reply_headers=((b"set-cookie", f"sid={SECRET}".encode()),)),
    "api key": exchange(headers={"X-Api-Key": SECRET}),
    "location": exchange(reply_headers=((b"location", f"/cb?access_token={SECRET}".encode()),)),
    "query": exchange(target=f"/v1/orders?page=1&token={SECRET}"),
    "encoded name": exchange(target=f"/v1/orders?%74oken={SECRET}"),
    "malformed query": exchange(target=f"/v1/orders?a=%zz&token={SECRET}"),
    "path": exchange(target=f"/v1/tokens/{SECRET}", path={"token": SECRET}),
    "part of a segment": exchange(target=f"/v1/t/{SECRET}:end", path={"token": SECRET}),
    "json": exchange("POST", json={"a": [{"password": SECRET}]}),
    "json of another type": exchange("POST", headers=TEXT, body=f'{{"ki":"{SECRET}"}}'.encode()),
    "broken json": exchange("POST", headers=JSON, body=f'{{"password": "{SECRET}", '.encode()),
    "deep json": exchange(
        "POST", headers=JSON, body=b"[" * 300 + f'{{"pin":"{SECRET}"}}'.encode() + b"]" * 300
    ),
    "form": exchange("POST", headers=FORM, body=f"a=b&client_secret={SECRET}".encode()),
    "malformed form": exchange("POST", headers=FORM, body=f"a=%zz&password={SECRET}".encode()),
    "form in latin-1": exchange("POST", headers=FORM, body=LATIN + f"=1&pin={SECRET}".encode()),
    "url after a name": exchange(headers={"Referer": f"https://h/cb?access_token={SECRET}&x=1"}),
    "name after a name": exchange("POST", headers=TEXT, body=f"error: token={SECRET}".encode()),
    "scheme": exchange("POST", headers=TEXT, body=f"Authorization: Bearer {SECRET}".encode()),
    "digest": exchange(
        "POST", headers=TEXT, body=f'Authorization: Digest a="b", r="{SECRET}"'.encode()
    ),
    "cookies": exchange("POST", headers=TEXT, body=f"Cookie: a=b; sid={SECRET}".encode()),
    "in quotes": exchange("POST", headers=TEXT, body=f"'pin' = 'a {SECRET}'".encode()),
    "json inside of a text": exchange(
        "POST", headers=TEXT, body=f'said {{\\"password\\": \\"{SECRET}\\"}}'.encode()
    ),
    "list in broken json": exchange("POST", headers=JSON, body=f'{{"pin":["{SECRET}"'.encode()),
    "bearer": exchange("POST", json={"header": f"Bearer {SECRET}"}),
    "basic in a path": exchange(target=f"/v1/t/Basic%20{SECRET}"),
    "basic in a query": exchange(target=f"/v1/t?a=Basic+{SECRET}"),
    "url in a query": exchange(target=f"/v1/t?to=https%3A%2F%2Fh%3Ftoken%3D{SECRET}"),
    "text": exchange("POST", headers=TEXT, body=f"password: {SECRET}".encode()),
    "no type": exchange("POST", body=f"password={SECRET}".encode()),
    "record": exchange(touched=[Touched(None, Record("t", "1", {"deep": [{"pin": SECRET}]}))]),
    "record in a text": exchange(
        touched=[Touched(Record("t", "1", {"sent": f"Bearer {SECRET}"}), None)]
    ),
    "id of a record": exchange(
        touched=[Touched(None, Record("t", f"Bearer {SECRET}", {"password": SECRET}))],
        fired=[Fired(NOON, "t", f"Bearer {SECRET}", "A", None)],
    ),
    "issued token": exchange(reply={"access_token": SECRET}),
    "violation": exchange("POST", json={"password": SECRET}, **REFUSED),
    "refusal": exchange("POST", **REFUSED, reply={"detail": f"{FOUND} (body /password)"}),
    "refusal that was cut": exchange("POST", **REFUSED, reply={"detail": [FOUND[:-3]]}),
    "refusal in text": exchange(
        "POST", **REFUSED, reply_body=FOUND.encode(), reply_headers=((b"content-type", b"text/x"),)
    ),
    "violation of what is around": exchange(
        "POST",
        status=400,
        violations=(
            Violation("body", "", f'The body is wrong; found {{"pin":"{SECRET}"}}', "type"),
        ),
    ),
    "unacceptable": exchange(
        "POST",
        status=400,
        violations=(
            Violation("query", "token", f"It is not acceptable: {SECRET}; found {SECRET}", "x"),
        ),
    ),
}


@pytest.mark.parametrize("name", HIDING)
def test_a_secret_is_never_shown(name: str) -> None:
    hiding = HIDING[name]
    kept = [
        *(hiding.request.headers.values()),
        *(value for _, value in hiding.reply.headers),
        *(each.message.encode() for each in hiding.violations),
        *(hiding.request.body, hiding.request.raw_path, hiding.request.raw_query),
        hiding.reply.body,
        str([hiding.touched, hiding.fired]).encode(),
    ]
    assert any(SECRET[:-3].encode() in each for each in kept)

    shown = [text(hiding), str(record(hiding)), str(har([hiding], "1"))]

    assert not any(SECRET[:-3] in each for each in shown)
    assert any(REDACTED in each for each in shown)


def test_what_is_no_secret_is_shown_as_it_was_sent() -> None:
    sample = exchange(
        "POST",
        "/v1/orders/a%20b?page=1&q=%C3%A9+x&page=2",
        headers={"Accept": "*/*", "Prefer": "code=404, example=none"} | JSON,
        body=b'{ "id" : 7 }',
    )
    body = request_body(sample)

    assert path_of(sample.request) == "/v1/orders/a%20b"
    assert query_of(sample.request) == "page=1&q=%C3%A9+x&page=2"
    assert pairs_of(sample.request.raw_query) == [("page", "1"), ("q", "é x"), ("page", "2")]
    assert dict(headers_of(sample.request.headers.items()))["prefer"] == "code=404, example=none"
    assert body is not None
    assert (body.form, body.value, body.text, body.size) == ("json", {"id": 7}, '{ "id" : 7 }', 12)


def test_a_form_is_told_by_its_fields() -> None:
    body = request_body(exchange("POST", headers=FORM, body=b"a=1&b=x+y&a=2&password=p"))

    assert body is not None
    assert body.value == {"a": ["1", "2"], "b": "x y", "password": REDACTED}
    assert body.text == f"a=1&b=x+y&a=2&password={REDACTED}"


def test_an_empty_body_is_none() -> None:
    assert request_body(exchange()) is None
    assert reply_body(exchange()) is None


def test_json_less_its_secrets_is_still_json() -> None:
    body = reply_body(exchange("POST", **REFUSED, reply={"token": "a", "detail": FOUND}))

    assert body is not None
    assert orjson.loads(body.text) == body.value
    assert body.value["token"] == REDACTED


def test_a_violation_of_a_plain_field_says_what_was_found() -> None:
    message = "The field 'price' must be 1 or more; found 0"
    sample = exchange("POST", violations=(Violation("body", "/price", message, "minimum"),))

    assert [each.message for each in violations_of(sample)] == [message]


@pytest.mark.parametrize("keyword", ["required", "additionalProperties"])
def test_a_violation_that_tells_no_value_stays_as_it_is(keyword: str) -> None:
    violation = Violation("body", "/password", "The field 'password' is wrong", keyword)

    assert violations_of(exchange("POST", violations=(violation,))) == [violation]


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_a_text_without_a_secret_name_is_left_alone(sample: str) -> None:
    plain = sample.replace(":", ";").replace("=", ";")

    assert scrubbed(plain) == plain


@given(
    before=st.text(st.sampled_from("ab \"'{[,;&:=?/\n"), max_size=12),
    between=st.sampled_from(["=", ": ", '":"', '": "', "' : ", " = "]),
    after=st.text(st.sampled_from('ab "}],;&'), max_size=12),
)
def test_a_value_that_stands_after_a_secret_name_is_hidden(
    before: str, between: str, after: str
) -> None:
    sample = f"{before} password{between}{SECRET}{after}"

    assert SECRET not in scrubbed(sample)


def test_a_long_text_is_looked_through_once() -> None:
    sample = 'password="' + "a" * 1_000_000 + "\\" * 1_000_001

    assert len(scrubbed(sample)) < 100


def test_a_refusal_without_secrets_is_shown_as_it_was_sent() -> None:
    body = reply_body(
        exchange(
            violations=(Violation("body", "/id", "The field 'id' is required", "required"),),
            reply_body=b'{ "detail" : "no id" }',
        )
    )

    assert body is not None
    assert body.text == '{ "detail" : "no id" }'


def test_a_header_that_is_not_utf_8_is_read_as_latin_1() -> None:
    assert headers_of([(b"x-name", LATIN), (b"x-other", "é".encode())]) == [
        ("x-name", "é"),
        ("x-other", "é"),
    ]
