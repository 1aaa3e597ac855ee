"""`convcli exercise`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, NamedTuple

from convcli.cli.app.options import LayerOptionsWithBias, argument
from convcli.cli.commands.exercise.checking import check_answers
from convcli.cli.commands.exercise.layers import named_layer
from convcli.cli.commands.exercise.options import FORMS, ExerciseOptions, SheetOutputOptions
from convcli.cli.output.atomic_files import check_target, write_file
from convcli.cli.output.emit import emit, emit_text
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target, check_options
from convcli.engine.exercises.sheets import USUAL, Request, draw_sheet
from convcli.errors import ConvError
from convcli.inputs.text.layer import parse_options
from convcli.render import Style
from convcli.render.sheets import SHEET_FORMATS, sheet_renderer
from convcli.report.exercises.documents import answers_to_fill_in, sheet_of, sheet_view
from convcli.report.sheet import Sheet
from convcli.report.words.vocabulary import ENGLISH

EXAMPLES = """\b
Examples:
  convcli exercise --count 4 --seed 7
  convcli exercise "Conv2d(1, 2, 3, padding=1)" --ask size,sum --solutions -
"""
STDOUT = "-"
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
    options = exercise_options
    arguments = parse_options(layer_options.arguments())
    request = options.request(tuple(named_layer(text, arguments) for text in layers or ()))
    if options.check is not None:
        return check_answers(request, options, output_options, streams)
    words = words_of(output_options, streams)
    drawn = draw_sheet(request)
    if options.count is None and len(drawn) < USUAL:
        streams.note(f"there are no more than {len(drawn)} different problems of this kind")
    sheet, english = (sheet_of(request, drawn, each) for each in (words, ENGLISH))
    made = _Made(sheet, request, english)
    _write_beside(made, options, output_options, streams)

    def following() -> list[str]:
        return ["exercise", *_words(layers, options, layer_options), "--solutions", STDOUT]

    wants = None if options.solutions else following
    solved = options.solutions == STDOUT
    return made.write(target, output_options, streams, solved=solved, following=wants)


class _Made(NamedTuple):
    """A sheet that is written, in its language and in English."""

    sheet: Sheet
    request: Request
    english: Sheet

    def write(
        self,
        target: Target,
        options: SheetOutputOptions,
        streams: Streams,
        *,
        solved: bool,
        following: Callable[[], list[str]] | None = None,
    ) -> int:
        """Write the sheet, or its solutions, in the form of the target; the exit status."""
        sheet = self.sheet
        document = sheet_view(sheet, self.request, self.english, solved=solved)
        if target.form not in SHEET_FORMATS:
            return emit(document, options, streams, target=target, following=following)
        # whole, so that where a problem is refused nothing is written
        pieces = [*sheet_renderer(target.form)(sheet, Style(words=sheet.words), solved)]
        return emit_text(pieces, document, target, options, streams)


def _write_beside(
    made: _Made,
    options: ExerciseOptions,
    output_options: SheetOutputOptions,
    streams: Streams,
) -> None:
    """Write the solutions, and the answers to fill in, where they are asked for."""
    paths = [output_options.output, options.solutions, options.answers]
    named = [path for path in paths if path not in (None, STDOUT)]
    if len(set(named)) < len(named):
        rule = "is the file of two results; one would overwrite the other"
        at_fault = "answers" if options.answers in named[:-1] else "solutions"
        got = getattr(options, at_fault)
        raise ConvError("output.twice", rule, parameter=at_fault, got=got)
    if options.answers is not None:
        with _output_is("answers"):
            check_target(options.answers, output_options.force)
        _require_json(options.answers)
    if options.solutions not in (None, STDOUT):
        beside = replace(
            output_options, output=options.solutions, format=None, json=False, expect=None,
            tolerance=None, standalone=False,
        )  # fmt: skip
        with _output_is("solutions"):
            apart = check_options(beside, streams, forms=FORMS)
            made.write(apart, beside, streams, solved=True)
    if options.answers is not None:
        blank = answers_to_fill_in(made.english, made.request)
        written = json.dumps(blank, ensure_ascii=False, indent=2) + "\n"
        with _output_is("answers"):
            write_file(options.answers, [written.encode()], output_options.force, streams)


def _require_json(path: str) -> None:
    """Raises ConvError where the name of an answers file says that something else is in it."""
    stem, suffix = os.path.splitext(path)
    if suffix.lower() != ".json":
        rule, hint = "writes JSON: the name must end in .json", "Write {path}."
        fields = {"path": f"{stem}.json"}
        raise ConvError(
            "output.suffix", rule, parameter="answers", got=path, hint=hint, fields=fields
        )


@contextmanager
def _output_is(parameter: str) -> Iterator[None]:
    """Errors of the output name the option that this file comes from; its suffix decides alone."""
    try:
        yield
    except ConvError as error:
        if error.parameter == "output":
            error.parameter = parameter
            error.hint = None if error.code == "output.suffix" else error.hint
        raise


def _words(
    layers: list[str] | None, options: ExerciseOptions, layer_options: LayerOptionsWithBias
) -> list[str]:
    """The words of the command line that ask for the same sheet."""
    from convcli.cli.output.next_command import written_options

    asked = written_options(options, ("ask", "solutions", "answers"))
    asks = ["--ask", ",".join(options.ask)] if options.ask else []
    return [*(layers or ()), *written_options(layer_options), *asked, *asks]
