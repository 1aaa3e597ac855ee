"""Graphs of ONNX as networks: branches, missing weights, several outputs, other sizes."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.input_sizes import tried_sizes
from convcli.engine.network.walk import INPUT, walk
from convcli.errors import ConvError
from convcli.inputs.networks.lists import Stack
from tests.onnx_graphs import floats, weights, whole

onnx = pytest.importorskip("onnx")
INPUT_SHAPE = (1, 4, 8, 6)


def graph_of(
    nodes: list[tuple[str, list[str], list[str], dict[str, Any]]],
    tensors: dict[str, Any],
    shape: tuple[Any, ...] = ("N", 4, "H", "W"),
    opset: int = 21,
) -> Any:
    helper = onnx.helper
    made = [helper.make_node(kind, *names, **attributes) for kind, *names, attributes in nodes]
    x = helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, shape)
    last = nodes[-1][2][0]
    y = helper.make_tensor_value_info(last, onnx.TensorProto.FLOAT, None)
    learnt = [onnx.numpy_helper.from_array(value, name) for name, value in tensors.items()]
    graph = helper.make_graph(made, "graph", [x], [y], learnt)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def stack_of(model: Any, folder: Path, shape: tuple[int, ...] = INPUT_SHAPE) -> Stack:
    from convcli.inputs.networks.onnx_files import stack_of_onnx

    path = folder / "net.onnx"
    path.write_bytes(model.SerializeToString())
    return stack_of_onnx(str(path), Shape(shape))


def evaluated(model: Any, shape: tuple[int, ...] = INPUT_SHAPE) -> tuple[int, ...]:
    from onnx.reference import ReferenceEvaluator

    x = np.ones(shape, np.float32)
    result: tuple[int, ...] = ReferenceEvaluator(model).run(None, {"x": x})[0].shape
    return result


def test_outputs_of_different_shapes_are_layers_of_their_own(tmp_path: Path) -> None:
    model = graph_of(
        [
            ("Split", ["x", "parts"], ["a", "b"], {"axis": 1}),
            ("Conv", ["a", "w"], ["c"], {}),
            ("Conv", ["b", "v"], ["d"], {}),
            ("Concat", ["c", "d"], ["y"], {"axis": 1}),
        ],
        {"parts": whole(1, 3), "w": weights(2, 1, 1, 1), "v": weights(5, 3, 1, 1)},
    )
    stack = stack_of(model, tmp_path)
    assert [node.name for node in stack.nodes][:2] == ["Split_0", "Split_0.1"]
    assert [node.sources for node in stack.nodes] == [(INPUT,), (INPUT,), (0,), (1,), (2, 3)]
    steps = walk(stack.nodes, Shape(INPUT_SHAPE))
    assert tuple(steps[-1].output) == evaluated(model) == (1, 7, 8, 6)


def test_outputs_that_nothing_reads_are_no_layers(tmp_path: Path) -> None:
    model = graph_of([("MaxPool", ["x"], ["y", "places"], {"kernel_shape": [2, 2]})], {})
    assert len(stack_of(model, tmp_path).nodes) == 1


def test_weights_that_two_nodes_share_are_counted_once(tmp_path: Path) -> None:
    nodes: list[Any] = [
        ("Conv", ["x", "w", "b"], ["c"], {"pads": [1, 1, 1, 1]}),
        ("Conv", ["c", "w", "b"], ["y"], {"pads": [1, 1, 1, 1]}),
    ]
    model = graph_of(nodes, {"w": weights(4, 4, 3, 3), "b": weights(4)})
    steps = walk(stack_of(model, tmp_path).nodes, Shape(INPUT_SHAPE))
    assert [step.parameters for step in steps] == [148, 0]
    assert steps[0].macs == steps[1].macs > 0
    assert [step.layer.bias_additions(step.output) for step in steps] == [192, 192]
    assert steps[1].fields is not None
    assert steps[1].fields[0] is not None
    assert steps[1].fields[0].size == 5


def test_a_constant_node_and_arithmetic_on_shapes(tmp_path: Path) -> None:
    mean = onnx.numpy_helper.from_array(weights(4, 1, 1), "mean")
    model = graph_of(
        [
            ("Constant", [], ["mean"], {"value": mean}),
            ("Sub", ["x", "mean"], ["s"], {}),
            ("Shape", ["s"], ["shape"], {}),
            ("Gather", ["shape", "first"], ["n"], {"axis": 0}),
            ("Concat", ["n", "rest"], ["target"], {"axis": 0}),
            ("Reshape", ["s", "target"], ["y"], {}),
        ],
        {"first": whole(0), "rest": whole(-1)},
    )
    stack = stack_of(model, tmp_path)
    steps = walk(stack.nodes, Shape(INPUT_SHAPE))
    assert stack.texts == ("Sub()", "Reshape()")
    assert [step.parameters for step in steps] == [0, 0]
    assert tuple(steps[-1].output) == evaluated(model)
    assert stack.notes == ()


def test_an_operator_that_nobody_knows(tmp_path: Path) -> None:
    model = graph_of([("Det", ["x"], ["y"], {})], {}, shape=(1, 4, 6, 6))
    stack = stack_of(model, tmp_path, (1, 4, 6, 6))
    assert walk(stack.nodes, Shape((1, 4, 6, 6)))[0].output == (1, 4)
    model.graph.node[0].op_type = "NoSuchOperator"
    stack = stack_of(model, tmp_path, (1, 4, 6, 6))
    with pytest.raises(ConvError, match="the operator NoSuchOperator is unknown") as caught:
        walk(stack.nodes, Shape((1, 4, 6, 6)))
    assert caught.value.code == "layers.operator"


def test_other_sizes_than_the_traced_ones(tmp_path: Path) -> None:
    nodes: list[Any] = [
        ("Conv", ["x", "w"], ["c"], {"strides": [2, 2]}),
        ("Resize", ["c", "", "scales"], ["r"], {"mode": "linear"}),
        ("Reshape", ["r", "rows"], ["y"], {}),
    ]
    tensors = {
        "w": weights(4, 4, 3, 3), "scales": floats(1, 1, 2, 2), "rows": whole(0, -1),
    }  # fmt: skip
    model = graph_of(nodes, tensors)
    stack = stack_of(model, tmp_path, (1, 4, 9, 9))
    tried = list(tried_sizes(stack.nodes[:2], Shape((1, 4, 9, 9)), range(1, 12)))
    assert [one.output and one.output[2] for one in tried] == [
        None,
        None,
        *(2, 2, 4, 4, 6, 6, 8, 8, 10),
    ]
    tried = list(tried_sizes(stack.nodes, Shape((1, 4, 9, 9)), (9, 10, 11)))
    assert [one.output for one in tried] == [(1, 256), (1, 256), None]
    assert tried[2].error is not None
    assert tried[2].error.code == "layers.traced"


def test_the_rank_is_that_of_the_models_input(tmp_path: Path) -> None:
    relu = ("Relu", ["x"], ["y"], {})
    assert stack_of(graph_of([relu], {}), tmp_path).rank == 2
    assert stack_of(graph_of([relu], {}, shape=("N", 5)), tmp_path, (1, 5)).rank is None


@pytest.mark.parametrize(
    ("shape", "given", "code"),
    [(("N", 4, "H", "W"), (8, 6), "input.rank"), (("N", 4), (1, 4, 8, 6), "input.rank")],
)
def test_an_input_of_another_rank(
    shape: tuple[Any, ...], given: tuple[int, ...], code: str, tmp_path: Path
) -> None:
    with pytest.raises(ConvError, match="of the model has") as caught:
        stack_of(graph_of([("Relu", ["x"], ["y"], {})], {}, shape), tmp_path, given)
    assert caught.value.code == code


def test_an_onnx_file(tmp_path: Path, convcli: Callable[..., Any]) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(small_graph().SerializeToString())
    result = convcli("stack", str(path), "1x3x32x32", "-f", "csv")
    assert result.status == 0, result.err
    rows = list(csv.DictReader(result.out.splitlines()))
    found = [(row["name"], row["output.shape"], int(row["parameters"])) for row in rows]
    assert found[:4] == [
        ("c", "1x8x16x16", 224),
        ("r", "1x8x16x16", 0),
        ("s", "1x8x16x16", 72),
        ("a", "1x8x16x16", 0),
    ]
    assert found[4:] == [("g", "1x8x1x1", 0), ("f", "1x8", 0), ("l", "1x10", 90)]


def small_graph() -> Any:
    """A residual block with weights in another file, which is not there."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    shapes = {"w": (8, 3, 3, 3), "b": (8,), "v": (8, 1, 3, 3), "m": (10, 8), "n": (10,)}
    weights = []
    for name, shape in shapes.items():
        tensor = onnx.TensorProto(
            name=name, data_type=kind, dims=shape, data_location=onnx.TensorProto.EXTERNAL
        )
        tensor.external_data.add(key="location", value="weights.bin")
        weights.append(tensor)
    nodes = [
        helper.make_node(
            "Conv", ["x", "w", "b"], ["c"], "c", strides=[2, 2], auto_pad="SAME_UPPER"
        ),
        helper.make_node("Relu", ["c"], ["r"], "r"),
        helper.make_node("Conv", ["r", "v"], ["s"], "s", group=8, pads=[1, 1, 1, 1]),
        helper.make_node("Add", ["s", "r"], ["a"], "a"),
        helper.make_node("GlobalAveragePool", ["a"], ["g"], "g"),
        helper.make_node("Flatten", ["g"], ["f"], "f"),
        helper.make_node("Gemm", ["f", "m", "n"], ["l"], "l", transB=1),
    ]
    x = helper.make_tensor_value_info("x", kind, ["N", 3, "H", "W"])
    y = helper.make_tensor_value_info("l", kind, None)
    return helper.make_model(helper.make_graph(nodes, "g", [x], [y], weights))


def test_an_output_shape_of_a_transposed_onnx_layer_decides(
    tmp_path: Path, convcli: Callable[..., Any]
) -> None:
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    weight = onnx.TensorProto(
        name="w", data_type=kind, dims=(3, 4, 3, 3), data_location=onnx.TensorProto.EXTERNAL
    )
    for wanted, more in (
        ([32, 33], {}),
        ([32, 32], {}),
        ([34, 35], {"output_padding": [1, 1]}),
        ([31, 32], {"auto_pad": "SAME_UPPER"}),
    ):
        node = helper.make_node(
            "ConvTranspose", ["x", "w"], ["y"], strides=[2, 2], output_shape=wanted, **more
        )
        x, y = (
            helper.make_tensor_value_info("x", kind, ["N", 3, "H", "W"]),
            helper.make_tensor_value_info("y", kind, None),
        )
        (tmp_path / "t.onnx").write_bytes(
            helper.make_model(
                helper.make_graph([node], "g", [x], [y], [weight])
            ).SerializeToString()
        )
        assert (
            convcli("stack", tmp_path / "t.onnx", "1x3x16x16", "-q").out
            == f"1x4x{wanted[0]}x{wanted[1]}\n"
        )
        assert (
            convcli("stack", tmp_path / "t.onnx", "3x16x16", "-q").out
            == f"1x4x{wanted[0]}x{wanted[1]}\n"
        )
    assert convcli("stack", tmp_path / "t.onnx", "16x16").status == 2
    assert (
        convcli("stack", "--compare", tmp_path / "t.onnx", "Conv2d(3, 4, 3)", "3x16x16").status == 0
    )


@pytest.mark.parametrize(
    ("kind", "attributes", "tensors"),
    [
        ("MaxPool", {}, {}),
        ("MaxPool", {"kernel_shape": [2, 2], "strides": [0, 1]}, {}),
        ("Conv", {"pads": [1, 1]}, {"w": weights(2, 4, 3, 3)}),
        ("Conv", {"strides": [1]}, {"w": weights(2, 4, 3, 3)}),
        ("ConvTranspose", {"strides": [2**63 // 7 + 2, 1]}, {"w": weights(4, 2, 3, 3)}),
        ("Conv", {"group": 3}, {"w": weights(2, 4, 3, 3)}),
        ("Resize", {"mode": "linear"}, {"roi": floats(), "scales": floats(1, 1, np.nan, 0)}),
        ("Resize", {}, {"roi": floats(), "scales": floats(1, 2)}),
        ("Pad", {}, {"pads": whole(1, 2, 3)}),
        ("Softmax", {"axis": 9}, {}),
        ("Concat", {"axis": -7}, {}),
    ],
)
def test_a_damaged_node_is_an_error_or_only_a_shape(
    kind: str, attributes: dict[str, Any], tensors: dict[str, Any], tmp_path: Path
) -> None:
    model = graph_of([(kind, ["x", *tensors], ["y"], attributes)], tensors)
    with contextlib.suppress(ConvError):
        steps = walk(stack_of(model, tmp_path).nodes, Shape(INPUT_SHAPE))
        assert steps[0].readings is None


@pytest.mark.parametrize("kind", ["Conv", "Relu", "Split", "If", "Constant", "RandomNormal"])
@pytest.mark.parametrize("inputs", [[], ["x"], ["x", "w"], [""]])
@pytest.mark.parametrize("outputs", [[], [""], ["y"]])
def test_a_node_without_its_inputs_or_outputs_is_an_error_or_only_a_shape(
    kind: str, inputs: list[str], outputs: list[str], tmp_path: Path
) -> None:
    nodes = [(kind, inputs, outputs, {}), ("Relu", ["x"], ["z"], {})]
    with contextlib.suppress(ConvError):
        stack_of(graph_of(nodes, {"w": weights(2, 4, 3, 3)}), tmp_path)


@pytest.mark.parametrize(
    ("nodes", "tensors", "words"),
    [
        ([("Conv", ["x", "w"], ["y"], {"strides": [b"a"]})], {"w": weights(2, 4, 3, 3)}, "strides"),
        ([("Conv", ["x", "w"], ["y"], {"group": 1.5})], {"w": weights(2, 4, 3, 3)}, "group"),
        ([("MaxPool", ["x"], ["y"], {})], {}, "kernel_shape"),
        ([("Concat", ["x", "x"], ["y"], {"axis": [1]})], {}, "axis"),
        ([("BatchNormalization", ["x", "s"], ["y"], {})], {"s": weights()}, "BatchNormalization"),
    ],
)
def test_a_damaged_node_is_named(
    nodes: list[Any], tensors: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ConvError) as caught:
        walk(stack_of(graph_of(nodes, tensors), tmp_path).nodes, Shape(INPUT_SHAPE))
    assert words in str(caught.value)
    assert caught.value.place is not None
    assert caught.value.place.endswith(".onnx")


@pytest.mark.parametrize("damage", ["numbers", "type", "sizes"])
def test_a_damaged_constant_is_named(damage: str, tmp_path: Path) -> None:
    model = graph_of([("Conv", ["x", "w"], ["y"], {})], {"w": weights(2, 4, 1, 1)})
    tensor = model.graph.initializer[0]
    if damage == "numbers":
        tensor.raw_data = b"abc"
    elif damage == "type":
        tensor.data_type = 99
    else:
        tensor.dims[0] = -2
    with pytest.raises(ConvError, match="the constant 'w'") as caught:
        stack_of(model, tmp_path)
    assert caught.value.kind == "data"


def test_a_node_that_writes_its_own_input_reads_the_value_before(tmp_path: Path) -> None:
    model = graph_of([("Relu", ["x"], ["x"], {}), ("Relu", ["x"], ["y"], {})], {})
    nodes = stack_of(model, tmp_path).nodes
    assert [node.sources for node in nodes] == [(-1,), (0,)]


def test_an_input_that_is_left_out_is_no_source(tmp_path: Path) -> None:
    model = graph_of([("Dropout", ["x"], ["a", ""], {}), ("Resize", ["a", "", ""], ["y"], {})], {})
    with contextlib.suppress(ConvError):
        assert [node.sources for node in stack_of(model, tmp_path).nodes] == [(-1,), (0,)]


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    model = graph_of([("Relu", ["x"], ["y"], {})], {})
    path.write_bytes(model.SerializeToString().replace(b"Relu", b"R\xff\xfeu"))
    from convcli.inputs.networks.onnx_files import stack_of_onnx

    with pytest.raises(ConvError, match="names of UTF-8 text"):
        stack_of_onnx(str(path), Shape(INPUT_SHAPE))


@pytest.mark.parametrize(
    ("kind", "names"), [("MaxPool", ["x", "a"]), ("Conv", ["x"]), ("Relu", ["a", "x", "x"])]
)
def test_a_node_has_as_many_inputs_as_onnx_says(
    kind: str, names: list[str], tmp_path: Path
) -> None:
    attributes = {"kernel_shape": [3, 3]} if kind != "Relu" else {}
    nodes = [("Relu", ["x"], ["a"], {}), (kind, names, ["y"], attributes)]
    with pytest.raises(ConvError, match=f"{kind} takes .* has {len(names)}"):
        stack_of(graph_of(nodes, {}), tmp_path)
