"""A recording as the rows of a network: leaf modules, and the operations that others called."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.merging import Again
from convcli.engine.network.recorded import Ran, RecordedOperation
from convcli.engine.network.sights import outlook, sights
from convcli.errors import ConvError
from convcli.inputs.networks.cost import Cost
from convcli.inputs.networks.recording.module_layers import parsed_module
from convcli.inputs.networks.recording.recorder import INPUT, ModuleCall, Operation, Recording

_LONGEST_TEXT = 100  # characters of a layer
_FEW_COSTS = 1  # of a module without parts, so that it is one row whatever its class
# operations that no tool counts, and that are no layers of ours
_FREE = frozenset((
    "add", "sub", "mul", "div", "relu", "sigmoid", "view", "reshape", "permute", "transpose",
    "flatten", "unsqueeze", "squeeze", "cat", "slice", "select", "chunk", "split", "expand",
    "contiguous", "clone", "identity", "stack", "unbind", "split_with_sizes",
))  # fmt: skip


class _Row(NamedTuple):
    """Operations that are one row, the leaf module that called them, and the one that counts."""

    operations: tuple[int, ...]
    call: ModuleCall | None
    shown: int


def rows_of(recording: Recording) -> tuple[list[RecordedOperation], dict[int, int]]:
    """The rows, and the row of each operation."""
    rows = list(_grouped(recording))
    place = {at: row for row, group in enumerate(rows) for at in group.operations}
    place[INPUT] = INPUT
    names = _Names()
    counted: set[int] = set()
    made = [_made(recording, group, place, names, counted) for group in rows]
    return made, place


def _grouped(recording: Recording) -> Iterator[_Row]:
    """Operations that follow each other in one leaf, or that are one operation's outputs."""
    leaf_of: dict[int, ModuleCall] = {}
    for leaf in _every(recording.calls):
        if _is_leaf(recording, leaf):
            leaf_of.update(dict.fromkeys(leaf.operations, leaf))
    operations = recording.operations
    at = 0
    while at < len(operations):
        call: ModuleCall | None = leaf_of.get(at)
        first = at
        while at < len(operations) and (
            leaf_of.get(at) is call if call is not None else _is_alike(operations, first, at)
        ):
            at += 1
        inside = tuple(range(first, at))
        returned = [one for one in (call.outputs if call else ()) if first <= one < at]
        yield _Row(inside, call, returned[0] if returned else inside[-1])


def _is_alike(operations: Sequence[Operation], first: int, at: int) -> bool:
    """Whether operation `at` is another output of `first` with the same shape and place."""
    one, other = operations[first], operations[at]
    if first == at:
        return True
    return (
        one.event == other.event
        and one.output == other.output
        and [term.at for term in one.place.terms] == [term.at for term in other.place.terms]
    )


def _every(calls: Sequence[ModuleCall]) -> Iterator[ModuleCall]:
    pending = list(calls)[::-1]
    while pending:
        call = pending.pop()
        yield call
        pending += call.calls[::-1]


def _is_leaf(recording: Recording, call: ModuleCall) -> bool:
    """Whether a call is one row: of a class of torch, or of another that costs little."""
    if not call.operations or any(one.operations for one in _every(call.calls)):
        return False
    if _is_of_torch(call.module):
        return True
    costly = sum(any(recording.operations[at].cost or (1,)) for at in call.operations)
    return call.parent is not None and costly <= _FEW_COSTS and bool(call.outputs)


def _is_of_torch(module: Any) -> bool:
    """Whether a class is one of torch.nn, or is derived from one that is no container."""
    return any(
        kind.__module__.startswith("torch.nn.modules.")
        and kind.__module__ not in ("torch.nn.modules.module", "torch.nn.modules.container")
        for kind in type(module).__mro__
    )


class _Names:
    """Every row has a name of its own."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def unique(self, name: str, separator: str) -> str:
        found, count = name, 1
        while found in self.taken:
            count += 1
            found = f"{name}{separator}{count}"
        self.taken.add(found)
        return found


def _made(
    recording: Recording, group: _Row, place: dict[int, int], names: _Names, counted: set[int]
) -> RecordedOperation:
    """The row; the parameters that it uses become `counted`, and those that were are not its."""
    operations = [recording.operations[at] for at in group.operations]
    shown = recording.operations[group.shown]
    inside = set(group.operations)
    outer = [
        (source, shape)
        for operation in operations
        for source, shape in zip(operation.sources, operation.inputs, strict=True)
        if source not in inside
    ]
    used = frozenset[int]().union(*(operation.parameters for operation in operations))
    parameters = sum(recording.parameters[one].numel() for one in used - counted)
    counted |= used
    known = [operation.cost for operation in operations if operation.cost is not None]
    cost = sum(known, start=Cost())
    inputs = tuple(shape for _, shape in outer) or shown.inputs
    name, text, kind, block, layer = _words(group, shown, names, inputs)
    is_free = not used and all(one.name in _FREE for one in operations)
    return RecordedOperation(
        name,
        text,
        kind,
        block,
        tuple(dict.fromkeys(place[source] for source, _ in outer)),
        inputs,
        shown.output,
        parameters,
        cost.macs if len(known) == len(operations) else None,
        cost.macs_without_weights,
        sights(recording.places, shown.place),
        outlook(recording.places, shown.place),
        layer or Ran(cost.bias_additions, is_free),
        all(operation.is_view for operation in operations),
    )


def _words(
    group: _Row, shown: Operation, names: _Names, inputs: tuple[Shape, ...]
) -> tuple[str, str, str, str, Layer | None]:
    """The name of a row, its text, its kind, the block that it is in, and a layer of ours."""
    call = group.call
    if call is None:
        block = shown.call.path if shown.call is not None else ""
        name = names.unique(f"{block}.{shown.name}".lstrip("."), "_")
        kind = shown.name if shown.sources else shown.text  # another input of the module
        return name, shown.text, kind, block, shown.layer
    path = call.path or call.kind.lower()
    again = path in names.taken
    name = names.unique(path, "#")
    parsed, text, layer = parsed_module(call.module), _printed(call), None
    if parsed is not None:
        layer = _fitting(parsed.layer_for, inputs, shown.output)
        if layer is not None:
            text = f"{call.kind}({parsed.text.partition('(')[2]}"
    if again and isinstance(layer, Convolution):
        layer, text = Again(layer), f"{path} again"
    return name, text, call.kind, path.rpartition(".")[0], layer


def _printed(call: ModuleCall) -> str:
    """A module as it prints itself, where that is one short line; else its class."""
    if not _is_of_torch(call.module):
        return f"{call.kind}()"
    try:
        text = repr(call.module)
    except Exception:  # a class of a user may print itself
        return f"{call.kind}()"
    return text if "\n" not in text and len(text) <= _LONGEST_TEXT else f"{call.kind}()"


def _fitting(layer_for: Any, inputs: tuple[Shape, ...], output: Shape) -> Layer | None:
    """The layer of ours for a module, where it makes the shape that torch made.

    A transposed one that was called with output_size gets the output_padding that it then has.
    """
    try:
        layer: Layer = layer_for(inputs)
        if isinstance(layer, Convolution) and layer.spec.transposed:
            layer = _with_output(layer, inputs[0], output)
        return layer if layer.output_shape(*inputs) == output else None
    except (ConvError, ArithmeticError, LookupError, ValueError):
        return None


def _with_output(layer: Convolution, shape: Shape, output: Shape) -> Convolution:
    made = layer.output_shape(shape)
    axes = tuple(
        replace(axis, output_padding=axis.output_padding + wanted - size)
        for axis, wanted, size in zip(layer.spec.axes, output[2:], made[2:], strict=True)
    )
    return layer if made == output else Convolution(replace(layer.spec, axes=axes))
