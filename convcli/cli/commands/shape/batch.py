"""`convcli shape --batch`: reads one layer per line and writes one answer per line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import IO, Any

from convcli.cli.app.errors import error_data, option_names
from convcli.cli.app.options import OutputOptions
from convcli.cli.output.emit import emit
from convcli.cli.output.streams import Streams
from convcli.engine.geometry.shapes import INT64_MAX, Shape
from convcli.errors import ConvError, unreadable
from convcli.exit_status import ExitStatus
from convcli.inputs.text.layer import ARGUMENTS, LayerRequest, parse_layer
from convcli.inputs.text.numbers import did_you_mean, parse_shape
from convcli.report.document import Document, Fact, Facts, Items

View = Callable[[LayerRequest, Shape], Document]

LONGEST_LINE = 2**20  # bytes of a line
LONGEST_NAME = 40  # characters of an unknown field in an error
SHAPE_FIELDS = ("input_shape", "shape", "input")
_KNOWN = frozenset(ARGUMENTS)
ECHOED = ("name", "id", "family")  # fields of a line that its answer repeats


def shape_batch(source: str, options: OutputOptions, streams: Streams, view: View) -> int:
    """Answer every line of `source`, "-" for stdin, with the document of its layer and shape.

    The answer to an invalid line is an object with its error, and the exit status is then 2.
    """
    if options.format not in (None, "json", "jsonl"):
        raise ConvError(
            "batch.format",
            "writes JSON Lines only",
            parameter="batch",
            got=f"--format {options.format}",
        )
    failed: list[int] = []
    items = Items("layers", "layers", None, lambda: _answers(_lines(source, streams), view, failed))
    in_lines = OutputOptions(**(vars(options) | {"format": "jsonl", "json": False}))
    emit(Document("shape", (), items=items), in_lines, streams)
    if not failed:
        return ExitStatus.DONE
    streams.flush()
    streams.complain(f"convcli: invalid lines: {len(failed)}; the first is line {failed[0]}")
    return ExitStatus.REQUEST


def _lines(source: str, streams: Streams) -> Iterator[bytes]:
    if source == "-":
        if streams.stdin_bytes is not None:
            yield from _whole_lines(streams.stdin_bytes)
        return
    try:
        with open(source, "rb") as lines:
            yield from _whole_lines(lines)
    except OSError as error:
        raise unreadable("batch.unreadable", "batch", source, error) from None


def _whole_lines(file: IO[bytes]) -> Iterator[bytes]:
    """The lines of the file. Raises ConvError where one has no end within LONGEST_LINE bytes."""
    for line in iter(partial(file.readline, LONGEST_LINE + 1), b""):
        if len(line) > LONGEST_LINE:
            rule = f"has a line of more than {LONGEST_LINE >> 20} MiB"
            raise ConvError("batch.line", rule, parameter="batch", kind="data")
        yield line


def _answers(lines: Iterator[bytes], view: View, failed: list[int]) -> Iterator[Document]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        echo: list[Fact] = []
        try:
            request, shape = _parse(line, echo)
            answer = view(request, shape)
            yield answer._replace(blocks=(Facts(tuple(echo)), *answer.blocks)) if echo else answer
        except ConvError as error:
            failed.append(number)
            facts = (
                *echo,
                Fact("line", None, number),
                Fact("error", None, error_data(error, option_names("shape"))),
            )
            yield Document("shape", (Facts(facts),), essential="error")


def _parse(line: bytes, echo: list[Fact]) -> tuple[LayerRequest, Shape]:
    try:
        record = json.loads(line.decode().removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise ConvError(
            "batch.json", "each line must be a JSON object", parameter="batch", kind="data"
        )
    echo.extend(
        Fact(name, None, record.pop(name))
        for name in ECHOED
        if isinstance(record.get(name), (str, int))
    )
    shape = next((record.pop(name) for name in SHAPE_FIELDS if name in record), None)
    layer = record.pop("layer", None)
    if not isinstance(layer, str) or shape is None:
        rule = 'each line needs "layer" and "input_shape"'
        hint = 'Like {"layer": "Conv2d(3, 8, 3)", "input_shape": [1, 3, 9, 9]}.'
        raise ConvError("batch.fields", rule, parameter="batch", hint=hint)
    return parse_layer(layer, _arguments(record)), _shape(shape)


def _shape(value: Any) -> Shape:
    """The shape of a JSON value: a list of numbers, or text as on the command line."""
    if not isinstance(value, list):
        return parse_shape(str(value))
    if all(type(size) is int and 0 <= size <= INT64_MAX for size in value):
        return Shape(value)
    return parse_shape(",".join(map(str, value)))


def _arguments(record: dict[str, Any]) -> dict[str, Any]:
    if _KNOWN.issuperset(record):
        return record
    options: dict[str, Any] = {}
    for name, value in record.items():
        parameter = name.replace("-", "_")
        if parameter not in ARGUMENTS:
            rule, hint = "unknown field {name!r}", did_you_mean(parameter, ARGUMENTS)
            fields = {"name": name[:LONGEST_NAME]}
            raise ConvError("batch.fields", rule, parameter="batch", hint=hint, fields=fields)
        options[parameter] = value
    return options
