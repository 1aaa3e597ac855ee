"""The weights of a transposed layer, copied into a run for each phase: `PACKED` of phases.c."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from math import prod

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.native.calls import Call, address
from convcli.engine.compute.native.library import native
from convcli.engine.compute.tiles import even_slices


class Packing:
    """How weights (groups, C_out/groups, C_in/groups, *k) are copied, in so many calls.

    `phases` are the taps of each phase, a slice for each axis, in the order of the copies.
    """

    def __init__(self, weight: Array, phases: Sequence[tuple[slice, ...]], parts: int) -> None:
        groups, rows, channels, *kernel = weight.shape
        group, row, channel, *steps = (step // weight.itemsize for step in weight.strides)
        self.shapes: list[tuple[int, ...]] = []
        numbers, self.size = [rows, channels, prod(kernel), group, row, channel], 0
        places = np.zeros((), int)
        for n, step in zip(kernel, steps, strict=True):
            places = places[..., None] + np.arange(n) * step
        for phase in phases:
            taps = places[phase]
            self.shapes.append((groups, rows, channels, *taps.shape))
            for at, place in enumerate(taps.ravel().tolist(), self.size):
                numbers += [place, at, taps.size]
            self.size += prod(self.shapes[-1])
        numbers[2] = sum(prod(shape[3:]) for shape in self.shapes)
        function = native().kernels[0].packed[weight.dtype.name]
        self.calls = []
        for some in even_slices(groups * rows, -(-groups * rows // parts)):
            layer = (ctypes.c_ssize_t * (2 + len(numbers)))(some.start, some.stop, *numbers)
            self.calls.append(Call(function, layer, 0, 0))

    def copied(self, weight: Array) -> Array:
        """The copies of a weight of this shape, one phase after the other."""
        copies = np.empty(self.size, weight.dtype)
        for call in self.calls:
            call.function(call.layer, None, address(weight), address(copies), None, None)
        return copies

    def of_phases(self, copies: Array) -> list[Array]:
        """(groups, C_out/groups, C_in/groups, *taps) of each phase: views."""
        found, begin = [], 0
        for shape in self.shapes:
            found.append(copies[begin : begin + prod(shape)].reshape(shape))
            begin += prod(shape)
        return found
