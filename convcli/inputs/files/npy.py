"""The .npy format: read strictly from any stream, a pipe included, numeric types only; written in chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from math import prod
from typing import IO, Any, NoReturn

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from convcli.errors import ConvError

Admit = Callable[[int], None]  # raises where so many bytes are too many

CHUNK = 2**24  # bytes
MOST_AXES = 32  # that every NumPy holds
LONGEST_HEADER = 65536  # bytes; a numeric array's header is about 120


def read_npy(
    stream: IO[bytes], name: str, *, alone: bool = True, admit: Admit | None = None
) -> NDArray[Any]:
    """The array that begins at the stream's position; with `alone` nothing may follow it.

    Big-endian and Fortran-ordered arrays come back in native order and C order. `admit` is asked, before anything is
    allocated, about the bytes that the header speaks of. Raises ConvError naming the fault, and what `admit` raises.
    """
    dtype, fortran, shape = read_npy_header(stream, name)
    if admit is not None:
        admit(prod(shape) * dtype.itemsize)
    array = np.empty(shape, dtype)
    view = memoryview(array.reshape(-1).view(np.uint8))  # type: ignore[arg-type]
    filled = 0
    while filled < len(view):
        count = stream.readinto(view[filled:])  # type: ignore[attr-defined]
        if not count:
            _fail(
                name,
                f"ends early: {prod(shape)} numbers of {dtype} need {len(view)} bytes, and {filled} are there",
            )
        filled += count
    if alone and stream.read(1):
        _fail(name, f"goes on after the {len(view)} bytes of its {prod(shape)} numbers of {dtype}")
    if fortran:
        array = np.ascontiguousarray(array.reshape(shape[::-1]).T)
    return array.astype(dtype.newbyteorder("="), copy=False)


def read_npy_header(stream: IO[bytes], name: str) -> tuple[np.dtype[Any], bool, tuple[int, ...]]:
    """The number type as stored, whether the order is Fortran's, and the shape; the stream then stands at the data."""
    magic = stream.read(8)
    if magic[:6] != npy_format.MAGIC_PREFIX:
        _fail(
            name, "is empty" if not magic else "is no .npy file: it does not begin with \\x93NUMPY"
        )
    major, length_bytes = (
        magic[6] if len(magic) == 8 else 0,
        2 if len(magic) == 8 and magic[6] == 1 else 4,
    )
    if major not in (1, 2, 3):
        _fail(name, f"has the .npy version {major}, and 1 to 3 are known")
    length_field = stream.read(length_bytes)
    length = int.from_bytes(length_field, "little")
    if len(length_field) < length_bytes or length > LONGEST_HEADER:
        _fail(name, f"has a header of {length} bytes, and {LONGEST_HEADER} are the most")
    header = stream.read(length)
    if len(header) < length:
        _fail(name, f"ends within its header, after {len(header)} of {length} bytes")
    return _parse_header(header, "utf-8" if major == 3 else "latin-1", name)


def _parse_header(
    header: bytes, encoding: str, name: str
) -> tuple[np.dtype[Any], bool, tuple[int, ...]]:
    import ast

    try:
        fields = ast.literal_eval(header.decode(encoding).strip())
        descr, fortran, shape = fields["descr"], fields["fortran_order"], fields["shape"]
        dtype = np.dtype(descr) if isinstance(descr, str) else None
    except (
        ValueError,
        SyntaxError,
        TypeError,
        KeyError,
        MemoryError,
        RecursionError,
        UnicodeDecodeError,
    ):
        _fail(name, "has a header that cannot be read")
    whole = isinstance(shape, tuple) and all(type(size) is int and size >= 0 for size in shape)
    if not whole or not isinstance(fortran, bool):
        _fail(
            name,
            "has a header that cannot be read: shape must be a tuple of sizes, fortran_order True or False",
        )
    if dtype is None or dtype.kind not in "biufc":
        _fail(
            name,
            f"holds {'records' if dtype is None else dtype}; integers, floats and complex numbers can be read",
        )
    if len(shape) > MOST_AXES or prod(max(size, 1) for size in shape) * dtype.itemsize > 2**63 - 1:
        _fail(name, f"says that its shape is {str(shape)[:80]}")
    return dtype, fortran, shape


def _fail(name: str, rule: str) -> NoReturn:
    raise ConvError("npy.format", rule, parameter=name, kind="data")


def npz_bytes(arrays: dict[str, NDArray[Any]]) -> bytes:
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


def npy_chunks(array: NDArray[Any]) -> Iterator[bytes | memoryview]:
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
