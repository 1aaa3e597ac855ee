"""Layers on stored arrays: units, blocks and batches, and the same numbers as in memory."""

from __future__ import annotations

import random
from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.blocks import Blocks, plan_blocks
from convcli.engine.compute.blockwise import Tally, compute_blocks, cube_steps
from convcli.engine.compute.channels import channel_parts, channels_read
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.units import UnitGrid
from convcli.inputs.files.boxes import read_box
from tests.random_layers import RandomLayer, random_layer


class Stored:
    """An array as a store hands it out and takes it: whole chunks, each counted."""

    def __init__(self, array: Any, chunk: tuple[int, ...]) -> None:
        self.array, self.chunk, self.fetched, self.gets = array, chunk, 0, 0

    def read(self, box: Any) -> Any:
        return read_box(box, self.array.dtype, self._read)

    def _read(self, runs: list[slice]) -> Any:
        cells = [
            [
                min((at + 1) * step, size) - at * step
                for at in range(run.start // step, -(-run.stop // step))
            ]
            for run, step, size in zip(runs, self.chunk, self.array.shape, strict=True)
        ]
        self.fetched += prod(map(sum, cells))
        self.gets += prod(map(len, cells))
        return self.array[tuple(runs)]


class Written:
    """An array that is written unit by unit, each once and whole."""

    def __init__(self, grid: UnitGrid, dtype: Any) -> None:
        self.grid, self.array = grid, np.zeros(grid.shape, dtype)
        self.units: set[tuple[int, ...]] = set()

    def write(self, unit: tuple[int, ...], values: Any) -> None:
        assert unit not in self.units
        box = self.grid.box(unit)
        assert values.shape == tuple(part.stop - part.start for part in box)
        self.units.add(unit)
        self.array[box] = values


def plan_of(rng: random.Random, layer: RandomLayer, most: int = 4000) -> tuple[Blocks, Any]:
    """A plan with random chunks and units, and the result that it has to give."""
    expected = convolve(*layer)
    chunk, unit = (
        tuple(rng.randint(1, size + 2) for size in shape)
        for shape in (layer.input.shape, expected.shape)
    )
    grid = UnitGrid(expected.shape, unit)
    itemsize = layer.input.itemsize
    return plan_blocks(layer.spec, layer.input.shape, chunk, grid, itemsize, most), expected


def layers(count: int, seed: int, dtype: Any = np.int64) -> Iterator[tuple[random.Random, Any]]:
    rng = random.Random(seed)
    for _ in range(count):
        yield rng, random_layer(rng, dtype=dtype)


def run(plan: Blocks, layer: RandomLayer, **options: Any) -> tuple[Written, Stored]:
    source = Stored(layer.input, plan.chunk)
    dtype = np.result_type(layer.input, layer.weight)
    sink = Written(plan.grid, dtype)
    parts = [layer.weight, layer.bias, dtype]
    size = options.pop("size", 3)
    for first in range(0, plan.total, size):
        some = range(first, min(first + size, plan.total))
        compute_blocks(plan, some, source, sink, *parts, **options)
    return sink, source


@pytest.mark.parametrize("dtype", [np.int64, np.float64])
def test_blocks_make_the_same_numbers_and_fetch_what_the_plan_says(dtype: Any) -> None:
    for rng, layer in layers(150, 1, dtype):
        plan, expected = plan_of(rng, layer)
        sink, source = run(plan, layer, size=rng.randint(1, 5))
        assert np.array_equal(sink.array, expected), (layer.spec, plan)
        assert len(sink.units) == plan.grid.total
        if min(plan.chunk) > 1:
            assert (source.fetched, source.gets) == (plan.fetched_cells, plan.gets), layer.spec


def test_the_same_units_have_the_same_bytes_whatever_the_blocks_and_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from convcli.engine.compute import blockwise

    monkeypatch.setattr(blockwise, "CUBE_CELLS", 100)
    monkeypatch.setattr(blockwise, "LEAST_CUBE", 20)
    for rng, drawn in layers(40, 2, np.float32):
        numbers = np.random.default_rng(rng.getrandbits(32))
        layer = drawn._replace(
            input=numbers.normal(size=drawn.input.shape).astype(np.float32),
            weight=numbers.normal(size=drawn.weight.shape).astype(np.float32),
        )
        plan, expected = plan_of(rng, layer)
        one, _ = run(plan, layer)
        others = (
            run(plan_blocks(plan.spec, plan.input_shape, plan.chunk, plan.grid, 4, most), layer,
                threads=2, size=99)[0]
            for most in (1, 10**9)
        )  # fmt: skip
        assert all(one.array.tobytes() == other.array.tobytes() for other in others), layer.spec
        magnitudes = convolve(layer.spec, abs(layer.input), abs(layer.weight))
        bound = 4 * np.finfo(np.float32).eps * magnitudes.max()
        assert np.abs(one.array - expected).max() <= bound


def test_what_is_done_is_neither_read_nor_computed() -> None:
    rng = random.Random(3)
    layer = random_layer(rng, dtype=np.int64)
    plan, expected = plan_of(rng, layer, 1)
    units = list(plan.grid.all())
    done = set(units[::2])
    source, sink = Stored(layer.input, plan.chunk), Written(plan.grid, np.int64)
    tallies: list[Tally] = []
    total = compute_blocks(
        plan, range(plan.total), source, sink, layer.weight, layer.bias, np.dtype(np.int64),
        is_done=done.__contains__, report=tallies.append,
    )  # fmt: skip
    assert sink.units == set(units) - done
    assert total == Tally(len(units) - len(done), len(done)) == sum(tallies, Tally())
    assert all(
        np.array_equal(sink.array[plan.grid.box(unit)], expected[plan.grid.box(unit)])
        for unit in sink.units
    )


def test_several_batch_axes_and_images_of_a_unit() -> None:
    rng = np.random.default_rng(0)
    spec = ConvSpec.of(in_channels=2, out_channels=3, kernel_size=3, padding=1, dims=2)
    x, w = rng.integers(0, 9, (4, 3, 2, 9, 8)), rng.integers(-9, 9, spec.weight_shape)
    expected = convolve(spec, x.reshape(12, 2, 9, 8), w).reshape(4, 3, 3, 9, 8)
    grid = UnitGrid(expected.shape, (2, 3, 1, 4, 8))
    plan = plan_blocks(spec, x.shape, (1, 1, 2, 4, 4), grid, 8, 10**4)
    sink, _ = run(plan, RandomLayer(spec, x, w, None))
    assert np.array_equal(sink.array, expected)


def test_an_error_of_a_sink_or_a_source_ends_the_run() -> None:
    rng = random.Random(5)
    layer = random_layer(rng, dtype=np.int64)
    plan, _ = plan_of(rng, layer, 1)

    class Full:
        def write(self, unit: Any, values: Any) -> None:
            raise OSError(28, "full")

    for source, sink in ((Stored(layer.input, plan.chunk), Full()), (None, Full())):
        with pytest.raises((OSError, AttributeError)):
            compute_blocks(
                plan, range(plan.total), source, sink,  # type: ignore[arg-type]
                layer.weight, layer.bias, np.dtype(np.int64),
            )  # fmt: skip


@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize(
    ("sizes", "chunk", "most"),
    [
        ((1024, 1024, 1024), (64, 64, 64), 5),
        ((1024, 1024, 1024), (128, 128, 128), 5),
        ((300, 2048, 2048), (1, 2048, 2048), 5),
        ((384, 384, 384), (32, 32, 32), 5),
        ((100_000, 100_000, 100_000), (128, 128, 128), 5),
        ((16384, 32768), (2048, 2048), 3),
        ((16384, 32768), (256, 256), 3),
        ((10**9,), (10**5,), 2),
    ],
)
def test_few_bytes_are_fetched_twice(
    sizes: tuple[int, ...], chunk: tuple[int, ...], most: float, kernel: int
) -> None:
    rank = len(sizes)
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=kernel, padding=kernel // 2, dims=rank
    )
    grid = UnitGrid((1, *sizes), (1, *chunk))
    plan = plan_blocks(spec, (1, *sizes), (1, *chunk), grid, 4, 2**28)
    assert plan.fetched_cells <= most * prod(sizes)
    assert plan.input_cells * 4 <= 2**28


def test_groups_and_their_channels() -> None:
    for _, layer in layers(60, 7):
        spec = layer.spec
        whole = convolve(spec, layer.input, layer.weight)
        for start in range(spec.out_channels):
            for stop in range(start + 1, spec.out_channels + 1):
                read = channels_read(spec, start, stop)
                parts = list(channel_parts(spec, start, stop))
                assert (parts[0].inputs.start, parts[-1].inputs.stop) == (read.start, read.stop)
                some = [
                    convolve(p.spec, layer.input[:, p.inputs], p.weight_of(spec, layer.weight))
                    for p in parts
                ]
                assert len(parts) <= 3
                assert np.array_equal(np.concatenate(some, 1), whole[:, start:stop])


def test_cubes_hold_as_many_numbers_whatever_the_channels() -> None:
    spec = ConvSpec.of(in_channels=64, out_channels=1, kernel_size=3, dims=2)
    assert cube_steps(spec, (1, 1)) == (181, 181)
    assert cube_steps(spec, (10, 64)) == (64, 64)


def test_an_axis_of_very_many_chunks_is_not_counted_block_by_block() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=1)
    size = 2**60
    for chunk, unit in ((4, 4096), (4096, 4096), (1, 7)):
        grid = UnitGrid((1, size), (1, unit))
        plan = plan_blocks(spec, (1, size), (1, chunk), grid, 4, 2**20)
        few = UnitGrid((1, 2**20), (1, unit))
        small = plan_blocks(spec, (1, 2**20), (1, chunk), few, 4, 2**20)
        share = small.fetched_cells / 2**20
        assert plan.fetched_cells / size == pytest.approx(share, rel=1e-2)
        assert plan.gets / size == pytest.approx(small.gets / 2**20, rel=1e-2)
