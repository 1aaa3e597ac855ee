"""The work of an executor: a layer's arrays, its output, and the parts of the work."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from math import ceil, prod
from threading import local
from typing import Any, NamedTuple, Protocol

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.tiles import Tile, even_slices, read_cells, tile_shape, tiles
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.cost import mac_factors
from convcli.engine.geometry.spec import ConvSpec

# Bytes. With the output's halo and the libraries' buffers all threads stay below 64 MiB.
THREAD_SCRATCH = 16 * 2**20  # the most that one thread takes
TOTAL_SCRATCH = 48 * 2**20  # the most that all threads take together
MOST_LENT = 8 * 2**20  # that is kept for the next layer

PARTS_OF_A_THREAD = 2  # of a layer: the last ones to end then differ by half of them at most
NEARLY_ONE = 1.2  # the largest part, in these

ALL = slice(None)


class Part(NamedTuple):
    """Outputs that are computed together: some images, some groups, a tile.

    `channels` are the output channels of each group, where an executor takes some at a time.
    """

    images: slice
    groups: slice
    tile: Tile
    channels: slice = ALL

    def shape(self, channels: int) -> tuple[int, ...]:
        """(images, groups, channels, *tile)"""
        counts = (self.images.stop - self.images.start, self.groups.stop - self.groups.start)
        return (*counts, channels, *tile_shape(self.tile))


class Scratch:
    """Reusable memory of one thread: under each name the largest array that was requested."""

    def __init__(self) -> None:
        self._held: dict[str, Array] = {}

    def take(self, name: str, shape: Sequence[int], dtype: np.dtype[Any]) -> Array:
        """An array of this shape; its contents are undefined."""
        count = prod(shape)
        held = self._held.get(name)
        if held is None or held.size < count or held.dtype != dtype:
            self._held[name] = held = np.empty(count, dtype)
        return held[:count].reshape(shape)

    def lend(self, name: str, count: int, dtype: np.dtype[Any]) -> Array:
        """So many numbers that nobody else takes until they are given back, or dropped."""
        held = self._held.pop(name, None)
        large = held is not None and held.size >= count and held.dtype == dtype
        return held[:count] if held is not None and large else np.empty(count, dtype)

    def take_back(self, name: str, lent: Array) -> None:
        """Keep what was lent, unless it is large, or something larger is held."""
        whole = lent if lent.base is None else lent.base
        if whole.nbytes <= MOST_LENT:
            self._held.setdefault(name, whole)


_of_thread = local()


def scratch_of_this_thread() -> Scratch:
    """The memory that the parts of a thread share."""
    if not hasattr(_of_thread, "scratch"):
        _of_thread.scratch = Scratch()
    scratch: Scratch = _of_thread.scratch
    return scratch


@contextmanager
def scratch_in_use() -> Iterator[Scratch]:
    """The memory of this thread, for a layer alone.

    Whoever computes another one meanwhile, as a signal's handler, has memory of its own.
    """
    scratch = scratch_of_this_thread()
    _of_thread.__dict__.pop("scratch", None)
    try:
        yield scratch
    finally:
        _of_thread.scratch = scratch


@dataclass(frozen=True)
class Job:
    """A layer, its arrays by group, and the array for the output.

    input (N, groups, C_in/groups, *sizes), weight (groups, C_out/groups, C_in/groups, *k) in the
    number type of the computation, bias (N, groups, C_out/groups) or None, output
    (N, groups, C_out/groups, *out). `budget` is the bytes that a part may take for its columns.
    With `adds` the layer is added to what the output holds. `vectors` are those of `separable`, for
    a layer that is to be computed with them.
    """

    spec: ConvSpec
    input: Array
    weight: Array
    bias: Array | None
    output: Array
    threads: int = 1
    budget: int = THREAD_SCRATCH
    adds: bool = False
    vectors: tuple[Array, ...] | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """The number type of the computation."""
        return self.weight.dtype

    @property
    def out_sizes(self) -> tuple[int, ...]:
        """The spatial sizes of the output."""
        return self.output.shape[3:]

    @property
    def region(self) -> list[slice]:
        """All outputs, a slice for each axis."""
        return [slice(0, size) for size in self.out_sizes]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The spatial sizes of the input."""
        return self.input.shape[3:]

    @property
    def multiply_adds(self) -> int:
        """The number of products, counted as in `geometry.cost`."""
        arrays = (self.input, self.output)
        shapes = ((len(array), *array.shape[2:]) for array in arrays)  # (N, C/groups, *sizes)
        return prod(mac_factors(self.spec, *shapes))

    def padded(self, part: Part, scratch: Scratch) -> Array:
        """(images, groups, C_in/groups, *cells and padding) of a part, in the job's number type.

        A view if there is nothing to pad or to convert.
        """
        pads = [axis.pad for axis in part.tile]
        if not any(map(any, pads)):
            return self.unpadded(part, scratch)
        block = read_cells(self.input[part.images, part.groups], part.tile)
        full = scratch.take(
            "padded",
            (
                *block.shape[:3],
                *(n + sum(pad) for n, pad in zip(block.shape[3:], pads, strict=True)),
            ),
            self.dtype,
        )
        inner: tuple[Any, ...] = (...,)
        for d, (pad, size) in enumerate(zip(pads, full.shape[3:], strict=True)):
            rest = (slice(None),) * (len(pads) - d - 1)
            full[(*inner, slice(0, pad.before), *rest)] = 0
            full[(*inner, slice(size - pad.after, size), *rest)] = 0
            inner = (*inner, slice(pad.before, size - pad.after))
        full[inner] = block
        return full

    def unpadded(self, part: Part, scratch: Scratch) -> Array:
        """(images, groups, C_in/groups, *cells) of a part, in the job's number type.

        A view if there is nothing to convert.
        """
        block: Array = read_cells(self.input[part.images, part.groups], part.tile)
        if block.dtype == self.dtype:
            return block
        copy = scratch.take("padded", block.shape, self.dtype)
        copy[...] = block
        return copy

    def target(
        self,
        part: Part,
        scratch: Scratch,
        channels: slice = ALL,
        *,
        in_a_run: bool = False,
    ) -> Array:
        """(images, groups, channels, *tile) to compute into.

        The output itself if it has the job's number type, nothing is added to it and, if
        `in_a_run`, a tile of it is contiguous; otherwise scratch memory.
        """
        view = self.place(part, channels)
        fits = self.computes_in_place and (not in_a_run or lies_in_a_run(view))
        return view if fits else scratch.take("target", view.shape, self.dtype)

    @property
    def computes_in_place(self) -> bool:
        """Whether `target` can be the output itself."""
        return self.output.dtype == self.dtype and not self.adds

    def place(self, part: Part, channels: slice = ALL) -> Array:
        """The outputs of a part: a view."""
        return self.output[
            (part.images, part.groups, channels, *(axis.outputs for axis in part.tile))
        ]

    def finish(self, part: Part, target: Array, channels: slice = ALL) -> None:
        """Add the bias, in the wider of the two types, and round to the type of the output."""
        view = self.place(part, channels)
        if self.adds:
            np.add(view, target, out=view, casting="unsafe")
            return
        exact = view.dtype.kind == "i"  # the bias is added in integers
        if exact or self.bias is None:
            if target.base is not view.base:
                view[...] = target
            target = view
        if self.bias is not None:
            bias = self.bias[part.images, part.groups, channels]
            np.add(target, bias[(..., *[None] * self.spec.rank)], out=view, casting="unsafe")


def parts_by_group(job: Job, groups: int, images: int, steps: tuple[int, ...]) -> Iterator[Part]:
    """Parts of up to so many groups, or fewer for several threads, images and outputs."""
    if job.threads > 1:
        of_threads = PARTS_OF_A_THREAD * job.threads
        groups = max(1, min(groups, job.spec.groups // of_threads))
    for some_groups in even_slices(job.spec.groups, groups):
        for some_images in even_slices(len(job.input), images):
            for tile in tiles(job.spec, job.sizes, job.region, steps):
                yield Part(some_images, some_groups, tile)


def shared_out(jobs: Iterable[Job]) -> list[Job]:
    """Jobs that are computed together, each with its share of the threads; the largest first.

    One that is no larger than a part for a thread should be is computed by one thread.
    """
    largest_first = sorted(jobs, key=lambda job: -job.multiply_adds)
    total = max(1, sum(job.multiply_adds for job in largest_first))
    return [
        replace(job, threads=_threads_of_share(job.multiply_adds / total, job.threads))
        for job in largest_first
    ]


def _threads_of_share(share: float, threads: int) -> int:
    if share * PARTS_OF_A_THREAD * threads <= NEARLY_ONE:
        return 1
    return min(threads, max(2, ceil(share * threads)))


def bias_of_images(bias: Array | None, images: int, groups: int) -> Array | None:
    """(C_out,) as a view (images, groups, C_out/groups): every image has the same."""
    if bias is None:
        return None
    by_group = bias.reshape(groups, -1)
    return np.broadcast_to(by_group, (images, *by_group.shape))


class Executor(Protocol):
    """A fast algorithm. Any thread computes any part, each thread with its own scratch."""

    def parts(self) -> Iterable[Any]:
        """The parts of the work; together they are all outputs."""

    def compute(self, part: Any, scratch: Scratch) -> None:
        """Compute the outputs of one part."""


def window_steps(
    axes: Sequence[Axis], steps: Sequence[int], outputs: Sequence[int]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The bytes from tap to tap, and from output to output, on each axis of an array's `steps`.

    0 where there is one alone: its dilation or stride means nothing, and may be beyond all memory.

    >>> window_steps([Axis(3, dilation=2), Axis(1, stride=2, dilation=2**62)], [40, 8], [5, 7])
    ((80, 0), (40, 16))
    """
    every = list(zip(axes, steps, outputs, strict=True))
    taps = tuple(step * axis.dilation * (axis.kernel_size > 1) for axis, step, _ in every)
    return taps, tuple(step * axis.stride * (count > 1) for axis, step, count in every)


def lies_in_a_run(view: Array) -> bool:
    """Whether the axes after the first three are contiguous."""
    expected = view.itemsize
    for size, step in zip(view.shape[:2:-1], view.strides[:2:-1], strict=True):
        if size > 1 and step != expected:
            return False
        expected *= size
    return True
