"""Layers, stacks and receptive fields compared with torch: shapes, parameters, gradients."""

from __future__ import annotations

import inspect
import random
from typing import Any

import pytest

from convcli.engine.geometry.padding import TORCH_PADDING_MODES
from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import seen_by_unit, totals, walk
from convcli.errors import ConvError
from convcli.inputs.networks.entries import split_list
from convcli.inputs.networks.lists import read_stack
from convcli.inputs.networks.modules import SIGNATURES, parse_module
from tests.long_loops import first_part_everyday
from tests.random_stacks import random_stack

pytestmark = pytest.mark.torch
POOLINGS = 5_000
STACKS = 2_000
PARTS = 4


def evaluated(text: str) -> Any:
    from torch import nn

    return eval(text if text.startswith("nn.") else f"nn.{text}", {"nn": nn})


def random_pooling(rng: random.Random) -> tuple[str, Shape]:
    rank, kind = rng.choice((1, 2, 2, 3)), rng.choice(("MaxPool", "AvgPool", "LPPool"))

    def per_axis(low: int, high: int) -> Any:
        alike = rng.random() < 0.5 or (kind, rank) == (
            "LPPool",
            1,
        )  # torch's LPPool1d takes no tuple
        return (
            rng.randint(low, high) if alike else tuple(rng.randint(low, high) for _ in range(rank))
        )

    arguments = [
        f"kernel_size={per_axis(1, 5)}",
        *(["ceil_mode=True"] if rng.random() < 0.7 else []),
    ]
    for name, ends, kinds in (
        ("stride", (1, 4), "MaxAvgLP"),
        ("padding", (0, 3), "MaxAvg"),
        ("dilation", (1, 3), "Max"),
    ):
        if kind.removesuffix("Pool") in kinds and rng.random() < 0.7:
            arguments.append(f"{name}={per_axis(*ends)}")
    power = ["norm_type=2"] if kind == "LPPool" else []
    text = f"nn.{kind}{rank}d({', '.join(power + arguments)})"
    return text, Shape((1, 2, *(rng.randint(1, 12) for _ in range(rank))))


@first_part_everyday("part", PARTS)
def test_pooling_with_ceil_mode(part: int) -> None:
    import torch

    rng = random.Random(part)
    accepted = 0
    for _ in range(POOLINGS // PARTS):
        text, shape = random_pooling(rng)
        try:
            theirs: tuple[int, ...] | None = tuple(evaluated(text)(torch.rand(shape)).shape)
        except (RuntimeError, ValueError):
            theirs = None
        try:
            ours: tuple[int, ...] | None = tuple(
                parse_module(text).layer_for([shape]).output_shape(shape)
            )
        except ConvError:
            ours = None
        assert ours == theirs, (text, shape)
        accepted += theirs is not None
    assert POOLINGS // PARTS // 2 < accepted < POOLINGS // PARTS


@first_part_everyday("part", PARTS)
def test_receptive_fields_of_random_stacks_are_what_autograd_finds(part: int) -> None:
    import torch
    from torch import nn

    rng = random.Random(100 + part)
    for _ in range(STACKS // PARTS):
        texts, shape, steps = random_stack(rng, modes=TORCH_PADDING_MODES)
        modules = nn.Sequential(*map(evaluated, texts)).double()
        for parameter in modules.parameters():
            nn.init.constant_(parameter, 1.0)
        x = torch.rand(shape, dtype=torch.double, requires_grad=True)
        try:
            y = modules(x)
        except (RuntimeError, ValueError):
            continue  # Upsample to nothing
        assert tuple(y.shape) == tuple(steps[-1].output), (texts, shape)
        unit = tuple(rng.randrange(size) for size in y.shape[2:])
        y[(0, 0, *unit)].backward()
        assert x.grad is not None
        reached = x.grad[0, 0].abs() > 1e-9
        seen = seen_by_unit(steps, len(steps) - 1, unit, shape).cells
        if not all(seen):  # a unit that sees no cell of one axis sees no cell at all
            assert not reached.any(), (texts, shape, unit)
            continue
        for d, cells in enumerate(seen):
            of_axis = (
                reached.movedim(d, 0)
                .reshape(shape[2 + d], -1)
                .any(dim=1)
                .nonzero()
                .flatten()
                .tolist()
            )
            assert of_axis == [cell for span in cells for cell in span], (
                texts,
                shape,
                unit,
            )


LAYERS = """\
AdaptiveAvgPool2d((None, 3)); AdaptiveMaxPool2d(5); Upsample(scale_factor=1.5)
Upsample(size=(5, 7)); UpsamplingBilinear2d(scale_factor=2); PixelShuffle(2); PixelUnshuffle(2)
ReflectionPad2d((1, 2, 3, 4)); ConstantPad2d(2, 3.5); ZeroPad2d((-1, 2, 0, -3))
CircularPad2d(3); Flatten(); Flatten(0, 1); Flatten(2); Unflatten(1, (2, 2))
Linear(8, 7, bias=False); LayerNorm([12, 8]); LayerNorm(8, bias=False); RMSNorm(8)
GroupNorm(2, 4); GroupNorm(2, 4, affine=False); InstanceNorm2d(4)
InstanceNorm2d(4, affine=True); BatchNorm2d(4); BatchNorm2d(4, affine=False); PReLU(4); GLU(1)
GLU(); Softmax(dim=-1); Unfold(3, padding=1); Unfold((2, 3), 2, 1, 2); Dropout2d(); ReLU6()
LocalResponseNorm(2); Conv2d(4, 8, 3, groups=2); ConvTranspose2d(4, 8, 3, 2, 1, 1, bias=False)
LazyConv2d(8, 3); LazyLinear(3); LazyBatchNorm2d(); Identity(); Softmax2d()"""


@pytest.mark.parametrize("text", split_list(LAYERS))
def test_shapes_and_parameters_of_single_layers(text: str) -> None:
    import torch

    shape = Shape((2, 4, 12, 8))
    module = evaluated(text)
    theirs = tuple(module(torch.rand(shape)).shape)
    step = walk(read_stack([text]).nodes, shape)[0]
    assert tuple(step.output) == theirs
    assert step.parameters == sum(parameter.numel() for parameter in module.parameters())


def test_fold() -> None:
    import torch

    text, shape = "Fold((4, 5), kernel_size=(2, 2), padding=1, stride=2)", Shape((1, 12, 9))
    assert tuple(walk(read_stack([text]).nodes, shape)[0].output) == tuple(
        evaluated(text)(torch.rand(shape)).shape
    )


@pytest.mark.parametrize(
    "name", [name for name, parameters in SIGNATURES.items() if parameters is not None]
)
def test_parameters_are_torchs_in_torchs_order(name: str) -> None:
    from torch import nn

    if name in ("Add", "Multiply", "Concat"):
        assert not hasattr(nn, name)
        return
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    theirs = [
        one.name
        for one in inspect.signature(getattr(nn, name).__init__).parameters.values()
        if one.kind not in kinds
    ]
    ours = SIGNATURES[name] or ()
    only_printed = {"UpsamplingNearest2d": 1, "UpsamplingBilinear2d": 1}.get(name, 0)
    shared = len(ours) - only_printed
    assert list(ours[:shared]) == [one for one in theirs if one != "self"][:shared]
    assert set(theirs) - {"self", *ours} <= {"bias"}  # a later torch's


def test_what_print_writes_is_read_back() -> None:
    import torch
    from torch import nn

    model = nn.Sequential(
        nn.Sequential(
            nn.Conv2d(3, 8, 3, padding="same", padding_mode="circular"),
            nn.BatchNorm2d(8),
            nn.ReLU(True),
        ),
        *(nn.MaxPool2d(2) for _ in range(2)),
        nn.Sequential(
            nn.ConvTranspose2d(8, 4, (2, 3), stride=2, output_padding=(0, 1)),
            nn.GroupNorm(2, 4),
            nn.SiLU(),
        ),
        nn.Upsample(scale_factor=2.0, mode="bilinear"),
        nn.LPPool2d(2, 2),
        nn.AdaptiveAvgPool2d((None, 3)),
        nn.Flatten(),
        nn.Linear(192, 5),
    )
    stack = read_stack([str(model)])
    shape = Shape((1, 3, 32, 32))
    steps = walk(stack.nodes, shape)
    assert tuple(steps[-1].output) == tuple(model(torch.rand(shape)).shape)
    assert totals(steps, shape).parameters == sum(
        parameter.numel() for parameter in model.parameters()
    )
    assert stack.notes == (
        "print(model) does not write align_corners of Upsample; align_corners=False is taken.",
    )
