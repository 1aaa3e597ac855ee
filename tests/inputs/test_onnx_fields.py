"""Receptive fields of ONNX graphs: every unit, on every axis, against onnx's evaluator."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from tests.fields import wrong_claims
from tests.impulses import distinct_input
from tests.onnx_graphs import weights, whole

onnx = pytest.importorskip("onnx")
IMAGE = (1, 4, 8, 8)


class Graph(NamedTuple):
    """Nodes `output = Operator(inputs) attribute=...` from x to y, and the constants they read.

    `seen` is what unit (0, 1) sees, None where that is no exact claim.
    """

    nodes: str
    seen: str | None
    constants: Mapping[str, Any] = {}
    opset: int = 21


def _mask(*numbers: int) -> Any:
    return np.array(numbers, bool)


CASES = [
    Graph("a,y = Split(x) axis=2 num_outputs=2", "4 1"),
    Graph("a,b = Split(x) axis=2 num_outputs=2; y = Sub(b,a)", "0,4 1"),
    Graph("a,b,c,d = Split(x,s) axis=3; y = Add(a,d)", "0 1,7", {"s": whole(2, 2, 2, 2)}),
    Graph("a,b,y = Split(x,s) axis=2", "6 1", {"s": whole(3, 3, 2)}),
    Graph("a,b,y = Split(x,s) axis=2", "5 1", {"s": whole(2, 3, 3)}),
    Graph("a,b,y = Split(x) axis=2 num_outputs=3", "6 1"),
    Graph("a,b,y = Split(x,s) axis=-2", "5 1", {"s": whole(2, 3, 3)}),
    Graph("y = LpNormalization(x)", "0 0..7"),
    Graph("y = LpNormalization(x) axis=2 p=1", "0..7 1"),
    Graph("y = ArgMax(x) axis=2", "0..7 1"),
    Graph("y = ReduceSum(x) noop_with_empty_axes=1", "0 1"),
    Graph("y = ReduceMean(x,a) noop_with_empty_axes=1", "0 1", {"a": whole()}),
    Graph("y = ReduceMax(x,a) keepdims=1", "0 0..7", {"a": whole(-1)}),
    Graph("y = MeanVarianceNormalization(x) axes=[1]", "0 1"),
    Graph("y = MeanVarianceNormalization(x) axes=[2]", "0..7 1"),
    Graph("y = MeanVarianceNormalization(x) axes=[0,3]", "0 0..7"),
    Graph("y = MeanVarianceNormalization(x)", "0..7 0..7"),
    Graph("y,m,v = BatchNormalization(x,s,s,s,s) training_mode=1", "0..7 0..7", {"s": weights(4)}),
    Graph("y = BatchNormalization(x,s,s,s,s)", "0 1", {"s": weights(4)}),
    Graph("a = Slice(x,s,e,i,t); y = ReduceMean(a,i)", "0 1,3,5,7",
          {"s": whole(-1), "e": whole(-9), "i": whole(3), "t": whole(-2)}),
    Graph("y = Slice(x,s,e,i,t)", "0 6",
          {"s": whole(-1), "e": whole(-9), "i": whole(3), "t": whole(-1)}),
    Graph("y = Gather(x,i) axis=3", "0 2", {"i": whole(5, 2, 2, 0)}),
    Graph("y = Gather(x,i) axis=2", "3 1", {"i": whole(3, 1)}),
    Graph("y = Tile(x,r)", "0 1", {"r": whole(1, 1, 2, 1)}),
    Graph("y = Concat(x,x) axis=2", "0 1"),
    Graph("a = GlobalMaxPool(x); y = Concat(x,b) axis=2; b = Expand(a,s)", "0 1",
          {"s": whole(1, 4, 8, 8)}),
    Graph("y = CumSum(x,a)", "0 0..1", {"a": np.array(3)}),
    Graph("y = CumSum(x,a) reverse=1 exclusive=1", "0 2..7", {"a": np.array(3)}),
    Graph("y = Where(m,x,b); b = Transpose(x) perm=[0,1,3,2]", "1 0",
          {"m": _mask(1, 0, 1, 1, 0, 0, 1, 0)}),
    Graph("y = Mul(x,m)", "0 1", {"m": weights(8) * np.float32([0, 1] * 4)}),
    Graph("y = Add(x,m)", "0 1", {"m": weights(8)}),
    Graph("y = Einsum(x,x) equation='nchw,nchv->ncwv'", "0..7 0..1"),
    Graph("y = Transpose(x) perm=[0,1,3,2]", "1 0"),
    Graph("y = DepthToSpace(x) blocksize=2", "0 0"),
    Graph("a = SpaceToDepth(x) blocksize=2; y,b = Split(a) axis=1 num_outputs=2", "0 2..3"),
    Graph("a = SpaceToDepth(x) blocksize=2; y = DepthToSpace(a) blocksize=2 mode='CRD'",
          "0..1 0..1"),
    Graph("y = Softmax(x) axis=2", "0..7 1"),
    Graph("y = Conv(x,w)", "0..1 1..2", {"w": weights(2, 4, 2, 2)}),
    Graph("y = LRN(x) size=3", "0 1"),
    Graph("y = Pad(x,p)", "", {"p": whole(0, 0, 1, 1, 0, 0, 0, 0)}),
]  # fmt: skip


def _model(graph: Graph, shape: tuple[int, ...]) -> Any:
    from onnx import TensorProto, helper, numpy_helper

    pending = [one.strip() for one in graph.nodes.split(";")]
    known, nodes = {"x", *graph.constants}, []
    while pending:  # in an order in which each is made before it is read
        text = pending.pop(0)
        outputs, _, call = text.partition(" = ")
        operator, _, rest = call.partition("(")
        inputs, _, words = rest.partition(")")
        if not set(inputs.split(",")) <= known:
            pending.append(text)
            continue
        named = {}
        for word in words.split():
            key, _, value = word.partition("=")
            named[key] = value.strip("'") if value[0] == "'" else _number(value)
        nodes.append(helper.make_node(operator, inputs.split(","), outputs.split(","), **named))
        known.update(outputs.split(","))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    tensors = [numpy_helper.from_array(one, name) for name, one in graph.constants.items()]
    made = helper.make_graph(nodes, "graph", [x], [y], tensors)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", graph.opset)])


def _number(text: str) -> Any:
    if text[0] == "[":
        return [int(one) for one in text.strip("[]").split(",")]
    return int(text)


def _checked(graph: Graph, path: Path) -> tuple[Any, list[str], int]:
    from onnx.reference import ReferenceEvaluator

    from convcli.inputs.networks.onnx_network import GraphReader

    model = _model(graph, IMAGE)
    path.write_bytes(model.SerializeToString())
    network = GraphReader(str(path), [(None, Shape(IMAGE))]).network(Shape(IMAGE))
    evaluator = ReferenceEvaluator(model)

    def compute(x: Any) -> Any:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NaN in a mean
            return np.asarray(evaluator.run(None, {"x": x.astype(np.float32)})[0], np.float64)

    x = 2 * distinct_input(IMAGE, np.float32)
    wrong, compared = wrong_claims(network, compute, x, noise=1e-5)
    return network, wrong, compared


@pytest.mark.parametrize("graph", CASES, ids=[f"{one.nodes[:60]} {one.seen}" for one in CASES])
def test_every_unit_sees_what_moves_it(graph: Graph, tmp_path: Path) -> None:
    network, wrong, compared = _checked(graph, tmp_path / "m.onnx")
    assert not wrong
    assert compared
    units = network.units(len(network.operations) - 1)
    unit = tuple(min(place, size - 1) for place, size in zip((0, 1), units, strict=True))
    seen = network.seen_by_unit(len(network.operations) - 1, unit)
    assert seen.is_exact == (graph.seen is not None)
    if graph.seen is not None:
        cells = [{cell for span in spans for cell in span} for spans in seen.cells]
        assert cells == ([set(_cells(text)) for text in graph.seen.split()] or [set(), set()])


def _cells(text: str) -> list[int]:
    ends = [part.partition("..") for part in text.split(",")]
    return [at for first, _, last in ends for at in range(int(first), int(last or first) + 1)]


STEPS = """
Relu({v})
Split({v}) axis={2|3|-1|1} num_outputs=2
Slice({v},zero,two,{i2|i3},one)
Slice({v},last,before,{i2|i3},{back|back2})
Gather({v},pick) axis={2|3|1}
Transpose({v}) perm=[0,1,3,2]
Concat({v},{u}) axis={1|2|3}
Add({v},{u})
Mul({v},{u})
ReduceMean({v},{i1|i2|i3}) keepdims=1
ReduceMax({v}) noop_with_empty_axes=1
LpNormalization({v}) axis={1|2|3|-1}
MeanVarianceNormalization({v}) axes=[{1|2|3}]
Softmax({v}) axis={1|2|-1}
CumSum({v},{a2|a3}) reverse={0|1} exclusive={0|1}
SpaceToDepth({v}) blocksize=2
DepthToSpace({v}) blocksize=2 mode={'DCR'|'CRD'}
AveragePool({v}) kernel_shape=[{1|2},{2|3}] strides=[{1|2},{1|3}]
Pad({v},pads)
Tile({v},twice)
GlobalAveragePool({v})
Einsum({v},{v}) equation='nchw,nchv->ncwv'
""".strip().splitlines()
CONSTANTS = {
    "zero": whole(1), "two": whole(5), "one": whole(2), "last": whole(-1), "before": whole(-9),
    "back": whole(-1), "back2": whole(-2), "i1": whole(1), "i2": whole(2), "i3": whole(3),
    "pick": whole(2, 0, 1, 1), "pads": whole(0, 0, 1, 0, 0, 0, 0, 2),
    "a2": np.array(2), "a3": np.array(3), "twice": whole(1, 1, 1, 2),
}  # fmt: skip


def _random_graph(seed: int) -> Graph | None:
    import re

    from onnx.reference import ReferenceEvaluator

    random = Random(seed)
    nodes: list[str] = []
    values = ["x"]
    x = distinct_input(IMAGE, np.float32)
    for step in range(random.randint(1, 4)):
        for _ in range(20):
            line = random.choice(STEPS)
            line = line.replace("{v}", values[-1]).replace("{u}", random.choice(values))
            line = re.sub(r"\{([^{}]*)\}", lambda m: random.choice(m[1].split("|")), line)
            names = [f"v{step}", f"w{step}"] if line.startswith("Split") else [f"v{step}"]
            text = f"{','.join(names)} = {line}"
            graph = Graph("; ".join([*nodes, text, f"y = Identity({names[-1]})"]), None, CONSTANTS)
            try:
                result = ReferenceEvaluator(_model(graph, IMAGE)).run(None, {"x": x})[0]
            except Exception:  # nodes that do not fit
                continue
            if result.ndim == 4 and 0 < result.size < 4_000:
                nodes.append(text)
                values += names
                break
    used = [name for name in CONSTANTS if any(re.search(rf"\b{name}\b", one) for one in nodes)]
    constants = {name: CONSTANTS[name] for name in used}
    return Graph("; ".join([*nodes, f"y = Identity({values[-1]})"]), None, constants)


@pytest.mark.parametrize("seed", range(12))
def test_units_of_random_graphs_see_what_moves_them(seed: int, tmp_path: Path) -> None:
    graph = _random_graph(seed)
    _, wrong, _ = _checked(graph, tmp_path / "m.onnx")
    assert not wrong, graph.nodes


@pytest.mark.slow
def test_units_of_many_graphs_see_what_moves_them(tmp_path: Path) -> None:
    failures, compared = [], 0
    for seed in range(12, 450):
        graph = _random_graph(seed)
        _, wrong, count = _checked(graph, tmp_path / "m.onnx")
        compared += count
        failures += [f"{seed}: {wrong[0]} in {graph.nodes}"] if wrong else []
    assert not failures
    assert compared > 20_000
