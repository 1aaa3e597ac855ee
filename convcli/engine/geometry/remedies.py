"""What would make a request legal, computed from its numbers: the sentences behind errors."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd
from typing import Any

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Shape, axis_names

MOST_LISTED = 12  # divisors in a sentence
MOST_AXES = 3  # of torch's layers
GRAY, RGB, RGBA = 1, 3, 4  # channels of pictures


def channels_hint(
    takes: int,
    input_shape: Sequence[int],
    groups: int,
    weight_shape: Sequence[int] | None = None,
    transposed: bool = False,
) -> str:
    """How an input (N, C, *sizes) and a layer that takes other channels are made to agree.

    `weight_shape` is that of a weight array, None where the layer stands alone.

    >>> channels_hint(3, (1, 4, 9, 9), groups=1)
    'RGBA has a channel more than RGB: leave out its alpha channel. Or specify `in_channels` 4.'
    """
    channels = input_shape[1]
    hints = _layout(takes, input_shape)
    if hints and takes == input_shape[-1]:
        return hints[0]
    hints += [] if hints else _picture(takes, channels)
    if weight_shape is None:
        if groups > 1 and channels * groups == takes:
            hints.append(
                f"With `groups` {groups} the input holds the channels of all groups, {takes}."
            )
        if channels and groups > 0 and channels % groups == 0:
            hints.append(f"{'Or specify' if hints else 'Specify'} `in_channels` {channels}.")
    elif transposed:
        shape = Shape((channels, *weight_shape[1:]))
        hints.append(_capital(f"{'or ' if hints else ''}take a weight of shape {shape}."))
    else:
        hints += _weights(channels, groups, weight_shape, "Or" if hints else "")
    return " ".join(hints)


def _layout(takes: int, input_shape: Sequence[int]) -> list[str]:
    """The order of axes that would fit, where another axis has the number of channels."""
    batch, channels, *sizes = input_shape
    names = axis_names(len(sizes))
    if takes not in sizes:
        return []
    at = len(sizes) - 1 - sizes[::-1].index(takes)
    rest = [size for d, size in enumerate(sizes) if d != at]
    moved = Shape((batch, takes, channels, *rest))
    axes = ", ".join(("N", "C", *names))
    if at == len(sizes) - 1:
        return [
            f"The last axis holds {takes}, so the channels seem to be last; "
            f"the order is ({axes}): make it {moved}."
        ]
    return [
        f"Axis {names[at]} holds {takes}: if these are the channels, the order is ({axes}): "
        f"make it {moved}."
    ]


def _picture(takes: int, channels: int) -> list[str]:
    if (channels, takes) == (GRAY, RGB):
        return ["A gray picture has 1 channel, RGB 3: repeat the channel 3 times."]
    if (channels, takes) == (RGB, GRAY):
        return ["RGB has 3 channels, a gray picture 1: take the mean of the channels, or one."]
    if (channels, takes) == (RGBA, RGB):
        return ["RGBA has a channel more than RGB: leave out its alpha channel."]
    return []


def _weights(channels: int, groups: int, weight_shape: Sequence[int], lead: str) -> list[str]:
    """The groups with which this weight fits, or the shape of a weight that does."""
    first, second, *kernel = weight_shape
    fitting = channels // second if second and channels % second == 0 else 0
    if fitting > 1 and first % fitting == 0:
        each = "1 channel" if second == 1 else f"{second} channels"
        groups_text = f"specify `groups` {fitting}: each group then reads {each}."
        return [f"{lead} {groups_text}".strip() if lead else _capital(groups_text)]
    if channels and groups > 0 and channels % groups == 0:
        shape = Shape((first, channels // groups, *kernel))
        return [_capital(f"{lead} take a weight of shape {shape}.".strip())]
    return []


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def groups_hint(in_channels: int, out_channels: int, groups: int) -> str:
    """The numbers of groups that divide both channels, and the nearest out_channels.

    >>> groups_hint(6, 4, 3)
    'Both are divisible by 1 and 2. Or specify `out_channels` 3 or 6.'
    """
    common = gcd(in_channels, out_channels)
    legal = [number for number in range(1, min(common, 10**6) + 1) if common % number == 0]
    if len(legal) > MOST_LISTED:
        legal = [*legal[: MOST_LISTED - 1], legal[-1]]
    words = _all(legal)
    hint = f"Both are divisible by {words}." if len(legal) > 1 else "Only 1 divides both."
    if in_channels % groups == 0:
        below = out_channels // groups * groups
        near = [str(number) for number in (below, below + groups) if number]
        return f"{hint} Or specify `out_channels` {' or '.join(near)}."
    return hint


def _all(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last


def same_hint(axes: Sequence[Axis], sizes: Sequence[int]) -> str:
    """The padding that gives ceil(size/stride) outputs on an input of these sizes.

    >>> same_hint([Axis(3, stride=2)] * 2, (224, 224))
    'For the input 224x224, ceil(size/stride) outputs come from `padding` 0:1,0:1 (before:after).'
    """
    pads = [axis.same_pad(size) for axis, size in zip(axes, sizes, strict=True)]
    return (
        f"For the input {Shape(sizes)}, ceil(size/stride) outputs come from `padding` "
        f"{pads_text(pads)} (before:after)."
    )


def sides_hint(values: Sequence[Any], rank: int) -> str | None:
    """What 2*rank numbers of padding mean in ONNX and in torch's `pad`; None for other counts.

    >>> sides_hint((0, 0, 1, 1), 2)
    'In the order of ONNX this is `padding` 0:1,0:1, in that of torch.nn.functional.pad 1:1,0:0.'
    """
    if len(values) != 2 * rank or not all(type(value) is int for value in values):
        return None
    onnx = [Pad(values[d], values[rank + d]) for d in range(rank)]
    torch = [Pad(values[2 * d], values[2 * d + 1]) for d in reversed(range(rank))]
    if onnx == torch:
        return f"Both sides of each axis are `padding` {pads_text(onnx)} (before:after)."
    return (
        f"In the order of ONNX this is `padding` {pads_text(onnx)}, "
        f"in that of torch.nn.functional.pad {pads_text(torch)}."
    )


def spatial_hint(name: str, values: Sequence[Any], rank: int) -> str | None:
    """Numbers for N and C too, as TensorFlow writes them, without these; None for other counts.

    >>> spatial_hint("stride", (1, 2, 2, 1), 2)
    'Without N and C this is `stride` 2,2.'
    """
    if len(values) == rank + 2:
        first = values[1:-1] if values[0] == values[-1] == 1 else None
        first = values[2:] if first is None and tuple(values[:2]) == (1, 1) else first
        if first is not None:
            return f"Without N and C this is `{name}` {','.join(map(str, first))}."
    if 1 <= len(values) <= MOST_AXES:
        return f"A layer of {len(values)} axes is conv{len(values)}d."
    return None


def pads_text(pads: Sequence[Pad]) -> str:
    """The pads as the option takes them, with both sides.

    >>> pads_text([Pad(0, 1), Pad(1, 1)])
    '0:1,1:1'
    """
    return ",".join(f"{pad.before}:{pad.after}" for pad in pads)
