"""Every operator of ONNX that is read, in small graphs compared with onnx."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import Step, seen_by_unit, walk
from convcli.inputs.networks.onnx_kinds import MOVING, READERS
from convcli.inputs.networks.onnx_node import names_in
from tests.impulses import cells_claimed, cells_read, distinct_input, some_units
from tests.onnx_graphs import (
    Case,
    computed,
    floats,
    inferred_shape,
    model_of,
    weights,
    whole,
)

pytest.importorskip("onnx")

IMAGE, LINE, VOLUME = (1, 4, 7, 6), (1, 4, 9), (1, 2, 5, 4, 5)
FILTERS, BIAS = weights(6, 4, 3, 2), weights(6)
BACK = weights(4, 6, 3, 2)  # of a transposed convolution


def pools(operator: str) -> list[Case]:
    """Windows with every attribute that pooling has."""
    attributes: dict[str, dict[str, Any]] = {
        "plain": {"kernel_shape": [3, 2]},
        "strides": {"kernel_shape": [3, 2], "strides": [2, 1]},
        "pads": {"kernel_shape": [3, 2], "strides": [2, 2], "pads": [1, 0, 0, 1]},
        "ceil_mode": {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1},
        "ceil_mode and pads": {
            "kernel_shape": [2, 2],
            "strides": [3, 3],
            "pads": [1, 1, 1, 1],
            "ceil_mode": 1,
        },
        "same_upper": {"kernel_shape": [3, 2], "strides": [2, 1], "auto_pad": "SAME_UPPER"},
        "same_lower": {"kernel_shape": [4, 2], "strides": [2, 1], "auto_pad": "SAME_LOWER"},
        "valid": {"kernel_shape": [3, 2], "strides": [2, 3], "auto_pad": "VALID"},
        "dilations": {"kernel_shape": [3, 2], "dilations": [2, 3]},
    }
    if operator == "AveragePool":
        attributes["count_include_pad"] = attributes["pads"] | {"count_include_pad": 1}
    cases = [
        Case(
            f"{operator} {name}",
            operator,
            IMAGE,
            attributes=given,
            evaluated=(operator, name) != ("MaxPool", "same_lower"),
        )
        for name, given in attributes.items()
    ]
    return [
        *cases,
        Case(f"{operator} of a line", operator, LINE, attributes={"kernel_shape": [4]}),
        Case(f"{operator} of a volume", operator, VOLUME, attributes={"kernel_shape": [2, 3, 2]}),
    ]


CONVOLUTIONS = [
    Case("Conv", "Conv", IMAGE, ("x", FILTERS)),
    Case("Conv with bias", "Conv", IMAGE, ("x", FILTERS, BIAS), {"strides": [2, 3]}),
    Case("Conv without its bias", "Conv", IMAGE, ("x", FILTERS, "")),
    Case("Conv pads", "Conv", IMAGE, ("x", FILTERS), {"pads": [2, 0, 1, 3]}),
    Case("Conv dilations", "Conv", IMAGE, ("x", FILTERS), {"dilations": [2, 4]}),
    Case("Conv groups", "Conv", IMAGE, ("x", weights(6, 2, 3, 2)), {"group": 2}),
    Case("Conv depthwise", "Conv", IMAGE, ("x", weights(8, 1, 3, 3), weights(8)), {"group": 4}),
    Case(
        "Conv same_upper",
        "Conv",
        IMAGE,
        ("x", FILTERS),
        {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
    ),
    Case(
        "Conv same_lower",
        "Conv",
        IMAGE,
        ("x", FILTERS),
        {"auto_pad": "SAME_LOWER", "strides": [1, 1]},
    ),
    Case("Conv valid", "Conv", IMAGE, ("x", FILTERS), {"auto_pad": "VALID", "strides": [1, 2]}),
    Case("Conv of a line", "Conv", LINE, ("x", weights(3, 4, 5)), {"strides": [2]}),
    Case("Conv of a volume", "Conv", VOLUME, ("x", weights(3, 2, 2, 2, 3))),
    Case("ConvTranspose", "ConvTranspose", IMAGE, ("x", BACK)),
    Case(
        "ConvTranspose with all",
        "ConvTranspose",
        IMAGE,
        ("x", BACK, BIAS),
        {
            "strides": [2, 3],
            "pads": [1, 0, 0, 1],
            "output_padding": [1, 2],
            "dilations": [1, 2],
        },
    ),
    Case(
        "ConvTranspose groups",
        "ConvTranspose",
        IMAGE,
        ("x", weights(4, 3, 2, 2)),
        {"group": 2, "strides": [2, 2]},
        evaluated=False,
    ),
    Case(
        "ConvTranspose output_shape",
        "ConvTranspose",
        IMAGE,
        ("x", BACK),
        {"output_shape": [14, 11], "strides": [2, 2]},
        evaluated=False,
    ),
    Case(
        "ConvTranspose output_shape upper",
        "ConvTranspose",
        IMAGE,
        ("x", BACK),
        {
            "output_shape": [14, 11],
            "strides": [2, 2],
            "auto_pad": "SAME_UPPER",
        },
    ),
    Case(
        "ConvTranspose same_upper",
        "ConvTranspose",
        IMAGE,
        ("x", BACK),
        {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
    ),
    Case(
        "ConvTranspose same_lower",
        "ConvTranspose",
        IMAGE,
        ("x", BACK),
        {"auto_pad": "SAME_LOWER", "strides": [2, 2]},
    ),
    Case(
        "ConvTranspose of a line", "ConvTranspose", LINE, ("x", weights(4, 2, 3)), {"strides": [3]}
    ),
]

PADS = [
    Case("Pad", "Pad", IMAGE, ("x", whole(0, 0, 1, 2, 0, 0, 3, 0))),
    Case("Pad that crops", "Pad", IMAGE, ("x", whole(0, 0, -1, 2, 0, 0, 0, -2)), evaluated=False),
    Case("Pad reflect", "Pad", IMAGE, ("x", whole(0, 0, 2, 3, 0, 0, 1, 0)), {"mode": "reflect"}),
    Case("Pad edge", "Pad", IMAGE, ("x", whole(0, 0, 2, 3, 0, 0, 1, 0)), {"mode": "edge"}),
    Case("Pad wrap", "Pad", IMAGE, ("x", whole(0, 0, 2, 3, 0, 0, 1, 0)), {"mode": "wrap"}),
    Case(
        "Pad axes", "Pad", IMAGE, ("x", whole(1, 3), floats(0)[0:1].reshape(()), whole(3)), opset=18
    ),
    Case("Pad negative axes", "Pad", IMAGE, ("x", whole(1, 2, 3, 4), "", whole(-1, -2)), opset=18),
    Case("Pad of channels", "Pad", IMAGE, ("x", whole(0, 1, 0, 0, 0, 0, 0, 0)), known=False),
    Case("Pad of a line", "Pad", LINE, ("x", whole(0, 0, 1, 0, 0, 2))),
    Case("Pad of opset 2", "Pad", IMAGE, attributes={"pads": [0, 0, 1, 2, 0, 0, 3, 0]}, opset=2),
]


def resize(
    name: str, scales: Any = None, sizes: Any = None, known: bool = True, **attributes: Any
) -> Case:
    shape = attributes.pop("shape", IMAGE)
    inputs = ("x", "", floats(*scales)) if scales else ("x", "", "", whole(*sizes))
    return Case(f"Resize {name}", "Resize", shape, inputs, attributes, known=known, parameters=0)


TWICE, HALF, MORE = (1, 1, 2, 2), (1, 1, 0.5, 0.5), (1, 1, 1.5, 2.5)
FLOOR = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
HALVES = {"coordinate_transformation_mode": "half_pixel"}
PYTORCH = {"coordinate_transformation_mode": "pytorch_half_pixel"}
CORNERS = {"coordinate_transformation_mode": "align_corners"}
RESIZES = [
    resize("nearest floor", TWICE, **FLOOR),
    resize("nearest floor, more", MORE, **FLOOR),
    resize("nearest floor, less", HALF, **FLOOR),
    resize("nearest floor, to sizes", sizes=(1, 4, 9, 4), **FLOOR),
    resize("nearest by default", TWICE),
    resize("nearest by default, thrice", (1, 1, 3, 3)),
    resize("nearest by default, less", HALF),
    resize("nearest, halves up", HALF, **HALVES, nearest_mode="round_prefer_ceil"),
    resize("nearest, ceil", MORE, known=False, **HALVES, nearest_mode="ceil"),
    resize(
        "nearest asymmetric, rounded",
        (1, 1, 3, 3),
        known=False,
        coordinate_transformation_mode="asymmetric",
    ),
    resize("nearest corners", TWICE, known=False, **CORNERS),
    resize("linear", TWICE, mode="linear", **HALVES),
    resize("linear, more", MORE, mode="linear", **HALVES),
    resize("linear, less", HALF, mode="linear", **HALVES),
    resize("linear, to sizes", sizes=(1, 4, 5, 9), mode="linear", **HALVES),
    resize("linear as torch", TWICE, mode="linear", **PYTORCH),
    resize("linear as torch, to one", sizes=(1, 4, 1, 9), known=False, mode="linear", **PYTORCH),
    resize("linear corners", TWICE, mode="linear", **CORNERS),
    resize("linear corners, to sizes", sizes=(1, 4, 13, 3), mode="linear", **CORNERS),
    resize(
        "linear asymmetric",
        TWICE,
        known=False,
        mode="linear",
        coordinate_transformation_mode="asymmetric",
    ),
    resize("linear of a line", (1, 1, 2), mode="linear", shape=LINE, **HALVES),
    resize("linear of a volume", (1, 1, 2, 2, 1), mode="linear", shape=VOLUME, **HALVES),
    resize("cubic", TWICE, mode="cubic", **HALVES),
    resize("cubic corners", sizes=(1, 4, 9, 9), mode="cubic", **CORNERS),
    resize("cubic of a line", (1, 1, 2), known=False, mode="cubic", shape=LINE, **HALVES),
    resize("antialias", HALF, known=False, mode="linear", antialias=1, **HALVES),
    resize("of axes", (2, 3), axes=[2, 3], **FLOOR),
    resize("of one axis", sizes=(9,), axes=[3], **FLOOR),
    resize("of channels", (1, 2, 1, 1), known=False, **FLOOR),
    Case(
        "Resize of opset 10",
        "Resize",
        IMAGE,
        ("x", floats(*TWICE)),
        opset=10,
        parameters=0,
        evaluated=False,
    ),
    Case("Upsample", "Upsample", IMAGE, ("x", floats(*TWICE)), opset=9, parameters=0),
    Case(
        "Upsample linear",
        "Upsample",
        IMAGE,
        ("x", floats(*TWICE)),
        {"mode": "linear"},
        opset=9,
        known=False,
        parameters=0,
        evaluated=False,
    ),
]

FEATURES, TOKENS = (1, 12), (1, 5, 12)
MATRIX = weights(12, 8)
PRODUCTS = [
    Case("Gemm", "Gemm", FEATURES, ("x", MATRIX, weights(8))),
    Case("Gemm without bias", "Gemm", FEATURES, ("x", MATRIX)),
    Case("Gemm transB", "Gemm", FEATURES, ("x", MATRIX.T.copy(), weights(8)), {"transB": 1}),
    Case("Gemm with a bias of two axes", "Gemm", FEATURES, ("x", MATRIX, weights(1, 8))),
    Case(
        "Gemm with one bias for all",
        "Gemm",
        FEATURES,
        ("x", MATRIX, weights(1)),
        parameters=97,
    ),
    Case("Gemm alpha and beta", "Gemm", FEATURES, ("x", MATRIX), {"alpha": 0.5, "beta": 2.0}),
    Case("Gemm transA", "Gemm", (1, 1), ("x", weights(1, 8)), {"transA": 1}),
    Case("MatMul", "MatMul", FEATURES, ("x", MATRIX)),
    Case("MatMul of tokens", "MatMul", TOKENS, ("x", MATRIX)),
    Case("MatMul from the left", "MatMul", TOKENS, (weights(3, 5), "x")),
    Case("MatMul of a batch", "MatMul", TOKENS, ("x", weights(2, 12, 3))),
]

SCALE = weights(4)
MIXED = [
    Case(
        "BatchNormalization",
        "BatchNormalization",
        IMAGE,
        ("x", SCALE, SCALE, SCALE, SCALE),
        parameters=8,
    ),
    Case("InstanceNormalization", "InstanceNormalization", IMAGE, ("x", SCALE, SCALE)),
    Case("Softmax", "Softmax", IMAGE),
    *(
        Case(f"Softmax {axis}", "Softmax", IMAGE, attributes={"axis": axis})
        for axis in (1, 2, 3, -2)
    ),
    *(
        Case(f"LogSoftmax {axis}", "LogSoftmax", IMAGE, attributes={"axis": axis})
        for axis in (1, -1)
    ),
    Case("Softmax of opset 11", "Softmax", IMAGE, opset=11, evaluated=False),
    Case("Softmax 3 of opset 11", "Softmax", IMAGE, attributes={"axis": 3}, opset=11),
    Case(
        "Softmax 2 of opset 11", "Softmax", IMAGE, attributes={"axis": 2}, opset=11, evaluated=False
    ),
    Case("PRelu", "PRelu", IMAGE, ("x", weights(4, 1, 1))),
    Case("PRelu of one slope", "PRelu", IMAGE, ("x", weights(1)), parameters=1),
    Case("GlobalAveragePool", "GlobalAveragePool", IMAGE),
    Case("GlobalMaxPool", "GlobalMaxPool", IMAGE),
    Case("Concat", "Concat", IMAGE, ("x", "x"), {"axis": 1}),
    Case("Concat of an axis", "Concat", IMAGE, ("x", "x", "x"), {"axis": -1}),
    Case(
        "Concat with a weight",
        "Concat",
        IMAGE,
        ("x", weights(1, 2, 7, 6)),
        {"axis": 1},
        known=False,
    ),
    Case("Flatten", "Flatten", IMAGE),
    Case("Flatten 0", "Flatten", IMAGE, attributes={"axis": 0}),
    Case("Flatten 2", "Flatten", IMAGE, attributes={"axis": 2}),
    Case("Flatten -1", "Flatten", IMAGE, attributes={"axis": -1}),
    *(Case(f"{name} of two", name, IMAGE, ("x", "x")) for name in ("Add", "Sub", "Mul", "Div")),
    *(
        Case(f"{name} of three", name, IMAGE, ("x", "x", "x"))
        for name in ("Sum", "Max", "Min", "Mean")
    ),
    *(
        Case(f"{name} with a weight", name, IMAGE, ("x", weights(1, 1, 1, 6)))
        for name in ("Sub", "Div")
    ),
    Case("Add of a bias", "Add", IMAGE, ("x", weights(4, 1, 1))),
    Case("Mul by a number", "Mul", IMAGE, (weights(1).reshape(()), "x"), parameters=0),
    Case("Add that makes larger", "Add", (1, 4, 1, 6), ("x", weights(1, 1, 7, 1))),
    Case(
        "Max of two weights",
        "Max",
        IMAGE,
        ("x", weights(1, 4, 1, 1), weights(1)),
        known=False,
        parameters=4,
    ),
]

MOVED = [
    Case("Reshape 0", "Reshape", IMAGE, ("x", whole(0, -1))),
    Case("Reshape -1", "Reshape", IMAGE, ("x", whole(1, 2, -1, 6))),
    Case("Reshape allowzero", "Reshape", IMAGE, ("x", whole(-1, 12)), {"allowzero": 1}),
    Case("Transpose", "Transpose", IMAGE, attributes={"perm": [0, 2, 3, 1]}),
    Case("Transpose by default", "Transpose", IMAGE),
    Case("Squeeze", "Squeeze", (1, 4, 1, 6), ("x", whole(2))),
    Case("Unsqueeze", "Unsqueeze", IMAGE, ("x", whole(2, -1))),
    Case("ReduceMean", "ReduceMean", IMAGE, ("x", whole(2, 3))),
    Case("ReduceMean keepdims", "ReduceMean", IMAGE, ("x", whole(-1)), {"keepdims": 0}),
    Case("Slice", "Slice", IMAGE, ("x", whole(1, 0), whole(6, 100), whole(2, 3), whole(2, 1))),
    Case("Gather", "Gather", IMAGE, ("x", whole(2, 0)), {"axis": 1}),
    Case("Split", "Split", IMAGE, ("x", whole(1, 3)), {"axis": 1}, outputs=2),
    Case("Expand", "Expand", (1, 4, 1, 6), ("x", whole(2, 1, 7, 1))),
]

POINTWISE = [
    Case(name, name, IMAGE, opset=22, parameters=0)
    for name in [
        "Relu",
        "LeakyRelu",
        "Elu",
        "Selu",
        "Celu",
        "Gelu",
        "Sigmoid",
        "Tanh",
        "HardSigmoid",
        "HardSwish",
        "Softplus",
        "Softsign",
        "Mish",
        "Clip",
        "Identity",
        "Dropout",
        "Neg",
        "Abs",
        "Exp",
        "Log",
        "Sqrt",
        "Erf",
        "Reciprocal",
        "ThresholdedRelu",
    ]
] + [
    Case(
        "Clip of numbers", "Clip", IMAGE, ("x", floats(-9)[0:1].reshape(()), floats(99).reshape(()))
    ),
    Case("Cast", "Cast", IMAGE, attributes={"to": 1}),
    Case("LRN", "LRN", IMAGE, attributes={"size": 3}),
]

SHAPED = [  # whose numbers an impulse need not move, or not defined for all
    Case(name, name, IMAGE, opset=24, parameters=0, evaluated=False)
    for name in sorted(
        names_in(
            "Acos Acosh Asin Asinh Atan Atanh Ceil Cos Cosh Floor Round Shrink Sign Sin Sinh Swish "
            "Tan"
        )
    )
] + [
    Case("CastLike", "CastLike", IMAGE, ("x", floats(0)), parameters=0),
    Case("LpNormalization", "LpNormalization", IMAGE, attributes={"axis": 1}),
]
REDUCED = [
    Case(f"{name} to one cell", name, IMAGE, ("x", whole(2, 3)))
    for name in sorted(
        names_in(
            "ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceMax ReduceMin ReduceProd "
            "ReduceSum ReduceSumSquare"
        )
    )
]

INTEGERS = np.arange(24, dtype=np.int8).reshape(6, 4, 1, 1)
ONLY_ONNX = [
    Case("GroupNormalization", "GroupNormalization", IMAGE, ("x", SCALE, SCALE), {"num_groups": 2}),
    Case("LayerNormalization", "LayerNormalization", IMAGE, ("x", weights(6), weights(6))),
    Case("LayerNormalization of two axes", "LayerNormalization", IMAGE, ("x", weights(7, 6)),
         {"axis": 2}),
    Case("RMSNormalization", "RMSNormalization", IMAGE, ("x", weights(6)), opset=23),
    Case("MeanVarianceNormalization", "MeanVarianceNormalization", IMAGE),
    Case("DepthToSpace", "DepthToSpace", IMAGE, attributes={"blocksize": 2}),
    Case("DepthToSpace CRD", "DepthToSpace", IMAGE, attributes={"blocksize": 2, "mode": "CRD"}),
    Case("SpaceToDepth", "SpaceToDepth", (1, 4, 8, 6), attributes={"blocksize": 2}),
    Case("Einsum", "Einsum", (1, 5, 12), ("x", MATRIX), {"equation": "btc,cd->btd"}),
    Case("LSTM", "LSTM", (5, 1, 12), ("x", weights(1, 32, 12), weights(1, 32, 8), weights(1, 64)),
         {"hidden_size": 8}),
    Case("GRU", "GRU", (5, 1, 12), ("x", weights(1, 24, 12), weights(1, 24, 8)),
         {"hidden_size": 8}),
    Case("RNN", "RNN", (5, 1, 12), ("x", weights(1, 8, 12), weights(1, 8, 8)), {"hidden_size": 8}),
    Case("Attention", "Attention", (1, 2, 5, 4), ("x", "x", "x"), opset=23),
    Case("DeformConv", "DeformConv", (1, 4, 7, 6),
         ("x", weights(6, 4, 1, 1), weights(1, 2, 7, 6)), {"kernel_shape": [1, 1]}, opset=22),
]  # fmt: skip
POOLS = [case for name in ("MaxPool", "AveragePool", "LpPool") for case in pools(name)]
CASES = [
    *CONVOLUTIONS, *POOLS, *PADS, *RESIZES, *PRODUCTS, *MIXED, *MOVED, *POINTWISE, *SHAPED,
    *REDUCED, *ONLY_ONNX,
]  # fmt: skip
# Tested where their inputs are integers, and operators that only move numbers.
ELSEWHERE = names_in(
    "ConvInteger QLinearConv MatMulInteger QLinearMatMul DequantizeLinear BitwiseNot BitwiseAnd "
    "BitwiseOr BitwiseXor BitShift And Or Xor Not Where IsNaN IsInf Equal Greater GreaterOrEqual "
    "Less LessOrEqual QuantizeLinear GlobalLpPool Mod Pow"
)
WITHOUT_FIELD = ("Einsum", "LSTM", "GRU", "RNN", "Attention", "DeformConv", "DepthToSpace")


def path_of(case: Case, folder: Path) -> str:
    path = folder / "node.onnx"
    path.write_bytes(model_of(case).SerializeToString())
    return str(path)


def steps_of(case: Case, folder: Path) -> list[Step]:
    from convcli.inputs.networks.onnx_files import stack_of_onnx

    return walk(stack_of_onnx(path_of(case, folder), Shape(case.shape)).nodes, Shape(case.shape))


def test_every_operator_that_is_read_has_a_case() -> None:
    assert {case.operator for case in CASES} >= {
        name for name in READERS if not name.startswith("com.microsoft.")
    } - ELSEWHERE
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_shapes_and_parameters_are_those_of_onnx(case: Case, tmp_path: Path) -> None:
    steps = steps_of(case, tmp_path)
    if case.evaluated:
        assert tuple(steps[0].output) == computed(case, distinct_input(case.shape))[0].shape
    if "ceil_mode" not in case.attributes:  # onnx counts windows that start behind the input, too
        assert inferred_shape(case) in (None, tuple(steps[0].output))
    assert case.evaluated or inferred_shape(case) is not None
    learnt = sum(
        value.size
        for value in case.inputs
        if not isinstance(value, str) and value.dtype == np.float32 and value.size > 1
    )
    assert steps[0].parameters == (learnt if case.parameters is None else case.parameters)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_unknown_is_said(case: Case, tmp_path: Path) -> None:
    from convcli.inputs.networks.onnx_network import GraphReader

    shape = Shape(case.shape)
    network = GraphReader(path_of(case, tmp_path), [(None, shape)]).network(shape)
    (operation,) = network.operations
    assert operation.macs is not None
    words = {sight.word for sight in operation.sights}
    said = [note for note in network.notes if "It is unknown which cells" in note]
    assert bool(said) == (words == {"unknown"})
    assert not said or not case.known or case.operator in (*MOVING, *WITHOUT_FIELD)


# What an input does to itself: nothing that an impulse could move.
CANCELLED = ("Sub of two", "Div of two")
READS = [
    case
    for case in CASES
    if case.name not in CANCELLED
    and case.known
    and case.evaluated
    and len(case.shape) > 2
    and case.operator not in (*MOVING, "MatMul", *WITHOUT_FIELD)
]


@pytest.mark.parametrize("case", READS, ids=lambda case: case.name)
def test_cells_that_are_read_are_those_that_impulses_move(case: Case, tmp_path: Path) -> None:
    steps = steps_of(case, tmp_path)
    if case.name in ("Concat of an axis", "Add that makes larger"):
        assert steps[0].readings is None
        return
    assert steps[0].readings is not None
    assert None not in steps[0].readings
    sizes = steps[0].output[2:]
    units = some_units(sizes)
    found = cells_read(lambda inputs: computed(case, *inputs), distinct_input(case.shape), units)
    assert cells_claimed(steps, case.shape, units) == found


@pytest.mark.parametrize("axis", [1, 2, 3])
def test_softmax_of_old_opsets_mixes_an_axis_and_all_behind_it(axis: int, tmp_path: Path) -> None:
    case = Case("", "Softmax", IMAGE, attributes={"axis": axis}, opset=11)
    steps = steps_of(case, tmp_path)
    seen = seen_by_unit(steps, 0, (3, 4), Shape(IMAGE)).cells
    assert seen == tuple(
        (range(size),) if at >= axis else (range(cell, cell + 1),)
        for at, (size, cell) in enumerate(zip(IMAGE[2:], (3, 4), strict=True), start=2)
    )
