"""What `convcli learn` reads and how it follows a course of learning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from math import prod
from time import monotonic
from typing import Annotated, Any, NamedTuple, TypeVar

import numpy as np
from typer import Option

from convcli.cli.input.memory import require_generated, require_memory
from convcli.cli.output.atomic_files import check_target, write_file
from convcli.cli.output.streams import Streams
from convcli.engine.arrays import Array
from convcli.engine.compute.operands import numeric
from convcli.engine.geometry.shapes import Shape, promoted_shape
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
from convcli.engine.training.losses import ACTIVATIONS, LOSSES
from convcli.engine.training.optimisers import OPTIMISERS, Settings
from convcli.engine.weights.initialisers import initialise_chain
from convcli.errors import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.npy import npy_chunks, npz_bytes
from convcli.inputs.text.layer import parse_layer
from convcli.inputs.text.numbers import did_you_mean, parse_integer, parse_number
from convcli.report.views.learn import Course

LARGEST_DESIGN = (
    2_000_000  # numbers in the design matrix up to which the exact minimum is worked out
)
SQUARED = {"mse": True, "sse": False}  # and whether it is a mean
PATIENCE = 0.5  # seconds before progress is shown
Item = TypeVar("Item")


def _option(name: str, help: str, metavar: str) -> Any:
    return Option(f"--{name}", metavar=metavar, help=help, show_default=False)


@dataclass(frozen=True)
class LearnOptions:
    """How to learn; numbers as typed."""

    loss: Annotated[str, _option("loss", ", ".join(LOSSES), "NAME")] = "mse"
    optimizer: Annotated[str, _option("optimizer", ", ".join(OPTIMISERS), "NAME")] = "sgd"
    lr: Annotated[
        str | None, _option("lr", "learning rate; torch's default without it", "RATE")
    ] = None
    epochs: Annotated[str, _option("epochs", "steps on the whole batch (10)", "N")] = "10"
    momentum: Annotated[str, _option("momentum", "of momentum and nesterov (0.9)", "M")] = "0.9"
    weight_decay: Annotated[
        str | None, _option("weight-decay", "torch's default without it", "D")
    ] = None
    activation: Annotated[
        str, _option("activation", f"between layers: {', '.join(ACTIVATIONS)}", "NAME")
    ] = "none"
    init: Annotated[str, _option("init", "scheme of the start weights", "SCHEME")] = "default"
    seed: Annotated[str, _option("seed", "of the start weights (0)", "N")] = "0"
    weight: Annotated[
        str | None,
        _option("weight", "start weight; of a chain a .npz with 0.weight, 0.bias, ...", "ARRAY"),
    ] = None
    bias: Annotated[str | None, _option("bias", "start bias, beside --weight", "ARRAY")] = None
    every: Annotated[str, _option("every", "keep every N-th epoch (1)", "N")] = "1"
    verbose: Annotated[
        bool,
        Option("--verbose", help="weights before, loss, gradient, weights after, at each epoch"),
    ] = False
    target_loss: Annotated[
        str | None, _option("target-loss", "exit 1 where the loss at the end is above it", "LOSS")
    ] = None


class Problem(NamedTuple):
    """Start layers, input and target, checked against each other, and how to learn."""

    layers: list[TrainedLayer]
    x: Array
    target: Array
    options: LearnOptions
    settings: Settings
    epochs: int
    every: int


def load_problem(
    texts: Sequence[str],
    x_text: str,
    target_text: str,
    layer_options: Mapping[str, Any],
    options: LearnOptions,
    streams: Streams,
) -> Problem:
    """Read a problem. Raises ConvError where something cannot be read, is no choice, or does not fit."""
    for name, value, known in (
        ("loss", options.loss, LOSSES),
        ("optimizer", options.optimizer, OPTIMISERS),
        ("activation", options.activation, ACTIVATIONS),
    ):
        if value not in known:
            rule = f"must be one of {', '.join(known)}"
            raise ConvError(
                f"{name}.name", rule, parameter=name, got=value, hint=did_you_mean(value, known)
            )
    requests = [parse_layer(text, layer_options) for text in texts]
    rank = requests[0].rank
    named = (("X", x_text), ("TARGET", target_text))
    require_generated(named)
    x, target = (
        _real(name, read_array(text, name, rank, streams.stdin_bytes, require_memory))
        for name, text in named
    )
    x = x.reshape(promoted_shape(x.shape, rank, "input"))
    specs: list[ConvSpec] = []
    shape = Shape(x.shape)
    for request in requests:
        specs.append(request.for_input(shape))
        shape = specs[-1].output_shape(shape)
    layers = _start(specs, options, streams)
    target = check_chain(layers, options.activation, x, target)
    return Problem(
        layers,
        x,
        target,
        options,
        _settings(options),
        _positive(options.epochs, "epochs"),
        _positive(options.every, "every"),
    )


def _settings(options: LearnOptions) -> Settings:
    optimiser = OPTIMISERS[options.optimizer]
    lr = optimiser.lr if options.lr is None else parse_number(options.lr, "lr")
    decay = (
        optimiser.weight_decay
        if options.weight_decay is None
        else parse_number(options.weight_decay, "weight_decay")
    )
    momentum = parse_number(options.momentum, "momentum")
    for name, value in (("lr", lr), ("weight_decay", decay), ("momentum", momentum)):
        if value < 0:
            raise ConvError(f"{name}.least", "must be at least 0", parameter=name, got=value)
    return Settings(lr, momentum=momentum, weight_decay=decay)


def _positive(text: str, name: str) -> int:
    number = parse_integer(text, name)
    if number < 1:
        raise ConvError(f"{name}.least", "must be at least 1", parameter=name, got=number)
    return number


def _start(
    specs: Sequence[ConvSpec], options: LearnOptions, streams: Streams
) -> list[TrainedLayer]:
    """The start weights: drawn as torch draws them, or given, in float64."""
    if options.weight is None:
        drawn = initialise_chain(specs, parse_integer(options.seed, "seed"), options.init)
        return [
            TrainedLayer(spec, w.astype(np.float64), _wide(b))
            for spec, (w, b) in zip(specs, drawn, strict=True)
        ]
    if len(specs) > 1:
        return [_from_npz(spec, i, options.weight) for i, spec in enumerate(specs)]
    (spec,) = specs
    weight = read_array(options.weight, "weight", spec.rank, streams.stdin_bytes, require_memory)
    bias = (
        np.zeros(spec.out_channels)
        if options.bias is None
        else read_array(options.bias, "bias", 1, streams.stdin_bytes, require_memory)
    )
    return [_fitted(spec, weight, bias if spec.bias else None)]


def _from_npz(spec: ConvSpec, i: int, path: str) -> TrainedLayer:
    weight = read_array(f"{path}:{i}.weight", "weight", spec.rank, admit=require_memory)
    return _fitted(
        spec,
        weight,
        read_array(f"{path}:{i}.bias", "weight", 1, admit=require_memory) if spec.bias else None,
    )


def _fitted(spec: ConvSpec, weight: Array, bias: Array | None) -> TrainedLayer:
    shape = promoted_shape(weight.shape, spec.rank, "weight")
    if shape != spec.weight_shape or (bias is not None and bias.size != spec.out_channels):
        rule = f"must have the shape {spec.weight_shape} of the layer's weight, and the bias {spec.out_channels}"
        raise ConvError("weight.shape", rule, parameter="weight", got=shape)
    wide = None if bias is None else _real("bias", bias).reshape(-1)
    return TrainedLayer(spec, _real("weight", weight).reshape(shape), wide)


def _real(name: str, array: Array) -> Array:
    if numeric(name, array).dtype.kind == "c":
        raise ConvError(
            f"{name}.dtype",
            "must be real to learn from",
            parameter=name,
            got=str(array.dtype),
            kind="data",
        )
    return array.astype(np.float64)


def _wide(array: Array | None) -> Array | None:
    return None if array is None else array.astype(np.float64)


def follow(problem: Problem, streams: Streams, weights_file: str | None, force: bool) -> Course:
    """Learn, and write the weights where asked; interrupted, write those of the last epoch and be interrupted."""
    if weights_file:
        _check_weights_file(weights_file, len(problem.layers), force)
    kept: list[Epoch] = []
    losses: list[float] = []
    layers = problem.layers
    loss, optimiser = LOSSES[problem.options.loss], OPTIMISERS[problem.options.optimizer]
    objective = Objective(problem.x, problem.target, loss, problem.options.activation)
    steps = descend(problem.layers, objective, optimiser.rule, problem.settings)
    try:
        for epoch, layers in islice(_watched(steps, problem.epochs, streams), problem.epochs):  # noqa: B007
            losses.append(epoch.loss)
            if (
                epoch.number == 1
                or epoch.number % problem.every == 0
                or epoch.number == problem.epochs
            ):
                kept.append(epoch if problem.options.verbose else epoch._replace(changes=()))
    finally:
        if weights_file:
            _write_weights(weights_file, layers, force)
    with np.errstate(all="ignore"):
        final = loss.value(
            chain_output(layers, problem.options.activation, problem.x), problem.target
        )
    described = f"{problem.options.loss}: {loss.equation}, {loss.torch_name}"
    by = f"{problem.options.optimizer}: {optimiser.torch_name}"
    minimum = _minimum(problem)
    return Course(
        described,
        by,
        problem.settings.lr,
        kept,
        losses,
        final,
        layers,
        minimum,
        problem.options.verbose,
    )


def _minimum(problem: Problem) -> Any:
    if len(problem.layers) > 1 or problem.options.loss not in SQUARED:
        return None
    (layer,) = problem.layers
    parameters = layer.weight.size + layer.spec.out_channels
    if parameters * prod(problem.target.shape) > LARGEST_DESIGN:
        return None
    loss = problem.options.loss
    objective = Objective(problem.x, problem.target, LOSSES[loss])
    return quadratic(layer, objective, mean=SQUARED[loss])


def _check_weights_file(path: str, layers: int, force: bool) -> None:
    if layers > 1 and not path.endswith(".npz"):
        raise ConvError(
            "output.suffix",
            "the weights of a chain go into a .npz file",
            parameter="output",
            got=path,
        )
    check_target(path, force)


def _write_weights(path: str, layers: Sequence[TrainedLayer], force: bool) -> None:
    if path.endswith(".npy"):
        write_file(path, npy_chunks(layers[0].weight), force)
        return
    named = {
        f"{i}.{name}": array
        for i, layer in enumerate(layers)
        for name, array in (("weight", layer.weight), ("bias", layer.bias))
    }
    write_file(
        path,
        [npz_bytes({name: array for name, array in named.items() if array is not None})],
        force,
    )


def _watched(
    steps: Iterable[Item], total: int, streams: Streams, clock: Callable[[], float] = monotonic
) -> Iterator[Item]:
    """The steps; on a terminal, after half a second, with a bar on stderr."""
    stderr = streams.stderr
    if stderr is None or not stderr.isatty():
        yield from steps
        return
    started, bar = clock(), None
    try:
        for number, step in enumerate(steps, start=1):
            if bar is None and clock() - started > PATIENCE:
                from rich.console import Console
                from rich.progress import Progress

                bar = Progress(console=Console(file=stderr), transient=True)
                bar.start()
                task = bar.add_task("epochs", total=total)
            if bar is not None:
                bar.update(task, completed=number)
            yield step
    finally:
        if bar is not None:
            bar.stop()
