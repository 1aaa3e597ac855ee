"""The schemes of torch.nn.init: each a recipe that draws a weight, with the numbers behind it."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, erf, prod, sqrt
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.weights.torch_stream import TorchGenerator
from convcli.errors import ConvError
from convcli.suggestions import did_you_mean

GAINS = {"linear": 1.0, "sigmoid": 1.0, "tanh": 5.0 / 3, "relu": sqrt(2.0), "selu": 3.0 / 4}
NONLINEARITIES = (
    *GAINS,
    "leaky_relu",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
)
FAN_MODES = ("fan_in", "fan_out")
# The share of the normal distribution within the bounds from which numbers outside are drawn again.
# Source: torch.nn.init._no_grad_trunc_normal_.
LEAST_SHARE_TO_REDRAW = 0.3

GAIN = "{gain}"  # the field of a formula that holds the gain


class Recipe(NamedTuple):
    """How a scheme draws a weight; gain, bound and std are None if it has no such number.

    `formula` is a template of the bound or the standard deviation, with `{gain}` in it.
    """

    draw: Callable[[TorchGenerator], Array]
    gain: float | None = None
    bound: float | None = None
    std: float | None = None
    formula: str = ""


def fans(spec: ConvSpec) -> tuple[int, int]:
    """fan_in and fan_out: weight.shape[1] and weight.shape[0], times prod(kernel_size).

    Source: torch.nn.init._calculate_fan_in_and_fan_out.

    >>> fans(ConvSpec.of(in_channels=2, out_channels=3, kernel_size=5, dims=1, transposed=True))
    (15, 10)
    """
    return spec.fan_in, spec.weight_shape[0] * prod(spec.kernel_size)


def calculate_gain(nonlinearity: str, a: float = 0.0) -> float:
    """The factor that keeps the variance behind a nonlinearity; `a` is leaky_relu's slope.

    Raises ConvError if the nonlinearity is unknown. Source: torch.nn.init.calculate_gain.

    >>> calculate_gain("leaky_relu", 1.0)
    1.0
    """
    if nonlinearity not in NONLINEARITIES:
        rule = f"must be one of {', '.join(NONLINEARITIES)}"
        hint = did_you_mean(nonlinearity, NONLINEARITIES)
        raise ConvError(
            "nonlinearity.name", rule, parameter="nonlinearity", got=nonlinearity, hint=hint
        )
    return sqrt(2.0 / (1 + a**2)) if nonlinearity == "leaky_relu" else GAINS.get(nonlinearity, 1.0)


def _uniform_of(spec: ConvSpec, dtype: Any, low: float, high: float, **numbers: Any) -> Recipe:
    return Recipe(
        lambda generator: generator.uniform(spec.weight_shape, low, high, dtype), **numbers
    )


def _normal_of(spec: ConvSpec, dtype: Any, std: float, mean: float = 0.0, **numbers: Any) -> Recipe:
    return Recipe(
        lambda generator: generator.normal(spec.weight_shape, mean, std, dtype), std=std, **numbers
    )


def _default(spec: ConvSpec, dtype: Any) -> Recipe:
    """kaiming_uniform_ with a = sqrt(5): its bound is 1/sqrt(fan_in), up to the last bit."""
    recipe = _kaiming_uniform(spec, dtype, sqrt(5), "fan_in", "leaky_relu")
    return recipe._replace(formula=f"1/sqrt(fan_in) = 1/sqrt({spec.fan_in})")


def _uniform(spec: ConvSpec, dtype: Any, a: float, b: float) -> Recipe:
    if not a <= b:
        raise ConvError("scheme.range", "uniform needs a <= b", parameter="a", got=a)
    return _uniform_of(spec, dtype, a, b)


def _normal(spec: ConvSpec, dtype: Any, mean: float, std: float) -> Recipe:
    _check_std(std)
    return _normal_of(spec, dtype, std, mean)


def _check_std(std: float) -> None:
    if not std >= 0:
        raise ConvError("std.least", "must be at least 0", parameter="std", got=std)


def _xavier_std(spec: ConvSpec, gain: float) -> tuple[float, str]:
    fan_in, fan_out = fans(spec)
    return gain * sqrt(2.0 / float(fan_in + fan_out)), f"({fan_in} + {fan_out})"


def _xavier_uniform(spec: ConvSpec, dtype: Any, gain: float) -> Recipe:
    std, fan_sum = _xavier_std(spec, gain)
    bound = sqrt(3.0) * std
    formula = f"gain*sqrt(6/(fan_in + fan_out)) = {GAIN}*sqrt(6/{fan_sum})"
    return _uniform_of(spec, dtype, -bound, bound, gain=gain, bound=bound, formula=formula)


def _xavier_normal(spec: ConvSpec, dtype: Any, gain: float) -> Recipe:
    std, fan_sum = _xavier_std(spec, gain)
    formula = f"gain*sqrt(2/(fan_in + fan_out)) = {GAIN}*sqrt(2/{fan_sum})"
    return _normal_of(spec, dtype, std, gain=gain, formula=formula)


def _kaiming_std(
    spec: ConvSpec, a: float, mode: str, nonlinearity: str
) -> tuple[float, float, int]:
    if mode not in FAN_MODES:
        rule = f"must be one of {', '.join(FAN_MODES)}"
        hint = did_you_mean(mode, FAN_MODES)
        raise ConvError("mode.name", rule, parameter="mode", got=mode, hint=hint)
    fan = fans(spec)[FAN_MODES.index(mode)]
    gain = calculate_gain(nonlinearity, a)
    return gain / sqrt(fan) if fan else 0.0, gain, fan


def _kaiming_uniform(spec: ConvSpec, dtype: Any, a: float, mode: str, nonlinearity: str) -> Recipe:
    std, gain, fan = _kaiming_std(spec, a, mode, nonlinearity)
    bound = sqrt(3.0) * std
    formula = f"gain*sqrt(3/{mode}) = {GAIN}*sqrt(3/{fan})"
    return _uniform_of(spec, dtype, -bound, bound, gain=gain, bound=bound, formula=formula)


def _kaiming_normal(spec: ConvSpec, dtype: Any, a: float, mode: str, nonlinearity: str) -> Recipe:
    std, gain, fan = _kaiming_std(spec, a, mode, nonlinearity)
    formula = f"gain/sqrt({mode}) = {GAIN}/sqrt({fan})"
    return _normal_of(spec, dtype, std, gain=gain, formula=formula)


def _constant(spec: ConvSpec, dtype: Any, val: float) -> Recipe:
    return Recipe(lambda generator: np.full(spec.weight_shape, val, dtype))


def _dirac(spec: ConvSpec, dtype: Any, groups: int | None) -> Recipe:
    """1 in the middle of kernel (o, o) of each group: the output repeats the input's channels."""
    count = spec.groups if groups is None else int(groups)
    first, second, *kernel = spec.weight_shape
    if count < 1 or first % count:
        rule = f"must divide the weight's first axis, {first}"
        raise ConvError("dirac.groups", rule, parameter="groups", got=groups)
    weight = np.zeros(spec.weight_shape, dtype)
    middle = tuple(size // 2 for size in kernel)
    for start in range(0, first, first // count):
        for channel in range(min(first // count, second)):
            weight[(start + channel, channel, *middle)] = 1
    return Recipe(lambda generator: weight)


def _truncated_normal(
    spec: ConvSpec, dtype: Any, mean: float, std: float, a: float, b: float
) -> Recipe:
    """Normal numbers in [a, b]: those outside are drawn again, or, far in a tail, rejected."""
    _check_std(std)
    if not a < b or not std:
        rule = "trunc_normal needs a < b, and std above 0"
        raise ConvError("scheme.range", rule, parameter="a", got=a)
    share = (erf((b - mean) / std / sqrt(2.0)) - erf((a - mean) / std / sqrt(2.0))) / 2
    number = np.dtype(dtype).type

    def redraw(generator: TorchGenerator) -> Array:
        numbers = generator.normal(spec.weight_shape, mean, std, dtype)
        while (outside := (numbers < number(a)) | (numbers > number(b))).any():
            again = generator.normal(spec.weight_shape, mean, std, dtype)
            numbers = np.where(outside, again, numbers)
        return numbers

    peak = number(-0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2)

    def log_likelihood(values: Array) -> Array:
        """Of the normal distribution, relative to its largest value within the bounds."""
        return np.asarray(((values - number(mean)) / number(std)) ** 2 * number(-0.5) - peak)

    def reject(generator: TorchGenerator) -> Array:
        """Uniform numbers, each kept with its likelihood."""
        numbers, pending = np.zeros(spec.weight_shape, dtype), np.ones(spec.weight_shape, bool)
        while pending.any():
            candidates = generator.uniform(spec.weight_shape, a, b, dtype)
            numbers = np.where(pending, candidates, numbers)
            with np.errstate(divide="ignore"):
                chance = np.log(generator.uniform(spec.weight_shape, dtype=dtype))
            pending &= chance > log_likelihood(candidates)
        return numbers

    return Recipe(redraw if share > LEAST_SHARE_TO_REDRAW else reject, std=std)


def _orthogonal(spec: ConvSpec, dtype: Any, gain: float) -> Recipe:
    """gain times orthonormal rows, or columns, of the flattened weight; QR of normal numbers."""

    def draw(generator: TorchGenerator) -> Array:
        rows = spec.weight_shape[0]
        flat = generator.normal((rows, prod(spec.weight_shape[1:])), dtype=dtype)
        wide = rows < flat.shape[1]
        q, r = np.linalg.qr(flat.T if wide else flat)
        q = q * np.sign(np.diag(r))
        layout = (q.T if wide else q).reshape(spec.weight_shape)
        return np.asarray(layout * np.dtype(dtype).type(gain))

    return Recipe(draw, gain)


def _sparse(spec: ConvSpec, dtype: Any, sparsity: float, std: float) -> Recipe:
    """Normal numbers with a share of zeros in each column of (weight.shape[0], the other axes)."""
    _check_std(std)
    if not 0 <= sparsity <= 1:
        rule = "must be between 0 and 1"
        raise ConvError("sparsity.range", rule, parameter="sparsity", got=sparsity)

    def draw(generator: TorchGenerator) -> Array:
        flat = generator.normal((spec.weight_shape[0], prod(spec.weight_shape[1:])), 0, std, dtype)
        for column in range(flat.shape[1]):
            flat[generator.permutation(len(flat))[: ceil(sparsity * len(flat))], column] = 0
        return flat.reshape(spec.weight_shape)

    return Recipe(draw, std=std)


# Each scheme's recipe, called with (spec, dtype, **arguments), and the arguments' defaults.
_KAIMING = {"a": 0.0, "mode": "fan_in", "nonlinearity": "leaky_relu"}
SCHEMES: dict[str, tuple[Callable[..., Recipe], dict[str, Any]]] = {
    "default": (_default, {}),
    "uniform": (_uniform, {"a": 0.0, "b": 1.0}),
    "normal": (_normal, {"mean": 0.0, "std": 1.0}),
    "xavier_uniform": (_xavier_uniform, {"gain": 1.0}),
    "xavier_normal": (_xavier_normal, {"gain": 1.0}),
    "kaiming_uniform": (_kaiming_uniform, _KAIMING),
    "kaiming_normal": (_kaiming_normal, _KAIMING),
    "trunc_normal": (_truncated_normal, {"mean": 0.0, "std": 1.0, "a": -2.0, "b": 2.0}),
    "constant": (_constant, {"val": 0.0}),
    "zeros": (lambda spec, dtype: _constant(spec, dtype, 0.0), {}),
    "ones": (lambda spec, dtype: _constant(spec, dtype, 1.0), {}),
    "dirac": (_dirac, {"groups": None}),
    "orthogonal": (_orthogonal, {"gain": 1.0}),
    "sparse": (_sparse, {"sparsity": 0.5, "std": 0.01}),
}
