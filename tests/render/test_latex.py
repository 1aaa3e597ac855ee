"""The text of `--format latex`, block by block, without a TeX installation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from convcli.render import Style
from convcli.render.latex import render
from convcli.render.latex_mathematics import escape, number, term
from convcli.report.document import (
    Block,
    Column,
    Curve,
    Document,
    Drawing,
    Equation,
    Fact,
    Facts,
    Formulas,
    Note,
    Sum,
    Table,
    Tensor,
)
from convcli.report.quantities import Phrase, Rounded
from convcli.report.terms import Call, Formula, Minus, Name, Over, Plus, Rule, Term, Times, floor
from tests.command_lines import COMMANDS

X = np.array([[1.05e-05, float("nan")], [float("-inf"), 2.5]])
FILLED = Plus((floor(Over(Plus((9, 1, Minus(3))), 2)), 1))
NAMED = Plus((Times((Name("C", "out"), Over(Name("C", "in"), Name("groups")))), Name("N")))


def latex(*blocks: Block, title: str = "", precision: int | None = None) -> str:
    return "".join(render(Document("shape", blocks, title=title), Style(precision=precision)))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            Note("2^3 costs 50% of a_b & {c} #1 ~ \\x $"),
            r"{\sloppy\noindent\emph{2\textasciicircum{}3 costs 50\% of a\_b \& \{c\} \#1"
            r" \textasciitilde{} \textbackslash{}x \$}\par}" + "\n\n",
        ),
        (
            Note(Phrase("from {first}", {"first": Rounded(0.123456)})),
            "{\\sloppy\\noindent\\emph{from 0.1235}\\par}\n\n",
        ),
        (
            Facts((Fact("a", "size", 3), Fact("b", None, 4), Fact("c", "in_out", 0.5, "50%"))),
            "\\noindent\\textbf{size} 3\\\\\n\\textbf{in\\_out} 0.5 (50\\%)\\\\\n",
        ),
        (
            Formulas((Formula("H", FILLED, 4),), rules=(Rule((Name("MACs"), NAMED)),)),
            r"\[ \mathrm{MACs} = C_{\mathrm{out}} \cdot \frac{C_{\mathrm{in}}}{\mathrm{groups}}"
            r" + N \]"
            "\n"
            r"\[ \mathrm{H}\colon\; \left\lfloor \frac{9 + 1 - 3}{2} \right\rfloor + 1 = 4 \]"
            "\n",
        ),
        (
            Formulas((), rules=(Rule((Name("extent"),), (Formula("H", Times((2, 3)), 6),)),)),
            "\\[ \\mathrm{extent} \\]\n\\[ \\mathrm{H}\\colon\\; 2 \\cdot 3 = 6 \\]\n",
        ),
        (
            Sum(((1e-05, -2),), (-2e-05,), -2e-05, "channel 0"),
            "\\begin{flushleft}\nchannel 0: $1 \\cdot 10^{-5} \\cdot (-2)$\\\\\n"
            "${} = -2 \\cdot 10^{-5}$\n\\end{flushleft}\n",
        ),
        (
            Table((Column("a", "a^2"), Column("b", None), Column(None, "%")), [(1, 2, "x_y")]),
            "\\noindent\n\\begin{tabular}{ll}\na\\textasciicircum{}2 & \\% \\\\ \\hline\n"
            "1 & x\\_y \\\\\n\\end{tabular}\n\n",
        ),
        (
            Tensor("y_0", X),
            r"\[ \underset{\text{y\_0}}{\begin{bmatrix} 1.05 \cdot 10^{-5} & \mathrm{nan} \\"
            r" -\infty & 2.5 \end{bmatrix}} \]" + "\n",
        ),
        (
            Equation((Tensor("x", [[1, None]]), Tensor("k", [[2, 3]])), ("*",), "window"),
            "\\noindent\\textbf{window}\n\n"
            r"\[ \underset{\text{x}}{\begin{bmatrix} 1 &  \end{bmatrix}} \odot"
            r" \underset{\text{k}}{\begin{bmatrix} 2 & 3 \end{bmatrix}} \]" + "\n",
        ),
        (
            Tensor("x", [[1, 2]], marked=frozenset({(0, 0)})),
            r"\[ \underset{\text{x}}{\begin{bmatrix} {[1]} & 2 \end{bmatrix}} \]" + "\n",
        ),
        (Drawing(("a_b", " ^")), "\\begin{verbatim}\na_b\n ^\n\\end{verbatim}\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, tuple) else None,
)
def test_each_kind_of_block(block: Block, expected: str) -> None:
    assert latex(block) == expected


def test_a_curve_is_verbatim() -> None:
    lines = latex(Curve("loss", "epoch", (3.0, 2.0, 1.0))).splitlines()
    assert (lines[0], lines[-1]) == (r"\begin{verbatim}", r"\end{verbatim}")
    assert lines[1] == "loss (linear) against epoch 1..3"


def test_a_title_is_a_paragraph() -> None:
    assert latex(title="a_b^2") == (
        "\\paragraph{\\sloppy a\\_b\\textasciicircum{}2}\\mbox{}\\par\n"
    )


@pytest.mark.parametrize(
    ("value", "precision", "expected"),
    [
        (-3, None, "-3"),
        (np.int8(-3), 2, "-3"),
        (0.5, 2, "0.50"),
        (np.float32(1e-05), None, r"1 \cdot 10^{-5}"),
        (2e20, None, r"2 \cdot 10^{20}"),
        (-1.5e-7, None, r"-1.5 \cdot 10^{-7}"),
        (float("nan"), None, r"\mathrm{nan}"),
        (float("inf"), 2, r"\infty"),
        (np.float64("-inf"), None, r"-\infty"),
        (1e-07 - 2j, None, r"1 \cdot 10^{-7}-2j"),
        (1 + 2j, None, "1+2j"),
    ],
)
def test_numbers(value: Any, precision: int | None, expected: str) -> None:
    assert number(value, precision) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (Times((Plus((9, Minus(1))), 2)), r"\left(9 - 1\right) \cdot 2"),
        (Plus((5, Minus(Plus((1, 2))))), r"5 - \left(1 + 2\right)"),
        (Call("ceil", (Over(7, 2),)), r"\left\lceil \frac{7}{2} \right\rceil"),
        (Call("max", (Name("total"), 0)), r"\max\left(\mathrm{total}, 0\right)"),
        (Name("output_padding"), r"\mathrm{output\_padding}"),
    ],
)
def test_terms(written: Term, expected: str) -> None:
    assert term(written) == expected


def test_wide_matrices_are_arrays_that_fit_the_page() -> None:
    written = latex(Tensor("x", np.arange(12).reshape(1, 12) * 10**6))
    assert r"\left[\begin{array}{cccccccccccc}" in written
    assert written.count(r"\resizebox{\ifdim") == 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_document_is_well_formed(convcli: Callable[..., Any], name: str) -> None:
    """Braces, environments and mathematics are closed, and no special character is bare."""
    written = re.sub(
        r"\\begin\{verbatim\}.*?\\end\{verbatim\}",
        "",
        convcli(*COMMANDS[name], "-f", "latex").out,
        flags=re.DOTALL,
    )
    open_environments: list[str] = []
    for kind, environment in re.findall(r"\\(begin|end)\{(\w+)\}", written):
        if kind == "begin":
            open_environments.append(environment)
        else:
            assert open_environments.pop() == environment
    assert not open_environments
    depth = 0
    for brace in re.findall(r"\\.|[{}]", written, flags=re.DOTALL):
        depth += {"{": 1, "}": -1}.get(brace, 0)
        assert depth >= 0
    assert depth == 0
    assert written.count(r"\[") == written.count(r"\]")
    assert written.count(r"\left") - written.count(r"\leftarrow") == written.count(r"\right")
    assert len(re.findall(r"(?<!\\)\$", written)) % 2 == 0
    outside = re.sub(r"(?s)\\\[.*?\\\]|(?<!\\)\$.*?(?<!\\)\$", "", written)
    assert not re.findall(r"(?<!\\)[_^#]|(?<!\\)%(?!\n)", outside.replace(r"{#3}", ""))
    mathematics = "".join(re.findall(r"(?s)\\\[.*?\\\]|(?<!\\)\$.*?(?<!\\)\$", written))
    assert not re.findall(r"\d[eE][+-]?\d", mathematics)


def test_no_character_is_a_command_in_escaped_text() -> None:
    assert re.sub(r"\\(?:[{}$&#%_]|text\w+\{\}|ldots\{\})", "", escape("\\{}$&#%_^~\u2026")) == ""
