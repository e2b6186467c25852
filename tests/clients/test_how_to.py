"""docs/how-to-test-node.md is true: what it shows are files that run here, and its commands run."""

import re
import shutil
from pathlib import Path

import pytest

from tests.clients.conftest import NODE
from tests.test_readme import ROOT, Block, Reader, blocks

PAGE = list(blocks((ROOT / "docs/how-to-test-node.md").read_text(encoding="utf-8")))
FILES = [block for block in PAGE if block.kind in ("json", "js", "ts")]


@pytest.mark.parametrize("block", FILES, ids=lambda block: block.name)
def test_a_block_is_a_file_or_how_one_begins(block: Block) -> None:
    named = re.match(r"// (\S+)\n", block.text)

    text = (NODE / (named[1] if named else "package.json")).read_text(encoding="utf-8")

    assert text == block.text or (block.kind == "ts" and text.startswith(f"{block.text}\n"))


def test_a_reader_of_the_page_comes_to_tests_that_pass(tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    made = shutil.ignore_patterns("node_modules", "contracts", "build")
    shutil.copytree(NODE, folder, ignore=made)
    (folder / "node_modules").symlink_to(NODE / "node_modules")
    reader = Reader(folder)

    try:
        for block in PAGE:
            if block.kind == "sh":
                reader.follow(block)
    finally:
        reader.stop()

    assert {block.kind for block in PAGE} == {"sh", "json", "js", "ts"}
    assert list((folder / "build").glob("*.test.js"))
