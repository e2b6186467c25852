"""Signals that come before the server is up, when a container may be stopped already."""

import subprocess
import sys

STOPPED_WHILE_LOADING = """
import signal, sys
from mockserver.cli import main
from mockserver.server import run

run.serve = lambda settings: signal.raise_signal(signal.SIGTERM)
sys.exit(main(["serve"]))
"""


def test_a_sigterm_before_the_server_is_ready_ends_the_command_with_143() -> None:
    # Process 1 of a container ignores a signal that it does not handle: it would have to be killed.
    done = subprocess.run(
        [sys.executable, "-c", STOPPED_WHILE_LOADING], check=False, capture_output=True
    )

    assert (done.returncode, done.stdout, done.stderr) == (143, b"", b"")
