"""A sheet as one page of HTML for print, which loads nothing and has no script."""

from __future__ import annotations

from collections.abc import Iterator

from convcli.render import Style
from convcli.render.html_blocks import html_blocks
from convcli.render.html_text import TIMES, html_prose, html_text
from convcli.render.page_file import palette_style, part, still_page
from convcli.render.sheets.parts import answer_text, arrays_of, height_of, simple_blocks
from convcli.report.sheet import AnswerPart, Sheet, SheetProblem

ROOMS = ((21, "small"), (35, "middle"))  # mm of work up to which a room is so large


def render(sheet: Sheet, style: Style, solved: bool = False) -> Iterator[str]:
    """The page."""
    words = sheet.words
    title = words("exercise.solutions", title=sheet.title) if solved else sheet.title
    body = (_solution(each, style) if solved else _problem(each, style) for each in sheet.problems)
    yield still_page(
        "sheet/sheet.html",
        f"{palette_style()}\n{part('sheet/sheet.css')}",
        language=words.tag,
        title=html_text(title),
        head="" if solved else _head(sheet),
        body="\n".join(body),
        command=html_text(sheet.command),
    )


def _head(sheet: Sheet) -> str:
    words = sheet.words
    names = words("sheet.name"), words("sheet.date"), words("sheet.points")
    name, date, points = map(html_text, names)
    return (
        f'<p class="head"><span class="name">{name} <i></i></span><span>{date} <i></i></span>'
        f"<span>{points} <i></i> / {len(sheet.problems)}</span></p>"
    )


def _question(problem: SheetProblem, style: Style) -> str:
    title = f"{problem.number}. {problem.title}"
    return "\n".join([f"<h2>{html_text(title)}</h2>", *html_blocks(problem.text, style)])


def _problem(problem: SheetProblem, style: Style) -> str:
    height = height_of(problem)
    room = next((name for most, name in ROOMS if height <= most), "large")
    answers = "\n".join(_blank(part, style) for part in problem.answers)
    return (
        f'<section class="problem" id="problem-{problem.number}">\n{_question(problem, style)}\n'
        f'<div class="{room}"></div>\n{answers}\n</section>'
    )


def _blank(part: AnswerPart, style: Style) -> str:
    label = f"{html_prose(part.label)}{style.words('colon')}"
    if part.kind == "array":
        grids = "".join(_grid(*plane) for plane in arrays_of(part))
        return f'<p>{label}</p>\n<div class="arrays empty">{grids}</div>'
    axes = len(part.value) if part.kind in ("shape", "padding") else 1
    between = f" {TIMES} " if part.kind == "shape" else ", "
    blank = '<i class="axis"></i>' if axes > 1 else "<i></i>"
    return f'<p class="answer">{label} {between.join([blank] * axes)}</p>'


def _grid(label: str, rows: int, columns: int) -> str:
    row = f"<tr>{'<td></td>' * columns}</tr>"
    caption = f"<figcaption>{html_text(label)}</figcaption>" if label else ""
    return f"<figure><table><tbody>{row * rows}</tbody></table>{caption}</figure>"


def _solution(problem: SheetProblem, style: Style) -> str:
    steps = "\n".join(html_blocks(simple_blocks(problem.steps, style), style))
    results = "\n".join(
        f'<p class="result">{html_prose(part.label)}{style.words("colon")}'
        f" <strong>{html_prose(answer_text(part, style.words))}</strong></p>"
        for part in problem.answers
        if part.kind != "array"
    )
    return (
        f'<section class="solution" id="problem-{problem.number}">\n'
        f'<div class="question">{_question(problem, style)}</div>\n{steps}\n{results}\n</section>'
    )
