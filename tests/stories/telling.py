"""Stories in `docs/stories`: requests and replies of one session, told as people read them.

Each block of a story is an exchange: a request, and below it what the double answered. To tell a
story is to send its requests again, in order, to a server whose session `default` begins anew.
After a change that is meant, `python -m tests.stories.telling` writes the replies anew; read the
difference.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from mockserver.problem import phrase
from mockserver.server.app import App
from mockserver.settings import Settings
from tests.conftest import NOON, Answer, call

FOLDER: Final = Path(__file__).parents[2] / "docs" / "stories"
BLOCK: Final = re.compile(r"```http\n(.*?)```\n", re.DOTALL)
REPLY: Final = re.compile(r"^HTTP/1\.1 ", re.MULTILINE)
SHOWN: Final = ("x-mock-source", "x-mock-scenario")  # of the headers of a reply
NAMES: Final = {"x-mock-source": "X-Mock-Source", "x-mock-scenario": "X-Mock-Scenario"}
WIDTH: Final = 100  # characters of a body in one line


def stories() -> list[Path]:
    """The files, sorted."""
    return sorted(file for file in FOLDER.glob("*.md") if file.name != "README.md")


def told(text: str) -> str:
    """The story with the replies that the double gives now."""
    app = _app()
    app.engine.sessions.drop("default")
    return BLOCK.sub(lambda block: f"```http\n{_exchange(app, block[1])}```\n", text)


@cache
def _app() -> App:
    return App(Settings(), clock=lambda: NOON)


def _exchange(app: App, block: str) -> str:
    request = REPLY.split(block)[0].strip()
    head, _, body = request.partition("\n\n")
    line, *headers = head.splitlines()
    method, target = line.split(" ", 1)
    pairs = dict(each.split(": ", 1) for each in headers)
    if body:
        pairs.setdefault("Content-Type", "application/json")
    answer = call(app, method, target, headers=pairs, body=body.encode() if body else None)
    return f"{request}\n\n" + "".join(f"{line}\n" for line in _reply(answer))


def _reply(answer: Answer) -> Iterator[str]:
    yield f"HTTP/1.1 {answer.status} {phrase(answer.status)}"
    for name in SHOWN:
        if name in answer.headers:
            yield f"{NAMES[name]}: {answer.headers[name]}"
    if answer.body:
        yield ""
        yield _written(answer)


def _written(answer: Answer) -> str:
    if "json" not in answer.headers.get("content-type", ""):
        return answer.body.decode().rstrip("\n")
    line = json.dumps(answer.json, ensure_ascii=False)
    return line if len(line) <= WIDTH else json.dumps(answer.json, ensure_ascii=False, indent=2)


if __name__ == "__main__":
    for file in stories():
        file.write_text(told(file.read_text()))
