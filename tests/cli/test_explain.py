"""`explain`: texts, files and streams; the answer in words and as JSON; what it does not know."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
