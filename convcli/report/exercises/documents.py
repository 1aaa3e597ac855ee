"""The views of `convcli exercise`: a sheet, its solutions, an answers file."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from convcli.engine.exercises.exercise import Exercise
from convcli.engine.exercises.sheets import Request
from convcli.report.document import Block, Document, Fact, Facts, Items, Lines, Note
from convcli.report.exercises.problems import problem_of
from convcli.report.sheet import AnswerPart, Sheet, SheetProblem
from convcli.report.spelling.pytorch_line import collapsed, pytorch_line
from convcli.report.words.vocabulary import ENGLISH, Words


def sheet_of(request: Request, exercises: Sequence[Exercise], words: Words = ENGLISH) -> Sheet:
    """The sheet of drawn exercises, in a language."""
    problems = tuple(problem_of(each, number, words) for number, each in enumerate(exercises, 1))
    level = words(f"exercise.level.{request.level}")
    title = words("exercise.title", seed=request.seed, level=level)
    return Sheet(title, request.seed, request.level, problems, _command(request), words)


def _command(request: Request) -> str:
    """The command line that makes the sheet again."""
    layers = [shlex.quote(pytorch_line(layer)) for layer in request.layers]
    asks = ["--ask", ",".join(request.asks)] if request.asks else []
    seed = ["--level", request.level, "--seed", str(request.seed), "--count", str(request.count)]
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

    facts = (
        Fact("seed", None, request.seed),
        Fact("level", None, request.level),
        Fact("count", None, request.count),
        Fact("asks", None, list(request.asks)),
    )
    answers = {str(problem.number): problem.answers[0].value for problem in english.problems}
    title = words("exercise.solutions", title=sheet.title) if solved else sheet.title
    of = Items("problems", words("exercise.problems"), len(sheet.problems), items)
    return Document(
        "exercise", (Facts(facts),), essential=answers, title=title, items=of, words=words
    )


def _problem(problem: SheetProblem, english: SheetProblem, solved: bool, words: Words) -> Document:
    question = " ".join(str(block.text) for block in english.text if isinstance(block, Note))
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
