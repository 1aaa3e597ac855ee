"""Solving backwards: every choice of hyper-parameters that turns one size into another.

For each kernel_size, stride, dilation and output_padding, `Axis.padding_totals` has the totals
before + after that fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from itertools import islice, product
from typing import NamedTuple

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import NO_PAD, PADDING_MODES, Pad, check_padding_mode
from convcli.errors import ConvError

MOST_TRIED = 2_000_000  # combinations of kernel_size, stride, dilation and output_padding
MOST_CHOICES = 200_000  # of one axis
MOST_MIXED = 3_600  # combinations of the axes' own choices, where no choice suits all axes

HYPER_PARAMETERS = tuple(field.name for field in fields(Axis))

_USUAL_KERNELS = {3: 0, 1: 1, 5: 2, 7: 3, 2: 4, 4: 5, 11: 6, 9: 7}
_USUAL_TRANSPOSED = {2: 0, 4: 1, 3: 2, 1: 6, 5: 7, 6: 8, 8: 9}


class Search(NamedTuple):
    """The values that are tried on one axis.

    `pads` are the pads to try, None for all whose sides are in `padding`; `padding` None goes up to
    extent - 1, because beyond it a window would hold nothing but padding. `output_padding` None
    tries every legal one.
    """

    kernel_size: Sequence[int]
    stride: Sequence[int]
    dilation: Sequence[int]
    padding: Sequence[int] | None = None
    pads: tuple[Pad, ...] | None = None
    output_padding: Sequence[int] | None = None
    transposed: bool = False
    padding_mode: str = "zeros"

    def combinations(self) -> Iterator[Axis]:
        """Axes without padding, for each kernel_size, stride, dilation and output_padding.

        Raises ConvError if there are too many, or no such padding mode.
        """
        check_padding_mode(self.padding_mode)
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
            yield from (Axis(k, s, d, NO_PAD, op) for op in kept if op < max(s, d) or op == 0)

    def totals(self, axis: Axis, size: int) -> range:
        """The totals of before and after that are searched, where padding is free or a range."""
        values = self.padding if self.padding is not None else range(axis.extent)
        limit = PADDING_MODES[self.padding_mode].largest_pad(size)
        most = values[-1] if limit is None else min(values[-1], limit)
        return range(2 * values[0], 2 * most + 1)

    def is_legal(self, pad: Pad, size: int) -> bool:
        """Whether the padding mode can fill the pad from `size` cells."""
        limit = PADDING_MODES[self.padding_mode].largest_pad(size)
        return limit is None or max(pad) <= limit


def _too_many(rule: str) -> ConvError:
    hint = "Specify narrower ranges, like `kernel_size` 1..7 and `padding` 0..3."
    return ConvError("solve.ranges", rule, hint=hint)


def check_count(choices: int) -> None:
    """Raises ConvError where these are too many choices."""
    if choices > MOST_CHOICES:
        raise _too_many(f"more than {MOST_CHOICES} choices fit")


def axis_choices(search: Search, size: int, out: int) -> list[Axis]:
    """Every axis of the search that turns `size` cells into `out`, the most usual first.

    Raises ConvError where there are too many combinations, or too many choices.

    >>> search = Search((3,), (2,), (1,))
    >>> [tuple(axis.pad) for axis in axis_choices(search, 224, 112)]
    [(1, 1), (0, 2), (2, 0), (0, 1), (1, 0)]
    """
    fitting: list[tuple[Axis, range]] = []
    count = 0
    for axis in search.combinations():
        totals = axis.padding_totals(size, out, search.transposed)
        more = _pad_count(search, axis, totals, size)
        if more:
            fitting.append((axis, totals))
            count += more
        check_count(count)
    choices = [
        replace(axis, pad=pad)
        for axis, totals in fitting
        for pad in _pads(search, axis, totals, size)
    ]
    return sorted(choices, key=lambda axis: unusualness(axis, search.transposed))


def _pads(search: Search, axis: Axis, totals: range, size: int) -> Iterator[Pad]:
    """The pads of the search whose total is in `totals`."""
    if search.pads is not None:
        yield from (pad for pad in search.pads if sum(pad) in totals and search.is_legal(pad, size))
        return
    within = search.totals(axis, size)
    if not within:
        return
    low, high = within[0] // 2, within[-1] // 2
    for total in range(max(totals.start, within.start), min(totals.stop, within.stop)):
        for before in range(max(low, total - high), min(high, total - low) + 1):
            yield Pad(before, total - before)


def _pad_count(search: Search, axis: Axis, totals: range, size: int) -> int:
    """How many pads `_pads` has, without making them.

    With sides in low..high, a total has min(total - 2*low, 2*high - total) + 1 pads.
    """
    if search.pads is not None:
        return sum(1 for _ in _pads(search, axis, totals, size))
    within = search.totals(axis, size)
    first, stop = max(totals.start, within.start), min(totals.stop, within.stop)
    if first >= stop:
        return 0
    least = within.start
    widest = (within.stop - 1 - least) // 2
    return _pads_below(stop - least, widest) - _pads_below(first - least, widest)


def _pads_below(total: int, widest: int) -> int:
    """How many pairs of sides in 0..widest sum to less than `total`, in 0..2*widest + 1.

    >>> [_pads_below(total, 2) for total in range(6)]
    [0, 1, 3, 6, 8, 9]
    """
    if total <= widest + 1:
        return total * (total + 1) // 2
    above = 2 * widest + 1 - total
    return (widest + 1) ** 2 - above * (above + 1) // 2


def unusualness(axis: Axis, transposed: bool) -> tuple[int, ...]:
    """The sort key of a choice among others, the usual ones first.

    Those without dilation come first, of these the ones with symmetric padding; usual are the
    kernels and strides that networks have, and padding of half the kernel or none.
    """
    kernels = _USUAL_TRANSPOSED if transposed else _USUAL_KERNELS
    overlap = axis.extent > axis.stride  # else windows stand side by side, usually without padding
    usual = 2 * (axis.extent // 2) if overlap else 0
    if transposed:
        usual = 2 * (max(axis.extent - axis.stride + 1, 0) // 2)
    total = sum(axis.pad)
    padding = 0 if total == usual else 1 if total == 0 else 2 + abs(total - usual)
    strangeness = (
        4 * (axis.dilation - 1)
        + axis.output_padding * 2
        + padding * 2
        + max(axis.stride - 2, 0) * 3
    )
    kernel = kernels.get(axis.kernel_size, 4 + axis.kernel_size)
    sides = abs(axis.pad.before - axis.pad.after)
    return (
        int(axis.dilation > 1),
        int(sides > 0),
        strangeness + kernel,
        sides,
        axis.kernel_size,
        axis.stride,
        axis.dilation,
        axis.pad.before,
    )


def layer_choices(
    searches: Sequence[Search], sizes: Sequence[int], outs: Sequence[int], free: Sequence[str]
) -> Iterator[tuple[Axis, ...]]:
    """The choices for all axes, the most usual first.

    They have the same values of `free`, names of fields of `Axis`, on every axis; where there are
    none, the axes' own choices are combined, at most MOST_MIXED times. Raises ConvError where
    there are too many.
    """
    questions = list(zip(searches, sizes, outs, strict=True))
    answers = {question: axis_choices(*question) for question in dict.fromkeys(questions)}
    of_axes = [answers[question] for question in questions]
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
        yield from sorted(
            alike, key=lambda axes: max(unusualness(axis, transposed) for axis in axes)
        )
        return
    of_each = round(MOST_MIXED ** (1 / len(of_axes)))
    mixed = product(*(islice(choices, of_each) for choices in of_axes))
    yield from sorted(
        mixed,
        key=lambda axes: (
            is_dilated(axes),
            _differences(axes),
            [unusualness(axis, transposed) for axis in axes],
        ),
    )


def is_dilated(axes: Sequence[Axis]) -> bool:
    """Whether an axis has dilation: these choices come behind the others."""
    return any(axis.dilation > 1 for axis in axes)


def _differences(axes: Sequence[Axis]) -> int:
    """In how many hyper-parameters the axes differ."""
    return sum(len({getattr(axis, name) for axis in axes}) - 1 for name in HYPER_PARAMETERS)


def nearest_outputs(search: Search, size: int, out: int) -> tuple[int | None, int | None]:
    """The largest reachable size below `out` and the smallest above; None where there is none."""
    reachable = [other for other in _reachable(search, size, out) if other >= 1]
    below = max((other for other in reachable if other < out), default=None)
    above = min((other for other in reachable if other > out), default=None)
    return below, above


def _reachable(search: Search, size: int, out: int) -> Iterator[int]:
    """The sizes next to `out` that each combination reaches.

    More padding gives more of a convolution and less of a transposed one, so the totals next to
    those that would give `out` decide.
    """
    for axis in search.combinations():
        if search.pads is not None:
            totals: Iterable[int] = [sum(pad) for pad in search.pads if search.is_legal(pad, size)]
        else:
            exact, within = (
                axis.padding_totals(size, out, search.transposed),
                search.totals(axis, size),
            )
            wanted = (exact.start - 1, exact.stop)
            totals = {min(max(total, within[0]), within[-1]) for total in wanted} if within else ()
        for total in totals:
            yield replace(axis, pad=Pad(total, 0)).output_size(size, search.transposed)
