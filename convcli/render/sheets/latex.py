"""A sheet as a whole document of LaTeX on A4: problems with room for the work, or their solutions.

It needs amsmath, booktabs and what every installation has. A question is not broken over pages,
unless it is longer than one; the room for its work grows where a page has more.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from convcli.errors import printable
from convcli.render import Style
from convcli.render.latex import block_lines
from convcli.render.latex_mathematics import TIMES, number
from convcli.render.latex_matrices import beside_lines
from convcli.render.latex_page import ENDING, sheet_beginning
from convcli.render.latex_text import escape, paragraph, prose
from convcli.render.sheets.parts import (
    answer_text,
    arrays_of,
    height_of,
    simple_blocks,
)
from convcli.render.values import text
from convcli.render.worked_sums import worked_steps
from convcli.report.document import Block, Note, Sum, Tensor
from convcli.report.sheet import AnswerPart, Sheet, SheetProblem

CELL, LINE_LENGTH = 10, 165  # mm of an empty cell, and of a line
MACROS = r"""\newbox\whole
\newenvironment{unbroken}{\par\setbox\whole=\vbox\bgroup}{%
  \egroup\par
  \ifdim\dimexpr\ht\whole+\dp\whole\relax>\textheight \unvbox\whole \else \box\whole \fi
}
\newcommand{\problem}[2]{\noindent\textbf{#1.\enspace #2}\par\nobreak}
\newcommand{\workroom}[1]{\par\nobreak\vskip #1 plus 1fill\nobreak}
\newcommand{\between}{\par\pagebreak[1]\vskip 16pt}
\newcommand{\blank}[1]{\underline{\hbox to #1{\hfil}}}
\newcommand{\empt}[1]{\hbox to #1{\vrule width 0pt height 5.5mm depth 3.5mm\hfil}}
"""


def render(sheet: Sheet, style: Style, solved: bool = False) -> Iterator[str]:
    """The sheet in pieces of text."""
    style = style._replace(standalone=True)
    words = sheet.words
    yield sheet_beginning(style, MACROS + _footer(sheet))
    title = words("exercise.solutions", title=sheet.title) if solved else sheet.title
    yield rf"{{\Large\bfseries\raggedright {_words(title)}\par}}" + "\n"
    yield r"\vspace{2mm}\hrule\vspace{4mm}" + "\n" if solved else _head(sheet)
    for problem in sheet.problems:
        yield from _solution(problem, style) if solved else _problem(problem, style)
    yield "" if solved else "\\vskip 0pt plus 1fill\n"
    yield ENDING


def _footer(sheet: Sheet) -> str:
    """The command that makes the sheet, and the number of the page."""
    command = (
        rf"\parbox[t]{{.9\textwidth}}{{\raggedright\footnotesize\ttfamily"
        rf" {escape(printable(sheet.command))}}}"
    )
    return (
        "\\makeatletter\n"
        rf"\def\ps@sheet{{\def\@oddhead{{}}\def\@oddfoot{{{command}\hfil\thepage}}}}"
        "\n\\makeatother\n\\pagestyle{sheet}\n"
    )


def _words(written: str) -> str:
    return prose(printable(written)).whole


def _head(sheet: Sheet) -> str:
    words = sheet.words
    names = words("sheet.name"), words("sheet.date"), words("sheet.points")
    name, date, points = map(_words, names)
    return (
        "\\vspace{5mm}\n"
        rf"\noindent {name} \hrulefill\quad {date} \blank{{3cm}}\quad"
        rf" {points} \blank{{1.2cm}} / {len(sheet.problems)}\par"
        "\n\\vspace{5mm}\n"
    )


def _question(problem: SheetProblem, style: Style) -> Iterator[str]:
    yield f"\\problem{{{problem.number}}}{{{_words(problem.title)}}}\n"
    for is_array, group in groupby(problem.text, key=lambda block: isinstance(block, Tensor)):
        if is_array:
            tensors = [block for block in group if isinstance(block, Tensor)]
            yield from (f"{line}\n" for line in beside_lines(tensors, style))
        else:
            for block in group:
                yield from _text(block, style)


def _text(block: Block, style: Style) -> Iterator[str]:
    if isinstance(block, Note):
        yield f"{{\\raggedright\\noindent {paragraph(text(block.text))}\\par}}\n"
    else:
        yield from block_lines([block], style)


def _problem(problem: SheetProblem, style: Style) -> Iterator[str]:
    """The question, room for the work, which grows where a page has room, and for the answer."""
    yield "\\between\n" if problem.number > 1 else ""
    yield "\\begin{unbroken}\n"
    yield from _question(problem, style)
    yield f"\\end{{unbroken}}\n\\workroom{{{height_of(problem)}mm}}\n"
    for part in problem.answers:
        label = _words(f"{part.label}{style.words('colon')}")
        if part.kind == "array":
            yield f"\\begin{{unbroken}}\n\\noindent {label}\\par\\nobreak\n{_grids(part)}"
            yield "\\end{unbroken}\n"
        else:
            yield f"\\noindent\\hfill {label}\\enspace{_blank(part)}\\par\n"


def _blank(part: AnswerPart) -> str:
    if part.kind == "shape":
        return r" $\times$ ".join([r"\blank{1.3cm}"] * len(part.value))
    if part.kind == "padding":
        return ",\\enspace ".join([r"\blank{1.5cm}"] * len(part.value))
    return r"\blank{2.6cm}"


def _grids(part: AnswerPart) -> str:
    """Empty grids, one for each plane of the array."""
    grids = []
    for label, rows, columns in arrays_of(part):
        width = min(CELL, LINE_LENGTH // columns)
        row = " & ".join([rf"\empt{{{width}mm}}"] * columns) + r" \\ \hline "
        grid = rf"\begin{{array}}{{|{'c|' * columns}}}\hline {row * rows}\end{{array}}"
        grids.append(rf"\underset{{\text{{{_words(label)}}}}}{{{grid}}}" if label else grid)
    joined = "$\\quad $".join(grids)
    return f"{{\\setlength{{\\arraycolsep}}{{0pt}}\\noindent ${joined}$\\par}}\n"


def _solution(problem: SheetProblem, style: Style) -> Iterator[str]:
    yield "\\between\n" if problem.number > 1 else ""
    yield "\\begin{unbroken}\n"
    yield from _question(problem, style)
    yield "\\end{unbroken}\n"
    yield from _steps(problem, style)
    for part in problem.answers:
        if part.kind != "array":
            written = _words(f"{part.label}{style.words('colon')}")
            value = _words(answer_text(part, style.words))
            yield f"\\nopagebreak\\noindent {written} \\fbox{{{value}}}\\par\n"


def _steps(problem: SheetProblem, style: Style) -> Iterator[str]:
    for block in simple_blocks(problem.steps, style):
        yield from [_sum(block, style)] if isinstance(block, Sum) else block_lines([block], style)


def _sum(block: Sum, style: Style) -> str:
    """A worked sum as a paragraph, which is broken into lines behind its signs."""
    first, *steps = worked_steps(block, style.precision, number, TIMES)
    lead = f"{prose(block.lead).latex}: " if block.lead else ""
    behind = "".join(f" ${{}} = {step}$" for step in steps)
    return f"\\par{{\\raggedright\\hangindent=2em\\noindent {lead}${first}${behind}\\par}}\n"
