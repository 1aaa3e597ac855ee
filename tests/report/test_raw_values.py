"""Documents hold raw values: views write no number; neither views nor renderers read text back."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import convcli

PACKAGE = Path(convcli.__file__).parent
WRITES_NUMBERS = {
    "render/values.py", "render/quantities.py", "report/spelling/bytes.py",
    "render/scene_text.py", "render/svg.py",
}  # fmt: skip
READERS = {
    "split", "rsplit", "partition", "rpartition", "isdigit", "isdecimal", "isnumeric",
    "removeprefix", "match", "fullmatch", "search", "findall", "finditer", "sub",
}  # fmt: skip
LAYOUT = {
    ("render/values.py", "partition"): "the text of a float, at its power of ten",
    ("render/values.py", "match"): "what stands before the decimal point",
    ("render/columns.py", "split"): "colours of a line for a terminal",
    ("render/columns.py", "finditer"): "words of a line to be wrapped",
    ("render/fonts.py", "split"): "folders in a variable of the system",
    ("render/letter_widths.py", "split"): "words of a text to be wrapped",
    ("render/fitting.py", "split"): "words of a heading, and of a cell to be wrapped",
    ("render/styled_text.py", "split"): "lines of a text",
    ("render/typeset_page.py", "split"): "the same",
    ("render/markdown.py", "sub"): "escapes",
    ("render/markdown.py", "findall"): "backticks",
    ("render/latex_text.py", "fullmatch"): "the Unicode name of a character, and ligatures",
    ("render/latex_text.py", "finditer"): "what in a sentence is code, a size or an index",
    ("render/latex_text.py", "split"): "words and parts of words between which a line may end",
    ("render/latex_text.py", "partition"): "the text of a float, at its power of ten",
    ("render/latex_text.py", "findall"): "the same",
    ("render/latex_text.py", "sub"): "the same",
    ("render/latex_mathematics.py", "fullmatch"): "the digits behind a decimal point",
    ("render/mathematics.py", "split"): "addends between which a line may end",
    ("render/mathematics.py", "sub"): "the same",
    ("render/html_text.py", "partition"): "the index of a letter",
    ("report/exercises/problems.py", "sub"): "the module of a layer as its user wrote it",
    ("render/csv.py", "split"): "dotted keys, and lines of a text",
    ("report/views/stack_comparison.py", "split"): "white space of a stack as it was written",
    ("report/views/stack_rows.py", "split"): "the dotted path of a layer",
    ("report/views/stack_rows.py", "rpartition"): "the dotted path of a layer",
    ("render/data.py", "rpartition"): "dotted keys",
    ("render/flat.py", "rpartition"): "dotted keys",
    ("render/data.py", "split"): "dotted keys",
    ("report/words/vocabulary.py", "partition"): "dotted keys, and the forms of a text",
}
READ_BY_OTHERS = ("render/page", "render/page_html.py", "report/views/page.py")
FILES = [
    path
    for room in ("report", "render")
    for path in sorted((PACKAGE / room).rglob("*.py"))
    if not str(path.relative_to(PACKAGE)).startswith(READ_BY_OTHERS)
]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_numbers_become_text_in_one_place(path: Path) -> None:
    if str(path.relative_to(PACKAGE)) in WRITES_NUMBERS:
        return
    formatted = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FormattedValue)
        and node.format_spec is not None
        and set("".join(_constants(node.format_spec))) & set("gGeEfF%n")
    ]
    assert not formatted


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_text_is_read_back(path: Path) -> None:
    name = str(path.relative_to(PACKAGE))
    calls = {
        (name, node.func.attr)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in READERS
    }
    assert calls <= set(LAYOUT)


def _constants(node: ast.expr) -> list[str]:
    return [str(part.value) for part in ast.walk(node) if isinstance(part, ast.Constant)]
