"""Layers of the engine, one after another, as a line of PyTorch."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.geometry.padding import PADDING_MODES, Pad
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import Pool
from convcli.report.spelling.pytorch_line import collapsed, padded_by_index, torch_parts


def torch_line(layers: Sequence[Layer], sizes: Sequence[int]) -> str:
    """The line for layers of which the first reads spatial axes of `sizes` cells.

    An average that divides by the cells inside the input alone is a quotient of two averages of
    the input `x`, where torch's padding cannot say it.
    """
    parts: list[str] = []
    indexed = ""
    for layer in layers:
        if isinstance(layer, PadLayer) and _is_beyond(layer, sizes):
            indexed = padded_by_index(layer.pads, layer.mode)
            sizes = [size + b + a for size, (b, a) in zip(sizes, layer.pads, strict=True)]
        elif isinstance(layer, PadLayer):
            parts.append(_pad(layer))
            sizes = [size + b + a for size, (b, a) in zip(sizes, layer.pads, strict=True)]
        elif isinstance(layer, Pool):
            parts += _pool(layer, sizes)
        elif isinstance(layer, Convolution):
            parts += torch_parts(layer.spec)
    whole = parts[0] if len(parts) == 1 else f"nn.Sequential({', '.join(parts)})"
    return (f"{whole}({indexed})" if parts else indexed) if indexed else whole


def _is_beyond(layer: PadLayer, sizes: Sequence[int]) -> bool:
    """Whether torch has no layer that pads so: it lacks the mode, or the pads are too wide."""
    mode = PADDING_MODES[layer.mode]
    if mode.torch_layer is None:
        return not layer.has_limits
    pads = (Pad(*ends) for ends in layer.pads)
    return any(size < mode.smallest_size(pad) for size, pad in zip(sizes, pads, strict=True))


def _pad(layer: PadLayer) -> str:
    rank, mode = len(layer.pads), PADDING_MODES[layer.mode]
    flat = [end for pair in reversed(layer.pads) for end in pair]
    ends = flat[0] if len(set(flat)) == 1 else tuple(flat)
    if mode.torch_layer is not None:
        return f"nn.{mode.torch_layer}{rank}d({ends})"
    return f"numpy.pad(x, {_numpy_ends(layer)}, {mode.numpy!r})"


def _numpy_ends(layer: PadLayer) -> list[tuple[int, int]]:
    return [(0, 0), (0, 0), *layer.pads]


def _pool(layer: Pool, sizes: Sequence[int]) -> list[str]:
    """The pooling layer; behind a padding layer where its sides differ, or are too wide for torch.

    torch counts windows as floor or ceil say; further ones stand in more padding after.
    """
    rank = len(layer.axes)
    name = f"nn.{'Max' if layer.kind == 'max' else 'Avg'}Pool{rank}d"
    kernel = collapsed([axis.kernel_size for axis in layer.axes])
    arguments = [f"kernel_size={kernel}", f"stride={collapsed([a.stride for a in layer.axes])}"]
    dilations = [axis.dilation for axis in layer.axes]
    if set(dilations) != {1}:
        arguments.append(f"dilation={collapsed(dilations)}")
    own, ceil = _torchs_own(layer, sizes)
    if own is not None:
        if any(own):
            arguments.append(f"padding={collapsed(own)}")
        if ceil:
            arguments.append("ceil_mode=True")
        if layer.kind == "avg" and not layer.count_padding and (any(own) or ceil):
            arguments.append("count_include_pad=False")
        return [f"{name}({', '.join(arguments)})"]
    pads = [
        (axis.pad.before, max(axis.cells_under(out) - size - axis.pad.before, axis.pad.after))
        for axis, size, out in zip(layer.axes, sizes, layer.output_sizes(sizes), strict=True)
    ]
    flat = tuple(end for pair in reversed(pads) for end in pair)
    if layer.kind == "max":
        return [f"nn.ConstantPad{rank}d({flat}, -math.inf)", f"{name}({', '.join(arguments)})"]
    if layer.count_padding:
        return [f"nn.ZeroPad{rank}d({flat})", f"{name}({', '.join(arguments)})"]
    call = f"F.avg_pool{rank}d(F.pad({{}}, {flat}), {', '.join(arguments)})"
    return [f"{call.format('x')}/{call.format('torch.ones_like(x)')}"]


def _torchs_own(layer: Pool, sizes: Sequence[int]) -> tuple[list[int] | None, bool]:
    """The padding that torch's layer itself can have, and its ceil_mode; None where it cannot."""
    from convcli.engine.network.layers.pooling import pooled_size

    pads = [axis.pad.before for axis in layer.axes]
    if layer.kind == "avg" and any(axis.dilation > 1 for axis in layer.axes):
        return None, False
    if any(not a.pad.is_even or a.pad.before > a.kernel_size // 2 for a in layer.axes):
        return None, False
    wanted = tuple(layer.output_sizes(sizes))
    if not all(wanted):
        return pads, False
    for ceil in (False, True):
        outputs = [axis.output_size(size) for axis, size in zip(layer.axes, sizes, strict=True)]
        if ceil:
            fits = [
                axis.output_size(size + axis.stride - 1) >= 1
                for axis, size in zip(layer.axes, sizes, strict=True)
            ]
            if not all(fits):
                continue
            outputs = [
                pooled_size(axis, size, True) for axis, size in zip(layer.axes, sizes, strict=True)
            ]
        if tuple(outputs) == wanted:
            return pads, ceil
    return None, False
