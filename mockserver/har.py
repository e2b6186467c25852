"""Exchanges for other tools: HAR 1.2, which browsers and proxies open, and NDJSON.

HAR 1.2 wants more members than we know; what is not known is what its specification says for that:
-1 for sizes and durations, "" for texts. Our own members begin with `_`, as it asks.
"""

from collections.abc import Iterable
from typing import Final

from mockserver.contract.replies import encode
from mockserver.disclosure import (
    Body,
    Pairs,
    headers_of,
    pairs_of,
    path_of,
    query_of,
    reply_body,
    request_body,
    violations_of,
)
from mockserver.exchange import Exchange
from mockserver.explanation import record, written
from mockserver.message import Json
from mockserver.problem import phrase

HTTP: Final = "HTTP/1.1"
UNKNOWN: Final = -1
NO_TYPE: Final = "x-unknown"  # what browsers write


def har(exchanges: Iterable[Exchange], version: str) -> Json:
    """The exchanges as a HAR 1.2 document.

    Args:
        exchanges: Oldest first.
        version: Of this package.
    """
    creator = {"name": "mockserver", "version": version}
    entries = [_entry(exchange) for exchange in exchanges]
    return {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}


def ndjson(exchanges: Iterable[Exchange]) -> bytes:
    """One `explanation.record` on each line."""
    return b"".join(encode(record(exchange)) + b"\n" for exchange in exchanges)


def _entry(exchange: Exchange) -> Json:
    steering = exchange.steering
    waited_ms = round(exchange.ms + steering.delay_ms, 3)
    return {
        "startedDateTime": written(exchange.at),
        "time": waited_ms,
        "request": _request(exchange),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": waited_ms, "receive": 0},
        "_id": exchange.id,
        "_operation": exchange.operation,
        "_session": exchange.session,
        "_source": exchange.reply.source.value,
        "_scenarios": list(steering.scenarios),
        "_violations": [str(violation) for violation in violations_of(exchange)],
        "_fault": str(steering.fault) if steering.fault else "",
    }


def _request(exchange: Exchange) -> Json:
    request = exchange.request
    headers = headers_of(request.headers.items())
    query = query_of(request)
    host = dict(headers).get("host") or "localhost"
    path = request.prefix.decode("latin-1") + path_of(request)
    told = {
        "method": request.method,
        "url": f"{request.scheme}://{host}{path}" + (f"?{query}" if query else ""),
        "httpVersion": HTTP,
        "cookies": [],  # they are secrets
        "headers": _named(headers),
        "queryString": _named(pairs_of(request.raw_query)),
        "headersSize": UNKNOWN,
        "bodySize": len(request.body),
    }
    body = request_body(exchange)
    return told if body is None else told | {"postData": _post_data(exchange, headers, body)}


def _post_data(exchange: Exchange, headers: Pairs, body: Body) -> Json:
    fields = pairs_of(exchange.request.body) if body.form == "form" else ()
    told = {"mimeType": _type(headers), "params": _named(fields), "text": body.text}
    return told | ({"_encoding": "base64"} if body.form == "base64" else {})


def _response(exchange: Exchange) -> Json:
    reply = exchange.reply
    lost = not reply.status
    headers = headers_of(reply.headers)
    return {
        "status": reply.status,
        "statusText": phrase(reply.status),
        "httpVersion": "" if lost else HTTP,
        "cookies": [],
        "headers": _named(headers),
        "content": _content(headers, reply_body(exchange)),
        "redirectURL": dict(headers).get("location", ""),
        "headersSize": UNKNOWN,
        "bodySize": UNKNOWN if lost else len(reply.body),
    }


def _content(headers: Pairs, body: Body | None) -> Json:
    told = {"size": 0 if body is None else body.size, "mimeType": _type(headers)}
    if body is None:
        return told
    told["text"] = body.text
    return told | ({"encoding": "base64"} if body.form == "base64" else {})


def _type(headers: Pairs) -> str:
    return dict(headers).get("content-type", NO_TYPE)


def _named(pairs: Pairs) -> Json:
    return [{"name": name, "value": value} for name, value in pairs]
