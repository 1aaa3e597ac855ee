"""Raw values with the way in which people read them; machine formats get the bare values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

from convcli.report.terms import Formula, Term, names_of


class Rounded(NamedTuple):
    """A number of which people read so many significant digits, whatever --precision asks for."""

    value: Any
    digits: int = 4


class Signed(NamedTuple):
    """A number with its sign and so many decimals."""

    value: Any
    decimals: int = 4


class Percent(NamedTuple):
    """A share of 1, read as percent with so many decimals."""

    share: float
    decimals: int = 2


class Count(NamedTuple):
    """A whole number, which a terminal has in thousands, millions, ...: 118M."""

    number: int


class Short(NamedTuple):
    """A value of a table, and a shorter form of it where a terminal has no room."""

    value: Any
    short: Any


class Branch(NamedTuple):
    """A name with its path; in a tree `name` stands alone, below others as deep as `depth`."""

    path: str
    depth: int
    name: str


class Bytes(NamedTuple):
    """A number of bytes, read in the largest binary unit; `smallest_unit` is the word for bytes."""

    amount: int
    smallest_unit: str = "bytes"


class Bound(NamedTuple):
    """A number that is not exact: `<=` for an upper bound, `~` for an average."""

    sign: Literal["<=", "~"]
    value: Any


class Joined(NamedTuple):
    """Values of several axes as one: `3x5`, `1,2`."""

    values: tuple[Any, ...]
    separator: str = ","


class Bar(NamedTuple):
    """A bar of a chart, as a share of the longest, which has so many letters."""

    share: float
    longest: int = 40


class Phrase(NamedTuple):
    """A text with raw values in its fields: `Phrase("from {first}", {"first": 2.5})`."""

    template: str
    values: Mapping[str, Any]


def per_axis(values: Any, separator: str = ",") -> Any:
    """The value of all axes where they agree, else the values joined.

    >>> per_axis([2, 2]), per_axis([2, 3]).values
    (2, (2, 3))
    """
    values = tuple(values)
    return values[0] if len(set(values)) == 1 else Joined(values, separator)


class Keys:
    """Nested keys that very many documents share: where None stands, each has a value of its own.

    Where `int` or `float` stands, that value is an integer or a finite float: its text needs no
    look at its type. They may also stand in lists and tuples, which keep their class. A `Blanks`
    has an integer for each name of its term, and one for the result.

    >>> Keys({"output": {"shape": [int, int]}, "kind": None}).filled(iter([5, 7, "Conv2d"]))
    {'output': {'shape': [5, 7]}, 'kind': 'Conv2d'}
    """

    __slots__ = ("nested",)

    def __init__(self, nested: dict[str, Any]) -> None:
        self.nested = nested

    def filled(self, values: Iterator[Any]) -> dict[str, Any]:
        """The keys with values, in their order."""
        return {key: _filled(inner, values) for key, inner in self.nested.items()}


def _filled(nested: Any, values: Iterator[Any]) -> Any:
    if nested is None:
        value = next(values)
        return value.data() if isinstance(value, Filled) else value
    if nested is int or nested is float:
        return next(values)
    if isinstance(nested, Blanks):
        names = names_of(nested.term)
        numbers = {name: next(values) for name in names}
        return Formula(nested.label, nested.term, next(values), numbers)
    if isinstance(nested, dict):
        return {key: _filled(inner, values) for key, inner in nested.items()}
    if isinstance(nested, (list, tuple)):
        return type(nested)(_filled(inner, values) for inner in nested)
    return nested


def of_integers(kind: Callable[[list[Any]], Any], count: int) -> Any:
    """For `Keys`: a list or a shape of so many integers of their own.

    >>> of_integers(list, 2) == [int, int]
    True
    """
    return kind([int] * count)


class Filled(NamedTuple):
    """The values of `keys` in their order, for machine formats: one document of very many."""

    keys: Keys
    values: tuple[Any, ...]

    def data(self) -> dict[str, Any]:
        """The same as nested values."""
        return self.keys.filled(iter(self.values))


class Blanks(NamedTuple):
    """In `Keys`: a formula, each of whose names stands once and has a value of its own."""

    label: str
    term: Term
