"""The only writer to stdout: a Document in the format that was asked for, to where it was asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from convcli.cli.app.options import OutputOptions
from convcli.cli.output.atomic_files import check_target, is_replaceable, write_file
from convcli.cli.output.expect import essential_value, is_expected
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.inputs.text.numbers import did_you_mean, parse_integer
from convcli.render import FORMATS, MACHINE_FORMATS, Style, renderer
from convcli.report.document import Document

SUFFIX_FORMATS = {
    ".json": "json", ".jsonl": "jsonl", ".csv": "csv", ".md": "markdown", ".tex": "latex", ".txt": "plain",
}  # fmt: skip
ARRAY_SUFFIXES = (".npy", ".png")
MOST_DECIMALS = 50


def check_options(options: OutputOptions) -> None:
    """Raises ConvError, before anything is computed, for output options that cannot be met."""
    format_of(options)
    _precision(options)
    if options.color not in ("auto", "always", "never"):
        raise ConvError(
            "color.name", "must be auto, always or never", parameter="color", got=options.color
        )
    if options.output == "":
        raise ConvError(
            "output.empty", "must be a file, or - for stdout", parameter="output", got=""
        )
    if options.output not in (None, "-"):
        check_target(options.output, options.force)


def emit(
    document: Document, options: OutputOptions, streams: Streams, *, limit: int | None = None
) -> int:
    """Write the document, and return the exit status: 1 where the value is not the expected one, else 0."""
    check_options(options)
    status, verdict = judge(document, options)
    name = format_of(options)
    pieces = (
        _quiet(document)
        if options.quiet
        else renderer(name)(document, output_style(options, streams, limit))
    )
    machine = options.quiet or name in MACHINE_FORMATS
    if options.output in (None, "-"):
        for piece in pieces:
            streams.write(piece, machine=machine)
    else:
        write_file(options.output, (piece.encode() for piece in pieces), options.force)
    if verdict:
        streams.flush()
        streams.complain(verdict)
    return status


def emit_result(
    document: Document,
    array: Any,
    options: OutputOptions,
    streams: Streams,
    notes: Sequence[str] = (),
) -> int:
    """Write the array where `--output` asks for it, else the document; returns the exit status. `notes` stand in the
    document already: beside an array they go to stderr."""
    if not writes_array(options):
        return emit(document, options, streams)
    status, verdict = judge(document, options)
    emit_array(array, options, streams)
    streams.flush()
    for line in (verdict, *notes):
        if line:
            streams.complain(line)
    return status


def writes_array(options: OutputOptions) -> bool:
    """Whether `--output` asks for the array itself: `-`, .npy, .png, a device or a pipe; a document where a format is said.

    Raises ConvError for a suffix that says neither.
    """
    target = options.output
    if target is None or options.format is not None or options.json or options.quiet:
        return False
    suffix = os.path.splitext(target)[1].lower()
    if suffix and suffix not in (*ARRAY_SUFFIXES, *SUFFIX_FORMATS) and target != "-":
        rule = f"a result is written as {', '.join((*ARRAY_SUFFIXES, *SUFFIX_FORMATS))}, or as --format says"
        raise ConvError("output.suffix", rule, parameter="output", got=target)
    return suffix not in SUFFIX_FORMATS


def writes_pieces(options: OutputOptions) -> bool:
    """Whether the result goes, as .npy, to where it can be written piece by piece."""
    target = options.output or ""
    return target == "-" or (target.lower().endswith(".npy") and is_replaceable(target))


def emit_array(array: Any, options: OutputOptions, streams: Streams) -> None:
    """Write an array to the file of `--output`, as .npy or as a picture, or as a .npy stream to stdout."""
    from convcli.inputs.files.images import png_bytes
    from convcli.inputs.files.npy import npy_chunks

    target = options.output or "-"
    picture = target.lower().endswith(".png")
    chunks = iter([png_bytes(array, "output")]) if picture else npy_chunks(array)
    if target == "-":
        for chunk in chunks:
            streams.write_bytes(chunk)
    else:
        write_file(target, chunks, options.force)


def judge(document: Document, options: OutputOptions) -> tuple[int, str]:
    """The exit status that `--expect` gives, and what to say where the value is another."""
    if options.expect is None:
        return ExitStatus.DONE, ""
    value = essential_value(document)
    if is_expected(value, options.expect):
        return ExitStatus.DONE, ""
    return (
        ExitStatus.ANSWER_IS_NO,
        f"convcli: the result is {_one_line(value)}, and --expect says {options.expect!r}",
    )


def _quiet(document: Document) -> Iterator[str]:
    documents = (
        [document]
        if document.items is None or document.essential is not None
        else document.items.make()
    )
    for one in documents:
        yield _one_line(one.essential) + "\n"


def _one_line(value: Any) -> str:
    from convcli.render.json import encode
    from convcli.render.values import text

    return encode(value) if getattr(value, "ndim", 0) or isinstance(value, dict) else text(value)


def format_of(options: OutputOptions) -> str:
    """The name of the format; raises ConvError for one that does not exist."""
    if options.json and options.format not in (None, "json"):
        raise ConvError("format.two", "contradicts --json", parameter="format", got=options.format)
    if options.json:
        return "json"
    if options.format is None:
        suffix = os.path.splitext(options.output or "")[1].lower()
        return SUFFIX_FORMATS.get(suffix, "table")
    if options.format not in FORMATS:
        rule = f"must be one of {', '.join(FORMATS)}"
        hint = did_you_mean(options.format, FORMATS)
        raise ConvError("format.name", rule, parameter="format", got=options.format, hint=hint)
    return options.format


def _precision(options: OutputOptions) -> int | None:
    if options.precision is None:
        return None
    decimals = parse_integer(options.precision, "precision")
    if not 0 <= decimals <= MOST_DECIMALS:
        raise ConvError(
            "precision.range", f"must be 0..{MOST_DECIMALS}", parameter="precision", got=decimals
        )
    return decimals


def output_style(options: OutputOptions, streams: Streams, limit: int | None = None) -> Style:
    """How people's formats look where the result goes."""
    to_file = options.output not in (None, "-")
    return Style(
        width=None if to_file else streams.width(),
        color=options.color == "always" if to_file else streams.wants_color(options.color),
        ascii=options.ascii or (not to_file and not streams.draws_boxes()),
        precision=_precision(options),
        limit=limit,
    )
