"""`convcli exercise --check`: a file of answers against the sheet that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from convcli.cli.app.options import OutputOptions
from convcli.cli.commands.exercise.layers import named_layer
from convcli.cli.commands.exercise.options import MOST_PROBLEMS, ExerciseOptions
from convcli.cli.output.emit import emit
from convcli.cli.output.language import words_of
from convcli.cli.output.streams import Streams
from convcli.engine.exercises.answers import answer
from convcli.engine.exercises.exercise import ASKS, LEVELS, Named
from convcli.engine.exercises.marking import mark
from convcli.engine.exercises.sheets import Request, draw_sheet
from convcli.errors import ConvError, printable, shortened, unreadable
from convcli.exit_status import ExitStatus
from convcli.inputs.text.answer_values import read_answer
from convcli.inputs.text.answers import LARGEST, Answers, parse_answers
from convcli.report.exercises.marks import marks_view

STDIN = "-"


def check_answers(
    asked: Request, options: ExerciseOptions, output_options: OutputOptions, streams: Streams
) -> int:
    """Mark the answers of a file; exit status 1 where one is not right."""
    for name in ("solutions", "answers"):
        if getattr(options, name) is not None:
            raise ConvError("exercise.two", "cannot be combined with `check`", parameter=name)
    if output_options.format == "moodle":  # of questions, not of marks
        rule = "cannot be combined with `check`"
        raise ConvError("exercise.two", rule, parameter="format", got=output_options.format)
    path = str(options.check)
    answers = _read(path, streams)
    request = _merged(asked, options, answers, path)
    exercises = draw_sheet(request)
    beyond = [number for number in answers.values if number > len(exercises)]
    if beyond:
        rule = f"{{path}} answers problem {beyond[0]}, and the sheet has {len(exercises)}"
        hint = "Is it the answers file of another sheet? `seed`, `level` and `count` choose it."
        fields = {"path": _shown(path)}
        raise ConvError("answers.number", rule, fields=fields, hint=hint, kind="data")
    marks = []
    for number, exercise in enumerate(exercises, 1):
        kind, value = answer(exercise).kind, answers.values.get(number)
        marks.append(mark(exercise, read_answer(value, kind, number, exercise.spec.rank)))
    view = marks_view(request, exercises, marks, words_of(output_options, streams))
    status = emit(view, output_options, streams)
    return status if all(each.is_right for each in marks) else ExitStatus.ANSWER_IS_NO


def _shown(path: str) -> str:
    return "standard input" if path == STDIN else printable(shortened(path))


def _read(path: str, streams: Streams) -> Answers:
    if path == STDIN:
        data = streams.open_stdin("check").read(LARGEST + 1)
    else:
        try:
            with open(path, "rb") as file:
                data = file.read(LARGEST + 1)
        except OSError as error:
            raise unreadable("answers.unreadable", "check", path, error) from None
        except ValueError:  # a NUL in the name
            rule = "is no name of a file"
            raise ConvError(
                "answers.unreadable", rule, parameter="check", got=path, kind="data"
            ) from None
    if len(data) > LARGEST:
        rule = f"has more than {LARGEST} bytes"
        raise ConvError("answers.large", rule, parameter="check", kind="data")
    return parse_answers(data, _shown(path))


def _merged(asked: Request, options: ExerciseOptions, answers: Answers, path: str) -> Request:
    """The request that the file and the options name. Raises ConvError where they contradict."""
    named = _request_of(answers.request, path)
    specified: dict[str, Any] = {
        "seed": options.seed, "level": options.level, "count": options.count,
        "asks": options.ask, "layers": _texts(asked.layers) or None,
    }  # fmt: skip
    for name, value in specified.items():
        theirs = named.get(name)
        theirs = _texts(theirs) if name == "layers" and theirs is not None else theirs
        if value is not None and name in named and value != theirs:
            rule = "contradicts {path}, which says {theirs}"
            fields = {"path": _shown(path), "theirs": _said(name, theirs)}
            parameter = {"asks": "ask", "layers": "LAYER"}.get(name, name)
            raise ConvError("exercise.contradicts", rule, parameter=parameter, fields=fields)
    return replace(asked, **named)


def _said(name: str, theirs: Any) -> str:
    """What a file says of its sheet, as people write it."""
    nothing = "mixed" if name == "asks" else "nothing of it"
    return (", ".join(theirs) or nothing) if isinstance(theirs, tuple) else str(theirs)


def _texts(layers: Sequence[Named]) -> tuple[str, ...]:
    return tuple(layer.text for layer in layers)


def _is_list(value: Any, is_one: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(is_one, value))


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "seed": lambda value: type(value) is int,
    "level": lambda value: value in LEVELS,
    "count": lambda value: type(value) is int and 1 <= value <= MOST_PROBLEMS,
    "asks": lambda value: _is_list(value, lambda ask: ask in ASKS),
    "layers": lambda value: _is_list(value, lambda text: isinstance(text, str)),
}


def _request_of(data: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The request of an answers file, as far as it names one."""
    found: dict[str, Any] = {}
    for name, is_one in _CHECKS.items():
        value = data.get(name)
        if value is None:
            continue
        if not is_one(value):
            rule = "{path} has a {name} that no sheet has"
            fields = {"path": _shown(path), "name": name}
            raise ConvError("answers.request", rule, fields=fields, kind="data")
        found[name] = tuple(value) if isinstance(value, list) else value
    if found.get("layers"):
        found["layers"] = tuple(named_layer(text, {}) for text in found["layers"])
    return found
