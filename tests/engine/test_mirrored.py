"""Depthwise kernels that are larger than their maps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from convcli import ConvSpec
from convcli.engine.compute.convolve import convolve, read_tap_tables
from convcli.engine.compute.native import mirrored, remembered
from convcli.engine.compute.native.library import native
from convcli.engine.compute.operands import operands

pytestmark = pytest.mark.skipif(not native().kernels, reason="the kernel is not built")

# kernel_size, padding, input shape
LARGE_KERNELS = [
    (13, 6, (1, 5, 7, 7)),
    (13, 6, (3, 5, 7, 7)),
    ((13, 9), (6, 5), (1, 5, 7, 6)),
    (13, (6, 8), (2, 4, 7, 7)),
    (27, 13, (1, 3, 14, 14)),
    (9, 5, (1, 4, 6)),
    ((5, 7, 3), (3, 3, 2), (1, 3, 3, 4, 2)),
]


@pytest.mark.parametrize(("kernel_size", "padding", "shape"), LARGE_KERNELS)
@pytest.mark.parametrize("value", [0, np.inf, -np.inf, np.nan])
@pytest.mark.parametrize("threads", [1, 2])
def test_it_equals_the_tap_tables_again_and_again(
    kernel_size: Any, padding: Any, shape: tuple[int, ...], value: float, threads: int
) -> None:
    channels = shape[1]
    spec = ConvSpec.of(
        in_channels=channels, out_channels=channels, groups=channels, kernel_size=kernel_size,
        padding=padding, dims=len(shape) - 2,
    )  # fmt: skip
    remembered.forget()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        x, w = (rng.integers(-9, 9, s).astype(np.float32) for s in (shape, spec.weight_shape))
        b = rng.integers(-9, 9, channels).astype(np.float32)
        if value and seed == 1:
            w[0].flat[0] = value  # read in a corner alone: there the product is not with padding
        if value and seed == 2:
            x[0].flat[-1] = value
        expected = read_tap_tables(operands(spec, x, w, b))
        assert np.array_equal(convolve(spec, x, w, b, threads=threads), expected, equal_nan=True)


def test_such_layers_are_mirrored(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    computed = mirrored.computed
    monkeypatch.setattr(mirrored, "computed", lambda *of: found.append(1) or computed(*of))
    spec = ConvSpec.of(
        in_channels=8, out_channels=8, groups=8, kernel_size=13, padding=6, bias=False, dims=2
    )
    remembered.forget()
    for size, many in ((7, 1), (11, 1), (6, 1)):  # 11 is too large, and 6 would crop the kernel
        convolve(spec, np.ones((1, 8, size, size), "f"), np.ones(spec.weight_shape, "f"))
        assert len(found) == many
