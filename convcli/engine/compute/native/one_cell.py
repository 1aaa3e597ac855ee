"""A transposed layer whose maps are one cell, as behind a vector of features: one product."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.executors.work import Job, Part, Scratch
from convcli.engine.compute.native.calls import Call
from convcli.engine.compute.native.direct import Direct
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.spec import ConvSpec


class OneCell:
    """out[n, (o, k)] = sum over c of input[n, c] * weight[c, (o, k)]

    A convolution of one tap, whose cells are the weight, and whose kernels are the images.
    """

    def __init__(self, job: Job, direct: Direct) -> None:
        self.job, self.direct = job, direct

    @classmethod
    def of(cls, job: Job) -> OneCell | None:
        """The executor of a job; None where it is no such layer, or not the kernel's."""
        in_place = job.computes_in_place and (job.bias is None or job.bias.dtype == job.dtype)
        if not (in_place and is_of_one_cell(job) and Direct.has_kernel(job)):
            return None
        direct = Direct.of(as_product(job))
        return None if direct is None else cls(job, direct)

    def parts(self) -> tuple[Part, ...]:
        """Some images of some groups, and some outputs of all channels."""
        return self.direct.parts()

    def compute(self, part: Part, scratch: Scratch) -> None:
        """Call the kernel, and add the bias, which is the same for all taps of a channel."""
        self.direct.compute(part, scratch)
        if self.job.bias is not None:
            bias = np.repeat(self.job.bias[0, part.groups], prod(self.job.out_sizes), axis=-1)
            outputs = part.tile[0].outputs
            self.direct.job.place(part, part.channels)[...] += bias[:, None, outputs]

    def call(self, part: Part, scratch: Scratch) -> tuple[Call, tuple[Array, Array, Array]]:
        """The call of the kernel for a part, without the bias, and its three arrays."""
        return self.direct.call(part, scratch)


def is_of_one_cell(job: Job) -> bool:
    """Whether the outputs of a channel are the taps of its kernel, one after another."""
    kernel, weight = job.spec.kernel_size, job.weight.swapaxes(1, 2)
    return (
        job.spec.transposed
        and prod(job.sizes) == 1 < prod(kernel)
        and job.out_sizes == kernel
        and not any(any(axis.pad) for axis in job.spec.axes)
        and weight.flags.c_contiguous
        and job.output.flags.c_contiguous
    )


def as_product(job: Job) -> Job:
    """The convolution (1, groups, C_in/groups, taps of all output channels) -> (1, groups, N, ...)

    Its weight is the input, (groups, N, C_in/groups, 1).
    """
    images, groups, channels = job.input.shape[:3]
    spec = ConvSpec(job.spec.in_channels, images * groups, (Axis(1),), groups)
    kernels = job.input.reshape(images, groups, channels, 1).swapaxes(0, 1)
    return replace(
        job,
        spec=spec,
        input=job.weight.swapaxes(1, 2).reshape(1, groups, channels, -1),
        weight=kernels.astype(job.dtype, copy=False),
        bias=None,
        output=job.output.reshape(1, images, groups, -1).swapaxes(1, 2),
    )
