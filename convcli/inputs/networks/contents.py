"""The bytes of a file that describes a network, refused before they are read where too many."""

from __future__ import annotations

import os
import stat

from convcli.errors import ConvError, unreadable

LARGEST_FILE = 256 * 2**20  # bytes
LARGEST_STREAM = 16 * 2**20  # bytes of standard input, a pipe or a device, whose size is unknown
_CHUNK = 2**20  # bytes


def contents_of(
    path: str, largest: int = LARGEST_FILE, largest_stream: int = LARGEST_STREAM
) -> bytes:
    """The bytes of a file of at most `largest` bytes, and of a stream of at most `largest_stream`.

    Raises ConvError where there are more, or where the system does not let us read them.
    """
    try:
        with open(path, "rb") as file:
            found = os.fstat(file.fileno())
            is_file = stat.S_ISREG(found.st_mode)
            most = largest if is_file else largest_stream
            if is_file and found.st_size > most:
                raise _too_large(path, most)
            parts = [file.read(found.st_size)] if is_file else []
            count = sum(map(len, parts))
            while part := file.read(_CHUNK):  # also of files in /proc, whose size reads as 0
                parts.append(part)
                count += len(part)
                if count > most:
                    raise _too_large(path, most)
    except OSError as error:
        raise unreadable("layers.unreadable", "LAYERS", path, error) from None
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _too_large(path: str, most: int) -> ConvError:
    rule = f"must be at most {-(-most // 2**20)} MiB"
    return ConvError("layers.large", rule, parameter="LAYERS", got=path, kind="data")
