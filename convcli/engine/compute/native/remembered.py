"""Layers that were computed before: their calls of kernel.c, ready for other arrays.

A small layer takes less time than checking its arrays, choosing an executor and planning its parts.
A layer whose arrays have the shapes and types of an earlier one takes none of these again.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.choice import (
    directs_for_finite_weights,
    phases_for_finite_weights,
)
from convcli.engine.compute.executors.fallback import is_finite
from convcli.engine.compute.executors.threads import (
    scratch_of_a_thread,
    threads_worth,
)
from convcli.engine.compute.executors.work import Job, scratch_of_this_thread
from convcli.engine.compute.native.calls import Call, address, addresses_of_call
from convcli.engine.compute.native.direct import Direct, has_kernels
from convcli.engine.compute.native.helpers import (
    ADDRESS,
    MOST_CALLS,
    compute_calls,
    fits_helpers,
)
from convcli.engine.compute.native.mirrored import Mirrored, gains_from_mirroring, turned_round
from convcli.engine.compute.native.one_cell import OneCell
from convcli.engine.compute.native.packing import Packing
from convcli.engine.geometry.spec import ConvSpec

MOST_LAYERS = 256
# Multiply-adds from which helpers that are awake gain, and up to which Ctrl-C can wait.
WORTH_HELPERS, LARGEST_REMEMBERED = 2**20, 2**34
TYPES = (np.dtype(np.float32), np.dtype(np.float64))


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer's calls of kernel.c, each with how far its arrays begin behind the whole ones.

    `cells` and `reads` are the bytes and sizes that each thread takes. `packing` are calls before
    these, which copy the weight into so many `copies`. A layer `for_finite` weights alone has other
    calls for others. The calls of one that is `exchanged` read the weight as cells.
    """

    shape: tuple[int, ...]
    calls: Array
    packing: Array
    cells: int
    reads: int
    copies: int
    threads: int
    exchanged: bool
    mirrored: bool
    for_finite: bool
    held: tuple[Call, ...]  # which own the memory that the calls have addresses of

    def compute(self, input: Array, weight: Array, bias: Array | None) -> Array | None:
        """(N, C_in, *sizes), (C_out, C_in/groups, *k), (C_out,) -> (N, C_out, *out)

        None where numbers are not finite, and that counts.
        """
        if self.for_finite and not is_finite(weight):
            return None
        output, rank = np.empty(self.shape, weight.dtype), len(self.shape) - 2
        if self.exchanged:
            input, weight = weight, input
        if self.copies:
            scratch = scratch_of_this_thread()
            copies = scratch.lend("copies", self.copies, weight.dtype)
            compute_calls(self.packing + addresses(input, weight, copies), 0, 0, self.threads)
            self._compute(input, copies, output)
            scratch.take_back("copies", copies)
        else:
            self._compute(input, weight, output)
        if self.mirrored:
            if not is_finite(output):
                return None
            output = np.ascontiguousarray(turned_round(output, rank))
        if bias is not None:
            output += bias.reshape(-1, *[1] * rank)
        return output

    def _compute(self, input: Array, weight: Array, output: Array) -> None:
        calls = self.calls + addresses(input, weight, output)
        compute_calls(calls, self.cells, self.reads, self.threads)


def addresses(input: Array, weight: Array, output: Array) -> Array:
    """What a row of calls adds to how far its arrays begin behind these."""
    return np.array((0, 0, address(input), address(weight), address(output)), ADDRESS)


_layers: dict[Hashable, Layer] = {}


def key_of(spec: ConvSpec, input: Any, weight: Any, bias: Any, threads: int) -> Hashable:
    """What the calls of a layer depend on; None where they are not remembered."""
    if not (type(input) is type(weight) is np.ndarray and weight.dtype in TYPES):
        return None
    if not has_kernels():
        return None
    arrays = (input, weight) if bias is None else (input, weight, bias)
    for array in arrays:
        if type(array) is not np.ndarray or array.dtype != weight.dtype:
            return None
        if not (array.flags.c_contiguous and array.flags.aligned):
            return None
    shapes = tuple(array.shape for array in arrays)
    return (spec, shapes, weight.dtype.char, threads) if len(shapes[0]) > spec.rank + 1 else None


def forget() -> None:
    """Forget all layers: a threshold has changed."""
    _layers.clear()


def remembered(key: Hashable) -> Layer | None:
    """The layer of a key."""
    return _layers.get(key)


def remember(key: Hashable, job: Job, shape: tuple[int, ...]) -> None:
    """Keep the calls of a job, whose output has a shape, if the kernel computes it.

    Whether it does must not depend on the numbers of the arrays.
    """
    threads = threads_worth(job, WORTH_HELPERS)
    if job.spec.padding_mode != "zeros" or job.multiply_adds > LARGEST_REMEMBERED:
        return
    job = replace(job, threads=threads, budget=scratch_of_a_thread(threads))
    found = _layer(job, shape)
    if found is None or len(found.calls) > MOST_CALLS:
        return
    if not fits_helpers(found.threads, found.cells, found.reads):
        return
    if len(_layers) >= MOST_LAYERS:
        _layers.pop(next(iter(_layers)), None)
    _layers[key] = found


def _layer(job: Job, shape: tuple[int, ...]) -> Layer | None:
    one_cell = OneCell.of(job)
    if one_cell is not None:
        return _of_calls(one_cell.direct.job, shape, [one_cell], exchanged=True)
    phases = phases_for_finite_weights(job)
    if phases is not None:
        job = replace(job, weight=phases.weight)
        return _of_calls(job, shape, phases.executors, packing=phases.packing, for_finite=True)
    executors = directs_for_finite_weights(job)
    if executors and gains_from_mirroring(job):
        image, *others = Mirrored(job).parts()
        direct = Direct.of(Mirrored(job).of_image(image, scratch_of_this_thread()))
        if others or direct is None:
            return None
        return _of_calls(direct.job, shape, [direct], exchanged=True, mirrored=True)
    return _of_calls(job, shape, executors, for_finite=len(executors) > 1) if executors else None


def _of_calls(
    job: Job,
    shape: tuple[int, ...],
    executors: Sequence[Any],
    *,
    packing: Packing | None = None,
    exchanged: bool = False,
    mirrored: bool = False,
    for_finite: bool = False,
) -> Layer | None:
    """The layer of some executors; None where one has a copy, which is not where others are."""
    scratch, whole = scratch_of_this_thread(), (job.input, job.weight, job.output)
    rows, held, cells, reads = [], [], 0, 0
    for executor in executors:
        for part in executor.parts():
            call, arrays = executor.call(part, scratch)
            if not all(map(np.may_share_memory, arrays, whole)):
                return None
            begins = (address(a) - address(b) for a, b in zip(arrays, whole, strict=True))
            rows.append((*addresses_of_call(call), *begins))
            held.append(call)
            cells, reads = max(cells, call.cells * job.dtype.itemsize), max(reads, call.reads)
    before = [] if packing is None else packing.calls
    return Layer(
        shape,
        np.array(rows, ADDRESS),
        np.array([(*addresses_of_call(call), 0, 0, 0) for call in before], ADDRESS),
        cells,
        reads,
        0 if packing is None else packing.size,
        job.threads,
        exchanged,
        mirrored,
        for_finite,
        (*held, *before),
    )
