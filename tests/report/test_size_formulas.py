from __future__ import annotations

import random
from math import floor

import numpy as np

from convcli import Shape
from convcli.render.data import to_data
from convcli.render.formulas import numbers_text, term_text
from convcli.report.document import Formulas
from convcli.report.spelling.size_formulas import output_formula
from convcli.report.views.shape import shape_view
from tests.random_layers import random_layer


def test_every_formula_evaluates_to_the_size_that_it_states() -> None:
    rng = random.Random(1)
    for _ in range(400):
        spec, x, *_ = random_layer(rng)
        for d, size in enumerate(x.shape[2:]):
            formula = output_formula(spec, d, size)
            assert (
                eval(numbers_text(formula), {"floor": floor})
                == formula.value
                == spec.output_size(d, size)
            )


def test_cost_formulas_evaluate_to_what_they_state() -> None:
    rng = random.Random(2)
    for _ in range(100):
        spec, x, *_ = random_layer(rng)
        document = shape_view(spec, Shape(x.shape), Shape(x.shape), spec.output_shape(x.shape))
        for block in document.blocks:
            if isinstance(block, Formulas):
                for row in block.rows:
                    assert eval(numbers_text(row), {"floor": floor}) == row.value
                for rule in block.rules:
                    for case in rule.cases:
                        assert eval(numbers_text(case)) == case.value
                    if len(rule.sides) > 2:
                        assert eval(term_text(rule.sides[2])) == rule.sides[3]
        data = to_data(document)
        assert data["weight"]["numbers"] == np.prod(spec.weight_shape)
        assert data["bias"]["shape"] == spec.bias_shape


def test_the_formula_of_a_document_is_that_of_an_error() -> None:
    rng = random.Random(3)
    for _ in range(100):
        spec, x, *_ = random_layer(rng)
        for d, size in enumerate(x.shape[2:]):
            expected = spec.axes[d].output_numbers(size, spec.transposed)
            assert numbers_text(output_formula(spec, d, size)) == expected
