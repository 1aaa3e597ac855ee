"""Start weights as torch draws them, by torch.nn.init's schemes, with its names and arguments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.weights.schemes import SCHEMES, Recipe, fans
from convcli.engine.weights.torch_stream import TorchGenerator
from convcli.errors import ConvError
from convcli.suggestions import did_you_mean

DEFAULT = "default"  # the scheme of the layer's constructor


class Initialisation(NamedTuple):
    """Drawn weights, and the numbers that the scheme derived; None if it has no such number.

    `formula` is a template of the bound or the standard deviation, with `{gain}` in it.
    """

    weight: Array
    bias: Array | None
    scheme: str
    arguments: Mapping[str, Any]
    fan_in: int
    fan_out: int
    gain: float | None = None
    bound: float | None = None
    std: float | None = None
    formula: str = ""


def initialise(spec: ConvSpec, seed: int, dtype: Any = np.float32) -> tuple[Array, Array | None]:
    """Weight and bias of the layer's constructor after `torch.manual_seed(seed)`, to the bit.

    -> weight `spec.weight_shape`, bias (C_out,) or None; both U(-b, b) with b = 1/sqrt(fan_in), the
    weight drawn first. Source: torch.nn.modules.conv._ConvNd.reset_parameters.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=2)
    >>> weight, bias = initialise(spec, seed=0)
    >>> [round(float(value), 4) for value in weight.ravel()], round(float(bias[0]), 4)
    ([-0.0037, 0.2682, -0.4115, -0.368], -0.1926)
    """
    drawn = initialise_by(spec, seed, dtype=dtype)
    return drawn.weight, drawn.bias


def initialise_chain(
    specs: Sequence[ConvSpec], seed: int, scheme: str = DEFAULT
) -> list[tuple[Array, Array | None]]:
    """Weight and bias of each layer of a chain, in float32.

    After one `torch.manual_seed(seed)` the constructors draw all layers in order; then `scheme`
    draws all weights again, in order. Raises ConvError if the scheme is unknown.
    """
    generator = TorchGenerator(seed)
    drawn = [
        (_recipe(spec, DEFAULT, {}, np.float32)[0].draw(generator), _bias(spec, generator))
        for spec in specs
    ]
    if scheme == DEFAULT:
        return drawn
    recipes = [_recipe(spec, scheme, {}, np.float32)[0] for spec in specs]
    return [
        (recipe.draw(generator), bias) for recipe, (_, bias) in zip(recipes, drawn, strict=True)
    ]


def initialise_by(
    spec: ConvSpec,
    seed: int,
    scheme: str = DEFAULT,
    arguments: Mapping[str, Any] | None = None,
    dtype: Any = np.float32,
) -> Initialisation:
    """Weight and bias after `torch.manual_seed(seed)`, the constructor, and a scheme.

    The scheme, a function of torch.nn.init, draws the weight; the bias is the constructor's.

        fan_in = weight.shape[1]*prod(kernel_size), fan_out = weight.shape[0]*prod(kernel_size)

    also for transposed layers. Raises ConvError if the scheme or an argument is unknown.

    >>> spec = ConvSpec.of(in_channels=3, out_channels=8, kernel_size=3, dims=2)
    >>> round(initialise_by(spec, 0, "kaiming_normal", {"nonlinearity": "relu"}).std, 4)
    0.2722
    """
    recipe, all_arguments = _recipe(spec, scheme, arguments or {}, dtype)
    generator = TorchGenerator(seed)
    weight = _recipe(spec, DEFAULT, {}, dtype)[0].draw(generator)
    bias = _bias(spec, generator, dtype)
    if scheme != DEFAULT:
        weight = recipe.draw(generator)
    return Initialisation(
        weight,
        bias,
        scheme,
        all_arguments,
        *fans(spec),
        recipe.gain,
        recipe.bound,
        recipe.std,
        recipe.formula,
    )


def _recipe(
    spec: ConvSpec, scheme: str, arguments: Mapping[str, Any], dtype: Any
) -> tuple[Recipe, dict[str, Any]]:
    """The recipe of a scheme, and its arguments with the defaults."""
    if scheme not in SCHEMES:
        rule = f"must be one of {', '.join(SCHEMES)}"
        torchs = scheme.lower().replace("glorot_", "xavier_").replace("he_", "kaiming_")
        hint = did_you_mean(torchs, SCHEMES)
        raise ConvError("scheme.name", rule, parameter="scheme", got=scheme, hint=hint)
    make, defaults = SCHEMES[scheme]
    for name, value in arguments.items():
        if name not in defaults:
            rule = f"{scheme} takes {', '.join(defaults) or 'no arguments'}"
            raise ConvError("scheme.arguments", rule, parameter=name, got=value)
    all_arguments = defaults | dict(arguments)
    return make(spec, dtype, **all_arguments), all_arguments


def _bias(spec: ConvSpec, generator: TorchGenerator, dtype: Any = np.float32) -> Array | None:
    if not spec.bias:
        return None
    bound = 1 / sqrt(spec.fan_in) if spec.fan_in else 0.0
    return generator.uniform((spec.out_channels,), -bound, bound, dtype)
