"""What an operation costs, and who bears the cost of what depends on no input."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple

from convcli.engine.geometry.shapes import Shape


class Cost(NamedTuple):
    """Multiply-adds with weights, those without, and the additions of a bias."""

    macs: int = 0
    macs_without_weights: int = 0
    bias_additions: int = 0

    def __add__(self, other: object) -> Cost:
        if not isinstance(other, Cost):
            return NotImplemented
        return Cost(*(a + b for a, b in zip(self, other, strict=True)))


def total_cost(costs: Iterable[Cost | None]) -> Cost | None:
    """The sum; None where one is unknown.

    >>> total_cost([Cost(3), Cost(4, 5)]), total_cost([Cost(3), None])
    (Cost(macs=7, macs_without_weights=5, bias_additions=0), None)
    """
    total = Cost()
    for cost in costs:
        if cost is None:
            return None
        total += cost
    return total


class OwedCosts:
    """Costs of values that are made of weights and constants alone, as of a positional encoding.

    Such a value has no row. The first row that reads it bears its cost.
    """

    def __init__(self) -> None:
        self._costs: list[Cost | None] = []
        self._borne: set[int] = set()

    def owe(self, cost: Cost | None) -> frozenset[int]:
        """A cost that some row has to bear, as a set of one number; none for no cost."""
        if cost is not None and not any(cost):
            return frozenset()
        self._costs.append(cost)
        return frozenset((len(self._costs) - 1,))

    def bear(self, owed: Iterable[int]) -> Cost | None:
        """The sum of those costs that no row bore before; None where one is unknown."""
        fresh = set(owed) - self._borne
        self._borne |= fresh
        return total_cost(self._costs[one] for one in fresh)

    @property
    def left(self) -> Cost | None:
        """The sum of the costs that no row bore."""
        return total_cost(cost for one, cost in enumerate(self._costs) if one not in self._borne)


def products_of_einsum(equation: str, shapes: Sequence[Shape]) -> int:
    """The multiply-adds of the product of two tensors: none where no letter is summed.

    A letter of one tensor alone that is not in the result is summed before the product.

    >>> products_of_einsum("ij,jk->ik", [Shape((2, 3)), Shape((3, 5))])
    30
    >>> products_of_einsum("ij,ij->ij", [Shape((2, 3)), Shape((2, 3))])
    0
    """
    inputs, _, result = equation.replace(" ", "").partition("->")
    first, second = inputs.split(",")
    sizes: dict[str, int] = {}
    for letters, shape in zip((first, second), shapes, strict=True):
        for letter, size in zip(letters, shape, strict=True):
            sizes[letter] = max(size, sizes.get(letter, 1))
    shared = set(first) & set(second)
    if shared <= set(result):
        return 0
    return prod(size for letter, size in sizes.items() if letter in shared | set(result))
