"""The options of `convcli exercise`: which problems, and the files beside the sheet."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any

from convcli.cli.app.option_groups import OptionGroup
from convcli.cli.app.options import OutputOptions, Parsed, option, output_option
from convcli.engine.exercises.exercise import ASKS, LEVELS, Named
from convcli.engine.exercises.sheets import Request
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_between, parse_choice, parse_integer
from convcli.render import FORMATS
from convcli.render.sheets import SHEET_FORMATS

MIXED = "mixed"
MOST_PROBLEMS = 2000
ALL_FORMATS = tuple(dict.fromkeys((*FORMATS, *SHEET_FORMATS)))
FORMS = {".html": "html", ".xml": "moodle"}  # by their suffixes, beside those of every command


def parse_asks(text: str, parameter: str) -> tuple[str, ...]:
    """`size,sum`, or `mixed` for all of them. Raises ConvError for others, and for one twice.

    >>> parse_asks("sum,size", "ask")
    ('sum', 'size')
    """
    names = [name.strip() for name in text.split(",")]
    if names == [MIXED]:
        return ()
    asks = tuple(parse_choice(name, parameter, (*ASKS, MIXED)) for name in names)
    if len(set(asks)) < len(asks) or MIXED in asks:
        rule = "must name each ask once, or mixed alone"
        raise ConvError("ask.twice", rule, parameter=parameter, got=text)
    return asks


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class ExerciseOptions(OptionGroup):
    """The problems of a sheet, and what becomes of them."""

    count: Annotated[
        int | None,
        option("-n", "--count", metavar="N", help="number of problems (default: 8)"),
        Parsed(partial(parse_between, least=1, most=MOST_PROBLEMS)),
    ] = None
    seed: Annotated[
        int | None,
        option("--seed", metavar="N", help="the same seed gives the same sheet (default: 0)"),
        Parsed(parse_integer),
    ] = None
    ask: Annotated[
        tuple[str, ...] | None,
        option(
            "--ask",
            metavar="ASK,...",
            help="what is asked: size, sum, ...; default: mixed, all in turn",
        ),
        Parsed(parse_asks),
    ] = None
    level: Annotated[
        str | None,
        option("--level", metavar="LEVEL", help="easy, medium or hard (default: easy)"),
        Parsed(partial(parse_choice, choices=LEVELS)),
    ] = None
    solutions: Annotated[
        str | None,
        output_option(
            "--solutions", metavar="FILE", help="write the solutions, by the suffix; - prints them"
        ),
    ] = None
    answers: Annotated[
        str | None,
        output_option(
            "--answers", metavar="FILE", help="write an answers file to fill in, as .json"
        ),
    ] = None
    check: Annotated[
        str | None,
        option("--check", metavar="FILE", help="mark the answers in FILE; - is stdin"),
    ] = None

    def request(self, layers: tuple[Named, ...]) -> Request:
        """The sheet that the options ask for, with the defaults of what is not specified."""
        asked: dict[str, Any] = {
            "count": self.count, "seed": self.seed, "level": self.level, "asks": self.ask,
            "layers": layers or None,
        }  # fmt: skip
        return Request(**{name: value for name, value in asked.items() if value is not None})


@dataclass(init=False, eq=False, repr=False, match_args=False, kw_only=True)
class SheetOutputOptions(OutputOptions):
    """The output options of sheets, which have formats of their own."""

    format: Annotated[
        str | None,
        output_option("-f", "--format", metavar="FORMAT", help=", ".join(ALL_FORMATS)),
        Parsed(partial(parse_choice, choices=ALL_FORMATS)),
    ] = None
