"""Published totals of networks, from the definitions that come with convcli; what comes back; mirrors."""

from __future__ import annotations

import random

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.decoder import mirror
from convcli.engine.network.flop_conventions import counts
from convcli.engine.network.input_sizes import mended, tried_sizes
from convcli.engine.network.walk import Step, totals, walk
from convcli.errors import ConvError
from convcli.inputs.networks.lists import Stack, read_stack
from tests.random_stacks import random_stack

IMAGE = (1, 3, 224, 224)

# parameters; multiply-adds without biases, as torch.utils.flop_counter counts them twice; the field before the last pooling
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
# what ptflops 0.7.5 (aten), fvcore 0.1.5, thop 0.1.1 and torchinfo 1.8.0 print for torchvision's models
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


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_totals(name: str) -> None:
    shape, output, parameters, macs = PUBLISHED[name]
    steps = walk(stack_of(name).nodes, Shape(shape))
    found = totals(steps, Shape(shape))
    assert steps[-1].output == output
    assert (found.parameters, found.macs) == (parameters, macs)
    assert {count.key: count.number for count in counts(steps)}["operations"] == 2 * macs


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
    """Araujo et al. 2019 have AlexNet's, VGG-16's, MobileNetV2's; the ResNets with the stride in the 3x3 follow by hand."""
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


UNET = """enc1: Conv2d(1, 8, 3, padding=1); MaxPool2d(2); enc2: Conv2d(8, 16, 3, padding=1); MaxPool2d(2)
Conv2d(16, 32, 3, padding=1); up2: ConvTranspose2d(32, 16, 2, stride=2); Concat() <- up2, enc2
Conv2d(32, 16, 3, padding=1); up1: ConvTranspose2d(16, 8, 2, stride=2); Concat() <- up1, enc1; Conv2d(16, 2, 1)"""


def test_sizes_that_survive_a_unet_and_the_output_padding_that_mends_others() -> None:
    nodes = read_stack([UNET]).nodes
    tried = list(tried_sizes(nodes, Shape((1, 1, 8, 8)), range(1, 41)))
    assert [one.size for one in tried if one.comes_back] == list(range(4, 41, 4))
    assert all(one.error for one in tried if one.size % 4)
    for height, width in [(33, 35), (17, 16), (22, 39)]:
        shape = Shape((1, 1, height, width))
        found = mended(nodes, shape)
        assert walk(found.nodes, shape)[-1].output == (1, 2, height, width)
        assert found.output_padding
    assert mended(nodes, Shape((1, 1, 32, 32))).output_padding == {}


def test_output_padding_mends_random_encoder_decoders() -> None:
    rng = random.Random(4)
    for _ in range(300):
        kernels = [(rng.choice((2, 3, 4, 5)), rng.choice((2, 3))) for _ in range(rng.randint(1, 3))]
        encoder = [f"Conv1d(1,1,{k},stride={s},padding={k // 2})" for k, s in kernels]
        decoder = [
            f"ConvTranspose1d(1,1,{k},stride={s},padding={k // 2})" for k, s in reversed(kernels)
        ]
        shape = Shape((1, 1, rng.randint(20, 90)))
        found = mended(read_stack(encoder + decoder).nodes, shape)
        assert walk(found.nodes, shape)[-1].output == shape


def test_the_mirror_gives_back_every_shape() -> None:
    rng = random.Random(5)
    mirrored = 0
    for _ in range(600):
        texts, shape, steps = random_stack(rng)
        if any(word in text for text in texts for word in ("Adaptive", "Upsample")) or texts == (
            "ReLU()",
        ) * len(texts):
            continue
        back = walk(mirror(steps), steps[-1].output)
        assert back[-1].output == shape, texts
        mirrored += 1
    assert mirrored > 150


def test_a_mirror_in_words() -> None:
    encoder = "Conv2d(1,8,5,stride=2); BatchNorm2d(8); ReLU(); MaxPool2d(3,stride=2,ceil_mode=True); Flatten(); Linear(288,10)"
    back = walk(mirror(steps_of(encoder, 1, 1, 28, 28)), Shape((1, 10)))
    kinds = [type(step.layer).__name__ for step in back]
    assert kinds == [
        "Linear",
        "Unflatten",
        "Convolution",
        "Normalisation",
        "Pointwise",
        "Convolution",
    ]
    assert back[-1].output == (1, 1, 28, 28)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Add() <- input, input", "mirror.branches"),
        ("Upsample(scale_factor=2)", "mirror.layer"),
        ("ReLU()", "mirror.empty"),
    ],
)
def test_what_has_no_mirror(text: str, code: str) -> None:
    with pytest.raises(ConvError) as caught:
        mirror(steps_of(text, 1, 1, 8, 8))
    assert caught.value.code == code


def test_an_error_names_its_layer() -> None:
    with pytest.raises(ConvError) as caught:
        steps_of("first: Conv2d(1,1,3); second: MaxPool2d(9)", 1, 1, 8, 8)
    assert str(caught.value).startswith(
        "layer second: kernel_size on axis H: the window spans 9 cells"
    )
