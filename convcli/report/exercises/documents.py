"""The views of `convcli exercise`: a sheet, its solutions, an answers file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

from convcli.engine.exercises.exercise import Exercise
from convcli.engine.exercises.sheets import Request
from convcli.report.document import Block, Document, Fact, Facts, Items, Lines, Note
from convcli.report.exercises.problems import problem_of
from convcli.report.sheet import AnswerPart, Sheet, SheetProblem
from convcli.report.spelling.pytorch_line import collapsed
from convcli.report.words.vocabulary import ENGLISH, Words


def sheet_of(request: Request, exercises: Sequence[Exercise], words: Words = ENGLISH) -> Sheet:
    """The sheet of drawn exercises, in a language."""
    problems = tuple(problem_of(each, number, words) for number, each in enumerate(exercises, 1))
    level = words(f"exercise.level.{request.level}")
    title = words("exercise.title", seed=request.seed, level=level)
    return Sheet(
        title, request.seed, request.level, problems, _command(request, len(problems)), words
    )


def _command(request: Request, count: int) -> str:
    """The command line that makes the sheet again."""
    layers = [shlex.quote(layer.text) for layer in request.layers]
    asks = ["--ask", ",".join(request.asks)] if request.asks else []
    seed = ["--level", request.level, "--seed", str(request.seed), "--count", str(count)]
    return " ".join(["convcli exercise", *layers, *asks, *seed])


def sheet_view(
    sheet: Sheet, request: Request, english: Sheet | None = None, *, solved: bool = False
) -> Document:
    """The document of a sheet.

    Machine formats have questions, answers and steps, in English; people see the questions, and
    with `solved` the answers and the steps too.
    """
    words = sheet.words
    english = english or sheet

    def items() -> Iterator[Document]:
        return (
            _problem(problem, of_machine, solved, words)
            for problem, of_machine in zip(sheet.problems, english.problems, strict=True)
        )

    facts = tuple(Fact(key, None, value) for key, value in _named(sheet, request).items())
    answers = {str(problem.number): problem.answers[0].value for problem in english.problems}
    title = words("exercise.solutions", title=sheet.title) if solved else sheet.title
    of = Items("problems", words("exercise.problems"), len(sheet.problems), items)
    return Document(
        "exercise", (Facts(facts),), essential=answers, title=title, items=of, words=words
    )


def _named(sheet: Sheet, request: Request) -> dict[str, Any]:
    """What the sheet is made from."""
    return {
        "seed": request.seed, "level": request.level, "count": len(sheet.problems),
        "asks": list(request.asks), "layers": [layer.text for layer in request.layers],
    }  # fmt: skip


def answers_to_fill_in(sheet: Sheet, request: Request) -> dict[str, Any]:
    """An answers file without answers, which says what sheet it belongs to."""
    problems = [
        {
            "number": problem.number, "ask": problem.ask,
            "text": _question(problem), "layer": problem.data["layer"], "answer": None,
        }
        for problem in sheet.problems
    ]  # fmt: skip
    return {**_named(sheet, request), "problems": problems}


def _question(problem: SheetProblem) -> str:
    """The question in words."""
    return " ".join(str(block.text) for block in problem.text if isinstance(block, Note))


def _problem(problem: SheetProblem, english: SheetProblem, solved: bool, words: Words) -> Document:
    question = _question(english)
    values = {
        "number": english.number, "ask": english.ask, "text": question, **english.data,
        "answer": english.answers[0].value, "kind": english.answers[0].kind,
        "also": list(english.answers[0].others), "steps": Lines(english.steps),
    }  # fmt: skip
    facts = Facts(tuple(Fact(key, None, value) for key, value in values.items()))

    def drawings() -> Iterator[Block]:
        yield from problem.text
        if solved:
            yield from problem.steps
            yield from map(_answer, problem.answers)

    title = f"{problem.number}. {problem.title}"
    return Document("exercise", (facts,), title=title, drawings=drawings, words=words)


def _answer(part: AnswerPart) -> Block:
    if part.kind == "array":
        return Facts(())
    values = (part.value, *part.others)
    shown = values[0] if part.kind != "padding" else list(map(padding_text, values))
    return Facts((Fact(None, part.label, shown),))


def padding_text(pads: Sequence[int]) -> str:
    """A padding as torch's argument: 1, or (1, 2) where the axes differ."""
    return str(collapsed(pads))
