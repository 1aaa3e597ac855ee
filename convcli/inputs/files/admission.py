"""What reading a file takes: asked about before it is allocated, so that it can be refused."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from io import BytesIO, UnsupportedOperation
from typing import IO

from convcli.errors import ConvError

Admit = Callable[[int], None]  # raises where so many bytes are too many

BYTES_OF_CHARACTER = 40  # of a text file, while its numbers are Python's
BYTES_OF_PIXEL = 12  # of a picture: decoded, converted to RGB, as an array
BYTES_OF_NUMBER = 8  # of a tensor file or a volume, whatever type it has
BYTES_OF_DIRECTORY = 24  # of each byte of a zip archive's list of members, as objects of zipfile
BYTES_OF_PICKLE = 160  # of each byte of a pickle: a mark, or an entry of the memo
BYTES_OF_HEADER = 24  # of each byte of a header in JSON
VOLUME_COPIES = 3  # of a volume: as stored, as scaled, as an array

CHUNK = 2**20  # bytes that are read without a question
LONGEST_LINE = 2**16  # bytes of a line of a binary file


def admit_all(_: int) -> None:
    """Admit any number of bytes."""


def is_regular(stream: IO[bytes]) -> bool:
    """Whether a file has a size: it is no pipe and no device."""
    return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)


def require_regular(path: str, name: str) -> None:
    """Raises ConvError where the path is a pipe or a device, and OSError where it does not open."""
    with open(path, "rb") as stream:  # a file that cannot be opened gets our error
        if not is_regular(stream):
            rule = "must be a regular file: this format is not read from a pipe or a device"
            raise ConvError("array.pipe", rule, parameter=name, kind="data")


def read_all(stream: IO[bytes], admit: Admit, factor: int = 1) -> bytes:
    """All bytes of a stream; each takes `factor` bytes of memory.

    `admit` is asked about the size of a regular file at once, and about a pipe, a device or a file
    of /proc, whose size is unknown, each time that the part read so far has doubled. Raises OSError
    where a regular file becomes shorter meanwhile.
    """
    size = os.fstat(stream.fileno()).st_size if is_regular(stream) else 0
    if size:
        admit(size * factor)
        data = stream.read(size)
        if len(data) < size:
            raise OSError(errno.EIO, "the file was changed while it was read")
        return data
    parts, total, admitted = [], 0, 0
    while part := stream.read(CHUNK):
        total += len(part)
        if total > admitted:
            admitted = 2 * total
            admit(admitted * factor)
        parts.append(part)
    return b"".join(parts)


def with_places(stream: IO[bytes], admit: Admit) -> IO[bytes]:
    """The stream itself where it is a regular file, else its bytes, read within the limit."""
    if isinstance(stream, BytesIO) or is_regular(stream):
        return stream
    return BytesIO(read_all(stream, admit, factor=2))


class Metered:
    """A stream for a library: `admit` is asked before a read of more than CHUNK bytes.

    A byte takes `factor` bytes of memory. With `in_total` all reads count together, as where
    objects are built of them.
    """

    def __init__(
        self, stream: IO[bytes], admit: Admit, factor: int = 1, *, in_total: bool = False
    ) -> None:
        self._stream, self._admit, self._factor = stream, admit, factor
        self._in_total, self._total, self._admitted = in_total, 0, CHUNK // factor

    def read(self, size: int | None = -1, /) -> bytes:
        """As a file reads; a size that is not specified is what follows."""
        if size is None or size < 0:
            size = self._rest()
        self._ask(size)
        return self._stream.read(size)

    def readline(self, size: int = LONGEST_LINE, /) -> bytes:
        """A line, or its first LONGEST_LINE bytes."""
        line = self._stream.readline(min(size, LONGEST_LINE) if size >= 0 else LONGEST_LINE)
        self._ask(len(line))
        return line

    def readinto(self, buffer: bytearray | memoryview, /) -> int:
        """Fill a buffer, which was admitted when it was allocated."""
        return self._stream.readinto(buffer)  # type: ignore[attr-defined, no-any-return]

    def write(self, data: bytes, /) -> int:
        """Raises: libraries tell a file by this method, and the stream is only read."""
        raise UnsupportedOperation("write")

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing: the stream belongs to its opener."""

    def _rest(self) -> int:
        at = self._stream.tell()
        end = self._stream.seek(0, os.SEEK_END)
        self._stream.seek(at)
        return max(end - at, 0)

    def _ask(self, size: int) -> None:
        self._total = self._total + size if self._in_total else size
        if self._total <= self._admitted:
            return
        if self._in_total:
            self._admitted = self._total + CHUNK // self._factor
        self._admit(max(self._total, self._admitted) * self._factor)
