from __future__ import annotations

import random

import numpy as np

from convcli import ConvSpec, tap_table
from convcli.engine.geometry.taps import tap_cell
from tests.random_layers import random_layer


def test_a_table_by_hand() -> None:
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=3, stride=2, dilation=2, padding=1, dims=1
    )
    assert tap_table(spec, 0, 7).tolist() == [[7, 1, 3], [1, 3, 5], [3, 5, 7]]


def test_a_transposed_table_by_hand() -> None:
    spec = ConvSpec.of(
        in_channels=1,
        out_channels=1,
        kernel_size=3,
        stride=2,
        output_padding=1,
        transposed=True,
        dims=1,
    )
    gap = 2
    assert tap_table(spec, 0, 2).tolist() == [
        [0, gap, gap],
        [gap, 0, gap],
        [1, gap, 0],
        [gap, 1, gap],
        [gap, gap, 1],
        [gap, gap, gap],  # the row of output_padding: no tap reaches it
    ]


def test_a_range_of_rows_is_a_slice_of_the_table() -> None:
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=3, padding=2, padding_mode="circular", dims=1
    )
    assert np.array_equal(tap_table(spec, 0, 9, range(3, 7)), tap_table(spec, 0, 9)[3:7])


def test_single_cells_are_the_table() -> None:
    rng = random.Random(0)
    for _ in range(200):
        spec, x, *_ = random_layer(rng)
        for d, size in enumerate(x.shape[2:]):
            table = tap_table(spec, d, size)
            assert all(
                tap_cell(spec, d, size, out, tap) == cell
                for (out, tap), cell in np.ndenumerate(table)
            )


def test_a_transposed_table_is_the_convolutions_with_the_roles_swapped() -> None:
    rng = random.Random(1)
    for _ in range(300):
        spec, x, *_ = random_layer(rng, transposed=True, dims=1)
        size, axis = x.shape[2], spec.axes[0]
        reads = {
            (out, tap, cell)
            for (out, tap), cell in np.ndenumerate(tap_table(spec, 0, size))
            if cell < size
        }
        out_size = spec.output_size(0, size)
        stamps = {
            (cell * axis.stride + tap * axis.dilation - axis.pad.before, tap, cell)
            for cell in range(size)
            for tap in range(axis.kernel_size)
        }
        assert reads == {(out, tap, cell) for out, tap, cell in stamps if 0 <= out < out_size}
