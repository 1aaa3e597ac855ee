"""Sights: what the units of a value see of each axis of the input, in one grid and one word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from convcli.engine.geometry.tap_patterns import Cells, merged
from convcli.engine.network.atoms import EXACT, Atom, Atoms, Path, Place, Term, expanded
from convcli.engine.network.axis_network import AxisNetwork
from convcli.engine.network.paths import Paths
from convcli.engine.network.places import Places
from convcli.engine.network.walk import Seen


class Sight(NamedTuple):
    """What the units of a value see of one axis of the input, from one grid `at`.

    `word` is exact, bound, whole or unknown: of the field far from the borders, a bound too
    where its sizes alternate. `at` is None where nothing is known.
    """

    at: int | None
    word: str


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where the units of a value are counted, and on which paths they see the input.

    `axes` are the atoms of the axes along which a unit has a place; on all others it has all
    units. `paths` is None where nothing is known.
    """

    axes: tuple[Atoms, ...]
    paths: tuple[Path, ...] | None
    network: Paths
    is_alike: bool

    @property
    def units(self) -> tuple[int, ...]:
        """How many units there are along each axis."""
        return tuple(prod(atom.size for atom in atoms) for atoms in self.axes)

    def seen(self, unit: Sequence[int]) -> Seen:
        """The cells of the input that a unit sees, borders and all."""
        networks = self.network.networks
        if self.paths is None:
            return Seen(tuple((range(axis.size),) for axis in networks), is_exact=False)
        digits: dict[Atom, int] = {}
        for atoms, place in zip(self.axes, unit, strict=True):
            for atom in reversed(atoms):
                place, digit = divmod(place, atom.size)  # noqa: PLW2901
                digits.setdefault(atom, digit)
        boxes = [box for path in self.paths if all(box := self._box(path, digits))]
        cells = tuple(
            merged(span for box in boxes for span in box[d]) for d in range(len(networks))
        )
        free = {
            atom
            for path in self.paths
            for terms in path
            for term in terms
            for atom in term.atoms
            if atom not in digits
        }
        is_exact = self.is_alike and all(
            term.bound == EXACT for path in self.paths for terms in path for term in terms
        )
        return Seen(
            cells,
            is_exact and not any(self.network.clashes(path, free) for path in self.paths),
        )

    def _box(self, path: Path, digits: dict[Atom, int]) -> list[Cells]:
        """The cells of each axis, and of each guard, on one path."""
        return [
            merged(
                span
                for term in terms
                for span in self.network.network(factor).seen(term.at, _units(term, digits))
            )
            for factor, terms in enumerate(path)
        ]


def _units(term: Term, digits: dict[Atom, int]) -> Cells:
    """The units of a term's grid at these digits, any where an atom has none."""
    found = [range(1)]
    for atom in term.atoms:
        digit, size = digits.get(atom), atom.size
        if digit is not None:
            found = [
                range(one[0] * size + digit, one[-1] * size + digit + 1, one.step * size)
                for one in found
            ]
        elif all(one.step == 1 or len(one) == 1 for one in found):
            found = [range(one[0] * size, (one[-1] + 1) * size) for one in found]
        else:
            found = [range(cell * size, (cell + 1) * size) for one in found for cell in one]
    return merged(found)


def outlook(places: Places, place: Place) -> Outlook:
    """Where the units of a value are counted, and what they see.

    Where a value has fewer axes than the input, they are the atoms of each axis of the input.
    """
    axes = _axes_of_units(places, place)
    if axes is None:
        count = range(len(places.networks))
        axes = tuple(_target(places, place, d, _terms(place, d)) for d in count)
    located = {atom for atoms in axes for atom in atoms}
    return Outlook(axes, place.paths, places.paths, place.unlike.isdisjoint(located))


def _axes_of_units(places: Places, place: Place) -> tuple[Atoms, ...] | None:
    """The axes behind the channels, or those on which the axes of the input lie, in their order.

    None where a value has fewer, as where an image is one list of tokens.
    """
    count, on_terms = len(places.networks), {atom for t in place.terms for atom in t.atoms}
    lying = [
        axis for axis, atoms in enumerate(place.axes) if axis and not on_terms.isdisjoint(atoms)
    ]
    if len(place.axes) == count + 2:
        channels = set(place.axes[1])
        behind = {atom for atoms in place.axes[2:] for atom in atoms}
        has_cells = any(
            not channels.isdisjoint(term.atoms) and not behind.isdisjoint(term.atoms)
            for term in place.terms
        )
        if has_cells or lying != list(range(1, count + 1)):
            return place.axes[2:]
    if len(lying) == count:
        return tuple(place.axes[axis] for axis in lying)
    return None


def sights(places: Places, place: Place) -> tuple[Sight, ...]:
    """What the units of a value see, for each axis of the input."""
    view = outlook(places, place)
    return tuple(_sight(places, place, d, view) for d in range(len(places.networks)))


def _terms(place: Place, d: int) -> tuple[Term, ...]:
    return tuple(dict.fromkeys(term for path in place.paths or () for term in path[d]))


def _sight(places: Places, place: Place, d: int, view: Outlook) -> Sight:
    terms, network = _terms(place, d), places.networks[d]
    if not terms:
        return Sight(None, "unknown")
    located = {atom for atoms in _spatial(places, place, terms) for atom in atoms}
    target = _target(places, place, d, terms)
    grids = [expanded(network, term, target) for term in terms]
    known = [grid for grid in grids if grid is not None]
    at = network.union(known) if known else network.whole()
    if network.field(at) is None:
        at = network.listed(at)
    field = network.field(at)
    if len(known) < len(grids) or field is None:
        return Sight(network.whole(), "bound")
    paths = place.paths or ()
    if view.is_alike and any(
        places.paths.is_complete(path) and any(places.paths.is_whole(d, term) for term in path[d])
        for path in paths
    ):
        return Sight(at, "whole")
    everywhere = len({path[d] for path in paths}) == 1 or not any(
        _ends_inside(places.paths, path) for path in paths
    )
    is_known = (
        view.is_alike
        and everywhere
        and all(term.bound == EXACT for term in terms)
        and all(located.intersection(term.atoms) <= set(target) for term in terms)
        and not any(places.paths.clashes(path, _free(path, located)) for path in paths)
    )
    return Sight(at, "exact" if is_known and field.size_is_exact else "bound")


def _free(path: Path, located: set[Atom]) -> set[Atom]:
    return {atom for terms in path for term in terms for atom in term.atoms} - located


def _ends_inside(paths: Paths, path: Path) -> bool:
    """Whether a path sees nothing at units that are no border."""
    return any(
        not any(_is_endless(paths.network(factor), term) for term in terms)
        for factor, terms in enumerate(path)
    )


def _is_endless(network: AxisNetwork, term: Term) -> bool:
    field = network.field(term.at)
    return field is not None and None not in field.firsts


def _target(places: Places, place: Place, d: int, terms: Sequence[Term]) -> Atoms:
    """The atoms along which the units of a grid are counted: those of the term with the most."""
    located = {atom for atoms in _spatial(places, place, terms) for atom in atoms}
    target = max(
        (tuple(a for a in term.atoms if a in located) for term in terms), key=len, default=()
    )
    return _with_copies(place, d, target)


def _with_copies(place: Place, d: int, target: Atoms) -> Atoms:
    """All atoms of the axis of `target`, so that its units are those of the grid."""
    axis = next((atoms for atoms in place.axes if target and target[0] in atoms), ())
    others = {
        atom
        for path in place.paths or ()
        for e, terms in enumerate(path)
        if e != d
        for term in terms
        for atom in term.atoms
    }
    fits = axis[:1] == target[:1] and set(target) <= set(axis) and others.isdisjoint(axis)
    return axis if fits else target


def _spatial(places: Places, place: Place, terms: Iterable[Term]) -> Sequence[Atoms]:
    """The axes on which a unit has its place.

    Not the channels, where they hold cells that are nearer to each other than those of the axes
    behind them, as PixelUnshuffle puts them there: a unit has all channels.
    """
    counted = _axes_of_units(places, place)
    if counted is not None:
        return counted
    on_channels = set(place.axes[1]) if len(place.axes) > 2 else set()
    behind = {atom for atoms in place.axes[2:] for atom in atoms}
    for term in terms:
        inner = [at for at, atom in enumerate(term.atoms) if atom in on_channels]
        outer = [at for at, atom in enumerate(term.atoms) if atom in behind]
        if inner and outer and min(outer) < min(inner):
            return (*place.axes[:1], *place.axes[2:])
    return place.axes
