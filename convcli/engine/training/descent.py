"""Gradient descent on the weights of a layer or a chain; each step uses the whole batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import convolve
from convcli.engine.geometry.shapes import Shape, restored_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.gradients.gradients import gradients
from convcli.engine.training.losses import ACTIVATIONS, Loss
from convcli.engine.training.optimisers import Rule, Settings, State
from convcli.errors import ConvError


class TrainedLayer(NamedTuple):
    """A layer with its weights, in float64."""

    spec: ConvSpec
    weight: Array
    bias: Array | None


class Change(NamedTuple):
    """The change of an array by one step: after = before - lr*direction.

    `state` is what the optimiser knew of the array before the step.
    """

    name: str
    before: Array
    gradient: Array
    direction: Array
    after: Array
    state: Mapping[str, Array] | None = None


class Epoch(NamedTuple):
    """One step: the loss before it, and the changes of all arrays."""

    number: int
    loss: float
    changes: tuple[Change, ...]

    def bare(self, *, with_changes: bool) -> Epoch:
        """The epoch without what the optimiser knew, or without any changes."""
        changes = (change._replace(state=None) for change in self.changes if with_changes)
        return self._replace(changes=tuple(changes))


def chain_output(layers: Sequence[TrainedLayer], activation: str, x: Array) -> Array:
    """The output (N, C_out, *out) for x (N, C_in, *sizes), with the activation between layers."""
    return _forward(layers, activation, x)[-1]


def check_chain(layers: Sequence[TrainedLayer], activation: str, x: Array, target: Array) -> Array:
    """The target in the output's shape.

    Raises ConvError if layers, input and target do not fit each other.
    """
    output = chain_output(layers, activation, x)
    if not output.size:
        rule = f"must give an output with numbers: {Shape(output.shape)} has none, and no mean loss"
        raise ConvError("input.empty", rule, parameter="X", got=Shape(x.shape))
    if (
        target.size != output.size
        or tuple(target.shape) != tuple(output.shape)[output.ndim - target.ndim :]
    ):
        written = restored_shape(output.shape, min(max(target.ndim, 1), output.ndim))
        rule = f"must have the shape {written} of the output"
        raise ConvError("target.shape", rule, parameter="TARGET", got=Shape(target.shape))
    return target.reshape(output.shape)


class Objective(NamedTuple):
    """The task of a chain: input (N, C_in, *sizes), target in the output's shape, and loss.

    `activation` is applied between layers.
    """

    input: Array
    target: Array
    loss: Loss
    activation: str = "none"


def descend(
    layers: Sequence[TrainedLayer], objective: Objective, rule: Rule, settings: Settings
) -> Iterator[tuple[Epoch, list[TrainedLayer]]]:
    """Epochs, each with the layers after its step w - lr*direction.

    The last epoch is the first whose loss is not finite.
    """
    current = list(layers)
    states: dict[str, State] = {}
    number = 0
    while True:
        number += 1
        with np.errstate(all="ignore"):
            value, parts = loss_and_gradients(current, objective)
            changes = []
            for name, before, gradient in parts:
                state = states.setdefault(name, {})
                known = dict(state)
                direction = rule(before, gradient, state, number, settings)
                after_step = before - settings.lr * direction
                changes.append(Change(name, before, gradient, direction, after_step, known))
        after = {change.name: change.after for change in changes}
        current = [
            TrainedLayer(layer.spec, after[f"{i}.weight"], after.get(f"{i}.bias"))
            for i, layer in enumerate(current)
        ]
        yield Epoch(number, value, tuple(changes)), current
        if not isfinite(value):
            return


def _ignored(layer: int, delta: Array) -> None:
    """A delta that nobody needs."""


def loss_and_gradients(
    layers: Sequence[TrainedLayer],
    objective: Objective,
    take: Callable[[int, Array], None] = _ignored,
) -> tuple[float, list[tuple[str, Array, Array]]]:
    """The loss, and (name, array, gradient) of all arrays: "0.weight", "0.bias", "1.weight", ...

    `take` gets the number of each layer, from the last to the first, and its delta: the gradient of
    its output before the activation.
    """
    x, target, loss, activation = objective
    slope = ACTIVATIONS[activation][1]
    inputs = _forward(layers, activation, x)
    output = inputs.pop()
    upstream = loss.gradient(output, target)
    parts: list[tuple[str, Array, Array]] = []
    for i in reversed(range(len(layers))):
        spec, weight, bias = layers[i]
        take(i, upstream)
        of = gradients(spec, inputs[i], weight, bias, output_gradient=upstream)
        own = [(f"{i}.weight", weight, of.weight)] + (
            [] if bias is None else [(f"{i}.bias", bias, of.bias)]
        )
        parts = own + parts
        if i:
            before_activation = convolve(*layers[i - 1][:1], inputs[i - 1], *layers[i - 1][1:])
            upstream = of.input * slope(before_activation)
    return loss.value(output, target), parts


def _forward(layers: Sequence[TrainedLayer], activation: str, x: Array) -> list[Array]:
    """The input of each layer, then the output."""
    act = ACTIVATIONS[activation][0]
    values = [x]
    for i, (spec, weight, bias) in enumerate(layers):
        out = convolve(spec, values[-1], weight, bias)
        values.append(act(out) if i + 1 < len(layers) else out)
    return values


class Quadratic(NamedTuple):
    """The minimum that gradient descent on a layer with squared errors converges to.

    `largest_step` is the largest stable learning rate, 2/(largest eigenvalue of the loss's second
    derivative); weight and bias are the least-squares solution of smallest norm, `loss` is its
    loss. `rounding` is the most that rounding alone can leave of a loss of 0.
    """

    largest_step: float
    weight: Array
    bias: Array | None
    loss: float
    rounding: float


def quadratic(layer: TrainedLayer, objective: Objective, *, mean: bool) -> Quadratic | None:
    """The exact minimum of a squared-error loss, the mean or the sum, for one layer.

    None where input, target or the second derivative has a number that is not finite.

        output = A @ parameters,  d2loss = 2*A.T @ A  (divided by the number of outputs for a mean)

    Column j of the design matrix A, (outputs, parameters), is the output of parameter j = 1 alone.
    """
    spec, weight, bias = layer
    x, target, loss, _ = objective
    columns = []
    for j in range(weight.size):
        unit = np.zeros(weight.size)
        unit[j] = 1
        columns.append(convolve(spec, x, unit.reshape(weight.shape)).reshape(-1))
    for o in range(0 if bias is None else spec.out_channels):
        channel = np.zeros(target.shape)
        channel[:, o] = 1
        columns.append(channel.reshape(-1))
    design = np.stack(columns, axis=1)
    scale = 2 / target.size if mean else 2.0
    with np.errstate(all="ignore"):
        second_derivative = scale * design.T @ design
    if not all(np.isfinite(part).all() for part in (second_derivative, design, target)):
        return None
    curvature = float(np.linalg.eigvalsh(second_derivative)[-1])
    solution = np.linalg.lstsq(design, target.reshape(-1), rcond=None)[0]
    best = (design @ solution).reshape(target.shape)
    return Quadratic(
        2 / curvature if curvature > 0 else float("inf"),
        solution[: weight.size].reshape(weight.shape),
        None if bias is None else solution[weight.size :],
        loss.value(best, target),
        scale / 2 * _rounding(design, solution, target) ** 2,
    )


def _rounding(design: Array, solution: Array, target: Array) -> float:
    """How far rounding takes the outputs of an exact solution from the target, as a norm.

    A backward stable solver is exact for a design matrix and a target that are changed by
    eps*(terms in a sum):  norm <= eps * terms * (norm(A)*norm(parameters) + norm(target)).
    """
    terms = sum(design.shape)
    size = np.linalg.norm(design) * np.linalg.norm(solution) + np.linalg.norm(target)
    return float(np.finfo(np.float64).eps * terms * size)
