"""`--format markdown` as a reader of CommonMark with GitHub's tables sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from convcli.render import Style
from convcli.render.markdown import code, render
from convcli.report.document import (
    Block,
    Column,
    Document,
    Equation,
    Fact,
    Facts,
    Formulas,
    Note,
    Table,
    Tensor,
)
from convcli.report.quantities import Bar, Short
from convcli.report.terms import Formula, Name, Plus, Rule, Times
from tests.command_lines import COMMANDS

GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MARKUP = {"html_inline", "html_block", "s_open", "link_open", "image", "code_block"}


def markdown(*blocks: Block, title: str = "") -> str:
    return "".join(render(Document("shape", blocks, title=title), Style()))


def tokens(written: str) -> list[Token]:
    """All tokens, those inside of lines too."""
    flat: list[Token] = []
    for token in GITHUB.parse(written):
        flat += [token, *(token.children or [])]
    return flat


def words(written: str) -> str:
    return "".join(
        token.content for token in tokens(written) if token.type in ("text", "code_inline")
    )


@pytest.mark.parametrize(
    "written",
    ["a_b*c*", "`x`", "<b>", "[a](b)", "a | b", "# 1", "~1~ ~~2~~", "$x$ &amp;", r"\n \\", "{x}!"],
)
def test_no_character_is_markup(written: str) -> None:
    cells = Table((Column("a", written), Column("b", "b")), [(written, 1)])
    for block in (Note(written), Facts((Fact("a", written, 1, written),)), cells):
        assert written in words(markdown(block))
        assert not MARKUP & {token.type for token in tokens(markdown(block))}
    assert words(markdown(title=written)) == written


@pytest.mark.parametrize("written", ["a", "a`b", "`a", "a``b`", "``"])
def test_code_with_backticks(written: str) -> None:
    assert words(code(written)) == written


def test_numbers_of_a_table_stand_at_the_right_and_bars_are_blocks() -> None:
    columns = (Column("a", "a"), Column("b", "b"), Column(None, ""))
    bar = Short(Bar(0.5, 40), Bar(0.5, 10))
    assert markdown(Table(columns, [(3, "x", bar)], emphasis=frozenset({0}))) == (
        f"| a | b |  |\n| --: | --- | --- |\n| **3** | **x** | **{10 * chr(0x2588)}** |\n\n"
    )


def test_formulas_are_mathematics_below_their_rule() -> None:
    rule = Rule(
        (Name("kernel_size"), Plus((Name("C", "in"), 1))), (Formula("H", Times((2, 3)), 6),)
    )
    assert markdown(Formulas((Formula("input W", 7, 7),), rules=(rule,))) == (
        "```math\n\\begin{aligned}\n"
        "\\mathrm{kernel\\_size} &= C_{\\mathrm{in}} + 1 \\\\\n"
        "\\mathrm{H}\\colon & 2 \\cdot 3 = 6 \\\\\n"
        "\\mathrm{input\\ W}\\colon & 7 = 7\n"
        "\\end{aligned}\n```\n\n"
    )


def test_an_equation_of_one_line_is_mathematics_and_a_wider_one_grids() -> None:
    short = Equation((Tensor("x", [[1, None]]), Tensor("k", [[2, 3]])), ("*",), "window")
    assert "\\begin{bmatrix} 1 &  \\end{bmatrix}} \\odot \\underset" in markdown(short)
    wide = Equation((Tensor("x", [[10**9] * 9]), Tensor("k", [[2, 3]])), ("*",))
    assert "```math" not in markdown(wide)
    assert markdown(wide).count("```text") == 2
    special = Equation((Tensor("x_0", [[1]]), Tensor("k", [[2]])), ("@",))
    assert "```math" not in markdown(special)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_answers_of_all_commands(convcli: Callable[..., Any], name: str) -> None:
    """Each row is one of a table, mathematics is in its fence, and nothing else is markup."""
    written = convcli(*COMMANDS[name], "-f", "markdown").out
    found = tokens(written)
    assert not MARKUP & {token.type for token in found}
    assert {token.info for token in found if token.type == "fence"} <= {"text", "math"}
    fenced = re.sub(r"(?ms)^```.*?^```$", "", written)
    rows = [line for line in fenced.splitlines() if line.startswith("|")]
    rules = [line for line in rows if not line.strip("|-: ")]
    parsed = [token.type for token in found]
    assert parsed.count("tr_open") == len(rows) - len(rules)
    assert parsed.count("table_open") == len(rules)
    assert "$" not in fenced
    for token in found:
        if token.info == "math":
            assert token.content.count("{") == token.content.count("}")
            assert token.content.count(r"\left") == token.content.count(r"\right")
