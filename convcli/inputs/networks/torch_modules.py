"""A torch module into the nodes of a network: its code is run, on the meta device, and traced with torch.fx."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from functools import partial
from importlib import import_module
from io import StringIO
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.activations import Softmax
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.merging import Again, Concat, Elementwise
from convcli.engine.network.layers.reshaping import Flatten, Reshaped
from convcli.engine.network.walk import INPUT, Node
from convcli.errors import ConvError
from convcli.inputs.files.packages import optional_package
from convcli.inputs.networks.lists import Stack
from convcli.inputs.networks.modules import SIGNATURES, parse_module

LayerFor = Callable[[Sequence[Shape]], Layer]

_POINTWISE = frozenset((
    "relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "sigmoid", "tanh", "hardsigmoid", "hardswish",
    "hardtanh", "softplus", "dropout", "dropout2d", "dropout3d", "contiguous", "clone", "detach", "neg", "abs", "exp", "sqrt",
    "rsqrt", "clamp", "clip", "float", "double", "half",
))  # fmt: skip
_OF_NO_SHAPE = (
    "eps",
    "momentum",
    "device",
    "dtype",
    "process_group",
    "p",
    "inplace",
    "value",
    "init",
)
_MERGING = frozenset(("add", "iadd", "sub", "mul", "imul", "truediv", "div"))


def stack_of_module(spelled: str, given: Shape) -> Stack:
    """The layers that run in `package.mod:Class` when it is called on a shape, branches and all.

    Raises ConvError where torch is missing, where the module cannot be made or traced, or does not fit on the shape.
    """
    torch: Any = optional_package("torch", "module")
    optional_package("torch.fx.passes.shape_prop", "module")
    module = _instance(spelled, torch)
    try:
        with (
            torch.device("meta"),
            redirect_stderr(StringIO()),
        ):  # torch.fx prints what it then raises
            traced = torch.fx.symbolic_trace(module.eval().to("meta"))
            torch.fx.passes.shape_prop.ShapeProp(traced).propagate(
                torch.empty(given, device="meta")
            )
    except Exception as error:
        said = str(error.__cause__ or error).strip().partition("\n")[0][:200]
        hint = (
            "torch.onnx.export writes an .onnx file, which is read too."
            if "Proxy" in said or "symbolic" in said
            else None
        )
        rule = f"cannot be traced on {given}: {said}"
        raise ConvError(
            "module.trace", rule, parameter="module", got=spelled, hint=hint, kind="data"
        ) from None
    return _stack(traced)


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
    sys.path.insert(0, os.getcwd())
    try:
        made = import_module(path)
        for part in name.split("."):
            made = getattr(made, part)
        module = made if isinstance(made, torch.nn.Module) else made()  # type: ignore[operator]
    except Exception as error:
        said = f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"
        raise ConvError(
            "module.import", f"cannot be made: {said}", parameter="module", got=spelled, kind="data"
        ) from None
    finally:
        sys.path.remove(os.getcwd())
    if not isinstance(module, torch.nn.Module):
        raise ConvError(
            "module.class", "is no torch.nn.Module", parameter="module", got=spelled, kind="data"
        )
    return torch.nn.Sequential(module) if type(module).__module__.startswith("torch.nn") else module


def _stack(traced: Any) -> Stack:
    modules = dict(traced.named_modules())
    places: dict[Any, int] = {}
    nodes: list[Node] = []
    texts: list[str] = []
    unknown: list[str] = []
    counted: set[Any] = set()
    for node in traced.graph.nodes:
        if node.op == "placeholder" and not places:
            places[node] = INPUT
        sources = tuple(places[one] for one in node.all_input_nodes if one in places)
        calls = node.op in ("call_module", "call_function", "call_method")
        shape = _shape_of(node)
        if not calls or not sources or shape is None:
            continue
        layer_for, text = _made(node, modules)
        if text.endswith("?"):
            unknown.append(text.rstrip("?"))
        name = str(node.target) if node.op == "call_module" else node.name
        if node.target in counted:
            layer_for = partial(_again, layer_for)
            name, text = node.name, f"{node.target} again"
        counted |= {node.target} if node.op == "call_module" else set()
        places[node] = len(nodes)
        nodes.append(Node(name, partial(_as_traced, layer_for, shape), sources))
        texts.append(text.rstrip("?"))
    if not nodes:
        raise ConvError("module.empty", "runs no layer", parameter="module", kind="data")
    notes = []
    if unknown:
        kinds = ", ".join(dict.fromkeys(unknown))
        notes.append(f"Of {kinds} only the shape is known; cost and receptive field leave it out.")
    loose = _parameters_beside(traced, modules, counted)
    if loose:
        notes.append(
            f"{loose} parameters belong to no layer that was called; the totals leave them out."
        )
    return Stack(tuple(nodes), tuple(texts), tuple(notes))


def _again(layer_for: LayerFor, inputs: Sequence[Shape]) -> Layer:
    """A module that was called before: its parameters are counted there."""
    return Again(layer_for(inputs))


def _as_traced(layer_for: LayerFor, shape: Shape, inputs: Sequence[Shape]) -> Layer:
    """The layer, or, where it would give another shape than torch says, only that shape."""
    layer = layer_for(inputs)
    return layer if layer.output_shape(*inputs) == shape else Reshaped(shape, layer.parameters)


def _parameters_beside(traced: Any, modules: dict[str, Any], called: set[Any]) -> int:
    """How many learnt numbers are in no module that was called, such as an nn.Parameter used in forward()."""
    inside = {id(parameter) for name in called for parameter in modules[name].parameters()}
    return sum(
        parameter.numel() for parameter in traced.parameters() if id(parameter) not in inside
    )


def _written(module: Any, parameters: Sequence[str]) -> str:
    """The module with all its arguments, some of which print(module) leaves out."""
    given = {
        name: getattr(module, name)
        for name in parameters
        if hasattr(module, name) and name not in _OF_NO_SHAPE
    }
    if "bias" in given:
        given["bias"] = given["bias"] is not None and given["bias"] is not False
    simple = {
        name: tuple(value) if isinstance(value, (list, tuple)) else value
        for name, value in given.items()
    }
    written = ", ".join(f"{name}={value!r}" for name, value in simple.items() if value is not None)
    return f"{type(module).__name__}({written})"


def _shape_of(node: Any) -> Shape | None:
    meta = node.meta.get("tensor_meta")
    return Shape(meta.shape) if hasattr(meta, "shape") else None


def _name(node: Any) -> str:
    return (
        node.target
        if isinstance(node.target, str)
        else getattr(node.target, "__name__", str(node.target))
    )


def _made(node: Any, modules: dict[str, Any]) -> tuple[Callable[[Sequence[Shape]], Layer], str]:
    """How to make the layer of one call, and its text; a `?` behind the text says that only the shape is known."""
    if node.op == "call_module":
        module = modules[node.target]
        kind = type(module).__name__
        if kind in SIGNATURES and type(module).__module__.startswith("torch.nn"):
            parsed = parse_module(_written(module, SIGNATURES[kind] or ()))
            return parsed.layer_for, parsed.text
        return _only_shape(
            node, f"{type(module).__name__}()?", sum(p.numel() for p in module.parameters())
        )
    name = _name(node).strip("_")
    if name in _POINTWISE:
        return (lambda inputs: Layer()), f"{name}()"
    if name in _MERGING:
        return (lambda inputs: Elementwise()), f"{name}()"
    if name in ("cat", "concat"):
        dim = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 0)
        return (lambda inputs: Concat(dim)), f"cat(dim={dim})"
    if name == "flatten":
        dims = [
            node.kwargs.get(key, default) for key, default in (("start_dim", 0), ("end_dim", -1))
        ]
        dims[: len(node.args) - 1] = node.args[1:]
        return (lambda inputs: Flatten(*dims)), f"flatten({dims[0]}, {dims[1]})"
    if name in ("softmax", "log_softmax"):
        dim = node.kwargs.get("dim", node.args[1] if len(node.args) > 1 else 1)
        return (lambda inputs: Softmax(dim)), f"{name}(dim={dim})"
    if name in ("adaptive_avg_pool2d", "max_pool2d", "avg_pool2d", "interpolate", "pad"):
        return _functional(node, name)
    return _only_shape(node, f"{name}()?" if name not in ("view", "reshape") else f"{name}()")


_FUNCTIONAL = {
    "adaptive_avg_pool2d": ("AdaptiveAvgPool2d", ("output_size",)),
    "max_pool2d": (
        "MaxPool2d",
        ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices"),
    ),
    "avg_pool2d": (
        "AvgPool2d",
        ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
    ),
    "interpolate": ("Upsample", ("size", "scale_factor", "mode", "align_corners")),
    "pad": ("ConstantPad2d", ("padding", "mode", "value")),
}
_PAD_MODES = {
    "reflect": "ReflectionPad2d",
    "replicate": "ReplicationPad2d",
    "circular": "CircularPad2d",
}


def _functional(node: Any, name: str) -> tuple[Callable[[Sequence[Shape]], Layer], str]:
    """A function of torch.nn.functional as the module of the same arguments."""
    module, parameters = _FUNCTIONAL[name]
    given = dict(zip(parameters, node.args[1:], strict=False)) | {
        k: v for k, v in node.kwargs.items() if k in parameters
    }
    if name == "pad":
        module = _PAD_MODES.get(given.pop("mode", "constant"), module)
        given["padding"] = given.pop("padding", node.kwargs.get("pad"))
    written = ", ".join(
        f"{key}={value!r}"
        for key, value in given.items()
        if value is not None and key != "return_indices"
    )
    try:
        parsed = parse_module(f"{module}({written})")
    except ConvError:  # sizes that are computed in forward()
        return _only_shape(node, f"{name}()?")
    return parsed.layer_for, parsed.text


def _only_shape(
    node: Any, text: str, parameters: int = 0
) -> tuple[Callable[[Sequence[Shape]], Layer], str]:
    shape = _shape_of(node)
    assert shape is not None
    return (lambda inputs: Reshaped(shape, parameters)), text
