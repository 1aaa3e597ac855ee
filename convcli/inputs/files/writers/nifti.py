"""NIfTI volumes, by nibabel: an array (x, y, z), or (C, x, y, z) with its channels as fourth axis.

The affine matrix leads from a voxel to millimetres. An output of a convolution stands at the centre
of its window, in voxels of the input

    input voxel = output voxel*stride + (extent - 1)/2 - before

so the affine of the output is that of the input times this map. A transposed convolution has the
map turned round.
"""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.axis import Axis
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.writers.request import Origin, WriteRequest

SPATIAL, SPACE = 3, "XYZ"
LONGEST_AXIS = 2**15 - 1  # of the first version of the format
HEADER_2 = 540  # bytes of a header of the second version
EXACT = {"bool": "uint8", "float16": "float32", "longdouble": "float64"}
NARROW = ("int16", "int32")  # that every tool reads, before int64
WIDEST = 4  # bytes of an integer that every tool reads


def check(request: WriteRequest) -> None:
    """Raises ConvError where the array is no volume."""
    _volume(request)


def write(request: WriteRequest) -> list[bytes]:
    """The bytes of the file."""
    nibabel = optional_package("nibabel", request.parameter)
    volume, origin = _volume(request), request.origin
    volume = volume.astype(_stored_type(volume, origin))
    affine = _affine(request)
    header = None if origin.source is None else origin.source.header
    second = max(volume.shape) > LONGEST_AXIS or (
        header is not None and int(header["sizeof_hdr"]) == HEADER_2
    )
    kind = nibabel.Nifti2Image if second else nibabel.Nifti1Image
    image: Any = kind(volume, affine, header=header, dtype=volume.dtype)
    data: bytes = image.to_bytes()
    return [gzip.compress(data, mtime=0) if request.suffix.endswith(".gz") else data]


def _volume(request: WriteRequest) -> Array:
    """The array in the order of the file. Raises ConvError where it is no volume."""
    array, rank = request.array_in_order, request.origin.rank
    if rank != SPATIAL:
        if not 1 <= array.ndim <= SPATIAL or not array.size:
            raise request.wrong_shape("holds a volume, the result of a layer of 3 axes")
        return array
    if array.ndim < SPATIAL or array.ndim > SPATIAL + 2 or not array.size:
        raise request.wrong_shape("needs XxYxZ or CxXxYxZ")
    batch = array.shape[: array.ndim - SPATIAL]
    many = [size for size in batch if size > 1]
    if len(many) > 1:
        rule = "has one axis beside X, Y and Z, and there are {0} examples of {1} channels"
        raise request.wrong_shape(rule.format(*batch), "Write an .npy file.")
    was_longer = len((request.origin.source and request.origin.source.axes) or "") > SPATIAL
    volume = array.reshape(*many, *array.shape[-SPATIAL:])
    if many:
        return np.moveaxis(volume, 0, -1)
    return volume[..., None] if was_longer and array.ndim > SPATIAL else volume


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


def _affine(request: WriteRequest) -> Array:
    origin, source = request.origin, request.origin.source
    is_space = origin.rank == SPATIAL and (source is None or (source.axes or SPACE).endswith(SPACE))
    if source is None or source.affine is None or not is_space or not origin.axes:
        request.say(
            "the file has no position in space: its affine is the identity, 1 mm a voxel"
            + ("" if source and source.affine is not None else "; that of a NIfTI input is kept")
        )
        return np.eye(SPATIAL + 1)
    steps = affine_of_windows(origin.axes, origin.transposed)
    if (steps == np.eye(SPATIAL + 1)).all():
        return source.affine
    affine: Array = source.affine @ steps
    sizes = ["x".join(f"{size:.6g}" for size in _voxel_sizes(a)) for a in (source.affine, affine)]
    request.say(
        f"the affine follows the layer: voxels of {sizes[0]} mm are {sizes[1]} mm,"
        " and each stands at the centre of its window"
    )
    return affine


def affine_of_windows(axes: tuple[Axis, ...], transposed: bool) -> Array:
    """The 4x4 matrix from voxels of the output to voxels of the input.

    >>> affine_of_windows((Axis(3, stride=2),) * 3, transposed=False)[0].tolist()
    [2.0, 0.0, 0.0, 1.0]
    """
    steps = np.diag([*(float(axis.stride) for axis in axes), 1.0])
    for number, axis in enumerate(axes):
        steps[number, -1] = (axis.extent - 1) / 2 - axis.pad.before
    return np.linalg.inv(steps) if transposed else steps


def _voxel_sizes(affine: Array) -> list[float]:
    return [float(np.linalg.norm(affine[:SPATIAL, number])) for number in range(SPATIAL)]
