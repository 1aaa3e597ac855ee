"""An operation of torch as the layer of ours that does the same, where there is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.activations import Pointwise
from convcli.engine.network.layers.base import Layer, ToolCounts
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.merging import Concat, Elementwise
from convcli.engine.network.layers.pooling import Pool
from convcli.engine.network.layers.reshaping import Flatten
from convcli.inputs.networks.recording.called import Called
from convcli.inputs.networks.recording.windows import per_axis


@dataclass(frozen=True, slots=True)
class PoolCall(Pool):
    """Pooling that is called as a function."""

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts:
        """ptflops counts functions too, in a way that was not measured."""
        return ToolCounts(ptflops=None)


def layer_of(called: Called, shapes: Sequence[Shape]) -> Layer | None:
    """The layer, for mirrors, for errors and for what other tools count; None where there is none.

    `shapes` are those of all its tensors. Tools count modules, so that an operation is a layer only
    where they count none of it.
    """
    name = called.name
    if name in ("cat", "concat", "concatenate"):
        return Concat(called.get("dim", 0))
    if name == "flatten":
        return Flatten(called["start_dim"], called["end_dim"])
    if name.startswith("max_pool") and name[8:10] in ("1d", "2d", "3d"):
        return _pool(called, int(name[8]))
    if called.is_pointwise:
        return Elementwise() if len(shapes) > 1 else Pointwise()
    return None


def linear_of(shapes: Sequence[Shape]) -> Linear:
    """F.linear as a layer, by the shapes of its input, weight and bias."""
    return Linear(shapes[1][-1], shapes[1][0], len(shapes) > 2)


def _pool(called: Called, rank: int) -> PoolCall:
    kernel = per_axis(called["kernel_size"], rank)
    stride = per_axis(called["stride"] or list(kernel), rank)
    padding, dilation = (per_axis(called[name], rank) for name in ("padding", "dilation"))
    axes = tuple(
        Axis(size, step, gap, Pad(pad, pad))
        for size, step, gap, pad in zip(kernel, stride, dilation, padding, strict=True)
    )
    return PoolCall(axes, bool(called["ceil_mode"]), "max")
