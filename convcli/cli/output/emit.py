"""The only writer of results: a Document in the requested format, to stdout or a file."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

from convcli.cli.app.options import OutputOptions
from convcli.cli.output.atomic_files import check_target, is_replaceable, write_file
from convcli.cli.output.expect import difference, essential_value, verdict
from convcli.cli.output.streams import Streams, shown
from convcli.errors import ConvError
from convcli.exit_status import ExitStatus
from convcli.render import MACHINE_FORMATS, Style, renderer
from convcli.report.document import Document, Text

SUFFIX_FORMATS = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".md": "markdown",
    ".tex": "latex",
    ".txt": "plain",
}
ARRAY_SUFFIXES = (".npy", ".png")


def check_options(options: OutputOptions) -> None:
    """Raises ConvError, before anything is computed, where the result could not be written."""
    format_of(options)
    if options.tolerance is not None and options.expect is None:
        rule = "is the tolerance of `expect`, which is not specified"
        got = str(options.tolerance)
        raise ConvError("tolerance.expect", rule, parameter="tolerance", got=got)
    if options.lang is not None:
        from convcli.cli.output.language import requested_words

        requested_words(options.lang)
    if options.output == "":
        rule = "must be a file, or - for stdout"
        raise ConvError("output.empty", rule, parameter="output", got="")
    if options.output not in (None, "-"):
        check_target(options.output, options.force)


def emit(
    document: Document, options: OutputOptions, streams: Streams, *, limit: int | None = None
) -> int:
    """Write the document and return the exit status: 1 where --expect fails, else 0."""
    check_options(options)
    status, answer = judge(document, options, streams)
    name = format_of(options)
    style = output_style(options, streams, limit)
    pieces = _quiet(document) if options.quiet else renderer(name)(document, style)
    machine = options.quiet or name in MACHINE_FORMATS
    if options.output in (None, "-"):
        for piece in pieces:
            streams.write(piece, machine=machine, colors=style.color)
    else:
        if not machine:
            pieces = (shown(piece, colors=style.color) for piece in pieces)
        write_file(options.output, (piece.encode() for piece in pieces), options.force, streams)
    if answer:
        streams.flush()
        streams.complain(answer)
    if options.lang is not None and not machine:
        _note_language(document, options, streams)
    return status


def _note_language(document: Document, options: OutputOptions, streams: Streams) -> None:
    """Say which commands have text in the language of --lang, where this one has none."""
    from convcli.cli.output.language import TRANSLATED, requested_words

    language = requested_words(options.lang).language
    if language != "en" and document.command not in TRANSLATED:
        streams.note(
            f"{document.command} has no text in {language} yet, and is in English; "
            f"these have: {', '.join(TRANSLATED)}."
        )


def emit_result(
    document: Document,
    array: Any,
    options: OutputOptions,
    streams: Streams,
    notes: Sequence[Text] = (),
) -> int:
    """Write the array where `--output` asks for it, else the document; returns the exit status.

    `notes` are in the document already; beside an array they go to stderr.
    """
    if not writes_array(options):
        return emit(document, options, streams)
    status, answer = judge(document, options, streams)
    emit_array(array, options, streams)
    streams.flush()
    from convcli.render.values import text

    for line in (answer, *notes):
        if line:
            streams.complain(text(line))
    return status


def writes_array(options: OutputOptions) -> bool:
    """Whether `--output` asks for the array itself: `-`, .npy, .png, a device or a pipe.

    An explicit format asks for a document. Raises ConvError for a suffix of neither.
    """
    target = options.output
    if target is None or options.format is not None or options.json or options.quiet:
        return False
    suffix = os.path.splitext(target)[1].lower()
    if suffix and suffix not in (*ARRAY_SUFFIXES, *SUFFIX_FORMATS) and target != "-":
        rule = f"must end in {', '.join((*ARRAY_SUFFIXES, *SUFFIX_FORMATS))}"
        hint = "For another name, specify `format`."
        raise ConvError("output.suffix", rule, parameter="output", got=target, hint=hint)
    return suffix not in SUFFIX_FORMATS


def array_suffix(options: OutputOptions, suffixes: Sequence[str]) -> str | None:
    """The suffix of `--output` where it is one of these and no format is specified."""
    suffix = os.path.splitext(options.output or "")[1].lower()
    has_format = options.format is not None or options.json
    return suffix if suffix in suffixes and not has_format else None


def writes_pieces(options: OutputOptions) -> bool:
    """Whether the result is .npy at a place that can be written piece by piece."""
    target = options.output or ""
    return target == "-" or (target.lower().endswith(".npy") and is_replaceable(target))


def emit_array(array: Any, options: OutputOptions, streams: Streams) -> None:
    """Write an array to the file of `--output`, as .npy or .png, or as an .npy stream to stdout."""
    from convcli.inputs.files.images import png_bytes
    from convcli.inputs.files.npy import npy_chunks

    target = options.output or "-"
    picture = target.lower().endswith(".png")
    chunks = iter([png_bytes(array, "output")]) if picture else npy_chunks(array)
    if target == "-":
        for chunk in chunks:
            streams.write_bytes(chunk)
    else:
        write_file(target, chunks, options.force, streams)


def judge(document: Document, options: OutputOptions, streams: Streams) -> tuple[int, str]:
    """The exit status that `--expect` gives, and the line for stderr where it fails."""
    if options.expect is None:
        return ExitStatus.DONE, ""
    value = essential_value(document)
    how = difference(value, options.expect, options.tolerance, streams.note)
    if how is None:
        return ExitStatus.DONE, ""
    return ExitStatus.ANSWER_IS_NO, verdict(_one_line(value), options.expect, how)


def _quiet(document: Document) -> Iterator[str]:
    documents = (
        [document]
        if document.items is None or document.essential is not None
        else document.items.make()
    )
    for each in documents:
        yield _one_line(each.essential) + "\n"


def _one_line(value: Any) -> str:
    if getattr(value, "ndim", 0) or isinstance(value, dict):
        from convcli.render.json import encode

        return encode(value)
    from convcli.render.values import text

    return text(value)


def format_of(options: OutputOptions) -> str:
    """The name of the format. Raises ConvError for --json beside another format."""
    if options.json and options.format not in (None, "json"):
        raise ConvError("format.two", "contradicts `json`", parameter="format", got=options.format)
    if options.json:
        return "json"
    if options.format is None:
        suffix = os.path.splitext(options.output or "")[1].lower()
        return SUFFIX_FORMATS.get(suffix, "table")
    return options.format


def output_style(options: OutputOptions, streams: Streams, limit: int | None = None) -> Style:
    """How human-readable formats look where the result goes.

    A file has no width, and colours only with `--color always`.
    """
    to_file = options.output not in (None, "-")
    return Style(
        width=None if to_file else streams.width(),
        color=options.color == "always" if to_file else streams.wants_color(options.color),
        ascii=options.ascii or (not to_file and not streams.draws_boxes()),
        precision=options.precision,
        limit=limit,
    )
