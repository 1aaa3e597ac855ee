"""What `convcli stack` asks of a network, be it a list of layers or a module of torch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from convcli.engine.geometry.shapes import Shape, promoted_shape, restored_shape
from convcli.engine.network.input_sizes import Restored, Tried, restored, sizes_tried, tried_sizes
from convcli.engine.network.recorded import RecordedNetwork
from convcli.engine.network.walk import Step, totals, walk
from convcli.errors import ConvError
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.networks.lists import Stack
from convcli.inputs.text.layouts import TORCH_ORDER, Layouts
from convcli.report.views.network_parts import StackReport


class Network(Protocol):
    """A network that can be put on inputs of any shape."""

    def report(self, shape: Shape, *, seeing: bool = True) -> StackReport:
        """What it is on an input of this shape. Raises ConvError where it does not fit."""

    def tried(self, shape: Shape, sizes: Iterable[int]) -> Iterator[Tried]:
        """Its output shape for each size of the spatial axes."""

    def restored(self, shape: Shape) -> Restored:
        """The output_padding with which a decoder restores the sizes."""

    def full(self, shape: Shape) -> Shape:
        """The shape with the axes that it lacks."""


class Reader(Protocol):
    """What a module or a graph is on an input of any shape."""

    missing_axes: int | None

    def network(self, shape: Shape) -> RecordedNetwork:
        """Its operations. Raises ConvError where it does not take the shape."""


@dataclass(frozen=True)
class ListedNetwork:
    """A list of layers."""

    stack: Stack

    @property
    def layouts(self) -> Layouts:
        """The order of axes of the framework that the layers are of."""
        order, rank = self.stack.order, self.stack.rank
        return TORCH_ORDER if order is None or rank is None else Orders(order).layouts(rank)

    def full(self, shape: Shape) -> Shape:
        rank = self.stack.rank
        shape = self.layouts.shape_to_torch(shape)
        return shape if rank is None else promoted_shape(shape, rank, "SHAPE")

    def shown(self, inner: Shape, missing: int) -> Shape:
        """A shape as the input was specified: without `missing` axes, in the layers' layout."""
        own = restored_shape(inner, len(inner) - missing)
        if self.stack.rank is None or len(inner) != self.stack.rank + 2:
            return own
        return self.layouts.result_shape(own)

    def report(self, shape: Shape, *, seeing: bool = True) -> StackReport:
        stack, full = self.stack, self.full(shape)
        steps, missing = _walked(stack, full, seeing), len(full) - len(shape)
        is_whole = not missing and not self.layouts
        return StackReport(
            stack.texts,
            steps,
            full,
            totals(steps, full),
            (lambda inner: inner) if is_whole else lambda inner: self.shown(inner, missing),
            None,
            stack.notes,
        )

    def tried(self, shape: Shape, sizes: Iterable[int]) -> Iterator[Tried]:
        full = self.full(shape)
        if len(full) < 3:
            raise ConvError(
                "sizes.axes", "needs an input with spatial axes", parameter="sizes", got=shape
            )
        for one in tried_sizes(self.stack.nodes, full, sizes):
            output = None if one.output is None else self.shown(one.output, 0)
            yield one._replace(output=output)

    def restored(self, shape: Shape) -> Restored:
        return restored(self.stack.nodes, self.full(shape))


@dataclass(frozen=True)
class RecordedAgain:
    """A module of torch, or a graph of ONNX: read again for each shape."""

    reader: Reader

    def full(self, shape: Shape) -> Shape:
        return Shape((*(1,) * (self.reader.missing_axes or 0), *shape))

    def report(self, shape: Shape, *, seeing: bool = True) -> StackReport:
        network = self.reader.network(shape)
        steps = network.steps()
        return StackReport(
            [operation.text for operation in network.operations],
            steps,
            network.input_shape,
            totals(steps, network.input_shape, network.parameters),
            lambda inner: inner,
            None,
            network.notes,
            network,
        )

    def tried(self, shape: Shape, sizes: Iterable[int]) -> Iterator[Tried]:
        axes = None
        with suppress(ConvError):  # which axes it has, and which it lacks, is known once it ran
            axes = len(self.reader.network(shape).axes)
        full = self.full(shape)
        missing = len(full) - len(shape)

        def output(one: Shape) -> Shape:
            return self.reader.network(Shape(one[missing:])).operations[-1].output

        return sizes_tried(output, full, sizes, axes)

    def restored(self, shape: Shape) -> Restored:
        return Restored({}, ())


def _walked(stack: Stack, full: Shape, seeing: bool) -> list[Step]:
    """Walk; where branches differ in size, the hint is the output_padding that fixes it."""
    try:
        return walk(stack.nodes, full, seeing=seeing)
    except ConvError as error:
        if error.code == "branches.shape":
            mends = restored(stack.nodes, full).output_padding
            words = [
                f"output_padding={','.join(map(str, values))} in layer {name}"
                for name, values in mends.items()
            ]
            if words:
                fields = {"words": " and ".join(words)}
                raise error.with_place(hint="Try {words}.", fields=fields) from None
        raise
