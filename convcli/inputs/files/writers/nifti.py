"""NIfTI volumes, by nibabel: an array (x, y, z), or (C, x, y, z) with its channels as fourth axis.

The affine matrix leads from a voxel to millimetres. An output of a convolution stands at the centre
of its window, in voxels of the input

    input voxel = output voxel*stride + (extent - 1)/2 - before

so the affine of the output is that of the input times this map. A transposed convolution has the
map turned round. A slice is a volume of one voxel on the axis that was left out, at its place.
"""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.writers.request import Origin, WriteRequest
from convcli.inputs.files.writers.volume_axes import (
    AXES,
    SPACE,
    Arrangement,
    affine_of_windows,
    arrangement,
    offset_of,
)

LONGEST_AXIS = 2**15 - 1  # of the first version of the format
HEADER_2 = 540  # bytes of a header of the second version
EXACT = {"bool": "uint8", "float16": "float32", "longdouble": "float64"}
NARROW = ("int16", "int32")  # that every tool reads, before int64
WIDEST = 4  # bytes of an integer that every tool reads
SHORT_UNITS = {"meter": "m", "mm": "mm", "micron": "um"}
TIME = 3  # the axis of the file


def check(request: WriteRequest) -> None:
    """Raises ConvError where the array is no volume."""
    arrangement(request)


def write(request: WriteRequest) -> list[bytes]:
    """The bytes of the file."""
    nibabel = optional_package("nibabel", request.parameter)
    arranged, origin = arrangement(request), request.origin
    volume = arranged.volume.astype(_stored_type(arranged.volume, origin))
    header = None if origin.source is None else origin.source.header
    second = max(volume.shape) > LONGEST_AXIS or (
        header is not None and int(header["sizeof_hdr"]) == HEADER_2
    )
    kind = nibabel.Nifti2Image if second else nibabel.Nifti1Image
    affine, steps = _affine(request, arranged)
    image: Any = kind(volume, affine, header=header, dtype=volume.dtype)
    if header is not None and steps is not None:
        _keep_codes(image, header, steps)
        _keep_time(request, image, arranged)
    data: bytes = image.to_bytes()
    return [gzip.compress(data, mtime=0) if request.suffix.endswith(".gz") else data]


def _stored_type(volume: Array, origin: Origin) -> str:
    """A type of the format that holds every number exactly; of integers that of the input first."""
    name = volume.dtype.name
    if volume.dtype.kind not in "iu":
        return str(EXACT.get(name, name))
    header = None if origin.source is None else origin.source.header
    first = [] if header is None else [header.get_data_dtype().name]
    if volume.itemsize <= WIDEST:
        first.append(name)
    lowest, highest = int(volume.min()), int(volume.max())
    for wanted in map(str, (*first, *NARROW)):
        if np.dtype(wanted).kind in "iu":
            info = np.iinfo(wanted)
            if info.min <= lowest and highest <= info.max:
                return wanted
    return str(name)


def _affine(request: WriteRequest, arranged: Arrangement) -> tuple[Array, Array | None]:
    """The affine of the file, and the steps from its voxels to those of the input's file."""
    origin, source = request.origin, request.origin.source
    if source is None or source.affine is None or not origin.axes:
        request.say("the file has no position in space: its affine is the identity, 1 mm a voxel")
        return np.eye(SPACE + 1), None
    layer = affine_of_windows(origin.axes, origin.transposed, arranged.spatial)
    steps = layer.copy()
    for letter, index in source.picked.items():
        if (place := AXES.index(letter)) < SPACE:
            steps[place, -1] = index
    mixed = AXES.find(source.roles.get("C", "-"))
    if 0 <= mixed < SPACE and arranged.beside.get("C") != mixed:
        steps[mixed, -1] = (source.header.get_data_shape()[mixed] - 1) / 2
        request.say(
            f"the layer mixes axis {AXES[mixed].lower()} of the input, which is its channels:"
            " the file stands at the middle of that axis"
        )
    affine: Array = source.affine @ steps
    if (layer != np.eye(SPACE + 1)).any():
        unit = _unit(source)
        sizes = [
            "x".join(f"{size:.6g}" for size in _voxel_sizes(a)) for a in (source.affine, affine)
        ]
        request.say(
            f"the affine follows the layer: voxels of {sizes[0]} {unit} are {sizes[1]} {unit},"
            " and each stands at the centre of its window"
        )
    return affine, steps


def _unit(source: SourceMetadata) -> str:
    """That of lengths, millimetres where the header has none."""
    return SHORT_UNITS.get(source.header.get_xyzt_units()[0], "mm")


def _keep_codes(image: Any, header: Any, steps: Array) -> None:
    """The spaces that both matrices of the header lead to; nibabel would call them aligned."""
    for matrix, code, keep in (
        (*header.get_sform(coded=True), image.header.set_sform),
        (*header.get_qform(coded=True), image.header.set_qform),
    ):
        if matrix is not None:
            keep(matrix @ steps, int(code))


def _keep_time(request: WriteRequest, image: Any, arranged: Arrangement) -> None:
    """The steps of time and the axes behind it: those of the input, times the stride of the layer.

    Other axes than those of the input have a step of 1. Time begins at the first window.
    """
    origin, header = request.origin, image.header
    source: Any = origin.source
    before = (*source.header.get_zooms(), *[1.0] * len(AXES))
    zooms, start = list(header.get_zooms()), float(source.picked.get(AXES[TIME], 0))
    layer = dict(zip(arranged.spatial, origin.axes, strict=True))
    for place in range(SPACE, len(zooms)):
        axis, zooms[place] = layer.get(place), 1.0
        if axis is not None:
            stride = 1 / axis.stride if origin.transposed else axis.stride
            zooms[place] = before[place] * stride
            if place == TIME:
                start = -offset_of(axis) * stride if origin.transposed else offset_of(axis)
        elif place == arranged.beside.get("N") or origin.channels_stay:
            zooms[place] = before[place]
        elif source.roles.get("C") == AXES[place] and before[place] not in (0, 1):
            request.say(
                f"the layer mixes axis {AXES[place].lower()} of the input, which is its channels:"
                f" the step of {before[place]:.6g} on that axis is not kept"
            )
    header.set_zooms(zooms)
    if start:
        header["toffset"] = float(source.header["toffset"]) + start * float(before[TIME])


def _voxel_sizes(affine: Array) -> list[float]:
    return [float(np.linalg.norm(affine[:SPACE, number])) for number in range(SPACE)]
