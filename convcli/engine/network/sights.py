"""Sights: what the units of a value see of each axis of the input, in one grid and one word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from convcli.engine.network.atoms import BORDERS, EXACT, Atoms, Place, Term, expanded
from convcli.engine.network.places import Places


class Sight(NamedTuple):
    """What the units of a value see of one axis of the input, from one grid `at`.

    `word` is exact, bound, whole or unknown: of the field far from the borders, a bound too
    where its sizes alternate. `is_exact` says that the cells of a unit are those that it sees. `at`
    is None where nothing is known.
    """

    at: int | None
    word: str
    is_exact: bool = False


def sights(places: Places, place: Place) -> tuple[Sight, ...]:
    """What the units of a value see, for each axis of the input."""
    return tuple(_sight(places, place, d) for d in range(len(places.networks)))


def _sight(places: Places, place: Place, d: int) -> Sight:
    terms, network = place.terms[d], places.networks[d]
    if not terms:
        return Sight(None, "unknown")
    located = {atom for atoms in _spatial(place, terms) for atom in atoms}
    target = max((tuple(a for a in term.atoms if a in located) for term in terms), key=len)
    target = _with_copies(place, d, target)
    grids = [expanded(network, term, target) for term in terms]
    known = [grid for grid in grids if grid is not None]
    at = network.union(known) if known else network.whole()
    if len(known) < len(grids) or network.field(at) is None:
        return Sight(network.whole(), "bound")
    if all(places.is_whole(network, term) for term in terms):
        return Sight(at, "whole", all(term.bound == EXACT for term in terms))
    field = network.field(at)
    is_exact = all(term.bound == EXACT for term in terms)
    is_known = all(term.bound <= BORDERS for term in terms)
    word = "exact" if is_known and field and field.size_is_exact else "bound"
    return Sight(at, word, is_exact)


def _with_copies(place: Place, d: int, target: Atoms) -> Atoms:
    """All atoms of the axis of `target`, so that its units are those of the grid."""
    axis = next((atoms for atoms in place.axes if target and target[0] in atoms), ())
    others = {
        atom
        for e, of_axis in enumerate(place.terms)
        if e != d
        for term in of_axis or ()
        for atom in term.atoms
    }
    fits = axis[:1] == target[:1] and set(target) <= set(axis) and others.isdisjoint(axis)
    return axis if fits else target


def _spatial(place: Place, terms: Iterable[Term]) -> Sequence[Atoms]:
    """The axes on which a unit has its place.

    Not the channels, where they hold cells that are nearer to each other than those of the axes
    behind them, as PixelUnshuffle puts them there: a unit has all channels.
    """
    on_channels = set(place.axes[1]) if len(place.axes) > 2 else set()
    behind = {atom for atoms in place.axes[2:] for atom in atoms}
    for term in terms:
        inner = [at for at, atom in enumerate(term.atoms) if atom in on_channels]
        outer = [at for at, atom in enumerate(term.atoms) if atom in behind]
        if inner and outer and min(outer) < min(inner):
            return (*place.axes[:1], *place.axes[2:])
    return place.axes
