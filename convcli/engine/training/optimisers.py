"""Update rules by torch.optim's definitions: each returns d, and a step makes w - lr*d of w."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from convcli.engine.arrays import Array

State = dict[str, Array]


class Settings(NamedTuple):
    """torch.optim's arguments, with its defaults."""

    lr: float
    momentum: float = 0.9
    betas: tuple[float, float] = (0.9, 0.999)
    alpha: float = 0.99
    eps: float = 1e-8
    weight_decay: float = 0.0


Rule = Callable[[Array, Array, State, int, Settings], Array]


def _decayed(weight: Array, gradient: Array, settings: Settings) -> Array:
    return gradient + settings.weight_decay * weight if settings.weight_decay else gradient


def _sgd(weight: Array, gradient: Array, state: State, step: int, settings: Settings) -> Array:
    return _decayed(weight, gradient, settings)


def _momentum(weight: Array, gradient: Array, state: State, step: int, settings: Settings) -> Array:
    """v = momentum*v + g, and v = g at first; d = v."""
    g = _decayed(weight, gradient, settings)
    state["velocity"] = g if step == 1 else settings.momentum * state["velocity"] + g
    return state["velocity"]


def _nesterov(weight: Array, gradient: Array, state: State, step: int, settings: Settings) -> Array:
    """d = g + momentum*v."""
    velocity = _momentum(weight, gradient, state, step, settings)
    return _decayed(weight, gradient, settings) + settings.momentum * velocity


def _adam(weight: Array, gradient: Array, state: State, step: int, settings: Settings) -> Array:
    """m = b1*m + (1 - b1)*g, v = b2*v + (1 - b2)*g^2,

    d = m/(1 - b1^t) / (sqrt(v/(1 - b2^t)) + eps).
    """
    return _adaptive(_decayed(weight, gradient, settings), state, step, settings)


def _adamw(weight: Array, gradient: Array, state: State, step: int, settings: Settings) -> Array:
    """d = adam + weight_decay*w."""
    return _adaptive(gradient, state, step, settings) + settings.weight_decay * weight


def _adaptive(g: Array, state: State, step: int, settings: Settings) -> Array:
    first, second = settings.betas
    state["mean"] = first * state.get("mean", np.zeros_like(g)) + (1 - first) * g
    state["square"] = second * state.get("square", np.zeros_like(g)) + (1 - second) * g * g
    spread = np.sqrt(state["square"]) / np.sqrt(1 - second**step) + settings.eps
    return np.asarray(state["mean"] / (1 - first**step) / spread)


def _rmsprop(weight: Array, gradient: Array, state: State, step: int, settings: Settings) -> Array:
    """v = alpha*v + (1 - alpha)*g^2; d = g/(sqrt(v) + eps)."""
    g = _decayed(weight, gradient, settings)
    state["square"] = (
        settings.alpha * state.get("square", np.zeros_like(g)) + (1 - settings.alpha) * g * g
    )
    return np.asarray(g / (np.sqrt(state["square"]) + settings.eps))


class Optimiser(NamedTuple):
    """A rule, torch's name for it, and torch's default learning rate and weight decay."""

    rule: Rule
    torch_name: str
    lr: float
    weight_decay: float = 0.0


OPTIMISERS = {
    "sgd": Optimiser(_sgd, "optim.SGD", 1e-3),
    "momentum": Optimiser(_momentum, "optim.SGD(momentum)", 1e-3),
    "nesterov": Optimiser(_nesterov, "optim.SGD(momentum, nesterov=True)", 1e-3),
    "adam": Optimiser(_adam, "optim.Adam", 1e-3),
    "adamw": Optimiser(_adamw, "optim.AdamW", 1e-3, 0.01),
    "rmsprop": Optimiser(_rmsprop, "optim.RMSprop", 1e-2),
}
