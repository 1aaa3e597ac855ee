"""`.csv` and `.tsv` of a bare array: a row of cells for each row of numbers."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.inputs.files.writers.request import WriteRequest

SEPARATORS = {".csv": ",", ".tsv": "\t"}


def check(request: WriteRequest) -> None:
    """Raises ConvError where the array has more than two axes."""
    if not 1 <= request.array.ndim <= 2:
        hint = "Write it to an .npy file."
        raise request.wrong_shape("holds rows and columns, and the array has other axes", hint)


def write(request: WriteRequest) -> Iterator[bytes]:
    """The rows; a vector is one row, or a column where the input was a column of a table."""
    check(request)
    array, separator = request.array, SEPARATORS[request.suffix]
    source = request.origin.source
    is_column = array.ndim == 1 and source is not None and source.is_column
    for row in array.reshape(-1, 1 if is_column else array.shape[-1]):
        # The text of a NumPy scalar is the shortest that gives the number back.
        yield (separator.join(str(value).strip("()") for value in row) + "\n").encode()
