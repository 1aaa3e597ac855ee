"""The letters of axes, as sentences name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_LETTERS = {3: "NCL", 4: "NCHW", 5: "NCDHW"}


def axis_of(dim: int, axes: int) -> str:
    """The letter of axis `dim` of a tensor (N, C, *sizes); its number where it has none.

    >>> axis_of(3, 4), axis_of(-1, 5), axis_of(1, 2)
    ('W', 'W', '1')
    """
    at = dim + axes if dim < 0 else dim
    letters = _LETTERS.get(axes, "")
    return letters[at] if 0 <= at < len(letters) else str(at)


def listed(names: Iterable[str]) -> str:
    """Names one after another: `H, W`."""
    return ", ".join(names)


def alike(values: Sequence[int]) -> int | tuple[int, ...]:
    """One number where all agree, else all of them, as torch's arguments are written."""
    return values[0] if len(set(values)) == 1 else tuple(values)
