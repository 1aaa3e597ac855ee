"""Exercise: a question about layers, as the request whose answer the engine computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from convcli.engine.explain.worked_sums import View
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.worked_entry import Variable

ASKS = (
    "size",
    "sum",
    "output",
    "parameters",
    "receptive-field",
    "padding",
    "transposed",
    "gradient",
)
LEVELS = ("easy", "medium", "hard")
NUMBER, SHAPE, ARRAY, PADDING = "number", "shape", "array", "padding"  # kinds of answers


@dataclass(frozen=True)
class Named:
    """A layer that problems are about, as its user writes it: `text`.

    `at` is the layer on an input of these sizes, where they decide on its padding.
    """

    spec: ConvSpec
    text: str
    at: Callable[[Sequence[int]], ConvSpec] | None = None

    def on(self, sizes: Sequence[int]) -> ConvSpec:
        """The layer on an input of these sizes."""
        return self.spec if self.at is None else self.at(sizes)


@dataclass(frozen=True, eq=False)
class Exercise:
    """One problem.

    `about` is the question: an ask, of `transposed` the one of "size", "sum" and "output" that it
    is about. `layers` is one layer but for receptive fields. `input_shape` is (N, C_in, *sizes);
    people see its last `axes` axes. Arrays have all axes, and are None where the question has none:
    `output_gradient` is that of a gradient, whose entry `at` of `variable` is asked for. `wanted`
    are the output sizes that a padding is asked for, `texts` the layers as a user wrote
    them, where not all are torch's.
    """

    ask: str
    about: str
    layers: tuple[ConvSpec, ...]
    input_shape: Shape
    axes: int
    input: Any = None
    weight: Any = None
    bias: Any = None
    output_gradient: Any = None
    at: Position | None = None
    variable: Variable | None = None
    view: View = "gather"
    wanted: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def spec(self) -> ConvSpec:
        """The layer, of several the first."""
        return self.layers[0]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The spatial sizes of the input."""
        return tuple(self.input_shape[2:])

    @property
    def question(self) -> tuple[Any, ...]:
        """What makes two problems alike, whatever the numbers in their arrays."""
        size = () if self.about in ("parameters", "receptive-field") else tuple(self.input_shape)
        place = (self.at, self.variable, self.view, self.wanted)
        return (self.about, self.layers, size, *place)

    @property
    def content(self) -> tuple[Any, ...]:
        """All of the question, its numbers included."""
        arrays = (self.input, self.weight, self.bias, self.output_gradient)
        return (*self.question, *(None if a is None else a.tobytes() for a in arrays))
