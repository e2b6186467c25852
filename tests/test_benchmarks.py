"""The benchmarks run; what they measure is not judged here."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


def script(name: str) -> ModuleType:
    """A benchmark as a module."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_scale_of_a_session_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert script("scale").main(["--size", "500", "--rounds", "1"]) in (0, 1)

    told = capsys.readouterr().out
    assert all(word in told for word in ("KiB", "create", "read", "list", "action", "transitions"))
