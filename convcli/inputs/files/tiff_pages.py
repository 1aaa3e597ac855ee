"""TIFF pages whose samples Pillow has no mode for, through tifffile."""

from __future__ import annotations

import lzma
import zlib
from io import SEEK_END
from math import prod
from typing import IO, Any

import numpy as np

from convcli.inputs.files.boundary import library
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.page_axes import axes_of_pages
from convcli.inputs.files.picture_colors import color_notes
from convcli.inputs.files.picture_pages import Page, damaged
from convcli.inputs.files.request import ArrayRequest
from convcli.inputs.files.tensor_files import numeric

COPIES = 3
NOT_PACKED, DEFLATE, OLD_DEFLATE, PACKBITS, LZMA = 1, 8, 32946, 32773, 34925  # compressions
PACKBITS_RATIO = 64  # a run of 128 bytes takes 2
ORIENTATION, UPRIGHT, PROFILE = 274, 1, 34675  # tags, and a value
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
            self._stream = stream
            self._pages = tifffile.TiffFile(stream).pages
            self.count = len(self._pages)
            described = str(self._pages[0].description) if self.count > 1 else ""
        self.axes = axes_of_pages(described, self.count, stream)

    def page(self, index: int) -> Page:
        """The page of an index, with all its channels."""
        with library(damaged(self.request)):
            page: Any = self._pages[index]
            axes, photometric = str(page.axes), getattr(page.photometric, "name", "")
            extra = tuple(map(int, page.extrasamples))
            size, compression = int(page.nbytes), getattr(page.compression, "name", "")
            segment = prod(map(int, page.chunks)) * page.dtype.itemsize
            turned = page.tags.valueof(ORIENTATION, UPRIGHT)
            profile = page.tags.valueof(PROFILE)
        self.request.admit(COPIES * max(size, segment))
        self._require_segments_of(segment, page)
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
        if photometric not in letters and not self.stored:
            rule = f"has samples of the kind {photometric}, which are neither grey nor RGB"
            hint = "Write {path}:stored for what the file holds."
            fields = {"path": self.request.path}
            raise self.request.refusal("image.deep", rule, hint=hint, fields=fields)
        more = "".join("A" if kind in ALPHA else "X" for kind in extra)
        named = (letters.get(photometric, "") + more).ljust(planes.shape[-1], "X")
        if planes.ndim != 3 or not planes.size or len(named) != planes.shape[-1]:
            raise damaged(self.request)
        return Page(planes, named, 8 * planes.itemsize, self._notes(turned, profile))

    def _require_segments_of(self, size: int, page: Any) -> None:
        """Raises ConvError where a strip or tile is longer than the file, or than `size` unpacked.

        tifffile makes room for the bytes that the file names, and unpacks each as a whole.
        """
        with library(damaged(self.request)):
            packed = int(page.compression)
            counts = tuple(map(int, page.databytecounts))
            offsets = tuple(map(int, page.dataoffsets))
        if not all(0 <= count <= self._stream.seek(0, SEEK_END) for count in counts):
            raise damaged(self.request)
        if packed == PACKBITS:
            self.request.admit(PACKBITS_RATIO * max(counts, default=0))
        if packed in (NOT_PACKED, PACKBITS):
            return
        if packed not in (DEFLATE, OLD_DEFLATE, LZMA):
            kind = getattr(page.compression, "name", "").lower()
            rule = f"has samples that are packed by {kind}, which are not unpacked"
            raise self.request.refusal("image.deep", rule)
        for offset, count in zip(offsets, counts, strict=False):
            self.request.admit(count)
            with library(damaged(self.request)):
                self._stream.seek(offset)
                data = self._stream.read(count)
                unpacked: Any = lzma.LZMADecompressor() if packed == LZMA else zlib.decompressobj()
                length = len(unpacked.decompress(data, size + 1))
            if length > size:
                raise damaged(self.request)

    def _notes(self, turned: int, profile: bytes | None) -> list[str]:
        if self.stored:
            return []
        notes = list(color_notes({"icc_profile": profile}))
        if turned != UPRIGHT:
            notes.append(f"its EXIF orientation {turned} is not applied")
        return notes
