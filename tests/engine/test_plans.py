"""Plans that are remembered give what new ones would."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from convcli import ConvError, ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.executors import plans
from convcli.engine.compute.executors.choice import choose
from convcli.engine.compute.executors.gemm import Gemm
from convcli.engine.compute.executors.plans import planned
from convcli.engine.compute.executors.toeplitz import Toeplitz
from convcli.engine.compute.operands import operands
from tests.executor_jobs import job_of, numpy_alone
from tests.random_layers import RandomLayer, random_layer

DEPTHWISE = ConvSpec.of(
    in_channels=8, out_channels=8, groups=8, kernel_size=3, padding=1, bias=False, dims=2
)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    numpy_alone(monkeypatch)


def test_a_plan_is_that_of_a_new_choice_on_random_layers() -> None:
    rng = random.Random(0)
    remembered = 0
    for _ in range(200):
        job = replace(job_of(random_layer(rng), rng), threads=rng.choice((1, 2)), budget=2**24)
        for _ in range(2):
            executor, parts = planned(job)
            new = choose(job)
            assert type(executor) is type(new)
            assert list(parts) == list(new.parts())
        remembered += len(plans._plans) > 0
    assert remembered > 50


def test_another_input_of_the_same_shape_has_its_own_numbers() -> None:
    rng = random.Random(1)
    for _ in range(50):
        layer = random_layer(rng)
        for _ in range(3):
            x = np.random.default_rng(rng.randrange(99)).integers(-9, 9, layer.input.shape)
            changed = layer._replace(input=x.astype(layer.input.dtype))
            found = convolve(*changed)
            expected = read_tap_tables(operands(*changed)).reshape(found.shape)
            assert np.array_equal(found, expected)


def test_infinite_weights_have_another_plan() -> None:
    x, w = np.ones((1, 8, 9, 9)), np.ones(DEPTHWISE.weight_shape)
    layer = RandomLayer(DEPTHWISE, x, w, None)
    job = replace(job_of(layer, random.Random(0)), threads=1, budget=2**24)
    for _ in range(2):
        assert isinstance(planned(job)[0], Toeplitz)
        infinite = replace(job, weight=np.full_like(job.weight, np.inf))
        assert isinstance(planned(infinite)[0], Gemm)


def test_plans_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "PLANS", 4)
    for size in range(3, 30):
        convolve(DEPTHWISE, np.ones((8, size, size)), np.ones(DEPTHWISE.weight_shape))
        assert len(plans._plans) <= 4


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("groups", [1, 2, 8])
@pytest.mark.parametrize("with_bias", [False, True])
def test_a_call_that_is_remembered_computes_its_own_arrays(
    dtype: str, groups: int, with_bias: bool
) -> None:
    """Whole numbers, which every executor sums exactly, and weights that are not finite."""
    spec = ConvSpec.of(in_channels=8, out_channels=8, groups=groups, kernel_size=3, dims=2)
    rng = np.random.default_rng(0)
    for value in (1, 1, np.inf, 1, np.nan, 1):
        x, w, b = (
            rng.integers(-9, 9, shape).astype(dtype)
            for shape in ((2, 8, 6, 7), spec.weight_shape, (8,))
        )
        w[0, 0, 0, 0] = value
        arrays = (spec, x, w, b if with_bias else None)
        found, expected = convolve(*arrays), read_tap_tables(operands(*arrays))
        assert found.dtype == dtype
        assert np.array_equal(found, expected, equal_nan=True)
    assert len(plans._calls) == 1


def test_arrays_that_do_not_fit_are_refused_after_a_call_that_is_remembered() -> None:
    x, w = np.ones((1, 8, 9, 9), "f"), np.ones(DEPTHWISE.weight_shape, "f")
    convolve(DEPTHWISE, x, w)
    for arrays in ((x[:, :4], w), (x, w[:4]), (x, w, np.ones(3, "f"))):
        with pytest.raises(ConvError):
            convolve(DEPTHWISE, *(np.ascontiguousarray(array) for array in arrays))
    for other in (x[0], x[:, :, ::-1], x.astype(">f4"), np.asfortranarray(x)):
        assert convolve(DEPTHWISE, other, w).shape[-3:] == (8, 9, 9)
