"""Formulas as terms. A format decides how a term looks; nothing reads a formula's text.

A term is an integer, a `Name`, or one of the operations below on terms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Function = Literal["floor", "ceil", "max"]
Term: TypeAlias = "int | Name | Plus | Minus | Times | Over | Call"


class Name(NamedTuple):
    """A quantity by its name: `Name("stride")`; C_in is `Name("C", "in")`."""

    word: str
    subscript: str = ""


class Plus(NamedTuple):
    """A sum; an addend that is a `Minus` is subtracted."""

    addends: tuple[Term, ...]


class Minus(NamedTuple):
    """An addend that is subtracted."""

    term: Term


class Times(NamedTuple):
    """A product."""

    factors: tuple[Term, ...]


class Over(NamedTuple):
    """A quotient."""

    top: Term
    bottom: Term


class Call(NamedTuple):
    """A function of terms."""

    function: Function
    arguments: tuple[Term, ...]


def floor(term: Term) -> Call:
    """The largest integer that is at most the term."""
    return Call("floor", (term,))


def ceil(term: Term) -> Call:
    """The smallest integer that is at least the term."""
    return Call("ceil", (term,))


@dataclass(slots=True)
class Formula:
    """A formula with its value, and the numbers for its names: `floor((9 - 3)/2) + 1 = 4`."""

    label: str
    term: Term
    value: int
    numbers: Mapping[str, int] | None = None

    @property
    def filled(self) -> Term:
        """The term with its numbers."""
        return self.term if self.numbers is None else replaced(self.term, self.numbers)


def replaced(term: Term, names: Mapping[str, Term]) -> Term:
    """The term with other terms in place of names without a subscript.

    >>> replaced(Plus((Name("size"), 1)), {"size": 5})
    Plus(addends=(5, 1))
    """
    if isinstance(term, int):
        return term
    if isinstance(term, Name):
        return names.get(term.word, term)
    if isinstance(term, Plus):
        return Plus(tuple(replaced(addend, names) for addend in term.addends))
    if isinstance(term, Minus):
        return Minus(replaced(term.term, names))
    if isinstance(term, Times):
        return Times(tuple(replaced(factor, names) for factor in term.factors))
    if isinstance(term, Over):
        return Over(replaced(term.top, names), replaced(term.bottom, names))
    return Call(term.function, tuple(replaced(argument, names) for argument in term.arguments))


def names_of(term: Term) -> tuple[str, ...]:
    """The words of the names in a term, from left to right.

    >>> names_of(Over(Plus((Name("input"), Minus(Name("extent")))), Name("stride")))
    ('input', 'extent', 'stride')
    """
    if isinstance(term, int):
        return ()
    if isinstance(term, Name):
        return (term.word,)
    if isinstance(term, Minus):
        parts: tuple[Term, ...] = (term.term,)
    elif isinstance(term, Over):
        parts = term.top, term.bottom
    elif isinstance(term, Plus):
        parts = term.addends
    else:
        parts = term.factors if isinstance(term, Times) else term.arguments
    return tuple(name for part in parts for name in names_of(part))


@dataclass(frozen=True, slots=True)
class Rule:
    """Sides that are equal, in names, and the formula filled in where it differs between axes."""

    sides: tuple[Term, ...]
    cases: tuple[Formula, ...] = ()
