"""The arithmetic of one axis against the tap tables, where each number can be counted."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from convcli import ConvError, ConvSpec, Pad, tap_table
from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.taps import padded_index

CASES = 2000


def axes(seed: int, transposed: bool) -> Iterator[Axis]:
    rng = random.Random(seed)
    for _ in range(CASES):
        stride, dilation = rng.randint(1, 6), rng.randint(1, 4)
        kept = rng.randint(0, max(stride, dilation) - 1) if transposed else 0
        yield Axis(
            rng.randint(1, 5), stride, dilation, Pad(rng.randint(0, 5), rng.randint(0, 5)), kept
        )


def layer(axis: Axis, transposed: bool = False) -> ConvSpec:
    return ConvSpec(1, 1, (axis,), transposed=transposed)


def test_a_convolution_has_as_many_outputs_as_windows_fit() -> None:
    for axis in axes(1, transposed=False):
        for size in (1, 4, 9):
            last = size + axis.pad.after  # the end of the padded axis
            starts = range(-axis.pad.before, last, axis.stride)
            fitting = [start for start in starts if start + axis.extent <= last]
            assert max(axis.output_size(size), 0) == len(fitting), (axis, size)


def test_a_transposed_layer_has_the_outputs_that_its_stamps_cover_and_those_kept() -> None:
    for axis in axes(2, transposed=True):
        for size in (1, 4, 9):
            stamps = [
                cell * axis.stride + axis.dilation * tap
                for cell in range(size)
                for tap in range(axis.kernel_size)
            ]
            covered = max(stamps) + 1 - axis.pad.before - axis.pad.after
            assert axis.output_size(size, transposed=True) == covered + axis.output_padding


@pytest.mark.parametrize("transposed", [False, True])
def test_input_sizes_are_those_that_have_the_output(transposed: bool) -> None:
    some = 0
    for axis in axes(3, transposed):
        for out in range(-1, 12):
            found = axis.input_sizes(out, transposed)
            sizes = [
                size
                for size in range(1, 100)
                if axis.output_size(size, transposed) == out and out >= 1
            ]
            assert list(found) == sizes, (axis, out)
            some += len(sizes) > 1
    assert some > 100 or transposed


@pytest.mark.parametrize("transposed", [False, True])
def test_padding_totals_are_those_that_have_the_output(transposed: bool) -> None:
    for axis in axes(4, transposed):
        bare = Axis(axis.kernel_size, axis.stride, axis.dilation, Pad(0, 0), axis.output_padding)
        for size, out in ((3, 2), (7, 7), (2, 9)):
            found = axis.padding_totals(size, out, transposed)
            for total in range(-60, 60):
                padded = Axis(
                    bare.kernel_size, bare.stride, bare.dilation, Pad(total, 0), bare.output_padding
                )
                assert (padded.output_size(size, transposed) == out) == (total in found)


def test_the_remainder_as_output_padding_brings_every_size_back() -> None:
    kept = 0
    for axis in axes(5, transposed=False):
        for size in (3, 8, 11):
            out = axis.output_size(size)
            if out < 1:
                continue
            back = axis.returning(size, out)
            assert back.output_size(out, transposed=True) == size
            assert back.pad == axis.pad
            kept += back.output_padding > 0
    assert kept > 100
    beyond = Axis(3, 2).returning(6, 3)  # ceil_mode: the third window reaches over the edge
    assert (beyond.pad, beyond.output_padding) == (Pad(0, 1), 0)
    assert beyond.output_size(3, transposed=True) == 6


def test_a_window_is_a_row_of_the_padded_indices() -> None:
    for axis in axes(6, transposed=False):
        for out in (0, 1, 5):
            landings = [padded_index(axis, out, tap) for tap in range(axis.kernel_size)]
            assert list(axis.window(out)) == landings


def test_windows_over_a_run_are_those_whose_hull_meets_it() -> None:
    for axis in axes(7, transposed=False):
        for first, stop in ((0, 1), (-3, 2), (4, 11)):
            meeting = [
                index
                for index in range(-30, 40)
                if axis.window(index).start < stop
                and axis.window(index).start + axis.extent - 1 >= first
            ]
            assert list(axis.windows_over(first, stop)) == meeting, (axis, first, stop)


def test_phases_are_the_columns_of_the_tap_table() -> None:
    rng = random.Random(8)
    compared = without = 0
    for axis in axes(8, transposed=True):
        spec, size = layer(axis, transposed=True), rng.randint(1, 8)
        try:
            table = tap_table(spec, 0, size)
        except ConvError:
            continue
        phases = axis.phases(len(table))
        firsts = [phase.first for phase in phases]
        assert firsts == sorted(firsts)
        unreached = set(range(min(axis.stride, len(table)))) - set(firsts)
        assert all((table[first :: axis.stride] == size).all() for first in unreached)
        for first, taps, cells in phases:
            assert len(taps) == len(cells)
            for j, row in enumerate(table[first :: axis.stride].tolist()):
                reads = {tap: cell + j for tap, cell in zip(taps, cells, strict=True)}
                real = {tap: cell for tap, cell in reads.items() if 0 <= cell < size}
                assert real == {tap: cell for tap, cell in enumerate(row) if cell < size}
            compared += 1
        without += len(unreached)
    assert compared > CASES
    assert without > 100


def test_a_stride_beyond_all_memory_has_phases() -> None:
    axis = Axis(3, stride=10**15, dilation=10**9, pad=Pad(1, 1))
    assert axis.phase(10**9 - 1).taps == range(1, 3, 10**6)
    assert not axis.phase(5).taps


def test_same_padding_gives_the_rounded_up_quotient() -> None:
    for axis in axes(9, transposed=False):
        for size in (1, 5, 12, 31):
            pad = axis.same_pad(size)
            padded = Axis(axis.kernel_size, axis.stride, axis.dilation, pad)
            assert 0 <= pad.after - pad.before <= 1
            if axis.stride <= axis.extent or sum(pad):
                assert padded.output_size(size) == -(-size // axis.stride), (padded, size)


def test_the_formula_with_its_numbers_is_what_is_computed() -> None:
    for transposed in (False, True):
        for axis in axes(10, transposed):
            numbers = (
                axis.output_numbers(9, transposed).replace("floor(", "int(").replace("/", "//")
            )
            assert eval(numbers) == axis.output_size(9, transposed)
            formula, value = axis.extent_numbers().split(" = ")
            assert eval(formula) == int(value) == axis.extent
