"""A layer and its arrays, as commands hand them on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from convcli.cli.app.options import InputOptions
from convcli.cli.input.array_reader import ArrayReader
from convcli.cli.input.memory import operand_bytes
from convcli.cli.output.streams import Streams
from convcli.engine.arrays import Array
from convcli.engine.compute.operands import result_dtype
from convcli.engine.geometry.flips import flipped
from convcli.engine.geometry.shapes import Shape, promoted_shape, restored_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.writers.request import Origin
from convcli.inputs.text.layouts import TORCH_ORDER, Layouts

if TYPE_CHECKING:
    from convcli.cli.input.foreign_operands import ForeignArrays

Result = TypeVar("Result")


@dataclass(frozen=True)
class LoadedOperands:
    """A layer and its arrays as they were specified; `seed` where the weight was drawn from it."""

    spec: ConvSpec
    input: Any  # an array, or an NpyFile that is read piece by piece
    weight: Array
    bias: Array | None
    seed: int | None = None
    source: SourceMetadata | None = None  # what the file of the input says of its numbers
    layouts: Layouts = TORCH_ORDER  # the orders of the axes of X and W outside
    foreign: ForeignArrays | None = None  # of a layer of another framework

    @property
    def full_shape(self) -> Shape:
        """(N, C_in, *sizes) of the input."""
        return promoted_shape(self.input.shape, self.spec.rank, "input")

    @property
    def shown_output(self) -> Shape:
        """The output's shape in the rank of the input."""
        if self.foreign is not None and self.foreign.resolved.empty is not None:
            return self.foreign.resolved.output
        return restored_shape(self.spec.output_shape(self.full_shape), self.input.ndim)

    @property
    def result_shape(self) -> Shape:
        """The output's shape in the order of the axes of X."""
        if self.foreign is not None:
            return self.foreign.resolved.output
        return self.layouts.result_shape(self.shown_output)

    @property
    def output_dtype(self) -> np.dtype[Any]:
        """The number type of the output."""
        biases = [] if self.bias is None else [self.bias]
        return result_dtype(np.empty(0, self.input.dtype), self.weight, *biases)

    @property
    def origin(self) -> Origin:
        """Where the arrays of the layer come from, for their writers."""
        layouts = replace(self.layouts, input=self.layouts.output or self.layouts.input)
        return Origin(self.spec.rank, self.source, self.input.dtype, layouts=layouts)

    @property
    def result_origin(self) -> Origin:
        """`origin` of the output, whose grid the axes of the layer make."""
        spec = self.spec
        stay = spec.groups == spec.in_channels == spec.out_channels
        return self.origin._replace(axes=spec.axes, transposed=spec.transposed, channels_stay=stay)

    @property
    def bytes_held(self) -> int:
        """The bytes of input and output while the layer is computed."""
        output_shape = self.spec.output_shape(self.full_shape)
        return operand_bytes(self.full_shape, output_shape, self.input.dtype.itemsize)

    @property
    def told_shapes(self) -> tuple[Shape, Shape]:
        """The shapes of input and output that a summary names."""
        if self.foreign is not None:
            return self.foreign.told_shapes
        return Shape(self.input.shape), self.shown_output

    @property
    def typed_input(self) -> Any:
        """The input as it was specified, in the order of the axes of X."""
        if self.foreign is not None:
            return self.foreign.typed
        return self.layouts.like_input(self.input)

    def result(self, output: Array) -> Array:
        """An output of the layer in the order of the axes of X, as the command returns it."""
        if self.foreign is not None:
            return self.foreign.result(output)
        ordered: Array = self.layouts.result(output)
        return ordered

    @property
    def has_no_outputs(self) -> bool:
        """Whether the framework returns a result without cells."""
        return self.foreign is not None and self.foreign.resolved.empty is not None

    def empty(self) -> Array:
        """The result without cells, in the order of the axes of X."""
        return np.zeros(self.result_shape, self.output_dtype)

    @property
    def is_flipped(self) -> bool:
        """Whether the kernel was flipped because it was asked for."""
        return self.layouts.backwards > 0

    def reversed(self) -> LoadedOperands:
        """The same operands with the kernel read backwards."""
        return replace(self, weight=flipped(self.weight, self.spec.rank))

    def reader(self, options: InputOptions, streams: Streams) -> ArrayReader:
        """The reader of another ARRAY of the command, with the axes of X."""
        limits = options.max_memory, options.decimal
        return ArrayReader(self.spec.rank, streams, *limits, self.layouts)

    def call(self, function: Callable[..., Result], **options: Any) -> Result:
        """The function on the layer, its input, its weight and its bias."""
        return function(self.spec, self.input, self.weight, self.bias, **options)
