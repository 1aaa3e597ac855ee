"""Answers to further questions about a stack: a target receptive field, input sizes, proofs, stacks side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.input_sizes import Tried
from convcli.engine.network.receptive import ReceptiveField
from convcli.engine.network.walk import Step
from convcli.engine.proof.receptive_proof import Proof
from convcli.errors import ConvError
from convcli.report.document import Block, Column, Document, Fact, Facts, Note, Table
from convcli.report.spelling.bytes import human_bytes
from convcli.report.spelling.plurals import count_of
from convcli.report.spelling.ranges import ranges_text
from convcli.report.views.stack import StackReport, field_data, sizes_text

MOST_REPEATS = 10_000
MOST_ROWS = 40
LONGEST = 60  # characters of a stack's text beside others


def compare_view(reports: Sequence[StackReport], names: Sequence[str]) -> Document:
    """Several stacks on one input, side by side: what each sees and costs."""
    keys = (
        "stack",
        "layers",
        "output.shape",
        "receptive_field",
        "parameters",
        "macs",
        "activations_bytes",
        "peak_bytes",
    )
    columns = [Column(key, None) for key in keys]
    labels = (
        "stack",
        "layers",
        "output",
        "sees",
        "jump",
        "parameters",
        "MACs",
        "activations",
        "peak",
    )
    columns += [Column(None, label) for label in labels]
    rows: list[tuple[Any, ...]] = []
    for report, name in zip(reports, names, strict=True):
        last, totals = report.steps[-1], report.totals
        fields = next((step.fields for step in reversed(report.steps) if step.fields), None)
        memory = [
            size_in_bytes(Shape((count,))) for count in (totals.activations, totals.held_at_once)
        ]
        data = field_data(fields)
        shape = report.shown(last.output)
        machine = (name, len(report.steps), shape, data, totals.parameters, totals.macs, *memory)
        jumps = "-" if data is None else ",".join(dict.fromkeys(str(jump) for jump in data["jump"]))
        people = (
            _shortened(name),
            len(report.steps),
            shape,
            sizes_text(fields),
            jumps,
            totals.parameters,
            totals.macs,
        )
        rows.append((*machine, *people, *map(human_bytes, memory)))
    first = reports[0]
    facts = Facts((Fact("input.shape", None, first.shown(first.input_shape)),))
    title = f"{count_of(len(reports), 'stack', 'stacks')} on {first.shown(first.input_shape)}"
    essential = first.shown(first.steps[-1].output)
    return Document(
        "stack",
        (facts, Table(tuple(columns), rows, key="stacks")),
        essential,
        title,
        records="stacks",
    )


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else line[: LONGEST - 3] + "..."


def target_blocks(steps: Sequence[Step], target: int) -> list[Block]:
    """Where a chain sees `target` cells on every axis: at which layer, or after how many repeats, or with which last layer."""
    reached = next((step for step in steps if _least(step) >= target), None)
    if reached is not None:
        words = f"layer {reached.name} is the first that sees {target} cells: {sizes_text(reached.fields)}"
        return [
            Facts(
                (
                    Fact("target.size", None, target),
                    Fact("target.layer", None, reached.name),
                    Fact(None, "target", words),
                )
            )
        ]
    last = next((step for step in reversed(steps) if step.fields and None not in step.fields), None)
    if last is None or last.fields is None:
        raise ConvError(
            "target_rf.none", "no layer of this stack has a receptive field", parameter="target_rf"
        )
    narrowest = min(
        (field for field in last.fields if field is not None), key=lambda field: field.size
    )
    kernel = _kernel_needed(narrowest, target)
    dilation = max(1, -(-(kernel - 1) // 2))
    facts = [
        Fact("target.size", None, target),
        Fact("target.layer", None, None),
        Fact("target.kernel_size", None, kernel),
        Fact("target.dilation_of_3", None, dilation),
        Fact(
            None, "target", f"no layer sees {target} cells; the most is {sizes_text(last.fields)}"
        ),
        Fact(
            None,
            "one more layer",
            f"a convolution behind it with kernel_size {kernel}, or 3 with dilation {dilation}, does",
        ),
    ]
    repeats = _repeats_needed(steps, target)
    facts.append(Fact("target.repeats", None, repeats))
    if repeats is not None:
        facts.append(Fact(None, "repeated", f"the stack {repeats} times over does"))
    return [Facts(tuple(facts))]


def _least(step: Step) -> int:
    return min((field.size if field is not None else 0 for field in step.fields or ()), default=0)


def _kernel_needed(field: ReceptiveField, target: int) -> int:
    """size + (kernel - 1)*jump >= target."""
    return int(-(-(target - field.size) * field.period // field.shift)) + 1 if field.shift else 1


def _repeats_needed(steps: Sequence[Step], target: int) -> int | None:
    """How often a chain must stand behind itself; None where it cannot, or where repeating does not help."""
    chain = [step for step in steps if step.fields]
    if any(step.sources != (at - 1,) for at, step in enumerate(steps)) or len(chain) < len(steps):
        return None
    if steps[-1].output[1] != steps[0].inputs[0][1]:  # channels: the stack cannot follow itself
        return None
    most = 0
    for d in range(len(chain[0].readings or ())):
        field: ReceptiveField | None = ReceptiveField()
        for repeats in range(1, MOST_REPEATS + 1):
            before = field
            for step in chain:
                reading = step.readings[d] if step.readings else None
                field = (
                    field.through(reading) if field is not None and reading is not None else None
                )
            if field is None or field == before:
                return None
            if field.size >= target:
                most = max(most, repeats)
                break
        else:
            return None
    return most or None


def sizes_blocks(
    tried: Sequence[Tried], output_padding: dict[str, tuple[int, ...]], mended_shape: Shape | None
) -> list[Block]:
    """Which sizes are legal, what comes out of them, which come back, and what mends the shape that was given."""
    records = [
        {
            "size": one.size,
            "output": None if one.output is None else list(one.output),
            "comes_back": one.comes_back,
            "error": None if one.error is None else str(one.error),
        }
        for one in tried
    ]
    legal = [one.size for one in tried if one.output is not None]
    back = [one.size for one in tried if one.comes_back]
    facts = [
        Fact("sizes.tried", None, records),
        Fact("sizes.smallest", "smallest input", legal[0] if legal else None),
        Fact("sizes.legal", None, legal),
        Fact(None, "that are legal", ranges_text(legal)),
        Fact("sizes.come_back", None, back),
        Fact(None, "that come back", ranges_text(back)),
    ]
    blocks: list[Block] = [Facts(tuple(facts)), _sizes_table(tried)]
    if output_padding:
        words = "; ".join(
            f"{name}: output_padding={_one_or_all(values)}"
            for name, values in output_padding.items()
        )
        what = f"gives {mended_shape}" if mended_shape is not None else "brings it further"
        blocks.append(Facts((Fact(None, "mended by", f"{words}; that {what}"),)))
    mends = {name: list(values) for name, values in output_padding.items()}
    blocks.append(Facts((Fact("sizes.output_padding", None, mends),)))
    return blocks


def _one_or_all(values: tuple[int, ...]) -> int | tuple[int, ...]:
    return values[0] if len(set(values)) == 1 else values


def _sizes_table(tried: Sequence[Tried]) -> Table:
    rows: list[tuple[str, str]] = []
    for what, group in groupby(
        tried, key=lambda one: str(one.output) if one.output is not None else str(one.error)
    ):
        sizes = [one.size for one in group]
        rows.append((ranges_text(sizes), what))
    left = len(rows) - MOST_ROWS
    if left > 0:
        rows[MOST_ROWS:] = [("...", f"and {left} more")]
    return Table(
        (Column(None, "input size"), Column(None, "what comes out, or why nothing does")),
        list(rows),
    )


def proof_blocks(step: Step, proofs: Sequence[tuple[str, Shape, Proof]]) -> list[Block]:
    """What the derivations said, one row each."""
    columns = (
        Column(None, "receptive fields derived again"),
        Column("units", "units"),
        Column("differing", "that differ"),
    )
    rows: list[tuple[Any, ...]] = [
        (f"{name}, on {shape}", " + ".join(map(str, proof.units)), len(proof.differing))
        for name, shape, proof in proofs
    ]
    keys = tuple(f"proof.{name.split()[-1]}" for name, _, _ in proofs)
    blocks: list[Block] = [Table(columns, rows, row_keys=keys)]
    for _, shape, proof in proofs:
        blocks += [
            Note(f"On {shape}, unit {unit} of axis {d} of layer {step.name} differs.")
            for d, unit in proof.differing[:5]
        ]
    return blocks
