"""What a refusal proposes is computed, and works: each line, its fix in words, the line mended."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcli.engine.geometry.axis import Axis
from convcli.engine.geometry.remedies import groups_hint, same_hint
from convcli.engine.geometry.spec import ConvSpec

Convcli = Callable[..., Any]

REMEDIES = [
    (
        "shape 'Conv2d(3, 64, 7)' 1x1x224x224",
        "A gray picture has 1 channel, RGB 3: repeat the channel 3 times. "
        "Or specify --in-channels 1.",
        "shape 'Conv2d(3, 64, 7)' 1x1x224x224 --in-channels 1",
    ),
    (
        "shape 'Conv2d(1, 64, 7)' 1x3x224x224",
        "Or specify --in-channels 3.",
        "shape 'Conv2d(1, 64, 7)' 1x3x224x224 --in-channels 3",
    ),
    (
        "shape 'Conv2d(3, 64, 7)' 1x4x224x224",
        "leave out its alpha channel",
        "shape 'Conv2d(3, 64, 7)' 1x4x224x224 --in-channels 4",
    ),
    (
        "shape 'Conv2d(3, 64, 7)' 1x224x224x3",
        "make it 1x3x224x224.",
        "shape 'Conv2d(3, 64, 7)' 1x3x224x224",
    ),
    (
        "shape 'Conv2d(3, 64, 2)' 1x224x3x200",
        "Axis H holds 3: if these are the channels, the order is (N, C, H, W): make it",
        "shape 'Conv2d(3, 64, 2)' 1x3x224x200",
    ),
    (
        "shape 'Conv2d(6, 64, 3, groups=2)' 1x3x9x9",
        "With --groups 2 the input holds the channels of all groups, 6.",
        "shape 'Conv2d(6, 64, 3, groups=2)' 1x6x9x9",
    ),
    (
        "run conv2d ones:4x5x5 ones:8x2x3x3",
        "Specify --groups 2: each group then reads 2 channels.",
        "run conv2d ones:4x5x5 ones:8x2x3x3 -g 2",
    ),
    (
        "run conv2d ones:1x5x5 ones:8x3x3x3",
        "Or take a weight of shape 8x1x3x3.",
        "run conv2d ones:1x5x5 ones:8x1x3x3",
    ),
    (
        "run conv_transpose2d ones:3x5x5 ones:2x4x3x3",
        "Take a weight of shape 3x4x3x3.",
        "run conv_transpose2d ones:3x5x5 ones:3x4x3x3",
    ),
    (
        "shape \"Conv2d(3, 64, 3, stride=2, padding='same')\" 1x3x224x224",
        "For the input 224x224, ceil(size/stride) outputs come from --padding 0:1,0:1",
        "shape 'Conv2d(3, 64, 3, stride=2)' 1x3x224x224 -p 0:1,0:1 --expect 1x64x112x112",
    ),
    (
        "shape conv2d 3x7x10 -c 8 -k 3,4 -s 2,3 -p same",
        "from --padding 1:1,1:2 (before:after).",
        "shape conv2d 3x7x10 -c 8 -k 3,4 -s 2,3 -p 1:1,1:2 --expect 8x4x4",
    ),
    (
        "shape \"Conv2d(3, 64, 3, padding='SAME')\" 1x3x9x9",
        "Did you mean same?",
        "shape \"Conv2d(3, 64, 3, padding='same')\" 1x3x9x9",
    ),
    ("shape conv2d 9x9 -k 3 -p SAME", "Did you mean same?", "shape conv2d 9x9 -k 3 -p same"),
    (
        "shape conv_transpose2d 9x9 -k 4 -s 2 -p same",
        "size*stride outputs come from --padding 1:1,1:1.",
        "shape conv_transpose2d 9x9 -k 4 -s 2 -p 1:1,1:1 --expect 18x18",
    ),
    (
        "shape conv_transpose2d 9x9 -k 2 -s 3 -p same",
        "come from --padding 0:0,0:0 and --output-padding 1,1.",
        "shape conv_transpose2d 9x9 -k 2 -s 3 -p 0 --output-padding 1 --expect 27x27",
    ),
    (
        "shape 'Conv2D(64, 3, strides=2)' 1x3x224x224",
        "Here it is written conv2d -c 64 -k 3 -s 2.",
        "shape conv2d 1x3x224x224 -c 64 -k 3 -s 2",
    ),
    (
        "shape 'Conv2DTranspose(filters=8, kernel_size=(2, 2), strides=2)' 3x9x9",
        "Here it is written conv_transpose2d -c 8 -k 2,2 -s 2.",
        "shape conv_transpose2d 3x9x9 -c 8 -k 2,2 -s 2",
    ),
    (
        "shape 'Conv2d(3, 64, 3, pad=1)' 3x9x9",
        "Did you mean padding? Write Conv2d(3, 64, 3, padding=1).",
        "shape 'Conv2d(3, 64, 3, padding=1)' 3x9x9",
    ),
    (
        "shape 'Conv2d(3, filters=64, kernelSize=3, strides=2)' 3x9x9",
        "Write Conv2d(3, out_channels=64, kernel_size=3, stride=2).",
        "shape 'Conv2d(3, out_channels=64, kernel_size=3, stride=2)' 3x9x9",
    ),
    ("shape conv2d 9x9 -k 3.0", "Write 3.", "shape conv2d 9x9 -k 3"),
    ("shape 'Conv2d(1, 1, 3.0)' 9x9", "Write 3.", "shape 'Conv2d(1, 1, 3)' 9x9"),
    (
        "shape 'Conv2d(6, 4, 3, groups=3)' 6x9x9",
        "Both are divisible by 1 and 2. Or specify --out-channels 3 or 6.",
        "shape 'Conv2d(6, 4, 3, groups=3)' 6x9x9 -c 6",
    ),
    (
        "shape 'ConvTranspose2d(1, 1, 3, stride=2, output_padding=2)' 9x9",
        "The largest is 1.",
        "shape 'ConvTranspose2d(1, 1, 3, stride=2, output_padding=1)' 9x9",
    ),
    (
        "shape conv2d 4x9 -k 7",
        "Specify at least --padding 2, or a smaller --kernel-size or --dilation.",
        "shape conv2d 4x9 -k 7 -p 2",
    ),
    (
        "shape 'MaxPool2d(3)' 2x2",
        "Write padding=1, or a smaller kernel_size.",
        "shape 'MaxPool2d(3, padding=1)' 2x2",
    ),
    (
        "shape conv_transpose2d 3x3 -k 3 -p 4",
        "At most 2 cells can be cropped on each side.",
        "shape conv_transpose2d 3x3 -k 3 -p 2",
    ),
    (
        "shape conv2d 9x9 -k 3 -s 1,2,2,1",
        "Without N and C this is --stride 2,2.",
        "shape conv2d 9x9 -k 3 -s 2,2",
    ),
    (
        "shape conv2d 9x9 -k 3 -p 0,0,1,1",
        "In the order of ONNX this is --padding 0:1,0:1,",
        "shape conv2d 9x9 -k 3 -p 0:1,0:1",
    ),
    (
        "shape conv2d 9x9 -k 3 -p 1,1,1,1",
        "Both sides of each axis are --padding 1:1,1:1",
        "shape conv2d 9x9 -k 3 -p 1:1,1:1",
    ),
    (
        "shape conv2d 9x9x9 -k 3,3,3 -c 1",
        "A layer of 3 axes is conv3d.",
        "shape conv3d 9x9x9 -k 3,3,3 -c 1",
    ),
    (
        "shape conv2d 4x4 -k 3 -p 4 --padding-mode reflect",
        "Try --padding-mode replicate.",
        "shape conv2d 4x4 -k 3 -p 4 --padding-mode replicate",
    ),
    (
        "stack 'Linear(10, 5)' 4x11",
        "Write in_features=11.",
        "stack 'Linear(11, 5)' 4x11",
    ),
    (
        "stack 'Conv2d(3, 8, 3)' 'Linear(8, 2)' 3x9x9",
        "A Flatten before it would make 1x392. Then in_features is 392, without it 7.",
        "stack 'Conv2d(3, 8, 3)' 'Flatten()' 'Linear(392, 2)' 3x9x9",
    ),
    (
        "stack 'GroupNorm(3, 8)' 1x8x4x4",
        "The nearest number of groups that divides it is 2.",
        "stack 'GroupNorm(2, 8)' 1x8x4x4",
    ),
    (
        "stack 'LayerNorm(10)' 1x3x8x8",
        "Write normalized_shape=[8].",
        "stack 'LayerNorm([8])' 1x3x8x8",
    ),
    (
        "shape conv2d 1x2x3x4x5 -k 3 -c 1",
        "A layer of 3 spatial axes takes so many.",
        "shape conv3d 1x2x3x4x5 -k 3 -c 1",
    ),
    (
        "shape conv2d 5 -k 3",
        "A layer of 1 spatial axis takes so many.",
        "shape conv1d 5 -k 3",
    ),
    (
        "run conv2d rand:2x6x5x3 ones:3x2x3x4",
        "takes 2. Specify --layout NHWC,HWIO.",
        "run conv2d rand:2x6x5x3 ones:3x2x3x4 --layout NHWC,HWIO",
    ),
    (
        "run conv2d rand:2x6x5x3 ones:3x2x3x4 --layout NHWC",
        "X has 3 channels on axis C of 2x6x5x3, but the weight 3x2x3x4 takes 2. "
        "Specify --layout NHWC,HWIO. Or take a weight of shape 3x3x3x4.",
        "run conv2d rand:2x6x5x3 ones:3x3x3x4 --layout NHWC",
    ),
    (
        "run conv2d rand:6x5x3 ones:4x3x3x3",
        "Specify --layout HWC.",
        "run conv2d rand:6x5x3 ones:4x3x3x3 --layout HWC",
    ),
    (
        "run 'Conv2d(3, 8, 3)' rand:1x9x9x3",
        "Specify --layout NHWC.",
        "run 'Conv2d(3, 8, 3)' rand:1x9x9x3 --layout NHWC",
    ),
    (
        "run conv2d rand:1x8x9x2 ones:3x3x2x4 --layout NHWC",
        "Specify --layout NHWC,HWIO.",
        "run conv2d rand:1x8x9x2 ones:3x3x2x4 --layout NHWC,HWIO",
    ),
    (
        "run conv2d ones:3x8x9 ones:1x1x3x3",
        "To filter each channel by itself, specify --groups depthwise and take the kernel alone, "
        "a weight of shape 3x3. Or take a weight of shape 1x3x3x3.",
        "run conv2d ones:3x8x9 ones:3x3 --groups depthwise",
    ),
    (
        "run conv2d ones:3x8x9 ones:1x1x3x3 -g depthwise",
        "a weight of shape 3x3. Or take a weight of shape 3x1x3x3.",
        "run conv2d ones:3x8x9 ones:3x1x3x3 -g depthwise",
    ),
    (
        "run conv2d ones:4x5x5 ones:3x2x3x3 -g 2",
        "Take a weight of shape 4x2x3x3.",
        "run conv2d ones:4x5x5 ones:4x2x3x3 -g 2",
    ),
    (
        "shape 'Conv2d(4, 8, 3, groups=2)' 3x8x8",
        "Specify --in-channels 3 and --groups 1.",
        "shape 'Conv2d(4, 8, 3, groups=2)' 3x8x8 --in-channels 3 --groups 1",
    ),
    (
        "shape 'Conv2d(4, 8, 3, groups=4)' 3x8x8",
        "Specify --in-channels 3, --groups 3 and --out-channels 6.",
        "shape 'Conv2d(4, 8, 3, groups=4)' 3x8x8 --in-channels 3 -g 3 -c 6",
    ),
    (
        "shape conv2d 9x9 -k 3 -s 2 -p SAME",
        "For the input 9x9, ceil(size/stride) outputs come from --padding 1:1,1:1",
        "shape conv2d 9x9 -k 3 -s 2 -p 1:1,1:1 --expect 5x5",
    ),
    (
        "shape conv_transpose2d 9x9 -k 4 -s 2 -p SAME",
        "size*stride outputs come from --padding 1:1,1:1.",
        "shape conv_transpose2d 9x9 -k 4 -s 2 -p 1:1,1:1 --expect 18x18",
    ),
    *(
        (
            f"{command} ones:5x6 ones:3x3 -p same -s 2",
            "For the input 5x6, ceil(size/stride) outputs come from --padding 1:1,0:1",
            f"{command} ones:5x6 ones:3x3 -p 1:1,0:1 -s 2",
        )
        for command in ("run conv2d", "trace conv2d", "grad conv2d", "matrix conv2d")
    ),
    (
        "shape \"Conv2D(filters=64, kernel_size=3, strides=2, padding='same')\" 1x32x32x3",
        "Here it is written conv2d -c 64 -k 3 -s 2 -p 0:1,0:1 --layout NHWC.",
        "shape conv2d -c 64 -k 3 -s 2 -p 0:1,0:1 --layout NHWC 1x32x32x3 --expect 1x16x16x64",
    ),
    (
        "shape \"Conv2D(8, (3, 2), 2, 'same', dilation_rate=1)\" 1x9x8x3",
        "Here it is written conv2d -c 8 -k 3,2 -s 2 -p 1:1,0:0 -d 1 --layout NHWC.",
        "shape conv2d -c 8 -k 3,2 -s 2 -p 1:1,0:0 -d 1 --layout NHWC 1x9x8x3 --expect 1x5x4x8",
    ),
    (
        "shape \"Conv1D(8, 3, padding='same')\" 1x9x2",
        "Here it is written conv1d -c 8 -k 3 -p same --layout NLC.",
        "shape conv1d -c 8 -k 3 -p same --layout NLC 1x9x2 --expect 1x9x8",
    ),
    (
        "shape \"Conv2DTranspose(8, 2, strides=3, padding='same')\" 1x9x9x3",
        "conv_transpose2d -c 8 -k 2 -s 3 -p 0:0,0:0 --output-padding 1,1 --layout NHWC.",
        "shape conv_transpose2d -c 8 -k 2 -s 3 -p 0:0,0:0 --output-padding 1,1 --layout NHWC "
        "1x9x9x3 --expect 1x27x27x8",
    ),
    (
        "shape \"Conv2D(8, 3, data_format='channels_first')\" 1x3x9x9",
        "Here it is written conv2d -c 8 -k 3.",
        "shape conv2d -c 8 -k 3 1x3x9x9",
    ),
    (
        "run \"Conv2D(8, 3, 2, 'same')\" rand:1x9x9x3",
        "Its padding depends on the input: convcli shape with this layer names it.",
        "run conv2d rand:1x9x9x3 rand:8x3x3x3 -s 2 -p 1:1,1:1 --layout NHWC",
    ),
    (
        "shape maxpool2d 3x32x32",
        "Specify --kernel-size, like --kernel-size 2.",
        "shape maxpool2d 3x32x32 --kernel-size 2",
    ),
    (
        "stack 'Conv2d(3, 4, 3), ReLU()' 3x9x9",
        "Several layers are for convcli stack: one a line, or with ; between them.",
        "stack 'Conv2d(3, 4, 3); ReLU()' 3x9x9",
    ),
    (
        "learn 'Conv2d(3,2,3)' rand:2x6x5x3:1 zeros:2x2x4x3 --layout NHWC --epochs 1",
        "TARGET must have the shape 2x4x3x2 of the output in NHWC, got 2x2x4x3.",
        "learn 'Conv2d(3,2,3)' rand:2x6x5x3:1 zeros:2x4x3x2 --layout NHWC --epochs 1",
    ),
    (
        "grad conv2d rand:2x6x5x3 ones:2x3x3x3 ones:2x2x4x3 --layout NHWC",
        "G must have the shape 2x4x3x2 of the output in NHWC, got 2x2x4x3.",
        "grad conv2d rand:2x6x5x3 ones:2x3x3x3 ones:2x4x3x2 --layout NHWC",
    ),
    (
        "run conv2d ones:3x3 ones:5x5 --each nothing.npy --out-dir out",
        "The files of --each take the place of X: leave X out.",
        "run conv2d ones:3x3 ones:3x3",
    ),
    (
        "shape conv2d 4x4 -k 7,9",
        "Specify at least --padding 3, or a smaller --kernel-size",
        "shape conv2d 4x4 -k 7,9 -p 3",
    ),
    (
        "shape conv2d 2x2 -k 7 --padding-mode reflect",
        "Specify at least --padding 3 and --padding-mode replicate,",
        "shape conv2d 2x2 -k 7 -p 3 --padding-mode replicate",
    ),
    ("shape 'MaxPol2d(2)' 8x8", "Did you mean MaxPool2d?", "shape 'MaxPool2d(2)' 8x8"),
]


@pytest.mark.parametrize(("line", "words", "mended"), REMEDIES, ids=[r[0] for r in REMEDIES])
def test_the_fix_is_named_and_works(line: str, words: str, mended: str, convcli: Convcli) -> None:
    refused = convcli(*shlex.split(line))
    assert (refused.status, refused.out) == (2, "")
    assert words in refused.err
    assert convcli(*shlex.split(mended)).status == 0


def test_same_gives_as_many_outputs_as_tensorflow() -> None:
    for size in range(1, 40):
        for kernel in (1, 2, 3, 5, 7):
            for stride in (1, 2, 3, 4):
                axis = Axis(kernel, stride)
                pad = axis.same_pad(size)
                spec = ConvSpec(1, 1, (axis,))
                assert f"{pad.before}:{pad.after}" in same_hint(spec, (size,))
                assert Axis(kernel, stride, 1, pad).output_size(size) == -(-size // stride)


def test_the_legal_groups_are_all_that_divide_both() -> None:
    for first in range(1, 25):
        for second in range(1, 25):
            legal = [g for g in range(1, 25) if first % g == second % g == 0]
            hint = groups_hint(first, second, 24)
            named = hint.split("divisible by ")[-1].split(".")[0] if len(legal) > 1 else "1"
            assert [int(word) for word in named.replace(" and", ",").split(", ")] == legal


@pytest.mark.parametrize(
    ("line", "shape", "parameters"),
    [
        ("'MaxPool2d(2)' 1x3x8x8", [1, 3, 4, 4], 0),
        ("'nn.MaxPool2d(3, stride=2, padding=1)' 64x112x112", [64, 56, 56], 0),
        ("maxpool2d 8x8 -k 2", [4, 4], 0),
        ("max_pool2d 1x3x8x8 -k 3 -s 1 -p 1", [1, 3, 8, 8], 0),
        ("'MaxPool2d(2)' 8x8 -s 1", [7, 7], 0),
        ("'AvgPool1d(2)' 9", [4], 0),
        ("'MaxPool2d(2, ceil_mode=True)' 9x9", [5, 5], 0),
        ("'AdaptiveAvgPool2d(1)' 512x7x7", [512, 1, 1], 0),
        ("'nn.Linear(10, 5)' 4x10", [4, 5], 55),
        ("'BatchNorm2d(3)' 1x3x8x8", [1, 3, 8, 8], 6),
        ("'Flatten()' 1x3x8x8", [1, 192], 0),
        ("'PixelShuffle(2)' 4x8x8", [1, 16, 16], 0),
        ("'Upsample(scale_factor=2)' 1x3x8x8", [1, 3, 16, 16], 0),
        ("relu 1x3x8x8", [1, 3, 8, 8], 0),
    ],
)
def test_shape_answers_for_other_layers(
    line: str, shape: list[int], parameters: int, convcli: Convcli
) -> None:
    words = shlex.split(line)
    data = json.loads(convcli("shape", *words, "--json").out)
    assert (data["output"]["shape"], data["parameters"]) == (shape, parameters)
    assert data["command"] == "shape"
    quiet = convcli("shape", *words, "-q").out
    assert quiet == "x".join(map(str, shape)) + "\n"
    if not any(word.startswith("-") for word in words) and "(" in line:
        assert convcli("stack", *words, "-q").out == quiet


def test_other_layers_refuse_in_their_own_words(convcli: Convcli) -> None:
    for line, words in (
        ("'MaxPool2d(2)' 8x8 -g 2", "--groups does not belong to MaxPool2d, which takes"),
        ("'BatchNorm2d(4)' 1x3x8x8", "layer BatchNorm2d: num_features must be 3"),
        ("'Linear(10, 5)' 4x11", "layer Linear: in_features must be"),
        ("'Add()' 8x8", "needs the names of two layers"),
    ):
        result = convcli("shape", *shlex.split(line))
        assert result.status == 2
        assert words in result.err


@pytest.mark.parametrize(
    ("layer", "channels", "fix"),
    [
        (("conv2d", "x.png", "ones:1x1x3x3"), 3, "gray"),
        (("Conv2d(1, 2, 3)", "x.png"), 3, "gray"),
        (("Conv2d(3, 2, 3)", "x.png"), 4, "rgb"),
        (("Conv2d(3, 2, 3)", "x.png"), 1, "rgb"),
        (("conv2d", "x.png:1", "ones:2x3x3x3"), 1, "rgb"),
    ],
)
def test_a_picture_takes_the_form_that_the_layer_takes(
    layer: tuple[str, ...],
    channels: int,
    fix: str,
    convcli: Convcli,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = pytest.importorskip("PIL.Image")
    monkeypatch.chdir(tmp_path)
    image.new({1: "L", 3: "RGB", 4: "RGBA"}[channels], (8, 9)).save("x.png")
    refused = convcli("run", *layer)
    name, _, *weight = (*layer, "")
    written = f"{layer[1]}:{fix}"
    assert refused.status == 2
    assert f"Write {written}, which has" in refused.err
    assert convcli("run", name, written, *filter(None, weight), "-q").status == 0


@pytest.mark.parametrize(
    ("line", "option", "values"),
    [
        ("shape conv2d 9x9 -k 3 -k 4", "--kernel-size", ("3", "4")),
        ("shape conv2d 9x9 -k3 --kernel-size=4", "--kernel-size", ("3", "4")),
        ("run conv2d ones:5x5 ones:3x3 --layout NHWC --layout HWIO", "--layout", ("NHWC", "HWIO")),
        ("run conv2d ones:5x5 ones:3x3 -f csv -f json", "--format", ("csv", "json")),
        ("stack 'ReLU()' 9x9 -o a.csv -o b.csv", "--output", ("a.csv", "b.csv")),
        ("check --seed 1 --seed 2", "--seed", ("1", "2")),
    ],
)
def test_an_option_with_two_values_is_refused(
    line: str, option: str, values: tuple[str, str], convcli: Convcli
) -> None:
    refused = convcli(*shlex.split(line))
    assert (refused.status, refused.out) == (2, "")
    assert f"{option} has two values, '{values[0]}' and '{values[1]}'" in refused.err


def test_the_same_value_twice_and_options_that_gather_values_stay(convcli: Convcli) -> None:
    assert convcli("shape", "conv2d", "9x9", "-k", "3", "-k", "3", "-q").out == "7x7\n"
    line = ("trace", "conv2d", "ones:5x5", "ones:3x3", "--at", "0,0", "--at", "1,1", "-f", "jsonl")
    assert len(convcli(*line).out.splitlines()) == 2


@pytest.mark.parametrize(
    ("words", "shape"),
    [
        (["ConvTranspose2d(4, 6, 3)", "ones:4x5x5", "ones:6x4x3x3"],
         "4x6x3x3, (C_in, C_out/groups, *kernel_size)"),
        (["Conv2d(8, 16, 3, groups=4)", "ones:8x5x5", "ones:16x8x3x3"],
         "16x2x3x3, (C_out, C_in/groups, *kernel_size)"),
        (["Conv2d(8, 16, 3)", "ones:8x5x5", "ones:16x8x5x5"],
         "16x8x3x3, (C_out, C_in/groups, *kernel_size)"),
        (["Conv2d(8, 16, 3)", "ones:8x5x5", "ones:3x3x16x8", "--layout", "NCHW,HWIO"],
         "3x3x8x16"),
    ],
)  # fmt: skip
def test_a_weight_of_another_shape(convcli: Convcli, words: list[str], shape: str) -> None:
    result = convcli("run", *words)
    assert result.status == 2
    assert f"The weight of this layer has the shape {shape}." in result.err
