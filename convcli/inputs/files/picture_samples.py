"""The samples of one page, as Pillow decodes them: none is cut in silence."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.admission import BYTES_OF_PIXEL
from convcli.inputs.files.boundary import library
from convcli.inputs.files.netpbm import netpbm_page
from convcli.inputs.files.picture_colors import color_notes, lab_as_rgb
from convcli.inputs.files.picture_pages import DESCRIPTION, Page, UnheldError, damaged

if TYPE_CHECKING:
    from convcli.inputs.files.picture_pages import PillowFile

ORIENTATION, UPRIGHT = 0x0112, 1  # a tag of EXIF
BITS, PHOTOMETRIC, PLANAR, COLORS, EXTRA, FORMAT = 258, 262, 284, 320, 338, 339  # tags of TIFF
WHITE_IS_ZERO, PALETTE, YCBCR, SEPARATE, PREMULTIPLIED, ALPHA = (
    0,
    3,
    6,
    2,
    1,
    2,
)  # their values
DEPTH = 32997
UNSIGNED, SIGNED = 1, 2  # of FORMAT
NUMBERS = ("I", "I;16", "I;16B", "I;16L", "F")  # modes of one channel with more than 8 bits
TARGETS = {  # Pillow's mode -> the mode that it is read as
    "1": "L", "P": "RGB", "RGBX": "RGB", "La": "LA", "PA": "RGBA", "RGBa": "RGBA", "CMYK": "RGB",
    "YCbCr": "RGB", "HSV": "RGB", "LAB": "RGB",
}  # fmt: skip
WITH_ALPHA = {"1": "LA", "L": "LA", "P": "RGBA", "RGB": "RGBA"}
STEPS = {"2": 85, "4": 17}  # between grey samples of so many bits, as Pillow reads them
OPAQUE_16 = 2**16 - 1
COPIES_OF_16_BITS = 3
# libtiff gives numbers in the order of bytes of the machine, which Pillow swaps once more.
LIBTIFF = {
    "I;16S": "I;16NS", "I;16BS": "I;16NS", "I;32S": "I;32NS", "I;32BS": "I;32NS", "I;32B": "I;32N",
    "F;32F": "F;32NF", "F;32BF": "F;32NF",
}  # fmt: skip
_IMAGEJ = re.compile(r"^ImageJ=.*\nimages=([0-9]{1,9})$", re.MULTILINE)
_DEEP = re.compile(r"(?P<channels>\w+);16(?P<order>[BLN])")
_SHALLOW = re.compile(r"L;(?P<bits>[24])I?R?")
OTHER_BYTE = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}


def page_of(file: PillowFile, image: Any, index: int) -> Page:
    """The page that `image` is at. Raises ConvError and UnheldError as PillowFile does."""
    return _Page(file, image, index).read()


class _Page:
    """A page that is not decoded yet."""

    def __init__(self, file: PillowFile, image: Any, index: int) -> None:
        self.file, self.request, self.image, self.index = file, file.request, image, index
        self.notes: list[str] = []
        self.is_tiff = image.format == "TIFF"
        self.mode: str = image.mode
        self.tags: Any = image.tag_v2 if self.is_tiff else {}
        self.bits = max(self.tags.get(BITS, ()), default=1 if self.is_tiff else 8)
        self.raw_modes = [_raw_mode(tile[3]) for tile in image.tile]
        deep = _DEEP.match(self.raw_modes[0]) if self.raw_modes else None
        self.deep = deep["channels"] if deep and self.mode not in NUMBERS else None

    def read(self) -> Page:
        copies = COPIES_OF_16_BITS if self.deep else 1
        self.request.admit(copies * self.image.width * self.image.height * BYTES_OF_PIXEL)
        if self.image.format == "PPM":
            page = netpbm_page(self.request, self.file.stream, self.image, self.file.stored)
            if page is not None:
                return page
        self._tell_of_tags()
        self._tell_of_orientation()
        self._tell_of_colors()
        if self.deep:
            samples, letters = self._of_16_bits(self.deep)
        else:
            with self.file.explained():
                if self.is_tiff:
                    _tell(self.image, lambda raw: LIBTIFF.get(raw, raw), "libtiff")
                self.image.load()
                samples, letters = self._stored() if self.file.stored else self._converted()
        planes = samples[..., None] if samples.ndim == 2 else samples
        bits = self.bits if planes.dtype == np.uint16 and self.bits > 8 else 8 * planes.itemsize
        return Page(planes, letters, bits, tuple(self.notes))

    def _tell_of_tags(self) -> None:
        """What Pillow changes or drops of a TIFF page. Raises UnheldError where it reads noise."""
        photometric = self.tags.get(PHOTOMETRIC)
        extra = self.tags.get(EXTRA, ())
        in_order = self.bits <= 8 and self.mode in ("RGB", "RGBA") and extra in ((), (ALPHA,))
        if self.tags.get(PLANAR) == SEPARATE and not in_order:
            raise UnheldError
        dropped = self.raw_modes[0].count("X") if self.raw_modes and photometric != YCBCR else 0
        if self.image.format == "BMP" and self.raw_modes[:1] == ["BGRX"]:
            self.notes.append("the fourth byte of each pixel, without a meaning in BMP, is dropped")
        if extra and dropped:
            self._change(f"{dropped} channel{'s' * (dropped > 1)} of no declared meaning dropped")
        if PREMULTIPLIED in extra:
            divided = "stay" if self.deep else "are divided by alpha, with which they are"
            self._change(f"its colours {divided} multiplied" + " by alpha" * bool(self.deep))
        colors = self.tags.get(COLORS, ()) if photometric == PALETTE else ()
        if any(color % 256 and color % 257 for color in colors):
            self._change("the 16 bits of its palette are cut to 8")
        if photometric == WHITE_IS_ZERO and not (self.file.stored or self.mode == "1"):
            inverted = "not inverted" if self.mode in NUMBERS else "inverted"
            self.notes.append(f"white is 0 in this file, and its numbers are {inverted}")
        if self.tags.get(DEPTH, 1) != 1:
            rule = "has pages of {count} planes each; pages of one plane are read"
            fields = {"count": str(self.tags[DEPTH])}
            raise self.request.refusal("image.deep", rule, fields=fields)
        counted = _IMAGEJ.search(str(self.tags.get(DESCRIPTION, "")))
        if counted and int(counted[1]) > self.file.count:
            pages = f"{counted[1]} images, and lists {self.file.count}"
            self.notes.append(f"the file says that it holds {pages}; the others are not read")

    def _tell_of_colors(self) -> None:
        """What the numbers mean where it is not plain grey or sRGB."""
        if self.mode == "LAB" and self.file.stored:
            self.notes.append("a and b have a sign in the file, and are read 128 larger")
        if self.file.stored:
            return
        if self.mode != "LAB":  # which is a profile of its own
            self.notes += color_notes(self.image.info)
        is_guess = self.is_tiff and self.mode == "RGBA" and not self.tags.get(EXTRA)
        if is_guess:
            self.notes.append("its fourth channel, of no declared meaning, is read as alpha")

    def _tell_of_orientation(self) -> None:
        if self.file.stored and not self.is_tiff:
            return
        try:
            with library(damaged(self.request)):
                orientation = self.image.getexif().get(ORIENTATION, UPRIGHT)
        except ConvError:  # of EXIF alone: the picture may be in order
            return
        if orientation != UPRIGHT and orientation in range(1, 9):
            self._change(f"turned upright, as its EXIF orientation {orientation} asks")

    def _change(self, text: str) -> None:
        """Tell of a change; the stored samples of a TIFF page are read by another library."""
        if self.file.stored and self.is_tiff:
            raise UnheldError
        self.notes.append(f"{text}; {self.request.path}:stored keeps what the file holds")

    def _upright(self, image: Any) -> Any:
        """The picture as viewers show it; those of TIFF files are turned by Pillow itself."""
        if self.file.stored or self.is_tiff:
            return image
        from PIL import ImageOps

        return ImageOps.exif_transpose(image)

    def _converted(self) -> tuple[Array, str]:
        """(H, W) or (H, W, C), and the letters of the channels."""
        image = self._upright(self.image)
        target = TARGETS.get(self.mode, self.mode)
        if image.has_transparency_data:
            target = WITH_ALPHA.get(self.mode, target)
        if self.mode in ("CMYK", "YCbCr"):
            self._change(f"{self.mode} is converted to RGB by pillow's rule, and rounded")
        if self.mode == "LAB":
            self._change("LAB is converted to sRGB, rounded and cut to what sRGB holds")
            image = lab_as_rgb(self.request, image)
        if self.mode == "La":
            self._change("its grey is divided by alpha, with which it is multiplied")
        transparent = self.image.info.get("transparency")
        if self._step() > 1 and isinstance(transparent, int):
            image.info["transparency"] = transparent * self._step()
        array = self._integers(image if target == image.mode else image.convert(target))
        if array.dtype == np.uint16 and isinstance(transparent, int):
            alpha = np.where(array == transparent, 0, OPAQUE_16).astype(np.uint16)
            return np.stack([array, alpha], axis=-1), "LA"
        return array, _letters(target)

    def _stored(self) -> tuple[Array, str]:
        samples = self._integers(self.image)
        samples = samples // self._step()
        if self.tags.get(PHOTOMETRIC) == WHITE_IS_ZERO and self.mode in ("1", "L"):
            samples = np.uint8(2 ** min(self.bits, 8) - 1) - samples
        return samples, _letters(self.mode)

    def _step(self) -> int:
        """How far apart Pillow puts the grey samples of a file, 1 where it keeps them."""
        shallow = _SHALLOW.fullmatch(self.raw_modes[0]) if self.raw_modes else None
        return STEPS[shallow["bits"]] if shallow else 1

    def _integers(self, image: Any) -> Array:
        """The samples in native order, with the sign and the size that the file declares."""
        samples: Array = np.asarray(image)
        samples = samples.astype(samples.dtype.newbyteorder("="), copy=False)
        if samples.dtype == bool:
            return samples.astype(np.uint8)
        if not self.is_tiff or samples.ndim > 2 or samples.dtype.kind == "f":
            return samples
        format_ = self.tags.get(FORMAT, (UNSIGNED,))[0]
        if format_ == UNSIGNED and samples.itemsize == 4:
            return samples.view(np.uint32)
        return samples.astype(f"int{self.bits}") if format_ == SIGNED else samples

    def _of_16_bits(self, channels: str) -> tuple[Array, str]:
        """(H, W, C) of 16 bits: Pillow decodes the upper bytes, then the lower ones.

        Its modes of colour have 8 bits a channel. Which byte it takes of 16 bits is decided by the
        byte order in the raw mode that it is told.
        """
        if self.index and not self.is_tiff:
            rule = "is animated with 16 bits per channel; its first page alone can be read"
            raise self.request.refusal("image.deep", rule)
        if channels == "CMYK" and not self.file.stored:
            rule = "has 16 bits per channel in CMYK, which is not converted to RGB"
            hint = "Write {path}:stored for the four channels."
            fields = {"path": self.request.path}
            raise self.request.refusal("image.deep", rule, hint=hint, fields=fields)
        if channels == "LA":  # both bytes of both channels
            both = self._decoded(lambda _: "RGBA").astype(np.uint16)
            samples = both[..., ::2] << 8 | both[..., 1::2]
        else:
            upper = self._decoded(lambda raw: raw.replace("a;", "A;"))
            lower = self._decoded(lambda raw: raw[:-1].replace("a;", "A;") + OTHER_BYTE[raw[-1]])
            samples = upper.astype(np.uint16) << 8 | lower
        letters = channels.upper().rstrip("X")
        transparent = self.image.info.get("transparency")
        if letters == "RGB" and isinstance(transparent, tuple) and not self.file.stored:
            opaque = (samples != np.array(transparent, np.uint16)).any(axis=-1, keepdims=True)
            alpha = np.where(opaque, OPAQUE_16, 0).astype(np.uint16)
            return np.concatenate([samples, alpha], axis=-1), "RGBA"
        return samples, letters

    def _decoded(self, raw_mode: Callable[[str], str]) -> Array:
        """(H, W, C) of the page, decoded by the raw mode that the function makes of the file's."""
        image = self.file.undecoded(self.index)
        with self.file.explained():
            _tell(image, raw_mode)
            image.load()
            return np.asarray(self._upright(image))


def _raw_mode(arguments: Any) -> str:
    """The raw mode in the arguments of a decoder of Pillow."""
    first = arguments if isinstance(arguments, str) else next(iter(arguments or ()), "")
    return str(first)


def _tell(image: Any, raw_mode: Callable[[str], str], decoder: str | None = None) -> None:
    """Let a picture be decoded by the raw modes that the function makes of the file's."""

    def told(tile: Any) -> Any:
        arguments = tile[3]
        if decoder not in (None, tile[0]):
            return tile
        if isinstance(arguments, str):
            return tile._replace(args=raw_mode(arguments))
        return tile._replace(args=(raw_mode(arguments[0]), *arguments[1:]))

    image.tile = [told(tile) for tile in image.tile]


def _letters(mode: str) -> str:
    return {"I": "L", "F": "L", "1": "L", "YCbCr": "YBR"}.get(mode.partition(";")[0], mode.upper())
