"""LAYERS of `convcli stack` into the nodes of a network: expressions, or a file that lists them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from convcli.engine.network.layers.resampling import RANKS
from convcli.engine.network.walk import INPUT, Node
from convcli.errors import ConvError
from convcli.inputs.networks.entries import Entry
from convcli.inputs.networks.model_files import entries_of_file, entries_of_text
from convcli.inputs.networks.modules import Parsed, parse_module
from convcli.inputs.text.layer import ARGUMENTS, OPERATORS

_MERGES = ("Add", "Multiply", "Concat")
_OF_RANK = re.compile(r"[123]d$")
_MODE = re.compile(r"mode=['\"]?(\w+)")
_RANKS = RANKS | dict.fromkeys(("PixelShuffle", "PixelUnshuffle", "Unfold"), 2)


class Stack(NamedTuple):
    """The layers of a network, in order, with the text of each, and what a reader should know of how they were read."""

    nodes: tuple[Node, ...]
    texts: tuple[str, ...]
    notes: tuple[str, ...] = ()

    @property
    def rank(self) -> int | None:
        """The spatial axes that the layers speak of; None where they do not say."""
        for text in self.texts:
            name = text.partition("(")[0].rpartition(".")[2]
            mode = _MODE.search(text) if name == "Upsample" else None
            rank = int(name[-2]) if _OF_RANK.search(name) else _RANKS.get(mode[1] if mode else name)
            if rank is not None:
                return rank
        return None


def read_stack(sources: Sequence[str], options: Mapping[str, Any] | None = None) -> Stack:
    """The stack of one or more LAYERS, each a layer, a list of them, or a file.

    Raises ConvError where one is none of these.

    >>> read_stack(["Conv2d(1, 6, 5); ReLU()", "MaxPool2d(2)"]).texts
    ('Conv2d(1, 6, 5)', 'ReLU()', 'MaxPool2d(2)')
    """
    entries: list[Entry] = []
    notes: list[str] = []
    for source in sources:
        found, said = _entries(source)
        entries += found
        notes += said
    return stack_of(entries, options, notes)


def stack_of(
    entries: Sequence[Entry], options: Mapping[str, Any] | None = None, notes: Iterable[str] = ()
) -> Stack:
    """The nodes of entries, each reading the one before it or those that it names."""
    if not entries:
        raise ConvError("layers.empty", "there is no layer", parameter="LAYERS")
    nodes: list[Node] = []
    texts = []
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
                "names one layer, and two have it",
                parameter="LAYERS",
                got=entry.name,
            )
        sources = tuple(_place(source, places, name) for source in entry.sources) or (at - 1,)
        nodes.append(Node(name, parsed.layer_for, sources))
        texts.append(parsed.text)
        places[name] = at
    return Stack(tuple(nodes), tuple(texts), tuple(notes))


def _parsed(
    entry: Entry, name: str, options: Mapping[str, Any] | None, memory: dict[str, Parsed]
) -> Parsed:
    """Layers are often written alike: each text is parsed once."""
    try:
        if entry.arguments:
            return _with_arguments(entry, options)
        if entry.text not in memory:
            memory[entry.text] = parse_module(entry.text, options)
    except ConvError as error:
        error.place = name if entry.file is None else f"{name} of {entry.file}"
        error.kind = "data" if entry.file is not None else error.kind
        raise
    if not entry.text.startswith(_MERGES) and len(entry.sources) > 1:
        rule = f"reads one layer, and {len(entry.sources)} are named; Add(), Multiply() and Concat() join"
        raise ConvError("layers.sources", rule, parameter="LAYERS", got=entry.text)
    if entry.text.startswith(_MERGES) and len(entry.sources) < 2:
        rule = f"joins layers: name them, like {entry.text.partition('(')[0]}() <- shortcut, bn2"
        raise ConvError("layers.sources", rule, parameter="LAYERS", got=entry.text)
    return memory[entry.text]


def _with_arguments(entry: Entry, options: Mapping[str, Any] | None) -> Parsed:
    """A record: {"layer": "conv2d", "kernel_size": 3}, or with a class of torch.nn."""
    given = {key.replace("-", "_"): value for key, value in entry.arguments.items()}
    if entry.text in OPERATORS or "(" in entry.text:
        wrong = next((key for key in given if key not in ARGUMENTS), None)
        if wrong is not None:
            raise ConvError(
                "layers.fields", f"a layer has no field {wrong[:40]!r}", parameter="LAYERS"
            )
        return parse_module(
            entry.text, {**given, **{k: v for k, v in (options or {}).items() if v is not None}}
        )
    written = ", ".join(
        f"{key}={tuple(value) if isinstance(value, list) else value!r}"
        for key, value in given.items()
    )
    return parse_module(f"{entry.text}({written})", options)


def _place(source: str, places: Mapping[str, int], name: str) -> int:
    if source not in places:
        rule = f"reads {source!r}, and no layer before it has that name"
        error = ConvError(
            "layers.sources",
            rule,
            hint="Names are those before the colon, the numbers of the others, or input.",
        )
        error.place = name
        raise error
    return places[source]


def _entries(source: str) -> tuple[list[Entry], list[str]]:
    path, _, member = (
        source.rpartition(":")
        if not os.path.exists(source) and ".py:" in source
        else (source, "", "")
    )
    if os.path.exists(path or source):
        return entries_of_file(path or source, member)
    if (
        "(" not in source
        and ":" not in source
        and re.search(r"\.(onnx|json|jsonl|ya?ml|toml|py|txt)$", source)
    ):
        raise ConvError(
            "layers.missing", "no such file", parameter="LAYERS", got=source, kind="data"
        )
    return entries_of_text(source)
