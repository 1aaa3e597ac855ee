"""Styled text in lines that a terminal has room for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.text import Text

from convcli.render.columns import line_spans

HANGING = 4  # spaces before the further lines of a formula or a sum
SPACE = 2  # between a name, its value and its note
LEAST_NOTE = 24  # columns of a note beside its value
AS_NEEDED = 2**60  # columns
LEAST_VALUE = 16  # columns of a value beside its name


def wrapped_text(text: Text, width: int | None, hanging: int = 0) -> Text:
    """The text in lines of at most `width`; all but the first begin with `hanging` spaces."""
    return Text("\n").join(wrapped_lines(text, width, hanging))


def wrapped_lines(text: Text, width: int | None, hanging: int = 0) -> list[Text]:
    """The lines of `wrapped_text`."""
    if width is None or (text.cell_len <= width and "\n" not in text.plain):
        return [text]
    lines = []
    for paragraph in text.split("\n", allow_blank=True):
        spans = list(line_spans(paragraph.plain, width, hanging))
        for number, (first, last) in enumerate(spans):
            line = paragraph[first:last]
            line.pad_left(hanging if number else 0)
            lines.append(line)
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
    names = max(row.name.cell_len for row in rows) + SPACE
    values = max(row.value.cell_len for row in rows) + SPACE
    notes = max(row.note.cell_len for row in rows)
    room = AS_NEEDED if width is None else width
    if names + values - SPACE + (SPACE + notes if notes else 0) <= room:
        yield from (beside([row.name, row.value, row.note], [names, values]) for row in rows)
    elif notes and names + values + LEAST_NOTE <= room:
        for name, value, note in rows:
            yield beside([name, value, wrapped_text(note, room - names - values)], [names, values])
    elif names + LEAST_VALUE <= room:
        for row in rows:
            yield beside([row.name, _value_and_note(row, room - names)], [names])
    else:
        for row in rows:
            yield wrapped_text(row.name, width)
            yield beside([Text(), _value_and_note(row, max(room - HANGING, 1))], [HANGING])


def _value_and_note(row: NamedText, width: int) -> Text:
    """The value and the note on one line, or the note below."""
    if row.note.cell_len == 0:
        return wrapped_text(row.value, width, SPACE)
    if row.value.cell_len + SPACE + row.note.cell_len <= width:
        return Text.assemble(row.value, " " * SPACE, row.note)
    below = [wrapped_text(row.value, width, SPACE), wrapped_text(row.note, width)]
    return Text("\n").join(below)


def beside(parts: Sequence[Text], widths: Sequence[int]) -> Text:
    """Texts of several lines side by side, all but the last so wide."""
    blocks = [part.split("\n", allow_blank=True) for part in parts]
    lines = []
    for number in range(max(map(len, blocks))):
        line = Text()
        for block, width in zip(blocks, [*widths, 0], strict=True):
            part = block[number] if number < len(block) else Text()
            line.append_text(part)
            line.append(" " * max(width - part.cell_len, 0))
        line.rstrip()
        lines.append(line)
    return Text("\n").join(lines)
