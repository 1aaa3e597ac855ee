"""Arrays into files: the writer of the suffix, the notes on what is lost, the atomic file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcli.cli.app.options import ArrayOutputOptions, OutputOptions
from convcli.cli.output.atomic_files import write_file
from convcli.cli.output.streams import Streams
from convcli.cli.output.target import Target, alone_writer
from convcli.errors import printable, shortened
from convcli.inputs.files.request import no_note
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
    say_precision(options, streams, target.path)
    chunks = target.writer.write(request)
    if target.path is not None:
        write_file(target.path, chunks, options.force, streams)
        return
    for chunk in chunks:
        streams.write_bytes(chunk)


def say_precision(options: OutputOptions, streams: Streams, path: str | None) -> None:
    """A note where --precision is beside a file, or a stream, of an array."""
    if options.precision is None:
        return
    file = "" if path is None else f"{printable(shortened(path))}: "
    streams.note(f"{file}--precision is for people's formats, and changes nothing in arrays")


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


def check_alone(
    path: str, array: Any, parameter: str, options: ArrayOutputOptions, origin: Origin
) -> None:
    """Raises ConvError where the file of an option of its own could not hold the array."""
    suffix, writer = alone_writer(path, parameter, options.force)
    writer.check(WriteRequest(path, suffix, {parameter: array}, origin, options.map, parameter))


def write_alone(
    path: str,
    array: Any,
    parameter: str,
    options: ArrayOutputOptions,
    streams: Streams,
    origin: Origin,
) -> None:
    """Write one array to the file of an option of its own."""
    suffix, writer = alone_writer(path, parameter, options.force)
    arrays = {parameter: array}
    request = WriteRequest(path, suffix, arrays, origin, options.map, parameter, streams.note)
    writer.check(request)
    say_precision(options, streams, path)
    write_file(path, writer.write(request), options.force, streams)
