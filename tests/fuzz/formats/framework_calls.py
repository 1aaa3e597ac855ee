"""Calls of other frameworks as LAYER, models of Keras as text, and error messages, damaged."""

from __future__ import annotations

import gzip
import json
import random
import re
from functools import cache
from io import BytesIO, StringIO, TextIOWrapper
from math import prod
from pathlib import Path
from typing import Any

from convcli.cli.app.main import main
from convcli.cli.output.streams import Streams
from tests.fuzz.case import LIMIT, Case, output_options, packed
from tests.fuzz.damage import any_value, damaged_data, damaged_text, text_of, with_number_replaced

# `trace --json` writes each sum, some 15,000 a second.
MOST_TRACED = 200  # numbers of an input
MOST_SUMS = 2000  # numbers of the output that is asked for
MOST_PRODUCTS = 50_000  # these times the numbers of the weight
DATA = Path(__file__).parents[2] / "data"
PREFIXES = {  # of a call, by the first word of a record's framework
    "keras": "keras.layers.", "tensorflow": "", "tflite": "tflite.", "jax": "", "flax": "",
    "onnxruntime": "onnx.", "paddle": "paddle.nn.functional.", "mxnet": "mxnet.",
    "openvino": "openvino.", "coremltools": "coremltools.", "caffe": "caffe.",
    "darknet": "darknet.", "opencv": "cv2.", "scipy.ndimage": "scipy.ndimage.",
    "scipy.signal": "scipy.signal.", "numpy": "", "octave": "matlab.", "torch": "",
}  # fmt: skip
MODELS = (
    "Sequential([Conv2D(8, 3, activation='relu'), MaxPooling2D(2), Flatten(), Dense(10)])",
    "keras.Sequential([keras.layers.Input((8, 8, 3)), keras.layers.Conv2D(4, 3, padding='same')])",
    "Sequential([SeparableConv2D(8, 3), BatchNormalization(), GlobalAveragePooling2D(), Dense(2)])",
)
TRACE = (
    'Traceback (most recent call last):\n  File "train.py", line 12, in <module>\n    y = net(x)\n'
)
MARKS = ("\x1b[31m", "> ", "```\n", "[rank0]: ", "\\n", "E       ", "2026-01-01 00:00:00 ERROR ")


@cache
def _records() -> tuple[dict[str, Any], ...]:
    with gzip.open(DATA / "frameworks.jsonl.gz", "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


@cache
def _messages() -> tuple[str, ...]:
    paths = sorted((DATA / "messages").glob("*.jsonl"))
    lines = (line for path in paths for line in path.read_text("utf-8").splitlines())
    return tuple(json.loads(line)["text"] for line in lines)


def _word(text: str) -> str:
    """The text as an argument can hold it: no NUL, not an option."""
    return "".join(c for c in text if c not in "\0\ud800").lstrip("-/.") or "x"


def _shape(rng: random.Random, sizes: Any) -> str:
    sizes = list(sizes or (1, 1, 5, 5))
    if rng.random() < 0.2:
        sizes[rng.randrange(len(sizes))] = rng.choice((0, 1, 2, 7, 999))
    return "x".join(map(str, sizes))


def _count(sizes: str) -> int:
    """The numbers of an array, or of some of them, as the weights of a separable layer."""
    return prod(map(int, re.findall(r"\d+", sizes)))


def _traced(text: str, sizes: str, weight: str) -> str:
    """`trace`, but `run` where that writes much: strides multiply the numbers of an input."""
    sums = 0
    if _count(sizes) <= MOST_TRACED:
        out, err = StringIO(), StringIO()
        if main(["shape", text, sizes, "-q"], Streams(TextIOWrapper(BytesIO()), out, err)) == 0:
            sums = _count(out.getvalue().strip())
    sums = max(sums, _count(weight))  # NumPy takes the longer array as the input
    small = sums <= MOST_SUMS and sums * _count(weight) <= MOST_PRODUCTS
    return "trace" if _count(sizes) <= MOST_TRACED and small else "run"


def make_call(rng: random.Random) -> Case:
    record = rng.choice(_records())
    arguments = dict(record["arguments"])
    if rng.random() < 0.5:
        name = rng.choice((*arguments, text_of(rng) or "a", "padding", "strides", "groups"))
        arguments[name] = any_value(rng)
    damaged = damaged_data(rng, arguments)
    if rng.random() < 0.3 and isinstance(damaged, dict):
        arguments = damaged
    prefix = PREFIXES[str(record["framework"]).replace("-", " ").split()[0]]
    name = str(record["layer"]).removeprefix("F.").strip("[]")
    text = f"{prefix}{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
    match rng.randrange(4):
        case 0:
            text = damaged_text(rng, text)
        case 1:
            text = with_number_replaced(rng, text)
    text, x, w = _word(text), _shape(rng, record["input_shape"]), record["weight_shape"]
    weight_sizes = _shape(rng, w) if w else "1"
    weight = (f"arange:{weight_sizes}",) if w else ()
    line: tuple[str, ...] = rng.choice((
        ("shape", text, x), ("run", text, f"arange:{x}", *weight, *LIMIT),
        ("run", text, f"arange:{x}", *weight, *LIMIT), ("stack", text, x),
        ("trace", text, f"arange:{x}", *weight, *LIMIT),
        ("show", text, f"arange:{x}", *weight, *LIMIT),
    ))  # fmt: skip
    if line[0] == "trace":
        line = (_traced(text, x, weight_sizes), *line[1:])
    return Case(line if line[0] == "show" else (*line, *output_options(rng)))


def make_model(rng: random.Random) -> Case:
    text = damaged_text(rng, rng.choice(MODELS))
    return Case(("stack", _word(text), rng.choice(("8x8x3", "1x8x8x3")), *output_options(rng)))


def make_message(rng: random.Random) -> Case:
    """An error message, in a traceback or between marks, damaged or not."""
    text = rng.choice(_messages())
    if rng.random() < 0.5:
        text = with_number_replaced(rng, text)
    if rng.random() < 0.5:
        text = damaged_text(rng, text)
    if rng.random() < 0.3:
        text = TRACE + text
    if rng.random() < 0.3:
        mark = rng.choice(MARKS)
        text = "\n".join(mark + line for line in text.splitlines())
    layers = ("--stack", "Conv2d(3, 8, 3); ReLU(); Conv2d(8, 4, 3)", "1x3x9x9")
    options = (*rng.choice(((), (), layers)), *rng.choice((("--json",), ("-q",), (), ())))
    data = text.encode("utf-8", "surrogatepass")
    match rng.randrange(3):
        case 0:
            return Case(("explain", _word(text), *options))
        case 1:
            return Case(("explain", "e.txt", *options), packed("e.txt", data))
        case _:
            return Case(("explain", "-", *options), stdin=data)
