"""`--layout`: the order of the axes of arrays, as letters: NHWC, HWIO. Inside it is torch's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from convcli.engine.geometry.flips import flipped
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_shape

SPATIAL = {  # the letters of the spatial axes, in torch's order; the first are those in messages
    1: ("L", "W", "T", "X"),
    2: ("HW", "YX"),
    3: ("DHW", "ZYX", "THW"),
}
ARRAYS = {"X": "NC", "W": "OI"}  # the letters beside the spatial ones


@dataclass(frozen=True)
class AxisOrder:
    """The order of the axes of one array: a letter each. `torch` is torch's order of all letters.

    A weight that `flips` is read backwards along each spatial axis.

    >>> AxisOrder("NHWC", "NCHW", "X").to_torch((2, 5, 6, 3))
    ((0, 3, 1, 2), (2, 3, 5, 6))
    """

    letters: str
    torch: str
    name: str  # of the array: X or W
    flips: bool = False

    @property
    def spatial(self) -> str:
        """The letters of the spatial axes in torch's order."""
        return self.torch[2:]

    def to_torch(self, shape: Sequence[int]) -> tuple[tuple[int, ...], Shape]:
        """The permutation that brings the axes into torch's order, and the shape after it.

        Letters of a batch or of channels that the array lacks may be left out, from the front of
        torch's order; an axis of 1 stands for one between others. Raises ConvError where the
        array has another number of axes.
        """
        letters = self._of(len(shape))
        present = [letter for letter in self.torch if letter in letters]
        order = tuple(letters.index(letter) for letter in present)
        first = self.torch.index(present[0])
        sizes = dict(zip(letters, shape, strict=True))
        return order, Shape(sizes.get(letter, 1) for letter in self.torch[first:])

    def from_torch(self, shape: Sequence[int]) -> tuple[Shape, tuple[int, ...]]:
        """The shape and the permutation after it that give an array of torch's order ours.

        >>> AxisOrder("NHWC", "NCHW", "X").from_torch((8, 5, 6))
        ((8, 5, 6), (1, 2, 0))
        """
        sizes, wanted = self._sizes(shape), self.letters_of(shape)
        kept = [letter for letter in sizes if letter in wanted]
        order = tuple(kept.index(letter) for letter in wanted)
        return Shape(sizes[letter] for letter in kept), order

    def letters_of(self, shape: Sequence[int]) -> str:
        """The letters of a result with this shape in torch's order; new axes stand in front."""
        sizes = self._sizes(shape)
        beside = "".join(
            letter
            for letter, size in sizes.items()
            if letter not in self.letters and (letter in self.spatial or size != 1)
        )
        return beside + "".join(letter for letter in self.letters if letter in sizes)

    def _sizes(self, shape: Sequence[int]) -> dict[str, int]:
        """The size of each axis of a shape in torch's order."""
        return dict(zip(self.torch[-len(shape) :], shape, strict=True))

    def _of(self, axes: int) -> str:
        """The letters of an array with so many axes."""
        for left_out in ("", self.torch[0], self.torch[:2]):
            letters = "".join(letter for letter in self.letters if letter not in left_out)
            if len(letters) == axes and (self.name == "X" or len(left_out) != 1):
                return letters
        rule = f"the layout {self.letters} has {len(self.letters)} axes, but the array has {axes}"
        raise ConvError("layout.axes", rule, parameter=self.name)


@dataclass(frozen=True)
class Layouts:
    """The orders of the axes of X and of W; None is torch's.

    `output` is that of the result, where it is another one than that of X. Those that
    `is_frameworks` belong to the layer, and were not asked for. W is read backwards along its last
    `backwards` axes in torch's order, beside what its order does.
    """

    input: AxisOrder | None = None
    weight: AxisOrder | None = None
    output: AxisOrder | None = None
    is_frameworks: bool = False
    backwards: int = 0

    def __bool__(self) -> bool:
        return self.input is not None or self.weight is not None

    def to_torch(self, array: Any, name: str) -> Any:
        """The array in torch's order; `name` is its argument."""
        is_weight = name in ("W", "weight")
        order = self.weight if is_weight else self.input
        if order is not None:
            axes, shape = order.to_torch(array.shape)
            array = _in_order(array.transpose(axes).reshape(shape), order)
        return flipped(array, self.backwards) if is_weight and self.backwards else array

    def shape_to_torch(self, shape: Shape) -> Shape:
        """The shape of an input in torch's order."""
        return shape if self.input is None else self.input.to_torch(shape)[1]

    def result(self, array: Any, *, weight: bool = False) -> Any:
        """An array in torch's order as the result, or W, has its axes."""
        if weight and self.backwards:
            array = flipped(array, self.backwards)
        order = self.weight if weight else self.output or self.input
        if order is None:
            return array
        return _from_torch(array, order)

    def like_input(self, array: Any) -> Any:
        """An array in torch's order as X has its axes."""
        return array if self.input is None else _from_torch(array, self.input)

    def result_shape(self, shape: Shape, *, weight: bool = False) -> Shape:
        """A shape in torch's order as the result, or W, has its axes."""
        order = self.weight if weight else self.output or self.input
        if order is None:
            return shape
        kept, axes = order.from_torch(shape)
        return Shape(kept[axis] for axis in axes)

    def input_shape(self, shape: Shape) -> Shape:
        """A shape in torch's order as X has its axes."""
        return Layouts(self.input).result_shape(shape)

    def letters(self, shape: Shape, *, output: bool = False) -> str:
        """The letters of an input's, or output's, axes; empty where they have torch's order."""
        order = self.output or self.input if output else self.input
        return "" if order is None else order.letters_of(shape)


def _from_torch(array: Any, order: AxisOrder) -> Any:
    shape, axes = order.from_torch(array.shape)
    return _in_order(array, order).reshape(shape).transpose(axes)


def _in_order(array: Any, order: AxisOrder) -> Any:
    """The array in torch's order, backwards along each spatial axis where the order flips."""
    return flipped(array, len(order.spatial)) if order.flips else array


TORCH_ORDER = Layouts()


def parse_layouts(
    text: str | None, rank: int, *, transposed: bool = False, weights: bool = True
) -> Layouts:
    """`NHWC`, `HWIO`, or `NHWC,HWIO`, for a layer of `rank` spatial axes.

    Without `weights` the command reads no weight. Raises ConvError where the letters are not those
    of an array.

    >>> parse_layouts("NHWC,HWIO", 2).weight
    AxisOrder(letters='HWIO', torch='OIHW', name='W', flips=False)
    """
    if text is None:
        return TORCH_ORDER
    orders: dict[str, AxisOrder] = {}
    for part in text.upper().split(","):
        letters = part.strip()
        name = "W" if set(letters) & set(ARRAYS["W"]) else "X"
        spatial = next((each for each in SPATIAL[rank] if _fits(letters, name, each)), None)
        if spatial is None or name in orders or (name == "W" and not weights):
            raise _no_layout(text, rank, weights)
        first = "IO" if name == "W" and transposed else ARRAYS[name]
        orders[name] = AxisOrder(letters, first + spatial, name)
    return Layouts(orders.get("X"), orders.get("W"))


def in_torch_order(text: str, layout: str | None) -> str:
    """A shape of a command line in torch's order; what is no shape of several axes stays.

    The letters say how many spatial axes there are. Raises ConvError where they fit no shape.

    >>> in_torch_order("1x224x224x3", "NHWC"), in_torch_order("same", "NHWC")
    ('1x3x224x224', 'same')
    """
    if layout is None:
        return text
    rank = next((rank for rank in SPATIAL if _is_layout(layout, rank)), 2)
    layouts = parse_layouts(layout, rank, weights=False)
    try:
        shape = parse_shape(text)
    except ConvError:  # the command says what is wrong with it
        return text
    return text if len(shape) < 2 else str(layouts.shape_to_torch(shape))


def _is_layout(text: str, rank: int) -> bool:
    try:
        return bool(parse_layouts(text, rank, weights=False))
    except ConvError:
        return False


def _fits(letters: str, name: str, spatial: str) -> bool:
    """Whether letters are those of the spatial axes, each once, and some of the array's others."""
    others = set(letters) - set(spatial)
    return (
        len(set(letters)) == len(letters)
        and set(spatial) <= set(letters)
        and others <= set(ARRAYS[name])
        and (name == "X" or "I" in others or "O" in others)
    )


def _no_layout(text: str, rank: int, weights: bool) -> ConvError:
    spatial = SPATIAL[rank][0]
    rule = f"must hold the letters N, C, {', '.join(spatial)} of X in their order"
    examples = f"NC{spatial} or N{spatial}C"
    if weights:
        rule += f", or O, I, {', '.join(spatial)} of W"
        examples = f"NC{spatial}, N{spatial}C, {spatial}IO or N{spatial}C,{spatial}IO"
    return ConvError("layout.letters", rule, parameter="layout", got=text, hint=f"Like {examples}.")
