"""Layers that were computed before: their calls of kernel.c, ready for other arrays.

A small layer takes less time than checking its arrays, choosing an executor and planning its parts.
A layer whose arrays have the shapes and types of an earlier one takes none of these again.
"""

from __future__ import annotations

import ctypes
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.choice import (
    directs_for_finite_weights,
    needs_finite_weights,
)
from convcli.engine.compute.executors.fallback import is_finite
from convcli.engine.compute.executors.threads import (
    scratch_of_a_thread,
    threads_worth,
)
from convcli.engine.compute.executors.transposed_by_phase import is_whole
from convcli.engine.compute.executors.work import Job, scratch_of_this_thread
from convcli.engine.compute.native.calls import address
from convcli.engine.compute.native.direct import Direct, has_kernels
from convcli.engine.compute.native.helpers import (
    ADDRESS,
    MOST_CALLS,
    compute_calls,
    fits_helpers,
)
from convcli.engine.compute.native.mirrored import Mirrored, gains_from_mirroring, turned_round
from convcli.engine.geometry.spec import ConvSpec

MOST_LAYERS = 256
# Multiply-adds from which helpers that are awake gain, and up to which Ctrl-C can wait.
WORTH_HELPERS, LARGEST_REMEMBERED = 2**20, 2**34
TYPES = (np.dtype(np.float32), np.dtype(np.float64))


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer's calls of kernel.c, each with how far its arrays begin behind the whole ones.

    `cells` and `reads` are the bytes and sizes that each thread takes. Some outputs of a layer that
    is not `whole` are no call's. One that is `for_finite` has other calls where a weight is not.
    """

    spec: ConvSpec
    shape: tuple[int, ...]
    calls: Array
    layers: tuple[Any, ...]  # of the calls, which hold the addresses of these
    cells: int
    reads: int
    threads: int
    mirrored: bool
    whole: bool
    for_finite: bool

    def compute(self, input: Array, weight: Array, bias: Array | None) -> Array | None:
        """(N, C_in, *sizes), (C_out, C_in/groups, *k), (C_out,) -> (N, C_out, *out)

        None where numbers are not finite, and that counts.
        """
        if self.for_finite and not is_finite(weight):
            return None
        output = (np.empty if self.whole else np.zeros)(self.shape, weight.dtype)
        if self.mirrored:
            input, weight = weight, input
        arrays = np.array((0, 0, address(input), address(weight), address(output)), ADDRESS)
        compute_calls(self.calls + arrays, self.cells, self.reads, self.threads)
        if self.mirrored:
            if not np.isfinite(output).all():
                return None
            output = np.ascontiguousarray(turned_round(output, self.spec.rank))
        if bias is not None:
            output += bias.reshape(-1, *[1] * self.spec.rank)
        return output


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
    executors, mirrored = directs_for_finite_weights(job), _is_mirrored(job)
    if executors and mirrored:
        executors = _of_mirrored(job)
    calls = _calls(executors, executors[0].job if mirrored else job) if executors else None
    if calls is None:
        return None
    whole = not job.spec.transposed or is_whole(job)
    for_finite = not mirrored and needs_finite_weights(job)
    return Layer(job.spec, shape, *calls, job.threads, mirrored, whole, for_finite)


def _is_mirrored(job: Job) -> bool:
    return not job.spec.transposed and gains_from_mirroring(job)


def _of_mirrored(job: Job) -> list[Direct]:
    image, *others = Mirrored(job).parts()
    direct = Direct.of(Mirrored(job).of_image(image, scratch_of_this_thread()))
    return [] if others or direct is None else [direct]


def _calls(executors: list[Direct], job: Job) -> tuple[Array, tuple[Any, ...], int, int] | None:
    """The calls of executors of a job, their layers, and the bytes and sizes that one takes.

    None where one has a copy, which is not where other arrays are.
    """
    scratch, whole = scratch_of_this_thread(), (job.input, job.weight, job.output)
    rows, layers, cells, reads = [], [], 0, 0
    for executor in executors:
        for part in executor.parts():
            call, arrays = executor.call(part, scratch)
            if not all(map(np.may_share_memory, arrays, whole)):
                return None
            begins = (address(a) - address(b) for a, b in zip(arrays, whole, strict=True))
            function = ctypes.cast(call.function, ctypes.c_void_p).value
            rows.append((function, ctypes.addressof(call.layer), *begins))
            layers.append(call.layer)
            cells, reads = max(cells, call.cells * job.dtype.itemsize), max(reads, call.reads)
    return np.array(rows, ADDRESS), tuple(layers), cells, reads
