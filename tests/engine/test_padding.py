from __future__ import annotations

import numpy as np
import pytest

from convcli import ConvError, Pad
from convcli.engine.geometry.padding import PADDING_MODES, padded_cell, resolve_padding

DRAWN = {  # four cells, padded by two on each side, as the docstring draws them; 4 is the zero cell
    "zeros": [4, 4, 0, 1, 2, 3, 4, 4],
    "reflect": [2, 1, 0, 1, 2, 3, 2, 1],
    "replicate": [0, 0, 0, 1, 2, 3, 3, 3],
    "circular": [2, 3, 0, 1, 2, 3, 0, 1],
}
NUMPY_MODES = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_each_mode_maps_padded_indices_to_cells(mode: str) -> None:
    assert [padded_cell(index, 4, mode) for index in range(-2, 6)] == DRAWN[mode]


@pytest.mark.parametrize("mode", list(NUMPY_MODES))
@pytest.mark.parametrize("size", [1, 2, 5])
def test_the_modes_are_those_of_numpy(mode: str, size: int) -> None:
    pad = size - 1 if mode == "reflect" else size
    cells = padded_cell(np.arange(-pad, size + pad), size, mode)
    assert cells.tolist() == np.pad(np.arange(size), pad, mode=NUMPY_MODES[mode]).tolist()


@pytest.mark.parametrize("mode", PADDING_MODES)
def test_one_integer_and_an_array_of_them_are_mapped_alike(mode: str) -> None:
    indices = np.arange(-3, 8)
    assert padded_cell(indices, 5, mode).tolist() == [
        padded_cell(int(index), 5, mode) for index in indices
    ]


@pytest.mark.parametrize(
    ("padding", "expected"),
    [
        (1, [(1, 1), (1, 1)]),
        ((1, 2), [(1, 1), (2, 2)]),
        (((1, 2), 3), [(1, 2), (3, 3)]),
        ([[0, 1], [2, 0]], [(0, 1), (2, 0)]),
        ((Pad(1, 2),), [(1, 2), (1, 2)]),
        ("valid", [(0, 0), (0, 0)]),
        ("same", [(1, 2), (2, 2)]),  # extents 4 and 5: the odd cell goes after
    ],
)
def test_every_spelling_becomes_pads(padding: object, expected: list[tuple[int, int]]) -> None:
    assert (
        list(resolve_padding(padding, extents=(4, 5), strides=(1, 1), transposed=False)) == expected
    )


@pytest.mark.parametrize(
    ("padding", "strides", "transposed", "code"),
    [
        ("full", (1, 1), False, "padding.name"),
        ("same", (1, 2), False, "padding.same"),
        ("same", (1, 1), True, "padding.transposed"),
        ((1, 2, 3), (1, 1), False, "padding.count"),
        (((1, 2, 3), 1), (1, 1), False, "padding.pair"),
    ],
)
def test_other_spellings_are_refused(
    padding: object, strides: tuple[int, int], transposed: bool, code: str
) -> None:
    with pytest.raises(ConvError) as caught:
        resolve_padding(padding, extents=(3, 3), strides=strides, transposed=transposed)
    assert caught.value.code == code
