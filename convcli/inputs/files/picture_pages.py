"""Files of pictures: Pillow opens them, and finds their pages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import IO, Any, NamedTuple, Protocol

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.admission import Metered, admit_all
from convcli.inputs.files.boundary import library
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.page_axes import PageAxes, axes_of_pages
from convcli.inputs.files.request import ArrayRequest

FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP", "PPM")  # Pillow's others start programs
NAMES = ("PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP", "PGM", "PPM", "PBM", "PFM")
DESCRIPTION = 270  # a tag of TIFF
TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
UNHELD = (  # what Pillow says of a TIFF page whose samples none of its modes holds
    "unknown pixel mode",
    "unknown data organization",
    "Invalid value for samples per pixel",
)


class UnheldError(Exception):
    """Pillow has no mode for the samples of a page."""


class Page(NamedTuple):
    """(H, W, C), a letter for each channel, the bits of a sample, and what is to be told."""

    samples: Array
    letters: str
    bits: int
    notes: Sequence[str] = ()

    @property
    def brightest(self) -> int:
        """The sample that is white, or opaque."""
        return 1 if self.samples.dtype.kind == "f" else int(2**self.bits - 1)


class PictureFile(Protocol):
    """An open file of `count` pages, which `axes` order."""

    count: int
    axes: PageAxes

    def page(self, index: int) -> Page:
        """The page of an index from 0."""


class PillowFile:
    """A file that Pillow reads; with `stored` its samples are not converted.

    Raises ConvError of kind "data" where it is no picture, of kind "package" without pillow, and
    UnheldError where Pillow has no mode for its samples.
    """

    def __init__(self, request: ArrayRequest, stream: IO[bytes], stored: bool) -> None:
        self.request, self.stored = request, stored
        self.stream: Any = Metered(stream, request.admit)
        self._pillow: Any = pillow(request.name)
        self._image = self._opened()
        with self.explained():
            self.count = int(getattr(self._image, "n_frames", 1))
            tags = getattr(self._image, "tag_v2", {})
            described = str(tags.get(DESCRIPTION, "")) if self.count > 1 else ""
        self.axes = axes_of_pages(described, self.count, self.stream)

    def page(self, index: int) -> Page:
        """The page of an index. Raises as the class does, and what `admit` raises."""
        from convcli.inputs.files.picture_samples import page_of

        self._seek(self._image, index)
        return page_of(self, self._image, index)

    def undecoded(self, index: int) -> Any:
        """The page as a new picture of Pillow, which is not decoded yet."""
        image = self._opened()
        self._seek(image, index)
        return image

    @contextmanager
    def explained(self) -> Iterator[None]:
        """What Pillow raises becomes an error in our own words.

        Its own limit of pixels is lifted where `admit`, which is asked about every page, has one.
        """
        limit = self._pillow.MAX_IMAGE_PIXELS
        if self.request.admit is not admit_all:
            self._pillow.MAX_IMAGE_PIXELS = None
        try:
            with library(damaged(self.request), native=True):
                yield
        finally:
            self._pillow.MAX_IMAGE_PIXELS = limit

    def _opened(self) -> Any:
        with self.explained():
            self.stream.seek(0)
            magic = self.stream.read(len(TIFF_MAGIC[0]))
            self.stream.seek(0)
            try:
                return self._pillow.open(self.stream, formats=FORMATS)
            except self._pillow.UnidentifiedImageError:
                unheld = magic in TIFF_MAGIC and self._is_unheld()
        raise UnheldError if unheld else damaged(self.request)

    def _is_unheld(self) -> bool:
        """Whether a TIFF file is refused because of its samples alone."""
        from PIL.TiffImagePlugin import TiffImageFile

        self.stream.seek(0)
        try:
            TiffImageFile(self.stream)
        except SyntaxError as error:
            separate = isinstance(error.__cause__, IndexError)  # extra channels in planes
            return separate or str(error) in UNHELD
        return False

    def _seek(self, image: Any, index: int) -> None:
        unheld = False
        with self.explained():
            try:
                image.seek(index)
            except SyntaxError as error:
                unheld = str(error) in UNHELD
                if not unheld:
                    raise
        if unheld:
            raise UnheldError


def pillow(name: str) -> ModuleType:
    """Pillow's module of pictures. Raises ConvError of kind "package" where it is missing."""
    optional_package("PIL", name)
    return optional_package("PIL.Image", name)


def damaged(request: ArrayRequest) -> ConvError:
    """The error of a file that is no picture."""
    rule = f"is damaged, or no picture in one of the formats {', '.join(NAMES)}"
    return request.refusal("image.format", rule)
