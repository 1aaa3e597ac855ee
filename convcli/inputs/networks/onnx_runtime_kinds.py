"""Operators of the domain com.microsoft, which ONNX Runtime writes when it fuses and quantises.

onnx knows no shapes of them; each of these readers brings its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.activations import Pointwise
from convcli.engine.network.layers.computed import Computed
from convcli.engine.network.layers.linear import Linear
from convcli.engine.network.layers.merging import Elementwise
from convcli.engine.network.layers.pooling import AdaptivePool
from convcli.inputs.networks.onnx_node import OnnxNode, Reader, names_in
from convcli.inputs.networks.onnx_windows import read_convolution
from convcli.inputs.networks.parsed import Parsed

DOMAIN = "com.microsoft"


def _read_pointwise(node: OnnxNode) -> Parsed:
    return Parsed(f"{_name(node)}()", lambda inputs: Pointwise())


def _read_sum(node: OnnxNode) -> Parsed | None:
    """QLinearAdd and QLinearMul: two values, each with its scale and its zero point."""
    other = node.dim(3)
    if not node.computed_at(0) or other is None:
        return None
    constant = None if node.computed_at(3) else Shape(other)
    return Parsed(f"{_name(node)}()", lambda inputs: Elementwise(constant), joins=True)


def _read_mean(node: OnnxNode) -> Parsed | None:
    if node.integer("channels_last", 0):
        return None
    return Parsed(
        f"{_name(node)}()", lambda inputs: AdaptivePool((1,) * (len(inputs[0]) - 2), "avg")
    )


def _read_product(node: OnnxNode) -> Parsed | None:
    """The product with a weight (in, out), perhaps quantised, and a bias."""
    weight = node.weight(1)
    swapped = node.attributes.get("transA") or node.attributes.get("transB")
    if weight is None or len(weight) != 2 or swapped or not node.computed_at(0):
        return None
    inputs, outputs = weight
    at = {"DynamicQuantizeMatMul": 4, "MatMulIntegerToFloat": 6}.get(_name(node))
    has_bias = at is not None and node.has(at)
    text = f"Linear({inputs}, {outputs}{'' if has_bias else ', bias=False'})"
    return Parsed(text, lambda shapes: Linear(inputs, outputs, has_bias))


def _read_lstm(node: OnnxNode) -> Parsed | None:
    """DynamicQuantizeLSTM: W (directions, in, 4*hidden) and R (directions, hidden, 4*hidden)."""
    sequence, weight, inner = node.dim(0), node.dim(1), node.dim(2)
    if sequence is None or weight is None or inner is None or len(sequence) != 3:
        return None
    steps, batch, _ = sequence
    shape = Shape((steps, weight[0], batch, inner[1]))
    products = steps * batch * (prod(weight) + prod(inner))
    additions = steps * batch * prod(node.dim(3) or (0,)) if node.has(3) else 0
    layer = Computed(shape, node.learnt, products, 0, additions)
    return Parsed(f"{_name(node)}({weight[1]}, {inner[1]})", lambda inputs: layer)


def _name(node: OnnxNode) -> str:
    return node.kind.rpartition(".")[2]


_NAMES: Mapping[Reader, str] = {
    read_convolution: "FusedConv",
    _read_pointwise: "BiasGelu FastGelu Gelu QLinearLeakyRelu QLinearSigmoid QLinearSoftmax "
    "QuickGelu",
    _read_sum: "QLinearAdd QLinearMul",
    _read_mean: "QLinearGlobalAveragePool",
    _read_product: "DynamicQuantizeMatMul FusedMatMul MatMulIntegerToFloat",
    _read_lstm: "DynamicQuantizeLSTM",
}
RUNTIME_READERS: Mapping[str, Reader] = {
    f"{DOMAIN}.{name}": reader
    for reader, names in _NAMES.items()
    for name in sorted(names_in(names))
}
