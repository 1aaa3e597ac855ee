from __future__ import annotations

import random

import pytest

from convcli import ConvError, ConvSpec, tap_table
from convcli.engine.geometry.unread_cells import LISTED, unread_cells
from tests.random_layers import random_layer


def test_unread_cells_are_those_that_the_table_lacks() -> None:
    rng = random.Random(1)
    some = 0
    for _ in range(3000):
        spec, x, *_ = random_layer(rng, dims=1)
        size = x.shape[2]
        read = set(tap_table(spec, 0, size).ravel().tolist())
        missing = [cell for cell in range(size) if cell not in read]
        unread = unread_cells(spec, 0, size)
        assert (unread.total, list(unread.cells)) == (len(missing), missing), (spec, size)
        trailing = missing[len(missing) - unread.trailing :]
        assert trailing == list(range(size - unread.trailing, size))
        assert size - unread.trailing - 1 in read or unread.trailing == size
        some += bool(missing)
    assert some > 300


def test_the_sizes_that_give_the_same_output_are_all_found() -> None:
    rng = random.Random(2)
    for _ in range(600):
        spec, x, *_ = random_layer(rng, dims=1)
        size = x.shape[2]
        same = spec.input_sizes(0, spec.output_size(0, size))
        assert size in same
        for other in range(1, 40):
            try:
                found = spec.output_size(0, other) == spec.output_size(0, size)
            except ConvError:
                found = False
            assert found == (other in same), (spec, size, other)


@pytest.mark.parametrize(
    ("kernel_size", "stride", "dilation", "count", "first"),
    [
        (3, 2, 1, 1, (10**12 - 1,)),
        (1, 10, 1, 9 * 10**11, (1, 2, 3)),
        (2, 3, 2, 333333333334, (1, 4, 7)),
    ],
)
def test_sizes_of_any_magnitude(
    kernel_size: int, stride: int, dilation: int, count: int, first: tuple[int, ...]
) -> None:
    spec = ConvSpec.of(
        in_channels=1,
        out_channels=1,
        kernel_size=kernel_size,
        stride=stride,
        dilation=dilation,
        dims=1,
    )
    unread = unread_cells(spec, 0, 10**12)
    assert unread.cells[: len(first)] == first
    assert len(unread.cells) == min(count, LISTED)
    assert unread.total == count
