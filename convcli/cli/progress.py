"""How far a long computation is: a bar with rate and time left on stderr, only on a terminal, only after half a second."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from convcli.cli.streams import Streams

if TYPE_CHECKING:
    from convcli.engine.executors.threads import Progress

QUIET = 0.5  # seconds before anything is shown


@contextmanager
def progress_bar(streams: Streams, outputs: int) -> Iterator[Progress | None]:
    """A function to call with (done, total) parts of so many outputs; None where stderr is no terminal.

    The bar is wiped at the end, however that comes.
    """
    if streams.stderr is None or not streams.stderr.isatty():
        yield None
        return
    bar = _Bar(streams.stderr, outputs)
    try:
        yield bar.update
    finally:
        bar.stop()


class _Bar:
    def __init__(self, stderr: Any, outputs: int) -> None:
        self.stderr, self.outputs = stderr, outputs
        self.start = time.monotonic()
        self.shown: Any = None

    def update(self, done: int, total: int) -> None:
        elapsed = time.monotonic() - self.start
        if self.shown is None:
            if elapsed < QUIET:
                return
            self._show(total)
        rate = self.outputs * done / total / elapsed
        self.shown.update(self.task, completed=done, rate=f"{rate / 1e6:.3g} million outputs/s")

    def _show(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn(), TextColumn("left"))
        self.shown = Progress(*columns, console=Console(file=self.stderr), transient=True)
        self.shown.start()
        self.task = self.shown.add_task("run", total=total, rate="")

    def stop(self) -> None:
        if self.shown is not None:
            self.shown.stop()
