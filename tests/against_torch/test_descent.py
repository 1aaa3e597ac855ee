"""Trajectories equal torch's: random layers, losses, optimisers, activations; 20 float64 steps."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from convcli import ConvError, ConvSpec
from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from convcli.engine.training.descent import Objective, TrainedLayer, chain_output, descend
from convcli.engine.training.losses import LOSSES
from convcli.engine.training.optimisers import OPTIMISERS, Settings
from convcli.report.spelling.pytorch_line import pytorch_line
from tests.long_loops import first_part_everyday
from tests.random_layers import random_layer

PROBLEMS, STEPS = 200, 20


def random_problem(
    rng: random.Random, numbers: np.random.Generator
) -> tuple[list[TrainedLayer], Any, str]:
    """One to three layers that fit each other, with random weights and input."""
    first = random_layer(rng, modes=TORCH_PADDING_MODES)
    layers, channels = [first.spec], first.spec.out_channels
    for _ in range(rng.choice((0, 0, 1, 2))):
        kernel = rng.choice((1, 1, 2))
        layers.append(
            ConvSpec.of(
                in_channels=channels,
                out_channels=rng.choice((1, 2)),
                kernel_size=kernel,
                padding=kernel - 1,
                dims=first.spec.rank,
            )
        )
        channels = layers[-1].out_channels
    trained = [
        TrainedLayer(
            s,
            numbers.uniform(-0.5, 0.5, s.weight_shape),
            numbers.uniform(-0.5, 0.5, s.out_channels) if s.bias else None,
        )
        for s in layers
    ]
    return (
        trained,
        numbers.uniform(-1, 1, first.input.shape),
        rng.choice(("none", "relu", "sigmoid", "tanh")),
    )


def fitting_problem(
    rng: random.Random, numbers: np.random.Generator
) -> tuple[list[TrainedLayer], Any, str, Any]:
    """A random problem whose layers fit on one another, with the chain's first output."""
    while True:
        try:
            layers, x, activation = random_problem(rng, numbers)
            return layers, x, activation, chain_output(layers, activation, x)
        except ConvError:
            continue


def torch_optimiser(torch: Any, name: str, parameters: Any, lr: float) -> Any:
    optim = torch.optim
    return {
        "sgd": lambda: optim.SGD(parameters, lr=lr),
        "momentum": lambda: optim.SGD(parameters, lr=lr, momentum=0.9),
        "nesterov": lambda: optim.SGD(parameters, lr=lr, momentum=0.9, nesterov=True),
        "adam": lambda: optim.Adam(parameters, lr=lr),
        "adamw": lambda: optim.AdamW(parameters, lr=lr),
        "rmsprop": lambda: optim.RMSprop(parameters, lr=lr),
    }[name]()


def torch_network(torch: Any, layers: list[TrainedLayer], activation: str) -> tuple[Any, list[Any]]:
    modules, parameters = [], []
    between = {
        "none": torch.nn.Identity,
        "relu": torch.nn.ReLU,
        "sigmoid": torch.nn.Sigmoid,
        "tanh": torch.nn.Tanh,
    }[activation]
    for i, (spec, weight, bias) in enumerate(layers):
        module = eval(pytorch_line(spec), {"nn": torch.nn}).double()
        conv = next(m for m in module.modules() if "Conv" in type(m).__name__)
        conv.weight.data = torch.from_numpy(weight.copy())
        parameters.append(conv.weight)
        if bias is not None:
            conv.bias.data = torch.from_numpy(bias.copy())
            parameters.append(conv.bias)
        modules += [module] + ([between()] if i + 1 < len(layers) else [])
    return torch.nn.Sequential(*modules), parameters


@first_part_everyday("part", 4)
def test_trajectories_equal_torchs(part: int) -> None:
    import torch

    rng, numbers = random.Random(part), np.random.default_rng(part)
    for number in range(PROBLEMS // 4):
        layers, x, activation, output = fitting_problem(rng, numbers)
        loss_name, optimiser = list(LOSSES)[number % 4], list(OPTIMISERS)[number % 6]
        target = numbers.uniform(0, 1, output.shape)
        lr = 0.0002 if loss_name == "sse" else 0.02
        settings = Settings(lr, weight_decay=OPTIMISERS[optimiser].weight_decay)
        network, parameters = torch_network(torch, layers, activation)
        theirs, criterion = (
            torch_optimiser(torch, optimiser, parameters, lr),
            eval(LOSSES[loss_name].torch_name, {"nn": torch.nn}),
        )
        objective = Objective(x, target, LOSSES[loss_name], activation)
        trajectory = descend(layers, objective, OPTIMISERS[optimiser].rule, settings)
        for epoch, _ in (next(trajectory) for _ in range(STEPS)):
            theirs.zero_grad()
            loss = criterion(network(torch.from_numpy(x)), torch.from_numpy(target))
            loss.backward()
            assert epoch.loss == pytest.approx(loss.item(), rel=1e-9, abs=1e-9)
            theirs.step()
            for change, parameter in zip(epoch.changes, parameters, strict=True):
                assert np.allclose(
                    change.after, parameter.detach().numpy(), rtol=1e-9, atol=1e-9
                ), (
                    optimiser,
                    loss_name,
                    activation,
                )
