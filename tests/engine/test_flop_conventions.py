"""The cost of networks and of single layers, as other tools print it."""

from __future__ import annotations

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.flop_conventions import counts
from convcli.engine.network.walk import Step, walk
from convcli.inputs.networks.lists import Stack, read_stack

IMAGE = (1, 3, 224, 224)


# what ptflops 0.7.5 (aten), fvcore 0.1.5, thop 0.1.1 and torchinfo 1.8.0 print for models of
# torchvision
PRINTED = {
    "alexnet": (714_682_664, 714_197_696, 714_206_912, 714_682_664),
    "vgg16": (15_483_821_032, 15_470_289_408, 15_470_314_496, 15_483_821_032),
    "resnet18": (1_814_074_344, 1_819_065_856, 1_824_033_792, 1_814_083_944),
    "resnet50": (4_089_185_256, 4_111_512_576, 4_133_742_592, 4_089_238_376),
}


def stack_of(name: str) -> Stack:
    return read_stack([name])


def steps_of(text: str, *shape: int) -> list[Step]:
    return walk(read_stack([text]).nodes, Shape(shape))


@pytest.mark.parametrize("name", PRINTED)
def test_the_tools_print_what_is_said_of_them(name: str) -> None:
    found = {count.tool: count.number for count in counts(walk(stack_of(name).nodes, Shape(IMAGE)))}
    assert (
        tuple(found[tool] for tool in ("ptflops", "fvcore", "thop", "torchinfo")) == PRINTED[name]
    )


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
    tools = [count.tool for count in counts(steps_of("PixelShuffle(2)", 1, 4, 3, 3))]
    assert tools == [None, "ptflops", "torch.utils.flop_counter", None]


def test_each_count_of_a_small_network_has_its_number() -> None:
    steps = steps_of("Conv2d(1, 2, 3); ReLU(); Flatten(); Linear(8, 3)", 1, 1, 4, 4)
    macs, biases = 2 * 9 * 4 + 8 * 3, 2 * 4 + 3
    numbers = {count.key: count.number for count in counts(steps)}
    assert numbers["macs"] == macs
    assert numbers["macs_and_bias"] == macs + biases
    assert numbers["operations"] == 2 * macs
    assert numbers["operations_and_bias"] == 2 * macs + biases
