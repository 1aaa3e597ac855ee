"""Shape and Position: two tuples of integers that mean and print different things."""

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
    """The letters of the spatial axes, as in torch's documentation; S0, S1, ... beyond three.

    >>> axis_names(1), axis_names(3)
    (('L',), ('D', 'H', 'W'))
    """
    return _AXIS_NAMES.get(rank) or tuple(f"S{d}" for d in range(rank))


def promoted_shape(shape: tuple[int, ...], rank: int, parameter: str) -> Shape:
    """(*sizes) and (C, *sizes) with leading ones, as (N, C, *sizes).

    Raises ConvError for a shape of fewer than `rank` numbers, or more than rank + 2.

    >>> str(promoted_shape((5, 5), 2, "input"))
    '1x1x5x5'
    """
    if not rank <= len(shape) <= rank + 2:
        spatial = f"{rank} spatial {'axis' if rank == 1 else 'axes'}"
        rule = (
            f"needs {rank}, {rank + 1} or {rank + 2} axes for a layer of {spatial}, "
            f"but has {len(shape)}"
        )
        hint = _rank_hint(len(shape), rank)
        raise ConvError(f"{parameter}.rank", rule, parameter=parameter, got=Shape(shape), hint=hint)
    return Shape((1,) * (rank + 2 - len(shape)) + tuple(shape))


def _rank_hint(axes: int, rank: int) -> str | None:
    """The rank whose layers take so many axes, the one next to `rank` first."""
    fitting = [other for other in _AXIS_NAMES if other <= axes <= other + 2]
    if not fitting:
        return None
    nearest = min(fitting, key=lambda other: abs(other - rank))
    return f"A layer of {nearest} spatial {'axis' if nearest == 1 else 'axes'} takes so many."


def restored_shape(output: tuple[int, ...], axes: int) -> Shape:
    """(N, C_out, *out) with as many axes as the input had; several output channels keep their axis.

    >>> restored_shape((1, 1, 3, 3), 2), restored_shape((1, 4, 3, 3), 2)
    ((3, 3), (4, 3, 3))
    """
    surplus = len(output) - axes
    while surplus and any(size != 1 for size in output[:surplus]):
        surplus -= 1
    return Shape(output[surplus:])
