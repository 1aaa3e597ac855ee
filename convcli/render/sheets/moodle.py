"""Problems as questions that Moodle imports (its XML format), with the worked steps as feedback.

An answer that is one number is a numerical question; shapes, paddings and arrays are cloze
questions with a field for each number. The category of a question is its ask, so that a quiz can
draw one of each at random.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from convcli.render import Style
from convcli.render.html_blocks import html_blocks
from convcli.render.html_text import TIMES, html_prose, html_text
from convcli.render.sheets.parts import answer_text, number_planes, simple_blocks
from convcli.render.values import number_text
from convcli.report.document import Block
from convcli.report.sheet import AnswerPart, Sheet, SheetProblem

COURSE = "$course$"  # Moodle's name of the course into which the questions are imported
TOLERANCE = 0.01  # of a whole number, so that rounding by a browser matters nowhere
PENALTY = 0.3333333  # of a wrong try where a quiz allows several: Moodle's own
CDATA_END = "]]>"
# Moodle has its own style sheet: what a page says in one stands beside each element.
INLINE = {
    'class="arrays"': 'style="display:flex;flex-wrap:wrap;align-items:flex-end;gap:8px 22px;'
    'margin:10px 0"',
    'class="planes"': 'style="display:flex;flex-wrap:wrap;align-items:flex-end;gap:8px 16px"',
    'class="sign"': 'style="align-self:center"',
    "<figure>": '<figure style="margin:0;text-align:center">',
    "<figcaption>": '<figcaption style="font-size:85%">',
    'class="matrix"': 'border="1" cellpadding="5" style="border-collapse:collapse;'
    'text-align:right;margin:0 auto"',
    'class="facts"': 'cellpadding="3" style="margin:6px 0;text-align:left"',
    'class="data"': 'border="1" cellpadding="5" style="border-collapse:collapse;margin:8px 0"',
    'class="number"': 'style="text-align:right"',
    'class="formula"': 'style="display:flex;gap:12px;align-items:center;margin:6px 0 6px 16px"',
    'class="sum"': 'style="margin:6px 0 6px 16px"',
    'class="title"': 'style="margin:8px 0 0"',
}  # fmt: skip


def render(sheet: Sheet, style: Style, solved: bool = False) -> Iterator[str]:
    """The questions in pieces of XML, those of each ask in a category of its own.

    The solutions are in them, whether `solved` or not.
    """
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'
    digits = len(str(len(sheet.problems)))
    for ask in dict.fromkeys(problem.ask for problem in sheet.problems):
        problems = [problem for problem in sheet.problems if problem.ask == ask]
        yield _category(sheet, problems[0].title)
        yield from (_question(sheet, problem, digits, style) for problem in problems)
    yield "</quiz>\n"


def cdata(html: str) -> str:
    """A piece of HTML as XML that no character of it ends.

    >>> cdata("a ]]> b")
    '<![CDATA[a ]]]]><![CDATA[> b]]>'
    """
    return f"<![CDATA[{html.replace(CDATA_END, ']]]]><![CDATA[>')}]]>"


def field(values: Iterable[int], tolerance: float, weight: int = 1) -> str:
    """A field for a number, in the syntax of cloze questions; each of the values is right.

    >>> field([5, -7], 0.01)
    '{1:NUMERICAL:=5:0.01~=-7:0.01}'
    """
    margin = number_text(tolerance)
    answers = "~".join(f"={value}:{margin}" for value in dict.fromkeys(values))
    return f"{{{weight}:NUMERICAL:{answers}}}"


def without_fields(html: str) -> str:
    """A piece of HTML in which no brace begins a field.

    >>> without_fields("{1}")
    '&#123;1&#125;'
    """
    return html.replace("{", "&#123;").replace("}", "&#125;")


def _category(sheet: Sheet, title: str) -> str:
    names = (sheet.words("sheet.category"), sheet.words(f"exercise.level.{sheet.level}"), title)
    path = "/".join([COURSE, *(name.replace("/", "//") for name in names)])
    return (
        '<question type="category">\n'
        f"<category>\n<text>{html_text(path)}</text>\n</category>\n</question>\n"
    )


def _question(sheet: Sheet, problem: SheetProblem, digits: int, style: Style) -> str:
    is_number = [part.kind for part in problem.answers] == ["number"]
    number = f"{problem.number:0{digits}}"
    level = sheet.words(f"exercise.level.{sheet.level}")
    name = sheet.words(
        "sheet.question", title=problem.title, number=number, level=level, seed=sheet.seed
    )
    text = without_fields(_html(problem.text, style))
    if not is_number:
        text += "".join(_fields(part, style) for part in problem.answers)
    feedback = _html(problem.steps, style) + _results(problem, style)
    lines = [
        f"<name>\n<text>{html_text(name)}</text>\n</name>",
        f'<questiontext format="html">\n<text>{cdata(text)}</text>\n</questiontext>',
        f'<generalfeedback format="html">\n<text>{cdata(feedback)}</text>\n</generalfeedback>',
        *(["<defaultgrade>1</defaultgrade>"] if is_number else []),
        f"<penalty>{PENALTY}</penalty>",
        "<hidden>0</hidden>",
        *(_numerical(problem.answers[0]) if is_number else []),
        _tags("convcli", problem.ask, sheet.level),
    ]
    kind = "numerical" if is_number else "cloze"
    return f'<question type="{kind}">\n' + "\n".join(lines) + "\n</question>\n"


def _html(blocks: tuple[Block, ...], style: Style) -> str:
    return _inline("\n".join(html_blocks(simple_blocks(blocks, style), style)))


def _inline(html: str) -> str:
    for name, attributes in INLINE.items():
        html = html.replace(name, attributes)
    return html


def _numerical(part: AnswerPart) -> Iterator[str]:
    margin = number_text(part.tolerance or TOLERANCE)
    for value in (part.value, *part.others):
        yield (
            '<answer fraction="100" format="moodle_auto_format">\n'
            f"<text>{value}</text>\n<tolerance>{margin}</tolerance>\n"
            '<feedback format="html">\n<text></text>\n</feedback>\n</answer>'
        )
    yield "<unitgradingtype>0</unitgradingtype>\n<unitpenalty>0.1</unitpenalty>"
    yield "<showunits>3</showunits>\n<unitsleft>0</unitsleft>"


def _tags(*names: str) -> str:
    tags = "\n".join(f"<tag><text>{html_text(name)}</text></tag>" for name in names)
    return f"<tags>\n{tags}\n</tags>"


def _fields(part: AnswerPart, style: Style) -> str:
    """The fields of an answer: beside each other, or in a table of each plane."""
    label = without_fields(html_prose(f"{part.label}{style.words('colon')}"))
    tolerance = part.tolerance or TOLERANCE
    if part.kind == "array":
        grids = "".join(_grid(title, rows, tolerance) for title, rows in number_planes(part))
        return _inline(f'<p>{label}</p><div class="arrays">{grids}</div>')
    values = (part.value, *part.others)
    each = [field(of_axis, tolerance) for of_axis in zip(*values, strict=True)]
    between = f" {TIMES} " if part.kind == "shape" else ", "
    return f"<p>{label} {between.join(each)}</p>"


def _grid(title: str, rows: list[list[Any]], tolerance: float) -> str:
    lines = "".join(
        f"<tr>{''.join(f'<td>{field([value], tolerance)}</td>' for value in row)}</tr>"
        for row in rows
    )
    caption = f"<figcaption>{without_fields(html_text(title))}</figcaption>" if title else ""
    return f'<figure><table class="matrix"><tbody>{lines}</tbody></table>{caption}</figure>'


def _results(problem: SheetProblem, style: Style) -> str:
    return "".join(
        f"<p>{html_prose(part.label)}{style.words('colon')} "
        f"<strong>{html_prose(answer_text(part, style.words))}</strong></p>"
        for part in problem.answers
        if part.kind != "array"
    )
