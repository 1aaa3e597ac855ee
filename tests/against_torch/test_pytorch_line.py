"""The line of PyTorch code for a layer makes that layer."""

from __future__ import annotations

import random

import numpy as np

from convcli import convolve
from convcli.inputs.text.expressions import parse_expression
from convcli.report.spelling.pytorch_line import pytorch_line
from tests.random_layers import random_layer


def test_the_line_computes_what_convcli_does() -> None:
    import torch

    rng = random.Random(1)
    for _ in range(600):
        spec, x, w, b = random_layer(rng)
        module = eval(pytorch_line(spec), {"nn": torch.nn}).double()
        layer = next(m for m in module.modules() if "Conv" in type(m).__name__)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(w))
            if b is not None:
                layer.bias.copy_(torch.from_numpy(b))
            theirs = module(torch.from_numpy(x)).numpy()
        assert np.array_equal(theirs, convolve(spec, x, w, b)), pytorch_line(spec)


def test_a_modules_repr_is_read_back() -> None:
    import torch

    rng = random.Random(2)
    for _ in range(300):
        spec, *_ = random_layer(rng, asymmetric=False)
        line = pytorch_line(spec)
        if "Sequential" in line:  # "same" with an odd total
            continue
        module = eval(line, {"nn": torch.nn})
        expression = parse_expression(repr(module))
        again = type(spec).of(
            dims=expression.rank, transposed=expression.transposed, **expression.arguments
        )
        assert again == spec
