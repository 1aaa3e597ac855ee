"""A pasted text into the error that it means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from importlib import import_module
from inspect import signature
from typing import Any, NamedTuple

from convcli.engine.diagnosis.values import Diagnosis
from convcli.errors import ConvError
from convcli.inputs.messages.code import layers_of_places
from convcli.inputs.messages.rows import Row, UsersCode
from convcli.inputs.messages.templates import compiled, values_of
from convcli.inputs.messages.texts import plain
from convcli.inputs.messages.traces import Place, own_places

TABLES = (  # the modules of this folder with rows, those of one framework after the other
    "torch_convolutions",
    "torch_products",
    "torch_layers",
    "torch_arguments",
    "torch_types",
    "torch_states",
    "torch_tensors",
    "keras_inputs",
    "keras_layers",
    "keras_weights",
    "tensorflow",
    "tensorflow_shapes",
    "jax",
    "flax",
    "onnxruntime",
    "onnx_shapes",
    "paddle",
    "paddle_layers",
    "mxnet",
    "opencv",
    "engines",
)
# What the numbers of a text raise that belong to no layer: anybody can write them.
NO_LAYER = (ConvError, ArithmeticError, LookupError, ValueError)

# Whose inputs have sizes that nobody knows yet, like (None, 28, 28, 1), and how rows name these.
SYMBOLIC = ("coremltools", "keras", "tensorflow")
SYMBOLIC_FIELDS = ("input", "inputs", "shapes", "got", "wants", "target", "first", "second")


class Explained(NamedTuple):
    """An error of a text: its kind, its framework, its diagnosis, its fields, its place."""

    kind: str
    framework: str
    diagnosis: Diagnosis
    fields: dict[str, Any]
    place: Place | None = None


@cache
def rows() -> Sequence[Row]:
    """All rows of the table of messages."""
    modules = (import_module(f"convcli.inputs.messages.{name}") for name in TABLES)
    return tuple(row for module in modules for row in module.ROWS)


def explained(text: str) -> Explained | None:
    """The first error of the text that is known; None where there is none.

    >>> explained("ValueError: in_channels must be divisible by groups").kind
    'conv.groups'
    >>> explained("KeyError: 'conv1'")
    """
    lines = plain(text)
    for start, row, read in sorted(_matches(lines), key=lambda each: each[0]):
        places = own_places(lines[:start])
        place = places[-1] if places else None
        code = _code(row, places)
        try:
            fields = _known(row, read())
            diagnosis = row.diagnose(**fields, **code)
        except NO_LAYER:
            continue
        if diagnosis is not None:
            kind = diagnosis.kind or row.kind
            return Explained(kind, row.framework, diagnosis, fields, place)
    return None


def _known(row: Row, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields; raises ValueError where a size is unknown that must be a number."""
    for name, value in fields.items():
        is_symbolic = row.framework in SYMBOLIC and name in SYMBOLIC_FIELDS
        if not is_symbolic and isinstance(value, (tuple, list)) and _has_unknown(value):
            raise ValueError(f"{name} has a size that is no number")
    return fields


def _has_unknown(sizes: Sequence[Any]) -> bool:
    return any(size is None or (isinstance(size, tuple) and None in size) for size in sizes)


def _code(row: Row, places: Sequence[Place]) -> dict[str, UsersCode]:
    """The user's code, for rows that ask for it."""
    if "code" not in signature(row.diagnose).parameters:
        return {}
    line = places[-1].code if places else ""
    return {"code": UsersCode(line, layers_of_places(places))}


def _matches(text: str) -> Iterator[tuple[int, Row, Callable[[], dict[str, Any]]]]:
    for row in rows():
        for each in row.templates:
            template = compiled(each)
            if template.literal in text:
                match = template.pattern.search(text)
                if match is not None:
                    yield match.start(), row, partial(values_of, template, match)
