"""`convcli init` at the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import initialise
from convcli.engine.weights.initialisers import initialise_by
from convcli.engine.weights.schemes import SCHEMES
from convcli.inputs.text.layer import parse_layer

Convcli = Callable[..., Any]


def data(convcli: Convcli, *arguments: object) -> Any:
    result = convcli("init", *arguments, "--json")
    assert result.status == 0, result.err
    return json.loads(result.out)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "layer",
    [
        "Conv2d(4, 6, 3, groups=2)",
        "ConvTranspose1d(4, 6, 3, groups=2)",
        "Conv3d(1, 1, 1, bias=False)",
    ],
)
def test_every_scheme_fits_every_layer(convcli: Convcli, scheme: str, layer: str) -> None:
    found = data(convcli, layer, "--scheme", scheme)
    spec = parse_layer(layer, {}).alone()
    weight = np.array(found["weight"]["values"])
    assert weight.shape == spec.weight_shape
    assert (found["fan_in"], found["fan_out"]) == (spec.fan_in, weight.size // weight.shape[1])
    assert ("bias" in found) == spec.bias
    if "bound" in found:
        assert np.abs(weight).max() <= found["bound"] * (1 + 1e-6)
    assert convcli("init", layer, "--scheme", scheme, "-q").out.startswith("[[[")


def test_the_spread_is_the_formulas() -> None:
    spec = parse_layer("Conv2d(16, 64, 3)", {}).alone()
    for scheme, arguments in (
        ("xavier_normal", {"gain": 2.0}),
        ("kaiming_normal", {"nonlinearity": "relu"}),
        ("normal", {"std": 0.3}),
    ):
        drawn = initialise_by(spec, 1, scheme, arguments)
        assert drawn.std == pytest.approx(float(drawn.weight.std()), rel=0.05)
    for scheme in ("default", "xavier_uniform", "kaiming_uniform"):
        drawn = initialise_by(spec, 1, scheme)
        assert drawn.bound == pytest.approx(float(drawn.weight.std()) * 3**0.5, rel=0.05)
        if drawn.formula:
            expression = drawn.formula.format(gain=drawn.gain).split(" = ")[1]
            assert eval(expression, {"sqrt": lambda value: value**0.5}) == pytest.approx(
                drawn.bound, rel=1e-5
            )


def test_what_special_schemes_promise(convcli: Convcli) -> None:
    dirac = np.array(
        data(convcli, "Conv2d(4, 4, 3, groups=2)", "--scheme", "dirac")["weight"]["values"]
    )
    assert dirac.sum() == 4
    assert dirac[3, 1, 1, 1] == 1
    rows = np.array(
        data(convcli, "Conv1d(3, 4, 5)", "--scheme", "orthogonal", "--gain", 2)["weight"]["values"]
    ).reshape(4, -1)
    assert np.allclose(rows @ rows.T, 4 * np.eye(4), atol=1e-5)
    sparse = np.array(
        data(convcli, "Conv1d(3, 10, 5)", "--scheme", "sparse", "--sparsity", 0.25)["weight"][
            "values"
        ]
    ).reshape(10, -1)
    assert ((sparse == 0).sum(axis=0) == 3).all()
    cut = np.array(
        data(convcli, "Conv1d(3, 10, 5)", "--scheme", "trunc_normal", "--a", -0.5, "--b", 1)[
            "weight"
        ]["values"]
    )
    assert (cut.min() >= -0.5, cut.max() <= 1) == (True, True)
    assert set(
        np.ravel(
            data(convcli, "Conv1d(1, 1, 3)", "--scheme", "constant", "--val", 0.25)["weight"][
                "values"
            ]
        )
    ) == {0.25}


def test_files(convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert (
        convcli(
            "init", "Conv2d(2, 3, 3)", "--seed", 5, "-o", "w.npy", "--bias-output", "b.npy"
        ).status
        == 0
    )
    weight, bias = initialise(parse_layer("Conv2d(2, 3, 3)", {}).alone(), 5)
    assert np.array_equal(np.load("w.npy"), weight)
    assert np.array_equal(np.load("b.npy"), bias)
    used = json.loads(convcli("run", "conv2d", "rand:2x3x3", "w.npy", "--bias", "b.npy", "-q").out)
    assert used == json.loads(
        convcli("run", "Conv2d(2, 3, 3)", "rand:2x3x3", "--seed", 5, "-q").out
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("conv2d", "-k", "3"), "--in-channels is required"),
        (("Conv1d(1, 1, 3)", "--scheme", "xavier"), "must be one of default, uniform"),
        (
            ("Conv1d(1, 1, 3)", "--scheme", "zeros", "--gain", "2"),
            "--gain: zeros takes no arguments",
        ),
        (("Conv1d(1, 1, 3)", "--scheme", "normal", "--std", "-1"), "--std must be at least 0"),
        (
            ("Conv1d(1, 1, 3)", "--scheme", "normal", "--std", "x"),
            "--std must be a number, got 'x'",
        ),
        (("Conv1d(1, 1, 3)", "--scheme", "uniform", "--a", "2"), "uniform needs a <= b"),
        (("Conv1d(1, 1, 3)", "--scheme", "trunc_normal", "--a", "2"), "trunc_normal needs a < b"),
        (("Conv1d(1, 1, 3)", "--scheme", "sparse", "--sparsity", "2"), "between 0 and 1"),
        (
            ("Conv1d(1, 1, 3)", "--scheme", "kaiming_normal", "--mode", "fan"),
            "--mode must be one of fan_in, fan_out",
        ),
        (
            ("Conv1d(1, 1, 3)", "--scheme", "kaiming_normal", "--nonlinearity", "swish"),
            "--nonlinearity must be one of linear",
        ),
        (("Conv1d(1, 1, 3)", "--no-bias", "--bias-output", "b.npy"), "no bias to write"),
        (("Conv1d(1, 1, 3)", "-o", "w.foo"), "--output must end in .npy"),
    ],
)
def test_bad_requests(convcli: Convcli, arguments: tuple[str, ...], words: str) -> None:
    result = convcli("init", *arguments)
    assert (result.status, result.out) == (2, "")
    assert words in result.err


def test_weights_beyond_memory_are_refused(convcli: Convcli) -> None:
    assert convcli("init", "Conv2d(100000, 100000, 31)").status == 4
