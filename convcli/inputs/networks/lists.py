"""LAYERS of `convcli stack` into the nodes of a network: expressions, or a file that lists them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import IO, Any, NamedTuple

from convcli.engine.network.walk import INPUT, Node
from convcli.errors import ConvError
from convcli.inputs.files.admission import Admit, admit_all
from convcli.inputs.networks.entries import Entry, Listed
from convcli.inputs.networks.framework_layers import expanded
from convcli.inputs.networks.kinds import SIGNATURES
from convcli.inputs.networks.known_networks import known_networks, text_of_network
from convcli.inputs.networks.model_files import (
    STDIN,
    entries_of_file,
    entries_of_stream,
    entries_of_text,
)
from convcli.inputs.networks.modules import parse_module
from convcli.inputs.networks.parsed import Parsed, doubted
from convcli.inputs.text.layer import ARGUMENTS, OPERATORS
from convcli.suggestions import did_you_mean

_FILE_NAME = re.compile(r"^[^(:]*\.(onnx|json|jsonl|ya?ml|toml|py|txt)$")
BYTES_OF_LAYER = 2_500  # as an entry, a node, a step, and a row of the answer
_LONGEST_WORD = 40  # characters of an argument in an error
_WORD = re.compile(r"[A-Za-z]\w*")


class Stack(NamedTuple):
    """The layers of a network in order, with the text of each.

    `notes` say how they were read; `rank` is the number of spatial axes that they are for, or None.
    `order` is the layout of X of another framework, with * for the spatial axes.
    """

    nodes: tuple[Node, ...]
    texts: tuple[str, ...]
    notes: tuple[str, ...] = ()
    rank: int | None = None
    order: str | None = None


def kind_of(text: str) -> str:
    """The class of a layer, as its text has it.

    >>> kind_of("nn.Conv2d(1, 6, 5)"), kind_of("conv2d")
    ('Conv2d', 'conv2d')
    """
    end = text.find("(")
    name = text if end < 0 else text[:end]
    return name if name.isidentifier() else name.strip().rpartition(".")[2]


def block_of(name: str) -> str:
    """The block that a layer's name says it is in: `layer1.0` for layer1.0.conv1."""
    return name.rpartition(".")[0]


def read_stack(
    sources: Sequence[str],
    options: Mapping[str, Any] | None = None,
    open_stdin: Callable[[], IO[bytes]] | None = None,
    admit: Admit = admit_all,
) -> Stack:
    """The stack of one or more LAYERS, each a layer, a list of them, or a file.

    `-` is the list on standard input, which `open_stdin` opens. `admit` is asked before the layers
    are made. Raises ConvError where a source is none of these.

    >>> read_stack(["Conv2d(1, 6, 5); ReLU()", "MaxPool2d(2)"]).texts
    ('Conv2d(1, 6, 5)', 'ReLU()', 'MaxPool2d(2)')
    """
    entries: list[Entry] = []
    notes: list[str] = []
    for source in sources:
        if source == STDIN and open_stdin is not None:
            listed, how = entries_of_stream(open_stdin())
        else:
            listed, how = _entries(source)
        entries += listed
        notes += how
        admit(len(entries) * BYTES_OF_LAYER)
    return stack_of(entries, options, notes)


def stack_of(
    entries: Sequence[Entry], options: Mapping[str, Any] | None = None, notes: Iterable[str] = ()
) -> Stack:
    """The nodes of entries, each reading the one before it or those that it names."""
    if not entries:
        raise ConvError("layers.empty", "must contain at least one layer", parameter="LAYERS")
    options = {name: value for name, value in (options or {}).items() if value is not None}
    entries = [part for entry in entries for part in expanded(entry, options)]
    nodes: list[Node] = []
    layers: list[Parsed] = []
    places = {"input": INPUT}
    memory: dict[str, Parsed] = {}
    for at, entry in enumerate(entries):
        name = entry.name or str(at)
        while entry.name is None and name in places:
            name += "'"
        parsed = _parsed(entry, name, options, memory)
        if entry.name in places:
            raise ConvError(
                "layers.name",
                "duplicate layer name",
                parameter="LAYERS",
                got=entry.name,
            )
        sources: tuple[int, ...] = (at - 1,)
        if entry.sources:
            sources = tuple([_place(source, places, name) for source in entry.sources])
        layer_for = parsed.layer_for
        if entry.doubt:
            layer_for = doubted(layer_for, entry.doubt)
        kind = kind_of(parsed.text)
        nodes.append(Node(name, layer_for, sources, entry.file, kind, block_of(name)))
        layers.append(parsed)
        places[name] = at
    rank = next((layer.rank for layer in layers if layer.rank is not None), None)
    texts = tuple(layer.text for layer in layers)
    return Stack(tuple(nodes), texts, tuple(notes), rank, _order(layers))


def _order(layers: Sequence[Parsed]) -> str | None:
    """The layout of the layers; None for torch's. Raises ConvError where they have several."""
    orders = dict.fromkeys(layer.order for layer in layers if layer.order is not None)
    if len(orders) > 1:
        rule = "the layers of one stack must have one layout, and these have {orders}"
        fields = {"orders": " and ".join(order.replace("*", "HW") for order in orders)}
        hint = "Write them all for one framework."
        raise ConvError("layers.layouts", rule, parameter="LAYERS", hint=hint, fields=fields)
    return next(iter(orders), None)


def _parsed(
    entry: Entry, name: str, options: Mapping[str, Any] | None, memory: dict[str, Parsed]
) -> Parsed:
    """The layer of an entry; an error says which layer it is of, and of which file."""
    try:
        if entry.parsed is not None:
            parsed = entry.parsed
        elif entry.arguments:
            parsed = _with_arguments(entry, options)
        elif entry.text in memory:  # layers are often written alike
            parsed = memory[entry.text]
        else:
            parsed = memory[entry.text] = parse_module(entry.text, options)
        if parsed.joins or entry.sources:
            _check_sources(entry, parsed)
    except ConvError as error:
        if entry.file is None:
            raise error.with_place(place=name) from None
        raise error.with_place(place=f"{name} of {entry.file}", kind="data") from None
    return parsed


def _check_sources(entry: Entry, parsed: Parsed) -> None:
    """Raises ConvError unless the layer reads as many layers as it takes."""
    if not parsed.joins and len(entry.sources) > 1:
        rule = f"takes one layer as input, and {len(entry.sources)} are named"
        hint = "Add(), Multiply() and Concat() join layers."
        raise ConvError("layers.sources", rule, parameter="LAYERS", got=entry.text, hint=hint)
    if parsed.joins and len(entry.sources) < 2:
        rule = (
            f"needs the names of two layers or more, like {entry.text.partition('(')[0]}() <- a, b"
        )
        raise ConvError("layers.sources", rule, parameter="LAYERS", got=entry.text)


def _with_arguments(entry: Entry, options: Mapping[str, Any] | None) -> Parsed:
    """A record: {"layer": "conv2d", "kernel_size": 3}, or with a class of torch.nn."""
    arguments = {key.replace("-", "_"): value for key, value in entry.arguments.items()}
    if entry.text in OPERATORS or "(" in entry.text:
        wrong = next((key for key in arguments if key not in ARGUMENTS), None)
        if wrong is not None:
            raise ConvError(
                "layers.fields",
                "a layer has no argument {name!r}",
                parameter="LAYERS",
                hint=did_you_mean(wrong, ARGUMENTS),
                fields={"name": wrong[:_LONGEST_WORD]},
            )
        return parse_module(entry.text, {**arguments, **(options or {})})
    written = ", ".join(
        f"{key}={tuple(value) if isinstance(value, list) else value!r}"
        for key, value in arguments.items()
    )
    return parse_module(f"{entry.text}({written})", options)


def _place(source: str, places: Mapping[str, int], name: str) -> int:
    if source not in places:
        rule, fields = "no layer before it is named {source!r}", {"source": source}
        hint = "Names are the words before colons, the numbers of other layers, and input."
        raise ConvError("layers.sources", rule, hint=hint, place=name, fields=fields)
    return places[source]


def _entries(source: str) -> Listed:
    """The layers of one source: a file, the name of a known network, or layers."""
    path, member = source, ""
    if not os.path.exists(source) and ".py:" in source:
        path, _, member = source.rpartition(":")
    if os.path.exists(path):
        return entries_of_file(path, member)
    if _FILE_NAME.search(source):
        raise ConvError(
            "layers.missing", "no such file", parameter="LAYERS", got=source, kind="data"
        )
    if not _WORD.fullmatch(source) or source in SIGNATURES or source in OPERATORS:
        return entries_of_text(source)
    text = text_of_network(source)
    if text is None:
        rule = "must be a layer, a file that exists, or a network that comes with convcli"
        hint = did_you_mean(source, (*known_networks(), *SIGNATURES, *OPERATORS))
        hint = hint or f"The networks are {', '.join(known_networks())}."
        raise ConvError("layer.syntax", rule, parameter="LAYERS", got=source, hint=hint)
    return entries_of_text(text)
