"""What commas between digits can be: separators, thousands signs, decimal signs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from convcli.errors import shortened

_GROUPS = re.compile(
    r"[+-]?[1-9][0-9]{0,2}(?P<groups>(?:,[0-9]{3})++)(?P<point>\.[0-9]*)?|[+-]?[0-9]{1,3}(?:\.[0-9]*)?",
    re.ASCII,
)
_PAIR = r"[+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+),[0-9]+"
_PAIRS = re.compile(rf"{_PAIR}(?:,{_PAIR})*+", re.ASCII)
_ONE_PAIR = re.compile(r"([^,]*),([^,]*)(?:,|$)")
_UNUSUAL = re.compile(r"\.[0-9]{3},|,0[0-9]+(?:,|$)", re.ASCII)  # for two integers
FIELDS_LISTED = 8  # in a note
MOST_SIGNS = 6  # between thousands: integers of 64 bits have 20 digits


class CommaReadings(NamedTuple):
    """What the commas of all lines can be.

    `line` is the first with a comma; empty where there is none. As `thousands`, every line is one
    number; as `decimals`, every line holds numbers with a decimal comma. `likely` says which of
    these columns of numbers would not look like. `alone` says that a line has no comma, `even` that
    all lines have as many commas.
    """

    line: str = ""
    thousands: bool = False
    thousands_likely: bool = False
    decimals: bool = False
    decimals_likely: bool = False
    alone: bool = False
    even: bool = True

    @property
    def columns(self) -> int:
        """The most columns that a reading has in which not every comma separates."""
        return (self.line.count(",") + 1) // 2 if self.decimals else 1

    @property
    def fields(self) -> list[str]:
        """What stands between the commas of the line."""
        return self.line.split(",")

    @property
    def one_number(self) -> str:
        """The line as one number with thousands signs."""
        return self.line.replace(",", "")

    @property
    def with_points(self) -> str:
        """The line as numbers with decimal commas, written with points."""
        pairs = _ONE_PAIR.finditer(self.line)
        return " ".join(f"{pair[1].replace('.', '')}.{pair[2]}" for pair in pairs)

    def note(self) -> str:
        """The note where the commas are read as separators."""
        fields = self.fields
        if len(fields) > FIELDS_LISTED:
            fields = [*fields[:FIELDS_LISTED], "..."]
        line = shortened(self.line, 40)
        text = f"{line} is read as the numbers {', '.join(fields[:-1])} and {fields[-1]}"
        if self.decimals and self.columns == 1:
            text += f"; with --decimal , it is {self.with_points}"
        elif self.decimals:
            text += "; where its commas are decimal signs too, write semicolons between the numbers"
        if self.thousands:
            text += f"; where it is one number, write {shortened(self.one_number, 40)}"
        return text


def comma_readings(lines: Iterable[str]) -> CommaReadings:
    """What the commas of the lines can be, which have no other separator.

    Groups of thousands have three digits. Columns of integers have no leading zeros, so that
    `1,000` is likely to be one number, and `1,05` to have a decimal comma.

    >>> comma_readings(["1,000", "2,500"]).thousands_likely
    True
    >>> comma_readings(["100,200,300"]).thousands_likely
    False
    """
    example, counts = "", set[int]()
    thousands = decimals = True
    thousands_likely = decimals_likely = alone = False
    for line in lines:
        commas = line.count(",")
        counts.add(commas)
        example = example or (line if commas else "")
        alone |= not commas
        thousands &= commas <= MOST_SIGNS
        groups = _GROUPS.fullmatch(line) if thousands else None
        thousands &= groups is not None
        if groups:
            thousands_likely |= bool(groups["point"]) or ",0" in (groups["groups"] or "")
        decimals &= not commas or bool(_PAIRS.fullmatch(line))
        decimals_likely |= decimals and bool(_UNUSUAL.search(line))
        if example and not (thousands or decimals):
            break
    decimals &= not (alone and max(counts, default=0) > 1)
    even = len(counts) < 2
    thousands_likely = thousands and (thousands_likely or not even)
    return CommaReadings(
        example, thousands, thousands_likely, decimals, decimals_likely, alone, even
    )
