"""The frameworks of `port`: their names, and the functions that write a layer in each."""

from __future__ import annotations

from convcli.report.spelling.ports import (
    arrays,
    channels_first,
    graphs,
    jax,
    keras,
    tensorflow,
    torch,
)
from convcli.report.spelling.ports.base import Ways

WAYS: dict[str, Ways] = {
    "torch": torch.ways,
    "keras": keras.ways,
    "tensorflow": tensorflow.ways,
    "jax": jax.ways,
    "flax": jax.flax_ways,
    "onnx": graphs.onnx_ways,
    "paddle": channels_first.paddle_ways,
    "mxnet": channels_first.mxnet_ways,
    "openvino": graphs.openvino_ways,
    "coreml": graphs.coreml_ways,
    "tflite": tensorflow.tflite_ways,
    "opencv": arrays.opencv_ways,
    "scipy": arrays.scipy_ways,
    "numpy": arrays.numpy_ways,
    "matlab": arrays.matlab_ways,
    "caffe": channels_first.caffe_ways,
    "darknet": channels_first.darknet_ways,
}
