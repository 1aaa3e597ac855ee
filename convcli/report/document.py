"""Document: the answer of a command, as blocks of raw values that each format renders its own way.

A `key` is the place of a value in machine formats: "output.shape" is {"output": {"shape": ...}}.
A `label` is its name for people. A value without a key is for people only, one without a label for
machines only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from convcli.report.words.vocabulary import ENGLISH, Words

if TYPE_CHECKING:
    from convcli.report.quantities import Filled, Phrase
    from convcli.report.terms import Formula, Rule

Text: TypeAlias = "str | Phrase"


class Fact(NamedTuple):
    """One named value; `note` says in words where it comes from."""

    key: str | None
    label: str | None
    value: Any
    note: Text = ""


class Facts(NamedTuple):
    """Named values below each other."""

    rows: tuple[Fact, ...]


class Data(NamedTuple):
    """Nested values for machine formats as they stand, where a document is one of very many."""

    values: dict[str, Any]


class Nested(NamedTuple):
    """Objects in objects at a key, for JSON alone: the one row of a record in CSV has no room."""

    key: str
    values: dict[str, Any]


class Column(NamedTuple):
    """A column of a table: the key of its values in machine formats, and its heading for people.

    Where `is_numeric` is None, a column of whole numbers alone is numeric.

    The others say what becomes of a table that is wider than a terminal: `short` is a shorter
    heading. Columns with the largest `spare` are left out first, those of 0 never, and named by
    their `name`, or their heading. Text that `wraps` stands on several lines before a column of
    spare 1 is left out, but after the others. Below 60 columns those with the largest
    `spare_when_narrow` are left out then.
    """

    key: str | None
    label: str | None
    is_numeric: bool | None = None
    short: str | None = None
    spare: int = 0
    wraps: bool = False
    name: str | None = None
    spare_when_narrow: int = 0


class Table(NamedTuple):
    """Rows under columns; those at the places in `emphasis` stand out.

    With `row_keys` the place of a cell is "row.column", else the rows are a list at `key`.
    """

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    key: str | None = None
    row_keys: tuple[str, ...] | None = None
    row_labels: tuple[str, ...] | None = None
    emphasis: frozenset[int] = frozenset()


class Formulas(NamedTuple):
    """Formulas with their numbers filled in, under the rules that they follow."""

    rows: tuple[Formula, ...]
    key: str | None = None
    rules: tuple[Rule, ...] = ()


class Tensor(NamedTuple):
    """An array, or nested lists of one or two levels with None for a blank.

    The numbers at the places (row, column) in `marked` are emphasised. A vector with `is_column` is
    a column of a table. `label_at` is the label with the place of a plane, `[0, 1]`; without it the
    place is at the end.
    """

    label: str | None
    values: Any
    key: str | None = None
    marked: frozenset[tuple[int, int]] = frozenset()
    is_column: bool = False
    label_at: Callable[[str], str] | None = None


CORRELATED = "\u22c6"  # the sign of a layer between its input and its weight


class Equation(NamedTuple):
    """Tensors side by side with a sign between each two: window * kernel = products."""

    tensors: tuple[Tensor, ...]
    signs: tuple[str, ...]
    title: str = ""


class Operand(NamedTuple):
    """An array of an operation, and its type; `summary` is the type and the range of its numbers.

    The summary is asked for only where not all numbers are shown.
    """

    tensor: Tensor
    type: Text
    summary: Callable[[], Text]


class Operation(NamedTuple):
    """Arrays and the last one, which is made of the others; `signs` stand between them.

    Small ones are shown whole, and of the last one what there is room for. With `is_brief` the
    others are named with their shapes alone. Of arrays that were `named` before, the shapes are
    left out where all numbers are shown.
    """

    operands: tuple[Operand, ...]
    signs: tuple[str, ...]
    is_brief: bool = False
    named: bool = False


class Sum(NamedTuple):
    """A worked sum: the factors of each term, their products, the total; `lead` names the sum.

    With `minus` the terms behind the first are subtracted, and `products` have their final signs.
    """

    factors: tuple[tuple[Any, ...], ...]
    products: tuple[Any, ...]
    total: Any
    lead: str = ""
    minus: bool = False


class Note(NamedTuple):
    """A sentence for people, beside the matter unless it is `main`."""

    text: Text
    main: bool = False


class Curve(NamedTuple):
    """Values against 1, 2, 3, ...: `name` says of what, `against` of which steps."""

    name: str
    against: str
    values: tuple[float, ...]


class Drawing(NamedTuple):
    """Lines of characters that stand exactly as they are."""

    lines: tuple[str, ...]


Block: TypeAlias = (
    "Facts | Data | Filled | Nested | Table | Formulas | Tensor | Equation | Operation | Sum"
    " | Note | Curve | Drawing"
)


class Lines:  # no tuple: JSON would take one for a list
    """A value that is a list of lines in machine formats: blocks as plain text."""

    def __init__(self, blocks: tuple[Block, ...]) -> None:
        self.blocks = blocks


class Items(NamedTuple):
    """Documents that follow one by one and are never all in memory.

    `noun` names them for people, `total` is their number, None where it is unknown, and `make`
    starts them anew. People see them too, unless they are `for_machines`.
    """

    key: str
    noun: str
    total: int | None
    make: Callable[[], Iterable[Document]]
    for_machines: bool = False


class Document(NamedTuple):
    """What one command answers.

    `essential` is the value of --quiet and --expect; `records` names the table whose rows CSV
    gives. `drawings` makes further blocks for people, which machine formats never ask for, and
    `ending` those behind the items; `listing` those that only machine formats ask for.
    `words` is the language.
    """

    command: str
    blocks: tuple[Block, ...]
    essential: Any = None
    title: str = ""
    items: Items | None = None
    records: str | None = None
    drawings: Callable[[], Iterable[Block]] | None = None
    ending: Callable[[], Iterable[Block]] | None = None
    listing: Callable[[], Iterable[Block]] | None = None
    words: Words = ENGLISH

    def for_people(self) -> Iterator[Block]:
        """The blocks before the items."""
        yield from self.blocks
        if self.drawings is not None:
            yield from self.drawings()

    def for_programs(self) -> Iterator[Block]:
        """The blocks of machine formats."""
        yield from self.blocks
        if self.listing is not None:
            yield from self.listing()

    def behind_items(self) -> Iterator[Block]:
        """The blocks after the items."""
        if self.ending is not None:
            yield from self.ending()


def for_machines(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks without anything for people."""
    for block in blocks:
        if isinstance(block, Facts):
            yield Facts(tuple(fact._replace(label=None) for fact in block.rows))
        elif isinstance(block, Table):
            columns = tuple(column._replace(label=None) for column in block.columns)
            yield block._replace(columns=columns)
