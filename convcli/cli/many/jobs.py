"""Work on several files at the same time, its results in the order of the files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from convcli.cli.input.memory import shared_by
from convcli.cli.output.streams import Streams
from convcli.inputs.files.boundary import STDERR, quiet_libraries

Item = TypeVar("Item")
Result = TypeVar("Result")

WAITING_PER_JOB = 4  # files that are begun before the result of the oldest is taken


def in_order(work: Callable[[Item], Result], items: Sequence[Item], jobs: int) -> Iterator[Result]:
    """The results of the items, `jobs` at a time.

    Where the caller stops, no further item is begun, and those under way end first: none of them
    leaves half a file.
    """
    if jobs == 1:
        yield from map(work, items)
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    waiting: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(jobs) as pool:
        try:
            for item in items:
                waiting.append(pool.submit(work, item))
                if len(waiting) == jobs * WAITING_PER_JOB:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


@contextmanager
def together(jobs: int, streams: Streams) -> Iterator[Streams]:
    """The streams while several jobs share the memory and the libraries' silence."""
    if jobs == 1:
        yield streams
        return
    with shared_by(jobs), quiet_libraries() as kept:
        if kept is None or _descriptor(streams.stderr) != STDERR:
            yield streams
            return
        encoding = getattr(streams.stderr, "encoding", None)
        errors = "backslashreplace"
        with open(kept, "w", encoding=encoding, errors=errors, closefd=False) as stderr:
            yield streams._replace(stderr=stderr)


def _descriptor(stream: Any) -> int | None:
    try:
        return int(stream.fileno())
    except (AttributeError, OSError, ValueError):
        return None
