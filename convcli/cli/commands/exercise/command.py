"""`convcli exercise`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from convcli.cli.app.options import LayerOptionsWithBias, argument
from convcli.cli.commands.exercise.options import FORMS, ExerciseOptions, SheetOutputOptions
from convcli.cli.output.emit import emit, emit_text
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target, check_options
from convcli.engine.exercises.sheets import Request, draw_sheet
from convcli.render import Style
from convcli.render.sheets import SHEET_FORMATS, sheet_renderer
from convcli.report.exercises.documents import sheet_of, sheet_view
from convcli.report.sheet import Sheet
from convcli.report.words.vocabulary import ENGLISH

EXAMPLES = """\b
Examples:
  convcli exercise --count 4 --seed 7
  convcli exercise --ask sum,gradient --level hard -o sheet.tex --solutions solutions.tex
  convcli exercise --count 1000 --ask size,sum -o questions.xml
"""
Layers = Annotated[
    list[str] | None,
    argument("[LAYER...]", "problems about these layers (default: layers of the level)"),
]


def exercise(
    layers: Layers = None,
    *,
    exercise_options: ExerciseOptions,
    layer_options: LayerOptionsWithBias,
    output_options: SheetOutputOptions,
    streams: Streams,
) -> int:
    """A sheet of problems from a seed, its solutions, and marks."""
    target = check_options(output_options, streams, forms=FORMS)
    words = words_of(output_options, streams)
    options = exercise_options
    request = Request(options.seed, options.count, options.level, options.ask)
    drawn = draw_sheet(request)
    sheet, english = (sheet_of(request, drawn, each) for each in (words, ENGLISH))
    solved = options.solutions == "-"
    if options.solutions is not None and not solved:
        beside = replace(
            output_options, output=options.solutions, format=None, json=False, expect=None
        )
        apart = check_options(beside, streams, forms=FORMS)
        _write(sheet, request, english, apart, beside, streams, solved=True)
    return _write(sheet, request, english, target, output_options, streams, solved=solved)


def _write(
    sheet: Sheet,
    request: Request,
    english: Sheet,
    target: Target,
    options: SheetOutputOptions,
    streams: Streams,
    *,
    solved: bool,
) -> int:
    """Write the sheet, or its solutions, in the form of the target; the exit status."""
    document = sheet_view(sheet, request, english, solved=solved)
    if target.form not in SHEET_FORMATS:
        return emit(document, options, streams, target=target)
    pieces = sheet_renderer(target.form)(sheet, Style(words=sheet.words), solved)
    return emit_text(pieces, document, target, options, streams)
