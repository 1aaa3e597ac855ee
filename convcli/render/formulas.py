"""Formulas as text: `floor((224 + 3 + 3 - 7)/2) + 1 = 112`, for people and for machines."""

from __future__ import annotations

from functools import cache

from convcli.report.terms import Call, Formula, Minus, Name, Plus, Rule, Term, Times, replaced

SUM, PRODUCT, ATOM = range(3)  # how tightly an operation binds


def formula_text(formula: Formula) -> str:
    """The numbers and the value of a formula.

    >>> formula_text(Formula("H", Plus((Name("size"), 1)), 7, {"size": 6}))
    '6 + 1 = 7'
    """
    return f"{numbers_text(formula)} = {formula.value}"


def numbers_text(formula: Formula) -> str:
    """The term of a formula with its numbers."""
    if formula.numbers is None:
        return term_text(formula.term)
    return _template(formula.term, *formula.numbers).format(*formula.numbers.values())


@cache
def _template(term: Term, *names: str) -> str:
    """The text of a term with a field for each name: a batch fills the same term many times."""
    return term_text(replaced(term, {name: Name(f"{{{at}}}") for at, name in enumerate(names)}))


def rule_text(rule: Rule) -> str:
    """The sides of a rule, and the cases behind a colon."""
    sides = " = ".join(map(term_text, rule.sides))
    cases = ", ".join(f"{formula.label} {formula_text(formula)}" for formula in rule.cases)
    return f"{sides}:  {cases}" if cases else sides


def term_text(term: Term, least: int = SUM) -> str:
    """A term, in parentheses where it binds less than `least`."""
    if isinstance(term, int):
        return str(term)
    if isinstance(term, Name):
        return f"{term.word}_{term.subscript}" if term.subscript else term.word
    if isinstance(term, Call):
        return f"{term.function}({', '.join(map(term_text, term.arguments))})"
    if isinstance(term, Plus):
        written, binds = _sum_text(term), SUM
    elif isinstance(term, Minus):
        written, binds = f"-{term_text(term.term, ATOM)}", SUM
    elif isinstance(term, Times):
        written, binds = "*".join(term_text(factor, ATOM) for factor in term.factors), PRODUCT
    else:
        written, binds = f"{term_text(term.top, ATOM)}/{term_text(term.bottom, ATOM)}", PRODUCT
    return written if binds >= least else f"({written})"


def _sum_text(term: Plus) -> str:
    first, *others = term.addends
    parts = [term_text(first, PRODUCT)]
    for addend in others:
        subtracted = isinstance(addend, Minus)
        parts.append(" - " if subtracted else " + ")
        parts.append(term_text(addend.term if isinstance(addend, Minus) else addend, PRODUCT))
    return "".join(parts)
