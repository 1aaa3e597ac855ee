"""The result of a comparison of arrays with an independent computation of the same."""

from __future__ import annotations

from typing import Any, NamedTuple


class Comparison(NamedTuple):
    """The largest difference of two computations, and the most that rounding explains.

    The other computation is torch's, or differences of outputs at a number of `entries`. The
    tolerance for integers is 0.
    """

    largest_difference: float
    tolerance: float
    torch_version: str | None = None
    entries: int | None = None

    @property
    def agrees(self) -> bool:
        """Whether rounding explains the difference."""
        return self.largest_difference <= self.tolerance

    def as_data(self) -> dict[str, Any]:
        """The comparison in machine formats."""
        numbers = {"largest_difference": self.largest_difference, "tolerance": self.tolerance}
        if self.entries is None:
            return {"agrees": self.agrees, **numbers, "torch": self.torch_version}
        return {"entries": self.entries, **numbers, "agrees": self.agrees}
