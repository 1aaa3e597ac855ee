"""The formulas of sizes as terms: in names, and filled in for one axis of a layer."""

from __future__ import annotations

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.spec import ConvSpec
from convcli.report.terms import (
    Call,
    Formula,
    Minus,
    Name,
    Over,
    Plus,
    Rule,
    Term,
    Times,
    ceil,
    floor,
    names_of,
    replaced,
)

INPUT, OUTPUT, SIZE, STRIDE = Name("input"), Name("output"), Name("size"), Name("stride")
BEFORE, AFTER, EXTENT, TOTAL = Name("before"), Name("after"), Name("extent"), Name("total")


WINDOWS = Plus((floor(Over(Plus((INPUT, BEFORE, AFTER, Minus(EXTENT))), STRIDE)), 1))
STAMPS = Plus(
    (
        Times((Plus((INPUT, Minus(1))), STRIDE)),
        Minus(BEFORE),
        Minus(AFTER),
        EXTENT,
        Name("output_padding"),
    )
)
SPAN = Plus((Times((Name("dilation"), Plus((Name("kernel_size"), Minus(1))))), 1))
CONVOLUTION = Rule((OUTPUT, WINDOWS))
TRANSPOSED = Rule((OUTPUT, STAMPS))
SIZE_NAMES = {  # of the numbers, by whether the layer is transposed
    False: names_of(WINDOWS),
    True: names_of(STAMPS),
}
SAME = (  # the padding for ceil(size/stride) outputs
    Rule(
        (
            TOTAL,
            Call(
                "max",
                (
                    Plus(
                        (
                            Times((Plus((ceil(Over(SIZE, STRIDE)), Minus(1))), STRIDE)),
                            EXTENT,
                            Minus(SIZE),
                        )
                    ),
                    0,
                ),
            ),
        )
    ),
    Rule((BEFORE, floor(Over(TOTAL, 2)))),
    Rule((AFTER, Plus((TOTAL, Minus(BEFORE))))),
)


def output_rule(transposed: bool) -> Rule:
    """The output size in names."""
    return TRANSPOSED if transposed else CONVOLUTION


def output_formula(spec: ConvSpec, d: int, size: int) -> Formula:
    """The output size of axis `d` with its numbers: `floor((224 + 3 + 3 - 7)/2) + 1 = 112`."""
    return size_formula(spec, d, size, spec.output_size(d, size))


def size_formula(spec: ConvSpec, d: int, size: int, output: int) -> Formula:
    """The same where the output size is known."""
    rule = output_rule(spec.transposed)
    numbers = size_numbers(spec.axes[d], size, spec.transposed)
    named = dict(zip(SIZE_NAMES[spec.transposed], numbers, strict=True))
    return Formula(spec.axis_names[d], rule.sides[1], output, named)


def size_numbers(axis: Axis, size: int, transposed: bool) -> tuple[int, ...]:
    """The numbers of the formula, in the order in which the rule has their names."""
    before, after = axis.pad
    if transposed:
        return size, axis.stride, before, after, axis.extent, axis.output_padding
    return size, before, after, axis.extent, axis.stride


def extent_rule(spec: ConvSpec) -> Rule:
    """The extent in names and filled in: once where all axes agree, else for each axis."""
    cases = tuple(
        Formula(
            name, SPAN, axis.extent, {"dilation": axis.dilation, "kernel_size": axis.kernel_size}
        )
        for name, axis in zip(spec.axis_names, spec.axes, strict=True)
    )
    if any(case.numbers != cases[0].numbers for case in cases):
        return Rule((EXTENT, SPAN), cases)
    return Rule((EXTENT, SPAN, cases[0].filled, cases[0].value))


def size_rules(spec: ConvSpec) -> tuple[Rule, ...]:
    """The output size of each axis for any input: `H_out = floor((H_in + 3 + 3 - 7)/2) + 1`."""
    return tuple(_size_rule(spec, d) for d in range(spec.rank))


def _size_rule(spec: ConvSpec, d: int) -> Rule:
    axis, name = spec.axes[d], spec.axis_names[d]
    before, after = axis.pad
    numbers: dict[str, Term] = {
        "input": Name(name, "in"),
        "before": before,
        "after": after,
        "extent": axis.extent,
        "stride": axis.stride,
        "output_padding": axis.output_padding,
    }
    rule = output_rule(spec.transposed)
    return Rule((Name(name, "out"), replaced(rule.sides[1], numbers)))
