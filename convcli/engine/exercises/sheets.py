"""A sheet of exercises: as many as asked for, no two of them alike, for ever the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from convcli.engine.exercises.drawing import WAYS, draw
from convcli.engine.exercises.draws import Draws
from convcli.engine.exercises.exercise import ASKS, LEVELS, Exercise, Named
from convcli.errors import ConvError

USUAL = 8  # problems
Seen = set[tuple[Any, ...]]


@dataclass(frozen=True)
class Request:
    """What is asked for: how many problems, of which asks, at which level, about which layers.

    No `asks` are all of them; with layers those that can be asked about them. No `count` is the
    usual one, or as many as there are.
    """

    seed: int = 0
    count: int | None = None
    level: str = "easy"
    asks: tuple[str, ...] = ()
    layers: tuple[Named, ...] = ()


def draw_sheet(request: Request) -> list[Exercise]:
    """The exercises of a request; a larger count goes on where a smaller one ends.

    The asks take turns. Raises ConvError where there are not so many different problems, or none of
    an ask.
    """
    return list(_drawn(request))


def _drawn(request: Request) -> Iterator[Exercise]:
    questions: Seen = set()
    contents: Seen = set()
    asks = list(request.asks or ASKS)
    start = Draws(request.seed).below(len(WAYS))
    number = turn = 0
    while number < (request.count or USUAL):
        if not asks:
            if request.count is None and number:
                return
            rule = f"must be at most {number}: there are no more different problems of this kind"
            raise ConvError("exercise.count", rule, parameter="count", got=request.count)
        ask = asks[turn % len(asks)]
        exercise = _next(request, ask, number, start + turn // len(asks), (questions, contents))
        if exercise is None:
            if request.asks and not any(each[0] == ask for each in contents):
                raise _impossible(ask, request)
            asks.remove(ask)
            continue
        questions.add(exercise.question)
        contents.add(exercise.content)
        number, turn = number + 1, turn + 1
        yield exercise


def _next(
    request: Request, ask: str, number: int, way: int, seen: tuple[Seen, Seen]
) -> Exercise | None:
    """The exercise of a number; with other numbers alone where no other question is left."""
    questions, contents = seen
    level = LEVELS.index(request.level)
    draws = Draws(request.seed, level, ASKS.index(ask), number)
    return draw(
        ask, request.level, draws, request.layers, lambda new: new.question not in questions, way
    ) or draw(
        ask, request.level, draws, request.layers, lambda new: new.content not in contents, way
    )


def _impossible(ask: str, request: Request) -> ConvError:
    """The error for an ask of which no problem can be made."""
    rule = "cannot be asked about these layers: " + REASONS.get(ask, "they do not fit on paper")
    return ConvError("exercise.ask", rule, parameter="ask", got=ask)


REASONS = {
    "transposed": "none of them is transposed, or it is too large for paper",
    "receptive-field": "their receptive fields differ between axes or units",
    "padding": "their padding follows from the size",
    "sum": "their sums and arrays are too large for paper",
    "output": "their outputs are too large for paper",
    "gradient": "their sums are too large for paper",
}
