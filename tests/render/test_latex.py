"""The text of `--format latex`, block by block, without a TeX installation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from convcli.render import Style
from convcli.render.latex import render
from convcli.render.latex_mathematics import number, term
from convcli.render.latex_page import CHINESE, PACKAGES
from convcli.render.latex_text import escape, paragraph, prose
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


FIRST = f"% packages: {PACKAGES}\n"
PLAIN = "{\\setlength{\\tabcolsep}{0.6em}\\noindent\n"


def latex(*blocks: Block, title: str = "", precision: int | None = None) -> str:
    document = Document("shape", blocks, title=title)
    return "".join(render(document, Style(precision=precision))).removeprefix(FIRST)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            Note("2^3 costs 50% of a_b & {c} #1 ~ \\x $"),
            r"{\raggedright\noindent\emph{2\textasciicircum{}3 costs 50\% of a\_b \& \{c\} \#1"
            r" \textasciitilde{} \textbackslash{}x \$}\par}" + "\n\n",
        ),
        (
            Note(Phrase("from {first}", {"first": Rounded(0.123456)})),
            "{\\raggedright\\noindent\\emph{from 0.1235}\\par}\n\n",
        ),
        (
            Facts((Fact("a", "size", 3), Fact("b", None, 4), Fact("c", "in_out", -0.5, "50%"))),
            PLAIN + "\\begin{tabular}{@{}lll@{}}\n\\textbf{size} & 3 &  \\tabularnewline\n"
            "\\textbf{in\\_out} & $-0.5$ & 50\\% \\tabularnewline\n\\end{tabular}\\par}\n\n",
        ),
        (
            Formulas((Formula("H", FILLED, 4),), rules=(Rule((Name("MACs"), NAMED)),)),
            r"\[ \mathrm{MACs} = C_{\mathrm{out}} \cdot \frac{C_{\mathrm{in}}}{\mathrm{groups}}"
            r" + N \]"
            "\n"
            r"\[ \text{H:}\quad \left\lfloor \frac{9 + 1 - 3}{2} \right\rfloor + 1 = 4 \]"
            "\n",
        ),
        (
            Formulas((), rules=(Rule((Name("extent"),), (Formula("H", Times((2, 3)), 6),)),)),
            "\\[ \\mathrm{extent} \\]\n\\[ \\text{H:}\\quad 2 \\cdot 3 = 6 \\]\n",
        ),
        (
            Sum(((1e-05, -2),), (-2e-05,), -2e-05, "channel 0"),
            "\\begin{flushleft}\nchannel 0: $1 \\cdot 10^{-5} \\cdot (-2)$\\\\\n"
            "${} = -2 \\cdot 10^{-5}$\n\\end{flushleft}\n",
        ),
        (
            Table(
                (Column("a", "a^2"), Column("b", None), Column(None, "%"), Column(None, "size")),
                [(1.5, 2, "x_y", "3x5"), (-10, 2, "[0]", "<=3x<=5")],
            ),
            PLAIN + "\\begin{tabular}{@{}rll@{}}\n"
            "\\toprule a\\textasciicircum{}2 & \\% & size \\tabularnewline \\midrule\n"
            "$1.5$ & x\\_y & $3 \\times 5$ \\tabularnewline\n"
            "$-10\\phantom{.0}$ & [0] & $\\leq 3 \\times \\leq 5$ \\tabularnewline\n"
            "\\bottomrule\n\\end{tabular}\\par}\n\n",
        ),
        (
            Tensor("y_0", X),
            r"\[ \underset{\text{y\_0}}{\left[\begin{array}{@{}rr@{}}"
            r" 1.05 \cdot 10^{-5} & \mathrm{nan}\phantom{.0} \\"
            r" -\infty\phantom{.00{} \cdot 10^{-5}} & 2.5 \end{array}\right]} \]" + "\n",
        ),
        (
            Equation((Tensor("x", [[1, None]]), Tensor("k", [[2, 3]])), ("*",), "window"),
            "{\\raggedright\\noindent\\textbf{window}\\par}\n\n"
            r"\[ \underset{\text{x}}{\left[\begin{array}{@{}rr@{}} 1 &  \end{array}\right]} \odot"
            r" \underset{\text{k}}{\left[\begin{array}{@{}rr@{}} 2 & 3 \end{array}\right]} \]"
            "\n",
        ),
        (
            Tensor("x", [[1, 2]], marked=frozenset({(0, 0)})),
            r"\[ \underset{\text{x}}{\left[\begin{array}{@{}rr@{}} {[1]} & 2 \end{array}\right]} \]"
            "\n",
        ),
        (Drawing(("a_b", " ^")), "\\begin{verbatim}\na_b\n ^\n\\end{verbatim}\n"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, tuple) else None,
)
def test_each_kind_of_block(block: Block, expected: str) -> None:
    assert latex(block) == expected


def test_a_curve_is_a_picture_over_its_values() -> None:
    lines = latex(Curve("loss", "epoch", (3.0, 2.0, 1.0))).splitlines()
    assert lines[0].startswith(r"\noindent loss (linear) against epoch 1..3")
    assert r"\polyline(50.0,96.0)(170.0,50.0)(290.0,4.0)" in lines[4]
    assert re.findall(r"size \$?(\d+)", "".join(lines)) == ["3", "1", "1", "3"]
    assert r"\circle*" in latex(Curve("loss", "epoch", (3.0,)))


def test_a_title_is_a_heading() -> None:
    assert latex(title="a_b^2 of nn.ReLU()") == (
        "{\\raggedright\\subsection*{a\\_b\\textasciicircum{}2 of \\texttt{nn.ReLU()}}}\n"
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


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("lr < 0.5 | a > b", r"lr \textless{} 0.5 \textbar{} a \textgreater{} b"),
        ("\u00d7 \u03b1 \u2264", r"\ensuremath{\times} \ensuremath{\alpha} \ensuremath{\leq}"),
        ("\u03a9 \u2192 \u2026", r"\ensuremath{\Omega} \ensuremath{\to} \ldots{}"),
        ("\u0391\u03bf\u03c2", r"\ensuremath{A}\ensuremath{o}\ensuremath{\varsigma}"),
        ("a layer's `x` \"", r"a layer's \textasciigrave{}x\textasciigrave{} {\char34}"),
        ("a--b ,, ''", "a-{}-b ,{}, '{}'"),
        ("cafe\u0301 \u4e2d\u6587", "caf\u00e9 \u4e2d\u6587"),
        ("\u03ac\u039b", r"U+03AC\ensuremath{\Lambda}"),
        ("\u2502\u2514\u2500", r"\textbar{}+-"),
        ("\U0001f600 \u0416", "U+1F600 U+0416"),
    ],
)  # fmt: skip
def test_no_character_is_left_to_chance(written: str, expected: str) -> None:
    assert escape(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("(N, C_in, K_H)", r"(N, $C_{\mathrm{in}}$, $K_{H}$)"),
        ("from 224x224 to ~3, <=5", r"from $224 \times 224$ to $\sim$3, $\leq$5"),
        ("-1.5 and 1e-07, 0.5, 3-1, x-2", r"$-1.5$ and $1 \cdot 10^{-7}$, 0.5, 3-1, x-2"),
        ("--all or -f csv", r"\texttt{-{}-all} or \texttt{-f} csv"),
        ("Conv2d(1, pad=(2, (3, 4)))!", r"\texttt{Conv2d(1, pad=(2, (3, 4)))}!"),
        ("my.C_in W_out(3)", r"my.C\_in W\_out(3)"),
        ("1x2x", "1x2x"),
    ],
)
def test_prose(written: str, expected: str) -> None:
    assert paragraph(written) == expected


def test_long_words_may_be_broken() -> None:
    assert prose("layer1.conv.weight").latex == r"layer1.\allowbreak{}conv.\allowbreak{}weight"
    assert prose("x" * 100).least < 15


def test_wide_matrices_follow_in_parts_with_all_numbers() -> None:
    numbers = np.arange(30).reshape(2, 15) * 10**12 + 1
    written = latex(Tensor("x", numbers))
    assert set(map(int, re.findall(r"\d{13,}|\b1\b", written))) == set(numbers.ravel().tolist())
    assert re.findall(r"columns [^}]*", written) == [
        "columns 0..2", "columns 3..6", "columns 7..10", "columns 11..14"
    ]  # fmt: skip
    assert "resizebox" not in written


def test_a_cropped_matrix_names_what_is_there() -> None:
    written = latex(Tensor("x", np.arange(30 * 30).reshape(30, 30) * 10**9))
    assert "x, rows 0..5, 24..29, columns 0..2, 28..29}" in written
    assert r"\cdots" in written


def test_an_equation_that_is_wider_than_a_line_goes_on_in_the_next() -> None:
    wide = Tensor("x", np.arange(8).reshape(1, 8) * 10**6)
    written = latex(Equation((wide, wide, Tensor("y", [[1]])), ("@", "=")))
    assert written.count(r"\[") == 2
    assert r"\[ {} \cdot" in written


def test_tables_wrap_go_on_over_pages_and_come_in_parts() -> None:
    text = "a text of many words that has no room beside the numbers of the others"
    wrapped = latex(Table((Column("a", "a"), Column("b", "b")), [(text, 1), (text + text, 2)]))
    assert r">{\raggedright}p{\dimexpr(\ifdim\linewidth<" in wrapped
    long = latex(Table((Column("a", "a"),), [(number,) for number in range(30)]))
    assert r"\begin{longtable}[l]{@{}w{r}{1.02em}@{}}" in long
    assert r"\endhead" in long
    many = latex(Table(tuple(Column(f"{at}", f"{at}") for at in range(9)), [(10**15,) * 9]))
    assert many.count(r"\begin{tabular}") == 3
    assert len(re.findall("10{15}", many)) == 9 + 2


def test_the_first_line_names_the_packages() -> None:
    document = Document("shape", (Note("a"),))
    assert "".join(render(document, Style())).startswith(FIRST)
    chinese = Document("shape", (Note("\u4e2d"),))
    assert CHINESE in next(render(chinese, Style()))


@pytest.mark.parametrize(("word", "kind"), [("a", "{article}"), ("\u4e2d", "{ctexart}")])
def test_a_whole_document(word: str, kind: str) -> None:
    written = "".join(render(Document("shape", (Note(word),)), Style(standalone=True)))
    assert f"\\documentclass[a4paper]{kind}\n" in written
    assert written.endswith("\\end{document}\n")
    for package in PACKAGES.split(", "):
        assert re.search(rf"\\usepackage{{.*\b{package}\b.*}}", written)


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
    body = outside.partition("\\begin{document}")[2] or outside.partition("\n")[2]
    assert not re.findall(r"(?<!\\)[_^#]|(?<!\\)%(?!\n)", body)
    mathematics = "".join(re.findall(r"(?s)\\\[.*?\\\]|(?<!\\)\$.*?(?<!\\)\$", written))
    assert not re.findall(r"\d[eE][+-]?\d", mathematics)
