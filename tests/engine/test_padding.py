from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcli import Pad
from convcli.engine.geometry.padding import PADDING_MODES, padded_cell

DRAWN = {  # four cells, padded by two on each side, as the docstring draws them; 4 is the zero cell
    "zeros": [4, 4, 0, 1, 2, 3, 4, 4],
    "reflect": [2, 1, 0, 1, 2, 3, 2, 1],
    "replicate": [0, 0, 0, 1, 2, 3, 3, 3],
    "circular": [2, 3, 0, 1, 2, 3, 0, 1],
    "symmetric": [1, 0, 0, 1, 2, 3, 3, 2],
}


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_each_mode_maps_padded_indices_to_cells(mode: str) -> None:
    assert [padded_cell(index, 4, mode) for index in range(-2, 6)] == DRAWN[mode]


@pytest.mark.parametrize("mode", [mode for mode in PADDING_MODES if mode != "zeros"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_modes_are_those_of_numpy(mode: str, size: int) -> None:
    largest = PADDING_MODES[mode].largest_pad(size)
    pad = 3 * size if largest is None else largest
    cells = padded_cell(np.arange(-pad, size + pad), size, mode)
    theirs: Any = np.pad(np.arange(size), pad, mode=PADDING_MODES[mode].numpy)  # type: ignore[call-overload]
    assert cells.tolist() == theirs.tolist()


@pytest.mark.parametrize("mode", [mode for mode in PADDING_MODES if mode != "zeros"])
@pytest.mark.parametrize("size", [2, 5])
def test_the_modes_are_those_of_opencv(mode: str, size: int) -> None:
    cv2 = pytest.importorskip("cv2")
    largest = PADDING_MODES[mode].largest_pad(size)
    pad = 3 * size if largest is None else largest
    cells = padded_cell(np.arange(-pad, size + pad), size, mode)
    border = getattr(cv2, PADDING_MODES[mode].opencv)
    theirs = cv2.copyMakeBorder(np.arange(size, dtype=np.uint8)[None], 0, 0, pad, pad, border)
    assert cells.tolist() == theirs[0].tolist()


@pytest.mark.parametrize("mode", [mode for mode in PADDING_MODES if mode != "zeros"])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_every_mode_but_zeros_copies_real_cells(mode: str, size: int) -> None:
    largest = PADDING_MODES[mode].largest_pad(size)
    pad = 3 * size if largest is None else largest
    cells = padded_cell(np.arange(-pad, size + pad), size, mode)
    assert set(cells.tolist()) == set(range(size))


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_the_smallest_size_is_the_first_that_the_limit_allows(mode: str) -> None:
    row = PADDING_MODES[mode]
    for pad in (Pad(0, 0), Pad(3, 0), Pad(1, 4)):
        least = row.smallest_size(pad)
        limits = [row.largest_pad(size) for size in range(1, 9)]
        allowed = [limit is None or max(pad) <= limit for limit in limits]
        assert allowed == [size >= least for size in range(1, 9)]


def test_a_pad_is_written_as_the_command_line_reads_it() -> None:
    assert (str(Pad(1, 1)), str(Pad(1, 2))) == ("1", "1:2")


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_one_integer_and_an_array_of_them_are_mapped_alike(mode: str) -> None:
    indices = np.arange(-3, 8)
    assert padded_cell(indices, 5, mode).tolist() == [
        padded_cell(int(index), 5, mode) for index in indices
    ]
