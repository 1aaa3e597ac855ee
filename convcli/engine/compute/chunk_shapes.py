"""The chunks and shards of a result: chosen by the bytes that they take, and checked."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError

LEAST_BYTES = 2**20  # of a chunk: smaller ones are many objects
MOST_BYTES = 2**26
WHOLE_CHANNELS = 8  # output channels that share a chunk where X has all its channels in one


class ChunkShapes(NamedTuple):
    """What is unpacked at once, and the object that holds several chunks, or None.

    Shapes are those of the layer, (*batch, C, *spatial).
    """

    chunk: tuple[int, ...]
    shard: tuple[int, ...] | None


def chosen_shapes(
    spec: ConvSpec,
    output_shape: Sequence[int],
    itemsize: int,
    input_chunk: Sequence[int],
    input_unit: Sequence[int],
    chunks: Sequence[int] | None = None,
    shards: Sequence[int] | None = None,
) -> ChunkShapes:
    """The chunks of an output (*batch, C_out, *out) of numbers of `itemsize` bytes.

    `chunks` and `shards` are what was asked for on the spatial axes. Without them chunks are those
    of the input, scaled by the stride, of about 1 to 64 MiB; shards have as many chunks an axis as
    those of the input, where it has shards. Raises ConvError where a shard is not whole chunks.

    >>> spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, stride=2, dims=2)
    >>> chosen_shapes(spec, (1, 4000, 4000), 4, (1, 1024, 1024), (1, 1024, 1024)).chunk
    (1, 512, 512)
    """
    rank = spec.rank
    sizes = tuple(output_shape[-rank:])
    lead = _leading(spec, output_shape, input_chunk)
    if chunks is not None:
        spatial = tuple(chunks)
    elif shards is not None:
        wanted = _spatial(spec, sizes, itemsize * prod(lead), input_chunk[-rank:])
        spatial = tuple(map(_divisor, shards, wanted))
    else:
        spatial = _spatial(spec, sizes, itemsize * prod(lead), input_chunk[-rank:])
    if shards is None:
        each = [unit // n for unit, n in zip(input_unit, input_chunk, strict=True)]
        if prod(each) <= 1:
            return ChunkShapes((*lead, *spatial), None)
        most = [max(-(-size // n), 1) for size, n in zip(sizes, spatial, strict=True)]
        spread = (min(count, limit) for count, limit in zip(each[-rank:], most, strict=True))
        shards = [count * n for count, n in zip(spread, spatial, strict=True)]
        lead_shard = tuple(
            min(n * count, max(-(-size // n), 1) * n)
            for n, count, size in zip(lead, each, output_shape, strict=False)
        )
        return ChunkShapes((*lead, *spatial), (*lead_shard, *shards))
    _check_shards(shards, spatial, spec)
    return ChunkShapes((*lead, *spatial), (*lead, *shards))


def _leading(
    spec: ConvSpec, output_shape: Sequence[int], input_chunk: Sequence[int]
) -> tuple[int, ...]:
    """The images and the channels of a chunk."""
    batch = len(output_shape) - spec.rank - 1
    images = (min(n, size) for n, size in zip(input_chunk[:batch], output_shape, strict=False))
    own = input_chunk[batch]
    if own >= spec.in_channels:
        own = spec.out_channels if spec.out_channels <= WHOLE_CHANNELS else 1
        own = 1 if spec.in_channels == 1 else own
    return (*(max(n, 1) for n in images), max(min(own, spec.out_channels), 1))


def _spatial(
    spec: ConvSpec, sizes: Sequence[int], bytes_of_place: int, input_chunk: Sequence[int]
) -> tuple[int, ...]:
    """The chunk of the input, scaled by the stride, and then grown or divided to a usual size."""
    scaled = [
        n * axis.stride if spec.transposed else -(-n // axis.stride)
        for n, axis in zip(input_chunk, spec.axes, strict=True)
    ]
    if prod(input_chunk) == 1:  # the input has no chunks
        scaled = [round((LEAST_BYTES * 8 / bytes_of_place) ** (1 / spec.rank)) or 1] * spec.rank
    chunk = [max(min(n, size), 1) for n, size in zip(scaled, sizes, strict=True)]

    def growing() -> list[int]:
        return [d for d, (n, size) in enumerate(zip(chunk, sizes, strict=True)) if n < size]

    while prod(chunk) * bytes_of_place < LEAST_BYTES and growing():
        smallest = min(growing(), key=chunk.__getitem__)
        chunk[smallest] = min(2 * chunk[smallest], sizes[smallest])
    while prod(chunk) * bytes_of_place > MOST_BYTES and max(chunk) > 1:
        largest = max(range(len(chunk)), key=chunk.__getitem__)
        chunk[largest] = -(-chunk[largest] // 2)
    return tuple(chunk)


def _divisor(shard: int, wanted: int) -> int:
    """The largest part of a shard of at most `wanted` cells that divides it."""
    return next(n for n in range(min(wanted, shard), 0, -1) if shard % n == 0)


def _check_shards(shards: Sequence[int], chunks: Sequence[int], spec: ConvSpec) -> None:
    for shard, chunk, name in zip(shards, chunks, spec.axis_names, strict=True):
        if shard % chunk:
            whole = [-(-a // b) * b for a, b in zip(shards, chunks, strict=True)]
            rule = f"must be whole chunks: {shard} is no multiple of {chunk}"
            got, fix = (",".join(map(str, each)) for each in (shards, whole))
            hint = f"Try `shards` {fix}."
            raise ConvError(
                "shards.chunks", rule, parameter="shards", axis=name, got=got, hint=hint
            )
