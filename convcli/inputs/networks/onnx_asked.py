"""What onnx itself says of one node: the types of its outputs, and their numbers."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.networks.onnx_models import graphs_of, shortened
from convcli.inputs.networks.onnx_node import names_in

MOST_NUMBERS = 4_096  # of a constant that is computed with
MOST_READ = 16 * MOST_NUMBERS  # of the vectors with which inference of one node computes
MOST_AXES = 64  # of a value; NumPy has no more
_IR = 8  # from 4 on, constants of a graph need not be its inputs too

# Whose results are integers of about the size of their inputs, or of an inferred size.
_FOLDED = names_in(
    "Abs Add And Cast CastLike Ceil Clip Compress Concat ConstantOfShape Div Equal Expand Flatten "
    "Floor Gather GatherElements GatherND Greater GreaterOrEqual Identity Less LessOrEqual Max Min "
    "Mod Mul Neg NonZero Not Or Pad Range Reciprocal ReduceMax ReduceMin ReduceProd ReduceSum "
    "Reshape Round ScatterElements ScatterND Shape Sign Size Slice Split Sqrt Squeeze Sub Sum Tile "
    "Transpose Unsqueeze Where Xor"
)
_UNSIZED = names_in("Compress NonZero Slice")  # they make no more numbers than they read
_GROWING = names_in("ConstantOfShape Expand OneHot Pad Range Resize Tile Upsample")
_OF_AXES = names_in("ArgMax ArgMin NonZero Shape Size")  # as many numbers as axes, or fewer
# The input whose length is the number of axes that a node makes or adds.
_AXES = {
    "AffineGrid": 1, "CenterCropPad": 1, "Col2Im": 1, "ConstantOfShape": 0, "Expand": 1,
    "MaxUnpool": 2, "Pad": 1, "Reshape": 1, "Resize": 3, "Slice": 1, "Squeeze": 1, "Tile": 1,
    "Unsqueeze": 1, "Upsample": 1,
}  # fmt: skip

Types = Mapping[str, Any]  # of values, as onnx.TypeProto
Numbers = Mapping[str, Any]  # of small constants, as NumPy arrays
_LONGEST_OF = {"Pad": 2 * MOST_AXES}  # numbers of that input: two for each axis


class Refused(Exception):
    """onnx does not infer the outputs of a node: they do not fit its inputs."""


class Asked:
    """onnx, for the nodes of one model."""

    def __init__(self, onnx: Any, model: Any) -> None:
        self._onnx, self._model = onnx, model
        self.opsets = {one.domain.replace("ai.onnx", ""): one.version for one in model.opset_import}

    def inferred(
        self, name: str, node: Any, read: Sequence[str], types: Types, numbers: Numbers
    ) -> dict[str, Any]:
        """The types of a node's outputs, with the numbers of its small constants filled in.

        Raises ConvError where the domain of the operator is not imported, and Refused.
        """
        schema = self._schema(name, node)
        if schema is None:
            return {}
        lengths = _Lengths(types)
        _check_axes(name, node, lengths)
        if any(graphs_of(attribute) for attribute in node.attribute):
            of_constants = {
                one: int(numbers[one].max())
                for one in read
                if one in numbers and numbers[one].size and numbers[one].dtype.kind == "i"
            }
            _check_bodies(name, node, lengths, of_constants, self._onnx)
        model = self._alone(node, read, types, numbers)
        knows = all(one in types for one in read if one)
        strict = knows and not any(graphs_of(attribute) for attribute in node.attribute)
        if not schema.has_type_and_shape_inference_function:
            model, strict = self._expanded(model, node), False
        try:
            few = sum(lengths[one] for one in read) <= MOST_READ
            graph = self._onnx.shape_inference.infer_shapes(
                model, data_prop=few, strict_mode=strict
            ).graph
        except MemoryError:
            raise
        except Exception:
            raise Refused from None
        kinds = {value.name: self._copied(value.type) for value in graph.output
                 if value.HasField("type")}  # fmt: skip
        names = [one for one in node.output if one]
        pairs = zip(names, model.graph.output, strict=False)
        return {name: kinds[one.name] for name, one in pairs if one.name in kinds}

    def _copied(self, kind: Any) -> Any:
        """A copy, for a part of a message keeps the whole of it in memory."""
        copy = self._onnx.TypeProto()
        copy.CopyFrom(kind)
        return copy

    def folded(
        self, node: Any, sizes: Iterable[Shape | None], types: Types, numbers: Numbers
    ) -> dict[str, Any]:
        """The numbers of a node's outputs whose inputs are numbers; none where they may be many.

        `sizes` are the shapes of its outputs.
        """
        names = {name for name in node.input if name}
        if node.op_type not in _FOLDED or not names <= set(numbers):
            return {}
        sizes = list(sizes)
        if any(size is None for size in sizes) and node.op_type not in _UNSIZED:
            return {}
        if any(size is not None and prod(size) > MOST_NUMBERS for size in sizes):
            return {}
        import numpy as np
        from onnx.reference import ReferenceEvaluator

        try:
            with np.errstate(all="ignore"):
                model = self._alone(node, node.input, types, numbers)
                results = ReferenceEvaluator(model).run(None, {})
        except MemoryError:
            raise
        except Exception:  # its numbers stay unknown
            return {}
        pairs = zip((one for one in node.output if one), results, strict=False)
        return {
            name: result
            for name, result in pairs
            if isinstance(result, np.ndarray) and result.size <= MOST_NUMBERS
        }

    def _schema(self, name: str, node: Any) -> Any:
        """What onnx has on the operator; None where it does not know it."""
        domain = node.domain.replace("ai.onnx", "")
        if domain not in self.opsets:
            rule = "must import the operators of the domain {domain!r}, of which {name!r} is one"
            fields = {"domain": shortened(domain or "ai.onnx"), "name": shortened(name)}
            raise ConvError("layers.onnx", rule, parameter="LAYERS", fields=fields, kind="data")
        try:
            schema = self._onnx.defs.get_schema(node.op_type, self.opsets[domain], domain)
        except Exception:
            return None
        if not schema.min_input <= len(node.input) <= schema.max_input:
            least, most = schema.min_input, schema.max_input
            count = f"{least}" if least == most else f"{least} to {most}"
            rule = f"{{operator}} takes {count} inputs, and has {len(node.input)}"
            fields = {"operator": node.op_type}
            raise ConvError("layers.onnx", rule, place=name, fields=fields, kind="data")
        return schema

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

    def _alone(self, node: Any, read: Sequence[str], types: Types, numbers: Numbers) -> Any:
        """A model of one node, whose inputs are what is known of them."""
        onnx = self._onnx
        graph = onnx.GraphProto(name="node", node=[node])
        own = graph.node[0].output
        own[:] = [f"{name}'" if name and name in read else name for name in own]
        for name in dict.fromkeys(one for one in read if one):
            if name in numbers:
                graph.initializer.append(onnx.numpy_helper.from_array(numbers[name], name))
            else:
                graph.input.add(name=name, type=types.get(name))
        for name in own:
            if name:
                graph.output.add(name=name)
        return onnx.ModelProto(
            ir_version=max(self._model.ir_version, _IR),
            opset_import=self._model.opset_import,
            graph=graph,
        )


def _check_axes(name: str, node: Any, lengths: Mapping[str, int]) -> None:
    """Raises ConvError where a constant asks for more axes than any array has.

    onnx would make them all: Concat may double the length of a constant again and again.
    """
    place = _AXES.get(node.op_type, len(node.input))
    length = lengths[node.input[place]] if place < len(node.input) else 0
    if length > _LONGEST_OF.get(node.op_type, MOST_AXES):
        rule = f"{{operator}} must have at most {MOST_AXES} axes, and the graph has {length}"
        fields = {"operator": node.op_type}
        raise ConvError("layers.onnx", rule, place=name, fields=fields, kind="data")


def _check_bodies(
    name: str, node: Any, outer: Mapping[str, int], most: Mapping[str, int], onnx: Any
) -> None:
    """`_check_axes` for the nodes of the graphs that a node holds, as the branches of If.

    `outer` are the lengths of values outside, `most` the largest numbers of constants.
    """
    for graph in (one for attribute in node.attribute for one in graphs_of(attribute)):
        lengths = ChainMap[str, int]({}, outer)  # type: ignore[arg-type]
        constants = [(tensor.name, tensor) for tensor in graph.initializer]
        constants += [
            (inner.output[0], one.t)
            for inner in graph.node
            if inner.op_type == "Constant" and inner.output
            for one in inner.attribute
            if one.HasField("t")
        ]
        numbers = ChainMap[str, int]({}, most)  # type: ignore[arg-type]
        for key, tensor in constants:
            lengths[key] = prod(tensor.dims) if len(tensor.dims) == 1 else 0
            numbers[key] = _largest(tensor, onnx)
        for inner in graph.node:
            _check_axes(name, inner, lengths)
            _check_bodies(name, inner, lengths, numbers, onnx)
            length = _length_of_output(inner, lengths, numbers)
            lengths.update({one: length for one in inner.output if one not in numbers.maps[0]})


def _length_of_output(node: Any, lengths: Mapping[str, int], most: Mapping[str, int]) -> int:
    """At least how many numbers an output may have that grows with those that a node reads."""
    read = [lengths[one] for one in node.input]
    if node.op_type == "Concat":
        return max(1, sum(read))
    if node.op_type in _OF_AXES or node.op_type.startswith("Reduce"):
        return 1
    if node.op_type == "Gather" and len(read) > 1:
        return max(1, read[1])
    longest = max(1, *read) if read else 1
    if node.op_type in _GROWING:
        return longest * max([1, *(most.get(one, 0) + 1 for one in node.input)])
    return longest


def _largest(tensor: Any, onnx: Any) -> int:
    """The largest of few integers; 0 of others."""
    kind = onnx.TensorProto
    if tensor.data_type not in (kind.INT64, kind.INT32) or prod(tensor.dims) > MOST_AXES:
        return 0
    if tensor.data_location == kind.EXTERNAL:
        return 0
    try:
        return int(max(onnx.numpy_helper.to_array(tensor).reshape(-1).tolist(), default=0))
    except (ValueError, TypeError):  # damaged: onnx refuses it
        return 0


class _Lengths(dict[str, int]):
    """How many numbers each value has if it may be a shape: it has one axis; else 0."""

    def __init__(self, types: Types) -> None:
        super().__init__()
        self._types = types

    def __missing__(self, name: str) -> int:
        kind = self._types.get(name)
        if kind is None or len(kind.tensor_type.shape.dim) != 1:
            return 0
        return int(kind.tensor_type.shape.dim[0].dim_value)
