"""A layer read, computed and written tile by tile, for arrays larger than memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcli.engine.arrays import Array
from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.executors.threads import Progress
from convcli.engine.compute.tiles import Tile, cells_of_step, layer_of_tile, tiles
from convcli.engine.geometry.spec import ConvSpec

if TYPE_CHECKING:
    from concurrent.futures import Future

# Bytes of a piece's input and output together. Three pieces are in memory at a time: one is read,
# one computed, one written.
PIECE_BYTES = 12 * 2**20


class Piece(NamedTuple):
    """A tile of one image, with all its channels."""

    image: int
    tile: Tile


def stream(
    spec: ConvSpec,
    input_shape: Sequence[int],
    weight: Array,
    bias: Array | None = None,
    *,
    read: Callable[[Piece], Array],
    write: Callable[[Piece, Array], None],
    bytes_per_cell: tuple[int, int] = (4, 4),
    piece_bytes: int = PIECE_BYTES,
    compute: Callable[..., Array] = convolve,
    progress: Progress | None = None,
) -> None:
    """Compute a layer piece by piece; one is read, one computed and one written at a time.

    `read` returns the cells of a piece, (1, C_in, *cells), as `tiles.read_cells` does; `write`
    takes its outputs, (1, C_out, *outputs). `bytes_per_cell` are the bytes of a number in input and
    output. `piece_bytes` bounds both together. `compute` is called like `convolve`. Raises what
    `compute`, `read` and `write` raise; nothing is read or written after that.
    """
    from concurrent.futures import ThreadPoolExecutor

    pieces = list(plan(spec, input_shape, bytes_per_cell, piece_bytes))
    with ThreadPoolExecutor(1) as reader, ThreadPoolExecutor(1) as writer:
        coming = reader.submit(read, pieces[0])
        writing: Future[None] | None = None
        for i, piece in enumerate(pieces):
            block = coming.result()
            if i + 1 < len(pieces):
                coming = reader.submit(read, pieces[i + 1])
            output = compute(*layer_of_tile(spec, piece.tile, block), weight, bias)
            del block
            if writing is not None:
                writing.result()
            writing = writer.submit(write, piece, output)
            if progress is not None:
                progress(i + 1, len(pieces))
        if writing is not None:
            writing.result()


def plan(
    spec: ConvSpec,
    input_shape: Sequence[int],
    bytes_per_cell: tuple[int, int],
    piece_bytes: int = PIECE_BYTES,
) -> Iterator[Piece]:
    """The pieces of a layer: of at most `piece_bytes`, if that holds a single output."""
    sizes = input_shape[2:]
    outputs = spec.output_sizes(sizes)
    steps = _steps(spec, sizes, outputs, bytes_per_cell, piece_bytes)
    for image in range(input_shape[0]):
        for tile in tiles(spec, sizes, [slice(0, size) for size in outputs], steps):
            yield Piece(image, tile)


def _steps(
    spec: ConvSpec,
    sizes: Sequence[int],
    outputs: Sequence[int],
    bytes_per_cell: tuple[int, int],
    piece_bytes: int,
) -> tuple[int, ...]:
    """The outputs of a piece on each axis.

    The last axis grows first, so that reads are long. When it is whole, the axis on which most
    cells are read twice is doubled, as long as the piece fits.
    """
    steps = [1] * spec.rank

    def cells(d: int) -> int:
        return cells_of_step(spec, d, sizes[d], steps[d])

    def taken() -> int:
        read = spec.in_channels * bytes_per_cell[0] * prod(cells(d) for d in range(spec.rank))
        return read + spec.out_channels * bytes_per_cell[1] * prod(steps)

    def read_twice(d: int) -> float:
        return cells(d) / steps[d]

    growing = [spec.rank - 1]
    while growing:
        d = max(growing, key=read_twice)
        before = steps[d]
        steps[d] = min(2 * before, outputs[d])
        if taken() > piece_bytes:
            steps[d] = before
        if steps[d] == before:
            growing.remove(d)
            if d == spec.rank - 1 and steps[d] == outputs[d]:
                growing = list(range(spec.rank - 1))
    return tuple(steps)
