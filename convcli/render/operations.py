"""An operation as simpler blocks: its arrays side by side, or those that are small, and ranges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.render import Style, unwatched
from convcli.render.columns import text_width
from convcli.render.planes import (
    ASCII_ELLIPSIS,
    SPACE,
    Plane,
    plane_columns,
    plane_rows,
    plane_title,
    planes,
)
from convcli.report.document import Block, Document, Equation, Fact, Facts, Operation, Tensor

SIGN = 4  # columns of a sign between two planes
WIDTH = 80  # of arrays that are small, where no terminal has a width
HEIGHT = 24  # lines of one that is small


def blocks_for_people(document: Document, style: Style) -> Iterator[Block]:
    """The blocks of a document before its items, operations as simpler ones."""
    for block in document.for_people():
        if isinstance(block, Operation):
            yield from _operation(block, style)
        else:
            yield block


def _operation(block: Operation, style: Style) -> Iterator[Block]:
    """The shapes, and the numbers of the arrays that are small, and of the result."""
    width = WIDTH if style.width is None else style.width
    tensors = [operand.tensor for operand in block.operands]
    sizes = [_sizes(tensor, style) for tensor in tensors]
    shown = [not block.is_brief and _is_small(found, width) for found in sizes[:-1]]
    is_whole = sizes[-1] is not None and (style.width is None or _is_in(sizes[-1], width))
    facts = []
    for operand, complete in zip(block.operands, [*shown, is_whole], strict=True):
        sums_up = not complete and not (block.is_brief and operand is not block.operands[-1])
        note = operand.summary() if sums_up else operand.type
        facts.append(Fact(None, operand.tensor.label, Shape(operand.tensor.values.shape), note))
    if not block.named or not all(shown) or not is_whole:
        yield Facts(tuple(facts))
    if all(shown) and is_whole and _is_one_line(sizes, width):
        yield Equation(tuple(tensors), block.signs)
        return
    for tensor, is_shown in zip(tensors, [*shown, True], strict=True):
        if is_shown:
            yield tensor


class _Size(NamedTuple):
    plane: Plane
    width: int
    height: int


Sizes = list[_Size] | None  # of each plane with its title; None where some numbers are left out


def _sizes(tensor: Tensor, style: Style) -> Sizes:
    sizes = []
    for plane in planes(tensor, style.width):
        if plane.left_out or plane.has_gap:
            return None
        columns = plane_columns(plane, unwatched(style.precision), ASCII_ELLIPSIS)
        taken = sum(len(column[0]) + SPACE for column in columns)
        width = max(taken, text_width(plane_title(plane, ASCII_ELLIPSIS, style.words)))
        sizes.append(_Size(plane, width, len(plane.rows) + 1))
    return sizes


def _is_in(sizes: Sizes, width: int) -> bool:
    return sizes is not None and all(size.width <= width for size in sizes)


def _is_small(sizes: Sizes, width: int) -> bool:
    """Whether the planes, as many as fit beside each other, take few lines."""
    if sizes is None or not _is_in(sizes, width):
        return False
    rows = plane_rows([size.plane for size in sizes], [size.width for size in sizes], width)
    return sum(max(sizes[at].height for at in row) for row in rows) <= HEIGHT


def _is_one_line(sizes: Sequence[Sizes], width: int) -> bool:
    """Whether all arrays have one plane, and these stand side by side."""
    one = [found[0].width for found in sizes if found is not None and len(found) == 1]
    return len(one) == len(sizes) and sum(one) + SIGN * (len(one) - 1) <= width
