"""Matrices that do not multiply, and views of tensors that have other numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import isqrt, prod

from convcli.engine.diagnosis.layers import change_fix
from convcli.engine.diagnosis.values import MOST_TRIED, Diagnosis, Saying, computed, numbers_of
from convcli.engine.geometry.changes import Change
from convcli.engine.geometry.remedies import Fix
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.linear import Linear

MOST_CELLS = 10**12  # of a plane whose sides are sought


def linear(rows: int, got: int, takes: int, outs: int) -> Diagnosis:
    """A matrix (rows, got) before a Linear(takes, outs), as torch prints it: (rows x got).

    The axes before the last are one in the message, so that the input may have more of them.

    >>> found = linear(28672, 7, 512, 10)
    >>> found.why.key, found.changes[0].key, found.changes[0].output
    ('not_pooled', 'pool_and_flatten', (8, 10))
    """
    what = Saying(
        "linear.in_features",
        {"takes": takes, "got": got, "input": Shape((rows, got)), "outs": outs},
    )
    numbers = (
        *numbers_of("layer", in_features=takes, out_features=outs),
        *numbers_of("input", input=Shape((rows, got)), features=got, rows=rows),
    )
    why, fixes = _patterns(rows, got, takes, outs)
    own = Change("in_features", "in_features", got, {"outs": outs})
    last = change_fix(own, partial(Linear(got, outs).output_shape, Shape((rows, got))))
    fixes = [last, *fixes] if why is not None and why.key == "larger_picture" else [*fixes, last]
    return Diagnosis(what, numbers, why, why is None, computed(fixes))


def _patterns(rows: int, got: int, takes: int, outs: int) -> tuple[Saying | None, list[Fix]]:
    """The most likely reason, and the changes of the input that it asks for."""

    def fix(key: str, *shape: int, **fields: int) -> Fix:
        change = Change(key, "input", Shape(shape), {"takes": takes, **fields})
        return change_fix(change, partial(Linear(takes, outs).output_shape, Shape(shape)))

    if not rows or not got or not takes:
        return None, []
    if got == 1 and rows == takes:
        return Saying("column"), [fix("transpose", 1, rows)]
    if got < takes and takes % got == 0 and rows % (takes // got) == 0:
        batch = rows * got // takes
        if batch == 1 or (got > 1 and takes % (got * got) == 0):
            return Saying("not_flattened", {"takes": takes}), [fix("flatten", batch, takes)]
    if rows % (takes * got) == 0 and 1 < got < takes:
        pooled = fix("pool_and_flatten", rows // (takes * got), takes)
        whole = takes * got * got
        change = Change("flatten_features", "in_features", whole, {"outs": outs})
        flat = partial(Linear(whole, outs).output_shape, Shape((rows // (takes * got), whole)))
        return Saying("not_pooled", {"takes": takes, "side": got}), [
            pooled,
            change_fix(change, flat),
        ]
    if rows % takes == 0 and rows > takes > got:
        return Saying("unflattened", {"takes": takes}), []
    if rows == 1 and got % takes == 0 and got > takes:
        return Saying("batch_flattened", {"batch": got // takes, "takes": takes}), [
            fix("keep_batch", got // takes, takes)
        ]
    ratio = got // takes
    if got % takes == 0 and ratio > 1 and isqrt(ratio) ** 2 == ratio:
        side = isqrt(ratio)
        return Saying("larger_picture", {"side": side}), [
            fix("pool_and_flatten", rows, takes, side=side)
        ]
    if rows == takes:
        return Saying("transposed"), [fix("transpose", got, rows)]
    return None, []


def view(shape: Sequence[int], size: int, factors: Sequence[int] = ()) -> Diagnosis:
    """A view with the sizes `shape`, one of them perhaps -1, of a tensor of `size` numbers.

    `factors` are (C, *sizes), where the user's code has one of the sizes as their product.

    >>> view((16, 34, 34, 512), 8921088).changes[0].value
    (16, 33, 33, 512)
    """
    known = prod(axis for axis in shape if axis != -1)
    is_open = -1 in shape
    what = Saying(
        "view.size",
        {
            "shape": f"({', '.join(map(str, shape))})",
            "size": size,
            "known": known,
            "multiple": "multiple" if is_open else "number",
        },
    )
    what = what._replace(key="view.multiple" if is_open else "view.size")
    numbers = (
        *numbers_of("view", shape=tuple(shape), known=known),
        *numbers_of("tensor", size=size),
    )
    changes = [*_factored(factors, size), *_planes(shape, size), *_flattened(shape, size)]
    is_plane = bool(changes) and changes[0].key == "view_sizes"
    why = None
    if is_plane:
        why = Saying("other_plane", {"shape": changes[0].fields.get("plane", changes[0].value)})
    if why is None and is_open and len(shape) == 2:
        why = Saying("other_features", {"known": known})
    return Diagnosis(what, numbers, why, why is None, tuple(changes[:3]))


def _factored(factors: Sequence[int], size: int) -> Iterator[Change]:
    """The view (-1, C*side*side) with the nearest side that the tensor has, and its in_features."""
    if len(factors) != 3 or factors[1] != factors[2] or min(factors) < 1:
        return
    channels, side, _ = factors
    tried = range(1, min(2 * side + 1, MOST_TRIED))
    sides = [n for n in tried if n != side and size % (channels * n * n) == 0]
    near = min(sides, key=lambda n: abs(n - side), default=0)
    if near:
        features = channels * near * near
        value = Shape((size // features, features))
        sizes = f"-1, {channels} * {near} * {near}"
        fields = {"sizes": sizes, "plane": Shape((channels, near, near))}
        yield Change("view_sizes", "shape", value, fields, value)
        yield Change("argument", "in_features", features)


def _planes(shape: Sequence[int], size: int) -> Iterator[Change]:
    """The view with another square plane in place of two equal sizes, side by side."""
    for at in range(1, len(shape) - 1):
        side = shape[at]
        if side != shape[at + 1] or side < 1:
            continue
        rest = prod(axis for d, axis in enumerate(shape) if axis != -1 and d not in (at, at + 1))
        if -1 in shape:
            near = range((side + 1) // 2, 2 * side + 1)
            sides = [n for n in near if n not in (1, side) and size % (rest * n * n) == 0]
            sides = sorted(sides, key=lambda n: abs(n - side))[:1]
        else:
            cells = size // rest if rest and size % rest == 0 else 0
            sides = [isqrt(cells)] if cells and isqrt(cells) ** 2 == cells else []
        for n in sides:
            sizes = [n if d in (at, at + 1) else axis for d, axis in enumerate(shape)]
            known = prod(axis for axis in sizes if axis != -1)
            value = Shape(size // known if axis == -1 else axis for axis in sizes)
            yield Change("view_sizes", "shape", value, {"sizes": ", ".join(map(str, sizes))}, value)
            return


def _flattened(shape: Sequence[int], size: int) -> Iterator[Change]:
    """The views that keep the batch axis."""
    if -1 in shape:
        yield Change("flatten_view", "shape", None, {"known": max(shape)})
        return
    batch = shape[0]
    if batch > 0 and size % batch == 0:
        value = Shape((batch, size // batch))
        yield Change("view_rows", "shape", value, {"batch": batch}, value)


def unflatten(sizes: Sequence[int], size: int) -> Diagnosis:
    """An Unflatten whose sizes do not make up the axis that it splits.

    >>> unflatten((16, 5, 5), 384).changes[0].value
    (16, 6, 4)
    """
    known = prod(axis for axis in sizes if axis != -1)
    fields = {"sizes": f"({', '.join(map(str, sizes))})", "product": known, "size": size}
    what = Saying("unflatten.multiple" if -1 in sizes else "unflatten.sizes", fields)
    numbers = (*numbers_of("layer", unflattened_size=tuple(sizes)), *numbers_of("input", size=size))
    first, *rest = sizes
    changes: list[Change] = []
    if first > 0 and size % first == 0 and rest:
        cells = size // first
        if len(rest) == 2 and 0 < cells <= MOST_CELLS:
            nearest = next(n for n in range(isqrt(cells), 0, -1) if cells % n == 0)
            changes.append(_split((first, cells // nearest, nearest)))
        elif len(rest) == 1:
            changes.append(_split((first, cells)))
    tail = prod(rest)
    if tail > 0 and size % tail == 0:
        changes.append(_split((size // tail, *rest)))
    return Diagnosis(what, numbers, None, True, tuple(changes))


def _split(sizes: Sequence[int]) -> Change:
    text = ", ".join(map(str, sizes))
    return Change("unflatten", "unflattened_size", Shape(sizes), {"sizes": text}, Shape(sizes))


def matrix_batches(wants: Sequence[int], got: Sequence[int]) -> Diagnosis:
    """The second operand of a product of batches of matrices: (batch, columns of the first)."""
    what = Saying("matmul.sizes", {"wants": Shape(wants), "got": Shape(got)})
    numbers = (*numbers_of("first", sizes=Shape(wants)), *numbers_of("second", sizes=Shape(got)))
    return Diagnosis(what, numbers, None, True, (Change("transpose_last", "input"),))


def not_contiguous() -> Diagnosis:
    """A view of a tensor that was permuted."""
    changes = (Change("reshape", "input"), Change("contiguous", "input"))
    return Diagnosis(Saying("view.contiguous"), (), None, True, changes)
