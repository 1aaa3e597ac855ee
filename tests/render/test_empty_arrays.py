"""Arrays without numbers in every format: JAX computes outputs of size 0, where torch refuses."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

CALL = "lax.conv_general_dilated(window_strides={}, padding={}, dimension_numbers=['{}'] * 3)"
LINES = {  # of the output's shape
    "1x1x0": ("[2]", "[[-1, -1]]", "NCH", "arange:1x1x7", "arange:1x1x999"),
    "2x1x30x0": ("[1, 1]", "[[0, 0], [-1, -1]]", "NCHW", "arange:2x1x30x7", "arange:1x1x1x999"),
    "2x1x0x30": ("[1, 1]", "[[-1, -1], [0, 0]]", "NCHW", "arange:2x1x7x30", "arange:1x1x999x1"),
}


@pytest.mark.parametrize("shape", LINES)
@pytest.mark.parametrize("format", ["table", "plain", "markdown", "latex", "csv", "jsonl"])
def test_an_output_without_numbers_has_its_shape_and_no_number(
    convcli: Callable[..., Any], format: str, shape: str
) -> None:
    strides, padding, axes, x, weight = LINES[shape]
    kernel = axes.replace("N", "O").replace("C", "I")
    call = CALL.format(strides, padding, axes).replace("] * 3", f", '{kernel}', '{axes}']")
    result = convcli("run", call, x, weight, "-f", format)
    assert (result.status, result.err) == (0, "")
    if format == "csv":
        assert len(result.out.splitlines()) == 1
    elif format == "jsonl":
        assert json.loads(result.out)["output"]["shape"] == [*map(int, shape.split("x"))]
    else:
        written = shape if format != "latex" else shape.replace("x", r" \times ")
        assert written in result.out
