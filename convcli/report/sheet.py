"""Sheet: exercises as data that a renderer sets: texts, arrays, answers and worked steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from convcli.report.document import Block
from convcli.report.words.vocabulary import ENGLISH, Words


class WrongAnswer(NamedTuple):
    """An answer, of the kind of the right one, and the mistake that leads to it."""

    value: Any
    why: str


class AnswerPart(NamedTuple):
    """A right answer.

    `value` is an int, a Shape, or an array; `kind` is "number", "shape", "array" or "padding" (a
    Shape with a number for each axis, the padding of each side). `label` says of what, `others`
    are right too. Answers within `tolerance` of a number are right. `mistakes` makes the answers
    that mistakes with a name lead to; a few are right by chance.
    """

    label: str
    value: Any
    kind: str
    others: tuple[Any, ...] = ()
    tolerance: float = 0
    mistakes: Callable[[], tuple[WrongAnswer, ...]] = tuple


class SheetProblem(NamedTuple):
    """A problem: `title` names its ask, `text` is the question, `steps` the solution, in blocks.

    The first block of `text` is a `Note` with the question in words; layers, shapes and arrays
    stand in blocks behind it. `code` are the lines of the layers. `data` has what machine
    formats have of the question: layer, input, weight, bias, at, ...
    """

    number: int
    ask: str
    title: str
    text: tuple[Block, ...]
    code: tuple[str, ...]
    answers: tuple[AnswerPart, ...]
    steps: tuple[Block, ...]
    data: dict[str, Any]


class Sheet(NamedTuple):
    """Problems under a title; `command` makes them again, `words` is their language."""

    title: str
    seed: int
    level: str
    problems: tuple[SheetProblem, ...]
    command: str
    words: Words = ENGLISH
