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
LONGEST_STEP = 1e30  # which a stride multiplies, in float32


def check(request: WriteRequest) -> None:
    """Raises ConvError where the array is no volume."""
    arrangement(request)


def write(request: WriteRequest) -> list[bytes]:
    """The bytes of the file."""
    with np.errstate(all="ignore"):  # a damaged header may hold any number
        data = _bytes_of(request)
    return [gzip.compress(data, mtime=0) if request.suffix.endswith(".gz") else data]


def _bytes_of(request: WriteRequest) -> bytes:
    nibabel = optional_package("nibabel", request.parameter)
    arranged, origin = arrangement(request), request.origin
    volume = arranged.volume.astype(_stored_type(arranged.volume, origin))
    header = None if origin.source is None else origin.source.header
    second = max(volume.shape) > LONGEST_AXIS or (
        header is not None and int(header["sizeof_hdr"]) == HEADER_2
    )
    kind = nibabel.Nifti2Image if second else nibabel.Nifti1Image
    affine, steps = _affine(request, arranged)
    is_place = steps is not None and _is_storable(kind.header_class(), affine)
    if is_place:
        _tell_of_windows(request, arranged, affine)
    elif steps is not None:
        affine = _identity(request, "the affine of the input leads to no places in space")
    image: Any = kind(volume, affine, header=header, dtype=volume.dtype)
    if header is not None:
        _keep_header(request, image, arranged, steps, is_place=is_place)
    data: bytes = image.to_bytes()
    return data


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
        return _identity(request, "the file has no position in space"), None
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
    return source.affine @ steps, steps


def _tell_of_windows(request: WriteRequest, arranged: Arrangement, affine: Array) -> None:
    """Say what the layer does to the size of the voxels."""
    source: Any = request.origin.source
    layer = affine_of_windows(request.origin.axes, request.origin.transposed, arranged.spatial)
    if (layer != np.eye(SPACE + 1)).any():
        unit = SHORT_UNITS.get(_units(source.header)[0], "mm")
        sizes = [
            "x".join(f"{size:.6g}" for size in _voxel_sizes(a)) for a in (source.affine, affine)
        ]
        request.say(
            f"the affine follows the layer: voxels of {sizes[0]} {unit} are {sizes[1]} {unit},"
            " and each stands at the centre of its window"
        )


def _identity(request: WriteRequest, why: str) -> Array:
    """The affine of a file without a position."""
    request.say(f"{why}: its affine is the identity, 1 mm a voxel")
    return np.eye(SPACE + 1)


def _units(header: Any) -> tuple[str, str]:
    """Those of lengths and of time; unknown where the header has none that the format knows."""
    try:
        length, time = header.get_xyzt_units()
    except KeyError:
        return "unknown", "unknown"
    return str(length), str(time)


def _is_storable(header: Any, affine: Array) -> bool:
    """Whether a new header holds the affine as both of its matrices, in finite numbers."""
    try:
        header.set_sform(affine)
        header.set_qform(affine)
    except _unstorable():
        return False
    return bool(np.isfinite([header.get_sform(), header.get_qform()]).all())


def _unstorable() -> tuple[type[Exception], ...]:
    """What nibabel raises of matrices that no header holds."""
    from nibabel.spatialimages import HeaderDataError

    return HeaderDataError, ValueError, np.linalg.LinAlgError


def _keep_header(
    request: WriteRequest, image: Any, arranged: Arrangement, steps: Array | None, *, is_place: bool
) -> None:
    """What the header of the input says of space and time, as far as it holds for the result."""
    if not is_place:
        image.header.set_xyzt_units("mm", _units(image.header)[1])
    elif steps is not None:
        _keep_codes(request, image, steps)
    if steps is not None:
        _keep_time(request, image, arranged)


def _keep_codes(request: WriteRequest, image: Any, steps: Array) -> None:
    """The spaces that both matrices of the header lead to; nibabel would call them aligned."""
    source: Any = request.origin.source
    for name in ("sform", "qform"):
        keep = getattr(image.header, f"set_{name}")
        try:
            matrix, code = getattr(source.header, f"get_{name}")(coded=True)
        except _unstorable():
            is_usable = False
        else:
            placed = None if matrix is None else matrix @ steps
            is_usable = placed is None or _is_storable(type(image.header)(), placed)
            if placed is not None and is_usable:
                keep(placed, int(code))
        if not is_usable:
            request.say(f"the {name} of the input leads to no places in space: it is not kept")
            keep(image.affine, 0)


def _keep_time(request: WriteRequest, image: Any, arranged: Arrangement) -> None:
    """The steps of time and the axes behind it: those of the input, times the stride of the layer.

    Other axes than those of the input have a step of 1. Time begins at the first window.
    """
    origin, header = request.origin, image.header
    source: Any = origin.source
    before = _usable_steps(request, source.header)
    zooms, start = list(header.get_zooms()), float(source.picked.get(AXES[TIME], 0))
    if not all(0 <= size < np.inf for size in zooms[:SPACE]):
        zooms[:SPACE] = _voxel_sizes(image.affine)
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


def _usable_steps(request: WriteRequest, header: Any) -> list[float]:
    """The steps of the input's axes; behind space 1 where the header has none that is a length."""
    steps = [*map(float, header.get_zooms()), *[1.0] * len(AXES)]
    for place in range(SPACE, len(AXES)):
        if not 0 <= steps[place] <= LONGEST_STEP:
            request.say(
                f"the step of {steps[place]:.6g} on axis {AXES[place].lower()} of the input is"
                " no length: it is taken as 1"
            )
            steps[place] = 1.0
    return steps


def _voxel_sizes(affine: Array) -> list[float]:
    return [float(np.linalg.norm(affine[:SPACE, number])) for number in range(SPACE)]
