from __future__ import annotations

import random

import pytest

from convcli import ConvSpec, tap_table
from convcli.engine.geometry.padding import PADDING_MODES, PaddingMode, padded_cell
from convcli.engine.geometry.tap_patterns import (
    MOST_LISTED,
    Reading,
    count,
    merged,
    real_cells,
    tap_reading,
)
from tests.random_layers import random_layer


def cells_of(spans: tuple[range, ...]) -> list[int]:
    return [cell for span in spans for cell in span]


def test_readings_are_the_rows_of_the_tap_table() -> None:
    rng = random.Random(1)
    kinds = set()
    for _ in range(3000):
        spec, x, *_ = random_layer(rng, dims=1)
        size = x.shape[2]
        reading, table = tap_reading(spec, 0, size), tap_table(spec, 0, size)
        assert reading is not None
        assert reading.outputs == len(table)
        outputs = sorted(rng.sample(range(len(table)), rng.randint(1, len(table))))
        spans = merged(range(output, output + 1) for output in outputs)
        assert cells_of(spans) == outputs
        read = sorted(
            {cell for output in outputs for cell in table[output].tolist() if cell < size}
        )
        assert cells_of(reading.cells(spans)) == read, (spec, size, outputs)
        kinds.add((spec.transposed, spec.padding_mode, len(read) == 0))
    assert len(kinds) >= 6


def folded(index: int, size: int) -> int:
    """A mirror image with as many turns as the pad needs."""
    place = index % (2 * size)
    return min(place, 2 * size - 1 - place)


TURNING = PaddingMode(
    "turning", folded, excess=None, torch_layer=None, torch_pad=None, onnx=None,
    numpy="symmetric", opencv="BORDER_REFLECT",
)  # fmt: skip


@pytest.mark.parametrize("mode", [*PADDING_MODES, "turning"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_the_cells_of_every_landing_in_a_pad_are_found(
    mode: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(PADDING_MODES, "turning", TURNING)
    largest = PADDING_MODES[mode].largest_pad(size)
    pad = 5 * size if largest is None else largest
    for step in (1, 2, 3, 5):
        for start in range(-pad, size + pad):
            for stop in range(start + 1, size + pad + 1):
                landings = range(start, stop, step)
                cells = {padded_cell(index, size, mode) for index in landings} - {size}
                if mode == "zeros":
                    cells &= set(range(size))
                spans = list(real_cells(landings, size, mode))
                assert {cell for span in spans for cell in span} == cells, (landings, spans)


def test_a_pad_with_very_many_turns_counts_as_reading_every_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(PADDING_MODES, "turning", TURNING)
    assert merged(real_cells(range(-(10**9), 0), 1000, "turning")) == (range(1000),)


def test_merged_cells_are_disjoint_and_ascending() -> None:
    rng = random.Random(2)
    for _ in range(3000):
        ranges = [
            range(start, start + rng.randint(0, 9), rng.randint(1, 4))
            for start in (rng.randint(0, 30) for _ in range(5))
        ]
        spans = merged(ranges)
        assert cells_of(spans) == sorted({cell for one in ranges for cell in one})
        assert count(spans) == len(cells_of(spans))


def test_too_many_cells_with_holes_become_their_hull() -> None:
    huge = [range(0, 4 * MOST_LISTED, 2), range(1, 4 * MOST_LISTED, 3)]
    assert merged(huge) == (range(4 * MOST_LISTED - 1),)


@pytest.mark.parametrize("size", [10**6, 10**12])
def test_sizes_of_any_magnitude(size: int) -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, stride=2, padding=1, dims=1)
    reading = tap_reading(spec, 0, size)
    assert reading is not None
    assert reading.cells((range(reading.outputs),)) == (range(size),)
    assert reading.cells((range(7, 8),)) == (range(13, 16),)


def test_an_unreasonable_stride_has_no_reading() -> None:
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=3, stride=10**9, transposed=True, dims=1
    )
    assert tap_reading(spec, 0, 3) is None


def test_windows_that_take_turns() -> None:
    reading = Reading((range(0, 2), range(1, 2)), 1, 5, 10)
    assert [list(reading.window(output)) for output in range(4)] == [[0, 1], [1], [1, 2], [2]]


def test_cells_of_any_size() -> None:
    landings = range(-(2**62), 2**64, 3)  # longer than len() counts
    assert list(real_cells(landings, 10, "zeros")) == [range(2, 11, 3)]
