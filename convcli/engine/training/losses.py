"""Losses with their gradients, by torch.nn's definitions."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from convcli.engine.arrays import Array


class Loss(NamedTuple):
    """A loss by its addends and its gradient, both of (output, target), and its name in torch.

    The value is the sum of the addends, or their mean.
    """

    addends: Callable[[Array, Array], Array]
    gradient: Callable[[Array, Array], Array]
    torch_name: str
    is_mean: bool = True

    def value(self, output: Array, target: Array) -> float:
        """The loss of an output."""
        addends = self.addends(output, target)
        return float(np.mean(addends) if self.is_mean else np.sum(addends))


def sigmoid(z: Array) -> Array:
    """1/(1 + exp(-z)), of any z without overflow."""
    return np.where(
        z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z)))
    )


def _cross_entropy(z: Array, target: Array) -> Array:
    """-target*log(sigmoid(z)) - (1 - target)*log(1 - sigmoid(z)), where neither may overflow."""
    return np.asarray(np.maximum(z, 0) - z * target + np.log1p(np.exp(-np.abs(z))))


LOSSES = {
    "mse": Loss(
        lambda out, target: np.asarray((out - target) ** 2),
        lambda out, target: 2 * (out - target) / out.size,
        "nn.MSELoss()",
    ),
    "sse": Loss(
        lambda out, target: np.asarray((out - target) ** 2),
        lambda out, target: 2 * (out - target),
        "nn.MSELoss(reduction='sum')",
        is_mean=False,
    ),
    "l1": Loss(
        lambda out, target: np.asarray(np.abs(out - target)),
        lambda out, target: np.sign(out - target) / out.size,
        "nn.L1Loss()",
    ),
    "bce": Loss(
        _cross_entropy,
        lambda out, target: (sigmoid(out) - target) / out.size,
        "nn.BCEWithLogitsLoss()",
    ),
}

ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "none": (lambda z: z, np.ones_like),
    "relu": (lambda z: np.maximum(z, 0), lambda z: (z > 0).astype(z.dtype)),
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * (1 - sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
}
