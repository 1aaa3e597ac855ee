"""Small files that stand for much: what they take stays near their size, in memory and in time."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from tests.fuzz.case import Case, packed
from tests.fuzz.driver import Workers
from tests.fuzz.test_trust_rows import ONE, PEAK, RUN, SHAPE, refused

EQUAL_HASH = 2**61 - 1  # multiples of it are one hash for Python
LONG_KEY = b"a" * 100_000
ROOM = ("--max-memory", "256M")


def _torch_archive(pickle: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("archive/data.pkl", pickle)
        archive.writestr("archive/version", "3\n")
    return stream.getvalue()


def _text(text: bytes) -> bytes:
    return b"X" + struct.pack("<I", len(text)) + text


def _numbered(line: bytes) -> bytes:
    return b"".join(line % (i * EQUAL_HASH) for i in range(40_000))


_TENSOR = b"ctorch._utils\n_rebuild_tensor_v2\n)R"
PICKLES: dict[str, Callable[[], bytes]] = {
    "long-key": lambda: b"}" + _text(LONG_KEY) + b"(" + b"N" * 20_000 + b"ts",
    "long-key-of-tensors": lambda: b"}" + _text(LONG_KEY) + b"(" + _TENSOR * 2_000 + b"ts",
    "keys-of-one-hash": lambda: b"}(" + _numbered(b"L%dL\nN") + b"u",
    "places-of-one-hash": lambda: b"N" + _numbered(b"p%d\n"),
    "shared-arguments": lambda: b"](" + b"N" * 20_000 + b"tq\x00("
        + b"ca\nb\nh\x00R" * 5_000 + b"e",
    "shared-name": lambda: b"](" + _text(LONG_KEY) + b"q\x00" + b"h\x00h\x00\x93" * 5_000 + b"e",
}  # fmt: skip


@pytest.mark.parametrize("name", PICKLES)
def test_a_pickle_takes_what_it_holds(name: str, workers: Workers) -> None:
    data = _torch_archive(b"\x80\x02" + PICKLES[name]() + b".")
    refused(Case((*RUN, "x.pt", ONE, *ROOM), packed("x.pt", data), peak=PEAK), workers, 3)


KEYS = "".join(f", {i * EQUAL_HASH}: 1" for i in range(20_000))
REPEATED = "100000 x ReLU()"
LISTS: dict[str, tuple[str, str]] = {
    "keys-of-one-hash": ("m.yaml", f"- {{layer: ReLU(){KEYS}}}"),
    "repeats": ("m.txt", f"{REPEATED}\n" * 100),
    "repeats-in-json": ("m.json", json.dumps([REPEATED] * 100)),
    "repeats-in-records": ("m.json", json.dumps([{"a": REPEATED}] * 100)),
    "repeats-in-yaml": ("m.yaml", f"- {REPEATED}\n" * 100),
    "repeats-in-toml": ("m.toml", f"layers = {[REPEATED] * 100}"),
    "repeats-in-a-print": ("m.txt", "Sequential(\n" + "".join(
        f"  ({i}00000-{i}99999): 100000 x ReLU()\n" for i in range(1, 30)) + ")"),
    "long-name": ("m.txt", f"{'a' * 50_000}: {REPEATED}"),
    "long-names-in-json": ("m.json", json.dumps([{"a" * 50_000: REPEATED}])),
    "long-names-in-a-print": ("m.txt", f"Sequential(\n  ({'a' * 50_000}): Sequential(\n"
        f"    (0-99999): {REPEATED}\n  )\n)"),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_takes_what_it_holds(name: str, workers: Workers) -> None:
    file, text = LISTS[name]
    needs = ("yaml",) if file.endswith("yaml") else ()
    pytest.importorskip("yaml" if needs else "json")
    refused(Case(("stack", file, SHAPE), packed(file, text), needs=needs, peak=PEAK), workers, 3)


@pytest.mark.parametrize("sources", [(REPEATED,), (REPEATED,) * 9, ("m.txt",) * 9])
def test_layers_that_repeat_are_admitted(sources: tuple[str, ...], workers: Workers) -> None:
    case = Case(("stack", *sources, SHAPE, "--max-memory", "64M"), packed("m.txt", REPEATED))
    refused(case._replace(peak=PEAK), workers, 4)


def _model(
    nodes: list[tuple[str, list[str], dict[str, Any]]],
    last: str = "Reshape",
    functions: tuple[Any, ...] = (),
    **constants: Any,
) -> bytes:
    """A graph that makes c0, c1, ... of the constants and ends with an operator on x and these."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    made = [
        helper.make_node(kind, inputs, [f"c{i}"], **attributes)
        for i, (kind, inputs, attributes) in enumerate(nodes)
    ]
    end = f"c{len(nodes) - 1}"
    made.append(helper.make_node(last, [end] if last == "ConstantOfShape" else ["x", end], ["y"]))
    made.append(helper.make_node("Relu", ["x"], ["z"]))
    graph = helper.make_graph(
        made,
        "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 1, 8, 8])],
        [helper.make_empty_tensor_value_info(name) for name in "yz"],
        [numpy_helper.from_array(np.array(of, np.int64), name) for name, of in constants.items()],
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("f", 1)]
    model = helper.make_model(graph, opset_imports=opsets, functions=functions, ir_version=9)
    return model.SerializeToString()


def _doubled(kind: str, count: int, **attributes: Any) -> list[tuple[str, list[str], Any]]:
    names = ["a", *(f"c{i}" for i in range(count - 1))]
    second = {"Concat": None, "Tile": "two", "Pad": "pads"}[kind]
    return [(kind, [name, second or name], attributes) for name in names]


def _calls(levels: int, leaf: Any) -> bytes:
    """Functions that call the one before twice; the first is a node."""
    from onnx import helper

    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("f", 1)]
    bodies = [helper.make_function("f", "f0", ["a"], ["b"], [leaf("a", "b")], opsets)]
    for i in range(1, levels):
        calls = [
            helper.make_node(f"f{i - 1}", [source], [result], domain="f")
            for source, result in (("a", "h"), ("h", "b"))
        ]
        bodies.append(helper.make_function("f", f"f{i}", ["a"], ["b"], calls, opsets))
    call = ("f" + str(levels - 1), ["x"], {"domain": "f"})
    return _model([call], "Add", tuple(bodies))


def _large_leaf(source: str, result: str) -> Any:
    from onnx import helper

    return helper.make_node("Elu", [source], [result], doc_string="d" * 100_000)


def _plain_leaf(source: str, result: str) -> Any:
    from onnx import helper

    return helper.make_node("Relu", [source], [result])


def _in_a_branch(nodes: list[Any], **constants: Any) -> bytes:
    """An If on what is unknown, with these nodes in its branches."""
    import onnx
    from onnx import TensorProto, helper

    model = onnx.load_model_from_string(_model(nodes, **constants))
    nodes = list(model.graph.node)
    branch = helper.make_graph(nodes[:-1], "b", [], [model.graph.output[0]])
    made = [
        helper.make_node("ReduceMax", ["x"], ["m"], keepdims=0),
        helper.make_node("Cast", ["m"], ["q"], to=TensorProto.BOOL),
        helper.make_node("If", ["q"], ["y"], then_branch=branch, else_branch=branch),
        nodes[-1],
    ]
    del model.graph.node[:]
    model.graph.node.extend(made)
    return model.SerializeToString()


DOUBLED = {"a": [1], "two": [2]}
GRAPHS: dict[str, Callable[[], bytes]] = {
    "reshape": lambda: _model(_doubled("Concat", 22, axis=0), a=[1]),
    "reshape-more": lambda: _model(_doubled("Concat", 31, axis=0), a=[1]),
    "expand": lambda: _model(_doubled("Concat", 22, axis=0), "Expand", a=[1]),
    "tile": lambda: _model(_doubled("Concat", 22, axis=0), "Tile", a=[1]),
    "unsqueeze": lambda: _model(_doubled("Concat", 22, axis=0), "Unsqueeze", a=[1]),
    "squeeze": lambda: _model(_doubled("Concat", 22, axis=0), "Squeeze", a=[1]),
    "pad": lambda: _model(_doubled("Concat", 22, axis=0), "Pad", a=[1]),
    "constant-of-shape": lambda: _model(_doubled("Concat", 22, axis=0), "ConstantOfShape", a=[1]),
    "doubled-by-tile": lambda: _model(_doubled("Tile", 22), **DOUBLED),
    "doubled-by-pad": lambda: _model(_doubled("Pad", 22), a=[1], pads=[2**20, 2**20]),
    "expanded": lambda: _model([("Expand", ["a", "big"], {})], a=[1], big=[2**24]),
    "filled": lambda: _model([("ConstantOfShape", ["big"], {})], big=[2**24]),
    "counted": lambda: _model([("Range", ["o", "n", "s"], {})], o=0, n=2**24, s=1),
    "gathered": lambda: _model([
        ("ConstantOfShape", ["big"], {}), ("Gather", ["a", "c0"], {})], a=[1], big=[2**24]),
    "joined": lambda: _model([
        *_doubled("Concat", 12, axis=0), ("Concat", ["c11"] * 20_000, {"axis": 0})], a=[1]),
    "many-constants": lambda: _model([
        *_doubled("Concat", 12, axis=0), *([("Add", ["c11", "c11"], {})] * 500)], a=[1]),
    "squared": lambda: _model([
        *_doubled("Concat", 12, axis=0), ("Reshape", ["c11", "row"], {}),
        ("Reshape", ["c11", "column"], {}), ("Add", ["c12", "c13"], {}),
        ("Reshape", ["c14", "flat"], {})], a=[1], row=[1, -1], column=[-1, 1], flat=[-1]),
    "branch": lambda: _in_a_branch(_doubled("Concat", 22, axis=0), a=[1]),
    "branch-of-tile": lambda: _in_a_branch(_doubled("Tile", 22), **DOUBLED),
    "branch-of-filled": lambda: _in_a_branch([("ConstantOfShape", ["big"], {})], big=[2**22]),
    "branch-of-range": lambda: _in_a_branch([("Range", ["o", "n", "s"], {})], o=0, n=2**22, s=1),
    "functions": lambda: _calls(16, _plain_leaf),
    "functions-more": lambda: _calls(400, _plain_leaf),
    "functions-of-bytes": lambda: _calls(12, _large_leaf),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_a_graph_takes_what_it_holds(name: str, workers: Workers) -> None:
    pytest.importorskip("onnx")
    files = packed("m.onnx", GRAPHS[name]())
    case = Case(("stack", "m.onnx", SHAPE), files, needs=("onnx", "onnx.reference"), peak=PEAK)
    refused(case, workers, 2, 3, 4)


def test_a_branch_that_computes_a_shape_is_read(workers: Workers) -> None:
    pytest.importorskip("onnx")
    nodes = [
        ("Range", ["o", "n", "s"], {}),  # a vector of 512, whose shape is one number
        ("Shape", ["c0"], {}),
        ("Sub", ["c1", "c1"], {}),
        ("Concat", ["c2", "n1"], {"axis": 0}),
    ]
    data = _in_a_branch(nodes, o=0, n=512, s=1, n1=[-1])
    case = Case(("stack", "m.onnx", SHAPE), packed("m.onnx", data), needs=("onnx",))
    outcome = workers.run(case)
    assert b"at most 64 axes" not in outcome.err, outcome
