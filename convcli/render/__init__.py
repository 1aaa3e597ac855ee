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


class Significant(NamedTuple):
    """So many significant digits of a float."""

    digits: int = 6


Precision: TypeAlias = int | Significant | None


class Style(NamedTuple):
    """How the formats for people look; the machine formats ignore all but `separator`.

    `width` is in columns, None where lines may be of any length; `precision` is the number of
    decimals, or of significant digits, None for the shortest exact text; `limit` is the number of
    items, None for all. `separator` stands between the cells of CSV, and `words` is the
    language of what a format says itself. `standalone` asks for a whole document of LaTeX.
    """

    width: int | None = None
    color: bool = False
    ascii: bool = False
    precision: Precision = None
    limit: int | None = None
    separator: str = ","
    words: Words = ENGLISH
    standalone: bool = False


Renderer = Callable[[Document, Style], Iterator[str]]


def renderer(name: str) -> Renderer:
    """The function that turns a Document into pieces of text in that format."""
    module = import_module(f"convcli.render.{'terminal' if name == 'table' else name}")
    render: Renderer = module.render
    return render
