"""`convcli shape --batch`: JSON Lines in, JSON Lines out, one layer a line, in step with the lines that came in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from convcli.cli.emit import DONE
from convcli.cli.errors import EXIT_STATUS, error_data
from convcli.cli.files import write_file
from convcli.cli.options import LayerOptions, OutputOptions
from convcli.cli.streams import Streams
from convcli.engine.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.layer import LayerRequest, parse_layer
from convcli.inputs.numbers import did_you_mean, parse_shape
from convcli.render.data import heading, to_data
from convcli.render.json import encode
from convcli.report.document import Document

SHAPE_FIELDS = ("input_shape", "shape", "input")
ECHOED = ("name", "id", "family")  # what a line may carry to be told apart by


def shape_batch(source: str, options: OutputOptions, streams: Streams, view: Any) -> int:
    """Answer every line of `source`, "-" being stdin. A line that cannot be answered gets an object with its error in
    its place, and the exit status is 2. `view` makes the document of a request and a shape."""
    if options.format not in (None, "json", "jsonl"):
        rule = "answers in JSON Lines"
        raise ConvError("batch.format", rule, parameter="batch", got=f"--format {options.format}")
    failed: list[int] = []
    answers = (answer + "\n" for answer in _answers(_lines(source, streams), options.quiet, view, failed))
    if options.output in (None, "-"):
        for answer in answers:
            streams.write(answer, machine=True)
    else:
        write_file(options.output, (answer.encode() for answer in answers), options.force)
    if failed:
        streams.complain(f"convcli: {len(failed)} of the lines could not be answered; the first is line {failed[0]}")
    return EXIT_STATUS["request"] if failed else DONE


def _lines(source: str, streams: Streams) -> Iterator[bytes]:
    if source == "-":
        yield from streams.stdin_bytes or []
        return
    try:
        with open(source, "rb") as lines:
            yield from lines
    except OSError as error:
        rule = f"cannot be read: {error.strerror or error}"
        raise ConvError("batch.unreadable", rule, parameter="batch", got=source, kind="data") from None


def _answers(lines: Iterable[bytes], quiet: bool, view: Any, failed: list[int]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        echo: dict[str, Any] = {}
        try:
            request, shape = _parse(line, echo)
            document: Document = view(request, shape)
            yield str(document.essential) if quiet else encode(heading(document) | echo | to_data(document))
        except ConvError as error:
            failed.append(number)
            start = {"schema": 1, "command": "shape"} | echo | {"line": number}
            yield "error" if quiet else encode(start | {"error": error_data(error)})


def _parse(line: bytes, echo: dict[str, Any]) -> tuple[LayerRequest, Shape]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise ConvError("batch.json", "a line must be a JSON object", parameter="batch", kind="data")
    for name in ECHOED:
        if isinstance(record.get(name), (str, int)):
            echo[name] = record.pop(name)
    shape = next((record.pop(name) for name in SHAPE_FIELDS if name in record), None)
    layer = record.pop("layer", None)
    if not isinstance(layer, str) or shape is None:
        rule = 'a line needs "layer" and "input_shape"'
        raise ConvError("batch.fields", rule, parameter="batch", hint='Like {"layer": "conv2d", "input_shape": [1, 3, 9, 9], ...}.')
    sizes = shape.get("shape") if isinstance(shape, dict) else shape
    text = sizes if isinstance(sizes, str) else ",".join(map(str, sizes)) if isinstance(sizes, list) else str(sizes)
    return parse_layer(layer, _arguments(record)), parse_shape(text)


def _arguments(record: dict[str, Any]) -> dict[str, Any]:
    known = [*LayerOptions().given(), "bias"]
    options: dict[str, Any] = {}
    for name, value in record.items():
        parameter = name.replace("-", "_")
        if parameter not in known:
            rule, hint = f"a line has no field {name[:40]!r}", did_you_mean(parameter, known)
            raise ConvError("batch.fields", rule, parameter="batch", hint=hint)
        options[parameter] = value
    return options
