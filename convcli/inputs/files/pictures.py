"""Pictures of one page or several: `x.png`, `x.tif:3`, `x.gif:all`, `x.png:gray`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.files.admission import with_places
from convcli.inputs.files.formats import suffix_of
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.page_axes import CHANNELS as CHANNEL
from convcli.inputs.files.page_axes import PageAxes
from convcli.inputs.files.picture_pages import Page, PictureFile, PillowFile, UnheldError
from convcli.inputs.files.request import ArrayRequest

ALL, CHANNELS = "all", "channels"
STORED, GRAY, RGB = "stored", "gray", "rgb"
FORMS = {STORED: STORED, GRAY: GRAY, "grey": GRAY, RGB: RGB}
LUMA = (19595, 38470, 7471)  # of 65536: ITU-R 601, the numbers of Pillow
_PAGES = re.compile(r"(?P<first>[0-9]{1,9})(?:\.\.(?P<last>[0-9]{1,9}))?", re.ASCII)
_NAMES = {  # of the channels that a page may have, by its letters
    "L": "grey", "LA": "grey, alpha", "RGB": "red, green, blue", "RGBA": "red, green, blue, alpha",
}  # fmt: skip


class Choice(NamedTuple):
    """The pages that are read, counted from 1, and the form of their channels.

    `first` is None where no page is named; `last` is None for one page, 0 for the last one.
    `channels`: pages that are channels become C.
    """

    first: int | None = None
    last: int | None = None
    form: str | None = None
    channels: bool = False

    @property
    def is_stack(self) -> bool:
        return self.last is not None


def read_picture(request: ArrayRequest) -> Array:
    """The pixels of a page: (H, W) of a grey one, (C, H, W) of others, alpha as the last channel.

    Several pages are (N, C, H, W); for a layer of 3 spatial axes (D, H, W), or (C, D, H, W). 8 and
    16 bits stay as they are. Raises ConvError of kind "data" where the file is no picture or has no
    such page, of kind "package" without the package that reads it.
    """
    choice = parse_choice(request)
    with request.open() as raw:
        stream = with_places(raw, request.admit)
        try:
            file: PictureFile = PillowFile(request, stream, choice.form == STORED)
            pages, indices = _read_pages(request, choice, file)
        except UnheldError:
            from convcli.inputs.files.tiff_pages import TifffileFile

            file = TifffileFile(request, stream, choice.form == STORED)
            pages, indices = _read_pages(request, choice, file)
    for text in dict.fromkeys(note for page in pages for note in page.notes):
        request.say(text)
    array = _stacked(request, choice, pages, indices, file.axes)
    kind = array.dtype.kind
    bits = pages[0].bits if kind in "iu" else array.dtype.itemsize * 8
    request.keep(SourceMetadata(suffix_of(request.path), bits=bits, is_float=kind == "f"))
    return array


def _read_pages(
    request: ArrayRequest, choice: Choice, file: PictureFile
) -> tuple[list[Page], Sequence[int]]:
    """The pages that are chosen, and their indices."""
    count = file.count
    if choice.first is None and count > 1 and request.rank == 3:
        choice = Choice(1, 0, choice.form)
        request.say(f"all {count} pages are read, as the axis of depth")
    indices = _indices(request, choice, count)
    _check_channels(request, choice, file, indices)
    if choice.first is None and count > 1:
        path = request.path
        hint = f"{path}:2 reads another, {path}:{ALL} reads all, as a stack"
        request.say(f"page 1 of {count} is read; {hint}")
    pages: list[Page] = []
    for index in indices:
        if pages:
            request.admit(2 * (len(indices) - len(pages)) * pages[0].samples.nbytes)
        pages.append(_formed(request, choice.form, file.page(index)))
    _say_axes(request, choice, file, pages[0])
    return pages, indices


def _check_channels(
    request: ArrayRequest, choice: Choice, file: PictureFile, indices: Sequence[int]
) -> None:
    """Raises ConvError where no axis of the pages can become C."""
    if choice.channels and (CHANNEL not in file.axes.letters or len(indices) != file.count):
        rule = 'takes "channels" for all pages of a file that says which of them are channels'
        raise request.refusal("image.member", rule, got=f"{request.path}:{request.member}")


def _say_axes(request: ArrayRequest, choice: Choice, file: PictureFile, page: Page) -> None:
    """Which axes the pages have, where they are more than one or channels."""
    axes = file.axes
    if len(axes.sizes) < 2 and (CHANNEL not in axes.letters or choice.channels):
        return
    can_split = CHANNEL in axes.letters and page.samples.shape[-1] == 1 and not choice.channels
    advice = f"; {request.path}:{CHANNELS} reads the channels as C" if can_split else ""
    request.say(f"its {file.count} pages are {axes.text}{advice}")


def parse_choice(request: ArrayRequest) -> Choice:
    """`3`, `2..5`, `all`, `gray`, `rgb`, `stored`, or a page and a form: `3:gray`."""
    choice = Choice()
    for word in filter(None, re.split("[:,]", request.member)):
        pages = _PAGES.fullmatch(word)
        if word in FORMS and choice.form is None:
            choice = choice._replace(form=FORMS[word])
        elif word == ALL and choice.first is None:
            choice = choice._replace(first=1, last=0)
        elif word == CHANNELS and not choice.channels:
            choice = choice._replace(channels=True)
        elif pages and choice.first is None:
            last = None if pages["last"] is None else int(pages["last"])
            choice = choice._replace(first=int(pages["first"]), last=last)
        else:
            _refuse(request)
    if choice.channels and choice.first is None:
        choice = choice._replace(first=1, last=0)
    return choice


def _refuse(request: ArrayRequest) -> NoReturn:
    rule = (
        "takes a page (2), pages (2..5, all, channels) or a form (gray, rgb, stored) behind the"
        " colon"
    )
    raise request.refusal("image.member", rule, got=f"{request.path}:{request.member}")


def _indices(request: ArrayRequest, choice: Choice, count: int) -> Sequence[int]:
    first = choice.first or (0 if choice.first == 0 else 1)
    last = first if choice.last is None else choice.last or count
    if 1 <= first <= last <= count:
        return range(first - 1, last)
    has = "1 page" if count == 1 else f"{count} pages, numbered from 1"
    got = f"{request.path}:{request.member}"
    raise request.refusal("image.page", f"has {has}", got=got)


def _formed(request: ArrayRequest, form: str | None, page: Page) -> Page:
    """The page with its channels as they are asked for."""
    if form in (None, STORED):
        return page
    if page.letters not in _NAMES:
        rule = f"has channels that are no {form}"
        hint = "Write {path}:stored."
        raise request.refusal("image.form", rule, hint=hint, fields={"path": request.path})
    notes = list(page.notes)
    if page.letters.endswith("A") and (page.samples[..., -1] != page.brightest).any():
        notes.append("the alpha channel is dropped, and colours behind it are not mixed")
    samples = page.samples[..., : len(page.letters.rstrip("A"))]
    if form == RGB:
        samples = np.broadcast_to(samples, (*samples.shape[:2], 3))
    elif samples.shape[-1] == 3:
        notes.append("grey is 0.299 red + 0.587 green + 0.114 blue" + _rounded(samples))
        samples = _grey(samples)[..., None]
    return page._replace(samples=samples, letters="L" if form == GRAY else "RGB", notes=notes)


def _rounded(samples: Array) -> str:
    return ", rounded" if samples.dtype.kind in "iu" else ""


def _grey(samples: Array) -> Array:
    """(H, W) of (H, W, 3), rounded as Pillow rounds 8 bits."""
    if samples.dtype.kind == "f":
        mixed: Array = samples @ (np.array(LUMA) / 2**16).astype(samples.dtype)
        return mixed
    whole: Array = samples.astype(np.int64) @ np.array(LUMA)
    return ((whole + 2**15) >> 16).astype(samples.dtype)


def _stacked(
    request: ArrayRequest,
    choice: Choice,
    pages: Sequence[Page],
    indices: Sequence[int],
    axes: PageAxes,
) -> Array:
    """The pages as one array in the order of axes that layers take."""
    if len(pages) > 1:
        pages = _alike(request, pages, indices)
    planes = np.stack([np.moveaxis(page.samples, -1, 0) for page in pages])  # (N, C, H, W)
    if choice.channels:
        if planes.shape[1] > 1:
            rule = "has colours in each page, so that its pages cannot be channels too"
            raise request.refusal("image.pages", rule)
        planes = axes.split(planes)
        choice = choice._replace(last=0 if len(axes.sizes) > 1 else None)
    if request.rank == 3 and (choice.is_stack or len(pages) > 1):
        planes = np.moveaxis(planes, 0, 1)  # (C, D, H, W)
        return np.ascontiguousarray(planes[0] if len(planes) == 1 else planes)
    if not choice.is_stack:
        planes = planes[0]
        return np.ascontiguousarray(planes[0] if len(planes) == 1 else planes)
    single = request.rank == 1 and planes.shape[1] == 1
    return np.ascontiguousarray(planes[:, 0] if single else planes)


def _alike(request: ArrayRequest, pages: Sequence[Page], indices: Sequence[int]) -> list[Page]:
    """The pages of a stack with the same channels; colour and alpha are added where one has them.

    Raises ConvError where sizes or number types differ.
    """
    first = pages[0]
    for index, page in zip(indices, pages, strict=True):
        if (page.samples.shape[:2], page.samples.dtype) != (
            first.samples.shape[:2],
            first.samples.dtype,
        ):
            rule = f"has pages that differ: page {indices[0] + 1} is {_size(first)}, page"
            hint = "Name one page: {path}:1."
            fields = {"path": request.path}
            rule = f"{rule} {index + 1} is {_size(page)}"
            raise request.refusal("image.pages", rule, hint=hint, fields=fields)
    letters = {page.letters for page in pages}
    if len(letters) == 1:
        return list(pages)
    if not letters <= _NAMES.keys():
        rule = f"has pages with different channels: {', '.join(sorted(letters))}"
        raise request.refusal("image.pages", rule)
    colour = any("RGB" in each for each in letters)
    alpha = any("A" in each for each in letters)
    return [_widened(page, colour, alpha) for page in pages]


def _size(page: Page) -> str:
    height, width = page.samples.shape[:2]
    return f"{height}x{width} of {page.samples.dtype}"


def _widened(page: Page, colour: bool, alpha: bool) -> Page:
    """The page with three colours, and with alpha: opaque where it had none."""
    has_alpha = page.letters.endswith("A")
    colours = page.samples[..., :-1] if has_alpha else page.samples
    if colour:
        colours = np.broadcast_to(colours, (*colours.shape[:2], 3))
    parts = [colours]
    if alpha:
        opaque = np.full((*colours.shape[:2], 1), page.brightest, colours.dtype)
        parts.append(page.samples[..., -1:] if has_alpha else opaque)
    letters = ("RGB" if colour else "L") + "A" * alpha
    return page._replace(samples=np.concatenate(parts, axis=-1), letters=letters)
