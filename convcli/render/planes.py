"""Arrays of any rank as planes of cells, without the middle of large ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import Any, NamedTuple

from convcli.render import Precision
from convcli.render.values import aligned, text
from convcli.report.document import Tensor
from convcli.report.words.vocabulary import Words

ELLIPSIS = "\u2026"
ASCII_ELLIPSIS = "..."
KEPT_AT_EACH_END = 6  # rows and columns of a large plane
LARGEST_WHOLE = 20  # rows and columns of a plane that is shown whole
LARGEST_LIST = 40  # the same of nested lists, which are windows and kernels
SPACE = 2  # between two columns of numbers, and before the first
BESIDE = 3  # between two planes
NARROWEST = SPACE + 1  # columns of text that a number takes at least
MOST_PLANES = 6
MOST_NUMBERS = 256  # of an array whose planes are all shown, however many they are
LARGEST_OF_SEVERAL, KEPT_OF_SEVERAL = 12, 3  # rows of planes when there are several
GAP = object()  # the value of a cell that stands for those left out


class PlaneCell(NamedTuple):
    """One number of a plane; None is blank, `GAP` stands for those left out."""

    value: Any
    marked: bool = False


class Plane(NamedTuple):
    """Rows of cells, under a label with the plane's place on the leading axes.

    `row_numbers` and `column_numbers` are those of the array, None where some are left out. Where
    `left_out` is not 0, so many planes are left out here, and there are no rows.
    """

    label: str
    leading: tuple[int, ...]
    rows: list[list[PlaneCell]]
    left_out: int = 0
    has_marks: bool = False
    row_numbers: Sequence[int | None] = ()
    column_numbers: Sequence[int | None] = ()
    label_at: Callable[[str], str] | None = None

    @property
    def has_gap(self) -> bool:
        """Whether rows or columns are left out."""
        return None in self.row_numbers or None in self.column_numbers

    def without_columns(self, first: int, last: int) -> Plane:
        """The plane with a gap in the place of the columns from `first` to before `last`."""
        gap = [PlaneCell(GAP)]
        numbers = [*self.column_numbers[:first], None, *self.column_numbers[last:]]
        rows = [[*row[:first], *gap, *row[last:]] for row in self.rows]
        return self._replace(rows=rows, column_numbers=numbers)


def visible(
    count: int, whole: int = LARGEST_WHOLE, ends: int = KEPT_AT_EACH_END
) -> list[int | None]:
    """The indices of `count` that are shown, with None for the gap between the first and the last.

    >>> visible(3), visible(9, whole=6, ends=2)
    ([0, 1, 2], [0, 1, None, 7, 8])
    """
    if count <= whole:
        return list(range(count))
    return [*range(ends), None, *range(count - ends, count)]


def planes(tensor: Tensor, width: int | None = None) -> Iterator[Plane]:
    """The planes of a tensor that has a label; none of one for machines only.

    With a width they have all columns that could find place in it.
    """
    if tensor.label is None:
        return
    values = tensor.values
    if isinstance(values, list):
        rows = values if values and isinstance(values[0], list) else [values]
        yield _plane(tensor, (), rows, LARGEST_LIST, width)
    elif values.ndim <= 2:
        rows = values.reshape(1, -1) if values.ndim < 2 else values
        yield _plane(tensor, (), rows, LARGEST_WHOLE, width)
    else:
        yield from _leading(tensor, width)


def _leading(tensor: Tensor, width: int | None) -> Iterator[Plane]:
    """The planes of an array over its leading axes; of many only the first and the last."""
    leading = tensor.values.shape[:-2]
    count = prod(leading)
    most = count if tensor.values.size <= MOST_NUMBERS else MOST_PLANES
    for number in visible(count, most, MOST_PLANES // 2):
        if number is None:
            yield Plane("", (), [], left_out=count - 2 * (MOST_PLANES // 2))
            continue
        index: list[int] = []
        rest = number
        for size in reversed(leading):
            rest, last = divmod(rest, size)
            index.insert(0, last)
        values = tensor.values[tuple(index)]
        yield _plane(tensor, tuple(index), values, LARGEST_WHOLE, width, several=count > 1)


def _plane(
    tensor: Tensor,
    index: tuple[int, ...],
    values: Any,
    whole: int,
    width: int | None,
    *,
    several: bool = False,
) -> Plane:
    height, columns = len(values), len(values[0]) if len(values) else 0
    row_numbers = visible(height, whole)
    if several:
        row_numbers = visible(height, LARGEST_OF_SEVERAL, KEPT_OF_SEVERAL)
    column_numbers = visible(columns, whole)
    if width is not None:
        most = width // NARROWEST + 1
        column_numbers = visible(columns, most, most // 2 + 1)
    if not columns:  # rows without cells are none
        row_numbers = []
    rows = [
        [
            PlaneCell(GAP)
            if row is None or column is None
            else PlaneCell(values[row][column], (row, column) in tensor.marked)
            for column in column_numbers
        ]
        for row in row_numbers
    ]
    label, has_marks = tensor.label or "", bool(tensor.marked)
    numbers = row_numbers, column_numbers
    return Plane(label, index, rows, 0, has_marks, *numbers, tensor.label_at)


def plane_title(plane: Plane, gap: str, words: Words) -> str:
    """The label with its index, or how many planes are left out."""
    if plane.left_out:
        return f"{gap} {words.amount('planes.more', plane.left_out)}"
    if not plane.leading:
        return plane.label
    place = f"[{', '.join(map(str, plane.leading))}]"
    return plane.label_at(place) if plane.label_at else plane.label + place


def plane_words(plane: Plane, precision: Precision, gap: str) -> list[list[str]]:
    """The rows of a plane as words, marked ones in brackets.

    Where some are left out, the numbers of the columns and the rows stand before them.
    """
    words = [
        [cell_text(cell, precision, gap, plane.has_marks) for cell in row] for row in plane.rows
    ]
    if not plane.has_gap:
        return words
    header = ["", *(gap if at is None else f"[{at}]" for at in plane.column_numbers)]
    return [header, *([head, *row] for head, row in zip(_row_heads(plane), words, strict=True))]


def _row_heads(plane: Plane) -> list[str]:
    """The numbers of the rows as words; a row alone needs none."""
    numbers = plane.row_numbers
    return ["" if at is None or len(numbers) == 1 else f"[{at}]" for at in numbers]


def plane_columns(
    plane: Plane, precision: Precision, gap: str, *, align: bool = True
) -> list[list[str]]:
    """The columns of `plane_words`, each with words of one width.

    With `align` the points of numbers are below each other, else their ends.
    """
    columns = []
    first = int(plane.has_gap)
    for column in zip(*plane_words(plane, precision, gap), strict=True):
        words = [*column[:first], *(aligned(column[first:]) if align else column[first:])]
        width = max(map(len, words))
        columns.append([word.rjust(width) for word in words])
    return columns


def fitted_plane(
    plane: Plane, precision: Precision, gap: str, width: int | None, *, align: bool = True
) -> tuple[Plane, list[list[str]]]:
    """The plane with as many of its first and last columns as have room, its words by column.

    Numbers are aligned at the point, unless not even one column has room so.
    """
    columns = plane_columns(plane, precision, gap, align=align)
    taken = [len(column[0]) + SPACE for column in columns]
    if width is None or sum(taken) <= width:
        return plane, columns
    if not plane.has_gap:  # with a gap the columns and rows get their numbers
        taken = [
            max(length, len(f"[{at}]") + SPACE)
            for length, at in zip(taken, plane.column_numbers, strict=True)
        ]
        taken.insert(0, max(map(len, _row_heads(plane))) + SPACE)
    heads, *lengths = taken
    gap_length = len(cell_text(PlaneCell(GAP), precision, gap, plane.has_marks))
    room = width - heads - gap_length - SPACE
    if align and lengths[0] > room:
        return fitted_plane(plane, precision, gap, width, align=False)
    first, last = _ends(plane.column_numbers, lengths, room)
    if (first, last) != (0, len(lengths)):
        plane = plane.without_columns(first, last)
    return plane, plane_columns(plane, precision, gap, align=align)


def _ends(numbers: Sequence[int | None], lengths: Sequence[int], width: int) -> tuple[int, int]:
    """How many first columns have room, and from where on the last ones have."""
    count = len(numbers)
    before = numbers.index(None) if None in numbers else count
    behind = count - before - 1 if None in numbers else count
    first, last = min(1, before), 0
    taken = sum(lengths[:first])
    while first + last < count:
        from_end = last < min(first, behind)
        if not from_end and first >= before:
            break
        taken += lengths[count - last - 1 if from_end else first]
        if taken > width:
            break
        first, last = first + (not from_end), last + from_end
    return first, count - last


def plane_rows(
    found: Sequence[Plane], widths: Sequence[int], room: int, space: int = BESIDE
) -> list[list[int]]:
    """The places of the planes that stand in a row, as many as have room beside each other.

    A row begins with a new index of the axis before the last leading one.
    """
    if not found:
        return []
    most = max(1, (room + space) // (max(widths) + space))
    rows: list[list[int]] = []
    for at, plane in enumerate(found):
        last = 1 + max((each.leading[-1] for each in found if each.leading), default=0)
        begins = len(plane.leading) > 1 and plane.leading[-1] == 0
        row = rows[-1] if rows else []
        is_full = len(row) == most or (begins and len(row) + last > most)
        if not row or is_full or plane.left_out or found[at - 1].left_out:
            rows.append([at])
        else:
            row.append(at)
    return rows


def cell_text(cell: PlaneCell, precision: Precision, gap: str, has_marks: bool) -> str:
    """One cell as a word; in a plane with marks an unmarked one is as wide as a marked one."""
    word = gap if cell.value is GAP else "" if cell.value is None else text(cell.value, precision)
    if not has_marks:
        return word
    return f"[{word}]" if cell.marked else f" {word} "
