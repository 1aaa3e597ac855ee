"""A transposed convolution as one convolution for each phase of the stride."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from math import prod
from typing import NamedTuple

import numpy as np

from convcli.engine.compute.executors.work import Executor, Job, Part, Scratch, shared_out
from convcli.engine.compute.native.direct import Direct
from convcli.engine.compute.operands import crossed, last_axes
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.spec import ConvSpec


class AxisPhase(NamedTuple):
    """The outputs of an axis that are equal modulo the stride: a convolution of `cells`.

    `taps` are in the order in which that convolution reads them.
    `axis` is the convolution's axis.
    """

    outputs: slice
    cells: slice
    taps: slice
    axis: Axis


class Phases:
    """out[r + j*stride] = sum over the taps k that reach phase r of weight[k] * input[j - shift(k)]

    Each phase is a convolution of stride 1 with a mirrored kernel. Source: Vaidyanathan, "Multirate
    Systems and Filter Banks", the polyphase decomposition.
    """

    def __init__(self, job: Job, choose: Callable[[Job], Executor]) -> None:
        if not job.adds and not is_whole(job):
            job.output[...] = 0 if job.bias is None else job.bias[(..., *[None] * job.spec.rank)]
        self.executors = [choose(of_phase) for of_phase in jobs_of_phases(job)]

    def parts(self) -> Iterator[tuple[int, Part]]:
        """The parts of each phase, with the number of the phase."""
        for number, executor in enumerate(self.executors):
            for part in executor.parts():
                yield number, part

    def compute(self, part: tuple[int, Part], scratch: Scratch) -> None:
        """Compute a part by the executor of its phase."""
        number, of_phase = part
        self.executors[number].compute(of_phase, scratch)


def waste(job: Job) -> float:
    """The cells that the phases read, padding included, divided by the cells of the input."""
    return prod(job.out_sizes) / prod(
        size * axis.stride for size, axis in zip(job.sizes, job.spec.axes, strict=True)
    )


def axis_phases(axis: Axis, size: int, out_size: int) -> Iterator[AxisPhase]:
    """The phases of one axis that a tap reaches, if only beyond the input."""
    for first, taps, cells in axis.phases(out_size):
        outputs = slice(first, out_size, axis.stride)
        # The first output reads from cell -before on, the last one `after` cells behind the input.
        before = -cells[-1]
        last = cells[0] + len(range(first, out_size, axis.stride)) - 1
        after = last - (size - 1)
        kept = slice(max(0, -before), size - max(0, -after))
        pad = Pad(max(before, 0), max(after, 0))
        yield AxisPhase(outputs, kept, backwards(taps), Axis(len(taps), 1, -cells.step, pad))


def backwards(taps: range) -> slice:
    """The slice of some taps, from the last one to the first one.

    >>> list(range(7))[backwards(range(0, 7, 3))]
    [6, 3, 0]
    """
    stop = taps.start - 1
    return slice(taps[-1], None if stop < 0 else stop, -taps.step)


def is_whole(job: Job) -> bool:
    """Whether each output is of a phase that a tap reaches."""
    return all(
        sum(len(range(size)[phase.outputs]) for phase in of_axis) == size
        for of_axis, size in zip(_reached(job), job.out_sizes, strict=True)
    )


def jobs_of_phases(job: Job) -> list[Job]:
    """The convolution of each phase, the largest first."""
    return shared_out(_of_phase(job, phase) for phase in product(*_reached(job)))


def _reached(job: Job) -> list[list[AxisPhase]]:
    """The phases of each axis that a tap reaches from a cell."""
    return [
        [axis for axis in axis_phases(*of_axis) if axis.cells.start < axis.cells.stop]
        for of_axis in zip(job.spec.axes, job.sizes, job.out_sizes, strict=True)
    ]


def _of_phase(job: Job, phase: tuple[AxisPhase, ...]) -> Job:
    axes = tuple(axis.axis for axis in phase)
    if Direct.has_kernel(job):  # which copies them
        weight = job.weight[last_axes(axis.taps for axis in phase)]
    else:  # indices copy quicker than slices
        kernel = job.spec.kernel_size
        taps = [np.arange(n)[axis.taps] for n, axis in zip(kernel, phase, strict=True)]
        weight = np.ascontiguousarray(job.weight[crossed(taps)])
    return replace(
        job,
        spec=ConvSpec(job.spec.in_channels, job.spec.out_channels, axes, job.spec.groups),
        input=job.input[last_axes(axis.cells for axis in phase)],
        weight=weight,
        output=job.output[last_axes(axis.outputs for axis in phase)],
    )
