"""The learned numbers of an ONNX graph: which tensors lie behind a constant, each counted once."""

from __future__ import annotations

import re
from math import prod
from typing import Any, NamedTuple

from convcli.inputs.networks.onnx_bodies import SCOPE
from convcli.inputs.networks.onnx_models import graphs_of, read_by
from convcli.inputs.networks.onnx_node import names_in

# Inputs that hold settings and statistics, by operator: they are constants and not learned.
_SETTINGS = {
    "BatchNormalization": (3, 4),
    "CastLike": (1,),
    "Clip": (1, 2),
    "ConstantOfShape": (0,),
    "ConvInteger": (2, 3),
    "DequantizeLinear": (1, 2),
    "Dropout": (1, 2),
    "DynamicQuantizeLSTM": tuple(range(4, 12)),
    "DynamicQuantizeMatMul": (2, 3),
    "Expand": (1,),
    "GRU": (4, 5),
    "LSTM": (4, 5, 6),
    "MatMulInteger": (2, 3),
    "MatMulIntegerToFloat": (2, 3, 4, 5),
    "NonMaxSuppression": (2, 3, 4),
    "OneHot": (1, 2),
    "Pad": (1, 2, 3),
    "Pow": (1,),
    "QLinearAdd": (1, 2, 4, 5, 6, 7),
    "QLinearConv": (1, 2, 4, 5, 6, 7),
    "QLinearGlobalAveragePool": (1, 2, 3, 4),
    "QLinearLeakyRelu": (1, 2, 3, 4),
    "QLinearMul": (1, 2, 4, 5, 6, 7),
    "QLinearSigmoid": (1, 2, 3, 4),
    "QLinearSoftmax": (1, 2, 3, 4),
    "QLinearMatMul": (1, 2, 4, 5, 6, 7),
    "QuantizeLinear": (1, 2),
    "RNN": (4, 5),
    "Range": (0, 1, 2),
    "Resize": (1, 2, 3),
    "TopK": (1,),
    "Trilu": (1,),
    "Upsample": (1,),
    "Where": (0,),
}
# Inputs whose integers are learned numbers that were quantised.
_QUANTISED = {
    "ConvInteger": (1,),
    "DequantizeLinear": (0,),
    "DynamicQuantizeLSTM": (1, 2),
    "DynamicQuantizeMatMul": (1,),
    "MatMulInteger": (0, 1),
    "MatMulIntegerToFloat": (0, 1),
    "QLinearAdd": (0, 3),
    "QLinearMul": (0, 3),
    "QLinearConv": (3, 8),
    "QLinearMatMul": (0, 3),
}
_WEIGHTED = names_in(
    "BatchNormalization Conv ConvTranspose DeformConv GRU Gemm GroupNormalization "
    "InstanceNormalization LSTM LayerNormalization MatMul PRelu RMSNormalization RNN"
)
_ELEMENTWISE = names_in(
    "Concat Add Sub Mul Div Max Min Mean Sum Mod Where Equal Less LessOrEqual Greater "
    "GreaterOrEqual"
)


_PATH = re.compile(r"[A-Za-z_]\w*(\.\w+)+")  # a parameter of a module, as torch's exporters name it


_FEW = 4_096  # numbers of a constant that are looked at


class _Tensor(NamedTuple):
    numbers: int
    is_whole: bool
    is_literal: bool  # of a Constant node, or one number without a module's name: part of a formula
    is_trivial: bool = False  # zeros or ones of a Constant node
    is_filled: bool = False  # equal numbers of ConstantOfShape: weights in the place of weights


class Weights:
    """The tensors of a graph that may be learned, and those that lie behind each constant."""

    def __init__(self, onnx: Any) -> None:
        kind = onnx.TensorProto
        self._onnx = onnx
        self._whole = {
            kind.BOOL, kind.STRING, kind.INT4, kind.INT8, kind.INT16, kind.INT32, kind.INT64,
            kind.UINT4, kind.UINT8, kind.UINT16, kind.UINT32, kind.UINT64,
        }  # fmt: skip
        self._tensors: dict[str, _Tensor] = {}
        self._behind: dict[str, frozenset[str]] = {}
        self._quantised: set[str] = set()
        self._counted: set[str] = set()
        self._has_literal_weights = False  # weights are in Constant nodes, as Paddle writes them
        self.unnamed = 0  # numbers of sums and products that have no name of a parameter
        self.shared = 0  # numbers of other names of a tensor that is counted
        self.again = 0  # numbers that nodes read which other nodes read too
        self._aliases: set[str] = set()

    def add(self, name: str, tensor: Any, *, literal: bool = False) -> None:
        """A tensor that the graph holds; `literal` if a Constant node does."""
        count, whole = prod(tensor.dims), tensor.data_type in self._whole
        alone = count == 1 and not _is_path(name)
        trivial = literal and 1 < count <= _FEW and not whole and self._is_trivial(tensor)
        self._tensors[name] = _Tensor(count, whole, literal or alone, trivial)
        self._behind[name] = frozenset((name,))

    def _is_trivial(self, tensor: Any) -> bool:
        """Whether numbers are all 0, or all 1."""
        try:
            numbers = self._onnx.numpy_helper.to_array(tensor)
            return set(numbers.reshape(-1).tolist()) in ({0}, {1})
        except (ValueError, TypeError):  # damaged, or in another file
            return False

    def pass_on(self, node: Any) -> None:
        """The outputs of a node on constants are made of what its inputs are made of."""
        behind: frozenset[str] = frozenset()
        for at, name in enumerate(node.input):
            if at not in _SETTINGS.get(node.op_type, ()):
                behind |= self._passed(name, node.op_type)
            if node.op_type == "DequantizeLinear" and at == 0:
                self._quantised |= self._behind.get(name, frozenset())
        self._behind.update((name, behind) for name in node.output if name)
        if node.op_type == "Identity":
            self._aliases.update(node.output)

    def _passed(self, name: str, operator: str) -> frozenset[str]:
        """The tensors behind a value, without the single numbers of a formula."""
        tensors = self._behind.get(name, frozenset())
        if operator not in _ELEMENTWISE:
            return tensors
        return frozenset(
            one
            for one in tensors
            if not (self._tensors[one].is_literal and self._tensors[one].numbers == 1)
        )

    def fill(self, name: str, count: int) -> None:
        """Numbers that are all alike, as models without their weights have them."""
        self._tensors[name] = _Tensor(count, is_whole=False, is_literal=True, is_filled=True)
        self._behind[name] = frozenset((name,))

    def behind(self, node: Any, at: int) -> frozenset[str]:
        """The learned tensors behind input `at` of a node."""
        if at >= len(node.input) or at in _SETTINGS.get(node.op_type, ()):
            return frozenset()
        quantised = at in _QUANTISED.get(node.op_type, ())
        return frozenset(
            name
            for name in self._behind.get(node.input[at], ())
            if self._is_learned(name, node.op_type, quantised=quantised)
        )

    def _is_learned(self, name: str, operator: str, *, quantised: bool) -> bool:
        tensor = self._tensors[name]
        if tensor.is_whole:
            return quantised or name in self._quantised
        if tensor.is_filled:
            return operator in _WEIGHTED
        if tensor.is_trivial and operator == "InstanceNormalization":
            return False  # as an exporter writes group_norm
        if tensor.is_literal and operator in _WEIGHTED and tensor.numbers > 1:
            self._has_literal_weights = True
        is_formula = tensor.numbers == 1 or not self._has_literal_weights
        return not (tensor.is_literal and operator in _ELEMENTWISE and is_formula)

    def count(self, node: Any) -> int:
        """The learned numbers that a node reads and no node before it."""
        names = {name for at in range(len(node.input)) for name in self.behind(node, at)}
        names |= self._inside_of(node)
        fresh = names - self._counted
        for at, name in enumerate(node.input):
            self._count_again(name, self.behind(node, at))
        self._counted |= fresh
        numbers = sum(self._tensors[name].numbers for name in fresh)
        if node.op_type in _ELEMENTWISE:
            unnamed = [name for name in fresh if not _is_path(name)]
            self.unnamed += sum(self._tensors[name].numbers for name in unnamed)
        return numbers

    def _count_again(self, name: str, tensors: frozenset[str]) -> None:
        """Tensors that were counted are read again, perhaps under another name."""
        if not tensors <= self._counted:
            return
        numbers = sum(self._tensors[one].numbers for one in tensors)
        if name in self._aliases:
            self._aliases.discard(name)
            self.shared += numbers
        elif numbers > 1:
            self.again += numbers

    def inside(self, node: Any) -> int:
        """The learned numbers in graphs that a node holds, which stand for all their branches."""
        return sum(
            self._of_graph(graph) for attribute in node.attribute for graph in graphs_of(attribute)
        )

    def _inside_of(self, node: Any) -> set[str]:
        """The tensors from outside that the graphs of a node read, where they may be learned."""
        return {
            name
            for one in read_by(node)[len(node.input) :]
            for name in self._behind.get(one, ())
            if not self._tensors[name].is_whole and self._tensors[name].numbers > 1
        }

    def _of_graph(self, graph: Any) -> int:
        weighted = {name for node in graph.node if node.op_type in _WEIGHTED for name in node.input}
        held = list(graph.initializer)
        held += [
            one.t
            for node in graph.node
            if node.op_type == "Constant" and weighted.intersection(node.output)
            for one in node.attribute
            if one.name == "value"
        ]
        counts: list[int] = [prod(one.dims) for one in held if one.data_type not in self._whole]
        return sum(count for count in counts if count > 1) + sum(map(self.inside, graph.node))

    def is_counted(self, node: Any) -> bool:
        """Whether the node reads learned numbers, all of which were counted at another node."""
        names = {name for at in range(len(node.input)) for name in self.behind(node, at)}
        return bool(names) and names <= self._counted


def _is_path(name: str) -> bool:
    return _PATH.fullmatch(name.rpartition(SCOPE)[2]) is not None


def lost_in_export(node: Any) -> str:
    """What an exporter of torch left out at a layer: "norm", "bias", or nothing.

    It folds a BatchNorm into a convolution or a linear layer, and drops biases of zeros. dynamo
    says which module a node comes from; the older exporter names weights that it computed
    `onnx::Conv_12`.
    """
    if node.op_type not in ("Conv", "ConvTranspose", "Gemm") or len(node.input) < 2:
        return ""
    origins = {one.key: str(one.value) for one in node.metadata_props}
    if "batchnorm" in origins.get("pkg.torch.onnx.class_hierarchy", "").lower():
        return "norm"
    if str(node.input[1]).startswith(f"onnx::{node.op_type}_"):
        return "norm"
    is_dropped = "RemoveOptionalBias" in origins.get("pkg.onnxscript.rewriter.rule_name", "")
    return "bias" if is_dropped else ""
