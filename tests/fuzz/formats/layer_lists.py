"""Lists of layers for `stack` in JSON, JSON Lines, YAML, TOML, text and Python, damaged."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.fuzz.case import Case, packed, picked, stack_case
from tests.fuzz.damage import CANARY, any_number, any_value, damaged_data, damaged_text, text_of

LAYERS = (
    "Conv2d(1, 4, 3, padding=1)", "ReLU()", "MaxPool2d(2)", "BatchNorm2d(4)", "Flatten()",
    "Linear(64, 10)", "Softmax(dim=1)",
    "ConvTranspose2d(4, 1, 2, stride=2)", "Upsample(scale_factor=2)", "GroupNorm(2, 4)", "Add()",
    "Concat(dim=1)",
    "AdaptiveAvgPool2d(1)", "PixelShuffle(2)", "Unflatten(1, (2, 2))", "ReflectionPad2d(1)",
    "conv2d", "Dropout(0.5)",
    "3 x Conv2d(4, 4, 3, padding=1)", "skip: Conv2d(1, 4, 1) <- input", "Add() <- skip, 1",
    "PReLU(4)", "LayerNorm([4, 8, 8])",
)  # fmt: skip
FITTING = (
    "a: Conv2d(1, 4, 3, padding=1)", "BatchNorm2d(4)", "ReLU()", "Conv2d(4, 4, 3, padding=1)",
    "Add() <- a, 3", "MaxPool2d(2)",
    "Flatten()", "Linear(64, 10)",
)  # fmt: skip
RECORD: dict[str, Any] = {
    "layer": "conv2d", "name": "first", "kernel_size": 3, "out_channels": 4, "padding": [1, 1],
    "stride": 1,
}  # fmt: skip
ARGUMENTS = (
    "kernel_size", "stride", "padding", "dilation", "groups", "bias", "padding_mode", "in_channels",
    "out_channels", "from",
    "output_padding", "layer", "name", "in_features", "out_features", "scale_factor", "size",
    "device", "dtype", "num_features",
)  # fmt: skip


def data_of(rng: random.Random) -> Any:
    """A list of layers, or a dict that holds one, damaged."""
    layers: list[Any] = [rng.choice(LAYERS) for _ in range(rng.choice((1, 2, 3, 6)))]
    if rng.random() < 0.6:
        layers = list(FITTING[: rng.randrange(1, len(FITTING) + 1)])
    for _ in range(rng.choice((0, 1, 2))):
        record = {
            **RECORD,
            rng.choice(ARGUMENTS): rng.choice((any_number(rng), text_of(rng), any_value(rng))),
        }
        layers.insert(rng.randrange(len(layers) + 1), record)
    if rng.random() < 0.3:
        layers.insert(0, {text_of(rng) or "a": rng.choice(LAYERS)})
    data = rng.choice((layers, {"layers": layers}, {"layers": layers, "name": text_of(rng)}))
    for _ in range(rng.choice((0, 1, 1, 3))):
        data = damaged_data(rng, data)
    return data


def dumped(data: Any, **options: Any) -> str:
    """The data as JSON; numbers that JSON lacks are NaN and Infinity."""
    return json.dumps(data, **options)


def make_json(rng: random.Random) -> Case:
    text = dumped(data_of(rng), ensure_ascii=rng.random() < 0.5)
    if rng.random() < 0.3:
        text = damaged_text(rng, text)
    return stack_case(rng, "m.json", packed("m.json", text))


def make_json_lines(rng: random.Random) -> Case:
    data = data_of(rng)
    if rng.random() < 0.4 and isinstance(data, dict):
        data = data.get("layers", data)
    rows = data if isinstance(data, list) else [data]
    text = "\n".join(dumped(row) for row in rows)
    if rng.random() < 0.4:
        text = damaged_text(rng, text)
    return stack_case(rng, "m.jsonl", packed("m.jsonl", text))


def make_yaml(rng: random.Random) -> Case:
    """What JSON is, is YAML; further what YAML alone has."""
    text = dumped(data_of(rng))
    if rng.random() < 0.6:
        text = picked(rng, YAML)
    if rng.random() < 0.5:
        text = damaged_text(rng, text, YAML_WORDS)
    suffix = rng.choice(("yaml", "yml"))
    return stack_case(rng, f"m.{suffix}", packed(f"m.{suffix}", text))


def anchors(levels: int, width: int) -> str:
    """Each level names the one before it `width` times: width to the power of levels items."""
    rows = ["a0: &a0 [ReLU(), ReLU()]"]
    rows += [
        f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]"
        for level in range(1, levels)
    ]
    return "\n".join((*rows, f"layers: *a{levels - 1}", ""))


def anchored(record: str, levels: int = 9) -> str:
    """A list of one record, in which an alias of nine to the power of `levels` stands for @."""
    head, _, alias = anchors(levels, 9).strip().partition("layers: ")
    return f"{head}layers: [{record.replace('@', alias)}]\n"


def merges(levels: int, width: int) -> str:
    """Maps that merge the one before them `width` times."""
    rows = ["a0: &a0 {layer: conv2d, kernel_size: 3}"]
    for level in range(1, levels):
        rows.append(f"a{level}: &a{level} {{<<: [{', '.join([f'*a{level - 1}'] * width)}]}}")
    return "\n".join((*rows, f"layers: [*a{levels - 1}]", ""))


YAML = {
    "merges": merges(9, 9),
    "anchors as name": anchored("{layer: ReLU, name: @}"),
    "anchors as argument": anchored("{layer: conv2d, kernel_size: @}"),
    "anchors as argument of a class": anchored("{layer: MaxPool2d, kernel_size: @}"),
    "anchors as source": anchored("{layer: ReLU, from: @}"),
    "anchors as item": anchored("@"),
    "anchors as key": anchored("{? @ : ReLU()}"),
    "block": "layers:\n  - Conv2d(1, 4, 3)\n  - layer: conv2d\n    kernel_size: 3\n  - ReLU()\n",
    "recursive": "layers: &a [*a]\n",
    "recursive record": "layers:\n  - &a {layer: conv2d, kernel_size: 3, other: *a}\n",
    "recursive name": "layers: [&a {name: *a, layer: ReLU()}]\n",
    "anchors": anchors(9, 9),
    "few anchors": anchors(3, 3),
    "anchor as argument": "x: &x [1]\nlayers: [{layer: conv2d, kernel_size: *x, stride: *x}]\n",
    "merge": "a: &a {layer: conv2d, kernel_size: 3}\nlayers:\n  - {<<: *a, out_channels: 2}\n",
    "tag": "layers: [!!python/object/apply:decoy.run ['x']]\n",
    "module tag": "layers: !!python/module:decoy\n",
    "binary": "layers: [!!binary aGVsbG8=]\n",
    "date": "layers: [2001-12-14t21:59:43.10-05:00]\n",
    "set": "layers: !!set {a, b}\n",
    "many": "---\nlayers: [ReLU()]\n---\nlayers: [ReLU()]\n",
    "keys": "? [a, b]\n: ReLU()\nlayers: [ReLU()]\n",
    "number": f"layers: [{{layer: conv2d, kernel_size: {'9' * 400}}}]\n",
    "sexagesimal": "layers: [{layer: conv2d, kernel_size: 1:30, out_channels: 0o17}]\n",
    "canary": f"layers: [{{name: {json.dumps(CANARY)}, layer: conv2d}}]\n",
    "deep": "layers: " + "[" * 3000 + "]" * 3000,
    "flow of maps": "layers: [" + "{a: " * 500 + "1" + "}" * 500 + "]",
}  # fmt: skip
YAML_WORDS = (
    "&a ", "*a", "*b", "<<: ", "!!python/name:decoy.run ", "!!int ", "!!float ", "- ", ": ", "? ",
    "|\n", ">\n", "\t", "---\n",
    "...\n", "%YAML 3.0\n", "{", "}", "[", "]", ",", "'", '"', "~", "\\x1b", "\x1b", "\u202e",
    "0x10", "1e999", ".inf", ".nan",
)  # fmt: skip


def make_toml(rng: random.Random) -> Case:
    rows = [f"layers = {dumped([rng.choice(LAYERS) for _ in range(3)])}"]
    if rng.random() < 0.5:
        value = rng.choice(
            (
                "1",
                "[1, 2]",
                dumped(text_of(rng)),
                "9" * 400,
                "1e999",
                "nan",
                "1979-05-27",
                "{a = 1}",
                "true",
            )
        )
        key = rng.choice(ARGUMENTS)
        rows = [f'[[layers]]\nlayer = "conv2d"\n{key} = {value}\nout_channels = 2']
    text = "\n".join(rows)
    if rng.random() < 0.5:
        text = damaged_text(rng, text)
    return stack_case(rng, "m.toml", packed("m.toml", text))


def make_text(rng: random.Random) -> Case:
    """Layers on lines or between semicolons, as a file or as the argument itself."""
    layers = FITTING if rng.random() < 0.5 else rng.choices(LAYERS, k=rng.choice((1, 2, 5)))
    text = rng.choice(("\n", "; ")).join(layers)
    text = damaged_text(rng, text)
    if rng.random() < 0.5:
        return stack_case(rng, "m.txt", packed("m.txt", text))
    word = "".join(character for character in text if character not in "\0\ud800").lstrip("-/. ")
    return stack_case(rng, word or "ReLU()")


SOURCES = {
    "sequential": "import decoy\nnet = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU())\n",
    "named": 'a = nn.Sequential(OrderedDict([("c", nn.Conv2d(1, 4, 3)), ("r", nn.ReLU())]))\n',
    "constants": "C = 4\nnet = nn.Sequential(nn.Conv2d(1, C * 2 // 2, 3), nn.Conv2d(C, C, 1))\n",
    "nested": "def f():\n    return nn.Sequential(nn.Sequential(nn.Conv2d(1, 4, 3)), nn.ReLU())\n",
    "several": "a = nn.Sequential(nn.ReLU())\nb: nn.Module = nn.Sequential(nn.Tanh())\n",
    "hostile": "net = nn.Sequential(__import__('decoy').run(), *[nn.ReLU()], **{}, lambda: 0)\n",
    "power": "net = nn.Sequential(nn.Conv2d(1, 9**9**9, 3), nn.Conv2d(1, 9*9*9*9*9*9, 3))\n",
    "product": f"net = nn.Sequential(nn.Conv2d(1, {'*'.join(['9' * 50] * 60)}, 3))\n",
    "deep": f"net = nn.Sequential(nn.Conv2d(1, {'(' * 80}1{')' * 80}, 3))\n",
    "minus": f"net = nn.Sequential(nn.Conv2d(1, {'-' * 3000}1, 3))\n",
    "sum": f"net = nn.Sequential(nn.Conv2d(1, {'+'.join(['1'] * 4000)}, 3))\n",
}  # fmt: skip


def make_source(rng: random.Random) -> Case:
    text = picked(rng, SOURCES)
    if rng.random() < 0.7:
        text = damaged_text(rng, text)
    member = rng.choice(("", "", ":net", ":a", ":none"))
    return stack_case(rng, "m.py" + member, packed("m.py", text))
