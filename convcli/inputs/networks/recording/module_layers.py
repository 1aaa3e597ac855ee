"""A module of torch.nn as the layer that its arguments write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from inspect import signature
from typing import Any

from convcli.errors import ConvError
from convcli.inputs.networks.kinds import SIGNATURES
from convcli.inputs.networks.modules import parse_module
from convcli.inputs.networks.parsed import Parsed

# arguments of modules that change neither shapes nor what is read
_OF_NO_SHAPE = frozenset((
    "eps", "momentum", "device", "dtype", "process_group", "p", "inplace", "value", "init",
    "return_indices",
))  # fmt: skip
_NEEDED = frozenset((
    "num_features", "in_features", "out_features", "num_groups", "num_channels", "output_size",
    "normalized_shape", "kernel_size", "upscale_factor", "downscale_factor", "padding",
    "norm_type", "num_parameters",
))  # fmt: skip


def parsed_module(module: Any) -> Parsed | None:
    """A module of torch.nn, with all its arguments, some of which print(module) leaves out.

    None where it is no layer of ours.
    """
    kind = next(
        (one.__name__ for one in type(module).__mro__ if one.__module__.startswith("torch.nn.mod")),
        "",
    )
    if kind not in SIGNATURES:
        return None
    arguments = {
        name: getattr(module, name)
        for name in SIGNATURES[kind] or ()
        if hasattr(module, name) and name not in _OF_NO_SHAPE
    }
    if "bias" in arguments:
        arguments["bias"] = arguments["bias"] is not None and arguments["bias"] is not False
    usual = signature(type(module).__init__).parameters
    return _parsed(
        kind,
        {
            name: value
            for name, value in arguments.items()
            if name not in usual or not _is_same(value, usual[name].default)
        },
    )


def _is_same(value: Any, default: Any) -> bool:
    """Whether an argument is what torch takes where it is not written."""
    return type(value) is type(default) and value == default


def _spelled(module: str, words: Mapping[str, Any]) -> Iterator[str]:
    """The arguments, those that every such layer needs without their names, as people write it."""
    bare = True
    for name, value in words.items():
        bare = bare and name in _NEEDED and name in (SIGNATURES[module] or ())[:2]
        yield repr(value) if bare else f"{name}={value!r}"


def _parsed(module: str, arguments: Mapping[str, Any]) -> Parsed | None:
    words = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in arguments.items()
        if value is not None
    }
    written = ", ".join(_spelled(module, words))
    try:
        return parse_module(f"{module}({written})")
    except ConvError:
        return None
