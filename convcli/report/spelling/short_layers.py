"""A layer in few letters, where a terminal has no room for its line of PyTorch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.pooling import AdaptivePool, Pool

LONGEST = 24  # letters of a layer that stands as it was written


def short_layer(layer: Layer, kind: str, text: str) -> str:
    """`Conv2d 256>64 k1`: channels, and what is not the default; others by their `kind`.

    `text` is the layer as it was written.
    """
    if isinstance(layer, Convolution):
        return short_convolution(layer.spec)
    if not kind:
        return text
    if isinstance(layer, Linear):
        return f"{kind} {layer.in_features}>{layer.out_features}"
    if isinstance(layer, Pool):
        return " ".join((kind, *_window(layer.axes)))
    if isinstance(layer, AdaptivePool):
        return f"{kind} {_joined('*' if size is None else size for size in layer.output_size)}"
    return text if len(text) <= LONGEST and not text.endswith("()") else kind


def short_convolution(spec: ConvSpec) -> str:
    """`Conv2d 3>64 k7 s2 p3`: kernel, stride, padding, dilation, output padding, groups, mode.

    >>> short_convolution(ConvSpec.of(in_channels=1, out_channels=2, kernel_size=(3, 5), groups=1))
    'Conv2d 1>2 k3x5'
    """
    words = [
        f"Conv{'Transpose' if spec.transposed else ''}{spec.rank}d",
        f"{spec.in_channels}>{spec.out_channels}",
        *_window(spec.axes),
    ]
    words += [f"g{spec.groups}"] if spec.groups != 1 else []
    words += [spec.padding_mode] if spec.padding_mode != "zeros" else []
    return " ".join(words)


def _window(axes: Sequence[Axis]) -> list[str]:
    """What differs from a kernel at every place, without padding; the kernel always."""
    kept: list[str] = []
    for letter, values, default in (
        ("k", [axis.kernel_size for axis in axes], None),
        ("s", [axis.stride for axis in axes], 1),
        ("p", [str(axis.pad) for axis in axes], "0"),
        ("d", [axis.dilation for axis in axes], 1),
        ("op", [axis.output_padding for axis in axes], 0),
    ):
        if any(value != default for value in values):
            kept.append(f"{letter}{_joined(values)}")
    return kept


def _joined(values: Iterable[Any]) -> str:
    """One value where all axes agree, else all of them: `3`, `3x5`."""
    values = list(values)
    return "x".join(map(str, values[:1] if len(set(values)) == 1 else values))
