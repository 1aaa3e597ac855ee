"""Sequences of ONNX, which are lists of tensors: what each tensor in them is, as plain nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from convcli.engine.geometry.shapes import Shape
from convcli.inputs.networks.onnx_bodies import SCOPE, Named

_AXES_AS_INPUT = 13  # from this opset on, of Split, Squeeze and Unsqueeze
MOST_PARTS = 4_096  # of a tensor that is split


class Known(Protocol):
    """What is known of the values of a graph."""

    onnx: Any
    opset: int
    numbers: dict[str, Any]

    def shape(self, name: str) -> Shape | None: ...
    def add_tensor(self, name: str, tensor: Any, *, literal: bool = False) -> None: ...


class Sequences:
    """The sequences of a graph whose lengths are known, as the names of their tensors."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self.lists: dict[str, list[str]] = {}

    def opened(self, name: str, node: Any) -> list[Named] | None:
        """The nodes in the place of one that makes or reads a sequence; None of any other."""
        rule = _RULES.get(node.op_type)
        return rule(self, name, node) if rule is not None and node.output else None

    def _list_of(self, node: Any) -> list[str] | None:
        return self.lists.get(node.input[0]) if node.input else None

    def _number(self, node: Any, at: int, default: int) -> int | None:
        """The position that an input holds; None where it is unknown."""
        if at >= len(node.input) or not node.input[at]:
            return default
        numbers = self.known.numbers.get(node.input[at])
        return int(numbers.reshape(-1)[0]) if numbers is not None and numbers.size == 1 else None

    def _same(self, name: str, node: Any) -> list[Named] | None:
        listed = self._list_of(node)
        if listed is None:
            return None
        self.lists[node.output[0]] = listed
        return []

    def _empty(self, name: str, node: Any) -> list[Named]:
        self.lists[node.output[0]] = []
        return []

    def _constructed(self, name: str, node: Any) -> list[Named]:
        self.lists[node.output[0]] = list(node.input)
        return []

    def _inserted(self, name: str, node: Any) -> list[Named] | None:
        listed = self._list_of(node)
        at = self._number(node, 2, len(listed or ()))
        if listed is None or at is None or len(node.input) < 2:
            return None
        self.lists[node.output[0]] = [*listed[:at], node.input[1], *listed[at:]]
        return []

    def _erased(self, name: str, node: Any) -> list[Named] | None:
        listed = self._list_of(node)
        at = self._number(node, 1, -1)
        if listed is None or at is None or not -len(listed) <= at < len(listed):
            return None
        gone = at % len(listed)
        self.lists[node.output[0]] = [*listed[:gone], *listed[gone + 1 :]]
        return []

    def _chosen(self, name: str, node: Any) -> list[Named] | None:
        listed = self._list_of(node)
        at = self._number(node, 1, -1)
        if listed is None or at is None or not -len(listed) <= at < len(listed):
            return None
        make_node = self.known.onnx.helper.make_node
        return [Named(name, make_node("Identity", [listed[at]], [node.output[0]]))]

    def _length(self, name: str, node: Any) -> list[Named] | None:
        listed = self._list_of(node)
        if listed is None:
            return None
        constant(self.known, node.output[0], len(listed))
        return []

    def _joined(self, name: str, node: Any) -> list[Named] | None:
        listed = self._list_of(node)
        held = {one.name: one.i for one in node.attribute}
        if not listed:
            return None
        axis, output = held.get("axis", 0), node.output[0]
        if held.get("new_axis"):
            return list(stacked(self.known, name, output, listed, output, axis))
        joined = self.known.onnx.helper.make_node("Concat", listed, [output], axis=axis)
        return [Named(name, joined)]

    def _split(self, name: str, node: Any) -> list[Named] | None:
        """Parts along an axis: of one cell each, without the axis where `keepdims` is 0."""
        held = {one.name: one.i for one in node.attribute}
        shape, axis = self.known.shape(node.input[0]), held.get("axis", 0)
        if shape is None or not -len(shape) <= axis < len(shape):
            return None
        sizes = self._sizes(node, shape[axis])
        if sizes is None or not 0 < len(sizes) <= MOST_PARTS:
            return None
        output, make_node = node.output[0], self.known.onnx.helper.make_node
        parts = [f"{output}{SCOPE}{at}" for at in range(len(sizes))]
        self.lists[output] = parts
        keeps = held.get("keepdims", 1) or (len(node.input) > 1 and node.input[1])
        kept = parts if keeps else [f"{part}.kept" for part in parts]
        if self.known.opset < _AXES_AS_INPUT:
            parted = make_node("Split", [node.input[0]], kept, axis=axis, split=sizes)
        else:
            split = constant(self.known, f"{output}{SCOPE}sizes", sizes)
            parted = make_node("Split", [node.input[0], split], kept, axis=axis)
        made = [Named(name, parted)]
        pairs = zip(kept, parts, strict=True)
        return [*made, *(_moved(self.known, name, "Squeeze", *pair, axis) for pair in pairs
                         if not keeps)]  # fmt: skip

    def _sizes(self, node: Any, size: int) -> list[int] | None:
        """The sizes of the parts: as they are listed, or all of one size but the last."""
        if len(node.input) < 2 or not node.input[1]:
            return [1] * size if size <= MOST_PARTS else None
        numbers = self.known.numbers.get(node.input[1])
        if numbers is None:
            return None
        if numbers.ndim:
            return [int(one) for one in numbers]
        step = int(numbers)
        if step < 1 or size > step * MOST_PARTS:
            return None
        return [min(step, size - first) for first in range(0, size, step)]


_RULES: Mapping[str, Callable[[Sequences, str, Any], list[Named] | None]] = {
    "ConcatFromSequence": Sequences._joined,
    "Identity": Sequences._same,
    "SequenceAt": Sequences._chosen,
    "SequenceConstruct": Sequences._constructed,
    "SequenceEmpty": Sequences._empty,
    "SequenceErase": Sequences._erased,
    "SequenceInsert": Sequences._inserted,
    "SequenceLength": Sequences._length,
    "SplitToSequence": Sequences._split,
}


def constant(known: Known, name: str, numbers: int | Sequence[int]) -> str:
    """A constant of integers, under a name."""
    dims = [] if isinstance(numbers, int) else [len(numbers)]
    held = [numbers] if isinstance(numbers, int) else list(numbers)
    kind = known.onnx.TensorProto.INT64
    tensor = known.onnx.helper.make_tensor(name, kind, dims, held)
    known.add_tensor(name, tensor, literal=True)
    return name


def _moved(known: Known, place: str, operator: str, value: str, output: str, axis: int) -> Named:
    """Squeeze or Unsqueeze of one axis."""
    make_node = known.onnx.helper.make_node
    if known.opset < _AXES_AS_INPUT:
        return Named(place, make_node(operator, [value], [output], axes=[axis]))
    axes = constant(known, f"{output}{SCOPE}axes", [axis])
    return Named(place, make_node(operator, [value, axes], [output]))


def stacked(
    known: Known, place: str, scope: str, values: Sequence[str], output: str, axis: int
) -> Iterator[Named]:
    """Several values as one, along a new axis."""
    opened = [f"{scope}.{at}{SCOPE}part" for at in range(len(values))]
    for at, (value, part) in enumerate(zip(values, opened, strict=True)):
        yield _moved(known, f"{place}.{at}.Unsqueeze", "Unsqueeze", value, part, axis)
    joined = known.onnx.helper.make_node("Concat", opened, [output], axis=axis)
    yield Named(f"{place}.Concat", joined)
