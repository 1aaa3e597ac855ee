"""`explain`: texts, files and streams; the answer in words and as JSON; what it does not know."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Convcli = Callable[..., Any]
CHANNELS = (
    "Given groups=1, weight of size [64, 3, 7, 7], expected input[8, 224, 224, 3] to have 3 "
    "channels, but got 224 channels instead"
)


def test_json_has_the_keys_of_every_error(convcli: Convcli) -> None:
    found = json.loads(convcli("explain", CHANNELS, "--json").out)
    assert (found["kind"], found["framework"], found["sure"]) == ("conv.in_channels", "torch", True)
    assert found["says"] == (
        "Conv2d takes in_channels=3, but the input 8x224x224x3 has 224 on axis C: its channels are "
        "last, where it holds 3."
    )
    assert {"name": "in_channels", "value": 3, "of": "layer"} in found["numbers"]
    assert {"name": "input", "value": [8, 224, 224, 3], "of": "input"} in found["numbers"]
    assert found["fixes"] == [
        {
            "text": "put the channels on axis C, 8x3x224x224",
            "code": "x = x.permute(0, 3, 1, 2)",
            "argument": "input",
            "value": [8, 3, 224, 224],
            "output": [8, 64, 218, 218],
        }
    ]


def test_programs_read_the_same_in_every_language(convcli: Convcli) -> None:
    assert (
        convcli("explain", CHANNELS, "--json", "--lang", "zh").out
        == convcli("explain", CHANNELS, "--json").out
    )


def test_a_guess_says_so(convcli: Convcli) -> None:
    text = "mat1 and mat2 shapes cannot be multiplied (1x1024 and 256x10)"
    assert ": perhaps the batch of 4 was flattened too" in convcli("explain", text).out
    assert json.loads(convcli("explain", text, "--json").out)["sure"] is False
    assert convcli("explain", text, "-q").out == "linear.in_features\n"


def test_a_file_and_a_stream(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "error.txt"
    path.write_text(f'  File "net.py", line 3, in f\n    y = conv(x)\nRuntimeError: {CHANNELS}\n')
    expected = convcli("explain", path).out
    assert "\n\nnet.py:3  y = conv(x)\n\n" in expected
    assert convcli("explain", stdin=path.read_bytes()).out == expected
    assert convcli("explain", "-", stdin=path.read_bytes()).out == expected


def test_what_is_not_known_answers_no(convcli: Convcli, tmp_path: Path) -> None:
    result = convcli("explain", "KeyError: 'conv1'")
    assert (result.status, result.out) == (1, "")
    assert result.err == "convcli: no known error of shapes or layers in this text.\n"
    assert convcli("explain", stdin=b"").status == 1
    assert convcli("explain", "").status == 2
    assert convcli("explain", "no/such/error.txt").status == 3


SOURCE = """import torch.nn as nn

class Net(nn.Module):
    def __init__(self, width):
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3)
        self.conv2 = nn.Conv2d(64, width, 3)
        self.head = nn.Conv2d(512, 1, 4, 1, 0, dilation=2)

    def forward(self, x):
        x = self.conv1(x)
        return self.head(x)
"""


def trace(path: Path, line: int, code: str, message: str) -> str:
    frame = f'  File "{path}", line {line}, in forward\n    {code}\n'
    return f"Traceback (most recent call last):\n{frame}RuntimeError: {message}\n"


def test_layers_in_the_code_of_a_traceback_have_stride_and_padding(
    convcli: Convcli, tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    path.write_text(SOURCE)
    text = trace(path, 10, "x = self.conv1(x)", CHANNELS)
    found = json.loads(convcli("explain", text, "--json").out)
    assert found["fixes"][0]["output"] == [8, 64, 112, 112]
    assert found["source"] == {"file": str(path), "line": 10, "code": "x = self.conv1(x)"}
    assert found["layer"]["line"] == 5
    assert "The message lacks" not in convcli("explain", text).out
    small = (
        "Calculated padded input size per channel: (5 x 9). Kernel size: (7 x 7). Kernel size can't"
    )
    found = json.loads(
        convcli("explain", trace(path, 11, "return self.head(x)", small), "--json").out
    )
    assert [(fix["argument"], fix["value"], fix["output"]) for fix in found["fixes"]] == [
        ("padding", [1, 0], [1, 3]),
        ("kernel_size", [3, 4], [1, 3]),
        ("dilation", [1, 2], [2, 3]),
    ]


def test_numbers_that_torch_leaves_out_are_read_off_the_code(convcli: Convcli) -> None:
    def fixes(code: str, message: str) -> list[str]:
        text = trace(Path("nowhere.py"), 3, code, message)
        return [fix["code"] for fix in json.loads(convcli("explain", text, "--json").out)["fixes"]]

    divide = "in_channels must be divisible by groups"
    assert fixes("c = nn.Conv2d(10, 20, 3, groups=3)", divide) == ["groups=2", "groups=5"]
    assert fixes("c = nn.Conv2d(n, 20, 3, groups=3)", divide) == ["groups=1"]
    same = "padding='same' is not supported for strided convolutions"
    code = "c = nn.Conv2d(3, 8, 5, stride=2, padding='same')"
    assert fixes(code, same) == ["padding=2", "stride=1"]


SMALL = (
    "Calculated padded input size per channel: (2 x 2). Kernel size: (4 x 4). Kernel size can't be "
    "greater than actual input size"
)
DOWN = "Conv2d(3, 64, 4, 2, 1); Conv2d(64, 128, 4, 2, 1); Conv2d(128, 256, 4, 2, 1)"
LAYERS = f"{DOWN}; Conv2d(256, 512, 4, 2, 1); Conv2d(512, 1, 4, 1, 0)"


def test_the_layer_is_found_in_a_network(convcli: Convcli) -> None:
    found = json.loads(convcli("explain", SMALL, "--stack", LAYERS, "16x3x32x32", "--json").out)
    assert found["network"]["layers"] == [{"name": "4", "text": "Conv2d(512, 1, 4, 1, 0)"}]
    fixes = [(fix["argument"], fix["value"], fix["output"]) for fix in found["fixes"]]
    assert fixes[0] == ("input", [16, 3, 64, 64], [16, 1, 1, 1])
    assert fixes[1:] == [("padding", 1, [1, 1]), ("kernel_size", 2, [1, 1])]
    works = convcli("explain", CHANNELS, "--stack", "Conv2d(3, 64, 7)", "8x3x9x9", "--json")
    found = json.loads(works.out)["network"]
    assert found == {"fails": False, "layers": [{"name": "0", "text": "Conv2d(3, 64, 7)"}]}
    other = convcli("explain", SMALL, "--stack", "Conv2d(5, 6, 3)", "1x3x9x9")
    assert "The network fails in another way, in this layer:" in other.out
    nothing = convcli("explain", SMALL, "--stack", "Conv2d(3, 6, 3)", "1x3x9x9")
    assert "no layer has these numbers" in nothing.out


def test_requests_of_networks(convcli: Convcli) -> None:
    assert convcli("explain", SMALL, "--stack", LAYERS).status == 2
    assert convcli("explain", SMALL, "--stack", LAYERS, "3x").status == 2
    assert convcli("explain", SMALL, "--module", "m.py:Net").status == 2
    assert convcli("explain", "mat1", "and", "mat2").status == 2
    assert convcli("explain", SMALL, "--stack", "Nothing(3)", "1x3x9x9").status == 2


@pytest.mark.torch
def test_the_layer_is_found_in_a_module(convcli: Convcli, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(f"import torch.nn as nn\nfrom torch.nn import *\nNet = lambda: nn.Sequential("
                    f"{LAYERS.replace(';', ',')})\n")  # fmt: skip
    result = convcli("explain", SMALL, "--module", f"{path}:Net", "16x3x32x32", "--json")
    found = json.loads(result.out)
    assert found["network"]["layers"] == [{"name": "4", "text": ""}]
    assert found["fixes"][0]["value"] == [16, 3, 64, 64]


def test_a_checkpoint_is_sorted_by_what_differs(convcli: Convcli) -> None:
    lines = [
        f"size mismatch for {key}: copying a param with shape torch.Size({there}) from checkpoint, "
        f"the shape in current model is torch.Size({here})."
        for key, there, here in (
            ("conv1.weight", [64, 3, 7, 7], [64, 1, 7, 7]),
            ("up.weight", [32, 16, 4, 4], [16, 32, 4, 4]),
            ("fc.weight", [1000, 512], [10, 512]),
            ("fc.bias", [1000], [10]),
        )
    ]
    text = "RuntimeError: Error(s) in loading state_dict for Net:\n\t" + "\n\t".join(lines)
    found = json.loads(convcli("explain", text, "--json").out)
    assert [(group["count"], group["example"]) for group in found["groups"]] == [
        (2, "fc.weight"),
        (1, "conv1.weight"),
        (1, "up.weight"),
    ]
    codes = [fix["code"] for fix in found["fixes"]]
    assert codes[0] == "out_features=1000"
    assert "in_channels=3" in codes
    assert 'state_dict["up.weight"] = state_dict["up.weight"].transpose(0, 1)' in codes


def test_factors_of_a_view_are_read_off_the_code(convcli: Convcli) -> None:
    message = "shape '[-1, 400]' is invalid for input of size 384"
    text = trace(Path("net.py"), 15, "x = x.view(-1, 16 * 5 * 5)", message)
    fixes = json.loads(convcli("explain", text, "--json").out)["fixes"]
    assert fixes[0]["code"] == "x = x.view(-1, 16 * 2 * 2)"
    assert (fixes[1]["argument"], fixes[1]["value"]) == ("in_features", 64)


def test_refusals_of_commands_have_the_same_remedies(convcli: Convcli) -> None:
    """A wrong number of channels, as torch says it and as our commands do."""
    message = (
        "Given groups=1, weight of size [8, 1, 3, 3], expected input[1, 64, 28, 28] to have 1 "
        "channels, but got 64 channels instead"
    )
    values = [
        fix["value"] for fix in json.loads(convcli("explain", message, "--json").out)["fixes"]
    ]
    assert values == [[64, 1, 28, 28], 64]
    for line in (
        ["shape", "Conv2d(1, 8, 3)", "1x64x28x28"],
        ["stack", "Conv2d(1, 8, 3)", "1x64x28x28"],
        ["run", "Conv2d(1, 8, 3)", "zeros:1x64x28x28"],
    ):
        error = convcli(*line).err
        assert "make it 64x1x28x28" in error
        assert "64" in error.rpartition("Or ")[2]
