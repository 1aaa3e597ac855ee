"""`convcli explain`."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from typing import Annotated

from convcli.cli.app.options import OutputOptions, argument, option
from convcli.cli.output.emit import emit
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_options
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError, unreadable
from convcli.exit_status import ExitStatus
from convcli.inputs.messages.reader import Explained, explained
from convcli.inputs.messages.texts import LARGEST
from convcli.inputs.text.numbers import parse_shape
from convcli.report.views.explain import InNetwork, Source, explain_view

EXAMPLES = """\b
Examples:
  convcli explain "non-positive stride is not supported"
  convcli explain "groups must be a positive integer" --json
"""
STDIN = "-"
_FILE_NAME = re.compile(r"[\w./~\\:-]+\.(?:txt|log|out|err|md|json|ipynb)")  # one that is not there


def explain(
    operands: Annotated[
        list[str] | None,
        argument("[TEXT|FILE|-]", "an error, a file that holds it, or - (stdin)"),
    ] = None,
    *,
    stack: Annotated[
        bool, option("--stack", help="find the layer in a network: TEXT --stack LAYERS... SHAPE")
    ] = False,
    module: Annotated[
        str | None,
        option(
            "--module",
            metavar="MODULE",
            help="find it in a torch module: TEXT --module m.py:Net SHAPE; runs its code",
        ),
    ] = None,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """What an error of a framework means, and fixes that were computed."""
    check_options(output_options, streams)
    words = words_of(output_options, streams)
    text, layers, shape = _parted(list(operands or ()), stack, module)
    found = explained(_text_of(text, streams))
    if found is None:
        streams.complain("convcli: no known error of shapes or layers in this text.")
        return ExitStatus.ANSWER_IS_NO
    place = found.place
    source = None if place is None else Source(place.file, place.line, place.code)
    network = None
    if shape is not None:
        found, network = _in_network(found, layers, module, shape)
    document = explain_view(
        found.kind, found.framework, found.diagnosis, source, words, network=network
    )
    return emit(document, output_options, streams)


def _parted(
    operands: list[str], stack: bool, module: str | None
) -> tuple[str | None, Sequence[str], Shape | None]:
    """The text, and where a network is named its LAYERS and its SHAPE."""
    if stack and module is not None:
        raise ConvError("layers.two", "cannot be combined with LAYERS", parameter="module")
    least = 3 if stack else 2 if module is not None else 0
    if len(operands) < least:
        wanted = "TEXT --stack LAYERS... SHAPE" if stack else "TEXT --module MODULE SHAPE"
        hint = "- as TEXT is standard input."
        raise ConvError("arguments.missing", f"needs {wanted}", hint=hint)
    if not least:
        if len(operands) > 1:
            rule = "takes one TEXT; quote an error that has spaces"
            raise ConvError("explain.several", rule, got=operands[1])
        return operands[0] if operands else None, (), None
    if module is not None and len(operands) > least:
        rule = "takes one TEXT and one SHAPE"
        raise ConvError("explain.several", rule, got=operands[1])
    text, *layers, shape = operands
    return text, layers, parse_shape(shape)


def _in_network(
    found: Explained, layers: Sequence[str], module: str | None, shape: Shape
) -> tuple[Explained, InNetwork]:
    from convcli.cli.commands.explain.networks import in_network, network_of

    return in_network(found, network_of(layers, module), shape)


def _text_of(text: str | None, streams: Streams) -> str:
    """The text itself, that of a file, or that of standard input."""
    if text is None or text == STDIN:
        data = streams.open_stdin("TEXT").read(4 * LARGEST)
        return data.decode("utf-8", errors="replace")
    if not text.strip():
        raise ConvError("explain.empty", "must hold an error", parameter="TEXT", got=text)
    if not os.path.isfile(text) and not _FILE_NAME.fullmatch(text):
        return text
    try:
        with open(text, "rb") as file:
            return file.read(4 * LARGEST).decode("utf-8", errors="replace")
    except OSError as error:
        raise unreadable("explain.unreadable", "TEXT", text, error) from None
