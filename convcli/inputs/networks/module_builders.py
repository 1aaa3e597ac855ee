"""How to make a layer of each module of torch.nn, and its parameters in torch's order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcli.engine.geometry.padding import PaddingMode
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.network.layers.activations import GLU, PReLU, Softmax
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.merging import Concat, Elementwise
from convcli.engine.network.layers.normalisation import LayerNorm, Normalisation
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import AdaptivePool, Pool
from convcli.engine.network.layers.reshaping import Flatten, Unflatten
from convcli.errors import ConvError

Arguments = dict[str, Any]
Builder = Callable[
    [str, Arguments, Shape], Layer
]  # of the class's name, the arguments as written, the first input's shape

_NORM = (
    "num_features",
    "eps",
    "momentum",
    "affine",
    "track_running_stats",
    "device",
    "dtype",
    "bias",
)
_LAZY_NORM = _NORM[1:]


def _rank_of(name: str) -> int:
    return int(name[-2])


def _integers(value: Any, count: int, parameter: str, least: int = 0) -> tuple[int, ...]:
    """One integer for all, or one each."""
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * count
    if len(values) == 1:
        values *= count
    if len(values) != count or not all(
        isinstance(number, int) and not isinstance(number, bool) for number in values
    ):
        raise ConvError(
            f"{parameter}.integer",
            f"must be an integer or {count} of them",
            parameter=parameter,
            got=value,
        )
    for number in values:
        if number < least:
            raise ConvError(
                f"{parameter}.least", f"must be at least {least}", parameter=parameter, got=number
            )
    return values


def _pool(name: str, given: Arguments, shape: Shape) -> Layer:
    rank = _rank_of(name)
    kernel = _integers(given["kernel_size"], rank, "kernel_size", 1)
    stride = given.get("stride")
    strides = kernel if stride is None or stride == () else _integers(stride, rank, "stride", 1)
    pads = _integers(given.get("padding", 0), rank, "padding")
    dilations = _integers(given.get("dilation", 1), rank, "dilation", 1)
    spec = ConvSpec.of(
        in_channels=1,
        out_channels=1,
        kernel_size=kernel,
        stride=strides,
        padding=pads,
        dilation=dilations,
        dims=rank,
    )
    return Pool(spec.axes, bool(given.get("ceil_mode", False)), name[:-6].lower())


def _adaptive(name: str, given: Arguments, shape: Shape) -> Layer:
    rank, wanted = _rank_of(name), given["output_size"]
    sizes = tuple(wanted) if isinstance(wanted, tuple) and len(wanted) != 1 else (wanted,) * rank
    if isinstance(wanted, tuple) and len(wanted) == 1:
        sizes = wanted * rank
    known = [size for size in sizes if size is not None]
    if known:
        _integers(tuple(known), len(known), "output_size", 1)
    if len(sizes) != rank or (rank == 1 and sizes[0] is None):
        raise ConvError(
            "output_size.count", f"needs one value or {rank}", parameter="output_size", got=wanted
        )
    return AdaptivePool(sizes, name.removeprefix("Adaptive")[:3].lower())


def _pad(name: str, given: Arguments, shape: Shape) -> Layer:
    rank, padding = _rank_of(name), given["padding"]
    flat = _integers(padding, 2 * rank, "padding", -(2**62))
    modes: dict[str, PaddingMode] = {
        "Reflection": "reflect",
        "Replication": "replicate",
        "Circular": "circular",
    }
    mode = modes.get(name[: -len("Pad2d")], "zeros")
    return PadLayer(
        tuple((flat[i], flat[i + 1]) for i in range(2 * rank - 2, -1, -2)), mode
    )  # torch: innermost first


def _upsample(name: str, given: Arguments, shape: Shape) -> Layer:
    from convcli.engine.network.layers.resampling import REACH, Upsample, exact_scale

    mode, corners = given.get("mode", "nearest"), given.get("align_corners", False)
    if name == "UpsamplingBilinear2d":
        mode, corners = "bilinear", True
    if mode not in REACH:
        raise ConvError(
            "mode.name", f"must be one of {', '.join(REACH)}", parameter="mode", got=mode
        )
    if corners and not REACH[mode]:
        rule = f"is for the modes between cells, and the mode is {mode}"
        raise ConvError("align_corners.mode", rule, parameter="align_corners")
    size, scale = given.get("size"), given.get("scale_factor")
    if (size is None) == (scale is None):
        raise ConvError(
            "scale_factor.missing", "needs either size or scale_factor", parameter="scale_factor"
        )
    if size is not None:
        return Upsample(
            _integers(size, len(size) if isinstance(size, tuple) else 1, "size", 1),
            None,
            mode,
            bool(corners),
        )
    return Upsample(
        None,
        tuple(map(exact_scale, scale if isinstance(scale, tuple) else (scale,))),
        mode,
        bool(corners),
    )


def _shuffle(name: str, given: Arguments, shape: Shape) -> Layer:
    from convcli.engine.network.layers.resampling import PixelShuffle

    inverse = name == "PixelUnshuffle"
    parameter = "downscale_factor" if inverse else "upscale_factor"
    return PixelShuffle(_integers(given[parameter], 1, parameter, 1)[0], inverse)


def _unfold(name: str, given: Arguments, shape: Shape) -> Layer:
    from convcli.engine.network.layers.resampling import Fold, Unfold

    window = {
        key: given[key] for key in ("kernel_size", "stride", "padding", "dilation") if key in given
    }
    given["kernel_size"]
    spec = ConvSpec.of(in_channels=1, out_channels=1, dims=2, **window)
    return (
        Unfold(spec)
        if name == "Unfold"
        else Fold(_integers(given["output_size"], 2, "output_size", 1), spec)
    )


def _normalisation(name: str, given: Arguments, shape: Shape) -> Layer:
    lazy, name = name.startswith("Lazy"), name.removeprefix("Lazy")
    rank = _rank_of(name) if name.endswith("d") else None
    if name.startswith("BatchNorm1") and len(shape) == 2:
        rank = 0
    mixes = name.startswith("Instance")
    channels = shape[1] if lazy else _integers(given["num_features"], 1, "num_features", 1)[0]
    return Normalisation(
        channels, bool(given.get("affine", not mixes)), bool(given.get("bias", True)), mixes, rank
    )


def _group_norm(name: str, given: Arguments, shape: Shape) -> Layer:
    groups = _integers(given["num_groups"], 1, "num_groups", 1)[0]
    channels = _integers(given["num_channels"], 1, "num_channels", 1)[0]
    if channels % groups:
        rule = f"must be divisible by num_groups = {groups}"
        raise ConvError("num_channels.divide", rule, parameter="num_channels", got=channels)
    return Normalisation(
        channels, bool(given.get("affine", True)), bool(given.get("bias", True)), mixes_cells=True
    )


def _layer_norm(name: str, given: Arguments, shape: Shape) -> Layer:
    wanted = given["normalized_shape"]
    sizes = _integers(
        wanted, len(wanted) if isinstance(wanted, tuple) else 1, "normalized_shape", 1
    )
    has_bias = name == "LayerNorm" and bool(given.get("bias", True))
    return LayerNorm(sizes, bool(given.get("elementwise_affine", True)), has_bias)


def _linear(name: str, given: Arguments, shape: Shape) -> Layer:
    features = shape[-1] if name == "LazyLinear" else given["in_features"]
    features, outputs = _integers((features, given["out_features"]), 2, "in_features", 1)
    return Linear(features, outputs, bool(given.get("bias", True)))


def _flatten(name: str, given: Arguments, shape: Shape) -> Layer:
    return Flatten(
        *_integers((given.get("start_dim", 1), given.get("end_dim", -1)), 2, "start_dim", -9)
    )


def _unflatten(name: str, given: Arguments, shape: Shape) -> Layer:
    sizes = given["unflattened_size"]
    return Unflatten(
        _integers(given["dim"], 1, "dim", -9)[0],
        _integers(sizes, len(sizes), "unflattened_size", -1),
    )


def _softmax(name: str, given: Arguments, shape: Shape) -> Layer:
    dim = given.get("dim")
    return Softmax(_integers(1 if dim is None else dim, 1, "dim", -9)[0])


def _prelu(name: str, given: Arguments, shape: Shape) -> Layer:
    slopes = _integers(given.get("num_parameters", 1), 1, "num_parameters", 1)[0]
    if slopes not in (1, shape[1] if len(shape) > 1 else 1):
        raise ConvError(
            "num_parameters.fits",
            f"must be 1 or the channels of {shape}",
            parameter="num_parameters",
            got=slopes,
        )
    return PReLU(slopes)


def _glu(name: str, given: Arguments, shape: Shape) -> Layer:
    return GLU(_integers(given.get("dim", -1), 1, "dim", -9)[0])


def _concat(name: str, given: Arguments, shape: Shape) -> Layer:
    return Concat(_integers(given.get("dim", 1), 1, "dim", -9)[0])


def _elementwise(name: str, given: Arguments, shape: Shape) -> Layer:
    return Elementwise()


_MAX_POOL = ("kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode")
_AVG_POOL = (
    "kernel_size",
    "stride",
    "padding",
    "ceil_mode",
    "count_include_pad",
    "divisor_override",
)

_PADS = ("Zero", "Reflection", "Replication", "Circular")

MODULES: dict[str, tuple[Builder, tuple[str, ...]]] = {
    **{f"MaxPool{r}d": (_pool, _MAX_POOL) for r in (1, 2, 3)},
    "AvgPool1d": (_pool, _AVG_POOL[:-1]),
    **{f"AvgPool{r}d": (_pool, _AVG_POOL) for r in (2, 3)},
    **{f"LPPool{r}d": (_pool, ("norm_type", "kernel_size", "stride", "ceil_mode")) for r in (1, 2, 3)},
    **{f"AdaptiveMaxPool{r}d": (_adaptive, ("output_size", "return_indices")) for r in (1, 2, 3)},
    **{f"AdaptiveAvgPool{r}d": (_adaptive, ("output_size",)) for r in (1, 2, 3)},
    **{f"ConstantPad{r}d": (_pad, ("padding", "value")) for r in (1, 2, 3)},
    **{f"{way}Pad{r}d": (_pad, ("padding",)) for r in (1, 2, 3) for way in _PADS},
    "Upsample": (_upsample, ("size", "scale_factor", "mode", "align_corners", "recompute_scale_factor")),
    "UpsamplingNearest2d": (_upsample, ("size", "scale_factor", "mode")),
    "UpsamplingBilinear2d": (_upsample, ("size", "scale_factor", "mode")),
    "PixelShuffle": (_shuffle, ("upscale_factor",)),
    "PixelUnshuffle": (_shuffle, ("downscale_factor",)),
    "Unfold": (_unfold, ("kernel_size", "dilation", "padding", "stride")),
    "Fold": (_unfold, ("output_size", "kernel_size", "dilation", "padding", "stride")),
    **{f"{way}Norm{r}d": (_normalisation, _NORM) for r in (1, 2, 3) for way in ("Batch", "Instance")},
    **{f"Lazy{way}Norm{r}d": (_normalisation, _LAZY_NORM) for r in (1, 2, 3) for way in ("Batch", "Instance")},
    "SyncBatchNorm": (_normalisation, (*_NORM[:5], "process_group", *_NORM[5:])),
    "GroupNorm": (_group_norm, ("num_groups", "num_channels", "eps", "affine", "device", "dtype", "bias")),
    "LayerNorm": (_layer_norm, ("normalized_shape", "eps", "elementwise_affine", "bias", "device", "dtype")),
    "RMSNorm": (_layer_norm, ("normalized_shape", "eps", "elementwise_affine", "device", "dtype")),
    "Linear": (_linear, ("in_features", "out_features", "bias", "device", "dtype")),
    "LazyLinear": (_linear, ("out_features", "bias", "device", "dtype")),
    "Flatten": (_flatten, ("start_dim", "end_dim")),
    "Unflatten": (_unflatten, ("dim", "unflattened_size")),
    **dict.fromkeys(("Softmax", "LogSoftmax", "Softmin"), (_softmax, ("dim",))),
    "Softmax2d": (_softmax, ()),
    "PReLU": (_prelu, ("num_parameters", "init", "device", "dtype")),
    "GLU": (_glu, ("dim",)),
    "Add": (_elementwise, ()),
    "Multiply": (_elementwise, ()),
    "Concat": (_concat, ("dim",)),
}  # fmt: skip
