"""A transposed convolution as one convolution for each phase of the stride."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import (
    PARTS_OF_A_THREAD,
    Executor,
    Job,
    Scratch,
    shared_out,
)
from convcli.engine.compute.native.direct import Direct, has_whole_steps
from convcli.engine.compute.native.interleaved import Interleaved
from convcli.engine.compute.native.packing import Packing
from convcli.engine.compute.operands import last_axes
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.spec import ConvSpec

# `benchmarks.thresholds` measures what each of these is worth.
FEW_OUTPUTS = 512  # of a phase and a channel, up to which the kernel reads weights where they are


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
        phases = list(product(*_reached(job)))
        self.packing = packing_of(job, phases)
        self.weight = job.weight if self.packing is None else self.packing.copied(job.weight)
        jobs = _jobs(job, phases, self.packing, self.weight)
        rows: dict[tuple[int, ...], list[Job]] = {}  # of outputs, whose last axis has all phases
        firsts = {
            id(one.output): tuple(axis.outputs.start for axis in phase[:-1])
            for one, phase in zip(jobs, phases, strict=True)
        }
        for one in shared_out(jobs):
            rows.setdefault(firsts[id(one.output)], []).append(one)
        parts = 1 if job.threads == 1 else -(-PARTS_OF_A_THREAD * job.threads // max(1, len(rows)))
        self.executors: list[Executor] = []
        for first, of_rows in rows.items():
            found = [choose(one) for one in of_rows]
            together = Interleaved.of(_job_of_rows(job, first), found, parts)
            self.executors += found if together is None else [together]

    def parts(self) -> Iterator[tuple[int, Any]]:
        """The parts of each phase, with the number of the phase."""
        for number, executor in enumerate(self.executors):
            for part in executor.parts():
                yield number, part

    def compute(self, part: tuple[int, Any], scratch: Scratch) -> None:
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


def _reached(job: Job) -> list[list[AxisPhase]]:
    """The phases of each axis that a tap reaches from a cell."""
    return [
        [axis for axis in axis_phases(*of_axis) if axis.cells.start < axis.cells.stop]
        for of_axis in zip(job.spec.axes, job.sizes, job.out_sizes, strict=True)
    ]


def packing_of(job: Job, phases: list[tuple[AxisPhase, ...]]) -> Packing | None:
    """How the kernel's weights are copied; None where they are not, or by NumPy.

    Where outputs are few the kernel reads them where they are, but a group of one output channel
    reads a run.
    """
    few = len(job.output) * prod(job.out_sizes) <= FEW_OUTPUTS * len(phases)
    if not Direct.has_kernel(job) or not has_whole_steps(job.weight):
        return None
    if not phases or (few and job.weight.shape[1] > 1):
        return None
    taps = [tuple(axis.taps for axis in phase) for phase in phases]
    return Packing(job.weight, taps, PARTS_OF_A_THREAD * job.threads if job.threads > 1 else 1)


def _jobs(
    job: Job, phases: list[tuple[AxisPhase, ...]], packing: Packing | None, copies: Array
) -> list[Job]:
    """The convolution of each phase."""
    if packing is not None:
        weights = packing.of_phases(copies)
    else:
        weights = [job.weight[last_axes(axis.taps for axis in phase)] for phase in phases]
        if not Direct.has_kernel(job):
            weights = list(map(np.ascontiguousarray, weights))
    channels, groups = (job.spec.in_channels, job.spec.out_channels), job.spec.groups
    return [
        replace(
            job,
            spec=ConvSpec(*channels, tuple(axis.axis for axis in phase), groups),
            input=job.input[last_axes(axis.cells for axis in phase)],
            weight=weight,
            output=job.output[last_axes(axis.outputs for axis in phase)],
        )
        for phase, weight in zip(phases, weights, strict=True)
    ]


def _job_of_rows(job: Job, first: tuple[int, ...]) -> Job:
    """The job whose outputs are those of some phases of all axes but the last one."""
    strides = (axis.stride for axis in job.spec.axes)
    rows = [slice(start, None, stride) for start, stride in zip(first, strides, strict=False)]
    return replace(job, output=job.output[last_axes((*rows, slice(None)))])
