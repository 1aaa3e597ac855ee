"""Every way to write a stack down, and every way to write it wrong."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import INPUT, walk
from convcli.errors import ConvError
from convcli.inputs.networks.data_files import entries_of_data
from convcli.inputs.networks.entries import Entry
from convcli.inputs.networks.lists import Stack, read_stack
from convcli.inputs.networks.modules import SIGNATURES
from convcli.inputs.text.expressions import _Parser, parse_call
from convcli.inputs.text.plain_calls import _plain_arguments, plain_call

PRINTED = """Sequential(
  (features): Sequential(
    (0): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1), padding=(2, 2))
    (1): BatchNorm2d(6, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
    (2-3): 2 x Sequential(
      (0): ReLU(inplace=True)
      (1): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
    )
  )
  (head): Linear(in_features=294, out_features=10, bias=True)
)"""
SOURCE = """
from collections import OrderedDict
from torch import nn
WIDTH = 6
net = nn.Sequential(OrderedDict([
    ("conv", nn.Conv2d(1, WIDTH, 5, padding=2)),
    ("rest", nn.Sequential(
        nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(WIDTH * 14 * 14, 10)
    )),
]))
raise SystemExit("this is never run")
"""


def outputs(stack: Stack, *shape: int) -> list[str]:
    return [str(step.output) for step in walk(stack.nodes, Shape(shape))]


def test_print_of_a_model() -> None:
    stack = read_stack([PRINTED])
    assert [node.name for node in stack.nodes] == [
        *(
            "features.0",
            "features.1",
            "features.2.0",
            "features.2.1",
            "features.3.0",
            "features.3.1",
            "head",
        ),
    ]
    assert stack.texts[1] == "BatchNorm2d(6)"
    assert (stack.rank, stack.notes) == (2, ())
    flat = PRINTED.replace("  (head)", "  (flat): Flatten(start_dim=1, end_dim=-1)\n  (head)")
    assert outputs(read_stack([flat]), 1, 1, 28, 28)[-1] == "1x10"
    with pytest.raises(ConvError, match=r"layer head: .*A Flatten before it would make 1x294"):
        walk(stack.nodes, Shape((1, 1, 28, 28)))


def test_a_module_that_is_no_sequential_is_read_with_a_note() -> None:
    stack = read_stack(
        ["LeNet(\n  (conv1): Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))\n  (relu): ReLU()\n)"]
    )
    assert len(stack.notes) == 1
    assert stack.notes[0].startswith("LeNet: what forward() does")


def test_python_source_is_parsed_and_not_run(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(SOURCE)
    stack = read_stack([str(path)])
    assert [node.name for node in stack.nodes] == ["conv", "rest.0", "rest.1", "rest.2", "rest.3"]
    assert outputs(stack, 1, 1, 28, 28) == ["1x6x28x28", "1x6x28x28", "1x6x14x14", "1x1176", "1x10"]
    path.write_text(SOURCE + "\nother = nn.Sequential(nn.ReLU())\n")
    assert read_stack([f"{path}:other"]).texts == ("ReLU()",)
    with pytest.raises(ConvError, match=r"several nn\.Sequential: net, other"):
        read_stack([str(path)])
    with pytest.raises(ConvError, match="contains no third"):
        read_stack([f"{path}:third"])


def test_a_sequential_on_the_command_line() -> None:
    assert read_stack(["nn.Sequential(nn.Conv2d(3, 64, 3), nn.Linear(2 * 3, 4))"]).texts == (
        "Conv2d(3, 64, 3)",
        "Linear(6, 4)",
    )
    with pytest.raises(ConvError, match="one by one"):
        read_stack(["nn.Sequential(*layers)"])


ENTRIES = [
    "Conv2d(1, 4, 3)",
    {"act": "ReLU()"},
    {"layer": "conv2d", "kernel_size": 3, "out_channels": 4, "name": "c", "from": "act"},
]


@pytest.mark.parametrize("suffix", ["json", "jsonl", "yaml", "toml"])
def test_lists_in_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"layers.{suffix}"
    if suffix == "yaml":
        pytest.importorskip("yaml")
        path.write_text(
            "- Conv2d(1, 4, 3)\n- act: ReLU()\n"
            "- {layer: conv2d, kernel_size: 3, out_channels: 4, name: c, from: act}\n"
        )
    elif suffix == "toml":
        text = 'layer = "conv2d"\nkernel_size = 3\nout_channels = 4\nname = "c"\nfrom = "act"\n'
        path.write_text(
            f'[[layers]]\nlayer = "Conv2d(1, 4, 3)"\n[[layers]]\nact = "ReLU()"\n[[layers]]\n{text}'
        )
    else:
        path.write_text(
            json.dumps(ENTRIES) if suffix == "json" else "\n".join(map(json.dumps, ENTRIES))
        )
    stack = read_stack([str(path)])
    assert [node.name for node in stack.nodes] == ["0", "act", "c"]
    assert outputs(stack, 1, 1, 9, 9) == ["1x4x7x7", "1x4x7x7", "1x4x5x5"]
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"layers": [{"layer": "MaxPool2d", "kernel_size": [2, 1]}]}))
    assert outputs(read_stack([str(other)]), 1, 1, 8, 8) == ["1x1x4x8"]


def test_names_sources_and_repeats() -> None:
    stack = read_stack(
        [
            "a: Conv2d(1,2,3,padding=1)",
            "3 x ReLU()",
            "Add() <- 3, a",
            "Concat() <- 4, a, input",
            "r: 2 x ReLU()",
        ]
    )
    assert [node.sources for node in stack.nodes] == [
        (INPUT,),
        (0,),
        (1,),
        (2,),
        (3, 0),
        (4, 0, INPUT),
        (5,),
        (6,),
    ]
    assert [node.name for node in stack.nodes][-2:] == ["r.0", "r.1"]
    assert outputs(stack, 1, 1, 4, 4)[-1] == "1x5x4x4"


@pytest.mark.parametrize(
    ("text", "output", "shape"),
    [
        ("MaxPool2d(3, stride=2, ceil_mode=True)", "1x4x6x6", (1, 4, 13, 12)),
        ("AdaptiveAvgPool2d((None, 3))", "1x4x13x3", (1, 4, 13, 12)),
        ("LPPool1d(2, 3)", "1x2x3", (1, 2, 9)),
        ("Upsample(scale_factor=1.5)", "1x4x19x18", (1, 4, 13, 12)),
        ("Upsample(size=(5, 7), mode='bilinear')", "1x4x5x7", (1, 4, 13, 12)),
        ("UpsamplingBilinear2d(scale_factor=2)", "1x4x26x24", (1, 4, 13, 12)),
        ("PixelShuffle(2)", "1x1x26x24", (1, 4, 13, 12)),
        ("PixelUnshuffle(2)", "1x16x6x6", (1, 4, 12, 12)),
        ("ReflectionPad2d((1, 2, 3, 4))", "1x4x20x15", (1, 4, 13, 12)),
        ("ConstantPad1d(2, 3.5)", "1x4x17", (1, 4, 13)),
        ("ZeroPad2d(-2)", "1x4x9x8", (1, 4, 13, 12)),
        ("Flatten()", "1x624", (1, 4, 13, 12)),
        ("Flatten(0, 1)", "4x13x12", (1, 4, 13, 12)),
        ("Unflatten(1, (2, -1))", "1x2x2x5", (1, 4, 5)),
        ("Linear(5, 7, bias=False)", "1x4x7", (1, 4, 5)),
        ("LazyLinear(7)", "1x7", (1, 5)),
        ("LazyConv2d(8, 3)", "1x8x11x10", (1, 4, 13, 12)),
        ("LazyConvTranspose1d(8, 2, stride=2)", "1x8x26", (1, 4, 13)),
        ("LazyBatchNorm2d()", "1x4x13x12", (1, 4, 13, 12)),
        ("GroupNorm(2, 4)", "1x4x13", (1, 4, 13)),
        ("LayerNorm([4, 13])", "1x4x13", (1, 4, 13)),
        ("BatchNorm1d(5)", "2x5", (2, 5)),
        ("PReLU(4)", "1x4x13", (1, 4, 13)),
        ("GLU(1)", "1x2x13", (1, 4, 13)),
        ("Softmax(dim=-1)", "1x4x13", (1, 4, 13)),
        ("Unfold(3, padding=1)", "1x36x156", (1, 4, 13, 12)),
        ("Fold((4, 5), kernel_size=(2, 2))", "1x3x4x5", (1, 12, 12)),
        ("Dropout2d(p=0.5, inplace=False)", "1x4x13x12", (1, 4, 13, 12)),
    ],
)
def test_layers_beside_convolutions(text: str, output: str, shape: tuple[int, ...]) -> None:
    assert outputs(read_stack([text]), *shape) == [output]


@pytest.mark.parametrize(
    ("sources", "code"),
    [
        (["Conv2d(1,1,3"], "layer.syntax"),
        (["Conf2d(1,1,3)"], "layer.class"),
        (["MaxPool2d()"], "layer.arguments"),
        (["MaxPool2d(2, padding=2)"], "padding.pool"),
        (["MaxPool2d('x')"], "kernel_size.integer"),
        (["MaxPool2d(0)"], "kernel_size.least"),
        (["Upsample()"], "scale_factor.missing"),
        (["Upsample(scale_factor=0)"], "scale_factor.positive"),
        (["Upsample(scale_factor=2, mode='wild')"], "mode.name"),
        (["PixelShuffle(3)"], "upscale_factor.divide"),
        (["PixelUnshuffle(3)"], "downscale_factor.divide"),
        (["GroupNorm(3, 4)"], "num_channels.divide"),
        (["BatchNorm2d(5)"], "num_features.fits"),
        (["BatchNorm1d(4)"], "input.rank"),
        (["LayerNorm(5)"], "normalized_shape.fits"),
        (["Unflatten(1, (3, 2))"], "unflattened_size.fits"),
        (["Flatten(3, 1)"], "end_dim.order"),
        (["GLU(7)"], "dim.range"),
        (["Add()"], "layers.sources"),
        (["Add() <- x, input"], "layers.sources"),
        (["a: ReLU()", "a: ReLU()"], "layers.name"),
        (["Concat() <- input, 0"], "layers.sources"),
        ([" ; ;"], "layers.empty"),
        (["200000 x ReLU()"], "layers.repeat"),
        (["AdaptiveAvgPool2d((1, 2, 3))"], "output_size.count"),
        (["ZeroPad2d(-8)"], "padding.crop"),
        (["ReflectionPad2d(16)"], "padding.reflect"),
        (["none.yaml"], "layers.missing"),
        (["Conv3d(4, 1, 3)"], "input.rank"),
        (["Net(\n  (a): Block()\n)"], "layer.class"),
        (["Net(\n  (a): ReLU()\n  what\n)"], "layers.print"),
    ],
)
def test_what_is_wrong_has_a_code(sources: list[str], code: str) -> None:
    with pytest.raises(ConvError) as caught:
        walk(read_stack(sources).nodes, Shape((1, 4, 16, 16)))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.json", b"{", "layers.syntax"),
        ("a.json", b"{}", "layers.list"),
        ("a.json", b"[1]", "layers.item"),
        ("a.json", b"\xff\xfe\x00", "layers.text"),
        ("a.json", b"[" * 100_000, "layers."),
        ("a.toml", b"=", "layers.syntax"),
        ("a.py", b"x = 1", "layers.sequential"),
        ("a.py", b"(" * 1000, "layers.syntax"),
        ("a.py", b"9" * 5000, "layers.syntax"),
        ("a.yaml", b"- [", "layers.syntax"),
        ("a.yaml", b"!!python/object/apply:os.system ['true']", "layers.syntax"),
        ("a.txt", b"", "layers.empty"),
        ("a.onnx", b"\x00\x01", "layers.onnx"),
        ("a.json", b'[{"layer": "conv2d", "kernel": 3}]', "layers.fields"),
        ("a.toml", b'layers = ["PixelShuffle(' + b"9" * 4000 + b')"]', "upscale_factor.integer"),
    ],
)
def test_damaged_files(tmp_path: Path, name: str, content: bytes, code: str) -> None:
    if name.endswith("yaml"):
        pytest.importorskip("yaml")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ConvError) as caught:
        walk(read_stack([str(tmp_path / name)]).nodes, Shape((1, 4, 8, 8)))
    assert caught.value.code.startswith(code)
    assert "sys." not in str(caught.value)


def test_layers_of_plain_numbers_are_read_alike_both_ways() -> None:
    rng = random.Random(1)
    names = [name for name, parameters in SIGNATURES.items() if parameters]
    values = [
        "1",
        "0",
        "07",
        "3",
        "True",
        "False",
        "1_0",
        "x",
        "",
        "-1",
        "12",
        "  4 ",
        "(1,2)",
        "\u0663",
    ]
    read = 0
    for _ in range(20_000):
        name = rng.choice(names)
        parameters = SIGNATURES[name] or ()
        arguments = []
        for _ in range(rng.randint(0, 6)):
            keyword = (
                f"{rng.choice((*parameters, 'zz'))}{rng.choice(('=', ' = '))}"
                if rng.random() < 0.4
                else ""
            )
            arguments.append(keyword + rng.choice(values))
        text = (
            f"{rng.choice(('', 'nn.', 'torch.nn.', '(0): ', 'a b.'))}{name}({', '.join(arguments)})"
        )
        parser = _Parser(text, SIGNATURES)
        simple = plain_call(parser.source, SIGNATURES)
        if simple is not None:
            assert simple == parser._parsed(), text
            read += 1
    assert read > 1000


def test_arguments_of_any_length_are_not_remembered() -> None:
    before = _plain_arguments.cache_info().currsize
    for number in range(20):
        digits = f"1{number:0>600}"
        with pytest.raises(ConvError):
            parse_call(f"Conv2d(1, 1, x={digits})", SIGNATURES)
        assert (
            parse_call(f"Conv2d({' ' * 600}{number}, 1, 1)", SIGNATURES).arguments["in_channels"]
            == number
        )
    assert _plain_arguments.cache_info().currsize <= before


@pytest.mark.parametrize(
    ("layers", "given", "rank"),
    [
        (["Upsample(scale_factor=2, mode='bilinear')"], "1x4x8x8", 2),
        (["Upsample(scale_factor=2, mode='linear')"], "1x4x8", 1),
        (["ReLU()", "PixelShuffle(2)"], "1x4x8x8", 2),
        (["UpsamplingBilinear2d(scale_factor=2)"], "1x4x8x8", 2),
        (["Unfold(3)"], "1x4x8x8", 2),
        (["ReLU()", "Flatten()"], "1x4x8x8", None),
    ],
)
def test_the_rank_of_a_stack(layers: list[str], given: str, rank: int | None) -> None:
    assert read_stack(layers).rank == rank
    assert outputs(read_stack(layers), *map(int, given.split("x")))


def test_sizes_are_those_of_floating_point_as_torch_has_them() -> None:
    found = {
        scale: outputs(read_stack([f"Upsample(scale_factor={scale})"]), 1, 1, size)[0]
        for scale, size in ((1.15, 100), (0.29, 100), (1.4, 45))
    }
    assert found == {1.15: "1x1x114", 0.29: "1x1x28", 1.4: "1x1x62"}


def test_texts_mean_the_layer_that_was_computed() -> None:
    texts = [
        "InstanceNorm2d(4, eps=1e-05, momentum=0.1, affine=True, track_running_stats=False)",
        "N.ReLU(inplace=True)",
        "torch.nn.Linear(2, 3)",
    ]
    assert read_stack(texts).texts == (
        "InstanceNorm2d(4, affine=True, track_running_stats=False)",
        "ReLU()",
        "Linear(2, 3)",
    )


def test_names_of_modules_may_be_any_and_empty_ones_are_nothing() -> None:
    printed = (
        "Sequential(\n  (conv-1): Conv2d(1, 2, kernel_size=(3, 3))\n"
        "  (a b): ReLU()\n  (shortcut): Sequential()\n)"
    )
    assert [node.name for node in read_stack([printed]).nodes] == ["conv-1", "a b"]
    assert read_stack(["ReLU"]).texts == ("ReLU()",)
    assert [node.name for node in read_stack(["1: ReLU()", "ReLU()"]).nodes] == ["1", "1'"]


@pytest.mark.parametrize(
    "text",
    [
        "Sequential(\n  (0): ReLU()",
        "Sequential(\n  (0): ReLU()\n)\n)",
        "Sequential(\n  (0-999999999): 1000000000 x ReLU()\n)",
        "Sequential(\n  (0): 1000000000 x ReLU()\n)",
        "Sequential(\n  (0-99999): 100000 x Sequential(\n    (0): ReLU()\n    (1): ReLU()\n  )\n)",
    ],
)
def test_a_print_that_is_no_whole_model_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "[x].txt"
    path.write_text(text)
    with pytest.raises(ConvError) as caught:
        read_stack([str(path)])
    assert (caught.value.kind, caught.value.code in ("layers.print", "layers.repeat")) == (
        "data",
        True,
    )


def test_faults_in_a_file_name_it_and_are_of_the_data(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    path.write_text(
        '["ReLU()", {"layer": "MaxPool2d", "kernel_size": "abc", "name": "p"}, "Conv2d(1, 2"]'
    )
    with pytest.raises(ConvError) as caught:
        read_stack([str(path)])
    assert caught.value.kind == "data"
    assert str(caught.value).startswith(f"layer 2 of {path}: ")


def test_errors_in_a_network_name_arguments_as_they_are_written(
    tmp_path: Path, convcli: Callable[..., Any]
) -> None:
    path = tmp_path / "net.txt"
    path.write_text("first: Conv2d(1, 2, 3)\nlast: Conv2d(2, 4, 3, stride=0)\n")
    assert convcli("stack", path, "1x9x9").err.startswith(
        f"convcli: error: layer last of {path}: stride must be at least 1, got 0."
    )
    assert convcli("stack", "Conv2d(1, 2, kernel_size=9)", "1x5x5").err.startswith(
        "convcli: error: layer 0: kernel_size on axis H: "
    )
    path.write_text("Conv2d(1, 2, 3)\nReLU() <- 0, input\n")
    assert convcli("stack", path, "1x9x9").err.startswith(
        f"convcli: error: layer 1 of {path}: LAYERS takes one layer as input, and 2 are named"
    )


@pytest.mark.filterwarnings("error")
def test_python_source_that_python_warns_of_writes_no_warnings() -> None:
    with pytest.raises(ConvError):
        read_stack(["Sequential(3in(4), ReLU())"])


CLASS = """
import torch.nn as nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 6, 5),
            nn.ReLU(),
        )
        self.head = nn.Linear(6, 10)

    def forward(self, x):
        x = self.features(x)
        return self.head(x.mean((2, 3)))
"""


def test_what_is_read_of_a_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text(CLASS)
    assert read_stack([str(path)]).notes == (
        "Of the file only features of class Net is read, lines 7 to 10; not read: head, forward(). "
        "--module runs the whole class.",
    )
    head = "        self.head = nn.Linear(6, 10)\n"
    forward = "        x = self.features(x)\n        return self.head(x.mean((2, 3)))\n"
    path.write_text(CLASS.replace(head, "").replace(forward, "        return self.features(x)\n"))
    assert read_stack([str(path)]).notes == ()
    path.write_text("import torch.nn as nn\nnet = nn.Sequential(nn.ReLU())\nloss = nn.MSELoss()\n")
    assert "not read: loss" in read_stack([str(path)]).notes[0]


@pytest.mark.parametrize(
    "name", ['a_b$%&#{}~^\\|<>"', "x <- y", "a: b", "2 x c", "Conv2d(1, 1, 1)", "[0]", "#"]
)
def test_a_key_is_a_name_whatever_its_letters(name: str) -> None:
    (entry,) = entries_of_data([{name: "Conv2d(3, 8, 3) <- input"}])
    assert entry == Entry("Conv2d(3, 8, 3)", name, ("input",))
    repeated = entries_of_data([{name: "2 x ReLU()"}])
    assert [each.name for each in repeated] == [f"{name}.0", f"{name}.1"]
