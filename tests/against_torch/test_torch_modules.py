"""Traced torch modules: shapes, parameters and cells read, compared with the module itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.input_sizes import tried_sizes
from convcli.engine.network.walk import Step, walk
from convcli.inputs.networks.lists import Stack
from tests.impulses import cells_claimed, cells_read, distinct_input, some_units

pytestmark = pytest.mark.torch
IMAGE, LINE, VOLUME = (1, 4, 8, 6), (1, 4, 9), (1, 2, 4, 5, 4)
FILE = "calls_of_the_test"

# a call on x, the input's shape
KNOWN = [
    ("torch.flatten(x)", IMAGE),
    ("torch.flatten(x, 1)", IMAGE),
    ("torch.flatten(x, start_dim=1, end_dim=2)", IMAGE),
    ("x.flatten(2)", IMAGE),
    ("F.pad(x, (1, 2))", IMAGE),
    ("F.pad(x, (1, 2, 0, 3))", IMAGE),
    ("F.pad(x, pad=(-1, 2, 0, -3))", IMAGE),
    ("F.pad(x, (1, 2, 0, 3), 'reflect')", IMAGE),
    ("F.pad(x, (1, 2, 0, 3), mode='replicate')", IMAGE),
    ("F.pad(x, (1, 2, 0, 3), mode='circular')", IMAGE),
    ("F.pad(x, (2, 1), mode='reflect')", LINE),
    ("F.pad(x, (2, 1, 0, 1, 1, 0), mode='replicate')", VOLUME),
    ("F.interpolate(x, scale_factor=2)", IMAGE),
    ("F.interpolate(x, (5, 9))", IMAGE),
    ("F.interpolate(x, scale_factor=1.5, mode='nearest-exact')", IMAGE),
    ("F.interpolate(x, scale_factor=2, mode='bilinear')", IMAGE),
    ("F.interpolate(x, size=(5, 9), mode='bilinear', align_corners=True)", IMAGE),
    ("F.interpolate(x, scale_factor=2, mode='bicubic')", IMAGE),
    ("F.interpolate(x, scale_factor=2, mode='linear')", LINE),
    ("F.max_pool2d(x, 2)", IMAGE),
    ("F.max_pool2d(x, 3, 2, 1, 1, True)", IMAGE),
    ("F.max_pool2d(x, (2, 1), ceil_mode=True)", IMAGE),
    ("F.max_pool1d(x, 3, 2)", LINE),
    ("F.avg_pool2d(x, 3, 2, 1, True)", IMAGE),
    ("F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)", IMAGE),
    ("F.avg_pool3d(x, 2)", VOLUME),
    ("F.adaptive_avg_pool2d(x, (3, 1))", IMAGE),
    ("F.adaptive_avg_pool1d(x, 4)", LINE),
    ("F.adaptive_max_pool2d(x, 3)", IMAGE),
    ("F.softmax(x, 2)", IMAGE),
    ("x.softmax(dim=-1)", IMAGE),
    ("F.log_softmax(x, dim=1)", IMAGE),
    ("torch.cat([x, x], 1)", IMAGE),
    ("torch.cat((x, x))", IMAGE),
    ("x + x", IMAGE),
    ("2 * x", IMAGE),
    ("F.relu(x)", IMAGE),
    ("x.sigmoid()", IMAGE),
    ("nn.Conv2d(4, 6, 3, stride=2, padding='valid')", IMAGE),
    ("nn.Conv2d(4, 6, 3, padding=1, padding_mode='reflect', groups=2, bias=False)", IMAGE),
    ("nn.ConvTranspose1d(4, 3, 3, 2, 1, 1)", LINE),
    ("nn.AvgPool2d(3, 2, ceil_mode=True)", IMAGE),
    ("nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True)", IMAGE),
    ("nn.ReplicationPad3d((1, 0, 2, 1, 0, 1))", VOLUME),
    ("nn.LayerNorm([6])", IMAGE),
    ("nn.LayerNorm([8, 6], elementwise_affine=False)", IMAGE),
    ("nn.InstanceNorm1d(4, affine=True)", LINE),
    ("nn.GroupNorm(2, 4)", IMAGE),
    ("nn.Softmax2d()", IMAGE),
    ("nn.Linear(6, 3)", IMAGE),
    ("nn.PReLU(4)", IMAGE),
    ("nn.Unflatten(1, (2, 2))", IMAGE),
    ("nn.Sequential(nn.ZeroPad2d((2, 0, 1, 0)), nn.Conv2d(4, 4, 3))", IMAGE),
]
# calls of which only the shape is known: what else they do must not be claimed
ONLY_SHAPE = [
    ("F.interpolate(x, scale_factor=0.5, mode='bilinear', antialias=True)", IMAGE),
    ("F.interpolate(x, scale_factor=0.5, mode='area')", IMAGE),
    ("F.pad(x, (0, 0, 0, 0, 1, 1))", IMAGE),
    ("x.mean(3)", IMAGE),
    ("torch.roll(x, 1, 2)", IMAGE),
    ("x.cumsum(2)", IMAGE),
    ("torch.chunk(x, 2, 1)[1]", IMAGE),
    ("x[:, :, ::2]", IMAGE),
    ("F.conv2d(x, x)", IMAGE),
    ("x + torch.ones(3, 1, 1, 1)", IMAGE),
    ("F.max_pool2d(x, x.shape[2] // 2)", IMAGE),
]
MOVED = [("x.view(1, -1)", IMAGE), ("torch.reshape(x, (4, 48))", IMAGE)]
ALL = [*KNOWN, *ONLY_SHAPE, *MOVED]


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A module of Python with one torch module for each call."""
    folder = tmp_path_factory.mktemp("calls")
    lines = ["import torch", "from torch import nn", "from torch.nn import functional as F"]
    for at, (text, _) in enumerate(ALL):
        made = text.startswith("nn.")
        lines += [
            f"class Call{at}(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            *([f"        self.layer = {text}"] if made else []),
            f"    def forward(self, x): return {'self.layer(x)' if made else text}",
        ]
    (folder / f"{FILE}.py").write_text("\n".join(lines))
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    patch.delitem(sys.modules, FILE, raising=False)
    yield
    patch.undo()


def traced(at: int, shape: tuple[int, ...]) -> tuple[Stack, list[Step], Any]:
    import importlib

    from convcli.inputs.networks.torch_modules import stack_of_module

    stack = stack_of_module(f"{FILE}:Call{at}", Shape(shape))
    module = getattr(importlib.import_module(FILE), f"Call{at}")().double().eval()
    return stack, walk(stack.nodes, Shape(shape)), module


@pytest.mark.parametrize("at", range(len(ALL)), ids=[text for text, _ in ALL])
def test_shapes_and_parameters_are_those_of_the_module(at: int, calls: Any) -> None:
    import torch

    text, shape = ALL[at]
    stack, steps, module = traced(at, shape)
    assert tuple(steps[-1].output) == tuple(module(torch.rand(shape, dtype=torch.double)).shape)
    learnt = sum(parameter.numel() for parameter in module.parameters())
    assert sum(step.parameters for step in steps) == learnt
    assert (stack.notes == ()) == ((text, shape) not in ONLY_SHAPE)


WITHOUT_READS = ("flatten", "Linear", "Unflatten", "torch.cat((x, x))")
READS = [
    at for at, (text, _) in enumerate(KNOWN) if not any(word in text for word in WITHOUT_READS)
]


@pytest.mark.parametrize("at", READS, ids=[KNOWN[at][0] for at in READS])
def test_cells_that_are_read_are_those_that_impulses_move(at: int, calls: Any) -> None:
    import torch

    shape = KNOWN[at][1]
    _, steps, module = traced(at, shape)
    for parameter in module.parameters():
        torch.nn.init.uniform_(parameter, 0.5, 1.5)

    def compute(inputs: list[Any]) -> list[Any]:
        with torch.no_grad():
            return [module(torch.from_numpy(x)).numpy() for x in inputs]

    assert all(step.readings is not None and None not in step.readings for step in steps)
    units = some_units(steps[-1].output[2:])
    found = cells_read(compute, distinct_input(shape, np.float64), units)
    assert cells_claimed(steps, shape, units) == found


@pytest.mark.parametrize("text", ["torch.flatten(x)", "F.max_pool2d(x, 2)", "nn.GroupNorm(2, 4)"])
def test_layers_that_are_known_work_on_other_sizes(text: str, calls: Any) -> None:
    import torch

    at = [text for text, _ in ALL].index(text)
    stack, _, module = traced(at, IMAGE)
    for one in tried_sizes(stack.nodes, Shape(IMAGE), (3, 11)):
        assert one.output is not None
        assert tuple(one.output) == tuple(
            module(torch.rand(1, 4, one.size, one.size).double()).shape
        )


def test_shapes_that_were_traced_are_not_claimed_for_other_sizes(calls: Any) -> None:
    at = [text for text, _ in ALL].index("x.mean(3)")
    stack, _, _ = traced(at, IMAGE)
    (one,) = tried_sizes(stack.nodes, Shape(IMAGE), [5])
    assert one.error is not None
    assert one.error.code == "layers.traced"


MODULE = """
import torch
from torch import nn
from torch.nn import functional as F

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.last = nn.Conv2d(8, 8, 3, padding=1)
        self.head = nn.Linear(16, 10)

    def forward(self, x):
        x = F.relu(self.norm(self.conv(x)))
        y = F.interpolate(self.last(F.max_pool2d(x, 2)), scale_factor=2, mode="bilinear")
        x = torch.cat([x + y, y], 1)
        return self.head(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))

class Shares(nn.Module):
    def __init__(self):
        super().__init__()
        self.twice, self.loose = nn.Conv2d(3, 3, 3), nn.Parameter(torch.zeros(8))
        self.pool = nn.AvgPool2d(3, 2, ceil_mode=True)
        self.up = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)

    def forward(self, x):
        return self.up(self.pool(self.twice(self.twice(x)))) * self.loose.sum()

class Grows(nn.Module):
    def forward(self, x):
        return x if x.sum() > 0 else -x

def broken():
    raise ValueError("[red]no")
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model_of_the_test.py").write_text(MODULE)
    monkeypatch.delitem(sys.modules, "model_of_the_test", raising=False)
    return "model_of_the_test"


def test_a_module_is_traced_with_its_branches(module: str, convcli: Callable[..., Any]) -> None:
    result = convcli("stack", "--module", f"{module}:Net", "1x3x32x32", "-f", "csv")
    assert result.status == 0, result.err
    rows = result.out.splitlines()
    assert [row.split(",")[0] for row in rows[1:5]] == ["conv", "norm", "relu", "max_pool2d"]
    assert len(rows) == 12
    assert convcli("stack", "--module", f"{module}:Net", "1x3x32x32", "-q").out == "1x10\n"


def test_what_print_leaves_out_and_what_is_shared(module: str, convcli: Callable[..., Any]) -> None:
    found = json.loads(convcli("stack", "--module", f"{module}:Shares", "1x3x16x16", "--json").out)
    assert found["output"]["shape"] == [1, 3, 12, 12]
    assert [layer["parameters"] for layer in found["layers"]] == [84, 0, 0, 0, 0]
    assert [layer["layer"] for layer in found["layers"]][1:4:2] == [
        "twice again",
        "Upsample(scale_factor=2.0, mode='bilinear', align_corners=True)",
    ]
    assert found["notes"] == [
        "8 parameters belong to no layer that was called; the totals leave them out."
    ]


def test_a_module_that_does_not_fit_says_one_thing(
    module: str, convcli: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    result = convcli("stack", "--module", f"{module}:Net", "1x4x32x32")
    assert (result.status, result.out, result.err.count("\n")) == (3, "", 1)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("{}:Grows", "cannot be traced"),
        ("{}:broken", "ValueError: [red]no"),
        ("{}:Nothing", "AttributeError"),
        ("no.such:Net", "ModuleNotFoundError"),
        ("{}", "must be package.mod:Class"),
    ],
)
def test_modules_that_cannot_be_read(
    module: str, convcli: Callable[..., Any], what: str, message: str
) -> None:
    result = convcli("stack", "--module", what.format(module), "1x3x32x32")
    assert (result.status in (2, 3), result.out) == (True, "")
    assert message in result.err
    assert "Traceback" not in result.err
