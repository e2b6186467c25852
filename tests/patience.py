"""Waiting for what other processes do: as long as it takes, within reason."""

import time
from collections.abc import Callable
from typing import Final

PATIENCE_S: Final = 60.0  # for what has to happen; nothing is measured
PAUSE_S: Final = 0.01  # between two looks


def until(happened: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE_S
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(PAUSE_S)
