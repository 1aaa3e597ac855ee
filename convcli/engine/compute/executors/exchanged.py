"""A transposed layer whose kernel is larger than its input: the two change places."""

from __future__ import annotations

from dataclasses import replace
from math import prod

from convcli.engine.compute.executors.work import Job
from convcli.engine.geometry.spec import ConvSpec

EXCHANGED_TAPS = 256  # below, a step of the interpreter for each tap takes no time that counts


def gains_from_exchange(job: Job) -> bool:
    """Whether a kernel is larger than the input, which is small enough to be copied."""
    taps = prod(job.spec.kernel_size)
    small = job.input.size * job.dtype.itemsize <= job.budget
    return job.spec.transposed and taps >= EXCHANGED_TAPS and taps > prod(job.sizes) and small


def exchanged(job: Job) -> Job:
    """The job whose input is the weight, and whose weight is the input.

        output = cell*stride + tap*dilation - before

    is the same with cells and taps, stride and dilation exchanged. Output channels become images.
    """
    axes = tuple(
        replace(
            axis, kernel_size=size, stride=axis.dilation, dilation=axis.stride, output_padding=0
        )
        for axis, size in zip(job.spec.axes, job.sizes, strict=True)
    )
    groups = job.spec.groups
    spec = ConvSpec(
        job.spec.in_channels, len(job.input) * groups, axes, groups, False, "zeros", True
    )
    return replace(
        job,
        spec=spec,
        input=job.weight.swapaxes(0, 1),
        weight=job.input.swapaxes(0, 1).astype(job.dtype),
        bias=None if job.bias is None else job.bias.swapaxes(0, 2),
        output=job.output.swapaxes(0, 2),
    )
