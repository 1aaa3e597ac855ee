"""How many columns of a terminal a text takes: a Chinese character takes two."""

from __future__ import annotations

import re
from textwrap import wrap

_CHUNKS = re.compile(r"\s+|[!-~]+|[^!-~\s]")  # Latin words are not broken
_NOT_FIRST = "，。、；：）》”"  # signs that begin no line
_COLOR = re.compile("(\x1b\\[[0-9;]*m)")


def text_width(text: str) -> int:
    """The columns that a text takes.

    >>> text_width("output"), text_width("输出 3x3")
    (6, 8)
    """
    if text.isascii():
        return len(text)
    from unicodedata import combining, east_asian_width

    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in text)


def clipped(line: str, width: int) -> str:
    """The line without what lies beyond so many columns; colours take none.

    >>> clipped("\\x1b[1minput\\x1b[0m 5x5", 3) == "\\x1b[1minp\\x1b[0m"
    True
    """
    kept, left = [], width
    for part in _COLOR.split(line):
        if part.startswith("\x1b"):
            kept.append(part)
            continue
        length = len(part)
        while text_width(part[:length]) > left:
            length -= 1
        left -= text_width(part[:length])
        kept.append(part[:length])
    return "".join(kept)


def wrapped(text: str, width: int, *, break_on_hyphens: bool = True) -> list[str]:
    """The text in lines of at most `width` columns, broken like `textwrap.wrap` does.

    Chinese is broken between any two characters but before a closing sign.

    >>> wrapped("空格：暂停   q：退出", 16)
    ['空格：暂停', 'q：退出']
    """
    if text.isascii():
        return wrap(text, width, break_on_hyphens=break_on_hyphens)
    lines: list[list[str]] = [[]]
    for chunk in _CHUNKS.findall(text):
        if _taken(lines[-1]) + text_width(chunk) <= width:
            lines[-1].append(chunk)
        elif not chunk.isspace():
            lines.append([lines[-1].pop()] if chunk in _NOT_FIRST and len(lines[-1]) > 1 else [])
            for part in [chunk] if text_width(chunk) <= width else chunk:
                if lines[-1] and _taken(lines[-1]) + text_width(part) > width:
                    lines.append([])
                lines[-1].append(part)
    written = ("".join(line).strip() for line in lines)
    return [line for line in written if line]


def _taken(chunks: list[str]) -> int:
    return sum(map(text_width, chunks))
