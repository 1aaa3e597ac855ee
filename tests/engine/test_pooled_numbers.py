"""The formula of a pooled size, with its numbers: what is printed is true."""

from __future__ import annotations

from itertools import product
from math import ceil, floor

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.padding import Pad
from convcli.engine.network.layers.pooling import pooled_numbers, pooled_size


def test_the_formula_is_an_equation_that_holds() -> None:
    reduced = 0
    for kernel, stride, size, rounds in product(range(1, 5), range(1, 5), range(4, 10), (0, 1)):
        for before, after in product(range(kernel // 2 + 1), repeat=2):
            axis = Axis(kernel, stride=stride, pad=Pad(before, after))
            outputs = pooled_size(axis, size, bool(rounds))
            left, value = pooled_numbers(axis, size, outputs, bool(rounds)).split(" = ")
            assert eval(left, {"ceil": ceil, "floor": floor}) == outputs == int(value)
            reduced += left.endswith(") + 1 - 1")
    assert reduced > 20
