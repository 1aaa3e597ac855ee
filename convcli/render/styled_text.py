"""Styled text in lines that a terminal has room for.

Rich's own texts take 20 milliseconds to import, and its tables inside tables milliseconds each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from convcli.render.columns import line_spans, text_width

HANGING = 4  # spaces before the further lines of a formula or a sum
SPACE = 2  # between a name, its value and its note
LEAST_NOTE = 24  # columns of a note beside its value
AS_NEEDED = 2**60  # columns
LEAST_VALUE = 16  # columns of a value beside its name


class Text:
    """Pieces of text, each with the numbers of its SGR codes; "" for none.

    >>> (Text("5x5", "1") + Text(" cells")).coded(color=True) == "\\x1b[1m5x5\\x1b[0m cells"
    True
    """

    __slots__ = ("pieces",)

    def __init__(self, plain: str = "", style: str = "") -> None:
        self.pieces: list[tuple[str, str]] = [(plain, style)] if plain else []

    @classmethod
    def of(cls, parts: Iterable[Text | str]) -> Text:
        """The parts behind each other."""
        text = cls()
        for part in parts:
            text.pieces += part.pieces if isinstance(part, Text) else [(part, "")] if part else ()
        return text

    def __add__(self, other: Text | str) -> Text:
        return Text.of((self, other))

    @property
    def plain(self) -> str:
        """The text without its styles."""
        return "".join(plain for plain, _ in self.pieces)

    @property
    def width(self) -> int:
        """The columns that it takes on one line."""
        return text_width(self.plain.replace("\n", ""))

    def part(self, first: int, last: int) -> Text:
        """The characters from `first` to before `last`."""
        found, at = Text(), 0
        for plain, style in self.pieces:
            if kept := plain[max(first - at, 0) : max(last - at, 0)]:
                found.pieces.append((kept, style))
            at += len(plain)
        return found

    def lines(self) -> Lines:
        """The text cut at its line breaks."""
        if len(self.pieces) == 1:
            (plain, style) = self.pieces[0]
            return [Text(line, style) for line in plain.split("\n")]
        lines, at = [], 0
        for line in self.plain.split("\n"):
            lines.append(self.part(at, at + len(line)))
            at += len(line) + 1
        return lines

    def coded(self, *, color: bool) -> str:
        """The text with its codes, or without."""
        if not color:
            return self.plain
        return "".join(
            f"\x1b[{style}m{plain}\x1b[0m" if style else plain for plain, style in self.pieces
        )


Lines = list[Text]


def wrapped_lines(text: Text, width: int | None, hanging: int = 0) -> Lines:
    """Lines of at most `width` columns; all but the first begin with `hanging` spaces."""
    plain = text.plain
    if width is None or (text_width(plain) <= width and "\n" not in plain):
        return text.lines()
    lines: Lines = []
    for paragraph in text.lines():
        spans = list(line_spans(paragraph.plain, width, hanging))
        for number, (first, last) in enumerate(spans):
            line = paragraph.part(first, last)
            lines.append(Text(" " * hanging) + line if number else line)
        if not spans:
            lines.append(Text())
    return lines


class NamedText(NamedTuple):
    """A name, its value, and where it comes from."""

    name: Text
    value: Text
    note: Text = Text()


def named_lines(rows: Sequence[NamedText], width: int | None) -> Iterator[Text]:
    """The values below each other, then the notes; without room a note stands below its value."""
    if not rows:
        return
    names = max(row.name.width for row in rows) + SPACE
    values = max(row.value.width for row in rows) + SPACE
    notes = max(row.note.width for row in rows)
    room = AS_NEEDED if width is None else width
    for name, value, note in rows:
        if names + values - SPACE + (SPACE + notes if notes else 0) <= room:
            parts = [name.lines(), value.lines(), note.lines()]
            yield from beside(parts, [names, values])
        elif notes and names + values + LEAST_NOTE <= room:
            parts = [name.lines(), value.lines(), wrapped_lines(note, room - names - values)]
            yield from beside(parts, [names, values])
        elif names + LEAST_VALUE <= room:
            yield from beside([name.lines(), _value_and_note(value, note, room - names)], [names])
        else:
            yield from wrapped_lines(name, width)
            below = _value_and_note(value, note, max(room - HANGING, 1))
            yield from beside([[Text()], below], [HANGING])


def _value_and_note(value: Text, note: Text, width: int) -> Lines:
    """The value and the note on one line, or the note below."""
    if note.width == 0:
        return wrapped_lines(value, width, SPACE)
    if value.width + SPACE + note.width <= width:
        return Text.of((value, " " * SPACE, note)).lines()
    return [*wrapped_lines(value, width, SPACE), *wrapped_lines(note, width)]


def beside(blocks: Sequence[Lines], widths: Sequence[int]) -> Lines:
    """Blocks of lines side by side, their first lines level, all but the last so wide."""
    lines = []
    for number in range(max(map(len, blocks), default=0)):
        parts: list[Text | str] = []
        for at, block in enumerate(blocks):
            part = block[number] if number < len(block) else Text()
            parts.append(part)
            if at < len(widths):
                parts.append(" " * (widths[at] - part.width))
        lines.append(Text.of(parts))
    return lines


def width_of(lines: Lines) -> int:
    """The columns of the longest line."""
    return max((line.width for line in lines), default=0)
