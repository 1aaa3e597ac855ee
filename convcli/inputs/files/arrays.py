"""ARRAY of the command line: a file, numbers, a generator or a well-known filter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from convcli.engine.arrays import Array
from convcli.errors import ConvError, unreadable
from convcli.inputs.files.admission import Admit, admit_all
from convcli.inputs.files.formats import FORMATS, SUFFIXES, split_member, suffix_of
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.npy import read_npy
from convcli.inputs.files.request import ArrayRequest, Note, no_metadata, no_note
from convcli.inputs.files.stores.places import looks_like_store
from convcli.inputs.text.generators import GENERATORS, generate
from convcli.inputs.text.kernels import named_kernel
from convcli.suggestions import did_you_mean


def read_array(
    text: str,
    name: str,
    rank: int,
    stdin: IO[bytes] | None = None,
    admit: Admit = admit_all,
    *,
    note: Note = no_note,
    keep: Callable[[SourceMetadata], None] = no_metadata,
    decimal: str | None = None,
) -> Array:
    """The array that `text` names, for a layer of `rank` spatial axes.

    `name` is the argument, for errors. A path that exists takes precedence over the other forms;
    `-` is an .npy stream on `stdin`. `admit` is called with the bytes that a file needs before they
    are allocated, `note` with what is lost or guessed, `keep` with what the file says about its
    numbers. `decimal` is the decimal sign of a table, where the user names it.
    Raises ConvError of kind "data" where `text` has none of the forms or the file cannot be read,
    and what `admit` raises.

    >>> read_array("1 2; 3 4", "X", 2).tolist()
    [[1, 2], [3, 4]]
    """
    if text == "-":
        if stdin is None:
            rule = "standard input is closed"
            raise ConvError("array.stdin", rule, parameter=name, got=text, kind="data")
        return read_npy(stdin, name, alone=False, admit=admit)
    if looks_like_store(text):
        from convcli.inputs.files.stores.inputs import read_stored

        return read_stored(text, name, admit)
    path, member = split_member(text)
    if os.path.lexists(path):
        return _read_file(ArrayRequest(path, member, name, rank, admit, note, keep, decimal))
    return _made(text, name, rank, admit)


def _made(text: str, name: str, rank: int, admit: Admit) -> Array:
    kind, _, rest = text.partition(":")
    if kind in GENERATORS:
        return generate(text, name, admit)
    if kind == "kernel":
        return named_kernel(rest, rank, name, admit)
    from convcli.inputs.text.literals import (
        looks_like_brackets,
        looks_like_rows,
        parse_brackets,
        parse_rows,
    )

    if looks_like_brackets(text):
        return parse_brackets(text, name)
    if (
        text.lower().endswith(SUFFIXES)
        or split_member(text)[1]
        or any(mark in text for mark in (os.sep, os.altsep) if mark)
    ):
        raise ConvError("array.missing", "no such file", parameter=name, got=text, kind="data")
    if looks_like_rows(text):
        return _as_planes(parse_rows(text, name), text, rank)
    rule = 'must be a file, numbers ("1 2; 3 4"), a generator (arange:5x5) or kernel:sobel-x'
    hint = did_you_mean(kind, [*GENERATORS, "kernel"])
    raise ConvError(
        "array.unknown", rule, parameter=name, hint=hint, pointer=(text, 0), kind="data"
    )


def _as_planes(array: Array, text: str, rank: int) -> Array:
    """Rows of numbers for a layer of `rank` axes, with leading axes of 1 where it needs more.

    For rank 1, a column of lines is a vector.
    """
    if rank == 1 and array.ndim == 2 and array.shape[1] == 1 and ";" not in text:
        return array.reshape(-1)
    return array.reshape((1,) * (rank - array.ndim) + array.shape)


def _read_file(request: ArrayRequest) -> Array:
    path, suffix = request.path, suffix_of(request.path)
    if os.path.isdir(path) or suffix not in FORMATS:
        folder = "is a folder, not a file; a file " if os.path.isdir(path) else ""
        rule = folder + f"must end in {', '.join(SUFFIXES)}"
        raise request.refusal("array.suffix", rule, got=path)
    if request.member and not FORMATS[suffix].member:
        rule = f"holds one array; nothing may follow {suffix}"
        hint = "Write {path}."
        text = f"{path}:{request.member}"
        raise request.refusal("array.member", rule, got=text, hint=hint, fields={"path": path})
    with _explained(request):
        return FORMATS[suffix].read()(request)


@contextmanager
def _explained(request: ArrayRequest) -> Iterator[None]:
    """Errors of a file name it, and the line where one points at a place in its text."""
    path = request.path
    try:
        yield
    except ConvError as error:
        if error.got is not None or error.kind != "data":
            raise
        text, offset = error.pointer or ("", 0)
        line = text.count("\n", 0, offset) + 1
        raise error.with_place(got=f"{path}:{line}" if error.pointer else path) from None
    except OSError as error:
        raise unreadable("array.unreadable", request.name, path, error) from None
