from __future__ import annotations

import random
from math import prod

import numpy as np
import pytest

from convcli import ConvError, ConvSpec, convolve
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


@pytest.mark.parametrize("dtype", ["int64", "float32", "float64", "complex64"])
def test_the_matrices_keep_the_number_type(dtype: str) -> None:
    spec = ConvSpec.of(in_channels=2, out_channels=2, kernel_size=3, padding=1, groups=2, dims=2)
    rng = np.random.default_rng(0)
    x, w = (rng.integers(-5, 6, shape) for shape in ((2, 4, 5), spec.weight_shape))
    x, w = x.astype(dtype), w.astype(dtype)
    if dtype == "complex64":
        w *= np.complex64(1j)
    sparse = sparse_matrix(spec, w, (4, 5))
    for array in (weight_matrix(spec, w), sparse.data, sparse.dense(), sparse.times(x.reshape(-1))):
        assert array.dtype == dtype
    assert np.array_equal(sparse.times(x.reshape(-1)), convolve(spec, x, w).reshape(-1))
    assert sparse.times(np.ones(40)).dtype == np.result_type(dtype, np.float64)


@pytest.mark.parametrize(
    ("in_channels", "options", "sizes"),
    [(0, {"kernel_size": 2}, (3,)), (1, {"kernel_size": 1, "stride": 9, "padding": 3}, (3,))],
    ids=["no inputs", "padding only"],
)
def test_a_layer_that_reads_no_cell_has_a_matrix_without_entries(
    in_channels: int, options: dict[str, int], sizes: tuple[int, ...]
) -> None:
    spec = ConvSpec.of(in_channels=in_channels, out_channels=2, bias=False, dims=1, **options)
    weight = np.ones(spec.weight_shape, np.float32)
    sparse = sparse_matrix(spec, weight, sizes)
    outputs = 2 * prod(spec.output_sizes(sizes))
    assert sparse.shape == (outputs, in_channels * prod(sizes))
    assert (sparse.data.dtype, sparse.data.size, sparse.indices.size) == (np.float32, 0, 0)
    assert sparse.indptr.tolist() == [0] * (outputs + 1)
    assert not sparse.dense().any()


def test_both_matrices_of_a_layer_with_a_bias() -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=2, kernel_size=2, dims=1)
    x, w, b = np.array([[[1, 2, 3]]]), np.array([[[1, 0]], [[0, 1]]]), np.array([10, 20])
    of_layer = matrices(spec, x, w, b)
    assert (of_layer.spec, of_layer.sizes) == (spec, (3,))
    assert of_layer.kernels.tolist() == [[1, 0], [0, 1]]
    assert of_layer.windows.tolist() == [[[1, 2], [2, 3]]]
    assert of_layer.output.tolist() == [[[11, 12], [22, 23]]]
    assert matrices(spec, x[0, 0], w, b).output.shape == (1, 2, 2)
    product = of_layer.kernels @ of_layer.windows[0] + b[:, None]
    assert np.array_equal(product, of_layer.output[0])
    with pytest.raises(ConvError):
        matrices(spec, x, w, np.ones(3))
