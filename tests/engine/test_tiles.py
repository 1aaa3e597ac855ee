"""The tile plan: a tile's layer, on its cells, has the rows of the whole layer's tap tables."""

from __future__ import annotations

import random

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import read_tap_tables
from convcli.engine.compute.operands import operands
from convcli.engine.compute.piecewise import Piece, plan, stream
from convcli.engine.compute.tiles import (
    axis_tile,
    cells_of_step,
    even_slices,
    layer_of_tile,
    read_cells,
    steps_of_a_run,
    tile_shape,
    tiles,
)
from convcli.engine.geometry.taps import tap_table
from tests.long_loops import everyday_and_long
from tests.random_layers import random_layer


def test_a_tile_reads_what_its_rows_of_the_tap_table_read() -> None:
    rng = random.Random(0)
    for _ in range(3000):
        layer = random_layer(rng)
        spec, sizes = layer.spec, layer.input.shape[2:]
        outputs_of = spec.output_sizes(sizes)
        for d, size in enumerate(sizes):
            outputs = spec.output_size(d, size)
            start = rng.randrange(outputs)
            tile = axis_tile(spec, d, size, start, rng.randint(start + 1, outputs))
            cells = np.arange(size)[tile.places]
            whole = tap_table(spec, d, size)[tile.outputs]
            one_axis = tuple(
                tile if e == d else axis_tile(spec, e, sizes[e], 0, outputs_of[e])
                for e in range(spec.rank)
            )
            given = read_cells(np.zeros(sizes), one_axis)
            local, block = layer_of_tile(spec, one_axis, given)
            of_tile = tap_table(local, d, block.shape[d])
            if given.size:
                assert np.append(cells, size)[of_tile].tolist() == whole.tolist(), (
                    spec,
                    d,
                    size,
                    tile,
                )
            elif not len(cells):
                assert (whole == size).all()
                assert of_tile.shape == whole.shape
            assert len(cells) <= cells_of_step(spec, d, size, tile.outputs.stop - start)


def test_tiles_cover_every_output_once() -> None:
    rng = random.Random(1)
    for _ in range(300):
        layer = random_layer(rng)
        sizes = layer.input.shape[2:]
        outputs = layer.spec.output_sizes(sizes)
        count = np.zeros(outputs, int)
        steps = [rng.randint(1, size + 1) for size in outputs]
        for tile in tiles(layer.spec, sizes, [slice(0, size) for size in outputs], steps):
            count[tuple(axis.outputs for axis in tile)] += 1
            assert all(size <= step for size, step in zip(tile_shape(tile), steps, strict=True))
        assert (count == 1).all()


@pytest.mark.parametrize(
    ("sizes", "count", "steps"),
    [
        ((64, 56, 56), 1000, (1, 17, 56)),
        ((10,), 3, (3,)),
        ((4, 4), 100, (4, 4)),
        ((5, 7), 6, (1, 6)),
        ((5, 7), 0, (1, 1)),
    ],
)
def test_a_run_is_the_largest_box_without_a_gap(
    sizes: tuple[int, ...], count: int, steps: tuple[int, ...]
) -> None:
    assert steps_of_a_run(sizes, count) == steps


def test_even_slices_differ_by_one_at_most() -> None:
    for count in range(40):
        for step in range(1, 12):
            lengths = [part.stop - part.start for part in even_slices(count, step)]
            assert sum(lengths) == count
            assert max(lengths) <= step
            assert max(lengths) - min(lengths) <= 1


@everyday_and_long("layers", 60, 300)
def test_streaming_equals_the_tap_tables_on_random_layers(layers: int) -> None:
    rng = random.Random(2)
    pieces_seen = 0
    for _ in range(layers):
        layer = random_layer(rng)
        expected = read_tap_tables(operands(*layer))
        found = np.full(expected.shape, np.nan)

        def read(piece: Piece, x: np.ndarray = layer.input) -> np.ndarray:
            return read_cells(x[piece.image : piece.image + 1], piece.tile)

        def write(piece: Piece, values: np.ndarray, out: np.ndarray = found) -> None:
            out[
                (
                    slice(piece.image, piece.image + 1),
                    slice(None),
                    *(axis.outputs for axis in piece.tile),
                )
            ] = values

        held = rng.choice((1, 100, 1000, 1000))
        stream(
            layer.spec,
            layer.input.shape,
            layer.weight,
            layer.bias,
            read=read,
            write=write,
            bytes_per_cell=(8, 8),
            piece_bytes=held,
        )
        pieces_seen += len(list(plan(layer.spec, layer.input.shape, (8, 8), held)))
        assert np.array_equal(found, expected), layer.spec
    assert pieces_seen > 10 * layers


def test_a_piece_stays_within_what_it_may_hold_and_reads_little_twice() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=3)
    held = 12 * 2**20
    pieces = list(plan(spec, (1, 1, 1024, 1024, 1024), (4, 4), held))
    read = 0
    for piece in pieces:
        cells = [axis.cells.stop - axis.cells.start for axis in piece.tile]
        read += int(np.prod(cells))
        assert 4 * (np.prod(cells) + np.prod(tile_shape(piece.tile))) <= held
    assert read < 1.15 * 1024**3


def test_an_error_while_reading_or_writing_ends_the_stream() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=1, dims=1)
    written: list[Piece] = []

    def read(piece: Piece) -> np.ndarray:
        return np.ones((1, 1, 1))

    def failing(piece: Piece, values: np.ndarray) -> None:
        written.append(piece)
        raise OSError("full")

    with pytest.raises(OSError, match="full"):
        stream(spec, (1, 1, 100), np.ones((1, 1, 1)), read=read, write=failing, piece_bytes=1)
    assert len(written) <= 3
    with pytest.raises(OSError, match="gone"):
        stream(
            spec,
            (1, 1, 100),
            np.ones((1, 1, 1)),
            read=lambda piece: (_ for _ in ()).throw(OSError("gone")),
            write=failing,
            piece_bytes=1,
        )
