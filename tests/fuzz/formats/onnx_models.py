"""ONNX models whose protobuf is intact and whose fields are damaged."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

from tests.fuzz.case import Case, packed, stack_case
from tests.fuzz.damage import damaged_bytes, number_of, text_of

OPERATORS = (
    "Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool", "GlobalAveragePool",
    "BatchNormalization", "Gemm", "MatMul",
    "Softmax", "Resize", "Upsample", "PRelu", "Concat", "Flatten", "Pad", "Relu", "Add", "Reshape",
    "Transpose", "Squeeze",
    "Constant", "Identity", "If", "Loop", "Scan", "LSTM", "Slice", "Split", "Gather", "Shape",
    "Cast", "InstanceNormalization",
    "Einsum", "Clip", "Nonsense", "Expand", "ReduceMean", "Tile", "Where", "ConstantOfShape",
)  # fmt: skip
ATTRIBUTES = (
    "axis", "axes", "pads", "strides", "dilations", "kernel_shape", "group", "auto_pad",
    "output_shape", "output_padding",
    "mode", "transB", "ceil_mode", "value", "coordinate_transformation_mode", "to", "perm",
    "epsilon", "body", "p",
)  # fmt: skip


def make(rng: random.Random) -> Case:
    model = whole_model(rng)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        rng.choice(DAMAGES)(rng, model)
    data = model.SerializeToString()
    if rng.random() < 0.1:
        data = damaged_bytes(rng, data)
    return stack_case(rng, "m.onnx", packed("m.onnx", data))


def whole_model(rng: random.Random) -> Any:
    """A model of a few operators, whose weights have their numbers."""
    from onnx import TensorProto, helper

    make_nodes = rng.choice((_plain, _classifier, _branches, _decoder))
    nodes, weights = make_nodes(helper)
    initializers = [
        helper.make_tensor(name, TensorProto.FLOAT, dims, _zeros(dims), raw=True)
        for name, dims in weights.items()
        if isinstance(dims, tuple)
    ]
    initializers += [
        helper.make_tensor(name, TensorProto.INT64, [len(values)], values)
        for name, values in weights.items()
        if isinstance(values, list)
    ]
    channels = 3 if make_nodes is _branches else 1
    sizes = [8, 8] if rng.random() < 0.5 else ["h", "w"]
    graph = helper.make_graph(
        nodes,
        "graph",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, channels, *sizes])],
        [helper.make_tensor_value_info(nodes[-1].output[0], TensorProto.FLOAT, None)],
        initializers,
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])


def _zeros(dims: tuple[int, ...]) -> bytes:
    count = 4
    for size in dims:
        count *= size
    return bytes(count)


def _plain(helper: Any) -> tuple[list[Any], dict[str, Any]]:
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["a"], pads=[1, 1, 1, 1], strides=[1, 1]),
        helper.make_node("BatchNormalization", ["a", "s", "s", "s", "s"], ["n"]),
        helper.make_node("Relu", ["n"], ["r"], name="/act/Relu"),
        helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
    ]
    return nodes, {"w": (4, 1, 3, 3), "b": (4,), "s": (4,)}


def _classifier(helper: Any) -> tuple[list[Any], dict[str, Any]]:
    nodes = [
        helper.make_node("AveragePool", ["x"], ["a"], kernel_shape=[2, 2], auto_pad="SAME_UPPER"),
        helper.make_node("Flatten", ["a"], ["f"]),
        helper.make_node("Gemm", ["f", "w", "b"], ["g"], transB=1),
        helper.make_node("PRelu", ["g", "slope"], ["q"]),
        helper.make_node("Softmax", ["q"], ["y"], axis=1),
    ]
    return nodes, {"w": (5, 64), "b": (5,), "slope": (5,)}


def _branches(helper: Any) -> tuple[list[Any], dict[str, Any]]:
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["a"], kernel_shape=[1, 1]),
        helper.make_node("Pad", ["x", "pads"], ["p"], mode="reflect"),
        helper.make_node("MaxPool", ["p"], ["m"], kernel_shape=[3, 3]),
        helper.make_node("Concat", ["a", "m"], ["c"], axis=1),
        helper.make_node("Transpose", ["c"], ["t"], perm=[0, 1, 3, 2]),
        helper.make_node("Add", ["c", "t"], ["y"]),
    ]
    return nodes, {"w": (2, 3, 1, 1), "pads": [0, 0, 1, 1, 0, 0, 1, 1]}


def _decoder(helper: Any) -> tuple[list[Any], dict[str, Any]]:
    nodes = [
        helper.make_node("ConvTranspose", ["x", "w"], ["a"], strides=[2, 2], output_shape=[16, 16]),
        helper.make_node("Resize", ["a", "", "", "sizes"], ["u"], mode="nearest"),
        helper.make_node("GlobalAveragePool", ["u"], ["g"]),
        helper.make_node("Reshape", ["g", "shape"], ["r"]),
        helper.make_node("MatMul", ["r", "m"], ["y"]),
    ]
    return nodes, {"w": (1, 2, 3, 3), "m": (2, 4), "sizes": [1, 2, 32, 32], "shape": [1, 2]}


def _messages(message: Any) -> list[Any]:
    """The message and all that it holds."""
    found = [message]
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for part in value if _is_repeated(field) else [value]:
            found += _messages(part)
    return found


def _is_repeated(field: Any) -> bool:
    known = getattr(field, "is_repeated", None)
    return bool(known) if known is not None else field.label == field.LABEL_REPEATED


def damage_a_field(rng: random.Random, model: Any) -> None:
    """Any field of any message: cleared, or set to a value of its type."""
    message = rng.choice(_messages(model))
    field = rng.choice(message.DESCRIPTOR.fields)
    if rng.random() < 0.3 or field.message_type is not None:
        message.ClearField(field.name)
        return
    if _is_repeated(field):
        values = getattr(message, field.name)
        del values[rng.randrange(len(values) + 1) :]
        with suppress(ValueError):
            values.extend(_value_for(rng, field) for _ in range(rng.choice((0, 1, 2, 9))))
    else:
        with suppress(ValueError):  # an enumeration may be closed
            setattr(message, field.name, _value_for(rng, field))


def _value_for(rng: random.Random, field: Any) -> Any:
    kind = field.cpp_type
    if kind == field.CPPTYPE_STRING:
        text = text_of(rng)
        return text.encode() if field.type == field.TYPE_BYTES else text
    if kind in (field.CPPTYPE_FLOAT, field.CPPTYPE_DOUBLE):
        return rng.choice((0.0, 1e30, float("nan"), -1.0))
    if kind == field.CPPTYPE_ENUM:
        return rng.choice((*field.enum_type.values_by_number, 99))
    if kind == field.CPPTYPE_BOOL:
        return rng.random() < 0.5
    number = number_of(rng)
    bits = 32 if kind in (field.CPPTYPE_INT32, field.CPPTYPE_UINT32) else 64
    signed = kind in (field.CPPTYPE_INT32, field.CPPTYPE_INT64)
    number &= 2**bits - 1
    return number - 2**bits if signed and number >= 2 ** (bits - 1) else number


def damage_a_node(rng: random.Random, model: Any) -> None:
    nodes = model.graph.node
    if not nodes:
        return
    node = rng.choice(nodes)
    match rng.randrange(7):
        case 0:
            node.op_type = rng.choice((*OPERATORS, text_of(rng)))
        case 1:
            node.name = text_of(rng)
        case 2:
            node.input.append(next(iter(rng.choice(nodes).output), "x"))
        case 3:
            del node.input[rng.randrange(len(node.input) + 1) :]
        case 4:
            nodes.append(node)
        case 5:
            node.domain = text_of(rng)
        case 6:
            del node.output[:]
            node.output.extend(rng.choice((["x"], ["a"], ["a", "a"], [""], [])))


def damage_an_attribute(rng: random.Random, model: Any) -> None:
    from onnx import helper

    nodes = model.graph.node
    if not nodes:
        return
    node = rng.choice(nodes)
    if node.attribute and rng.random() < 0.3:
        del node.attribute[rng.randrange(len(node.attribute))]
    taken = [attribute.name for attribute in node.attribute]
    value = rng.choice((
        number_of(rng), [number_of(rng) for _ in range(rng.choice((1, 2, 4, 8)))], text_of(rng),
        float(rng.random()),
        [0.5, 2.0], ["a", "b"], model.graph, b"SAME_LOWER", [0, 0], [3, 3, 3],
    ))  # fmt: skip
    attribute = helper.make_attribute(rng.choice((*taken, *taken, *ATTRIBUTES)), value)
    for at in reversed(range(len(node.attribute))):
        if node.attribute[at].name == attribute.name and rng.random() < 0.8:
            del node.attribute[at]
    node.attribute.append(attribute)


def damage_a_weight(rng: random.Random, model: Any) -> None:
    if not model.graph.initializer:
        return
    tensor = rng.choice(model.graph.initializer)
    match rng.randrange(6):
        case 0:
            tensor.dims[rng.randrange(len(tensor.dims) or 1) :] = [number_of(rng)]
        case 1:
            tensor.raw_data = damaged_bytes(rng, tensor.raw_data)
        case 2:
            tensor.data_type = rng.choice((*range(24), 99, -1))
        case 3:
            tensor.data_location = 1
            entry = tensor.external_data.add()
            entry.key, entry.value = (
                "location",
                rng.choice(("../../etc/passwd", "/etc/passwd", text_of(rng))),
            )
        case 4:
            tensor.name = text_of(rng)
        case 5:
            del tensor.dims[:]
            tensor.dims.extend([2] * rng.choice((0, 1, 3, 40)))


def damage_the_input(rng: random.Random, model: Any) -> None:
    if not model.graph.input:
        return
    given = model.graph.input[0]
    dims = given.type.tensor_type.shape.dim
    match rng.randrange(5):
        case 0 if dims:
            rng.choice(dims).dim_param = text_of(rng)
        case 1:
            del dims[rng.randrange(len(dims) + 1) :]
        case 2:
            dims.add().dim_value = number_of(rng)
        case 3:
            given.type.sequence_type.elem_type.tensor_type.elem_type = 1
        case _:
            given.type.tensor_type.elem_type = rng.choice((0, 7, 8, 99))


def damage_the_versions(rng: random.Random, model: Any) -> None:
    model.ir_version = rng.choice((0, 1, 3, 99, 2**40))
    if model.opset_import:
        model.opset_import[0].version = rng.choice((0, 1, 6, 9, 13, 23, 99, -1))
    if rng.random() < 0.3:
        del model.opset_import[:]


DAMAGES = (
    damage_a_field, damage_a_field, damage_a_node, damage_a_node, damage_an_attribute,
    damage_an_attribute, damage_a_weight,
    damage_a_weight, damage_the_input, damage_the_versions,
)  # fmt: skip
