"""Multiply-adds of the operations of torch that multiply matrices or convolve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.inputs.networks.cost import Cost, products_of_einsum
from convcli.inputs.networks.recording.called import Called, Fact
from convcli.inputs.networks.recording.free import FREE, FREE_OF_VISION
from convcli.inputs.networks.recording.operations import RULES

Price = Callable[[Called, Shape], Cost]


def _split(called: Called, weight: str, products: int, additions: int = 0) -> Cost:
    """Products with a weight, or with a value that depends on the input."""
    if called.depends(weight):
        return Cost(0, products, additions)
    return Cost(products, 0, additions)


def _bias(called: Called, output: Shape, name: str = "bias") -> int:
    return prod(output) if called.shape(name) is not None else 0


def _convolution(called: Called, output: Shape) -> Cost:
    """prod(output) * in_channels/groups * taps; of a transposed one prod(input) instead."""
    weight = called.shape("weight") or Shape(())
    transposed = called.get("transposed", "transpose" in called.name)
    cells = called.shape("input") if transposed else output
    products = prod(cells or ()) * prod(weight[1:])
    return _split(called, "weight", products, _bias(called, output))


def _linear(called: Called, output: Shape) -> Cost:
    weight = called.shape("weight") or Shape(())
    return _split(called, "weight", prod(output) * weight[-1], _bias(called, output))


def _product(first: str, second: str, added: str | None = None) -> Price:
    """A product of two matrices, or of batches of them, along the last axis of the first."""

    def price(called: Called, output: Shape) -> Cost:
        one = called.shape(first) or Shape(())
        products = prod(output) * (one[-1] if one else 1)
        bias = _bias(called, output, added) if added else 0
        if _has_weights(called.facts_of(first)[0], called.facts_of(second)[0]):
            return Cost(products, 0, bias)
        return Cost(0, products, bias)

    return price


def _summed_products(called: Called, output: Shape) -> Cost:
    """addbmm: the sum of the products of a batch."""
    batch = (called.shape("batch1") or Shape((1,)))[0]
    cost = _product("batch1", "batch2")(called, output)
    return Cost(batch * cost.macs, batch * cost.macs_without_weights)


def _has_weights(*operands: Fact) -> bool:
    """Whether one is learned, or is a matrix that does not depend on the input."""
    return any(
        fact.parameters or (fact.source is None and len(fact.place.axes) <= 2) for fact in operands
    )


def _einsum(called: Called, output: Shape) -> Cost:
    first, second = called.facts_of("tensors")
    products = products_of_einsum(called["equation"], (first.place.shape, second.place.shape))
    return Cost(products) if _has_weights(first, second) else Cost(0, products)


def _attention(called: Called, output: Shape) -> Cost:
    """Each query with each key, and the weighted values: L_q * L_k * (E + E_v) for each head."""
    query, key = called.shape("query"), called.shape("key")
    if query is None or key is None:
        return Cost()
    return Cost(0, (prod(query) + prod(output)) * key[-2])


def _recurrent(called: Called, output: Shape) -> Cost:
    """Every matrix of the layer at every step of every sequence.

    The additions of biases are those of every vector.
    """
    weights = [fact.place.shape for fact in called.facts_of("params")]
    if called.get("batch_sizes") is not None:
        steps = (called.shape("data") or Shape((0,)))[0]
    else:
        steps = prod((called.shape("input") or Shape(()))[:-1])
    matrices = sum(prod(shape) for shape in weights if len(shape) == 2)
    vectors = sum(prod(shape) for shape in weights if len(shape) == 1)
    return Cost(steps * matrices, 0, steps * vectors)


def _cell(called: Called, output: Shape) -> Cost:
    rows = prod((called.shape("input") or Shape(()))[:-1])
    matrices = [called.shape(name) or Shape((0,)) for name in ("w_ih", "w_hh")]
    vectors = [called.shape(name) or Shape((0,)) for name in ("b_ih", "b_hh")]
    return Cost(rows * sum(map(prod, matrices)), 0, rows * sum(map(prod, vectors)))


def _bilinear(called: Called, output: Shape) -> Cost:
    """x1 A x2 for each output: every number of the weight at every row."""
    rows = prod(output[:-1])
    weight = called.shape("weight") or Shape(())
    return _split(called, "weight", rows * prod(weight), _bias(called, output))


def _deformable(called: Called, output: Shape) -> Cost:
    """A convolution that reads where its offsets say; the bias is always there."""
    weight = called.shape("weight") or Shape(())
    return _split(called, "weight", prod(output) * prod(weight[1:]), prod(output))


_CONVOLUTIONS = (
    "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d convolution "
    "_convolution mkldnn_convolution slow_conv3d"
)
COSTS: Mapping[str, Price] = {
    **dict.fromkeys(_CONVOLUTIONS.split(), _convolution),
    **dict.fromkeys(["lstm", "gru", "rnn_tanh", "rnn_relu"], _recurrent),
    **dict.fromkeys(["lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"], _cell),
    "linear": _linear,
    "mm": _product("self", "mat2"),
    "bmm": _product("self", "mat2"),
    "mv": _product("self", "vec"),
    "dot": _product("self", "tensor"),
    "vdot": _product("self", "other"),
    "_int_mm": _product("self", "mat2"),
    "matmul": _product("self", "other"),
    "addmm": _product("mat1", "mat2", "self"),
    "addmv": _product("mat", "vec", "self"),
    "baddbmm": _product("batch1", "batch2"),
    "addbmm": _summed_products,
    "einsum": _einsum,
    "scaled_dot_product_attention": _attention,
    "bilinear": _bilinear,
}
_OF_VISION: Mapping[str, Price] = {"deform_conv2d": _deformable}


def cost_of(called: Called, output: Shape) -> Cost | None:
    """What a call costs; None where nobody knows it.

    Operations that work number by number, or move numbers, have no multiply-adds.
    """
    prices = COSTS if called.is_native else _OF_VISION if called.is_of_vision else {}
    price = prices.get(called.name)
    if price is not None:
        return price(called, output)
    if called.is_of_vision:
        return Cost() if called.name in FREE_OF_VISION else None
    is_free = called.name in RULES or called.is_pointwise or called.name in FREE
    return Cost() if called.is_native and is_free else None
