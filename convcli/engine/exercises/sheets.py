"""A sheet of exercises: as many as asked for, no two of them alike, for ever the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from convcli.engine.exercises.drawing import draw
from convcli.engine.exercises.draws import Draws
from convcli.engine.exercises.exercise import ASKS, LEVELS, Exercise
from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError


@dataclass(frozen=True)
class Request:
    """What is asked for: how many problems, of which asks, at which level, about which layers.

    No `asks` are all of them; with layers those that can be asked about them.
    """

    seed: int = 0
    count: int = 8
    level: str = "easy"
    asks: tuple[str, ...] = ()
    layers: tuple[ConvSpec, ...] = ()


def draw_sheet(request: Request) -> list[Exercise]:
    """The exercises of a request; a larger count goes on where a smaller one ends.

    The asks take turns. Raises ConvError where there are not so many different problems, or none of
    an ask.
    """
    return list(_drawn(request))


def _drawn(request: Request) -> Iterator[Exercise]:
    questions: set[tuple[Any, ...]] = set()
    contents: set[tuple[Any, ...]] = set()
    asks = list(request.asks or ASKS)
    level = LEVELS.index(request.level)
    number = turn = 0
    while number < request.count:
        if not asks:
            rule = f"has {number} different problems here, and no more: ask for at most so many"
            raise ConvError("exercise.count", rule, parameter="count", got=request.count)
        ask = asks[turn % len(asks)]
        draws = Draws(request.seed, level, ASKS.index(ask), number)
        exercise = draw(
            ask, request.level, draws, request.layers, lambda new: new.question not in questions
        ) or draw(
            ask, request.level, draws, request.layers, lambda new: new.content not in contents
        )
        if exercise is None:
            if request.asks and not any(each[0] == ask for each in contents):
                raise _impossible(ask, request)
            asks.remove(ask)
            continue
        questions.add(exercise.question)
        contents.add(exercise.content)
        number, turn = number + 1, turn + 1
        yield exercise


def _impossible(ask: str, request: Request) -> ConvError:
    """The error for an ask of which no problem can be made."""
    rule = "cannot be asked about these layers: " + REASONS.get(ask, "they do not fit on paper")
    return ConvError("exercise.ask", rule, parameter="ask", got=ask)


REASONS = {
    "transposed": "none of them is transposed",
    "receptive-field": "their receptive fields differ between axes or units",
    "size": "all of them are transposed, which is the ask transposed",
    "padding": "all of them are transposed",
    "sum": "their sums and arrays are too large for paper",
    "output": "their outputs are too large for paper",
    "gradient": "their sums are too large for paper",
}
