"""The short form of a layer: layers with different answers never share one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.networks.kinds import SIGNATURES
from convcli.inputs.networks.modules import parse_module
from convcli.report.spelling.short_layers import short_layer
from convcli.report.views.network_parts import layer_text

# values of each argument; the first is the one that stands while another varies, None for none
VALUES: dict[str, tuple[Any, ...]] = {
    "in_channels": (8,), "out_channels": (4, 8), "kernel_size": (3, 2), "stride": (None, 2, 3),
    "padding": (None, 1), "output_padding": (None, 1), "groups": (None, 2, 4),
    "bias": (None, False), "dilation": (None, 2), "ceil_mode": (None, True),
    "padding_mode": (None, "reflect", "circular"), "return_indices": (None,),
    "count_include_pad": (None, False), "divisor_override": (None, 2, 3), "norm_type": (1, 2),
    "output_size": (3, 2), "value": (1.5, 2.5), "size": (None, 24, 20),
    "scale_factor": (None, 2, 2.5, 0.5), "mode": (None, "bilinear", "bicubic", "nearest-exact"),
    "align_corners": (None, True), "recompute_scale_factor": (None,), "upscale_factor": (2, 1),
    "downscale_factor": (2, 3, 1), "num_features": (8,), "affine": (None, False, True),
    "num_groups": (2, 4), "num_channels": (8,), "normalized_shape": (12, (12, 12)),
    "elementwise_affine": (None, False), "in_features": (12,), "out_features": (5, 6),
    "start_dim": (None, 2, 3), "end_dim": (None, 2), "dim": (1, 2, 3), "num_parameters": (None, 8),
    "unflattened_size": ((2, 4), (4, 2), (2, 2, 2)), "lambd": (None, 0.25), "alpha": (None, 0.3),
    "p": (None, 0.3), "size of norm": (3, 5), "negative_slope": (None, 0.3, 0.02),
    "approximate": (None, "tanh"), "min_val": (None, -3.0), "max_val": (None, 4.0),
    "beta": (None, 2), "threshold": (1, 2), "k": (None, 2), "lower": (None, 0.2),
    "upper": (None, 0.4),
}  # fmt: skip
PADS: dict[int, tuple[Any, ...]] = {
    1: (1, (0, 1), (1, 0), (-1, -2), (-1, -1)),
    2: (1, (0, 0, 1, 2), (1, 2, 0, 0), (2, 1, 0, 0), (-1, -1, -1, -1), (-1, -2, -1, -2)),
    3: (1, (0, 0, 1, 2, 0, 0), (1, 2, 0, 0, 0, 0), (-1, -1, -1, -1, -1, -1)),
}
# they change no shape, no cost and nothing that is read
WITHOUT_EFFECT = frozenset((
    "eps", "momentum", "track_running_stats", "device", "dtype", "process_group", "inplace", "init",
    "min_value", "max_value",
))  # fmt: skip
SIZES = {1: (12,), 2: (12, 12), 3: (12, 12, 12)}


def shape_for(module: str) -> Shape:
    if module == "Fold":
        return Shape((1, 8, 4))
    rank = int(module[-2]) if module[-1] == "d" and module[-2].isdigit() else 2
    return Shape((1, 8, *SIZES[rank]))


def values_of(module: str, name: str) -> tuple[Any, ...]:
    if name == "padding" and "Pad" in module:
        return PADS[int(module[-2])]
    if name == "size" and not module.startswith("Upsampl"):
        return VALUES["size of norm"]
    return VALUES[name]


def texts_of(module: str) -> Iterator[str]:
    """The module with usual arguments, and with one or two of them changed."""
    names = [name for name in SIGNATURES[module] or () if name not in WITHOUT_EFFECT]
    usual = {name: values_of(module, name)[0] for name in names}
    if module.startswith("Upsampl"):
        usual["scale_factor"] = 2
    changed: list[dict[str, Any]] = [{}]
    changed += [{name: value} for name in names for value in values_of(module, name)[1:]]
    pairs = [one | two for one, two in combinations(changed[1:], 2)]
    for change in (*changed, *pairs):
        words = usual | change
        if "size" in change and module.startswith("Upsampl"):
            words["scale_factor"] = None
        if words.get("mode") == "trilinear":
            continue
        written = ", ".join(f"{key}={value!r}" for key, value in words.items() if value is not None)
        yield f"{module}({written})"


def answers_of(module: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The short form of each layer that can be built, and all that stack says of it."""
    shape = shape_for(module)
    for text in dict.fromkeys(texts_of(module)):
        try:
            parsed = parse_module(text)
            layer = parsed.layer_for((shape,))
            output = layer.output_shape(shape)
            read = layer.readings(shape)
        except ConvError:
            continue
        costs = (layer.parameters, layer.macs(output, shape), layer.tool_counts(output, shape))
        short = short_layer(layer, module, layer_text(parsed.text, layer))
        yield short, (tuple(output), costs, read)


@pytest.mark.parametrize("module", SIGNATURES)
def test_layers_with_other_answers_have_other_short_forms(module: str) -> None:
    known: dict[str, tuple[Any, ...]] = {}
    for short, answer in answers_of(module):
        assert known.setdefault(short, answer) == answer, short
    assert known


SAID = {
    "MaxPool2d(3,2,ceil_mode=True)": "MaxPool2d k3 s2 ceil",
    "AvgPool2d(3, padding=1, count_include_pad=False)": "AvgPool2d k3 s3 p1 exclude_pad",
    "AvgPool2d(3, 2, 1, False, False, 5)": "AvgPool2d k3 s2 p1 exclude_pad divisor 5",
    "LPPool2d(2, kernel_size=3, stride=1)": "LPPool2d k3 norm 2",
    "AdaptiveAvgPool2d(output_size=(3, 2))": "AdaptiveAvgPool2d 3x2",
    "ZeroPad2d((-1, -1, -1, -1))": "ZeroPad2d p-1",
    "ZeroPad2d((1,2,3,4))": "ZeroPad2d p3:4x1:2",
    "ZeroPad2d(padding=[1, 2, 3, 4])": "ZeroPad2d p3:4x1:2",
    "ReflectionPad2d((1, 1, 1, 1))": "ReflectionPad2d p1",
    "ConstantPad2d((1, 2, 3, 4), value=3.5)": "ConstantPad2d p3:4x1:2 value 3.5",
    "Upsample(scale_factor=(2, 2.5), mode='bilinear', align_corners=True)":
        "Upsample x2,2.5 bilinear align_corners",
    "Upsample(size=(8, 8), mode='nearest')": "Upsample to 8x8",
    "Conv2d(8, 4, 3, bias=False)": "Conv2d 8>4 k3 no bias",
    "Conv2d(8, 8, 3, groups=4, dilation=2, padding_mode='reflect', padding=2)":
        "Conv2d 8>8 k3 p2 d2 g4 reflect",
    "Linear(12, 5, bias=False)": "Linear 12>5 no bias",
    "BatchNorm2d(8, eps=1e-05, momentum=0.1, affine=False)": "BatchNorm2d 8 no affine",
    "LeakyReLU(negative_slope=0.02, inplace=True)": "LeakyReLU negative_slope=0.02",
    "Unflatten(dim=1, unflattened_size=(2, 4))": "Unflatten dim=1 unflattened_size=(2,4)",
    "Flatten(start_dim=2, end_dim=-1)": "Flatten start_dim=2",
    "Softmax(dim=1)": "Softmax(dim=1)",
    "ReLU()": "ReLU",
}  # fmt: skip


@pytest.mark.parametrize("text", SAID)
def test_what_a_short_form_says(text: str) -> None:
    module, shape = text.partition("(")[0], Shape((1, 8, 12, 12))
    layer = parse_module(text).layer_for((shape,))
    assert short_layer(layer, module, layer_text(text, layer)) == SAID[text]
