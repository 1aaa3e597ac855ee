"""Documents into text, one file a format; none of them knows a command, and none computes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import NamedTuple, TypeAlias

from convcli.report.document import Document
from convcli.report.words.vocabulary import ENGLISH, Words

MACHINE_FORMATS = ("json", "jsonl", "csv")
FORMATS = ("table", "json", "jsonl", "csv", "markdown", "latex", "plain")
GRAPH_FORMATS = ("dot", "mermaid")  # of networks alone


class Losses:
    """Whether any number of a document lost digits."""

    def __init__(self) -> None:
        self.any = False


class Significant(NamedTuple):
    """So many significant digits of a float; `losses` is told of every number that has more."""

    digits: int = 6
    losses: Losses | None = None


Precision: TypeAlias = int | Significant | None


class Style(NamedTuple):
    """How the formats for people look; the machine formats ignore all but `separator`.

    `width` is in columns, None where lines may be of any length; `precision` is the number of
    decimals, or of significant digits, None for the shortest exact text; `limit` is the number of
    items, None for all. `separator` stands between the cells of CSV, and `words` is the
    language of what a format says itself. `standalone` asks for a whole document of LaTeX.
    `is_notebook`: for the cell of a notebook, where mathematics stands between `$$`. `is_python`: a
    sentence on what is left out names what Python has in place of options.
    """

    width: int | None = None
    color: bool = False
    ascii: bool = False
    precision: Precision = None
    limit: int | None = None
    separator: str = ","
    words: Words = ENGLISH
    standalone: bool = False
    is_notebook: bool = False
    is_python: bool = False


def watched(style: Style) -> tuple[Style, Losses]:
    """The style with losses of its own, which are told of the numbers that it rounds."""
    losses = Losses()
    if isinstance(style.precision, Significant):
        style = style._replace(precision=style.precision._replace(losses=losses))
    return style, losses


def unwatched(precision: Precision) -> Precision:
    """The precision for numbers that are measured alone, and not printed."""
    return precision._replace(losses=None) if isinstance(precision, Significant) else precision


Renderer = Callable[[Document, Style], Iterator[str]]


def renderer(name: str) -> Renderer:
    """The function that turns a Document into pieces of text in that format."""
    module = import_module(f"convcli.render.{'terminal' if name == 'table' else name}")
    render: Renderer = module.render
    return render
