"""The view of `convcli trace`: for each output window, kernel, products, running sums, total."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from math import prod
from typing import Any

from convcli.engine.explain.worked_sums import Term, View, WorkedSum
from convcli.engine.geometry.shapes import Position, Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import (
    Block,
    Column,
    Document,
    Equation,
    Fact,
    Facts,
    Items,
    Note,
    Sum,
    Table,
    Tensor,
)
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.views.flip import sum_without_flip
from convcli.report.words.vocabulary import ENGLISH, Words

TERM_COLUMNS = tuple(
    Column(key, None) for key in ("channel", "tap", "cell", "padded", "input", "weight", "product")
)
MOST_CHANNELS_DRAWN = 8  # beyond them the grids would bury the sums
MOST_MIRRORED = 12
MOST_STAMPED, MOST_STAMPS = 200, 16  # outputs and inputs up to which stamps are drawn


def trace_view(
    spec: ConvSpec,
    output_shape: Shape,
    view: View,
    count: int,
    make: Callable[[], Iterable[WorkedSum]],
    words: Words = ENGLISH,
    *,
    unflipped: Callable[[], Iterable[WorkedSum]] | None = None,
) -> Document:
    """The document on the worked sums; `make` starts them anew.

    Positions have the rank of `output_shape`. Where the kernel is flipped, `unflipped` starts those
    of the layer itself.
    """
    facts = Facts((
        Fact("layer", None, pytorch_line(spec)),
        Fact("view", None, view),
        Fact("output.shape", words("output"), output_shape),
        Fact("output.positions", None, count),
    ))  # fmt: skip
    axes = len(output_shape)
    draws_stamps = view == "scatter" and count == prod(output_shape) <= MOST_STAMPED
    stamped = tuple(stamps(make(), output_shape, words)) if draws_stamps else ()

    def items() -> Iterator[Document]:
        if unflipped is None:
            return (worked_sum_view(worked, axes, view, words) for worked in make())
        pairs = zip(make(), unflipped(), strict=True)
        return (worked_sum_view(worked, axes, view, words, plain) for worked, plain in pairs)

    items_of = Items("positions", words("positions"), count, items)
    return Document(
        "trace", (facts, *stamped), title=pytorch_line(spec), items=items_of, words=words
    )


def stamps(
    sums: Iterable[WorkedSum], output_shape: Shape, words: Words = ENGLISH
) -> Iterator[Block]:
    """A transposed layer as it scatters: the stamp of every input cell, and their sum.

    One equation for each (n, c) of the output; none in volumes, nor for many stamps.
    """
    for (n, o), plane in groupby(sums, key=lambda worked: tuple(worked.position[:2])):
        worked_sums = list(plane)
        spec = worked_sums[0].spec
        if spec.rank > 2:
            return
        size = (output_shape[-2] if spec.rank == 2 else 1, output_shape[-1])
        canvases = _canvases(worked_sums, size)
        if len(canvases) > MOST_STAMPS:
            return
        several = spec.in_per_group > 1
        tensors = [
            Tensor(_stamp_label(channel, cell, several, words), canvas)
            for (channel, cell), canvas in sorted(canvases.items())
        ]
        names_output = spec.out_channels > 1 or n
        where = words("trace.stamped_output", channel=o, image=n) if names_output else ""
        bias = "" if worked_sums[0].bias is None else words("trace.bias_too")
        yield Equation(
            (*tensors, Tensor(words("output"), _totals(worked_sums, size))),
            tuple("+" * (len(tensors) - 1) + "="),
            f"{where}{words('trace.stamps')}{bias}",
        )


def _canvases(
    worked_sums: Iterable[WorkedSum], size: tuple[int, int]
) -> dict[tuple[int, Position], list[list[Any]]]:
    """The output of each input cell alone, by channel and place; None where no tap reaches."""
    canvases: dict[tuple[int, Position], list[list[Any]]] = {}
    for worked in worked_sums:
        y, x = (0, *worked.position[2:])[-2:]
        for term in worked.terms:
            canvas = canvases.setdefault((term.channel, term.landing), _filled(None, size))
            canvas[y][x] = term.product
    return canvases


def _totals(worked_sums: Iterable[WorkedSum], size: tuple[int, int]) -> list[list[Any]]:
    output = _filled(0, size)
    for worked in worked_sums:
        y, x = (0, *worked.position[2:])[-2:]
        output[y][x] = worked.total
    return output


def _filled(value: Any, size: tuple[int, int]) -> list[list[Any]]:
    height, width = size
    return [[value] * width for _ in range(height)]


def _stamp_label(channel: int, cell: Position, several: bool, words: Words) -> str:
    if several:
        return _joined(words, words("channel", channel=channel), str(cell))
    return words("trace.input_at", cell=cell)


def _joined(words: Words, *parts: str) -> str:
    return words("comma").join(part for part in parts if part)


def worked_sum_view(
    worked: WorkedSum,
    axes: int,
    view: View,
    words: Words = ENGLISH,
    unflipped: WorkedSum | None = None,
) -> Document:
    """The document on one output; `unflipped` is its sum without the flip of the kernel."""
    position = Position(worked.position[len(worked.position) - axes :])
    blocks: tuple[Block, ...] = (
        Facts((Fact("position", None, position),)),
        Table(TERM_COLUMNS, [_row(term) for term in worked.terms], key="terms"),
        Facts((Fact("bias", None, worked.bias), Fact("total", None, worked.total))),
        *([] if unflipped is None else [Facts((Fact("unflipped.total", None, unflipped.total),))]),
    )

    def drawings() -> Iterator[Block]:
        kernel = words("kernel") if unflipped is None else words("flip.kernel")
        yield from _channels(worked, view, kernel, words)
        yield from _whole(worked, words)
        if unflipped is not None:
            yield sum_without_flip(unflipped, words)

    title = words("trace.position", position=position)
    return Document(
        "trace",
        blocks,
        essential=worked.total,
        title=title,
        records="terms",
        drawings=drawings,
        words=words,
    )


def _row(term: Term) -> tuple[Any, ...]:
    return term.channel, term.tap, term.cell, term.padded, term.input, term.weight, term.product


def _channels(worked: WorkedSum, view: View, kernel: str, words: Words) -> Iterator[Block]:
    """Each channel's grids, and its subtotal where there are several channels."""
    spec, by_channel = worked.spec, worked.by_channel
    several = len(by_channel) > 1
    if worked.terms and not spec.transposed:
        yield Facts((Fact(None, words("trace.reads"), _landings(worked, words)),))
    for channel, terms, subtotal in by_channel:
        group = words("group", group=channel // spec.in_per_group) if spec.groups > 1 else ""
        name = _joined(words, group, words("channel", channel=channel)) if several or group else ""
        if spec.transposed:
            yield _reached(terms, view, name, words)
        elif len(by_channel) <= MOST_CHANNELS_DRAWN:
            yield from _window(spec, terms, name, kernel, words)
            if channel == by_channel[0][0]:
                yield from _padding(spec, terms, words)
        if several:
            yield Sum(
                tuple((term.input, term.weight) for term in terms),
                tuple(term.product for term in terms),
                subtotal,
                name,
            )


def _landings(worked: WorkedSum, words: Words) -> str:
    """Where the window lies, axis by axis, padding included: `H -1..1, W 2..6 in steps of 2`."""
    first, last = worked.terms[0].landing, worked.terms[-1].landing
    steps = {
        axis.dilation: words("trace.steps", steps=axis.dilation)
        for axis in worked.spec.axes
        if axis.dilation > 1
    }
    return words("comma").join(
        f"{name} {low}" if low == high else f"{name} {low}..{high}{steps.get(axis.dilation, '')}"
        for name, low, high, axis in zip(
            worked.spec.axis_names, first, last, worked.spec.axes, strict=True
        )
    )


def _window(
    spec: ConvSpec, terms: list[Term], name: str, kernel: str, words: Words
) -> Iterator[Block]:
    """Window * kernel = products, one equation for each plane of the kernel."""
    *leading, width = spec.kernel_size
    height = leading[-1] if leading else 1
    for part in _chunks(terms, height * width):
        marked = frozenset(divmod(place, width) for place, term in enumerate(part) if term.padded)
        depth = ", ".join(map(str, part[0].tap[:-2]))
        title = _joined(words, name, words("depth", depth=depth) if depth else "")
        window = Tensor(words("window"), _grid(part, "input", width), marked=marked)
        taps = Tensor(kernel, _grid(part, "weight", width))
        products = Tensor(words("trace.products"), _grid(part, "product", width))
        yield Equation((window, taps, products), ("*", "="), title)


def _padding(spec: ConvSpec, terms: list[Term], words: Words) -> Iterator[Block]:
    """What stands in the padding, which is the same in every channel."""
    mirrored = [term for term in terms if term.padded and term.cell is not None]
    if mirrored:
        cells = [
            words("trace.mirrored_cell", landing=term.landing, cell=term.cell)
            for term in mirrored[:MOST_MIRRORED]
        ]
        more = words("more") if len(mirrored) > MOST_MIRRORED else ""
        yield Note(
            words("trace.mirrored", mode=spec.padding_mode, cells=_joined(words, *cells, more))
        )
    elif any(term.padded for term in terms):
        yield Note(words("trace.zeros"))


def _chunks(members: list[Any], size: int) -> list[list[Any]]:
    return [members[start : start + size] for start in range(0, len(members), size)]


def _grid(terms: list[Term], field: str, width: int) -> list[list[Any]]:
    return _chunks([getattr(term, field) for term in terms], width)


def _reached(terms: list[Term], view: View, name: str, words: Words) -> Table:
    """For a transposed layer, which inputs and taps meet at the output."""
    if view == "scatter":
        first = f"{name} {words('trace.input_cell')}".strip()
        labels = (
            first,
            words("input"),
            words("trace.puts_tap"),
            words("weight"),
            words("trace.here"),
        )
        return Table(
            tuple(Column(None, label) for label in labels),
            [(term.cell, term.input, term.tap, term.weight, term.product) for term in terms],
        )
    first = f"{name} {words('trace.tap')}".strip()
    labels = (first, words("weight"), words("trace.reads_cell"), words("input"), words("product"))
    return Table(
        tuple(Column(None, label) for label in labels),
        [(term.tap, term.weight, term.cell, term.input, term.product) for term in terms],
    )


def _whole(worked: WorkedSum, words: Words) -> Iterator[Block]:
    """The whole sum and its running sums; with several channels, the subtotals and the bias."""
    subtotals = [subtotal for _, _, subtotal in worked.by_channel]
    bias = () if worked.bias is None else (worked.bias,)
    if len(subtotals) > 1:
        parts = (*subtotals, *bias)
        lead = " + ".join((words("trace.channels"), *((words("bias"),) if bias else ())))
        yield Sum(tuple((part,) for part in parts), parts, worked.total, lead)
        return
    factors = tuple((term.input, term.weight) for term in worked.terms) + tuple(
        (part,) for part in bias
    )
    yield Sum(factors, (*(term.product for term in worked.terms), *bias), worked.total)
    if len(worked.running) > 2:
        yield Facts((Fact(None, words("trace.running"), worked.running),))
