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


EXACT, BORDERS, TOGETHER, BOUND = range(4)


class Term(NamedTuple):
    """The grid `at` of one input axis, whose unit is the mixed index over `atoms`.

    `bound` is EXACT where a unit sees what that unit sees. Else it sees no more, and perhaps less:
    only at BORDERS, which are padded; TOGETHER where all units together see exactly what those of
    the grid see.
    """

    at: int
    atoms: Atoms
    bound: int = EXACT


Terms = tuple[Term, ...] | None  # None where what is seen is unknown


class Place(NamedTuple):
    """The atoms of each axis of a value, and its terms for each axis of the input.

    `alike` says that all channels see the same, so that a part of them sees no less.
    """

    axes: tuple[Atoms, ...]
    terms: tuple[Terms, ...]
    alike: bool = True

    @property
    def shape(self) -> Shape:
        return Shape(prod(atom.size for atom in atoms) for atoms in self.axes)


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


def substituted(terms: tuple[Terms, ...], parts: Mapping[Atom, Atoms]) -> tuple[Terms, ...]:
    """The terms with atoms replaced by their parts, and those by theirs."""

    def whole(atoms: Iterable[Atom]) -> Iterable[Atom]:
        for atom in atoms:
            if atom in parts:
                yield from whole(parts[atom])
            else:
                yield atom

    return tuple(
        None
        if of_axis is None
        else tuple(term._replace(atoms=tuple(whole(term.atoms))) for term in of_axis)
        for of_axis in terms
    )


def aligned(first: Place, second: Place) -> tuple[Place, Place, dict[Atom, Atom], set[Atom]]:
    """Both with the same atoms on each axis that both have.

    Also which atom of the first each atom of the second is, and those that are none of them.
    """
    splits: dict[Atom, Atoms] = {}
    names: dict[Atom, Atom] = {}
    lost: set[Atom] = set()
    axes_of_first: list[Atoms] = []
    for ours, theirs in zip(first.axes, second.axes, strict=True):
        mine, yours, taken = list(ours)[::-1], list(theirs)[::-1], []
        if not mine or not yours:
            axes_of_first.append(ours)
            names.update({atom: Atom(atom.size) for atom in theirs})
            continue
        while mine and yours:
            a, b = mine.pop(), yours.pop()
            if a.size == b.size:
                taken.append(a)
                names[b] = a
                continue
            small = min(a.size, b.size)
            for atom, pending in ((a, mine), (b, yours)):
                if atom.size == small:
                    pending.append(atom)
                elif atom.size % small == 0:
                    splits[atom] = (Atom(small), Atom(atom.size // small))
                    pending.extend(splits[atom][::-1])
                else:  # parts that do not fit
                    pending.append(atom)
            if mine[-1].size != yours[-1].size:
                taken.extend(mine[::-1])
                lost.update(yours)
                names.update({atom: Atom(atom.size) for atom in yours})
                break
        axes_of_first.append(tuple(taken))
    return (
        Place(tuple(axes_of_first), substituted(first.terms, splits), first.alike),
        second._replace(terms=substituted(second.terms, splits)),
        names,
        lost,
    )


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
    terms = substituted(place.terms, splits) if splits else place.terms
    return Place(tuple(axes), terms, place.alike)


def loosened(place: Place, bound: int, where: Callable[[Term], bool]) -> Place:
    """The value with terms that are at least as loose as `bound`, of those that `where` names."""
    terms = tuple(
        None
        if of_axis is None
        else tuple(
            term._replace(bound=max(bound, term.bound)) if where(term) else term for term in of_axis
        )
        for of_axis in place.terms
    )
    return place._replace(terms=terms)
