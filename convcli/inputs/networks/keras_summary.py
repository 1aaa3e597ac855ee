"""What `model.summary()` of Keras prints: names, classes, output shapes, numbers of parameters.

It has no kernel sizes, strides and padding: those that make the numbers are searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.errors import ConvError
from convcli.inputs.networks.entries import Entry, Listed, limited
from convcli.inputs.networks.keras_inference import layer_of
from convcli.inputs.networks.keras_layers import JOINS, SKIPPED
from convcli.inputs.networks.parsed import Parsed

_ROW = re.compile(
    r"^\W*(?P<first>\w.*?)[\s\u2502|]+\[?\((?:None|\d+)\s*,(?P<sizes>[\d\s,]*)\)\]?\W*"
    r"(?P<numbers>\d[\d,]*)\D*$"
)
_LAYER = re.compile(r"(?P<name>[\w./-]+?)\s*\((?P<kind>\w+)\)?")
_BELOW = re.compile(r"^[\s\u2502|]*(?P<first>[\w()./-]+)[\s\u2502|]*$")  # more of a long name
_LONGEST_NUMBER = 18  # digits
_END = re.compile(r"(?:Total|Trainable|Non-trainable|Optimizer) params")
_ASSUMED = (
    "A summary has no kernel sizes, strides and padding. They follow from the shapes and the "
    "parameters; pooling is taken to have strides as its window: compare them with the code"
)


class Row(NamedTuple):
    """A layer of a summary; `sizes` are those of its output without the batch, channels last.

    `reads` are those of the row before it.
    """

    name: str
    kind: str
    sizes: tuple[int, ...]
    parameters: int
    reads: tuple[int, ...] | None = None


def entries_of_summary(text: str) -> Listed:
    """The layers of a summary. Raises ConvError where it is none, or no chain."""
    rows = list(_rows(text))
    if not rows:
        rule = "is no summary of Keras: a row is like conv2d (Conv2D)  (None, 26, 26, 32)  320"
        raise ConvError("layers.keras", rule, parameter="LAYERS", kind="data")
    entries = [Entry(row.kind, row.name, parsed=_parsed(row)) for row in rows]
    return list(limited(entries)), [_ASSUMED]


def _rows(text: str) -> Iterator[Row]:
    """The rows but those of input layers. A name or class that is too long goes on below."""
    lines: list[tuple[str, str, str]] = []
    for line in text.splitlines():
        if _END.search(line):
            break
        row, below = _ROW.match(line), _BELOW.match(line)
        if row is not None:
            lines.append((row["first"], row["sizes"], row["numbers"]))
        elif below is not None and lines:
            lines[-1] = (lines[-1][0] + below["first"], *lines[-1][1:])
    before: tuple[int, ...] | None = None
    for found in (_row(*line) for line in lines):
        if found.kind in JOINS:
            rule = "{kind} joins several layers, and a summary does not say enough of them"
            hint = "Export the model to ONNX, and give convcli stack the .onnx file."
            fields = {"kind": found.kind}
            raise ConvError(
                "layers.sources", rule, parameter="LAYERS", hint=hint, fields=fields, kind="data"
            )
        if found.kind not in SKIPPED:
            yield found._replace(reads=before)
        before = found.sizes


def _row(first: str, sizes: str, numbers: str) -> Row:
    """A row of its cells. Raises ConvError where they are none."""
    layer = _LAYER.search(first)
    listed = [size.strip() for size in sizes.split(",") if size.strip()]
    if (
        layer is None
        or not listed
        or any(
            len(one) > _LONGEST_NUMBER or not one.replace(",", "").isdecimal()
            for one in (*listed, numbers)
        )
    ):
        rule = "has a row that is none of a summary of Keras"
        raise ConvError("layers.keras", rule, parameter="LAYERS", got=first[:60], kind="data")
    count = int(numbers.replace(",", ""))
    return Row(layer["name"], layer["kind"], tuple(map(int, listed)), count)


def _parsed(row: Row) -> Parsed:
    rank = len(row.sizes) - 1
    is_spatial = 1 <= rank <= 3
    return Parsed(
        f"{row.kind}()",
        partial(_layer_for, row),
        rank if is_spatial else None,
        order="N*C" if is_spatial else None,
    )


def _layer_for(row: Row, inputs: Sequence[Shape]) -> Layer:
    *spatial, channels = row.sizes
    output = Shape((inputs[0][0], channels, *spatial))
    typed = (*inputs[0][2:], inputs[0][1]) if len(inputs[0]) > 1 else ()
    if row.reads is not None and row.reads != typed:
        rule = "the summary is of an input {reads}, and it is {typed} here"
        fields: dict[str, Any] = {"reads": Shape(row.reads), "typed": Shape(typed)}
        raise ConvError("layers.traced", rule, parameter="LAYERS", fields=fields)
    layer = layer_of(row.kind, inputs[0], output, row.parameters)
    if layer is None:
        rule = "{kind} makes {made} of {count} parameters, which is not possible on this input"
        fields = {"kind": row.kind, "made": Shape((*output[2:], channels)),
                  "count": row.parameters}  # fmt: skip
        hint = "Give the SHAPE that the summary was printed for."
        raise ConvError("layers.traced", rule, parameter="LAYERS", hint=hint, fields=fields)
    return layer
