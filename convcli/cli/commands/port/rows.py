"""A row of `port`: the line of a framework, and whether it computes the same numbers.

Of the lines that a framework has for a layer, the row is the first single call that computes the
same numbers; else the first that has the same size, beside the first longer line with the numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from convcli.cli.commands.port.layers import (
    compute_way,
    in_layout,
    only,
    plain,
    resolve_way,
)
from convcli.cli.commands.port.ways import WAYS
from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import convolve
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.inputs.frameworks.resolved import Resolved
from convcli.report.spelling.ports.base import CannotWrite, Ends, Task, Way
from convcli.report.spelling.ports.weights import WeightLayout, weight_layout
from convcli.report.views.port import Reason, Row

SMALL = 12  # cells of an axis that the numbers are computed on, where it is longer
FEW = 2  # channels of a group, and groups


@dataclass(frozen=True)
class Tried:
    """A way on the input: its geometry, and on small integers how many numbers agree."""

    way: Way
    resolved: Resolved
    output: Shape
    equal: int
    of: int

    @property
    def agrees(self) -> bool:
        """Whether all numbers agree."""
        return self.equal == self.of

    @property
    def pads(self) -> tuple[Ends, ...]:
        """The cells around the input: those that the code puts there, and the call's own."""
        around = self.way.pads or ((0, 0),) * self.resolved.rank
        return tuple(
            (b + before, a + after)
            for (b, a), (before, after) in zip(around, self.resolved.pads, strict=True)
        )


def port_row(name: str, task: Task) -> tuple[Row, Tried | None]:
    """The row of a framework, and the line whose numbers are the layer's; None without one."""
    near: Tried | None = None
    refusal: Reason = ("size", {})
    try:
        for way, tiny in zip(WAYS[name](task), WAYS[name](reduced(task)), strict=True):
            try:
                tried = _tried(way, tiny, task)
            except ConvError as error:
                refusal = error.message()
                continue
            if tried is None:
                continue
            if tried.agrees:
                is_single = not way.pads and not way.keeps
                return _row(name, task, tried if is_single else near or tried, tried), tried
            near = near or tried
    except CannotWrite as reason:
        refusal = (reason.key, reason.fields)
    if near is not None:
        return _row(name, task, near, None), None
    return Row(name, refused=refusal), None


def _row(name: str, task: Task, tried: Tried, exact: Tried | None) -> Row:
    return Row(
        name,
        code=tried.way.code,
        call=tried.way.call,
        output=tried.output,
        padding=task.ends if tried.agrees and tried.way.keeps else tried.pads,
        same=tried.agrees,
        equal=tried.equal,
        of=tried.of,
        weight=layout_of(tried.resolved, task.spec),
        exact=None if exact is None or exact is tried else exact.way.code,
    )


def layout_of(resolved: Resolved, spec: ConvSpec) -> WeightLayout:
    """The layout of the layer's weight, with its expressions."""
    order = resolved.layouts.weight
    if order is None:
        return WeightLayout("", "w", "w", False)
    return weight_layout(order.letters, order.torch, order.flips, spec.in_channels, spec.groups)


def _tried(way: Way, tiny: Way, task: Task) -> Tried | None:
    """The way's numbers beside the layer's; None where its output has another size."""
    full = Shape((task.batch, task.spec.in_channels, *task.sizes))
    if way.within:
        resolve_way(Way("", way.within, way.pads), task.spec, full)
    resolved = resolve_way(way, task.spec, full)
    outs = resolved.full_output[2:]
    if way.keeps:
        outs = tuple(
            min(-(-(cells - start) // step), wanted)
            for cells, (start, step), wanted in zip(outs, way.keeps, task.outs, strict=True)
        )
    if tuple(outs) != task.outs or resolved.full_output[1] != task.spec.out_channels:
        return None
    equal, of = _equal(tiny, reduced(task))
    shape = Shape((task.batch, task.spec.out_channels, *outs))
    layouts = resolved.layouts
    return Tried(way, resolved, layouts.result_shape(plain(shape, resolved.foreign)), equal, of)


def _equal(way: Way, task: Task) -> tuple[int, int]:
    """How many of the layer's outputs the way computes, on small integers."""
    spec = replace(task.spec, bias=False)
    full = (task.batch, spec.in_channels, *task.sizes)
    x, weight = _integers(full, 7, 3, 11), _integers(spec.weight_shape, 5, 1, 7)
    expected = convolve(spec, x, weight, None)
    resolved = resolve_way(way, spec, full)
    result = compute_way(way, resolved, x, in_layout(resolved, weight), spec.padding_mode)
    result = only(result, expected.shape[2:])
    if result.shape != expected.shape:
        return 0, expected.size
    return int(np.count_nonzero(result == expected)), expected.size


def _integers(shape: Sequence[int], step: int, first: int, modulus: int) -> Array:
    """x.flat[i] = (step*i + first) % modulus - modulus//2."""
    counted = np.arange(prod(shape), dtype=np.int64)
    integers: Array = ((step * counted + first) % modulus - modulus // 2).reshape(shape)
    return integers


def reduced(task: Task) -> Task:
    """The task with few channels and few cells, whose padding and strides lie as in the whole."""
    spec = task.spec
    groups = min(spec.groups, FEW)
    inside = min(spec.in_channels // spec.groups, FEW)
    outside = min(spec.out_channels // spec.groups, FEW)
    small = replace(spec, in_channels=groups * inside, out_channels=groups * outside, groups=groups)
    sizes = []
    for axis, size in zip(task.axes, task.sizes, strict=True):
        least = max(SMALL, axis.extent + max(axis.pad) + axis.stride)
        if spec.transposed:
            least = max(FEW + 2, -(-sum(axis.pad) // axis.stride) + 2)
        sizes.append(size - max(size - least, 0) // axis.stride * axis.stride)
    return replace(task, spec=small, sizes=tuple(sizes), batch=1)
