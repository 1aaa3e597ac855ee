"""A worked sum is true as it is printed, and its complex numbers can be told apart."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
import pytest

from convcli.render import Losses, Significant
from convcli.render.worked_sums import worked
from convcli.report.document import Sum

Convcli = Callable[..., Any]
LINE = "rounded to six digits; --wide shows all"


def _sum(*factors: tuple[Any, ...]) -> Sum:
    products = tuple(prod(each) for each in factors)
    return Sum(factors, products, sum(products))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            _sum((1000000.5, 1), (-1000000.25, 1)),
            "1000000.5*1 + (-1000000.25)*1 = 1000000.5 - 1000000.25 = 0.25",
        ),
        (
            _sum((12345678.9, 1), (0.5, 2.0)),
            "12345678.9*1 + 0.5*2 = 12345678.9 + 1 = 12345679.9",
        ),
        (
            _sum((12345678.9, 1.0000001), (0.5, 2.0)),
            "12345678.9*1.0000001 + 0.5*2 = 12345680.1 + 1 = 12345681.1",
        ),
        (
            _sum((100000.4, 100000.4), (2.0, 3.0)),
            "100000.4*100000.4 + 2*3 = 1.00001e+10 + 6 = 1.00001e+10",
        ),
        (
            _sum((1 / 3, 1), (1 / 3, 1), (-2 / 3, 1)),
            "0.3333333333333333*1 + 0.3333333333333333*1 + (-0.6666666666666666)*1"
            " = 0.3333333333333333 + 0.3333333333333333 - 0.6666666666666666 = 0",
        ),
        (
            _sum((1 / 3, 0.7), (2 / 3, 0.1)),
            "0.333333*0.7 + 0.666667*0.1 = 0.233333 + 0.0666667 = 0.3",
        ),
        (_sum((0.1, 3), (0.7, 1)), "0.1*3 + 0.7*1 = 0.3 + 0.7 = 1"),
        (_sum((2**64, 2**64), (1, 1)), f"{2**64}*{2**64} + 1*1 = {2**128} + 1 = {2**128 + 1}"),
        (
            Sum(((1000000.4,), (0.5, 2000000.6)), (1000000.4, -1000000.3), 0.1, "w", minus=True),
            "1000000.4 - 0.5*2000000.6 = 1000000.4 - 1000000.3 = 0.1",
        ),
        (Sum(((np.inf, 1.0), (1 / 3, 1)), (np.inf, 1 / 3), np.inf), None),
    ],
)
def test_a_rounded_sum_is_true(block: Sum, expected: str | None) -> None:
    assert expected is None or worked(block, Significant()) == expected
    assert worked(block, Significant())


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (
            _sum((1 + 2j, -2 - 2j), (0j, 1 + 1j), (-1.0, 2j)),
            "(1+2j)*(-2-2j) + 0*(1+1j) + (-1)*(0+2j) = (2-6j) + 0 + (-0-2j) = 2-8j",
        ),
        (_sum((1j, 1j)), "(0+1j)*(0+1j) = -1+0j"),
        (_sum((1 + 1j, 1), (-1 - 1j, 1)), "(1+1j)*1 + (-1-1j)*1 = (1+1j) + (-1-1j) = 0"),
        (
            _sum((1000000.5 + 1j, 1), (-1000000.25 + 0j, 1)),
            "(1000000.5+1j)*1 + (-1000000.25+0j)*1 = (1000000.5+1j) + (-1000000.25+0j) = 0.25+1j",
        ),
    ],
)
@pytest.mark.parametrize("precision", [None, Significant()])
def test_complex_summands_stand_in_parentheses(
    block: Sum, expected: str, precision: Significant | None
) -> None:
    assert worked(block, precision).replace("(-1+0j)", "(-1)") == expected


def test_what_lost_digits_is_told() -> None:
    for factors, is_rounded in [((0.1, 3), False), ((1 / 3, 1), True), ((3, 1), False)]:
        losses = Losses()
        worked(_sum(factors), Significant(6, losses))
        assert losses.any == is_rounded


@pytest.mark.parametrize(
    ("line", "is_rounded"),
    [
        (("run", "conv1d", "0.33333333 1", "1"), True),
        (("run", "conv2d", "1 0.9999999; 100000.4 2", "ones:1x1"), True),
        (("trace", "conv1d", "1000000.5 -1000000.25", "1 1"), True),
        (("grad", "conv1d", "0.33333333 1", "1"), True),
        (("matrix", "conv1d", "0.33333333 1", "1"), True),
        (("learn", "Conv1d(1,1,2,bias=False)", "1 2 3 4", "3 5 7", "--epochs", 3), True),
        (("run", "conv1d", "0.1 0.2", "3"), False),
        (("trace", "conv1d", "0.1 0.7", "3 1"), False),
        (("run", "conv1d", "1234567890123 1", "1"), False),
    ],
)
@pytest.mark.parametrize("form", ["table", "plain"])
def test_a_line_below_says_what_was_rounded(
    convcli: Convcli, line: tuple[Any, ...], is_rounded: bool, form: str
) -> None:
    line = *line, "-f", form, "--color", "never"
    assert (LINE in convcli(*line, terminal=True).out.splitlines()) == is_rounded
    for more in (("--wide",), ("--precision", 3)):
        assert LINE not in convcli(*line, *more, terminal=True).out
    assert LINE not in convcli(*line).out
