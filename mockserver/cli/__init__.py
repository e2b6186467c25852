"""The command `mockserver`: serve, check, list, schema, coverage.

Exit codes: 0 fine, 1 findings, 2 usage or unusable input, 130 and 143 on signals.

    parser      the flags, with examples
    commands    what each command does; what it needs is imported by it, so that `--help` and a
                typo answer at once
"""

import os
import signal
import sys
from collections.abc import Sequence

from mockserver.cli import commands
from mockserver.cli.parser import parser
from mockserver.errors import MockServerError, UsageError
from mockserver.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    flags = parser().parse_args(arguments)
    # Also before the server is up: a container's process 1 has no default for this signal.
    before = signal.signal(signal.SIGTERM, _end)
    try:
        code: int = flags.run(flags)
        sys.stdout.flush()
    except MockServerError as error:
        _complain(str(error))
        return 2
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at exit
        return 0
    except KeyboardInterrupt:
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)
    return code


def settings_of(arguments: Sequence[str]) -> Settings:
    """What `mockserver serve` would serve with these arguments; raises `UsageError`."""
    try:
        flags = parser().parse_args(["serve", *arguments])
    except SystemExit as error:  # argparse has said why
        raise UsageError(f"mockserver serve does not take {' '.join(arguments)}") from error
    return commands.settings_of(flags)


def _end(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def _complain(text: str) -> None:
    for line in text.splitlines():
        sys.stderr.write(f"mockserver: {line}\n")
