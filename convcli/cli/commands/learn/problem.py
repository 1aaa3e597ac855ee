"""The problem that `convcli learn` solves, and the course that learning takes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcli.cli.commands.learn.options import LearnOptions
from convcli.cli.commands.learn.weights import real_array, start_layers
from convcli.cli.input.array_reader import ArrayReader
from convcli.cli.input.axis_orders import in_typed_order
from convcli.cli.input.memory import learning_bytes, require_generated, require_memory
from convcli.cli.output.progress import watched
from convcli.cli.output.streams import Streams
from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape, promoted_shape, restored_shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.training.descent import (
    Epoch,
    Objective,
    TrainedLayer,
    chain_output,
    check_chain,
    descend,
    quadratic,
)
from convcli.engine.training.losses import LOSSES
from convcli.engine.training.optimisers import OPTIMISERS, Settings
from convcli.engine.training.worked_step import worked_step
from convcli.errors import ConvError
from convcli.inputs.text.layer import parse_layer
from convcli.inputs.text.layouts import Layouts, parse_layouts
from convcli.inputs.text.seeds import drawn_alike, is_drawn_from, with_seeds
from convcli.report.views.course import Course
from convcli.report.words.vocabulary import Words

# Numbers of the design matrix up to which the exact minimum is computed.
LARGEST_DESIGN = 2_000_000
MOST_EPOCHS = 10**9
SQUARED = {"mse": True, "sse": False}  # losses with an exact minimum, and whether it is a mean


class Problem(NamedTuple):
    """Start layers, input and target, which fit each other, and how to learn."""

    layers: list[TrainedLayer]
    x: Array
    target: Array
    options: LearnOptions
    settings: Settings


def _check_epochs(options: LearnOptions) -> None:
    if options.epochs > MOST_EPOCHS:
        rule = f"must be at most {MOST_EPOCHS}"
        raise ConvError("epochs.range", rule, parameter="epochs", got=options.epochs)
    if options.epoch is not None and options.epoch > options.epochs:
        rule = f"must be one of the {options.epochs} epochs"
        raise ConvError("epoch.range", rule, parameter="epoch", got=options.epoch)


def load_problem(
    texts: Sequence[str],
    x_text: str,
    target_text: str,
    layer_arguments: Mapping[str, Any],
    options: LearnOptions,
    seed: int,
    streams: Streams,
) -> Problem:
    """Read a problem. Raises ConvError where something cannot be read, or does not fit."""
    _check_epochs(options)
    requests = [parse_layer(text, layer_arguments) for text in texts]
    rank = requests[0].rank
    *named, weight, bias = with_seeds((x_text, target_text, options.weight, options.bias))
    options = replace(options, weight=weight, bias=bias)
    if weight is None and is_drawn_from(seed, x_text):
        streams.note(drawn_alike("X", x_text, seed))
    arrays = [(name, text or "") for name, text in zip(("X", "TARGET"), named, strict=True)]
    require_generated(arrays, options.max_memory)
    layouts = parse_layouts(options.layout, rank, transposed=requests[0].transposed)
    if layouts:
        streams.note("--layout: the arrays are read in it; weights come in torch's order")
    reader = ArrayReader(
        rank, streams, options.max_memory, decimal=options.decimal, layouts=layouts
    )
    x, target = (real_array(name, reader.read(text, name)) for name, text in arrays)
    x = x.reshape(promoted_shape(x.shape, rank, "input"))
    specs: list[ConvSpec] = []
    shapes = [Shape(x.shape)]
    for request in requests:
        specs.append(request.for_input(shapes[-1]))
        shapes.append(specs[-1].output_shape(shapes[-1]))
    numbers = [prod(x.shape), target.size, *map(prod, shapes)]
    weights = [prod(spec.weight_shape) for spec in specs]
    told = options.told_epoch is not None
    require_memory(learning_bytes(numbers, weights, told=told), options.max_memory)
    layers = start_layers(specs, options, seed, reader)
    target = _fitting(layers, options.activation, x, target, layouts)
    return Problem(layers, x, target, options, _settings(options))


def _fitting(
    layers: Sequence[TrainedLayer], activation: str, x: Array, target: Array, layouts: Layouts
) -> Array:
    """The target in the output's shape. Raises ConvError where it has another one."""
    try:
        return check_chain(layers, activation, x, target)
    except ConvError as error:
        if error.parameter != "TARGET":
            raise
        output = Shape(chain_output(layers, activation, x).shape)
        wanted = restored_shape(output, min(max(target.ndim, 1), len(output)))
        raise in_typed_order(error, layouts, wanted, Shape(target.shape)) from None


def _settings(options: LearnOptions) -> Settings:
    optimiser = OPTIMISERS[options.optimizer]
    return Settings(
        optimiser.lr if options.lr is None else options.lr,
        momentum=options.momentum,
        weight_decay=(
            optimiser.weight_decay if options.weight_decay is None else options.weight_decay
        ),
    )


def follow(
    problem: Problem,
    streams: Streams,
    words: Words,
    write: Callable[[Sequence[TrainedLayer]], None],
    take: Callable[[Epoch], None],
) -> Course:
    """Learn, and write the layers at the end; `take` gets every epoch.

    An interrupt writes those of the last complete epoch, and goes on upwards.
    """
    options = problem.options
    epochs: list[Epoch] = []
    losses: list[float] = []
    layers, told = problem.layers, None
    loss, optimiser = LOSSES[options.loss], OPTIMISERS[options.optimizer]
    objective = Objective(problem.x, problem.target, loss, options.activation)
    course = descend(problem.layers, objective, optimiser.rule, problem.settings)
    is_told = options.told_epoch is not None
    try:
        steps = islice(course, min(options.epochs, sys.maxsize))
        for epoch, after in watched(steps, options.epochs, "epochs", streams, words):
            losses.append(epoch.loss)
            take(epoch)
            if epoch.number == options.told_epoch:
                told = worked_step(layers, objective, epoch, options.optimizer, problem.settings)
            layers = after
            if _is_kept(epoch.number, options):
                epochs.append(epoch.bare(with_changes=is_told))
    finally:
        write(layers)
    with np.errstate(all="ignore"):
        output = chain_output(layers, options.activation, problem.x)
        final = loss.value(output, problem.target)
        idle = loss.value(np.zeros_like(output), problem.target)
    name, lr = f"{options.optimizer}: {optimiser.torch_name}", problem.settings.lr
    minimum = _minimum(problem)
    return Course(
        options.loss, loss.torch_name, name, lr, epochs, losses, final, idle, layers, minimum,
        is_told, told,
    )  # fmt: skip


def _is_kept(number: int, options: LearnOptions) -> bool:
    """Whether an epoch is printed."""
    always = (1, options.epochs, options.told_epoch)
    return number in always or number % options.every == 0


def _minimum(problem: Problem) -> Any:
    """The exact minimum of a squared loss of one layer; None where there is none, or too large."""
    loss = problem.options.loss
    if len(problem.layers) > 1 or loss not in SQUARED:
        return None
    (layer,) = problem.layers
    parameters = layer.weight.size + layer.spec.out_channels
    if parameters * prod(problem.target.shape) > LARGEST_DESIGN:
        return None
    objective = Objective(problem.x, problem.target, LOSSES[loss])
    return quadratic(layer, objective, mean=SQUARED[loss])
