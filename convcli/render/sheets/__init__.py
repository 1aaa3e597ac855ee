"""Sheets of exercises as people print and import them: LaTeX, a page, questions of Moodle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module

from convcli.render import Style
from convcli.report.sheet import Sheet

SHEET_FORMATS = ("latex", "html", "moodle")  # beside those of a document

SheetRenderer = Callable[[Sheet, Style, bool], Iterator[str]]


def sheet_renderer(name: str) -> SheetRenderer:
    """The function that turns a sheet into pieces of text; its last argument asks for solutions."""
    render: SheetRenderer = import_module(f"convcli.render.sheets.{name}").render
    return render
