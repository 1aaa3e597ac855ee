"""`convcli explain`."""

from __future__ import annotations

import os
import re
from typing import Annotated

from convcli.cli.app.options import OutputOptions, argument
from convcli.cli.output.emit import emit
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_options
from convcli.errors import ConvError, unreadable
from convcli.exit_status import ExitStatus
from convcli.inputs.messages.reader import explained
from convcli.inputs.messages.texts import LARGEST
from convcli.report.views.explain import Source, explain_view

EXAMPLES = """\b
Examples:
  convcli explain "non-positive stride is not supported"
  convcli explain "groups must be a positive integer" --json
"""
STDIN = "-"
_FILE_NAME = re.compile(r"[\w./~\\:-]+\.(?:txt|log|out|err|md|json|ipynb)")  # one that is not there


def explain(
    text: Annotated[
        str | None, argument("[TEXT|FILE|-]", "an error, a file that holds it, or - (stdin)")
    ] = None,
    *,
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """What an error of a framework means, and fixes that were computed."""
    check_options(output_options, streams)
    words = words_of(output_options, streams)
    found = explained(_text_of(text, streams))
    if found is None:
        streams.complain("convcli: no known error of shapes or layers in this text.")
        return ExitStatus.ANSWER_IS_NO
    place = found.place
    source = None if place is None else Source(place.file, place.line, place.code)
    document = explain_view(found.kind, found.framework, found.diagnosis, source, words)
    return emit(document, output_options, streams)


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
