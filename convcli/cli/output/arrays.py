"""Arrays into files: the writer of the suffix, the notes on what is lost, the atomic file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcli.cli.app.options import ArrayOutputOptions
from convcli.cli.output.atomic_files import check_target, write_file
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target, suffix_of
from convcli.errors import ConvError
from convcli.inputs.files.request import no_note
from convcli.inputs.files.writers import ALONE_WRITERS, Writer
from convcli.inputs.files.writers.request import Origin, WriteRequest, outline

Arrays = Mapping[str, Any]


def check_arrays(
    target: Target, options: ArrayOutputOptions, arrays: Arrays, origin: Origin
) -> None:
    """Raises ConvError where the file could not hold the arrays, of which outlines are enough."""
    if target.writer is not None:
        target.writer.check(_request(target, options, arrays, origin))


def check_array(
    target: Target, options: ArrayOutputOptions, shape: Any, dtype: Any, origin: Origin
) -> None:
    """`check_arrays` of one array that is still to be computed."""
    if target.writer is not None:
        check_arrays(target, options, {"output": outline(tuple(shape), dtype)}, origin)


def write_arrays(
    target: Target, options: ArrayOutputOptions, streams: Streams, arrays: Arrays, origin: Origin
) -> None:
    """Write the arrays to the file, or the stream, of the target."""
    if target.writer is None:
        return
    request = _request(target, options, arrays, origin, streams)
    target.writer.check(request)
    chunks = target.writer.write(request)
    if target.path is not None:
        write_file(target.path, chunks, options.force, streams)
        return
    for chunk in chunks:
        streams.write_bytes(chunk)


def _request(
    target: Target,
    options: ArrayOutputOptions,
    arrays: Arrays,
    origin: Origin,
    streams: Streams | None = None,
) -> WriteRequest:
    note = no_note if streams is None else streams.note
    path = target.path or "-"
    return WriteRequest(path, target.suffix, arrays, origin, options.map, note=note)


def alone_writer(path: str, parameter: str, force: bool) -> tuple[str, Writer]:
    """The suffix and the writer of a file that an option of its own names, as --bias-output.

    Raises ConvError where the file cannot be written, or the suffix is of no array.
    """
    check_target(path, force)
    suffix = suffix_of(path)
    writer = ALONE_WRITERS.get(suffix or ".npy")
    if writer is None:
        rule = f"must end in {', '.join(ALONE_WRITERS)}"
        raise ConvError("output.suffix", rule, parameter=parameter, got=path)
    writer.require_package(parameter)
    return suffix or ".npy", writer


def write_alone(
    path: str, array: Any, parameter: str, options: ArrayOutputOptions, streams: Streams
) -> None:
    """Write one array to the file of an option of its own."""
    suffix, writer = alone_writer(path, parameter, options.force)
    request = WriteRequest(
        path, suffix, {parameter: array}, Origin(), options.map, parameter, streams.note
    )
    writer.check(request)
    write_file(path, writer.write(request), options.force, streams)
