"""The layers of an nn.Sequential(...) in Python source, which is parsed and never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any
from warnings import catch_warnings, simplefilter

from convcli.errors import ConvError, shortened
from convcli.inputs.networks.entries import CONTAINERS, Entry, Listed
from convcli.inputs.text.python_literals import literal, python_reason

LARGEST_SOURCE = 2**20  # characters: the parser makes up to a kilobyte of objects of each
_NAMES = 10  # of nn.Sequential in an error
_SHOWN = 60  # characters of an argument in an error


def entries_of_source(text: str, member: str = "") -> Listed:
    """The layers of the nn.Sequential(...) in Python source, which is parsed and not run."""
    require_short(text)
    try:
        with catch_warnings():
            simplefilter("ignore")  # Python warns of literals like 3ing
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        rule = f"cannot be read as Python: {python_reason(error)}"
        raise ConvError("layers.syntax", rule, parameter="LAYERS") from None
    constants: dict[str, Any] = {}
    containers: dict[str, ast.Call] = {}
    for statement in _statements(tree):
        targets = [getattr(target, "attr", getattr(target, "id", "")) for target in statement[0]]
        value = statement[1]
        if isinstance(value, ast.Call) and _class_of(value) == "Sequential":
            containers[targets[0] if targets else f"line {value.lineno}"] = value
        elif targets and isinstance(value, ast.Constant):
            constants[targets[0]] = value.value
    if not containers:
        raise ConvError(
            "layers.sequential",
            "must contain an nn.Sequential(...)",
            parameter="LAYERS",
            hint="Other sources are lists of layers and print(model); `module` runs a class.",
        )
    if (member and member not in containers) or (len(containers) > 1 and not member):
        raise _not_chosen(list(containers), member, _classes(tree))
    name = member or next(iter(containers))
    call = containers[name]
    return list(_of_call(call, "", constants)), list(_dropped(tree, name, call))


def _dropped(tree: ast.Module, name: str, call: ast.Call) -> Iterator[str]:
    """A note on what is read, where the class or the file around it has more layers or calls."""
    owner = next(
        (
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and any(inner is call for inner in ast.walk(node))
        ),
        None,
    )
    inside = {id(node) for node in ast.walk(call)}
    others = [
        target
        for targets, value in _statements(owner or tree)
        if isinstance(value, ast.Call) and id(value) not in inside and _is_module(value)
        for target in map(_target, targets)
    ]
    if owner is not None and not _only_calls(owner, name):
        others.append("forward()")
    if others:
        where = f" of class {owner.name}" if owner is not None else ""
        last = call.end_lineno or call.lineno
        lines = f"lines {call.lineno} to {last}" if last > call.lineno else f"line {last}"
        listed = list(dict.fromkeys(others))
        more = len(listed) - _NAMES
        yield (
            f"Of the file only {name}{where} is read, {lines}; "
            f"not read: {', '.join(listed[:_NAMES])}{f' and {more} more' if more > 0 else ''}. "
            "--module runs the whole class."
        )


def _target(node: ast.expr) -> str:
    return getattr(node, "attr", getattr(node, "id", "a value"))


def _is_module(call: ast.Call) -> bool:
    """Whether a call makes a module: its class is spelled like one, as nn.Linear is."""
    return _class_of(call)[:1].isupper() and _class_of(call) not in ("Parameter", "OrderedDict")


def _only_calls(owner: ast.ClassDef, name: str) -> bool:
    """Whether forward() is `return self.name(x)`, or is not there."""
    for node in owner.body:
        if isinstance(node, ast.FunctionDef) and node.name == "forward":
            last = node.body[-1]
            value = last.value if isinstance(last, ast.Return) else None
            return (
                len([one for one in node.body if not _is_text(one)]) == 1
                and isinstance(value, ast.Call)
                and getattr(value.func, "attr", "") == name
                and all(isinstance(argument, ast.Name) for argument in value.args)
            )
    return True


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _classes(tree: ast.Module) -> list[str]:
    """The classes of a source, which may be modules."""
    return [node.name for node in tree.body if isinstance(node, ast.ClassDef)]


def _not_chosen(names: Sequence[str], member: str, classes: Sequence[str]) -> ConvError:
    """The error of a source with several nn.Sequential, or with none of this name."""
    if member in classes:
        rule, fields = "{member} is a class, which is run to be read", {"member": shortened(member)}
        hint = "Add `module`, as in --module model.py:{member}."
        return ConvError("layers.member", rule, parameter="LAYERS", hint=hint, fields=fields)
    shown = ", ".join(map(shortened, names[:_NAMES])) + ", ..." * (len(names) > _NAMES)
    several, none = "contains several nn.Sequential: {names}", "contains no {member}, but {names}"
    return ConvError(
        "layers.member",
        none if member else several,
        parameter="LAYERS",
        hint="Name one, like model.py:{first}" + ("; `module` runs a class." if classes else "."),
        fields={"member": shortened(member), "names": shown, "first": shortened(names[0])},
    )


def require_short(text: str) -> None:
    """Raises ConvError where the source is longer than LARGEST_SOURCE."""
    if len(text) > LARGEST_SOURCE:
        rule = f"is Python source of more than {LARGEST_SOURCE >> 20} MiB"
        hint = "Lists of layers and print(model) may be larger."
        raise ConvError("layers.large", rule, parameter="LAYERS", hint=hint, kind="data")


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
            rule = (
                "nn.Sequential must list its layers one by one: the source is parsed, not executed"
            )
            raise ConvError(
                "layers.literal", rule, parameter="LAYERS", got=ast.unparse(node)[:_SHOWN]
            )
        if _class_of(node) in CONTAINERS:
            yield from _of_call(node, f"{prefix}{name}.", constants)
        else:
            yield Entry(ast.unparse(Folded(constants).visit(node)), prefix + name)


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


class Folded(ast.NodeTransformer):
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
