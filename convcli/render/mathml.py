"""Formulas in MathML, which browsers set without a script."""

from __future__ import annotations

from convcli.render.html_text import DOT, MINUS, html_text
from convcli.report.terms import Call, Formula, Minus, Name, Over, Plus, Rule, Term

SUM, PRODUCT, ATOM = range(3)  # how tightly an operation binds
BRACKETS = {"floor": ("\u230a", "\u230b"), "ceil": ("\u2308", "\u2309")}
OPENING, CLOSING = '<mo stretchy="false">(</mo>', '<mo stretchy="false">)</mo>'


def formula_math(row: Formula) -> str:
    """The numbers and the value of a formula."""
    return _math(f"{_term(row.filled)}{_sign('=')}{_number(row.value)}")


def rule_math(rule: Rule) -> str:
    """The sides of a rule."""
    return _math(_sign("=").join(map(_term, rule.sides)))


def _math(inner: str) -> str:
    return f'<math display="block"><mrow>{inner}</mrow></math>'


def _sign(sign: str) -> str:
    return f"<mo>{sign}</mo>"


def _number(value: int) -> str:
    return f"<mn>{value}</mn>" if value >= 0 else f"<mrow>{_sign(MINUS)}<mn>{-value}</mn></mrow>"


def _term(written: Term, least: int = SUM) -> str:
    """A term, in parentheses where it binds less than `least`."""
    if isinstance(written, int):
        return _number(written)
    if isinstance(written, Name):
        word = f"<mi>{html_text(written.word)}</mi>"
        if not written.subscript:
            return word
        return f"<msub>{word}<mtext>{html_text(written.subscript)}</mtext></msub>"
    if isinstance(written, Call):
        return _call(written)
    if isinstance(written, Over):
        return (
            f"<mfrac><mrow>{_term(written.top)}</mrow><mrow>{_term(written.bottom)}</mrow></mfrac>"
        )
    if isinstance(written, Plus):
        inner, binds = _sum(written), SUM
    elif isinstance(written, Minus):
        inner, binds = f"{_sign(MINUS)}{_term(written.term, ATOM)}", SUM
    else:
        inner, binds = _sign(DOT).join(_term(factor, ATOM) for factor in written.factors), PRODUCT
    inner = f"<mrow>{inner}</mrow>"
    return inner if binds >= least else f"<mrow>{OPENING}{inner}{CLOSING}</mrow>"


def _sum(written: Plus) -> str:
    first, *others = written.addends
    parts = [_term(first, PRODUCT)]
    for addend in others:
        subtracted = isinstance(addend, Minus)
        parts.append(_sign(MINUS if subtracted else "+"))
        parts.append(_term(addend.term if isinstance(addend, Minus) else addend, PRODUCT))
    return "".join(parts)


def _call(written: Call) -> str:
    inner = _sign(",").join(map(_term, written.arguments))
    if written.function == "max":
        return f"<mrow><mi>max</mi>{OPENING}{inner}{CLOSING}</mrow>"
    opening, closing = BRACKETS[written.function]
    return f"<mrow>{_sign(opening)}{inner}{_sign(closing)}</mrow>"
