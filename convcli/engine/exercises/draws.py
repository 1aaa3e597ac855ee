"""Draws: random numbers of our own, which are the same for a seed on every machine, for ever."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, TypeVar

_MASK = 2**64 - 1
_STEP = 0x9E3779B97F4A7C15
_FACTORS = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)

Member = TypeVar("Member")


class Draws:
    """A stream of random numbers that begins with any integers.

    Source: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014, the
    generator SplitMix64.

    >>> [Draws(7).below(100), Draws(7).below(100), Draws(8).below(100), Draws(7, 1).below(100)]
    [71, 71, 5, 69]
    """

    def __init__(self, *keys: int) -> None:
        self._state = 0
        for key in keys:
            self._absorb(abs(key) * 2 + (key < 0))

    def _absorb(self, key: int) -> None:
        """Mix an integer of any size into the state, a word at a time."""
        while True:
            self._state = (self.bits() ^ key) & _MASK
            key >>= 64
            if not key:
                self._state = self.bits()
                return

    def bits(self) -> int:
        """The next 64 bits."""
        self._state = (self._state + _STEP) & _MASK
        mixed = self._state
        mixed = (mixed ^ mixed >> 30) * _FACTORS[0] & _MASK
        mixed = (mixed ^ mixed >> 27) * _FACTORS[1] & _MASK
        return mixed ^ mixed >> 31

    def below(self, count: int) -> int:
        """One of 0 ... count - 1."""
        return self.bits() * count >> 64

    def between(self, least: int, most: int) -> int:
        """One of least ... most."""
        return least + self.below(most - least + 1)

    def one_of(self, members: Sequence[Member]) -> Member:
        """One of the members."""
        return members[self.below(len(members))]

    def array(self, shape: Sequence[int], numbers: Sequence[int]) -> Any:
        """An array of this shape, each entry one of the numbers."""
        import numpy as np

        flat = [self.one_of(numbers) for _ in range(prod(shape))]
        return np.array(flat, np.int64).reshape(tuple(shape))
