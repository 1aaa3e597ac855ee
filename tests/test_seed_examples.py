"""Every worked example that the tutorials print comes out of the command line, digit for digit."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

EXAMPLES = {
    e["id"]: e
    for e in json.loads((Path(__file__).parent / "data" / "seed_examples.json").read_text())[
        "examples"
    ]
}


def run_json(convcli: Callable[..., Any], *arguments: object) -> Any:
    result = convcli(*arguments, "--json")
    assert result.status == 0, result.err
    return json.loads(result.out)


def options_of(example: dict[str, Any]) -> list[str]:
    options = []
    for name in ("stride", "dilation", "padding", "kernel_size", "output_padding"):
        if name in example:
            value = example[name]
            options += [
                f"--{name.replace('_', '-')}",
                ",".join(map(str, value if isinstance(value, list) else [value])),
            ]
    return options


@pytest.mark.parametrize(
    "name", [n for n, e in EXAMPLES.items() if "input" in e and "weight" in e and "output" in e]
)
def test_results(name: str, convcli: Callable[..., Any]) -> None:
    example = EXAMPLES[name]
    data = run_json(
        convcli,
        "run",
        example["layer"],
        json.dumps(example["input"]),
        json.dumps(example["weight"]),
        *options_of(example),
    )
    if example.get("exact"):
        assert data["output"]["values"] == example["output"]
    else:
        assert np.allclose(
            data["output"]["values"], example["output"], rtol=0, atol=example["tolerance"]
        )


@pytest.mark.parametrize(
    "name", [n for n, e in EXAMPLES.items() if "output_shape" in e and "input_shape" in e]
)
def test_shapes(name: str, convcli: Callable[..., Any]) -> None:
    example = EXAMPLES[name]
    options = options_of(example)
    if "weight_shape" in example:
        out_channels, _, *kernel = example["weight_shape"]
        options += ["-c", str(out_channels), "-k", ",".join(map(str, kernel))]
    if "out_channels" in example:
        options += ["-c", str(example["out_channels"])]
    data = run_json(
        convcli, "shape", example["layer"], "x".join(map(str, example["input_shape"])), *options
    )
    assert data["output"]["shape"] == example["output_shape"]
    if "weight_shape" in example:
        assert data["weight"]["shape"] == example["weight_shape"]


def test_nine_sums_as_they_are_printed(convcli: Callable[..., Any]) -> None:
    example = EXAMPLES["nine-sums"]
    for place, line in example["worked"].items():
        for style in ("plain", "table", "markdown"):
            out = convcli(
                "trace", "conv2d", "arange:5x5:1", "arange:3x3:1", "--at", place, "-f", style
            ).out
            assert line in out, style


def test_the_edge_kernel_sees_vertical_edges_only(convcli: Callable[..., Any]) -> None:
    example = EXAMPLES["edge"]
    turned = np.transpose(example["input"]).tolist()
    data = run_json(convcli, "run", "conv2d", json.dumps(turned), json.dumps(example["weight"]))
    assert not np.any(data["output"]["values"])
    assert data["weight"]["shape"] == [1, 2]


def test_three_channels_add_up(convcli: Callable[..., Any]) -> None:
    example = EXAMPLES["three-channels"]
    x, w = json.dumps(example["input_window"]), json.dumps(example["weight"])
    total = float(convcli("trace", "conv2d", x, w, "-q").out)
    assert total == pytest.approx(example["result"], abs=example["tolerance"])
    assert run_json(convcli, "run", "conv2d", x, w)["output"]["values"] == [
        [[pytest.approx(total)]]
    ]


def test_a_group_of_one_channel_and_two_kernels(convcli: Callable[..., Any]) -> None:
    example = EXAMPLES["grouped"]
    window = example["input_window"] * 3
    weights = [[kernel] for kernel in example["weights"]] * 3
    values = run_json(convcli, "run", "conv2d", json.dumps(window), json.dumps(weights), "-g", "3")[
        "output"
    ]["values"]
    assert np.ravel(values) == pytest.approx(example["results"] * 3, abs=example["tolerance"])


def test_weight_shape(convcli: Callable[..., Any]) -> None:
    example = EXAMPLES["weight-shape"]
    data = run_json(convcli, "shape", example["layer"], "1x64x9x9", "-c", 128, *options_of(example))
    assert data["weight"]["shape"] == example["weight_shape"]
    assert data["bias"]["shape"] == example["bias_shape"]


@pytest.mark.parametrize("mode", EXAMPLES["padding-modes"]["modes"])
def test_padding_modes(mode: str, convcli: Callable[..., Any]) -> None:
    example = EXAMPLES["padding-modes"]
    data = run_json(
        convcli, "run", "conv2d", "arange:5x5", "[[1]]", "-p", 2, "--padding-mode", mode
    )
    assert data["output"]["shape"] == example["output_shape"]
    assert data["output"]["values"][0] == example["corner_rows"][mode]


def test_dilated_transposed_layer_is_one_with_a_stuffed_kernel(convcli: Callable[..., Any]) -> None:
    example = EXAMPLES["transposed-dilation-2"]
    stuffed = "[[1.1,0,2.2],[0,0,0],[3.3,0,4.4]]"
    data = run_json(convcli, "run", "conv_transpose2d", json.dumps(example["input"]), stuffed)
    assert np.allclose(data["output"]["values"], example["output"], rtol=0, atol=1e-12)


def test_every_example_of_these_commands_is_tried() -> None:
    later = {"learn-edge", "sgd-update"}  # learning has its own commands
    tried_here = {"nine-sums", "edge", "three-channels", "grouped", "weight-shape", "padding-modes"}
    computed = {
        n for n, e in EXAMPLES.items() if ("weight" in e and "output" in e) or "output_shape" in e
    }
    assert set(EXAMPLES) == later | tried_here | computed
