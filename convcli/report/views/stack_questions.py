"""Further questions about a stack: a target receptive field, input sizes, proofs, comparisons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.input_sizes import Tried
from convcli.engine.network.receptive import ReceptiveField
from convcli.engine.network.walk import Step
from convcli.engine.proof.receptive_proof import Proof
from convcli.errors import ConvError
from convcli.report.document import Block, Column, Fact, Facts, Note, Table
from convcli.report.quantities import Joined
from convcli.report.spelling.pytorch_line import collapsed
from convcli.report.spelling.ranges import ranges_text
from convcli.report.views.network_parts import Proven, field_sizes
from convcli.report.words.vocabulary import ENGLISH, Words

MOST_REPEATS = 10_000
MOST_ROWS = 40
MOST_DIFFERING = 5  # units of a derivation that differs


def target_blocks(steps: Sequence[Step], target: int, words: Words = ENGLISH) -> list[Block]:
    """Where a chain sees `target` cells on every axis, or what it needs to.

    The answer is a layer, or the number of repeats and one layer more.

    Raises ConvError where no layer has a receptive field.
    """
    reached = next((step for step in steps if _least(step) >= target), None)
    if reached is not None:
        found = words.phrase(
            "stack.target.reached",
            name=reached.name,
            target=target,
            sizes=field_sizes(reached),
        )
        facts = [
            Fact("target.size", None, target),
            Fact("target.layer", None, reached.name),
            Fact(None, words("stack.target"), found),
        ]
        return [Facts(tuple(facts))]
    last = next((step for step in reversed(steps) if step.fields and None not in step.fields), None)
    if last is None or last.fields is None:
        raise ConvError(
            "target_rf.none", "no layer of this stack has a receptive field", parameter="target_rf"
        )
    narrowest = min(
        (field for field in last.fields if field is not None), key=lambda field: field.size
    )
    return [
        Facts((
            *_one_more_layer(last, narrowest, target, words),
            *_repeated(steps, target, words),
        ))
    ]  # fmt: skip


def _one_more_layer(
    last: Step, narrowest: ReceptiveField, target: int, words: Words
) -> Iterator[Fact]:
    kernel = _kernel_needed(narrowest, target)
    dilation = max(1, -(-(kernel - 1) // 2))
    yield Fact("target.size", None, target)
    yield Fact("target.layer", None, None)
    yield Fact("target.kernel_size", None, kernel)
    yield Fact("target.dilation_of_3", None, dilation)
    most = words.phrase("stack.target.most", target=target, sizes=field_sizes(last))
    yield Fact(None, words("stack.target"), most)
    layer = words("stack.target.layer", kernel=kernel, dilation=dilation)
    yield Fact(None, words("stack.target.append"), layer)


def _repeated(steps: Sequence[Step], target: int, words: Words) -> Iterator[Fact]:
    repeats = _repeats_needed(steps, target)
    yield Fact("target.repeats", None, repeats)
    if repeats is not None:
        times = words("stack.target.times", count=repeats)
        yield Fact(None, words("stack.target.repeat"), times)


def _least(step: Step) -> int:
    return min((field.size if field is not None else 0 for field in step.fields or ()), default=0)


def _kernel_needed(field: ReceptiveField, target: int) -> int:
    """size + (kernel - 1)*jump >= target."""
    return int(-(-(target - field.size) * field.period // field.shift)) + 1 if field.shift else 1


def _repeats_needed(steps: Sequence[Step], target: int) -> int | None:
    """How often a chain must be repeated; None where it cannot be, or where it does not help."""
    chain = [step for step in steps if step.fields]
    if any(step.sources != (at - 1,) for at, step in enumerate(steps)) or len(chain) < len(steps):
        return None
    if any(step.readings is None for step in steps):  # a recorded network
        return None
    if steps[-1].output[1] != steps[0].inputs[0][1]:  # channels: the stack cannot follow itself
        return None
    most = 0
    for d in range(len(chain[0].readings or ())):
        repeats = _repeats_on_axis(chain, d, target)
        if repeats is None:
            return None
        most = max(most, repeats)
    return most or None


def _repeats_on_axis(chain: Sequence[Step], d: int, target: int) -> int | None:
    field: ReceptiveField | None = ReceptiveField()
    for repeats in range(1, MOST_REPEATS + 1):
        before = field
        for step in chain:
            reading = step.readings[d] if step.readings else None
            field = field.through(reading) if field is not None and reading is not None else None
        if field is None or field == before:
            return None
        if field.size >= target:
            return repeats
    return None


def sizes_blocks(
    tried: Sequence[Tried],
    output_padding: dict[str, tuple[int, ...]],
    mended_shape: Shape | None,
    words: Words = ENGLISH,
) -> list[Block]:
    """The legal input sizes, their outputs, those that come back, the output_padding that helps."""
    legal = [trial.size for trial in tried if trial.output is not None]
    back = [trial.size for trial in tried if trial.comes_back]
    facts = (
        Fact("sizes.tried", None, [_trial_data(trial) for trial in tried]),
        Fact("sizes.smallest", None, legal[0] if legal else None),
        Fact(None, words("stack.sizes.smallest"), legal[0] if legal else words("none")),
        Fact("sizes.legal", None, legal),
        Fact(None, words("stack.sizes.legal"), ranges_text(legal, words("none"))),
        Fact("sizes.come_back", None, back),
        Fact(None, words("stack.sizes.back"), ranges_text(back, words("none"))),
    )
    blocks: list[Block] = [Facts(facts), _sizes_table(tried, words)]
    if output_padding:
        changes = words("semicolon").join(
            f"{name}{words('colon')}output_padding={collapsed(values)}"
            for name, values in output_padding.items()
        )
        fix = (
            words("stack.sizes.further", changes=changes)
            if mended_shape is None
            else words("stack.sizes.gives", changes=changes, shape=mended_shape)
        )
        blocks.append(Facts((Fact(None, words("stack.sizes.fix"), fix),)))
    mends = {name: list(values) for name, values in output_padding.items()}
    blocks.append(Facts((Fact("sizes.output_padding", None, mends),)))
    return blocks


def _trial_data(trial: Tried) -> dict[str, Any]:
    return {
        "size": trial.size,
        "output": None if trial.output is None else list(trial.output),
        "comes_back": trial.comes_back,
        "error": None if trial.error is None else str(trial.error),
    }


def _sizes_table(tried: Sequence[Tried], words: Words) -> Table:
    rows: list[tuple[str, str]] = []
    for result, group in groupby(
        tried, key=lambda trial: str(trial.error if trial.output is None else trial.output)
    ):
        rows.append((ranges_text(trial.size for trial in group), result))
    left = len(rows) - MOST_ROWS
    if left > 0:
        rows[MOST_ROWS:] = [("...", words("stack.sizes.more", count=left))]
    return Table(
        (
            Column(None, words("stack.sizes.input"), wraps=True),
            Column(None, words("stack.sizes.output"), wraps=True),
        ),
        list(rows),
    )


def _units(proof: Proof) -> Any:
    """How many units were compared, on each axis where there are several."""
    return proof.units[0] if len(proof.units) == 1 else Joined(tuple(proof.units), " + ")


def proof_blocks(
    proven: Proven, words: Words = ENGLISH, *, is_recorded: bool = False
) -> list[Block]:
    """The derivations, "tables" and "impulses", one row each.

    Of a recorded network both start from what was recorded, and a note says so.
    """
    step, proofs = proven
    columns = (
        Column(None, words("stack.proof"), wraps=True),
        Column("units", None),
        Column(None, words("stack.proof.units")),
        Column("differing", words("stack.proof.differing")),
    )
    rows: list[tuple[Any, ...]] = [
        (
            words(f"stack.proof.by_{key}", shape=shape),
            " + ".join(map(str, proof.units)),
            _units(proof),
            len(proof.differing),
        )
        for key, shape, proof in proofs
    ]
    keys = tuple(f"proof.{key}" for key, _, _ in proofs)
    blocks: list[Block] = [Table(columns, rows, row_keys=keys)]
    if is_recorded:
        blocks.append(Note(words("stack.proof.recorded")))
    for _, shape, proof in proofs:
        blocks += [
            Note(words("stack.proof.unit", shape=shape, unit=unit, axis=d, name=step.name))
            for d, unit in proof.differing[:MOST_DIFFERING]
        ]
    return blocks
