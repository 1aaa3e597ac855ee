"""How far a long computation is: a bar with rate and time left on stderr, only on a terminal, only after half a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from convcli.cli.output.streams import Streams

if TYPE_CHECKING:
    from convcli.engine.compute.executors.threads import Progress

QUIET = 0.5  # seconds before anything is shown


@contextmanager
def progress_bar(streams: Streams, amount: int, unit: str) -> Iterator[Progress | None]:
    """A function to call with (done, total) parts of an amount of work; None where stderr is no terminal.

    The bar is wiped at the end, however that comes.
    """
    if streams.stderr is None or not streams.stderr.isatty():
        yield None
        return
    bar = _Bar(streams.stderr, amount, unit)
    try:
        yield bar.update
    finally:
        bar.stop()


class _Bar:
    def __init__(self, stderr: Any, amount: int, unit: str) -> None:
        self.stderr, self.amount, self.unit = stderr, amount, unit
        self.start = time.monotonic()
        self.shown: Any = None

    def update(self, done: int, total: int) -> None:
        elapsed = time.monotonic() - self.start
        if self.shown is None:
            if elapsed < QUIET:
                return
            self._show(total)
        rate = self.amount * done / total / elapsed
        number = f"{rate / 1e6:.3g} million" if rate >= 1e6 else f"{rate:.3g}"
        self.shown.update(self.task, completed=done, rate=f"{number} {self.unit}/s")

    def _show(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        columns = (
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("left"),
        )
        self.shown = Progress(*columns, console=Console(file=self.stderr), transient=True)
        self.shown.start()
        self.task = self.shown.add_task("", total=total, rate="")

    def stop(self) -> None:
        if self.shown is not None:
            self.shown.stop()
