"""`run` on a file larger than memory: it is read, computed and written piece by piece."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from math import prod
from typing import IO

import numpy as np

from convcli.cli.app.options import OutputOptions
from convcli.cli.input.loaded_operands import LoadedOperands
from convcli.cli.output.arrays import say_precision
from convcli.cli.output.atomic_files import replacement
from convcli.cli.output.streams import Streams
from convcli.engine.arrays import Array
from convcli.engine.compute.executors.threads import Progress
from convcli.engine.compute.operands import result_dtype
from convcli.engine.compute.piecewise import PIECE_BYTES, Piece, stream
from convcli.errors import ConvError
from convcli.inputs.files.npy_file import begin_npy, write_box

COPIED = 2**20  # bytes that are copied to stdout at a time


def stream_result(
    arrays: LoadedOperands,
    options: OutputOptions,
    streams: Streams,
    compute: Callable[..., Array],
    progress: Progress | None = None,
) -> None:
    """Write the result of a layer on an NpyFile.

    For stdout it is first completed in a temporary file. Raises ConvError of kind "write".
    """
    say_precision(options, streams, None if options.output == "-" else options.output)
    if options.output != "-":
        with replacement(str(options.output), options.force, streams) as handle:
            _fill(handle, arrays, compute, progress)
        return
    with _temporary_file() as whole:
        try:
            _fill(whole.fileno(), arrays, compute, progress)
        except OSError as error:
            rule = f"the temporary file cannot be written: {error.strerror or type(error).__name__}"
            raise ConvError(
                "output.unwritable", rule, parameter="output", got="-", kind="write"
            ) from None
        whole.seek(0)
        while chunk := whole.read(COPIED):
            streams.write_bytes(chunk)


def _temporary_file() -> IO[bytes]:
    import tempfile

    return tempfile.TemporaryFile()


def _require_space(handle: int, needed: int) -> None:
    """Raises OSError where the disk has not so many free bytes."""
    if not hasattr(os, "fstatvfs"):  # Windows takes the room when the file gets its length
        return
    disk = os.fstatvfs(handle)
    if needed > disk.f_bavail * disk.f_frsize:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _fill(
    handle: int, arrays: LoadedOperands, compute: Callable[..., Array], progress: Progress | None
) -> None:
    """Write the .npy file of the result through a handle."""
    spec, file = arrays.spec, arrays.input.reshape(arrays.full_shape)
    arguments = [
        np.empty(0, file.dtype),
        arrays.weight,
        *([] if arrays.bias is None else [arrays.bias]),
    ]
    dtype, shape = result_dtype(*arguments), spec.output_shape(arrays.full_shape)
    _require_space(handle, prod(shape) * dtype.itemsize)
    offset = begin_npy(handle, arrays.shown_output, dtype)

    def read(piece: Piece) -> Array:
        box = (
            slice(piece.image, piece.image + 1),
            slice(0, spec.in_channels),
            *(axis.places for axis in piece.tile),
        )
        block: Array = file.read(box)
        return block

    def write(piece: Piece, output: Array) -> None:
        box = (
            slice(piece.image, piece.image + 1),
            slice(0, spec.out_channels),
            *(axis.outputs for axis in piece.tile),
        )
        write_box(handle, offset, shape, box, output)

    sizes = (file.itemsize, dtype.itemsize)
    stream(
        spec, arrays.full_shape, arrays.weight, arrays.bias, read=read, write=write,
        bytes_per_cell=sizes, piece_bytes=PIECE_BYTES, compute=compute, progress=progress,
    )  # fmt: skip
