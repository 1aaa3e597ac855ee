"""Start weights, drawn as torch draws them: torch.nn.init's schemes, by its names and with its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import ceil, erf, prod, sqrt
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.weights.torch_stream import TorchGenerator
from convcli.errors import ConvError

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


class Initialisation(NamedTuple):
    """Drawn weights with the numbers that they were drawn by; those that a scheme has no use for are None.

    `formula` is the bound or the standard deviation with its numbers filled in.
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


class _Recipe(NamedTuple):
    draw: Callable[[TorchGenerator], Array]
    gain: float | None = None
    bound: float | None = None
    std: float | None = None
    formula: str = ""


def initialise(spec: ConvSpec, seed: int, dtype: Any = np.float32) -> tuple[Array, Array | None]:
    """Weight and bias as `torch.manual_seed(seed)` and then the layer's constructor give them, to the bit.

    -> weight `spec.weight_shape`, bias (C_out,) or None; both U(-b, b) with b = 1/sqrt(fan_in), weight drawn first.
    Source: torch.nn.modules.conv._ConvNd.reset_parameters.

    >>> weight, bias = initialise(ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=2), seed=0)
    >>> [round(float(value), 4) for value in weight.ravel()], round(float(bias[0]), 4)
    ([-0.0037, 0.2682, -0.4115, -0.368], -0.1926)
    """
    found = initialise_by(spec, seed, dtype=dtype)
    return found.weight, found.bias


def initialise_chain(
    specs: Sequence[ConvSpec], seed: int, scheme: str = "default"
) -> list[tuple[Array, Array | None]]:
    """Weight and bias of each layer of a chain in float32: torch constructs them all, in order, after one manual_seed,
    and then the scheme, where it is another than the default, draws their weights, in order."""
    generator = TorchGenerator(seed)
    drawn = [
        (_default(spec, np.float32).draw(generator), _draw_bias(spec, generator, np.float32))
        for spec in specs
    ]
    if scheme == "default":
        return drawn
    recipes = [_recipe(spec, scheme, {}, np.float32)[0] for spec in specs]
    return [
        (recipe.draw(generator), bias) for recipe, (_, bias) in zip(recipes, drawn, strict=True)
    ]


def initialise_by(
    spec: ConvSpec,
    seed: int,
    scheme: str = "default",
    arguments: Mapping[str, Any] | None = None,
    dtype: Any = np.float32,
) -> Initialisation:
    """The numbers of `torch.manual_seed(seed)`, the layer's constructor, and then torch.nn.init's function of that name
    on the weight; the bias stays as the constructor drew it.

    fan_in = weight.shape[1] * prod(kernel_size) and fan_out = weight.shape[0] * prod(kernel_size), by the axes of the
    tensor, also for transposed layers. Raises ConvError where the scheme or an argument is unknown.

    >>> spec = ConvSpec.of(in_channels=3, out_channels=8, kernel_size=3, dims=2)
    >>> round(initialise_by(spec, 0, "kaiming_normal", {"nonlinearity": "relu"}).std, 4)
    0.2722
    """
    recipe, given = _recipe(spec, scheme, arguments or {}, dtype)
    generator = TorchGenerator(seed)
    weight, bias = _default(spec, dtype).draw(generator), _draw_bias(spec, generator, dtype)
    if scheme != "default":
        weight = recipe.draw(generator)
    return Initialisation(
        weight,
        bias,
        scheme,
        given,
        *fans(spec),
        recipe.gain,
        recipe.bound,
        recipe.std,
        recipe.formula,
    )


def _recipe(
    spec: ConvSpec, scheme: str, arguments: Mapping[str, Any], dtype: Any
) -> tuple[_Recipe, dict[str, Any]]:
    if scheme not in SCHEMES:
        raise ConvError(
            "scheme.name", f"must be one of {', '.join(SCHEMES)}", parameter="scheme", got=scheme
        )
    make, defaults = SCHEMES[scheme]
    for name, value in arguments.items():
        if name not in defaults:
            rule = f"{scheme} takes {', '.join(defaults) or 'no arguments'}"
            raise ConvError("scheme.arguments", rule, parameter=name, got=value)
    given = defaults | dict(arguments)
    return make(spec, dtype, **given), given


def fans(spec: ConvSpec) -> tuple[int, int]:
    """fan_in and fan_out by the axes of the weight, as torch.nn.init counts them."""
    first, second, *kernel = spec.weight_shape
    return second * prod(kernel), first * prod(kernel)


def calculate_gain(nonlinearity: str, a: float = 0.0) -> float:
    """The factor that keeps variances behind a nonlinearity. Source: torch.nn.init.calculate_gain.

    >>> calculate_gain("leaky_relu", 1.0)
    1.0
    """
    if nonlinearity not in NONLINEARITIES:
        rule = f"must be one of {', '.join(NONLINEARITIES)}"
        raise ConvError("nonlinearity.name", rule, parameter="nonlinearity", got=nonlinearity)
    return sqrt(2.0 / (1 + a**2)) if nonlinearity == "leaky_relu" else GAINS.get(nonlinearity, 1.0)


def _draw_bias(spec: ConvSpec, generator: TorchGenerator, dtype: Any) -> Array | None:
    if not spec.bias:
        return None
    bound = 1 / sqrt(spec.fan_in) if spec.fan_in else 0.0
    return generator.uniform((spec.out_channels,), -bound, bound, dtype)


def _default(spec: ConvSpec, dtype: Any) -> _Recipe:
    """torch draws the weight by kaiming_uniform_(a=sqrt(5)), whose bound is 1/sqrt(fan_in) but rounded another way."""
    recipe = _kaiming_uniform(spec, dtype, sqrt(5), "fan_in", "leaky_relu")
    return recipe._replace(formula=f"1/sqrt(fan_in) = 1/sqrt({spec.fan_in})")


def _uniform(spec: ConvSpec, dtype: Any, a: float, b: float) -> _Recipe:
    if not a <= b:
        raise ConvError("scheme.range", "uniform needs a <= b", parameter="a", got=a)
    return _Recipe(lambda generator: generator.uniform(spec.weight_shape, a, b, dtype))


def _normal(spec: ConvSpec, dtype: Any, mean: float, std: float) -> _Recipe:
    _check_std(std)
    return _Recipe(lambda generator: generator.normal(spec.weight_shape, mean, std, dtype), std=std)


def _check_std(std: float) -> None:
    if not std >= 0:
        raise ConvError("std.least", "must be at least 0", parameter="std", got=std)


def _xavier_std(spec: ConvSpec, gain: float) -> tuple[float, str]:
    fan_in, fan_out = fans(spec)
    return gain * sqrt(2.0 / float(fan_in + fan_out)), f"({fan_in} + {fan_out})"


def _xavier_uniform(spec: ConvSpec, dtype: Any, gain: float) -> _Recipe:
    std, both = _xavier_std(spec, gain)
    bound = sqrt(3.0) * std
    formula = f"gain*sqrt(6/(fan_in + fan_out)) = {gain:.6g}*sqrt(6/{both})"
    return _Recipe(
        lambda generator: generator.uniform(spec.weight_shape, -bound, bound, dtype),
        gain,
        bound,
        formula=formula,
    )


def _xavier_normal(spec: ConvSpec, dtype: Any, gain: float) -> _Recipe:
    std, both = _xavier_std(spec, gain)
    formula = f"gain*sqrt(2/(fan_in + fan_out)) = {gain:.6g}*sqrt(2/{both})"
    return _Recipe(
        lambda generator: generator.normal(spec.weight_shape, 0, std, dtype),
        gain,
        std=std,
        formula=formula,
    )


def _kaiming_std(
    spec: ConvSpec, a: float, mode: str, nonlinearity: str
) -> tuple[float, float, int]:
    if mode not in FAN_MODES:
        raise ConvError(
            "mode.name", f"must be one of {', '.join(FAN_MODES)}", parameter="mode", got=mode
        )
    fan = fans(spec)[FAN_MODES.index(mode)]
    gain = calculate_gain(nonlinearity, a)
    return gain / sqrt(fan) if fan else 0.0, gain, fan


def _kaiming_uniform(spec: ConvSpec, dtype: Any, a: float, mode: str, nonlinearity: str) -> _Recipe:
    std, gain, fan = _kaiming_std(spec, a, mode, nonlinearity)
    bound = sqrt(3.0) * std
    formula = f"gain*sqrt(3/{mode}) = {gain:.6g}*sqrt(3/{fan})"
    return _Recipe(
        lambda generator: generator.uniform(spec.weight_shape, -bound, bound, dtype),
        gain,
        bound,
        formula=formula,
    )


def _kaiming_normal(spec: ConvSpec, dtype: Any, a: float, mode: str, nonlinearity: str) -> _Recipe:
    std, gain, fan = _kaiming_std(spec, a, mode, nonlinearity)
    formula = f"gain/sqrt({mode}) = {gain:.6g}/sqrt({fan})"
    return _Recipe(
        lambda generator: generator.normal(spec.weight_shape, 0, std, dtype),
        gain,
        std=std,
        formula=formula,
    )


def _constant(spec: ConvSpec, dtype: Any, val: float) -> _Recipe:
    return _Recipe(lambda generator: np.full(spec.weight_shape, val, dtype))


def _dirac(spec: ConvSpec, dtype: Any, groups: int | None) -> _Recipe:
    """A one in the middle of kernel (o, o) of each group: the layer hands its input on, as far as there are channels."""
    count = spec.groups if groups is None else int(groups)
    first, second, *kernel = spec.weight_shape
    if count < 1 or first % count:
        raise ConvError(
            "dirac.groups",
            f"must divide the weight's first axis, {first}",
            parameter="groups",
            got=groups,
        )
    weight = np.zeros(spec.weight_shape, dtype)
    middle = tuple(size // 2 for size in kernel)
    for start in range(0, first, first // count):
        for channel in range(min(first // count, second)):
            weight[(start + channel, channel, *middle)] = 1
    return _Recipe(lambda generator: weight)


def _truncated_normal(
    spec: ConvSpec, dtype: Any, mean: float, std: float, a: float, b: float
) -> _Recipe:
    """Normal numbers in [a, b]; what falls outside is drawn again, or, far in a tail, accepted as rarely as it should."""
    _check_std(std)
    if not a < b or not std:
        raise ConvError(
            "scheme.range", "trunc_normal needs a < b, and std above 0", parameter="a", got=a
        )
    number = np.dtype(dtype).type
    inside = (erf((b - mean) / std / sqrt(2.0)) - erf((a - mean) / std / sqrt(2.0))) / 2
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2

    def redraw(generator: TorchGenerator) -> Array:
        found = generator.normal(spec.weight_shape, mean, std, dtype)
        while (outside := (found < number(a)) | (found > number(b))).any():
            found = np.where(outside, generator.normal(spec.weight_shape, mean, std, dtype), found)
        return found

    def reject(generator: TorchGenerator) -> Array:
        found = np.zeros(spec.weight_shape, dtype)
        pending = np.ones(spec.weight_shape, bool)
        while pending.any():
            candidates = generator.uniform(spec.weight_shape, a, b, dtype)
            found = np.where(pending, candidates, found)
            likelihood = ((candidates - number(mean)) / number(std)) ** 2 * number(-0.5) - number(
                peak
            )
            with np.errstate(divide="ignore"):
                pending &= np.log(generator.uniform(spec.weight_shape, dtype=dtype)) > likelihood
        return found

    return _Recipe(redraw if inside > 0.3 else reject, std=std)


def _orthogonal(spec: ConvSpec, dtype: Any, gain: float) -> _Recipe:
    """Rows, or columns, of the flattened weight that are orthonormal, times gain; by QR of normal numbers."""

    def draw(generator: TorchGenerator) -> Array:
        rows = spec.weight_shape[0]
        flat = generator.normal((rows, prod(spec.weight_shape[1:])), dtype=dtype)
        wide = rows < flat.shape[1]
        q, r = np.linalg.qr(flat.T if wide else flat)
        q = q * np.sign(np.diag(r))
        return np.asarray(
            (q.T if wide else q).reshape(spec.weight_shape) * np.dtype(dtype).type(gain)
        )

    return _Recipe(draw, gain)


def _sparse(spec: ConvSpec, dtype: Any, sparsity: float, std: float) -> _Recipe:
    """Normal numbers with that share of zeros in every column of the flattened weight, (weight.shape[0], the rest)."""
    _check_std(std)
    if not 0 <= sparsity <= 1:
        raise ConvError(
            "sparsity.range", "must be between 0 and 1", parameter="sparsity", got=sparsity
        )

    def draw(generator: TorchGenerator) -> Array:
        flat = generator.normal((spec.weight_shape[0], prod(spec.weight_shape[1:])), 0, std, dtype)
        for column in range(flat.shape[1]):
            flat[generator.permutation(len(flat))[: ceil(sparsity * len(flat))], column] = 0
        return flat.reshape(spec.weight_shape)

    return _Recipe(draw, std=std)


_KAIMING = {"a": 0.0, "mode": "fan_in", "nonlinearity": "leaky_relu"}
SCHEMES: dict[str, tuple[Callable[..., _Recipe], dict[str, Any]]] = {
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
