"""One step of descent worked out: outputs, the loss, deltas, entries of gradients, updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import convolve
from convcli.engine.explain.worked_sums import WorkedSum, trace
from convcli.engine.gradients.worked_entry import GradientSum, Variable, trace_gradient
from convcli.engine.training.descent import (
    Change,
    Epoch,
    Objective,
    TrainedLayer,
    loss_and_gradients,
)
from convcli.engine.training.losses import ACTIVATIONS
from convcli.engine.training.optimisers import Settings
from convcli.engine.training.worked_update import Part, worked_direction

MOST_TERMS = 64  # of a sum that is worked out


class WorkedLayer(NamedTuple):
    """A layer in one step: z = layer(input), which the next layer reads after the activation.

    `delta` is dL/dz, (N, C_out, *out), and `slope` the activation's derivative at z, None where
    there is no activation. `first` is the first entry of z as a sum; `back` the one of dL/d(input)
    of the next layer, and `entries` the first ones of the gradients by their names. A sum of more
    than MOST_TERMS products is left out.
    """

    layer: TrainedLayer
    input: Array
    output: Array
    activated: Array | None
    slope: Array | None
    delta: Array
    first: WorkedSum | None
    back: GradientSum | None
    entries: dict[str, GradientSum | None]


class WorkedStep(NamedTuple):
    """The step of an epoch: its layers, the loss by its addends, and how each update comes about.

    The loss is the sum of `addends`, divided by their number where it `is_mean`. `directions` are
    the parts of the first entry of each update's direction, by the names of the arrays.
    """

    number: int
    optimiser: str
    layers: list[WorkedLayer]
    activation: str
    target: Array
    addends: Array
    is_mean: bool
    directions: dict[str, list[Part]]


def worked_step(
    layers: Sequence[TrainedLayer],
    objective: Objective,
    epoch: Epoch,
    optimiser: str,
    settings: Settings,
) -> WorkedStep:
    """The step of an epoch, before which the layers were these."""
    deltas: dict[int, Array] = {}
    with np.errstate(all="ignore"):
        loss_and_gradients(layers, objective, lambda i, delta: deltas.update({i: delta + 0.0}))
        worked = _layers(layers, objective, deltas)
        addends = objective.loss.addends(worked[-1].output, objective.target)
        directions = {
            change.name: worked_direction(
                optimiser, *_first(change), _first_of(change.state), epoch.number, settings
            )
            for change in epoch.changes
        }
    loss = objective.loss
    return WorkedStep(
        epoch.number,
        optimiser,
        worked,
        objective.activation,
        objective.target,
        addends,
        loss.is_mean,
        directions,
    )


def _first(change: Change) -> tuple[Any, Any]:
    return change.before.reshape(-1)[0], change.gradient.reshape(-1)[0]


def _first_of(state: Mapping[str, Array] | None) -> dict[str, Any]:
    return {name: array.reshape(-1)[0] for name, array in (state or {}).items()}


def _layers(
    layers: Sequence[TrainedLayer], objective: Objective, deltas: dict[int, Array]
) -> list[WorkedLayer]:
    act, derivative = ACTIVATIONS[objective.activation]
    worked, x = [], objective.input
    for i, layer in enumerate(layers):
        output = convolve(layer.spec, x, layer.weight, layer.bias)
        is_inner = i + 1 < len(layers)
        has_activation = is_inner and objective.activation != "none"
        activated = act(output) if has_activation else None
        back = None
        if is_inner:
            following = layers[i + 1]
            read = output if activated is None else activated
            back = _entry(following, read, deltas[i + 1], "input")
        slope = derivative(output) if has_activation else None
        first, entries = _first_output(layer, x, output), _entries(i, layer, x, deltas[i])
        worked.append(
            WorkedLayer(layer, x, output, activated, slope, deltas[i], first, back, entries)
        )
        x = output if activated is None else activated
    return worked


def _first_output(layer: TrainedLayer, x: Array, output: Array) -> WorkedSum | None:
    spec = layer.spec
    taps = spec.in_per_group * prod(spec.kernel_size)
    if taps > MOST_TERMS or not output.size:
        return None
    at = (0,) * output.ndim
    return next(trace(spec, x, layer.weight, layer.bias, at=at))


def _entries(i: int, layer: TrainedLayer, x: Array, delta: Array) -> dict[str, GradientSum | None]:
    entries = {f"{i}.weight": _entry(layer, x, delta, "weight")}
    if layer.bias is not None:
        entries[f"{i}.bias"] = _entry(layer, x, delta, "bias")
    return entries


def _entry(layer: TrainedLayer, x: Array, delta: Array, variable: Variable) -> GradientSum | None:
    """The first entry of a gradient; None where it has too many terms."""
    spec = layer.spec
    terms = delta.size // spec.out_channels
    if variable == "input":
        terms = spec.out_per_group * prod(spec.kernel_size)
    if terms > MOST_TERMS:
        return None
    axes = {"input": x.ndim, "weight": layer.weight.ndim, "bias": 1}[variable]
    return trace_gradient(
        spec, x, layer.weight, layer.bias,
        variable=variable, at=(0,) * axes, output_gradient=delta,
    )  # fmt: skip
