"""Notes on a network, from a module or a graph, that stand beside its rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convcli.inputs.networks.cost import Cost


def cost_notes(
    unknown: Iterable[str], transforms: Iterable[str], left: Cost | None
) -> Iterator[str]:
    """What the totals leave out: operations of unknown cost, and costs that no row bears."""
    named = listed(unknown)
    if named:
        yield f"The cost of {named} is unknown; the totals leave it out."
    named = listed(transforms)
    if named:
        yield f"Fourier transforms ({named}) have no multiply-adds with weights: they count as 0."
    if left != Cost():
        what = "Operations of unknown cost" if left is None else f"{sum(left[:2])} multiply-adds"
        yield f"{what} make values that no layer reads: the totals leave them out."


def sight_notes(unread: Iterable[str]) -> Iterator[str]:
    """Operations of which it is unknown what they read."""
    named = listed(unread)
    if named:
        yield f"It is unknown which cells {named} read, and so what is seen behind them."


def listed(kinds: Iterable[str]) -> str:
    """Each kind once, as a call.

    >>> listed(["Det", "Loop", "Det"])
    'Det(), Loop()'
    """
    return ", ".join(f"{kind}()" for kind in dict.fromkeys(kinds))
