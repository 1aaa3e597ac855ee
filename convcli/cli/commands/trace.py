"""`convcli trace`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Annotated

from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import (
    InputArray,
    InputOptions,
    Layer,
    LayerOptions,
    OutputOptions,
    Parsed,
    ShowAll,
    View,
    WeightArray,
    option,
)
from convcli.cli.input.framework_operands import load_told
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.cli.input.memory import TRACE_COPIES
from convcli.cli.output.emit import emit
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_options
from convcli.engine.geometry.shapes import Position
from convcli.inputs.text.numbers import parse_position, parse_positive

if TYPE_CHECKING:
    from convcli.engine.explain.worked_sums import View as WorkedView
    from convcli.engine.explain.worked_sums import WorkedSum
    from convcli.report.document import Document
    from convcli.report.words.vocabulary import Words

EXAMPLES = """\b
Examples:
  convcli trace conv2d arange:5x5:1 arange:3x3:1 --at 0,0
  convcli trace conv_transpose2d "0 1; 2 3" "1.1 2.2; 3.3 4.4" --view scatter
"""


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class TraceOptions(OptionGroup):
    """Which sums are printed, and how they are read."""

    at: Annotated[
        list[Position],
        option("--at", metavar="POSITION", help="0,2, or with batch and channel: n,c,0,2; repeat"),
        Parsed(parse_position),
    ]
    view: View
    limit: Annotated[
        int,
        option("--limit", metavar="N", help="most positions to print in human-readable formats"),
        Parsed(parse_positive, "20"),
    ]
    show_all: ShowAll = False


def trace(
    layer: Layer,
    x: InputArray,
    w: WeightArray,
    *,
    trace_options: TraceOptions,
    layer_options: LayerOptions,
    input_options: InputOptions,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """The worked sum of each output: 1*1 + 2*2 + ... = 1 + 4 + ... = 411."""
    from convcli.engine.explain.worked_sums import positions
    from convcli.engine.explain.worked_sums import trace as worked_sums

    check_options(output_options, streams)
    words = words_of(output_options, streams)
    places: list[Position | None] = [*trace_options.at] or [None]
    arrays = load_told(layer, x, w, input_options, layer_options, streams, copies=TRACE_COPIES)
    view = trace_options.view
    for place in places:  # raises for a position that does not exist, before anything is written
        arrays.call(worked_sums, at=place, view=view)

    def sums(arrays: LoadedOperands) -> Iterator[WorkedSum]:
        return chain.from_iterable(
            arrays.call(worked_sums, at=place, view=view) for place in places
        )

    count = sum(positions(arrays.spec, arrays.full_shape, place) for place in places)
    document = _document(arrays, view, count, sums, words)
    limit = None if trace_options.show_all else trace_options.limit

    def following() -> list[str]:
        operands, rank = (layer, x, w), arrays.spec.rank
        return _show_command(operands, rank, trace_options, layer_options, input_options)

    return emit(document, output_options, streams, limit=limit, following=following)


def _document(
    arrays: LoadedOperands,
    view: WorkedView,
    count: int,
    sums: Callable[[LoadedOperands], Iterator[WorkedSum]],
    words: Words,
) -> Document:
    """The sums; those of a flipped kernel each beside the one of the layer itself."""
    from convcli.cli.input.flips import said_flip
    from convcli.report.views.flip import with_written_taps
    from convcli.report.views.trace import trace_view

    spec, shape, make = arrays.spec, arrays.shown_output, partial(sums, arrays)
    if not arrays.is_flipped:
        return trace_view(spec, shape, view, count, make, words)
    document = trace_view(
        spec, shape, view, count, lambda: map(with_written_taps, make()), words,
        unflipped=partial(sums, arrays.reversed()),
    )  # fmt: skip
    return said_flip(document, arrays, words)


def _show_command(
    operands: tuple[str, str, str],
    rank: int,
    trace_options: TraceOptions,
    layer_options: LayerOptions,
    input_options: InputOptions,
) -> list[str]:
    """The words of the command that shows the layer at work; none where stdin has been read."""
    from convcli.cli.output.next_command import written_options

    if "-" in (*operands, input_options.bias):
        return []
    at = trace_options.at
    view = trace_options.view
    return [
        "show", *operands, *written_options(layer_options), *written_options(input_options),
        *(_position_of_show(at[0], rank, view) if len(at) == 1 else []),
        *(["--view", view] if view != "gather" else []),
    ]  # fmt: skip


def _position_of_show(at: Sequence[int], rank: int, view: str) -> list[str]:
    """A position of `trace`, (n, c, *out) without some of its first axes, as options of `show`."""
    example, channel = (0, 0, *at)[len(at) - rank :][:2]
    name = "--in-channel" if view == "scatter" else "--channel"
    return [
        *(["--example", str(example)] if example else []),
        *([name, str(channel)] if channel else []),
        "--at", ",".join(map(str, at[-rank:])),
    ]  # fmt: skip
