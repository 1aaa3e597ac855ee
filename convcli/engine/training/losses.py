"""Losses with their gradients, by torch.nn's definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from convcli.engine.arrays import Array


class Loss(NamedTuple):
    """A loss: value and gradient, both of (output, target), and its name in torch."""

    value: Callable[[Array, Array], float]
    gradient: Callable[[Array, Array], Array]
    torch_name: str


def _sigmoid(z: Array) -> Array:
    return np.where(
        z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z)))
    )


def _cross_entropy(z: Array, target: Array) -> float:
    return float(np.mean(np.maximum(z, 0) - z * target + np.log1p(np.exp(-np.abs(z)))))


LOSSES = {
    "mse": Loss(
        lambda out, target: float(np.mean((out - target) ** 2)),
        lambda out, target: 2 * (out - target) / out.size,
        "nn.MSELoss()",
    ),
    "sse": Loss(
        lambda out, target: float(np.sum((out - target) ** 2)),
        lambda out, target: 2 * (out - target),
        "nn.MSELoss(reduction='sum')",
    ),
    "l1": Loss(
        lambda out, target: float(np.mean(np.abs(out - target))),
        lambda out, target: np.sign(out - target) / out.size,
        "nn.L1Loss()",
    ),
    "bce": Loss(
        _cross_entropy,
        lambda out, target: (_sigmoid(out) - target) / out.size,
        "nn.BCEWithLogitsLoss()",
    ),
}

ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "none": (lambda z: z, np.ones_like),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(z.dtype)),
    "sigmoid": (_sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
}
