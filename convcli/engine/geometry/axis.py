"""Axis: the hyper-parameters of one spatial direction, and the arithmetic of sizes that follows.

Everything rests on two functions that are inverse to each other. On a padded axis

    windows_on(cells)    = floor((cells - extent)/stride) + 1      how many windows fit
    cells_under(windows) = (windows - 1)*stride + extent           how many cells they cover

A convolution makes one output per window. A transposed convolution makes one stamp per input cell,
so it has the two functions exchanged. Source: Dumoulin and Visin, "A guide to convolution
arithmetic for deep learning", 2016.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd
from typing import NamedTuple

from convcli.engine.geometry.padding import NO_PAD, Pad


class Phase(NamedTuple):
    """The outputs `first + j*stride` of a transposed layer.

    Output j reads, tap by tap, the cells `cells` moved by j.

    `taps` and `cells` are of one length; the cells descend while the taps ascend. Both are empty
    where no tap reaches the phase.
    """

    first: int
    taps: range
    cells: range


@dataclass(frozen=True, slots=True)
class Axis:
    """The hyper-parameters of one spatial direction, as torch counts them; `pad` is in cells."""

    kernel_size: int
    stride: int = 1
    dilation: int = 1
    pad: Pad = NO_PAD
    output_padding: int = 0

    @property
    def extent(self) -> int:
        """The cells from the first tap to the last: dilation*(kernel_size - 1) + 1."""
        return self.dilation * (self.kernel_size - 1) + 1

    def windows_on(self, cells: int) -> int:
        """The windows that fit on `cells` padded cells; below 1 where none fits."""
        return (cells - self.extent) // self.stride + 1

    def cells_under(self, windows: int) -> int:
        """The padded cells from the first cell of the first window to the last cell of the last."""
        return (windows - 1) * self.stride + self.extent

    def output_size(self, size: int, transposed: bool = False) -> int:
        """The output of `size` cells; below 1 where the layer does not fit.

            convolution:             floor((size + before + after - extent)/stride) + 1
            transposed convolution:  (size - 1)*stride - before - after + extent + output_padding

        Source: torch.nn.Conv2d, torch.nn.ConvTranspose2d.

        >>> axis = Axis(kernel_size=4, stride=2, pad=Pad(1, 1))
        >>> axis.output_size(32), axis.output_size(16, transposed=True)
        (16, 32)
        """
        before, after = self.pad
        if transposed:
            return self.cells_under(size) - before - after + self.output_padding
        return self.windows_on(size + before + after)

    def output_numbers(self, size: int, transposed: bool = False) -> str:
        """The formula of `output_size` with its numbers: `floor((224 + 3 + 3 - 7)/2) + 1`."""
        before, after = self.pad
        if transposed:
            moved = f"({size} - 1)*{self.stride}"
            return f"{moved} - {before} - {after} + {self.extent} + {self.output_padding}"
        return f"floor(({size} + {before} + {after} - {self.extent})/{self.stride}) + 1"

    def extent_numbers(self) -> str:
        """The formula of `extent` with its numbers and its value: `2*(3 - 1) + 1 = 5`."""
        return f"{self.dilation}*({self.kernel_size} - 1) + 1 = {self.extent}"

    def input_sizes(self, out: int, transposed: bool = False) -> range:
        """All input sizes that give `out` cells, whatever the padding mode; empty if there is none.

        >>> Axis(kernel_size=7, stride=2, pad=Pad(3, 3)).input_sizes(112)
        range(223, 225)
        """
        if out < 1:
            return range(0)
        if transposed:
            covered = out - self.output_padding + sum(self.pad)
            size = self.windows_on(covered)
            fits = size >= 1 and self.cells_under(size) == covered
            return range(size, size + 1) if fits else range(0)
        least = self.cells_under(out) - sum(self.pad)
        return range(max(least, 1), max(least + self.stride, 1))

    def remainder(self, size: int, out: int) -> int:
        """The cells at the end that `out` windows leave uncovered.

            remainder = size + before + after - cells_under(out)

        A convolution from `size` to `out` loses them to its stride; as `output_padding` of the
        transposed layer they come back. Negative where the windows reach beyond the padding, as
        with ceil_mode.

        >>> Axis(kernel_size=3, stride=2).remainder(6, 2)
        1
        """
        return size + sum(self.pad) - self.cells_under(out)

    def returning(self, size: int, out: int) -> Axis:
        """The axis of the transposed layer that makes `size` cells of `out`.

        output_padding keeps a remainder; more padding after crops what is beyond `size`.

        >>> Axis(kernel_size=3, stride=2).returning(6, 2).output_padding
        1
        """
        rest = self.remainder(size, out)
        pad = Pad(self.pad.before, self.pad.after + max(-rest, 0))
        return replace(self, pad=pad, output_padding=max(rest, 0))

    def padding_totals(self, size: int, out: int, transposed: bool = False) -> range:
        """All totals before + after that turn `size` cells into `out`; some may be negative.

        The padding of the axis itself is not used.

        >>> Axis(kernel_size=3, stride=2).padding_totals(224, 112)
        range(1, 3)
        """
        if transposed:
            total = self.cells_under(size) + self.output_padding - out
            return range(total, total + 1)
        least = self.cells_under(out) - size
        return range(least, least + self.stride)

    def same_pad(self, size: int) -> Pad:
        """The padding for ceil(size/stride) outputs: torch's `same`, TensorFlow's SAME.

            total = max((ceil(size/stride) - 1)*stride + extent - size, 0), the odd cell after

        Source: tensorflow.org/api_docs/python/tf/nn, "Notes on padding".

        >>> Axis(kernel_size=3, stride=2).same_pad(224)
        Pad(before=0, after=1)
        """
        total = max(self.cells_under(-(-size // self.stride)) - size, 0)
        return Pad(total // 2, total - total // 2)

    def window(self, index: int) -> range:
        """The cells of window `index`, counted from the first real one.

            cell = index*stride + tap*dilation - before, for each tap

        In a convolution, what output `index` reads; in a transposed one, the outputs on which cell
        `index` is stamped.

        >>> Axis(kernel_size=3, stride=2, dilation=2, pad=Pad(1, 1)).window(1)
        range(1, 6, 2)
        """
        first = index * self.stride - self.pad.before
        return range(first, first + self.extent, self.dilation)

    def windows_over(self, first: int, stop: int) -> range:
        """The windows that overlap the cells `first` to `stop - 1`, if only in gaps of a dilation.

        >>> Axis(kernel_size=3, stride=2).windows_over(2, 4)
        range(0, 2)
        """
        before = self.pad.before
        lowest = -((self.extent - 1 - before - first) // self.stride)
        return range(lowest, (stop - 1 + before) // self.stride + 1)

    def phase(self, first: int) -> Phase:
        """The taps of a transposed layer that reach outputs `first + j*stride`, and their cells.

            cell*stride = first + before - tap*dilation

        has a solution for every (stride/gcd)-th tap, each dilation/gcd cells lower, with
        gcd = gcd(stride, dilation).

        Source: Vaidyanathan, "Multirate Systems and Filter Banks", 1993, the polyphase
        decomposition.

        >>> Axis(kernel_size=3, stride=2).phase(0)
        Phase(first=0, taps=range(0, 3, 2), cells=range(0, -2, -1))
        """
        common = gcd(self.stride, self.dilation)
        every, down = self.stride // common, self.dilation // common
        place = first + self.pad.before
        if place % common:
            return Phase(first, range(0), range(0))
        tap = place // common * pow(down, -1, every) % every
        taps = range(tap, self.kernel_size, every)
        highest = (place - tap * self.dilation) // self.stride
        return Phase(first, taps, range(highest, highest - len(taps) * down, -down))

    def phases(self, outputs: int) -> tuple[Phase, ...]:
        """The phases of a transposed layer's stride that a tap reaches, in the order of outputs.

        Outputs of other phases hold the bias alone; beyond the kernel there may be many.

        >>> [phase.first for phase in Axis(kernel_size=2, stride=10**9).phases(10**9)]
        [0, 1]
        """
        every = self.stride // gcd(self.stride, self.dilation)
        firsts = {
            (tap * self.dilation - self.pad.before) % self.stride
            for tap in range(min(self.kernel_size, every))
        }
        return tuple(self.phase(first) for first in sorted(firsts) if first < outputs)
