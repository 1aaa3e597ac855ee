"""The layer of Keras that makes an output shape with a number of parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.computed import Computed
from convcli.errors import ConvError
from convcli.inputs.networks.keras_layers import parsed_config

_LARGEST_STRIDE = 16
_CLASS = re.compile(
    r"(?P<way>Depthwise|Separable)?Conv(?P<rank>[123])D(?P<transposed>Transpose)?"
    r"|(?P<pool>(?:Max|Average)Pooling)(?P<pool_rank>[123])D"
)
Config = dict[str, Any]


def layer_of(kind: str, input: Shape, output: Shape, parameters: int) -> Layer | None:
    """The layer (N, C, *sizes) -> output; None where there is none.

    The smallest stride that fits is taken, and `valid` before `same`. A layer of other classes,
    or whose arguments the numbers do not decide, is known by its shape and its parameters.

    >>> layer_of("Conv2D", Shape((1, 1, 28, 28)), Shape((1, 8, 14, 14)), 80).output_shape(
    ...     Shape((1, 1, 28, 28)))
    (1, 8, 14, 14)
    """
    if not prod(input) or not prod(output):
        return None
    match = _CLASS.fullmatch(kind)
    if match is None:
        return _other(kind, input, output, parameters)
    rank = int(match["rank"] or match["pool_rank"])
    if len(input) != rank + 2 or len(output) != rank + 2:
        return None
    configs = _pools(input, output) if match["pool"] else _convolutions(
        match, rank, input, output, parameters
    )  # fmt: skip
    for config in configs:
        layer = _fitting(kind, config, input, output, parameters)
        if layer is not None:
            return layer
    is_smaller = all(out <= size for out, size in zip(output[2:], input[2:], strict=True))
    if match["pool"]:
        return Computed(output) if is_smaller and not parameters else None
    per_tap = (1 if match["way"] == "Depthwise" else input[1]) * output[1]
    if match["way"] != "Separable" and (
        _root(parameters, per_tap, rank) or _root(parameters - output[1], per_tap, rank)
    ):
        return None  # the kernel is known, and no stride and padding make the output
    weights = max(parameters - output[1], 0)
    moved_over = input if match["transposed"] else output
    return Computed(output, parameters, weights * prod((output[0], *moved_over[2:])))


def _fitting(
    kind: str, config: Config, input: Shape, output: Shape, parameters: int
) -> Layer | None:
    try:
        (parsed,) = parsed_config(kind, config)
        layer = parsed.layer_for([input])
        fits = layer.output_shape(input) == output and layer.parameters == parameters
    except (ConvError, ValueError):
        return None
    return layer if fits else None


def _convolutions(
    match: re.Match[str], rank: int, input: Shape, output: Shape, parameters: int
) -> Iterator[Config]:
    """The arguments of convolutions with so many parameters, small strides first."""
    channels = 1 if match["way"] else input[1]
    for bias in (True, False):
        weights = parameters - bias * output[1]
        kernel = _root(weights, channels * output[1], rank)
        if kernel is None:
            continue
        for stride in range(1, _LARGEST_STRIDE + 1):
            for padding in ("valid", "same"):
                config: Config = {
                    "kernel_size": kernel,
                    "strides": stride,
                    "padding": padding,
                    "use_bias": bias,
                }
                if match["way"] == "Depthwise":
                    config["depth_multiplier"] = output[1] // input[1]
                else:
                    config["filters"] = output[1]
                yield config


def _root(weights: int, per_tap: int, rank: int) -> int | None:
    """The kernel size of a cube of taps; None where the weights fill none."""
    if per_tap < 1 or weights < per_tap or weights % per_tap:
        return None
    taps = weights // per_tap
    near = round(taps ** (1 / rank))
    return next((k for k in (near - 1, near, near + 1) if k >= 1 and k**rank == taps), None)


def _pools(input: Shape, output: Shape) -> Iterator[Config]:
    """Pooling whose strides are its window."""
    for size in range(2, _LARGEST_STRIDE + 1):
        for padding in ("valid", "same"):
            yield {"pool_size": size, "strides": size, "padding": padding}


def _other(kind: str, input: Shape, output: Shape, parameters: int) -> Layer | None:
    """A layer whose class says all but its units, or one that is known by its shape."""
    config: Config = {}
    if kind == "Dense":
        bias = parameters != input[1] * output[1]
        config = {"units": output[1], "use_bias": bias}
    if kind == "BatchNormalization" and parameters in (4 * input[1], 3 * input[1], 2 * input[1]):
        learnt = parameters // input[1] - 2
        config = {"scale": learnt > 0, "center": learnt > 1}
        parameters = learnt * input[1]
    layer = _fitting(kind, config, input, output, parameters)
    if layer is not None or kind == "Dense":
        return layer
    return Computed(output, parameters)
