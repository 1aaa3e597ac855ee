"""Numbers and formulas in LaTeX's mathematics, from their values and terms."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from convcli.render import Precision
from convcli.render.latex_text import DIGIT_OF_POWER, POWER, escape, letters_width
from convcli.render.values import is_complex, is_integer, is_negative, mantissa_and_exponent, text
from convcli.report.terms import Call, Formula, Minus, Name, Over, Plus, Term

TIMES = r" \cdot "
SUM, PRODUCT, ATOM = range(3)  # how tightly an operation binds
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?(?:e([+-]?\d+))?%?")


def number(value: Any, precision: Precision = None) -> str:
    """A number: its power of ten as one, infinity as its sign, nan upright.

    >>> number(1.05e-05), number(float("-inf")), number(float("nan"))
    ('1.05 \\\\cdot 10^{-5}', '-\\\\infty', '\\\\mathrm{nan}')
    """
    if is_integer(value):
        return text(value)
    if is_complex(value):
        sign = "" if is_negative(value.imag) else "+"
        return f"{_real(value.real, precision)}{sign}{_real(value.imag, precision)}j"
    return _real(value, precision)


def _real(value: Any, precision: Precision) -> str:
    if value != value:
        return r"\mathrm{nan}"
    if abs(value) == float("inf"):
        return r"-\infty" if value < 0 else r"\infty"
    mantissa, exponent = mantissa_and_exponent(value, precision)
    return mantissa if exponent is None else rf"{mantissa} \cdot 10^{{{exponent}}}"


def is_decimal(written: str) -> bool:
    """Whether a text is a number with digits."""
    return _DECIMAL.fullmatch(written) is not None


class Padding(NamedTuple):
    """What stands behind a number, unseen, and how wide it is in em."""

    latex: str
    em: float


def paddings(written: Sequence[str]) -> list[Padding]:
    """What brings the decimal points of a column of numbers below each other.

    >>> [padding.latex for padding in paddings(["1.5", "-10", "2.25"])]
    ['\\\\phantom{0}', '\\\\phantom{.00}', '']
    """
    found = [_DECIMAL.fullmatch(each) for each in written]
    tails = [match[1] or "" if match else "" for match in found]
    powers = [match[2] or "" if match else "" for match in found]
    longest = max(map(len, tails), default=0)
    power = max(powers, key=len, default="")
    pads = []
    for tail, own in zip(tails, powers, strict=True):
        pad = "0" * (longest - len(tail)) if tail or not longest else "." + "0" * (longest - 1)
        em = letters_width(pad)
        if power and not own:
            pad += f"{{}} \\cdot 10^{{{int(power)}}}"
            em += POWER + DIGIT_OF_POWER * len(power)
        pads.append(Padding(rf"\phantom{{{pad}}}" if pad else "", em))
    return pads


def formula(row: Formula) -> str:
    """The numbers and the value of a formula."""
    return f"{term(row.filled)} = {row.value}"


def term(written: Term, least: int = SUM) -> str:
    """A term, in parentheses where it binds less than `least`.

    >>> term(Call("floor", (Over(Name("C", "in"), 2),)))
    '\\\\left\\\\lfloor \\\\frac{C_{\\\\mathrm{in}}}{2} \\\\right\\\\rfloor'
    """
    if isinstance(written, int):
        return str(written)
    if isinstance(written, Name):
        subscript = f"_{{{_word(written.subscript)}}}" if written.subscript else ""
        return f"{_word(written.word)}{subscript}"
    if isinstance(written, Call):
        return _call(written)
    if isinstance(written, Over):
        return rf"\frac{{{term(written.top)}}}{{{term(written.bottom)}}}"
    if isinstance(written, Plus):
        latex, binds = _sum(written), SUM
    elif isinstance(written, Minus):
        latex, binds = f"-{term(written.term, ATOM)}", SUM
    else:
        latex, binds = TIMES.join(term(factor, ATOM) for factor in written.factors), PRODUCT
    return latex if binds >= least else rf"\left({latex}\right)"


def _sum(written: Plus) -> str:
    first, *others = written.addends
    parts = [term(first, PRODUCT)]
    for addend in others:
        subtracted = isinstance(addend, Minus)
        parts.append(" - " if subtracted else " + ")
        parts.append(term(addend.term if isinstance(addend, Minus) else addend, PRODUCT))
    return "".join(parts)


def _call(written: Call) -> str:
    arguments = ", ".join(map(term, written.arguments))
    if written.function == "max":
        return rf"\max\left({arguments}\right)"
    return rf"\left\l{written.function} {arguments} \right\r{written.function}"


def _word(word: str) -> str:
    """A name: one letter as mathematics sets it, a word upright."""
    return word if len(word) == 1 else rf"\mathrm{{{escape(word)}}}"
