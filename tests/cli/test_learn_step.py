"""`learn --verbose` tells one step whole; every number of it is torch's, and every sum holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.training.descent import Objective, TrainedLayer, chain_output, descend
from convcli.engine.training.losses import LOSSES
from convcli.engine.training.optimisers import OPTIMISERS, Settings
from convcli.engine.training.worked_step import worked_step

Convcli = Callable[..., Any]
TWO = ("learn", "Conv2d(1, 1, 3)", "Conv2d(1, 1, 3)", "arange:1x1x5x5", "[[1]]")
TUTORIAL = {  # an update that a tutorial prints, with four decimals
    "before": [-0.0435, -0.0704, 0.0776],
    "gradient": [0.0707, -0.2553, -0.1103],
    "after": [-0.0442, -0.0679, 0.0787],
}


def epochs(convcli: Convcli, *words: object) -> list[Any]:
    result = convcli(*words, "-f", "jsonl")
    assert result.status in (0, 1), result.err
    return [json.loads(line) for line in result.out.splitlines()]


def test_the_update_of_the_tutorial(convcli: Convcli) -> None:
    """One output y = w*x with the target y - 1/2 has the gradient 2*(y - t)*x = x."""
    before, gradient = (" ".join(map(str, TUTORIAL[name])) for name in ("before", "gradient"))
    target = float(np.dot(TUTORIAL["before"], TUTORIAL["gradient"])) - 0.5
    words = (
        "learn", "Conv1d(1, 1, 3, bias=False)", gradient, f"[{target}]",
        "--weight", before, "--lr", 0.01, "--epochs", 1, "--verbose",
    )  # fmt: skip
    (epoch,) = epochs(convcli, *words)
    (change,) = epoch["changes"]
    for name, values in TUTORIAL.items():
        assert np.allclose(np.ravel(change[name]), values, rtol=0, atol=1e-4)
    text = convcli(*words, "--precision", 4, "--color", "never").out
    assert "dL/d(0.weight)[0, 0, 0]: 1.0000*0.0707 = 0.0707" in text.replace("  1.0", ": 1.0")
    assert "-0.0435 - 0.0100*0.0707 = -0.0435 - 0.0007 = -0.0442" in text


def test_the_two_layers_read_in_order(convcli: Convcli) -> None:
    text = convcli(*TWO, "--lr", 0.0001, "--epochs", 3, "--activation", "tanh", "--verbose").out
    told = [
        "epoch 1", "forward: each layer in turn", "layer 0: z0 = x * 0.weight + 0.bias",
        "z0[0, 0, 0, 0]", "layer 1: y = tanh(z0) * 1.weight + 1.bias", "y[0, 0, 0, 0]",
        "loss: how far", "sum of the squares", "backward: from the loss",
        "dL/dy = 2*(y - t)/n", "dL/d(1.weight)[0, 0, 0, 0]", "dL/d(tanh(z0))[0, 0, 0, 0]",
        "dL/dz0[0, 0, 0, 0]", "times the slope of tanh there", "dL/d(0.weight)[0, 0, 0, 0]",
        "dL/d(0.bias)[0]", "update: minus lr times the gradient", "0.weight[0, 0, 0, 0]  ",
        "epoch 2", "epoch 3",
    ]  # fmt: skip
    places = [text.index(part) for part in told]
    assert places == sorted(places)
    assert text.count("forward") == 1


@pytest.mark.parametrize("number", [1, 2, 5])
def test_epoch_names_the_step_that_is_told(convcli: Convcli, number: int) -> None:
    kept = epochs(convcli, *TWO, "--lr", 1e-5, "--epochs", 5, "--every", 5, "--epoch", number)
    assert [epoch["epoch"] for epoch in kept if "step" in epoch] == [number]
    assert all("changes" in epoch for epoch in kept)
    table = convcli(*TWO, "--lr", 1e-5, "--epochs", 5, "--epoch", number, "-f", "csv").out
    assert "step" not in table


def test_an_epoch_that_there_is_not(convcli: Convcli) -> None:
    result = convcli(*TWO, "--epochs", 3, "--epoch", 4, "--json")
    assert result.status == 2
    assert json.loads(result.err)["error"]["code"] == "epoch.range"
    assert all("step" not in epoch for epoch in epochs(convcli, *TWO, "--lr", 1e-5))


@pytest.mark.parametrize("loss", LOSSES)
def test_the_addends_make_the_loss(convcli: Convcli, loss: str) -> None:
    words = ("learn", "Conv1d(1, 2, 2)", "1 2 3 4", "[[1, 0, 1], [0, -1, 1]]", "--loss", loss)
    (epoch, *_) = epochs(convcli, *words, "--lr", 0.01, "--epochs", 1, "--verbose")
    addends = np.ravel(epoch["step"]["loss"]["addends"])
    assert epoch["step"]["loss"]["is_mean"] is (loss != "sse")
    total = addends.mean() if epoch["step"]["loss"]["is_mean"] else addends.sum()
    assert total == pytest.approx(epoch["loss"])
    for entry in epoch["step"]["entries"]:
        assert sum(term["product"] for term in entry["terms"]) == pytest.approx(entry["total"])
        change = next(each for each in epoch["changes"] if each["name"] == entry["name"])
        assert np.ravel(change["gradient"])[0] == pytest.approx(entry["total"])


@pytest.mark.parametrize("decay", [0.0, 0.1])
@pytest.mark.parametrize("name", OPTIMISERS)
def test_directions_are_those_of_the_optimiser(name: str, decay: float) -> None:
    rng = np.random.default_rng(1)
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=(2,))
    layers = [TrainedLayer(spec, rng.normal(size=(1, 1, 2)), rng.normal(size=1))]
    x, target = rng.normal(size=(1, 1, 5)), rng.normal(size=(1, 1, 4))
    objective, settings = Objective(x, target, LOSSES["mse"]), Settings(0.05, weight_decay=decay)
    course = descend(layers, objective, OPTIMISERS[name].rule, settings)
    for (epoch, after), _ in zip(course, range(4), strict=False):
        step = worked_step(layers, objective, epoch, name, settings)
        for change in epoch.changes:
            parts = step.directions[change.name]
            direction = parts[-1].value if parts else change.gradient.reshape(-1)[0]
            assert direction == pytest.approx(change.direction.reshape(-1)[0], rel=1e-12)
            for part in parts:
                assert sum(map(np.prod, part.factors)) == pytest.approx(
                    part.value if part.factors else 0
                )
        layers = after


@pytest.mark.torch
@pytest.mark.parametrize("activation", ["none", "relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("loss", LOSSES)
def test_outputs_and_deltas_are_those_of_autograd(activation: str, loss: str) -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(5)
    specs = [
        ConvSpec.of(in_channels=1, out_channels=2, kernel_size=3, dims=2, padding=1, stride=2),
        ConvSpec.of(in_channels=2, out_channels=4, kernel_size=2, dims=2, groups=2, bias=False),
        ConvSpec.of(
            in_channels=4, out_channels=1, kernel_size=3, dims=2, stride=2, transposed=True
        ),
    ]
    layers = [
        TrainedLayer(s, rng.normal(size=s.weight_shape), rng.normal(size=s.out_channels))
        if s.bias
        else TrainedLayer(s, rng.normal(size=s.weight_shape), None)
        for s in specs
    ]
    x = rng.normal(size=(2, 1, 7, 7))
    target = (rng.random(size=chain_output(layers, activation, x).shape) > 0.5) * 1.0
    objective = Objective(x, target, LOSSES[loss], activation)
    settings = Settings(0.1)
    epoch, _ = next(descend(layers, objective, OPTIMISERS["sgd"].rule, settings))
    step = worked_step(layers, objective, epoch, "sgd", settings)

    act = {"none": lambda z: z} | {n: getattr(torch, n) for n in ("relu", "sigmoid", "tanh")}
    functional, value, outputs = torch.nn.functional, torch.tensor(x), []
    for i, (spec, weight, bias) in enumerate(layers):
        function = functional.conv_transpose2d if spec.transposed else functional.conv2d
        axis = spec.axes[0]
        parameters = torch.tensor(weight), None if bias is None else torch.tensor(bias)
        value = function(
            value.requires_grad_() if i == 0 else value, *parameters,
            stride=axis.stride, padding=axis.pad.before, groups=spec.groups,
        )  # fmt: skip
        value.retain_grad()
        outputs.append(value)
        value = act[activation](value) if i < 2 else value
    losses = {
        "mse": functional.mse_loss,
        "sse": lambda y, t: functional.mse_loss(y, t, reduction="sum"),
        "l1": functional.l1_loss,
        "bce": functional.binary_cross_entropy_with_logits,
    }
    losses[loss](value, torch.tensor(target)).backward()
    for layer, judge in zip(step.layers, outputs, strict=True):
        assert np.allclose(layer.output, judge.detach().numpy())
        assert np.allclose(layer.delta, judge.grad.numpy())
        if layer.first is not None:
            assert layer.first.total == pytest.approx(layer.output.reshape(-1)[0])
    for layer, before in zip(step.layers[1:], step.layers, strict=False):
        if before.back is not None:
            slope = 1 if before.slope is None else before.slope.reshape(-1)[0]
            assert before.back.total * slope == pytest.approx(before.delta.reshape(-1)[0])
        assert layer.input.shape == before.output.shape


def test_long_sums_and_large_arrays_are_named_alone(convcli: Convcli) -> None:
    words = ("learn", "Conv2d(3, 2, 5)", "rand:1x3x24x24", "zeros:1x2x20x20", "--epochs", 1)
    text = convcli(*words, "--verbose").out
    assert "a sum of 400 products; grad --at prints them" in text
    assert "800 addends" in text
    assert "1x3x24x24" in text
    assert len(text.splitlines()) < 250
