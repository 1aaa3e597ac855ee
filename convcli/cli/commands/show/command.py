"""`convcli show`."""

from __future__ import annotations

from convcli.cli.app.options import (
    InputArray,
    InputOptions,
    Layer,
    LayerOptions,
    OutputOptions,
    WeightArray,
)
from convcli.cli.commands.show.options import PictureOptions
from convcli.cli.commands.show.pictures import (
    Drawing,
    is_picture,
    letters,
    write_picture,
)
from convcli.cli.commands.show.player import play
from convcli.cli.commands.show.request import (
    check_output,
    first_scene,
    framing_of,
    parse_index,
    parse_speed,
)
from convcli.cli.input.framework_operands import load_told
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.cli.input.memory import SHOW_COPIES
from convcli.cli.output.atomic_files import write_file
from convcli.cli.output.emit import output_style
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target, check_file, suffix_of
from convcli.exit_status import ExitStatus
from convcli.report.film.moments import Film, film
from convcli.report.film.planes import Framing

EXAMPLES = """\b
Examples:
  convcli show conv2d arange:5x5:1 arange:3x3:1 -p 1
  convcli show conv_transpose2d "0 1; 2 3" "1 2; 3 4" -s 2 -o stamp.html
"""


def show(
    layer: Layer,
    x: InputArray,
    w: WeightArray,
    *,
    picture_options: PictureOptions,
    layer_options: LayerOptions,
    input_options: InputOptions,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """Show how the kernel slides: in the terminal, as a page, a picture."""
    check_file(output_options)
    check_output(picture_options, output_options)
    path, force = output_options.output, output_options.force
    words, font = letters(words_of(output_options, streams), path, streams)
    speed = parse_speed(picture_options.speed)
    arrays = load_told(layer, x, w, input_options, layer_options, streams, copies=SHOW_COPIES)
    framing = framing_of(arrays.spec, picture_options, words, is_picture=is_picture(path))
    reel = _film(arrays, picture_options, framing)
    first = first_scene(reel, picture_options.at)
    style = output_style(output_options, streams, Target(path))
    if picture_options.serve or (path is not None and suffix_of(path) == ".html"):
        from convcli.cli.commands.show.page import page_command, page_of
        from convcli.cli.commands.show.server import serve

        groups = layer_options.groups or str(arrays.spec.groups)
        command = page_command(x, w, input_options, picture_options.example, groups)
        page = page_of(arrays, reel, first, speed, command, picture_options.ticks)
        _note_precision(output_options, streams)
        if path is None:
            serve(page, streams, input_options.max_memory)
        else:
            write_file(path, [page.text().encode()], force, streams)
    elif path is None:
        play(reel, style, streams, first if picture_options.at else None, speed)
    else:
        drawing = Drawing(1 / speed, output_options.precision, picture_options, font)
        write_picture(reel, first, path, drawing, force, streams)
    return ExitStatus.DONE


def _note_precision(options: OutputOptions, streams: Streams) -> None:
    if options.precision is not None:
        streams.note("--precision is for .svg, .gif and the terminal: a page keeps every digit")


def _film(arrays: LoadedOperands, options: PictureOptions, framing: Framing) -> Film:
    """The film of the layer."""
    return arrays.call(
        film,
        view=options.view,
        example=parse_index(options.example, "example", arrays.full_shape[0]),
        framing=framing,
    )
