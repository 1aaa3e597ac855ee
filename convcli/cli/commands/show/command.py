"""`convcli show`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from convcli.cli.app.options import (
    InputOptions,
    LayerOptions,
    OutputOptions,
)
from convcli.cli.commands.show.options import (
    OptionalInput,
    OptionalLayer,
    OptionalWeight,
    PictureOptions,
)
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
    operands_or_example,
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

if TYPE_CHECKING:
    from convcli.cli.commands.show.page import Page

EXAMPLES = """\b
Examples:
  convcli show conv2d arange:5x5:1 arange:3x3:1 -p 1
  convcli show -o playground.html
"""


def show(
    layer: OptionalLayer = None,
    x: OptionalInput = None,
    w: OptionalWeight = None,
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
    is_example = layer is None
    layer, x, w = operands_or_example(layer, x, w, streams)
    path, force = output_options.output, output_options.force
    words, font = letters(words_of(output_options, streams), path, streams)
    speed = parse_speed(picture_options.speed)
    arrays = load_told(layer, x, w, input_options, layer_options, streams, copies=SHOW_COPIES)
    if arrays.is_flipped:
        streams.note("--flip: the kernel is drawn as it is read, backwards on every axis")
    framing = framing_of(arrays, picture_options, words, is_picture=is_picture(path))
    reel = _film(arrays, picture_options, framing)
    first = first_scene(reel, picture_options.at)
    style = output_style(output_options, streams, Target(path))
    is_for_notebook = path is None and streams.audience is not None
    if picture_options.serve or is_for_notebook or suffix_of(path or "") == ".html":
        from convcli.cli.commands.show.page import page_command, page_of

        groups = layer_options.groups or str(arrays.spec.groups)
        command = page_command(x, w, input_options, picture_options.example, groups)
        ticks = picture_options.ticks
        page = page_of(arrays, reel, first, speed, command, ticks, playground=is_example)
        _put_page(page, picture_options, output_options, input_options, streams)
    elif path is None:
        play(reel, style, streams, first if picture_options.at else None, speed)
    else:
        drawing = Drawing(1 / speed, output_options.precision, picture_options, font)
        write_picture(reel, first, path, drawing, force, streams)
    return ExitStatus.DONE


def _put_page(
    page: Page,
    picture_options: PictureOptions,
    output_options: OutputOptions,
    input_options: InputOptions,
    streams: Streams,
) -> None:
    """Write the page into a file, serve it, or hand it to a notebook."""
    from convcli.cli.commands.show.server import serve

    _note_precision(output_options, streams)
    if streams.audience is not None and output_options.output is None and not picture_options.serve:
        streams.audience(page.text(), None)
    elif output_options.output is None:
        serve(page, streams, input_options.max_memory)
    else:
        write_file(output_options.output, [page.text().encode()], output_options.force, streams)


def _note_precision(options: OutputOptions, streams: Streams) -> None:
    if options.precision is not None:
        streams.note("--precision is for .svg, .gif and the terminal: a page keeps every digit")


def _film(arrays: LoadedOperands, options: PictureOptions, framing: Framing) -> Film:
    """The film of the layer."""
    return arrays.call(
        film,
        view=options.view,
        example=parse_index(options.example, "example", arrays.full_shape[0]),
        framing=replace(framing, is_flipped=arrays.is_flipped),
    )
