"""The .npy format: numeric arrays, read strictly from any stream and written in chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from math import prod
from typing import IO, Any, NoReturn
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.lib import format as npy_format

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import INT64_MAX
from convcli.errors import ConvError
from convcli.inputs.files.admission import Admit, admit_all
from convcli.inputs.files.request import ArrayRequest

CHUNK = 2**24  # bytes
MOST_AXES = 32  # of an array in every version of NumPy
LONGEST_HEADER = 65536  # bytes; the header of a numeric array has about 120
LENGTH_BYTES = {1: 2, 2: 4, 3: 4}  # of the header's length, by the version of the format
NUMERIC_KINDS = "biufc"
LONGEST_SHAPE = 80  # characters of a shape in an error


def read_npy_file(request: ArrayRequest) -> Array:
    """The array of an .npy file. Raises ConvError of kind "data" where it is damaged."""
    with request.open() as stream:
        return read_npy(stream, request.name, admit=request.admit)


def read_npy(
    stream: IO[bytes], name: str, *, alone: bool = True, admit: Admit = admit_all
) -> Array:
    """The array that begins at the stream's position; with `alone` nothing may follow it.

    Big-endian and Fortran-ordered arrays are returned in native order and C order. `admit` is
    called, before anything is allocated, with the bytes that the header declares. Raises ConvError
    of kind "data" where the stream holds no such array, and what `admit` raises.
    """
    dtype, fortran, shape = read_npy_header(stream, name)
    admit(prod(shape) * dtype.itemsize)
    array = np.empty(shape, dtype)
    view = memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
    numbers = f"{prod(shape)} numbers of type {dtype}"
    filled = 0
    while filled < len(view):
        count = stream.readinto(view[filled : filled + CHUNK])  # type: ignore[attr-defined]
        if not count:
            _fail(name, f"ends early: {numbers} need {len(view)} bytes, but {filled} follow")
        filled += count
    if alone and stream.read(1):
        _fail(name, f"is too long: data follows the {len(view)} bytes of {numbers}")
    if fortran:
        array = np.ascontiguousarray(array.reshape(shape[::-1]).T)
    return array.astype(dtype.newbyteorder("="), copy=False)


def read_npy_header(stream: IO[bytes], name: str) -> tuple[np.dtype[Any], bool, tuple[int, ...]]:
    """The stored number type, whether the order is Fortran's, and the shape.

    The stream is then at the first number. Raises ConvError of kind "data" where there is no header
    of a numeric array.
    """
    lead = stream.read(npy_format.MAGIC_LEN)
    magic = lead[: len(npy_format.MAGIC_PREFIX)]
    if not lead:
        _fail(name, "is empty")
    if not npy_format.MAGIC_PREFIX.startswith(magic):
        _fail(name, "is not an .npy file: it does not begin with \\x93NUMPY")
    major = lead[-2] if len(lead) == npy_format.MAGIC_LEN else 1
    if major not in LENGTH_BYTES:
        _fail(name, f"has the .npy version {major}; versions 1 to 3 are supported")
    lead += stream.read(LENGTH_BYTES[major])
    complete = npy_format.MAGIC_LEN + LENGTH_BYTES[major]
    length = int.from_bytes(lead[npy_format.MAGIC_LEN :], "little")
    if len(lead) == complete and length > LONGEST_HEADER:
        _fail(name, f"declares a header of {length} bytes; at most {LONGEST_HEADER} are read")
    header = lead + stream.read(length)
    if len(lead) < complete or len(header) < complete + length:
        _fail(name, f"ends within its header, after {len(header)} bytes")
    return _parse_header(header, name)


def _kind_of(dtype: np.dtype[Any]) -> str:
    """What an array of this type holds, in words."""
    if dtype.names is not None:
        return "records with the fields {names}"
    if dtype.kind == "V":
        size = f"{dtype.itemsize} byte{'' if dtype.itemsize == 1 else 's'}"
        guess = {1: ", perhaps float8", 2: ", perhaps bfloat16"}.get(dtype.itemsize, "")
        return f"numbers of {size} whose type NumPy does not know{guess}"
    return str(dtype)


def _parse_header(header: bytes, name: str) -> tuple[np.dtype[Any], bool, tuple[int, ...]]:
    whole = BytesIO(header)
    try:
        with catch_warnings():
            simplefilter("ignore")  # NumPy warns of headers that Python 2 wrote
            major, _ = npy_format.read_magic(whole)
            # Version 3 differs in the names of fields alone, which no numeric array has.
            read = (
                npy_format.read_array_header_1_0 if major == 1 else npy_format.read_array_header_2_0
            )
            shape, fortran, dtype = read(whole, max_header_size=LONGEST_HEADER)
    except Exception:  # NumPy parses the text of the header, and raises what that raises
        _fail(name, "has a damaged header")
    if dtype.kind not in NUMERIC_KINDS:
        what = _kind_of(dtype)
        rule = f"holds {what}; integers, floats and complex numbers can be read"
        fields = {"names": ", ".join(dtype.names or ())}
        raise ConvError("npy.format", rule, parameter=name, fields=fields, kind="data")
    if not all(type(size) is int and size >= 0 for size in shape):
        _fail(name, f"declares the shape {str(shape)[:LONGEST_SHAPE]}")
    if len(shape) > MOST_AXES or prod(max(size, 1) for size in shape) * dtype.itemsize > INT64_MAX:
        _fail(name, f"declares the shape {str(shape)[:LONGEST_SHAPE]}")
    return dtype, fortran, shape


def _fail(name: str, rule: str) -> NoReturn:
    raise ConvError("npy.format", rule, parameter=name, kind="data")


def npz_bytes(arrays: dict[str, Array]) -> bytes:
    """A .npz file of these arrays, the same bytes for the same arrays."""
    import zipfile

    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            archive.writestr(
                zipfile.ZipInfo(f"{name}.npy"),
                b"".join(bytes(chunk) for chunk in npy_chunks(array)),
            )
    return buffer.getvalue()


def csr_arrays(matrix: Any) -> dict[str, Array]:
    """A sparse matrix in compressed rows as the arrays that scipy.sparse.load_npz reads in .npz.

    `matrix` has `data`, `indices`, `indptr` and `shape`, as scipy.sparse.csr_array has.
    """
    return {
        "indices": matrix.indices,
        "indptr": matrix.indptr,
        "format": np.array(b"csr"),
        "shape": np.array(matrix.shape),
        "data": matrix.data,
    }


def npy_chunks(array: Array) -> Iterator[bytes | memoryview]:
    """The bytes of a version 1.0 .npy file: the header, then the numbers in C order."""
    contiguous = np.ascontiguousarray(array).reshape(array.shape)
    yield npy_header(contiguous.shape, contiguous.dtype)
    data = memoryview(contiguous.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
    for start in range(0, len(data), CHUNK):
        yield data[start : start + CHUNK]


def npy_header(shape: Sequence[int], dtype: np.dtype[Any]) -> bytes:
    """The version 1.0 header of an array in C order."""
    header = BytesIO()
    fields = {
        "descr": npy_format.dtype_to_descr(dtype),
        "fortran_order": False,
        "shape": tuple(shape),
    }
    npy_format.write_array_header_1_0(header, fields)
    return header.getvalue()
