"""The input sizes that a network accepts and restores; the output_padding that fixes others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import Reading
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.walk import INPUT, Node, walk
from convcli.errors import ConvError


class Tried(NamedTuple):
    """One size on all spatial axes, and the output shape, or the error in its place.

    The spatial axes are those from `first` on.
    """

    size: int
    output: Shape | None
    error: ConvError | None
    first: int = 2

    @property
    def comes_back(self) -> bool:
        """Whether the output has the size of the input."""
        return self.output is not None and set(self.output[self.first :]) == {self.size}


def tried_sizes(nodes: Sequence[Node], input_shape: Shape, sizes: Iterable[int]) -> Iterator[Tried]:
    """The output shape of a list of layers for each size."""
    return sizes_tried(
        lambda shape: walk(nodes, shape, seeing=False)[-1].output, input_shape, sizes
    )


def sizes_tried(
    output_of: Callable[[Shape], Shape],
    input_shape: Shape,
    sizes: Iterable[int],
    axes: int | None = None,
) -> Iterator[Tried]:
    """The output shape for each size on the last `axes`, by default those behind the channels.

    Without axes behind these, the last axis has the size.
    """
    kept = min(2, len(input_shape) - 1) if axes is None else len(input_shape) - axes
    for size in sizes:
        shape = Shape((*input_shape[:kept], *(size,) * (len(input_shape) - kept)))
        try:
            yield Tried(size, output_of(shape), None, max(kept, 1))
        except ConvError as error:
            yield Tried(size, None, error, kept)


class Restored(NamedTuple):
    """The output_padding that transposed layers need, by their names, and the nodes with it."""

    output_padding: dict[str, tuple[int, ...]]
    nodes: tuple[Node, ...]


def restored(nodes: Sequence[Node], input_shape: Shape) -> Restored:
    """The output_padding with which a decoder restores the sizes of its encoder.

    Each strided transposed layer must restore the input size of its counterpart: the last layer
    that shrank its input and has no counterpart yet. What is lost there is the remainder of a
    division by the stride, and output_padding restores it:
    see `Axis.remainder`. Layers for which that is no legal output_padding stay as they are.
    """
    shapes: list[Shape] = []
    before_shrinking: list[tuple[int, ...]] = []
    paddings_by_name: dict[str, tuple[int, ...]] = {}
    result: list[Node] = []
    for at, node in enumerate(nodes):
        inputs = [input_shape if source == INPUT else shapes[source] for source in node.sources]
        try:
            layer: Layer = node.layer_for(inputs)
            if isinstance(layer, Convolution) and _enlarges(layer) and before_shrinking:
                layer = _returning(
                    layer, inputs[0], before_shrinking.pop(), node.name, paddings_by_name
                )
            output, readings = layer.output_shape(*inputs), layer.readings(*inputs)
        except ConvError:
            return Restored(paddings_by_name, (*result, *nodes[at:]))
        if readings and any(_shrinks(reading) for reading in readings):
            before_shrinking.append(inputs[0][2:])
        shapes.append(output)
        result.append(_fixed(node, layer) if node.name in paddings_by_name else node)
    return Restored(paddings_by_name, tuple(result))


def _fixed(node: Node, layer: Layer) -> Node:
    return node._replace(layer_for=lambda inputs: layer)


def _shrinks(reading: Reading | None) -> bool:
    return reading is not None and reading.step > reading.period


def _enlarges(layer: Convolution) -> bool:
    return layer.spec.transposed and any(axis.stride > 1 for axis in layer.spec.axes)


def _returning(
    layer: Convolution,
    shape: Shape,
    wanted: Sequence[int],
    name: str,
    paddings_by_name: dict[str, tuple[int, ...]],
) -> Convolution:
    """The layer whose output_padding makes the sizes `wanted`, noted in `paddings_by_name`."""
    spec = layer.spec
    paddings = tuple(
        axis.remainder(want, size)
        for axis, want, size in zip(spec.axes, wanted, shape[2:], strict=True)
    )
    if any(
        not 0 <= p < max(axis.stride, axis.dilation)
        for p, axis in zip(paddings, spec.axes, strict=True)
    ):
        return layer
    if any(p != axis.output_padding for p, axis in zip(paddings, spec.axes, strict=True)):
        paddings_by_name[name] = paddings
        axes = tuple(
            replace(axis, output_padding=p) for axis, p in zip(spec.axes, paddings, strict=True)
        )
        return Convolution(replace(spec, axes=axes))
    return layer
