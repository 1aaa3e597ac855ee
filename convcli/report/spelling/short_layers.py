"""A layer in few letters, where a terminal has no room for its line of PyTorch."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.convolution import Convolution
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.padding import PadLayer
from convcli.engine.network.layers.pooling import AdaptivePool, Pool
from convcli.engine.network.layers.resampling import Fold, PixelShuffle, Unfold, Upsample

LONGEST = 24  # letters of a layer that stands as it was written
# arguments that change neither shapes nor costs nor what is read
_LEFT_OUT = frozenset((
    "inplace", "eps", "momentum", "track_running_stats", "device", "dtype", "process_group", "init",
    "return_indices",
))  # fmt: skip
# values that need no word, where the argument is named
_USUAL: Mapping[str, Any] = {
    "elementwise_affine": True, "bias": True, "start_dim": 1, "end_dim": -1,
}  # fmt: skip
# by their place, arguments of pooling and padding that their layers here do not hold
_PLACES = {
    "Avg": (None, None, None, None, "count_include_pad", "divisor_override"),
    "LPP": ("norm_type",),
    "Con": (None, "value"),
}
_BESIDE: Mapping[str, tuple[str, Any]] = {  # their short words, and the usual values
    "norm_type": ("norm", None), "count_include_pad": ("exclude_pad", True),
    "divisor_override": ("divisor", None), "value": ("value", None),
}  # fmt: skip


class _Call(NamedTuple):
    """A layer as it was written: the arguments without and with names."""

    bare: tuple[Any, ...] = ()
    named: Mapping[str, Any] = {}


def short_layer(layer: Layer, kind: str, text: str) -> str:
    """`Conv2d 256>64 k1`: channels, and what is not the default; others by their `kind`.

    `text` is the layer as it was written. Layers with other shapes or costs have other forms.
    """
    if isinstance(layer, Convolution):
        return short_convolution(layer.spec)
    if not kind:
        return text
    words = _words(layer, kind, text)
    if words is not None:
        return " ".join((kind, *words))
    if len(text) <= LONGEST and not text.endswith("()"):
        return text
    call = _call(text)
    return text if call is None else " ".join((kind, *_arguments(call)))


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
    words += [] if spec.bias else ["no bias"]
    return " ".join(words)


def _words(layer: Layer, kind: str, text: str) -> list[str] | None:
    """What tells layers of a kind apart; None where only their text does."""
    if isinstance(layer, Linear):
        bias = [] if layer.bias else ["no bias"]
        return [f"{layer.in_features}>{layer.out_features}", *bias]
    if isinstance(layer, Pool):
        ceil = ["ceil"] if layer.ceil_mode else []
        return [*_window(layer.axes), *ceil, *_beside(kind, text)]
    if isinstance(layer, AdaptivePool):
        return [_joined("*" if size is None else size for size in layer.output_size)]
    if isinstance(layer, PadLayer):
        pads = f"p{_joined(str(Pad(*pads)) for pads in layer.pads)}"
        named = layer.mode == "zeros" or kind.lower().startswith(layer.mode[:4])
        return [pads, *([] if named else [layer.mode]), *_beside(kind, text)]
    if isinstance(layer, Upsample):
        return list(_resized(layer, kind))
    if isinstance(layer, PixelShuffle):
        return [str(layer.factor)]
    if isinstance(layer, Unfold):
        return _window(layer.spec.axes)
    if isinstance(layer, Fold):
        return [f"to {_sizes(layer.output_size)}", *_window(layer.spec.axes)]
    return None


def _resized(layer: Upsample, kind: str) -> Iterator[str]:
    if layer.sizes is not None:
        yield f"to {_sizes(layer.sizes)}"
    else:
        scales = list(map(_scale, layer.scales or ()))
        yield f"x{','.join(scales[:1] if len(set(scales)) == 1 else scales)}"
    if kind != "UpsamplingBilinear2d":
        yield from [layer.mode] if layer.mode != "nearest" else []
        yield from ["align_corners"] if layer.align_corners else []


def _scale(scale: Fraction) -> str:
    return str(scale if scale.denominator == 1 else float(scale))


def _sizes(sizes: Sequence[int]) -> str:
    """All sizes, also where they agree: `8x8`."""
    return "x".join(map(str, sizes))


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


def _beside(kind: str, text: str) -> Iterator[str]:
    """The arguments of pooling and padding that change numbers, not shapes."""
    call = _call(text) or _Call()
    places = _PLACES.get(kind[:3], ())
    found = dict(zip(places, call.bare, strict=False)) | dict(call.named)
    yield from (
        f"{word} {_written(found[name])}".removesuffix(" False")
        for name, (word, usual) in _BESIDE.items()
        if name in found and found[name] != usual
    )


def _arguments(call: _Call) -> Iterator[str]:
    """The arguments of any layer, without those that change nothing."""
    yield from map(_written, call.bare)
    for name, value in call.named.items():
        if name in _LEFT_OUT or (name in _USUAL and value == _USUAL[name]):
            continue
        if isinstance(value, bool):
            yield name if value else f"no {name}"
        else:
            yield f"{name}={_written(value)}"


def _written(value: Any) -> str:
    """A value without blanks, unless a text has them."""
    if isinstance(value, (tuple, list)):
        comma = "," if len(value) == 1 else ""
        return f"({','.join(map(_written, value))}{comma})"
    return value if isinstance(value, str) else repr(value)


def _call(text: str) -> _Call | None:
    """The arguments of `Name(1, b=2)`; None for a text of another kind."""
    try:
        made = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(made, ast.Call) or any(word.arg is None for word in made.keywords):
        return None
    return _Call(
        tuple(map(_value, made.args)),
        {word.arg: _value(word.value) for word in made.keywords if word.arg is not None},
    )


def _value(node: ast.expr) -> Any:
    """The literal, or the source of what is none."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError):
        return ast.unparse(node)
