"""Update rules by hand, gradients of losses by differences, and what descent is heading for."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np
import pytest

from convcli import ConvError, ConvSpec
from convcli.engine.training.descent import (
    Objective,
    TrainedLayer,
    chain_output,
    check_chain,
    descend,
    loss_and_gradients,
    quadratic,
)
from convcli.engine.training.losses import ACTIVATIONS, LOSSES
from convcli.engine.training.optimisers import OPTIMISERS, Settings


def layer_of(weight: Any, bias: Any = None) -> TrainedLayer:
    weight = np.array(weight, float)
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=weight.shape, bias=bias is not None
    )
    return TrainedLayer(
        spec, weight.reshape(spec.weight_shape), None if bias is None else np.array([float(bias)])
    )


@pytest.mark.parametrize("name", LOSSES)
def test_the_gradient_of_a_loss_is_its_slope(name: str) -> None:
    rng = np.random.default_rng(1)
    out, target, step = rng.normal(size=12), rng.uniform(0, 1, 12), 1e-6
    loss = LOSSES[name]
    for i in range(12):
        unit = np.eye(12)[i] * step
        slope = (loss.value(out + unit, target) - loss.value(out - unit, target)) / (2 * step)
        assert loss.gradient(out, target)[i] == pytest.approx(slope, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_slope_of_an_activation(name: str) -> None:
    act, slope = ACTIVATIONS[name]
    z = np.linspace(-3, 3, 14)
    assert np.allclose(slope(z), (act(z + 1e-6) - act(z - 1e-6)) / 2e-6, atol=1e-6)
    assert np.isfinite(act(np.array([-1e4, 1e4]))).all()


def test_the_update_of_the_tutorial() -> None:
    """-0.0435 - 0.01*0.0707 = -0.0442, and so on."""
    before, gradient = np.array([-0.0435, -0.0704, 0.0776]), np.array([0.0707, -0.2553, -0.1103])
    direction = OPTIMISERS["sgd"].rule(before, gradient, {}, 1, Settings(0.01))
    assert (before - 0.01 * direction).round(4).tolist() == [-0.0442, -0.0678, 0.0787]


@pytest.mark.parametrize(
    ("name", "settings", "expected"),
    [
        ("sgd", Settings(1.0, weight_decay=0.5), [2 + 1, 2 + 1]),
        ("momentum", Settings(1.0, momentum=0.5), [2, 3]),
        ("nesterov", Settings(1.0, momentum=0.5), [3, 3.5]),
        ("adam", Settings(1.0, eps=0.0), [1, 1]),
        ("adamw", Settings(1.0, eps=0.0, weight_decay=0.25), [1.5, 1.5]),
        ("rmsprop", Settings(1.0, alpha=0.75, eps=0.0), [2 / 1, 2 / (4 * 0.4375) ** 0.5]),
        ("momentum", Settings(1.0, momentum=0.5, weight_decay=0.5), [3, 4.5]),
        ("nesterov", Settings(1.0, momentum=0.5, weight_decay=0.5), [4.5, 5.25]),
        ("adam", Settings(1.0, eps=1.0, weight_decay=0.5), [0.75, 0.75]),
        ("adamw", Settings(1.0, eps=2.0, weight_decay=0.25), [1.0, 1.0]),
        (
            "rmsprop",
            Settings(1.0, alpha=0.75, eps=0.5, weight_decay=0.5),
            [1.5, 3 / ((9 * 0.4375) ** 0.5 + 0.5)],
        ),
    ],
)
def test_update_rules_by_hand(name: str, settings: Settings, expected: list[float]) -> None:
    """Two steps at weight 2 with gradient 2."""
    state: dict[str, Any] = {}
    two = np.array([2.0])
    found = [float(OPTIMISERS[name].rule(two, two, state, step, settings)[0]) for step in (1, 2)]
    assert found == pytest.approx(expected)


def test_averages_of_gradients_that_differ() -> None:
    """Adam and RMSprop over the gradients 1 and 3, by their definitions."""
    settings, weight = Settings(1.0, betas=(0.5, 0.75), alpha=0.5, eps=0.25), np.array([0.0])
    found = {}
    for name in ("adam", "rmsprop"):
        state: dict[str, Any] = {}
        found[name] = [
            float(OPTIMISERS[name].rule(weight, np.array([g]), state, step, settings)[0])
            for step, g in ((1, 1.0), (2, 3.0))
        ]
    mean, square = (0.25 * 1 + 0.5 * 3) / 0.75, (0.1875 * 1 + 0.25 * 9) / 0.4375
    assert found["adam"] == pytest.approx([1 / 1.25, mean / (square**0.5 + 0.25)])
    assert found["rmsprop"] == pytest.approx([1 / (0.5**0.5 + 0.25), 3 / (4.75**0.5 + 0.25)])


@pytest.mark.parametrize(("name", "mean"), [("mse", True), ("sse", False)])
def test_squared_errors_of_one_layer_have_an_exact_minimum_and_a_largest_step(
    name: str, mean: bool
) -> None:
    x, target = np.array([[[1.0, 2, 0, -1, 3]]]), np.array([[[1.0, 0, 2, 1]]])
    layer, loss = layer_of([0.1, 0.2], 0.3), LOSSES[name]
    objective = Objective(x, target, loss)
    found = quadratic(layer, objective, mean=mean)
    assert found is not None
    for factor, converges in ((0.98, True), (1.02, False)):
        settings = Settings(found.largest_step * factor)
        epochs = descend([layer], objective, OPTIMISERS["sgd"].rule, settings)
        *_, (epoch, _) = islice(epochs, 600)
        assert (epoch.loss == pytest.approx(found.loss, rel=1e-6)) == converges
    best = TrainedLayer(layer.spec, found.weight, found.bias)
    assert loss.value(chain_output([best], "none", x), target) == pytest.approx(found.loss)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_of_a_chain_are_its_slopes(activation: str) -> None:
    x, target, step = (
        np.linspace(-1, 1, 6).reshape(1, 1, 6),
        np.linspace(0, 1, 4).reshape(1, 1, 4),
        1e-6,
    )
    layers = [layer_of([0.7, -0.4], 0.1), layer_of([0.3, 0.9], -0.2)]
    objective = Objective(x, target, LOSSES["mse"], activation)
    value, found = loss_and_gradients(layers, objective)
    for name, array, gradient in found:
        i, field = int(name[0]), name[2:]
        for place in np.ndindex(array.shape):
            moved = array.copy()
            moved[place] += step
            changed = [
                layer._replace(**{field: moved}) if n == i else layer
                for n, layer in enumerate(layers)
            ]
            slope = (loss_and_gradients(changed, objective)[0] - value) / step
            assert gradient[place] == pytest.approx(slope, rel=1e-4, abs=1e-5)


def test_descent_stops_where_the_loss_is_no_number() -> None:
    x, target = np.ones((1, 1, 2)), np.zeros((1, 1, 2))
    objective = Objective(x, target, LOSSES["sse"])
    steps = descend([layer_of([1.0])], objective, OPTIMISERS["sgd"].rule, Settings(1e9))
    epochs = list(islice(steps, 500))
    assert len(epochs) < 100
    assert not np.isfinite(epochs[-1][0].loss)


def test_a_target_of_another_shape_is_refused() -> None:
    with pytest.raises(ConvError, match="must have the shape 4 of the output, got 3") as caught:
        check_chain([layer_of([1.0, 1.0])], "none", np.ones((1, 1, 5)), np.ones(3))
    assert caught.value.code == "target.shape"


@pytest.mark.parametrize("shape", [(4, 1), (2, 2), (1, 4, 1)])
def test_a_target_of_as_many_numbers_in_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ConvError, match=r"must have the shape (1x)*4 of the output"):
        check_chain([layer_of([1.0, 1.0])], "none", np.ones((1, 1, 5)), np.ones(shape))


@pytest.mark.parametrize("shape", [(4,), (1, 4), (1, 1, 4)])
def test_a_target_may_leave_out_leading_axes(shape: tuple[int, ...]) -> None:
    target = check_chain([layer_of([1.0, 1.0])], "none", np.ones((1, 1, 5)), np.ones(shape))
    assert target.shape == (1, 1, 4)
