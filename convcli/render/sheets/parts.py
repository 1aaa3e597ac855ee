"""What the formats of a sheet share: answers as text, and room for the work."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from convcli.render import Style
from convcli.render.operations import blocks_for_people
from convcli.render.values import text
from convcli.report.document import Block, Document, Facts, Formulas, Sum, Tensor
from convcli.report.sheet import AnswerPart, SheetProblem
from convcli.report.words.vocabulary import Words

LINE = 7  # mm of a line of writing
LEAST, MOST = 14, 56  # mm of room for the work


def answer_text(part: AnswerPart, words: Words) -> str:
    """The right answers: `4x4`, `1 or 2`."""
    values = (part.value, *part.others)
    if part.kind == "padding":
        written = [f"({', '.join(map(str, value))})" for value in values]
        return words("sheet.or").join(each if "," in each else each.strip("()") for each in written)
    return words("sheet.or").join(map(text, values))


def simple_blocks(blocks: tuple[Block, ...], style: Style) -> Iterator[Block]:
    """The blocks of a solution, operations as simpler ones."""
    return blocks_for_people(Document("exercise", blocks), style)


def arrays_of(part: AnswerPart) -> Iterator[tuple[str, int, int]]:
    """The label, the rows and the columns of each plane of an array."""
    *leading, rows, columns = (1, *part.value.shape) if part.value.ndim < 2 else part.value.shape
    for place in product(*map(range, leading)):
        yield f"{part.label}{list(place)}" if place else "", rows, columns


def height_of(problem: SheetProblem) -> int:
    """The room for the work in mm, by the lines of its solution."""
    lines = 0
    for block in problem.steps:
        if isinstance(block, Sum):
            lines += 1 + len(block.factors) // 8
        elif isinstance(block, Formulas):
            lines += 1 + len(block.rows)
        elif not isinstance(block, (Facts, Tensor)):
            lines += 1
    return min(MOST, max(LEAST, LINE * lines))
