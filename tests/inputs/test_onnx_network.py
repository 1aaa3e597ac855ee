"""Graphs of ONNX as recorded networks: what units see, sizes, several inputs, fixed shapes."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.recorded import RecordedNetwork
from convcli.engine.network.walk import Seen
from convcli.errors import ConvError
from tests.inputs.test_onnx_files import graph_of
from tests.inputs.test_onnx_values import two_inputs
from tests.onnx_graphs import weights, whole

pytest.importorskip("onnx")
IMAGE = (1, 4, 9, 8)
CONV = {"pads": [1, 1, 1, 1]}


def recorded(model: Any, folder: Path, shape: tuple[int, ...] = IMAGE) -> RecordedNetwork:
    path = folder / "net.onnx"
    path.write_bytes(model.SerializeToString())
    return recorded_file(path, shape)


def recorded_file(path: Path, shape: tuple[int, ...]) -> RecordedNetwork:
    from convcli.inputs.networks.onnx_network import GraphReader

    return GraphReader(str(path), [(None, Shape(shape))]).network(Shape(shape))


def cells_of(seen: Seen) -> list[set[int]]:
    return [{cell for part in of_axis for cell in part} for of_axis in seen.cells]


def moved(model: Any, shape: tuple[int, ...], axis: int, unit: tuple[int, ...]) -> set[int]:
    """The cells of an axis of the input that change outputs at `unit`, by impulses."""
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(model)
    x = np.linspace(0.1, 1, int(np.prod(shape)), dtype=np.float32).reshape(shape)

    def outputs(x: Any) -> Any:
        return evaluator.run(None, {"x": x})[0][(slice(None), slice(None), *unit)]

    base, found = outputs(x), set()
    for cell in range(shape[axis]):
        changed = x.copy()
        changed[(slice(None),) * axis + (cell,)] += 1
        if not np.array_equal(outputs(changed), base):
            found.add(cell)
    return found


def shuffled() -> tuple[list[Any], dict[str, Any]]:
    """Two halves of the channels, of which one is convolved; then the channels are shuffled."""
    nodes = [
        ("Split", ["x", "halves"], ["a", "b"], {"axis": 1}),
        ("Conv", ["b", "w"], ["c"], CONV),
        ("Concat", ["a", "c"], ["d"], {"axis": 1}),
        ("Reshape", ["d", "split"], ["e"], {}),
        ("Transpose", ["e"], ["f"], {"perm": [0, 2, 1, 3, 4]}),
        ("Reshape", ["f", "whole"], ["g"], {}),
        ("Conv", ["g", "v"], ["y"], {"strides": [2, 1]}),
    ]
    tensors = {
        "halves": whole(2, 2), "w": weights(2, 2, 3, 3), "v": weights(3, 4, 1, 3),
        "split": whole(0, 2, 2, 9, 8), "whole": whole(0, 4, 9, 8),
    }  # fmt: skip
    return nodes, tensors


GRAPHS: dict[str, tuple[list[Any], dict[str, Any]]] = {
    "shuffle": shuffled(),
    "slice": (
        [("Slice", ["x", "from", "to", "axes"], ["a"], {}), ("Conv", ["a", "w"], ["y"], CONV)],
        {"from": whole(1, 2), "to": whole(8, 99), "axes": whole(2, 3), "w": weights(2, 4, 3, 3)},
    ),
    "transposed": (
        [("Transpose", ["x"], ["a"], {"perm": [0, 2, 3, 1]}), ("MatMul", ["a", "m"], ["b"], {}),
         ("Transpose", ["b"], ["c"], {"perm": [0, 3, 1, 2]}), ("Conv", ["c", "w"], ["y"], CONV)],
        {"m": weights(4, 5), "w": weights(2, 5, 3, 3)},
    ),
    "pooled": (
        [("MaxPool", ["x"], ["a"], {"kernel_shape": [3, 3], "strides": [2, 2]}),
         ("Resize", ["a", "", "", "sizes"], ["b"], {"mode": "nearest"}),
         ("Conv", ["b", "w"], ["y"], CONV)],
        {"sizes": whole(1, 4, 8, 6), "w": weights(2, 4, 3, 3)},
    ),
    "padded": (
        [("Pad", ["x", "pads"], ["a"], {}), ("Conv", ["a", "w"], ["y"], {})],
        {"pads": whole(0, 1, 2, 0, 0, 1, 0, 1), "w": weights(2, 6, 3, 2)},
    ),
    "residual": (
        [("Conv", ["x", "w"], ["a"], CONV), ("Relu", ["a"], ["b"], {}),
         ("Add", ["b", "x"], ["y"], {})],
        {"w": weights(4, 4, 3, 3)},
    ),
    "gather": (
        [("Gather", ["x", "rows"], ["a"], {"axis": 2}), ("Conv", ["a", "w"], ["y"], CONV)],
        {"rows": whole(0, 2, 4, 6, 8), "w": weights(2, 4, 3, 3)},
    ),
    "gated": (
        [("GlobalAveragePool", ["x"], ["a"], {}), ("Sigmoid", ["a"], ["b"], {}),
         ("Mul", ["x", "b"], ["y"], {})],
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_units_see_the_cells_that_impulses_move(name: str, tmp_path: Path) -> None:
    model = graph_of(*GRAPHS[name])
    network = recorded(model, tmp_path)
    last = len(network.operations) - 1
    for unit in ((0, 0), (2, 3), (3, 5)):
        seen = network.seen_by_unit(last, unit)
        assert seen.is_exact
        assert cells_of(seen) == [moved(model, IMAGE, axis, unit) for axis in (2, 3)]


def test_every_size_is_inferred_again(tmp_path: Path, convcli: Callable[..., Any]) -> None:
    nodes: list[Any] = [
        ("Conv", ["x", "w"], ["a"], {"strides": [2, 2], "pads": [1, 1, 1, 1]}),
        ("Shape", ["x"], ["s"], {"start": 2}),
        ("Shape", ["a"], ["t"], {"end": 2}),
        ("Concat", ["t", "s"], ["sizes"], {"axis": 0}),
        ("Resize", ["a", "", "", "sizes"], ["y"], {"mode": "linear"}),
    ]
    path = tmp_path / "net.onnx"
    path.write_bytes(graph_of(nodes, {"w": weights(2, 4, 3, 3)}).SerializeToString())
    result = convcli("stack", path, "1x4x8x8", "--sizes", "5..9", "--json")
    tried = json.loads(result.out)["sizes"]["tried"]
    assert [one["output"] for one in tried] == [[1, 2, n, n] for n in range(5, 10)]


def test_sizes_that_a_graph_fixes_are_no_others(
    tmp_path: Path, convcli: Callable[..., Any]
) -> None:
    nodes = [("Reshape", ["x", "rows"], ["y"], {})]
    path = tmp_path / "net.onnx"
    path.write_bytes(graph_of(nodes, {"rows": whole(1, 4, 64)}).SerializeToString())
    assert convcli("stack", path, "1x4x8x8", "-q").out == "1x4x64\n"
    result = convcli("stack", path, "1x4x9x9", "-q")
    assert (result.status, result.out) == (2, "")
    assert "Reshape makes 1x4x64 of 1x4x9x9" in result.err
    assert json.loads(convcli("stack", path, "1x4x8x8", "--sizes", "7..9", "--json").out)["sizes"][
        "legal"
    ] == [8]


@pytest.mark.parametrize(
    "shapes", [("1x3x8x8", "1x2x8x8"), ("x=1x3x8x8", "z=1x2x8x8"), ("1x3x8x8", "z=1x2x8x8")]
)
def test_several_inputs_on_the_command_line(
    shapes: tuple[str, ...], tmp_path: Path, convcli: Callable[..., Any]
) -> None:
    path = tmp_path / "two.onnx"
    path.write_bytes(two_inputs("Concat", ("N", 2, "H", "W"), {"axis": 1}).SerializeToString())
    result = convcli("stack", path, *shapes, "--json")
    assert result.status == 0, result.err
    data = json.loads(result.out)
    assert data["output"]["shape"] == [1, 10, 6, 6]
    assert data["total"]["macs"] == 36 * 5 * 9 * 5
    sizes = json.loads(convcli("stack", path, *shapes, "--sizes", "7..9", "--json").out)["sizes"]
    assert [one["output"] for one in sizes["tried"]] == [[1, 10, n, n] for n in (5, 6, 7)]
    assert convcli("stack", path, "1x3x8x8").status == 2
    assert "the shape of 'z' is missing" in convcli("stack", path, "1x3x8x8").err
    assert "the inputs of the model are x, z" in convcli("stack", path, "q=1x3x8x8").err


def test_a_missing_batch_axis_is_added_and_said(
    tmp_path: Path, convcli: Callable[..., Any]
) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(graph_of([("Relu", ["x"], ["y"], {})], {}).SerializeToString())
    result = convcli("stack", path, "4x8x8", "-q")
    assert result.out == "1x4x8x8\n"
    assert "needs a batch axis: it is read on 1x4x8x8" in result.err
    sizes = json.loads(convcli("stack", path, "4x8x8", "--sizes", "7..8", "--json").out)["sizes"]
    assert [one["output"] for one in sizes["tried"]] == [[1, 4, n, n] for n in (7, 8)]


def test_products_of_activations_are_counted_apart(tmp_path: Path) -> None:
    nodes = [
        ("Transpose", ["x"], ["t"], {"perm": [0, 1, 3, 2]}),
        ("MatMul", ["x", "t"], ["a"], {}),
        ("Conv", ["a", "w"], ["y"], {}),
    ]
    network = recorded(graph_of(nodes, {"w": weights(2, 4, 1, 1)}), tmp_path)
    found = [(one.macs, one.macs_without_weights) for one in network.operations]
    assert found == [(0, 0), (0, 4 * 9 * 9 * 8), (8 * 81, 0)]
    assert [one.kind for one in network.operations] == ["Transpose", "MatMul", "Conv"]


def test_the_cost_of_an_unknown_operator_is_unknown(tmp_path: Path) -> None:
    model = graph_of([("Det", ["x"], ["y"], {})], {}, shape=(1, 4, 6, 6))
    network = recorded(model, tmp_path, (1, 4, 6, 6))
    assert network.operations[0].macs is None
    assert network.notes == (
        "The cost of Det() is unknown; the totals leave it out.",
        "It is unknown which cells Det() read, and so what is seen behind them.",
    )


def test_blocks_are_the_paths_of_names(tmp_path: Path) -> None:
    model = graph_of([("Relu", ["x"], ["y"], {})], {})
    model.graph.node[0].name = "/layer1/layer1.0/relu/Relu"
    (operation,) = recorded(model, tmp_path).operations
    assert (operation.name, operation.block) == (
        "layer1.layer1.0.relu.Relu", "layer1.layer1.0.relu",
    )  # fmt: skip


def test_a_shape_of_another_rank(tmp_path: Path) -> None:
    with pytest.raises(ConvError, match="of the model has 4 axes"):
        recorded(graph_of([("Relu", ["x"], ["y"], {})], {}), tmp_path, (8, 6))


def test_what_torch_exports(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    nn = torch.nn

    class Net(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
            self.down = nn.ConvTranspose2d(4, 6, 3, stride=2)
            self.rows = nn.LSTM(6, 5, bidirectional=True)
            self.scale = nn.Parameter(torch.ones(6, 1, 1))
            self.head = nn.Linear(10, 7)

        def forward(self, x: Any) -> Any:
            x = self.stem(x)
            first, second = x.chunk(2, dim=1)
            x = self.down(torch.relu(first) + second) * self.scale
            x = nn.functional.interpolate(x, scale_factor=2, mode="nearest")
            x, _ = self.rows(x.mean(2).permute(2, 0, 1))
            return self.head(x)

    module, shape = Net().eval(), (1, 3, 16, 16)
    for parameter in module.parameters():
        nn.init.normal_(parameter)
    path = tmp_path / "net.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (torch.zeros(shape),), str(path), dynamo=False)
    network = recorded_file(path, shape)
    assert tuple(network.operations[-1].output) == tuple(module(torch.zeros(shape)).shape)
    assert network.parameters == sum(one.numel() for one in module.parameters())
    macs = 8 * 8 * 8 * 27 + 4 * 64 * 6 * 9 + 34 * 2 * 20 * (6 + 5) + 34 * 10 * 7
    assert sum(one.macs or 0 for one in network.operations) == macs


def test_the_mirror_of_a_graph_is_code_of_torch(
    tmp_path: Path, convcli: Callable[..., Any]
) -> None:
    nodes = [
        ("Conv", ["x", "w"], ["a"], {}),
        ("LeakyRelu", ["a"], ["b"], {"alpha": 0.2}),
        ("Conv", ["b", "v"], ["c"], {}),
        ("Relu", ["c"], ["d"], {}),
        ("MaxPool", ["d"], ["y"], {"kernel_shape": [2, 2], "strides": [2, 2]}),
    ]
    tensors = {"w": weights(6, 4, 3, 3), "v": weights(5, 6, 3, 3)}
    path = tmp_path / "net.onnx"
    path.write_bytes(graph_of(nodes, tensors).SerializeToString())
    out = convcli("stack", path, "1x4x12x12", "--mirror").out
    assert "nn.ReLU()," in out
    assert "nn.LeakyReLU(0.2)," in out
