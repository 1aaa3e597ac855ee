"""The node tests and the models that the onnx package ships: the shape is right, or refused."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.recorded import RecordedNetwork
from convcli.errors import ConvError

onnx = pytest.importorskip("onnx")
DATA = Path(onnx.__file__).parent / "backend" / "test" / "data"

# Operators of convolutional networks; their tests pass, all but those that are refused by name.
OF_NETWORKS = frozenset((
    "Add", "AveragePool", "BatchNormalization", "Cast", "Clip", "Concat", "Conv", "ConvInteger",
    "ConvTranspose", "DeformConv", "DepthToSpace", "DequantizeLinear", "Div", "Dropout",
    "DynamicQuantizeLinear", "Einsum", "Elu", "Erf", "Exp", "Expand", "Flatten", "GRU", "Gather",
    "Gelu", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "GroupNormalization", "HardSigmoid",
    "HardSwish", "Identity", "InstanceNormalization", "LRN", "LSTM", "LayerNormalization",
    "LeakyRelu", "LogSoftmax", "LpPool", "MatMul", "MatMulInteger", "Max", "MaxPool", "Mean",
    "Mish", "Mul", "PRelu", "Pad", "QLinearConv", "QLinearMatMul", "QuantizeLinear", "RNN",
    "RMSNormalization", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceProd", "ReduceSum", "Relu",
    "Reshape", "Resize", "Selu", "Sigmoid", "Slice", "Softmax", "Softplus", "Softsign",
    "SpaceToDepth", "Split", "Squeeze", "Sub", "Sum", "Tanh", "Tile", "Transpose", "Unsqueeze",
    "Upsample", "Where",
))  # fmt: skip
# Whose shapes depend on numbers of an input, which a shape does not say.
REFUSED = ("layers.operator",)


def network_of(path: Path, inputs: Mapping[str, tuple[int, ...]]) -> RecordedNetwork:
    from convcli.inputs.networks.onnx_network import GraphReader

    named = [(name, Shape(shape)) for name, shape in inputs.items()]
    return GraphReader(str(path), named).network(named[0][1])


@cache
def node_tests() -> tuple[Any, ...]:
    from onnx.backend.test.case.node import collect_testcases

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # casts that overflow are among its tests
        cases = collect_testcases(None)
    return tuple(
        case
        for case in cases
        if case.model.graph.node[0].op_type in OF_NETWORKS and len(case.model.graph.node) == 1
    )


def arrays(case: Any) -> tuple[dict[str, Any], list[Any]] | None:
    """The inputs by name, and the outputs; None where one is no tensor."""
    inputs, outputs = case.data_sets[0]
    if not all(isinstance(one, (np.ndarray, np.generic)) for one in (*inputs, *outputs)):
        return None
    names = [value.name for value in case.model.graph.input]
    return dict(zip(names, inputs, strict=False)), outputs


@pytest.mark.slow  # onnx needs 20 seconds to make its tests
def test_the_node_tests_of_the_operators_of_networks(tmp_path: Path) -> None:
    passed, wrong, refused = 0, [], []
    for case in node_tests():
        known = arrays(case)
        if known is None or not known[0]:
            continue
        path = tmp_path / "node.onnx"
        path.write_bytes(case.model.SerializeToString())
        try:
            network = network_of(path, {name: np.shape(x) for name, x in known[0].items()})
        except ConvError as error:
            refused.append((case.name, error.code))
            continue
        passed += 1
        if tuple(network.operations[-1].output) not in {np.shape(one) for one in known[1]}:
            wrong.append(case.name)
    assert wrong == []
    assert {code for _, code in refused} <= set(REFUSED)
    assert passed > 400
    assert len(refused) < passed / 20


def folders() -> Iterator[Path]:
    for kind in ("pytorch-converted", "pytorch-operator", "simple"):
        yield from sorted((DATA / kind).glob("*/model.onnx"))


def own_shapes(model: Any) -> dict[str, tuple[int, ...]]:
    made = {tensor.name for tensor in model.graph.initializer}
    return {
        value.name: tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
        for value in model.graph.input
        if value.name not in made
    }


def test_models_that_torch_exported_long_ago() -> None:
    checked = 0
    for path in folders():
        model = onnx.load(path)
        if "sequence" in path.parent.name or "strnorm" in path.parent.name:
            continue  # lists of tensors, and texts
        network = network_of(path, own_shapes(model))
        declared = {
            tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
            for value in model.graph.output
        }
        assert tuple(network.operations[-1].output) in declared, path.parent.name
        checked += 1
    assert checked > 100


# parameters and multiply-adds of the models of 2017, whose weights are ConstantOfShape
LIGHT = {
    "bvlc_alexnet": (60_965_224, 654_560_384),
    "densenet121": (7_979_112, 2_834_161_664),
    "inception_v1": (6_998_552, 1_431_556_352),
    "inception_v2": (11_196_584, 2_018_851_840),
    "resnet50": (25_557_032, 4_089_184_256),
    "shufflenet": (1_393_320, 124_664_528),
    "squeezenet": (1_235_496, 349_151_936),
    "vgg19": (143_667_240, 19_632_062_464),
    "zfnet512": (87_250_536, 1_481_727_008),
}


@pytest.mark.parametrize("name", LIGHT)
def test_models_without_their_weights(name: str) -> None:
    path = DATA / "light" / f"light_{name}.onnx"
    made = {output for node in onnx.load(path).graph.node for output in node.output}
    inputs = {name: one for name, one in own_shapes(onnx.load(path)).items() if name not in made}
    network = network_of(path, inputs)
    assert tuple(network.operations[-1].output)[:2] == (1, 1000)
    assert (network.parameters, sum(one.macs or 0 for one in network.operations)) == LIGHT[name]
