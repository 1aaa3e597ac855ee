"""Notes on shapes that are more likely in another order of axes than they are read in."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.geometry.shapes import Shape

SMALLEST_PICTURE = 16  # cells of an axis that is no axis of channels
CHANNELS_LAST = (1, 3, 4)  # channels of a picture
WIDEST_KERNEL = 11


def channels_last_note(shape: Sequence[int], rank: int) -> str | None:
    """The note on a shape that is more likely (*sizes, C) than torch's (C, *sizes), or None.

    The last axis has as many cells as a picture has channels, and the axis of channels is as long
    as the sizes of a picture: at least SMALLEST_PICTURE, and at most twice its neighbour.

    >>> channels_last_note((224, 224, 3), 2)
    '224x224x3 is read as CxHxW, with 224 channels; for HxWxC add --layout HWC'
    >>> channels_last_note((64, 56, 56), 2)
    """
    if rank == 1 or len(shape) <= rank:
        return None
    *sizes, last = shape[-rank - 1 :]
    high, wide = sorted(sizes[-2:])
    if last not in CHANNELS_LAST or high < SMALLEST_PICTURE or wide > 2 * high:
        return None
    if last == 1 and high != wide:
        return None
    from convcli.inputs.text.layouts import SPATIAL

    spatial = SPATIAL[rank][0]
    batch = "N" * (len(shape) > rank + 1)
    ours, torch = f"{batch}{spatial}C", f"{batch}C{spatial}"
    return (
        f"{Shape(shape)} is read as {'x'.join(torch)}, with {sizes[0]} channels; "
        f"for {'x'.join(ours)} add --layout {ours}"
    )


def channels_first_note(shape: Sequence[int], letters: str) -> str | None:
    """The note on a shape that is more likely torch's than in `letters`, channels last, or None.

    >>> channels_first_note((1, 3, 224, 224), "NHWC")
    '1x3x224x224 is read as NxHxWxC, with 224 channels; NCHW would be 1x224x224x3'
    """
    sizes = shape[-len(letters) + 1 :]
    if len(shape) < len(letters) - 1 or len(letters) < 4 or not letters.endswith("C"):
        return None
    channels, *spatial = sizes
    high, wide = sorted(spatial[-2:])
    if channels not in CHANNELS_LAST or high < SMALLEST_PICTURE or wide > 2 * high:
        return None
    read = letters[len(letters) - len(shape) :]
    torch = f"{'N' if len(shape) == len(letters) else ''}C{letters[1:-1]}"
    moved = Shape((*shape[: len(shape) - len(sizes)], *spatial, channels))
    return (
        f"{Shape(shape)} is read as {'x'.join(read)}, with {sizes[-1]} channels; "
        f"{torch} would be {moved}"
    )


def columns_note(shape: Sequence[int]) -> str | None:
    """The note on a table of several columns for a layer of one axis, or None.

    >>> columns_note((100, 2))
    '100x2 is read as CxL, with 100 channels; if the 2 columns are channels, add --layout LC'
    """
    if len(shape) != 2 or shape[0] <= shape[1]:
        return None
    read = f"{Shape(shape)} is read as CxL, with {shape[0]} channels"
    return f"{read}; if the {shape[1]} columns are channels, add --layout LC"


def kernel_first_note(shape: Sequence[int], channels: int, groups: int, rank: int) -> str | None:
    """The note on a weight that is more likely (*kernel, I, O) than torch's, or None.

    Its first axes are as long as a kernel's, and the next one is that of the channels, while the
    kernel in torch's order has one axis much longer than the others.

    >>> kernel_first_note((3, 3, 3, 64), 3, 1, 2)
    'W 3x3x3x64 is read as OxIxHxW, with a kernel of 3x64; for HxWxIxO add --layout HWIO'
    """
    if len(shape) != rank + 2:
        return None
    kernel, inside = shape[:rank], shape[rank]
    uneven = max(shape[2:]) > WIDEST_KERNEL and max(shape[2:]) > 2 * min(shape[2:])
    if max(kernel) > WIDEST_KERNEL or len(set(kernel)) > 1 or inside * groups != channels:
        return None
    if not uneven:
        return None
    from convcli.inputs.text.layouts import SPATIAL

    spatial = SPATIAL[rank][0]
    return (
        f"W {Shape(shape)} is read as {'x'.join('OI' + spatial)}, with a kernel of "
        f"{Shape(shape[2:])}; for {'x'.join(spatial + 'IO')} add --layout {spatial}IO"
    )
