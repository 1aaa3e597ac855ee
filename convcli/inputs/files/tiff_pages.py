"""TIFF pages whose samples Pillow has no mode for, through tifffile."""

from __future__ import annotations

from typing import IO, Any

import numpy as np

from convcli.inputs.files.boundary import library
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.picture_pages import Page, damaged
from convcli.inputs.files.request import ArrayRequest
from convcli.inputs.files.tensor_files import numeric

COPIES = 3
ORIENTATION, UPRIGHT = 274, 1
ALPHA = (1, 2)  # values of the tag of extra samples
LETTERS = {"MINISBLACK": "L", "MINISWHITE": "L", "RGB": "RGB"}
STORED_LETTERS = {"PALETTE": "P", "SEPARATED": "CMYK", "YCBCR": "YBR", "CIELAB": "LAB"}


class TifffileFile:
    """A TIFF file; with `stored` its samples are not converted.

    Raises ConvError of kind "data" where it is damaged or holds no picture, of kind "package"
    without tifffile.
    """

    def __init__(self, request: ArrayRequest, stream: IO[bytes], stored: bool) -> None:
        self.request, self.stored = request, stored
        tifffile = optional_package("tifffile", request.name)
        with library(damaged(request)):
            stream.seek(0)
            self._pages = tifffile.TiffFile(stream).pages
            self.count = len(self._pages)

    def page(self, index: int) -> Page:
        """The page of an index, with all its channels."""
        with library(damaged(self.request)):
            page: Any = self._pages[index]
            axes, photometric = str(page.axes), getattr(page.photometric, "name", "")
            extra = tuple(map(int, page.extrasamples))
            size, compression = int(page.nbytes), getattr(page.compression, "name", "")
            turned = page.tags.valueof(ORIENTATION, UPRIGHT)
        self.request.admit(COPIES * size)
        rule = f"is damaged, or packed by {compression.lower()}, which tifffile does not unpack"
        with library(self.request.refusal("image.format", rule)):
            samples = np.asarray(page.asarray())
        samples = numeric(samples.astype(np.uint8) if samples.dtype == bool else samples, "X")
        if axes == "SYX":
            samples = np.moveaxis(samples, 0, -1)
        elif axes not in ("YX", "YXS"):
            raise self.request.refusal("image.format", "holds a page that is no plane")
        planes = samples[..., None] if samples.ndim == 2 else samples
        letters = LETTERS | (STORED_LETTERS if self.stored else {})
        if photometric not in letters:
            rule = f"has samples of the kind {photometric}, which are neither grey nor RGB"
            hint = "Write {path}:stored for what the file holds."
            fields = {"path": self.request.path}
            raise self.request.refusal("image.deep", rule, hint=hint, fields=fields)
        more = "".join("A" if kind in ALPHA else "X" for kind in extra)
        named = (letters[photometric] + more).ljust(planes.shape[-1], "X")
        if planes.ndim != 3 or not planes.size or len(named) != planes.shape[-1]:
            raise damaged(self.request)
        return Page(planes, named, 8 * planes.itemsize, self._notes(turned))

    def _notes(self, turned: int) -> list[str]:
        if turned == UPRIGHT or self.stored:
            return []
        return [f"its EXIF orientation {turned} is not applied"]
