"""The axes of the pages of a TIFF file: channels, depths, times, as ImageJ and OME order them."""

from __future__ import annotations

import re
from importlib.util import find_spec
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.boundary import library

NAMES = {"C": "channels", "Z": "depths", "T": "times"}
CHANNELS = "C"
_IMAGEJ = re.compile(r"^(?P<word>channels|slices|frames)=(?P<size>[1-9][0-9]{0,8})$", re.MULTILINE)
_LETTERS = {"frames": "T", "slices": "Z", "channels": "C"}  # of ImageJ, the first changing last


class PageAxes(NamedTuple):
    """A letter and a size for each axis of the pages; the last one changes from page to page."""

    letters: str = ""
    sizes: tuple[int, ...] = ()

    @property
    def text(self) -> str:
        """`3 depths x 2 channels`, the last changing first, and the page of each place."""
        parts = [
            f"{size} {NAMES.get(letter, '')}".rstrip() for letter, size in zip(*self, strict=True)
        ]
        steps = [prod(self.sizes[at + 1 :]) for at in range(len(self.sizes))]
        terms = [
            letter.lower() if step == 1 else f"{step}*{letter.lower()}"
            for letter, step in reversed(list(zip(self.letters, steps, strict=True)))
        ]
        named = f": page 1 + {' + '.join(terms)}, each from 0" if len(set(self.letters)) > 1 else ""
        return " x ".join(parts) + named

    def split(self, planes: Array) -> Array:
        """(others, C, H, W) of all pages (N, 1, H, W)."""
        at = self.letters.index(CHANNELS)
        whole = planes.reshape(*self.sizes, *planes.shape[-2:])
        moved = np.moveaxis(whole, at, len(self.sizes) - 1)
        return moved.reshape(-1, self.sizes[at], *planes.shape[-2:])


def axes_of_pages(description: str, count: int, stream: Any) -> PageAxes:
    """Those that the file describes, by tifffile; without it those of ImageJ. Empty for none.

    `description` is the text of the first page.
    """
    found = _of_imagej(description)
    if description and not found.sizes and find_spec("tifffile") is not None:
        found = _of_tifffile(stream)
    fits = len(found.sizes) > 0 and prod(found.sizes) == count
    return found if fits else PageAxes()


def _of_imagej(description: str) -> PageAxes:
    if not description.startswith("ImageJ="):
        return PageAxes()
    sizes = {_LETTERS[match["word"]]: int(match["size"]) for match in _IMAGEJ.finditer(description)}
    kept = {letter: sizes[letter] for letter in "TZC" if sizes.get(letter, 1) > 1}
    return PageAxes("".join(kept), tuple(kept.values()))


def _of_tifffile(stream: Any) -> PageAxes:
    import tifffile

    try:
        with library(ConvError("image.format", "has series that cannot be read")):
            stream.seek(0)
            first = tifffile.TiffFile(stream).series[0]
            axes, shape = str(first.axes), tuple(map(int, first.shape))
    except ConvError:  # the pages may be in order
        return PageAxes()
    pages = axes.partition("Y")[0]
    kept = [(letter, size) for letter, size in zip(pages, shape, strict=False) if size > 1]
    return PageAxes("".join(each[0] for each in kept), tuple(each[1] for each in kept))
