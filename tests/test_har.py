"""Exchanges as other tools read them."""

import base64
from typing import Any

import orjson
import pytest

from mockserver.explanation import record
from mockserver.har import har, ndjson
from mockserver.message import Json
from tests.exchanges.samples import SAMPLES, exchange

# What HAR 1.2 requires of each object: member and type.
REQUIRED: dict[str, dict[str, Any]] = {
    "log": {"version": str, "creator": dict, "entries": list},
    "creator": {"name": str, "version": str},
    "entry": {
        "startedDateTime": str,
        "time": int | float,
        "request": dict,
        "response": dict,
        "cache": dict,
        "timings": dict,
    },
    "request": {
        "method": str,
        "url": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "queryString": list,
        "headersSize": int,
        "bodySize": int,
    },
    "postData": {"mimeType": str, "params": list, "text": str},
    "response": {
        "status": int,
        "statusText": str,
        "httpVersion": str,
        "cookies": list,
        "headers": list,
        "content": dict,
        "redirectURL": str,
        "headersSize": int,
        "bodySize": int,
    },
    "content": {"size": int, "mimeType": str},
    "timings": {"send": int | float, "wait": int | float, "receive": int | float},
    "named": {"name": str, "value": str},
}
KNOWN = {"content": {"text", "encoding"}, "request": {"postData"}, "log": {"pages"}}


def check(kind: str, node: Json) -> None:
    required = REQUIRED[kind]
    assert required.keys() <= node.keys()
    others = {name for name in node.keys() - required.keys() if not name.startswith("_")}
    assert others <= KNOWN.get(kind, set())
    for name, wanted in required.items():
        assert isinstance(node[name], wanted), name


def entry_of(sample: Any) -> Json:
    return har([sample], "1.0")["log"]["entries"][0]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_document_has_all_that_har_requires_and_nothing_that_it_does_not_know(name: str) -> None:
    document = orjson.loads(orjson.dumps(har([SAMPLES[name]], "1.0")))
    entry = document["log"]["entries"][0]

    check("log", document["log"])
    check("creator", document["log"]["creator"])
    check("entry", entry)
    check("timings", entry["timings"])
    check("request", entry["request"])
    check("response", entry["response"])
    check("content", entry["response"]["content"])
    if "postData" in entry["request"]:
        check("postData", entry["request"]["postData"])
    for each in (
        *entry["request"]["headers"],
        *entry["request"]["queryString"],
        *entry["request"].get("postData", {}).get("params", []),
        *entry["response"]["headers"],
    ):
        check("named", each)
    timings = entry["timings"]
    assert entry["time"] == sum(each for each in timings.values() if each >= 0)


def test_the_time_of_an_entry_is_the_decision_and_the_delay_of_its_fault() -> None:
    entry = entry_of(SAMPLES["fault-before-the-delivery"])

    assert entry["time"] == entry["timings"]["wait"] == 0.25 + 312.5


def test_a_document_names_who_made_it() -> None:
    log = har([], "1.2.3")["log"]

    assert (log["version"], log["entries"]) == ("1.2", [])
    assert log["creator"] == {"name": "mockserver", "version": "1.2.3"}


def test_entries_keep_the_order_they_are_given_in() -> None:
    entries = har([exchange(name="a"), exchange(name="b")], "1")["log"]["entries"]

    assert [each["_id"] for each in entries] == ["a", "b"]


def test_the_url_is_absolute_and_has_the_session_in_its_path() -> None:
    sample = exchange(target="/v1/orders?page=2", headers={"Host": "shop.test:8080"})
    sample.request.prefix = b"/__s/one"
    sample.request.scheme = "https"

    assert entry_of(sample)["request"]["url"] == "https://shop.test:8080/__s/one/v1/orders?page=2"


def test_a_request_without_a_host_has_an_absolute_url_too() -> None:
    assert entry_of(exchange(target="/a"))["request"]["url"] == "http://localhost/a"


def test_a_form_is_told_field_by_field() -> None:
    body = entry_of(SAMPLES["token"])["request"]["postData"]

    assert body["params"] == [
        {"name": "grant_type", "value": "password"},
        {"name": "username", "value": "ann"},
        {"name": "password", "value": "(redacted)"},
    ]


def test_cookies_are_told_neither_as_headers_nor_as_cookies() -> None:
    request = entry_of(SAMPLES["token"])["request"]

    assert request["cookies"] == []
    assert {"name": "cookie", "value": "(redacted)"} in request["headers"]


def test_a_body_that_is_no_text_is_told_as_base64() -> None:
    sample = exchange("POST", body=b"\xff\x00", reply_body=b"\xfe\x00")
    entry = entry_of(sample)

    assert base64.b64decode(entry["request"]["postData"]["text"]) == b"\xff\x00"
    assert entry["request"]["postData"]["_encoding"] == "base64"
    assert entry["response"]["content"]["encoding"] == "base64"
    assert base64.b64decode(entry["response"]["content"]["text"]) == b"\xfe\x00"


def test_sizes_are_those_of_what_was_sent() -> None:
    entry = entry_of(SAMPLES["refusal"])
    sample = SAMPLES["refusal"]

    assert entry["request"]["bodySize"] == len(sample.request.body)
    assert entry["response"]["bodySize"] == len(sample.reply.body)
    assert entry["response"]["content"]["size"] == len(sample.reply.body)


def test_a_lost_request_has_the_status_0_as_in_a_browser() -> None:
    entry = entry_of(SAMPLES["fault-before-the-deed"])
    response = entry["response"]

    assert (response["status"], response["statusText"], response["httpVersion"]) == (0, "", "")
    assert response["content"] == {"size": 0, "mimeType": "x-unknown"}
    assert entry["_fault"] == str(SAMPLES["fault-before-the-deed"].steering.fault)


def test_the_time_has_the_delay_in_it() -> None:
    assert entry_of(SAMPLES["fault-before-the-delivery"])["time"] == 312.75


def test_a_redirect_is_told() -> None:
    sample = exchange(status=302, reply_headers=((b"location", b"/b"),))

    assert entry_of(sample)["response"]["redirectURL"] == "/b"


def test_our_own_members_say_what_led_to_the_reply() -> None:
    entry = entry_of(SAMPLES["several-rules"])

    assert entry["_operation"] == "shop-v1/createOrder"
    assert entry["_session"] == "default"
    assert entry["_source"] == "scenario"
    assert entry["_scenarios"] == ["common/unavailable"]
    assert entry_of(SAMPLES["refusal"])["_violations"][1].startswith("The field 'lines'")


def test_ndjson_is_a_record_on_each_line() -> None:
    samples = list(SAMPLES.values())

    lines = ndjson(samples).split(b"\n")

    assert [orjson.loads(line) for line in lines[:-1]] == [record(each) for each in samples]
    assert lines[-1] == b""


def test_ndjson_of_nothing_is_empty() -> None:
    assert ndjson([]) == b""


def test_an_integer_beyond_64_bits_is_written() -> None:
    sample = exchange("POST")
    sample.request.path = {"id": 2**70}

    assert str(2**70).encode() in ndjson([sample])
