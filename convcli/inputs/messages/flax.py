"""What Flax says of its layers and parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import calls, settings
from convcli.engine.diagnosis.norms import group_norm
from convcli.engine.diagnosis.values import Diagnosis, Saying, numbers_of
from convcli.engine.diagnosis.weights import parameter_inputs, vector_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.messages.jax import _lengths
from convcli.inputs.messages.rows import Row
from convcli.suggestions import closest

MOST_AXES = 6  # of what is an array, and no list of strides
PARAMETERS = (
    "features",
    "kernel_size",
    "strides",
    "padding",
    "input_dilation",
    "kernel_dilation",
    "feature_group_count",
    "use_bias",
    "mask",
    "dtype",
    "param_dtype",
    "precision",
    "kernel_init",
    "bias_init",
)
WORDS = ("SAME", "VALID", "CIRCULAR")
FOREIGN = {
    "stride": "strides",
    "dilation": "kernel_dilation",
    "filters": "features",
    "dilation_rate": "kernel_dilation",
    "groups": "feature_group_count",
    "out_channels": "features",
    "bias": "use_bias",
    "kernel": "kernel_size",
}


def _parameter(
    name: str, there: Sequence[int], wants: Sequence[int], module: str = ""
) -> Diagnosis | None:
    """`there` is the stored value, `wants` is what the current input asks for."""
    place = module.strip("\"'.").rpartition("/")[2] or "layer"
    if len(there) == len(wants) == 1 and name in ("scale", "bias", "mean", "var"):
        return vector_of(place, there[0], wants[0])._replace(kind="batch_norm.num_features")
    told = parameter_inputs(place, there, wants, is_first=False, rebuild="init_again")
    shapes = (
        *numbers_of("stored", shape=Shape(there)),
        *numbers_of("initializer", shape=Shape(wants)),
    )
    if told is None:
        what = Saying(
            "weight.stored", {"name": place, "stored": Shape(there), "implied": Shape(wants)}
        )
        told = Diagnosis(what, (), None, True, (Change("init_again", "params"),))
    return told._replace(numbers=(*told.numbers, *shapes), kind="weight.shape")


def _strides(first: Sequence[int], second: Sequence[int], **_: Any) -> Diagnosis | None:
    """NumPy, of the axes of a layer and those of its strides."""
    if len(first) != 1 or len(second) != 1 or not (0 < first[0] < MOST_AXES):
        return None
    if not 0 < second[0] < MOST_AXES or first == second:
        return None
    return _lengths("stride", first[0], second[0])


def _unknown(layer: str, argument: str) -> Diagnosis | None:
    if layer not in ("Conv", "ConvTranspose", "ConvLocal"):
        return None
    own = FOREIGN.get(argument)
    return calls.unknown_argument(layer, argument, [own] if own else closest(argument, PARAMETERS))


def _missing(layer: str, arguments: str, **_: Any) -> Diagnosis | None:
    names = re.findall(r"'(\w+)'", arguments)
    if layer not in ("Conv", "ConvTranspose", "Dense", "Linear", "BatchNorm") or not names:
        return None
    if names == ["rngs"]:  # of nnx, whose layers are made with their weights
        told = calls.missing_arguments(layer, names, names)
        return told._replace(changes=(Change("rngs", "rngs"),))
    needed = {"Conv": ("features", "kernel_size"), "ConvTranspose": ("features", "kernel_size")}
    return calls.missing_arguments(layer, names, needed.get(layer, tuple(names)))


ROWS = (
    Row("flax", "conv.padding_string", lambda: settings.choice("padding", "CAUSAL", WORDS), (
        "Causal padding is only implemented for 1D convolutions",
    )),
    Row("flax", "conv.padding", lambda value: settings.pads_as_pairs(
        value.partition(", should")[0]
    ), (
        "Invalid padding format: {value:rest}",
    )),
    Row("flax", "conv.stride", _strides, (
        "flax{before:text}operands could not be broadcast together with shapes {first:shape} "
        "{second:shape}",
        "jax{before:text}operands could not be broadcast together with shapes {first:shape} "
        "{second:shape}",
    )),
    Row("flax", "weight.shape", _parameter, (
        "For parameter \"{name:name}\" in \"{module:word}\", the given initializer is expected to "
        "generate shape {wants:shape}, but the existing parameter it received has shape "
        "{there:shape}",
        "For parameter '{name:name}' in '{module:word}', the given initializer is expected to "
        "generate shape {wants:shape}, but the existing parameter it received has shape "
        "{there:shape}",
    )),
    Row("flax", "weight.shape", _parameter, (
        "Inconsistent shapes between value and initializer for parameter \"{name:name}\" in "
        "\"{module:word}\": {there:shape}, {wants:shape}",
        "Inconsistent shapes between value and initializer for parameter '{name:name}': "
        "{there:shape}, {wants:shape}",
        "Initializer expected to generate shape {wants:shape} but got shape {there:shape} instead "
        "for parameter \"{name:name}\" in \"{module:word}\"",
    )),
    Row("flax", "group_norm.groups", group_norm, (
        "Number of groups ({groups:int}) does not divide the number of channels ({channels:int})",
    )),
    Row("flax", "argument.unknown", _unknown, (
        "{layer:flax_class}.__init__() got an unexpected keyword argument '{argument:name}'",
    )),
    Row("flax", "argument.missing", _missing, (
        "{layer:flax_class}.__init__() missing {count:int} required positional argument: "
        "{arguments:rest}",
        "{layer:flax_class}.__init__() missing {count:int} required positional arguments: "
        "{arguments:rest}",
        "{layer:flax_class}.__init__() missing {count:int} required keyword-only argument: "
        "{arguments:rest}",
    )),
    Row("flax", "pool.window", lambda input, window: settings.numbers_per_axis(
        "window_shape", window[:-1], max(1, len(input) - 2)
    ), (
        "AssertionError: len({input:shape}) != len({window:shape})",
    )),
    Row("flax", "pool.stride", lambda window, strides: settings.numbers_per_axis(
        "stride", strides, len(window)
    ), (
        "AssertionError: len({window:shape}) must equal len({strides:shape})",
    )),
)  # fmt: skip
