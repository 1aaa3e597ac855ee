"""Shapes as a framework has them: (N, *sizes, C) or (N, C, *sizes), some sizes unknown."""

from __future__ import annotations

from collections.abc import Sequence

from convcli.engine.geometry.shapes import Shape, axis_names

Sizes = Sequence[int | None]
UNKNOWN = 10**7  # from here on a number stands for a size that a message does not tell


def filled(sizes: Sizes) -> Shape:
    """The sizes with numbers of their own for the unknown ones; 1 for an unknown batch."""
    return Shape(
        size if size is not None else (1 if axis == 0 else UNKNOWN + axis)
        for axis, size in enumerate(sizes)
    )


def shown(sizes: Sizes, like: Sizes) -> Shape | tuple[int | None, ...]:
    """The sizes as a message shows them: None where they are unknown, and for the batch of `like`.

    >>> shown((1, 3, 8, 8), (None, 8, 8, 3))
    (None, 3, 8, 8)
    """
    batch = like[0] if like else 0
    found = [None if size is None or size >= UNKNOWN else size for size in sizes]
    if found and batch is None and found[0] == 1:
        found[0] = None
    return tuple(found) if None in found else Shape(size for size in found if size is not None)


def first(sizes: Sequence[int]) -> Shape:
    """(N, *sizes, C) as (N, C, *sizes).

    >>> first((1, 8, 9, 3))
    (1, 3, 8, 9)
    """
    return Shape((sizes[0], sizes[-1], *sizes[1:-1]))


def last(sizes: Sequence[int]) -> Shape:
    """(N, C, *sizes) as (N, *sizes, C).

    >>> last((1, 3, 8, 9))
    (1, 8, 9, 3)
    """
    return Shape((sizes[0], *sizes[2:], sizes[1]))


def moved_order(axes: int, source: int, target: int) -> tuple[int, ...]:
    """The order of axes that brings `source` to `target`, and leaves the others as they are.

    >>> moved_order(4, 3, 1), moved_order(4, 1, -1)
    ((0, 3, 1, 2), (0, 2, 3, 1))
    """
    others = [axis for axis in range(axes) if axis != source]
    others.insert(target % axes, source)
    return tuple(others)


def letter(axis: int, axes: int, *, is_last: bool = False) -> str:
    """The letter of an axis: N, C, or that of its axis of space.

    >>> letter(1, 4), letter(1, 4, is_last=True), letter(3, 4, is_last=True)
    ('C', 'H', 'C')
    """
    spatial = axis_names(axes - 2) if axes > 2 else ()
    letters = ("N", *spatial, "C") if is_last else ("N", "C", *spatial)
    return letters[axis % axes] if axes > 1 else "C"


def is_picture_axis(size: int | None) -> bool:
    """Whether a size is that of the channels of pictures."""
    return size in (1, 3, 4)
