"""Operators of ONNX beside those that move a window, into the layers of a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import ceil, floor, prod

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import MOST_WINDOWS
from convcli.engine.network.layers.activations import Pointwise, PReLU, Softmax
from convcli.engine.network.layers.merging import Concat, Elementwise
from convcli.engine.network.layers.normalisation import LayerNorm, Normalisation
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import AdaptivePool
from convcli.engine.network.layers.resampling import RANKS, PixelShuffle, Upsample
from convcli.engine.network.layers.reshaping import Flatten
from convcli.errors import ConvError
from convcli.inputs.networks.onnx_node import OnnxNode
from convcli.inputs.networks.parsed import Parsed, shape_only

# opsets at which the meaning of an operator changed
SOFTMAX_OF_ONE_AXIS = 13
RESIZE_WITH_COORDINATES = 11

_PAD_MODES = {mode.onnx: mode.name for mode in PADDING_MODES.values() if mode.onnx}


# Activations that torch.nn has under another name, with the same defaults.
_TORCH_NAMES = {
    "Gelu": "GELU", "HardSwish": "Hardswish", "Mish": "Mish", "Relu": "ReLU", "Selu": "SELU",
    "Sigmoid": "Sigmoid", "Softplus": "Softplus", "Softsign": "Softsign", "Tanh": "Tanh",
    "Identity": "Identity", "Dropout": "Dropout",
}  # fmt: skip


def read_pointwise(node: OnnxNode) -> Parsed:
    name = _TORCH_NAMES.get(node.kind)
    layer = Pointwise(torch=None if name is None else f"{name}()")
    if node.kind == "LeakyRelu":
        layer = Pointwise(torch=f"LeakyReLU({node.attributes.get('alpha', 0.01):g})")
    return Parsed(f"{node.kind}()", lambda inputs: layer)


def read_elementwise(node: OnnxNode) -> Parsed | None:
    """A sum or the like of several inputs, of which at most one is no output of a layer."""
    constants = [at for at, computed in enumerate(node.computed) if not computed]
    if len(constants) > 1:
        return None
    dims = Shape(node.dims[constants[0]] or ()) if constants else None
    learnt = node.learnt
    return Parsed(f"{node.kind}()", lambda inputs: Elementwise(dims, learnt), joins=True)


def read_normalisation(node: OnnxNode) -> Parsed | None:
    """BatchNormalization, InstanceNormalization, GroupNormalization and their like."""
    source = node.dim(0)
    if source is None or len(source) < 2:
        return None
    channels, mixes = source[1], node.kind != "BatchNormalization"
    scale = node.dim(1)
    if node.kind in ("BatchNormalization", "InstanceNormalization") and scale not in (
        None,
        (channels,),
    ):
        rule = f"{{kind}} must have a scale of {channels} numbers, one for each channel"
        fields = {"kind": node.kind}
        raise ConvError("layers.onnx", rule, got=Shape(scale or ()), fields=fields, kind="data")
    affine, bias = node.weight(1) is not None, node.weight(2) is not None
    rank = None if node.kind == "GroupNormalization" else len(source) - 2
    layer = Normalisation(channels, affine, bias, mixes_cells=mixes, rank=rank)
    return Parsed(f"{node.kind}({channels})", lambda inputs: layer)


def read_layer_norm(node: OnnxNode) -> Parsed | None:
    """LayerNormalization and RMSNormalization over axis `axis` and all behind it."""
    source, axis = node.dim(0), node.integer("axis", -1)
    if source is None or not -len(source) <= axis < len(source):
        return None
    sizes = source[axis % len(source) :]
    affine, bias = node.weight(1) is not None, node.weight(2) is not None
    layer = LayerNorm(sizes, affine, bias, node.kind == "LayerNormalization")
    return Parsed(f"{node.kind}({sizes})", lambda inputs: layer)


def read_reduction(node: OnnxNode) -> Parsed | None:
    """A sum, a mean or the like over all spatial axes, which stay with one cell; else None."""
    source = node.dim(0)
    axes = node.integers("axes") or node.value(1)
    if source is None or len(source) < 3 or not axes or not node.integer("keepdims", 1):
        return None
    rank = len(source) - 2
    if sorted(int(axis) % len(source) for axis in axes) != list(range(2, rank + 2)):
        return None
    return Parsed(f"{node.kind}()", lambda inputs: AdaptivePool((1,) * rank, "avg"))


def read_shuffle(node: OnnxNode) -> Parsed | None:
    """DepthToSpace and SpaceToDepth: blocks of cells to channels, and back."""
    block, inverse = node.integer("blocksize", 1), node.kind == "SpaceToDepth"
    layer = PixelShuffle(block, inverse)
    return Parsed(f"{node.kind}({block})", lambda inputs: layer, 2)


def read_prelu(node: OnnxNode) -> Parsed | None:
    weight = node.weight(1)
    if weight is None:
        return None
    slopes = prod(weight)
    return Parsed(f"PReLU({slopes})", lambda inputs: PReLU(slopes))


def read_concat(node: OnnxNode) -> Parsed | None:
    """Several inputs one after another; None where a constant is among them."""
    if not all(node.computed):
        return None
    axis = node.integer("axis", 1)
    return Parsed(f"Concat(dim={axis})", lambda inputs: Concat(axis), joins=True)


def read_flatten(node: OnnxNode) -> Parsed | None:
    """Flatten to two axes; None unless the first of them is the batch, as in torch.

    (d_0, ..., d_n) -> (d_0*...*d_(axis-1), d_axis*...*d_n)
    """
    if node.integer("axis", 1) != 1:
        return None
    return Parsed("Flatten()", lambda inputs: Flatten())


def read_softmax(node: OnnxNode) -> Parsed:
    """Softmax over one axis; before opset 13 over an axis and all behind it."""
    of_one_axis = node.opset >= SOFTMAX_OF_ONE_AXIS
    axis = node.integer("axis", -1 if of_one_axis else 1)
    return Parsed(f"{node.kind}(dim={axis})", lambda inputs: Softmax(axis, not of_one_axis))


def read_pad(node: OnnxNode) -> Parsed | None:
    """Pad of spatial axes; None where pads are computed, or batch or channels are padded."""
    mode = pad_mode_of(node)
    ends = None if node.trace is None else pads_of(node, len(node.trace.output))
    if mode is None or ends is None or node.trace is None:
        return None
    if any(ends.get(axis, (0, 0)) != (0, 0) for axis in (0, 1)):
        return None
    pads = tuple(ends.get(axis, (0, 0)) for axis in range(2, len(node.trace.output)))
    return Parsed(f"Pad({pads})", lambda inputs: PadLayer(pads, mode))


def pad_mode_of(node: OnnxNode) -> str | None:
    """The padding mode of a Pad; None for one that no layer has."""
    return _PAD_MODES.get(node.word("mode", "constant"))


def pads_of(node: OnnxNode, rank: int) -> dict[int, tuple[int, int]] | None:
    """The pads of each axis that a Pad names, before and after; None where they are computed."""
    flat = node.integers("pads") or node.integers("paddings") or node.value(1)
    half = len(flat or ()) // 2
    axes = node.value(3) if node.has(3) else range(half)
    if not flat or axes is None:
        return None
    return {
        int(axis) % rank: (int(before), int(after))
        for axis, before, after in zip(axes, flat[:half], flat[half:], strict=True)
    }


def read_resize(node: OnnxNode) -> Parsed | None:
    """Resize and Upsample where torch.nn.Upsample reads the same cells; else only the shape."""
    if node.trace is None:
        return None
    layer_of_shape = Parsed(f"{node.kind}()", shape_only(node.trace), known=False)
    if node.attributes.get("antialias") or 0 in node.trace.output:
        return layer_of_shape
    sizes, outputs = node.trace.inputs[0], node.trace.output
    written = _scales(node, len(sizes))
    scales = written or [
        Fraction(output, size) for output, size in zip(outputs, sizes, strict=True)
    ]
    mode = _upsample_mode(node, scales[2:], outputs[2:])
    if mode is None or scales[:2] != [1, 1]:
        return layer_of_shape
    corners = _coordinates(node) == "align_corners"
    layer = (
        Upsample(None, tuple(scales[2:]), mode, corners)
        if written
        else Upsample(tuple(outputs[2:]), None, mode, corners)
    )
    text = f"Upsample(size={tuple(outputs[2:])}, mode='{mode}')"
    return Parsed(text, lambda inputs: layer, RANKS.get(mode))


def _is_old(node: OnnxNode) -> bool:
    """Whether the node is of the time when scales came second and coordinates had one meaning."""
    return node.kind == "Upsample" or node.opset < RESIZE_WITH_COORDINATES


def _coordinates(node: OnnxNode) -> str:
    if _is_old(node):
        return "asymmetric"
    return node.word("coordinate_transformation_mode", "half_pixel")


def _scales(node: OnnxNode, rank: int) -> list[Fraction] | None:
    """The scale of each axis, as the graph says it; None where it says sizes."""
    scales = node.value(1 if _is_old(node) else 2) or node.attributes.get("scales")
    if not scales:
        return None
    axes = node.integers("axes") or range(rank)
    of_axis = {axis % rank: Fraction(scale) for axis, scale in zip(axes, scales, strict=True)}
    return [of_axis.get(axis, Fraction(1)) for axis in range(rank)]


def _upsample_mode(
    node: OnnxNode, scales: Sequence[Fraction], outputs: Sequence[int]
) -> str | None:
    """The mode of torch.nn.Upsample that reads the same cells; None where there is none."""
    mode, coordinates = node.word("mode", "nearest"), _coordinates(node)
    if coordinates == "pytorch_half_pixel" and 1 in outputs:
        return None  # reads cell 0 there
    if mode == "nearest":
        return next((name for name in _NEAREST if _reads_alike(node, name, scales)), None)
    if coordinates not in ("half_pixel", "pytorch_half_pixel", "align_corners"):
        return None
    if mode == "linear":
        return {rank: name for name, rank in RANKS.items() if "linear" in name}.get(len(scales))
    return "bicubic" if mode == "cubic" and len(scales) == RANKS["bicubic"] else None


_NEAREST = ("nearest", "nearest-exact")
_HALF = Fraction(1, 2)
_ROUNDINGS: dict[str, Callable[[Fraction], int]] = {
    "round_prefer_floor": lambda place: ceil(place - _HALF),
    "round_prefer_ceil": lambda place: floor(place + _HALF),
    "floor": floor,
    "ceil": ceil,
}


def _reads_alike(node: OnnxNode, mode: str, scales: Sequence[Fraction]) -> bool:
    """Whether a nearest mode of torch reads the cells of the node, in one period of each axis."""
    shifts = {"asymmetric": Fraction(0), "half_pixel": _HALF, "pytorch_half_pixel": _HALF}
    shift = shifts.get(_coordinates(node))
    rounding = _ROUNDINGS[
        "floor" if _is_old(node) else node.word("nearest_mode", "round_prefer_floor")
    ]
    if shift is None or any(scale.numerator > MOST_WINDOWS for scale in scales):
        return False
    torch_shift = _HALF if mode == "nearest-exact" else 0
    return all(
        rounding((output + shift) / scale - shift) == floor((output + torch_shift) / scale)
        for scale in scales
        for output in range(scale.numerator)
    )
