"""convcli, stopped before each system call that changes a file.

`python -m tests.stepping_program ARGUMENTS` prints the name of the call and waits for a byte on
stdin; after the end of stdin it runs on. A test thereby knows where the program is, without looking
at the clock: it sends its signal there.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

CALLS = ("open", "write", "pwrite", "fchmod", "fsync", "close", "replace")


def stopping(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    write = os.write

    def stop_and_call(*arguments: Any, **options: Any) -> Any:
        write(sys.__stdout__.fileno(), f"{name}\n".encode())  # type: ignore[union-attr]
        os.read(0, 1)
        return call(*arguments, **options)

    return stop_and_call


class Steps:
    """The parent's side: a running program that is stopped before a call."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def next(self) -> str:
        """Wait for the next call; its name, or "" if the program has ended."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().decode().strip()

    def go(self) -> None:
        """Let the call happen."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def go_until(self, name: str) -> None:
        """Let all calls happen that come before the next one called `name`."""
        while (call := self.next()) != name:
            assert call, f"the program ended without {name}"
            self.go()


@contextmanager
def stepping(*arguments: str) -> Iterator[Steps]:
    program = [sys.executable, "-m", "tests.stepping_program", *arguments]
    with subprocess.Popen(
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        yield Steps(process)


def main() -> None:
    from convcli.cli.app.main import run_program

    for name in CALLS:
        setattr(os, name, stopping(name, getattr(os, name)))
    run_program()


if __name__ == "__main__":
    main()
