"""The registry of layer kinds: one row for each, from which every reader takes what it needs.

A row names the classes of torch.nn with their parameters and how to build the layer of them, and
the operators of ONNX. What a layer reads and costs, and what mirrors it, are methods of its class
in `convcli/engine/network/layers`.

To add a pointwise activation, add a row to `_POINTWISE`. To add another layer, write its class and
add a row to `_OTHERS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.network.layers.activations import GLU, Pointwise, PReLU, Softmax
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.merging import Concat, Elementwise
from convcli.engine.network.layers.normalisation import LayerNorm, Normalisation
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import AdaptivePool, Pool
from convcli.engine.network.layers.resampling import RANKS, Fold, PixelShuffle, Unfold, Upsample
from convcli.engine.network.layers.reshaping import Flatten, Unflatten
from convcli.inputs.networks import module_builders as build
from convcli.inputs.networks import onnx_operators as onnx
from convcli.inputs.networks import onnx_windows as windows
from convcli.inputs.networks.kind import Kind, Parameters
from convcli.inputs.networks.onnx_products import read_product
from convcli.inputs.text.expressions import CONVOLUTIONS


def _pointwise(module: str | None, parameters: str | None = "", operators: str = "") -> Kind:
    """A layer that keeps the shape and mixes no cells; names stand between spaces."""
    return Kind(
        Pointwise,
        build.build_pointwise,
        {} if module is None else {module: None if parameters is None else _words(parameters)},
        dict.fromkeys(_words(operators), onnx.read_pointwise),
    )


def _words(text: str) -> Parameters:
    return tuple(text.split())


# class of torch.nn, its parameters, operators of ONNX
_POINTWISE = (
    _pointwise("Identity", None, "Identity Cast"),
    _pointwise("ReLU", "inplace", "Relu"),
    _pointwise("ReLU6", "inplace"),
    _pointwise("SELU", "inplace", "Selu"),
    _pointwise("SiLU", "inplace"),
    _pointwise("Mish", "inplace", "Mish"),
    _pointwise("Hardsigmoid", "inplace", "HardSigmoid"),
    _pointwise("Hardswish", "inplace", "HardSwish"),
    _pointwise("Sigmoid", "", "Sigmoid"),
    _pointwise("Tanh", "", "Tanh"),
    _pointwise("Softsign", "", "Softsign"),
    _pointwise("Tanhshrink"),
    _pointwise("LogSigmoid"),
    _pointwise("Hardshrink", "lambd"),
    _pointwise("Softshrink", "lambd"),
    _pointwise("ELU", "alpha inplace", "Elu"),
    _pointwise("CELU", "alpha inplace", "Celu"),
    _pointwise("Dropout", "p inplace", "Dropout"),
    _pointwise("Dropout1d", "p inplace"),
    _pointwise("Dropout2d", "p inplace"),
    _pointwise("Dropout3d", "p inplace"),
    _pointwise("AlphaDropout", "p inplace"),
    _pointwise("FeatureAlphaDropout", "p inplace"),
    _pointwise("LocalResponseNorm", "size alpha beta k", "LRN"),
    _pointwise("CrossMapLRN2d", "size alpha beta k"),
    _pointwise("LeakyReLU", "negative_slope inplace", "LeakyRelu"),
    _pointwise("RReLU", "lower upper inplace"),
    _pointwise("GELU", "approximate", "Gelu"),
    _pointwise("Hardtanh", "min_val max_val inplace min_value max_value", ""),
    _pointwise("Softplus", "beta threshold", "Softplus"),
    _pointwise("Threshold", "threshold value inplace", "ThresholdedRelu"),
    _pointwise(None, None, "Clip"),
    _pointwise(None, None, "Neg Abs Exp Sqrt Log Erf Reciprocal"),
)

_MAX_POOL = _words("kernel_size stride padding dilation return_indices ceil_mode")
_AVG_POOL = _words("kernel_size stride padding ceil_mode count_include_pad divisor_override")
_BATCH_NORM = _words("num_features eps momentum affine track_running_stats device dtype bias")
_RESIZE = _words("size scale_factor mode align_corners recompute_scale_factor")
_WINDOW = _words("kernel_size dilation padding stride")
_RANKS = (1, 2, 3)
_NORMS = [f"{way}Norm{rank}d" for rank in _RANKS for way in ("Batch", "Instance")]
_PADS = [mode.torch_layer for mode in PADDING_MODES.values() if mode.torch_layer]


def _of_ranks(name: str, parameters: Parameters) -> dict[str, Parameters | None]:
    """The classes of all three ranks: `MaxPool{}d` is MaxPool1d, MaxPool2d, MaxPool3d."""
    return {name.format(rank): parameters for rank in _RANKS}


_OTHERS = (
    Kind(
        Pool,
        build.build_pool,
        {
            **_of_ranks("MaxPool{}d", _MAX_POOL),
            **_of_ranks("AvgPool{}d", _AVG_POOL),
            "AvgPool1d": _AVG_POOL[:-1],
            **_of_ranks("LPPool{}d", _words("norm_type kernel_size stride ceil_mode")),
        },
        dict.fromkeys(_words("MaxPool AveragePool LpPool"), windows.read_pool),
    ),
    Kind(
        AdaptivePool,
        build.build_adaptive_pool,
        {
            **_of_ranks("AdaptiveMaxPool{}d", _words("output_size return_indices")),
            **_of_ranks("AdaptiveAvgPool{}d", _words("output_size")),
        },
        dict.fromkeys(_words("GlobalAveragePool GlobalMaxPool"), windows.read_global_pool),
    ),
    Kind(
        PadLayer,
        build.build_pad,
        {
            **_of_ranks("ConstantPad{}d", _words("padding value")),
            **{f"{layer}{rank}d": ("padding",) for rank in _RANKS for layer in _PADS},
        },
        {"Pad": onnx.read_pad},
    ),
    Kind(
        Upsample,
        build.build_upsample,
        {
            "Upsample": _RESIZE,
            "UpsamplingNearest2d": _RESIZE[:3],
            "UpsamplingBilinear2d": _RESIZE[:3],
        },
        dict.fromkeys(_words("Resize Upsample"), onnx.read_resize),
    ),
    Kind(
        PixelShuffle,
        build.build_shuffle,
        {"PixelShuffle": ("upscale_factor",), "PixelUnshuffle": ("downscale_factor",)},
        rank=2,
    ),
    Kind(Unfold, build.build_unfold, {"Unfold": _WINDOW}, rank=2),
    Kind(Fold, build.build_unfold, {"Fold": ("output_size", *_WINDOW)}),
    Kind(
        Normalisation,
        build.build_normalisation,
        {
            **dict.fromkeys(_NORMS, _BATCH_NORM),
            **{f"Lazy{name}": _BATCH_NORM[1:] for name in _NORMS},
            "SyncBatchNorm": (*_BATCH_NORM[:5], "process_group", *_BATCH_NORM[5:]),
        },
        operators=dict.fromkeys(
            _words("BatchNormalization InstanceNormalization"), onnx.read_normalisation
        ),
    ),
    Kind(
        Normalisation,
        build.build_group_norm,
        {"GroupNorm": _words("num_groups num_channels eps affine device dtype bias")},
    ),
    Kind(
        LayerNorm,
        build.build_layer_norm,
        {
            "LayerNorm": _words("normalized_shape eps elementwise_affine bias device dtype"),
            "RMSNorm": _words("normalized_shape eps elementwise_affine device dtype"),
        },
    ),
    Kind(
        Linear,
        build.build_linear,
        {
            "Linear": _words("in_features out_features bias device dtype"),
            "LazyLinear": _words("out_features bias device dtype"),
        },
        operators=dict.fromkeys(_words("Gemm MatMul"), read_product),
    ),
    Kind(
        Flatten,
        build.build_flatten,
        {"Flatten": _words("start_dim end_dim")},
        {"Flatten": onnx.read_flatten},
    ),
    Kind(Unflatten, build.build_unflatten, {"Unflatten": _words("dim unflattened_size")}),
    Kind(
        Softmax,
        build.build_softmax,
        {
            **dict.fromkeys(_words("Softmax LogSoftmax Softmin"), ("dim",)),
            "Softmax2d": (),
        },
        dict.fromkeys(_words("Softmax LogSoftmax"), onnx.read_softmax),
    ),
    Kind(
        PReLU,
        build.build_prelu,
        {"PReLU": _words("num_parameters init device dtype")},
        operators={"PRelu": onnx.read_prelu},
    ),
    Kind(GLU, build.build_glu, {"GLU": ("dim",)}),
    Kind(
        Elementwise,
        build.build_elementwise,
        {"Add": (), "Multiply": ()},
        dict.fromkeys(_words("Add Sub Mul Div Sum Max Min Mean"), onnx.read_elementwise),
        joins=True,
    ),
    Kind(
        Concat,
        build.build_concat,
        {"Concat": ("dim",)},
        {"Concat": onnx.read_concat},
        joins=True,
    ),
)
_CONVOLUTIONS = Kind(
    Convolution,
    build.build_convolution,
    {**CONVOLUTIONS, **{f"Lazy{name}": words[1:] for name, words in CONVOLUTIONS.items()}},
    operators=dict.fromkeys(_words("Conv ConvTranspose"), windows.read_convolution),
)
KINDS: tuple[Kind, ...] = (_CONVOLUTIONS, *_OTHERS, *_POINTWISE)

SIGNATURES = {name: words for kind in KINDS for name, words in kind.modules.items()}
OPERATORS = {name: reader for kind in KINDS for name, reader in kind.operators.items()}
# They move numbers and compute none, so that their output shape is all that a stack needs of them.
MOVING_OPERATORS = frozenset(
    _words("Reshape Flatten Transpose Squeeze Unsqueeze ReduceMean Slice Gather Split Expand")
)
_KIND_OF = {name: kind for kind in KINDS for name in kind.modules}
_RANK_IN_NAME = re.compile(r"([123])d$")


def kind_of(module: str) -> Kind:
    """The row of a class of torch.nn."""
    return _KIND_OF[module]


def rank_of(module: str, arguments: Mapping[str, Any]) -> int | None:
    """The spatial axes that a module is for; None where it takes any number.

    >>> rank_of("MaxPool2d", {}), rank_of("Upsample", {"mode": "linear"}), rank_of("ReLU", {})
    (2, 1, None)
    """
    named = _rank_in_name(module)
    if named is not None:
        return named
    return RANKS.get(arguments.get("mode", ""), _KIND_OF[module].rank)


@cache
def _rank_in_name(module: str) -> int | None:
    named = _RANK_IN_NAME.search(module)
    return int(named[1]) if named else None
