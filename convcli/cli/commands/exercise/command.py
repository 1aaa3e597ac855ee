"""`convcli exercise`."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from convcli.cli.app.options import LayerOptionsWithBias, OutputOptions, argument
from convcli.cli.commands.exercise.options import ExerciseOptions
from convcli.cli.output.emit import emit
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import check_options
from convcli.engine.exercises.sheets import Request, draw_sheet
from convcli.report.exercises.documents import sheet_of, sheet_view
from convcli.report.words.vocabulary import ENGLISH

EXAMPLES = """\b
Examples:
  convcli exercise --count 4 --seed 7
  convcli exercise --ask sum,gradient --level hard -o sheet.md --solutions solutions.md
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
    output_options: OutputOptions,
    streams: Streams,
) -> int:
    """A sheet of problems from a seed, its solutions, and marks."""
    target = check_options(output_options, streams)
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
        check_options(beside, streams)
        emit(sheet_view(sheet, request, english, solved=True), beside, streams)
    return emit(
        sheet_view(sheet, request, english, solved=solved), output_options, streams, target=target
    )
