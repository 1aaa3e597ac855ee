"""torch's random numbers: its CPU generator is the Mersenne Twister, like NumPy's legacy generator.

After `torch.manual_seed(seed)` on the CPU: `uniform` and `integers` equal torch's to the bit;
`normal` is within a few units in the last place, because torch's vectorised logarithm, sine and
cosine round differently.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

FLOAT32_BITS, FLOAT64_BITS = 24, 53  # random bits of a uniform number
# Normal numbers of a block. Source: torch's normal_fill in aten/src/ATen/native/cpu.
BLOCK = 16
DEKKER_SPLIT = 2**27 + 1  # splits a float64 into two halves of 26 bits


class TorchGenerator:
    """A stream of random numbers, determined by a seed, drawn in torch's order.

    >>> [f"{number:.4f}" for number in TorchGenerator(0).uniform((2,))]
    ['0.4963', '0.7682']
    """

    def __init__(self, seed: int) -> None:
        self._words = np.random.RandomState(seed % 2**32)
        self._waiting: float | None = None

    def _random32(self, count: int) -> NDArray[np.uint64]:
        return self._words.randint(0, 2**32, count, dtype=np.uint32).astype(np.uint64)

    def _random64(self, count: int) -> NDArray[np.uint64]:
        words = self._random32(2 * count)
        return (words[0::2] << np.uint64(32)) | words[1::2]

    def uniform(
        self, shape: tuple[int, ...], low: float = 0, high: float = 1, dtype: Any = np.float32
    ) -> NDArray[Any]:
        """Numbers in [low, high): word * 2^-24 * (high - low) + low; in float64 with 53 bits.

        Source: torch.Tensor.uniform_.
        """
        number = np.dtype(dtype).type
        bits, draw = (
            (FLOAT32_BITS, self._random32)
            if number is np.float32
            else (FLOAT64_BITS, self._random64)
        )
        words = draw(prod(shape)) & np.uint64(2**bits - 1)
        unit = words.astype(number) * number(2.0**-bits)
        return _fused_multiply_add(unit, number(high) - number(low), number(low)).reshape(shape)

    def integers(self, shape: tuple[int, ...], low: int, high: int) -> NDArray[np.int64]:
        """Integers in low..high-1, where high - low is at most 2^32. Source: torch.randint."""
        words = self._random32(prod(shape)) % np.uint64(high - low)
        return (words.astype(np.int64) + low).reshape(shape)

    def normal(
        self, shape: tuple[int, ...], mean: float = 0, std: float = 1, dtype: Any = np.float32
    ) -> NDArray[Any]:
        """Normal numbers, by Box and Muller's transform. Source: torch.Tensor.normal_.

        16 or more: torch fills the array with uniform numbers and transforms blocks of 16, eight
        radii and eight angles; if the count is no multiple of 16, the last 16 are drawn again.
        Fewer: one by one, in double precision; each pair of uniform numbers makes two normal ones,
        of which the second is kept for the next draw.
        """
        count = prod(shape)
        if count < BLOCK:
            single = np.array([self._one_normal() for _ in range(count)])
            return (single * std + mean).astype(dtype).reshape(shape)
        values = self.uniform((count,), dtype=dtype)
        whole = count - count % BLOCK
        values[:whole] = _box_muller_blocks(values[:whole])
        if count % BLOCK:
            values[-BLOCK:] = _box_muller_blocks(self.uniform((BLOCK,), dtype=dtype))
        return _fused_multiply_add(
            values, np.dtype(dtype).type(std), np.dtype(dtype).type(mean)
        ).reshape(shape)

    def _one_normal(self) -> float:
        if self._waiting is not None:
            number, self._waiting = self._waiting, None
            return number
        first, second = self.uniform((2,), dtype=np.float64)
        radius, angle = np.sqrt(-2 * np.log1p(-second)), 2 * np.pi * first
        self._waiting = float(radius * np.sin(angle))
        return float(radius * np.cos(angle))

    def permutation(self, count: int) -> NDArray[np.int64]:
        """0..count-1 shuffled. Source: torch.randperm."""
        order = np.arange(count)
        for place, word in enumerate(self._random32(max(count - 1, 0)).tolist()):
            other = place + word % (count - place)
            order[place], order[other] = order[other], order[place]
        return order


def _fused_multiply_add(values: NDArray[Any], factor: Any, addend: Any) -> NDArray[Any]:
    """values*factor + addend with one rounding, like the fused instruction that torch uses.

    float32 products are exact in float64. In float64 the rounding error of the product is computed
    from the halves of both factors and added back. Source: Dekker, "A floating-point technique for
    extending the available precision", 1971, and Knuth's two-sum.
    """
    if values.dtype == np.float32:
        return (values.astype(np.float64) * np.float64(factor) + np.float64(addend)).astype(
            np.float32
        )
    (high, low), (factor_high, factor_low) = _halves(values), _halves(factor)
    product = values * factor
    lost = (
        (high * factor_high - product) + high * factor_low + low * factor_high
    ) + low * factor_low
    total = product + addend
    back = total - product
    rounded: NDArray[Any] = total + (((product - (total - back)) + (addend - back)) + lost)
    return rounded


def _halves(value: Any) -> tuple[Any, Any]:
    scaled = value * np.float64(DEKKER_SPLIT)
    high = scaled - (scaled - value)
    return high, value - high


def _box_muller_blocks(uniforms: NDArray[Any]) -> NDArray[Any]:
    number = uniforms.dtype.type
    blocks = uniforms.reshape(-1, 2, BLOCK // 2)
    radius = np.sqrt(number(-2) * np.log(number(1) - blocks[:, 0]))
    angle = number(2 * np.pi) * blocks[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).reshape(-1)
