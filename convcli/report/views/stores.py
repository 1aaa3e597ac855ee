"""The view of `convcli run` between stores: what is read, computed and written, and what was."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

from convcli.engine.compute.blocks import Blocks
from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.document import Document, Fact, Facts, Text
from convcli.report.quantities import Bytes, Count, Rounded
from convcli.report.spelling.pytorch_line import pytorch_line
from convcli.report.words.vocabulary import ENGLISH, Words

DIGITS = 3


class StoreFacts(NamedTuple):
    """Where a layer reads and writes; and, once it ran, what was done."""

    source: str
    output: str
    computed: int | None = None
    skipped: int | None = None
    fetched: int | None = None  # bytes as they are stored


class StoreShapes(NamedTuple):
    """A stored array by its own axes."""

    names: tuple[str, ...]
    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    shard: tuple[int, ...] | None
    dtype: Any
    levels: int = 1


class StoreCost(NamedTuple):
    """What a run takes: bytes of memory, multiply-adds, tasks and the workers that share them."""

    memory: int
    macs: int
    tasks: int | None = None
    workers: int | None = None


def stores_view(
    spec: ConvSpec,
    weight: Sequence[int],
    source: StoreShapes,
    output: StoreShapes,
    blocks: Blocks,
    cost: StoreCost,
    facts: StoreFacts,
    words: Words = ENGLISH,
) -> Document:
    """The document on a run between stores; its essential value is the shape of the output."""
    rows = [
        Fact("layer", None, pytorch_line(spec)),
        Fact("input.path", "X", facts.source),
        *_shape_facts("input", source, words),
        Fact("weight.shape", "W", Shape(weight)),
        Fact("output.path", "Y", facts.output),
        *_shape_facts("output", output, words),
        *_block_facts(source, output, blocks, words),
        Fact("macs", None, cost.macs),
        Fact(None, words("stores.macs"), Count(cost.macs)),
        *_bytes("memory", words("stores.memory"), cost.memory, words("stores.memory_note")),
        *_work_facts(cost, words),
    ]
    if facts.computed is not None:
        rows += [
            Fact("done.computed", words("stores.computed"), facts.computed),
            Fact("done.skipped", words("stores.skipped"), facts.skipped),
            *_bytes("done.fetched", words("stores.fetched_packed"), facts.fetched or 0),
        ]
    return Document(
        "run", (Facts(tuple(rows)),), essential=Shape(output.shape), title=pytorch_line(spec),
        words=words,
    )  # fmt: skip


def _block_facts(
    source: StoreShapes, output: StoreShapes, blocks: Blocks, words: Words
) -> list[Fact]:
    itemsize = source.dtype.itemsize
    fetched, held = blocks.fetched_cells * itemsize, prod(source.shape) * itemsize
    block = blocks.input_cells * itemsize
    written = prod(output.shape) * output.dtype.itemsize
    factor = Rounded(fetched / max(held, 1), DIGITS)
    again = words.phrase("stores.again", factor=factor, chunks=blocks.gets)
    whole = words("stores.whole_chunks" if output.shard is None else "stores.whole_shards")
    units = words("stores.units_note", what=whole)
    per_block = words.phrase("stores.blocks_of", units=Shape(blocks.steps))
    return [
        Fact("units", words("stores.units"), blocks.grid.total, units),
        Fact("blocks", words("stores.blocks"), blocks.total, per_block),
        *_bytes("block_bytes", words("stores.block"), block, words("stores.block_note")),
        *_bytes("fetched.bytes", words("stores.fetched"), fetched, again),
        Fact("fetched.chunks", None, blocks.gets),
        *_bytes("written.bytes", words("stores.written"), written, words("stores.written_note")),
    ]


def _bytes(key: str, label: str, amount: int, note: Text = "") -> tuple[Fact, Fact]:
    """A number of bytes, as a bare number for machines."""
    return Fact(key, None, amount), Fact(None, label, Bytes(amount), note)


def _work_facts(cost: StoreCost, words: Words) -> list[Fact]:
    if cost.tasks is None:
        return []
    return [
        Fact("tasks", words("stores.tasks"), cost.tasks),
        Fact("workers", words("stores.workers"), cost.workers),
    ]


def _shape_facts(key: str, array: StoreShapes, words: Words) -> list[Fact]:
    axes, dtype = "".join(array.names), str(array.dtype)
    if any(len(name) > 1 for name in array.names):
        axes = ",".join(array.names)
    kind = f"{dtype}, {axes}"
    shards = None if array.shard is None else Shape(array.shard)
    facts = [
        Fact(f"{key}.shape", words(f"stores.shape_of_{key}"), Shape(array.shape), kind),
        Fact(f"{key}.dtype", None, dtype),
        Fact(f"{key}.axes", None, list(array.names)),
        Fact(f"{key}.chunks", words(f"stores.chunks_of_{key}"), Shape(array.chunk)),
        Fact(f"{key}.shards", None if shards is None else words(f"stores.shards_of_{key}"), shards),
    ]
    if key == "output":
        label_of_levels = words("stores.levels") if array.levels > 1 else None
        facts.append(Fact("output.levels", label_of_levels, array.levels))
    return facts
