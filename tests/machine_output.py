"""Record what varied command lines print for machines, and compare a later version with the record.

python -m tests.machine_output record FILE
python -m tests.machine_output compare FILE
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import random
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from convcli.cli.app.main import main
from convcli.cli.output.streams import Streams

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "convcli" / "inputs" / "networks" / "examples"
LAYERS_OF_EACH_COMMAND = 60
FOLDER_OF_RECORDS = "./examples/networks"  # where they were when lines were first recorded
FORMATS = (("--json",), ("-f", "jsonl"), ("-f", "csv"), ("-q",))
NETWORKS = ("lenet5", "alexnet", "vgg16", "resnet18", "mobilenet_v2", "unet")
SHAPES = {"lenet5": "1x28x28", "unet": "1x572x572"}


def lines() -> Iterator[list[str]]:
    """Random layers under every command that computes, then stacks, searches, wrong requests."""
    rng = random.Random(13)
    for rank in (1, 2, 3):
        for _ in range(LAYERS_OF_EACH_COMMAND):
            yield from _of_layer(rng, rank)
    for name in NETWORKS:
        source = str(FOLDER / f"{name}.txt")
        shape = SHAPES.get(name, "3x224x224")
        yield from (["stack", source, shape, *form] for form in FORMATS)
        yield from (
            ["stack", source, shape, "--json", *more] for more in (["--prove"], ["--unit", "0,0"])
        )
    yield from _searches(rng)
    yield from _wrong()


def _of_layer(rng: random.Random, rank: int) -> Iterator[list[str]]:
    transposed = rng.random() < 0.4
    groups = rng.choice((1, 1, 2))
    channels = groups * rng.randint(1, 2)
    outputs = groups * rng.randint(1, 2)
    kernel = [rng.randint(1, 3) for _ in range(rank)]
    sizes = [rng.randint(3, 6 if rank < 3 else 4) for _ in range(rank)]
    layer = [f"conv{'_transpose' if transposed else ''}{rank}d"]
    options = ["-s", str(rng.randint(1, 3)), "-d", str(rng.randint(1, 2)), "-g", str(groups)]
    options += ["-p", rng.choice(("0", "1", "1:0", "2", "valid" if not transposed else "0"))]
    if not transposed:
        options += ["--padding-mode", rng.choice(("zeros", "reflect", "replicate", "circular"))]
    elif rng.random() < 0.3:
        options += ["--output-padding", "1"]
    shape = "x".join(map(str, [1, channels, *sizes]))
    first, second = (channels, outputs // groups) if transposed else (outputs, channels // groups)
    weight = "x".join(map(str, [first, second, *kernel]))
    made = rng.choice(("randint:{}:1", "arange:{}:1", "randn:{}:3"))
    arrays = [made.format(shape), rng.choice(("randint:{}:2", "rand:{}:4")).format(weight)]
    form = rng.choice(FORMATS)
    kernel_text = ",".join(map(str, kernel))
    of_shape = [*layer, *options, "-k", kernel_text, "-c", str(outputs)]
    yield from (["shape", of_shape[0], shape, *of_shape[1:], *each] for each in FORMATS)
    yield ["init", *of_shape, "--in-channels", str(channels), "--seed", "1", *form]
    yield ["trace", *layer, *arrays, *options, *rng.choice(FORMATS[:3])]
    yield ["run", *layer, *arrays, *options, *form]
    yield ["run", *layer, *arrays, *options, "-o", "-", "-q"]
    yield ["grad", *layer, *arrays, *options, *rng.choice(FORMATS[:3])]
    yield ["matrix", *layer, *arrays, *options, *rng.choice(FORMATS[:3])]
    text = "; ".join(
        (
            "Conv2d(1, 4, 3, padding=1)",
            "ReLU()",
            "MaxPool2d(2)",
            f"Conv2d(4, {outputs}, {rng.randint(1, 3)})",
        )
    )
    size = rng.randint(7, 30)
    yield ["stack", text, f"1x{size}x{size}", *form]
    yield [
        "solve",
        layer[0][:-2] + "1d",
        str(sizes[0]),
        str(rng.randint(2, 9)),
        "-k",
        "1..4",
        "-s",
        "1..3",
        *form,
    ]


def _searches(rng: random.Random) -> Iterator[list[str]]:
    for _ in range(60):
        size, out = rng.randint(4, 30), rng.randint(2, 15)
        yield [
            "solve",
            "conv2d",
            f"{size}x{size}",
            f"{out}x{out}",
            "-k",
            "1..5",
            *rng.choice(FORMATS),
        ]
        yield [
            "solve",
            "conv2d",
            "?",
            f"{out}x{out}",
            "-k",
            "3",
            "-s",
            str(rng.randint(1, 3)),
            *rng.choice(FORMATS),
        ]
        yield [
            "learn",
            "Conv1d(1, 1, 2, bias=False)",
            "1 2 3 4",
            "3 5 7",
            "--lr",
            f"0.0{size}",
            "--epochs",
            "5",
            *rng.choice(FORMATS),
        ]


def _wrong() -> Iterator[list[str]]:
    for number in range(2, 8):
        for mode in ("reflect", "circular"):
            yield [
                "shape",
                "conv2d",
                f"{number}x{number}",
                "-k",
                "3",
                "-p",
                str(number + 1),
                "--padding-mode",
                mode,
                "--json",
            ]
        yield ["shape", f"Conv2d(3, 8, {number}, groups=2)", "3x8x8", "--json"]
        yield ["shape", "conv2d", f"{number}x{number}", "-k", "9", "--json"]
        yield ["run", "conv2d", f"[[1,{number}],[3]]", "ones:2x2", "--json"]
        yield ["stack", f"Conv2d(1, 2, {number}); Conv2d(3, 1, 1)", "1x9x9", "--json"]


def answer(line: list[str]) -> dict[str, object]:
    """The exit status, a digest of stdout, and the code, the option and the axis of an error."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8", newline=""), io.StringIO()
    status = main(line, Streams(io.StringIO(), out, err))
    out.flush()
    written = out.buffer.getvalue()  # type: ignore[attr-defined]
    code = re.search(r'\{"error".*', err.getvalue())
    error = json.loads(code[0])["error"] if code else {}
    known = {key: error[key] for key in ("code", "axis") if key in error}
    return {
        "status": status,
        "stdout": hashlib.sha256(written).hexdigest(),
        "bytes": len(written),
        "error": known,
    }


def recorded() -> dict[str, dict[str, object]]:
    folder = tempfile.mkdtemp()
    try:
        os.chdir(folder)
        return {
            json.dumps([word.replace(str(FOLDER), FOLDER_OF_RECORDS) for word in line]): answer(
                line
            )
            for line in lines()
        }
    finally:
        os.chdir(ROOT)
        shutil.rmtree(folder)


def compare(record: dict[str, dict[str, object]]) -> int:
    """Print each line whose answer differs; 1 where there are any."""
    now = recorded()
    different = [line for line, before in record.items() if now.get(line) != before]
    for line in different:
        print(line, record[line], now.get(line), sep="\n  ")
    print(f"{len(record)} command lines compared, {len(different)} differ")
    return bool(different)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("record", "compare"))
    parser.add_argument("file", type=Path)
    chosen = parser.parse_args()
    file = chosen.file.resolve()
    if chosen.action == "compare":
        sys.exit(compare(json.loads(file.read_text("utf-8"))))
    found = recorded()
    file.write_text(json.dumps(found, indent=0) + "\n", "utf-8")
    print(f"{len(found)} command lines recorded")
