"""What torch says of matrices, views, concatenations and sums."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import prod
from typing import Any

from convcli.engine.diagnosis.joins import added, concatenated, not_broadcast, other_axes
from convcli.engine.diagnosis.products import (
    linear,
    matrix_batches,
    not_contiguous,
    unflatten,
    view,
)
from convcli.engine.diagnosis.values import Diagnosis
from convcli.inputs.messages.rows import NO_CODE, Row, UsersCode

_VIEW = re.compile(r"\.(?:view|reshape)\(([^()]*)\)")
_PRODUCT = re.compile(r"\s*\d+(?:\s*\*\s*\d+)+\s*$")


def _linear(first: Sequence[int], second: Sequence[int], **_: Any) -> Diagnosis | None:
    if len(first) != 2 or len(second) != 2:
        return None
    return linear(first[0], first[1], second[0], second[1])


def _vector(got: int, outs: int, takes: int, **_: Any) -> Diagnosis:
    """addmv: (size mismatch, got 8, 8x3,4)."""
    return linear(1, got, takes, outs)


def _cat(joined: int, first: int, second: int, **_: Any) -> Diagnosis:
    return concatenated(first, second, joined=joined, differing=None)


def _cat_at(differing: int, first: int, second: int, **_: Any) -> Diagnosis:
    """From 1.5 to 1.8 the number behind "dimension" is the axis that differs."""
    return concatenated(first, second, joined=None, differing=differing)


def _cat_both(joined: int, differing: int, first: int, second: int, **_: Any) -> Diagnosis:
    return concatenated(first, second, joined=joined, differing=differing)


def _view(shape: Sequence[int], size: int, code: UsersCode = NO_CODE) -> Diagnosis:
    """The factors of a size, such as 16 * 5 * 5, stand in the user's line alone."""
    call = _VIEW.search(code.line)
    products = call[1].split(",") if call else []
    factors = [[int(n) for n in text.split("*")] for text in products if _PRODUCT.match(text)]
    known = next((each for each in factors if len(each) > 2 and prod(each) in shape), [])
    return view(shape, size, known)


def _unflatten(sizes: Sequence[int], size: int, **_: Any) -> Diagnosis:
    return unflatten(sizes, size)


ROWS = (
    Row("torch", "linear.in_features", _linear, (
        "mat1 and mat2 shapes cannot be multiplied ({first:shape} and {second:shape})",
        "size mismatch, m1: {first:shape}, m2: {second:shape}",
        "a and b must have same reduction dim, but got {first:shape} X {second:shape}",
    )),
    Row("torch", "linear.in_features", _vector, (
        "size mismatch, got {rows:int}, {takes:int}x{outs:int},{got:int}",
    )),
    Row("torch", "matmul.sizes", matrix_batches, (
        "Expected size for first two dimensions of batch2 tensor to be: {wants:shape} but got: "
        "{got:shape}",
    )),
    Row("torch", "cat.sizes", _cat_both, (
        "Sizes of tensors must match except in dimension {joined:axis}. Got {first:int} and "
        "{second:int} in dimension {differing:axis}",
    )),
    Row("torch", "cat.sizes", _cat_at, (
        "Sizes of tensors must match except in dimension {differing:axis}. Got {first:int} and "
        "{second:int}",
    )),
    Row("torch", "cat.sizes", _cat, (
        "Sizes of tensors must match except in dimension {joined:axis}. Expected size {first:int} "
        "but got size {second:int} for tensor number {number:int} in the list",
        "Sizes of tensors must match except in dimension {joined:axis}. Expected size {first:int} "
        "in dimension {differing:axis} but got {second:int}",
    )),
    Row("torch", "cat.rank", other_axes, (
        "Tensors must have same number of dimensions: got {first:int} and {second:int}",
    )),
    Row("torch", "add.sizes", added, (
        "The size of tensor a ({first:int}) must match the size of tensor b ({second:int}) at "
        "non-singleton dimension {dim:axis}",
    )),
    Row("torch", "add.sizes", not_broadcast, (
        "output with shape {first:shape} doesn't match the broadcast shape {second:shape}",
    )),
    Row("torch", "view.size", _view, (
        "shape '{shape:shape}' is invalid for input of size {size:int}",
        "size '{shape:shape}' is invalid for input with {size:int} elements",
        "size '{shape:shape}' is invalid for input of with {size:int} elements",
    )),
    Row("torch", "view.contiguous", not_contiguous, (
        "view size is not compatible with input tensor's size and stride",
    )),
    Row("torch", "unflatten.sizes", _unflatten, (
        "unflatten: Provided sizes {sizes:shape} don't multiply up to the size of dim {dim:axis} "
        "({size:int}) in the input tensor",
    )),
)  # fmt: skip
