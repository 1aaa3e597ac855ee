"""What a command asks of a stored input."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from convcli.inputs.files.request import no_note


class Request(NamedTuple):
    """The layer's spatial axes, and the options: `--axes`, `--level`, `--missing`.

    With `pages` a TIFF file is a stack of its pages.
    """

    rank: int
    axes: tuple[str, ...] | None = None
    level: int | None = None
    fill: bool = False
    pages: bool = False
    note: Callable[[str], None] = no_note
