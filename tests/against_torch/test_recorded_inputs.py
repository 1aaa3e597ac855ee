"""Modules of several inputs, of integers and truth values, and without a batch axis."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch
FILE = str(Path(__file__).parents[1] / "data" / "modules_of_inputs.py")


def answered(convcli: Callable[..., Any], name: str, *words: str) -> dict[str, Any]:
    result = convcli("stack", "--module", f"{FILE}:{name}", *words, "--json")
    assert result.status == 0, result.err
    found: dict[str, Any] = json.loads(result.out)
    return found


@pytest.mark.parametrize(
    "shapes",
    [("1x3x8x8", "1x1x8x8"), ("x=1x3x8x8", "mask=1x1x8x8"), ("1x3x8x8", "mask=1x1x8x8"),
     ("mask=1x1x8x8", "x=1x3x8x8")],
)  # fmt: skip
def test_a_shape_for_each_input(shapes: tuple[str, ...], convcli: Callable[..., Any]) -> None:
    found = answered(convcli, "Masked", *shapes)
    assert found["output"]["shape"] == [1, 2, 8, 8]
    assert found["total"]["macs"] == 64 * (4 * 27 + 4 * 9 + 2 * 36)
    assert [one["kind"] for one in found["layers"]].count("input") == 1
    first = shapes[0].rpartition("=")[0] or "x"
    assert f"Receptive fields are those on the input {first}." in found["notes"]
    assert found["layers"][-1]["receptive_field"]["size"] == [5, 5]


def test_sizes_of_several_inputs(convcli: Callable[..., Any]) -> None:
    sizes = answered(convcli, "Masked", "1x3x8x8", "1x1x8x8", "--sizes", "5..7")["sizes"]["tried"]
    assert [one["output"] for one in sizes] == [[1, 2, n, n] for n in (5, 6, 7)]


@pytest.mark.parametrize(
    ("name", "shapes", "status", "words"),
    [
        ("Masked", ["1x3x8x8"], 2, "the shape of 'mask' is missing. Name it: x=SHAPE mask=SHAPE"),
        ("Masked", ["1x3x8x8", "q=1x1x8x8"], 2, "the inputs of the module are x, mask"),
        ("Masked", ["1x3x8x8", "1x1x8x8", "1"], 2, "the inputs of the module are x, mask"),
        ("OfDict", ["1x3x8x8"], 3, "Write a module that takes a tensor for each SHAPE"),
        ("OfList", ["1x3x8x8"], 3, "return self.net({'x': x, 'mask': mask})"),
        ("Masked", ["ReLU()", "1x3x8x8"], 2, "cannot be combined with LAYERS"),
        ("Masked", ["1x3x8x8", "1x1x8x8", "--layout", "NHWC"], 2, "is for one SHAPE"),
    ],
)
def test_what_is_refused(
    name: str, shapes: list[str], status: int, words: str, convcli: Callable[..., Any]
) -> None:
    result = convcli("stack", "--module", f"{FILE}:{name}", *shapes)
    assert (result.status, result.out) == (status, "")
    assert words in result.err


def test_types_that_are_no_floats(convcli: Callable[..., Any]) -> None:
    found = answered(convcli, "Tokens", "2x5", "2x5")
    assert found["output"]["shape"] == [2, 5, 6]
    words = "The module takes inputs that are no floats: it ran on ids int64, keep bool."
    assert words in found["notes"]
    assert answered(convcli, "Words", "20")["output"]["shape"] == [1, 4, 18]


# The output of the batched module, where the first axis of 3x16x16 would be taken for a batch.
OTHERWISE = {
    "Inception": [1, 8, 16, 16], "MeanOfChannels": [1, 1, 16, 16], "Classifier": [1, 5],
    "MostOfChannels": [1, 16, 16], "SoftmaxOfChannels": [1, 4, 16, 16], "LazyHead": [1, 4],
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERWISE)
def test_without_a_batch_axis_calls_count_axes_otherwise(
    name: str, convcli: Callable[..., Any]
) -> None:
    found = answered(convcli, name, "3x16x16")
    assert found["output"]["shape"] == OTHERWISE[name]
    assert "Without a batch axis the module does something else" in found["notes"][0]
    assert found["layers"] == answered(convcli, name, "1x3x16x16")["layers"]


def test_a_module_that_is_alike_without_a_batch_axis(convcli: Callable[..., Any]) -> None:
    found = answered(convcli, "Centred", "3x32x32", "--unit", "3,2")
    assert (found["output"]["shape"], found["notes"]) == ([8, 16, 16], [])
    assert found["layers"][-1]["receptive_field"]["size"] == [3, 3]
    sizes = answered(convcli, "Centred", "3x224x224", "--sizes", "222..224")["sizes"]["tried"]
    assert [one["output"] for one in sizes] == [[8, n, n] for n in (111, 112, 112)]


@pytest.mark.parametrize("shape", ["3x32x32", "1x3x32x32"])
def test_the_cure_is_that_of_a_batch(shape: str, convcli: Callable[..., Any]) -> None:
    result = convcli("stack", "--module", f"{FILE}:Misfit", shape)
    assert "Write in_features=7200." in result.err


@pytest.mark.parametrize("shape", ["3x33x33", "1x3x33x33"])
def test_branches_that_differ_have_a_cure(shape: str, convcli: Callable[..., Any]) -> None:
    result = convcli("stack", "--module", f"{FILE}:StrictUNet", shape)
    assert (result.status, result.out) == (2, "")
    assert "Try output_padding=1 in layer up." in result.err


def test_lazy_layers_are_made_for_each_shape(convcli: Callable[..., Any]) -> None:
    assert answered(convcli, "LazyNorm", "3x16x16")["output"]["shape"] == [1, 8, 14, 14]
    tried = answered(convcli, "LazyHead", "1x3x16x16", "--sizes", "8..9")["sizes"]["tried"]
    assert [one["output"] for one in tried] == [[1, 4], [1, 4]]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Half", "The weights are float16, and take 224 bytes"),
        ("OfComplex", "The weights are complex64, and take 864 bytes"),
        ("OfComplex", "they are four of real numbers"),
    ],
)
def test_other_types_of_weights_are_said(
    name: str, words: str, convcli: Callable[..., Any]
) -> None:
    found = answered(convcli, name, "1x3x8x8")
    assert found["output"]["shape"] == [1, 4, 6, 6]
    assert any(words in note for note in found["notes"]), found["notes"]
