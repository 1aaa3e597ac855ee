"""`run` on a file larger than memory: read, computed and written piece by piece."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

import numpy as np

from convcli.cli.files import replacement
from convcli.cli.memory import memory_limit
from convcli.cli.operands import LoadedOperands
from convcli.cli.options import OutputOptions
from convcli.cli.streams import Streams
from convcli.engine.executors.threads import Progress
from convcli.engine.operands import Array, result_dtype
from convcli.engine.streaming import HELD, Piece, stream
from convcli.errors import ConvError
from convcli.inputs.npy_file import begin_npy, write_box

COPIED = 2**20  # bytes at a time from the temporary file to stdout
LEAST_HELD = 2**20  # bytes
SHARE = 8  # a piece takes at most this fraction of the memory that is allowed: several are in flight


def stream_result(
    arrays: LoadedOperands,
    options: OutputOptions,
    streams: Streams,
    max_memory: str | None,
    compute: Callable[..., Array],
    progress: Progress | None = None,
) -> None:
    """Write the result of a layer on an NpyFile; stdout gets it from a temporary file once it is whole."""
    if options.output != "-":
        with replacement(str(options.output), options.force) as handle:
            _fill(handle, arrays, max_memory, compute, progress)
        return
    with _temporary_file() as whole:
        try:
            _fill(whole.fileno(), arrays, max_memory, compute, progress)
        except OSError as error:
            rule = f"its temporary file cannot be written: {error.strerror or error}"
            raise ConvError("output.unwritable", rule, parameter="output", got="-", kind="write") from None
        whole.seek(0)
        while chunk := whole.read(COPIED):
            streams.write_bytes(chunk)


def _temporary_file() -> IO[bytes]:
    import tempfile

    return tempfile.TemporaryFile()


def _fill(
    handle: int, arrays: LoadedOperands, max_memory: str | None, compute: Callable[..., Array], progress: Progress | None
) -> None:
    """Write the .npy file of the result through a handle."""
    spec, file = arrays.spec, arrays.input.reshape(arrays.full_shape)
    given = [np.empty(0, file.dtype), arrays.weight, *([] if arrays.bias is None else [arrays.bias])]
    dtype, shape = result_dtype(*given), spec.output_shape(arrays.full_shape)
    offset = begin_npy(handle, arrays.shown_output, dtype)

    def read(piece: Piece) -> Array:
        box = (slice(piece.image, piece.image + 1), slice(0, spec.in_channels), *(axis.cells for axis in piece.tile))
        block: Array = file.read(box)
        return block

    def write(piece: Piece, output: Array) -> None:
        box = (slice(piece.image, piece.image + 1), slice(0, spec.out_channels), *(axis.outputs for axis in piece.tile))
        write_box(handle, offset, shape, box, output)

    limit = memory_limit(max_memory)
    held = HELD if limit is None else max(LEAST_HELD, min(HELD, limit // SHARE))
    sizes = (file.itemsize, dtype.itemsize)
    stream(
        spec, arrays.full_shape, read, write, arrays.weight, arrays.bias,
        bytes_per_cell=sizes, held=held, compute=compute, progress=progress,
    )  # fmt: skip
