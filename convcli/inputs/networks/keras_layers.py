"""Layers of a Keras model, by class and arguments, into layers of the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from math import prod
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.network.layers.activations import Pointwise
from convcli.engine.network.layers.base import Layer, check_rank
from convcli.engine.network.layers.computed import Computed, Counted
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.normalisation import Normalisation
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import GlobalPool
from convcli.engine.network.layers.resampling import Upsample, exact_scale
from convcli.engine.network.layers.reshaping import Flatten
from convcli.errors import ConvError
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.calls import bound_call, operators_of
from convcli.inputs.frameworks.names import FRAMEWORKS, Found, framework_of
from convcli.inputs.frameworks.signatures import Signature, signature_of
from convcli.inputs.networks.framework_layers import parsed_parts
from convcli.inputs.networks.parsed import Parsed
from convcli.suggestions import did_you_mean

Build = Callable[[Arguments, Shape], Layer]
KERAS = next(framework for framework in FRAMEWORKS if framework.name == "Keras")
SKIPPED = ("InputLayer", "Input")
JOINS = ("Add", "Concatenate", "Multiply", "Average", "Maximum", "Subtract", "Dot")
_USUAL = {"data_format": "channels_last", "activation": "linear"}  # that to_json() writes
_ANY_FIRST = "data_format=None input_shape~ trainable~ "


def _flatten(arguments: Arguments, shape: Shape) -> Layer:
    return Flatten()


def _dense(arguments: Arguments, shape: Shape) -> Layer:
    """A matrix along the last axis of Keras, which is that of the channels."""
    units, bias = arguments.integer("units"), arguments.flag("use_bias")
    if len(shape) == 2:
        return Linear(shape[1], units, bias)
    rank = len(shape) - 2
    return Convolution(
        ConvSpec.of(in_channels=shape[1], out_channels=units, kernel_size=1, bias=bias, dims=rank)
    )


def _batch_norm(arguments: Arguments, shape: Shape) -> Layer:
    """gamma and beta are learned; the moving mean and variance are not."""
    scale, center = arguments.flag("scale"), arguments.flag("center")
    return Normalisation(shape[1], scale or center, scale and center)


def _layer_norm(arguments: Arguments, shape: Shape) -> Layer:
    learnt = shape[1] * (arguments.flag("scale") + arguments.flag("center"))
    return Counted(Pointwise("LayerNorm"), learnt)


def _pointwise(module: str) -> Build:
    return lambda arguments, shape: Pointwise(module)


def _prelu(arguments: Arguments, shape: Shape) -> Layer:
    """One slope a cell, or one for all cells of the shared axes, counted as Keras counts them."""
    typed = (*shape[2:], shape[1])
    shared: set[int] = set()
    if arguments.get("shared_axes") is not None:
        axes = arguments.integers("shared_axes")
        shared = set(axes if isinstance(axes, tuple) else (axes,))
    slopes = prod(size for axis, size in enumerate(typed, 1) if axis not in shared)
    return Counted(Pointwise("PReLU"), slopes)


def _global_pool(kind: str, rank: int) -> Build:
    def build(arguments: Arguments, shape: Shape) -> Layer:
        check_rank(shape, rank)
        return GlobalPool(kind, arguments.flag("keepdims"))

    return build


def _upsample(rank: int) -> Build:
    def build(arguments: Arguments, shape: Shape) -> Layer:
        check_rank(shape, rank)
        scales = arguments.per_axis("size", rank)
        mode = arguments.get("interpolation", "nearest")
        if mode not in ("nearest", "bilinear"):
            raise arguments.unsupported("interpolation must be nearest or bilinear")
        return Upsample(None, tuple(map(exact_scale, scales)), mode, False)

    return build


def _crop(rank: int) -> Build:
    def build(arguments: Arguments, shape: Shape) -> Layer:
        value = arguments["cropping"]
        if rank == 1 and isinstance(value, tuple):
            pairs = [arguments.spatial("cropping", 2, least=0)]
        elif isinstance(value, tuple) and any(isinstance(one, tuple) for one in value):
            pairs = arguments.pairs("cropping", rank)  # type: ignore[assignment]
        else:
            pairs = [(one, one) for one in arguments.per_axis("cropping", rank, least=0)]
        return PadLayer(tuple((-before, -after) for before, after in pairs))

    return build


def _reshape(arguments: Arguments, shape: Shape) -> Layer:
    """The sizes of target_shape, which are (*sizes, channels)."""
    target = arguments.integers("target_shape", -1)
    sizes = target if isinstance(target, tuple) else (target,)
    count, known = prod(shape[1:]), prod(size for size in sizes if size != -1)
    filled = tuple(count // max(known, 1) if size == -1 else size for size in sizes)
    if prod(filled) != count:
        raise arguments.refused("{count} numbers do not fill {target}", count=count, target=sizes)
    *spatial, channels = filled
    return Computed(Shape((shape[0], channels, *spatial)))


_MOVING = "axis=-1 momentum~ epsilon~ center=True scale=True "
_ACTIVATIONS = {
    "Activation": "activation", "ReLU": "max_value~ negative_slope~ threshold~",
    "LeakyReLU": "negative_slope~ alpha~", "ELU": "alpha~", "Softmax": "axis~",
    "Dropout": "rate~ noise_shape~ seed~", "SpatialDropout1D": "rate~ seed~",
    "SpatialDropout2D": "rate~ seed~", "SpatialDropout3D": "rate~ seed~",
    "GaussianNoise": "stddev~ seed~", "GaussianDropout": "rate~ seed~",
    "AlphaDropout": "rate~ seed~", "Rescaling": "scale~ offset~",
    "ActivityRegularization": "l1~ l2~",
}  # fmt: skip
LAYERS: dict[str, tuple[str, Build]] = {
    "Flatten": (_ANY_FIRST, _flatten),
    "Dense": ("units activation=None use_bias=True kernel_initializer~ bias_initializer~ "
              "kernel_regularizer~ bias_regularizer~ activity_regularizer~ kernel_constraint~ "
              "bias_constraint~ input_shape~ input_dim~ lora_rank~", _dense),
    "BatchNormalization": (_MOVING + "beta_initializer~ gamma_initializer~ input_shape~ "
                           "moving_mean_initializer~ moving_variance_initializer~ "
                           "beta_regularizer~ gamma_regularizer~ synchronized~", _batch_norm),
    "LayerNormalization": (_MOVING + "rms_scaling~ input_shape~", _layer_norm),
    "PReLU": ("alpha_initializer~ alpha_regularizer~ alpha_constraint~ shared_axes=None",
              _prelu),
    **{name: (f"{text} input_shape~", _pointwise(name)) for name, text in _ACTIVATIONS.items()},
    **{f"Global{word}{r}D": ("data_format=None keepdims=False input_shape~", _global_pool(kind, r))
       for word, kind in (("AveragePooling", "avg"), ("AvgPool", "avg"),
                          ("MaxPooling", "max"), ("MaxPool", "max")) for r in (1, 2, 3)},
    **{f"UpSampling{r}D": ("size=2 data_format=None interpolation='nearest'", _upsample(r))
       for r in (1, 2, 3)},
    **{f"Cropping{r}D": ("cropping=1 data_format=None", _crop(r)) for r in (1, 2, 3)},
    "Reshape": ("target_shape input_shape~", _reshape),
}  # fmt: skip


def parsed_call(text: str) -> list[Parsed]:
    """The layers of a call like `keras.layers.Dense(10)`. Raises ConvError for other classes."""
    found = framework_of(text)
    if found is None:
        return []
    signature = _signature(found)
    return _parsed(bound_call(text, found, signature), text.strip().rstrip(",;"))


def parsed_config(name: str, config: Mapping[str, Any]) -> list[Parsed]:
    """The layers of a class and its config, as to_json() has them."""
    found = Found(KERAS, name, name)
    signature = _signature(found)
    values = dict(signature.defaults)
    for key, value in config.items():
        if key in signature.parameters and key not in signature.ignored:
            values[key] = _plain(value)
    missing = [one for one in signature.parameters if one not in values
               and one not in signature.ignored]  # fmt: skip
    if missing:
        fields = {"name": name, "missing": missing[0]}
        raise ConvError("framework.missing", "{name} needs {missing}", kind="data", fields=fields)
    shown = ", ".join(
        f"{key}={value!r}"
        for key, value in values.items()
        if value != signature.defaults.get(key) and value != _USUAL.get(key)
    )
    arguments = Arguments("Keras", name, name, values, frozenset(config))
    return _parsed(arguments, f"{name}({shown})")


def _plain(value: Any) -> Any:
    """Lists as tuples; of an object that is saved, its name."""
    if isinstance(value, list):
        return tuple(map(_plain, value))
    if isinstance(value, dict):
        return str(value.get("class_name") or value.get("config") or "")
    return value


def _signature(found: Found) -> Signature:
    """The signature of a class. Raises ConvError where it is none that convcli knows."""
    operators, name = operators_of("keras"), found.operator
    if name in operators:
        return operators[name].signature
    if name in LAYERS:
        return signature_of(LAYERS[name][0])
    if name in JOINS:
        rule = "{name} joins several layers, and a Sequential has one after another"
        raise ConvError("layers.sources", rule, parameter="LAYERS", fields={"name": name})
    known = (*operators, *LAYERS)
    rule, fields = "{call} is no layer of Keras that convcli knows", {"call": found.written}
    hint = did_you_mean(name, known)
    raise ConvError("framework.operator", rule, parameter="LAYERS", hint=hint, fields=fields)


def _parsed(arguments: Arguments, text: str) -> list[Parsed]:
    name = arguments.operator
    operators = operators_of("keras")
    if name in operators:
        return parsed_parts(operators[name].read(arguments), text)
    build = LAYERS[name][1]
    return [Parsed(text, partial(_layer_for, build, arguments))]


def _layer_for(build: Build, arguments: Arguments, inputs: Sequence[Shape]) -> Layer:
    if len(inputs[0]) < 2:
        raise ConvError("input.rank", "needs an input (N, C, ...)", got=inputs[0])
    return build(arguments, inputs[0])
