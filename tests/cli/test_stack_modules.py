"""`convcli stack --module`: everything that runs is a row, and is counted once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch
Convcli = Callable[..., Any]
FILE = Path(__file__).parents[1] / "data" / "recorded_modules.py"


@pytest.fixture
def read(convcli: Convcli) -> Callable[..., dict[str, Any]]:
    def of(name: str, *rest: str) -> dict[str, Any]:
        result = convcli("stack", "--module", f"{FILE}:{name}", *rest, "--json")
        assert result.status == 0, result.err
        data: dict[str, Any] = json.loads(result.out)
        data["err"] = result.err
        return data

    return of


Read = Callable[..., dict[str, Any]]


def names(data: dict[str, Any]) -> list[str]:
    return [layer["name"] for layer in data["layers"]]


def test_nothing_behind_a_tuple_is_lost(read: Read) -> None:
    data = read("Chunked", "1x3x8x8")
    assert data["output"]["shape"] == [1, 10]
    assert names(data) == ["a", "chunk", "b", "max_pool2d_with_indices", "max", "max_2", "head"]
    assert data["total"]["parameters"] == 224 + 148 + 50
    assert data["total"]["macs"] == 27 * 8 * 64 + 36 * 4 * 64 + 40


def test_rows_have_sources_kinds_blocks_and_shares(read: Read) -> None:
    data = read("UNet", "1x1x8x8")
    by_name = {layer["name"]: layer for layer in data["layers"]}
    assert by_name["down"]["sources"] == ["input"]
    assert by_name["cat"]["sources"] == ["down", "up"]
    assert (by_name["cat"]["kind"], by_name["up"]["kind"]) == ("cat", "ConvTranspose2d")
    assert by_name["up"]["input"]["shape"] == [1, 8, 4, 4]
    assert sum(layer["share"]["parameters"] for layer in data["layers"]) == pytest.approx(1)
    assert sum(layer["share"]["macs"] for layer in data["layers"]) == pytest.approx(1)
    assert read("Classifier", "1x3x8x8")["layers"][0]["block"] == "body"


def test_only_sizes_that_the_module_takes_are_legal(read: Read) -> None:
    data = read("UNet", "1x1x16x16", "--sizes", "13..17")
    assert data["sizes"]["legal"] == [14, 16]
    assert read("UNet", "1x16x16", "--sizes", "13..17")["sizes"]["legal"] == [14, 16]
    wrong = data["sizes"]["tried"][0]["error"]
    assert wrong.startswith("layer cat: the shapes of the branches must be equal")


def test_proofs_and_mirrors_of_modules(read: Read, convcli: Convcli) -> None:
    proof = read("UNet", "1x1x16x16", "--prove")["proof"]
    assert [proof[way]["differing"] for way in ("tables", "impulses")] == [0, 0]
    mirror = convcli("stack", "--module", f"{FILE}:Classifier", "1x3x8x8", "--mirror")
    assert mirror.status == 0, mirror.err
    assert "ConvTranspose2d(8, 3, kernel_size=3)" in mirror.out


def test_weights_in_functions_are_counted(read: Read) -> None:
    data = read("Functional", "1x3x6x6")
    assert data["total"]["parameters"] == 216 + 16 + 16 + 45
    assert [layer["parameters"] for layer in data["layers"]] == [216, 16, 0, 16, 45, 0]
    assert data["total"]["macs"] == 36 * (216 + 40)
    last = data["layers"][-1]["receptive_field"]
    assert (last["size"], last["known"]) == ([3, 3], ["exact", "exact"])


def test_gates_see_the_whole_and_can_be_left_out(read: Read) -> None:
    whole = read("Gated", "1x3x9x9")["layers"][-1]["receptive_field"]
    local = read("Gated", "1x3x9x9", "--without-gates")["layers"][-1]["receptive_field"]
    assert (whole["size"], whole["known"]) == ([9, 9], ["whole", "whole"])
    assert (local["size"], local["known"]) == ([3, 3], ["exact", "exact"])


def test_an_output_size_is_an_output_padding(read: Read) -> None:
    up = read("Restored", "1x3x15x16")["layers"][-1]
    assert up["output"]["shape"] == [1, 3, 15, 16]
    assert up["layer"].endswith("output_padding=(0, 1))")
    assert up["macs"] == 8 * 3 * 9 * 64
    assert up["receptive_field"] is not None


def test_an_input_without_spatial_axes_keeps_its_batch(read: Read) -> None:
    data = read("Waves", "1x16000")
    assert data["input"]["shape"] == [1, 16000]
    assert [layer["output"]["shape"] for layer in data["layers"]] == [[1, 1, 16000], [1, 8, 3199]]
    assert data["layers"][-1]["receptive_field"]["size"] == [10]


def test_attention_has_a_column_of_its_own(read: Read, convcli: Convcli) -> None:
    data = read("Attention", "1x3x8x8")
    mixed = data["layers"][-2]
    assert mixed["macs_without_weights"] == data["total"]["macs_without_weights"] == 2 * 4 * 4 * 8
    assert mixed["macs"] == 4 * 8 * 8 * 4
    assert data["layers"][-1]["macs"] == 4 * (4 * 4 * (8 + 4))
    shown = convcli("stack", "--module", f"{FILE}:Attention", "1x3x8x8", "-f", "plain").out
    assert "attention" in shown.splitlines()[1]


def test_parts_that_do_not_run_are_named(read: Read, convcli: Convcli) -> None:
    data = read("Auxiliary", "1x3x8x8")
    assert data["total"]["parameters"] == 224 + 900
    (note,) = data["notes"]
    assert note.startswith("900 of the parameters were used by no operation that ran (aux)")
    assert data["err"] == f"convcli: note: {note}\n"
    quiet = convcli("stack", "--module", f"{FILE}:Auxiliary", "1x3x8x8", "-q")
    assert (quiet.out, quiet.err) == ("1x8x6x6\n", data["err"])


def test_code_that_asks_for_numbers_runs_on_zeros(read: Read) -> None:
    data = read("Decides", "1x3x8x8")
    assert names(data) == ["sum", "gt", "large"]
    assert data["notes"][0].startswith("The code of the module asks for numbers")


def test_the_output_is_what_is_computed_last(read: Read) -> None:
    data = read("Several", "1x3x8x8")
    assert data["output"]["shape"] == [1, 1, 6, 6] == data["layers"][-1]["output"]["shape"]
    assert data["notes"][0].startswith("The module returns 2 tensors (1x8x6x6, 1x1x6x6)")


@pytest.mark.parametrize(
    ("spelled", "output"),
    [
        ("Classifier", [1, 10]),
        ("Classifier(7)", [1, 7]),
        ("Classifier(classes=3, width=4)", [1, 3]),
    ],
)
def test_modules_with_arguments(read: Read, spelled: str, output: list[int]) -> None:
    assert read(spelled, "1x3x8x8")["output"]["shape"] == output


def test_a_missing_batch_axis_is_added_and_said(read: Read) -> None:
    data = read("Classifier", "3x8x8")
    assert data["input"]["shape"] == [1, 3, 8, 8]
    assert data["notes"] == ["The module needs a batch axis: it ran on 1x3x8x8."]
    assert read("Auxiliary", "3x8x8")["input"]["shape"] == [3, 8, 8]


@pytest.mark.parametrize(
    ("name", "shape", "status", "words"),
    [
        ("Classifier", "1x3x9x9", 2, "layer head: in_features must be the last size of the input"),
        ("Classifier", "1x4x8x8", 2, "layer body.0: input has 4 channels"),
        ("UNet", "1x1x9x9", 2, "layer cat: the shapes of the branches must be equal"),
        ("UNet", "1x1x9x9", 2, "Try output_padding=1 in layer up."),
        ("Viewed", "1x3x7x7", 2, "layer view: the view -1x100 does not hold the 147 numbers"),
        ("Leaves", "1x3", 3, "must return a tensor that depends on its input"),
        ("Classifier(open('x'))", "1x3x8x8", 2, "takes arguments that are literals"),
        ("Nothing", "1x3x8x8", 3, "has no attribute 'Nothing'"),
    ],
)
def test_errors_name_the_layer(
    convcli: Convcli, name: str, shape: str, status: int, words: str
) -> None:
    result = convcli("stack", "--module", f"{FILE}:{name}", shape)
    assert (result.status, result.out, result.err.count("\n")) == (status, "", 1)
    assert words in result.err


def test_an_unknown_cost_is_null_and_named(read: Read) -> None:
    data = read("Strange", "1x3x4")
    assert data["layers"][-1]["macs"] is None
    assert data["layers"][-1]["output"]["shape"] == [1, 3, 3]
    assert "cost of" in data["notes"][0]


def test_weights_of_gigabytes_take_no_memory(read: Read) -> None:
    data = read("Large", "1x200000")
    assert data["total"]["parameters"] == 200_000 * 200_001


def test_a_weight_that_is_used_twice_counts_once(read: Read) -> None:
    data = read("Tied", "1x8")
    assert [layer["parameters"] for layer in data["layers"]] == [160, 0]
    assert (data["total"]["parameters"], data["total"]["macs"]) == (160, 320)


def test_what_is_written_into_a_part_is_not_lost(read: Read) -> None:
    data = read("Writes", "1x4x8x8")
    assert data["layers"][-1]["output"]["shape"] == [1, 4, 8, 8]
    assert data["layers"][-1]["receptive_field"]["known"] == ["exact", "exact"]
    assert data["total"]["macs"] == 36 * 4 * 64


def test_blocks_kinds_and_the_largest(read: Read, convcli: Convcli) -> None:
    whole = read("Classifier", "1x3x8x8")
    blocks = read("Classifier", "1x3x8x8", "--depth", "1")
    assert names(blocks) == ["body", "flatten", "head"]
    assert blocks["layers"][0]["kind"] == "Sequential"
    for key in ("parameters", "macs", "activation_bytes"):
        assert blocks["layers"][0][key] == sum(layer[key] for layer in whole["layers"][:3])
    assert blocks["layers"][1]["sources"] == ["body"]
    kinds = read("Classifier", "1x3x8x8", "--only", "conv2d,Linear")
    assert names(kinds) == ["body.0", "head"]
    assert kinds["layers"][1]["sources"] == ["body.0"]
    assert names(read("Classifier", "1x3x8x8", "--sort", "macs", "--top", "2")) == [
        "body.0",
        "head",
    ]
    assert kinds["total"] == whole["total"]
    result = convcli("stack", "--module", f"{FILE}:Classifier", "1x3x8x8", "--only", "Conv9d")
    assert result.status == 2
    assert "There are Conv2d, BatchNorm2d, ReLU, flatten, Linear." in result.err


@pytest.mark.parametrize("form", ["dot", "mermaid"])
def test_graphs_hold_every_edge(convcli: Convcli, form: str) -> None:
    result = convcli("stack", "--module", f"{FILE}:UNet", "1x1x8x8", "-f", form)
    assert result.status == 0
    arrow = "->" if form == "dot" else "-->"
    assert result.out.count(arrow) == 7
    assert f"n1 {arrow} n5" in result.out
    assert f"n4 {arrow} n5" in result.out
    other = convcli("shape", "Conv2d(1, 1, 3)", "5x5", "-f", form)
    assert (other.status, other.out) == (2, "")


def test_two_modules_are_compared_by_layer(convcli: Convcli) -> None:
    first, second = (f"{FILE}:Classifier({classes})" for classes in (10, 7))
    modules = ("--module", first, "--module", second)
    data = json.loads(convcli("stack", "--compare", *modules, "1x3x8x8", "--json").out)
    assert [stack["parameters"] for stack in data["stacks"]] == [240 + 2890, 240 + 2023]
    (differs,) = data["differences"]
    assert differs["name"] == "head"
    assert [differs[side]["macs"] for side in ("first", "second")] == [2880, 2016]
    assert convcli("stack", *modules, "1x3x8x8").status == 2


def test_the_costs_of_tools_stand_where_they_are_asked_for(convcli: Convcli) -> None:
    line = ("stack", "Conv2d(1, 2, 3)", "1x8x8", "-f", "plain")
    assert "flop_counter" not in convcli(*line).out
    assert "flop_counter" in convcli(*line, "--costs").out


@pytest.mark.slow
def test_a_thousand_layers(read: Read) -> None:
    assert len(read("Deep", "1x8x16x16")["layers"]) == 1200
