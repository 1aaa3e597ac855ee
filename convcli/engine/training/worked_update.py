"""The direction of an update worked out for one number, by the rules of `optimisers`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import sqrt
from typing import NamedTuple

from convcli.engine.training.optimisers import Settings

State = Mapping[str, float]


class Part(NamedTuple):
    """A step on the way to the direction d: its name, and a sum or a quotient with its value.

    `factors` are the terms of a sum. A quotient has none: it is top/(sqrt(square) + eps), each
    divided by its correction, which is 1 where there is none.
    """

    name: str
    value: float
    factors: tuple[tuple[float, ...], ...] = ()
    quotient: tuple[float, ...] = ()  # top, its correction, square, its correction, eps


def worked_direction(
    optimiser: str, weight: float, gradient: float, state: State, step: int, settings: Settings
) -> list[Part]:
    """The parts of d of one number, the last of them d; empty where d is the gradient.

    `state` is that before the step, and `step` counts from 1.

    >>> worked_direction("momentum", 1.0, 0.5, {"velocity": 2.0}, 2, Settings(lr=0.1))
    [Part(name='v', value=2.3, factors=((0.9, 2.0), (0.5,)), quotient=())]
    """
    g, parts = float(gradient), []
    decay = settings.weight_decay
    if decay and optimiser != "adamw":
        parts.append(_sum("g", (g,), (decay, float(weight))))
        g = parts[-1].value
    return parts + _RULES[optimiser](float(weight), g, state, step, settings)


def _sum(name: str, *factors: tuple[float, ...]) -> Part:
    total = 0.0
    for term in factors:
        value = 1.0
        for number in term:
            value *= number
        total += value
    return Part(name, total, factors)


def _quotient(
    top: float, top_correction: float, square: float, correction: float, eps: float
) -> Part:
    value = top / top_correction / (sqrt(square / correction) + eps)
    return Part("d", value, quotient=(top, top_correction, square, correction, eps))


def _sgd(weight: float, g: float, state: State, step: int, settings: Settings) -> list[Part]:
    return []


def _momentum(weight: float, g: float, state: State, step: int, settings: Settings) -> list[Part]:
    if step == 1:
        return [_sum("v", (g,))]
    return [_sum("v", (settings.momentum, float(state["velocity"])), (g,))]


def _nesterov(weight: float, g: float, state: State, step: int, settings: Settings) -> list[Part]:
    velocity = _momentum(weight, g, state, step, settings)
    return [*velocity, _sum("d", (g,), (settings.momentum, velocity[-1].value))]


def _adam(weight: float, g: float, state: State, step: int, settings: Settings) -> list[Part]:
    first, second = settings.betas
    mean = _sum("m", (first, float(state.get("mean", 0))), (1 - first, g))
    square = _sum("v", (second, float(state.get("square", 0))), (1 - second, g, g))
    corrections = 1 - first**step, 1 - second**step
    return [
        mean,
        square,
        _quotient(mean.value, corrections[0], square.value, corrections[1], settings.eps),
    ]


def _adamw(weight: float, g: float, state: State, step: int, settings: Settings) -> list[Part]:
    parts = _adam(weight, g, state, step, settings)
    if not settings.weight_decay:
        return parts
    adam = parts[-1]._replace(name="a")
    return [*parts[:-1], adam, _sum("d", (adam.value,), (settings.weight_decay, weight))]


def _rmsprop(weight: float, g: float, state: State, step: int, settings: Settings) -> list[Part]:
    alpha = settings.alpha
    square = _sum("v", (alpha, float(state.get("square", 0))), (1 - alpha, g, g))
    return [square, _quotient(g, 1, square.value, 1, settings.eps)]


_RULES: dict[str, Callable[[float, float, State, int, Settings], list[Part]]] = {
    "sgd": _sgd,
    "momentum": _momentum,
    "nesterov": _nesterov,
    "adam": _adam,
    "adamw": _adamw,
    "rmsprop": _rmsprop,
}
