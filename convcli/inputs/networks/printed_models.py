"""What print(model) writes, as a list of layers in the order printed.

That order is the order of forward() in an nn.Sequential. Of other classes it is taken, and said;
where a module must be a branch, as the gate of a squeeze and excitation, it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.computed import Adapted
from convcli.engine.network.layers.convolution import Convolution
from convcli.errors import ConvError
from convcli.inputs.networks.entries import CONTAINERS, MOST_REPEATS, Entry, Listed, limited
from convcli.inputs.networks.parsed import Parsed
from convcli.inputs.networks.printed_leaves import (
    base_of,
    is_known,
    leaves_of,
    own_parameters,
    unread,
    with_more,
)
from convcli.inputs.networks.printed_tree import Printed, printed_tree

_SHOWN = 80  # characters of a module in an error
_MOST_NAMED = 6  # classes in a note
_LEAVES_OF_A_GATE = 6  # a squeeze and excitation has fewer
# Subclasses of nn.Sequential, and modules that call their one child.
_IN_ORDER = frozenset((
    *CONTAINERS, "BNReLU2d", "BNReLU3d", "ConvBn1d", "ConvBn2d", "ConvBn3d", "ConvBnReLU1d",
    "ConvBnReLU2d", "ConvBnReLU3d", "ConvReLU1d", "ConvReLU2d", "ConvReLU3d",
    "Conv2dNormActivation", "Conv3dNormActivation", "ConvNormActivation", "DataParallel",
    "DistributedDataParallel", "LinearReLU",
    "LinearBn1d", "OptimizedModule", "SequentialAppend", "FullyShardedDataParallel",
))  # fmt: skip
_OBSERVERS = ("weight_fake_quant", "activation_post_process", "parametrizations")
_STORES = ("ParameterList", "ParameterDict", "BufferList", "BufferDict")
_JOINS = ("FloatFunctional", "QFunctional", "FXFloatFunctional")
_SIDE = re.compile(
    r"(^|_)(downsample|shortcut|skip|residual|identity|branch|aux|se|gate|attn|attention)\d*($|_)",
    re.I,
)
_GATE = re.compile(
    r"squeeze|excit|^se($|[A-Z_])|^SE$|SE(Module|Block|Layer|Unit)|Gate|CBAM|Eca", re.A
)
_SQUASHES = (
    "Sigmoid",
    "Hardsigmoid",
    "HSigmoid",
    "Hsigmoid",
    "h_sigmoid",
    "HardSigmoid",
    "Softmax",
)


class _Notes(NamedTuple):
    """What the reader of a tree finds: classes whose order is taken, and modules that branch."""

    taken: dict[str, None]
    branches: dict[str, None]
    stored: list[int]
    alike: dict[str, str]


def entries_of_print(text: str) -> Listed:
    """Modules in the order in which they are printed.

    Raises ConvError where the text is damaged, or where a module cannot follow the one before it.
    """
    tree = printed_tree(text)
    found = _Notes({}, {}, [], {})
    entries = list(limited(_of_module(tree, "", found)))
    notes = [
        f"print(model) does not write {what} of {module}; {what}=False is taken."
        for module, what in (("AvgPool", "ceil_mode"), ("Upsample", "align_corners"))
        if any(entry.text.startswith(module) and what not in entry.text for entry in entries)
    ]
    if found.branches:
        kinds = _listed(found.branches)
        rule = "has branches ({kinds}), and what forward() does with them is not in the text"
        raise ConvError(
            "layers.forward",
            rule,
            parameter="LAYERS",
            kind="data",
            fields={"kinds": kinds},
            hint=_determined(entries, found),
        )
    unread_ones = any(entry.parsed is not None and not entry.parsed.known for entry in entries)
    if found.taken or unread_ones:
        doubt = f"What forward() does is not in the text. {_determined(entries, found)}"
        entries = [entry._replace(doubt=doubt) for entry in entries]
    if found.taken:
        notes.append(
            f"{_listed(found.taken)}: what forward() does between the modules is not in the text, "
            "nor parameters that a class holds itself; the modules are taken in the order printed. "
            "--module and .onnx files know."
        )
    if found.alike:
        pairs = ", ".join(f"{one} as {base}" for one, base in found.alike.items())
        notes.append(f"Unknown classes that print the arguments of known ones: {pairs}.")
    if found.stored:
        notes.append(f"{sum(found.stored)} parameters belong to no layer; the totals omit them.")
    return entries, notes


def layers_of_print(text: str) -> tuple[list[tuple[str, str, int | None]], int]:
    """The name, text and parameters of every layer that a print determines.

    Parameters are None where they are not in the text; also those that belong to no layer. Raises
    ConvError where the text is damaged.
    """
    found = _Notes({}, {}, [], {})
    entries = limited(_of_module(printed_tree(text), "", found))
    layers = [(entry.name or "", entry.text, _parameters(entry)) for entry in entries]
    return layers, sum(found.stored)


def _determined(entries: list[Entry], found: _Notes) -> str:
    counts = [_parameters(entry) for entry in entries]
    known = sum(count for count in counts if count is not None) + sum(found.stored)
    least = "at least " if None in counts else ""
    return (
        f"The text determines {len(entries)} layers with their arguments and {least}{known} "
        "parameters, but none that a class holds itself: leave out SHAPE to see them. "
        "`module` runs the model; "
        "torch.onnx.export(model, x, 'model.onnx', dynamo=True) writes a graph with its branches."
    )


def _parameters(entry: Entry) -> int | None:
    parsed = entry.parsed
    if parsed is None:
        return 0
    return own_parameters(parsed) if parsed.known else parsed.parameters


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _of_module(module: Printed, prefix: str, found: _Notes) -> Iterator[Entry]:
    """The layers of a module and of what is in it, under each of its names."""
    name = module.module.rpartition(".")[2]
    if name in _STORES:
        found.stored.append(module.numbers * module.times)
        return
    if name in _JOINS:
        found.branches[f"{module.module} ({module.name})"] = None
        return
    inside = list(limited(_inside(module, found)))
    if len(inside) * module.times > MOST_REPEATS:
        rule = f"repeats must make at most {MOST_REPEATS} layers"
        raise ConvError("layers.repeat", rule, parameter="LAYERS", got=module.line[:_SHOWN])
    for one in module.names:
        path = ".".join(filter(None, (prefix, one)))
        yield from (
            entry._replace(name=".".join(filter(None, (path, entry.name or ""))) or None)
            for entry in inside
        )


def _inside(module: Printed, found: _Notes) -> Iterator[Entry]:
    """The layers of one module; names begin behind its own."""
    name = module.module.rpartition(".")[2]
    children = [child for child in module.children if child.name not in _OBSERVERS]
    if {"base_layer", "lora_A"} <= {child.name for child in children}:
        yield from _with_lora(module, children, found)
        return
    if module.numbers:
        found.stored.append(module.numbers * module.times)
    if name == "MultiheadAttention":
        yield Entry(module.module, parsed=unread(f"{module.module}()", _attention(children)))
        return
    own = module.text or not children
    if own and (is_known(module.module) or not children) and name not in _IN_ORDER:
        first = [child for child in children if child.name == "static_padding"]
        yield from _of_children(first, found)
        yield from _leaves(module, found)
        children = [child for child in children if child not in first]
    elif name == "ModuleDict" and len(children) > 1:
        found.branches[f"{module.name or 'a'} of ModuleDict, which has no order"] = None
    elif name not in _IN_ORDER and children:
        found.taken[module.module] = None
        _look_for_branches(module, children, found)
    yield from _of_children(children, found)


def _of_children(children: Iterable[Printed], found: _Notes) -> Iterator[Entry]:
    for child in children:
        yield from _of_module(child, "", found)


def _leaves(module: Printed, found: _Notes) -> Iterator[Entry]:
    """The layers that a class is, or one that keeps the place of an unknown class."""
    shown = f"{module.module}({module.text})"
    leaves = leaves_of(module.module, module.text)
    base = None if leaves is not None else base_of(module.text)
    if base is not None:
        found.alike[module.module] = base
        leaves = [one._replace(text=shown) for one in leaves_of(base, module.text) or ()]
    if not leaves:
        leaves = [unread(shown)]
    if any(child.name == "parametrizations" for child in module.children):
        leaves = [_parametrised(leaves[0], module)]
    for at, parsed in enumerate(leaves):
        yield Entry(parsed.text, str(at) if at else None, parsed=parsed)


def _parametrised(parsed: Parsed, module: Printed) -> Parsed:
    """weight_norm learns a length beside each filter; other parametrisations learn the weight."""
    kinds = [one.module for one in _descendants(module) if one.module.startswith("_")]
    return with_more(parsed, _filters) if "_WeightNorm" in kinds else parsed


def _filters(layer: Layer) -> int:
    if not isinstance(layer, Convolution):
        return getattr(layer, "out_features", 0)
    spec = layer.spec
    return spec.in_channels if spec.transposed else spec.out_channels


def _descendants(module: Printed) -> Iterator[Printed]:
    for child in module.children:
        yield child
        yield from _descendants(child)


def _attention(children: Iterable[Printed]) -> int:
    """MultiheadAttention prints its last layer alone: E x E; three more of them stand before it."""
    out = next((child.text for child in children if child.name == "out_proj"), "")
    sizes = [int(number) for number in re.findall(r"out_features=(\d{1,19})\b", out)]
    return sum(4 * size * size + (0 if "bias=False" in out else 4 * size) for size in sizes)


def _with_lora(module: Printed, children: list[Printed], found: _Notes) -> Iterator[Entry]:
    """base(x) + B(A(x)) as one layer: LoRA's two small layers read what the base reads."""
    parts = {child.name: child for child in children}
    base = next(_of_module(parts["base_layer"], "", found), None)
    sides = [
        entry.parsed
        for key in ("lora_A", "lora_B")
        if key in parts
        for entry in _of_module(parts[key], "", found)
        if entry.parsed is not None
    ]
    if base is None or base.parsed is None:
        return
    parsed = base.parsed

    def layer_for(inputs: Sequence[Shape]) -> Layer:
        shape, layers = inputs[0], []
        for side in sides:
            layers.append(side.layer_for([shape]))
            shape = layers[-1].output_shape(shape)
        return Adapted(parsed.layer_for(inputs), tuple(layers))

    text = f"{module.module}({parsed.text})"
    yield Entry(text, None, parsed=parsed._replace(text=text, layer_for=layer_for))


def _look_for_branches(module: Printed, children: list[Printed], found: _Notes) -> None:
    """Note modules that cannot be one step of a chain."""
    leaves = [one for one in _descendants(module) if not one.children]
    squashed = bool(leaves) and leaves[-1].module.rpartition(".")[2] in _SQUASHES
    pools_first = bool(leaves) and "Adaptive" in leaves[0].module
    convolves = any("Conv" in one.module or "Linear" in one.module for one in leaves)
    is_small = module.name != "" and len(leaves) < _LEAVES_OF_A_GATE
    if _GATE.search(module.module) or (squashed and convolves and (pools_first or is_small)):
        found.branches[module.module] = None
    before: list[tuple[str, str]] = []
    for child in children:
        leaves_of_child = [
            (one.module, one.text) for one in _descendants(child) if not one.children
        ]
        if len(leaves_of_child) > 1 and leaves_of_child == before[-len(leaves_of_child) :]:
            found.branches[f"{child.name} of {module.module}, which repeats those before it"] = None
        if child.children:
            before.clear()
        else:
            before.append((child.module, child.text))
        if (
            _SIDE.search(child.name)
            and (child.children or child.text)
            and child.module != "Identity"
        ):
            found.branches[f"{child.name} of {module.module}"] = None
