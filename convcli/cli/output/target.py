"""Where a result goes and what stands there: the suffix of `--output` decides.

`-f` and `--json` speak of stdout, and of a file whose name decides nothing; `-q` of stdout alone.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from convcli.cli.app.options import ArrayOutputOptions, OutputOptions
from convcli.cli.output.atomic_files import check_target, is_replaceable
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError

if TYPE_CHECKING:
    from convcli.inputs.files.writers import Writer

# The document formats of suffixes. A .txt file, and one without a suffix, holds any of them.
SUFFIX_FORMATS = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".md": "markdown",
    ".tex": "latex",
    ".dot": "dot",
    ".mmd": "mermaid",
}
TEXT_SUFFIX = ".txt"
VALUE = "value"  # the form of --quiet
PAGE = "html"  # the form of a page
PAGES: Mapping[str, str] = {".html": PAGE}
NO_FILES: Mapping[str, str] = {}
# Formats that no command writes: with -f as well, a file of this name would not be what it says.
FOREIGN = {
    ".gz", ".bz2", ".xz", ".zst", ".zip", ".tar", ".7z", ".xls", ".xlsx", ".ods", ".pdf", ".html",
    ".htm", ".svg", ".pt", ".pth", ".ckpt", ".bin", ".h5", ".hdf5", ".mat", ".zarr", ".n5", ".onnx",
    ".parquet", ".feather", ".arrow", ".pkl", ".pickle", ".pbm", ".pfm", ".avif", ".heic", ".mp3",
    ".flac", ".ogg", ".mp4",
}  # fmt: skip
STDOUT = "-"
STANDALONE_HINTS = {
    "markdown": "Markdown is a whole document already: leave it out.",
    "html": "A page is a whole document already: leave it out.",
    VALUE: "With `quiet` the value alone is printed: leave out one of the two.",
}


class Target(NamedTuple):
    """Where a result goes: `path` is None for stdout.

    The file holds a document in `form`, a format or VALUE; or arrays, written by `writer`. Beside
    these `printed` is the form of the document on stdout, None where nothing is printed.
    """

    path: str | None
    suffix: str = ""
    form: str | None = None
    writer: Writer | None = None
    printed: str | None = None

    @property
    def is_array_alone(self) -> bool:
        """Whether nothing is written but arrays."""
        return self.writer is not None and self.printed is None

    @property
    def is_page(self) -> bool:
        """Whether the file is a page that the command makes by itself."""
        return self.form == PAGE

    @property
    def is_value(self) -> bool:
        """Whether the essential value alone is wanted of the document."""
        return self.form == VALUE and self.writer is None


def target_of(
    options: OutputOptions,
    *,
    arrays: bool = False,
    stream: bool = False,
    forms: Mapping[str, str] = NO_FILES,
) -> Target:
    """The target that the options name.

    `arrays` says whether the command has arrays to write; `forms` are its own formats, by their
    suffixes, as PAGES. With `stream` its one array is what `-` and a name without a suffix get, as
    .npy. Raises ConvError where the suffix is unknown, contradicts the format, or is one of arrays
    that the command does not have.
    """
    asked, path = _asked(options), options.output
    if path is None or path == STDOUT:
        asked = VALUE if options.quiet else asked
        if path is None or asked is not None or not stream:
            return Target(None, form=asked or "table")
        from convcli.inputs.files.writers import NPY

        return Target(None, ".npy", writer=NPY)
    suffix = suffix_of(path)
    known = {**SUFFIX_FORMATS, **forms}
    if suffix in known:
        _check_alone(suffix, known[suffix], asked)
        return Target(path, suffix, form=known[suffix])
    if suffix == TEXT_SUFFIX:
        return Target(path, suffix, form=asked or "plain")
    if not suffix and (not stream or asked is not None):
        return Target(path, form=asked or "table")
    return _array_target(path, suffix, asked, arrays, known, quiet=options.quiet)


def _array_target(
    path: str,
    suffix: str,
    asked: str | None,
    arrays: bool,
    forms: Mapping[str, str],
    *,
    quiet: bool,
) -> Target:
    """The file of arrays, where the command makes some; `forms` are those of its documents."""
    from convcli.inputs.files.writers import NPY, WRITERS

    writer = WRITERS.get(suffix) if suffix else NPY
    if writer is not None and arrays:
        printed = None if quiet else asked
        return Target(path, suffix or ".npy", writer=writer, printed=printed)
    texts = (*forms, TEXT_SUFFIX)
    if writer is not None:
        rule = f"must end in {', '.join(texts)}: this command writes no array"
        raise ConvError("output.suffix", rule, parameter="output", got=path)
    is_foreign = f".{suffix.rpartition('.')[2]}" in FOREIGN
    if asked is not None and not is_foreign:
        return Target(path, suffix, form=asked)
    known = (*(WRITERS if arrays else ()), *texts)
    rule, hint = f"must end in {', '.join(known)}", "For another name, specify `format`."
    if is_foreign:
        own = next((each for each, form in forms.items() if form == asked), TEXT_SUFFIX)
        rule = f"is the name of another kind of file, which is not written. It {rule}"
        hint = "" if asked is None else f"{asked} goes into a file that ends in {own}."
    raise ConvError("output.suffix", rule, parameter="output", got=path, hint=hint)


def _asked(options: OutputOptions) -> str | None:
    """The format that the options ask for. Raises ConvError for --json beside another one."""
    if options.json and options.format not in (None, "json"):
        raise ConvError("format.two", "contradicts `json`", parameter="format", got=options.format)
    return "json" if options.json else options.format


def _check_alone(suffix: str, form: str, asked: str | None) -> None:
    """Raises ConvError where another format is asked for than that of the suffix."""
    if asked in (None, form):
        return
    rule = f"contradicts the suffix {suffix} of `output`, which is {form}"
    hint = "Leave out `format`, or choose the suffix of that format."
    raise ConvError("format.suffix", rule, parameter="format", got=asked, hint=hint)


def suffix_of(path: str) -> str:
    """The suffix of a path in lower case, with its dot; `.nii.gz` is one.

    >>> suffix_of("brain.NII.gz"), suffix_of("folder.d/x")
    ('.nii.gz', '')
    """
    root, suffix = os.path.splitext(path.lower())
    inner = os.path.splitext(root)[1]
    return inner + suffix if suffix == ".gz" and inner else suffix


def alone_writer(path: str, parameter: str, force: bool) -> tuple[str, Writer]:
    """The suffix and the writer of a file that an option of its own names, as --bias-output.

    Raises ConvError where the file cannot be written, or the suffix is of no array.
    """
    from convcli.inputs.files.writers import ALONE_WRITERS

    check_target(path, force)
    suffix = suffix_of(path)
    writer = ALONE_WRITERS.get(suffix or ".npy")
    if writer is None:
        rule = f"must end in {', '.join(ALONE_WRITERS)}"
        raise ConvError("output.suffix", rule, parameter=parameter, got=path)
    writer.require_package(parameter)
    return suffix or ".npy", writer


def _check_files(files: Mapping[str, str], options: OutputOptions) -> bool:
    """Whether one of the files of options of their own is a picture.

    Raises ConvError where one cannot be written, or would replace another one.
    """
    used = [] if options.output in (None, STDOUT) else [os.path.realpath(options.output)]
    pictures = False
    for parameter, path in files.items():
        pictures |= alone_writer(path, parameter, options.force)[1].is_picture
        if os.path.realpath(path) in used and is_replaceable(path):
            rule = "is the file of two results; one would overwrite the other"
            raise ConvError("output.twice", rule, parameter=parameter, got=path)
        used.append(os.path.realpath(path))
    return pictures


def check_file(options: OutputOptions) -> None:
    """Raises ConvError where `--output` is no file that can be written.

    And for --tolerance without --expect, and an unknown language.
    """
    _check_companions(options)
    if options.output == "":
        rule = "must be a file, or - for stdout"
        raise ConvError("output.empty", rule, parameter="output", got="")
    if options.output not in (None, STDOUT):
        check_target(options.output, options.force)


def check_options(
    options: OutputOptions,
    streams: Streams,
    *,
    arrays: bool = False,
    stream: bool = False,
    forms: Mapping[str, str] = NO_FILES,
    files: Mapping[str, str] = NO_FILES,
) -> Target:
    """The target of `target_of`, before anything is computed.

    `files` are those of options of their own, by the parameter, as of --bias-output.

    Raises ConvError where the result could not be written: a file that exists, a package that is
    missing, bytes for a terminal, --map for what is no picture.
    """
    has_arrays = arrays or stream
    target = target_of(options, arrays=has_arrays, stream=stream, forms=forms)
    if options.standalone:
        check_standalone(target.printed if target.writer is not None else target.form)
    check_file(options)
    if target.writer is not None:
        target.writer.require_package("output")
        if _is_terminal(target.path, streams):
            rule = f"is a terminal, and the result would be the bytes of an {target.suffix} file"
            hint = "Send them to a file or a pipe, or leave out `output`: the numbers are printed."
            got = target.path or STDOUT
            raise ConvError("output.terminal", rule, parameter="output", got=got, hint=hint)
    pictures = _check_files(files, options)
    has_map = isinstance(options, ArrayOutputOptions) and options.map is not None
    if has_map and not pictures and (target.writer is None or not target.writer.is_picture):
        from convcli.inputs.files.writers import PICTURES

        rule = f"needs an `output` that is a picture: {', '.join(PICTURES)}"
        raise ConvError("map.picture", rule, parameter="map", got=options.output)
    return target


def check_standalone(form: str | None) -> None:
    """Raises ConvError where --standalone goes with another format than LaTeX."""
    if form != "latex":
        rule = "makes a whole document of LaTeX: it goes with `format` latex, or a .tex file"
        hint = STANDALONE_HINTS.get(form or "", "Leave it out, or specify -f latex.")
        got = form or "a file of arrays"
        raise ConvError("standalone.format", rule, parameter="standalone", got=got, hint=hint)


def _check_companions(options: OutputOptions) -> None:
    """Raises ConvError for --tolerance without --expect, and for an unknown language."""
    if options.tolerance is not None and options.expect is None:
        rule = "is the tolerance of `expect`, which is not specified"
        got = str(options.tolerance)
        raise ConvError("tolerance.expect", rule, parameter="tolerance", got=got)
    if options.lang is not None:
        from convcli.cli.output.language import requested_words

        requested_words(options.lang)


def _is_terminal(path: str | None, streams: Streams) -> bool:
    """Whether the path, or stdout, is a terminal."""
    if path is None:
        return streams.is_terminal
    try:
        if not stat.S_ISCHR(os.stat(path).st_mode):
            return False
        device = os.open(path, os.O_WRONLY | getattr(os, "O_NOCTTY", 0))
    except OSError:
        return False
    try:
        return os.isatty(device)
    finally:
        os.close(device)
