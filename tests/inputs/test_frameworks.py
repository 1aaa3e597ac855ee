"""Results and refusals of the libraries themselves, recorded once: every layer that they computed.

x.flat[i] = (7*i + 3) % 11 - 5, w.flat[i] = (5*i + 1) % 7 - 3, in the layouts of the framework.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.cli.input.foreign_operands import arranged
from convcli.engine.compute.convolve import convolve
from convcli.errors import ConvError
from convcli.inputs.frameworks.calls import foreign_layer
from convcli.inputs.frameworks.resolved import resolve

RECORDS = Path(__file__).parent.parent / "data" / "frameworks.jsonl.gz"
ENOUGH = 0.97  # of the records of all frameworks

Record = dict[str, Any]


def call(prefix: str, less: str = "") -> Callable[[Record], str]:
    """The call of a record, all of whose arguments have names; its own name without `less`."""
    return lambda record: f"{prefix}{named(record, less)}({keywords(record['arguments'])})"


def named(record: Record, less: str) -> str:
    return str(record["layer"]).removeprefix(less).strip("[]")


def keywords(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items())


def with_filters(record: Record) -> str:
    """The call of a section, with the filters that its record leaves to the output."""
    if record["layer"] != "[convolutional]":
        return call("darknet.")(record)
    arguments = {**record["arguments"], "filters": record["output_shape"][1]}
    return call("darknet.")({**record, "arguments": arguments})


# How a record of each framework becomes a call, by the first word of its `framework`.
CALLS: dict[str, Callable[[Record], str]] = {
    "keras": call("keras.layers."),
    "tensorflow": call(""),
    "tflite": call("tflite."),
    "jax": call(""),
    "flax": call(""),
    "onnxruntime": call("onnx."),
    "paddle": call("paddle.nn.functional.", "F."),
    "mxnet": call("mxnet."),
    "openvino": call("openvino."),
    "coremltools": call("coremltools."),
    "caffe": call("caffe."),
    "darknet": with_filters,
    "opencv": call("cv2."),
    "scipy.ndimage": call("scipy.ndimage."),
    "scipy.signal": call("scipy.signal."),
    "numpy": call(""),
    "octave": call("matlab."),
    "torch": call(""),
}
# What is not as recorded, and why.
MISSES: dict[str, str] = {
    "tfnn011": "TensorFlow returns memory that it did not write",
    "jax061": "batch_group_count",
    "flax072": "several batch axes",
    "cv032": "its input is not as the rule of the records says",
    "ndi059": "its input is not as the rule of the records says",
    "cv035": "two kernels, of which convcli takes the product",
    "oct021": "an empty result is refused",
    **dict.fromkeys(("torch252", "torch253"), "adaptive pooling"),
}


def framework_of(record: Record) -> str:
    return str(record["framework"]).replace("-", " ").split()[0]


@cache
def records() -> dict[str, list[Record]]:
    by_framework: dict[str, list[Record]] = {}
    for line in gzip.decompress(RECORDS.read_bytes()).decode().splitlines():
        record = json.loads(line)
        by_framework.setdefault(framework_of(record), []).append(record)
    return by_framework


def covered(name: str) -> Iterator[tuple[Record, str]]:
    for record in records()[name]:
        is_class = record["layer"].startswith("nn.C") and name == "torch"  # read as a layer is
        if record["id"] not in MISSES and not is_class:
            yield record, CALLS[name](record)


def made_up(shape: list[int], factor: int, start: int, modulus: int, less: int) -> Any:
    return ((factor * np.arange(np.prod(shape)) + start) % modulus - less).reshape(shape)


def weight_shapes(record: Record) -> list[list[int]]:
    shape = record["weight_shape"]
    return [] if not shape else shape if isinstance(shape[0], list) else [shape]


def shape_of(text: str, record: Record) -> list[int] | None:
    """The shape of the result; None where the layer is refused."""
    try:
        layer, shape = foreign_layer(text), record["input_shape"]
        weights: list[Any] = [*weight_shapes(record), None]
        while layer is not None:
            shape = resolve(layer, shape, weights.pop(0), bias=False).output
            layer = layer.then
        return list(shape)
    except ConvError as error:
        return None if error.exit_status == 2 else [int(error.exit_status)]


def values_of(text: str, record: Record) -> Any:
    layer, values = foreign_layer(text), made_up(record["input_shape"], 7, 3, 11, 5)
    weights = [made_up(shape, 5, 1, 7, 3) for shape in weight_shapes(record)]
    while layer is not None:
        weight = weights.pop(0) if weights else None
        resolved = resolve(
            layer, values.shape, None if weight is None else weight.shape, bias=False
        )
        arrays = arranged(resolved, text, values, weight)
        if resolved.empty is not None:
            values = arrays.result(values)
        elif resolved.spec is None:
            values = arrays.windows()
        else:
            values = arrays.result(convolve(resolved.spec, arrays.input, arrays.weight))
        layer = layer.then
    return values


@pytest.mark.parametrize("name", CALLS)
def test_shapes_and_refusals_are_those_of_the_library(name: str) -> None:
    wrong = [
        (record["id"], text, shape_of(text, record), record.get("output_shape"))
        for record, text in covered(name)
        if shape_of(text, record) != record.get("output_shape")
    ]
    assert not wrong


@pytest.mark.parametrize("name", CALLS)
def test_values_are_those_of_the_library(name: str) -> None:
    wrong = []
    for record, text in covered(name):
        if "output" in record:
            values = values_of(text, record).reshape(-1).astype(float)
            expected = np.array(record["output"], float)
            if values.shape != expected.shape or not np.allclose(values, expected, atol=1e-5):
                wrong.append((record["id"], text, values.tolist(), record["output"]))
    assert not wrong


def test_few_records_are_missed() -> None:
    all_of_them = {record["id"] for name in CALLS for record in records()[name]}
    assert set(MISSES) <= all_of_them
    assert len(MISSES) <= (1 - ENOUGH) * len(all_of_them)
