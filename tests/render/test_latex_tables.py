"""The columns of LaTeX's tables: widths that one run knows, room for bold and for long words."""

from __future__ import annotations

import re

from convcli.render import Style
from convcli.render.latex import render
from convcli.report.document import Column, Document, Table


def written_as_latex(table: Table) -> str:
    return "".join(render(Document("shape", (table,), title=""), Style()))


def test_a_long_table_has_widths_in_numbers() -> None:
    rows = tuple((f"block{n}.conv", 10**n, f"{'text ' * 30}") for n in range(30))
    table = Table(
        (Column("name", "name"), Column("number", "number"), Column("words", "words")),
        rows,
        emphasis=frozenset({29}),
    )
    written = written_as_latex(table)
    assert "longtable" in written
    (columns,) = re.findall(r"\\begin\{longtable\}\[l\]\{@\{\}(.*)@\{\}\}", written)
    assert re.fullmatch(r"w\{l\}\{[\d.]+em\}w\{r\}\{[\d.]+em\}>\{.raggedright\}p\{.*\}", columns)


def test_bold_rows_have_room() -> None:
    rows = tuple((f"block{n}", 10**6 + n) for n in range(30))
    columns = (Column("name", "name"), Column("number", "number"))
    plain, bold = (
        re.findall(
            r"w\{.\}\{([\d.]+)em\}", written_as_latex(Table(columns, rows, emphasis=frozenset(at)))
        )
        for at in ((), (29,))
    )
    assert all(float(wide) > float(narrow) for wide, narrow in zip(bold, plain, strict=True))


def test_wrapped_columns_keep_room_for_their_longest_words() -> None:
    rows = (("conv", "text " * 30 + "hyperparameter"),)
    written = written_as_latex(Table((Column("name", "name"), Column("words", "words")), rows))
    (least,) = re.findall(r"\\ifdim\\linewidth<([\d.]+)em \1em\\else\\linewidth\\fi", written)
    assert 6 < float(least) < 15
