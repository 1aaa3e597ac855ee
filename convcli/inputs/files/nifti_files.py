"""NIfTI volumes, read by nibabel: which axes are space, and what becomes of time and vectors."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from functools import partial
from math import isnan, prod
from typing import IO, Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.files.admission import (
    BYTES_OF_NUMBER,
    VOLUME_COPIES,
    Metered,
    require_regular,
)
from convcli.inputs.files.boundary import library
from convcli.inputs.files.formats import suffix_of
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.request import ArrayRequest
from convcli.inputs.files.tensor_files import numeric

SIZES = {348: "Nifti1Image", 540: "Nifti2Image"}  # of a header, and the class that reads it
SIZE = 4  # bytes of a NIfTI header's size at its beginning
GZIP_MAGIC = b"\x1f\x8b"
AXES = "xyztuvw"  # of the file: space, time, vectors
SPACE = 3
ROLES = {"channels": "C", "c": "C", "batch": "N", "n": "N"}
RULE = "is damaged, or no NIfTI volume"
_CHOICE = re.compile(r"(?P<axis>[a-z])=(?P<value>[a-z]+|[0-9]{1,9})", re.ASCII)

Choices = dict[str, int | str]  # of an axis: an index from 0, or C or N


def read_nifti(request: ArrayRequest) -> Array:
    """The volume of a .nii or .nii.gz file, its axes of space in the order of the file.

    A member decides about other axes: `t=3` is one volume, `t=channels` and `t=batch` make the
    axis C or N. Integers stay integers where the file has no scale. Raises ConvError of kind
    "data", also where an axis is left to decide about, or of kind "package" without nibabel.
    """
    require_regular(request.path, request.name)
    nibabel = optional_package("nibabel", request.name)
    choices = parse_choices(request)
    refuse = partial(request.refusal, "nifti.format")
    with open(request.path, "rb") as raw:
        image = _opened(request, nibabel, raw)
        with library(refuse(RULE)):
            shape = tuple(map(int, image.shape))
        choices = _decided(request, shape, choices)
        box = tuple(
            at if isinstance(at := choices.get(axis), int) else slice(None)
            for axis, _ in zip(AXES, shape, strict=False)
        )
        left = [size for size, part in zip(shape, box, strict=True) if isinstance(part, slice)]
        request.admit(VOLUME_COPIES * prod(left) * BYTES_OF_NUMBER)
        with library(refuse(RULE)):
            array = np.asarray(image.dataobj[box])
        if array.shape != tuple(left):
            raise refuse(f"{RULE}: its numbers do not fill {Shape(shape)}")
    _tell_of_scale(request, image)
    return _arranged(request, image, shape, choices, numeric(array, request.name))


def _opened(request: ArrayRequest, nibabel: Any, raw: IO[bytes]) -> Any:
    """The image of nibabel; its numbers are not read yet."""
    refuse = partial(request.refusal, "nifti.format")
    packed = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    raw.seek(0)
    stream: Any = gzip.GzipFile(fileobj=raw) if packed else raw
    metered = Metered(stream, request.admit)
    with library(refuse(f"{RULE}: its beginning cannot be read")):
        first = metered.read(SIZE)
        metered.seek(0)
    sizes = {int.from_bytes(first, "little"), int.from_bytes(first, "big")} & SIZES.keys()
    if not sizes:
        raise refuse(f"{RULE}: it has no header")
    kind = getattr(nibabel, SIZES[sizes.pop()])
    with library(refuse(RULE)):
        return kind.from_file_map(kind.make_file_map({"image": metered}), mmap=False)


def parse_choices(request: ArrayRequest) -> Choices:
    """`t=3,u=channels` as what becomes of each axis."""
    choices: Choices = {}
    for word in filter(None, re.split("[,:]", request.member.lower())):
        match = _CHOICE.fullmatch(word)
        role = match and ROLES.get(match["value"])
        is_index = match is not None and match["value"].isdecimal()
        if match is None or match["axis"] not in AXES or match["axis"] in choices:
            raise _no_choice(request)
        if not is_index and (role is None or role in choices.values()):
            raise _no_choice(request)
        choices[match["axis"]] = int(match["value"]) if is_index else str(role)
    return choices


def _no_choice(request: ArrayRequest) -> ConvError:
    rule = "takes axes behind the colon: t=3 (an index from 0), t=channels or t=batch"
    return request.refusal("nifti.member", rule, got=f"{request.path}:{request.member}")


def _decided(request: ArrayRequest, shape: Sequence[int], choices: Choices) -> Choices:
    """The choices, and index 0 for axes of size 1 that are too many.

    Raises ConvError where an axis does not exist, an index is too large, or where not as many axes
    of space are left as the layer has.
    """
    named = dict(zip(AXES, shape, strict=False))
    for axis, choice in choices.items():
        if axis not in named:
            raise _axis_error(request, named, f"has no axis {axis}")
        if isinstance(choice, int) and choice >= named[axis]:
            rule = f"has {named[axis]} entries on axis {axis}, numbered from 0"
            raise _axis_error(request, named, rule)
    decided = dict(choices)
    for axis in reversed(named):  # the last axes first: a volume may be stored with t=1
        if len(named) - len(decided) > request.rank and named[axis] == 1 and axis not in decided:
            decided[axis] = 0
    left = [axis for axis in named if axis not in decided]
    if len(left) > request.rank:
        rule = (
            f"has the axes {', '.join(named)} of {Shape(shape)}, and the layer has"
            f" {request.rank} of space; say what the others are"
        )
        axis = left[SPACE] if len(left) > SPACE else left[-1]
        hint = (
            f"Write {{before}}{axis}=0 for the first of {named[axis]}, {axis}=channels or"
            f" {axis}=batch."
        )
        before = f"{request.path}:{request.member}{',' if request.member else ''}"
        raise request.refusal("nifti.axes", rule, hint=hint, fields={"before": before})
    return decided


def _axis_error(request: ArrayRequest, named: dict[str, int], rule: str) -> ConvError:
    got = f"{request.path}:{request.member}"
    return request.refusal("nifti.member", f"{rule}: {Shape(named.values())}", got=got)


def _tell_of_scale(request: ArrayRequest, image: Any) -> None:
    slope, shift = (float(value) for value in (image.dataobj.slope, image.dataobj.inter))
    if not isnan(slope) and (slope, shift) != (1, 0):
        request.say(
            f"its numbers are scaled as its header says: {slope:.9g} x stored + {shift:.9g}"
        )


def _arranged(
    request: ArrayRequest, image: Any, shape: Sequence[int], choices: Choices, array: Array
) -> Array:
    """The array in the order N, C, space; what a writer needs is kept."""
    letters = [axis for axis in AXES[: len(shape)] if not isinstance(choices.get(axis), int)]
    roles = [str(choices.get(axis, axis.upper())) for axis in letters]
    order = sorted(range(len(roles)), key=lambda at: ("NC".find(roles[at]) % 3, at))
    axes = "".join(roles[at] for at in order)
    arranged = np.ascontiguousarray(array.transpose(order)).reshape(
        [array.shape[at] for at in order]
    )
    if axes.startswith("N") and "C" not in axes:
        arranged, axes = arranged[:, None], f"NC{axes[1:]}"
    named = {axis.upper(): choice for axis, choice in choices.items()}
    request.keep(
        SourceMetadata(
            suffix_of(request.path),
            affine=np.asarray(image.affine),
            header=image.header,
            axes=axes,
            roles={role: axis for axis, role in named.items() if isinstance(role, str)},
            picked={axis: index for axis, index in named.items() if isinstance(index, int)},
        )
    )
    return arranged
