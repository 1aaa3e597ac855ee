"""Damaged text: expressions, shapes, options, literals, CSV, JSON arrays, lines of --batch."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.fuzz.case import LIMIT, Case, array_command, output_options, packed
from tests.fuzz.damage import (
    any_number,
    any_value,
    damaged_data,
    damaged_text,
    text_of,
    with_number_replaced,
)

EXPRESSIONS = (  # each with a shape that it fits
    ("Conv2d(3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False)", "1x3x16x16"),
    ("nn.Conv1d(1, 2, 3, padding='same')", "1x1x9"),
    ("torch.nn.ConvTranspose2d(4, 2, 3, stride=2, output_padding=1, groups=2)", "1x4x5x5"),
    ("(conv1): Conv2d(1, 1, kernel_size=(3, 3))", "1x1x8x8"),
    ("self.c = nn.Conv3d(1, 1, 3, padding_mode='reflect', padding=1)", "1x1x4x4x4"),
    ("Conv2d(1, 2*3, 3//1, device='cuda', dtype=None)", "1x1x8x8"),
    ("Linear(4 * 2, 5)", "1x8"),
    ("GroupNorm(2, 4)", "1x4x4x4"),
    ("Upsample(scale_factor=2, mode='bilinear')", "1x1x4x4"),
    ("Unflatten(1, (2, 2))", "1x4x4x4"),
    ("MaxPool2d(3, stride=2, ceil_mode=True)", "1x1x8x8"),
    ("AdaptiveAvgPool2d((1, None))", "1x1x8x8"),
    ("Fold((4, 4), 2)", "1x4x9"),
    ("PixelShuffle(2)", "1x4x4x4"),
    ("LayerNorm([4, 4], elementwise_affine=False)", "1x4x4x4"),
    ("Embedding(10, 3)", "1x4"),
    ("LPPool2d(1.2, 3)", "1x1x8x8"),
    ("ZeroPad2d((1, 2, 0, -1))", "1x1x8x8"),
    ("Flatten(1, -1)", "1x4x4x4"),
    ("BatchNorm2d(4)", "1x4x4x4"),
    ("Softmax(dim=1)", "1x4"),
)
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
    "1 2\n3 4\n", "\u22121 2", "1,5 2,5", "1 -1", "-1 2; 3 -4",
    "ones:3x3", "rand:6:1", "zeros:2x2", "[[[[1, 2], [3, 4]]]]",
)  # fmt: skip


def _word(text: str) -> str:
    """The text as an argument can hold it: no NUL, not an option."""
    return "".join(c for c in text if c not in "\0\ud800").lstrip("-/.") or "x"


def make_expression(rng: random.Random) -> Case:
    text, shape = rng.choice(EXPRESSIONS)
    match rng.randrange(5):
        case 0 | 1:
            text = with_number_replaced(rng, text)
        case 2 | 3:
            text = damaged_text(rng, text)
        case 4:
            shape = rng.choice(SHAPES)
    text = _word(text)
    line: tuple[str, ...] = rng.choice((
        ("shape", text, shape), ("stack", text, shape), ("stack", text, shape, "--prove"),
        ("stack", text, text, shape), ("stack", text, shape, "--sizes", "1..9"),
        ("stack", text, shape, "--mirror"), ("stack", text, shape, "--target-rf", "5"),
        ("init", text, *LIMIT), ("run", text, f"arange:{shape}", *LIMIT),
        ("solve", text, shape, "8x8"),
        ("learn", text, f"ones:{shape}", f"ones:{shape}", "--epochs", "1", *LIMIT),
        ("trace", text, f"ones:{shape}", "ones:3x3", "--limit", "2", *LIMIT),
    ))  # fmt: skip
    return Case((*line, *output_options(rng)))


RIGHT = (
    ("shape", "conv2d", "1x2x9x9", "-k", "3", "-c", "4"),
    ("shape", "conv_transpose2d", "1x2x4x4", "-k", "3", "-c", "4"),
    ("init", "conv1d", "-k", "3", "-c", "2", "--in-channels", "2", *LIMIT),
    ("stack", "conv2d; ReLU()", "1x2x9x9", "-k", "3", "-c", "4"),
    ("solve", "conv2d", "9x9", "4x4"),
    ("solve", "conv1d", "9", "9", "-k", "3"),
    ("run", "conv2d", "arange:1x2x5x5", "ones:2x2x3x3", *LIMIT),
    ("trace", "conv1d", "arange:9", "ones:3"),
    ("grad", "conv2d", "arange:5x5", "ones:3x3", *LIMIT),
    ("matrix", "conv2d", "arange:5x5", "ones:3x3", *LIMIT),
    ("learn", "conv2d", "ones:5x5", "ones:3x3", "-k", "3", "--epochs", "2", *LIMIT),
    ("stack", "Conv2d(1,1,3)", "1x1x9x9"),
    ("check", "--cases", "1"),
)
FURTHER = {
    "trace": ("--at", "--limit", "--view", "--max-memory"),
    "stack": ("--sizes", "--unit", "--target-rf"),
    "learn": ("--lr", "--seed", "--momentum", "--every", "--target-loss", "--weight-decay"),
    "run": ("--max-memory", "--seed", "--threads", "--bias"),
    "init": ("--seed", "--scheme", "--gain"),
    "grad": ("--at", "--bias"),
}


def make_option(rng: random.Random) -> Case:
    """A command line that is right, with one or two more options, or another value in it."""
    line = list(rng.choice(RIGHT))
    names = NUMBER_OPTIONS + FURTHER.get(line[0], ()) * 2
    if line[0] == "check":
        return Case((*line, "--seed", _value(rng), *output_options(rng)), needs=("torch",))
    if rng.random() < 0.3:
        at = rng.randrange(1, len(line))
        if not line[at].startswith("-"):
            line[at] = _word(damaged_text(rng, line[at]))
    for name in rng.sample(names, rng.choice((0, 1, 1, 2))):
        line += [name, _value(rng)]
    return Case((*line, *output_options(rng)))


def _value(rng: random.Random) -> str:
    text = rng.choice(PER_AXIS)
    match rng.randrange(8):
        case 0:
            return str(any_number(rng))
        case 1:
            return "".join(c for c in damaged_text(rng, text) if c not in "\0\ud800")[:3000] or "0"
    return text


def make_literal(rng: random.Random) -> Case:
    text = rng.choice(LITERALS)
    text = _word(damaged_text(rng, text)) if rng.random() < 0.9 else text
    if text[0].isdigit() and rng.random() < 0.2:
        text = rng.choice(("-", "-.", "\u2212", "-inf ")) + text
    return Case(array_command(rng, text))


CELLS = ("1", "2.5", "-3", "1,5", "1,234", "1.234,5", "1 000", "", "NA", "nan", "1e3", '"1,5"', "x")
NAMES = ("a", "b", "time", '"x;y"', "1", "", "a")
CHOICES = ("a", "2", "1..2", "a..b", "b,a", '"x;y"', "0", "9", "..", ",", "a:b")


def make_csv(rng: random.Random) -> Case:
    """Tables of every dialect, with names, comments and quotes, and choices of columns."""
    separator = rng.choice((",", ",", ";", "\t", " ", "|", ", "))
    cells = CELLS if rng.random() < 0.5 else ("1", "2.5", "-3")
    width = rng.choice((1, 2, 3, 3))
    rows = [
        separator.join(rng.choice(cells) for _ in range(width))
        for _ in range(rng.choice((1, 3, 9)))
    ]
    if rng.random() < 0.4:
        rows.insert(0, separator.join(rng.choices(NAMES, k=width)))
    if rng.random() < 0.2:
        rows.insert(rng.randrange(len(rows) + 1), rng.choice(("# comment", "", f"sep={separator}")))
    text = rng.choice(("\n", "\r\n", "\r", "\n\n")).join(rows)
    text = damaged_text(rng, text) if rng.random() < 0.6 else text
    suffix = rng.choice(("csv", "tsv", "txt"))
    data = text.encode(rng.choice(("utf-8", "utf-16", "utf-8-sig", "utf-32")), "surrogatepass")
    choice = f":{rng.choice(CHOICES)}" if rng.random() < 0.4 else ""
    return Case(array_command(rng, f"x.{suffix}{choice}"), packed(f"x.{suffix}", data))


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
