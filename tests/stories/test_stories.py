"""The stories of the documentation happen as they are told."""

from pathlib import Path

import pytest

from tests.stories.telling import BLOCK, FOLDER, stories, told


@pytest.mark.parametrize("file", stories(), ids=lambda file: file.stem)
def test_a_story_happens_as_it_is_told(file: Path) -> None:
    text = file.read_text()

    assert told(text) == text


@pytest.mark.parametrize("file", stories(), ids=lambda file: file.stem)
def test_a_story_is_told_by_exchanges(file: Path) -> None:
    assert len(BLOCK.findall(file.read_text())) > 2


def test_every_story_is_listed() -> None:
    listed = (FOLDER / "README.md").read_text()

    assert [file.name for file in stories() if f"({file.name})" not in listed] == []
