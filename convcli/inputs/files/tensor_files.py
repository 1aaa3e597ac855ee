"""Tensors of .safetensors files and NIfTI volumes, each read by its own package."""

from __future__ import annotations

import gzip
import os
from functools import partial
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.admission import (
    BYTES_OF_HEADER,
    BYTES_OF_NUMBER,
    CHUNK,
    VOLUME_COPIES,
    Metered,
    require_regular,
)
from convcli.inputs.files.boundary import library
from convcli.inputs.files.members import chosen_member
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.request import ArrayRequest

NUMERIC_KINDS = "biufc"
LENGTH = 8  # bytes of the header's length at the beginning of a .safetensors file
SIZES = {348: "Nifti1Image", 540: "Nifti2Image"}  # of a header, and the class that reads it
SIZE = 4  # bytes of a NIfTI header's size at its beginning
GZIP_MAGIC = b"\x1f\x8b"


def read_safetensors(request: ArrayRequest) -> Array:
    """The tensor `member` of a .safetensors file, or its only tensor.

    Raises ConvError of kind "data", or of kind "package" without safetensors.
    """
    path, name, admit = request.path, request.name, request.admit
    require_regular(path, name)
    safetensors = optional_package("safetensors", name)
    with open(path, "rb") as stream:
        length = int.from_bytes(stream.read(LENGTH), "little")
        size = os.fstat(stream.fileno()).st_size
    refuse = partial(ConvError, "safetensors.format", parameter=name, kind="data")
    if length > size - LENGTH:
        rule = "is damaged, or no .safetensors file: it is shorter than its header"
        raise refuse(rule)
    if length > CHUNK:
        admit(length * BYTES_OF_HEADER)
    with library(refuse("is damaged, or no .safetensors file"), native=True):
        file = safetensors.safe_open(path, framework="numpy").__enter__()
        members = list(file.keys())
    chosen = chosen_member(members, request.member, name, path)
    rule = "holds a tensor that is damaged, or of a type that NumPy does not have"
    with library(refuse(rule), native=True):
        admit(prod(file.get_slice(chosen).get_shape()) * BYTES_OF_NUMBER)
        array = np.asarray(file.get_tensor(chosen))
    return numeric(array, name)


def read_nifti(request: ArrayRequest) -> Array:
    """The volume of a .nii or .nii.gz file, its axes in the order of the file.

    Integers stay integers where the file has no scale. Raises ConvError of kind "data", or of kind
    "package" without nibabel.
    """
    path, name, admit = request.path, request.name, request.admit
    require_regular(path, name)
    nibabel = optional_package("nibabel", name)
    rule = "is damaged, or no NIfTI volume"
    refuse = partial(ConvError, "nifti.format", parameter=name, kind="data")
    with open(path, "rb") as raw:
        packed = raw.read(len(GZIP_MAGIC)) == GZIP_MAGIC
        raw.seek(0)
        stream: Any = gzip.GzipFile(fileobj=raw) if packed else raw
        metered = Metered(stream, admit)
        with library(refuse(f"{rule}: its beginning cannot be read")):
            first = metered.read(SIZE)
            metered.seek(0)
        sizes = {int.from_bytes(first, "little"), int.from_bytes(first, "big")} & SIZES.keys()
        if not sizes:
            raise refuse(f"{rule}: it has no header")
        kind = getattr(nibabel, SIZES[sizes.pop()])
        with library(refuse(rule)):
            image = kind.from_file_map(kind.make_file_map({"image": metered}), mmap=False)
            stored = prod(map(int, image.shape)) * BYTES_OF_NUMBER
            admit(VOLUME_COPIES * stored)
            array = np.ascontiguousarray(image.dataobj)
        return numeric(array, name)


def numeric(array: Array, name: str) -> Array:
    """The array in native byte order. Raises ConvError where it holds no numbers."""
    if array.dtype.kind not in NUMERIC_KINDS:
        rule = "holds no numbers; integers, floats and complex numbers can be read"
        raise ConvError("array.dtype", rule, parameter=name, kind="data")
    return array.astype(array.dtype.newbyteorder("="), copy=False)
