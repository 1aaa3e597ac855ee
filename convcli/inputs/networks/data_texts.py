"""YAML, JSON, JSON Lines and TOML into lists and dicts, counted before they are made.

A few bytes of YAML can stand for any number of values, because an alias repeats what an anchor
names; so the values are counted on the parser's events, with aliases written out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from convcli.errors import ConvError
from convcli.inputs.files.packages import optional_package

MOST_VALUES = 200_000  # of a YAML file, with aliases written out: a second takes 30,000
MOST_MARKS = 4_000_000  # commas and opening brackets of JSON and TOML: at least one for each value
MOST_LISTS = 1_000_000  # opening brackets of JSON and TOML: an empty list takes a hundred bytes
DEEPEST = 100  # lists and dicts inside each other
LONGEST_NUMBER = 1_000  # characters; Python reads decimals of 4,300 and hexadecimals of any length
LONGEST_KEY = 18  # characters of an integer: those below 2**61 - 1 have hashes of their own

_SHOWN = 20  # characters of what does not fit
_MISFIT = "does not fit there"
_NO_VALUE = "is not read: a tag must be one of YAML itself, a key a text, a number or a date"
_PLACE_IN_TOML = re.compile(r"\(at line (\d+), column (\d+)\)$")

_PART_OF_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-])(?:{_PART_OF_KEY}){{{DEEPEST}}}")
_LONG_NUMBER = re.compile(rf"(?<![0-9A-Za-z_])0[xob][0-9A-Fa-f_]{{{LONGEST_NUMBER}}}")
_FIRST_OF_NUMBER = frozenset("+-.0123456789")


class _Part(NamedTuple):
    """The values that a part of a YAML file stands for, and how deep they are nested."""

    values: int
    depth: int


def read_yaml(text: str) -> Any:
    """The data of a YAML file. Raises ConvError where it is none, too much or too deep."""
    yaml: Any = optional_package("yaml", "LAYERS")
    parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(parser):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            _check_keys(node)
            return super().construct_mapping(node, deep)

    try:
        _check_events(yaml, yaml.parse(text, parser))
        return yaml.load(text, Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        is_tag = isinstance(error, yaml.constructor.ConstructorError)
        rule = _NO_VALUE if is_tag else _MISFIT
        raise _unreadable("YAML", text, mark and mark.line, mark and mark.column, rule) from None
    except yaml.YAMLError:
        raise _refused_as("YAML", "it has a character that YAML does not allow") from None
    except ConvError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        raise _refused_as("YAML", "a number or a date is out of range") from None


def _check_keys(node: Any) -> None:
    """Raises ConvError where a key of a map is a long integer: many of them may have one hash."""
    for key, _ in node.value if isinstance(node.value, list) else ():
        is_integer = key.tag == "tag:yaml.org,2002:int"
        if is_integer and len(key.value) > LONGEST_KEY:
            raise _refused(f"an integer of more than {LONGEST_KEY} digits as a key")


def _check_events(yaml: Any, events: Any) -> None:
    """Raises ConvError unless the document holds few values, with its aliases written out."""
    sizes: dict[str, _Part] = {}
    opened: list[tuple[str | None, int, int]] = []  # anchor, values and depth of each open part
    for event in events:
        if isinstance(event, yaml.CollectionStartEvent):
            opened.append((event.anchor, 1, 1))
            if event.anchor is not None:
                sizes.pop(event.anchor, None)
            _check_depth(len(opened))
            continue
        if isinstance(event, yaml.AliasEvent):
            part = sizes.get(event.anchor)
            if part is None:
                raise _refused("the alias of a part that contains it, or of none")
            anchor = None
        elif isinstance(event, yaml.ScalarEvent):
            anchor, part = event.anchor, _Part(1, 0)
            if len(event.value) > LONGEST_NUMBER and event.value[0] in _FIRST_OF_NUMBER:
                raise _refused(f"a number of more than {LONGEST_NUMBER} digits")
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, values, depth = opened.pop()
            part = _Part(values, depth)
        else:
            continue
        if anchor is not None:
            sizes[anchor] = part
        if opened:
            above, values, depth = opened[-1]
            opened[-1] = (above, values + part.values, max(depth, part.depth + 1))
            _check_depth(len(opened) + part.depth)
            if opened[-1][1] > MOST_VALUES:
                raise _refused(f"more than {MOST_VALUES} values, with aliases written out")


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise _refused(f"more than {DEEPEST} lists and maps inside each other")


def _refused(what: str) -> ConvError:
    return ConvError("layers.deep", f"contains {what}", parameter="LAYERS")


def read_json(text: str, first: int = 0) -> Any:
    """The data of a JSON text. Raises ConvError where it is none, or too much.

    `first` is the number of lines before the text.
    """
    import json

    _check_marks(text)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = first + error.lineno - 1
        raise _unreadable("JSON", "\n" * first + text, line, error.colno - 1) from None
    except ValueError:  # int() of thousands of digits
        raise _refused_as("JSON", "a number has too many digits") from None


def read_json_lines(text: str) -> Any:
    """The data of each line that is not blank."""
    _check_marks(text)
    lines = enumerate(text.splitlines())
    return [read_json(line, at) for at, line in lines if line.strip()]


def read_toml(text: str) -> Any:
    """The data of a TOML text. Raises ConvError where it is none, too much or too deep."""
    import tomllib

    _check_marks(text)
    if _LONG_NUMBER.search(text):
        raise _refused(f"a number of more than {LONGEST_NUMBER} digits")
    if _LONG_KEY.search(text):
        raise _refused(f"a key of more than {DEEPEST} parts")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE_IN_TOML.search(str(error))  # Python 3.14 has it as numbers too
        line, column = (int(place[1]) - 1, int(place[2]) - 1) if place else (None, None)
        raise _unreadable("TOML", text, line, column) from None
    except ValueError:
        raise _refused_as("TOML", "a number or a date is out of range") from None


def _check_marks(text: str) -> None:
    if sum(map(text.count, ",[{")) > MOST_MARKS:
        raise _refused(f"more than {MOST_MARKS} commas and brackets")
    if sum(map(text.count, "[{")) > MOST_LISTS:
        raise _refused(f"more than {MOST_LISTS} opening brackets")


def _unreadable(
    kind: str, text: str, line: int | None, column: int | None, rule: str = _MISFIT
) -> ConvError:
    """The error of a text that is wrong at a place, counted from 0; without one at its end."""
    if line is None or column is None:
        return _refused_as(kind, "it ends too early")
    found = "".join(text.split("\n")[line : line + 1])[column:].strip()[:_SHOWN]
    what = "what begins with {found!r}" if found else "the end of the line"
    place = f"line {line + 1}, column {column + 1}"
    return _refused_as(kind, f"{place}: {what} {rule}", {"found": found})


def _refused_as(kind: str, reason: str, fields: Mapping[str, str] | None = None) -> ConvError:
    rule = f"cannot be read as {kind}: {reason}"
    return ConvError("layers.syntax", rule, parameter="LAYERS", fields=fields)


READERS: dict[str, Callable[[str], Any]] = {
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".toml": read_toml,
}
