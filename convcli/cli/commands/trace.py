"""`convcli trace`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Annotated

from typer import Option

from convcli.cli.app.options import (
    BiasArray,
    InputArray,
    Language,
    Layer,
    LayerOptions,
    MaxMemory,
    OutputOptions,
    WeightArray,
)
from convcli.cli.input.operands import load_operands
from convcli.cli.output.emit import check_options, emit
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.engine.geometry.shapes import Position
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_integer, parse_position

EXAMPLES = """\b
Examples:
  convcli trace conv2d arange:5x5:1 arange:3x3:1 --at 0,0
  convcli trace conv_transpose2d "0 1; 2 3" "1.1 2.2; 3.3 4.4" --view scatter
"""
LIMIT = "20"


def trace(
    layer: Layer,
    x: InputArray,
    w: WeightArray,
    *,
    bias: BiasArray = None,
    at: Annotated[
        list[str],
        Option(
            "--at", metavar="POSITION", help="0,2, or with channel and batch: n,c,0,2; repeatable"
        ),
    ] = [],  # noqa: B006
    view: Annotated[
        str, Option("--view", metavar="VIEW", help="gather, or for transposed layers scatter")
    ] = "gather",
    limit: Annotated[
        str, Option("--limit", metavar="N", help="positions that people's formats show")
    ] = LIMIT,
    all_positions: Annotated[bool, Option("--all", help="no limit")] = False,
    layer_options: LayerOptions,
    max_memory: MaxMemory = None,
    lang: Language = None,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """The worked sum of each output position: 1*1 + 2*2 + ... = 1 + 4 + ... = 411."""
    from convcli.engine.explain.worked_sums import WorkedSum, positions
    from convcli.engine.explain.worked_sums import trace as worked_sums
    from convcli.report.views.trace import trace_view

    check_options(output_options)
    words = words_of(lang, output_options, streams)
    most = None if all_positions else _limit(limit)
    chosen: list[Position | None] = [parse_position(text) for text in at] or [None]
    arrays = load_operands(layer, x, w, bias, layer_options, streams, max_memory, copies=2)
    sums = [
        arrays.call(worked_sums, at=place, view=view) for place in chosen
    ]  # refuses before anything is written

    def make() -> Iterator[WorkedSum]:
        return chain.from_iterable(
            arrays.call(worked_sums, at=place, view=view) for place in chosen
        )

    count = sum(positions(arrays.spec, arrays.full_shape, place) for place in chosen[: len(sums)])
    document = trace_view(arrays.spec, arrays.shown_output, view, count, make, words)  # type: ignore[arg-type]
    return emit(document, output_options, streams, limit=most)


def _limit(text: str) -> int:
    number = parse_integer(text, "limit")
    if number < 1:
        raise ConvError("limit.least", "must be at least 1", parameter="limit", got=number)
    return number
