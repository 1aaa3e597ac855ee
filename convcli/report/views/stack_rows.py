"""The rows of `convcli stack`: every layer, or whole blocks, those of a kind, the largest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from convcli.engine.geometry.cost import size_in_bytes
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import INPUT, Step, Totals
from convcli.errors import ConvError
from convcli.report.views.network_parts import StackReport, layer_text
from convcli.report.words.vocabulary import ENGLISH

INPUT_NAME = "input"
BLOCK = "block"  # the kind of a block of which no more is known
SORTED_BY = ("macs", "parameters", "memory")


@dataclass(frozen=True)
class Selection:
    """Which rows are shown: `--depth`, `--only`, `--sort`, `--top`; None where not asked."""

    depth: int | None = None
    only: tuple[str, ...] | None = None
    sort: str | None = None
    top: int | None = None

    @property
    def is_asked(self) -> bool:
        return any(part is not None for part in (self.depth, self.only, self.sort, self.top))


class Row(NamedTuple):
    """A step, or the steps of a block as one; `at` is its last step.

    `layers` is the number of the steps of a block, None for a step.
    """

    name: str
    text: str
    kind: str
    block: str
    sources: tuple[str, ...]
    inputs: tuple[Shape, ...]
    step: Step
    at: int
    parameters: int
    macs: int | None
    macs_without_weights: int
    activation_bytes: int
    layers: int | None = None

    @property
    def output(self) -> Shape:
        return self.step.output


def rows_of(report: StackReport, selection: Selection | None = None) -> list[Row]:
    """The rows of a network that are asked for; all of them without a selection.

    Raises ConvError where no row is of a kind that is asked for.
    """
    rows = [*every_row(report)]
    if selection is None or not selection.is_asked:
        return rows
    if selection.depth is not None:
        rows = _blocks(rows, selection.depth, report)
    every = {row.name: row for row in rows}
    if selection.only is not None:
        rows = _of_kinds(rows, selection.only)
    if selection.sort is not None:
        rows.sort(key=_KEYS[selection.sort], reverse=True)
    if selection.top is not None:
        rows = rows[: selection.top]
    return _linked(rows, every) if len(rows) < len(every) else rows


def every_row(report: StackReport) -> Iterator[Row]:
    """The rows of all steps, made one by one: the rows of a long network take much memory."""
    return (_row(report, at) for at in range(len(report.steps)))


def _linked(rows: Sequence[Row], every: Mapping[str, Row]) -> list[Row]:
    """The rows with sources that are shown: through rows that are not, those that these read."""
    shown = {INPUT_NAME, *(row.name for row in rows)}
    found: dict[str, tuple[str, ...]] = {}
    for name, row in every.items():  # sources come before
        of_row: list[str] = []
        for source in row.sources:
            of_row += [source] if source in shown else found.get(source, ())
        found[name] = tuple(dict.fromkeys(of_row))
    return [row._replace(sources=found[row.name]) for row in rows]


_KEYS: Mapping[str, Callable[[Row], int]] = {
    "macs": lambda row: (row.macs or 0) + row.macs_without_weights,
    "parameters": lambda row: row.parameters,
    "memory": lambda row: row.activation_bytes,
}


def _row(report: StackReport, at: int) -> Row:
    steps, text = report.steps, report.texts[at]
    step = steps[at]
    names = [INPUT_NAME if source == INPUT else steps[source].name for source in step.sources]
    return Row(
        step.name,
        layer_text(text, step.layer),
        step.kind or type(step.layer).__name__,
        step.block,
        tuple(names),
        step.inputs,
        step,
        at,
        step.parameters,
        step.macs,
        step.macs_without_weights,
        size_in_bytes(step.output),
    )


class _Block(NamedTuple):
    """Rows one after another that lie in one block, or one row above that depth."""

    path: str
    rows: list[Row]
    is_whole: bool


def _blocks(rows: Sequence[Row], depth: int, report: StackReport) -> list[Row]:
    """The rows down to a depth of the path; what lies deeper is summed in its block."""
    blocks: list[_Block] = []
    for row in rows:
        parts = row.name.split(".")
        deep = len(parts) > depth
        path = ".".join(parts[:depth]) if deep else row.name
        if deep and blocks and blocks[-1].is_whole and blocks[-1].path == path:
            blocks[-1].rows.append(row)
        else:
            blocks.append(_Block(path, [row], deep))
    names: dict[str, str] = {INPUT_NAME: INPUT_NAME}
    taken: dict[str, int] = {}
    made = []
    for block in blocks:
        taken[block.path] = taken.get(block.path, 0) + 1
        name = block.path if taken[block.path] == 1 else f"{block.path}#{taken[block.path]}"
        names.update({row.name: name for row in block.rows})
        made.append(_collapsed(block, name, report) if block.is_whole else block.rows[0])
    return [
        row._replace(sources=tuple(dict.fromkeys(names.get(one, one) for one in row.sources)))
        for row in made
    ]


def _collapsed(block: _Block, name: str, report: StackReport) -> Row:
    row = summed(block.path, block.rows, report)
    kind = row.kind or BLOCK
    text = ENGLISH.amount("stack.block", len(block.rows), kind=kind)
    return row._replace(name=name, text=text, kind=kind)


def summed(path: str, rows: Sequence[Row], report: StackReport) -> Row:
    """The rows of the block at `path` as one; its kind is empty where it is unknown."""
    inside = {row.name for row in rows}
    outer = [
        (source, shape)
        for row in rows
        for source, shape in zip(row.sources, row.inputs, strict=False)
        if source not in inside
    ]
    known = [row.macs for row in rows if row.macs is not None]
    kind = report.kinds.get(path, "")
    return rows[-1]._replace(
        name=path,
        text=kind or ENGLISH.amount("stack.layers", len(rows)),
        kind=kind,
        block=path.rpartition(".")[0],
        sources=tuple(dict.fromkeys(source for source, _ in outer)),
        inputs=tuple(shape for _, shape in outer) or rows[-1].inputs,
        parameters=sum(row.parameters for row in rows),
        macs=sum(known) if len(known) == len(rows) else None,
        macs_without_weights=sum(row.macs_without_weights for row in rows),
        activation_bytes=sum(row.activation_bytes for row in rows),
        layers=len(rows),
    )


def _of_kinds(rows: Sequence[Row], kinds: Sequence[str]) -> list[Row]:
    wanted = {kind.lower() for kind in kinds}
    known = dict.fromkeys(row.kind for row in rows)
    missing = [kind for kind in kinds if kind.lower() not in {one.lower() for one in known}]
    if missing:
        hint = f"There are {', '.join(known)}."
        raise ConvError(
            "only.kind", "must be kinds of layers here", parameter="only", got=missing[0], hint=hint
        )
    return [row for row in rows if row.kind.lower() in wanted]


def share(row: Row, report: StackReport) -> dict[str, float | None]:
    """The parts of the network's parameters and multiply-adds that a row has."""
    return dict(zip(("parameters", "macs"), shares(row, report.totals), strict=True))


def shares(row: Row, totals: Totals) -> tuple[float, float | None]:
    """The parts of the parameters and the multiply-adds that a row has."""
    return (
        row.parameters / totals.parameters if totals.parameters else 0.0,
        None if row.macs is None else row.macs / totals.macs if totals.macs else 0.0,
    )
