"""Gradients equal differences, exactly, because the map is linear; each entry has a worked sum."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from convcli import ConvError, ConvSpec, convolve
from convcli.engine.gradients.as_layers import adjoint
from convcli.engine.gradients.gradients import contract_tap_tables, gradient_operands, gradients
from convcli.engine.gradients.worked_entry import trace_gradient
from tests.long_loops import everyday_and_long
from tests.random_layers import integers, random_layer


def layers(seed: int, count: int, **fixed: Any) -> Any:
    rng = random.Random(seed)
    for _ in range(count):
        layer = random_layer(rng, dtype=np.int64, **fixed)
        yield layer, integers(rng, layer.spec.output_shape(layer.input.shape))


def test_gradients_are_exact_differences() -> None:
    rng = random.Random(9)
    for (spec, x, w, b), upstream in layers(1, 80):
        found = gradients(spec, x, w, b, output_gradient=upstream)
        for name, array in (("input", x), ("weight", w)):
            place = tuple(rng.randrange(size) for size in array.shape)
            step = np.zeros_like(array)
            step[place] = 1
            arguments = {"input": x, "weight": w}
            higher = convolve(spec, **(arguments | {name: array + step}))
            lower = convolve(spec, **(arguments | {name: array - step}))
            assert 2 * getattr(found, name)[place] == ((higher - lower) * upstream).sum()
        assert np.array_equal(found.bias, upstream.sum(axis=(0, *range(2, upstream.ndim))))


def test_every_entry_is_its_worked_sum() -> None:
    for (spec, x, w, b), upstream in layers(2, 25):
        found = gradients(spec, x, w, b, output_gradient=upstream)
        for name in ("input", "weight", "bias"):
            entries = getattr(found, name)
            for place in list(np.ndindex(entries.shape))[:40]:
                worked = trace_gradient(
                    spec, x, w, b, variable=name, at=place, output_gradient=upstream
                )  # type: ignore[arg-type]
                assert worked.total == entries[place], (spec, name, place)
                assert all(term.gradient == upstream[tuple(term.output)] for term in worked.terms)


def test_the_gradient_of_an_input_is_the_adjoint_layer_with_the_same_weight() -> None:
    found = 0
    for (spec, x, w, _), upstream in layers(3, 400, bias=False):
        back = adjoint(spec, x.shape[2:])
        if back is not None:
            assert back.transposed != spec.transposed
            assert np.array_equal(
                gradients(spec, x, w, output_gradient=upstream).input, convolve(back, upstream, w)
            )
            found += 1
        else:
            unread = any(
                axis.pad.after or axis.stride > 1 or axis.output_padding for axis in spec.axes
            )
            assert spec.padding_mode != "zeros" or unread
    assert found > 150


def test_an_output_gradient_counts_in_the_type_and_in_the_bound() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    assert gradients(spec, [1, 2, 3], [10, 1], output_gradient=[0.5, 1]).input.tolist() == [
        5,
        10.5,
        1,
    ]
    assert (
        gradients(spec, [1, 2, 3], [10, 1], output_gradient=np.array([1, 1], np.int8)).weight.dtype
        == np.int64
    )
    with pytest.raises(ConvError) as caught:
        gradients(spec, [1, 2, 3], [10, 1], output_gradient=[2**62, 0])
    assert caught.value.code == "int64.bound"


def test_gradients_come_back_in_the_shapes_that_went_in() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=2)
    found = gradients(spec, np.ones((3, 3)), np.ones((2, 2)), output_gradient=np.ones((2, 2)))
    assert (found.input.shape, found.weight.shape, found.bias.shape) == ((3, 3), (2, 2), (1,))


@pytest.mark.parametrize(
    ("variable", "at", "code"),
    [
        ("input", (3, 0), "at.range"),
        ("weight", (0, 0, 0, 0, 0), "at.rank"),
        ("bias", (1,), "at.range"),
    ],
)
def test_what_is_no_entry_is_refused(variable: Any, at: tuple[int, ...], code: str) -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=2)
    with pytest.raises(ConvError) as caught:
        trace_gradient(spec, np.ones((3, 3)), np.ones((2, 2)), variable=variable, at=at)
    assert caught.value.code == code
    with pytest.raises(ConvError) as caught:
        gradients(spec, np.ones((3, 3)), np.ones((2, 2)), output_gradient=np.ones(3))
    assert caught.value.code == "output_gradient.shape"


@everyday_and_long("layers", 300, 1500)
def test_gradients_as_layers_equal_the_tap_tables_on_random_layers(layers: int) -> None:
    rng = random.Random(9)
    for _ in range(layers):
        spec, x, w, b = random_layer(rng)
        upstream = integers(rng, tuple(spec.output_shape(x.shape)), np.float64)
        arrays, given = gradient_operands(spec, x, w, b, upstream)
        of_input, of_weight, of_bias = contract_tap_tables(arrays, given)
        found = gradients(spec, x, w, b, output_gradient=upstream)
        assert np.array_equal(found.input, of_input), spec
        assert np.array_equal(found.weight, of_weight), spec
        assert np.array_equal(found.bias, of_bias), spec
