"""Numbers that torch 2.13.0 printed, so that a machine without torch has an independent judge."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import ConvError, ConvSpec, initialise
from convcli.engine.weights.initialisers import initialise_by, initialise_chain
from convcli.engine.weights.schemes import NONLINEARITIES, SCHEMES, calculate_gain
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


LAYER = ConvSpec.of(in_channels=4, out_channels=8, kernel_size=3, groups=2, dims=1)


@pytest.mark.parametrize(
    ("scheme", "arguments", "code", "parameter", "rule"),
    [
        ("normals", {}, "scheme.name", "scheme", "must be one of default, uniform"),
        ("ones", {"a": 1}, "scheme.arguments", "a", "ones takes no arguments"),
        ("normal", {"a": 1}, "scheme.arguments", "a", "normal takes mean, std"),
        ("uniform", {"a": 2.0}, "scheme.range", "a", "uniform needs a <= b"),
        ("uniform", {"a": math.nan}, "scheme.range", "a", "uniform needs a <= b"),
        ("normal", {"std": -1.0}, "std.least", "std", "must be at least 0"),
        ("sparse", {"std": -1.0}, "std.least", "std", "must be at least 0"),
        ("sparse", {"sparsity": -0.1}, "sparsity.range", "sparsity", "must be between 0 and 1"),
        ("sparse", {"sparsity": 1.1}, "sparsity.range", "sparsity", "must be between 0 and 1"),
        ("trunc_normal", {"std": 0.0}, "scheme.range", "a", "needs a < b, and std above 0"),
        ("trunc_normal", {"a": 2.0}, "scheme.range", "a", "needs a < b, and std above 0"),
        ("trunc_normal", {"std": -1.0}, "std.least", "std", "must be at least 0"),
        ("kaiming_normal", {"mode": "fan"}, "mode.name", "mode", "one of fan_in, fan_out"),
        (
            "kaiming_uniform",
            {"nonlinearity": "gelu"},
            "nonlinearity.name",
            "nonlinearity",
            "must be one of linear, sigmoid",
        ),
        (
            "dirac",
            {"groups": 3},
            "dirac.groups",
            "groups",
            "must divide the weight's first axis, 8",
        ),
        (
            "dirac",
            {"groups": 0},
            "dirac.groups",
            "groups",
            "must divide the weight's first axis, 8",
        ),
    ],
    ids=str,
)
def test_what_a_scheme_refuses(
    scheme: str, arguments: dict[str, Any], code: str, parameter: str, rule: str
) -> None:
    with pytest.raises(ConvError) as caught:
        initialise_by(LAYER, 0, scheme, arguments)
    error = caught.value
    assert (error.code, error.parameter) == (code, parameter)
    assert rule in str(error)
    value = {"scheme": scheme, "a": -2.0, **arguments}[parameter]
    assert repr(error.got) == repr(value)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_draws_in_the_type_of_the_weight(scheme: str, dtype: str) -> None:
    arguments = {"trunc_normal": {"b": 3.0}, "constant": {"val": 1.5}}.get(scheme, {})
    drawn = initialise_by(LAYER, 1, scheme, arguments, dtype)
    assert drawn.weight.dtype == dtype
    assert drawn.bias is not None
    assert drawn.bias.dtype == dtype
    if scheme in ("constant", "zeros", "ones", "dirac"):
        return
    has_more_bits = (drawn.weight != drawn.weight.astype(np.float32)).any()
    assert has_more_bits == (dtype == "float64")


def test_a_layer_without_inputs_has_a_bias_of_zeros() -> None:
    spec = ConvSpec.of(in_channels=0, out_channels=2, kernel_size=2, dims=1)
    for scheme in ("default", "kaiming_normal", "kaiming_uniform"):
        drawn = initialise_by(spec, 1, scheme)
        assert drawn.bias is not None
        assert drawn.bias.tolist() == [0, 0]
        assert (drawn.bound or 0, drawn.std or 0) == (0, 0)


def test_the_ends_of_ranges_are_accepted() -> None:
    assert (initialise_by(LAYER, 0, "uniform", {"a": 1.0, "b": 1.0}).weight == 1).all()
    assert (initialise_by(LAYER, 0, "normal", {"mean": 2.0, "std": 0.0}).weight == 2).all()
    assert (initialise_by(LAYER, 0, "sparse", {"sparsity": 0.0}).weight != 0).all()
    assert (initialise_by(LAYER, 0, "sparse", {"sparsity": 1.0}).weight == 0).all()


@pytest.mark.parametrize(
    ("scheme", "arguments", "gain", "bound", "std", "formula"),
    [
        ("default", {}, None, 6**-0.5, None, "1/sqrt(fan_in) = 1/sqrt(6)"),
        ("uniform", {}, None, None, None, ""),
        ("normal", {"std": 0.5}, None, None, 0.5, ""),
        ("constant", {"val": 2.0}, None, None, None, ""),
        ("sparse", {"std": 0.5}, None, None, 0.5, ""),
        ("orthogonal", {"gain": 2.0}, 2.0, None, None, ""),
        ("trunc_normal", {"std": 0.5}, None, None, 0.5, ""),
        (
            "xavier_uniform",
            {"gain": 2.0},
            2.0,
            2 * (6 / 30) ** 0.5,
            None,
            "gain*sqrt(6/(fan_in + fan_out)) = {gain}*sqrt(6/(6 + 24))",
        ),
        (
            "xavier_normal",
            {"gain": 2.0},
            2.0,
            None,
            2 * (2 / 30) ** 0.5,
            "gain*sqrt(2/(fan_in + fan_out)) = {gain}*sqrt(2/(6 + 24))",
        ),
        (
            "kaiming_uniform",
            {"nonlinearity": "tanh", "mode": "fan_out"},
            5 / 3,
            5 / 3 * (3 / 24) ** 0.5,
            None,
            "gain*sqrt(3/fan_out) = {gain}*sqrt(3/24)",
        ),
        (
            "kaiming_normal",
            {"nonlinearity": "tanh"},
            5 / 3,
            None,
            5 / 3 / 6**0.5,
            "gain/sqrt(fan_in) = {gain}/sqrt(6)",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isidentifier() else None,
)
def test_the_numbers_behind_a_scheme(
    scheme: str,
    arguments: dict[str, Any],
    gain: float | None,
    bound: float | None,
    std: float | None,
    formula: str,
) -> None:
    drawn = initialise_by(LAYER, 0, scheme, arguments)
    assert (drawn.scheme, drawn.fan_in, drawn.fan_out) == (scheme, 6, 24)
    assert dict(drawn.arguments).items() >= arguments.items()
    assert scheme == "default" or drawn.gain == (None if gain is None else pytest.approx(gain))
    assert drawn.bound == (None if bound is None else pytest.approx(bound))
    assert drawn.std == (None if std is None else pytest.approx(std))
    assert drawn.formula == formula


def test_integers_lie_between_their_ends_in_any_shape() -> None:
    numbers = TorchGenerator(1).integers((3, 50), 5, 8)
    assert (numbers.shape, numbers.dtype) == ((3, 50), np.int64)
    assert set(numbers.ravel().tolist()) == {5, 6, 7}
    assert np.array_equal(numbers, TorchGenerator(1).integers((3, 50), 0, 3) + 5)


def test_a_permutation_has_each_number_once() -> None:
    """torch.manual_seed(0); torch.randperm(8)"""
    generator = TorchGenerator(0)
    assert generator.permutation(8).tolist() == [4, 0, 7, 3, 2, 5, 1, 6]
    assert sorted(generator.permutation(100).tolist()) == list(range(100))
    assert generator.permutation(0).tolist() == []
