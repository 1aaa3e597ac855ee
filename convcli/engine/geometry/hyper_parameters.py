"""Solving backwards: every choice of hyper-parameters that turns one size into another. Integers only.

For given kernel_size, stride and dilation the total padding P = before + after is all that is left of the size formula:

    convolution:             (out - 1)*stride + extent - size <= P < (out - 1)*stride + extent - size + stride
    transposed convolution:  P = (size - 1)*stride + extent + output_padding - out
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, product
from typing import NamedTuple

from convcli.engine.geometry.padding import Pad, PaddingMode
from convcli.engine.geometry.spec import Axis
from convcli.errors import ConvError

MOST_TRIED = 2_000_000  # combinations of kernel_size, stride, dilation and output_padding
MOST_CHOICES = 200_000  # of one axis
MOST_MIXED = (
    60  # choices of an axis that are combined with those of others, where no choice suits all axes
)

HYPER_PARAMETERS = ("kernel_size", "stride", "dilation", "pad", "output_padding")  # of an Axis

_USUAL_KERNELS = {3: 0, 1: 1, 5: 2, 7: 3, 2: 4, 4: 5}
_USUAL_TRANSPOSED = {2: 0, 4: 1, 3: 2, 1: 6, 5: 7, 6: 8, 8: 9}


class Search(NamedTuple):
    """The values that are tried on one axis; `pads` are given ones, or None for all with before and after in `padding`,
    whose own default goes up to extent - 1: beyond, a window would hold nothing but padding. `output_padding` None: all."""

    kernel_size: Sequence[int]
    stride: Sequence[int]
    dilation: Sequence[int]
    padding: Sequence[int] | None = None
    pads: tuple[Pad, ...] | None = None
    output_padding: Sequence[int] | None = None
    transposed: bool = False
    padding_mode: PaddingMode = "zeros"

    def combinations(self) -> Iterator[tuple[int, int, int, int]]:
        """kernel_size, stride, dilation and output_padding; raises ConvError where there are too many."""
        largest = (
            max(*self.stride, *self.dilation)
            if self.transposed and self.output_padding is None
            else 1
        )
        tried = len(self.kernel_size) * len(self.stride) * len(self.dilation) * largest
        if tried > MOST_TRIED:
            raise _too_many(f"the ranges hold {tried} combinations, more than {MOST_TRIED}")
        for k, s, d in product(self.kernel_size, self.stride, self.dilation):
            kept = (
                self.output_padding
                if self.output_padding is not None
                else range(max(s, d) if self.transposed else 1)
            )
            yield from ((k, s, d, op) for op in kept if op < max(s, d) or op == 0)

    def totals(self, extent: int, size: int) -> range:
        """The least and the most that before and after may add up to, and all between, where padding is free or a range."""
        values = self.padding if self.padding is not None else range(extent)
        limit = {"reflect": size - 1, "circular": size}.get(self.padding_mode, values[-1])
        return range(2 * values[0], 2 * min(values[-1], limit) + 1)


def _too_many(rule: str) -> ConvError:
    return ConvError(
        "solve.ranges",
        rule,
        hint="Give narrower ranges, like `kernel_size` 1..7 and `padding` 0..3.",
    )


def axis_choices(search: Search, size: int, out: int) -> list[Axis]:
    """Every axis of the search that turns `size` cells into `out`, the most usual first.

    >>> search = Search((3,), (2,), (1,))
    >>> [tuple(axis.pad) for axis in axis_choices(search, 224, 112)]
    [(1, 1), (0, 2), (2, 0), (0, 1), (1, 0)]
    """
    found = []
    for k, s, d, op in search.combinations():
        extent = d * (k - 1) + 1
        if search.transposed:
            exact = (size - 1) * s + extent + op - out
            totals = range(exact, exact + 1)
        else:
            least = (out - 1) * s + extent - size
            totals = range(least, least + s)
        found += [Axis(k, s, d, pad, op) for pad in _pads(search, totals, extent, size)]
        if len(found) > MOST_CHOICES:
            raise _too_many(f"more than {MOST_CHOICES} choices fit")
    return sorted(found, key=lambda axis: unusual(axis, search.transposed))


def _pads(search: Search, totals: range, extent: int, size: int) -> Iterator[Pad]:
    if search.pads is not None:
        yield from (
            pad for pad in search.pads if sum(pad) in totals and _is_legal(search, pad, size)
        )
        return
    within = search.totals(extent, size)
    if not within:
        return
    low, high = within[0] // 2, within[-1] // 2
    for total in range(max(totals.start, within.start), min(totals.stop, within.stop)):
        for before in islice(
            range(max(low, total - high), min(high, total - low) + 1), MOST_CHOICES + 1
        ):
            yield Pad(before, total - before)


def _is_legal(search: Search, pad: Pad, size: int) -> bool:
    limit = {"reflect": size - 1, "circular": size}.get(search.padding_mode)
    return limit is None or max(pad) <= limit


def unusual(axis: Axis, transposed: bool) -> tuple[int, ...]:
    """The rank of a choice among others, lowest first: symmetric padding, no dilation, kernels and strides as networks have
    them, padding of half the kernel, or none."""
    kernels = _USUAL_TRANSPOSED if transposed else _USUAL_KERNELS
    usual = (
        2 * (axis.extent // 2) if axis.extent > axis.stride else 0
    )  # windows that do not overlap stand side by side
    if transposed:
        usual = 2 * (max(axis.extent - axis.stride + 1, 0) // 2)
    total = sum(axis.pad)
    padding = 0 if total == usual else 1 if total == 0 else 2 + abs(total - usual)
    strange = (
        (axis.dilation > 1) * 4 * axis.dilation
        + axis.output_padding * 2
        + padding * 2
        + max(axis.stride - 2, 0) * 3
    )
    kernel = kernels.get(axis.kernel_size, 4 + axis.kernel_size)
    sides = abs(axis.pad.before - axis.pad.after)
    return (
        int(sides > 0),
        strange + kernel,
        sides,
        axis.kernel_size,
        axis.stride,
        axis.dilation,
        axis.pad.before,
    )


def layer_choices(
    searches: Sequence[Search], sizes: Sequence[int], outs: Sequence[int], free: Sequence[str]
) -> Iterator[tuple[Axis, ...]]:
    """The choices for all axes, the most usual first: those that have the same `free` HYPER_PARAMETERS on every axis, or,
    where there are none, the axes' own choices combined, at most MOST_MIXED of each."""
    of_axes = [
        axis_choices(search, size, out)
        for search, size, out in zip(searches, sizes, outs, strict=True)
    ]
    keyed = [
        {tuple(getattr(axis, name) for name in free): axis for axis in reversed(choices)}
        for choices in of_axes
    ]
    alike = [
        tuple(of_axis[key] for of_axis in keyed)
        for key in keyed[0]
        if all(key in of_axis for of_axis in keyed)
    ]
    transposed = searches[0].transposed
    if alike:
        yield from sorted(alike, key=lambda axes: max(unusual(axis, transposed) for axis in axes))
        return
    mixed = product(*(islice(choices, MOST_MIXED) for choices in of_axes))
    yield from sorted(
        mixed, key=lambda axes: (_differences(axes), [unusual(axis, transposed) for axis in axes])
    )


def _differences(axes: Sequence[Axis]) -> int:
    """In how many hyper-parameters the axes differ."""
    return sum(
        len({getattr(axis, name) for axis in axes}) - 1
        for name in ("kernel_size", "stride", "dilation", "pad", "output_padding")
    )


def nearest_outputs(search: Search, size: int, out: int) -> tuple[int | None, int | None]:
    """The reachable sizes next to `out`: the largest below it and the smallest above it."""
    found = [one for one in _reachable(search, size, out) if one >= 1]
    return max((one for one in found if one < out), default=None), min(
        (one for one in found if one > out), default=None
    )


def _reachable(search: Search, size: int, out: int) -> Iterator[int]:
    """The sizes next to `out` that each combination reaches: more padding gives more of a convolution, less of a
    transposed one, so that the padding next to the one that would give `out` decides."""
    for k, s, d, op in search.combinations():
        extent = d * (k - 1) + 1
        whole = (size - 1) * s + extent + op
        exact = whole - out if search.transposed else (out - 1) * s + extent - size
        if search.pads is not None:
            totals: Iterable[int] = [
                sum(pad) for pad in search.pads if _is_legal(search, pad, size)
            ]
        else:
            within = search.totals(extent, size)
            wanted = (exact - 1, exact + (1 if search.transposed else s))
            totals = {min(max(total, within[0]), within[-1]) for total in wanted} if within else ()
        for total in totals:
            if search.transposed or size + total >= extent:
                yield whole - total if search.transposed else (size + total - extent) // s + 1
