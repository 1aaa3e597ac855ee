from __future__ import annotations

from typing import Any

import pytest

from convcli import ConvSpec
from convcli.report.spelling.pytorch_line import pytorch_line


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({}, "nn.Conv2d(2, 4, kernel_size=3)"),
        (
            {"kernel_size": (3, 5), "stride": 2, "bias": False},
            "nn.Conv2d(2, 4, kernel_size=(3, 5), stride=2, bias=False)",
        ),
        (
            {"padding": (1, 2), "groups": 2, "dilation": 2},
            "nn.Conv2d(2, 4, kernel_size=3, padding=(1, 2), dilation=2, groups=2)",
        ),
        (
            {"padding": 1, "padding_mode": "reflect"},
            "nn.Conv2d(2, 4, kernel_size=3, padding=1, padding_mode='reflect')",
        ),
        (
            {"padding": ((0, 1), (2, 3)), "padding_mode": "reflect"},
            "nn.Sequential(nn.ReflectionPad2d((2, 3, 0, 1)), nn.Conv2d(2, 4, kernel_size=3))",
        ),
        (
            {"padding": ((0, 0), (2, 3)), "padding_mode": "symmetric"},
            "nn.Conv2d(2, 4, kernel_size=3)"
            "(x[..., numpy.pad(range(x.shape[-1]), (2, 3), 'symmetric')])",
        ),
        ({"padding_mode": "symmetric"}, "nn.Conv2d(2, 4, kernel_size=3)"),
        (
            {"transposed": True, "stride": 2, "output_padding": 1, "padding": 1},
            "nn.ConvTranspose2d(2, 4, kernel_size=3, stride=2, padding=1, output_padding=1)",
        ),
        (
            {"transposed": True, "padding": ((0, 1), (2, 3))},
            "nn.Sequential(nn.ConvTranspose2d(2, 4, kernel_size=3), nn.ZeroPad2d((-2, -3, 0, -1)))",
        ),
    ],
)
def test_the_line_of_a_layer(arguments: dict[str, Any], line: str) -> None:
    spec = ConvSpec.of(
        **({"in_channels": 2, "out_channels": 4, "kernel_size": 3, "dims": 2} | arguments)
    )
    assert pytorch_line(spec) == line
