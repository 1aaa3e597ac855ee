"""Atoms and terms: on which parts of a value's axes the units of grids lie."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import prod
from typing import NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.geometry.tap_patterns import MOST_WINDOWS, Reading
from convcli.engine.network.axis_network import AxisNetwork


class Atom:
    """A part of an axis; what it is, is its identity."""

    __slots__ = ("size",)

    def __init__(self, size: int) -> None:
        self.size = size


Atoms = tuple[Atom, ...]


EXACT, TOGETHER, BOUND = range(3)


class Term(NamedTuple):
    """The grid `at` of one input axis, whose unit is the mixed index over `atoms`.

    `bound` is EXACT where a unit sees what that unit sees. Else it sees no more, and perhaps less;
    TOGETHER where all units together see exactly what those of the grid see.
    """

    at: int
    atoms: Atoms
    bound: int = EXACT


Terms = tuple[Term, ...]
# Terms for each axis of the input, and for each guard. A unit sees the cells that on each axis one
# of the terms sees; it sees nothing where on one axis, or behind one guard, no term sees anything.
Path = tuple[Terms, ...]


class Place(NamedTuple):
    """The atoms of each axis of a value, and the paths on which its units see the input.

    A unit sees what it sees on any path; `paths` is None where that is unknown. Units that differ
    in atoms of `unlike` only may see different cells, and together those of the paths.
    """

    axes: tuple[Atoms, ...]
    paths: tuple[Path, ...] | None
    unlike: frozenset[Atom] = frozenset()

    @property
    def shape(self) -> Shape:
        return Shape(prod(atom.size for atom in atoms) for atoms in self.axes)

    @property
    def terms(self) -> tuple[Term, ...]:
        """All terms of all paths."""
        return tuple(term for path in self.paths or () for terms in path for term in terms)


def fresh(size: int) -> Atoms:
    """An axis on which no term lies."""
    return (Atom(size),) if size != 1 else ()


def expanded(network: AxisNetwork, term: Term, target: Atoms) -> int | None:
    """The grid of a term with one unit for each index over `target`.

    Atoms of the term that `target` lacks are free: a unit sees all of theirs. None where that is
    no pattern that a reading holds.
    """
    atoms = term.atoms
    if atoms == target:
        return term.at
    size, outputs = network.units(term.at), prod(atom.size for atom in target)
    if target == atoms[: len(target)]:  # the inner atoms are free
        free = size // outputs
        return network.add((term.at,), Reading((range(free),), free, size, outputs))
    windows = _windows(atoms, target)
    if windows is None:
        return None
    step = size  # of a whole turn
    for length in range(1, outputs // 2 + 1):
        if outputs % length == 0 and _repeats(windows, length):
            each = windows[length].start - windows[0].start
            if each * (outputs // length) == size:
                windows, step = windows[:length], each
                break
    return network.add((term.at,), Reading(tuple(windows), step, size, outputs))


def _windows(atoms: Atoms, target: Atoms) -> list[range] | None:
    """For each index over `target` the indices over `atoms` whose common digits are the same.

    None where these are no ranges, or more than MOST_WINDOWS.
    """
    weights = {
        atom: prod(inner.size for inner in atoms[place + 1 :]) for place, atom in enumerate(atoms)
    }
    free = [place for place, atom in enumerate(atoms) if atom not in target]
    if free and free != list(range(free[0], free[-1] + 1)):
        return None
    if prod(atom.size for atom in target) > MOST_WINDOWS:
        return None
    step = weights[atoms[free[-1]]] if free else 1
    count = prod(atoms[place].size for place in free)
    firsts = [0]
    for atom in target:
        weight = weights.get(atom, 0)
        firsts = [first + digit * weight for first in firsts for digit in range(atom.size)]
    return [range(first, first + (count - 1) * step + 1, step) for first in firsts]


def _repeats(windows: list[range], length: int) -> bool:
    """Whether the windows repeat after `length` of them, each as far behind the one before it."""
    step = windows[length].start - windows[0].start
    return all(
        windows[at].start - windows[at - length].start == step for at in range(length, len(windows))
    )


def without(place: Place, axis: int) -> Place:
    """The value with one cell on an axis."""
    return place._replace(axes=(*place.axes[:axis], (), *place.axes[axis + 1 :]))


def padded(place: Place, length: int) -> Place:
    """The value with axes of one cell in front, so that it has `length` axes."""
    missing: tuple[Atoms, ...] = ((),) * (length - len(place.axes))
    return place._replace(axes=missing + place.axes)


def substituted(place: Place, parts: Mapping[Atom, Atoms]) -> Place:
    """The paths with atoms replaced by their parts, and those by theirs; the axes stay."""
    if not parts or place.paths is None:
        return place

    def whole(atoms: Iterable[Atom]) -> Iterable[Atom]:
        for atom in atoms:
            if atom in parts:
                yield from whole(parts[atom])
            else:
                yield atom

    return changed(
        place._replace(unlike=frozenset(whole(place.unlike))),
        lambda term: term._replace(atoms=tuple(whole(term.atoms))),
    )


def changed(place: Place, change: Callable[[Term], Term]) -> Place:
    """The value with each of its terms changed."""
    if place.paths is None:
        return place
    paths = tuple(
        tuple(tuple(change(term) for term in terms) for terms in path) for path in place.paths
    )
    return place._replace(paths=paths)


def aligned(first: Place, second: Place) -> tuple[Place, Place]:
    """Both with the same atoms on each axis, those of the one that has more where one has one cell.

    Where the parts of an axis do not fit each other, those of the second lie nowhere, and are a
    bound.
    """
    splits: dict[Atom, Atoms] = {}
    names: dict[Atom, Atom] = {}
    lost: set[Atom] = set()
    axes: list[Atoms] = []
    second = _apart(second)
    for ours, theirs in zip(first.axes, second.axes, strict=True):
        if ours and theirs:
            axes.append(_fitted(ours, theirs, splits, names, lost))
            continue
        renamed = {atom: Atom(atom.size) for atom in theirs}
        names.update(renamed)
        axes.append(ours or tuple(renamed[atom] for atom in theirs))

    def renamed_term(term: Term) -> Term:
        atoms = tuple(names.get(atom, atom) for atom in term.atoms)
        return Term(term.at, atoms, term.bound if lost.isdisjoint(term.atoms) else BOUND)

    other = changed(substituted(second, splits), renamed_term)
    unlike = frozenset(names.get(atom, atom) for atom in other.unlike)
    common = tuple(axes)
    return (
        substituted(first, splits)._replace(axes=common),
        other._replace(axes=common, unlike=unlike),
    )


def _apart(place: Place) -> Place:
    """The value with atoms of its own: another may have the same on other axes."""
    own = {atom: (Atom(atom.size),) for atoms in place.axes for atom in atoms}
    axes = tuple(tuple(own[atom][0] for atom in atoms) for atoms in place.axes)
    return substituted(place, own)._replace(axes=axes)


def _fitted(
    ours: Atoms, theirs: Atoms, splits: dict[Atom, Atoms], names: dict[Atom, Atom], lost: set[Atom]
) -> Atoms:
    """The atoms of an axis that two values have, split where one of them is."""
    mine, yours, taken = list(ours)[::-1], list(theirs)[::-1], []
    while mine and yours:
        a, b = mine.pop(), yours.pop()
        if a.size == b.size:
            taken.append(a)
            names[b] = a
            continue
        small = min(a.size, b.size)
        for atom, pending in ((a, mine), (b, yours)):
            if atom.size != small and atom.size % small == 0:
                splits[atom] = (Atom(small), Atom(atom.size // small))
                pending.extend(splits[atom][::-1])
            else:
                pending.append(atom)
        if mine[-1].size != yours[-1].size:  # parts that do not fit
            taken.extend(mine[::-1])
            lost.update(yours)
            names.update({atom: Atom(atom.size) for atom in yours})
            break
    return tuple(taken)


def regrouped(place: Place, shape: Sequence[int]) -> Place | None:
    """A value under another shape: its atoms on other axes, split where one ends inside them.

    None where an axis would end inside an atom of another size.
    """
    pending = [atom for atoms in place.axes for atom in atoms][::-1]
    axes: list[Atoms] = []
    splits: dict[Atom, Atoms] = {}
    for size in shape:
        taken, product = [], 1
        while product < size and pending:
            atom = pending.pop()
            if size % (product * atom.size) == 0:
                taken.append(atom)
                product *= atom.size
                continue
            outer = size // product
            if size % product or atom.size % outer:
                return None
            splits[atom] = (Atom(outer), Atom(atom.size // outer))
            taken.append(splits[atom][0])
            pending.append(splits[atom][1])
            product = size
        if product != size:
            return None
        axes.append(tuple(taken))
    if pending:
        return None
    return substituted(place, splits)._replace(axes=tuple(axes))


def loosened(place: Place, bound: int, where: Callable[[Term], bool]) -> Place:
    """The value with terms that are at least as loose as `bound`, of those that `where` names."""
    return changed(
        place,
        lambda term: term._replace(bound=max(bound, term.bound)) if where(term) else term,
    )


def spelled(place: Place) -> object:
    """What a value sees, whatever its atoms are called."""
    names = {
        atom: (axis, at, atom.size)
        for axis, atoms in enumerate(place.axes)
        for at, atom in enumerate(atoms)
    }
    return place.paths and frozenset(
        tuple(
            frozenset(
                (term.at, tuple(names[atom] for atom in term.atoms), term.bound) for term in terms
            )
            for terms in path
        )
        for path in place.paths
    )
