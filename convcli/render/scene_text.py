"""A scene as text: planes side by side, or below each other if too wide, then the sum."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from convcli.render import Precision, Style
from convcli.render.columns import clipped, text_width, wrapped
from convcli.render.terminal_colors import TERMINAL
from convcli.render.values import text
from convcli.render.worked_sums import addend, signed_sum, worked_steps
from convcli.report.document import Sum
from convcli.report.film.scene import LIT, Cell, Plane, Role, Scene

SGR: dict[Role, str] = {
    "cell": "",
    "padding": TERMINAL["padding"],
    "window": TERMINAL["on label"],
    "window padding": TERMINAL["on padding"],
    "kernel": "1",
    "tap": TERMINAL["on tap"],
    "output": TERMINAL["value"],
    "result": TERMINAL["on value"],
    "waiting": TERMINAL["quiet"],
}
ANY_WIDTH = 100_000
SHORTEST_TITLE = 6  # columns: kernel, output
SIGNS = (" * ", " = ")  # between input, kernel and output
# Terms of the sum in a picture and in a film; of a longer sum, those that are written.
MOST_TERMS, MOST_BRIEF, SOME_TERMS = 40, 12, 8
DIGITS = 3  # significant digits of a float, without --precision


def number(value: Any, precision: Precision) -> str:
    """A number in a picture: integers in full, floats with `precision` or 3 significant digits."""
    if value is None:
        return ""
    kind = value.dtype.kind if precision is None and hasattr(value, "dtype") else ""
    if kind == "f":
        return _short(value)
    if kind == "c":
        imaginary = _short(value.imag)
        sign = "" if imaginary.startswith("-") else "+"
        return f"{_short(value.real)}{sign}{imaginary}j"
    return text(value, precision)


def _short(value: Any) -> str:
    """A float with few digits; up to a million without an exponent."""
    return f"{value:.0f}" if 10**DIGITS <= abs(value) < 10**6 else f"{value:.{DIGITS}g}"


def picture_sum(scene: Scene, precision: Precision = None, *, brief: bool = False) -> list[str]:
    """The worked sum of a picture, then lines on what it leaves out.

    With `brief` it has no values of the products, which in a film nobody could read in time.
    """
    count = len(scene.sum.factors)
    shown = count if count <= (MOST_BRIEF if brief else MOST_TERMS) else SOME_TERMS
    shown -= shown % max(scene.stamped, 1)
    cut = scene.sum._replace(factors=scene.sum.factors[:shown], products=scene.sum.products[:shown])
    more = "" if shown == count else ", ..." if scene.stamped else " + ..."
    if scene.stamped or not (brief or more):
        lines = [sum_text(replace(scene, sum=cut), precision) + more]
    else:
        lines = [f"{_terms(cut, precision)}{more} = {number(scene.sum.total, precision)}"]
    lines += rest_lines(scene, precision)
    if more:
        lines.append(scene.words("scene.terms", shown=shown, count=count))
    return lines


def rest_lines(scene: Scene, precision: Precision) -> list[str]:
    """What the sum has beside the drawn terms: `with 90 from other channels`, or no line."""
    parts = [
        phrase.template.format(
            **{name: number(value, precision) for name, value in phrase.values.items()}
        )
        for phrase in scene.rest
    ]
    return [scene.words("scene.with", rest=scene.words("comma").join(parts))] if parts else []


def sum_text(scene: Scene, precision: Precision = None) -> str:
    """The worked sum; while terms are missing, without its total."""
    block = scene.sum
    if scene.stamped:
        return ", ".join(_stamp(part, precision) for part in _stamps(block, scene.stamped))
    lit = scene.output.lit()
    known = scene.output.known
    if lit is not None and (known is None or known[lit].all()):
        return " = ".join(worked_steps(block, precision, number))
    return f"{_terms(block, precision)} ..."


def _stamps(block: Sum, each: int) -> list[Sum]:
    """The sum of each output that a cell stamps; `each` has so many terms."""
    starts = range(0, len(block.factors), each)
    parts = [(block.factors[at : at + each], block.products[at : at + each]) for at in starts]
    return [Sum(factors, products, sum(products)) for factors, products in parts]


def _stamp(block: Sum, precision: Precision) -> str:
    return f"{_terms(block, precision)} = {number(block.total, precision)}"


def _terms(block: Sum, precision: Precision) -> str:
    return signed_sum(addend(factors, precision, number) for factors in block.factors)


def scene_lines(scene: Scene, style: Style) -> list[str]:
    """The scene as lines, in colours; without colours, lit cells are in brackets."""
    moment, below = below_planes(scene, style)
    written = [*title_lines(scene, style), "", *planes_lines(scene, style), "", moment, *below]
    return written if style.width is None else [clipped(line, style.width) for line in written]


def title_lines(scene: Scene, style: Style) -> list[str]:
    """The layer as torch writes it."""
    return [_painted(line, "1", style) for line in wrapped(scene.title, style.width or ANY_WIDTH)]


def planes_lines(scene: Scene, style: Style, compact: bool = False) -> list[str]:
    """Input, kernel and output side by side; below each other where the style has no room.

    A compact plane has no notice, and a title no longer than its rows.
    """
    planes = [_plane(plane, style, compact) for plane in (scene.input, scene.kernel, scene.output)]
    if style.width is None or planes_columns(scene, style, compact) <= style.width:
        return _side_by_side(planes, 1 + (len(scene.kernel.rows) - 1) // 2)
    return [line for plane in planes for line, _ in [*plane, ("", 0)]][:-1]


def cropped_text(scene: Scene) -> str:
    """Which arrays are drawn in part, with their sizes; empty where none is."""
    planes = (scene.input, scene.kernel, scene.output)
    parts = [f"{plane.name} {plane.whole}" for plane in planes if plane.whole]
    return scene.words("scene.cropped", parts=scene.words("comma").join(parts)) if parts else ""


def plane_columns(plane: Plane, style: Style) -> int:
    """The columns that a plane takes."""
    return max(taken for _, taken in _plane(plane, style))


def planes_columns(scene: Scene, style: Style, compact: bool = False) -> int:
    """The columns that the planes take side by side."""
    return sum(
        max(taken for _, taken in _plane(plane, style, compact))
        for plane in (scene.input, scene.kernel, scene.output)
    ) + sum(map(len, SIGNS))


def below_planes(scene: Scene, style: Style) -> tuple[str, list[str]]:
    """The number and the position of the scene, and the lines of its sum."""
    width = style.width or ANY_WIDTH
    below = wrapped(sum_text(scene, style.precision), width)
    for line in rest_lines(scene, style.precision):
        below += wrapped(line, width)
    return _painted(moment_text(scene), TERMINAL["label"], style), below


def moment_text(scene: Scene) -> str:
    """The number and the position of the scene: `7 of 25, at (1, 1)`."""
    return scene.words(
        "scene.moment", number=scene.index + 1, count=scene.count, position=scene.position
    )


def _plane(plane: Plane, style: Style, compact: bool = False) -> list[tuple[str, int]]:
    """The lines of a plane, each with the columns that it takes."""
    dot = "." if style.ascii else "\u00b7"
    words = [[number(cell.value, style.precision) or dot for cell in row] for row in plane.rows]
    width = max((len(word) for row in words for word in row), default=1) + (0 if style.color else 2)
    title = plane.title
    if compact:
        longest = max(len(plane.rows[0]) * (width + 1) - 1, SHORTEST_TITLE)
        title = title if text_width(title) <= longest else clipped(plane.name, longest)
    rows = [(title, text_width(title))]
    for row, cells in zip(words, plane.rows, strict=True):
        drawn = [_cell(word, cell, width, style) for word, cell in zip(row, cells, strict=True)]
        rows.append((" ".join(drawn), len(cells) * (width + 1) - 1))
    if plane.notice and not compact:
        rows.append((plane.notice, text_width(plane.notice)))
    return [
        (_painted(line, TERMINAL["label"], style) if at == 0 else line, taken)
        for at, (line, taken) in enumerate(rows)
    ]


def _cell(word: str, cell: Cell, width: int, style: Style) -> str:
    if not style.color:
        return (f"[{word}]" if cell.role in LIT else f"{word} ").rjust(width)
    return _painted(word.rjust(width), SGR[cell.role], style)


def _painted(line: str, codes: str, style: Style) -> str:
    return f"\x1b[{codes}m{line}\x1b[0m" if style.color and codes else line


def _side_by_side(planes: list[list[tuple[str, int]]], middle: int) -> list[str]:
    """The planes with the signs between them on the line `middle`."""
    widths = [max(taken for _, taken in plane) for plane in planes]
    lines = []
    for row in range(max(map(len, planes))):
        parts = []
        for at, (plane, width) in enumerate(zip(planes, widths, strict=True)):
            line, taken = plane[row] if row < len(plane) else ("", 0)
            sign = "" if at == len(SIGNS) else SIGNS[at] if row == middle else " " * len(SIGNS[at])
            parts.append(line + " " * (width - taken) + sign)
        lines.append("".join(parts).rstrip())
    return lines
