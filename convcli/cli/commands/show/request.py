"""Reads the options of `convcli show`: what is drawn, where it begins, how fast it plays."""

from __future__ import annotations

from convcli.cli.app.options import OutputOptions
from convcli.cli.commands.show.options import PictureOptions
from convcli.cli.commands.show.pictures import LARGEST, LAYERS, PICTURES, check_picture
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_standalone, suffix_of
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_integer, parse_number, parse_position
from convcli.report.film.moments import Film
from convcli.report.film.planes import Framing
from convcli.report.film.scene import FASTEST, SLOWEST
from convcli.report.words.vocabulary import Words

SUFFIXES = (".html", *PICTURES)
EXAMPLE = ("conv2d", "arange:5x5:1", "arange:3x3:1")


def check_output(options: PictureOptions, output: OutputOptions) -> None:
    """Check that the output options fit a picture. Raises ConvError if they do not."""
    if output.standalone:
        check_standalone(suffix_of(output.output or "")[1:] or "a picture")
    quiet = output.quiet and output.output is None  # beside a file there is nothing to silence
    if output.format is not None or output.json or quiet or output.expect is not None:
        raise ConvError(
            "show.format",
            "a picture has no format and no single value",
            parameter="format",
            hint="convcli trace writes the same numbers in every format.",
        )
    if output.output is not None and suffix_of(output.output) not in SUFFIXES:
        rule = f"a picture needs one of the suffixes {', '.join(SUFFIXES)}"
        raise ConvError("output.suffix", rule, parameter="output", got=output.output)
    if output.output is not None and suffix_of(output.output) in PICTURES:
        check_picture(output.output, options)
    else:
        _check_no_picture(options)
    is_page = options.serve or suffix_of(output.output or "") == ".html"
    if options.projector and not is_page:
        rule = "is for a page: an `output` that ends in .html, or `serve`"
        raise ConvError("projector.page", rule, parameter="projector")
    if options.serve and output.output is not None:
        raise ConvError(
            "serve.output",
            "serves the page and writes no file",
            parameter="serve",
            hint="Leave out one of `serve` and `output`.",
        )


def operands_or_example(
    layer: str | None, x: str | None, w: str | None, streams: Streams
) -> tuple[str, str, str]:
    """LAYER, X and W as typed, or a small example if there is none of them.

    Raises ConvError where only some of them are there.
    """
    if layer is None:
        streams.note(f"no LAYER: this is the example {' '.join(EXAMPLE)}")
        return EXAMPLE
    if x is None or w is None:
        rule = f"missing argument '{'X' if x is None else 'W'}'"
        raise ConvError("arguments.missing", rule, hint="See: convcli show --help")
    return layer, x, w


def _check_no_picture(options: PictureOptions) -> None:
    """Raises ConvError for an option of pictures where none is drawn."""
    named = {
        "frames": options.frames,
        "every": options.every is not None,
        "scale": options.scale is not None,
        "theme": options.theme != "light",
    }
    for name, is_named in named.items():
        if is_named:
            rule = f"needs an `output` that is a picture: {', '.join(PICTURES)}"
            raise ConvError(f"{name}.picture", rule, parameter=name)


def parse_speed(text: str) -> float:
    """Positions per second. Raises ConvError if it is no number, or out of range."""
    speed = parse_number(text, "speed")
    if not SLOWEST <= speed <= FASTEST:
        rule = f"must be {SLOWEST:g}..{FASTEST:g}"
        raise ConvError("speed.range", rule, parameter="speed", got=text)
    return speed


def framing_of(
    arrays: LoadedOperands, options: PictureOptions, words: Words, *, is_picture: bool = False
) -> Framing:
    """The channels that are drawn. The input channel must be one that the output channel reads.

    A picture draws several input channels and depths, unless one of them is asked for.
    """
    spec = arrays.spec
    _require_drawable(arrays.full_shape)
    out_channel = parse_index(options.channel, "channel", spec.out_channels)
    readable = spec.channels_read(out_channel)
    in_channel = readable.start
    if options.in_channel is not None:
        in_channel = parse_index(options.in_channel, "in_channel", spec.in_channels)
    if in_channel not in readable:
        channels = f"{readable[0]}..{readable[-1]}"
        rule = f"output channel {out_channel} reads the input channels {channels}"
        raise ConvError("in_channel.group", rule, parameter="in_channel", got=options.in_channel)
    depths = spec.kernel_size[0] if spec.rank == 3 else 1
    depth = parse_index(options.depth or "0", "depth", depths)
    if not is_picture:
        return Framing(in_channel, out_channel, depth, words=words)
    is_open = options.in_channel is None and options.depth is None
    layers = LAYERS if is_open else 1
    return Framing(in_channel, out_channel, depth, most=LARGEST, words=words, layers=layers)


def _require_drawable(shape: Shape) -> None:
    """Raises ConvError where X, (N, C, sizes), has no image or no channel."""
    for size, axis, what in zip(shape, "NC", ("image", "channel"), strict=False):
        if not size:
            rule = f"must hold at least one {what}: axis {axis} is 0"
            raise ConvError("input.empty", rule, parameter="X", got=shape)


def parse_index(text: str, parameter: str, count: int) -> int:
    """An index below `count`. Raises ConvError if it is none."""
    index = parse_integer(text, parameter)
    if not 0 <= index < count:
        rule = f"must be 0..{count - 1}"
        raise ConvError(f"{parameter}.range", rule, parameter=parameter, got=index)
    return index


def first_scene(film: Film, at: str | None) -> int:
    """The number of the scene at a position, or 0. Raises ConvError for a position outside."""
    if at is None:
        return 0
    place = parse_position(at)
    if len(place) != len(film.steps) or not all(
        0 <= index < size for index, size in zip(place, film.steps, strict=True)
    ):
        array = "input" if film.view == "scatter" else "output"
        rule = f"must be a position of the {array} {Shape(film.steps)}"
        raise ConvError("at.range", rule, parameter="at", got=at)
    number = 0
    for index, size in zip(place, film.steps, strict=True):
        number = number * size + index
    return number
