"""Shape and Position: both are tuples of integers, and they are different things."""

from __future__ import annotations

from convcli.errors import ConvError

INT64_MAX = 2**63 - 1  # torch's sizes are int64
_AXIS_NAMES = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}


class Shape(tuple[int, ...]):
    """The sizes of an array: `str(Shape((3, 5)))` is "3x5"."""

    __slots__ = ()

    def __str__(self) -> str:
        return "x".join(map(str, self)) or "scalar"


class Position(tuple[int, ...]):
    """One place in an array: `str(Position((3, 5)))` is "(3, 5)"."""

    __slots__ = ()

    def __str__(self) -> str:
        return f"({', '.join(map(str, self))})"


def axis_names(rank: int) -> tuple[str, ...]:
    """The letters of the spatial axes, as torch's documentation has them.

    >>> axis_names(1), axis_names(3)
    (('L',), ('D', 'H', 'W'))
    """
    return _AXIS_NAMES.get(rank) or tuple(f"S{d}" for d in range(rank))


def promoted_shape(shape: tuple[int, ...], rank: int, parameter: str) -> Shape:
    """The shape with leading ones, up to rank + 2 numbers: (*sizes) and (C, *sizes) become (N, C, *sizes).

    >>> str(promoted_shape((5, 5), 2, "input"))
    '1x1x5x5'
    """
    if not rank <= len(shape) <= rank + 2:
        rule = (
            f"needs {rank}, {rank + 1} or {rank + 2} axes for a layer of {rank} spatial {'axis' if rank == 1 else 'axes'}, "
            f"and has {len(shape)}"
        )
        raise ConvError(f"{parameter}.rank", rule, parameter=parameter, got=Shape(shape))
    return Shape((1,) * (rank + 2 - len(shape)) + tuple(shape))


def restored_shape(output: tuple[int, ...], given_rank: int) -> Shape:
    """The output's shape in the rank that went in; a bare plane with several output channels keeps their axis."""
    surplus = len(output) - given_rank
    while surplus and any(size != 1 for size in output[:surplus]):
        surplus -= 1
    return Shape(output[surplus:])
