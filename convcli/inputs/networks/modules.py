"""Modules of torch.nn, as they are written, into the layers of a network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.errors import ConvError
from convcli.inputs.networks.kinds import SIGNATURES, kind_of, rank_of
from convcli.inputs.networks.module_builders import Arguments, Builder, convolution_of
from convcli.inputs.networks.parsed import Parsed
from convcli.inputs.text.expressions import CONVOLUTIONS, parse_call
from convcli.inputs.text.layer import OPERATORS, parse_layer, parse_options

_DEFAULTS = frozenset((
    "eps=1e-05", "momentum=0.1", "affine=True", "track_running_stats=True", "bias=True",
    "inplace=True", "inplace=False", "padding=0", "dilation=1", "ceil_mode=False", "start_dim=1",
    "end_dim=-1", "return_indices=False", "count_include_pad=True",
))  # fmt: skip
_NO_DEFAULTS_OF_INSTANCE_NORM = ("affine=True", "track_running_stats=True")
_LEAD = re.compile(r"^(?:\([\w.]+\):\s*)?(?:[\w.]+\s*=\s*)?(?:\w+\.)*")
_SHOWN = 80  # characters of a layer's text in an error


def parse_module(text: str, options: Mapping[str, Any] | None = None) -> Parsed:
    """Any layer of a stack: `MaxPool2d(2)`, `nn.Linear(256, 10)`, `conv2d` with options.

    `options` are those of the six convolutions, by torch's names; other layers ignore them.

    Raises ConvError where the text is no layer; `layer_for` does where arguments are wrong.

    >>> shape = Shape((1, 64, 112, 112))
    >>> parse_module("nn.MaxPool2d(3, stride=2)").layer_for([shape]).output_shape(shape)
    (1, 64, 55, 55)
    """
    used = options and {name: value for name, value in options.items() if value is not None}
    if "(" not in text and text in OPERATORS:
        request = parse_layer(text, used or {})
        return Parsed(text, lambda inputs: convolution_of(request, inputs[0]), request.rank)
    if text in SIGNATURES:
        text = f"{text}()"
    name, arguments = parse_call(text, SIGNATURES)
    written = text.strip()
    if not written.startswith(f"{name}("):
        written = _LEAD.sub("", written)
    if name.removeprefix("Lazy") in CONVOLUTIONS:
        if used:
            arguments |= parse_options(used)
    else:
        written = _shortened(written.rstrip(","))
    kind = kind_of(name)
    layer_for = partial(_build, kind.build, name, arguments, text)
    return Parsed(written, layer_for, rank_of(name, arguments), kind.joins)


def _shortened(written: str) -> str:
    """Without the defaults that print(model) writes."""
    name, _, arguments = written.partition("(")
    if "(" in arguments:
        return f"{name}({arguments[:-1]})"
    kept = _NO_DEFAULTS_OF_INSTANCE_NORM if "InstanceNorm" in name else ()
    words = arguments.rstrip(")").split(", ")
    return f"{name}({', '.join(word for word in words if word in kept or word not in _DEFAULTS)})"


def _build(
    builder: Builder, name: str, arguments: Arguments, text: str, inputs: Sequence[Shape]
) -> Layer:
    try:
        return builder(name, dict(arguments), inputs[0])
    except ConvError:
        raise
    except (TypeError, ValueError, KeyError, ZeroDivisionError, OverflowError) as error:
        missing = f"needs {error.args[0]}" if isinstance(error, KeyError) else ""
        rule = f"{name} {missing or 'does not take these arguments'}"
        fields = {"missing": error.args[0]} if missing else None
        got = text[:_SHOWN]
        raise ConvError(
            "layer.arguments", rule, parameter="LAYERS", got=got, fields=fields
        ) from None
