"""Shapes that graphs compute, weights behind constants, and what the graphs of ONNX say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import Step, walk
from convcli.errors import ConvError
from tests.inputs.test_onnx_files import graph_of, stack_of
from tests.onnx_graphs import floats, weights, whole

onnx = pytest.importorskip("onnx")
IMAGE = (1, 4, 8, 8)


def steps_of(
    nodes: list[Any], tensors: dict[str, Any], folder: Path, shape: tuple[int, ...] = IMAGE,
    **more: Any,
) -> list[Step]:  # fmt: skip
    names = ("N", *shape[1:2], *"HWD"[: len(shape) - 2])
    model = graph_of(nodes, tensors, names, **more)
    return walk(stack_of(model, folder, shape).nodes, Shape(shape))


def constant(name: str, value: Any) -> Any:
    return ("Constant", [], [name], {"value": onnx.numpy_helper.from_array(value)})


@pytest.mark.parametrize("auto_pad", ["SAME_UPPER", "SAME_LOWER"])
@pytest.mark.parametrize(
    ("kernel", "stride", "more", "output"),
    [(3, 2, {}, 10), (2, 3, {}, 15), (1, 2, {}, 10), (3, 2, {"output_padding": [1]}, 10)],
)
def test_a_transposed_layer_with_auto_pad_makes_size_times_stride(
    auto_pad: str, kernel: int, stride: int, more: dict[str, Any], output: int, tmp_path: Path
) -> None:
    node = ("ConvTranspose", ["x", "w"], ["y"], {"auto_pad": auto_pad, "strides": [stride], **more})
    steps = steps_of([node], {"w": weights(4, 2, kernel)}, tmp_path, (1, 4, 5))
    assert steps[0].output == (1, 2, output)


@pytest.mark.parametrize(
    ("inputs", "output"),
    [
        ((whole(0, 2, 0, 0, 0, 2, 0, 0),), (1, 9, 6, 6)),
        ((whole(1, 0, 0, 0, 0, 0, 0, 1),), (2, 5, 6, 7)),
        ((whole(1, 2, 3, 4), "", whole(2, 3)), (1, 5, 10, 12)),
        ((whole(1, 2, 3, 4), "", whole(3, 2)), (1, 5, 12, 10)),
        ((whole(1, 3), "", whole(1)), (1, 9, 6, 6)),
        ((whole(1, 3), "", whole(-1)), (1, 5, 6, 10)),
    ],
)
def test_pad_of_any_axes(inputs: tuple[Any, ...], output: Any, tmp_path: Path) -> None:
    tensors = {f"c{at}": one for at, one in enumerate(inputs) if not isinstance(one, str)}
    names = ["" if isinstance(one, str) else f"c{at}" for at, one in enumerate(inputs)]
    steps = steps_of([("Pad", ["x", *names], ["y"], {})], tensors, tmp_path, (1, 5, 6, 6))
    assert tuple(steps[0].output) == output


def test_every_output_of_a_node_has_its_own_shape(tmp_path: Path) -> None:
    nodes = [
        ("Split", ["x", "parts"], ["a", "b"], {"axis": 1}),
        ("Conv", ["b", "w"], ["c"], {}),
        ("Concat", ["a", "c"], ["y"], {"axis": 1}),
    ]
    tensors = {"parts": whole(2, 4), "w": weights(5, 4, 1, 1)}
    steps = steps_of(nodes, tensors, tmp_path, (1, 6, 8, 8))
    assert [tuple(step.output[:2]) for step in steps] == [(1, 2), (1, 4), (1, 5), (1, 7)]


def test_an_omitted_bias_is_none(tmp_path: Path) -> None:
    steps = steps_of([("Conv", ["x", "w", ""], ["y"], {})], {"w": weights(2, 4, 3, 3)}, tmp_path)
    assert steps[0].parameters == 72
    assert steps[0].layer.bias_additions(steps[0].output) == 0


def test_learned_operands_of_sums_and_products_count(tmp_path: Path) -> None:
    nodes = [
        ("Mul", ["x", "scale"], ["a"], {}),
        ("MatMul", ["a", "m"], ["b"], {}),
        ("Add", ["b", "bias"], ["y"], {}),
    ]
    tensors = {"scale": weights(4, 1, 1), "m": weights(8, 3), "bias": weights(3)}
    steps = steps_of(nodes, tensors, tmp_path)
    assert [step.parameters for step in steps] == [4, 24, 3]
    assert [step.macs for step in steps] == [0, 4 * 8 * 8 * 3, 0]


def test_a_graph_with_its_weights_in_constants_has_its_biases_there(tmp_path: Path) -> None:
    nodes = [
        constant("w", weights(2, 4, 3, 3)),
        constant("b", weights(2, 1, 1)),
        constant("half", weights(1)),
        ("Conv", ["x", "w"], ["a"], {}),
        ("Add", ["a", "b"], ["c"], {}),
        ("Mul", ["c", "half"], ["y"], {}),
    ]
    assert [step.parameters for step in steps_of(nodes, {}, tmp_path)] == [72, 2, 0]


def test_one_number_counts_where_it_has_the_name_of_a_parameter(tmp_path: Path) -> None:
    nodes = [("Mul", ["x", "blocks.0.gain"], ["a"], {}), ("Mul", ["a", "half"], ["y"], {})]
    steps = steps_of(nodes, {"blocks.0.gain": weights(1), "half": weights(1)}, tmp_path)
    assert [step.parameters for step in steps] == [1, 0]


def test_a_weight_that_two_nodes_share_counts_once(tmp_path: Path) -> None:
    nodes = [
        ("Identity", ["w"], ["v"], {}),
        ("Conv", ["x", "w", "b"], ["a"], {"pads": [1, 1, 1, 1]}),
        ("Conv", ["a", "v", "c"], ["y"], {"pads": [1, 1, 1, 1]}),
    ]
    tensors = {"w": weights(4, 4, 3, 3), "b": weights(4), "c": weights(4)}
    steps = steps_of(nodes, tensors, tmp_path)
    assert [step.parameters for step in steps] == [148, 4]
    assert steps[0].macs == steps[1].macs > 0
    notes = stack_of(graph_of(nodes, tensors), tmp_path, IMAGE).notes
    assert notes == (
        "The graph has 144 parameters under several names, as an exporter does with tensors that "
        "are equal: they are counted once.",
    )


def behind(way: str) -> tuple[list[Any], dict[str, Any]]:
    """Nodes that make the weight `w` (2, 4, 3, 3) of what the graph holds, and that."""
    whole_weight = np.arange(72, dtype=np.int8).reshape(2, 4, 3, 3)
    ways: dict[str, tuple[list[Any], dict[str, Any]]] = {
        "Constant": ([constant("w", weights(2, 4, 3, 3))], {}),
        "Identity": ([("Identity", ["v"], ["w"], {})], {"v": weights(2, 4, 3, 3)}),
        "Cast": ([("Cast", ["v"], ["w"], {"to": 1})], {"v": weights(2, 4, 3, 3).astype("float16")}),
        "Transpose": (
            [("Transpose", ["v"], ["w"], {"perm": [3, 2, 0, 1]})], {"v": weights(3, 3, 4, 2)},
        ),
        "Reshape": ([("Reshape", ["v", "s"], ["w"], {})],
                    {"v": weights(72), "s": whole(2, 4, 3, 3)}),
        "DequantizeLinear": (
            [("DequantizeLinear", ["q", "scale", "zero"], ["w"], {"axis": 0})],
            {"q": whole_weight, "scale": weights(2), "zero": np.zeros(2, np.int8)},
        ),
        "ConstantOfShape": ([("ConstantOfShape", ["s"], ["w"], {})], {"s": whole(2, 4, 3, 3)}),
    }  # fmt: skip
    return ways[way]


WAYS = [
    "Constant", "Identity", "Cast", "Transpose", "Reshape", "DequantizeLinear", "ConstantOfShape",
]  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_weights_are_found_behind_constants(way: str, tmp_path: Path) -> None:
    nodes, tensors = behind(way)
    steps = steps_of([*nodes, ("Conv", ["x", "w"], ["y"], {})], tensors, tmp_path)
    assert len(steps) == 1
    assert (steps[0].parameters, steps[0].macs) == (72, 72 * 36)


def test_a_constant_operand_of_concat_has_its_channels(tmp_path: Path) -> None:
    nodes = [("Concat", ["x", "token"], ["y"], {"axis": 1})]
    steps = steps_of(nodes, {"token": weights(1, 3, 8, 8)}, tmp_path)
    assert (tuple(steps[0].output), steps[0].parameters) == ((1, 7, 8, 8), 192)


def reshaped() -> list[Any]:
    """Reshape to (N, C*H, W), which the graph computes of the input's shape."""
    return [
        ("Shape", ["x"], ["s"], {}),
        ("Gather", ["s", "zero"], ["n"], {}),
        ("Gather", ["s", "one"], ["c"], {}),
        ("Gather", ["s", "two"], ["h"], {}),
        ("Mul", ["c", "h"], ["ch"], {}),
        ("Unsqueeze", ["n", "at"], ["n1"], {}),
        ("Unsqueeze", ["ch", "at"], ["ch1"], {}),
        ("Concat", ["n1", "ch1", "rest"], ["target"], {"axis": 0}),
        ("Reshape", ["x", "target"], ["y"], {}),
    ]


def test_shapes_that_a_graph_computes(tmp_path: Path) -> None:
    tensors = {
        name: np.array(at, np.int64) for at, name in enumerate(("zero", "one", "two"))
    } | {"at": whole(0), "rest": whole(-1)}  # fmt: skip
    steps = steps_of(reshaped(), tensors, tmp_path, (2, 4, 6, 5))
    assert [tuple(step.output) for step in steps] == [(2, 24, 5)]


def test_a_size_that_a_graph_computes_for_resize(tmp_path: Path) -> None:
    nodes = [
        ("Conv", ["x", "w"], ["a"], {"strides": [2, 2], "pads": [1, 1, 1, 1]}),
        ("Shape", ["x"], ["s"], {}),
        ("Slice", ["s", "two", "four"], ["hw"], {}),
        ("Shape", ["a"], ["t"], {"end": 2}),
        ("Concat", ["t", "hw"], ["sizes"], {"axis": 0}),
        ("Resize", ["a", "", "", "sizes"], ["y"], {"mode": "linear"}),
    ]
    tensors = {"w": weights(2, 4, 3, 3), "two": whole(2), "four": whole(4)}
    for size in (7, 8, 13):
        steps = steps_of(nodes, tensors, tmp_path, (1, 4, size, size))
        assert tuple(steps[-1].output) == (1, 2, size, size)


@pytest.mark.parametrize("condition", [True, False])
def test_an_if_with_a_known_condition_is_its_branch(condition: bool, tmp_path: Path) -> None:
    helper = onnx.helper

    def branch(size: int) -> Any:
        weight = onnx.numpy_helper.from_array(weights(2, 4, size, size), f"w{size}")
        conv = helper.make_node("Conv", ["x", f"w{size}"], [f"y{size}"])
        y = helper.make_tensor_value_info(f"y{size}", onnx.TensorProto.FLOAT, None)
        return helper.make_graph([conv], f"g{size}", [], [y], [weight])

    nodes = [("If", ["c"], ["y"], {"then_branch": branch(1), "else_branch": branch(3)})]
    steps = steps_of(nodes, {"c": np.array(condition)}, tmp_path)
    assert steps[-1].output == ((1, 2, 8, 8) if condition else (1, 2, 6, 6))
    assert steps[0].parameters == (8 if condition else 72)


INTEGERS = np.arange(72, dtype=np.uint8).reshape(2, 4, 3, 3)
ZERO, SCALE = np.array(0, np.uint8), np.array(0.5, np.float32)


@pytest.mark.parametrize(
    ("nodes", "tensors", "shape", "output", "parameters", "macs"),
    [
        ([("GroupNormalization", ["x", "s", "s2"], ["y"], {"num_groups": 2})],
         {"s": weights(4), "s2": weights(4)}, IMAGE, IMAGE, 8, 0),
        ([("LayerNormalization", ["x", "s", "t"], ["y"], {})],
         {"s": weights(8), "t": weights(8)}, IMAGE, IMAGE, 16, 0),
        ([("QuantizeLinear", ["x", "one", "zero"], ["q"], {}),
          ("ConvInteger", ["q", "w", "zero"], ["y"], {})],
         {"w": INTEGERS, "one": SCALE, "zero": ZERO}, IMAGE, (1, 2, 6, 6), 72, 72 * 36),
        ([("QuantizeLinear", ["x", "one", "zero"], ["q"], {}),
          ("QLinearConv", ["q", "one", "zero", "w", "one", "zero", "one", "zero", "b"], ["y"], {})],
         {"w": INTEGERS, "one": SCALE, "zero": ZERO, "b": np.zeros(2, np.int32)},
         IMAGE, (1, 2, 6, 6), 74, 72 * 36),
        ([("DynamicQuantizeLinear", ["x"], ["q", "r", "z"], {}),
          ("MatMulInteger", ["q", "m", "z"], ["y"], {})],
         {"m": INTEGERS[0, :2].reshape(6, 3)}, (1, 5, 6), (1, 5, 3), 18, 90),
        ([("Einsum", ["x", "m"], ["y"], {"equation": "nchw,cd->ndhw"})],
         {"m": weights(4, 7)}, IMAGE, (1, 7, 8, 8), 28, 28 * 64),
        ([("LSTM", ["x", "w", "r", "b"], ["y", "h", "c"], {"hidden_size": 3})],
         {"w": weights(1, 12, 6), "r": weights(1, 12, 3), "b": weights(1, 24)},
         (5, 2, 6), (5, 1, 2, 3), 132, 10 * 108),
    ],
    ids=["GroupNorm", "LayerNorm", "ConvInteger", "QLinearConv", "MatMulInteger", "Einsum", "LSTM"],
)  # fmt: skip
def test_operators_with_weights(
    nodes: list[Any], tensors: dict[str, Any], shape: tuple[int, ...], output: Any,
    parameters: int, macs: int, tmp_path: Path,
) -> None:  # fmt: skip
    steps = steps_of(nodes, tensors, tmp_path, shape)
    assert tuple(steps[-1].output) == output
    assert sum(step.parameters for step in steps) == parameters
    assert sum(step.macs for step in steps) == macs


@pytest.mark.parametrize(
    ("node", "tensors", "words"),
    [
        (("MatMul", ["x", "m"], ["y"], {}), {"m": weights(5, 3)}, "in_features must be"),
        (("Conv", ["x", "w"], ["y"], {}), {"w": weights(2, 3, 1, 1)}, "channels"),
        (("Add", ["x", "b"], ["y"], {}), {"b": weights(3, 1, 1)}, "shapes of the branches"),
        (("Transpose", ["x"], ["y"], {"perm": [0, 9]}), {}, "a permutation of the 4 axes"),
        (("Transpose", ["x"], ["y"], {"perm": [0, 1, 2]}), {}, "a permutation of the 4 axes"),
        (("DepthToSpace", ["x"], ["y"], {"blocksize": 3}), {}, "channels that its 9 cells"),
        (("SpaceToDepth", ["x"], ["y"], {"blocksize": 3}), {}, "sizes that its block of 3"),
        (("Gather", ["x", "i"], ["y"], {"axis": 2}), {"i": whole(8)}, "indices below 8"),
        (("Conv", ["x", "w"], ["y"], {"group": 3}), {"w": weights(4, 1, 1, 1)}, "of groups that"),
        (
            ("Conv", ["x", "w", "b"], ["y"], {}),
            {"w": weights(2, 4, 1, 1), "b": weights(3)},
            "a bias of 2 numbers, not 3",
        ),
        (
            ("ConvTranspose", ["x", "w", "b"], ["y"], {"group": 2}),
            {"w": weights(4, 3, 1, 1), "b": weights(3)},
            "a bias of 6 numbers, not 3",
        ),
        (
            ("Conv", ["x", "w"], ["y"], {"kernel_shape": [5, 5]}),
            {"w": weights(2, 4, 3, 3)},
            "the kernel of its weight, 3x3, not 5x5",
        ),
        (
            ("Conv", ["x", "w"], ["y"], {"dilations": [4, 4], "strides": [2, 2]}),
            {"w": weights(2, 4, 3, 3)},
            "the kernel spans",
        ),
        (("PRelu", ["x", "s"], ["y"], {}), {"s": weights(3, 1, 1)}, "slopes that its input"),
        (
            ("GroupNormalization", ["x", "s", "t"], ["y"], {"num_groups": 3}),
            {"s": weights(4), "t": weights(4)},
            "divides its 4 channels",
        ),
        (("LayerNormalization", ["x", "s"], ["y"], {}), {"s": weights(7)}, "for 8, not 7"),
        (
            ("Einsum", ["x", "m"], ["y"], {"equation": "bchw,cd->bdhw"}),
            {"m": weights(5, 2)},
            "one size for the letter c, not 4 and 5",
        ),
        (
            ("BatchNormalization", ["x", "s", "t", "m", "v"], ["y"], {}),
            {"s": weights(4), "t": weights(5), "m": weights(4), "v": weights(4)},
            "a shift of 4",
        ),
        (("GlobalAveragePool", ["x", "x"], ["y"], {}), {}, "takes 1 inputs, and has 2"),
    ],
)
def test_what_does_not_fit_is_an_error_that_names_the_node(
    node: Any, tensors: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(ConvError, match=words) as caught:
        steps_of([node], tensors, tmp_path)
    assert str(caught.value.place).startswith(f"{node[0]}_0")


def test_recurrent_weights_fit_the_sequence(tmp_path: Path) -> None:
    tensors = {"w": weights(1, 16, 7), "r": weights(1, 16, 4)}
    node = ("LSTM", ["x", "w", "r"], ["y"], {"hidden_size": 4})
    with pytest.raises(ConvError, match="a weight of 1x16x6 for its input 5x2x6, not 1x16x7"):
        steps_of([node], tensors, tmp_path, (5, 2, 6))


@pytest.mark.parametrize(("size", "pads"), [([16, 17], [1, 1]), ([17, 16], [1, 1])])
def test_a_transposed_layer_that_torch_has_not_has_its_cost(
    size: list[int], pads: list[int], tmp_path: Path
) -> None:
    attributes = {"output_shape": size, "output_padding": pads, "strides": [2, 2]}
    node = ("ConvTranspose", ["x", "w"], ["y"], attributes)
    steps = steps_of([node], {"w": weights(4, 2, 2, 2)}, tmp_path)
    assert (steps[0].output, steps[0].macs) == ((1, 2, *size), 4 * 64 * 2 * 4)


def test_an_output_that_depends_on_no_input_is_the_last_row(tmp_path: Path) -> None:
    nodes = [("Relu", ["x"], ["a"], {}), ("Conv", ["g", "w"], ["y"], {})]
    tensors = {"g": weights(1, 4, 5, 5), "w": weights(2, 4, 3, 3)}
    steps = steps_of(nodes, tensors, tmp_path)
    assert tuple(steps[-1].output) == (1, 2, 3, 3)


def two_inputs(kind: str, shape: tuple[Any, ...], attributes: dict[str, Any]) -> Any:
    helper, element = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"]),
        helper.make_node("Conv", ["z", "v"], ["b"]),
        helper.make_node(kind, ["a", "b"], ["y"], **attributes),
    ]
    inputs = [
        helper.make_tensor_value_info("x", element, ("N", 3, "H", "W")),
        helper.make_tensor_value_info("z", element, shape),
    ]
    tensors = [
        onnx.numpy_helper.from_array(weights(5, channels, 3, 3), name)
        for name, channels in (("w", 3), ("v", 2))
    ]
    y = helper.make_tensor_value_info("y", element, None)
    graph = helper.make_graph(nodes, "g", inputs, [y], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


@pytest.mark.parametrize("named", [False, True])
def test_a_graph_with_two_inputs(named: bool, tmp_path: Path) -> None:
    from convcli.inputs.networks.onnx_files import stack_of_onnx

    path = tmp_path / "two.onnx"
    path.write_bytes(two_inputs("Concat", ("N", 2, "H", "W"), {"axis": 1}).SerializeToString())
    x, z = Shape((1, 3, 8, 8)), Shape((1, 2, 8, 8))
    shapes = [("z", z), ("x", x)] if named else [x, z]
    steps = walk(stack_of_onnx(str(path), *shapes).nodes, x)
    assert [step.name for step in steps] == ["z", "Conv_0", "Conv_1", "Concat_2"]
    assert tuple(steps[-1].output) == (1, 10, 6, 6)
    assert sum(step.macs for step in steps) == 36 * 5 * 9 * 5


def test_an_input_without_a_shape_is_asked_for(tmp_path: Path) -> None:
    from convcli.inputs.networks.onnx_files import stack_of_onnx

    path = tmp_path / "two.onnx"
    path.write_bytes(two_inputs("Add", ("N", 2, "H", "W"), {}).SerializeToString())
    with pytest.raises(ConvError, match="the shape of 'z' is missing") as caught:
        stack_of_onnx(str(path), Shape((1, 3, 8, 8)))
    assert caught.value.code == "input.missing"
    path.write_bytes(two_inputs("Add", (1, 2, 8, 8), {}).SerializeToString())
    steps = walk(stack_of_onnx(str(path), Shape((1, 3, 8, 8))).nodes, Shape((1, 3, 8, 8)))
    assert tuple(steps[-1].output) == (1, 5, 6, 6)


def test_what_a_graph_fixes_and_what_an_exporter_folded_is_said(tmp_path: Path) -> None:
    tensors = {"onnx::Conv_7": weights(2, 4, 1, 1), "onnx::Conv_8": weights(2)}
    nodes = [("Conv", ["x", *tensors], ["y"], {})]
    notes = stack_of(graph_of(nodes, tensors, (1, 4, 8, 8)), tmp_path, (2, 4, 6, 8)).notes
    assert notes == (
        "The graph fixes its input x to 1x4x8x8; it is read with 2x4x6x8 instead.",
        "The exporter folded BatchNorm into 1 of the layers: up to 4 parameters in torch are not "
        "in the graph.",
    )


def test_constants_that_nothing_says_were_learned_are_counted_and_said(tmp_path: Path) -> None:
    model = graph_of([("Add", ["x", "mask"], ["y"], {})], {"mask": weights(8, 8)})
    notes = stack_of(model, tmp_path, IMAGE).notes
    assert notes[0].startswith("64 of the parameters are constants of sums and products")


def test_several_outputs(tmp_path: Path) -> None:
    nodes = [("Relu", ["x"], ["a"], {}), ("MaxPool", ["a"], ["b"], {"kernel_shape": [2, 2]})]
    model = graph_of(nodes, {})
    del model.graph.output[:]
    for name in ("b", "a"):
        model.graph.output.add(name=name).type.tensor_type.elem_type = 1
    stack = stack_of(model, tmp_path, IMAGE)
    steps = walk(stack.nodes, Shape(IMAGE))
    assert [step.name for step in steps] == ["Relu_0", "MaxPool_1", "output"]
    assert tuple(steps[-1].output) == IMAGE
    assert stack.notes == ("The last row is the last of several outputs: b 1x4x7x7, a 1x4x8x8.",)


def test_a_model_without_its_weights(tmp_path: Path) -> None:
    nodes = [
        ("ConstantOfShape", ["s"], ["w"], {}),
        ("Conv", ["x", "w"], ["y"], {}),
    ]
    model = graph_of(nodes, {"s": whole(2, 4, 3, 3)})
    model.graph.input.add(name="w").CopyFrom(
        onnx.helper.make_tensor_value_info("w", 1, (2, 4, 3, 3))
    )
    steps = walk(stack_of(model, tmp_path, IMAGE).nodes, Shape(IMAGE))
    assert [(step.name, step.parameters) for step in steps] == [("Conv_1", 72)]


@pytest.mark.parametrize("calls", [2, 60])
def test_functions_of_a_model_are_written_out_unless_there_are_too_many(
    calls: int, tmp_path: Path
) -> None:
    helper = onnx.helper
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("own", 1)]
    functions = [
        helper.make_function(
            "own", f"f{at}", ["x"], ["y"],
            [helper.make_node(f"f{at + 1}", ["x"], ["a"], domain="own"),
             helper.make_node(f"f{at + 1}", ["a"], ["y"], domain="own")],
            opsets,
        )
        for at in range(calls)
    ]  # fmt: skip
    relu = helper.make_node("Relu", ["x"], ["y"])
    functions.append(helper.make_function("own", f"f{calls}", ["x"], ["y"], [relu], opsets))
    model = graph_of([("f0", ["x"], ["y"], {"domain": "own"})], {})
    model.opset_import.append(opsets[1])
    model.functions.extend(functions)
    if calls > 20:
        with pytest.raises(ConvError, match="at most 10000 nodes"):
            stack_of(model, tmp_path)
        return
    assert stack_of(model, tmp_path).texts == ("Relu()",) * 2**calls


def test_a_function_that_calls_itself_is_refused(tmp_path: Path) -> None:
    helper = onnx.helper
    node = helper.make_node("f", ["x"], ["y"], domain="own")
    opsets = [helper.make_opsetid("own", 1)]
    model = graph_of([("f", ["x"], ["y"], {"domain": "own"})], {})
    model.opset_import.extend(opsets)
    model.functions.append(helper.make_function("own", "f", ["x"], ["y"], [node], opsets))
    with pytest.raises(ConvError, match="calls itself"):
        stack_of(model, tmp_path)


def test_huge_results_of_shape_arithmetic_are_not_computed(tmp_path: Path) -> None:
    nodes = [
        constant("many", whole(2**40)),
        ("ConstantOfShape", ["many"], ["c"], {}),
        ("Range", ["zero", "end", "step"], ["r"], {}),
        ("Relu", ["x"], ["y"], {}),
    ]
    tensors = {name: np.array(value, np.int64) for name, value in
               (("zero", 0), ("end", 2**50), ("step", 1))}  # fmt: skip
    assert len(steps_of(nodes, tensors, tmp_path)) == 1


def test_scales_of_resize_that_a_graph_computes(tmp_path: Path) -> None:
    nodes = [
        ("Mul", ["half", "four"], ["two"], {}),
        ("Concat", ["ones", "two"], ["scales"], {"axis": 0}),
        ("Resize", ["x", "", "scales"], ["y"], {}),
    ]
    tensors = {"half": floats(0.5, 0.5), "four": floats(4, 4), "ones": floats(1, 1)}
    assert tuple(steps_of(nodes, tensors, tmp_path)[-1].output) == (1, 4, 16, 16)


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("pkg.torch.onnx.class_hierarchy", "['torch.nn.modules.batchnorm.BatchNorm2d']",
         "folded BatchNorm into 1 of the layers: up to 4 parameters"),
        ("pkg.torch.onnx.class_hierarchy", "['timm.layers.norm_act.BatchNormAct2d']",
         "folded BatchNorm into 1 of the layers: up to 4 parameters"),
        ("pkg.onnxscript.rewriter.rule_name", "RemoveOptionalBiasFromConv",
         "dropped biases of zeros: up to 2 parameters"),
    ],
)  # fmt: skip
def test_what_dynamo_says_that_it_left_out(
    key: str, value: str, words: str, tmp_path: Path
) -> None:
    model = graph_of([("Conv", ["x", "w"], ["y"], {})], {"w": weights(2, 4, 1, 1)})
    model.graph.node[0].metadata_props.add(key=key, value=value)
    (note,) = stack_of(model, tmp_path, IMAGE).notes
    assert words in note


def of_runtime(node: Any, tensors: dict[str, Any], shape: tuple[int, ...], folder: Path) -> Step:
    """The step of one node of the domain of ONNX Runtime."""
    model = graph_of([node], tensors, shape)
    model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    model.graph.node[0].domain = "com.microsoft"
    return walk(stack_of(model, folder, shape).nodes, Shape(shape))[0]


@pytest.mark.parametrize(
    ("node", "tensors", "shape", "output", "parameters", "macs"),
    [
        (("FusedConv", ["x", "w", "b"], ["y"], {"activation": "Relu"}),
         {"w": weights(2, 4, 3, 3), "b": weights(2)}, IMAGE, (1, 2, 6, 6), 74, 72 * 36),
        (("FusedMatMul", ["x", "w"], ["y"], {}), {"w": weights(8, 3)}, IMAGE, (1, 4, 8, 3), 24,
         32 * 24),
        (("DynamicQuantizeMatMul", ["x", "w", "s"], ["y"], {}),
         {"w": INTEGERS[0, :2].reshape(6, 3), "s": SCALE}, (1, 5, 6), (1, 5, 3), 18, 90),
        (("DynamicQuantizeLSTM",
          ["x", "w", "r", "b", "", "", "", "", "s", "z", "s", "z"], ["y"], {"hidden_size": 3}),
         {"w": INTEGERS.reshape(1, 6, 12), "r": INTEGERS.reshape(-1)[:36].reshape(1, 3, 12),
          "b": weights(1, 24), "s": SCALE, "z": ZERO}, (5, 2, 6), (5, 1, 2, 3), 132, 10 * 108),
        (("FastGelu", ["x"], ["y"], {}), {}, IMAGE, IMAGE, 0, 0),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) and isinstance(value[0], str) else None,
)  # fmt: skip
def test_operators_of_onnx_runtime(
    node: Any, tensors: dict[str, Any], shape: tuple[int, ...], output: Any, parameters: int,
    macs: int, tmp_path: Path,
) -> None:  # fmt: skip
    step = of_runtime(node, tensors, shape, tmp_path)
    assert (tuple(step.output), step.parameters, step.macs) == (output, parameters, macs)


def test_an_operator_of_another_domain_is_not_that_of_onnx(tmp_path: Path) -> None:
    with pytest.raises(ConvError, match=r"the output shape of the operator com\.microsoft\.Relu"):
        of_runtime(("Relu", ["x"], ["y"], {}), {}, IMAGE, tmp_path)
