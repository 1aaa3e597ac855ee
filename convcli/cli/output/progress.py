"""A progress bar with rate and time left: on stderr, on a terminal only, after half a second."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from convcli.cli.output.streams import Streams
from convcli.render.values import text
from convcli.report.quantities import Phrase, Rounded
from convcli.report.words.vocabulary import ENGLISH, Words

if TYPE_CHECKING:
    from convcli.engine.compute.executors.threads import Progress

Item = TypeVar("Item")

QUIET = 0.5  # seconds before the bar is drawn
MILLION = 1e6
RATE_DIGITS = 3


@contextmanager
def progress_bar(
    streams: Streams, amount: int, unit: str, words: Words = ENGLISH
) -> Iterator[Progress | None]:
    """A function to call with (done, total) parts of the work; None where stderr is no terminal.

    The bar is erased at the end, also after an exception.
    """
    with progress_of(streams, amount, unit, words) as bar:
        yield None if bar is None else bar.update


@contextmanager
def progress_of(
    streams: Streams, amount: int, unit: str, words: Words = ENGLISH
) -> Iterator[Bar | None]:
    """The bar itself, which can be erased for lines that are printed in between."""
    if streams.stderr is None or not streams.stderr.isatty():
        yield None
        return
    bar = Bar(streams.stderr, amount, unit, words)
    try:
        yield bar
    finally:
        bar.stop()


def watched(
    steps: Iterable[Item], total: int, unit: str, streams: Streams, words: Words = ENGLISH
) -> Iterator[Item]:
    """The steps, with a progress bar on a terminal."""
    with progress_bar(streams, total, unit, words) as progress:
        for number, step in enumerate(steps, start=1):
            if progress is not None:
                progress(number, total)
            yield step


class Bar:
    """A bar of so many units of work."""

    def __init__(self, stderr: Any, amount: int, unit: str, words: Words) -> None:
        self.stderr, self.amount, self.unit, self.words = stderr, amount, unit, words
        self.start = time.monotonic()
        self.display: Any = None

    def update(self, done: int, total: int) -> None:
        """Draw the bar, once it is worth it."""
        elapsed = time.monotonic() - self.start
        if self.display is None:
            if elapsed < QUIET:
                return
            self._draw(total)
        rate = self.amount * done / total / elapsed
        many = rate >= MILLION
        shown: Rounded | Phrase = Rounded(rate / MILLION if many else rate, RATE_DIGITS)
        if many:
            shown = self.words.phrase("progress.million", number=shown)
        speed = self.words.phrase(f"progress.rate.{self.unit}", rate=shown)
        self.display.update(self.task, completed=done, rate=text(speed))

    def _draw(self, total: int) -> None:
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
            TextColumn(self.words("progress.left")),
        )
        self.display = Progress(*columns, console=Console(file=self.stderr), transient=True)
        self.display.start()
        self.task = self.display.add_task("", total=total, rate="")

    def stop(self) -> None:
        """Erase the bar; the next update draws it again."""
        if self.display is not None:
            self.display.stop()
            self.display = None
