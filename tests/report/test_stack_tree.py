"""The table of `stack` as a tree: every layer once, blocks above their layers, sums that agree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from convcli.cli.commands.stack.networks import ListedNetwork
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.networks.lists import read_stack
from convcli.render import Style
from convcli.render.columns import text_width
from convcli.render.terminal import render
from convcli.report.document import Document
from convcli.report.views.network_parts import StackReport
from convcli.report.views.stack_rows import Selection, rows_of
from convcli.report.views.stack_table import stack_table
from convcli.report.views.stack_tree import tree_of

NAMED = [
    "conv: Conv2d(1, 2, 3)",
    "a.0.conv: Conv2d(2, 2, 3)",
    "a.0.act: ReLU()",
    "a.0.side.0: Conv2d(2, 2, 1)",
    "a.0.side.1: ReLU()",
    "a.0.out: ReLU()",
    "a.1.conv: Conv2d(2, 2, 1)",
    "b.inner.deep.x: Conv2d(2, 2, 1)",
    "b.y: ReLU()",
    "last: Flatten()",
]
# depth and name in the tree; a star behind a block
TREE = """
0 conv
0 a.0*
1 conv
1 act
1 side*
2 0
2 1
1 out
0 a.1*
1 conv
0 b*
1 inner.deep*
2 x
1 y
0 last
"""


def report_of(*texts: str, shape: tuple[int, ...] = (1, 12, 12)) -> StackReport:
    return ListedNetwork(read_stack(list(texts))).report(Shape(shape))


def test_blocks_stand_above_their_layers() -> None:
    report = report_of(*NAMED)
    tree = list(tree_of(rows_of(report), report))
    lines = [f"{row.name.depth} {row.name.name}{'*' * row.is_block}" for row in tree]
    assert lines == TREE.split("\n")[1:-1]
    leaves = [row.row for row in tree if not row.is_block]
    assert leaves == rows_of(report)
    sums = {row.name.path: (row.row.parameters, row.row.macs) for row in tree if row.is_block}
    assert sums["a.0"] == (38 + 6, sum(row.macs or 0 for row in leaves[1:6]))
    assert sums["b"] == sums["b.inner.deep"] == (6, leaves[7].macs)


@pytest.mark.parametrize("name", ["resnet18", "resnet50", "unet"])
def test_every_layer_is_shown_once(name: str) -> None:
    shape = (1, 572, 572) if name == "unet" else (3, 224, 224)
    report = report_of(name, shape=shape)
    rows = rows_of(report)
    tree = list(tree_of(rows, report))
    assert [row.row for row in tree if not row.is_block] == rows
    blocks = [row.row for row in tree if row.is_block and row.name.depth == 0]
    alone = [row.row for row in tree if not row.is_block and row.name.depth == 0]
    for part in ("parameters", "macs", "activation_bytes"):
        whole = sum(getattr(row, part) for row in rows)
        assert sum(getattr(row, part) for row in [*blocks, *alone]) == whole


def test_rows_that_are_selected_have_their_whole_names() -> None:
    report = report_of(*NAMED)
    selection = Selection(only=("Conv2d",))
    table = stack_table(report, rows_of(report, selection), selection)
    lines = "".join(render(Document("stack", (table,)), Style(width=80))).splitlines()
    assert [line.split()[0] for line in lines[2:7]] == [
        "conv", "a.0.conv", "a.0.side.0", "a.1.conv", "b.inner.deep.x",
    ]  # fmt: skip


def test_resnet_18_on_80_columns(
    convcli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    out = convcli(
        "stack", "resnet18", "3x224x224", "--color", "never", terminal=True
    ).out.splitlines()
    assert len(out) <= 69 + 30
    assert max(map(text_width, out)) <= 80


def test_resnet_50_by_its_blocks(
    convcli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    line = ["stack", "resnet50", "3x224x224", "--depth", "2", "--color", "never"]
    out = convcli(*line, terminal=True).out.splitlines()
    assert len(out) <= 40
    assert sum(line.startswith("layer") for line in out) == 16


def test_costs_are_asked_for(convcli: Callable[..., Any]) -> None:
    line = ["stack", "lenet5", "1x28x28"]
    out, costs = convcli(*line).out, convcli(*line, "--costs").out
    assert "--costs" in out
    assert "thop" not in out
    assert "thop" in costs
    assert "--costs" not in costs
