"""A layer on an input that is read, computed and written tile by tile, so that neither it nor the output is ever held."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.executors.threads import Progress
from convcli.engine.compute.operands import Array
from convcli.engine.compute.tiles import Tile, cells_of_step, layer_of_tile, tiles
from convcli.engine.geometry.spec import ConvSpec

if TYPE_CHECKING:
    from concurrent.futures import Future

HELD = (
    12 * 2**20
)  # bytes of a tile's input and output; two tiles are in flight beside the one that is computed


class Piece(NamedTuple):
    """One image's share of the work: all its channels on a tile."""

    image: int
    tile: Tile


def stream(
    spec: ConvSpec,
    input_shape: Sequence[int],
    read: Callable[[Piece], Array],
    write: Callable[[Piece, Array], None],
    weight: Array,
    bias: Array | None = None,
    *,
    bytes_per_cell: tuple[int, int] = (4, 4),
    held: int = HELD,
    compute: Callable[..., Array] = convolve,
    progress: Progress | None = None,
) -> None:
    """Compute a layer piece by piece: one piece is read, one computed and one written at the same time.

    `read` gives the cells (1, C_in, *cells) that `engine.tiles.read_cells` would, `write` takes (1, C_out, *outputs).
    `bytes_per_cell` are those of a number in input and output; `held` bytes bound a piece; `compute` is `convolve` or
    what stands for it. Raises what `compute`, `read` and `write` raise; then nothing more is read or written.
    """
    from concurrent.futures import ThreadPoolExecutor

    pieces = list(plan(spec, input_shape, bytes_per_cell, held))
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
    spec: ConvSpec, input_shape: Sequence[int], bytes_per_cell: tuple[int, int], held: int = HELD
) -> Iterator[Piece]:
    """The pieces of a layer, none of which takes more than about `held` bytes of input and output together."""
    sizes = input_shape[2:]
    outputs = spec.output_sizes(sizes)
    steps = _steps(spec, sizes, outputs, bytes_per_cell, held)
    for image in range(input_shape[0]):
        for tile in tiles(spec, sizes, [slice(0, size) for size in outputs], steps):
            yield Piece(image, tile)


def _steps(
    spec: ConvSpec,
    sizes: Sequence[int],
    outputs: Sequence[int],
    bytes_per_cell: tuple[int, int],
    held: int,
) -> tuple[int, ...]:
    """The largest box that fits: whole rows first, for long reads, then doubled where the most is read twice."""
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
        if taken() > held:
            steps[d] = before
        if steps[d] == before:
            growing.remove(d)
            if d == spec.rank - 1 and steps[d] == outputs[d]:
                growing = list(range(spec.rank - 1))
    return tuple(steps)
