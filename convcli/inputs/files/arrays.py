"""ARRAY of the command line: a file, numbers, a generator or a well-known filter."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from convcli.engine.arrays import Array
from convcli.errors import ConvError, unreadable
from convcli.inputs.files.admission import (
    BYTES_OF_CHARACTER,
    Admit,
    admit_all,
    read_all,
    require_regular,
    with_places,
)
from convcli.inputs.files.images import IMAGE_SUFFIXES, read_image
from convcli.inputs.files.npy import read_npy
from convcli.inputs.text.generators import GENERATORS, generate
from convcli.inputs.text.kernels import named_kernel
from convcli.inputs.text.literals import (
    looks_like_brackets,
    looks_like_rows,
    parse_brackets,
    parse_rows,
)
from convcli.inputs.text.numbers import did_you_mean

WITH_MEMBERS = (".npz", ".safetensors", ".pt", ".pth")
VOLUMES = (".nii", ".nii.gz")
SUFFIXES = (".npy", ".csv", ".tsv", ".txt", ".json", *WITH_MEMBERS, *VOLUMES)


def read_array(
    text: str, name: str, rank: int, stdin: IO[bytes] | None = None, admit: Admit = admit_all
) -> Array:
    """The array that `text` names, for a layer of `rank` spatial axes.

    `name` is the argument, for errors. A path that exists takes precedence over the other forms;
    `-` is an .npy stream on `stdin`. `admit` is called with the bytes that a file needs before they
    are allocated.
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
    path, member = _path_and_member(text)
    if os.path.lexists(path):
        return _read_file(path, member, name, rank, admit)
    return _made(text, name, rank)


def _path_and_member(text: str) -> tuple[str, str]:
    """`x.npz:name` as its two parts; a path that exists is the first part alone."""
    if os.path.lexists(text):
        return text, ""
    for suffix in WITH_MEMBERS:
        path, mark, member = text.partition(f"{suffix}:")
        if mark:
            return path + suffix, member
    return text, ""


def _made(text: str, name: str, rank: int) -> Array:
    kind, _, rest = text.partition(":")
    if kind in GENERATORS:
        return generate(text, name)
    if kind == "kernel":
        return named_kernel(rest, rank, name)
    if looks_like_brackets(text):
        return parse_brackets(text, name)
    if (
        text.lower().endswith(SUFFIXES + IMAGE_SUFFIXES)
        or _path_and_member(text)[1]
        or os.sep in text
    ):
        raise ConvError("array.missing", "no such file", parameter=name, got=text, kind="data")
    if looks_like_rows(text):
        return parse_rows(text, name)
    rule = 'must be a file, numbers ("1 2; 3 4"), a generator (arange:5x5) or kernel:sobel-x'
    hint = did_you_mean(kind, [*GENERATORS, "kernel"])
    raise ConvError(
        "array.unknown", rule, parameter=name, hint=hint, pointer=(text, 0), kind="data"
    )


def _read_file(path: str, member: str, name: str, rank: int, admit: Admit) -> Array:
    suffix = next(
        (mark for mark in SUFFIXES if path.lower().endswith(mark)),
        os.path.splitext(path)[1].lower(),
    )
    if suffix in (".safetensors", *VOLUMES):
        with _explained(path, name):
            return _read_with_package(path, suffix, member, name, admit)
    readers: dict[str, Callable[[IO[bytes]], Array]] = {
        ".npy": lambda stream: read_npy(stream, name, admit=admit),
        ".npz": lambda stream: _read_npz(stream, path, member, name, admit),
        ".pt": lambda stream: _read_torch(stream, path, member, name, admit),
        ".pth": lambda stream: _read_torch(stream, path, member, name, admit),
        ".json": lambda stream: parse_brackets(_text(stream, name, admit), name),
        **{
            mark: lambda stream: _read_csv(_text(stream, name, admit), name, rank)
            for mark in (".csv", ".tsv", ".txt")
        },
    }
    if suffix in IMAGE_SUFFIXES:
        readers[suffix] = lambda stream: read_image(stream, name, admit)
    if suffix not in readers:
        folder = "is a folder, not a file; a file " if os.path.isdir(path) else ""
        rule = folder + f"must end in {', '.join((*SUFFIXES, *IMAGE_SUFFIXES))}"
        raise ConvError("array.suffix", rule, parameter=name, got=path, kind="data")
    with _explained(path, name), open(path, "rb") as stream:
        return readers[suffix](stream)


def _read_with_package(path: str, suffix: str, member: str, name: str, admit: Admit) -> Array:
    from convcli.inputs.files.tensor_files import read_nifti, read_safetensors

    require_regular(path, name)
    if suffix in VOLUMES:
        return read_nifti(path, name, admit)
    return read_safetensors(path, member, name, admit)


def _read_torch(stream: IO[bytes], path: str, member: str, name: str, admit: Admit) -> Array:
    from convcli.inputs.files.torch_files import read_torch_file

    return read_torch_file(with_places(stream, admit), path, member, name, admit)


def _read_npz(stream: IO[bytes], path: str, member: str, name: str, admit: Admit) -> Array:
    from convcli.inputs.files.archives import read_npz

    return read_npz(stream, path, member, name, admit)


@contextmanager
def _explained(path: str, name: str) -> Iterator[None]:
    """Errors of a file name it, and the line where one points at a place in its text."""
    try:
        yield
    except ConvError as error:
        if error.got is not None or error.kind != "data":
            raise
        text, offset = error.pointer or ("", 0)
        line = text.count("\n", 0, offset) + 1
        raise error.with_place(got=f"{path}:{line}" if error.pointer else path) from None
    except OSError as error:
        raise unreadable("array.unreadable", name, path, error) from None


def _text(stream: IO[bytes], name: str, admit: Admit) -> str:
    data = read_all(stream, admit, BYTES_OF_CHARACTER)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rule = f"is not UTF-8 text: byte {error.start} is {data[error.start]:#04x}"
        raise ConvError("array.encoding", rule, parameter=name, kind="data") from None


def _read_csv(text: str, name: str, rank: int) -> Array:
    """(rows, columns); for a layer of rank 1 a single row or column is a vector."""
    array = parse_rows(text.rstrip() + "\n", name, row_separator="\n")
    return array.reshape(-1) if rank == 1 and 1 in array.shape else array
