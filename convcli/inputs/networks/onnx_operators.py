"""Operators of ONNX into the layers of a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any, NamedTuple

from convcli.engine.geometry.padding import strided_same_pad
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.network.layers.activations import PReLU, Softmax
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.merging import Concat, Elementwise
from convcli.engine.network.layers.normalisation import Normalisation
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import AdaptivePool, Pool
from convcli.engine.network.layers.resampling import Upsample
from convcli.engine.network.layers.reshaping import Flatten, Reshaped
from convcli.errors import ConvError

LARGEST_CONSTANT = 64  # numbers, of what a graph computes with beside its weights

LayerFor = Callable[[Sequence[Shape]], Layer]

_POINTWISE = frozenset((
    "Relu", "LeakyRelu", "Elu", "Selu", "Celu", "Gelu", "Sigmoid", "Tanh", "HardSigmoid", "HardSwish", "Softplus", "Softsign",
    "Mish", "Clip", "Identity", "Dropout", "Cast", "Neg", "Abs", "Exp", "Log", "Sqrt", "Erf", "Reciprocal", "LRN",
    "ThresholdedRelu",
))  # fmt: skip
_MOVING = frozenset((
    "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "ReduceMean", "Slice", "Gather", "Split", "Expand",
))  # fmt: skip
_MERGING = frozenset(("Add", "Sub", "Mul", "Div", "Sum", "Max", "Min", "Mean"))


class Call(NamedTuple):
    """One node: its operator and attributes, for each of its inputs the shape of a weight and the numbers of a small constant
    (None where it is none), and the shape that onnx infers of its output."""

    kind: str
    given: dict[str, Any]
    weights: list[tuple[int, ...] | None]
    values: list[list[float] | None]
    shape: Shape | None

    def weight(self, at: int) -> tuple[int, ...] | None:
        return self.weights[at] if at < len(self.weights) else None


Made = tuple[
    LayerFor, str
]  # how to make a layer, and its text; a `?` behind the text says that only the shape is known


def layer_of_operator(call: Call) -> Made:
    if call.kind in _POINTWISE:
        return (lambda inputs: Layer()), f"{call.kind}()"
    if call.kind in _MERGING:
        return (lambda inputs: Elementwise() if len(inputs) > 1 else Layer()), f"{call.kind}()"
    made = _OPERATORS[call.kind](call) if call.kind in _OPERATORS else None
    return made or _only_shape(call)


def _convolution(call: Call) -> Made | None:
    weight, given = call.weight(1), call.given
    if weight is None:
        return None
    transposed = call.kind == "ConvTranspose"
    rank, groups = len(weight) - 2, given.get("group", 1)
    first, second = weight[0], weight[1] * groups
    in_channels, out_channels = (first, second) if transposed else (second, first)

    def layer_for(inputs: Sequence[Shape]) -> Layer:
        strides, dilations = (
            tuple(given.get("strides", (1,) * rank)),
            tuple(given.get("dilations", (1,) * rank)),
        )
        pads, kept = (
            _pads(given, rank, weight[2:], inputs[0][2:]),
            tuple(given.get("output_padding", (0,) * rank)),
        )
        if transposed and given.get("output_shape"):
            extents = [d * (k - 1) + 1 for k, d in zip(weight[2:], dilations, strict=True)]
            wanted = given["output_shape"][-rank:]
            totals = [
                (size - 1) * s + extent + op - out
                for size, s, extent, op, out in zip(
                    inputs[0][2:], strides, extents, kept, wanted, strict=True
                )
            ]
            pads = tuple(
                _split(max(total, 0), given.get("auto_pad") == b"SAME_UPPER") for total in totals
            )
            kept = tuple(op - min(total, 0) for op, total in zip(kept, totals, strict=True))
            if call.shape is not None and any(
                op >= max(s, d) for op, s, d in zip(kept, strides, dilations, strict=True) if op
            ):
                return Reshaped(call.shape, prod(weight))  # further than any layer of torch goes
        spec = ConvSpec.of(
            in_channels=in_channels,
            out_channels=out_channels,
            kernel_size=weight[2:],
            stride=strides,
            dilation=dilations,
            padding=pads,
            output_padding=kept,
            groups=groups,
            bias=len(call.weights) > 2,
            transposed=transposed,
            dims=rank,
        )
        return Convolution(spec)

    return (
        layer_for,
        f"Conv{'Transpose' if transposed else ''}{rank}d({in_channels}, {out_channels}, {tuple(weight[2:])})",
    )


def _split(total: int, upper: bool) -> tuple[int, int]:
    """Padding from the size of the output, as ONNX's ConvTranspose has it: the odd cell is cropped before, or after."""
    small, large = total // 2, total - total // 2
    return (small, large) if upper else (large, small)


def _pool(call: Call) -> Made:
    kernel, given = tuple(call.given["kernel_shape"]), call.given
    rank, word = len(kernel), {"MaxPool": "max", "AveragePool": "avg", "LpPool": "lp"}[call.kind]
    name = {"max": "MaxPool", "avg": "AvgPool", "lp": "LPPool"}[word]

    def layer_for(inputs: Sequence[Shape]) -> Layer:
        spec = ConvSpec.of(
            in_channels=1,
            out_channels=1,
            kernel_size=kernel,
            stride=tuple(given.get("strides", (1,) * rank)),
            dilation=tuple(given.get("dilations", (1,) * rank)),
            padding=_pads(given, rank, kernel, inputs[0][2:]),
            dims=rank,
        )
        return Pool(spec.axes, bool(given.get("ceil_mode", 0)), word)

    written = [f"{kernel}", f"stride={tuple(given.get('strides', (1,) * rank))}"]
    pads = tuple(given.get("pads", ()))
    if any(pads):
        written.append(f"padding={pads[:rank] if pads[:rank] == pads[rank:] else pads}")
    if set(given.get("dilations", (1,))) != {1}:
        written.append(f"dilation={tuple(given['dilations'])}")
    written += ["ceil_mode=True"] if given.get("ceil_mode") else []
    return layer_for, f"{name}{rank}d({', '.join(written)})"


def _global_pool(call: Call) -> Made:
    word = "avg" if "Average" in call.kind else "max"
    return (lambda inputs: AdaptivePool((1,) * (len(inputs[0]) - 2), word)), f"{call.kind}()"


def _normalisation(call: Call) -> Made | None:
    weight, mixes = call.weight(1), call.kind.startswith("Instance")
    if weight is None:
        return None
    return (lambda inputs: Normalisation(weight[0], mixes_cells=mixes)), f"{call.kind}({weight[0]})"


def _linear(call: Call) -> Made | None:
    weight = call.weight(1)
    if weight is None or len(weight) != 2:
        return None
    columns = weight[::-1] if call.given.get("transB") else weight
    biased = call.kind == "Gemm" and len(call.weights) > 2
    text = f"Linear({columns[0]}, {columns[1]}{'' if biased else ', bias=False'})"
    return (lambda inputs: Linear(columns[0], columns[1], biased)), text


def _prelu(call: Call) -> Made:
    slopes = prod(call.weight(1) or (1,))
    return (lambda inputs: PReLU(slopes)), f"PReLU({slopes})"


def _concat(call: Call) -> Made:
    axis = call.given["axis"]
    return (lambda inputs: Concat(axis)), f"Concat(dim={axis})"


def _flatten(call: Call) -> Made | None:
    return ((lambda inputs: Flatten()), "Flatten()") if call.given.get("axis", 1) == 1 else None


def _softmax(call: Call) -> Made:
    axis = call.given.get("axis", -1)
    return (lambda inputs: Softmax(axis)), f"{call.kind}(dim={axis})"


def _pads(
    given: dict[str, Any], rank: int, kernel: Sequence[int], sizes: Sequence[int]
) -> tuple[tuple[int, int], ...]:
    """ONNX writes all befores, then all afters; SAME_UPPER and SAME_LOWER give ceil(size/stride) outputs."""
    auto = given.get("auto_pad", b"NOTSET")
    if auto in (b"SAME_UPPER", b"SAME_LOWER"):
        strides, dilations = given.get("strides", (1,) * rank), given.get("dilations", (1,) * rank)
        pads = [
            strided_same_pad(size, d * (k - 1) + 1, s)
            for size, k, s, d in zip(sizes, kernel, strides, dilations, strict=True)
        ]
        return tuple(
            (pad.before, pad.after) if auto == b"SAME_UPPER" else (pad.after, pad.before)
            for pad in pads
        )
    flat = tuple(given.get("pads", (0,) * 2 * rank))
    return tuple(zip(flat[:rank], flat[rank:], strict=True))


def _pad(call: Call) -> Made | None:
    flat = call.given.get("pads") or (call.values[1] if len(call.values) > 1 else None)
    modes: Any = {
        b"constant": "zeros",
        b"reflect": "reflect",
        b"edge": "replicate",
        b"wrap": "circular",
    }
    mode = modes.get(call.given.get("mode", b"constant"))
    if not flat or mode is None:
        return None
    half = len(flat) // 2
    pads = tuple((int(a), int(b)) for a, b in zip(flat[2:half], flat[half + 2 :], strict=True))
    return (lambda inputs: PadLayer(pads, mode)), f"Pad({pads})"


def _resize(call: Call) -> Made | None:
    """Resize in the ways that torch.nn.Upsample has, to the shape that onnx infers."""
    shape = call.shape
    how = call.given.get(
        "coordinate_transformation_mode", b"half_pixel" if call.kind == "Resize" else b"asymmetric"
    )
    ways = {(b"nearest", b"asymmetric"): "nearest", (b"nearest", b"half_pixel"): "nearest-exact"}
    linear = {3: "linear", 4: "bilinear", 5: "trilinear"}.get(len(shape or ()), "")
    for corners in (b"half_pixel", b"pytorch_half_pixel", b"align_corners"):
        ways |= {(b"linear", corners): linear, (b"cubic", corners): "bicubic"}
    mode = ways.get((call.given.get("mode", b"nearest"), how))
    if shape is None or 0 in shape or not mode:
        return None
    sizes = tuple(shape[2:])
    return (
        lambda inputs: Upsample(sizes, None, mode, how == b"align_corners")
    ), f"Upsample(size={sizes}, mode='{mode}')"


def _only_shape(call: Call) -> Made:
    known = call.kind in _MOVING
    learnt = (
        0
        if known
        else sum(
            prod(weight) for weight in call.weights if weight and prod(weight) > LARGEST_CONSTANT
        )
    )

    def layer_for(inputs: Sequence[Shape]) -> Layer:
        if call.shape is None:
            rule = f"is the operator {call.kind}, whose shape neither convcli nor onnx knows"
            raise ConvError("layers.operator", rule, kind="data")
        return Reshaped(call.shape, learnt)

    return layer_for, f"{call.kind}(){'' if known else '?'}"


_OPERATORS: dict[str, Callable[[Call], Made | None]] = {
    **dict.fromkeys(("Conv", "ConvTranspose"), _convolution),
    **dict.fromkeys(("MaxPool", "AveragePool", "LpPool"), _pool),
    **dict.fromkeys(("GlobalAveragePool", "GlobalMaxPool"), _global_pool),
    **dict.fromkeys(("BatchNormalization", "InstanceNormalization"), _normalisation),
    **dict.fromkeys(("Gemm", "MatMul"), _linear),
    **dict.fromkeys(("Softmax", "LogSoftmax"), _softmax),
    **dict.fromkeys(("Resize", "Upsample"), _resize),
    "PRelu": _prelu,
    "Concat": _concat,
    "Flatten": _flatten,
    "Pad": _pad,
}
