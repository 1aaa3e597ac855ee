"""One value as text for people, or as plain data for machines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import isfinite
from typing import Any

from convcli.engine.geometry.shapes import Position, Shape
from convcli.errors import printable
from convcli.report.document import Sum

ELLIPSIS = "\u2026"
EDGE = 6  # rows and columns that stay on each side of a large array
WHOLE = 20  # rows and columns up to which an array is printed whole
PLANES = 6
LONGEST_FIXED = 1e16  # where a double's digits before the point end to be its own


def plain(value: Any) -> Any:
    """Lists, dicts, strings, ints and floats that JSON can hold: float32 0.1 is 0.1, NaN and infinities are strings,
    a complex number is {"real", "imag"}."""
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float) and not hasattr(value, "dtype"):
        return (
            value
            if isfinite(value)
            else "NaN"
            if value != value
            else "Infinity"
            if value > 0
            else "-Infinity"
        )
    if isinstance(value, complex):
        return {"real": plain(value.real), "imag": plain(value.imag)}
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    return _plain_numpy(value)


def _plain_numpy(value: Any) -> Any:
    """A NumPy scalar or array; numbers narrower than float64 go through their shortest text."""
    if value.ndim:
        exact = value.dtype.kind in "iu" or (value.dtype.name == "float64" and _all_finite(value))
        return value.tolist() if exact else [_plain_numpy(member) for member in value]
    if value.dtype.kind == "c":
        return {"real": _plain_numpy(value.real), "imag": _plain_numpy(value.imag)}
    return plain(float(str(value)) if value.dtype.kind == "f" else value.item())


def _all_finite(array: Any) -> bool:
    return bool((abs(array) != float("inf")).all() and (array == array).all())


def text(value: Any, precision: int | None = None) -> str:
    """The value as people read it: integers as they are, floats as short as they are exact or with `precision` decimals."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, (Shape, Position)):
        return str(value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {text(member, precision)}" for key, member in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(text(member, precision) for member in value)
    if isinstance(value, int) or (
        getattr(value, "dtype", None) is not None and value.dtype.kind in "iu"
    ):
        return str(value)
    if isinstance(value, complex) or (
        getattr(value, "dtype", None) is not None and value.dtype.kind == "c"
    ):
        sign = "-" if text(value.imag, precision).startswith("-") else "+"
        return f"{text(value.real, precision)}{sign}{text(value.imag, precision).lstrip('-')}j"
    return _float_text(value, precision)


def _float_text(value: Any, precision: int | None) -> str:
    if precision is not None and isfinite(value):
        return f"{value:.{precision}{'e' if abs(value) >= LONGEST_FIXED else 'f'}}"
    return str(value).removesuffix(".0")


def factor(value: Any, precision: int | None = None) -> str:
    """A number inside a product: a negative or complex one in parentheses."""
    written = text(value, precision)
    return f"({written})" if written.startswith("-") or written.endswith("j") else written


def signed_sum(written: Iterable[str]) -> str:
    """`1 + 4 - 3`: numbers or products with their signs between them."""
    words = list(written)
    rest = (
        f" - {word[1:]}" if word.startswith("-") and not word.endswith("j") else f" + {word}"
        for word in words[1:]
    )
    return "".join([*words[:1], *rest]) or "0"


def worked(block: Sum, precision: int | None = None) -> str:
    """`1*1 + 2*2 = 1 + 4 = 5`. A step that says the same as the one before it is left out; a sum of nothing is 0."""
    products = (
        "*".join(factor(value, precision) for value in factors)
        for factors in block.factors
        if len(factors) > 1
    )
    alone = (text(factors[0], precision) for factors in block.factors if len(factors) == 1)
    steps = [" - ".join([*alone, *products]) if block.minus else signed_sum([*products, *alone])]
    for step in (
        signed_sum(text(value, precision) for value in block.products),
        text(block.total, precision),
    ):
        if step != steps[-1]:
            steps.append(step)
    return " = ".join(steps)


def visible(count: int, whole: int = WHOLE, edge: int = EDGE) -> list[int | None]:
    """The indices to show of `count`: all up to `whole`, else the first and the last with None, a gap, between them."""
    if count <= whole:
        return list(range(count))
    return [*range(edge), None, *range(count - edge, count)]


def grids(
    values: Any, label: str, style_precision: int | None, gap: str = ELLIPSIS
) -> Iterator[tuple[str, list[list[str]]]]:
    """An array of any rank as titled planes of words, large ones abbreviated; None entries are blank."""
    if isinstance(values, list):
        rows = values if values and isinstance(values[0], list) else [values]
        yield (
            label,
            [
                ["" if value is None else text(value, style_precision) for value in row]
                for row in rows
            ],
        )
        return
    if values.ndim > 2:
        leading = values.shape[:-2]
        count = 1
        for size in leading:
            count *= size
        for number in visible(count, PLANES, PLANES // 2):
            if number is None:
                yield f"{gap} {count - 2 * (PLANES // 2)} planes more", []
                continue
            index: list[int] = []
            rest = number
            for size in reversed(leading):
                rest, last = divmod(rest, size)
                index.insert(0, last)
            yield (
                f"{label}[{', '.join(map(str, index))}]",
                _words(values[tuple(index)], style_precision, gap),
            )
        return
    yield label, _words(values, style_precision, gap)


def _words(plane: Any, precision: int | None, gap: str) -> list[list[str]]:
    plane = plane.reshape(1, -1) if plane.ndim < 2 else plane
    height, width = plane.shape
    return [
        [
            gap if row is None or column is None else text(plane[row, column], precision)
            for column in visible(width)
        ]
        for row in visible(height)
    ]
