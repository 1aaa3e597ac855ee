"""Gradient descent on the weights of one layer or a chain, the whole batch in every step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite
from typing import NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import convolve
from convcli.engine.geometry.shapes import Shape
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
    """What one step did to one array: after = before - lr*direction."""

    name: str
    before: Array
    gradient: Array
    direction: Array
    after: Array


class Epoch(NamedTuple):
    """One step: the loss before it, and every array's change."""

    number: int
    loss: float
    changes: tuple[Change, ...]


def chain_output(layers: Sequence[TrainedLayer], activation: str, x: Array) -> Array:
    """The chain's output (N, C_out, *out) for x (N, C_in, *sizes): the activation stands between layers."""
    return _forward(layers, activation, x)[-1]


def check_chain(layers: Sequence[TrainedLayer], activation: str, x: Array, target: Array) -> Array:
    """The target in the output's shape. Raises ConvError where layers, input or target do not fit each other."""
    output = chain_output(layers, activation, x)
    if (
        target.size != output.size
        or tuple(target.shape) != tuple(output.shape)[output.ndim - target.ndim :]
    ):
        rule = f"must have the shape {Shape(output.shape)} of the output"
        raise ConvError("target.shape", rule, parameter="TARGET", got=Shape(target.shape))
    return target.reshape(output.shape)


def descend(
    layers: Sequence[TrainedLayer],
    x: Array,
    target: Array,
    loss: Loss,
    rule: Rule,
    settings: Settings,
    activation: str = "none",
) -> Iterator[tuple[Epoch, list[TrainedLayer]]]:
    """Epoch after epoch, without end, each with the layers after it: loss, gradients, and w - lr*direction.

    x (N, C_in, *sizes), target in the output's shape. It stops where the loss is no number any more.
    """
    current = list(layers)
    states: dict[str, State] = {}
    number = 0
    while True:
        number += 1
        with np.errstate(all="ignore"):
            value, found = loss_and_gradients(current, x, target, loss, activation)
            changes = []
            for name, before, gradient in found:
                direction = rule(before, gradient, states.setdefault(name, {}), number, settings)
                changes.append(
                    Change(name, before, gradient, direction, before - settings.lr * direction)
                )
        after = {change.name: change.after for change in changes}
        current = [
            TrainedLayer(layer.spec, after[f"{i}.weight"], after.get(f"{i}.bias"))
            for i, layer in enumerate(current)
        ]
        yield Epoch(number, value, tuple(changes)), current
        if not isfinite(value):
            return


def loss_and_gradients(
    layers: Sequence[TrainedLayer], x: Array, target: Array, loss: Loss, activation: str
) -> tuple[float, list[tuple[str, Array, Array]]]:
    """The loss, and (name, array, gradient) of every weight and bias: "0.weight", "0.bias", "1.weight", ..."""
    slope = ACTIVATIONS[activation][1]
    inputs = _forward(layers, activation, x)
    output = inputs.pop()
    upstream = loss.gradient(output, target)
    found: list[tuple[str, Array, Array]] = []
    for i in reversed(range(len(layers))):
        spec, weight, bias = layers[i]
        of = gradients(spec, inputs[i], weight, bias, output_gradient=upstream)
        own = [(f"{i}.weight", weight, of.weight)] + (
            [] if bias is None else [(f"{i}.bias", bias, of.bias)]
        )
        found = own + found
        if i:
            before_activation = convolve(*layers[i - 1][:1], inputs[i - 1], *layers[i - 1][1:])
            upstream = of.input * slope(before_activation)
    return loss.value(output, target), found


def _forward(layers: Sequence[TrainedLayer], activation: str, x: Array) -> list[Array]:
    """The input of every layer, and last the output."""
    act = ACTIVATIONS[activation][0]
    values = [x]
    for i, (spec, weight, bias) in enumerate(layers):
        out = convolve(spec, values[-1], weight, bias)
        values.append(act(out) if i + 1 < len(layers) else out)
    return values


class Quadratic(NamedTuple):
    """What descent on one linear layer with squared errors is heading for.

    `largest_step` is the learning rate below which plain gradient descent converges, 2/(largest eigenvalue of the
    loss's second derivative); weight and bias are the least-squares solution of smallest norm, and `loss` its loss.
    """

    largest_step: float
    weight: Array
    bias: Array | None
    loss: float


def quadratic(layer: TrainedLayer, x: Array, target: Array, loss: Loss, mean: bool) -> Quadratic:
    """The exact minimum of a squared-error loss for one layer, from its design matrix: output = A*parameters.

    Column j of A, (outputs, parameters), is the output for parameter j alone.
    """
    spec, weight, bias = layer
    columns = []
    for j in range(weight.size):
        unit = np.zeros(weight.size)
        unit[j] = 1
        columns.append(convolve(spec, x, unit.reshape(weight.shape)).reshape(-1))
    for o in range(0 if bias is None else spec.out_channels):
        one = np.zeros(target.shape)
        one[:, o] = 1
        columns.append(one.reshape(-1))
    design = np.stack(columns, axis=1)
    scale = 2 / target.size if mean else 2.0
    curvature = float(np.linalg.eigvalsh(scale * design.T @ design)[-1])
    solution = np.linalg.lstsq(design, target.reshape(-1), rcond=None)[0]
    best = (design @ solution).reshape(target.shape)
    return Quadratic(
        2 / curvature if curvature > 0 else float("inf"),
        solution[: weight.size].reshape(weight.shape),
        None if bias is None else solution[weight.size :],
        loss.value(best, target),
    )
