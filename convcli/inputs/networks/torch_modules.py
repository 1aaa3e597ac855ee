"""A torch module into the nodes of a network: its code is run and traced with torch.fx."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, suppress
from importlib import import_module
from io import StringIO
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import INPUT, Node
from convcli.errors import ConvError
from convcli.inputs.files.packages import optional_package
from convcli.inputs.networks.kinds import MOVING_FUNCTIONS
from convcli.inputs.networks.lists import Stack
from convcli.inputs.networks.parsed import Parsed, Trace, called_again
from convcli.inputs.networks.torch_calls import layer_of_call, name_of
from convcli.inputs.networks.user_code import reason_of, user_code

_CALLS = ("call_module", "call_function", "call_method")


def stack_of_module(spelled: str, input_shape: Shape) -> Stack:
    """The layers that run in `package.mod:Class` when it is called on a shape, branches and all.

    Raises ConvError where torch is missing, the module cannot be made or traced, or the shape does
    not fit.
    """
    torch: Any = optional_package("torch", "module")
    optional_package("torch.fx.passes.shape_prop", "module")
    module = _instance(spelled, torch)

    def untraced(error: BaseException) -> ConvError:
        reason = reason_of(error.__cause__ or error)
        hint = (
            "Export it with torch.onnx.export, and pass the .onnx file."
            if "Proxy" in reason or "symbolic" in reason
            else None
        )
        rule = f"cannot be traced on {input_shape}: {{reason}}"
        return refusal("module.trace", rule, spelled, hint=hint, fields={"reason": reason})

    with (
        user_code(untraced),
        torch.device("meta"),
        redirect_stderr(StringIO()),
    ):  # torch.fx prints what it then raises
        traced = torch.fx.symbolic_trace(module.eval().to("meta"))
        torch.fx.passes.shape_prop.ShapeProp(traced).propagate(
            torch.empty(input_shape, device="meta")
        )
    return _stack(traced)


def refusal(code: str, rule: str, spelled: str, **details: Any) -> ConvError:
    return ConvError(code, rule, parameter="module", got=spelled, kind="data", **details)


def _instance(spelled: str, torch: Any) -> Any:
    """The module: a class or function is called without arguments."""
    path, _, name = spelled.partition(":")
    if not path or not name:
        hint = "Like: --module torchvision.models:resnet18."
        raise ConvError(
            "module.spelling",
            "must be package.mod:Class",
            parameter="module",
            got=spelled,
            hint=hint,
        )

    def unmade(error: BaseException) -> ConvError:
        reason = f"{type(error).__name__}: {reason_of(error)}".removesuffix(": ")
        return refusal(
            "module.import", "cannot be made: {reason}", spelled, fields={"reason": reason}
        )

    folder = ""
    try:
        with user_code(unmade):
            folder = os.getcwd()
            sys.path.insert(0, folder)
            target = import_module(path)
            for part in name.split("."):
                target = getattr(target, part)
            module = target if isinstance(target, torch.nn.Module) else target()  # type: ignore[operator]
    finally:
        with suppress(ValueError):
            sys.path.remove(folder)
    if not isinstance(module, torch.nn.Module):
        raise refusal("module.class", "must be a torch.nn.Module", spelled)
    return torch.nn.Sequential(module) if type(module).__module__.startswith("torch.nn") else module


def _stack(traced: Any) -> Stack:
    modules = dict(traced.named_modules())
    places: dict[Any, tuple[int, ...]] = {}
    shapes: dict[int, Shape] = {}
    nodes: list[Node] = []
    layers: list[Parsed] = []
    unknown: dict[str, None] = {}
    counted: set[Any] = set()
    for node in traced.graph.nodes:
        shape = _shape_of(node)
        if node.op == "placeholder" and not places and shape is not None:
            places[node], shapes[INPUT] = (INPUT,), shape
        sources = tuple(at for one in _inputs(node) for at in places.get(one, ()))
        if node.op not in _CALLS or not sources:
            continue
        if shape is None:
            if node.meta.get("tensor_meta"):  # several tensors; the calls that pick one follow
                places[node] = tuple(dict.fromkeys(sources))
            continue
        trace = Trace(tuple(shapes[at] for at in sources), shape)
        parsed, name = layer_of_call(node, modules, trace), node.name
        if not parsed.known and name_of(node) not in MOVING_FUNCTIONS:
            unknown[parsed.text.rpartition("(")[0] or parsed.text] = None
        if node.op == "call_module":
            if node.target in counted:
                parsed = called_again(parsed)._replace(text=f"{node.target} again")
            else:
                name = str(node.target)
            counted.add(node.target)
        places[node], shapes[len(nodes)] = (len(nodes),), shape
        nodes.append(Node(name, parsed.layer_for, sources))
        layers.append(parsed)
    if not nodes:
        raise ConvError(
            "module.empty", "must call at least one layer", parameter="module", kind="data"
        )
    texts, ranks = [layer.text for layer in layers], [layer.rank for layer in layers]
    notes = _notes(unknown, _parameters_beside(traced, modules, counted))
    return Stack(tuple(nodes), tuple(texts), notes, next(filter(None, ranks), None))


def _inputs(node: Any) -> Iterator[Any]:
    """The nodes among the arguments of a call, in order; one that stands twice comes twice."""
    pending = [*node.args, *node.kwargs.values()][::-1]
    while pending:
        argument = pending.pop()
        if isinstance(argument, (list, tuple)):
            pending += argument[::-1]
        elif isinstance(argument, type(node)):
            yield argument


def _notes(unknown: Iterable[str], loose: int) -> tuple[str, ...]:
    kinds = ", ".join(f"{kind}()" for kind in unknown)
    notes = []
    if kinds:
        notes.append(f"Of {kinds} only the shape is known; cost and receptive field leave it out.")
    if loose:
        notes.append(
            f"{loose} parameters belong to no layer that was called; the totals leave them out."
        )
    return tuple(notes)


def _parameters_beside(traced: Any, modules: dict[str, Any], called: set[Any]) -> int:
    """The number of parameters in no module that was called, like an nn.Parameter of forward()."""
    inside = {id(parameter) for name in called for parameter in modules[name].parameters()}
    return sum(
        parameter.numel() for parameter in traced.parameters() if id(parameter) not in inside
    )


def _shape_of(node: Any) -> Shape | None:
    """The shape of the tensor that a call returns; None where it returns none, or several."""
    meta = node.meta.get("tensor_meta")
    return Shape(meta.shape) if hasattr(meta, "shape") else None
