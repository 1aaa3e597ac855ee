"""Random command lines: a documented exit code; an error leaves stdout empty, with one message."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.long_loops import everyday_and_long

LAYERS = (
    "conv1d|conv2d|conv3d|conv_transpose1d|conv_transpose2d|conv_transpose3d|conv2||"
    "Conv2d(1, 1, 3)|Conv2d(|Conv2d(x)|nn.ConvTranspose1d(2, 4, 3, stride=2, groups=2)|"
    "Conv2d(3, 64, kernel_size=(7, 7), padding=same)"
)
ARRAYS = (
    "arange:5x5|arange:1x2x4x4:1|ones:3x3|randn:6|randint:2x2x5x5|[[1,2],[3]]|[[1.5]]|"
    "kernel:sobel-x|kernel:gaussian:3:1|kernel:x|a.npy|b.csv|c.npy|none.npy|9223372036854775807|-|[|"
    "ones:99999999x99999999|full:2x2:-0.5|1 2; 3 4|nan 1 inf|1e308 1e308|"
)
WORDS = {
    name: text.split("|")
    for name, text in {
        "layer": LAYERS,
        "shape": "5x5|1x3x9x9|9|2x1x7|1x2x3x4x5|0x3|-1x3|x|1e3|4,4|999999999999x3|3x3x3x3x3x3",
        "array": ARRAYS,
        "number": "0|1|2|3|1,2|2,1,1|-1|same|valid|1:2|1:2,0:1|x|99|1_0|depthwise|4294967296|",
        "layers": "a.json|ReLU()|MaxPool2d(2)|Conv2d(1,1,3); Flatten()|Add()|"
        "up: conv2d <- input|9 x ReLU()|Linear(2, 3)|x.onnx|",
        "target": "t.html|t.svg|t.gif|t.npy|t.csv|a.npy|none/t.svg|t|",
        "range": "1..9|3|0|9..1|1,1|x|5..|",
        "mode": "zeros|reflect|replicate|circular|mirror",
        "engine": "numpy|torch|cpu|cuda|x",
        "format": "table|json|jsonl|csv|markdown|latex|plain|xml",
        "lang": "zh|en|zh_CN|xx|",
        "at": "0,0|0|1,1|0,0,0,0|9,9|-1|x|weight:0|input:0,0|bias:0",
    }.items()
}
OPTIONS = {
    option: kind
    for kind, options in {
        "number": "-k -c --in-channels -s -p -d -g --output-padding --precision --limit --seed "
        "--max-memory --threads --cases --channel --in-channel --example --depth --speed",
        "mode": "--padding-mode --view --color",
        "format": "-f --format",
        "engine": "--engine --device",
        "array": "--expect --bias",
        "target": "-o --output",
        "at": "--at",
        "lang": "--lang",
        "range": "--sizes --target-rf --unit",
        "": "--compare --prove --mirror --frames --json -q --ascii --no-bias --nonsense --all "
        "--debug",
    }.items()
    for option in options.split()
}


def random_line(rng: random.Random) -> list[str]:
    """Half of the lines are right but for their options."""
    command = rng.choice(
        [
            "shape",
            "trace",
            "run",
            "run",
            "grad",
            "init",
            "learn",
            "check",
            "stack",
            "solve",
            "matrix",
            "show",
        ]
    )
    if command == "check":
        line = [command, "--cases", rng.choice(("1", "2", "0", "x"))]
    elif rng.random() < 0.5:
        usual = {
            "shape": "5x5 -k 3",
            "stack": "5x5 -k 3",
            "solve": "5x5 3x3",
            "init": "-k 3 --in-channels 1",
            "learn": "randn:5x5 ones:3x3 -k 3",
        }
        line = [command, "conv2d", *usual.get(command, "arange:5x5 ones:3x3").split()]
    else:
        words = {"shape": ["shape"], "stack": ["layers", "shape"], "solve": ["shape", "shape"]}
        kinds = words.get(command, ["array"] * rng.choice((1, 2, 2)))
        line = [command, *(rng.choice(WORDS[kind]) for kind in ("layer", *kinds))]
    for option in rng.sample(list(OPTIONS), rng.choice((0, 1, 1, 2, 4))):
        line += [option, rng.choice(WORDS[OPTIONS[option]])] if OPTIONS[option] else [option]
    return line


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(3))
@everyday_and_long("lines", 100, 1000)
def test_random_command_lines(
    convcli: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
    lines: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", np.arange(16, dtype=np.float16).reshape(4, 4))
    np.save("c.npy", np.array([[1 + 2j, 3], [0, 1j]]))
    Path("a.json").write_text('["conv2d", {"layer": "MaxPool2d", "kernel_size": 2}]')
    Path("b.csv").write_text("1,2,3\n4,5,6\n7,8,9\n")
    rng = random.Random(seed)
    statuses: dict[int, int] = {}
    for _ in range(lines):
        line = random_line(rng)
        result = convcli(*line)
        assert result.status in (0, 1, 2, 3, 4, 5, 6), (line, result)
        if result.status > 1:
            assert result.out == "", (line, result.out)
            assert "convcli: error: " in result.err or "error" in json.loads(
                result.err.splitlines()[-1]
            ), line
        if (
            result.status == 0
            and not {"-o", "--output"} & set(line)
            and ("--json" in line or line[-2:] == ["-f", "json"])
            and "-q" not in line
        ):
            json.loads(result.out)
        statuses[result.status] = statuses.get(result.status, 0) + 1
    assert min(statuses[0], statuses[2], statuses[3]) >= lines // 100
