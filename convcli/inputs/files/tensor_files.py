"""Tensors of .safetensors files, read by the package of the format."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
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
    require_regular,
)
from convcli.inputs.files.boundary import library
from convcli.inputs.files.members import chosen_member
from convcli.inputs.files.packages import optional_package
from convcli.inputs.files.request import ArrayRequest
from convcli.inputs.files.small_floats import BFLOAT16, STORED, widened

NUMERIC_KINDS = "biufc"
LENGTH = 8  # bytes of the header's length at the beginning of a .safetensors file
SMALL_FLOATS = {  # the types of the format that NumPy lacks, as ml_dtypes names them
    "BF16": BFLOAT16, "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
    "F8_E8M0": "float8_e8m0fnu", "F8_E4M3FNUZ": "float8_e4m3fnuz",
    "F8_E5M2FNUZ": "float8_e5m2fnuz",
}  # fmt: skip


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
    chosen = chosen_member(request, members, partial(_shape, file), kind="tensors")
    with library(refuse("holds a tensor that is damaged"), native=True):
        about = file.get_slice(chosen)
        shape, type_ = about.get_shape(), str(about.get_dtype())
    admit(prod(shape) * BYTES_OF_NUMBER)
    data = _bytes_of(request, length, chosen)
    if type_ in SMALL_FLOATS:
        with library(refuse("holds a tensor that is damaged")):
            bits = np.frombuffer(data, STORED[SMALL_FLOATS[type_]]).reshape(shape)
        return widened(bits, SMALL_FLOATS[type_], name)
    rule = "holds a tensor of the type {type}, which NumPy does not have"
    with library(refuse(rule, fields={"type": type_}), native=True):
        from safetensors.numpy import load

        about = {"dtype": type_, "shape": shape, "data_offsets": [0, len(data)]}
        header = json.dumps({"tensor": about}).encode()
        array = load(b"".join((len(header).to_bytes(LENGTH, "little"), header, data)))["tensor"]
    return numeric(array, name)


def _shape(file: Any, member: str) -> Sequence[int] | None:
    """The shape of a tensor; None where it cannot be told."""
    try:
        with library(ConvError("safetensors.format", "is damaged", kind="data"), native=True):
            shape: Sequence[int] = file.get_slice(member).get_shape()
            return shape
    except ConvError:
        return None


def _bytes_of(request: ArrayRequest, length: int, member: str) -> bytes:
    """The bytes of a tensor, whose place the header says; safetensors has checked the header.

    safetensors itself reads them from mapped memory, where the system ends the process if another
    program shortens the file meanwhile. Raises ConvError where it was changed.
    """
    refusal = request.refusal("safetensors.format", "was changed while it was read")
    with open(request.path, "rb") as stream:
        stream.seek(LENGTH)
        with library(refusal):
            first, last = json.loads(stream.read(length))[member]["data_offsets"]
            stream.seek(LENGTH + length + first)
            data = stream.read(last - first)
    if len(data) != last - first:
        raise refusal
    return data


def numeric(array: Array, name: str) -> Array:
    """The array in native byte order. Raises ConvError where it holds no numbers."""
    if array.dtype.kind not in NUMERIC_KINDS:
        rule = "holds no numbers; integers, floats and complex numbers can be read"
        raise ConvError("array.dtype", rule, parameter=name, kind="data")
    return array.astype(array.dtype.newbyteorder("="), copy=False)
