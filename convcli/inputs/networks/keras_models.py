"""Models of Keras: code of a Sequential, a printed summary, or JSON. Nothing is run."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from typing import Any
from warnings import catch_warnings, simplefilter

from convcli.errors import ConvError, shortened
from convcli.inputs.networks.data_texts import READERS
from convcli.inputs.networks.entries import Entry, Listed, limited
from convcli.inputs.networks.framework_layers import entries_of_parts
from convcli.inputs.networks.keras_layers import SKIPPED, parsed_call, parsed_config
from convcli.inputs.networks.keras_summary import entries_of_summary
from convcli.inputs.networks.keras_texts import is_json, is_summary
from convcli.inputs.networks.python_source import Folded, require_short
from convcli.inputs.text.python_literals import python_reason

_SHOWN = 60  # characters of an item in an error
_BATCH_NORM = (
    "BatchNormalization: summary() also counts the moving mean and variance, 2 numbers a channel "
    "that are not learned"
)
_DENSE = "Dense behind Flatten: its rows are in the order H, W, C; torch's are in C, H, W"
_MODELS = ("Sequential", "Model", "Functional")


def entries_of_keras(text: str) -> Listed:
    """The layers of code with a Sequential, of a summary, or of JSON."""
    if is_json(text):
        return entries_of_config(READERS[".json"](text))
    if is_summary(text):
        return entries_of_summary(text)
    entries = list(limited(_of_code(text)))
    return entries, _notes(entries)


def entries_of_config(data: Any) -> Listed:
    """The layers of model.to_json(). Raises ConvError where it is no Sequential."""
    entries = list(limited(_of_model(data, "")))
    return entries, _notes(entries)


def _notes(entries: list[Entry]) -> list[str]:
    """What differs from torch, and from what Keras prints."""
    names = [entry.parsed.text.partition("(")[0].rpartition(".")[2]
             for entry in entries if entry.parsed is not None]  # fmt: skip
    notes = [_BATCH_NORM] if "BatchNormalization" in names else []
    if "Flatten" in names and "Dense" in names[names.index("Flatten") :]:
        notes.append(_DENSE)
    return notes


def _of_model(data: Any, prefix: str) -> Iterator[Entry]:
    config = data.get("config") if isinstance(data, Mapping) else None
    layers = config.get("layers") if isinstance(config, Mapping) else None
    name = data.get("class_name") if isinstance(data, Mapping) else None
    if not isinstance(layers, list) or not isinstance(name, str):
        rule = "must be a model of Keras: class_name, and a config with layers"
        raise ConvError("layers.keras", rule, parameter="LAYERS", kind="data")
    if name != "Sequential":
        _check_chain(name, layers)
    for layer in layers:
        kind = layer.get("class_name") if isinstance(layer, Mapping) else None
        inner = layer.get("config") if isinstance(layer, Mapping) else None
        if not isinstance(kind, str) or not isinstance(inner, Mapping):
            got = json.dumps(layer)[:_SHOWN]
            rule = "a layer must have class_name and config"
            raise ConvError("layers.keras", rule, parameter="LAYERS", got=got, kind="data")
        own = prefix + str(inner.get("name") or kind)
        if kind in _MODELS:
            yield from _of_model(layer, f"{own}.")
        elif kind not in SKIPPED:
            yield from entries_of_parts(Entry(kind, own), parsed_config(kind, inner))


def _check_chain(name: str, layers: list[Any]) -> None:
    """Raises ConvError unless each layer of a functional model reads the one before it."""
    before: str | None = None
    for layer in layers:
        nodes = layer.get("inbound_nodes") if isinstance(layer, Mapping) else None
        own = layer.get("name") if isinstance(layer, Mapping) else None
        read = json.dumps(nodes) if nodes else ""
        if before is not None and f'"{before}"' not in read:
            rule = "{name} is no chain of layers: {layer} does not read the layer before it"
            fields = {"name": name, "layer": shortened(str(own))}
            hint = "Export it to ONNX, and give convcli stack the .onnx file."
            raise ConvError(
                "layers.keras", rule, parameter="LAYERS", hint=hint, fields=fields, kind="data"
            )
        before = str(own)


def _of_code(text: str) -> Iterator[Entry]:
    """The layers of the first Sequential([...]), and of the calls of add()."""
    require_short(text)
    try:
        with catch_warnings():
            simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        rule = f"cannot be read as Python: {python_reason(error)}"
        raise ConvError("layers.syntax", rule, parameter="LAYERS") from None
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    calls = [node for node in _in_order(tree) if isinstance(node, ast.Call)]
    models = [call for call in calls if _name(call) == "Sequential"]
    outer = models[0] if models else None
    at = 0
    for node in (one for call in calls for one in _layers(call, outer)):
        for inner in _flat(node):
            entry = _entry(Folded(constants).visit(inner), str(at))
            if entry is not None:
                yield from entry
                at += 1


def _in_order(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes, as they stand in the source."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        yield from _in_order(child)


def _layers(call: ast.Call, outer: ast.Call | None) -> Iterator[ast.expr]:
    """The layers that a Sequential or an add() is called with."""
    if call is outer:
        listed = [*call.args, *(word.value for word in call.keywords if word.arg == "layers")]
        for argument in listed[:1]:
            if isinstance(argument, (ast.List, ast.Tuple)):
                yield from argument.elts
            elif not isinstance(argument, ast.Constant):
                yield argument
    elif _name(call) == "add" and isinstance(call.func, ast.Attribute) and call.args:
        yield call.args[0]


def _flat(node: ast.expr) -> Iterator[ast.expr]:
    """The layers of a Sequential inside another, one by one."""
    if isinstance(node, ast.Call) and _name(node) == "Sequential" and node.args:
        inner = node.args[0]
        for one in inner.elts if isinstance(inner, (ast.List, ast.Tuple)) else [inner]:
            yield from _flat(one)
    else:
        yield node


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _entry(node: ast.expr, name: str) -> Iterator[Entry] | None:
    """The entries of one layer; None for an input layer, which only says a shape."""
    if not isinstance(node, ast.Call):
        rule = "a Sequential must list its layers one by one: the code is parsed, not run"
        got = ast.unparse(node)[:_SHOWN]
        raise ConvError("layers.literal", rule, parameter="LAYERS", got=got)
    kind = _name(node)
    if kind in SKIPPED:
        return None
    line = ast.unparse(node)
    text = f"{kind}{line[len(ast.unparse(node.func)) :]}"
    parts = parsed_call(f"keras.layers.{text}")
    return entries_of_parts(Entry(text, name), [part._replace(text=text) for part in parts])
