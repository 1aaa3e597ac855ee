"""Rules of ONNX operators that onnx's shape inference does not hold: a node that breaks one is
refused, as every engine refuses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import prod

from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.networks.onnx_node import Dims, OnnxNode

Broken = Iterator[str]
_SLOPES_REPEAT = 7  # before this opset one slope for each channel
_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def check_node(node: OnnxNode) -> None:
    """Raises ConvError where the inputs and attributes of a node do not fit each other."""
    check = _CHECKS.get(node.kind)
    broken = next(check(node), None) if check is not None else None
    if broken is not None:
        rule, fields = "{kind} must have {what}", {"kind": node.kind, "what": broken}
        raise ConvError("layers.onnx", rule, fields=fields, kind="data")


def _convolution(node: OnnxNode) -> Broken:
    """Weight (C_out, C_in/groups, *kernel), of a transposed one (C_in, C_out/groups, *kernel)."""
    weight, group = node.dim(1), node.integer("group", 1)
    if weight is None or len(weight) < 3:
        return
    transposed = node.kind == "ConvTranspose"
    if group < 1 or weight[0] % group:
        yield f"a number of groups that divides the {weight[0]} channels of its weight, not {group}"
    kernel = node.integers("kernel_shape")
    if kernel is not None and kernel != weight[2:]:
        yield f"the kernel of its weight, {Shape(weight[2:])}, not {Shape(kernel)}"
    outputs = weight[1] * group if transposed else weight[0]
    yield from _vector(node.dim(2), outputs, "a bias")


def _vector(dims: Dims | None, count: int, what: str) -> Broken:
    if dims is not None and dims != (count,):
        yield f"{what} of {count} numbers, not {Shape(dims)}"


def _transposition(node: OnnxNode) -> Broken:
    source, order = node.dim(0), node.integers("perm")
    if source is not None and order is not None and sorted(order) != list(range(len(source))):
        yield f"a permutation of the {len(source)} axes of its input, not {order}"


def _blocks(node: OnnxNode) -> Broken:
    source, block = node.dim(0), node.integer("blocksize", 1)
    if source is None or len(source) != 4 or block < 1:
        return
    if node.kind == "DepthToSpace" and source[1] % block**2:
        yield f"channels that its {block**2} cells of a block divide, not {source[1]}"
    if node.kind == "SpaceToDepth" and any(size % block for size in source[2:]):
        yield f"sizes that its block of {block} divides, not {Shape(source[2:])}"


def _gathering(node: OnnxNode) -> Broken:
    source, numbers = node.dim(0), node.value(1)
    if source is None or not source or numbers is None:
        return
    size = source[node.integer("axis", 0) % len(source)]
    wrong = next((int(one) for one in numbers if not -size <= one < size), None)
    if wrong is not None:
        yield f"indices below {size}, the size of the axis, not {wrong}"


def _recurrence(node: OnnxNode) -> Broken:
    """W (directions, gates*hidden, in), R (directions, gates*hidden, hidden), B twice as many."""
    source, weight, inner, bias = (node.dim(at) for at in range(4))
    if source is None or weight is None or inner is None or len(source) != 3:
        return
    ways = 2 if node.word("direction", "forward") == "bidirectional" else 1
    hidden = node.integer("hidden_size", inner[-1])
    rows = _GATES[node.kind] * hidden
    wanted: list[tuple[Dims | None, Dims]] = [
        (weight, (ways, rows, source[2])),
        (inner, (ways, rows, hidden)),
        (bias, (ways, 2 * rows)),
    ]
    for found, right in wanted:
        if found is not None and found != right:
            yield f"a weight of {Shape(right)} for its input {Shape(source)}, not {Shape(found)}"


def _einsum(node: OnnxNode) -> Broken:
    inputs = node.word("equation", "").replace(" ", "").partition("->")[0]
    sizes: dict[str, int] = {}
    for at, term in enumerate(inputs.split(",")):
        dims = node.dim(at)
        if dims is None or "." in term or len(term) != len(dims):
            continue
        for letter, size in zip(term, dims, strict=True):
            if 1 not in (size, sizes.get(letter, size)) and sizes.get(letter, size) != size:
                yield f"one size for the letter {letter}, not {sizes[letter]} and {size}"
            sizes[letter] = max(size, sizes.get(letter, size))


def _slopes(node: OnnxNode) -> Broken:
    source, slopes = node.dim(0), node.dim(1)
    if source is None or slopes is None or (node.opset < _SLOPES_REPEAT and len(slopes) == 1):
        return
    if not _broadcasts(slopes, source):
        yield f"slopes that its input {Shape(source)} repeats, not {Shape(slopes)}"


def _broadcasts(dims: Dims, target: Dims) -> bool:
    return len(dims) <= len(target) and all(
        size in (1, wanted) for size, wanted in zip(dims[::-1], target[::-1], strict=False)
    )


def _groups(node: OnnxNode) -> Broken:
    source, groups = node.dim(0), node.integer("num_groups", 1)
    if source is None or len(source) < 2:
        return
    if groups < 1 or source[1] % groups:
        yield f"a number of groups that divides its {source[1]} channels, not {groups}"
    for at in (1, 2):  # one number for each group before opset 21
        dims = node.dim(at)
        if dims is not None and dims not in ((source[1],), (groups,)):
            yield f"a scale and a shift of {source[1]} numbers, not {Shape(dims)}"


def _layer_norm(node: OnnxNode) -> Broken:
    source, axis = node.dim(0), node.integer("axis", -1)
    if source is None or not -len(source) <= axis < len(source):
        return
    sizes = source[axis % len(source) :]
    for dims in (node.dim(1), node.dim(2)):
        if dims is not None and not _broadcasts(dims, sizes):
            yield f"a scale and a shift for {Shape(sizes)}, not {Shape(dims)}"


def _channels(node: OnnxNode) -> Broken:
    source = node.dim(0)
    if source is None or len(source) < 2:
        return
    for at, what in enumerate(("a scale", "a shift", "means", "variances"), 1):
        yield from _vector(node.dim(at), source[1], what)


def _product(node: OnnxNode) -> Broken:
    """Gemm: the third operand is added to (m, n)."""
    first, second, added = (node.dim(at) for at in range(3))
    if first is None or second is None or added is None or not prod(added):
        return
    rows = first[1 if node.integer("transA", 0) else 0]
    columns = second[0 if node.integer("transB", 0) else -1]
    if not _broadcasts(added, (rows, columns)):
        yield f"a third operand that is added to {Shape((rows, columns))}, not {Shape(added)}"


_CHECKS: Mapping[str, Callable[[OnnxNode], Broken]] = {
    "BatchNormalization": _channels,
    "Conv": _convolution,
    "ConvTranspose": _convolution,
    "DepthToSpace": _blocks,
    "Einsum": _einsum,
    "GRU": _recurrence,
    "Gather": _gathering,
    "Gemm": _product,
    "GroupNormalization": _groups,
    "InstanceNormalization": _channels,
    "LSTM": _recurrence,
    "LayerNormalization": _layer_norm,
    "PRelu": _slopes,
    "RMSNormalization": _layer_norm,
    "RNN": _recurrence,
    "SpaceToDepth": _blocks,
    "Transpose": _transposition,
}
