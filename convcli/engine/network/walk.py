"""Network: layers one after another, or with branches; the walk through it that finds shapes, costs and receptive fields."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import prod
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import INT64_MAX, Shape
from convcli.engine.geometry.tap_patterns import Cells, merged
from convcli.engine.network.layers.base import Layer, Readings
from convcli.engine.network.layers.reshaping import ShapeOnly
from convcli.engine.network.receptive import ReceptiveField, union
from convcli.errors import ConvError

INPUT = -1  # the index of the network's input among the sources of a node

Fields = tuple[ReceptiveField | None, ...]


class Node(NamedTuple):
    """One layer of a network: its name, how to make it for the shapes of its inputs, and which earlier nodes give them."""

    name: str
    layer_for: Callable[[Sequence[Shape]], Layer]
    sources: tuple[int, ...]


class Step(NamedTuple):
    """A layer with the shapes that go in and come out, what its outputs read of its inputs, and its receptive field.

    `readings` and `fields` have one entry a spatial axis, or are None where outputs do not lie on the input's axes.
    """

    name: str
    layer: Layer
    sources: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    readings: Readings | None
    fields: Fields | None
    parameters: int
    macs: int


def walk(nodes: Iterable[Node], input_shape: Shape, *, seeing: bool = True) -> list[Step]:
    """Every layer on the shapes that reach it, from an input (N, C, *sizes); without `seeing` no readings and no fields.

    Raises ConvError, with the name of the layer, where one does not fit.
    """
    steps: list[Step] = []
    seen_by_input: Fields = (ReceptiveField(),) * (len(input_shape) - 2)
    facts_of: dict[Any, _Facts] = {}  # networks repeat themselves
    for node in nodes:
        inputs = tuple(
            [input_shape if source == INPUT else steps[source].output for source in node.sources]
        )
        facts = facts_of.get((node.layer_for, inputs))
        if facts is None:
            try:
                facts = facts_of[node.layer_for, inputs] = _facts(
                    node.layer_for(inputs), inputs, seeing
                )
            except ConvError as error:
                raise error.with_place(place=node.name) from None
        sources = [
            seen_by_input if source == INPUT else steps[source].fields for source in node.sources
        ]
        fields = None if facts.readings is None else _through(sources, facts.readings)
        steps.append(
            Step(
                node.name,
                facts.layer,
                node.sources,
                inputs,
                facts.output,
                facts.readings,
                fields,
                *facts[3:],
            )
        )
    return steps


class _Facts(NamedTuple):
    """What does not depend on the layers before, but for the shapes that they give."""

    layer: Layer
    output: Shape
    readings: Readings | None
    parameters: int
    macs: int


def _facts(layer: Layer, inputs: tuple[Shape, ...], seeing: bool) -> _Facts:
    output = layer.output_shape(*inputs)
    if max(output, default=0) > INT64_MAX:
        raise ConvError("shape.most", f"gives {output}, and sizes must be at most 2^63 - 1")
    readings = layer.readings(*inputs) if seeing else None
    return _Facts(layer, output, readings, layer.parameters, layer.macs(output, *inputs))


def _through(sources: Sequence[Fields | None], readings: Readings) -> Fields | None:
    """The fields behind a layer, axis by axis; axes that are alike are computed once."""
    known = [fields for fields in sources if fields is not None]
    if len(known) < len(sources):
        return None
    found: list[ReceptiveField | None] = []
    for d, reading in enumerate(readings):
        if d and reading is readings[d - 1] and all(fields[d] is fields[d - 1] for fields in known):
            found.append(found[-1])
            continue
        field = known[0][d] if len(known) == 1 else union([fields[d] for fields in known])
        found.append(field.through(reading) if field is not None and reading is not None else None)
    return tuple(found)


class Seen(NamedTuple):
    """The input cells of each axis that one unit sees; not `is_exact` where a layer was taken to read whole axes."""

    cells: tuple[Cells, ...]
    is_exact: bool


def seen_by_unit(
    steps: Sequence[Step], index: int, unit: Sequence[int], input_shape: Shape
) -> Seen:
    """The cells of the network's input that unit `unit` (*out) of step `index` sees, padding left out, borders in force.

    Behind a layer that leaves the axes, such as Linear, a unit sees all that this layer reads.
    """
    wanted: dict[int, tuple[Cells, ...]] = {index: tuple((range(cell, cell + 1),) for cell in unit)}
    exact = True
    for at in range(index, INPUT, -1):
        if at not in wanted:
            continue
        step, cells = steps[at], wanted.pop(at)
        for source, shape in zip(step.sources, step.inputs, strict=True):
            exact = exact and _is_exact(step)
            read = _read(step, cells, shape)
            wanted[source] = _both(wanted[source], read) if source in wanted else read
    return Seen(wanted.get(INPUT, ((),) * (len(input_shape) - 2)), exact)


def _is_exact(step: Step) -> bool:
    """Whether the outputs read just the cells that are taken: whole axes, where nothing is known."""
    if step.readings is not None:
        return None not in step.readings
    return len(step.output) == 2 and not isinstance(step.layer, ShapeOnly)  # Flatten, Linear


def _read(step: Step, cells: tuple[Cells, ...], shape: Shape) -> tuple[Cells, ...]:
    if step.readings is None or len(cells) != len(shape) - 2:
        return tuple((range(size),) for size in shape[2:])
    return tuple(
        reading.cells(of_axis) if reading is not None else (range(size),)
        for reading, of_axis, size in zip(step.readings, cells, shape[2:], strict=True)
    )


def _both(first: tuple[Cells, ...], second: tuple[Cells, ...]) -> tuple[Cells, ...]:
    return tuple(merged((*a, *b)) for a, b in zip(first, second, strict=True))


class Totals(NamedTuple):
    """Of a network: parameters; multiply-adds; the numbers of all outputs; and of the inputs and outputs that must be
    held at once, at the most, when each is let go behind its last reader."""

    parameters: int
    macs: int
    activations: int
    held_at_once: int


def totals(steps: Sequence[Step], input_shape: Shape) -> Totals:
    """The sums over all layers."""
    sizes = {INPUT: prod(input_shape)} | {at: prod(step.output) for at, step in enumerate(steps)}
    last_use = {source: at for at, step in enumerate(steps) for source in step.sources}
    held, most = {INPUT: sizes[INPUT]}, sizes[INPUT]
    live = sizes[INPUT]
    for at, step in enumerate(steps):
        held[at] = sizes[at]
        live += sizes[at]
        most = max(most, live)
        for source in set(step.sources):
            if last_use[source] == at:
                live -= held.pop(source, 0)
    return Totals(
        sum(step.parameters for step in steps),
        sum(step.macs for step in steps),
        sum(sizes[at] for at in range(len(steps))),
        most,
    )
