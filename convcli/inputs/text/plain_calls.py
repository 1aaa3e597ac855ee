"""A call of a layer whose arguments are plain numbers, read faster than by Python's parser."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

# The name; the first two numbers where others follow; the rest of the arguments.
_NUMBER = r"\s*(0|[1-9][0-9]{0,17})\s*,"
_SIMPLE = re.compile(
    rf"(?:[A-Za-z_]+\.)*([A-Za-z]\w*)\((?:{_NUMBER}{_NUMBER})?([\w\s,=]*)\)", re.ASCII
)
IGNORED = ("device", "dtype")  # they change neither shape nor values here
_NO_NUMBERS = frozenset((*IGNORED, "bias"))
_BOOLEANS = {"True": True, "False": False}

REMEMBERED = 4096  # arguments: layers repeat them
LONGEST_SIMPLE = 500  # characters of a layer whose arguments are remembered


class Call(NamedTuple):
    """A layer as written: its class in torch.nn, and its arguments by torch's names."""

    name: str
    arguments: dict[str, Any]


def plain_call(text: str, signatures: Mapping[str, tuple[str, ...] | None]) -> Call | None:
    """A layer of plain numbers, ten times faster than Python's parser; None where in doubt.

    Layers differ in their first two numbers, the channels; what follows them is remembered.
    """
    match = _SIMPLE.fullmatch(text) if len(text) <= LONGEST_SIMPLE else None
    parameters = signatures.get(match[1]) if match else None
    if match is None or parameters is None:
        return None
    name, first, second, rest = match.groups()
    remembered = _plain_arguments(rest, 0 if first is None else 2, parameters)
    if remembered is None:
        return None
    arguments = remembered.copy()
    if first is not None:
        arguments[parameters[0]], arguments[parameters[1]] = int(first), int(second)
    return Call(name, arguments)


@lru_cache(REMEMBERED)
def _plain_arguments(
    written: str, numbers: int, parameters: tuple[str, ...]
) -> dict[str, Any] | None:
    """The arguments behind so many numbers, which are 0 here; None where one is not plain."""
    arguments: dict[str, Any] = dict.fromkeys(parameters[:numbers], 0)
    if len(arguments) < numbers or not _NO_NUMBERS.isdisjoint(arguments):
        return None
    by_keyword = False
    for at, argument in enumerate(written.split(",") if written or numbers else (), numbers):
        keyword, equals, text = argument.rpartition("=")
        parameter, value = keyword.strip(), _plain_value(text.strip())
        if not equals and not by_keyword and at < len(parameters):
            parameter = parameters[at]
        by_keyword = bool(equals)
        if (
            value is None
            or (parameter == "bias") != (type(value) is bool)
            or parameter not in parameters
            or parameter in arguments
            or parameter in IGNORED
        ):
            return None
        arguments[parameter] = value
    return arguments


def _plain_value(text: str) -> int | None:
    is_natural = text.isdecimal() and text.isascii() and len(text) < 19
    is_natural = is_natural and (text[0] != "0" or text == "0")
    return int(text) if is_natural else _BOOLEANS.get(text)
