"""Damaged text: expressions, shapes, options, literals, CSV, JSON arrays, lines of --batch."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.fuzz.case import Case, array_command, output_options, packed
from tests.fuzz.damage import (
    any_number,
    any_value,
    damaged_data,
    damaged_text,
    text_of,
    with_number_replaced,
)

EXPRESSIONS = (
    "Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)",
    "nn.Conv1d(1, 2, 3, padding='same')",
    "torch.nn.ConvTranspose2d(4, 2, 3, stride=2, output_padding=1, groups=2)",
    "(conv1): Conv2d(1, 1, kernel_size=(3, 3))",
    "self.c = nn.Conv3d(1, 1, 3, padding_mode='reflect', padding=1)",
    "Conv2d(1, 2*3, 3//1, device='cuda', dtype=None)",
    "Linear(512 * 7 * 7, 4096)", "GroupNorm(2, 4)", "Upsample(scale_factor=2, mode='bilinear')",
    "Unflatten(1, (2, 2))",
    "MaxPool2d(3, stride=2, ceil_mode=True)", "AdaptiveAvgPool2d((1, None))", "Fold((4, 4), 2)",
    "PixelShuffle(2)",
    "LayerNorm([4, 4], elementwise_affine=False)", "Embedding(10, 3)", "LPPool2d(1.2, 3)",
    "ZeroPad2d((1, 2, 0, -1))",
)  # fmt: skip
SHAPES = ("1x3x224x224", "1,3,9,9", "torch.Size([1, 3, 9, 9])", "9x9", "7", "1x1x5x5x5", "0x3")
PER_AXIS = (
    "1",
    "1",
    "2",
    "3",
    "1",
    "1,2",
    "2x1",
    "1:2",
    "1:2,0:3",
    "same",
    "valid",
    "depthwise",
    "1..7",
    "0",
    "-1",
)
NUMBER_OPTIONS = (
    "-k", "-c", "--in-channels", "-s", "-p", "-d", "-g", "--output-padding", "--precision",
    "--padding-mode", "--expect",
)  # fmt: skip
LITERALS = (
    "[[1, 2], [3, 4]]", "tensor([[1., 2.], [3., 4.]], dtype=torch.float64)",
    "array([1e5, -2, nan, inf])", "1 2; 3 4",
    "1,2,3", "arange:5x5:1", "full:3x3:0.5", "randn:1x1x4x4:0", "randint:4x4:3",
    "kernel:gaussian:5:1.0", "kernel:sobel-x",
    "ones:3x3", "rand:6:1", "zeros:2x2", "[[[[1, 2], [3, 4]]]]",
)  # fmt: skip


def _word(text: str) -> str:
    """The text as an argument can hold it: no NUL, not an option."""
    return "".join(c for c in text if c not in "\0\ud800").lstrip("-/.") or "x"


def make_expression(rng: random.Random) -> Case:
    text = rng.choice(EXPRESSIONS)
    text = with_number_replaced(rng, text) if rng.random() < 0.4 else damaged_text(rng, text)
    text = _word(text)
    shape = rng.choice(("1x3x16x16", "1x1x8x8", "4x8", "1x4x4", "3x4x4x4"))
    line: tuple[str, ...] = rng.choice((
        ("shape", text, shape), ("shape", text, shape), ("stack", text, shape),
        ("stack", text, shape, "--prove"),
        ("init", text), ("run", text, f"arange:{shape}"), ("solve", text, "16x16", "8x8"),
        ("grad", text, f"ones:{shape}", "ones:3x3"),
        ("learn", text, f"ones:{shape}", "ones:2x2", "--epochs", "1"),
    ))  # fmt: skip
    return Case((*line, *output_options(rng)))


def make_option(rng: random.Random) -> Case:
    """Shapes and numbers beside an operator."""
    shape = rng.choice(SHAPES)
    shape = _word(damaged_text(rng, shape)) if rng.random() < 0.4 else shape
    options: list[str] = []
    for name in rng.sample(NUMBER_OPTIONS, rng.choice((1, 1, 2))):
        options += [name, _value(rng)]
    layer = rng.choice(("conv1d", "conv2d", "conv2d", "conv2d", "conv3d", "conv_transpose2d"))
    line = rng.choice((
        ("shape", layer, shape), ("solve", layer, shape, rng.choice(SHAPES)), ("init", layer),
        ("stack", layer, shape),
        ("run", layer, "arange:1x2x5x5", "ones:3x3"),
        ("trace", layer, "arange:5x5", "ones:3x3", "--at", _value(rng)),
        ("stack", "ReLU()", shape, "--sizes", _value(rng)),
        ("stack", "Conv2d(1,1,3)", shape, "--unit", _value(rng)),
        ("run", layer, "arange:5x5", "ones:3x3", "--max-memory", _value(rng)),
        ("check", "--cases", _value(rng, small=True)),
        ("learn", layer, "ones:5x5", "ones:3x3", "--lr", _value(rng), "--seed", _value(rng)),
    ))  # fmt: skip
    return Case((*line, *options, *output_options(rng)))


def _value(rng: random.Random, *, small: bool = False) -> str:
    text = rng.choice(("0", "-1", "1", "x") if small else PER_AXIS)
    match rng.randrange(8):
        case 0 if not small:
            return str(any_number(rng))
        case 1 if not small:
            return "".join(c for c in damaged_text(rng, text) if c not in "\0\ud800")[:3000] or "0"
    return text


def make_literal(rng: random.Random) -> Case:
    text = rng.choice(LITERALS)
    text = _word(damaged_text(rng, text)) if rng.random() < 0.9 else text
    return Case(array_command(rng, text))


def make_csv(rng: random.Random) -> Case:
    rows = [
        ",".join(str(rng.choice((1, 2.5, -3))) for _ in range(3))
        for _ in range(rng.choice((1, 3, 9)))
    ]
    text = rng.choice(("\n", "\r\n", "\r", ";")).join(rows)
    text = damaged_text(rng, text)
    suffix = rng.choice(("csv", "tsv", "txt"))
    data = text.encode(rng.choice(("utf-8", "utf-16", "utf-8-sig")), "surrogatepass")
    return Case(array_command(rng, f"x.{suffix}"), packed(f"x.{suffix}", data))


def make_json_array(rng: random.Random) -> Case:
    data: Any = rng.choice(([[1, 2], [3, 4]], [1.5, 2], [[[1]]], [[1, 2, 3]] * 3))
    for _ in range(rng.choice((0, 1, 2))):
        data = damaged_data(rng, data)
    text = json.dumps(data)
    if rng.random() < 0.6:
        text = damaged_text(rng, text)
    return Case(array_command(rng, "x.json"), packed("x.json", text))


BATCH_LINES: tuple[dict[str, Any], ...] = (
    {"layer": "conv2d", "input_shape": [1, 3, 9, 9], "kernel_size": 3, "out_channels": 8},
    {"layer": "Conv2d(3, 8, 3)", "shape": "1x3x9x9", "name": "a", "id": 7},
    {
        "layer": "conv_transpose2d",
        "input": [1, 2, 4, 4],
        "kernel_size": [3, 3],
        "stride": 2,
        "groups": 1,
    },
    {"layer": "conv1d", "input_shape": [9], "kernel_size": 3, "padding": "same", "bias": False},
    {"layer": "conv2d", "input_shape": [5, 5], "kernel_size": 3, "padding": [[1, 2], [0, 1]]},
)


def make_batch(rng: random.Random) -> Case:
    """Lines of `shape --batch`, from a file or from standard input."""
    lines = []
    for _ in range(rng.choice((1, 2, 5))):
        record: Any = dict(rng.choice(BATCH_LINES))
        if rng.random() < 0.5:
            keys = (
                *record,
                "dilation",
                "padding_mode",
                "output_padding",
                "id",
                "family",
                text_of(rng),
            )
            record[rng.choice(keys)] = any_value(rng)
        record = damaged_data(rng, record) if rng.random() < 0.4 else record
        line = json.dumps(record, ensure_ascii=rng.random() < 0.5)
        lines.append(damaged_text(rng, line) if rng.random() < 0.3 else line)
    data = rng.choice(("\n", "\n\n", "\r\n")).join(lines).encode("utf-8", "surrogatepass")
    quiet = rng.choice(((), ("-q",)))
    if rng.random() < 0.5:
        return Case(("shape", "--batch", "-", *quiet), stdin=data)
    return Case(("shape", "--batch", "b.jsonl", *quiet), packed("b.jsonl", data))
