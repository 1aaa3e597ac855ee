"""TIFF in colour of 16 bits or of floats, by tifffile: Pillow has such pages in grey alone."""

from __future__ import annotations

from importlib.util import find_spec
from io import BytesIO

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.writers.pixels import COLORS_WITH_ALPHA

PHOTOMETRIC = {2: "minisblack", 3: "rgb", 4: "rgb"}  # by the number of channels
INSTALL = "pip install 'convcli[tiff]' for pages in colour"


def has_tifffile() -> bool:
    """Whether tifffile is installed; without it each channel becomes a page."""
    return find_spec("tifffile") is not None


def tiff_in_color(pages: Array, parameter: str) -> bytes:
    """The file of the pages (N, C, H, W), of 2 to 4 channels each; 2 and 4 end with alpha."""
    tifffile = optional_package("tifffile", parameter)
    channels = pages.shape[1]
    alpha = {"extrasamples": ["unassalpha"]} if channels in COLORS_WITH_ALPHA else {}
    buffer = BytesIO()
    tifffile.imwrite(
        buffer, np.ascontiguousarray(np.moveaxis(pages, 1, -1)), photometric=PHOTOMETRIC[channels],
        planarconfig="contig", metadata=None, software=False, **alpha,
    )  # fmt: skip
    return buffer.getvalue()
