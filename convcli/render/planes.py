"""Arrays of any rank as planes of cells; large ones are abbreviated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from convcli.render.values import text
from convcli.report.document import Tensor

ELLIPSIS = "\u2026"
ASCII_ELLIPSIS = "..."
KEPT_AT_EACH_END = 6  # rows and columns of a large plane
LARGEST_WHOLE = 20  # rows and columns of a plane that is shown whole
MOST_PLANES = 6
GAP = object()  # the value of a cell that stands for those left out


class PlaneCell(NamedTuple):
    """One number of a plane; None is blank, `GAP` stands for those left out."""

    value: Any
    marked: bool = False


class Plane(NamedTuple):
    """Rows of cells, under a label with the plane's place on the leading axes.

    Where `left_out` is not 0, so many planes are left out here, and there are no rows.
    """

    label: str
    leading: tuple[int, ...]
    rows: list[list[PlaneCell]]
    left_out: int = 0
    has_marks: bool = False


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


def planes(tensor: Tensor) -> Iterator[Plane]:
    """The planes of a tensor that has a label; none of one for machines only."""
    if tensor.label is None:
        return
    values = tensor.values
    if isinstance(values, list):
        rows = values if values and isinstance(values[0], list) else [values]
        cells = [
            [PlaneCell(value, (y, x) in tensor.marked) for x, value in enumerate(row)]
            for y, row in enumerate(rows)
        ]
        yield Plane(tensor.label, (), cells, has_marks=bool(tensor.marked))
    elif values.ndim <= 2:
        yield _plane(tensor, (), values)
    else:
        yield from _leading(tensor)


def _leading(tensor: Tensor) -> Iterator[Plane]:
    """The planes of an array over its leading axes; of many only the first and the last."""
    leading = tensor.values.shape[:-2]
    count = 1
    for size in leading:
        count *= size
    for number in visible(count, MOST_PLANES, MOST_PLANES // 2):
        if number is None:
            yield Plane("", (), [], left_out=count - 2 * (MOST_PLANES // 2))
            continue
        index: list[int] = []
        rest = number
        for size in reversed(leading):
            rest, last = divmod(rest, size)
            index.insert(0, last)
        yield _plane(tensor, tuple(index), tensor.values[tuple(index)])


def _plane(tensor: Tensor, index: tuple[int, ...], values: Any) -> Plane:
    values = values.reshape(1, -1) if values.ndim < 2 else values
    height, width = values.shape
    rows = [
        [
            PlaneCell(GAP)
            if row is None or column is None
            else PlaneCell(values[row, column], (row, column) in tensor.marked)
            for column in visible(width)
        ]
        for row in visible(height)
    ]
    return Plane(tensor.label or "", index, rows, has_marks=bool(tensor.marked))


def plane_title(plane: Plane, gap: str) -> str:
    """The label with its index, or how many planes are left out."""
    if plane.left_out:
        return f"{gap} {plane.left_out} planes more"
    if not plane.leading:
        return plane.label
    return f"{plane.label}[{', '.join(map(str, plane.leading))}]"


def plane_words(plane: Plane, precision: int | None, gap: str) -> list[list[str]]:
    """The rows of a plane as words, marked ones in brackets and the others as wide."""
    return [
        [cell_text(cell, precision, gap, plane.has_marks) for cell in row] for row in plane.rows
    ]


def cell_text(cell: PlaneCell, precision: int | None, gap: str, has_marks: bool) -> str:
    """One cell as a word; in a plane with marks an unmarked one is as wide as a marked one."""
    word = gap if cell.value is GAP else "" if cell.value is None else text(cell.value, precision)
    if not has_marks:
        return word
    return f"[{word}]" if cell.marked else f" {word} "
