"""Objects of JSON that hold arrays: which of them is meant, by its dotted path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import JSONDecodeError, JSONDecoder
from typing import NamedTuple

from convcli.engine.arrays import Array
from convcli.errors import ConvError
from convcli.inputs.files.members import chosen_member
from convcli.inputs.files.request import ArrayRequest
from convcli.inputs.text.literals import parse_brackets

DEEPEST = 32  # objects inside each other
LONGEST_PATH = 200  # characters: each array has its path
# Numbers stay texts here: their reader says where one is beyond float64.
_VALUES = JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_BLANKS = re.compile(r"[ \t\r\n]*")
_NUMBERS = re.compile(r"\[[\[ \t\r\n]*(?:[0-9N-]|I|\"[+-]?(?:nan|inf))", re.IGNORECASE)
_DOCUMENT = re.compile(r'\s*\{\s*"schema": [0-9]+,\s*"command": "')  # what we write
_OBJECTS = re.compile(r"\[[ \t\r\n]*\{")


class _Span(NamedTuple):
    """Where an array begins and ends in the text."""

    start: int
    stop: int


def read_object(request: ArrayRequest, text: str) -> Array:
    """The array of a JSON object that the member names: `weights.0`; or its only one.

    Raises ConvError where the text is no JSON, or there is no such array.
    """
    objects = _Objects(request, text)
    arrays: dict[str, _Span] = {}
    try:
        stop = objects.collect("", _skip(text, 0), arrays, 0)
        if stop != len(text.rstrip()):
            raise JSONDecodeError("Extra data", text, stop)
    except JSONDecodeError as error:
        rule = "is no JSON: {reason}"
        fields, place = {"reason": error.msg}, (text, error.pos)
        raise request.refusal("literal.syntax", rule, fields=fields, pointer=place) from None
    except (RecursionError, _TooDeep):
        rule = f"has lists or objects more than {DEEPEST} deep"
        raise request.refusal("literal.deep", rule) from None

    def array_of(name: str) -> Array:
        return parse_brackets(text, request.name, span=arrays[name])

    def shape_of(name: str) -> tuple[int, ...] | None:
        try:
            return array_of(name).shape
        except ConvError:
            return None

    names = list(arrays)
    if not request.member and _DOCUMENT.match(text):
        names = [name for name in names if name.endswith(".values")] or names
    return array_of(chosen_member(request, names, shape_of))


class _TooDeep(Exception):
    """Objects inside each other without end."""


class _Objects:
    """The arrays in the objects of a text, with their places."""

    def __init__(self, request: ArrayRequest, text: str) -> None:
        self.request, self.text = request, text

    def collect(self, path: str, start: int, arrays: dict[str, _Span], depth: int) -> int:
        """Note the arrays of the value that begins here; returns where it ends."""
        if depth > DEEPEST:
            raise _TooDeep
        if self.text.startswith("{", start) or _OBJECTS.match(self.text, start):
            for name, at in self._members(start):
                inner = f"{path}.{name}" if path else name
                if len(inner) > LONGEST_PATH:
                    rule = f"has a path of more than {LONGEST_PATH} characters"
                    raise self.request.refusal("array.member", rule)
                self.stop = self.collect(inner, at, arrays, depth + 1)
            return self.stop
        stop = int(_VALUES.raw_decode(self.text, start)[1])
        if _NUMBERS.match(self.text, start):
            if path in arrays:
                rule = "has {member!r} twice"
                raise self.request.refusal("array.member", rule, fields={"member": path})
            arrays[path] = _Span(start, stop)
        return stop

    def _members(self, start: int) -> Iterator[tuple[str, int]]:
        """The names of an object, or the numbers of a list, with the places of their values.

        `stop` is where the value ended, before the next is asked for, and where all end.
        """
        is_object = self.text[start] == "{"
        end = "}" if is_object else "]"
        at, count = _skip(self.text, start + 1), 0
        while not (count == 0 and self.text.startswith(end, at)):
            name = str(count)
            if is_object:
                name, at = self._name(at)
            yield name, at
            at, count = _skip(self.text, self.stop), count + 1
            if self.text.startswith(end, at):
                break
            at = _skip(self.text, self._mark(",", at))
        self.stop = at + 1

    def _name(self, at: int) -> tuple[str, int]:
        if not self.text.startswith('"', at):
            raise JSONDecodeError("Expecting a name in double quotes", self.text, at)
        name, at = _VALUES.raw_decode(self.text, at)
        return name, _skip(self.text, self._mark(":", _skip(self.text, at)))

    def _mark(self, mark: str, at: int) -> int:
        if not self.text.startswith(mark, at):
            raise JSONDecodeError(f"Expecting {mark!r}", self.text, at)
        return at + 1


def _skip(text: str, at: int) -> int:
    """Where the blanks that begin here end."""
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at
