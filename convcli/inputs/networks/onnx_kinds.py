"""The readers of ONNX operators: those of the layers of torch, and those that only ONNX has."""

from __future__ import annotations

from collections.abc import Mapping

from convcli.inputs.networks import onnx_operators as onnx
from convcli.inputs.networks import onnx_products as products
from convcli.inputs.networks import onnx_windows as windows
from convcli.inputs.networks.kinds import OPERATORS
from convcli.inputs.networks.onnx_node import Reader, names_in
from convcli.inputs.networks.onnx_runtime_kinds import RUNTIME_READERS

_POINTWISE = (
    "Acos Acosh Asin Asinh Atan Atanh BitwiseNot CastLike Ceil Cos Cosh DequantizeLinear Floor "
    "IsInf IsNaN LpNormalization Not QuantizeLinear Round Shrink Sign Sin Sinh Swish Tan"
)
_ELEMENTWISE = (
    "And BitShift BitwiseAnd BitwiseOr BitwiseXor Equal Greater GreaterOrEqual Less LessOrEqual "
    "Mod Or Pow Where Xor"
)
_REDUCTIONS = (
    "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd "
    "ReduceSum ReduceSumSquare"
)

READERS: Mapping[str, Reader] = {
    **OPERATORS,
    **RUNTIME_READERS,
    **dict.fromkeys(names_in(_POINTWISE), onnx.read_pointwise),
    **dict.fromkeys(names_in(_ELEMENTWISE), onnx.read_elementwise),
    **dict.fromkeys(names_in(_REDUCTIONS), onnx.read_reduction),
    **dict.fromkeys(("ConvInteger", "QLinearConv"), windows.read_convolution),
    **dict.fromkeys(("MatMulInteger", "QLinearMatMul"), products.read_product),
    **dict.fromkeys(("LSTM", "GRU", "RNN"), products.read_recurrent),
    "Attention": products.read_attention,
    "DeformConv": products.read_deformable,
    "DepthToSpace": onnx.read_shuffle,
    "Einsum": products.read_einsum,
    "GlobalLpPool": windows.read_global_pool,
    "GroupNormalization": onnx.read_normalisation,
    "LayerNormalization": onnx.read_layer_norm,
    "MeanVarianceNormalization": onnx.read_normalisation,
    "RMSNormalization": onnx.read_layer_norm,
    "SpaceToDepth": onnx.read_shuffle,
}

# They move numbers and compute none, so that their output shape is all that a stack needs of them.
MOVING = names_in(
    _REDUCTIONS + " DynamicQuantizeLinear "
    "Expand Flatten Gather GatherElements GatherND OneHot Reshape ReverseSequence Slice Split "
    "Squeeze Tile Transpose Trilu Unsqueeze ScatterElements ScatterND Compress "
    "CenterCropPad Col2Im NonZero Shape Size"
)

# Whose cost is known only where a reader brings it.
_COSTLY = names_in(
    "Attention Conv ConvInteger ConvTranspose DeformConv Einsum GRU Gemm LSTM MatMul MatMulInteger "
    "QLinearConv QLinearMatMul RNN"
)
# Fourier transforms: what they multiply is neither learned nor an activation
TRANSFORMS = names_in("DFT STFT")
_WITHOUT_READERS = names_in(
    "ArgMax ArgMin Bernoulli BitCast BlackmanWindow Celu Constant ConstantOfShape CumProd CumSum "
    "EyeLike GridSample Hardmax HammingWindow HannWindow LRN MaxRoiPool MaxUnpool Multinomial "
    "NegativeLogLikelihoodLoss NonMaxSuppression Optional OptionalGetElement OptionalHasElement "
    "RandomNormal RandomNormalLike RandomUniform RandomUniformLike Range RoiAlign "
    "RotaryEmbedding Scatter SequenceAt SequenceConstruct SequenceEmpty SequenceErase "
    "SequenceInsert SequenceLength SoftmaxCrossEntropyLoss SplitToSequence ConcatFromSequence "
    "TensorScatter TopK Unique"
)
# They multiply neither weights nor activations with each other. The cost of any other is unknown.
FREE = (MOVING | TRANSFORMS | _WITHOUT_READERS | frozenset(OPERATORS) | frozenset(READERS)) - (
    _COSTLY | frozenset(RUNTIME_READERS)
)
