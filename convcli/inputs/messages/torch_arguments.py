"""What torch says of the arguments of its layers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from convcli.engine.diagnosis import calls, limits
from convcli.engine.diagnosis.values import Diagnosis, numbers_of
from convcli.engine.geometry.shapes import Shape
from convcli.inputs.messages.rows import NO_CODE, Row, UsersCode
from convcli.inputs.text.foreign_names import torch_name
from convcli.suggestions import closest

PARAMETERS = (
    "in_channels", "out_channels", "kernel_size", "stride", "padding", "output_padding", "groups",
    "bias", "dilation", "padding_mode", "device", "dtype",
)  # fmt: skip
POOL_PARAMETERS = (
    "kernel_size", "stride", "padding", "dilation", "return_indices", "ceil_mode",
    "count_include_pad", "divisor_override",
)  # fmt: skip
OTHERS = {
    "Linear": ("in_features", "out_features", "bias"),
    "BatchNorm": ("num_features", "eps", "momentum", "affine", "track_running_stats"),
    "GroupNorm": ("num_groups", "num_channels", "eps", "affine"),
    "Upsample": ("size", "scale_factor", "mode", "align_corners"),
    "Flatten": ("start_dim", "end_dim"),
    "Dropout": ("p", "inplace"),
}
_TYPES = re.compile(r"!(?P<type>[^!]+)!")
_KEYWORD = re.compile(r"(?:(?P<name>\w+)=)?(?P<type>.+)", re.DOTALL)
_CLASS = re.compile(r"(?:nn\.)?(?P<name>_?[A-Z]\w+)\.__init__|^(?P<bare>__init__)$")
_FUNCTION = re.compile(r"(?:torch\.)?conv(?:_transpose)?[123]d")
_LAYERS = re.compile(r"(?:torch\.)?(?:conv|\w+_pool|max_pool|avg_pool|pad|im2col|unfold|upsample)")


def _parameters(layer: str) -> tuple[str, ...]:
    if re.fullmatch(r"(?:Lazy)?Conv(?:Transpose)?[123]d", layer):
        return PARAMETERS
    if re.fullmatch(r"\w+Pool[123]d|_\w+PoolNd", layer):
        return POOL_PARAMETERS
    bare = layer.lstrip("_")
    return next((names for start, names in OTHERS.items() if bare.startswith(start)), ())


def _unknown(call: str, argument: str) -> Diagnosis | None:
    found = _CLASS.search(call)
    layer = (found and found["name"]) or ""
    names = _parameters(layer)
    if not names:
        return None
    own = torch_name(argument, names)
    layer = layer.strip("_").removesuffix("Nd")
    return calls.unknown_argument(layer, argument, [own] if own else closest(argument, names))


def _missing(call: str, arguments: str, **_: Any) -> Diagnosis | None:
    found = _CLASS.search(call)
    layer = (found and found["name"]) or ""
    names = re.findall(r"'(\w+)'", arguments)
    if not _parameters(layer) or not names:
        return None
    own, layer = _parameters(layer), layer.strip("_").removesuffix("Nd")
    needed = own[: 3 if own is PARAMETERS else 1 if layer[0] in "MALB" and layer != "Linear" else 2]
    return calls.missing_arguments(layer, names, needed)


def _combination(layer: str, types: str, more: str) -> Diagnosis | None:
    """The first argument of a type that cannot be: torch marks all of some calls."""
    if not _FUNCTION.fullmatch(layer):
        return None
    types, more = " ".join(types.split()), " ".join(more.split())
    marked = re.search(r"invalid types: \(((?:[^()]|\([^()]*\))*)\)", more)
    listed = _split(marked[1]) if marked else _split(types)
    for at, written in enumerate(listed):
        pair = _KEYWORD.fullmatch(written.strip().strip("!"))
        if pair is None or at >= len(calls.ORDER):
            continue
        argument, given = pair["name"] or calls.ORDER[at], pair["type"].strip("!")
        if _is_wrong(argument, given):
            return calls.wrong_type(layer, argument, _plain(given))
    return None


def _split(text: str) -> list[str]:
    """The items of a list of types: commas inside of parentheses belong to one."""
    return re.split(r",\s*(?![^()]*\))", text)


def _plain(given: str) -> str:
    if given.startswith("tuple of (Tensor"):
        return "tuple"
    inside = re.search(r"\((.*)\)", given)
    if inside is None:
        return given.partition(" of ")[0]
    names = [name.strip() for name in inside[1].split(",")]
    return next((name for name in names if name != "int"), given)


def _is_wrong(argument: str, given: str) -> bool:
    if argument in ("input", "weight", "bias"):
        right = (
            ("Tensor", "Parameter", "NoneType") if argument == "bias" else ("Tensor", "Parameter")
        )
        return given.rpartition(".")[2] not in right
    return any(word in given for word in ("float", "str", "bool", "Tensor", "NoneType", "list"))


def _argument_type(layer: str, argument: str, type: str, **_: Any) -> Diagnosis | None:
    if argument != "input" and not _LAYERS.match(layer):
        return None
    return calls.wrong_type(layer, argument, type)


def _groups(argument: str, code: UsersCode = NO_CODE) -> Diagnosis:
    """torch prints no number; the user's code may have them."""
    name = f"{argument}_channels"
    for layer in code.layers:
        given = layer.request.arguments
        channels, groups = given.get(name), given.get("groups", 1)
        if type(channels) is int and type(groups) is int and groups > 0 and channels % groups:
            other = given.get("out_channels" if argument == "in" else "in_channels")
            found = limits.groups(name, channels, groups, other if type(other) is int else None)
            return found._replace(made_at=layer.made_at)
    return limits.groups(name)


def _same_strided(code: UsersCode = NO_CODE) -> Diagnosis:
    for layer in code.layers:
        given = layer.request.arguments
        if given.get("padding") != "same" or given.get("stride", 1) == 1:
            continue
        kernel, dilation = given.get("kernel_size"), given.get("dilation", 1)
        if type(kernel) is int and type(dilation) is int and kernel % 2:
            found = calls.same_strided(dilation * (kernel - 1) // 2)
            return found._replace(made_at=layer.made_at)
    return calls.same_strided()


def _weight_groups(groups: int, weight: Sequence[int], **_: Any) -> Diagnosis:
    found = limits.groups("out_channels", weight[0], groups)
    return found._replace(numbers=(*found.numbers, *numbers_of("weight", weight=Shape(weight))))


ROWS = (
    Row("torch", "argument.positive", lambda value: limits.non_positive(
        "kernel_size", tuple(value)
    ), (
        "kernel size should be greater than zero, but got {value:shape}",
    )),
    Row("torch", "argument.positive", lambda weight, **_: limits.non_positive(
        "out_channels", weight[0]
    ), (
        "Given groups={groups:int}, expected weight to be at least {by:int} at dimension 0, but "
        "got weight of size {weight:shape} instead",
    )),
    Row("torch", "conv.groups", _groups, (
        "rror: {argument:name}_channels must be divisible by groups",
    )),
    Row("torch", "conv.groups", lambda: limits.non_positive("groups"), (
        "groups must be a positive integer",
    )),
    Row("torch", "conv.groups", _weight_groups, (
        "Given groups={groups:int}, expected weight to be divisible by {by:int} at dimension "
        "{dim:axis}, but got weight of size {weight:shape} instead",
    )),
    Row("torch", "conv.padding_same", _same_strided, (
        "padding='same' is not supported for strided convolutions",
    )),
    Row("torch", "conv.padding_string", calls.padding_word, (
        "Invalid padding string '{word:name}', should be one of",
        "Invalid padding string {word:name}, should be one of",
    )),
    Row("torch", "conv.padding_mode", lambda mode, **_: limits.mode_name(mode), (
        "padding_mode must be one of {modes:text}, but got padding_mode='{mode:name}'",
    )),
    Row("torch", "conv_transpose.padding_mode", lambda name, **_: calls.zeros_only(name), (
        "Only \"zeros\" padding mode is supported for {name:name}",
        "Only `zeros` padding mode is supported for {name:name}",
    )),
    Row("torch", "argument.unknown", _unknown, (
        "{call:name}() got an unexpected keyword argument '{argument:name}'",
    )),
    Row("torch", "argument.missing", _missing, (
        "{call:name}() missing {count:int} required positional arguments: {arguments:rest}",
        "{call:name}() missing {count:int} required positional argument: {arguments:rest}",
    )),
    Row("torch", "argument.type", _combination, (
        "{layer:name}() received an invalid combination of arguments - got ({types:text}), but "
        "expected one of:{more:all}",
    )),
    Row("torch", "argument.type", _argument_type, (
        "{layer:name}(): argument '{argument:name}' (position {at:int}) must be {wants:text}, but "
        "found element of type {type:name} at pos",
        "{layer:name}(): argument '{argument:name}' (position {at:int}) must be {wants:text}, not "
        "{type:name}",
        "{layer:name}(): argument '{argument:name}' must be {wants:text}, not {type:name}",
        "{layer:name}(): argument '{argument:name}' must be {wants:text}, but found element of "
        "type {type:name} at pos",
    )),
    Row("torch", "argument.positive", limits.non_positive, (
        "non-positive {argument:name} is not supported",
    )),
    Row("torch", "argument.negative", lambda argument: limits.non_positive(argument, None, 0), (
        "negative {argument:name} is not supported",
    )),
    Row("torch", "argument.positive", lambda argument, value: limits.non_positive(
        argument, tuple(value)
    ), (
        "{argument:name} should be greater than zero, but got {value:shape}",
    )),
    Row("torch", "memory", lambda wanted, total, allocated, free, **_: calls.out_of_memory(
        wanted, total=total, allocated=allocated, free=free
    ), (
        "CUDA out of memory. Tried to allocate {wanted:amount} (GPU {gpu:int}; {total:amount} "
        "total capacity; {allocated:amount} already allocated; {free:amount} free;",
    )),
    Row("torch", "memory", lambda wanted, total, free, **_: calls.out_of_memory(
        wanted, total=total, free=free
    ), (
        "CUDA out of memory. Tried to allocate {wanted:amount}. GPU {gpu:int} has a total "
        "{word:name} of {total:amount} of which {free:amount} is free",
    )),
    Row("torch", "memory", calls.out_of_memory, (
        "out of memory. Tried to allocate {wanted:amount}",
        "DefaultCPUAllocator: can't allocate memory: you tried to allocate {wanted:amount}",
    )),
)  # fmt: skip
