"""Operators of ONNX, as ONNX Runtime computes them; every argument is an attribute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import PADDING_MODES
from convcli.inputs.frameworks.arguments import Arguments
from convcli.inputs.frameworks.layers import ForeignLayer, PoolKind, PoolRule
from convcli.inputs.frameworks.orders import Orders
from convcli.inputs.frameworks.padding import (
    Ends,
    Padding,
    explicit,
    halves,
    same_lower,
    same_upper,
    valid,
)
from convcli.inputs.frameworks.signatures import Operator

_NAMED: dict[str, Padding] = {"SAME_UPPER": same_upper, "SAME_LOWER": same_lower, "VALID": valid}
_WORDS = ("NOTSET", *_NAMED)
_SPATIAL_AXES = 3


def _rank(arguments: Arguments) -> int | None:
    rank = arguments.rank_of("kernel_shape", "strides", "dilations", "output_padding")
    pads = arguments.get("pads")
    return rank if rank or not isinstance(pads, tuple) else len(pads) // 2


def _ends(arguments: Arguments, rank: int | None) -> list[Ends]:
    """pads: all begins, then all ends."""
    flat = arguments.integers("pads", None)
    if not isinstance(flat, tuple) or len(flat) % 2 or (rank and len(flat) != 2 * rank):
        count = "an even number of" if rank is None else f"{2 * rank}"
        raise arguments.wrong("pads", f"must be {count} integers: all begins, then all ends")
    half = len(flat) // 2
    return list(zip(flat[:half], flat[half:], strict=True))


def _padding(arguments: Arguments, rank: int | None) -> Padding:
    word = arguments.word("auto_pad", _WORDS)
    if word in _NAMED:
        return _NAMED[word]
    return valid if arguments.get("pads") is None else explicit(_ends(arguments, rank))


def _window(arguments: Arguments, rank: int | None) -> dict[str, Any]:
    window: dict[str, Any] = {}
    for torch, name in (
        ("kernel_size", "kernel_shape"),
        ("stride", "strides"),
        ("dilation", "dilations"),
    ):
        if arguments.get(name) is not None:
            window[torch] = (
                arguments.integers(name) if rank is None else arguments.per_axis(name, rank)
            )
    return window


def _convolution(arguments: Arguments) -> ForeignLayer:
    rank = _rank(arguments)
    window = _window(arguments, rank)
    dilation = window.get("dilation", 1)
    is_dilated = max(dilation if isinstance(dilation, tuple) else (dilation,)) > 1
    word = arguments.word("auto_pad", _WORDS)
    if is_dilated and word.startswith("SAME"):
        raise arguments.refused("dilations above 1 together with auto_pad {word}", word=word)
    groups = arguments.integer("group")
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        Orders("NC*", "OI*"),
        rank,
        arguments=window | ({"groups": groups} if groups > 1 else {}) | {"bias": False},
        padding=_padding(arguments, rank),
    )


def _transposed(arguments: Arguments) -> ForeignLayer:
    rank = _rank(arguments)
    window, groups = _window(arguments, rank), arguments.integer("group")
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        Orders("NC*", "IO*"),
        rank,
        transposed=True,
        arguments=window | ({"groups": groups} if groups > 1 else {}) | {"bias": False},
        padding=_crops(arguments),
    )


def _crops(arguments: Arguments) -> Padding:
    """The crops of ConvTranspose, from pads and output_padding, or from the size of its output."""
    word = arguments.word("auto_pad", _WORDS)

    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> list[Ends]:
        kept = _per_axis(arguments, "output_padding", len(axes))
        for more, axis in zip(kept, axes, strict=True):
            if more >= max(axis.stride, axis.dilation):
                reason = "output_padding {more} must be smaller than the stride {stride}"
                raise arguments.refused(reason, more=more, stride=axis.stride)
        outputs = _output_sizes(arguments, word, axes, sizes, kept)
        ends = [(0, 0)] * len(axes)
        if outputs is not None:
            ends = [
                transposed_crop(axis, size, output, more, upper=word == "SAME_UPPER")[0]
                for axis, size, output, more in zip(axes, sizes, outputs, kept, strict=True)
            ]
        elif word == "NOTSET" and arguments.get("pads") is not None:
            ends = _ends(arguments, len(axes))
        return [
            _checked(arguments, axis, size, pads, more, None if outputs is None else outputs[d])
            for d, (axis, size, pads, more) in enumerate(zip(axes, sizes, ends, kept, strict=True))
        ]

    return padding


def _checked(
    arguments: Arguments, axis: Axis, size: int, pads: Ends, kept: int, output: int | None
) -> Ends:
    """The crops. Raises ConvError unless the convolution of the output has the size of X."""
    if output is None:
        output = axis.cells_under(size) + kept - sum(pads)
    forward = axis.windows_on(output + sum(pads))
    if forward != size:
        reason = (
            "the convolution of its output has {forward} cells on an axis, not the {size} of X "
            "(output {output}, kernel {kernel}, stride {stride}, output_padding {kept})"
        )
        raise arguments.refused(
            reason, forward=forward, size=size, output=output, kernel=axis.extent,
            stride=axis.stride, kept=kept,
        )  # fmt: skip
    return pads[0], axis.cells_under(size) - output - pads[0]


def transposed_crop(
    axis: Axis, size: int, output: int, kept: int, *, upper: bool
) -> tuple[Ends, int]:
    """The crops that make `output` cells, the larger half after where `upper`, else before.

    The output_padding holds what is missing. Source: the operator ConvTranspose of ONNX.
    """
    total = axis.cells_under(size) + kept - output
    return halves(max(total, 0), larger_before=not upper), kept - min(total, 0)


def _output_sizes(
    arguments: Arguments,
    word: str,
    axes: Sequence[Axis],
    sizes: Sequence[int],
    kept: Sequence[int],
) -> Sequence[int] | None:
    """output_shape, or what auto_pad SAME makes: size*stride, and at most the whole output."""
    if arguments.get("output_shape") is not None:
        numbers = arguments.integers("output_shape")
        listed = numbers if isinstance(numbers, tuple) else (numbers,)
        if len(listed) not in (len(axes), len(axes) + 2):
            raise arguments.wrong("output_shape", f"must be {len(axes)} integers")
        return listed[-len(axes) :]
    if not word.startswith("SAME"):
        return None
    return [
        min(size * axis.stride, axis.cells_under(size) + more)
        for axis, size, more in zip(axes, sizes, kept, strict=True)
    ]


def _per_axis(arguments: Arguments, name: str, rank: int) -> tuple[int, ...]:
    if arguments.get(name) is None:
        return (0,) * rank
    return arguments.per_axis(name, rank, least=0)


def _pool(kind: PoolKind) -> Callable[[Arguments], ForeignLayer]:
    def read(arguments: Arguments) -> ForeignLayer:
        rank = _rank(arguments)
        is_ceil = arguments.flag("ceil_mode")
        return ForeignLayer(
            arguments.framework,
            arguments.call,
            Orders("NC*"),
            rank,
            "pool",
            arguments=_window(arguments, rank),
            padding=_pool_padding(arguments, rank, kind),
            empties="zero",
            pool=PoolRule(
                kind, "ceil" if is_ceil else "truncate", arguments.flag("count_include_pad", False)
            ),
        )

    return read


def _pool_padding(arguments: Arguments, rank: int | None, kind: PoolKind) -> Padding:
    """The padding of pooling: SAME takes the window for one without dilation.

        total = (ceil(size/stride) - 1)*stride + kernel_size - size

    Below 0 it cuts cells off the input, which MaxPool without a dilation refuses.
    Source: ComputePad of ONNX Runtime.
    """
    word = arguments.word("auto_pad", _WORDS)
    if not word.startswith("SAME"):
        return _padding(arguments, rank)

    def padding(axes: Sequence[Axis], sizes: Sequence[int]) -> list[Ends]:
        ends = []
        is_dilated = any(axis.dilation > 1 for axis in axes)
        for axis, size in zip(axes, sizes, strict=True):
            total = (-(-size // axis.stride) - 1) * axis.stride + axis.kernel_size - size
            if total < 0 and kind == "max" and not is_dilated:
                reason = "auto_pad {word} would pad {total} cells"
                raise arguments.refused(reason, word=word, total=total)
            before = int((total + (word == "SAME_LOWER")) / 2)  # towards zero, as C++ divides
            ends.append((before, total - before))
        return ends

    return padding


def _pad(arguments: Arguments) -> ForeignLayer:
    """Pad: begins and ends of all axes of X; with four or more the first two must be 0."""
    modes = {mode.onnx: mode.name for mode in PADDING_MODES.values() if mode.onnx}
    mode = modes[arguments.word("mode", tuple(modes))]
    if arguments["constant_value"] != 0:
        raise arguments.unsupported("constant_value must be 0")
    pairs, orders = _ends(arguments, None), Orders("*")
    if len(pairs) > _SPATIAL_AXES:
        if any(map(any, pairs[:2])) or len(pairs) > _SPATIAL_AXES + 2:
            raise arguments.unsupported("at most three axes are padded, behind batch and channels")
        pairs, orders = pairs[2:], Orders("NC*")
    return ForeignLayer(
        arguments.framework,
        arguments.call,
        orders,
        len(pairs),
        "pad",
        arguments={"padding_mode": mode},
        padding=explicit(pairs),
        has_limits=mode != "circular",
    )


_WINDOW = "auto_pad='NOTSET' dilations=None group=1 kernel_shape=None pads=None strides=None"
_POOL = "kernel_shape auto_pad='NOTSET' ceil_mode=0 dilations=None pads=None strides=None"
OPERATORS = {
    "Conv": Operator(f"X* W* B* * {_WINDOW}", _convolution),
    "ConvTranspose": Operator(
        f"X* W* B* * {_WINDOW} output_padding=None output_shape=None", _transposed
    ),
    "MaxPool": Operator(f"X* * {_POOL} storage_order~", _pool("max")),
    "AveragePool": Operator(f"X* * {_POOL} count_include_pad=0", _pool("avg")),
    "Pad": Operator("data* * mode='constant' pads constant_value=0", _pad),
}
