"""Runs between stores in processes of their own, for tests that kill some of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

SIDE, KERNEL = 96, 5


def make_input(folder: Path, side: int = SIDE, chunk: int = 32, dtype: str = "f4") -> list[str]:
    """A volume and a kernel, and the words of a command that convolves them."""
    import zarr

    numbers = np.random.default_rng(0)
    x = zarr.create_array(
        str(folder / "x.zarr"), shape=(side,) * 3, chunks=(chunk,) * 3, dtype=dtype,
        compressors=None,
    )  # fmt: skip
    x[...] = numbers.integers(1, 99, (side,) * 3).astype(dtype)
    kernel = numbers.integers(-9, 9, (1, 1, *[KERNEL] * 3)).astype(dtype)
    np.save(folder / "w.npy", kernel)
    return ["run", "conv3d", str(folder / "x.zarr"), str(folder / "w.npy"), "-p", "2"]


def chunks_of(store: Path) -> dict[str, bytes]:
    """The chunks that a store has, by their keys."""
    paths = [path for path in (store / "c").rglob("*") if path.is_file()]
    return {str(path.relative_to(store)): path.read_bytes() for path in paths if path.suffix == ""}


def command(words: list[Any], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run convcli, and wait for it."""
    return subprocess.run(
        [sys.executable, "-m", "convcli", *map(str, words)], capture_output=True, text=True,
        timeout=180, check=False, **options,
    )  # fmt: skip


@contextmanager
def begun(words: list[Any], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A run that goes on meanwhile; what is left of it is ended."""
    process = subprocess.Popen(
        [sys.executable, "-m", "convcli", *map(str, words)], text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
    )  # fmt: skip
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def children_of(process: int) -> list[int]:
    """The processes that a process has started, as far as they run."""
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(child) for child in text.split()]


def is_running(process: int) -> bool:
    """Whether a process runs; one that has ended and was not awaited does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
