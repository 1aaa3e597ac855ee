"""Small ONNX graphs of one operator, and what onnx itself says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
OPSET = 21


class Case(NamedTuple):
    """One node on an input `x` of a shape.

    `inputs` are the node's inputs: "x", "" for one that is left out, or an array: a weight.
    `known` says that convcli knows what the node reads; else only its shape.
    """

    name: str
    operator: str
    shape: tuple[int, ...]
    inputs: Sequence[str | Array] = ("x",)
    attributes: Mapping[str, Any] = {}
    opset: int = OPSET
    outputs: int = 1
    known: bool = True
    parameters: int | None = None  # where the node's weights are not what it learns
    evaluated: bool = True  # whether the reference evaluator of onnx 1.23 computes it rightly


def weights(*shape: int) -> Array:
    """Positive numbers, so that no impulse is lost in a sum."""
    return np.linspace(0.5, 1.5, int(np.prod(shape)), dtype=np.float32).reshape(shape)


def whole(*numbers: int) -> Array:
    return np.array(numbers, dtype=np.int64)


def floats(*numbers: float) -> Array:
    return np.array(numbers, dtype=np.float32)


def model_of(case: Case) -> Any:
    from onnx import TensorProto, helper, numpy_helper

    names, tensors = [], []
    for at, value in enumerate(case.inputs):
        if isinstance(value, str):
            names.append(value)
        else:
            names.append(f"w{at}")
            tensors.append(numpy_helper.from_array(value, f"w{at}"))
    outputs = [f"y{at}" for at in range(case.outputs)]
    node = helper.make_node(case.operator, names, outputs, "node", **case.attributes)
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, case.shape)
    kinds = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs[:1]]
    graph = helper.make_graph([node], "graph", [x], kinds, tensors)
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", case.opset)], ir_version=10
    )


def computed(case: Case, *inputs: Array) -> list[Array]:
    """The node's first output for each input, from onnx's reference evaluator."""
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(model_of(case))
    return [evaluator.run(None, {"x": x})[0] for x in inputs]


def inferred_shape(case: Case) -> tuple[int, ...] | None:
    """The shape of the first output from onnx.shape_inference; None where it cannot tell."""
    import onnx

    inferred = onnx.shape_inference.infer_shapes(model_of(case), data_prop=True).graph.output[0]
    if not inferred.type.tensor_type.HasField("shape"):
        return None
    dims = inferred.type.tensor_type.shape.dim
    return tuple(dim.dim_value for dim in dims) if all(dim.dim_value for dim in dims) else None
