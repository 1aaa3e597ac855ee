"""Files of text: tables and JSON, in UTF-8, or in UTF-16 and UTF-32 with a mark."""

from __future__ import annotations

import codecs
import re

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.admission import BYTES_OF_CHARACTER, read_all
from convcli.inputs.files.json_objects import read_object
from convcli.inputs.files.metadata import SourceMetadata
from convcli.inputs.files.request import ArrayRequest
from convcli.inputs.files.table_text import TableText
from convcli.inputs.files.tables import BYTES_OF_RECORD, BYTES_OF_TABLE, parse_table
from convcli.inputs.text.literals import looks_like_brackets, parse_brackets

_END_OF_FILE = "\x1a"  # Ctrl-Z, with which DOS ends a text
_MARKS = {  # UTF-32 first: its mark begins as that of UTF-16 does
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

_LINE = re.compile(r"[^\r\n]+")


def read_csv(request: ArrayRequest) -> Array:
    """(rows, columns) of a table; for a layer of rank 1 a single row or column is a vector.

    A text in brackets, as NumPy and torch print arrays, has the shape of its brackets.
    """
    text = text_of(request, BYTES_OF_TABLE)
    request.admit(len(text) * BYTES_OF_TABLE + _longest_line(text) * BYTES_OF_RECORD)
    if looks_like_brackets(text):
        request.admit(len(text) * BYTES_OF_CHARACTER)
        return parse_brackets(text, request.name)
    source = TableText(text, request.name, request.path)
    tabs_only = request.path.lower().endswith(".tsv")
    table = parse_table(source, request.member, request.decimal, tabs_only=tabs_only)
    for note in table.notes:
        request.say(note)
    numbers = table.numbers
    is_column = numbers.shape[1] == 1 and numbers.shape[0] > 1
    request.keep(SourceMetadata(".csv", is_column=is_column))
    if request.rank == 1 and 1 in numbers.shape:
        return numbers.reshape(-1)
    return numbers.reshape((1,) * (request.rank - 2) + numbers.shape)


def _longest_line(text: str) -> int:
    """The characters of the longest line."""
    return max((len(line[0]) for line in _LINE.finditer(text)), default=0)


def read_json(request: ArrayRequest) -> Array:
    """Nested lists of numbers, or one of those in an object, by its dotted path."""
    text = text_of(request, BYTES_OF_CHARACTER)
    if text.lstrip().startswith("{"):
        return read_object(request, text)
    if request.member:
        rule = "holds one array; nothing may follow .json"
        fields, got = {"path": request.path}, f"{request.path}:{request.member}"
        raise request.refusal("array.member", rule, got=got, hint="Write {path}.", fields=fields)
    return parse_brackets(text, request.name)


def text_of(request: ArrayRequest, bytes_of_character: int) -> str:
    """The text of the file. Raises ConvError where it is not in its encoding."""
    with request.open() as stream:
        data = read_all(stream, request.admit, bytes_of_character)
    encoding = next((name for mark, name in _MARKS.items() if data.startswith(mark)), "utf-8-sig")
    if encoding == "utf-8-sig" and b"\0" in data:
        raise _with_zeros(request, data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        name = "UTF-8" if encoding == "utf-8-sig" else encoding.upper()
        rule = f"is not {name} text: byte {error.start} is {data[error.start]:#04x}"
        raise request.refusal("array.encoding", rule, hint="Save it as UTF-8.") from None
    kept = text.rstrip(_END_OF_FILE + "\r\n")
    if _END_OF_FILE in text[len(kept) :]:
        request.say("the Ctrl-Z at its end is left out")
        return kept
    return text


def _with_zeros(request: ArrayRequest, data: bytes) -> ConvError:
    """The error for bytes that are 0, which UTF-8 text does not hold."""
    zeros, first = data.count(0), data.find(0)
    rule = f"is not UTF-8 text: byte {first} is 0x00"
    if 4 * zeros > len(data):
        encoding = "UTF-16" if 3 * zeros < 2 * len(data) else "UTF-32"
        rule = f"looks like {encoding} without its byte order mark"
    return request.refusal("array.encoding", rule, hint="Save it as UTF-8.")
