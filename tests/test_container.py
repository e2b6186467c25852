"""What `mockserver.container` is without an engine; tests/container runs it with one."""

import subprocess
import sys
from textwrap import dedent

import pytest


def run(code: str) -> subprocess.CompletedProcess[str]:
    """What this Python does with some code, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", dedent(code)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("module", ["mockserver", "mockserver.pytest_plugin", "mockserver.client"])
def test_nothing_else_imports_testcontainers(module: str) -> None:
    done = run(
        f"""
        import {module}, sys
        print([name for name in ("testcontainers", "docker") if name in sys.modules])
        """
    )

    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_without_the_extra_it_says_which_one_to_install() -> None:
    done = run(
        """
        import sys
        sys.modules["testcontainers"] = sys.modules["docker"] = None
        import mockserver.container
        """
    )

    assert done.stderr.splitlines()[-1] == (
        "ImportError: mockserver.container needs Testcontainers: "
        "pip install 'mockserver[testcontainers]'"
    )
