"""The only writer of results: a Document in the requested format, to stdout or a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from convcli.cli.app.options import ArrayOutputOptions, OutputOptions
from convcli.cli.output.atomic_files import is_replaceable, write_file
from convcli.cli.output.expect import difference, essential_value, verdict
from convcli.cli.output.streams import Streams, shown
from convcli.cli.output.target import VALUE, Target, target_of
from convcli.engine.geometry.shapes import Shape
from convcli.errors import printable, shortened
from convcli.exit_status import ExitStatus
from convcli.render import GRAPH_FORMATS, MACHINE_FORMATS, Significant, Style, renderer
from convcli.report.document import Document, Text

if TYPE_CHECKING:
    from convcli.inputs.files.writers.request import Origin

ROUNDED_FORMATS = ("table", "plain")  # on a terminal; Markdown and LaTeX are copied from there


def emit(
    document: Document,
    options: OutputOptions,
    streams: Streams,
    *,
    limit: int | None = None,
    target: Target | None = None,
    following: Callable[[], list[str]] | None = None,
) -> int:
    """Write the document and return the exit status: 1 where --expect fails, else 0.

    On a terminal the words of the `following` command stand below it.
    """
    status, answer = judge(document, options, streams)
    target = target or target_of(options)
    _write_document(document, target, options, streams, limit)
    if following is not None and target.path is None and target.form == "table":
        _lead_on(following, document, options, streams)
    if answer:
        streams.flush()
        streams.complain(answer)
    return status


def emit_page(page: str, document: Document, options: OutputOptions, streams: Streams) -> int:
    """Write a page to the file of `--output`; the exit status is that of its document."""
    status, answer = judge(document, options, streams)
    write_file(str(options.output), [page.encode()], options.force, streams)
    if options.precision is not None:
        streams.note("--precision is for people's formats: a page keeps every digit")
    if answer:
        streams.complain(answer)
    return status


def emit_text(
    pieces: Iterable[str],
    document: Document,
    target: Target,
    options: OutputOptions,
    streams: Streams,
) -> int:
    """Write a text in a format of its own, in UTF-8; the exit status is that of its document."""
    status, answer = judge(document, options, streams)
    if target.path is None:
        streams.write_pieces(pieces)
    else:
        write_file(target.path, (piece.encode() for piece in pieces), options.force, streams)
    if answer:
        streams.flush()
        streams.complain(answer)
    return status


def _lead_on(
    following: Callable[[], list[str]],
    document: Document,
    options: OutputOptions,
    streams: Streams,
) -> None:
    from convcli.cli.output.next_command import are_wanted, next_lines, painted

    words = following() if are_wanted(streams) and not options.wide else []
    if words:
        color = streams.wants_color(options.color)
        lines = next_lines(words, streams.width(), document.words, options.lang)
        if lines:
            streams.write(painted(lines, color=color) + "\n", colors=color)


def emit_result(
    document: Document,
    arrays: Mapping[str, Any],
    origin: Origin,
    target: Target,
    options: ArrayOutputOptions,
    streams: Streams,
    notes: Sequence[Text] = (),
) -> int:
    """Write the arrays where `--output` asks for them, else the document; returns the exit status.

    `notes` are in the document already; where it is not printed they go to stderr.
    """
    if target.writer is None:
        status = emit(document, options, streams, target=target)
        _say_entries(arrays, target, streams)
        return status
    from convcli.cli.output.arrays import write_arrays

    status, answer = judge(document, options, streams)
    write_arrays(target, options, streams, arrays, origin)
    if target.printed is not None:
        _write_document(document, Target(None, form=target.printed), options, streams)
        notes = ()
    streams.flush()
    from convcli.render.values import text

    for line in (answer, *notes):
        if line:
            streams.complain(text(line))
    return status


def _say_entries(arrays: Mapping[str, Any], target: Target, streams: Streams) -> None:
    """A note where a file of CSV holds an array that has more axes than rows and columns."""
    if target.form != "csv" or target.path is None or len(arrays) != 1:
        return
    (array,) = arrays.values()
    if array.ndim > 2:
        streams.note(
            f"{printable(shortened(target.path))}: an array of {array.ndim} axes is written number"
            " by number, with its place; an .npy file keeps its shape"
        )


def _write_document(
    document: Document,
    target: Target,
    options: OutputOptions,
    streams: Streams,
    limit: int | None = None,
) -> None:
    """Write the document in the form of the target to its file, or to stdout."""
    form = str(target.form)
    style = output_style(options, streams, target, limit)._replace(words=document.words)
    if style.precision is None and style.width is not None and form in ROUNDED_FORMATS:
        style = style._replace(precision=Significant())
    if target.path is None and form == "table" and streams.audience is not None:
        rounds = style.precision is None and not options.wide
        streams.audience(document, style._replace(precision=Significant()) if rounds else style)
        return
    machine = _is_for_machines(form)
    pieces = _value_lines(document) if form == VALUE else renderer(form)(document, style)
    if target.path is None and machine:
        streams.write_pieces(pieces)
    elif target.path is None:
        for piece in pieces:
            streams.write(piece, colors=style.color)
    else:
        if not machine:
            pieces = (shown(piece, colors=style.color) for piece in pieces)
        write_file(target.path, (piece.encode() for piece in pieces), options.force, streams)
    if machine and options.precision is not None:
        streams.flush()
        kept = "the value of --quiet" if form == VALUE else form
        streams.note(f"--precision is for people's formats: {kept} keeps every digit")


def _is_for_machines(form: str) -> bool:
    return form == VALUE or form in (*MACHINE_FORMATS, *GRAPH_FORMATS)


def writes_pieces(target: Target) -> bool:
    """Whether the result is .npy at a place that can be written piece by piece."""
    if target.suffix != ".npy" or target.writer is None:
        return False
    path = target.path
    return path is None or (path.lower().endswith(".npy") and is_replaceable(path))


def judge(document: Document, options: OutputOptions, streams: Streams) -> tuple[int, str]:
    """The exit status that `--expect` gives, and the line for stderr where it fails."""
    if options.expect is None:
        return ExitStatus.DONE, ""
    value = essential_value(document)
    how = difference(value, options.expect, options.tolerance, streams.note)
    if how is None:
        return ExitStatus.DONE, ""
    return ExitStatus.ANSWER_IS_NO, verdict("".join(_one_line(value)), options.expect, how)


def _value_lines(document: Document) -> Iterator[str]:
    documents = (
        [document]
        if document.items is None or document.essential is not None
        else document.items.make()
    )
    for each in documents:
        yield from _one_line(each.essential)
        yield "\n"


def _one_line(value: Any) -> Iterator[str]:
    if isinstance(value, Shape):  # the value of --quiet for which a short start counts most
        yield str(value)
        return
    if getattr(value, "ndim", 0) or isinstance(value, dict):
        from convcli.render.json import pieces

        yield from pieces(value)
        return
    from convcli.render.values import text

    yield text(value)


def output_style(
    options: OutputOptions, streams: Streams, target: Target, limit: int | None = None
) -> Style:
    """How human-readable formats look where the result goes.

    A file has no width, neither has --wide. A file has colours only with `--color always`.
    """
    to_file = target.path is not None
    return Style(
        width=None if to_file or options.wide else streams.width(),
        color=options.color == "always" if to_file else streams.wants_color(options.color),
        ascii=options.ascii or (not to_file and not streams.draws_boxes()),
        precision=options.precision,
        limit=limit,
        separator="\t" if target.suffix == ".tsv" else ",",
        standalone=options.standalone,
    )
