"""What is known of every value of an ONNX graph on the shapes of its inputs, node by node.

onnx is asked about one node at a time: its shape inference for the outputs, with the numbers of
small constants filled in, and its reference evaluator for integer arithmetic on shapes. So shapes
that a graph computes (Shape, Gather, Concat, Reshape) are known like those that it writes down.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.networks.onnx_models import (
    OnnxModel,
    damage_is_an_error,
    graphs_of,
    name_of_node,
    read_by,
    shortened,
)
from convcli.inputs.networks.onnx_node import words
from convcli.inputs.networks.onnx_weights import Weights

MOST_NUMBERS = 4_096  # of a constant that is computed with
MOST_NODES = 1_000_000  # of a graph, with the branches of If written out
LONGEST_REASON = 200  # characters of an error of onnx
MOST_AXES = 64  # of a value; NumPy has no more

# Whose results are integers of about the size of their inputs, or of an inferred size.
_FOLDED = words(
    "Abs Add And Cast CastLike Ceil Clip Compress Concat ConstantOfShape Div Equal Expand "
    "Flatten Floor Gather GatherElements GatherND Greater GreaterOrEqual Identity Less "
    "LessOrEqual Max Min Mod Mul Neg NonZero Not Or Pad Range Reciprocal ReduceMax ReduceMin "
    "ReduceProd ReduceSum Reshape Round ScatterElements ScatterND Shape Sign Size Slice Split "
    "Sqrt Squeeze Sub Sum Tile Transpose Unsqueeze Where Xor"
)
_GROWING = words("ConstantOfShape Expand Pad Range Tile")
_OF_SHAPES = ("Shape", "Size")


class Values:
    """The values of a model: types, numbers of small constants, and the weights behind constants.

    `constants` depend on no input; what a graph computes of shapes is among them. A consumer of
    `nodes()` may correct the shapes of a node's outputs before it goes on.
    """

    def __init__(self, model: OnnxModel) -> None:
        self.onnx, self.model = model.onnx, model.model
        self.weights = Weights(model.onnx)
        self.types: dict[str, Any] = {}
        self.numbers: dict[str, Any] = {}
        self.constants: set[str] = set()
        self.reasons: dict[str, str] = {}  # of values without a shape
        imported = {
            one.domain.replace("ai.onnx", ""): one.version for one in model.model.opset_import
        }
        self.opset = imported.get("", 0)
        self._opsets = imported
        for tensor in model.model.graph.initializer:
            self._add_tensor(tensor.name, tensor)
        for value in model.model.graph.input:
            if value.name not in self.constants:
                self.types[value.name] = value.type

    def nodes(self) -> Iterator[tuple[str, Any]]:
        """Every node of the graph with its name, after its outputs are known.

        An If whose condition is known is replaced by the nodes of its branch.
        """
        pending = deque(
            (name_of_node(node, at), node) for at, node in enumerate(self.model.graph.node)
        )
        count = 0
        while pending:
            count += 1
            if count > MOST_NODES:
                rule = f"must have at most {MOST_NODES} nodes"
                raise ConvError("layers.large", rule, parameter="LAYERS", kind="data")
            name, node = pending.popleft()
            branch = self._branch(node)
            if branch is not None:
                pending.extendleft(reversed(list(self._inlined(name, node, branch))))
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

    def _add_tensor(self, name: str, tensor: Any, *, literal: bool = False) -> None:
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

    def _branch(self, node: Any) -> Any:
        """The graph that an If with a known condition runs."""
        if node.op_type != "If" or not node.input or node.input[0] not in self.numbers:
            return None
        condition = self.numbers[node.input[0]]
        wanted = "then_branch" if condition.size and condition.reshape(-1)[0] else "else_branch"
        return next((one.g for one in node.attribute if one.name == wanted), None)

    def _inlined(self, name: str, node: Any, branch: Any) -> Iterator[tuple[str, Any]]:
        for tensor in branch.initializer:
            self._add_tensor(tensor.name, tensor)
        for at, inner in enumerate(branch.node):
            yield f"{name}.{name_of_node(inner, at)}", inner
        for outer, value in zip(node.output, branch.output, strict=False):
            if outer:
                alias = self.onnx.helper.make_node("Identity", [value.name], [outer])
                yield f"{name}.{value.name}", alias

    def _learn(self, name: str, node: Any) -> None:
        """What is known of the outputs of a node."""
        read = read_by(node)
        constant = all(one in self.constants for one in read if one)
        if node.op_type == "Constant":
            self._constant(node)
            return
        for output, kind in self._inferred(name, node, read).items():
            self.types[output] = kind
        if node.op_type in _OF_SHAPES and read and self.shape(read[0]) is not None:
            constant = True
            self._fold_shape(node, Shape(self.shape(read[0]) or ()))
        elif constant and node.op_type in _FOLDED and set(read) - {""} <= set(self.numbers):
            self._fold(node)
        if constant:
            self.constants.update(one for one in node.output if one)
            self.weights.pass_on(node)

    def _constant(self, node: Any) -> None:
        output = node.output[0] if node.output else ""
        held = {one.name: one for one in node.attribute}
        numpy_helper = self.onnx.numpy_helper
        if "value" in held:
            self._add_tensor(output, held["value"].t, literal=True)
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

    def _inferred(self, name: str, node: Any, read: Sequence[str]) -> Mapping[str, Any]:
        """The types of a node's outputs, from onnx; raises ConvError where onnx refuses it."""
        model = self._alone(node, read)
        schema = self._schema(node)
        if schema is None:
            domain = shortened(node.domain or "ai.onnx")
            if node.domain.replace("ai.onnx", "") not in self._opsets:
                rule = (
                    f"must import the operators of the domain {domain!r}, "
                    f"of which the node {shortened(name)!r} is one"
                )
                raise ConvError("layers.onnx", rule, parameter="LAYERS", kind="data")
            return {}
        strict = all(one in self.types for one in read if one) and not _has_graphs(node)
        if not schema.has_type_and_shape_inference_function:
            model, strict = self._expanded(model, node), False
        try:
            graph = self.onnx.shape_inference.infer_shapes(
                model, data_prop=True, strict_mode=strict
            ).graph
        except MemoryError:
            raise
        except Exception as error:
            reason = _reason(error)
            shapes = " and ".join(str(self.shape(one)) for one in read if one)
            rule = "{operator} does not fit its inputs {shapes}: {reason}"
            fields = {"operator": node.op_type, "shapes": shapes, "reason": reason}
            raise ConvError("layers.onnx", rule, place=name, fields=fields) from None
        kinds = {value.name: value.type for value in graph.output if value.HasField("type")}
        own = model.graph.output
        names = [one for one in node.output if one]
        pairs = zip(names, own, strict=False)
        return {name: kinds[one.name] for name, one in pairs if one.name in kinds}

    def _schema(self, node: Any) -> Any:
        domain = node.domain.replace("ai.onnx", "")
        version = self._opsets.get(domain, 0)
        try:
            return self.onnx.defs.get_schema(node.op_type, version, domain)
        except Exception:
            return None

    def _expanded(self, model: Any, node: Any) -> Any:
        """The node as the operators that define it, where onnx has them, as of GroupNorm."""
        from onnx import inliner

        try:
            return inliner.inline_selected_functions(
                model, [(node.domain, node.op_type)], inline_schema_functions=True
            )
        except MemoryError:
            raise
        except Exception:
            return model

    def _alone(self, node: Any, read: Sequence[str]) -> Any:
        """A model of one node, whose inputs are what is known of them."""
        onnx = self.onnx
        graph = onnx.GraphProto(name="node", node=[node])
        own = graph.node[0].output
        own[:] = [f"{name}'" if name and name in read else name for name in own]
        for name in dict.fromkeys(one for one in read if one):
            if name in self.numbers:
                graph.initializer.append(onnx.numpy_helper.from_array(self.numbers[name], name))
            else:
                graph.input.add(name=name, type=self.types.get(name))
        for name in own:
            if name:
                graph.output.add(name=name)
        return onnx.ModelProto(
            ir_version=self.model.ir_version, opset_import=self.model.opset_import, graph=graph
        )

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

    def _fold(self, node: Any) -> None:
        """The numbers of a node's outputs, from onnx's reference evaluator, where they are few."""
        import numpy as np
        from onnx.reference import ReferenceEvaluator

        sizes = [self.shape(name) for name in node.output if name]
        if any(size is None for size in sizes) and node.op_type in _GROWING:
            return
        if any(size is not None and prod(size) > MOST_NUMBERS for size in sizes):
            return
        try:
            with np.errstate(all="ignore"):
                results = ReferenceEvaluator(self._alone(node, node.input)).run(None, {})
        except MemoryError:
            raise
        except Exception:  # its numbers stay unknown
            return
        for name, result in zip((one for one in node.output if one), results, strict=False):
            if isinstance(result, np.ndarray) and result.size <= MOST_NUMBERS:
                self.numbers[name] = result
                self.correct(name, Shape(result.shape))


def _has_graphs(node: Any) -> bool:
    return any(graphs_of(attribute) for attribute in node.attribute)


def _reason(error: Exception) -> str:
    """The last sentence of an error of onnx, without the names of its files and functions."""
    words = " ".join(str(error).split())
    return words.rpartition("] ")[2][:LONGEST_REASON]


def _dims(name: str, tensor: Any) -> tuple[int, ...]:
    """The sizes of a tensor. Raises ConvError where one is below 0, or where they are too many."""
    dims = tuple(tensor.dims)
    if min(dims, default=0) < 0 or len(dims) > MOST_AXES:
        rule = f"the constant {{name!r}} must have at most {MOST_AXES} axes, none below 0"
        got, fields = Shape(dims[:MOST_AXES]), {"name": name}
        raise ConvError("layers.onnx", rule, got=got, fields=fields, kind="data")
    return dims
