"""Arguments of torch.nn, by torch's names, into the layers of a network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.geometry.shapes import INT64_MAX, Shape, axis_names
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.network.layers.activations import GLU, Pointwise, PReLU, Softmax
from convcli.engine.network.layers.base import Layer, check_rank
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.merging import Concat, Elementwise
from convcli.engine.network.layers.normalisation import LayerNorm, Normalisation
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import AdaptivePool, Pool
from convcli.engine.network.layers.resampling import (
    REACH,
    Fold,
    PixelShuffle,
    Unfold,
    Upsample,
    exact_scale,
)
from convcli.engine.network.layers.reshaping import Flatten, Unflatten
from convcli.errors import ConvError
from convcli.inputs.text.expressions import LAYER_CLASSES
from convcli.inputs.text.layer import LayerRequest

Arguments = dict[str, Any]
Builder = Callable[[str, Arguments, Shape], Layer]
"""Makes a layer of the class's name, the arguments as written, and the first input's shape."""

_WINDOW = ("stride", "padding", "dilation")


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
        if number > INT64_MAX:
            rule = "must be at most 2^63 - 1"
            raise ConvError(f"{parameter}.integer", rule, parameter=parameter, got=number)
    return values


def build_convolution(name: str, arguments: Arguments, shape: Shape) -> Layer:
    rank, transposed = LAYER_CLASSES[name.removeprefix("Lazy")]
    is_whole = arguments.get("kernel_size") and arguments.get("out_channels")  # else an error
    written = "" if is_whole else ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return convolution_of(LayerRequest(f"{name}({written})", rank, transposed, arguments), shape)


def convolution_of(request: LayerRequest, shape: Shape) -> Layer:
    """The convolution on an input (N, C, *sizes).

    Raises ConvError where the input has another rank, or an argument is missing or wrong.
    """
    check_rank(shape, request.rank)
    return Convolution(request.for_input(shape))


def build_pointwise(name: str, arguments: Arguments, shape: Shape) -> Layer:
    return Pointwise(name)


def build_pool(name: str, arguments: Arguments, shape: Shape) -> Layer:
    rank = _rank_of(name)
    kernel = _integers(arguments["kernel_size"], rank, "kernel_size", 1)
    stride = arguments.get("stride")
    strides = kernel if stride is None or stride == () else _integers(stride, rank, "stride", 1)
    pads = _integers(arguments.get("padding", 0), rank, "padding")
    dilations = _integers(arguments.get("dilation", 1), rank, "dilation", 1)
    spec = ConvSpec.of(
        in_channels=1,
        out_channels=1,
        kernel_size=kernel,
        stride=strides,
        padding=pads,
        dilation=dilations,
        dims=rank,
    )
    kind = name[:-6].lower()
    for axis, size, axis_name in zip(spec.axes, shape[2:], axis_names(rank), strict=False):
        _check_window(kind, axis, size, axis_name, rank)
    return Pool(spec.axes, bool(arguments.get("ceil_mode", False)), kind)


def _check_window(kind: str, axis: Axis, size: int, name: str, rank: int) -> None:
    """What torch refuses beside windows that do not fit; source: torch's Pool.h and avg_pool3d."""
    if axis.pad.before > axis.kernel_size // 2:
        rule = f"must be at most half of kernel_size {axis.kernel_size}"
        raise ConvError("padding.pool", rule, parameter="padding", got=axis.pad.before, axis=name)
    if kind != "max" and rank == 3 and size < axis.kernel_size:
        raise ConvError(
            "kernel_size.fits",
            f"must be at most the input size {size}",
            parameter="kernel_size",
            got=axis.kernel_size,
            axis=name,
        )


def build_adaptive_pool(name: str, arguments: Arguments, shape: Shape) -> Layer:
    rank, wanted = _rank_of(name), arguments["output_size"]
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


def build_pad(name: str, arguments: Arguments, shape: Shape) -> Layer:
    rank, padding = _rank_of(name), arguments["padding"]
    flat = _integers(padding, 2 * rank, "padding", -(2**62))
    modes = {mode.torch_layer: mode.name for mode in PADDING_MODES.values()}
    mode = modes.get(name[: -len("2d")], "zeros")
    return PadLayer(
        tuple((flat[i], flat[i + 1]) for i in range(2 * rank - 2, -1, -2)), mode
    )  # torch: innermost first


def build_upsample(name: str, arguments: Arguments, shape: Shape) -> Layer:
    mode, corners = arguments.get("mode", "nearest"), arguments.get("align_corners", False)
    if name == "UpsamplingBilinear2d":
        mode, corners = "bilinear", True
    if mode not in REACH:
        raise ConvError(
            "mode.name", f"must be one of {', '.join(REACH)}", parameter="mode", got=mode
        )
    if corners and not REACH[mode]:
        modes = ", ".join(name for name, reach in REACH.items() if reach)
        rule = f"needs one of the modes {modes}, and the mode is {mode}"
        raise ConvError("align_corners.mode", rule, parameter="align_corners")
    size, scale = arguments.get("size"), arguments.get("scale_factor")
    in_ptflops = 2 if name == "Upsample" else 1
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
            in_ptflops,
        )
    return Upsample(
        None,
        tuple(map(exact_scale, scale if isinstance(scale, tuple) else (scale,))),
        mode,
        bool(corners),
        in_ptflops,
    )


def build_shuffle(name: str, arguments: Arguments, shape: Shape) -> Layer:
    inverse = name == "PixelUnshuffle"
    parameter = "downscale_factor" if inverse else "upscale_factor"
    return PixelShuffle(_integers(arguments[parameter], 1, parameter, 1)[0], inverse)


def build_unfold(name: str, arguments: Arguments, shape: Shape) -> Layer:
    window = {key: arguments[key] for key in _WINDOW if key in arguments}
    kernel = arguments["kernel_size"]
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=kernel, dims=2, **window)
    return (
        Unfold(spec)
        if name == "Unfold"
        else Fold(_integers(arguments["output_size"], 2, "output_size", 1), spec)
    )


def build_normalisation(name: str, arguments: Arguments, shape: Shape) -> Layer:
    lazy, name = name.startswith("Lazy"), name.removeprefix("Lazy")
    rank = _rank_of(name) if name.endswith("d") else None
    if name.startswith("BatchNorm1") and len(shape) == 2:
        rank = 0
    mixes = name.startswith("Instance")
    if lazy:
        check_rank(shape, len(shape) - 2 if rank is None else rank)
    channels = shape[1] if lazy else _integers(arguments["num_features"], 1, "num_features", 1)[0]
    return Normalisation(
        channels,
        bool(arguments.get("affine", not mixes)),
        bool(arguments.get("bias", True)),
        mixes,
        rank,
    )


def build_group_norm(name: str, arguments: Arguments, shape: Shape) -> Layer:
    groups = _integers(arguments["num_groups"], 1, "num_groups", 1)[0]
    channels = _integers(arguments["num_channels"], 1, "num_channels", 1)[0]
    if channels % groups:
        rule = f"must be divisible by num_groups = {groups}"
        near = [number for number in range(1, min(channels, 4096) + 1) if channels % number == 0]
        best = min(near, key=lambda number: abs(number - groups))
        hint = f"The nearest number of groups that divides it is {best}."
        raise ConvError(
            "num_channels.divide", rule, parameter="num_channels", got=channels, hint=hint
        )
    return Normalisation(
        channels,
        bool(arguments.get("affine", True)),
        bool(arguments.get("bias", True)),
        mixes_cells=True,
    )


def build_layer_norm(name: str, arguments: Arguments, shape: Shape) -> Layer:
    wanted = arguments["normalized_shape"]
    sizes = _integers(
        wanted, len(wanted) if isinstance(wanted, tuple) else 1, "normalized_shape", 1
    )
    has_bias = name == "LayerNorm" and bool(arguments.get("bias", True))
    affine = bool(arguments.get("elementwise_affine", True))
    return LayerNorm(sizes, affine, has_bias, name == "LayerNorm")


def build_linear(name: str, arguments: Arguments, shape: Shape) -> Layer:
    if not shape:
        raise ConvError("input.rank", "needs an input (N, in_features)", got=shape)
    features = shape[-1] if name == "LazyLinear" else arguments["in_features"]
    features, outputs = _integers((features, arguments["out_features"]), 2, "in_features", 1)
    return Linear(features, outputs, bool(arguments.get("bias", True)))


def build_flatten(name: str, arguments: Arguments, shape: Shape) -> Layer:
    return Flatten(
        *_integers(
            (arguments.get("start_dim", 1), arguments.get("end_dim", -1)), 2, "start_dim", -9
        )
    )


def build_unflatten(name: str, arguments: Arguments, shape: Shape) -> Layer:
    sizes = arguments["unflattened_size"]
    return Unflatten(
        _integers(arguments["dim"], 1, "dim", -9)[0],
        _integers(sizes, len(sizes), "unflattened_size", -1),
    )


def build_softmax(name: str, arguments: Arguments, shape: Shape) -> Layer:
    dim = arguments.get("dim")
    return Softmax(_integers(1 if dim is None else dim, 1, "dim", -9)[0], module=name)


def build_prelu(name: str, arguments: Arguments, shape: Shape) -> Layer:
    slopes = _integers(arguments.get("num_parameters", 1), 1, "num_parameters", 1)[0]
    if slopes not in (1, shape[1] if len(shape) > 1 else 1):
        raise ConvError(
            "num_parameters.fits",
            f"must be 1 or the channels of {shape}",
            parameter="num_parameters",
            got=slopes,
        )
    return PReLU(slopes)


def build_glu(name: str, arguments: Arguments, shape: Shape) -> Layer:
    return GLU(_integers(arguments.get("dim", -1), 1, "dim", -9)[0])


def build_concat(name: str, arguments: Arguments, shape: Shape) -> Layer:
    return Concat(_integers(arguments.get("dim", 1), 1, "dim", -9)[0])


def build_elementwise(name: str, arguments: Arguments, shape: Shape) -> Layer:
    return Elementwise()
