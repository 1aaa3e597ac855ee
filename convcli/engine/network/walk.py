"""A network as nodes, and the walk through it: shapes, costs and receptive fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Any, NamedTuple, cast

from convcli.engine.geometry.shapes import INT64_MAX, Shape
from convcli.engine.geometry.tap_patterns import Cells, merged
from convcli.engine.network.layers.base import Layer, Readings
from convcli.engine.network.layers.reshaping import ShapeOnly
from convcli.engine.network.receptive import ReceptiveField, union
from convcli.errors import ConvError

INPUT = -1  # the index of the network's input among the sources of a node

Fields = tuple[ReceptiveField | None, ...]


class Node(NamedTuple):
    """One layer of a network: its name, how to make it for input shapes, and the nodes it reads.

    `file` is the one that lists it, for errors; `kind` is its class, `block` what it is a part of.
    """

    name: str
    layer_for: Callable[[Sequence[Shape]], Layer]
    sources: tuple[int, ...]
    file: str | None = None
    kind: str = ""
    block: str = ""

    @property
    def place(self) -> str:
        """The layer as an error names it."""
        return self.name if self.file is None else f"{self.name} of {self.file}"


class Step(NamedTuple):
    """A layer with the shapes of its inputs and output, its readings, and its receptive field.

    `readings` and `fields` have one entry for each spatial axis, or are None where outputs do not
    lie on the input's axes. `macs` is None where the cost is unknown. `words` say of each axis
    whether the field is exact, a bound, the whole axis, or unknown; None where it follows from the
    field. `is_view` says that the output lies in memory that another step counts.
    """

    name: str
    layer: Layer
    sources: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    readings: Readings | None
    fields: Fields | None
    parameters: int
    macs: int | None
    macs_without_weights: int = 0
    kind: str = ""
    block: str = ""
    words: tuple[str, ...] | None = None
    is_view: bool = False

    @property
    def facts(self) -> _Facts:
        """What depends on the layer and its input shapes only."""
        costs = self.parameters, self.macs, self.macs_without_weights
        return self.layer, self.output, self.readings, *costs


def walk(nodes: Iterable[Node], input_shape: Shape, *, seeing: bool = True) -> list[Step]:
    """Every layer on the shapes that reach it, from an input (N, C, *sizes).

    Without `seeing`, readings and fields are left out. Raises ConvError, with the name of the
    layer, where a layer does not fit.
    """
    steps: list[Step] = []
    outputs = [input_shape]  # that of each node at the place behind its own: INPUT is -1
    seen: list[Fields | None] = [(ReceptiveField(),) * (len(input_shape) - 2)]
    first_of: dict[Any, Step] = {}  # networks repeat themselves
    for node in nodes:
        name, layer_for, sources, _, kind, block = node
        if len(sources) == 1:  # as in most layers
            place = sources[0] + 1
            inputs: tuple[Shape, ...] = (outputs[place],)
            read = [seen[place]]
        else:
            inputs = tuple(outputs[source + 1] for source in sources)
            read = [seen[source + 1] for source in sources]
        key = layer_for, inputs
        first = first_of.get(key)
        try:
            facts = _facts(layer_for(inputs), inputs, seeing) if first is None else first.facts
        except ConvError as error:
            raise error.with_place(place=node.place) from None
        layer, output, readings, parameters, macs, without = facts
        fields = None
        if readings is not None:
            fields = _through(read, readings)
        outputs.append(output)
        seen.append(fields)
        step = Step(
            name, layer, sources, inputs, output, readings, fields, parameters, macs, without,
            kind, block,
        )  # fmt: skip
        steps.append(step)
        if first is None:
            first_of[key] = step
    return steps


_Facts = tuple[Layer, Shape, Readings | None, int, int | None, int]


def _facts(layer: Layer, inputs: tuple[Shape, ...], seeing: bool) -> _Facts:
    """What depends on a layer and its input shapes only: `Step.facts`."""
    output = layer.output_shape(*inputs)
    if output and max(output) > INT64_MAX:
        raise ConvError("shape.most", "sizes must be at most 2^63 - 1", got=output)
    readings = layer.readings(*inputs) if seeing else None
    costs = layer.macs(output, *inputs), layer.macs_without_weights(output, *inputs)
    return layer, output, readings, layer.parameters, *costs


def _through(sources: Sequence[Fields | None], readings: Readings) -> Fields | None:
    """The fields behind a layer, axis by axis; axes that are alike are computed once."""
    if None in sources:
        return None
    known = cast("Sequence[Fields]", sources)
    results: list[ReceptiveField | None] = []
    axes = len(readings)
    if len(known) == 1 and axes:
        fields = known[0]
        field, first = fields[0], readings[0]
        if fields.count(field) == readings.count(first) == axes:  # as in most layers
            return (None if field is None or first is None else field.through(first),) * axes
    for d, reading in enumerate(readings):
        if d and reading is readings[d - 1] and all(fields[d] is fields[d - 1] for fields in known):
            results.append(results[-1])
            continue
        field = known[0][d] if len(known) == 1 else union([fields[d] for fields in known])
        results.append(
            field.through(reading) if field is not None and reading is not None else None
        )
    return tuple(results)


class Seen(NamedTuple):
    """The input cells of each axis that one unit sees.

    They are a bound, not `is_exact`, where a layer is assumed to read whole axes.
    """

    cells: tuple[Cells, ...]
    is_exact: bool


def seen_by_unit(
    steps: Sequence[Step], index: int, unit: Sequence[int], input_shape: Shape
) -> Seen:
    """The real cells of the network's input that unit `unit` (*out) of step `index` sees.

    Behind a layer that leaves the axes, such as Linear, a unit sees all that this layer reads.
    """
    wanted: dict[int, tuple[Cells, ...]] = {index: tuple((range(cell, cell + 1),) for cell in unit)}
    exact = True
    for at in range(index, INPUT, -1):
        if at not in wanted:
            continue
        step, cells = steps[at], wanted.pop(at)
        exact = exact and (not step.sources or reads_known_cells(step))
        for source, shape in zip(step.sources, step.inputs, strict=True):
            read = _read(step, cells, shape)
            wanted[source] = _both(wanted[source], read) if source in wanted else read
    return Seen(wanted.get(INPUT, ((),) * (len(input_shape) - 2)), exact)


def reads_known_cells(step: Step) -> bool:
    """Whether the outputs read exactly the cells that are assumed: whole axes without readings."""
    if step.readings is not None:
        return None not in step.readings
    return len(step.output) == 2 and not isinstance(step.layer, ShapeOnly)  # Flatten, Linear


def _read(step: Step, cells: tuple[Cells, ...], shape: Shape) -> tuple[Cells, ...]:
    if step.readings is None or len(cells) != len(shape) - 2:
        return tuple((range(size),) for size in shape[2:])
    read: list[Cells] = []
    for d, (reading, of_axis) in enumerate(zip(step.readings, cells, strict=True)):
        if d and reading is step.readings[d - 1] is not None and of_axis == cells[d - 1]:
            read.append(read[-1])  # most networks treat their axes alike
        else:
            read.append((range(shape[2 + d]),) if reading is None else reading.cells(of_axis))
    return tuple(read)


def _both(first: tuple[Cells, ...], second: tuple[Cells, ...]) -> tuple[Cells, ...]:
    return tuple(merged((*a, *b)) for a, b in zip(first, second, strict=True))


class Totals(NamedTuple):
    """Parameters, multiply-adds, and memory of a network, in numbers.

    `activations` counts all outputs. `held_at_once` is the peak of inputs and outputs in memory
    when each is released after its last reader. `macs` are products with weights.
    """

    parameters: int
    macs: int
    activations: int
    held_at_once: int
    macs_without_weights: int = 0


def totals(steps: Sequence[Step], input_shape: Shape, parameters: int | None = None) -> Totals:
    """The sums over all layers; `parameters` are those of the network, where it has more."""
    last_use = {source: at for at, step in enumerate(steps) for source in step.sources}
    live = most = prod(input_shape)
    held = {INPUT: live}
    weights = macs = activations = without_weights = 0
    for at, step in enumerate(steps):
        size = 0 if step.is_view else prod(step.output)
        weights += step.parameters
        macs += step.macs or 0
        without_weights += step.macs_without_weights
        activations += size
        held[at] = size
        live += size
        most = live if live > most else most
        for source in step.sources:
            if last_use[source] == at:
                live -= held.pop(source, 0)
    parameters = weights if parameters is None else parameters
    return Totals(parameters, macs, activations, most, without_weights)
