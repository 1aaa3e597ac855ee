"""Every line that `port` writes for some layers, executed by its framework and compared.

python -m tests.frameworks                       every framework, each in an environment of its own
python -m tests.frameworks jax onnx              these two
python -m tests.frameworks jax --python PATH     with an interpreter that has it
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from convcli.cli.commands.port.layers import compute_way, in_layout, only, plain, resolve_way
from convcli.cli.commands.port.ported import Porting
from convcli.cli.commands.port.ways import WAYS
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.report.spelling.ports.base import CannotWrite, Task, Way

ENVIRONMENTS = Path(".frameworks")
PACKAGES = {
    "torch": ["torch"],
    "keras": ["tensorflow"],
    "tensorflow": ["tensorflow"],
    "tflite": ["tensorflow"],
    "jax": ["jax[cpu]"],
    "flax": ["flax"],
    "onnx": ["onnx", "onnxruntime"],
    "paddle": ["paddlepaddle"],
    "openvino": ["openvino"],
    "coreml": ["coremltools"],
    "opencv": ["opencv-python-headless"],
    "scipy": ["scipy"],
    "numpy": ["numpy"],
}
LAYERS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("keras.layers.Conv2D(3, 3, strides=2, padding='same')", (1, 8, 9, 2)),
    ("nn.Conv2d(2, 3, 3, stride=2, padding=1)", (1, 2, 8, 9)),
    ("nn.Conv2d(2, 3, (3, 4), padding='same')", (1, 2, 8, 9)),
    ("nn.Conv2d(2, 4, 3, padding=2, dilation=2, groups=2)", (1, 2, 9, 9)),
    ("nn.Conv2d(4, 6, 3, groups=2)", (1, 4, 9, 9)),
    ("nn.Conv2d(2, 3, 3, stride=2, dilation=2, bias=False)", (1, 2, 12, 12)),
    ("nn.Conv2d(1, 1, 3, padding=1, padding_mode='reflect')", (1, 1, 7, 8)),
    ("nn.Conv2d(1, 1, 3, padding=1, padding_mode='replicate')", (1, 1, 7, 8)),
    ("nn.Conv2d(1, 1, 3, stride=2, padding=1)", (1, 1, 7, 8)),
    ("scipy.ndimage.correlate(mode='reflect')", (7, 8)),
    ("numpy.convolve(mode='same')", (9,)),
    ("nn.Conv1d(2, 3, 4, stride=3, padding=2)", (1, 2, 11)),
    ("keras.layers.Conv1D(3, 3, padding='causal')", (1, 9, 2)),
    ("nn.Conv3d(1, 2, 3, stride=2, padding=1)", (1, 1, 5, 6, 7)),
    ("nn.ConvTranspose2d(2, 3, 4, stride=2, padding=1)", (1, 2, 4, 5)),
    ("nn.ConvTranspose2d(2, 3, 3, stride=2, padding=1, output_padding=1)", (1, 2, 4, 5)),
    ("keras.layers.Conv2DTranspose(3, 3, strides=2, padding='same')", (1, 4, 5, 2)),
    ("flax.linen.ConvTranspose(3, (2, 3), strides=(2, 3))", (1, 4, 5, 2)),
    ("nn.ConvTranspose1d(2, 3, 2, stride=3)", (1, 2, 5)),
    ("tf.nn.conv2d_transpose(output_shape=[1, 8, 10, 3], strides=2, padding='SAME')", (1, 4, 5, 2)),
)


def integers(shape: tuple[int, ...], step: int, first: int, modulus: int) -> Any:
    return ((step * np.arange(np.prod(shape)) + first) % modulus - modulus // 2).reshape(shape)


def cases(name: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Every line of a framework, with its arrays in the folder and what convcli computes of it."""
    for number, (text, shape) in enumerate(LAYERS):
        options = {"kernel_size": 4 if shape == (9,) else 3, "out_channels": 3}
        if "(" in text and ("nn.Conv" in text or "Conv" in text.partition("(")[0]):
            options = {}
        if len(shape) < 3:
            options["out_channels"] = 1
        task = Porting.of(text, shape, options, (name,)).task
        try:
            ways = list(WAYS[name](task))
        except CannotWrite:
            continue
        for at, way in enumerate(ways):
            case = f"{name}-{number}-{at}"
            refused = save(way, task, folder / f"{case}.npz")
            yield {"id": case, "layer": text, "code": way.code, "refused": refused}


def save(way: Way, task: Task, path: Path) -> bool:
    """The arrays of a line; whether its framework refuses it."""
    spec, full = task.spec, Shape((task.batch, task.spec.in_channels, *task.sizes))
    x, weight = integers(full, 7, 3, 11), integers(spec.weight_shape, 5, 1, 7)
    try:
        if way.within:
            resolve_way(Way("", way.within, way.pads), spec, full)
        resolved = resolve_way(way, spec, full)
        w = in_layout(resolved, weight)
        result = compute_way(way, resolved, x, w, spec.padding_mode)
        if way.keeps:
            result = only(result, task.outs)
    except ConvError:
        np.savez(path, x=x, w=weight, y=x)
        return True
    layouts = resolved.layouts
    inner = layouts.like_input(x.reshape(plain(full, resolved.foreign)))
    y = layouts.result(result.reshape(plain(Shape(result.shape), resolved.foreign)))
    np.savez(path, x=inner, w=w, y=y)
    return False


def interpreter(name: str) -> str:
    """The interpreter of an environment with the packages of a framework, made where it lacks."""
    folder = ENVIRONMENTS / PACKAGES[name][-1].partition("[")[0]
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "numpy", *PACKAGES[name]], check=True)
    return str(python)


def check(name: str, python: str | None) -> int:
    """Execute the lines of a framework; the number of those that are not as convcli says."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        lines = list(cases(name, folder))
        (folder / "cases.json").write_text(json.dumps(lines))
        runner = Path(__file__).with_name("runner.py")
        command = [python or interpreter(name), str(runner), name, str(folder)]
        subprocess.run(command, check=True, capture_output=True)
        outcomes = json.loads((folder / "outcomes.json").read_text())
    wrong = [line for line in lines if outcomes[line["id"]] != "equal"]
    print(f"{name}: {len(lines) - len(wrong)} of {len(lines)} lines as convcli says")
    for line in wrong:
        print(f"  {line['layer']}\n    {line['code']}\n    {outcomes[line['id']]}")
    return len(wrong)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.frameworks")
    parser.add_argument("names", nargs="*", help="frameworks (default: all)")
    parser.add_argument("--python", help="an interpreter that has them")
    options = parser.parse_args()
    names = options.names or list(PACKAGES)
    return min(sum(check(name, options.python) for name in names), 1)


if __name__ == "__main__":
    sys.exit(main())
