"""One call in a traced torch module into a layer: a module of torch.nn, a function or a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcli.engine.geometry.padding import PADDING_MODES
from convcli.errors import ConvError
from convcli.inputs.networks.kinds import FUNCTIONS, SIGNATURES
from convcli.inputs.networks.modules import parse_module
from convcli.inputs.networks.parsed import Parsed, Trace, as_traced

# arguments of modules and functions that change neither shapes nor what is read
_OF_NO_SHAPE = frozenset((
    "eps", "momentum", "device", "dtype", "process_group", "p", "inplace", "value", "init",
    "return_indices",
))  # fmt: skip
_PAD_CLASSES = {
    mode.torch_pad: mode.torch_layer for mode in PADDING_MODES.values() if mode.torch_pad
} | {"constant": "ConstantPad"}


def layer_of_call(node: Any, modules: Mapping[str, Any], trace: Trace) -> Parsed:
    """The layer of a call, checked against the trace; only its shape where no kind fits."""
    if node.op == "call_module":
        module = modules[node.target]
        parameters = sum(parameter.numel() for parameter in module.parameters())
        return as_traced(_of_module(module), f"{type(module).__name__}()", trace, parameters)
    name = name_of(node)
    return as_traced(_of_function(node, name, trace), f"{name}()", trace, 0)


def name_of(node: Any) -> str:
    """The name of the called function or method: `relu` for F.relu, x.relu() and x.relu_()."""
    target = node.target
    name = target if isinstance(target, str) else getattr(target, "__name__", str(target))
    return name.strip("_")


def _of_module(module: Any) -> Parsed | None:
    """A module of torch.nn, with all its arguments, some of which print(module) leaves out."""
    kind = type(module).__name__
    if kind not in SIGNATURES or not type(module).__module__.startswith("torch.nn"):
        return None
    arguments = {
        name: getattr(module, name)
        for name in SIGNATURES[kind] or ()
        if hasattr(module, name) and name not in _OF_NO_SHAPE
    }
    if "bias" in arguments:
        arguments["bias"] = arguments["bias"] is not None and arguments["bias"] is not False
    return _parsed(kind, arguments)


def _of_function(node: Any, name: str, trace: Trace) -> Parsed | None:
    """A function of torch as the module that does the same."""
    function = FUNCTIONS.get(name)
    if function is None:
        return None
    positional = dict(zip(function.parameters, node.args[1:], strict=False))
    arguments = {**function.defaults, **positional, **node.kwargs}
    if function.module == "ConstantPad2d":
        return _of_pad(arguments, len(trace.output))
    if arguments.pop("antialias", False):
        return None  # reads further than any mode of nn.Upsample
    parsed = _parsed(
        function.module, {key: arguments[key] for key in function.parameters if key in arguments}
    )
    if parsed is None or function.text is None:
        return parsed
    return parsed._replace(text=function.text.format_map(arguments))


def _of_pad(arguments: Mapping[str, Any], axes: int) -> Parsed | None:
    """F.pad as a module: it lists the pads of the last axes, innermost first; others have none."""
    pads, rank = arguments.get("pad"), axes - 2
    way = _PAD_CLASSES.get(arguments.get("mode", "constant"))
    if way is None or not isinstance(pads, Sequence) or not 1 <= rank <= 3 or len(pads) > 2 * rank:
        return None
    every = (*pads, *(0,) * (2 * rank - len(pads)))
    return _parsed(f"{way}{rank}d", {"padding": every})


def _parsed(module: str, arguments: Mapping[str, Any]) -> Parsed | None:
    """The layer as it would be written; None where an argument is computed in forward()."""
    words = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in arguments.items()
        if value is not None and name not in _OF_NO_SHAPE
    }
    written = ", ".join(f"{name}={value!r}" for name, value in words.items())
    try:
        return parse_module(f"{module}({written})")
    except ConvError:
        return None
