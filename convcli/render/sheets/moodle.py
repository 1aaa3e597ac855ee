"""Problems as questions that Moodle imports (its XML format), with the worked steps as feedback.

An answer that is one number is a numerical question; shapes, paddings and arrays are cloze
questions with a field for each number. The category of a question is its ask, so that a quiz can
draw one of each at random.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from convcli.render import Style
from convcli.render.html_blocks import html_blocks
from convcli.render.html_text import TIMES, html_prose, html_text
from convcli.render.sheets.parts import answer_text, arrays_of, simple_blocks
from convcli.render.values import number_text
from convcli.report.document import Block
from convcli.report.sheet import AnswerPart, Sheet, SheetProblem
from convcli.report.words.vocabulary import Words

COURSE = "$course$"  # Moodle's name of the course into which the questions are imported
TOLERANCE = 0.01  # of a whole number, so that rounding by a browser matters nowhere
PENALTY = 0.3333333  # of a wrong try where a quiz allows several: Moodle's own
MOST_REASONS = 3  # that one wrong number may have: more say nothing
CDATA_END = "]]>"
FIELD_SIGNS = {ord(sign): f"&#{ord(sign)};" for sign in "{}~#%\\"}  # of a field's syntax
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


class Number(NamedTuple):
    """A number to fill in: the right values, and why others are wrong."""

    right: tuple[int, ...]
    tolerance: float
    wrong: Mapping[int, str]


def numbers_of(part: AnswerPart, words: Words) -> list[Number]:
    """The numbers of an answer, in the order of reading."""
    right = [_flat(value) for value in (part.value, *part.others)]
    named = [(_flat(wrong.value), wrong.why) for wrong in part.mistakes()]
    named = [(flat, why) for flat, why in named if len(flat) == len(right[0])]
    numbers = []
    for at, of_number in enumerate(zip(*right, strict=True)):
        reasons: dict[int, dict[str, None]] = {}
        for flat, why in named:
            if flat[at] not in of_number:
                reasons.setdefault(flat[at], {})[why] = None
        wrong = {
            value: words("mistakes.or").join(texts)
            for value, texts in reasons.items()
            if len(texts) <= MOST_REASONS
        }
        right_ones = tuple(dict.fromkeys(of_number))
        numbers.append(Number(right_ones, part.tolerance or TOLERANCE, wrong))
    return numbers


def _flat(value: Any) -> list[int]:
    if hasattr(value, "ravel"):
        return [int(number) for number in value.ravel()]
    return [int(number) for number in value] if isinstance(value, (tuple, list)) else [int(value)]


def field(number: Number, weight: int = 1) -> str:
    """A field for a number, in the syntax of cloze questions.

    >>> field(Number((5, -7), 0.01, {6: "rounded up"}))
    '{1:NUMERICAL:=5:0.01~=-7:0.01~%0%6:0.01#rounded up}'
    """
    margin = number_text(number.tolerance)
    right = [f"={value}:{margin}" for value in number.right]
    wrong = [f"%0%{value}:{margin}#{_why(why)}" for value, why in number.wrong.items()]
    return f"{{{weight}:NUMERICAL:{'~'.join(right + wrong)}}}"


def _why(why: str) -> str:
    """A text inside of a field, which reads it once as HTML before it is one."""
    return html_text(html_text(why)).translate(FIELD_SIGNS)


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
        *(_numerical(*numbers_of(problem.answers[0], style.words)) if is_number else []),
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


def _numerical(number: Number) -> Iterator[str]:
    margin = number_text(number.tolerance)
    answers = [(100, value, "") for value in number.right]
    answers += [(0, value, html_text(why)) for value, why in number.wrong.items()]
    for fraction, value, why in answers:
        yield (
            f'<answer fraction="{fraction}" format="moodle_auto_format">\n'
            f"<text>{value}</text>\n<tolerance>{margin}</tolerance>\n"
            f'<feedback format="html">\n<text>{html_text(why)}</text>\n</feedback>\n</answer>'
        )
    yield "<unitgradingtype>0</unitgradingtype>\n<unitpenalty>0.1</unitpenalty>"
    yield "<showunits>3</showunits>\n<unitsleft>0</unitsleft>"


def _tags(*names: str) -> str:
    tags = "\n".join(f"<tag><text>{html_text(name)}</text></tag>" for name in names)
    return f"<tags>\n{tags}\n</tags>"


def _fields(part: AnswerPart, style: Style) -> str:
    """The fields of an answer: beside each other, or in a table of each plane."""
    label = without_fields(html_prose(f"{part.label}{style.words('colon')}"))
    fields = iter([field(number) for number in numbers_of(part, style.words)])
    if part.kind == "array":
        grids = "".join(_grid(*plane, fields) for plane in arrays_of(part))
        return _inline(f'<p>{label}</p><div class="arrays">{grids}</div>')
    between = f" {TIMES} " if part.kind == "shape" else ", "
    return f"<p>{label} {between.join(fields)}</p>"


def _grid(title: str, rows: int, columns: int, fields: Iterator[str]) -> str:
    row = [
        f"<tr>{''.join(f'<td>{next(fields)}</td>' for _ in range(columns))}</tr>"
        for _ in range(rows)
    ]
    caption = f"<figcaption>{without_fields(html_text(title))}</figcaption>" if title else ""
    return f'<figure><table class="matrix"><tbody>{"".join(row)}</tbody></table>{caption}</figure>'


def _results(problem: SheetProblem, style: Style) -> str:
    return "".join(
        f"<p>{html_prose(part.label)}{style.words('colon')} "
        f"<strong>{html_prose(answer_text(part, style.words))}</strong></p>"
        for part in problem.answers
        if part.kind != "array"
    )
