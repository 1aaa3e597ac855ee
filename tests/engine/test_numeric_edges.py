"""Numbers at the edges of their types, and arrays at the edges of their shapes."""

from __future__ import annotations

import numpy as np
import pytest

from convcli import ConvError, ConvSpec, convolve, gradients

ONE = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=1, dims=1)
TWO = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
PADDED = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=1)


def test_denormals_are_not_flushed() -> None:
    for dtype in (np.float32, np.float64):
        tiny = np.finfo(dtype).smallest_subnormal
        assert convolve(TWO, np.array([tiny, tiny]), np.ones(2, dtype)).tolist() == [2 * tiny]
    tiny = np.float16(2**-24)
    assert convolve(TWO, np.array([tiny, tiny]), np.ones(2, np.float16)).tolist() == [2**-23]


def test_float16_overflows_only_at_the_end() -> None:
    x = np.array([60000, 60000, -60000], np.float16)
    w = np.array([1, 1, 1], np.float16)
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, dims=1)
    assert convolve(spec, x, w).tolist() == [60000]
    assert convolve(TWO, x[:2], w[:2]).tolist() == [np.inf]


def test_infinities_and_nans_follow_the_arithmetic() -> None:
    x = np.array([np.inf, 1.0, np.nan, 2.0])
    with np.errstate(all="ignore"):
        assert np.array_equal(
            convolve(TWO, x, np.array([1.0, 0.0])), [np.inf, np.nan, np.nan], equal_nan=True
        )
        assert np.array_equal(
            convolve(PADDED, np.array([1.0, 2.0]), np.array([np.inf, 1, 1])),
            [np.nan, np.inf],
            equal_nan=True,
        )


@pytest.mark.parametrize(
    ("kind", "bits"),
    [("f4", 0x7FA00001), ("f2", 0x7D01), ("f8", 0x7FF4000000000001), ("c8", 0x7FA000017FA00001)],
)
def test_a_nan_that_signals_is_a_nan_without_a_warning(kind: str, bits: int) -> None:
    size = np.dtype(kind).itemsize
    signal = np.full(2, bits, f"<u{size}").view(f"<{kind}")
    pair = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=2, dims=1)
    with np.errstate(all="raise"):
        for x, w in ((np.array([1, 2]), signal), (signal, np.ones(2)), (signal, signal)):
            assert np.isnan(convolve(pair, x, w)).all()
            assert np.isnan(gradients(pair, x, w, output_gradient=signal[:1]).weight).all()


def test_negative_zero_times_one_stays_zero() -> None:
    found = convolve(ONE, np.array([-0.0, 0.0]), np.array([1.0]))
    assert found.tolist() == [0.0, 0.0]


@pytest.mark.parametrize("edge", [2**63 - 1, -(2**63) + 1])
def test_the_ends_of_int64_pass_and_one_more_is_refused(edge: int) -> None:
    assert convolve(ONE, np.array([edge]), np.array([1])).tolist() == [edge]
    with pytest.raises(ConvError, match="int64"):
        convolve(TWO, np.array([edge, 1 if edge > 0 else -1]), np.array([1, 1]))


def test_uint64_within_int64_passes() -> None:
    assert convolve(ONE, np.array([2**63 - 1], np.uint64), np.array([1])).tolist() == [2**63 - 1]
    with pytest.raises(ConvError, match="int64"):
        convolve(ONE, np.array([2**63], np.uint64), np.array([1]))


@pytest.mark.parametrize("transposed", [False, True])
def test_a_batch_of_none_gives_a_batch_of_none(transposed: bool) -> None:
    spec = ConvSpec.of(in_channels=2, out_channels=3, kernel_size=2, dims=2, transposed=transposed)
    x, w = np.ones((0, 2, 4, 4)), np.ones(spec.weight_shape)
    size = 5 if transposed else 3
    assert convolve(spec, x, w).shape == (0, 3, size, size)
    found = gradients(spec, x, w)
    assert (found.input.shape, found.weight.any(), found.bias.tolist()) == (
        (0, 2, 4, 4),
        False,
        [0, 0, 0],
    )


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_one_cell(rank: int) -> None:
    spec = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, padding=1, dims=rank)
    w = np.arange(3**rank).reshape([3] * rank)
    assert convolve(spec, np.full([1] * rank, 2), w).ravel().tolist() == [2 * (3**rank // 2)]
    back = ConvSpec.of(in_channels=1, out_channels=1, kernel_size=3, dims=rank, transposed=True)
    assert convolve(back, np.full([1] * rank, 2), w).tolist() == (2 * w).tolist()
