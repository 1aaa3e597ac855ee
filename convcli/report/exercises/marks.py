"""The marks of answers, each with what happened where it went wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from convcli.engine.exercises.exercise import ARRAY, PADDING, Exercise
from convcli.engine.exercises.marking import UNREADABLE, Cell, Mark
from convcli.engine.exercises.mistakes import Mistake
from convcli.engine.exercises.sheets import Request
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Shape
from convcli.report.document import Column, Document, Fact, Facts, Table
from convcli.report.words.vocabulary import ENGLISH, Words

MOST_NAMED = 3  # mistakes that are named for one answer


def marks_view(
    request: Request,
    exercises: Sequence[Exercise],
    marks: Sequence[Mark],
    words: Words = ENGLISH,
) -> Document:
    """The document of the marks; its essential value is the score, like 6/8."""
    right = sum(mark.is_right for mark in marks)
    facts = Facts((
        Fact("seed", None, request.seed),
        Fact("level", None, request.level),
        Fact("right", None, right),
        Fact("of", None, len(marks)),
    ))  # fmt: skip
    rows = [
        _row(number, exercise, mark, words)
        for number, (exercise, mark) in enumerate(zip(exercises, marks, strict=True), 1)
    ]
    title = words(
        "mistakes.score",
        seed=request.seed,
        level=words(f"exercise.level.{request.level}"),
        right=right,
        of=len(marks),
    )
    table = Table(_columns(words), rows, key="marks")
    essential = f"{right}/{len(marks)}"
    return Document(
        "exercise", (facts, table), essential=essential, title=title, records="marks", words=words
    )


def _columns(words: Words) -> tuple[Column, ...]:
    return (
        Column("number", ""),
        Column("ask", None),
        Column(None, words("mistakes.problem"), spare=2),
        Column("mark", None),
        Column(None, words("mistakes.mark")),
        Column("answer", None),
        Column(None, words("mistakes.answer")),
        Column("right", None),
        Column(None, words("mistakes.right_answer"), spare=1),
        Column("mistakes", None),
        Column("text", None),
        Column(None, words("mistakes.why"), wraps=True),
    )


def _row(number: int, exercise: Exercise, mark: Mark, words: Words) -> tuple[Any, ...]:
    mistakes = [
        {"key": each.key, **each.fields, "text": mistake_text(each)} for each in mark.mistakes
    ]
    return (
        number,
        exercise.ask,
        words(f"exercise.title.{exercise.ask}"),
        mark.verdict,
        words(f"mistakes.verdict.{mark.verdict}"),
        mark.value,
        _shown(mark.right.kind, mark.value, mark.verdict),
        mark.right.value,
        _shown(mark.right.kind, mark.right.value),
        mistakes,
        what_happened(exercise, mark),
        what_happened(exercise, mark, words),
    )


def _shown(kind: str, value: Any, verdict: str = "") -> Any:
    """An answer as a cell of a table."""
    if value is None or verdict == UNREADABLE:
        return "" if value is None else value
    if kind == ARRAY:
        return Shape(value.shape)
    if kind == PADDING:
        sides = [str(Pad(*each)) if isinstance(each, tuple) else str(each) for each in value]
        same = len(set(sides)) == 1
        return sides[0] if same else f"({', '.join(sides)})"
    return value


def what_happened(exercise: Exercise, mark: Mark, words: Words = ENGLISH) -> str:
    """Why an answer is wrong, as far as that can be told; several possibilities with "or"."""
    if mark.right.kind == PADDING and mark.verdict == "wrong":
        parts = [words("mistakes.nofit")]
        if mark.gives is not None:
            parts = [words("mistakes.gives", gives=mark.gives, wanted=Shape(exercise.wanted))]
        elif any(side < 0 for pad in mark.value for side in pad):
            parts = [words("mistakes.negative")]
        named = _named(mark.mistakes, words)
        return words("semicolon").join([*([named] if named else []), *parts])
    if mark.cells:
        cells = words("semicolon").join(_cell(cell, words) for cell in mark.cells)
        count = mark.right.value.size
        return words("mistakes.cells", wrong=mark.wrong, count=count, cells=cells)
    if mark.mistakes:
        return _named(mark.mistakes, words)
    is_array = mark.right.kind == ARRAY and mark.verdict == "wrong"
    if is_array and mark.value.shape != mark.right.value.shape:
        got, right = Shape(mark.value.shape), Shape(mark.right.value.shape)
        return words("mistakes.shape", got=got, right=right)
    return ""


def _cell(cell: Cell, words: Words) -> str:
    text = words("mistakes.cell", at=cell.at, value=cell.value, right=cell.right)
    why = _named(cell.mistakes, words)
    return words("mistakes.cell_why", cell=text, why=why) if why else text


def _named(mistakes: Iterable[Mistake], words: Words) -> str:
    """The mistakes with "or" between them; of many the last are summed up."""
    mistakes = list(mistakes)
    main = [each for each in mistakes if each.rank == 0]
    terms = [each for each in mistakes if each.rank]
    texts = list(dict.fromkeys(mistake_text(each, words) for each in main or terms))
    if (main and terms) or (len(texts) > MOST_NAMED and terms):
        texts = [*texts[: MOST_NAMED - 1], words("mistakes.one_term")]
    return words("mistakes.or").join(texts)


def mistake_text(mistake: Mistake, words: Words = ENGLISH) -> str:
    """The mistake in words."""
    fields = dict(mistake.fields)
    for name in {"first", "second"} & fields.keys():
        fields[name] = f"({fields[name]})" if fields[name] < 0 else fields[name]
    return words(f"mistakes.of.{mistake.key}", **fields)
