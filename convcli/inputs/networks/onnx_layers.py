"""One node of an ONNX graph into the layer that it is, with its output shape."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.base import Layer
from convcli.engine.network.layers.computed import Counted
from convcli.engine.network.layers.reshaping import ShapeOnly
from convcli.errors import ConvError
from convcli.inputs.networks.onnx_checks import check_node
from convcli.inputs.networks.onnx_kinds import READERS
from convcli.inputs.networks.onnx_models import damage_is_an_error
from convcli.inputs.networks.onnx_node import OnnxNode, names_in
from convcli.inputs.networks.onnx_products import products_of_windows
from convcli.inputs.networks.parsed import LayerFor, Parsed, as_traced, shape_only

# onnx's inference does not count their channels, and counts windows that start behind the input
_OF_WINDOWS = names_in("Conv ConvTranspose MaxPool AveragePool LpPool")
_OF_STEPS = (
    "How often it runs depends on numbers of the input, or is too often to be written out; "
    "export with dynamo=True, or use `module`."
)
_MISFITS = ("input.channels", "input.rank", "kernel_size.fits")


def layer_of(
    node: OnnxNode, inputs: tuple[Shape, ...], inferred: Shape | None, *, fits: bool
) -> tuple[Parsed, Shape | None]:
    """The layer of a node and its output shape; of windows the layer's, not that of inference.

    `fits` is whether the node takes its inputs, as far as onnx tells.
    """
    _check_reshaped(node)
    check_node(node)
    reader = READERS.get(node.kind)
    parsed = reader(node) if reader is not None else None
    text, trace = f"{node.kind}()", node.trace
    if parsed is not None and inputs and (trace is None or node.kind in _OF_WINDOWS):
        try:
            own = parsed.layer_for(inputs).output_shape(*inputs)
        except ConvError as error:
            if trace is None or error.code in _MISFITS or len(trace.output) != len(inputs[0]):
                raise
            priced = products_of_windows(node, node.dim(1), is_learnt=node.weight(1) is not None)
            return priced or Parsed(text, shape_only(trace, node.learnt), known=False), inferred
        else:
            return parsed, own
    if trace is not None:
        return as_traced(parsed, text, trace, node.learnt), inferred
    return parsed or Parsed(text, _of_no_shape(node, fits=fits), known=False), inferred


def _check_reshaped(node: OnnxNode) -> None:
    """Raises ConvError for a Reshape that the graph fixes to another number of cells."""
    trace = node.trace
    if node.kind != "Reshape" or trace is None or prod(trace.inputs[0]) == prod(trace.output):
        return
    rule = "Reshape makes {made} of {given}: the sizes in the graph are for another input"
    fields = {"made": trace.output, "given": trace.inputs[0]}
    hint = "Export it with dynamic axes, or use the input that it was exported with."
    raise ConvError("layers.onnx", rule, hint=hint, fields=fields)


def _of_no_shape(node: OnnxNode, *, fits: bool) -> LayerFor:
    def layer_for(inputs: Sequence[Shape]) -> Layer:
        held = ", ".join(f"{name}={reprlib.repr(one)}" for name, one in node.attributes.items())
        shapes = " and ".join(map(str, inputs))
        fields = {"kind": node.kind, "attributes": held, "inputs": shapes}
        if not fits:
            rule = "{kind} does not fit its inputs {inputs}"
            rule += " with the attributes {attributes}" if held else ""
            raise ConvError("layers.onnx", rule, fields=fields)
        rule = "the output shape of the operator {kind} is unknown to convcli and onnx"
        hint = _OF_STEPS if node.kind in ("Loop", "Scan") else None
        raise ConvError("layers.operator", rule, hint=hint, fields=fields, kind="data")

    return layer_for


def counted(layer_for: LayerFor, parameters: int, again: bool) -> LayerFor:
    """The layer with the parameters that the graph has for it."""

    def counted(inputs: Sequence[Shape]) -> Layer:
        layer = layer_for(inputs)
        if isinstance(layer, ShapeOnly):
            return ShapeOnly(layer.shape, parameters)
        return layer if layer.parameters == parameters and not again else Counted(layer, parameters)

    return counted


def guarded(layer_for: LayerFor, rule: str) -> LayerFor:
    """The function, whose errors about what the file says are ConvErrors with the rule."""

    def guarded(inputs: Sequence[Shape]) -> Layer:
        with damage_is_an_error(rule):
            return layer_for(inputs)

    return guarded
