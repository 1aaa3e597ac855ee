"""A dense layer behind Flatten as a line of code of each framework, and the weights between them.

Flatten reads the axes in the order that the framework has them, so a weight has its features in
another order in a framework of another layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple


class DenseFramework(NamedTuple):
    """How a framework writes a dense layer.

    `is_last` where Flatten reads the channels last. `layout` is IO or OI. `code` is the line with
    its fields: inside, outside and bias.
    """

    is_last: bool
    layout: str
    code: str
    bias: str = ""  # what stands in the line without a bias


FRAMEWORKS = {
    "torch": DenseFramework(
        False, "OI", "torch.nn.Linear({inside}, {outside}{bias})", ", bias=False"
    ),
    "keras": DenseFramework(True, "IO", "keras.layers.Dense({outside}{bias})", ", use_bias=False"),
    "tensorflow": DenseFramework(True, "IO", "tf.linalg.matmul(tf.reshape(x, [-1, {inside}]), w)"),
    "jax": DenseFramework(True, "IO", "jax.numpy.dot(x.reshape(-1, {inside}), w)"),
    "flax": DenseFramework(True, "IO", "flax.linen.Dense({outside}{bias})", ", use_bias=False"),
    "onnx": DenseFramework(
        False, "OI", 'onnx.helper.make_node("Gemm", ["x", "w"], ["y"], transB=1)'
    ),
    "paddle": DenseFramework(
        False, "IO", "paddle.nn.Linear({inside}, {outside}{bias})", ", bias_attr=False"
    ),
    "mxnet": DenseFramework(
        False, "OI", "mxnet.nd.FullyConnected(x, w, num_hidden={outside}, no_bias=True)"
    ),
    "openvino": DenseFramework(False, "OI", "openvino.opset13.matmul(x, w, False, True)"),
    "coreml": DenseFramework(False, "OI", "mb.linear(x=x, weight=w)"),
    "tflite": DenseFramework(
        True, "IO",
        "tf.lite.TFLiteConverter.from_keras_model(keras.Sequential([keras.layers.Input(({inside},)),"
        " keras.layers.Dense({outside}{bias})])).convert()", ", use_bias=False",
    ),
    "caffe": DenseFramework(
        False, "OI", "caffe.layers.InnerProduct(x, num_output={outside}{bias})", ", bias_term=False"
    ),
    "darknet": DenseFramework(False, "OI", "[connected]\noutput={outside}\nactivation=linear"),
}  # fmt: skip


class Features(NamedTuple):
    """What Flatten reads: channels, and the sizes of the axes; `outside` are the outputs."""

    channels: int
    sizes: tuple[int, ...]
    outside: int

    @property
    def inside(self) -> int:
        """The numbers that Flatten makes of them."""
        return self.channels * prod(self.sizes)


def dense_line(framework: str, features: Features, *, bias: bool) -> str:
    """The line of a framework."""
    own = FRAMEWORKS[framework]
    return own.code.format(
        inside=features.inside, outside=features.outside, bias="" if bias else own.bias
    )


class Conversion(NamedTuple):
    """How a weight becomes that of another framework: reshape, transpose, reshape again.

    Where the features keep their order, the transpose is all there is.
    """

    shape: tuple[int, ...] | None
    order: tuple[int, ...]
    result: tuple[int, int] | None

    @property
    def expression(self) -> str:
        """The NumPy expression in `w`."""
        if self.shape is None:
            return "w" if self.order == (0, 1) else "w.transpose(1, 0)"
        return f"w.reshape{self.shape}.transpose{self.order}.reshape{self.result}"

    def of(self, weight: Any) -> Any:
        """The converted weight."""
        if self.shape is None:
            return weight.transpose(self.order)
        return weight.reshape(self.shape).transpose(self.order).reshape(self.result)


def dense_conversion(source: str, target: str, features: Features) -> Conversion:
    """From the weight of one framework to that of another.

    >>> dense_conversion("keras", "torch", Features(64, (7, 7), 10)).expression
    'w.reshape(7, 7, 64, 10).transpose(3, 2, 0, 1).reshape(10, 3136)'
    >>> dense_conversion("torch", "paddle", Features(64, (7, 7), 10)).expression
    'w.transpose(1, 0)'
    """
    before, after = FRAMEWORKS[source], FRAMEWORKS[target]
    if before.is_last == after.is_last or not features.sizes:
        return Conversion(None, (0, 1) if before.layout == after.layout else (1, 0), None)
    axes, wanted = _axes(before, features), _axes(after, features)
    order = tuple(axes.index(axis) for axis in wanted)
    result = (features.inside, features.outside)
    sizes = tuple(_size(axis, features) for axis in axes)
    return Conversion(sizes, order, result[::-1] if after.layout == "OI" else result)


def _axes(own: DenseFramework, features: Features) -> list[str]:
    """The axes of a weight, its features apart: O, C and the places of the spatial axes."""
    spatial = [str(place) for place in range(len(features.sizes))]
    inside = [*spatial, "C"] if own.is_last else ["C", *spatial]
    return ["O", *inside] if own.layout == "OI" else [*inside, "O"]


def _size(axis: str, features: Features) -> int:
    if axis in "OC":
        return features.outside if axis == "O" else features.channels
    return features.sizes[int(axis)]


def features_of(shape: Sequence[int], *, is_last: bool, outside: int) -> Features:
    """The features of a sample (*sizes, C), or (C, *sizes); one number is flat already.

    >>> features_of((7, 7, 64), is_last=True, outside=10)
    Features(channels=64, sizes=(7, 7), outside=10)
    """
    if len(shape) == 1:
        return Features(shape[0], (), outside)
    channels = shape[-1] if is_last else shape[0]
    sizes = tuple(shape[:-1] if is_last else shape[1:])
    return Features(channels, sizes, outside)
