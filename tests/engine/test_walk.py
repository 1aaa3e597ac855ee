"""Published totals and receptive fields of networks that come with convcli; memory; errors."""

from __future__ import annotations

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.flop_conventions import counts
from convcli.engine.network.walk import Step, totals, walk
from convcli.errors import ConvError
from convcli.inputs.networks.lists import Stack, read_stack

IMAGE = (1, 3, 224, 224)


# input, output, parameters, and multiply-adds; torch.utils.flop_counter prints twice as many
PUBLISHED = {
    "lenet5": ((1, 1, 28, 28), (1, 10), 61_706, 416_520),
    "alexnet": (IMAGE, (1, 1000), 61_100_840, 714_188_480),
    "vgg16": (IMAGE, (1, 1000), 138_357_544, 15_470_264_320),
    "resnet18": (IMAGE, (1, 1000), 11_689_512, 1_814_073_344),
    "resnet50": (IMAGE, (1, 1000), 25_557_032, 4_089_184_256),
    "mobilenet_v2": (IMAGE, (1, 1000), 3_504_872, 300_774_272),
    "unet": ((1, 1, 572, 572), (1, 2, 388, 388), 31_030_658, 150_428_424_448),
    "dcgan_generator": ((1, 100, 1, 1), (1, 3, 64, 64), 3_576_704, 104_628_224),
}


def stack_of(name: str) -> Stack:
    return read_stack([name])


def steps_of(text: str, *shape: int) -> list[Step]:
    return walk(read_stack([text]).nodes, Shape(shape))


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_totals(name: str) -> None:
    shape, output, parameters, macs = PUBLISHED[name]
    steps = walk(stack_of(name).nodes, Shape(shape))
    found = totals(steps, Shape(shape))
    assert steps[-1].output == output
    assert (found.parameters, found.macs) == (parameters, macs)
    assert {count.key: count.number for count in counts(steps)}["operations"] == 2 * macs


def test_memory() -> None:
    steps = steps_of(
        "a: Conv1d(1,4,1); b: Conv1d(4,1,1); Concat() <- a, b; Conv1d(5,1,1)", 1, 1, 10
    )
    found = totals(steps, Shape((1, 1, 10)))
    assert found.activations == 40 + 10 + 50 + 10
    assert found.held_at_once == 40 + 10 + 50  # a until the branches meet


@pytest.mark.parametrize(
    ("name", "field"),
    [("alexnet", 195), ("vgg16", 212), ("resnet18", 435), ("resnet50", 427), ("mobilenet_v2", 491)],
)
def test_published_receptive_fields(name: str, field: int) -> None:
    """AlexNet, VGG-16, MobileNetV2 from Araujo et al. 2019; the ResNets by hand."""
    steps = walk(stack_of(name).nodes, Shape(IMAGE))
    before_pooling = max(
        at
        for at, step in enumerate(steps)
        if step.fields and type(step.layer).__name__ != "AdaptivePool"
    )
    found = steps[before_pooling].fields[0]  # type: ignore[index]
    assert found is not None
    assert (found.size, found.jump) == (field, 32)


def test_wavenet_sees_1024_samples() -> None:
    field = walk(stack_of("wavenet").nodes, Shape((1, 1, 16000)))[-1].fields[0]  # type: ignore[index]
    assert field is not None
    assert field.size == 1024


def test_an_error_names_its_layer() -> None:
    with pytest.raises(ConvError) as caught:
        steps_of("first: Conv2d(1,1,3); second: MaxPool2d(9)", 1, 1, 8, 8)
    assert str(caught.value).startswith(
        "layer second: kernel_size on axis H: the window spans 9 cells"
    )
