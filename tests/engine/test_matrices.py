from __future__ import annotations

import random
from math import prod

import numpy as np
import pytest

from convcli import ConvSpec, convolve
from convcli.engine.explain import matrices as module
from convcli.engine.explain.matrices import (
    columns,
    entries,
    equal_the_convolution,
    matrices,
    sparse_matrix,
    transpose_layer,
    weight_matrix,
)
from convcli.engine.geometry.padding import PADDING_MODES
from tests.random_layers import random_layer


def test_both_products_are_the_convolution_on_random_layers() -> None:
    rng = random.Random(1)
    kinds, transposes = set(), 0
    for _ in range(400):
        spec, x, w, _ = random_layer(rng, dtype=np.int64)
        sizes = x.shape[2:]
        y = convolve(spec, x, w).reshape(len(x), spec.out_channels, -1)
        assert np.array_equal(weight_matrix(spec, w) @ columns(spec, x), y), spec
        sparse = sparse_matrix(spec, w, sizes)
        for one, out in zip(x, y, strict=True):
            assert np.array_equal(sparse.times(one.reshape(-1)), out.reshape(-1)), spec
        assert np.array_equal(sparse.dense() @ x[0].reshape(-1), y[0].reshape(-1))
        assert equal_the_convolution(spec, sizes)
        assert all(
            np.all(np.diff(sparse.indices[a:b]) > 0)
            for a, b in zip(sparse.indptr, sparse.indptr[1:], strict=False)
        )
        back = transpose_layer(spec, sizes)
        if back is not None:
            outs = spec.output_sizes(sizes)
            assert np.array_equal(sparse_matrix(back, w, outs).dense(), sparse.dense().T), spec
            transposes += 1
        kinds.add((spec.rank, spec.transposed, spec.padding_mode))
    assert len(kinds) == 3 * (len(PADDING_MODES) + 1)
    assert transposes > 150


def test_two_taps_on_one_cell_are_added() -> None:
    spec = ConvSpec.of(
        in_channels=1, out_channels=1, kernel_size=3, padding=1, padding_mode="reflect", dims=1
    )
    assert sparse_matrix(spec, np.array([[[1, 10, 100]]]), (3,)).dense().tolist() == [
        [10, 101, 0],
        [1, 10, 100],
        [0, 101, 10],
    ]
    assert entries(spec, (3,)) == 9


def test_entries_and_padding() -> None:
    rng = random.Random(2)
    for _ in range(100):
        spec, x, w, b = random_layer(rng, dtype=np.int64, padding_mode="zeros")
        found = matrices(spec, x, np.ones_like(w), b)
        assert entries(spec, x.shape[2:]) == found.sparse.data.sum()
        places = found.padding
        assert len(places) == len(set(places))
        padded = columns(spec, np.ones_like(x[:1]))[0]
        assert len(places) == (padded == 0).sum()
        assert found.output.shape == (len(x), spec.out_channels, *spec.output_sizes(x.shape[2:]))


def test_a_wrong_matrix_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = ConvSpec.of(in_channels=2, out_channels=1, kernel_size=3, dims=1)
    right = columns
    monkeypatch.setattr(module, "columns", lambda spec, x: right(spec, x)[:, ::-1])
    assert not equal_the_convolution(spec, (5,))


@pytest.mark.torch
def test_columns_are_torchs_unfold() -> None:
    import torch

    rng = random.Random(3)
    for _ in range(60):
        spec, x, *_ = random_layer(
            rng, dims=2, transposed=False, padding_mode="zeros", asymmetric=False
        )
        axes = spec.axes
        theirs = torch.nn.functional.unfold(
            torch.from_numpy(np.pad(x, [(0, 0), (0, 0), *(tuple(axis.pad) for axis in axes)])),
            tuple(spec.kernel_size),
            dilation=tuple(axis.dilation for axis in axes),
            stride=tuple(axis.stride for axis in axes),
        )
        assert np.array_equal(columns(spec, x), theirs.numpy())
        assert theirs.shape[1] == spec.in_channels * prod(spec.kernel_size)
