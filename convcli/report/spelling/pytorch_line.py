"""The line of PyTorch code for a layer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from convcli.engine.geometry.arguments import PlainAxes
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import PADDING_MODES, Pad
from convcli.engine.geometry.spec import ConvSpec

REMEMBERED = 1024  # arguments of layers


def pytorch_line(spec: ConvSpec, module: str = "nn.") -> str:
    """`nn.Conv2d(3, 64, kernel_size=7, stride=2)`: defaults left out, equal axes as one number.

    `module` stands before each class. torch's layers have no asymmetric padding: then a padding
    layer stands before a convolution, and one that crops, with negative numbers, behind a
    transposed one. A padding mode that torch lacks is an index into the input `x`, so that the line
    is the layer's output, not the layer.

    >>> pytorch_line(ConvSpec.of(in_channels=1, out_channels=2, kernel_size=3, padding=[(0, 1)]))
    'nn.Sequential(nn.ZeroPad1d((0, 1)), nn.Conv1d(1, 2, kernel_size=3))'
    """
    axes, mode = spec.axes, spec.padding_mode
    if mode == "zeros" and type(axes) is PlainAxes:  # as most layers are: even padding, all alike
        return module + _named(spec, axes[:1], (axes[0].pad.before,), mode)
    parts = torch_parts(spec, module)
    return parts[0] if len(parts) == 1 else f"{module}Sequential({', '.join(parts)})"


def torch_parts(spec: ConvSpec, module: str = "nn.") -> tuple[str, ...]:
    """The layers of `pytorch_line`, one after another."""
    pads = [axis.pad for axis in spec.axes]
    if PADDING_MODES[spec.padding_mode].torch_pad is None:
        layer = module + _layer(spec, [0] * spec.rank, "zeros")
        padded = padded_by_index(pads, spec.padding_mode)
        return (f"{layer}({padded})" if any(map(any, pads)) else layer,)
    if all(pad.is_even for pad in pads):
        return (module + _layer(spec, [pad.before for pad in pads], spec.padding_mode),)
    layer = module + _layer(spec, [0] * spec.rank, "zeros")
    sign = -1 if spec.transposed else 1
    name = PADDING_MODES[spec.padding_mode].torch_layer
    pad_layer = f"{module}{name}{spec.rank}d({_innermost_first(pads, sign)})"
    return (layer, pad_layer) if spec.transposed else (pad_layer, layer)


def padded_by_index(pads: Sequence[tuple[int, int]], padding_mode: str) -> str:
    """The input `x`, each axis indexed by the cells that NumPy's padding puts there.

    >>> padded_by_index([(1, 1)], "symmetric")
    "x[..., numpy.pad(range(x.shape[-1]), 1, 'symmetric')]"
    """
    mode, line, rank = PADDING_MODES[padding_mode].numpy, "x", len(pads)
    for d, (before, after) in enumerate(pads):
        if before or after:
            ends = before if before == after else (before, after)
            cells = f"numpy.pad(range(x.shape[{d - rank}]), {ends}, '{mode}')"
            line += f"[..., {', '.join([cells, *[':'] * (rank - 1 - d)])}]"
    return line


def _innermost_first(pads: Sequence[Pad], sign: int) -> tuple[int, ...]:
    return tuple(sign * end for pad in reversed(pads) for end in pad)


def _layer(spec: ConvSpec, padding: Sequence[int], padding_mode: str) -> str:
    axes = spec.axes
    if axes.count(axes[0]) == len(axes):  # as in most layers
        axes, padding = axes[:1], padding[:1]
    return _named(spec, axes, tuple(padding), padding_mode)


def _named(spec: ConvSpec, axes: Sequence[Axis], padding: Sequence[int], padding_mode: str) -> str:
    """The layer, with the hyper-parameters of these axes."""
    rest = _behind_channels(axes, padding, spec.groups, spec.bias, padding_mode)
    name = "ConvTranspose" if spec.transposed else "Conv"
    return f"{name}{len(spec.axes)}d({spec.in_channels}, {spec.out_channels}, {rest})"


@lru_cache(REMEMBERED)
def _behind_channels(
    axes: Sequence[Axis], padding: Sequence[int], groups: int, bias: bool, padding_mode: str
) -> str:
    """The arguments behind the channels, which many layers of a network have in common."""
    arguments = [f"kernel_size={collapsed([axis.kernel_size for axis in axes])}"]
    for name, values, default in (
        ("stride", [axis.stride for axis in axes], 1),
        ("padding", padding, 0),
        ("output_padding", [axis.output_padding for axis in axes], 0),
        ("dilation", [axis.dilation for axis in axes], 1),
    ):
        value = collapsed(values)
        if value != default:
            arguments.append(f"{name}={value}")
    if groups != 1:
        arguments.append(f"groups={groups}")
    if not bias:
        arguments.append("bias=False")
    if padding_mode != "zeros":
        arguments.append(f"padding_mode='{padding_mode}'")
    return ", ".join(arguments)


def collapsed(values: Sequence[int]) -> int | tuple[int, ...]:
    """One number where all axes agree, else a tuple, as torch's arguments are written."""
    return values[0] if values.count(values[0]) == len(values) else tuple(values)
