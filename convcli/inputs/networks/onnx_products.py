"""Operators of ONNX that multiply by matrices: products, recurrent layers, attention."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.layers.computed import Computed
from convcli.engine.network.layers.linear import Linear
from convcli.inputs.networks.cost import products_of_einsum
from convcli.inputs.networks.onnx_node import Dims, OnnxNode
from convcli.inputs.networks.parsed import Parsed

# inputs that are factors, by operator
_FACTORS = {"QLinearMatMul": (0, 3), "QGemm": (0, 3)}


def computed(
    node: OnnxNode, text: str, products: int, *, is_learnt: bool, additions: int = 0
) -> Parsed | None:
    """A node of known cost on the shapes of its trace; `is_learnt` if it multiplies by weights."""
    if node.trace is None:
        return None
    shape, learnt = node.trace.output, node.learnt
    with_weights = products if is_learnt else 0
    layer = Computed(shape, learnt, with_weights, products - with_weights, additions)
    return Parsed(text, lambda inputs: layer)


def read_product(node: OnnxNode) -> Parsed | None:
    """MatMul and Gemm, their integer and quantised kin: (..., n, k) times (..., k, m).

    multiply-adds = prod(output) * k
    """
    first, second = _FACTORS.get(node.kind, (0, 1))
    weight = node.weight(second)
    is_gemm = "Gemm" in node.kind
    bias = node.weight(6 if node.kind == "QGemm" else 2) if is_gemm else None
    has_bias = is_gemm and bias is not None
    plain = node.computed_at(first) and not node.attributes.get("transA")
    if weight is not None and len(weight) == 2 and plain and (not has_bias or _is_vector(bias)):
        inputs, outputs = weight[::-1] if node.attributes.get("transB") else weight
        if not has_bias or prod(bias or ()) == outputs:
            text = f"Linear({inputs}, {outputs}{'' if has_bias else ', bias=False'})"
            return Parsed(text, lambda shapes: Linear(inputs, outputs, has_bias))
    left = node.dim(first)
    if not left or node.trace is None:
        return None
    length = left[-2 if node.attributes.get("transA") else -1] if len(left) > 1 else left[0]
    is_learnt = weight is not None or node.weight(first) is not None
    outputs = prod(node.trace.output)
    return computed(
        node,
        f"{node.kind}()",
        outputs * length,
        is_learnt=is_learnt,
        additions=outputs if has_bias else 0,
    )


def _is_vector(dims: Dims | None) -> bool:
    """Whether a bias has one number for each output: (m), or (1, m)."""
    return dims is not None and prod(dims) == max(dims, default=0)


def read_recurrent(node: OnnxNode) -> Parsed | None:
    """LSTM, GRU and RNN: at every step a product with W and one with R.

    multiply-adds = steps * batch * (prod(W) + prod(R))
    """
    sequence, weight, inner = node.dim(0), node.dim(1), node.dim(2)
    if sequence is None or weight is None or inner is None or len(sequence) != 3:
        return None
    steps = sequence[0] * sequence[1]
    products = steps * (prod(weight) + prod(inner))
    directions = "bidirectional" if weight[0] == 2 else ""
    text = f"{node.kind}({', '.join(filter(None, (str(weight[-1]), str(inner[-1]), directions)))})"
    additions = steps * prod(node.dim(3) or (0,)) if node.has(3) else 0
    return computed(node, text, products, is_learnt=True, additions=additions)


def read_einsum(node: OnnxNode) -> Parsed | None:
    """Einsum of one or two operands: one multiply-add for each combination of their letters."""
    equation = node.word("equation", "").replace(" ", "")
    dims = [node.dim(at) for at in range(len(node.names))]
    spelled = _spelled_out(equation, [len(one or ()) for one in dims])
    terms = spelled.partition("->")[0].split(",")
    shapes = [Shape(one) for one in dims if one is not None]
    if len(terms) > 2 or "." in spelled or [*map(len, terms)] != [*map(len, shapes)]:
        return None
    products = products_of_einsum(spelled, shapes) if len(terms) == 2 else 0
    is_learnt = any(node.weight(at) is not None for at in range(len(terms)))
    return computed(node, f"Einsum({equation})", products, is_learnt=is_learnt)


def _spelled_out(equation: str, ranks: Sequence[int]) -> str:
    """The equation with its result, and with letters in the place of dots.

    >>> _spelled_out("...ij,jk", [3, 2])
    'Aij,jk->Aik'
    """
    inputs, arrow, result = equation.partition("->")
    terms = inputs.split(",")
    if not arrow:
        letters = sorted(set(inputs) - set(",."))
        result = ("..." if "..." in inputs else "") + "".join(
            letter for letter in letters if inputs.count(letter) == 1
        )
    free = [chr(ord("A") + at) for at in range(26) if chr(ord("A") + at) not in equation]
    counts = [
        rank - len(term) + 3 for term, rank in zip(terms, ranks, strict=False) if "..." in term
    ]
    if not counts or not 0 <= max(counts) <= len(free):
        return f"{inputs}->{result}"
    dots = free[: max(counts)]
    spelled = [
        term.replace("...", "".join(dots[len(dots) - (rank - len(term) + 3) :]))
        for term, rank in zip(terms, ranks, strict=True)
    ]
    return f"{','.join(spelled)}->{result.replace('...', ''.join(dots))}"


def read_attention(node: OnnxNode) -> Parsed | None:
    """Attention: the products of queries with keys, and of their weights with values.

    (N, heads, L, E), (N, heads, S, E), (N, heads, S, E_v): N*heads*L*S*(E + E_v)
    The keys of a cache, (N, heads, P, E), come before: S + P.
    """
    query, key, value = (node.dim(at) for at in range(3))
    cache = node.dim(4) if node.has(4) else (0,) * 4
    if query is None or key is None or value is None or cache is None or len(cache) != 4:
        return None
    if len(query) == 4:
        pairs = query[0] * query[1] * query[2] * (key[2] + cache[2])
        products = pairs * (query[3] + value[3])
    elif len(query) == 3:
        heads = node.integer("q_num_heads", 1)
        of_value = value[2] // max(1, node.integer("kv_num_heads", heads))
        pairs = query[0] * query[1] * (key[1] + cache[2])
        products = pairs * (query[2] + heads * of_value)
    else:
        return None
    return computed(node, "Attention()", products, is_learnt=False)


def read_deformable(node: OnnxNode) -> Parsed | None:
    """DeformConv: a convolution that reads where its offsets say."""
    weight = node.dim(1)
    if weight is None or node.trace is None:
        return None
    outputs = prod(node.trace.output)
    text = f"DeformConv({', '.join(map(str, weight))})"
    is_learnt = node.weight(1) is not None
    products = outputs * prod(weight[1:])
    additions = outputs if node.has(3) else 0
    return computed(node, text, products, is_learnt=is_learnt, additions=additions)


def products_of_windows(
    node: OnnxNode, weight: Dims | None, *, is_learnt: bool = False
) -> Parsed | None:
    """The cost of a convolution that is no layer of ours, or whose weight is computed.

    multiply-adds = prod(output) * C_in/groups * prod(kernel); of a transposed one by its input.
    None for other operators.
    """
    if node.trace is None or weight is None or "Conv" not in node.kind:
        return None
    cells = prod((node.dim(0) or ()) if node.kind == "ConvTranspose" else node.trace.output)
    return computed(node, f"{node.kind}()", cells * prod(weight[1:]), is_learnt=is_learnt)
