"""What a document says of a layer of another framework: in torch, layouts, padding, flip, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.report.document import Document, Fact, Facts
from convcli.report.words.vocabulary import ENGLISH, Words


class Foreign(NamedTuple):
    """A layer of another framework as the views see it.

    `call` is the text of the layer, `torch` the line of PyTorch. `layouts` are the letters of X, W
    and the result, None for a W that there is not. `padding` is one (before, after) pair a spatial
    axis, of a transposed layer what is cropped. `remarks` are keys of texts, and their fields.
    """

    framework: str
    call: str
    torch: str
    layouts: tuple[str, str | None, str]
    padding: tuple[tuple[int, int], ...]
    axis_names: tuple[str, ...]
    weight_shape: Shape | None = None
    weight_axes: tuple[str, ...] = ()
    flips: bool = False
    crops: bool = False
    remarks: Sequence[tuple[str, Mapping[str, Any]]] = ()


def foreign_facts(foreign: Foreign, words: Words = ENGLISH) -> Facts:
    """The facts, for people and for machines."""
    x, w, y = foreign.layouts
    layouts = {"input": x, "weight": w, "output": y}
    said = words("foreign.layouts", x=x, y=y) if w is None else words(
        "foreign.layouts_of_weight", x=x, w=w, y=y
    )  # fmt: skip
    pads = [list(ends) for ends in foreign.padding]
    label = words("foreign.crop") if foreign.crops else words("foreign.padding")
    rows = [
        Fact("framework", None, foreign.framework),
        Fact("torch", words("foreign.torch"), foreign.torch),
        Fact("layouts", None, layouts),
        Fact(None, words("foreign.layout"), said),
        Fact("padding", None, pads),
        Fact(None, label, _pads(foreign, words)),
        Fact("flip", None, foreign.flips),
        Fact("notes", None, _remarks(foreign, ENGLISH)),
    ]
    if foreign.flips:
        rows.append(Fact(None, words("foreign.flip"), words("foreign.flipped")))
    rows += [Fact(None, words("foreign.note"), note) for note in _remarks(foreign, words)]
    return Facts(tuple(rows))


def with_foreign(document: Document, foreign: Foreign | None, words: Words = ENGLISH) -> Document:
    """The document with the facts of the framework, and its call as the layer."""
    if foreign is None or not document.blocks:
        return document
    blocks = tuple(
        Facts(tuple(Fact("layer", None, foreign.call) if row.key == "layer" else row
                    for row in block.rows)) if isinstance(block, Facts) else block
        for block in document.blocks
    )  # fmt: skip
    return document._replace(blocks=(*blocks, foreign_facts(foreign, words)), title=foreign.call)


def _remarks(foreign: Foreign, words: Words) -> list[str]:
    return [words(f"foreign.remark.{key}", **fields) for key, fields in foreign.remarks]


def _pads(foreign: Foreign, words: Words) -> str:
    sides = [
        words("foreign.sides", name=name, before=before, after=after)
        for name, (before, after) in zip(foreign.axis_names, foreign.padding, strict=True)
    ]
    return words("foreign.between").join(sides)
