"""YAML, JSON, JSON Lines and TOML into lists and dicts, counted before they are made.

A few bytes of YAML can stand for any number of values, because an alias repeats what an anchor
names; so the values are counted on the parser's events, with aliases written out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from convcli.errors import ConvError
from convcli.inputs.files.packages import optional_package

MOST_VALUES = 1_000_000  # of a YAML file, with aliases written out
MOST_MARKS = 4_000_000  # commas and opening brackets of JSON and TOML: at least one for each value
DEEPEST = 100  # lists and dicts inside each other
LONGEST_NUMBER = 1_000  # characters; Python reads decimals of 4,300 and hexadecimals of any length
LONGEST_REASON = 160  # characters of an error of a parser

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
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        _check_events(yaml, yaml.parse(text, loader))
        return yaml.load(text, loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise _unreadable("YAML", f"{place}{error.problem or error.context}") from None
    except yaml.YAMLError:
        raise _unreadable("YAML", "a character that YAML does not allow") from None
    except ConvError:
        raise
    except (ValueError, TypeError, LookupError, AttributeError, OverflowError):
        raise _unreadable("YAML", "a number or a date is out of range") from None


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


def read_json(text: str) -> Any:
    """The data of a JSON text. Raises ConvError where it is none, or too much."""
    import json

    _check_marks(text)
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise _unreadable("JSON", str(error)) from None
    except ValueError:  # int() of thousands of digits
        raise _unreadable("JSON", "a number has too many digits") from None


def read_json_lines(text: str) -> Any:
    """The data of each line that is not blank."""
    _check_marks(text)
    return [read_json(line) for line in text.splitlines() if line.strip()]


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
        raise _unreadable("TOML", str(error)) from None
    except ValueError:
        raise _unreadable("TOML", "a number or a date is out of range") from None


def _check_marks(text: str) -> None:
    if sum(map(text.count, ",[{")) > MOST_MARKS:
        raise _refused(f"more than {MOST_MARKS} commas and brackets")


def _unreadable(kind: str, reason: str) -> ConvError:
    reason = " ".join(reason.split())[:LONGEST_REASON]
    return ConvError("layers.syntax", f"cannot be read as {kind}: {reason}", parameter="LAYERS")


READERS: dict[str, Callable[[str], Any]] = {
    ".json": read_json,
    ".jsonl": read_json_lines,
    ".yaml": read_yaml,
    ".yml": read_yaml,
    ".toml": read_toml,
}
