"""The work of a layer between two stores, as a value that any process can do a part of."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.blocks import Blocks
from convcli.engine.compute.blockwise import Tally, compute_blocks
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.units import Unit
from convcli.errors import ConvError
from convcli.inputs.files.boxes import Box
from convcli.inputs.files.stores.outputs import StoredOutput, Units
from convcli.inputs.files.stores.sources import OpenArray, Stored


@dataclass(frozen=True)
class StoreTask:
    """A layer from one stored array into another one.

    Everything is picklable; stores are opened where the work is done. `dtype` is the type in which
    X is read, `resume` says whether units that are there stay, `verify` whether they are decoded
    first. `run_id` names the run.
    """

    source: Stored
    output: StoredOutput
    blocks: Blocks
    weight: Array
    bias: Array | None
    dtype: np.dtype[Any]
    resume: bool = False
    verify: bool = False
    run_id: str = ""

    def open(self) -> OpenTask:
        """Open both stores. Raises ConvError where one cannot be opened."""
        sink = Units(self.output, self.run_id)
        return OpenTask(self, _Typed(self.source.open(), self.dtype), sink)


class _Typed:
    """A stored array whose numbers are converted when they are read."""

    def __init__(self, array: OpenArray, dtype: np.dtype[Any]) -> None:
        self.array, self.dtype = array, dtype

    def read(self, box: Box) -> Array:
        return self.array.read(box).astype(self.dtype, copy=False)


@dataclass
class OpenTask:
    """A task whose stores are open."""

    task: StoreTask
    source: _Typed
    sink: Units

    def run(
        self,
        which: Iterable[int],
        *,
        threads: int = 1,
        compute: Callable[..., Array] = convolve,
        report: Callable[[Tally], None] | None = None,
    ) -> Tally:
        """Compute the blocks of these numbers. Raises ConvError; nothing is written after that."""
        task = self.task
        return compute_blocks(
            task.blocks, which, self.source, self.sink, task.weight, task.bias, task.output.dtype,
            threads=threads, compute=compute, is_done=self.is_done if task.resume else None,
            report=report,
        )  # fmt: skip

    @cached_property
    def whole(self) -> OpenArray:
        """What is there of the output, to be read again."""
        return stored_of(self.task.output).open()

    def is_done(self, unit: Unit) -> bool:
        """Whether a unit is there, and with `verify` also whole."""
        if not self.sink.has(unit):
            return False
        return not self.task.verify or is_whole(unit, self.sink, self.whole)

    @property
    def reader(self) -> str:
        """The package that reads X."""
        return self.source.array.reader

    @property
    def fetched(self) -> int:
        """The bytes that the store of the input handed out so far."""
        return self.source.array.fetched

    @property
    def written(self) -> int:
        """The bytes of the units that were written, before they were packed."""
        return self.sink.written


def is_whole(unit: Unit, sink: Units, whole: OpenArray) -> bool:
    """Whether a unit that is there can be decoded; a damaged one is removed.

    Zarr would read a shard that sticks out of the array before it writes it.
    """
    try:
        whole.read(sink.grid.box(unit))
    except ConvError:
        sink.drop(unit)
        return False
    return True


def stored_of(output: StoredOutput) -> Stored:
    """An output as an array that can be read again."""
    from convcli.inputs.files.stores import zarr_arrays

    return Stored(
        output.array_place, zarr_arrays.__name__, output.shape, output.chunk,
        output.shard or output.chunk, output.dtype, output.axes, format=output.format,
    )  # fmt: skip
