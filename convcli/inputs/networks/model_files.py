"""Files and texts that list layers: which reader takes which. Nothing is ever run."""

from __future__ import annotations

import os
from typing import IO, Any

from convcli.errors import ConvError, Kind
from convcli.inputs.networks.contents import LARGEST_STREAM, contents_of
from convcli.inputs.networks.data_files import entries_of_data
from convcli.inputs.networks.data_texts import READERS
from convcli.inputs.networks.entries import Listed, entries_of, split_list
from convcli.inputs.networks.keras_texts import is_keras, is_keras_data
from convcli.inputs.networks.printed_models import entries_of_print
from convcli.inputs.networks.printed_tree import is_printed
from convcli.inputs.networks.python_source import entries_of_source

STDIN = "-"


def entries_of_file(path: str, member: str = "") -> Listed:
    """The layers that a file lists; `member` names one of the nn.Sequential of a .py file."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".onnx":
        raise ConvError(
            "layers.onnx",
            "an .onnx file cannot be combined with other layers",
            parameter="LAYERS",
            got=path,
        )
    text = read_text(path)
    try:
        if suffix in READERS:
            entries, notes = _of_data(READERS[suffix](text), path)
        else:
            entries, notes = (
                entries_of_source(text, member)
                if suffix == ".py" and not is_keras(text)
                else entries_of_text(text)
            )
    except ConvError as error:
        kind: Kind = "data" if error.kind == "request" else error.kind
        raise error.with_place(got=path if error.got is None else None, kind=kind) from None
    except RecursionError:
        raise ConvError(
            "layers.deep", "is nested too deeply", parameter="LAYERS", got=path, kind="data"
        ) from None
    if not entries:
        raise ConvError(
            "layers.empty",
            "must contain at least one layer",
            parameter="LAYERS",
            got=path,
            kind="data",
        )
    return [entry if entry.file is path else entry._replace(file=path) for entry in entries], notes


def _of_data(data: Any, file: str | None = None) -> Listed:
    """The layers of JSON, YAML or TOML: those of convcli's lists, or of a Keras model."""
    if is_keras_data(data):
        from convcli.inputs.networks.keras_models import entries_of_config

        return entries_of_config(data)
    return entries_of_data(data, file), []


def read_text(path: str) -> str:
    """The text of a file. Raises ConvError where it is too large, not readable, or not UTF-8."""
    return _decoded(contents_of(path), path)


def _decoded(data: bytes, source: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConvError(
            "layers.text", "must be UTF-8 text", parameter="LAYERS", got=source, kind="data"
        ) from None


def entries_of_stream(stream: IO[bytes]) -> Listed:
    """The layers that a stream lists: JSON, JSON Lines, or a text as a .txt file holds it."""
    data = stream.read(LARGEST_STREAM + 1)
    if len(data) > LARGEST_STREAM:
        rule = f"must be at most {LARGEST_STREAM >> 20} MiB"
        raise ConvError("layers.large", rule, parameter="LAYERS", got=STDIN, kind="data")
    text = _decoded(data, STDIN)
    lead = text.lstrip()[:1]
    try:
        if lead in ("[", "{") and not is_keras(text.strip()):
            is_lines = lead == "{" and len(text.strip().splitlines()) > 1
            parsed = READERS[".jsonl" if is_lines else ".json"](text)
            is_layer = isinstance(parsed, dict) and "layers" not in parsed
            listed = _of_data([parsed] if is_layer and not is_keras_data(parsed) else parsed)
        else:
            listed = entries_of_text(text)
    except ConvError as error:
        kind: Kind = "data" if error.kind == "request" else error.kind
        raise error.with_place(kind=kind) from None
    entries, notes = listed
    return [entry._replace(file="standard input") for entry in entries], notes


def entries_of_text(text: str) -> Listed:
    """A layer, layers between semicolons, code with an nn.Sequential(...), or print(model)."""
    try:
        return _entries_of_stripped(text.strip())
    except RecursionError:
        raise ConvError("layers.deep", "is nested too deeply", parameter="LAYERS") from None


def _entries_of_stripped(stripped: str) -> Listed:
    if is_keras(stripped):
        from convcli.inputs.networks.keras_models import entries_of_keras

        return entries_of_keras(stripped)
    if is_printed(stripped):
        return entries_of_print(stripped)
    if "Sequential(" in stripped:
        return entries_of_source(stripped)
    return entries_of(split_list(stripped)), []
