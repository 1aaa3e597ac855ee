"""The cost of networks and of single layers, as other tools print it."""

from __future__ import annotations

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.flop_conventions import counts
from convcli.engine.network.walk import Step, walk
from convcli.inputs.networks.lists import Stack, read_stack

IMAGE = (1, 3, 224, 224)


# what ptflops 0.7.5 (aten, then its default), fvcore 0.1.5, thop 0.1.1 and torchinfo 1.8.0 print
# for models of torchvision
PRINTED = {
    "alexnet": (714_682_664, 716_441_128, 714_197_696, 714_206_912, 714_682_664),
    "vgg16": (15_483_821_032, 15_523_225_576, 15_470_289_408, 15_470_314_496, 15_483_821_032),
    "resnet18": (1_814_074_344, 1_825_313_768, 1_819_065_856, 1_824_033_792, 1_814_083_944),
    "resnet50": (4_089_185_256, 4_132_436_968, 4_111_512_576, 4_133_742_592, 4_089_238_376),
}
TOOLS = ("ptflops, backend aten", "ptflops", "fvcore", "thop", "torchinfo")


def stack_of(name: str) -> Stack:
    return read_stack([name])


def steps_of(text: str, *shape: int) -> list[Step]:
    return walk(read_stack([text]).nodes, Shape(shape))


@pytest.mark.parametrize("name", PRINTED)
def test_the_tools_print_what_is_said_of_them(name: str) -> None:
    found = {count.tool: count.number for count in counts(walk(stack_of(name).nodes, Shape(IMAGE)))}
    assert tuple(found[tool] for tool in TOOLS) == PRINTED[name]


@pytest.mark.parametrize(
    ("text", "shape", "expected"),
    [
        ("Conv2d(3,8,3)", (1, 3, 10, 10), (13824, 14336, 27648, 13824, 13824, 14336)),
        (
            "ConvTranspose2d(3,8,4,2,1)",
            (1, 3, 10, 10),
            (38400, 41600, 76800, 38400, 153600, 156800),
        ),
        (
            "ConvTranspose2d(4,8,3,2,groups=2)",
            (
                1,
                4,
                10,
                10,
            ),  # 400 inputs times 4*9 taps; 8*21*21 outputs, times 2*9 as a convolution
            (14400, 17928, 28800, 14400, 63504, 67032),
        ),
        ("Linear(10,4)", (1, 10), (40, 44, 80, 40, 40, 44)),
        ("BatchNorm2d(3)", (1, 3, 10, 10), (0, 0, 0, 600, 1200, 6)),
        ("AvgPool2d(2)", (1, 3, 10, 10), (0, 0, 0, 0, 75, 0)),
        ("AdaptiveAvgPool2d(1)", (1, 3, 10, 10), (0, 0, 0, 300, 303, 0)),
        ("MaxPool2d(2); ReLU()", (1, 3, 10, 10), (0, 0, 0, 0, 0, 0)),
    ],
)
def test_single_layers_as_the_tools_count_them(
    text: str, shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    found = {count.key: count.number for count in counts(steps_of(text, *shape))}
    assert (
        tuple(
            found[key]
            for key in ("macs", "macs_and_bias", "operations", "fvcore", "thop", "torchinfo")
        )
        == expected
    )


def test_tools_are_not_named_for_layers_that_were_not_measured() -> None:
    tools = [count.tool for count in counts(steps_of("Fold((3, 3), 2)", 1, 4, 4))]
    assert tools == [None, "ptflops, backend aten", "torch.utils.flop_counter", None]
    tools = [count.tool for count in counts(steps_of("LocalResponseNorm(2)", 1, 4, 3, 3))]
    assert tools[4:] == ["fvcore", "thop", "torchinfo"]


def test_each_count_of_a_small_network_has_its_number() -> None:
    steps = steps_of("Conv2d(1, 2, 3); ReLU(); Flatten(); Linear(8, 3)", 1, 1, 4, 4)
    macs, biases = 2 * 9 * 4 + 8 * 3, 2 * 4 + 3
    numbers = {count.key: count.number for count in counts(steps)}
    assert numbers["macs"] == macs
    assert numbers["macs_and_bias"] == macs + biases
    assert numbers["operations"] == 2 * macs
    assert numbers["operations_and_bias"] == 2 * macs + biases


# what the tools print for single layers: fvcore, thop, torchinfo, ptflops; None where it is
# unknown, or for batches, which ptflops does not take
PLANE, LINE, ROWS = (1, 3, 10, 10), (1, 3, 10), (1, 4, 7)
MEASURED = [
    ("ConvTranspose1d(4, 8, 3, 2)", (1, 4, 10), (960, 2016, 2184, 1128)),
    ("Linear(7, 5)", ROWS, (140, 140, 40, 160)),
    ("Linear(7, 5)", (1, 3, 4, 7), (420, 420, 40, 480)),
    ("Linear(7, 5, bias=False)", ROWS, (140, 140, 35, 140)),
    ("Linear(7, 5)", (2, 4, 7), (280, 280, 80, 320)),
    ("BatchNorm2d(3)", PLANE, (600, 1200, 6, 600)),
    ("BatchNorm2d(3, affine=False)", PLANE, (300, 600, 0, 300)),
    ("BatchNorm2d(3)", (2, 3, 10, 10), (1200, 2400, 12, 1200)),
    ("BatchNorm1d(7)", (1, 7), (14, 28, 14, 14)),
    ("BatchNorm3d(3)", (1, 3, 4, 4, 4), (384, 768, 6, 384)),
    ("InstanceNorm2d(3)", PLANE, (1200, 600, 0, 300)),
    ("InstanceNorm2d(3, affine=True)", PLANE, (1500, 1200, 6, 600)),
    ("InstanceNorm1d(3)", (1, 3, 9), (108, 54, 0, 27)),
    ("GroupNorm(3, 6)", (1, 6, 10, 10), (3000, 0, 12, 1200)),
    ("GroupNorm(3, 6, affine=False)", (1, 6, 10, 10), (2400, 0, 0, 600)),
    ("LayerNorm(7)", ROWS, (140, 112, 14, 28)),
    ("LayerNorm(7, elementwise_affine=False)", ROWS, (112, 56, 0, 28)),
    ("RMSNorm(7)", ROWS, (0, 0, 7, 0)),
    ("AdaptiveAvgPool2d(1)", PLANE, (300, 303, 0, 600)),
    ("AdaptiveAvgPool2d((2, 3))", PLANE, (300, 318, 0, 600)),
    ("AdaptiveAvgPool2d((7, 7))", PLANE, (300, 447, 0, 600)),
    ("AdaptiveAvgPool1d(3)", LINE, (0, 39, 0, 60)),
    ("AdaptiveAvgPool3d(2)", (1, 3, 4, 4, 4), (0, 216, 0, 384)),
    ("AdaptiveMaxPool2d(1)", PLANE, (0, 0, 0, 600)),
    ("AvgPool2d(2)", PLANE, (0, 75, 0, 600)),
    ("MaxPool2d(2)", PLANE, (0, 0, 0, 600)),
    ("LPPool2d(2, 2)", PLANE, (0, 0, 0, 450)),
    ("ReLU()", PLANE, (0, 0, 0, 600)),
    ("ReLU6()", PLANE, (0, 0, 0, 300)),
    ("SiLU()", PLANE, (0, 0, 0, 300)),
    ("GELU()", PLANE, (0, 0, 0, 600)),
    ("LeakyReLU()", PLANE, (0, 0, 0, 300)),
    ("ELU()", PLANE, (0, 0, 0, 600)),
    ("Sigmoid()", PLANE, (0, 0, 0, 0)),
    ("Hardswish()", PLANE, (0, 0, 0, 0)),
    ("Dropout()", PLANE, (0, 0, 0, 0)),
    ("PReLU(3)", PLANE, (0, 300, 3, 600)),
    ("PReLU()", PLANE, (0, 300, 1, 600)),
    ("Softmax(1)", PLANE, (0, 800, 0, 300)),
    ("Softmax(-1)", LINE, (0, 87, 0, 30)),
    ("LogSoftmax(1)", PLANE, (0, 0, 0, 0)),
    ("Softmax2d()", PLANE, (0, 0, 0, 300)),
    ("Upsample(scale_factor=2)", PLANE, (1200, 1200, 0, 2400)),
    ("Upsample(size=(15, 17))", PLANE, (765, 765, 0, 1530)),
    ("Upsample(scale_factor=2, mode='bilinear')", PLANE, (4800, 13200, 0, 2400)),
    ("Upsample(scale_factor=2, mode='bicubic')", PLANE, (0, 310800, 0, 2400)),
    ("Upsample(scale_factor=2, mode='linear')", LINE, (0, 300, 0, 120)),
    ("Upsample(scale_factor=2)", LINE, (0, 60, 0, 120)),
    ("Upsample(scale_factor=2, mode='trilinear')", (1, 3, 4, 4, 4), (0, 0, 0, 3072)),
    ("UpsamplingNearest2d(scale_factor=2)", PLANE, (1200, 1200, 0, 1200)),
    ("PixelShuffle(2)", (1, 4, 10, 10), (0, 0, 0, 0)),
    ("GLU(1)", (1, 4, 10, 10), (0, 0, 0, 0)),
    ("Unfold(2)", PLANE, (0, 0, 0, 0)),
]


@pytest.mark.parametrize(("text", "shape", "expected"), MEASURED, ids=str)
def test_what_the_tools_print_for_single_layers(
    text: str, shape: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    found = {count.key: count.number for count in counts(steps_of(text, *shape))}
    assert tuple(found[key] for key in ("fvcore", "thop", "torchinfo", "ptflops")) == expected
