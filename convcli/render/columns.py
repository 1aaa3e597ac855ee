"""How many columns of a terminal a text takes: a Chinese character takes two."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Patterns are compiled at the first call, which a start without a table does not make.
_CHUNKS = (  # a Latin word, or a Chinese character with the signs that begin no line
    "(?:[-+=*] )*(?:[!-~]+|[^!-~\\s])[，。、；：）》”]*"  # a sign of a sum and its term
)
_JOINING = "._:)]"  # signs within words: the dots of a path
_DIVIDING = "*+,/;("  # signs between words, where a long word is broken first
_COLOR = "(\x1b\\[[0-9;]*m)"


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
    for part in re.split(_COLOR, line):
        if part.startswith("\x1b"):
            kept.append(part)
            continue
        length = len(part)
        while text_width(part[:length]) > left:
            length -= 1
        left -= text_width(part[:length])
        kept.append(part[:length])
    return "".join(kept)


def wrapped(text: str, width: int, hanging: int = 0) -> list[str]:
    """The text in lines of at most `width` columns; all but the first begin with `hanging` spaces.

    A sign of a sum stands before its term. Chinese is broken between any two characters but before
    a closing sign.

    >>> wrapped("空格：暂停   q：退出", 15)
    ['空格：暂停', 'q：退出']
    >>> wrapped("1*1 + 2*2 = 5", 11, 2)
    ['1*1 + 2*2', '  = 5']
    """
    lines = [text[first:last] for first, last in line_spans(text, width, hanging)]
    return [*lines[:1], *(" " * hanging + line for line in lines[1:])]


def line_spans(text: str, width: int, hanging: int = 0) -> Iterator[tuple[int, int]]:
    """The first and last place of each line of `wrapped`, without the spaces that it adds."""
    first = last = used = 0
    room, further = width, max(width - hanging, 1)
    for match in re.finditer(_CHUNKS, text):
        begin, end = match.span()
        gap, length = begin - last, text_width(match[0])
        if used + gap + length <= room:
            last, used = end, used + gap + length
            continue
        if last > first:
            yield first, last
            room = further
        first = begin
        while length > room:
            cut, taken = _cut(text, first, room)
            yield first, cut
            first, length, room = cut, length - taken, further
        last, used = end, length
    if last > first:
        yield first, last


def _cut(text: str, first: int, room: int) -> tuple[int, int]:
    """Where a word that is too long is broken, and the columns up to there.

    It is broken behind a sign in the second half of the line, where there is one: a formula at its
    `*` and `+`, before the names in it are.
    """
    cut, taken = first, 0
    behind_sign = between_words = None
    while (more := taken + text_width(text[cut])) <= room or cut == first:
        cut, taken = cut + 1, more
        if text[cut - 1] in _JOINING and taken > room // 2:
            behind_sign = cut, taken
        if text[cut - 1] in _DIVIDING and taken > room // 2:
            between_words = cut, taken
    return between_words or behind_sign or (cut, taken)
