"""`convcli show`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

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
from convcli.cli.commands.show.player import play
from convcli.cli.input.operands import load_operands
from convcli.cli.output.atomic_files import write_file
from convcli.cli.output.emit import check_options, output_style
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.text.numbers import parse_integer, parse_number, parse_position
from convcli.report.film.moments import Film, film
from convcli.report.film.scene import FASTEST, SLOWEST

MOST_FRAMES = 500
SUFFIXES = (".html", ".svg", ".gif")

EXAMPLES = """\b
Examples:
  convcli show conv2d arange:5x5:1 arange:3x3:1 -p 1
  convcli show conv_transpose2d "0 1; 2 3" "1 2; 3 4" -s 2 --view scatter -o stamp.html
"""


def _option(name: str, help: str, metavar: str) -> Any:
    return Option(f"--{name}", metavar=metavar, help=help, show_default=False)


@dataclass(frozen=True)
class PictureOptions:
    """What of the film is shown, as typed."""

    at: Annotated[
        str | None, _option("at", "where to begin; of a still picture, what it shows", "POSITION")
    ] = None
    view: Annotated[str, _option("view", "gather, or for transposed layers scatter", "VIEW")] = (
        "gather"
    )
    channel: Annotated[str, _option("channel", "the output channel (0)", "C")] = "0"
    in_channel: Annotated[
        str | None,
        _option("in-channel", "the input channel; the first that is read without it", "C"),
    ] = None
    example: Annotated[str, _option("example", "of the batch (0)", "N")] = "0"
    depth: Annotated[
        str, _option("depth", "of a volume: the depth tap whose slice is shown (0)", "K")
    ] = "0"
    speed: Annotated[str, _option("speed", "positions a second (1)", "S")] = "1"
    frames: Annotated[
        bool, Option("--frames", help="all positions in an .svg, one after another")
    ] = False
    serve: Annotated[
        bool, Option("--serve", help="the page, on this machine, with arrays of any size")
    ] = False


def show(
    layer: Layer,
    x: InputArray,
    w: WeightArray,
    *,
    bias: BiasArray = None,
    picture_options: PictureOptions,
    layer_options: LayerOptions,
    max_memory: MaxMemory = None,
    lang: Language = None,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Watch the kernel slide: in the terminal, on a page (.html), or as an .svg or .gif file."""
    check_options(output_options)
    words = words_of(lang, output_options, streams)
    rate = _checked(picture_options, output_options)
    arrays = load_operands(layer, x, w, bias, layer_options, streams, max_memory, copies=2)
    if picture_options.view == "scatter" and not arrays.spec.transposed:
        raise ConvError(
            "view.transposed",
            "scatter is how a transposed convolution adds up",
            parameter="view",
            got="scatter",
        )
    one = arrays.call(
        film,
        view=picture_options.view,
        words=words,
        **_chosen(arrays.spec, arrays.full_shape, picture_options),
    )
    start = _start(one, picture_options.at)
    style, target = output_style(output_options, streams), output_options.output
    if picture_options.serve or (target is not None and _suffix(target) == ".html"):
        from convcli.cli.commands.show.server import command_of, page_text, serve
        from convcli.report.views.page import page_operands

        shown = arrays.call(page_operands, example=one.example)
        chosen = _page_choices(one, start, rate) | {
            "command": command_of(
                x, w, bias, picture_options.example, layer_options.groups, arrays.spec
            )
        }
        if target is None:
            serve(shown, streams, max_memory, **chosen)
        else:
            write_file(target, [page_text(shown, **chosen).encode()], output_options.force)
    elif target is None:
        play(one, style, streams, start, rate)
    else:
        write_file(
            target,
            _picture(one, target, start, picture_options.frames, 1 / rate, style.precision),
            output_options.force,
        )
    return ExitStatus.DONE


def _checked(asked: PictureOptions, output: OutputOptions) -> float:
    """The speed; raises ConvError for options that cannot be met."""
    if asked.view not in ("gather", "scatter"):
        raise ConvError("view.name", "must be gather or scatter", parameter="view", got=asked.view)
    if output.format is not None or output.json or output.quiet or output.expect is not None:
        hint = "convcli trace writes the same numbers in every format."
        raise ConvError(
            "show.format",
            "pictures have no formats and no one value",
            parameter="format",
            hint=hint,
        )
    if output.output is not None and _suffix(output.output) not in SUFFIXES:
        raise ConvError(
            "output.suffix",
            f"a picture is written as {', '.join(SUFFIXES)}",
            parameter="output",
            got=output.output,
        )
    if asked.serve and output.output is not None:
        rule = "serves the page and writes no file"
        raise ConvError(
            "serve.output", rule, parameter="serve", hint="Leave out one of `serve` and `output`."
        )
    rate = parse_number(asked.speed, "speed")
    if not SLOWEST <= rate <= FASTEST:
        raise ConvError(
            "speed.range", f"must be {SLOWEST:g}..{FASTEST:g}", parameter="speed", got=asked.speed
        )
    return rate


def _suffix(target: str) -> str:
    return os.path.splitext(target)[1].lower()


def _page_choices(one: Film, start: int, rate: float) -> dict[str, Any]:
    """What a page begins with: the cell that the film begins at."""
    scatters = one.view == "scatter"
    index = (one.channel if scatters else one.out_channel, *one.place(start))
    return {
        "panel": "input" if scatters else "output",
        "index": index,
        "speed": rate,
        "words": one.words,
    }


def _chosen(spec: ConvSpec, shape: Shape, asked: PictureOptions) -> dict[str, int]:
    """The example and the channels that are shown; the input channel is one that the output channel reads."""
    out_channel = _index(asked.channel, "channel", spec.out_channels)
    width, group = (
        spec.in_channels // spec.groups,
        out_channel // (spec.out_channels // spec.groups),
    )
    first = group * width
    source = (
        first
        if asked.in_channel is None
        else _index(asked.in_channel, "in_channel", spec.in_channels)
    )
    if source // max(width, 1) != group:
        rule = f"the output channel {out_channel} reads the input channels {first}..{first + width - 1}"
        raise ConvError("in_channel.group", rule, parameter="in_channel", got=asked.in_channel)
    return {
        "example": _index(asked.example, "example", shape[0]),
        "channel": source,
        "out_channel": out_channel,
        "depth": _index(asked.depth, "depth", spec.kernel_size[0] if spec.rank == 3 else 1),
    }


def _index(text: str, parameter: str, count: int) -> int:
    number = parse_integer(text, parameter)
    if not 0 <= number < count:
        raise ConvError(
            f"{parameter}.range", f"must be 0..{count - 1}", parameter=parameter, got=number
        )
    return number


def _start(one: Film, at: str | None) -> int:
    if at is None:
        return 0
    place = parse_position(at)
    if len(place) != len(one.steps) or not all(
        0 <= cell < size for cell, size in zip(place, one.steps, strict=True)
    ):
        what = "input" if one.view == "scatter" else "output"
        rule = f"must be a position of the {what} {Shape(one.steps)}"
        raise ConvError("at.range", rule, parameter="at", got=at)
    index = 0
    for cell, size in zip(place, one.steps, strict=True):
        index = index * size + cell
    return index


def _picture(
    one: Film, target: str, start: int, frames: bool, seconds: float, precision: int | None
) -> Iterable[bytes]:
    moving = frames or _suffix(target) == ".gif"
    if moving and one.count > MOST_FRAMES:
        rule = f"there are {one.count} positions, and a moving picture takes {MOST_FRAMES}"
        raise ConvError(
            "frames.most",
            rule,
            parameter="output",
            hint="Crop the input, or write one position with `at`.",
        )
    scenes = [one.scene(index) for index in (range(one.count) if moving else (start,))]
    if _suffix(target) == ".svg":
        from convcli.render.svg import svg

        return [svg(scenes, seconds, precision).encode()]
    from convcli.inputs.files.packages import optional_package

    optional_package("PIL", "output")
    from convcli.render.gif import gif

    return [gif(scenes, seconds, precision)]
