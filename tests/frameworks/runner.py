"""Executes lines of code with a framework, in its own environment: `runner.py NAME FOLDER`.

It needs NumPy and the framework, and nothing of convcli. The folder holds `cases.json` and the
arrays of each case; the outcome of each is written to `outcomes.json`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Line = Callable[[str, Any, Any], Any]


def run_torch(code: str, x: Any, w: Any) -> Any:
    import numpy
    import torch

    scope = {"torch": torch, "numpy": numpy}
    given = torch.from_numpy(x)
    if code.endswith("])"):  # a layer on an index into x
        code, _, indexed = code.partition("(x[")
        given = eval(f"x[{indexed[:-1]}", {**scope, "x": given})
    layer = eval(code, scope).double()
    for module in layer.modules():
        if hasattr(module, "weight"):
            module.weight.data = torch.from_numpy(w)
            if module.bias is not None:
                module.bias.data.zero_()
    return layer(given).detach().numpy()


def run_keras(code: str, x: Any, w: Any) -> Any:
    import keras

    keras.backend.set_floatx("float64")
    model = eval(code.partition(")(keras.ops")[0] + ")" * (")(keras.ops" in code), {"keras": keras})
    given = x
    if ")(keras.ops" in code:
        given = eval("keras.ops" + code.partition(")(keras.ops")[2][:-1], {"keras": keras, "x": x})
    model(given)
    for layer in getattr(model, "layers", [model]):
        weights = layer.get_weights()
        if weights:
            layer.set_weights([w, *(np.zeros_like(each) for each in weights[1:])])
    return np.asarray(model(given))


def run_tensorflow(code: str, x: Any, w: Any) -> Any:
    import tensorflow as tf

    return eval(code, {"tf": tf, "x": tf.constant(x), "w": tf.constant(w)}).numpy()


def run_tflite(code: str, x: Any, w: Any) -> Any:
    """The shape alone: the converter draws the weights."""
    import keras
    import tensorflow as tf

    keras.backend.set_floatx("float32")
    interpreter = tf.lite.Interpreter(model_content=eval(code, {"tf": tf, "keras": keras}))
    return tuple(int(size) for size in interpreter.get_output_details()[0]["shape"])


def run_jax(code: str, x: Any, w: Any) -> Any:
    import jax
    import jax.numpy

    jax.config.update("jax_enable_x64", val=True)
    return np.asarray(
        eval(code, {"jax": jax, "x": jax.numpy.asarray(x), "w": jax.numpy.asarray(w)})
    )


def run_flax(code: str, x: Any, w: Any) -> Any:
    import flax.linen
    import jax
    import jax.numpy

    jax.config.update("jax_enable_x64", val=True)
    module = eval(code, {"flax": flax, "jax": jax})
    given = jax.numpy.asarray(x)
    variables = module.init(jax.random.key(0), given)
    shapes = {"kernel": w}
    filled = jax.tree_util.tree_map_with_path(
        lambda path, old: jax.numpy.asarray(shapes.get(path[-1].key, np.zeros(old.shape))),
        variables,
    )
    return np.asarray(module.apply(filled, given))


def run_onnx(code: str, x: Any, w: Any) -> Any:
    import onnx
    import onnxruntime

    made = eval(code, {"onnx": onnx})
    nodes = made if isinstance(made, list) else [made]
    kind = onnx.TensorProto.FLOAT
    inputs = [onnx.helper.make_tensor_value_info(n, kind, a.shape) for n, a in (("x", x), ("w", w))]
    output = onnx.helper.make_tensor_value_info("y", kind, None)
    graph = onnx.helper.make_graph(nodes, "one", inputs, [output])
    opset = [onnx.helper.make_opsetid("", 21)]
    model = onnx.helper.make_model(graph, opset_imports=opset, ir_version=10)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {"x": x.astype(np.float32), "w": w.astype(np.float32)})[0]


def run_paddle(code: str, x: Any, w: Any) -> Any:
    import paddle

    paddle.set_default_dtype("float64")
    layer = eval(code, {"paddle": paddle})
    layer.weight.set_value(paddle.to_tensor(w))
    if layer.bias is not None:
        layer.bias.set_value(paddle.zeros_like(layer.bias))
    return layer(paddle.to_tensor(x)).numpy()


def run_openvino(code: str, x: Any, w: Any) -> Any:
    import openvino
    import openvino.opset13

    given = openvino.opset13.parameter(list(x.shape), np.float32)
    scope = {"openvino": openvino, "x": given, "w": openvino.opset13.constant(w.astype(np.float32))}
    model = openvino.Model([eval(code, scope)], [given])
    return openvino.compile_model(model, "CPU")([x.astype(np.float32)])[0]


def run_coreml(code: str, x: Any, w: Any) -> Any:
    """The shape alone: numbers need macOS."""
    from coremltools.converters.mil import Builder as mb

    @mb.program(input_specs=[mb.TensorSpec(shape=x.shape)])
    def one(x: Any) -> Any:
        return eval(code, {"mb": mb, "x": x, "w": w.astype(np.float32)})

    return tuple(int(size) for size in one.functions["main"].outputs[0].shape)


def run_opencv(code: str, x: Any, w: Any) -> Any:
    import cv2

    return eval(code, {"cv2": cv2, "x": x, "w": w})


def run_scipy(code: str, x: Any, w: Any) -> Any:
    import scipy.ndimage
    import scipy.signal

    return eval(code, {"scipy": scipy, "numpy": np, "x": x, "w": w})


def run_numpy(code: str, x: Any, w: Any) -> Any:
    return eval(code, {"numpy": np, "x": x, "w": w})


def outcome(line: Line, case: dict[str, Any], folder: Path) -> str:
    """How the line ended: equal, or what is wrong."""
    arrays = np.load(folder / f"{case['id']}.npz")
    try:
        result = line(case["code"], arrays["x"].astype(float), arrays["w"].astype(float))
    except Exception as error:
        said = str(error).strip().splitlines() or [""]
        refused = f"refused: {type(error).__name__}: {said[0][:200]}"
        return "equal" if case["refused"] else refused
    if case["refused"]:
        return "not refused"
    expected = arrays["y"]
    if isinstance(result, tuple):
        return "equal" if result == expected.shape else f"shape {result}, not {expected.shape}"
    if result.shape != expected.shape:
        return f"shape {result.shape}, not {expected.shape}"
    if np.allclose(result, expected, atol=1e-3):
        return "equal"
    return f"{int((np.abs(result - expected) > 1e-3).sum())} of {expected.size} numbers differ"


def main(name: str, folder: Path) -> None:
    line: Line = globals()[f"run_{name}"]
    cases = json.loads((folder / "cases.json").read_text())
    outcomes = {case["id"]: outcome(line, case, folder) for case in cases}
    (folder / "outcomes.json").write_text(json.dumps(outcomes))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
