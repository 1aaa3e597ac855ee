"""Operators of ONNX that move a window: convolutions and pooling."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.network.layers.base import Layer, check_rank
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.pooling import AdaptivePool, Pool
from convcli.errors import ConvError
from convcli.inputs.frameworks.onnx import transposed_crop
from convcli.inputs.frameworks.padding import same_lower, same_upper
from convcli.inputs.networks.onnx_node import OnnxNode
from convcli.inputs.networks.onnx_products import products_of_windows
from convcli.inputs.networks.parsed import Parsed

Ends = tuple[tuple[int, int], ...]

_PLACES: dict[str, tuple[int, int | None]] = {  # of weight and bias among the inputs
    "ConvInteger": (1, None),
    "QLinearConv": (3, 8),
}
POOLS = {"MaxPool": "max", "AveragePool": "avg", "LpPool": "lp"}
_TORCH_NAMES = {"max": "MaxPool", "avg": "AvgPool", "lp": "LPPool"}


def read_convolution(node: OnnxNode) -> Parsed | None:
    """Conv and ConvTranspose, and the integer and quantised Conv, with a learnt weight.

    A transposed weight is (C_in, C_out/groups, *kernel), another one (C_out, C_in/groups, *kernel).
    """
    transposed = node.kind == "ConvTranspose"
    at, bias_at = _PLACES.get(node.kind, (1, 2))
    has_bias = bias_at is not None and node.has(bias_at)
    weight = node.weight(at)
    if weight is None or len(weight) < 3:
        return products_of_windows(node, node.dim(at))
    rank, groups = len(weight) - 2, node.integer("group", 1)
    first, second = weight[0], weight[1] * groups
    in_channels, out_channels = (first, second) if transposed else (second, first)

    def layer_for(inputs: Sequence[Shape]) -> Layer:
        check_rank(inputs[0], rank)
        sizes = inputs[0][2:]
        kept = node.per_axis("output_padding", rank, 0)
        pads = _pads(node, weight[2:], sizes)
        if transposed and _decides_output(node):
            pads, kept = _transposed_pads(node, weight[2:], sizes)
        spec = ConvSpec.of(
            in_channels=in_channels,
            out_channels=out_channels,
            kernel_size=weight[2:],
            stride=node.per_axis("strides", rank, 1),
            dilation=node.per_axis("dilations", rank, 1),
            padding=pads,
            output_padding=kept,
            groups=groups,
            bias=has_bias,
            transposed=transposed,
            dims=rank,
        )
        return Convolution(spec)

    name = f"Conv{'Transpose' if transposed else ''}{rank}d"
    return Parsed(f"{name}({in_channels}, {out_channels}, {tuple(weight[2:])})", layer_for, rank)


def _decides_output(node: OnnxNode) -> bool:
    """Whether a transposed layer says the size of its output, from which its padding follows."""
    return node.integers("output_shape") is not None or _is_same(node)


def _is_same(node: OnnxNode) -> bool:
    return node.word("auto_pad", "NOTSET") in ("SAME_UPPER", "SAME_LOWER")


def _transposed_pads(
    node: OnnxNode, kernel: Sequence[int], sizes: Sequence[int]
) -> tuple[Ends, tuple[int, ...]]:
    """Padding and output_padding of a ConvTranspose from the size of its output.

    With auto_pad the output is size*stride. A total below 0 adds to output_padding.
    Source: the operator ConvTranspose of ONNX.
    """
    rank = len(kernel)
    strides, kept = node.per_axis("strides", rank, 1), node.per_axis("output_padding", rank, 0)
    dilations = node.per_axis("dilations", rank, 1)
    outputs = node.integers("output_shape") or [
        size * stride for size, stride in zip(sizes, strides, strict=True)
    ]
    axes = map(Axis, kernel, strides, dilations)
    upper = node.word("auto_pad", "NOTSET") == "SAME_UPPER"
    crops = [
        transposed_crop(axis, size, output, more, upper=upper)
        for axis, size, output, more in zip(axes, sizes, _last(outputs, rank), kept, strict=True)
    ]
    return tuple(pads for pads, _ in crops), tuple(more for _, more in crops)


def _last(outputs: Sequence[int], rank: int) -> Sequence[int]:
    """The spatial sizes of an output_shape, which may also have batch and channels."""
    if len(outputs) not in (rank, rank + 2):
        rule = f"the attribute output_shape of ConvTranspose must be {rank} numbers"
        raise ConvError("layers.onnx", rule, got=tuple(outputs), kind="data")
    return outputs[-rank:]


def _pads(node: OnnxNode, kernel: Sequence[int], sizes: Sequence[int]) -> Ends:
    """ONNX lists all pads before, then all after; SAME_* make ceil(size/stride) outputs."""
    rank = len(kernel)
    if _is_same(node):
        axes = map(
            Axis, kernel, node.per_axis("strides", rank, 1), node.per_axis("dilations", rank, 1)
        )
        lower = node.word("auto_pad", "NOTSET") == "SAME_LOWER"
        return tuple((same_lower if lower else same_upper)(list(axes), sizes))
    flat = node.per_axis("pads", 2 * rank, 0)
    return tuple(zip(flat[:rank], flat[rank:], strict=True))


def read_pool(node: OnnxNode) -> Parsed:
    """MaxPool, AveragePool and LpPool."""
    kernel = node.integers("kernel_shape")
    if kernel is None:
        raise ConvError("layers.onnx", f"{node.kind} must have a kernel_shape", kind="data")
    rank, kind = len(kernel), POOLS[node.kind]
    strides, dilations = node.per_axis("strides", rank, 1), node.per_axis("dilations", rank, 1)
    ceil_mode = bool(node.integer("ceil_mode", 0))

    def layer_for(inputs: Sequence[Shape]) -> Layer:
        check_rank(inputs[0], rank)
        spec = ConvSpec.of(
            in_channels=1,
            out_channels=1,
            kernel_size=kernel,
            stride=strides,
            dilation=dilations,
            padding=_pads(node, kernel, inputs[0][2:]),
            dims=rank,
        )
        return Pool(spec.axes, ceil_mode, kind)

    written = [f"{kernel}", f"stride={strides}"]
    pads = node.per_axis("pads", 2 * rank, 0)
    if any(pads):
        written.append(f"padding={pads[:rank] if pads[:rank] == pads[rank:] else pads}")
    if set(dilations) != {1}:
        written.append(f"dilation={dilations}")
    written += ["ceil_mode=True"] if ceil_mode else []
    return Parsed(f"{_TORCH_NAMES[kind]}{rank}d({', '.join(written)})", layer_for, rank)


def read_global_pool(node: OnnxNode) -> Parsed:
    """GlobalAveragePool and GlobalMaxPool: one cell for the whole of each axis."""
    kind = "avg" if "Average" in node.kind else "max"
    return Parsed(f"{node.kind}()", lambda inputs: AdaptivePool((1,) * (len(inputs[0]) - 2), kind))
