"""`port` of a dense layer behind Flatten: Linear, Dense, FullyConnected, Gemm, InnerProduct."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from convcli.engine.arrays import Array
from convcli.engine.geometry.shapes import Shape
from convcli.errors import ConvError
from convcli.inputs.frameworks.names import FRAMEWORKS as ALL_FRAMEWORKS
from convcli.inputs.frameworks.names import framework_of
from convcli.inputs.text.expressions import parse_call
from convcli.inputs.text.layouts import SPATIAL
from convcli.report.document import Document
from convcli.report.spelling.ports.dense import (
    FRAMEWORKS,
    Features,
    dense_conversion,
    dense_line,
    features_of,
)
from convcli.report.spelling.ports.weights import WeightLayout
from convcli.report.views.port import Ported, Row, port_view
from convcli.report.words.vocabulary import Words

_CALL = re.compile(
    r"\s*(?:[A-Za-z_]\w*\s*=\s*)?(?:[A-Za-z_]\w*\.)*"
    r"(Linear|Dense|FullyConnected|Gemm|InnerProduct|connected)\s*\("
)
_SIGNATURES = {
    "Linear": ("in_features", "out_features", "bias", "device", "dtype"),
    "Dense": ("units", "activation", "use_bias", "features", "name", "dtype"),
    "FullyConnected": ("num_hidden", "no_bias", "flatten", "name"),
    "Gemm": ("alpha", "beta", "transA", "transB"),
    "InnerProduct": ("num_output", "bias_term"),
    "connected": ("output", "activation"),
}
_OWNERS = {
    "Linear": "torch", "Dense": "keras", "FullyConnected": "mxnet", "Gemm": "onnx",
    "InnerProduct": "caffe", "connected": "darknet",
}  # fmt: skip
_OUTPUTS = ("out_features", "units", "features", "num_hidden", "num_output", "output")
_FLAX = ("features", "use_bias", "dtype", "name")
NAMES = {"torch": "PyTorch"} | {own.module: own.name for own in ALL_FRAMEWORKS}
SMALL = Features(4, (3, 2, 2), 6)  # the most that the numbers are computed on


def is_dense(text: str) -> bool:
    """Whether a LAYER is a dense layer.

    >>> is_dense("keras.layers.Dense(10)"), is_dense("nn.Conv2d(3, 8, 3)")
    (True, False)
    """
    return bool(class_of(text))


def class_of(text: str) -> str:
    """The last name of a call of a dense layer; empty for other texts."""
    match = _CALL.match(text)
    return "" if match is None else match[1]


@dataclass(frozen=True)
class DensePorting:
    """A dense layer of a framework, what Flatten reads before it, and the frameworks to write."""

    text: str
    framework: str
    shape: Shape
    features: Features
    bias: bool
    names: tuple[str, ...]

    @classmethod
    def of(
        cls, text: str, shape: Shape, options: Mapping[str, Any], names: tuple[str, ...]
    ) -> DensePorting:
        """Read the layer. Raises ConvError where its features do not fit the shape."""
        name, found = class_of(text), framework_of(text)
        framework = _OWNERS[name] if found is None else found.framework.module
        signature = _FLAX if framework == "flax" else _SIGNATURES[name]
        arguments = parse_call(text, {name: signature}).arguments
        outside = next((arguments[one] for one in _OUTPUTS if one in arguments), None)
        outside = options.get("out_channels") if outside is None else outside
        if type(outside) is not int or outside < 1:
            name, rule = "out_channels", "is required: the outputs of the layer"
            raise ConvError(f"{name}.missing", rule, parameter=name)
        sample = shape[1:] if len(shape) > 3 or (len(shape) == 2 and shape[0] == 1) else shape
        features = features_of(sample, is_last=FRAMEWORKS[framework].is_last, outside=outside)
        inside = arguments.get("in_features", features.inside)
        if inside != features.inside:
            rule = f"has in_features {{inside!r}}, but {shape} has {features.inside} numbers"
            fields = {"inside": inside}
            raise ConvError("port.features", rule, parameter="LAYER", fields=fields)
        bias = options.get("bias") is not False and all(
            arguments.get(flag, True) for flag in ("bias", "use_bias", "bias_term")
        )
        return cls(text.strip(), framework, shape, features, bias, names)

    def document(self, words: Words) -> Document:
        """The rows."""
        output = Shape((*self._batch, self.features.outside))
        ported = Ported(
            self.text, NAMES.get(self.framework, self.framework), self.shape, output, (), (),
            order=self._order(self.framework),
        )  # fmt: skip
        return port_view(ported, [self._row(name, output) for name in self.names], words)

    @property
    def _batch(self) -> Sequence[int]:
        flat = len(self.shape) == 2 and self.shape[0] == 1
        return self.shape[:1] if len(self.shape) > 3 or flat else ()

    def _order(self, name: str) -> str:
        """The axes as Flatten of a framework reads them; empty where there is one axis."""
        if not self.features.sizes:
            return ""
        spatial = SPATIAL[len(self.features.sizes)][0]
        return ", ".join(f"{spatial}C" if FRAMEWORKS[name].is_last else f"C{spatial}")

    def _row(self, name: str, output: Shape) -> Row:
        if name not in FRAMEWORKS:
            return Row(name, refused=("dense", {}))
        own, line = FRAMEWORKS[name], dense_line(name, self.features, bias=self.bias)
        from_torch = dense_conversion("torch", name, self.features).expression
        back = dense_conversion(name, "torch", self.features).expression
        equal, of = _equal(self.framework, name, self.features)
        return Row(
            name, line, line, output, same=equal == of, equal=equal, of=of,
            weight=WeightLayout(own.layout, from_torch, back, False),
            from_source=dense_conversion(self.framework, name, self.features).expression,
            order=self._order(name),
        )  # fmt: skip

    def converted(self, weight: Array) -> tuple[Array, Row]:
        """A weight of the layer as the one framework stores it, and the framework's row."""
        own, features = FRAMEWORKS[self.framework], self.features
        shape = (features.inside, features.outside)
        shape = shape[::-1] if own.layout == "OI" else shape
        if weight.shape != shape:
            rule = f"must have the shape {Shape(shape)} of the layer's weight"
            got = str(Shape(weight.shape))
            raise ConvError("weights.shape", rule, parameter="weights", got=got)
        row = self._row(self.names[0], Shape((features.outside,)))
        if row.code is None:
            rule, fields = "{framework} has no dense layer", {"framework": row.framework}
            raise ConvError("port.refused", rule, parameter="to", fields=fields)
        array = dense_conversion(self.framework, self.names[0], features).of(weight)
        return np.ascontiguousarray(array), row


def _equal(source: str, target: str, features: Features) -> tuple[int, int]:
    """How many outputs agree on small integers: each side flattens in its own order."""
    sizes = tuple(min(size, most) for size, most in zip(features.sizes, SMALL.sizes, strict=False))
    channels, outside = min(features.channels, SMALL.channels), min(features.outside, SMALL.outside)
    small = Features(channels, sizes, outside)
    x = _integers((channels, *sizes), 7, 3, 11)
    shape = (small.inside, outside)
    own = FRAMEWORKS[source].layout == "OI"
    weight = _integers(shape[::-1] if own else shape, 5, 1, 7)
    expected = _dense(source, x, weight)
    result = _dense(target, x, dense_conversion(source, target, small).of(weight))
    return int(np.count_nonzero(result == expected)), expected.size


def _dense(name: str, x: Array, weight: Array) -> Array:
    """Flatten and the dense layer, as a framework computes them of (C, *sizes)."""
    own = FRAMEWORKS[name]
    flat = np.moveaxis(x, 0, -1).reshape(-1) if own.is_last else x.reshape(-1)
    result: Array = flat @ (weight.T if own.layout == "OI" else weight)
    return result


def _integers(shape: Sequence[int], step: int, first: int, modulus: int) -> Array:
    counted = np.arange(prod(shape), dtype=np.int64)
    integers: Array = ((step * counted + first) % modulus - modulus // 2).reshape(shape)
    return integers
