"""What would make a request legal, computed from its numbers: the sentences behind errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from math import gcd
from typing import TYPE_CHECKING, Any, NamedTuple

from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.padding import Pad
from convcli.engine.geometry.shapes import Shape, axis_names
from convcli.errors import ConvError

if TYPE_CHECKING:
    from convcli.engine.geometry.spec import ConvSpec

Attempt = Callable[..., Any]  # raises ConvError where the layer does not compute

MOST_LISTED = 12  # divisors in a sentence
MOST_AXES = 3  # of torch's layers
MOST_FIXES = 3  # in a hint
GRAY, RGB, RGBA = 1, 3, 4  # channels of pictures
PICTURES = {  # (channels that there are, channels that a layer takes)
    (GRAY, RGB): "A gray picture has 1 channel, RGB 3: repeat the channel 3 times.",
    (RGB, GRAY): "RGB has 3 channels, a gray picture 1: take the mean of the channels, or one.",
    (RGBA, RGB): "RGBA has a channel more than RGB: leave out its alpha channel.",
}
PICTURE_CHANGES = {(GRAY, RGB): "repeat_gray", (RGB, GRAY): "mean_rgb", (RGBA, RGB): "drop_alpha"}


class Fix(NamedTuple):
    """A sentence that names a change, and the change itself, which raises ConvError if it fails.

    With `joins` it is an alternative to the sentences before it. `change` has it as values.
    """

    text: str
    attempt: Callable[[], Any]
    joins: bool = True
    change: Change | None = None


def hint_of(fixes: Iterable[Fix], most: int = MOST_FIXES) -> str | None:
    """The sentences of the fixes with which the layer computes; None where there is none.

    >>> hint_of([Fix("Take 3.", lambda: 1), Fix("Take 4.", lambda: 1)])
    'Take 3. Or take 4.'
    """
    texts: list[str] = []
    for fix in fixes:
        if len(texts) < most and computes(fix.attempt) and fix.text not in texts:
            text = fix.text
            texts.append(f"Or {text[0].lower()}{text[1:]}" if texts and fix.joins else text)
    return " ".join(texts) or None


def computes(attempt: Callable[[], Any]) -> bool:
    """Whether a fix works. None is named that does not."""
    try:
        attempt()
    except ConvError:
        return False
    return True


def channels_hint(spec: ConvSpec, input_shape: Sequence[int]) -> str | None:
    """How an input (N, C, *sizes) and a layer that takes other channels are made to agree.

    >>> from convcli.engine.geometry.spec import ConvSpec
    >>> spec = ConvSpec.of(in_channels=3, out_channels=8, kernel_size=3, dims=2)
    >>> channels_hint(spec, (1, 4, 9, 9))
    'RGBA has a channel more than RGB: leave out its alpha channel. Or specify `in_channels` 4.'
    """
    if spec.in_channels == input_shape[-1]:
        only = hint_of(order_fixes(spec.in_channels, input_shape, spec.output_shape))
        if only:
            return only
    return hint_of(channel_fixes(spec, input_shape))


def channel_fixes(spec: ConvSpec, input_shape: Sequence[int]) -> list[Fix]:
    """What makes an input (N, C, *sizes) and a layer agree that takes other channels, likely first.

    >>> from convcli.engine.geometry.spec import ConvSpec
    >>> spec = ConvSpec.of(in_channels=1, out_channels=8, kernel_size=3, dims=2)
    >>> [fix.change.key for fix in channel_fixes(spec, (1, 64, 28, 28))]
    ['gray_batch', 'in_channels']
    """
    orders = order_fixes(spec.in_channels, input_shape, spec.output_shape)
    pictures = [] if orders else picture_fixes(spec.in_channels, input_shape, spec.output_shape)
    return [*orders, *pictures, *layer_fixes(spec, input_shape)]


def order_fixes(takes: int, input_shape: Sequence[int], attempt: Attempt) -> list[Fix]:
    """The order of axes that would fit, where another axis has the number of channels."""
    batch, channels, *sizes = input_shape
    names = axis_names(len(sizes))
    if takes not in sizes:
        return []
    at = len(sizes) - 1 - sizes[::-1].index(takes)
    rest = [size for d, size in enumerate(sizes) if d != at]
    moved = Shape((batch, takes, channels, *rest))
    axes = ", ".join(("N", "C", *names))
    lead = f"Axis {names[at]} holds {takes}: if these are the channels, "
    if at == len(sizes) - 1:
        lead = f"The last axis holds {takes}, so the channels seem to be last; "
    text = f"{lead}the order is ({axes}): make it {moved}."
    order = (0, at + 2, *(d for d in range(1, len(input_shape)) if d != at + 2))
    change = Change("order", "input", moved, {"order": order, "axis": names[at]})
    return [Fix(text, partial(attempt, moved), joins=False, change=change)]


def picture_fixes(takes: int, input_shape: Sequence[int], attempt: Attempt) -> list[Fix]:
    """What makes a picture one of the channels that the layer takes."""
    batch, channels, *sizes = input_shape
    if takes == GRAY and batch == 1 and channels > RGBA:
        moved = Shape((channels, 1, *sizes))
        text = f"If axis C counts gray pictures, they lack their channel: make it {moved}."
        change = Change("gray_batch", "input", moved, {"pictures": channels})
        return [Fix(text, partial(attempt, moved), joins=False, change=change)]
    if (channels, takes) not in PICTURES:
        return []
    changed = Shape((batch, takes, *sizes))
    change = Change(PICTURE_CHANGES[channels, takes], "input", changed)
    text = PICTURES[channels, takes]
    return [Fix(text, partial(attempt, changed), joins=False, change=change)]


def layer_fixes(spec: ConvSpec, input_shape: Sequence[int]) -> Iterator[Fix]:
    """The channels and groups of a layer without arrays that an input fits."""
    channels, groups = input_shape[1], spec.groups
    if groups > 1 and channels * groups == spec.in_channels:
        text = f"With `groups` {groups} the input holds the channels of all groups, "
        full = Shape((input_shape[0], spec.in_channels, *input_shape[2:]))
        change = Change("all_groups", "input", full)
        attempt_full = partial(spec.output_shape, full)
        yield Fix(f"{text}{spec.in_channels}.", attempt_full, joins=False, change=change)
    if not channels:
        return
    text = f"Specify `in_channels` {channels}."
    if channels % groups == 0:
        yield _layer_fix(spec, input_shape, text, in_channels=channels)
        return
    if groups == spec.in_channels:
        out = spec.out_per_group * channels
        text = f"Specify `in_channels` {channels}, `groups` {channels} and `out_channels` {out}."
        changes = {"in_channels": channels, "groups": channels, "out_channels": out}
        yield _layer_fix(spec, input_shape, text, **changes)
    common = gcd(channels, spec.out_channels)
    most = max(g for g in range(1, min(common, groups) + 1) if common % g == 0)
    text = f"Specify `in_channels` {channels} and `groups` {most}."
    yield _layer_fix(spec, input_shape, text, in_channels=channels, groups=most)


def _layer_fix(spec: ConvSpec, input_shape: Sequence[int], text: str, **changes: int) -> Fix:
    """The layer with other channels and groups."""

    def attempt() -> Any:
        return replace(spec, **changes).output_shape(input_shape)  # type: ignore[arg-type]

    change = Change("in_channels", *next(iter(changes.items())), {"spec": spec, "changes": changes})
    return Fix(text, attempt, change=change)


def weight_fixes(
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    groups: int,
    attempt: Attempt,
    *,
    transposed: bool = False,
    spell: Callable[[Shape], str] = str,
) -> Iterator[Fix]:
    """The groups with which a weight array fits an input, and the weights that do.

    `attempt` takes the shape of a weight and the groups; `spell` writes a shape as users have it.
    """
    channels, (first, second, *kernel) = input_shape[1], weight_shape
    if not transposed:
        fitting = channels // second if second and channels % second == 0 else 0
        if fitting > 1 and first % fitting == 0:
            each = "1 channel" if second == 1 else f"{second} channels"
            text = f"Specify `groups` {fitting}: each group then reads {each}."
            yield Fix(text, partial(attempt, weight_shape, fitting))
    inside = channels if transposed else first
    others = second if transposed else channels // groups
    if channels and channels % groups == 0 and (transposed or first % groups == 0):
        shape = Shape((inside, others, *kernel))
        text = f"Take a weight of shape {spell(shape)}."
        yield Fix(text, partial(attempt, shape, groups))


def fitting_hint(spec: ConvSpec, sizes: Sequence[int]) -> str:
    """The padding with which the kernel fits on an input of these sizes, on every axis.

    >>> from convcli.engine.geometry.spec import ConvSpec
    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=(7, 9), dims=2)
    >>> fitting_hint(spec, (4, 4))
    'Specify at least `padding` 3, or a smaller `kernel_size` or `dilation`.'
    """
    pairs = list(zip(spec.axes, sizes, strict=True))
    needed = max(0, *(-(-(axis.extent - size) // 2) for axis, size in pairs))
    axes = tuple(
        replace(axis, pad=Pad(max(needed, axis.pad.before), max(needed, axis.pad.after)))
        for axis in spec.axes
    )
    for mode in dict.fromkeys((spec.padding_mode, "replicate")):
        changed = replace(spec, axes=axes, padding_mode=mode)
        if computes(partial(changed.output_sizes, sizes)):
            also = "" if mode == spec.padding_mode else f" and `padding_mode` {mode}"
            least = f"Specify at least `padding` {needed}{also}"
            return f"{least}, or a smaller `kernel_size` or `dilation`."
    return "Specify a smaller `kernel_size` or `dilation`."


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


def same_hint(spec: ConvSpec, sizes: Sequence[int]) -> str:
    """The padding that gives ceil(size/stride) outputs on an input of these sizes.

    >>> from convcli.engine.geometry.spec import ConvSpec
    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, stride=2, dims=2)
    >>> same_hint(spec, (224, 224))
    'For the input 224x224, ceil(size/stride) outputs come from `padding` 0:1,0:1 (before:after).'
    """
    pads = [axis.same_pad(size) for axis, size in zip(spec.axes, sizes, strict=True)]
    axes = [replace(axis, pad=pad) for axis, pad in zip(spec.axes, pads, strict=True)]
    if not computes(lambda: replace(spec, axes=tuple(axes)).output_sizes(sizes)):
        return ""
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
