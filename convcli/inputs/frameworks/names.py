"""The frameworks, and the prefixes of their calls."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple


class Framework(NamedTuple):
    """A framework: its name, its module here, and its prefixes.

    A prefix leads to the first part of the operators' names in the module's table: np.ndimage is
    "ndimage." in the table of SciPy.
    """

    name: str
    module: str
    prefixes: Mapping[str, str]


class Alias(NamedTuple):
    """A prefix that other frameworks have too, with the names that are meant nevertheless."""

    prefix: str
    module: str
    operators: frozenset[str]


def _all(prefixes: str, inner: str = "") -> dict[str, str]:
    return dict.fromkeys(prefixes.split(), inner)


FRAMEWORKS = (
    Framework(
        "Keras", "keras",
        _all("keras.layers keras tf.keras.layers tensorflow.keras.layers tf.keras"),
    ),
    Framework(
        "TensorFlow", "tensorflow",
        {**_all("tf.nn tensorflow.nn", "nn."), **_all("tf tensorflow"),
         **_all("tf.compat.v1.nn tf.compat.v2.nn", "nn.")},
    ),
    Framework("TFLite", "tflite", _all("tflite tf.lite")),
    Framework("JAX", "jax", _all("jax.lax lax")),
    Framework("Flax", "flax", {**_all("flax.linen linen"), **_all("flax.nnx nnx", "nnx.")}),
    Framework("ONNX", "onnx", _all("onnx onnxruntime")),
    Framework(
        "Paddle", "paddle", {**_all("paddle.nn.functional", "functional."), **_all("paddle.nn")}
    ),
    Framework("MXNet", "mxnet", _all("mxnet.nd mx.nd mxnet.sym mx.sym mxnet.symbol mx.symbol")),
    Framework("OpenVINO", "openvino", _all("openvino ov openvino.opset ov.opset opset")),
    Framework("CoreML", "coreml", _all("coremltools ct coremltools.mb mb")),
    Framework("Caffe", "caffe", _all("caffe caffe.layers")),
    Framework("Darknet", "darknet", _all("darknet")),
    Framework("OpenCV", "opencv", _all("cv2 cv")),
    Framework(
        "SciPy", "scipy",
        {**_all("scipy.ndimage ndimage ndi", "ndimage."), **_all("scipy.signal signal", "signal.")},
    ),
    Framework("PyTorch", "torch", _all("torch.nn.functional nn.functional F torch")),
    Framework("NumPy", "numpy", _all("numpy np")),
    Framework("MATLAB", "matlab", _all("matlab octave")),
)  # fmt: skip
ALIASES = (
    Alias("nn", "flax", frozenset(("Conv", "ConvTranspose", "avg_pool", "max_pool"))),
)  # fmt: skip
BY_MODULE = {framework.module: framework for framework in FRAMEWORKS}

_CALLED = r"\s*(?:[A-Za-z_]\w*\s*=\s*)?((?:[A-Za-z_]\w*\.)+)([A-Za-z_]\w*)\s*\("


class Found(NamedTuple):
    """The framework of a call, the name of the operator in its table, and the name as written."""

    framework: Framework
    operator: str
    written: str


def framework_of(text: str) -> Found | None:
    """The framework whose prefix a call has; None for torch, and for what is no call.

    >>> framework_of("y = tf.nn.conv2d(x, w, 2, 'SAME')").operator
    'nn.conv2d'
    >>> framework_of("nn.Conv2d(3, 8, 3)") is None
    True
    """
    called = "." in text and re.match(_CALLED, text)
    if not called:
        return None
    prefix, name = called[1][:-1], called[2]
    for alias in ALIASES:
        if prefix == alias.prefix and name in alias.operators:
            return Found(BY_MODULE[alias.module], name, f"{prefix}.{name}")
    for framework in FRAMEWORKS:
        if prefix in framework.prefixes:
            operator = framework.prefixes[prefix] + name
            return Found(framework, operator, f"{prefix}.{name}")
    return None


def is_foreign(text: str) -> bool:
    """Whether a text is a call of another framework.

    >>> is_foreign("keras.layers.Conv2D(8, 3)"), is_foreign("Conv2d(3, 8, 3)")
    (True, False)
    """
    return framework_of(text) is not None
