"""The registry of layer kinds: each name once, and only names that torch and onnx have."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from convcli.inputs.networks.kinds import (
    FUNCTIONS,
    KINDS,
    MOVING_FUNCTIONS,
    MOVING_OPERATORS,
    OPERATORS,
    SIGNATURES,
    kind_of,
    rank_of,
)

OURS = ("Add", "Multiply", "Concat")


@pytest.mark.parametrize("column", ["modules", "functions", "operators"])
def test_every_name_is_of_one_kind(column: str) -> None:
    names = Counter(name for kind in KINDS for name in getattr(kind, column))
    assert [name for name, count in names.items() if count > 1] == []


def test_functions_are_written_as_modules_that_are_known() -> None:
    for name, function in FUNCTIONS.items():
        parameters = SIGNATURES[function.module]
        known = {*(parameters or ()), *function.defaults, "return_indices", "antialias"}
        if kind_of(function.module).modules[function.module] and name != "pad":
            assert set(function.parameters) <= known, name


def test_operators_are_those_of_onnx() -> None:
    onnx = pytest.importorskip("onnx")
    known = {schema.name for schema in onnx.defs.get_all_schemas()}
    assert {*OPERATORS, *MOVING_OPERATORS} <= known


@pytest.mark.torch
def test_modules_and_functions_are_those_of_torch() -> None:
    import operator

    import torch
    from torch import nn
    from torch.nn import functional

    assert [name for name in SIGNATURES if name not in OURS and not hasattr(nn, name)] == []
    places: tuple[Any, ...] = (functional, torch, torch.Tensor, operator)
    for name in (*FUNCTIONS, *MOVING_FUNCTIONS):
        spellings = (name, f"_{name}_", f"{name}_", f"__{name}__")
        assert any(hasattr(place, word) for place in places for word in spellings), name


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
