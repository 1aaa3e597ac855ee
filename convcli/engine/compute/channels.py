"""A layer for some of its output channels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from convcli.engine.arrays import Array
from convcli.engine.geometry.spec import ConvSpec


class ChannelPart(NamedTuple):
    """The layer whose output channels are `outputs` of another one, which reads `inputs` of it."""

    spec: ConvSpec
    outputs: slice
    inputs: slice

    def weight_of(self, whole: ConvSpec, weight: Array) -> Array:
        """The part of the weight, of `whole.weight_shape`, that belongs to the channels."""
        if not whole.transposed:
            return weight[self.outputs]
        first = self.outputs.start % whole.out_per_group
        return weight[self.inputs, first : first + self.spec.out_per_group]


def channel_parts(spec: ConvSpec, start: int, stop: int) -> Iterator[ChannelPart]:
    """The layers of the output channels `start` to `stop` - 1: whole groups together, or a part.

    >>> spec = ConvSpec.of(in_channels=4, out_channels=6, groups=2, kernel_size=1, dims=1)
    >>> [(part.outputs, part.spec.groups) for part in channel_parts(spec, 1, 6)]
    [(slice(1, 3, None), 1), (slice(3, 6, None), 1)]
    """
    size = spec.out_per_group
    while start < stop:
        group = start // size
        whole = (stop - start) // size if start % size == 0 else 0
        end = start + whole * size if whole else min((group + 1) * size, stop)
        groups = max(whole, 1)
        inputs = slice(group * spec.in_per_group, (group + groups) * spec.in_per_group)
        part = replace(
            spec,
            in_channels=groups * spec.in_per_group,
            out_channels=end - start,
            groups=groups,
        )
        yield ChannelPart(part, slice(start, end), inputs)
        start = end


def channels_read(spec: ConvSpec, start: int, stop: int) -> slice:
    """The input channels that the output channels `start` to `stop` - 1 read.

    >>> spec = ConvSpec.of(in_channels=4, out_channels=6, groups=2, kernel_size=1, dims=1)
    >>> channels_read(spec, 4, 5)
    slice(2, 4, None)
    """
    return slice(spec.channels_read(start).start, spec.channels_read(stop - 1).stop)
