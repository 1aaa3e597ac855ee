"""Atomic writes: a file appears complete or not at all, and only --force overwrites one.

Where the system has files without a name (O_TMPFILE of Linux), a run that is killed leaves nothing.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from convcli.cli.output.streams import Streams
from convcli.errors import ConvError

HANDLES = "/proc/self/fd"  # where a file without a name gets one
NAMELESS_UNKNOWN = (errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOSYS, errno.ENOENT)
PREFIX = ".convcli-"  # of temporary files
ATTEMPTS = 100  # names that are tried for a temporary file


def check_target(path: str, force: bool) -> None:
    """Raises ConvError where `path` cannot be written: call it before anything is computed."""
    if os.path.isdir(path):
        raise ConvError("output.folder", "is a folder", parameter="output", got=path, kind="write")
    if not is_replaceable(path):
        return  # a device, which has no folder on Windows, or a pipe
    folder = os.path.dirname(os.path.realpath(path))
    if not os.path.isdir(folder):
        rule = "the folder does not exist"
        raise ConvError("output.folder", rule, parameter="output", got=path, kind="write")
    if os.path.isfile(path) and not force:
        rule, hint = "the file already exists", "Overwrite it with `force`."
        raise ConvError(
            "output.exists", rule, parameter="output", got=path, hint=hint, kind="write"
        )


def write_file(
    path: str, chunks: Iterable[bytes | memoryview], force: bool, streams: Streams
) -> None:
    """Write a regular file atomically, see `replacement`; write a device or a pipe directly.

    Raises ConvError of kind "write".
    """
    check_target(path, force)
    if not is_replaceable(path):
        with _explained(path), open(path, "wb", buffering=0) as device:
            _write_all(device.fileno(), chunks)
        return
    with replacement(path, force, streams) as handle:
        _write_all(handle, chunks)


def is_replaceable(path: str) -> bool:
    """Whether `path` is a regular file, or does not exist."""
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except (OSError, ValueError):
        return True


@contextmanager
def replacement(path: str, force: bool, streams: Streams) -> Iterator[int]:
    """A handle to a temporary file that becomes `path` at the end, with its mode and owner.

    A symbolic link stays one: its target is replaced. Other hard links of a file keep the old
    content, which a line on stderr reports. After any exception the old file is unchanged and the
    temporary file is removed. Raises ConvError of kind "write".
    """
    check_target(path, force)
    target = os.path.realpath(path)
    with _explained(path):
        old = os.stat(target) if os.path.exists(target) else None
        handle, temporary = _temporary(os.path.dirname(target))
        try:
            try:
                yield handle
                _keep_owner_and_mode(handle, old)
                os.fsync(handle)
                check_target(target, force)
                if temporary is None:
                    temporary = _named(handle, target, force)
            finally:
                os.close(handle)
            if temporary != target:
                os.replace(temporary, target)
        except BaseException:
            if temporary not in (None, target):
                os.unlink(temporary)
            raise
    if old is not None and old.st_nlink > 1:
        streams.complain(
            "convcli: other hard links of the output file keep its old content; "
            "to replace it under every name, copy the new file"
        )


def _keep_owner_and_mode(handle: int, old: os.stat_result | None) -> None:
    """Those of the old file, as far as this user may; those of a new file without one."""
    if not hasattr(os, "fchmod"):  # Windows: a file inherits the rights of its folder
        return
    if old is None:
        os.fchmod(handle, 0o666 & ~_umask())
        return
    mode, new = stat.S_IMODE(old.st_mode), os.fstat(handle)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        try:
            os.fchown(handle, old.st_uid, old.st_gid)
        except PermissionError:
            mode &= ~(stat.S_ISUID | stat.S_ISGID)  # the rights of another owner
    os.fchmod(handle, mode)


@contextmanager
def _explained(path: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:  # of a pipe whose reader left, as of stdout
        raise
    except OSError as error:
        rule = f"cannot be written: {error.strerror or type(error).__name__}"
        raise ConvError(
            "output.unwritable", rule, parameter="output", got=path, kind="write"
        ) from None


def _temporary(folder: str) -> tuple[int, str | None]:
    """A handle to a file in the folder, and its name: None where it needs none until the end."""
    import tempfile

    if hasattr(os, "O_TMPFILE") and os.path.isdir(HANDLES):
        try:
            return os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600), None
        except OSError as error:
            if error.errno not in NAMELESS_UNKNOWN:
                raise
    return tempfile.mkstemp(prefix=PREFIX, dir=folder)


def _named(handle: int, target: str, force: bool) -> str:
    """Give the file without a name one: the target where that is free, else one beside it."""
    import secrets

    if not os.path.exists(target):
        try:
            return _linked(handle, target)
        except FileExistsError:
            check_target(target, force)
    for _ in range(ATTEMPTS):
        try:
            return _linked(handle, f"{os.path.dirname(target)}/{PREFIX}{secrets.token_hex(4)}")
        except FileExistsError:
            continue
    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))


def _linked(handle: int, name: str) -> str:
    """Link the file of the handle as `name`. Raises FileExistsError where that exists."""
    # The folder is not looked at, for the path is absolute; with one, Python calls linkat, which
    # follows the link to the open file.
    os.link(f"{HANDLES}/{handle}", name, src_dir_fd=handle, follow_symlinks=True)
    return name


def _write_all(handle: int, chunks: Iterable[bytes | memoryview]) -> None:
    for chunk in chunks:
        rest = memoryview(chunk).cast("B")
        while rest:
            rest = rest[os.write(handle, rest) :]


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
