"""Places: where the units of each value of a recorded network lie on the axes of its input.

An axis of a value is a product of *atoms*, the outermost first, as a view makes them: `flatten`
puts the atoms of two axes into one, a window partition splits an atom, a permutation moves them.
A *term* says that the unit at some atoms is a unit of a grid of an input's axis. An atom of a
term that lies on no axis any more was mixed, by a sum or a product of matrices: the unit sees all
of its units. So views and permutations rename, and nothing is lost behind them. Values that are
put one after another each bring their *paths*, which see nothing where the others lie.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from convcli.engine.geometry.spec import ConvSpec
from convcli.engine.geometry.tap_patterns import MOST_WINDOWS, Reading
from convcli.engine.network.atoms import (
    BOUND,
    EXACT,
    TOGETHER,
    Atom,
    Path,
    Place,
    Term,
    aligned,
    expanded,
    fresh,
    loosened,
    padded,
    regrouped,
    spelled,
    substituted,
)
from convcli.engine.network.axis_network import AxisNetwork, beside, placed
from convcli.engine.network.paths import Paths


class Places:
    """The places of values on the axes of one input."""

    def __init__(
        self, input_shape: Sequence[int], tracked: Sequence[int], *, skips_gates: bool = False
    ) -> None:
        self.skips_gates = skips_gates
        self.tracked = tuple(tracked)
        self.networks = tuple(AxisNetwork(input_shape[axis]) for axis in tracked)
        self.paths = Paths(self.networks)
        axes = tuple(map(fresh, input_shape))
        path = tuple((Term(-1, axes[axis]),) for axis in tracked)
        self.input = Place(axes, (path,) if path else ())

    def with_channels_mixed(self, place: Place, *, is_all: bool) -> Place:
        """Channels each of which reads others: where these see differently, at most all of them."""
        if not self.depends(place, 1):
            return place
        return self.mixed(place, [1], is_bound=not is_all)

    def scalar(self, place: Place) -> Place:
        """One number that is made of all of a value."""
        return self.mixed(place, range(len(place.axes)), kept=False)._replace(axes=())

    def depends(self, place: Place, axis: int) -> bool:
        """Whether cells along an axis of a value see different cells of the input."""
        return not place.unlike.isdisjoint(place.axes[axis]) or self.lies_on(place, axis)

    def lies_on(self, place: Place, axis: int) -> bool:
        """Whether terms are counted along an axis of a value."""
        atoms = set(place.axes[axis])
        return place.paths is None or any(not atoms.isdisjoint(term.atoms) for term in place.terms)

    def constant(self, shape: Sequence[int]) -> Place:
        """A value that does not depend on the input."""
        return Place(tuple(map(fresh, shape)), ())

    def unknown(self, places: Iterable[Place], shape: Sequence[int]) -> Place:
        """A value of which nothing is known but what it depends on."""
        depends = any(place.paths != () for place in places)
        return Place(tuple(map(fresh, shape)), None if depends else ())

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
        axis %= len(place.axes)
        made, loose = fresh(outputs), BOUND if is_bound else EXACT
        old = set(place.axes[axis])
        axes = (*place.axes[:axis], made, *place.axes[axis + 1 :])
        if place.paths is None:
            return place._replace(axes=axes)
        paths: list[Path] = []
        unlike = place.unlike - old
        if place.unlike & old:
            unlike |= set(made)
        for path in place.paths:
            bound = BOUND if self.paths.clashes(path, old) else loose
            if self.paths.reads(path, old):
                read = tuple(
                    tuple(
                        self._read(d, place, axis, term, reading, Term(0, made, bound), spec)
                        for term in terms
                    )
                    for d, terms in enumerate(path)
                )
                paths.append(
                    read if self.paths.ends(path, old) else self.paths.present(read, reading, made)
                )
            elif reading is not None and self.is_on_channels(place, axis):
                missing = len(self.paths.unread(reading))
                paths += [path] if missing < outputs else []
                unlike |= set(made) if missing else set()
            else:
                paths.append(self.paths.guarded(path, axis - len(place.axes), reading, made))
        return self._settled(Place(axes, tuple(paths), frozenset(unlike)))

    def is_on_channels(self, place: Place, axis: int) -> bool:
        """Whether an axis is that of the items of a batch or of channels, of which a unit has all.

        Where what they see differs, it is enough to say so.
        """
        return axis == 0 or (axis == 1 and len(place.axes) == len(self.tracked) + 2)

    def _read(
        self,
        d: int,
        place: Place,
        axis: int,
        term: Term,
        reading: Reading | None,
        made: Term,
        spec: ConvSpec | None,
    ) -> Term:
        """A term behind a reading along an axis; `made` has its new atoms, and how loose it is.

        Its atoms on other axes stay, as those that PixelUnshuffle puts on the channels.
        """
        atoms, network = place.axes[axis], self.paths.network(d)
        if not set(atoms).intersection(term.atoms):
            return term
        elsewhere = {atom for other in place.axes if other is not atoms for atom in other}
        outer = tuple(atom for atom in term.atoms if atom in elsewhere and atom not in atoms)
        grid = expanded(network, term, (*atoms, *outer)) if reading is not None else None
        behind = beside(reading, prod(atom.size for atom in outer)) if reading is not None else None
        if grid is None or behind is None:
            return Term(term.at, tuple(Atom(atom.size) for atom in term.atoms), BOUND)
        bound = max(term.bound, made.bound)
        everything = behind.cells((range(behind.outputs),)) == (range(behind.size),)
        if bound == TOGETHER and not everything:
            bound = BOUND
        at = network.add((grid,), behind, None if outer else spec)
        return Term(at, (*made.atoms, *outer), bound)

    def listed(self, place: Place, axis: int, windows: Sequence[range]) -> Place:
        """The value whose units along an axis each read the cells of a window of their own."""
        if len(windows) > MOST_WINDOWS:
            return self.smeared(place, axis, len(windows), is_bound=True)
        size = place.shape[axis]
        return self.along(place, axis, Reading(tuple(windows), 0, size, len(windows)), len(windows))

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
        if place.paths is None:
            return place._replace(axes=atoms)
        paths = tuple(
            tuple(tuple(_loose(term, gone) for term in terms) for terms in path)
            if is_bound or self.paths.clashes(path, gone)
            else path
            for path in place.paths
        )
        freed = substituted(
            place._replace(paths=paths), {atom: (Atom(atom.size),) for atom in gone}
        )
        return self._settled(freed._replace(axes=atoms, unlike=place.unlike - gone))

    def _settled(self, place: Place) -> Place:
        """Terms that agree become one; a term without a place becomes one unit that sees all."""
        located = {atom for atoms in place.axes for atom in atoms}
        paths = None if place.paths is None else self.paths.settled(place.paths, located)
        return place._replace(paths=paths, unlike=place.unlike & located)

    def joined(self, places: Sequence[Place], *, skips_whole: bool = False) -> Place:
        """The value each of whose units sees what the units at its index in all values see.

        Axes of size 1 are broadcast, and missing ones in front. With `skips_whole`, values that
        are broadcast along a whole axis, as the gates of a squeeze and excitation, are left out.
        """
        most = max(len(place.axes) for place in places)
        result = padded(places[0], most)
        for place in places[1:]:
            result, other = aligned(result, padded(place, most))
            if result.paths is None or other.paths is None:
                result = result._replace(paths=None)
                continue
            both = (*result.paths, *other.paths)
            result = result._replace(paths=both, unlike=result.unlike | other.unlike)
        if skips_whole and result.paths is not None:
            result = result._replace(paths=self.paths.without_whole(result.paths))
        return self._settled(result)

    def chosen(
        self, first: Place, second: Place, axis: int, mask: Sequence[int], shape: Sequence[int]
    ) -> Place:
        """The first value where a mask along one axis is 1, the second elsewhere."""
        chosen = []
        for place, wanted in ((first, 1), (second, 0)):
            full = self.joined([place, self.constant(shape)])
            cells = [range(at, at + (mask[at % len(mask)] == wanted)) for at in range(shape[axis])]
            chosen.append(self.listed(full, axis, cells))
        return self.joined([*chosen, self.constant(shape)])

    def concatenated(self, places: Sequence[Place], axis: int) -> Place:
        """Values one after another on an axis."""
        axis %= len(places[0].axes)
        sizes = [place.shape[axis] for place in places]
        outputs, first, pieces = sum(sizes), 0, []
        if self.is_on_channels(places[0], axis) and not any(
            self.lies_on(place, axis) for place in places
        ):
            return self._beside_each_other(places, axis, outputs)
        is_bound = outputs > MOST_WINDOWS
        for place, size in zip(places, sizes, strict=True):
            reading = placed(first, size, outputs)
            pieces.append(self.along(place, axis, reading, outputs, is_bound=is_bound))
            first += size
        made = self.joined([*pieces, self.constant(pieces[0].shape)])
        return made

    def _beside_each_other(self, places: Sequence[Place], axis: int, outputs: int) -> Place:
        """Channels one after another: a part of them sees less where the values see differently."""
        made = fresh(outputs)
        differs = len(set(map(spelled, places))) > 1
        unlike = differs or any(not place.unlike.isdisjoint(place.axes[axis]) for place in places)
        result = self.joined(
            [
                place._replace(axes=(*place.axes[:axis], (), *place.axes[axis + 1 :]))
                for place in places
            ]
        )
        axes = (*result.axes[:axis], made, *result.axes[axis + 1 :])
        return result._replace(axes=axes, unlike=result.unlike | set(made if unlike else ()))

    def smeared(self, place: Place, axis: int, outputs: int, *, is_bound: bool = False) -> Place:
        """An axis of `outputs` units, of which it is not known which read which of `place`."""
        whole = Reading((range(place.shape[axis]),), 0, place.shape[axis], outputs)
        made = self.along(place, axis, whole, outputs)
        atoms = set(made.axes[axis])
        bound = BOUND if is_bound else TOGETHER
        return loosened(made, bound, lambda term: not atoms.isdisjoint(term.atoms))

    def part(self, place: Place, axis: int, first: int, step: int, outputs: int) -> Place:
        """The units first, first + step, ... of an axis: a slice."""
        axis %= len(place.axes)
        size = place.shape[axis]
        if (first, step, outputs) == (0, 1, size):
            return place
        if not place.unlike.isdisjoint(place.axes[axis]):
            place = loosened(place, BOUND, lambda term: True)
        if step < 1:
            places = [first + step * unit for unit in range(outputs)]
            return self.listed(place, axis, [range(cell, cell + 1) for cell in places])
        reading = Reading((range(first, first + 1),), step, size, outputs)
        return self.along(place, axis, reading, outputs)

    def reshaped(self, place: Place, shape: Sequence[int]) -> Place:
        """The value with the same numbers in the same order under another shape."""
        return regrouped(place, shape) or self._lost(place, shape)

    def _lost(self, place: Place, shape: Sequence[int]) -> Place:
        """A view across the parts of axes: all axes that it joins are seen whole at most."""
        mixed = self.mixed(place, range(len(place.axes)), kept=False, is_bound=True)
        return mixed._replace(axes=tuple(map(fresh, shape)))

    def permuted(self, place: Place, order: Sequence[int]) -> Place:
        """The axes in another order."""
        return place._replace(axes=tuple(place.axes[axis] for axis in order))


def _loose(term: Term, atoms: set[Atom]) -> Term:
    return term if atoms.isdisjoint(term.atoms) else term._replace(bound=BOUND)
