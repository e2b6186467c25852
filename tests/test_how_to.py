"""The how-tos are true: each is followed from top to bottom, as the README is by its tests.

The one about containers is followed in tests/container, where there is a Docker Engine, the one
about Node in tests/clients, where there is a Node.js.
"""

import re
from pathlib import Path

import pytest

from tests.test_readme import FILE, ROOT, Block, Reader, blocks, commands, read_all

PAGES = sorted((ROOT / "docs").glob("how-to-*.md"))
TEXTS = {page.name: page.read_text(encoding="utf-8") for page in PAGES}
CONTAINER = "how-to-run-in-a-container.md"
# What else there is of what is followed, or told not to be, by the tests of other folders.
ELSEWHERE = {CONTAINER: {"java"}, "how-to-test-node.md": {"js", "json", "ts"}}
KINDS = {"sh", "console", "yaml", "ini", "python"}


def printing(text: str) -> list[Block]:
    """The blocks of a page that print something."""
    return [
        block
        for block in blocks(text)
        if block.kind in ("console", "python") and not FILE.match(block.text)
    ]


def check(block: Block, reader: Reader) -> None:
    """What a block has printed is what it shows."""
    printed = [output.strip() for output in reader.printed[block.name]]

    if block.kind == "console":
        assert printed == [output.strip() for _, output in commands(block.text)]
    else:
        (output,) = printed
        assert output.splitlines() == re.findall(r"^# prints: (.*)$", block.text, re.MULTILINE)


ALL = [
    pytest.param(name, block, id=f"{name} {block.name}", marks=pytest.mark.xdist_group(name))
    for name, text in TEXTS.items()
    if name != CONTAINER
    for block in printing(text)
]


@pytest.fixture(scope="module")
def readers() -> dict[str, Reader]:
    """Somebody for each page who has followed it, once that was asked for."""
    return {}


@pytest.fixture
def reader(
    name: str, readers: dict[str, Reader], tmp_path_factory: pytest.TempPathFactory
) -> Reader:
    """Somebody who has followed the whole page."""
    if name not in readers:
        readers[name] = Reader(tmp_path_factory.mktemp("reader"))
        read_all(readers[name], TEXTS[name])
    return readers[name]


@pytest.mark.parametrize(("name", "block"), ALL)
def test_a_block_prints_what_it_shows(block: Block, reader: Reader) -> None:
    check(block, reader)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_block_is_of_a_kind_that_is_run(page: Path) -> None:
    kinds = {block.kind for block in blocks(TEXTS[page.name])}

    assert kinds <= KINDS | ELSEWHERE.get(page.name, set())


@pytest.mark.parametrize(
    ("page", "target"),
    [(page, target) for page in PAGES for target in re.findall(r"\]\(([^)]+)\)", TEXTS[page.name])],
    ids=lambda value: str(value).rpartition("/")[2],
)
def test_every_link_leads_somewhere(page: Path, target: str) -> None:
    file, _, anchor = target.partition("#")
    text = (page.parent / file).read_text(encoding="utf-8") if file else TEXTS[page.name]

    headings = [
        re.sub(r"[^\w\- ]", "", found).lower().replace(" ", "-")
        for found in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    ]
    assert not anchor or anchor in headings
