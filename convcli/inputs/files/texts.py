"""Files of text: CSV and JSON."""

from __future__ import annotations

from convcli.engine.arrays import Array
from convcli.inputs.files.admission import BYTES_OF_CHARACTER, read_all
from convcli.inputs.files.request import ArrayRequest
from convcli.inputs.text.literals import parse_brackets, parse_rows


def read_csv(request: ArrayRequest) -> Array:
    """(rows, columns); for a layer of rank 1 a single row or column is a vector."""
    array = parse_rows(text_of(request).rstrip() + "\n", request.name, row_separator="\n")
    return array.reshape(-1) if request.rank == 1 and 1 in array.shape else array


def read_json(request: ArrayRequest) -> Array:
    """Nested lists of numbers."""
    return parse_brackets(text_of(request), request.name)


def text_of(request: ArrayRequest) -> str:
    """The text of the file. Raises ConvError where it is not UTF-8."""
    with request.open() as stream:
        data = read_all(stream, request.admit, BYTES_OF_CHARACTER)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rule = f"is not UTF-8 text: byte {error.start} is {data[error.start]:#04x}"
        raise request.refusal("array.encoding", rule) from None
