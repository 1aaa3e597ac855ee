"""A recorded network: what ran, in order, as a framework or a graph says it.

Where a list of layers is walked to find shapes, these operations bring theirs. What one unit sees
stands in one network for each axis of the input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.axis_network import AxisNetwork
from convcli.engine.network.layers.base import Layer, ToolCounts
from convcli.engine.network.receptive import ReceptiveField
from convcli.engine.network.sights import Outlook, Sight
from convcli.engine.network.walk import Seen, Step


@dataclass(frozen=True, slots=True)
class Ran(Layer):
    """An operation of which no layer of ours is the same; its numbers are those of its row."""

    additions: int = 0
    is_free: bool = False  # tools that count modules count nothing of it

    def bias_additions(self, output: Shape) -> int:
        return self.additions

    def tool_counts(self, output: Shape, *inputs: Shape) -> ToolCounts | None:
        return ToolCounts(ptflops=None) if self.is_free else None


class RecordedOperation(NamedTuple):
    """One row: a leaf module, or an operation that another module called.

    `kind` is the class or the operation, `block` the dotted path of the module that called it.
    `sources` are the rows that it reads, -1 for the input. `macs` is None where nobody knows it.
    `sights` say for each axis of the input what a unit sees, `outlook` for each unit.
    `is_view` says that the output lies in memory that another row counts.
    """

    name: str
    text: str
    kind: str
    block: str
    sources: tuple[int, ...]
    inputs: tuple[Shape, ...]
    output: Shape
    parameters: int
    macs: int | None
    macs_without_weights: int
    sights: tuple[Sight, ...]
    outlook: Outlook
    layer: Layer
    is_view: bool = False


class RecordedNetwork(NamedTuple):
    """The operations of a network on one input, and the axis networks of that input.

    `parameters` counts every learned number once, also those that no operation used. `kinds` are
    the classes of blocks by their paths.
    """

    operations: tuple[RecordedOperation, ...]
    axes: tuple[AxisNetwork, ...]
    input_shape: Shape
    parameters: int
    notes: tuple[str, ...]
    kinds: Mapping[str, str] = {}

    def steps(self) -> list[Step]:
        """The operations as the steps of a walk."""
        return [self._step(operation) for operation in self.operations]

    def _step(self, operation: RecordedOperation) -> Step:
        fields: list[ReceptiveField | None] = [
            None if sight.at is None else axis.field(sight.at)
            for axis, sight in zip(self.axes, operation.sights, strict=True)
        ]
        return Step(
            operation.name,
            operation.layer,
            operation.sources,
            operation.inputs,
            operation.output,
            None,
            tuple(fields) if any(field is not None for field in fields) else None,
            operation.parameters,
            operation.macs,
            operation.macs_without_weights,
            operation.kind,
            operation.block,
            tuple(sight.word for sight in operation.sights),
            operation.is_view,
        )

    def units(self, at: int) -> tuple[int, ...]:
        """How many units a row has along each axis on which units have a place."""
        return self.operations[at].outlook.units

    def seen_by_unit(self, at: int, unit: Sequence[int]) -> Seen:
        """The cells of the input that unit `unit` of row `at` sees, borders and all."""
        return self.operations[at].outlook.seen(unit)
