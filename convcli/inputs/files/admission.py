"""What reading a file takes: asked about before it is allocated, so that it can be refused."""

from __future__ import annotations

from collections.abc import Callable

Admit = Callable[[int], None]  # raises where so many bytes are too many

BYTES_OF_CHARACTER = 40  # of a text file, while its numbers are Python's
BYTES_OF_PIXEL = 12  # of a picture: decoded, converted to RGB, as an array
BYTES_OF_NUMBER = 8  # of a tensor file or a volume, whatever type it has
TORCH_COPIES = 2  # of a .pt file: as loaded, and as an array


def admit_all(_: int) -> None:
    """Admit any number of bytes."""
