"""What is known of every value of an ONNX graph on the shapes of its inputs, node by node.

onnx is asked about one node at a time: its shape inference for the outputs, with the numbers of
small constants filled in, and its reference evaluator for integer arithmetic on shapes. So shapes
that a graph computes (Shape, Gather, Concat, Reshape) are known like those that it writes down.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from math import prod
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.networks.onnx_asked import MOST_AXES, MOST_NUMBERS, Asked, Refused
from convcli.inputs.networks.onnx_bodies import Named
from convcli.inputs.networks.onnx_loops import Steps, Written
from convcli.inputs.networks.onnx_models import (
    OnnxModel,
    damage_is_an_error,
    name_of_node,
    read_by,
    shortened,
)
from convcli.inputs.networks.onnx_weights import Weights

MOST_NODES = 1_000_000  # of a graph, with branches and loops written out
MOST_FOLDED = 2**20  # numbers of all constants that are computed

_MISFIT = "its graph does not fit its inputs and outputs"
_OF_SHAPES = ("Shape", "Size")


class Values:
    """The values of a model: types, numbers of small constants, and the weights behind constants.

    `constants` depend on no input; what a graph computes of shapes is among them. A consumer of
    `nodes()` may correct the shapes of a node's outputs before it goes on.
    """

    def __init__(self, model: OnnxModel) -> None:
        self.onnx, self.model = model.onnx, model.model
        self.declared = model.declared
        self.weights = Weights(model.onnx)
        self.types: dict[str, Any] = {}
        self.numbers: dict[str, Any] = {}
        self.constants: set[str] = set()
        self.refused: set[str] = set()  # values whose nodes do not fit their inputs
        self._folded = 0
        self._asked = Asked(model.onnx, model.model)
        self.opset = self._asked.opsets.get("", 0)
        for tensor in model.model.graph.initializer:
            self.add_tensor(tensor.name, tensor)
        for value in model.model.graph.input:
            if value.name in model.inputs:
                self.types[value.name] = value.type
                self.correct(value.name, model.inputs[value.name])

    def nodes(self) -> Iterator[tuple[str, Any]]:
        """Every node of the graph with its name, after its outputs are known.

        An If, Loop or Scan is replaced by the nodes that run, where these are known.
        """
        pending: deque[Named | Steps] = deque(
            Named(name_of_node(node, at), node) for at, node in enumerate(self.model.graph.node)
        )
        written = Written(self)
        count = 0
        while pending:
            count += 1
            if count > MOST_NODES:
                rule = f"must have at most {MOST_NODES} nodes"
                raise ConvError("layers.large", rule, parameter="LAYERS", kind="data")
            one = pending.popleft()
            if isinstance(one, Steps):
                with damage_is_an_error(_MISFIT, one.body.place):
                    pending.extendleft(reversed(one.following()))
                continue
            name, node = one
            with damage_is_an_error(_MISFIT, name):
                opened = written.opened(name, node)
            if opened is not None:
                pending.extendleft(reversed(opened))
                continue
            self._learn(name, node)
            yield name, node

    def shape(self, name: str) -> Shape | None:
        """The shape of a value; None where it is unknown."""
        kind = self.types.get(name)
        if kind is None or not kind.HasField("tensor_type"):
            return None
        tensor = kind.tensor_type
        sizes = [dim.dim_value if dim.HasField("dim_value") else -1 for dim in tensor.shape.dim]
        known = tensor.HasField("shape") and min(sizes, default=0) >= 0
        return Shape(sizes) if known and len(sizes) <= MOST_AXES else None

    def correct(self, name: str, shape: Shape) -> None:
        """What a reader knows better than onnx's inference."""
        kind = self.types.get(name)
        element = kind.tensor_type.elem_type if kind is not None else self.onnx.TensorProto.FLOAT
        self.types[name] = self.onnx.helper.make_tensor_type_proto(element, shape)

    def dims(self, name: str) -> tuple[int, ...] | None:
        """The sizes of a value as a tuple."""
        shape = self.shape(name)
        return None if shape is None else tuple(shape)

    def add_tensor(self, name: str, tensor: Any, *, literal: bool = False) -> None:
        """A constant that the graph holds, with its numbers where they are few."""
        kind = self.onnx.TensorProto
        sizes = _dims(name, tensor)
        self.types[name] = self.onnx.helper.make_tensor_type_proto(tensor.data_type, sizes)
        self.constants.add(name)
        self.weights.add(name, tensor, literal=literal)
        whole = tensor.data_type in (kind.INT64, kind.INT32, kind.BOOL)
        few = prod(sizes) <= (MOST_NUMBERS if whole else MOST_NUMBERS // 64)
        if few and tensor.data_location != kind.EXTERNAL:
            rule = (
                f"the numbers of the constant {shortened(name)!r} do not fit "
                f"its sizes {Shape(sizes)} and its type"
            )
            with damage_is_an_error(rule):
                self.numbers[name] = self.onnx.numpy_helper.to_array(tensor)

    def _learn(self, name: str, node: Any) -> None:
        """What is known of the outputs of a node."""
        read = read_by(node)
        constant = all(one in self.constants for one in read if one)
        if node.op_type == "Constant":
            self._constant(node)
            return
        try:
            self.types |= self._asked.inferred(name, node, read, self.types, self.numbers)
        except Refused:
            self.refused.update(node.output[:1])
        for output in node.output:
            if output in self.declared and self.shape(output) is None:
                self.correct(output, self.declared[output])
        if node.op_type in _OF_SHAPES and read and self.shape(read[0]) is not None:
            constant = True
            self._fold_shape(node, Shape(self.shape(read[0]) or ()))
        elif constant:
            self._fold(node)
        if constant:
            self.constants.update(one for one in node.output if one)
            self.weights.pass_on(node)
            filled = self.dims(node.output[0]) if node.op_type == "ConstantOfShape" else None
            if filled is not None:
                self.weights.fill(node.output[0], prod(filled))

    def _constant(self, node: Any) -> None:
        output = node.output[0] if node.output else ""
        held = {one.name: one for one in node.attribute}
        numpy_helper = self.onnx.numpy_helper
        if "value" in held:
            self.add_tensor(output, held["value"].t, literal=True)
            return
        self.constants.add(output)
        for key, element in (("value_int", "INT64"), ("value_float", "FLOAT")):
            for ending, axes in (("", 0), ("s", 1)):
                if key + ending not in held:
                    continue
                value = self.onnx.helper.get_attribute_value(held[key + ending])
                numbers = list(value) if axes else [value]
                tensor = self.onnx.helper.make_tensor(
                    output, getattr(self.onnx.TensorProto, element), [len(numbers)][:axes], numbers
                )
                self.types[output] = self.onnx.helper.make_tensor_type_proto(
                    tensor.data_type, tensor.dims
                )
                if len(numbers) <= MOST_NUMBERS:
                    self.numbers[output] = numpy_helper.to_array(tensor)

    def _fold(self, node: Any) -> None:
        """The numbers of a node's outputs, where they are few, also in all, and can be computed."""
        if self._folded > MOST_FOLDED:
            return
        sizes = [self.shape(one) for one in node.output if one]
        folded = self._asked.folded(node, sizes, self.types, self.numbers)
        for output, numbers in folded.items():
            self.numbers[output] = numbers
            self._folded += numbers.size
            self.correct(output, Shape(numbers.shape))

    def _fold_shape(self, node: Any, shape: Shape) -> None:
        """Shape and Size: numbers that follow from a shape, whatever is in the value."""
        import numpy as np

        attributes = {one.name: one.i for one in node.attribute}
        if node.op_type == "Size":
            numbers: Any = np.array(prod(shape), dtype=np.int64)
        else:
            ends = slice(attributes.get("start", 0), attributes.get("end"))
            numbers = np.array(shape[ends], dtype=np.int64)
        self.numbers[node.output[0]] = numbers


def _dims(name: str, tensor: Any) -> tuple[int, ...]:
    """The sizes of a tensor. Raises ConvError where one is below 0, or where they are too many."""
    dims = tuple(tensor.dims)
    if min(dims, default=0) < 0 or len(dims) > MOST_AXES:
        rule = f"the constant {{name!r}} must have at most {MOST_AXES} axes, none below 0"
        got, fields = Shape(dims[:MOST_AXES]), {"name": name}
        raise ConvError("layers.onnx", rule, got=got, fields=fields, kind="data")
    return dims
