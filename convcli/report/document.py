"""Document: what a command has to say, as blocks of raw values that every format renders in its own way.

A `key` is the block's place in the machine formats ("output.shape" is {"output": {"shape": ...}}), a `label` its name
for people; a block without key is for people only, one without label for machines only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from convcli.report.words.vocabulary import ENGLISH, Words


class Fact(NamedTuple):
    """One named value; `note` says in words where it comes from."""

    key: str | None
    label: str | None
    value: Any
    note: str = ""


class Facts(NamedTuple):
    rows: tuple[Fact, ...]


class Data(NamedTuple):
    """Nested values for machine formats as they stand, where a document is one of very many."""

    values: dict[str, Any]


class Column(NamedTuple):
    key: str | None
    label: str | None


class Table(NamedTuple):
    """Rows under columns. With `row_keys` a cell's place is "row.column", else the rows are a list at `key`."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    key: str | None = None
    row_keys: tuple[str, ...] | None = None
    row_labels: tuple[str, ...] | None = None


class Formula(NamedTuple):
    """An equation with its numbers filled in; the part before "=" in words stands once, in `Formulas.symbols`."""

    label: str
    numbers: str
    value: Any

    def __str__(self) -> str:
        return f"{self.numbers} = {self.value}"


class Formulas(NamedTuple):
    rows: tuple[Formula, ...]
    key: str | None = None
    symbols: tuple[str, ...] = ()


class Tensor(NamedTuple):
    """An array, or nested lists of one or two levels, None for a blank; the places (row, column) in `marked` stand in
    brackets."""

    label: str | None
    values: Any
    key: str | None = None
    marked: frozenset[tuple[int, int]] = frozenset()


class Equation(NamedTuple):
    """Tensors side by side with a sign between each two: window * kernel = products; `title` says of what."""

    tensors: tuple[Tensor, ...]
    signs: tuple[str, ...]
    title: str = ""


class Sum(NamedTuple):
    """A worked sum: the factors of each term, their products, the total, all raw; `lead` says of what. With `minus` the
    terms behind the first are taken off: `products` are then as they are added."""

    factors: tuple[tuple[Any, ...], ...]
    products: tuple[Any, ...]
    total: Any
    lead: str = ""
    minus: bool = False


class Note(NamedTuple):
    text: str


class Drawing(NamedTuple):
    """Lines of characters that stand exactly as they are."""

    lines: tuple[str, ...]


Block = Facts | Data | Table | Formulas | Tensor | Equation | Sum | Note | Drawing


class Items(NamedTuple):
    """Documents that follow one by one, never all held: their key, how many there are if known, how to make them anew.

    People see them too, unless they are `for_machines`.
    """

    key: str
    noun: str
    total: int | None
    make: Callable[[], Iterable[Document]]
    for_machines: bool = False


class Document(NamedTuple):
    """What one command says. `essential` is the value that a script wants; `records` names the table whose rows CSV gives;
    `drawings` makes further blocks for people, which machine formats never ask for, and `ending` those behind the items;
    `words` are those of the texts in it."""

    command: str
    blocks: tuple[Block, ...]
    essential: Any = None
    title: str = ""
    items: Items | None = None
    records: str | None = None
    drawings: Callable[[], Iterable[Block]] = tuple
    ending: Callable[[], Iterable[Block]] = tuple
    words: Words = ENGLISH

    def for_people(self) -> Iterator[Block]:
        yield from self.blocks
        yield from self.drawings()


def for_machines(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with nothing in them that people would be shown."""
    for block in blocks:
        if isinstance(block, Facts):
            yield Facts(tuple(fact._replace(label=None) for fact in block.rows))
        elif isinstance(block, Table):
            yield block._replace(
                columns=tuple(column._replace(label=None) for column in block.columns)
            )
