"""Atomic writes: a file appears complete or not at all, and only --force overwrites one."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from convcli.errors import ConvError


def check_target(path: str, force: bool) -> None:
    """Raises ConvError where `path` cannot be written: call it before anything is computed."""
    folder = os.path.dirname(os.path.realpath(path))
    if os.path.isdir(path):
        raise ConvError("output.folder", "is a folder", parameter="output", got=path, kind="write")
    if not os.path.isdir(folder):
        rule = "the folder does not exist"
        raise ConvError("output.folder", rule, parameter="output", got=path, kind="write")
    if os.path.isfile(path) and not force:
        rule, hint = "the file already exists", "Overwrite it with `force`."
        raise ConvError(
            "output.exists", rule, parameter="output", got=path, hint=hint, kind="write"
        )


def write_file(path: str, chunks: Iterable[bytes | memoryview], force: bool) -> None:
    """Write a regular file atomically, see `replacement`; write a device or a pipe directly.

    Raises ConvError of kind "write".
    """
    check_target(path, force)
    if not is_replaceable(path):
        with _explained(path), open(path, "wb", buffering=0) as device:
            _write_all(device.fileno(), chunks)
        return
    with replacement(path, force) as handle:
        _write_all(handle, chunks)


def is_replaceable(path: str) -> bool:
    """Whether `path` is a regular file, or does not exist."""
    return not os.path.exists(path) or stat.S_ISREG(os.stat(path).st_mode)


@contextmanager
def replacement(path: str, force: bool) -> Iterator[int]:
    """A handle to a temporary file beside `path` that replaces it at the end, with its mode.

    Raises ConvError of kind "write". After any exception the old file is unchanged and the
    temporary file is removed.
    """
    check_target(path, force)
    target = os.path.realpath(path)
    with _explained(path):
        mode = (
            stat.S_IMODE(os.stat(target).st_mode) if os.path.exists(target) else 0o666 & ~_umask()
        )
        handle, temporary = _temporary(os.path.dirname(target))
        try:
            try:
                yield handle
                os.fchmod(handle, mode)
                os.fsync(handle)
            finally:
                os.close(handle)
            check_target(target, force)
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise


@contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        rule = f"cannot be written: {error.strerror or type(error).__name__}"
        raise ConvError(
            "output.unwritable", rule, parameter="output", got=path, kind="write"
        ) from None


def _temporary(folder: str) -> tuple[int, str]:
    import tempfile

    return tempfile.mkstemp(prefix=".convcli-", dir=folder)


def _write_all(handle: int, chunks: Iterable[bytes | memoryview]) -> None:
    for chunk in chunks:
        rest = memoryview(chunk).cast("B")
        while rest:
            rest = rest[os.write(handle, rest) :]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
