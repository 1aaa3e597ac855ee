"""Layers per second: `shape --batch` and `stack` compared with torch's meta device.

python -m benchmarks.lines [--lines 20000] [--turns 5] [--json FILE]

All read the same file, interleaved; lower quartiles of CPU time are compared. torch creates each
layer on the meta device, calls it and writes shape and parameters as JSON. Neither torch's import
nor the start of convcli is counted; the latter is the time of the same command on one layer.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from benchmarks.measure import child_seconds, lower_quartile, machine

BATCH = """
import json, sys, time, torch
from torch import nn
start = time.process_time()
with open(sys.argv[1]) as lines, open(sys.argv[2], "w") as out:
    for line in lines:
        record = json.loads(line)
        record.pop("layer")
        n, c, *sizes = record.pop("input_shape")
        layer = nn.Conv2d(c, device="meta", **record)
        shape = layer(torch.empty((n, c, *sizes), device="meta")).shape
        parameters = sum(p.numel() for p in layer.parameters())
        found = {"output": {"shape": shape}, "parameters": parameters}
        out.write(json.dumps(found) + "\\n")
print(time.process_time() - start)
"""
STACK = """
import json, sys, time, torch
from torch import nn
start = time.process_time()
layers = json.load(open(sys.argv[1]))
with torch.device("meta"):
    network = nn.Sequential(*(eval(f"nn.{text}") for text in layers))
    x, found = torch.empty(1, 64, 56, 56), []
    for layer in network:
        x = layer(x)
        parameters = sum(p.numel() for p in layer.parameters())
        found.append({"output": {"shape": x.shape}, "parameters": parameters})
json.dump(found, open(sys.argv[2], "w"))
print(time.process_time() - start)
"""


def records(count: int) -> list[dict[str, object]]:
    """Layers that are nearly all different."""
    rng = random.Random(0)
    found = []
    for _ in range(count):
        channels, size = rng.choice((3, 16, 64)), rng.randint(20, 300)
        record: dict[str, object] = {
            "layer": "conv2d",
            "input_shape": [1, channels, size, size],
            "out_channels": rng.randint(1, 512),
        }
        found.append(
            record
            | {
                "kernel_size": rng.randint(1, 7),
                "stride": rng.randint(1, 3),
                "padding": rng.randint(0, 3),
            }
        )
    return found


def residual(count: int) -> list[str]:
    """ResNet's bottlenecks over and over, as deep networks repeat themselves."""
    block = [
        "Conv2d(64, 64, 1)",
        "BatchNorm2d(64)",
        "ReLU()",
        "Conv2d(64, 64, 3, padding=1)",
        "BatchNorm2d(64)",
        "ReLU()",
    ]
    return (block * (count // len(block) + 1))[:count]


def different(count: int) -> list[str]:
    """A chain of convolutions that are nearly all different."""
    rng, channels, found = random.Random(0), 64, []
    for _ in range(count):
        outputs, half = rng.randint(1, 512), rng.randint(0, 3)
        found.append(f"Conv2d({channels}, {outputs}, kernel_size={2 * half + 1}, padding={half})")
        channels = outputs
    return found


def cpu_seconds(command: list[str]) -> float:
    before = child_seconds()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return child_seconds() - before


def torch_seconds(program: str, path: Path, out: Path) -> float:
    ran = subprocess.run(
        [sys.executable, "-c", program, str(path), str(out)],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(ran.stdout)


class Kind(NamedTuple):
    """The command on all layers and on one, and torch's program with the file that it reads."""

    all: list[str]
    one: list[str]
    program: str
    file: str


def main() -> None:
    options = parsed_options()
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder)
        write_lists(at, options.lines)
        report = {name: measured(name, kind, at, options) for name, kind in kinds_of(at).items()}
    print(machine())
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n")


def parsed_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=20_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def write_lists(at: Path, count: int) -> None:
    """The files of layers, and those with one layer."""
    lines = "".join(json.dumps(record) + "\n" for record in records(count))
    (at / "batch.jsonl").write_text(lines)
    (at / "one.jsonl").write_text(json.dumps(records(1)[0]) + "\n")
    (at / "repeated.json").write_text(json.dumps(residual(count)))
    (at / "different.json").write_text(json.dumps(different(count)))
    (at / "one.json").write_text(json.dumps(residual(1)))


def kinds_of(at: Path) -> dict[str, Kind]:
    convcli = str(Path(sys.executable).parent / "convcli")
    shape, shape_of_input = [convcli, "shape", "--batch"], "1x64x56x56"
    kinds = {}
    for form in ("--json", "-q"):
        batch, one = ([*shape, str(at / f"{file}.jsonl"), form] for file in ("batch", "one"))
        kinds[f"shape --batch {form}, different"] = Kind(batch, one, BATCH, "batch.jsonl")
    for name in ("repeated", "different"):
        for form in ("--json", "-q"):
            chain, one = (
                [convcli, "stack", str(at / f"{file}.json"), shape_of_input, form]
                for file in (name, "one")
            )
            kinds[f"stack {form}, {name}"] = Kind(chain, one, STACK, f"{name}.json")
    return kinds


def measured(name: str, kind: Kind, at: Path, options: argparse.Namespace) -> dict[str, float]:
    """Microseconds of a layer, ours and torch's, which are printed as well."""
    turns = [
        (
            cpu_seconds(kind.all) - cpu_seconds(kind.one),
            torch_seconds(kind.program, at / kind.file, at / "out"),
        )
        for _ in range(options.turns)
    ]
    ours, theirs = (
        lower_quartile(column) / options.lines * 1e6 for column in zip(*turns, strict=True)
    )
    ratio = theirs / ours
    print(
        f"{name:30} {ours:7.1f} us/layer   torch {theirs:7.1f}   {ratio:5.1f} times faster",
        flush=True,
    )
    return {"microseconds": ours, "torch": theirs, "ratio": ratio}


if __name__ == "__main__":
    main()
