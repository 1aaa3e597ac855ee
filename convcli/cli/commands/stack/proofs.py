"""`convcli stack --prove`: the receptive fields of the last layer, derived again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod

from convcli.cli.commands.stack.networks import ListedNetwork, Network
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.input_sizes import tried_sizes
from convcli.engine.network.recorded import RecordedNetwork
from convcli.engine.network.walk import INPUT, Step, walk
from convcli.engine.proof.receptive_proof import Proof, prove
from convcli.errors import ConvError
from convcli.report.views.network_parts import Proven, StackReport

LARGEST_PROOF = 2_000  # cells of an axis whose tables are composed
LARGEST_TABLE = 4_000_000  # entries of such a table: outputs * taps
IMPULSES = 48  # cells of an axis in the proof by impulses
SMALLER = (48, 32, 64)  # cells of an axis, in the order in which they are tried for a module


def proof(network: Network, report: StackReport) -> Proven:
    """The last fields, from the tables on this input and by impulses on a small one.

    Of a recorded network both go through the grids of what was recorded. Raises ConvError where
    nothing is known to be proved.
    """
    if isinstance(network, ListedNetwork):
        return Proven(*_of_list(network, report))
    return Proven(*_of_module(network, report))


Proofs = list[tuple[str, Shape, Proof]]


def _of_list(network: ListedNetwork, report: StackReport) -> tuple[Step, Proofs]:
    steps, nodes = report.steps, network.stack.nodes
    last = next((at for at, step in enumerate(steps) if not step.fields), len(steps)) - 1
    if last < 0:
        raise _nothing()
    for shape in (report.input_shape, *(step.output for step in steps[: last + 1])):
        _check_size(max(shape[2:], default=0), report.in_input_rank(shape))
    _check_tables(steps[: last + 1])
    shape = report.input_shape
    of_tables = prove(steps, last, shape, by_impulses=False)
    proofs = [("tables", shape, of_tables)]
    if max(shape[2:]) > IMPULSES:
        tried = tried_sizes(nodes[: last + 1], shape, range(IMPULSES, 0, -1))
        shape = next((_with_size(shape, each.size) for each in tried if each.output), shape)
    small = steps if shape == report.input_shape else walk(nodes[: last + 1], shape)
    proofs.append(("impulses", shape, prove(small, last, shape, by_impulses=True)))
    return steps[last], proofs


def _of_module(network: Network, report: StackReport) -> tuple[Step, Proofs]:
    recorded, last = report.recorded, report.last_seeing
    if recorded is None or last is None:
        raise _nothing()
    proofs = [("tables", report.input_shape, _proved(recorded, last, by_impulses=False))]
    small = report
    if max(report.cells) > IMPULSES:
        small = next(_smaller(network, report), report)
    at = small.last_seeing
    if small.recorded is not None and at is not None:
        found = _proved(small.recorded, at, by_impulses=True)
        proofs.append(("impulses", small.input_shape, found))
    return report.steps[last], proofs


def _smaller(network: Network, report: StackReport) -> Iterator[StackReport]:
    for size in SMALLER:
        try:
            yield network.report(_with_size(report.input_shape, size, len(report.cells)))
        except ConvError:
            continue


def _proved(recorded: RecordedNetwork, last: int, *, by_impulses: bool) -> Proof:
    """Each axis of the input by itself, as a network of one axis."""
    units: list[int] = []
    differing: list[tuple[int, int]] = []
    for d, (axis, sight) in enumerate(
        zip(recorded.axes, recorded.operations[last].sights, strict=True)
    ):
        if sight.at is None or sight.at == INPUT:
            continue
        steps = axis.below(sight.at)
        for step in steps:
            _check_size(step.output[2], recorded.input_shape)
        _check_size(axis.size, recorded.input_shape)
        _check_tables(steps)
        found = prove(steps, len(steps) - 1, axis.input_shape, by_impulses=by_impulses)
        units.append(prod(found.units))
        differing += [(d, unit) for _, unit in found.differing]
    return Proof(tuple(units), tuple(differing))


def _with_size(shape: Shape, size: int, axes: int | None = None) -> Shape:
    kept = min(2, len(shape) - 1) if axes is None else len(shape) - axes
    return Shape((*shape[:kept], *(size,) * (len(shape) - kept)))


def _nothing() -> ConvError:
    return ConvError("prove.none", "the first layer has no receptive field", parameter="prove")


def _check_tables(steps: Sequence[Step]) -> None:
    for step in steps:
        for reading in filter(None, step.readings or ()):
            if reading.outputs * max(map(len, reading.windows), default=0) > LARGEST_TABLE:
                rule = f"works for tap tables of at most {LARGEST_TABLE} entries"
                raise ConvError("prove.large", rule, parameter="prove", kind="memory")


def _check_size(cells: int, got: Shape) -> None:
    if cells > LARGEST_PROOF:
        rule = f"works for at most {LARGEST_PROOF} cells per axis"
        raise ConvError("prove.large", rule, parameter="prove", got=got, kind="memory")
