"""Paths: on which ways the units of a value see the input, as few as say it exactly.

A unit sees, on each path, a box of cells: on each axis those that one of the terms sees. Further
terms of a path are *guards*: grids above one cell, which say where the path is at all. The cells
that a unit sees on an axis are those of all its paths that see something on every axis.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convcli.engine.geometry.tap_patterns import MOST_WINDOWS, Reading
from convcli.engine.network.atoms import BOUND, EXACT, TOGETHER, Atom, Atoms, Path, Term, Terms
from convcli.engine.network.axis_network import MOST_LISTED, AxisNetwork

MOST_PATHS = 16  # of a value; more are joined to one, which is a bound


class Paths:
    """The paths of values on the axes of one input."""

    def __init__(self, networks: Sequence[AxisNetwork]) -> None:
        self.networks = tuple(networks)
        self.presence = AxisNetwork(1)

    def network(self, factor: int) -> AxisNetwork:
        """The grids of an axis of the input, or those of a guard."""
        return self.networks[factor] if factor < len(self.networks) else self.presence

    # what a path sees

    def reads(self, path: Path, atoms: set[Atom]) -> bool:
        """Whether any term depends on one of the atoms."""
        return any(not atoms.isdisjoint(term.atoms) for terms in path for term in terms)

    def clashes(self, path: Path, atoms: set[Atom]) -> bool:
        """Whether axes that are read along the same atoms see nothing at different units.

        Then what units see together is less than what they see on each axis together.
        """
        gaps = [
            self._gaps(factor, terms)
            for factor, terms in enumerate(path)
            if any(not atoms.isdisjoint(term.atoms) for term in terms)
        ]
        if len(gaps) < 2 or all(one == () for one in gaps):
            return False
        return len(set(gaps)) > 1 or None in gaps

    def _gaps(self, factor: int, terms: Terms) -> object:
        """Where all terms see nothing; () where one always sees something, None if unknown."""
        network = self.network(factor)
        found = [(term.atoms, network.gaps(term.at)) for term in terms]
        if any(gaps is not None and not gaps for _, gaps in found):
            return ()
        return None if len(found) > 1 or found[0][1] is None else found[0]

    def is_complete(self, path: Path) -> bool:
        """Whether every unit sees something on every axis."""
        return all(self._gaps(factor, terms) == () for factor, terms in enumerate(path))

    def is_whole(self, factor: int, term: Term) -> bool:
        """Whether every unit certainly sees every cell of the axis."""
        return not term.atoms and term.bound == EXACT and self.network(factor).covers(term.at)

    def unread(self, reading: Reading) -> list[int]:
        """The outputs that read no real cell; all of them count where there are too many."""
        network = AxisNetwork(reading.size)
        gaps = network.gaps(network.add((-1,), reading))
        return list(range(min(reading.outputs, MOST_LISTED)) if gaps is None else gaps)

    def ends(self, path: Path, atoms: set[Atom]) -> bool:
        """Whether all that is seen on one axis depends on the atoms, and ends where they do."""
        return any(
            all(not atoms.isdisjoint(term.atoms) for term in terms) for terms in path if terms
        )

    def present(self, path: Path, reading: Reading | None, made: Atoms) -> Path:
        """A path with a guard where the outputs of a reading read a cell at all."""
        here = self._here(reading) if reading is not None else None
        return path if here is None else (*path, (Term(self.presence.add((-1,), here), made),))

    def _here(self, reading: Reading) -> Reading | None:
        """For each output the one cell, or none where it reads nothing; None if all read some."""
        missing = set(self.unread(reading))
        windows = [range(int(unit not in missing)) for unit in range(reading.outputs)]
        return Reading(tuple(windows), 0, 1, reading.outputs) if missing else None

    def guarded(self, path: Path, axis: int, reading: Reading | None, made: Atoms) -> Path:
        """A path that did not depend on an axis, counted from the end, behind a reading along it.

        Where an output reads nothing, the path ends there.
        """
        here = self._here(reading) if reading is not None else None
        if here is None:
            return path
        if here.outputs > MOST_WINDOWS:
            return tuple(tuple(term._replace(bound=BOUND) for term in terms) for terms in path)
        own = len(self.networks) + axis
        for factor in (own, *range(len(self.networks))):
            terms = path[factor] if 0 <= factor < len(self.networks) else ()
            if terms and all(not term.atoms for term in terms):
                network = self.networks[factor]
                moved = tuple(
                    Term(network.add((term.at,), here), made, term.bound) for term in terms
                )
                return (*path[:factor], moved, *path[factor + 1 :])
        return (*path, (Term(self.presence.add((-1,), here), made),))

    # fewer paths

    def settled(self, paths: Iterable[Path], located: set[Atom]) -> tuple[Path, ...]:
        """The paths with terms that agree as one, and without those that see nothing."""
        kept: dict[Path, None] = {}
        for path in paths:
            settled = self._settled(path, located)
            if settled is not None:
                kept[settled] = None
        return tuple(self._fewer(list(kept), located))

    def _settled(self, path: Path, located: set[Atom]) -> Path | None:
        factors = []
        for factor, terms in enumerate(path):
            merged = self._merged(factor, terms, located)
            if not merged:
                return None
            if factor < len(self.networks) or self._gaps(factor, merged) != ():
                factors.append(merged)
        return tuple(factors)

    def _merged(self, factor: int, terms: Iterable[Term], located: set[Atom]) -> Terms:
        network = self.network(factor)
        by_atoms: dict[Atoms, list[Term]] = {}
        for term in terms:
            placed = term
            if term.atoms and not located.intersection(term.atoms):
                size = network.units(term.at)
                at = network.add((term.at,), Reading((range(size),), size, size, 1))
                placed = Term(at, (), EXACT if term.bound <= TOGETHER else term.bound)
            gaps = network.gaps(placed.at)
            if gaps is None or len(gaps) < network.units(placed.at):
                by_atoms.setdefault(placed.atoms, []).append(placed)
        merged = []
        for atoms, alike in by_atoms.items():
            at = network.union([term.at for term in alike])
            bounds = [term.bound for term in alike if self.is_whole(factor, term)]
            merged.append(Term(at, atoms, min(bounds, default=max(t.bound for t in alike))))
        whole = [term for term in merged if self.is_whole(factor, term)]
        if whole and len(merged) > 1:
            return (Term(network.whole(), ()),)
        return tuple(merged)

    def _fewer(self, paths: list[Path], located: set[Atom]) -> list[Path]:
        """Paths that see something everywhere are one; so are those that differ on one axis."""
        count = len(paths) + 1
        while 1 < len(paths) < count:
            count = len(paths)
            complete = [path for path in paths if self.is_complete(path)]
            others = [path for path in paths if path not in complete]
            if len(complete) > 1:
                complete = [self._union(complete, located)]
            others = [one for one in others if not any(_holds(path, one) for path in complete)]
            for factor in range(max(map(len, others), default=0)):
                others = list(self._alike_but_for(factor, others, located))
            paths = [*complete, *others]
        if len(paths) > MOST_PATHS:
            loose = [
                tuple(tuple(term._replace(bound=BOUND) for term in terms) for terms in path)
                for path in paths
            ]
            return [self._union(loose, located)]
        return paths

    def _alike_but_for(
        self, factor: int, paths: Sequence[Path], located: set[Atom]
    ) -> Iterator[Path]:
        groups: dict[object, list[Path]] = {}
        for path in paths:
            rest = (len(path), path[:factor], path[factor + 1 :])
            groups.setdefault(rest if factor < len(path) else path, []).append(path)
        for alike in groups.values():
            yield alike[0] if len(alike) == 1 else self._union(alike, located)

    def _union(self, paths: Sequence[Path], located: set[Atom]) -> Path:
        """One path whose terms are those of all, on each axis and each guard that all have."""
        lengths = min(map(len, paths))
        return tuple(
            self._merged(factor, [term for path in paths for term in path[factor]], located)
            for factor in range(lengths)
        )

    def without_whole(self, paths: Sequence[Path]) -> tuple[Path, ...]:
        """The paths without what they see of whole axes where others see a place."""
        result = list(paths)
        for factor in range(len(self.networks)):
            placed = tuple(
                dict.fromkeys(term for path in paths for term in path[factor] if term.atoms)
            )
            if placed:
                result = [
                    (*path[:factor], own or placed, *path[factor + 1 :])
                    for path in result
                    for own in (tuple(term for term in path[factor] if term.atoms),)
                ]
        return tuple(result)


def _holds(path: Path, other: Path) -> bool:
    """Whether a path that is everywhere has all terms of another."""
    return all(set(theirs) <= set(ours) for ours, theirs in zip(path, other, strict=False))
