"""The objects of a store that a box of cells touches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product


def chunks_inside(box: Sequence[slice], chunk: Sequence[int]) -> tuple[slice, ...]:
    """The chunks of an object that a box inside it touches.

    >>> chunks_inside([slice(3, 9)], [4])
    (slice(0, 3, None),)
    """
    return tuple(
        slice(run.start // n, -(-run.stop // n)) for run, n in zip(box, chunk, strict=True)
    )


def units_of_box(
    box: Sequence[slice], unit: Sequence[int]
) -> Iterator[tuple[tuple[int, ...], tuple[slice, ...]]]:
    """Each object of a store that a box touches: its number, and the box inside it.

    >>> list(units_of_box([slice(3, 6)], [4]))
    [((0,), (slice(3, 4, None),)), ((1,), (slice(0, 2, None),))]
    """
    axes = [
        [
            (at, slice(max(part.start - at * n, 0), min(part.stop - at * n, n)))
            for at in range(part.start // n, -(-part.stop // n))
        ]
        for part, n in zip(box, unit, strict=True)
    ]
    for places in product(*axes):
        yield tuple(at for at, _ in places), tuple(run for _, run in places)
