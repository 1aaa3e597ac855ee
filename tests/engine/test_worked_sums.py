from __future__ import annotations

import random
import tracemalloc
from itertools import islice

import numpy as np
import pytest

from convcli import ConvError, ConvSpec, convolve, trace
from convcli.engine.explain.worked_sums import positions
from tests.long_loops import everyday_and_long
from tests.random_layers import random_layer


@everyday_and_long("layers", 80, 300)
def test_every_total_is_the_entry_of_the_result(layers: int) -> None:
    rng = random.Random(1)
    for _ in range(layers):
        layer = random_layer(rng, dtype=np.int64)
        result = convolve(*layer)
        totals = {tuple(worked.position): worked.total for worked in trace(*layer)}
        assert totals == dict(np.ndenumerate(result)), layer.spec


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64"])
def test_totals_of_floats_agree_to_rounding(dtype: str) -> None:
    rng, noise = random.Random(2), np.random.default_rng(2)
    for _ in range(40):
        spec, *arrays = random_layer(rng)
        x, w, b = (
            None if a is None else (a * noise.uniform(0.5, 1.5, a.shape)).astype(dtype)
            for a in arrays
        )
        result = convolve(spec, x, w, b)
        for worked in trace(spec, x, w, b):
            entry = result[tuple(worked.position)]
            terms = len(worked.terms) + 1
            size = sum(abs(complex(term.product)) for term in worked.terms) + abs(
                complex(worked.bias or 0)
            )
            assert abs(complex(worked.total) - complex(entry)) <= terms * np.finfo(dtype).eps * (
                size + 1
            )
            assert worked.total.dtype == dtype


def test_the_terms_are_the_products_in_tap_order() -> None:
    rng = random.Random(3)
    for _ in range(100):
        layer = random_layer(rng, dtype=np.int64)
        spec, x, *_ = layer
        for worked in islice(trace(*layer), 30):
            assert worked.terms == sorted(worked.terms, key=lambda term: (term.channel, term.tap))
            assert worked.running[-1:] == ([worked.total] if worked.running else [])
            for term in worked.terms:
                value = (
                    0 if term.cell is None else x[(worked.position[0], term.channel, *term.cell)]
                )
                assert term.input == value
                assert term.product == term.input * term.weight
                assert term.padded == (term.cell != term.landing)
            if not spec.transposed:
                assert len(worked.terms) == spec.fan_in


def test_terms_of_floats_are_those_of_integers() -> None:
    rng = random.Random(4)
    for _ in range(60):
        layer = random_layer(rng, dtype=np.int64)
        floats = (
            layer.spec,
            *(None if array is None else array.astype(np.float64) for array in layer[1:]),
        )
        for whole, real in zip(islice(trace(*layer), 20), islice(trace(*floats), 20), strict=True):  # type: ignore[arg-type]
            assert (whole.position, whole.terms, whole.total, whole.spec) == (
                real.position,
                real.terms,
                real.total,
                layer.spec,
            )
            assert all(isinstance(term.input, np.float64) for term in real.terms)


def test_padding_is_marked_and_mirrored_cells_are_named() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=1)
    first = next(trace(spec, [5, 6, 7], [1, 1, 1])).terms[0]
    assert (first.cell, first.landing, first.input, first.padded) == (None, (-1,), 0, True)
    reflect = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=3, padding=1, padding_mode="reflect", dims=1
    )
    first = next(trace(reflect, [5, 6, 7], [1, 1, 1])).terms[0]
    assert (first.cell, first.landing, first.input, first.padded) == ((1,), (-1,), 6, True)


def test_scatter_adds_the_same_terms_in_the_order_of_the_inputs() -> None:
    rng = random.Random(4)
    for _ in range(60):
        layer = random_layer(rng, dtype=np.int64, transposed=True)
        for gather, scatter in zip(trace(*layer), trace(*layer, view="scatter"), strict=True):
            assert sorted(gather.terms) == sorted(scatter.terms)
            assert scatter.terms == sorted(
                scatter.terms, key=lambda term: (term.channel, term.cell)
            )
            assert gather.total == scatter.total


@pytest.mark.parametrize(("at", "found"), [((1, 0), 6), ((2, 1, 0), 2), ((1, 2, 1, 0), 1)])
def test_a_position_may_be_spatial_or_name_channel_and_batch(
    at: tuple[int, ...], found: int
) -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=3, kernel_size=2, dims=2)
    x, w = np.arange(18).reshape(2, 1, 3, 3), np.ones((3, 1, 2, 2), int)
    worked = list(trace(spec, x, w, at=at))
    assert len(worked) == found == positions(spec, x.shape, at)
    assert all(sums.position[-len(at) :] == at for sums in worked)
    assert positions(spec, x.shape) == 2 * 3 * 2 * 2


@pytest.mark.parametrize(
    ("at", "view", "code"),
    [
        ((0,), "gather", "at.rank"),
        ((0, 2), "gather", "at.range"),
        ((-1, 0), "gather", "at.range"),
        (None, "scatter", "view.transposed"),
    ],
)
def test_what_is_no_position_or_view_is_refused_at_once(
    at: tuple[int, ...], view: str, code: str
) -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=2)
    with pytest.raises(ConvError) as caught:
        trace(spec, np.ones((3, 3)), np.ones((2, 2)), at=at, view=view)  # type: ignore[arg-type]
    assert caught.value.code == code


def test_a_million_positions_are_never_held() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=1)
    x, w = np.zeros(1_000_000, np.int8), np.ones(3, np.int8)
    tracemalloc.start()
    for worked in islice(trace(spec, x, w), 3000):
        assert worked.total == 0
    _, first = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    held = x.nbytes * 8  # the input in int64
    for worked in islice(trace(spec, x, w), 9000):
        assert worked.total == 0
    _, second = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert second < max(first, held) * 1.5
