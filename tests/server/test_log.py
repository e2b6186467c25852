"""Access lines: one for each request, whole, in order, and no request writes one of its own."""

import asyncio
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.exchange import UNSTEERED, Exchange, FoundBy, Steering
from mockserver.message import Reply, Request, Source, Violation
from mockserver.server.log import LINES_MAX, AccessLines

MISSING = Violation("body", "/products", "The field 'products' is required", "required")

NOON = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)


def exchange(
    number: int = 1,
    *,
    path: bytes = b"/things/1",
    operation: str = "sample/read",
    violations: tuple[Violation, ...] = (),
    steering: Steering = UNSTEERED,
) -> Exchange:
    """A finished exchange."""
    source = Source.REFUSAL if violations else Source.EXAMPLE
    reply = Reply(400 if violations else 200, (), b"", source)
    request = Request("GET", path, b"", {})
    return Exchange(
        f"abc-{number}",
        NOON,
        request,
        reply,
        operation,
        "default",
        FoundBy.DEFAULT,
        violations,
        steering,
    )


def written(log_format: str, *exchanges: Exchange) -> str:
    """The lines of exchanges that took 1.5 ms each."""
    stream = io.StringIO()
    log = AccessLines(log_format, stream)
    for each in exchanges:
        log(each, 0.0015)
    return stream.getvalue()


def test_a_text_line_names_id_session_operation_source_status_and_time() -> None:
    assert written("text", exchange()) == "abc-1 default sample/read example 200 1.5ms\n"


def test_a_text_line_says_why_a_request_was_refused() -> None:
    line = written("text", exchange(violations=(MISSING, MISSING)))

    assert line == (
        "abc-1 default sample/read refusal 400 1.5ms "
        "The field 'products' is required (body /products)\n"
    )


def test_a_text_line_of_an_unknown_path_has_method_and_path() -> None:
    assert " GET /nowhere " in written("text", exchange(path=b"/nowhere", operation=""))


def test_a_json_line_has_all_of_it() -> None:
    assert json.loads(written("json", exchange(violations=(MISSING,)))) == {
        "id": "abc-1",
        "session": "default",
        "method": "GET",
        "path": "/things/1",
        "operation": "sample/read",
        "source": "refusal",
        "status": 400,
        "ms": 1.5,
        "violations": ["The field 'products' is required (body /products)"],
    }


def test_a_json_line_of_an_unknown_path_has_no_operation() -> None:
    assert json.loads(written("json", exchange(operation="")))["operation"] is None


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize(
    "violation",
    [
        Violation("body", "/sim/simKi", "The field must match x; found hush", "pattern"),
        Violation("header", "X-Auth-Key", "It is not acceptable: hush", "enum"),
        Violation("query", "to", 'It must be shorter; found "https://h/?token=hush"', "maxLength"),
        Violation("body", "/said", 'It must match x; found "Bearer hush"', "pattern"),
        Violation("body", "", 'It must be a list; found {"pin":"hush"}', "type"),
    ],
)
def test_a_line_tells_no_secret_that_was_wrong(log_format: str, violation: Violation) -> None:
    line = written(log_format, exchange(violations=(violation,)))

    assert "It" in line or "The field" in line
    assert "hush" not in line


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_line_tells_no_secret_of_a_path(log_format: str) -> None:
    assert "hush" not in written(log_format, exchange(path=b"/t/Bearer%20hush", operation=""))


HOSTILE = "a\nabc-2 default x\r\x1b[31m\u2028\x85b"
HOSTILE_EXCHANGES = {
    "path": exchange(path=HOSTILE.encode(), operation=""),
    "violation": exchange(violations=(Violation("body", "/a", HOSTILE, "enum"),)),
}


@pytest.mark.parametrize("place", HOSTILE_EXCHANGES)
def test_no_request_writes_a_text_line_of_its_own(place: str) -> None:
    line = written("text", HOSTILE_EXCHANGES[place])

    assert line[:-1].isprintable()


@pytest.mark.parametrize("place", HOSTILE_EXCHANGES)
def test_no_request_writes_a_json_line_of_its_own(place: str) -> None:
    line = written("json", HOSTILE_EXCHANGES[place])

    assert json.loads(line)["id"] == "abc-1"
    assert [char for char in line[:-1] if char < " "] == []


def in_a_loop(log: AccessLines, count: int, then: Any) -> None:
    """Log `count` exchanges inside of a running loop, as the server does."""

    async def run() -> None:
        for number in range(count):
            log(exchange(number), 0.001)
        await then()

    asyncio.run(run())


@pytest.fixture
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is scheduled is due at once, in the next turn of the loop."""
    monkeypatch.setattr("mockserver.server.log.FLUSH_S", 0)


async def soon() -> None:
    """A few turns of the loop."""
    for _ in range(3):
        await asyncio.sleep(0)


async def at_once() -> None:
    """The loop ends before anything scheduled has run."""


@pytest.mark.usefixtures("prompt")
def test_lines_of_a_running_server_are_written_together_and_in_order() -> None:
    stream = io.StringIO()
    in_a_loop(AccessLines("text", stream), 5, soon)

    ids = [line.split()[0] for line in stream.getvalue().splitlines()]
    assert ids == [f"abc-{number}" for number in range(5)]


def test_many_lines_do_not_wait() -> None:
    stream = io.StringIO()
    in_a_loop(AccessLines("text", stream), LINES_MAX + 1, at_once)

    assert len(stream.getvalue().splitlines()) == LINES_MAX


def test_what_is_pending_in_the_end_is_written_on_demand() -> None:
    stream = io.StringIO()
    log = AccessLines("text", stream)
    in_a_loop(log, 3, at_once)
    assert stream.getvalue() == ""

    log.flush()

    assert len(stream.getvalue().splitlines()) == 3


@pytest.mark.usefixtures("prompt")
def test_the_log_goes_on_after_it_was_written() -> None:
    stream = io.StringIO()
    log = AccessLines("text", stream)
    in_a_loop(log, 2, soon)
    in_a_loop(log, 2, soon)

    assert len(stream.getvalue().splitlines()) == 4


def test_a_reader_that_has_left_does_not_end_the_server() -> None:
    class Closed(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    AccessLines("text", Closed())(exchange(), 0.001)


SEVERAL = """
import os, sys
from mockserver.server import log
log._text_line = lambda letter, seconds: letter * LENGTH + "\\n"
lines = log.AccessLines("text", sys.stderr, shared=True)
letters = "abcd"
children = []
for letter in letters:
    child = os.fork()
    if not child:
        for _ in range(COUNT):
            lines(letter, 0.0)
        os._exit(0)
    children.append(child)
sys.exit(any(os.waitpid(child, 0)[1] for child in children))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a pipe cannot be locked")
@pytest.mark.parametrize("length", [100, 5_000, 200_000])  # a pipe has room for 65,536 bytes
def test_several_processes_do_not_tear_each_others_lines(length: int) -> None:
    count = 50
    code = SEVERAL.replace("LENGTH", str(length)).replace("COUNT", str(count))
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        lines = process.stderr.read().decode().splitlines()

        assert process.wait(timeout=60) == 0
    whole = [letter * length for letter in "abcd" for _ in range(count)]
    assert sorted(lines) == whole
