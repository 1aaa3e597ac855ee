"""Numbers that torch 2.13.0 printed, so that a machine without torch has an independent judge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec, initialise
from convcli.engine.weights.initialisers import initialise_by, initialise_chain
from convcli.engine.weights.schemes import NONLINEARITIES, calculate_gain
from convcli.engine.weights.torch_stream import TorchGenerator
from convcli.inputs.text.expressions import parse_expression

GOLDEN = json.loads((Path(__file__).parent.parent / "data" / "torch_golden.json").read_text())


@pytest.mark.parametrize(
    "layer", GOLDEN["layers"], ids=lambda layer: f"{layer['line']} {layer['dtype']}"
)
def test_the_default_initialisation_is_torchs_to_the_bit(layer: dict[str, Any]) -> None:
    rank, transposed, arguments = parse_expression(layer["line"])
    weight, bias = initialise(
        ConvSpec.of(dims=rank, transposed=transposed, **arguments), layer["seed"], layer["dtype"]
    )
    assert [float(number).hex() for number in weight.ravel()] == layer["weight"]
    assert (None if bias is None else [float(number).hex() for number in bias]) == layer["bias"]


@pytest.mark.parametrize(
    "drawn",
    GOLDEN["schemes"],
    ids=lambda drawn: f"{drawn['scheme']} {drawn['arguments']} {drawn['line']}",
)
def test_every_scheme_draws_torchs_numbers(drawn: dict[str, Any]) -> None:
    rank, transposed, arguments = parse_expression(drawn["line"])
    spec = ConvSpec.of(dims=rank, transposed=transposed, **arguments)
    found = initialise_by(spec, drawn["seed"], drawn["scheme"], drawn["arguments"]).weight.ravel()
    theirs = np.array([float.fromhex(number) for number in drawn["weight"]])
    if drawn["scheme"] in (
        "uniform",
        "xavier_uniform",
        "kaiming_uniform",
        "constant",
        "zeros",
        "ones",
        "dirac",
    ):
        assert found.tolist() == theirs.tolist()
    else:
        assert np.allclose(
            found, theirs, rtol=0, atol=3e-5 if drawn["scheme"] == "orthogonal" else 4e-6
        )


@pytest.mark.parametrize("golden", GOLDEN["chains"], ids=lambda golden: golden["scheme"])
def test_a_chain_is_drawn_as_torch_constructs_it(golden: dict[str, Any]) -> None:
    specs = []
    for line in golden["lines"]:
        rank, transposed, arguments = parse_expression(line)
        specs.append(ConvSpec.of(dims=rank, transposed=transposed, **arguments))
    drawn = initialise_chain(specs, golden["seed"], golden["scheme"])
    for (weight, bias), of_weight, of_bias in zip(
        drawn, golden["weights"], golden["biases"], strict=True
    ):
        assert weight.dtype == np.float32
        assert [float(number).hex() for number in weight.ravel()] == of_weight
        assert (None if bias is None else [float(number).hex() for number in bias]) == of_bias


def test_gains_are_torchs() -> None:
    gains = {golden["nonlinearity"]: golden["gain"] for golden in GOLDEN["gains"]}
    assert {name: calculate_gain(name, a=0.5) for name in NONLINEARITIES} == gains


@pytest.mark.parametrize("count", GOLDEN["randn"])
def test_normal_numbers_are_torchs_but_for_the_last_place(count: str) -> None:
    theirs = [float.fromhex(number) for number in GOLDEN["randn"][count]]
    assert np.allclose(TorchGenerator(int(count)).normal((int(count),)), theirs, rtol=1e-6, atol=0)


def test_uniform_numbers_are_torchs() -> None:
    """torch.manual_seed(0); torch.rand(3), and then torch.rand(3, dtype=torch.float64)"""
    generator = TorchGenerator(0)
    assert (
        generator.uniform((3,)).round(4).tolist()
        == np.array([0.4963, 0.7682, 0.0885], np.float32).tolist()
    )
    assert generator.uniform((3,), dtype=np.float64).round(4).tolist() == [0.0562, 0.0726, 0.1716]


def test_integers_are_torchs() -> None:
    """torch.manual_seed(0); torch.randint(0, 10, (10,))"""
    assert TorchGenerator(0).integers((10,), 0, 10).tolist() == [4, 9, 3, 0, 3, 9, 7, 3, 7, 3]


def test_a_layer_without_inputs_or_bias() -> None:
    weight, bias = initialise(
        ConvSpec.of(in_channels=0, out_channels=2, kernel_size=2, bias=False, dims=1), seed=1
    )
    assert weight.shape == (2, 0, 2)
    assert bias is None
