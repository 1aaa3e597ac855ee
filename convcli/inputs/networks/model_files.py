"""Files and texts that list layers: print(model), Python source, YAML, JSON, JSON Lines, TOML. Nothing is ever run."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from typing import Any

from convcli.errors import ConvError, Kind, unreadable
from convcli.inputs.files.packages import optional_package
from convcli.inputs.networks.entries import MOST_REPEATS, Entry, entry_of, split_list
from convcli.inputs.text.expressions import literal

LARGEST_FILE = 256 * 2**20  # bytes
BESIDE = (
    "layer",
    "name",
    "from",
    "id",
    "family",
    "input_shape",
)  # what a record holds beside the layer's arguments
CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")

_NAME = r"\((?P<name>[^()]*?)(?:-(?P<last>\d+))?\): (?:(?P<times>\d+) x )?"
_OPENED = re.compile(rf"(?:{_NAME})?(?P<module>[A-Za-z_]\w*)\($")
_LEAF = re.compile(rf"{_NAME}(?P<module>[A-Za-z_]\w*\(.*\))$")

Found = tuple[list[Entry], list[str]]


def entries_of_file(path: str, member: str = "") -> Found:
    """The layers that a file lists; `member` names one of the nn.Sequential of a .py file."""
    suffix = os.path.splitext(path)[1].lower()
    if suffix == ".onnx":
        raise ConvError(
            "layers.onnx",
            "an .onnx file stands alone, not among other layers",
            parameter="LAYERS",
            got=path,
        )
    text = read_text(path)
    try:
        if suffix in _DATA:
            notes: list[str] = []
            entries = [
                one for entry in _list_of(_DATA[suffix](text)) for one in _entry_of_data(entry)
            ]
        else:
            entries, notes = (
                entries_of_source(text, member) if suffix == ".py" else entries_of_text(text)
            )
    except ConvError as error:
        kind: Kind = "data" if error.kind == "request" else error.kind
        raise error.with_place(got=path if error.got is None else None, kind=kind) from None
    except RecursionError:
        raise ConvError(
            "layers.deep", "is nested too deep", parameter="LAYERS", got=path, kind="data"
        ) from None
    if not entries:
        raise ConvError("layers.empty", "lists no layer", parameter="LAYERS", got=path, kind="data")
    return [entry._replace(file=path) for entry in entries], notes


def read_text(path: str) -> str:
    """The text of a file, not larger than LARGEST_FILE; raises ConvError where it cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise unreadable("layers.unreadable", "LAYERS", path, error) from None
    if len(data) > LARGEST_FILE:
        rule = f"is larger than {LARGEST_FILE >> 20} MiB"
        raise ConvError("layers.large", rule, parameter="LAYERS", got=path, kind="data")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConvError(
            "layers.text", "is not UTF-8 text", parameter="LAYERS", got=path, kind="data"
        ) from None


def entries_of_text(text: str) -> Found:
    """A layer, several between semicolons, an nn.Sequential(...) of code, or what print(model) writes."""
    stripped = text.strip()
    if _is_printed(stripped):
        return _entries_of_print(stripped)
    if "Sequential(" in stripped:
        return entries_of_source(stripped)
    return [one for piece in split_list(stripped) for one in entry_of(piece)], []


def _is_printed(text: str) -> bool:
    """Whether every line is one that print(model) writes, as where only modules are inside others."""
    lines = text.splitlines()
    return len(lines) > 1 and all(
        line.strip() == ")" or _OPENED.fullmatch(line.strip()) or _LEAF.fullmatch(line.strip())
        for line in lines
        if line.strip()
    )


def _entries_of_print(text: str) -> Found:
    """Modules in the order in which they are printed, which is that of an nn.Sequential."""
    lines = iter([line.strip() for line in text.splitlines() if line.strip()])
    opened = _OPENED.fullmatch(next(lines))
    others: list[str] = []
    if opened is None:
        raise ConvError("layers.print", "does not start like print(model)", parameter="LAYERS")
    if opened["module"] not in CONTAINERS:
        others.append(opened["module"])
    entries = list(_children(lines, "", others))
    surplus = next(lines, None)
    if surplus is not None:
        raise ConvError(
            "layers.print",
            "goes on behind the end of the model",
            parameter="LAYERS",
            got=surplus[:80],
        )
    notes = [
        f"print(model) does not write {what} of {module}; {what}=False is taken."
        for module, what in (("AvgPool", "ceil_mode"), ("Upsample", "align_corners"))
        if any(entry.text.startswith(module) and what not in entry.text for entry in entries)
    ]
    if others:
        kinds = ", ".join(dict.fromkeys(others))
        notes.append(
            f"{kinds}: what forward() does between the modules is not in the text; they are taken in the order printed. "
            "--module and .onnx files know."
        )
    return entries, notes


def _children(lines: Iterator[str], prefix: str, others: list[str]) -> Iterator[Entry]:
    for line in lines:
        if line == ")":
            return
        leaf, opened = _LEAF.fullmatch(line), _OPENED.fullmatch(line)
        found = leaf or opened
        if found is None:
            raise ConvError(
                "layers.print", "is no line of print(model)", parameter="LAYERS", got=line[:80]
            )
        names = _names(found)
        if leaf:
            if leaf["module"] not in (f"{container}()" for container in CONTAINERS):
                yield from (Entry(leaf["module"], prefix + name) for name in names)
            continue
        if found["module"] not in CONTAINERS:
            others.append(found["module"])
        inside = list(_children(lines, "", others))
        if len(inside) * len(names) > MOST_REPEATS:
            raise ConvError(
                "layers.repeat",
                f"repeats to more than {MOST_REPEATS} layers",
                parameter="LAYERS",
                got=line[:80],
            )
        yield from (
            entry._replace(name=f"{prefix}{name}.{entry.name}")
            for name in names
            for entry in inside
        )
    raise ConvError(
        "layers.print", "ends before the model does: a bracket is not closed", parameter="LAYERS"
    )


def _names(found: re.Match[str]) -> list[str]:
    """The names of one line: `(0-2): 3 x ReLU()` has three, `(conv-1): ...` one."""
    first, last, times = found["name"] or "", found["last"], found["times"]
    if times is not None and (last is None or not first.isdigit()):
        raise ConvError(
            "layers.print",
            "repeats a module without a range of names",
            parameter="LAYERS",
            got=found[0][:80],
        )
    if times is None or last is None:
        return [first if last is None else f"{first}-{last}"]
    if len(times) > 6 or not 1 <= int(times) <= MOST_REPEATS:
        raise ConvError(
            "layers.repeat",
            f"repeats 1 to {MOST_REPEATS} times",
            parameter="LAYERS",
            got=found[0][:80],
        )
    return [str(int(first) + i) for i in range(int(times))]


def entries_of_source(text: str, member: str = "") -> Found:
    """The layers of the nn.Sequential(...) in Python source, which is parsed and not run."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        rule = f"cannot be read as Python: {getattr(error, 'msg', None) or error}"
        raise ConvError("layers.syntax", rule, parameter="LAYERS") from None
    constants: dict[str, Any] = {}
    found: dict[str, ast.Call] = {}
    for statement in _statements(tree):
        targets = [getattr(target, "attr", getattr(target, "id", "")) for target in statement[0]]
        value = statement[1]
        if isinstance(value, ast.Call) and _class_of(value) == "Sequential":
            found[targets[0] if targets else f"line {value.lineno}"] = value
        elif targets and isinstance(value, ast.Constant):
            constants[targets[0]] = value.value
    if not found:
        hint = "Lists of layers, print(model) and nn.Sequential(...) are read."
        raise ConvError(
            "layers.sequential", "there is no nn.Sequential(...)", parameter="LAYERS", hint=hint
        )
    if (member and member not in found) or (len(found) > 1 and not member):
        rule = (
            f"holds several nn.Sequential: {', '.join(found)}"
            if not member
            else f"holds no {member}, but {', '.join(found)}"
        )
        raise ConvError(
            "layers.member",
            rule,
            parameter="LAYERS",
            hint=f"Name one, like model.py:{next(iter(found))}.",
        )
    return list(_of_call(found[member or next(iter(found))], "", constants)), []


def _statements(tree: ast.AST) -> Iterator[tuple[list[ast.expr], ast.expr | None]]:
    """Every assignment, returned value and bare expression of the source: targets and value."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            yield node.targets, node.value
        elif isinstance(node, ast.AnnAssign):
            yield [node.target], node.value
        elif isinstance(node, (ast.Expr, ast.Return)):
            yield [], node.value


def _class_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _of_call(call: ast.Call, prefix: str, constants: dict[str, Any]) -> Iterator[Entry]:
    arguments: list[tuple[str, ast.expr]] = [(str(i), node) for i, node in enumerate(call.args)]
    if (
        len(call.args) == 1
        and isinstance(call.args[0], ast.Call)
        and _class_of(call.args[0]) == "OrderedDict"
    ):
        arguments = list(_items(call.args[0].args[0] if call.args[0].args else call.args[0]))
    for name, node in arguments:
        if not isinstance(node, ast.Call):
            rule = "nn.Sequential must list its layers one by one: it is read, not run"
            raise ConvError("layers.literal", rule, parameter="LAYERS", got=ast.unparse(node)[:60])
        if _class_of(node) in CONTAINERS:
            yield from _of_call(node, f"{prefix}{name}.", constants)
        else:
            yield Entry(ast.unparse(_Folded(constants).visit(node)), prefix + name)


def _items(node: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """The names and layers of an OrderedDict([("conv1", nn.Conv2d(...)), ...]) or {...}."""
    if isinstance(node, (ast.List, ast.Tuple)):
        for pair in node.elts:
            if (
                isinstance(pair, ast.Tuple)
                and len(pair.elts) == 2
                and isinstance(pair.elts[0], ast.Constant)
            ):
                yield str(pair.elts[0].value), pair.elts[1]
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant):
                yield str(key.value), value


class _Folded(ast.NodeTransformer):
    """Names of constants and arithmetic with them, filled in."""

    def __init__(self, constants: dict[str, Any]) -> None:
        self.constants = constants

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return (
            ast.copy_location(ast.Constant(self.constants[node.id]), node)
            if node.id in self.constants
            else node
        )

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        try:
            return ast.copy_location(ast.Constant(literal(node)), node)
        except (ValueError, TypeError):
            return node


def _list_of(data: Any) -> list[Any]:
    layers = data.get("layers") if isinstance(data, dict) else data
    if not isinstance(layers, list):
        raise ConvError(
            "layers.list", 'must be a list of layers, or hold one as "layers"', parameter="LAYERS"
        )
    return layers


def _entry_of_data(data: Any) -> list[Entry]:
    """One item of a list: a text, {name: text}, or {"layer": text, "name": ..., "from": ..., arguments}."""
    if isinstance(data, str):
        return entry_of(data)
    if isinstance(data, dict) and isinstance(data.get("layer"), str):
        arguments = {str(key): value for key, value in data.items() if key not in BESIDE}
        sources = data.get("from", ())
        names = (
            tuple(map(str, sources if isinstance(sources, list) else (sources,)))
            if sources != ()
            else ()
        )
        name = data.get("name")
        return [Entry(data["layer"], None if name is None else str(name), names, None, arguments)]
    if isinstance(data, dict) and len(data) == 1:
        ((name, text),) = data.items()
        if isinstance(text, str):
            return entry_of(f"{name}: {text}")
    raise ConvError(
        "layers.item", "must be a layer, or {name: layer}", parameter="LAYERS", got=str(data)[:60]
    )


def _yaml(text: str) -> Any:
    yaml: Any = optional_package("yaml", "LAYERS")
    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, ValueError) as error:
        raise _unreadable("YAML", error) from None


def _json(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except ValueError as error:
        raise _unreadable("JSON", error) from None


def _json_lines(text: str) -> Any:
    return [_json(line) for line in text.splitlines() if line.strip()]


def _toml(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise _unreadable("TOML", error) from None


def _unreadable(kind: str, error: Exception) -> ConvError:
    said = " ".join(str(error).split())[:200]
    return ConvError("layers.syntax", f"cannot be read as {kind}: {said}", parameter="LAYERS")


_DATA = {".json": _json, ".jsonl": _json_lines, ".yaml": _yaml, ".yml": _yaml, ".toml": _toml}
