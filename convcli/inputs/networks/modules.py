"""Modules of torch.nn, as they are written, into the layers of a network."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer, check_rank
from convcli.engine.network.layers.convolution import Convolution
from convcli.errors import ConvError
from convcli.inputs.networks.module_builders import MODULES, Arguments, Builder
from convcli.inputs.text.expressions import CONVOLUTIONS, LAYER_CLASSES, parse_call
from convcli.inputs.text.layer import OPERATORS, LayerRequest, parse_layer, parse_options

_INPLACE = ("inplace",)
_FREE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("ReLU", "ReLU6", "SELU", "SiLU", "Mish", "Hardsigmoid", "Hardswish"), _INPLACE
    ),
    **dict.fromkeys(("Sigmoid", "Tanh", "Softsign", "Tanhshrink", "LogSigmoid"), ()),
    **dict.fromkeys(("Hardshrink", "Softshrink"), ("lambd",)),
    **dict.fromkeys(("ELU", "CELU"), ("alpha", "inplace")),
    **dict.fromkeys(
        ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"),
        ("p", "inplace"),
    ),
    **dict.fromkeys(("LocalResponseNorm", "CrossMapLRN2d"), ("size", "alpha", "beta", "k")),
    "Identity": None,  # type: ignore[dict-item]  # takes whatever it is given
    "LeakyReLU": ("negative_slope", "inplace"),
    "RReLU": ("lower", "upper", "inplace"),
    "GELU": ("approximate",),
    "Hardtanh": ("min_val", "max_val", "inplace", "min_value", "max_value"),
    "Softplus": ("beta", "threshold"),
    "Threshold": ("threshold", "value", "inplace"),
}
_LAZY_CONVOLUTIONS = {f"Lazy{name}": parameters[1:] for name, parameters in CONVOLUTIONS.items()}
SIGNATURES: dict[str, tuple[str, ...] | None] = {
    **CONVOLUTIONS,
    **_LAZY_CONVOLUTIONS,
    **{name: parameters for name, (_, parameters) in MODULES.items()},
    **_FREE,
}

_DEFAULTS = frozenset((
    "eps=1e-05", "momentum=0.1", "affine=True", "track_running_stats=True", "bias=True", "inplace=True", "inplace=False",
    "padding=0", "dilation=1", "ceil_mode=False", "start_dim=1", "end_dim=-1", "return_indices=False", "count_include_pad=True",

))  # fmt: skip
_NO_DEFAULTS_OF_INSTANCE_NORM = ("affine=True", "track_running_stats=True")
_LEAD = re.compile(r"^(?:\([\w.]+\):\s*)?(?:[\w.]+\s*=\s*)?(?:\w+\.)*")


class Parsed(NamedTuple):
    """One layer as it was written, without the module's name, and how to make it for the shapes of its inputs."""

    text: str
    layer_for: Callable[[Sequence[Shape]], Layer]


def parse_module(text: str, options: Mapping[str, Any] | None = None) -> Parsed:
    """`MaxPool2d(2)`, `nn.Linear(256, 10)`, `Conv2d(3, 64, 7)`, `conv2d` with options: any layer of a stack.

    `options` are those of the six convolutions, by torch's names; other layers take no notice of them.

    >>> parse_module("nn.MaxPool2d(3, stride=2)").layer_for([Shape((1, 64, 112, 112))]).output_shape(Shape((1, 64, 112, 112)))
    (1, 64, 55, 55)
    """
    given = {name: value for name, value in (options or {}).items() if value is not None}
    if "(" not in text and text in OPERATORS:
        return _convolution(text, parse_layer(text, given))
    if text in SIGNATURES:
        text = f"{text}()"
    name, arguments = parse_call(text, SIGNATURES)
    if name in LAYER_CLASSES or name in _LAZY_CONVOLUTIONS:
        rank, transposed = LAYER_CLASSES[name.removeprefix("Lazy")]
        return _convolution(
            _LEAD.sub("", text.strip()),
            LayerRequest(text, rank, transposed, {**arguments, **parse_options(given)}, True),
        )
    written = _shortened(_LEAD.sub("", text.strip()).rstrip(","))
    if name not in MODULES:
        return Parsed(written, lambda inputs: Layer())
    return Parsed(written, partial(_build, MODULES[name][0], name, arguments, text))


def _shortened(written: str) -> str:
    """Without the defaults that print(model) writes out."""
    name, _, arguments = written.partition("(")
    kept = [arguments[:-1]]
    if "(" not in arguments:
        said = _NO_DEFAULTS_OF_INSTANCE_NORM if name.startswith("Instance") else ()
        kept = [
            one for one in arguments.rstrip(")").split(", ") if one in said or one not in _DEFAULTS
        ]
    return f"{name}({', '.join(kept)})"


def _convolution(written: str, request: LayerRequest) -> Parsed:
    def layer_for(inputs: Sequence[Shape]) -> Layer:
        check_rank(inputs[0], request.rank)
        return Convolution(request.for_input(inputs[0]))

    return Parsed(written, layer_for)


def _build(
    builder: Builder, name: str, arguments: Arguments, text: str, inputs: Sequence[Shape]
) -> Layer:
    try:
        return builder(name, dict(arguments), inputs[0])
    except ConvError:
        raise
    except (TypeError, ValueError, KeyError, ZeroDivisionError, OverflowError) as error:
        missing = (
            f"needs {error.args[0]}"
            if isinstance(error, KeyError)
            else "does not take these arguments"
        )
        raise ConvError(
            "layer.arguments", f"{name} {missing}", parameter="LAYERS", got=text[:80]
        ) from None
