"""Who computes a layer: convcli with and without its kernel, torch, and others that can do it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from convcli.engine.compute.convolve import convolve
from convcli.engine.compute.native import direct
from convcli.engine.compute.native.library import Native
from convcli.engine.geometry.spec import ConvSpec

COMPILED, NUMPY = "compiled", "NumPy"
OURS = (COMPILED, NUMPY)
NO_KERNEL = Native((), "NumPy computes: it is measured alone")
Layer = dict[str, Any]
Run = Callable[[], Any]


def spec_of(layer: Layer) -> ConvSpec:
    names = ("out_channels", "kernel_size", "stride", "padding", "dilation", "groups")
    return ConvSpec.of(
        in_channels=layer["input_shape"][1],
        transposed="transpose" in layer["layer"],
        dims=len(layer["kernel_size"]),
        output_padding=layer.get("output_padding", 0),
        bias=False,
        **{name: layer[name] for name in names},
    )


def candidates(layer: Layer, x: Any, w: Any, threads: int) -> dict[str, Run]:
    """All that are installed and can compute the layer, by name."""
    spec = spec_of(layer)
    found: dict[str, Run] = {}
    if direct.native().kernels:
        found[COMPILED] = lambda: convolve(spec, x, w, threads=threads)
    found[NUMPY] = without_kernel(lambda: convolve(spec, x, w, threads=threads))
    found["torch"] = of_torch(layer, x, w)
    with suppress(ImportError):
        found |= of_onnxruntime(layer, x, w, threads)
    if is_filter(spec, x.shape):
        with suppress(ImportError):
            found |= of_scipy(x, w)
        with suppress(ImportError):
            found |= of_opencv(x, w, threads)
    return found


def without_kernel(run: Run) -> Run:
    """The same as CONVCLI_NATIVE=0 computes it, in this process."""

    def run_without() -> Any:
        kept = direct.native
        direct.native = lambda: NO_KERNEL  # type: ignore[assignment]
        try:
            return run()
        finally:
            direct.native = kept

    return run_without


def of_torch(layer: Layer, x: Any, w: Any) -> Run:
    import torch

    function = getattr(torch.nn.functional, layer["layer"])
    options = {name: layer[name] for name in functional_names(layer)}
    data, weight = torch.from_numpy(x), torch.from_numpy(w)
    return lambda: function(data, weight, **options)


def functional_names(layer: Layer) -> list[str]:
    """The options of torch's function."""
    more = ["output_padding"] if "output_padding" in layer else []
    return ["stride", "padding", "dilation", "groups", *more]


def of_onnxruntime(layer: Layer, x: Any, w: Any, threads: int) -> dict[str, Run]:
    """A session that is kept; the weight is an input, as it is of torch's function."""
    if x.dtype != np.float32:
        return {}
    import onnx
    import onnxruntime

    of = onnx.helper.make_tensor_value_info
    attributes = {
        "kernel_shape": layer["kernel_size"],
        "strides": layer["stride"],
        "dilations": layer["dilation"],
        "pads": layer["padding"] * 2,
        "group": layer["groups"],
    }
    kind = "Conv"
    if "transpose" in layer["layer"]:
        kind = "ConvTranspose"
        attributes["output_padding"] = layer.get("output_padding", [0] * len(layer["stride"]))
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node(kind, ["x", "w"], ["y"], **attributes)],
        "layer",
        [of(name, onnx.TensorProto.FLOAT, array.shape) for name, array in (("x", x), ("w", w))],
        [of("y", onnx.TensorProto.FLOAT, None)],
    )
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return {"onnxruntime": lambda: session.run(None, {"x": x, "w": w})[0]}


def is_filter(spec: ConvSpec, shape: tuple[int, ...]) -> bool:
    """Whether every plane comes back in its size: what libraries filter with can do it."""
    return (
        spec.in_channels == 1
        and not spec.transposed
        and all(axis.stride == axis.dilation == 1 for axis in spec.axes)
        and spec.output_shape(shape)[2:] == shape[2:]
    )


def of_planes(filtered: Callable[[Any, Any], Any], x: Any, w: Any) -> Run:
    """Each plane under each kernel."""
    return lambda: [[filtered(plane, kernel) for kernel in w[:, 0]] for plane in x[:, 0]]


def of_scipy(x: Any, w: Any) -> dict[str, Run]:
    from scipy.ndimage import correlate as over_pixels
    from scipy.signal import correlate

    return {
        "scipy.signal": of_planes(lambda plane, kernel: correlate(plane, kernel, "same"), x, w),
        "scipy.ndimage": of_planes(
            lambda plane, kernel: over_pixels(plane, kernel, mode="constant"), x, w
        ),
    }


def of_opencv(x: Any, w: Any, threads: int) -> dict[str, Run]:
    if x.ndim != 4:
        return {}
    import cv2

    cv2.setNumThreads(threads)
    border = cv2.BORDER_CONSTANT
    return {
        "OpenCV": of_planes(
            lambda plane, kernel: cv2.filter2D(plane, -1, kernel, borderType=border), x, w
        )
    }


def versions() -> dict[str, str]:
    """The versions of what is measured, once all of it is imported."""
    names = ("numpy", "torch", "onnxruntime", "scipy", "cv2")
    return {name: sys.modules[name].__version__ for name in names if name in sys.modules}
