"""The shapes of a graph's inputs: those that a command line names, and those that a graph fixes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.text.numbers import parse_shape

NamedShapes = Sequence[tuple[str | None, Shape]]
"""Shapes with the names of the inputs that they are for; None for the next in the graph's order."""


def parse_named_shapes(texts: Sequence[str]) -> list[tuple[str | None, Shape]]:
    """SHAPE, or NAME=SHAPE, for each input of a graph.

    Raises ConvError where one is no shape.

    >>> parse_named_shapes(["1x3x8x8", "mask=1x1x8x8"])
    [(None, (1, 3, 8, 8)), ('mask', (1, 1, 8, 8))]
    """
    pairs = [text.rpartition("=") for text in texts]
    return [(name if equals else None, parse_shape(shape)) for name, equals, shape in pairs]


def split_shapes(
    texts: Sequence[str], last: str, *, is_one: bool, is_module: bool = False
) -> tuple[Sequence[str], NamedShapes]:
    """LAYERS, and the shapes behind them: a graph or a module may have one for each input.

    >>> split_shapes(["m.onnx", "1x3x8x8"], "mask=1x1x8x8", is_one=True)
    (['m.onnx'], [(None, (1, 3, 8, 8)), ('mask', (1, 1, 8, 8))])
    """
    if is_one and is_module and all(map(_is_shape, texts)):
        return [], parse_named_shapes([*texts, last])
    if is_one and texts and texts[0].lower().endswith(".onnx"):
        return texts[:1], parse_named_shapes([*texts[1:], last])
    return texts, [(None, parse_shape(last))]


def _is_shape(text: str) -> bool:
    """Whether a text beside a module is meant as a shape: it is no layer, no file and no name."""
    bare = text.replace("torch.Size(", "").lstrip("([ ")
    return "(" not in bare and ("=" in bare or bare[:1].isdigit())


def resized(shapes: NamedShapes, first: Shape) -> NamedShapes:
    """The shapes with another first one; those with its spatial sizes get the other's.

    >>> resized([(None, Shape((1, 3, 8, 8))), ("m", Shape((1, 1, 8, 8)))], Shape((1, 3, 9, 9)))
    [(None, (1, 3, 9, 9)), ('m', (1, 1, 9, 9))]
    """
    before = shapes[0][1]
    return [
        (name, first if not at else _resized(shape, before, first))
        for at, (name, shape) in enumerate(shapes)
    ]


def _resized(shape: Shape, before: Shape, after: Shape) -> Shape:
    if shape[2:] == before[2:]:
        return Shape((*shape[:2], *after[2:]))
    return shape


def shapes_of_inputs(
    inputs: Sequence[Any], shapes: NamedShapes
) -> tuple[dict[str, Shape], tuple[str, ...]]:
    """The shape of each input, and notes on what the graph has otherwise.

    Raises ConvError where a name or a number of axes is wrong, or a shape is missing.
    """
    by_name = {value.name: value for value in inputs}
    taken: dict[str, Shape] = {}
    for wanted, shape in shapes:
        name = wanted or next((one for one in by_name if one not in taken), "")
        if name not in by_name or name in taken:
            rule = "the inputs of the model are {names}, and each has one shape"
            fields = {"names": ", ".join(by_name)}
            raise ConvError("input.name", rule, parameter="SHAPE", got=shape, fields=fields)
        taken[name] = _full(by_name[name], shape)
    notes = []
    for name, value in by_name.items():
        own = own_sizes(value)
        if name not in taken:
            taken[name] = _fixed(name, own, list(by_name))
            notes.append(f"The input {name} has the shape that the graph fixes: {taken[name]}.")
        elif own is not None:
            notes += _differences(name, own, taken[name])
    return {name: taken[name] for name in by_name}, tuple(notes)


def declared_shapes(graph: Any, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """The shapes that a graph writes down for its values, if its inputs have those written down."""
    sizes = {value.name: own_sizes(value) for value in (*graph.value_info, *graph.output)}
    inputs = {value.name: own_sizes(value) for value in graph.input if value.name in shapes}
    if any(own is None or tuple(own) != shapes[name] for name, own in inputs.items()):
        return {}
    return {
        name: Shape(size for size in own if size is not None)
        for name, own in sizes.items()
        if own is not None and None not in own
    }


def own_sizes(value: Any) -> list[int | None] | None:
    """The sizes that the graph has for an input, None for open ones; None without any axes."""
    kind = value.type.tensor_type
    if not kind.HasField("shape"):
        return None
    return [
        dim.dim_value if dim.HasField("dim_value") and dim.dim_value >= 0 else None
        for dim in kind.shape.dim
    ]


def _full(value: Any, shape: Shape) -> Shape:
    """The shape with a batch of 1 in front where the input has one axis more."""
    own = own_sizes(value)
    full = Shape((1, *shape)) if own is not None and len(own) == len(shape) + 1 else shape
    if own is not None and len(own) != len(full):
        rule, fields = (
            f"the input {{name!r}} of the model has {len(own)} axes",
            {"name": value.name},
        )
        raise ConvError("input.rank", rule, parameter="SHAPE", got=shape, fields=fields)
    return full


def _fixed(name: str, own: list[int | None] | None, names: Sequence[str]) -> Shape:
    if own is None or None in own:
        rule = "the model has {count} inputs, and the shape of {name!r} is missing"
        hint = "Name it: " + " ".join(f"{{name{at}}}=SHAPE" for at in range(len(names))) + "."
        fields = {"count": len(names), "name": name}
        fields |= {f"name{at}": one for at, one in enumerate(names)}
        raise ConvError("input.missing", rule, parameter="SHAPE", hint=hint, fields=fields)
    return Shape(size for size in own if size is not None)


def _differences(name: str, own: list[int | None], shape: Shape) -> list[str]:
    """A note where the graph fixes other sizes."""
    if all(size in (None, wanted) for size, wanted in zip(own, shape, strict=True)):
        return []
    fixed = "x".join("?" if size is None else str(size) for size in own)
    return [f"The graph fixes its input {name} to {fixed}; it is read with {shape} instead."]
