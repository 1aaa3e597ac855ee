"""Multiply-adds of operations of torch, compared with its own counter; none of them is unsaid."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.recorded import RecordedNetwork

pytest.importorskip("torch")
pytestmark = pytest.mark.torch
X = (2, 4, 8, 6)
A, B = "self.a", "self.b"  # parameters of (4, 4) and (4, 6, 6)
# calls on x of (2, 4, 8, 6)
CALLS = [
    "F.conv2d(x, self.b[:4, :2, :2, None].expand(4, 2, 2, 2), groups=2)",
    "F.conv_transpose2d(x, self.b[:, :, :3, None].expand(4, 6, 3, 2), stride=2)",
    "F.conv2d(x, x[:, :, :3, :3])",
    "x.transpose(1, 3) @ self.a",
    "torch.matmul(self.a, x[0, ..., 0])",
    "torch.bmm(x[0], x[1].transpose(1, 2))",
    "torch.addmm(self.a[0], x[0, :, :, 0].t(), self.a)",
    "torch.baddbmm(x[0, :, :, :1], x[0], x[1].transpose(1, 2))",
    "torch.mv(self.a, x[0, :, 0, 0])[None]",
    "torch.dot(x[0, 0, 0], x[0, 1, 0])[None]",
    "F.linear(x.transpose(1, 3), self.a, self.a[0])",
    "F.bilinear(x.transpose(1, 3), x.transpose(1, 3), self.b[:, :4, :4].contiguous())",
    "torch.einsum('bchw,dc->bdhw', x, self.a)",
    "torch.einsum('bchw,bdhw->bcd', x, x)",
    "torch.einsum('bchw,bc->bchw', x, x[..., 0, 0])",
    "torch.einsum('bchw,kw->bk', x, self.b[0])",
    "torch.einsum('...ij,jk->...ik', x, self.b[0])",
    "torch.einsum('bchw,cd,de->behw', x, self.a, self.a)",
    "F.scaled_dot_product_attention(x, x, x)",
    "torch.linalg.multi_dot([x[0, :, :, 0].t(), self.a, self.a])",
    "torch.tensordot(x, self.a, ([1], [0]))",
    "torch.kron(x[0, 0], x[0, 1])",
    "torch.outer(x[0, 0, 0], x[0, 1, 0])",
    "x @ self.a.new_zeros(6, 2)",
]  # fmt: skip


def recorded(text: str, folder: Path, before: str = "") -> RecordedNetwork:
    from convcli.inputs.networks.recording.module_reader import ModuleReader

    lines = [
        "import torch",
        "from torch import nn",
        "from torch.nn import functional as F",
        "class Net(nn.Module):",
        "    def __init__(self):",
        "        super().__init__()",
        "        self.a = nn.Parameter(torch.ones(4, 4))",
        "        self.b = nn.Parameter(torch.ones(4, 6, 6))",
        "    def forward(self, x):",
        *(f"        {line}" for line in before.splitlines()),
        f"        return {text}",
    ]
    path = folder / "net.py"
    path.write_text("\n".join(lines))
    return ModuleReader(f"{path}:Net").network(Shape(X))


def macs_of(network: RecordedNetwork) -> int | None:
    rows = network.operations
    if any(row.macs is None for row in rows):
        return None
    return sum((row.macs or 0) + row.macs_without_weights for row in rows)


def counted(folder: Path) -> int:
    """The multiply-adds that torch counts."""
    import runpy

    import torch
    from torch.utils.flop_counter import FlopCounterMode

    module: Any = runpy.run_path(str(folder / "net.py"))["Net"]()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        module(torch.ones(X))
    return int(counter.get_total_flops()) // 2


@pytest.mark.parametrize("text", CALLS)
def test_the_cost_of_a_call_is_what_torch_counts(text: str, tmp_path: Path) -> None:
    found = macs_of(recorded(text, tmp_path))
    # its counter knows no products with vectors, and not every kernel of attention
    vectors = {"mv": 16, "dot": 6, "bilinear": 2 * 48 * 4 * 16,
               "scaled_dot_product_attention": 2 * 2 * 4 * 8 * 8 * 6}  # fmt: skip
    name = next((name for name in vectors if f".{name}(" in text), None)
    assert found == (counted(tmp_path) if name is None else vectors[name])


def test_the_first_reader_of_a_weight_bears_what_it_costs(tmp_path: Path) -> None:
    before = "w = self.a @ self.a\ny = F.linear(x.transpose(1, 3), w)"
    network = recorded("F.linear(y, w)", tmp_path, before)
    assert macs_of(network) == counted(tmp_path) == 64 + 2 * 96 * 16
    assert [one.macs for one in network.operations if one.macs] == [64 + 96 * 16, 96 * 16]


@pytest.mark.parametrize(
    ("text", "before", "note"),
    [
        ("torch.cdist(x, x)", "", "The cost of _cdist_forward() is unknown"),
        ("torch.linalg.solve(x[..., :4, :4], x[..., :4, :4])", "", "_linalg_solve_ex() is unknown"),
        ("x @ w[:, :1].expand(6, 1)", "w = torch.linalg.inv(self.b[0])", "matmul() is unknown"),
        ("torch.fft.rfft2(x).abs()", "", "Fourier transforms (fft_rfft2()) have no multiply-adds"),
        ("x + 1", "self.a @ self.a", "64 multiply-adds make values that no layer reads"),
    ],
)
def test_what_is_left_out_is_said(text: str, before: str, note: str, tmp_path: Path) -> None:
    network = recorded(text, tmp_path, before)
    assert any(note in one for one in network.notes), network.notes
    assert (macs_of(network) is None) == ("unknown" in note)
