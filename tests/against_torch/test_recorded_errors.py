"""Errors inside forward() as they are told for a list: the layer, its numbers, the cure."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.torch
A = "nn.Conv2d(3, 8, 3)"

# layers by name, what forward() returns on 1x3x16x16, and what is told
FAILING: list[tuple[dict[str, str], str, str]] = [
    ({"a": A, "b": "nn.Conv2d(16, 4, 3)"}, "self.b(self.a(x))",
     "layer b: input has 8 channels on axis C of 1x8x14x14, but the layer takes 16. Write "
     "in_channels=8."),
    ({"s": f"nn.ModuleList([nn.Sequential({A}), nn.Sequential(nn.Conv2d(9, 8, 3))])"},
     "self.s[1](self.s[0](x))", "layer s.1.0: input has 8 channels"),
    ({"a": A, "f": "nn.Linear(100, 10)"}, "self.f(self.a(x).flatten(1))",
     "Write in_features=1568."),
    ({"a": A, "n": "nn.BatchNorm2d(16)"}, "self.n(self.a(x))", "Write num_features=8."),
    ({"a": A, "n": "nn.GroupNorm(4, 16)"}, "self.n(self.a(x))", "Write num_channels=8."),
    ({"a": A, "n": "nn.LayerNorm([8, 9, 9])"}, "self.n(self.a(x))",
     "Write normalized_shape=[8, 14, 14]."),
    ({"a": A, "p": "nn.MaxPool2d(50)"}, "self.p(self.a(x))", "layer p: kernel_size on axis H"),
    ({"a": A, "b": "nn.Conv2d(3, 8, 5)"}, "self.a(x) + self.b(x)",
     "layer add: the shapes of the branches must be equal or broadcast"),
    ({"a": A, "b": "nn.Conv2d(3, 8, 3, 2)"}, "torch.cat([self.a(x), self.b(x)], 1)",
     "equal except on axis 1, not 1x8x14x14 and 1x8x7x7"),
    ({"a": A}, "self.a(x).view(-1, 200)", "1x1568 fits, of 1568 numbers."),
    ({"a": A}, "self.a(x) @ x.new_ones(5, 7)", "must have the 5 cells that 5x7 multiplies, got 14"),
    ({"a": A}, "F.conv2d(x, self.a.weight[:, :2])", "but the weight 8x2x3x3 takes 2"),
    ({"a": A}, "F.conv_transpose2d(x, self.a.weight)", "but the weight 8x3x3x3 takes 8"),
    ({"l": "nn.LSTM(10, 5, batch_first=True)"}, "self.l(x.flatten(2))[0]", "Write input_size=256."),
    ({"m": "nn.MultiheadAttention(8, 2)"}, "self.m(x[0], x[0], x[0])[0]", "embed_dim must be"),
    ({"a": A}, "self.a(x).split([3, 4], 1)[0]", "must be 8 in all, the cells of axis 1 of"),
    ({"a": A}, "self.a(x).permute(0, 2, 1)", "must name each of the 4 axes of its input"),
    ({"a": "nn.Conv2d(3, 8, 3, padding=40, padding_mode='reflect')"}, "self.a(x)",
     "reflect padding must be smaller than the input size 16, got 40"),
    ({"a": A}, "self.a(x).undefined_thing", "has no attribute 'undefined_thing' (net.py, line 9)"),
    ({"a": A}, "self.a(x)[0, 1, 2, 3, 4]", "(net.py, line 9)"),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "text", "words"), FAILING, ids=range(len(FAILING)))
def test_an_error_names_the_layer_and_its_cure(
    layers: dict[str, str], text: str, words: str, tmp_path: Path, convcli: Callable[..., Any]
) -> None:
    made = "; ".join(f"self.{name} = {layer}" for name, layer in layers.items())
    lines = [
        "import torch",
        "from torch import nn",
        "from torch.nn import functional as F",
        "class Net(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        f"        {made}",
        "    def forward(self, x):",
        f"        return {text}",
    ]
    path = tmp_path / "net.py"
    path.write_text("\n".join(lines))
    result = convcli("stack", "--module", f"{path}:Net", "1x3x16x16")
    assert (result.status in (2, 3), result.out) == (True, "")
    assert words in result.err
