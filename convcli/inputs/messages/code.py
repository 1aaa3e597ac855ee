"""The layers that a user's code makes, as far as their arguments are literals. Nothing is run."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from convcli.engine.geometry.spec import ConvSpec
from convcli.errors import ConvError
from convcli.inputs.messages.traces import Place
from convcli.inputs.text.layer import LayerRequest, parse_layer

LARGEST = 1 << 20  # bytes of a file that is read
_CALL = re.compile(r"(?:\w+\.)*Conv(?:Transpose)?[123]d\((?:[^()]|\([^()]*\))*\)")
_CLASS = re.compile(r"Conv(?:Transpose)?[123]d")


class CodeLayer(NamedTuple):
    """A convolution in code: where it stands, what it is assigned to, and its arguments."""

    file: str
    line: int
    target: str
    text: str
    request: LayerRequest

    @property
    def made_at(self) -> tuple[str, int, str]:
        """The file, the line, and the code of the layer."""
        return self.file, self.line, f"{self.target} = {self.text}" if self.target else self.text

    def spec(self) -> ConvSpec | None:
        """The layer; None where it is none."""
        try:
            return self.request.alone()
        except ConvError:
            return None


def layers_of_places(places: Iterable[Place]) -> list[CodeLayer]:
    """The layers in the lines of a traceback, and in their files where these are here."""
    layers: list[CodeLayer] = []
    files = set()
    for place in reversed(list(places)):
        layers += layers_in(place.code, place.file, place.line)
        if place.file not in files and place.file.endswith(".py") and os.path.isfile(place.file):
            files.add(place.file)
            layers += layers_in(_source(place.file), place.file)
    return layers


def _source(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(LARGEST)
    except OSError:
        return ""


def layers_in(source: str, file: str = "", first_line: int = 1) -> list[CodeLayer]:
    """The convolutions of Python code, and of a line of it.

    >>> [layer.target for layer in layers_in("self.conv = nn.Conv2d(3, 8, 3, stride=2)")]
    ['self.conv']
    """
    try:
        tree = ast.parse(source.strip() if "\n" not in source.strip() else source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        calls: Iterator[tuple[str, int, str]] = (
            (match[0], 0, "") for match in _CALL.finditer(source[:LARGEST])
        )
    else:
        calls = _calls(tree)
    layers = []
    for text, line, target in calls:
        try:
            request = parse_layer(text, {})
        except ConvError:  # arguments that are names
            continue
        layers.append(CodeLayer(file, first_line + line, target, text, request))
    return layers


def _calls(tree: ast.AST) -> Iterator[tuple[str, int, str]]:
    """The calls of convolutions, the line of each from 0, and what it is assigned to."""
    targets: dict[ast.AST, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            targets[node.value] = ast.unparse(node.targets[0])
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if _CLASS.fullmatch(name):
                yield ast.unparse(node), node.lineno - 1, targets.get(node, "")


def matching(
    layers: Sequence[CodeLayer], spec: ConvSpec, code: str = ""
) -> tuple[CodeLayer, ConvSpec] | None:
    """The layer with the weight of `spec`, where all that have it are alike; named ones first."""
    found = [
        (layer, own)
        for layer in layers
        for own in (layer.spec(),)
        if own is not None
        and own.weight_shape == spec.weight_shape
        and (own.transposed, own.groups) == (spec.transposed, spec.groups)
    ]
    return _only(found, code)


def spanning(
    layers: Sequence[CodeLayer], extents: Sequence[int], code: str = ""
) -> tuple[CodeLayer, ConvSpec] | None:
    """The convolution whose kernel spans so many cells, where all that do are alike."""
    found = [
        (layer, own)
        for layer in layers
        for own in (layer.spec(),)
        if own is not None
        and not own.transposed
        and [axis.extent for axis in own.axes] == list(extents)
    ]
    return _only(found, code)


def _only(
    found: Sequence[tuple[CodeLayer, ConvSpec]], code: str
) -> tuple[CodeLayer, ConvSpec] | None:
    called = [each for each in found if each[0].target and f"{each[0].target}(" in code]
    chosen = called or list(found)
    if not chosen or any(own.axes != chosen[0][1].axes for _, own in chosen):
        return None
    return chosen[0]
