"""Recorded torch modules: shapes, parameters and cells read, compared with the module itself."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.recorded import RecordedNetwork
from tests.impulses import cells_read, distinct_input, some_units

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
KNOWN += [
    ("F.interpolate(x, scale_factor=0.5, mode='area')", IMAGE),
    ("F.pad(x, (0, 0, 0, 0, 1, 1))", IMAGE),
    ("x.mean((2, 3), keepdim=True)", IMAGE),
    ("torch.roll(x, 1, 2)", IMAGE),
    ("torch.chunk(x, 2, 1)[1]", IMAGE),
    ("x.unbind(1)[2].unsqueeze(1)", IMAGE),
    ("x.split([1, 3], 1)[1]", IMAGE),
    ("x.max(1, keepdim=True)[0]", IMAGE),
    ("x[:, :, ::2]", IMAGE),
    ("x[..., 1:-2, 3:]", IMAGE),
    ("x + torch.ones(3, 1, 1, 1)", IMAGE),
    ("F.max_pool2d(x, x.shape[2] // 2)", IMAGE),
    ("F.max_pool2d(x, 2, return_indices=True)[0]", IMAGE),
    ("x * x.amax((2, 3), keepdim=True)", IMAGE),
    ("x.permute(0, 2, 3, 1).permute(0, 3, 1, 2)", IMAGE),
    ("x.flatten(2).view(1, 4, 8, 6)", IMAGE),
    ("x.repeat_interleave(2, 2)", IMAGE),
    ("torch.stack([x, x], 1).flatten(1, 2)", IMAGE),
    ("F.glu(x, 1)", IMAGE),
    ("F.pixel_shuffle(x, 2)", IMAGE),
    ("F.pixel_unshuffle(x, 2)", IMAGE),
    ("F.channel_shuffle(x, 2)", IMAGE),
    ("F.group_norm(x, 2)", IMAGE),
    ("torch.einsum('nchw,dc->ndhw', x, torch.ones(3, 4, dtype=x.dtype))", IMAGE),
    ("torch.where(x > 0, x, x / 2)", IMAGE),
    ("x.to(torch.complex128).real", IMAGE),
    ("torch.fft.rfft2(x).abs()", IMAGE),
    ("nn.LazyConv2d(5, 3)", IMAGE),
    ("nn.LazyBatchNorm2d()", IMAGE),
    ("nn.utils.parametrizations.weight_norm(nn.Conv2d(4, 6, 3))", IMAGE),
    ("nn.utils.parametrizations.spectral_norm(nn.Conv2d(4, 6, 3))", IMAGE),
    ("nn.LPPool2d(2, 2)", IMAGE),
    ("nn.Sequential(nn.Conv2d(4, 4, 1), nn.Identity(), nn.Dropout())", IMAGE),
    ("F.conv2d(x, x)", IMAGE),
    ("x.cumsum(2)", IMAGE),
    ("torch.cat([x, x], 2)", IMAGE),
    ("x.flip(2)", IMAGE),
    ("x[:, :, torch.tensor([1, 3])]", IMAGE),
]
# calls of which a bound is claimed, or nothing
BOUNDED = [
    ("F.interpolate(x, scale_factor=0.5, mode='bilinear', antialias=True)", IMAGE),
    ("F.fold(F.unfold(x, 3), (8, 6), 3)", IMAGE),
    ("F.grid_sample(x, torch.zeros(1, 5, 5, 2, dtype=x.dtype), align_corners=False)", IMAGE),
]
MOVED = [
    ("x.view(1, -1)", IMAGE),
    ("torch.reshape(x, (4, 48))", IMAGE),
    ("x.mean(3)", IMAGE),
    ("x.transpose(1, 2)", IMAGE),
    ("F.unfold(x, 3)", IMAGE),
]
ALL = [*KNOWN, *BOUNDED, *MOVED]


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


def recorded(at: int, shape: tuple[int, ...]) -> tuple[RecordedNetwork, Any]:
    import importlib

    from convcli.inputs.networks.recording.module_reader import ModuleReader

    network = ModuleReader(f"{FILE}:Call{at}").network(Shape(shape))
    module = getattr(importlib.import_module(FILE), f"Call{at}")().double().eval()
    return network, module


@pytest.mark.parametrize("at", range(len(ALL)), ids=[text for text, _ in ALL])
def test_shapes_and_parameters_are_those_of_the_module(at: int, calls: Any) -> None:
    import torch

    _, shape = ALL[at]
    network, module = recorded(at, shape)
    made = module(torch.rand(shape, dtype=torch.double))
    assert tuple(network.operations[-1].output) == tuple(made.shape)
    learnt = sum(parameter.numel() for parameter in module.parameters())
    assert network.parameters == learnt
    assert sum(operation.parameters for operation in network.operations) == learnt
    assert not any("cost" in note for note in network.notes)


WITHOUT_READS = ("flatten(x", "x.flatten(2)", "nn.Linear", "Unflatten", "torch.cat((x, x))")
READS = [
    at
    for at, (text, _) in enumerate([*KNOWN, *BOUNDED])
    if text == "x.flatten(2).view(1, 4, 8, 6)" or not any(word in text for word in WITHOUT_READS)
]


@pytest.mark.parametrize("at", READS, ids=[ALL[at][0] for at in READS])
def test_cells_that_are_read_are_those_that_impulses_move(at: int, calls: Any) -> None:
    import torch

    shape = ALL[at][1]
    network, module = recorded(at, shape)
    torch.manual_seed(0)
    compute_one(module, shape)
    for parameter in module.parameters():
        torch.nn.init.uniform_(parameter, 0.5, 1.5)

    def compute(inputs: list[Any]) -> list[Any]:
        with torch.no_grad():
            return [module(torch.from_numpy(x)).numpy() for x in inputs]

    last = len(network.operations) - 1
    units = some_units(network.operations[last].output[2:])
    found = cells_read(compute, distinct_input(shape, np.float64), units)
    for unit, moved in zip(units, found, strict=True):
        seen = network.seen_by_unit(last, unit)
        claimed = [{cell for span in cells for cell in span} for cells in seen.cells]
        if not all(claimed):  # a unit that sees no cell of one axis sees no cell at all
            claimed = [set() for _ in claimed]
        if seen.is_exact:
            assert claimed == moved
        assert all(a >= b for a, b in zip(claimed, moved, strict=True))
        assert seen.is_exact == (at < len(KNOWN))


def compute_one(module: Any, shape: tuple[int, ...]) -> None:
    """Give lazy modules their weights."""
    import torch

    with torch.no_grad():
        module(torch.rand(shape, dtype=torch.double))


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
    assert [layer["parameters"] for layer in found["layers"]] == [84, 0, 0, 0, 8]
    assert found["total"]["parameters"] == 92
    assert [layer["layer"] for layer in found["layers"]][1:4:2] == [
        "twice again",
        "Upsample(scale_factor=2.0, mode='bilinear', align_corners=True)",
    ]
    assert found["notes"] == []


def test_a_module_that_does_not_fit_says_one_thing(
    module: str, convcli: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    result = convcli("stack", "--module", f"{module}:Net", "1x4x32x32")
    assert (result.status, result.out, result.err.count("\n")) == (2, "", 1)
    assert "layer conv: input has 4 channels" in result.err
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("what", "message"),
    [
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
