"""A course of learning, as the views of `convcli learn` get it."""

from __future__ import annotations

from math import isfinite
from typing import NamedTuple

from convcli.engine.training.descent import Epoch, Quadratic, TrainedLayer
from convcli.engine.training.worked_step import WorkedStep

PLAIN = "sgd"  # the optimiser without state
GROWTH = 10  # times the first loss, from which on a loss is no transient


class Course(NamedTuple):
    """A descent: the choices, the epochs kept, all losses, and the layers at the end.

    `torch_loss` is the module that computes the `loss`; `idle_loss` is the loss of an output of
    zeros. `told` is the step that is worked out whole.
    """

    loss: str
    torch_loss: str
    optimiser: str
    lr: float
    epochs: list[Epoch]
    losses: list[float]
    final_loss: float
    idle_loss: float
    layers: list[TrainedLayer]
    minimum: Quadratic | None
    verbose: bool
    told: WorkedStep | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the rule is w - lr*gradient, of which the largest stable lr is known."""
        return self.optimiser.startswith(f"{PLAIN}:")

    @property
    def diverged(self) -> bool:
        """Whether the loss left all bounds: it is not finite, or far above the first one.

        Far above is more than GROWTH times the first, and more than an output of zeros would have:
        a loss of nearly 0 may grow by rounding, or by weight decay. With a learning rate that is
        not stable for plain gradient descent, any growth counts.
        """
        first = self.losses[0]
        if not isfinite(self.final_loss):
            return True
        if self.final_loss <= first:
            return False
        unstable = self.minimum is not None and self.lr > self.minimum.largest_step
        far = self.final_loss > GROWTH * first and self.final_loss > self.idle_loss
        return far or (self.is_plain and unstable)
