"""The registry of layer kinds: each name once, and only names that torch and onnx have."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from convcli.inputs.networks.kinds import (
    KINDS,
    MOVING_OPERATORS,
    OPERATORS,
    SIGNATURES,
    rank_of,
)

OURS = ("Add", "Multiply", "Concat")


@pytest.mark.parametrize("column", ["modules", "operators"])
def test_every_name_is_of_one_kind(column: str) -> None:
    names = Counter(name for kind in KINDS for name in getattr(kind, column))
    assert [name for name, count in names.items() if count > 1] == []


def test_operators_are_those_of_onnx() -> None:
    onnx = pytest.importorskip("onnx")
    known = {schema.name for schema in onnx.defs.get_all_schemas()}
    assert {*OPERATORS, *MOVING_OPERATORS} <= known


@pytest.mark.torch
def test_modules_are_those_of_torch() -> None:
    from torch import nn

    assert [name for name in SIGNATURES if name not in OURS and not hasattr(nn, name)] == []


@pytest.mark.parametrize(
    ("module", "arguments", "rank"),
    [
        ("LazyBatchNorm3d", {}, 3),
        ("Conv1d", {}, 1),
        ("Softmax2d", {}, 2),
        ("Upsample", {}, None),
        ("Upsample", {"mode": "trilinear"}, 3),
        ("Upsample", {"mode": "nearest"}, None),
        ("PixelUnshuffle", {}, 2),
        ("Fold", {}, None),
        ("Linear", {}, None),
    ],
)
def test_the_rank_of_a_module(module: str, arguments: dict[str, Any], rank: int | None) -> None:
    assert rank_of(module, arguments) == rank
