"""Parsed: one layer as every reader of networks returns it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.merging import Again
from convcli.engine.network.layers.reshaping import ShapeOnly
from convcli.errors import ConvError

LayerFor = Callable[[Sequence[Shape]], Layer]


class Parsed(NamedTuple):
    """One layer of a source: its text, and how to make it for the shapes of its inputs.

    `rank` is the number of spatial axes that it is for, None where it takes any number. `joins`
    says that it takes several inputs. Where it is not `known`, only its output shape is, and
    perhaps its `parameters`. `order` is the layout of X of another framework: N*C, with * for the
    spatial axes.
    """

    text: str
    layer_for: LayerFor
    rank: int | None = None
    joins: bool = False
    known: bool = True
    parameters: int | None = None
    order: str | None = None


class Trace(NamedTuple):
    """The shapes that went into a call and came out when the network was traced."""

    inputs: tuple[Shape, ...]
    output: Shape


def shape_only(trace: Trace, parameters: int = 0) -> LayerFor:
    """A layer of which the trace is all that is known; it raises ConvError on other inputs."""

    def layer_for(inputs: Sequence[Shape]) -> Layer:
        if tuple(inputs) != trace.inputs:
            traced = " and ".join(map(str, trace.inputs))
            rule = f"its output shape is known for the input {traced} only"
            raise ConvError("layers.traced", rule, got=" and ".join(map(str, inputs)))
        return ShapeOnly(trace.output, parameters)

    return layer_for


def as_traced(parsed: Parsed | None, text: str, trace: Trace, parameters: int) -> Parsed:
    """The layer where it makes the shape of the trace; else one of which only that shape is known.

    `text` and `parameters` are those of a call that no reader knows.
    """
    if parsed is None:
        return Parsed(text, shape_only(trace, parameters), known=False)
    try:
        layer = parsed.layer_for(trace.inputs)
        parameters = layer.parameters
        if layer.output_shape(*trace.inputs) == trace.output:
            return parsed
    except ConvError:
        pass
    return parsed._replace(layer_for=shape_only(trace, parameters), known=False)


def called_again(parsed: Parsed) -> Parsed:
    """A layer whose weights another call uses too: they are counted there."""
    return parsed._replace(layer_for=lambda inputs: Again(parsed.layer_for(inputs)))


def doubted(layer_for: LayerFor, doubt: str) -> LayerFor:
    """The function, whose errors say why the layer may not belong where it stands."""

    def layer_on(inputs: Sequence[Shape]) -> Layer:
        try:
            layer = layer_for(inputs)
            layer.output_shape(*inputs)
        except ConvError as error:
            hint = " ".join(filter(None, (error.hint, doubt)))
            raise error.with_place(hint=hint, kind="data") from None
        return layer

    return layer_on
