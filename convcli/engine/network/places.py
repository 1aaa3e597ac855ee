"""Places: where the units of each value of a recorded network lie on the axes of its input.

An axis of a value is a product of *atoms*, the outermost first, as a view makes them: `flatten`
puts the atoms of two axes into one, a window partition splits an atom, a permutation moves them.
A *term* says that the unit at some atoms is a unit of a grid of an input's axis. An atom of a
term that lies on no axis any more was mixed, by a sum or a product of matrices: the unit sees all
of its units. So views and permutations rename, and nothing is lost behind them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import Reading
from convcli.engine.network.atoms import (
    BORDERS,
    BOUND,
    EXACT,
    TOGETHER,
    Atom,
    Atoms,
    Place,
    Term,
    Terms,
    aligned,
    expanded,
    fresh,
    loosened,
    padded,
    regrouped,
    substituted,
    without,
)
from convcli.engine.network.axis_network import AxisNetwork


class Places:
    """The places of values on the axes of one input."""

    def __init__(
        self, input_shape: Sequence[int], tracked: Sequence[int], *, skips_gates: bool = False
    ) -> None:
        self.skips_gates = skips_gates
        self.tracked = tuple(tracked)
        self.networks = tuple(AxisNetwork(input_shape[axis]) for axis in tracked)
        axes = tuple(map(fresh, input_shape))
        self.input = Place(axes, tuple((Term(-1, axes[axis]),) for axis in tracked))

    def scalar(self, place: Place) -> Place:
        """One number that is made of all of a value."""
        return self.mixed(place, range(len(place.axes)), kept=False)._replace(axes=())

    def depends(self, place: Place, axis: int) -> bool:
        """Whether cells along an axis of a value see different cells of the input."""
        atoms = place.axes[axis]
        return any(
            of_axis is None or any(atom in term.atoms for term in of_axis for atom in atoms)
            for of_axis in place.terms
        )

    def constant(self, shape: Sequence[int]) -> Place:
        """A value that does not depend on the input."""
        return Place(tuple(map(fresh, shape)), ((),) * len(self.tracked))

    def unknown(self, places: Iterable[Place], shape: Sequence[int]) -> Place:
        """A value of which nothing is known but what it depends on."""
        terms = tuple(
            () if all(seen == () for seen in of_axis) else None
            for of_axis in zip(*(place.terms for place in places), strict=True)
        )
        return Place(tuple(map(fresh, shape)), terms or ((),) * len(self.tracked))

    def along(
        self,
        place: Place,
        axis: int,
        reading: Reading | None,
        outputs: int,
        spec: ConvSpec | None = None,
        *,
        is_bound: bool = False,
    ) -> Place:
        """The value whose `outputs` units of one axis read those of `place`, as `reading` says."""
        made, loose = fresh(outputs), BOUND if is_bound else EXACT
        terms: list[Terms] = []
        for network, of_axis in zip(self.networks, place.terms, strict=True):
            changed = [
                self._read(network, place, axis, term, reading, Term(0, made, loose), spec)
                for term in of_axis or ()
            ]
            terms.append(None if of_axis is None else tuple(changed))
        axes = (*place.axes[:axis], made, *place.axes[axis + 1 :])
        return self._settled(Place(axes, tuple(terms), place.alike))

    def _read(
        self,
        network: AxisNetwork,
        place: Place,
        axis: int,
        term: Term,
        reading: Reading | None,
        made: Term,
        spec: ConvSpec | None,
    ) -> Term:
        """A term behind a reading along an axis; `made` has its new atoms, and how loose it is.

        Cells that lie on the channels too, as PixelUnshuffle puts them there, are seen all.
        """
        atoms = place.axes[axis]
        if not set(atoms).intersection(term.atoms):
            return term
        channels = place.axes[1] if len(place.axes) > 3 and axis > 1 else ()
        others = {atom for other in place.axes if other is not atoms for atom in other}
        outer = others.intersection(term.atoms)
        freed = tuple(Atom(atom.size) if atom in outer else atom for atom in term.atoms)
        if reading is not None and outer <= set(channels):
            grid = expanded(network, term._replace(atoms=freed), atoms)
            if grid is not None:
                bound = max(term.bound, made.bound, BOUND if outer else EXACT)
                return Term(network.add((grid,), reading, spec), made.atoms, bound)
        return Term(term.at, tuple(Atom(atom.size) for atom in term.atoms), BOUND)

    def bordered(self, place: Place, axis: int) -> Place:
        """Zeros before or behind an axis: a unit there sees nothing, of other axes neither."""
        atoms = set(place.axes[axis])
        return loosened(place, BORDERS, lambda term: atoms.isdisjoint(term.atoms))

    def mixed(
        self, place: Place, axes: Iterable[int], *, kept: bool = True, is_bound: bool = False
    ) -> Place:
        """The value whose units see everything along some axes; without `kept` these have size 1.

        With `is_bound` they see at most that.
        """
        chosen = {axis % len(place.axes) for axis in axes}
        gone = {atom for axis in chosen for atom in place.axes[axis]}
        atoms = tuple(
            (tuple(Atom(atom.size) for atom in old) if kept else ()) if axis in chosen else old
            for axis, old in enumerate(place.axes)
        )
        terms = substituted(place.terms, {atom: (Atom(atom.size),) for atom in gone})
        if is_bound:
            terms = tuple(
                None
                if after is None
                else tuple(
                    new if gone.isdisjoint(old.atoms) else new._replace(bound=BOUND)
                    for old, new in zip(before or (), after, strict=True)
                )
                for before, after in zip(place.terms, terms, strict=True)
            )
        return self._settled(Place(atoms, terms, place.alike))

    def _settled(self, place: Place) -> Place:
        """Terms that agree become one; a term without a place becomes one unit that sees all."""
        located = {atom for atoms in place.axes for atom in atoms}
        return place._replace(
            terms=tuple(
                None if of_axis is None else self._merged(network, of_axis, located)
                for network, of_axis in zip(self.networks, place.terms, strict=True)
            )
        )

    def _merged(self, network: AxisNetwork, terms: Iterable[Term], located: set[Atom]) -> Terms:
        by_atoms: dict[Atoms, list[Term]] = {}
        for term in terms:
            placed = term
            if term.atoms and not located.intersection(term.atoms):
                size = network.units(term.at)
                at = network.add((term.at,), Reading((range(size),), size, size, 1))
                placed = Term(at, (), EXACT if term.bound <= TOGETHER else term.bound)
            by_atoms.setdefault(placed.atoms, []).append(placed)
        merged = []
        for atoms, alike in by_atoms.items():
            at = network.union([term.at for term in alike])
            if len(alike) > 1 and network.field(at) is None:
                at = alike[0].at if len({term.at for term in alike}) == 1 else at
            bounds = [term.bound for term in alike if self.is_whole(network, term)]
            merged.append(Term(at, atoms, min(bounds, default=max(t.bound for t in alike))))
        whole = [term for term in merged if self.is_whole(network, term)]
        if whole and len(merged) > 1:
            return (Term(network.whole(), (), min(term.bound for term in whole)),)
        return tuple(merged)

    def is_whole(self, network: AxisNetwork, term: Term) -> bool:
        """Whether every unit certainly sees every cell of the axis."""
        return not term.atoms and term.bound <= BORDERS and network.covers(term.at)

    def joined(self, places: Sequence[Place], *, skips_whole: bool = False) -> Place:
        """The value each of whose units sees what the units at its index in all values see.

        Axes of size 1 are broadcast, and missing ones in front. With `skips_whole`, values that
        are broadcast along a whole axis, as the gates of a squeeze and excitation, are left out.
        """
        most = max(len(place.axes) for place in places)
        result = padded(places[0], most)
        for place in places[1:]:
            result = self._joined_two(result, padded(place, most), skips_whole)
        return result

    def _joined_two(self, first: Place, second: Place, skips_whole: bool) -> Place:
        first, second, names, lost = aligned(first, second)
        terms: list[Terms] = []
        for ours, theirs in zip(first.terms, second.terms, strict=True):
            if ours is None or theirs is None:
                terms.append(None)
                continue
            renamed = [
                Term(
                    term.at,
                    tuple(names.get(atom, atom) for atom in term.atoms),
                    term.bound if lost.isdisjoint(term.atoms) else BOUND,
                )
                for term in theirs
            ]
            both = [*ours, *renamed]
            if skips_whole and any(term.atoms for term in both):
                both = [term for term in both if term.atoms]
            terms.append(tuple(both))
        axes = tuple(
            ours or tuple(names.get(atom, atom) for atom in theirs)
            for ours, theirs in zip(first.axes, second.axes, strict=True)
        )
        return self._settled(Place(axes, tuple(terms), first.alike and second.alike))

    def concatenated(self, places: Sequence[Place], axis: int) -> Place:
        """Values one after another on an axis; where that is an axis of the input, a bound."""
        axis %= len(places[0].axes)
        size = sum(place.shape[axis] for place in places)
        opened = [
            self.smeared(place, axis, size) if self.depends(place, axis) else without(place, axis)
            for place in places
        ]
        result = self.joined(opened)
        depends = {tuple(self._grids(place)) for place in opened}
        alike = result.alike and len(depends) == 1
        made = result.axes[axis] or fresh(size)
        axes = (*result.axes[:axis], made, *result.axes[axis + 1 :])
        return Place(axes, result.terms, alike)

    def smeared(self, place: Place, axis: int, outputs: int) -> Place:
        """An axis of `outputs` units, of which it is not known which read which of `place`."""
        whole = Reading((range(place.shape[axis]),), 0, place.shape[axis], outputs)
        made = self.along(place, axis, whole, outputs)
        atoms = set(made.axes[axis])
        return loosened(made, TOGETHER, lambda term: not atoms.isdisjoint(term.atoms))

    def _grids(self, place: Place) -> Iterable[frozenset[int] | None]:
        for of_axis in place.terms:
            yield None if of_axis is None else frozenset(term.at for term in of_axis)

    def part(self, place: Place, axis: int, first: int, step: int, outputs: int) -> Place:
        """The units first, first + step, ... of an axis: a slice."""
        axis %= len(place.axes)
        size = place.shape[axis]
        if (first, step, outputs) == (0, 1, size):
            return place
        reading = Reading((range(first, first + 1),), step, size, outputs)
        if self.depends(place, axis):
            return self.along(place, axis, reading, outputs)
        axes = (*place.axes[:axis], fresh(outputs), *place.axes[axis + 1 :])
        return self._bounded(place)._replace(axes=axes)

    def _bounded(self, place: Place) -> Place:
        """A part of the channels: where they see different cells, it sees no more than all."""
        return place if place.alike else loosened(place, BOUND, lambda term: True)

    def reshaped(self, place: Place, shape: Sequence[int]) -> Place:
        """The value with the same numbers in the same order under another shape."""
        return regrouped(place, shape) or self._lost(place, shape)

    def _lost(self, place: Place, shape: Sequence[int]) -> Place:
        """A view across the parts of axes: all axes that it joins are seen whole at most."""
        mixed = self.mixed(place, range(len(place.axes)), kept=False, is_bound=True)
        return Place(tuple(map(fresh, shape)), mixed.terms, mixed.alike)

    def permuted(self, place: Place, order: Sequence[int]) -> Place:
        """The axes in another order."""
        return place._replace(axes=tuple(place.axes[axis] for axis in order))
