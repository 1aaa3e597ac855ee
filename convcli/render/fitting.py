"""Which columns of a table stand on a terminal, in which form, and how wide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from convcli.render.columns import text_width, wrapped

GAP, NARROW_GAP = 3, 2  # between two columns
HANGING = 2  # spaces before the further lines of a cell
LEAST_TEXT = 20  # columns of text that wraps
LEAST_OF_ALL = 8  # columns of text that wraps because nothing else is left
WIDE_ENOUGH = 60  # columns of a terminal from which a table keeps its columns of spare 0
TABLE_LEAST = 40  # columns of a terminal from which a table may lose columns


@dataclass(slots=True)
class ColumnTexts:
    """A column as texts: the heading, the cells, shorter forms of both; see `Column`."""

    heading: str
    cells: list[str]
    short_heading: str
    short_cells: list[str]
    is_numeric: bool = False
    spare: int = 0
    wraps: bool = False
    is_scaled: bool = False
    name: str = ""
    spare_when_narrow: int = 0


@dataclass(frozen=True)
class Placed:
    """A column that stands, `width` wide; what is wider is wrapped."""

    texts: ColumnTexts
    width: int
    is_short: bool = False

    @property
    def cells(self) -> list[str]:
        """The cells in the form that stands."""
        return self.texts.short_cells if self.is_short else self.texts.cells

    @property
    def heading(self) -> list[str]:
        """The lines of the heading: the short one where it takes fewer."""
        whole, short = (
            wrapped(heading, self.width) or [""]
            for heading in (self.texts.heading, self.texts.short_heading)
        )
        return short if len(short) < len(whole) else whole


@dataclass(frozen=True)
class Fitted:
    """The columns that stand, with a gap between two, and those left out."""

    columns: list[Placed]
    left_out: list[ColumnTexts]
    gap: int

    @property
    def is_shortened(self) -> bool:
        """Whether cells are shorter than they are elsewhere; a shorter chart has no heading."""
        return any(column.is_short and column.texts.heading for column in self.columns)


def fitted(columns: list[ColumnTexts], width: int | None) -> Fitted | None:
    """The columns in so many columns of a terminal; None where they have no room as a table.

    In this order: headings are broken, gaps narrowed, cells shortened, columns of spare 2 and more
    left out, text wrapped, columns of spare 1 left out, other text wrapped. Below `WIDE_ENOUGH`
    columns that are `spare_when_narrow` are left out instead, and below `TABLE_LEAST` nothing is
    left out or wrapped. Counts are exact in all columns, or in none.
    """
    whole = [
        Placed(texts, max(map(text_width, (texts.heading, *texts.cells)))) for texts in columns
    ]
    if width is None or taken([column.width for column in whole], GAP) <= width:
        return Fitted(whole, [], GAP)
    return _Fit(columns, width).fitted()


def cell_lines(cell: str, width: int) -> list[str]:
    """The lines of a cell; all but the first begin further right, also in a tree."""
    if text_width(cell) <= width:
        return [cell]
    return wrapped(cell, width, len(cell) - len(cell.lstrip()) + HANGING)


def taken(widths: list[int], gap: int) -> int:
    """The columns that a table takes; one with wide gaps has a space before it."""
    return sum(widths) + gap * (len(widths) - 1) + (1 if gap == GAP else 0)


class _Fit:
    """A table that becomes narrower step by step."""

    def __init__(self, columns: list[ColumnTexts], width: int) -> None:
        self.columns, self.width = columns, width
        self._scaled = {at for at, texts in enumerate(columns) if texts.is_scaled}
        self.short: set[int] = set()  # columns with shorter cells
        self.left_out: set[int] = set()
        self.whole_headings: set[int] = set()
        self.narrowed: dict[int, int] = {}  # columns that wrap, and their width
        self.natural = {
            (at, is_short): _natural(texts, is_short)
            for at, texts in enumerate(columns)
            for is_short in (False, True)
        }

    def fitted(self) -> Fitted | None:
        """The table after the first step that is enough, and with what this leaves room for."""
        if any(self._fits() for _ in self._steps()):
            self._tighten()
            self._relax()
            return self._result()
        return None

    def _steps(self) -> Iterator[None]:
        yield
        by_spare = sorted(range(len(self.columns)), key=lambda at: (-self._spare(at), -at))
        for at in by_spare:
            if self.columns[at].short_cells != self.columns[at].cells:
                self.short |= self._scaled if self.columns[at].is_scaled else {at}
                yield
        if self.width < TABLE_LEAST:
            return
        for at in by_spare:
            if self._spare(at) > 1:
                self.left_out.add(at)
                yield
        text = [at for at, texts in enumerate(self.columns) if texts.wraps]
        yield from self._wrap(text, LEAST_TEXT)
        for at in by_spare:
            if self._spare(at) == 1:
                self.left_out.add(at)
                yield from self._wrap(text, LEAST_TEXT)
        if self.width < WIDE_ENOUGH:
            yield from self._narrow(text)
            return
        others = [at for at, texts in enumerate(self.columns) if not texts.is_numeric]
        yield from self._wrap(others, LEAST_OF_ALL, keeps_words=True)
        yield from self._wrap(others, LEAST_OF_ALL)

    def _narrow(self, text: list[int]) -> Iterator[None]:
        """Leave out what a narrow terminal does without."""
        places = [at for at, texts in enumerate(self.columns) if texts.spare_when_narrow]
        for at in sorted(places, key=lambda at: -self.columns[at].spare_when_narrow):
            self.left_out.add(at)
            yield from self._wrap(text, LEAST_TEXT)

    def _spare(self, at: int) -> int:
        return self.columns[at].spare

    def _wrap(self, which: list[int], least: int, *, keeps_words: bool = False) -> Iterator[None]:
        """Narrow these columns, the widest first, as far as is needed; breaking words or not."""
        self.narrowed = {}
        yield
        standing = [at for at in which if at not in self.left_out]
        words = {at: self._longest_word(at) if keeps_words else 0 for at in standing}
        low, high = least, max((self._width(at) for at in standing), default=least)
        while low <= high:
            most = (low + high) // 2
            self.narrowed = {at: max(most, words[at]) for at in standing}
            low, high = (most + 1, high) if self._fits() else (low, most - 1)
        self.narrowed = {at: max(high, least, words[at]) for at in standing}
        yield

    def _longest_word(self, at: int) -> int:
        texts = self.columns[at]
        cells = texts.short_cells if at in self.short else texts.cells
        words = (word for text in (texts.short_heading, *cells) for word in text.split())
        return max(map(text_width, words), default=0)

    def _tighten(self) -> None:
        """Columns that wrap as narrow as their lines are."""
        for at in self.narrowed:
            texts, width = self.columns[at], self._width(at)
            cells = texts.short_cells if at in self.short else texts.cells
            lines = [line for cell in cells for line in cell_lines(cell, width)]
            lines += wrapped(texts.short_heading, width)
            self.narrowed[at] = max(map(text_width, lines), default=width)

    def _relax(self) -> None:
        """Take back what is not needed any more, the most telling column first."""
        for at in sorted(self.left_out, key=lambda at: (self._spare(at), at)):
            self.left_out.discard(at)
            if not self._fits():
                self.left_out.add(at)
        others = sorted(self.short - self.narrowed.keys() - self._scaled)
        numbers = [at for at in others if not self.columns[at].wraps]
        for places in (self._scaled, *({at} for at in numbers), *({at} for at in others)):
            taken_back = self.short & places
            self.short -= taken_back
            if not self._fits():
                self.short |= taken_back
        for at in range(len(self.columns)):
            self.whole_headings.add(at)
            if not self._fits():
                self.whole_headings.discard(at)

    def _width(self, at: int) -> int:
        width = self.natural[at, at in self.short]
        if at in self.whole_headings:
            width = max(width, text_width(self.columns[at].heading))
        return min(width, self.narrowed.get(at, width))

    def _widths(self) -> list[int]:
        return [self._width(at) for at in range(len(self.columns)) if at not in self.left_out]

    def _fits(self, gap: int = NARROW_GAP) -> bool:
        return taken(self._widths(), gap) <= self.width

    def _result(self) -> Fitted:
        standing = [at for at in range(len(self.columns)) if at not in self.left_out]
        return Fitted(
            [Placed(self.columns[at], self._width(at), at in self.short) for at in standing],
            [self.columns[at] for at in sorted(self.left_out)],
            GAP if self._fits(GAP) else NARROW_GAP,
        )


def _natural(texts: ColumnTexts, is_short: bool) -> int:
    """The width of a column that wraps nothing but its heading."""
    cells = texts.short_cells if is_short else texts.cells
    return max(map(text_width, ("", *texts.short_heading.split(), *cells)))
