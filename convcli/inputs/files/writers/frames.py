"""Arrays as pictures: (pages, channels, height, width)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.files.writers.request import WriteRequest

PAGES_HINT = "Write a .tif file, which has pages, or an .npy file."
COLOURS = (3, 4)  # channels of a .png file that are its colours
COLOURS_HINT = "Write a .png file, which has colours, or a .tif or .npy file."


def frames_of(request: WriteRequest, channels: Sequence[int], *, pages: bool) -> Array:
    """The array as pages of so many channels; examples of a batch and depths are pages.

    With `pages` channels that are too many for one picture become pages too. Raises ConvError for
    another shape, and for complex numbers.
    """
    array, rank = request.array_in_order, request.origin.rank
    if array.dtype.kind == "c":
        raise request.wrong_type("holds real numbers")
    if array.ndim < 2 or array.ndim > rank + 2 or not array.size:
        raise _refusal(request, f"needs HxW, or CxHxW with {_listed(channels)} channels")
    full = _full(array, rank)
    if full.shape[0] > 1 and not pages:
        rule = f"holds one picture, and there are {full.shape[0]}"
        raise _refusal(request, rule, PAGES_HINT)
    if full.shape[1] in channels:
        return full
    if not pages:
        noun = "channel" if list(channels) == [1] else "channels"
        there = "is" if full.shape[1] == 1 else "are"
        rule = f"has {_listed(channels)} {noun}, and there {there} {full.shape[1]}"
        hint = COLOURS_HINT if full.shape[1] in COLOURS else PAGES_HINT
        raise _refusal(request, rule, hint)
    return full.reshape(-1, 1, *full.shape[2:])


def _refusal(request: WriteRequest, rule: str, hint: str | None = None) -> ConvError:
    got = Shape(request.array.shape)
    return request.refusal("image.shape", f"a {request.suffix} file {rule}", got=got, hint=hint)


def _full(array: Array, rank: int) -> Array:
    """(pages, C, H, W) of (H, W), (C, H, W), (N, C, H, W); of volumes the depth is a page.

    A layer of one axis has rows of channels: (C, L) is a picture.
    """
    if rank == 3 and array.ndim > 2:
        *batch, depth, height, width = array.shape
        batch = [1] * (2 - len(batch)) + batch
        whole = array.reshape(*batch, depth, height, width)
        return np.moveaxis(whole, 1, 2).reshape(-1, batch[1], height, width)
    if rank == 1:
        return array.reshape(-1, 1, *array.shape[-2:])
    return array.reshape((1,) * (4 - array.ndim) + array.shape)


def _listed(numbers: Sequence[int]) -> str:
    *most, last = map(str, numbers)
    return f"{', '.join(most)} or {last}" if most else last
