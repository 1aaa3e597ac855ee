"""The line of PyTorch code for a layer makes that layer."""

from __future__ import annotations

import random

import numpy as np

from convcli import ConvSpec, convolve
from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from convcli.inputs.text.expressions import parse_expression
from convcli.report.spelling.pytorch_line import pytorch_line
from tests.random_layers import random_layer


def test_the_line_computes_what_convcli_does() -> None:
    import torch

    rng = random.Random(1)
    for _ in range(600):
        spec, x, w, b = random_layer(rng)
        line, at = pytorch_line(spec), "x"
        if spec.padding_mode not in TORCH_PADDING_MODES and any(any(a.pad) for a in spec.axes):
            line, at = line.removesuffix(")").split("(x", 1)
            at = f"x{at}"
        module = eval(line, {"nn": torch.nn}).double()
        layer = next(m for m in module.modules() if "Conv" in type(m).__name__)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(w))
            if b is not None:
                layer.bias.copy_(torch.from_numpy(b))
            padded = eval(at, {"x": torch.from_numpy(x), "numpy": np})
            theirs = module(padded).numpy()
        assert np.array_equal(theirs, convolve(spec, x, w, b)), pytorch_line(spec)


def test_a_line_with_a_mode_that_torch_lacks_runs_as_it_stands() -> None:
    import torch

    spec = ConvSpec.of(
        in_channels=2, out_channels=3, kernel_size=3, padding=[(1, 2), 1], padding_mode="symmetric",
        dims=2,
    )  # fmt: skip
    x = torch.randn(1, 2, 4, 5)
    torch.manual_seed(0)
    theirs = eval(pytorch_line(spec), {"nn": torch.nn, "numpy": np, "x": x})
    torch.manual_seed(0)
    layer = torch.nn.Conv2d(2, 3, 3)
    ours = convolve(spec, x.numpy(), layer.weight.detach().numpy(), layer.bias.detach().numpy())  # type: ignore[union-attr]
    assert np.allclose(theirs.detach().numpy(), ours, atol=1e-5)
    assert theirs.requires_grad


def test_a_modules_repr_is_read_back() -> None:
    import torch

    rng = random.Random(2)
    for _ in range(300):
        spec, *_ = random_layer(rng, asymmetric=False, modes=TORCH_PADDING_MODES)
        line = pytorch_line(spec)
        if "Sequential" in line:  # "same" with an odd total
            continue
        module = eval(line, {"nn": torch.nn})
        expression = parse_expression(repr(module))
        again = type(spec).of(
            dims=expression.rank, transposed=expression.transposed, **expression.arguments
        )
        assert again == spec
