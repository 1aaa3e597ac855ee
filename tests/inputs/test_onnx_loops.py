"""Branches, loops, sequences and functions of ONNX: what runs is written out, or said."""

from __future__ import annotations

from contextlib import suppress
from math import prod
from pathlib import Path
from typing import Any

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.recorded import RecordedNetwork
from convcli.errors import ConvError

onnx = pytest.importorskip("onnx")
X = (1, 4, 8, 8)
HEAD = '<ir_version: 9, opset_import: ["": 18, "own": 1]>'
WEIGHTS = "<float[4,4,3,3] w, float[4] b>"


def model_of(text: str, shape: tuple[int, ...] = X, outputs: str = "float[] y") -> Any:
    sizes = ",".join(map(str, shape))
    graph, _, functions = text.partition("FUNCTIONS")
    return onnx.parser.parse_model(
        f"{HEAD} g (float[{sizes}] x) => ({outputs}) {graph}\n{functions}"
    )


def network_of(model: Any, folder: Path, shape: tuple[int, ...] = X) -> RecordedNetwork:
    from convcli.inputs.networks.onnx_network import GraphReader

    path = folder / "net.onnx"
    path.write_bytes(model.SerializeToString())
    return GraphReader(str(path), [(None, Shape(shape))]).network(Shape(shape))


def macs_of(network: RecordedNetwork) -> int | None:
    found = [one.macs for one in network.operations]
    return None if None in found else sum(one or 0 for one in found)


LOOP = """
{
  n = Constant <value_int = 3> ()
  go = Constant <value = bool {1}> ()
  y, steps = Loop (n, go, x) <body = body (int64 i, bool c, float[N,C,H,W] s)
    => (bool d, float[] t, float[] u) <float[4,4,3,3] w> {
    d = Identity (c)
    t = Conv <pads = [1, 1, 1, 1]> (s, w)
    u = Relu (t)
  }>
}
"""
LOOP = LOOP.replace("<float[4,4,3,3] w>", "<float[4,4,3,3] w = {" + ", ".join(["1"] * 144) + "}>")
WHILE = """
{
  none = Constant <value_int = 9223372036854775807> ()
  zero = Constant <value_int = 0> ()
  four = Constant <value_int = 4> ()
  go = Constant <value = bool {1}> ()
  count, y = Loop (none, go, zero, x) <body = body (int64 i, bool c, int64 k, float[N,C,H,W] s)
    => (bool d, int64 m, float[] t) {
    one = Constant <value_int = 1> ()
    m = Add (k, one)
    d = Less (m, four)
    t = MaxPool <kernel_shape = [2, 2]> (s)
  }>
}
"""
DEPENDS = """
{
  n = Constant <value_int = 3> ()
  go = Constant <value = bool {1}> ()
  y = Loop (n, go, x) <body = body (int64 i, bool c, float[1,4,8,8] s)
    => (bool d, float[1,4,8,8] t) {
    half = Constant <value_float = 0.5> ()
    sum = ReduceSum <keepdims = 0> (s)
    d = Less (sum, half)
    t = Relu (s)
  }>
}
"""
SCAN = """
{
  sizes = Constant <value_ints = [1, 3]> ()
  zero = ConstantOfShape (sizes)
  m = Constant <value = float[4,3] {1,2,3,4,5,6,7,8,9,10,11,12}> ()
  last, y = Scan (zero, x) <num_scan_inputs = 1, scan_input_axes = [1],
    scan_input_directions = [BACK], scan_output_directions = [BACK], scan_output_axes = [AXIS],
    body = body (float[1,3] s, float[1,4] p) => (float[1,3] t, float[1,3] u) {
    q = MatMul (p, m)
    t = Add (s, q)
    u = Tanh (t)
  }>
}
"""


def test_every_step_of_a_loop_runs(tmp_path: Path) -> None:
    network = network_of(model_of(LOOP), tmp_path)
    assert (macs_of(network), network.parameters) == (3 * 64 * 4 * 36, 144)
    convolutions = [one for one in network.operations if one.kind == "Conv"]
    assert [one.name.rpartition(".Loop_")[2] or one.name for one in convolutions] == [
        f"Loop_2.{at}.Conv_1" for at in range(3)
    ]
    at = network.operations.index(convolutions[-1])
    assert network.steps()[at].fields[0].size == 7  # type: ignore[index,union-attr]
    assert tuple(network.operations[-1].output) == X


def test_what_a_loop_stacks(tmp_path: Path) -> None:
    network = network_of(model_of(LOOP, outputs="float[] y, float[] steps"), tmp_path)
    assert tuple(network.operations[-1].output) == (3, *X)


def test_a_loop_that_counts_ends_by_itself(tmp_path: Path) -> None:
    network = network_of(model_of(WHILE), tmp_path)
    assert tuple(network.operations[-1].output) == (1, 4, 4, 4)
    assert [one.kind for one in network.operations].count("MaxPool") == 4


@pytest.mark.parametrize("text", [DEPENDS, LOOP.replace("value_int = 3", "value_int = 30000")])
def test_a_loop_whose_steps_are_unknown_or_too_many(text: str, tmp_path: Path) -> None:
    with pytest.raises(ConvError, match="the operator Loop is unknown") as caught:
        network_of(model_of(text), tmp_path)
    assert "How often it runs" in (caught.value.hint or "")


@pytest.mark.parametrize("back", [0, 1])
@pytest.mark.parametrize("axis", [0, 1])
def test_every_step_of_a_scan_runs(back: int, axis: int, tmp_path: Path) -> None:
    shape = (1, 5, 4)
    model = model_of(SCAN.replace("BACK", str(back)).replace("AXIS", str(axis)), shape)
    network = network_of(model, tmp_path, shape)
    assert (macs_of(network), network.parameters) == (5 * 12, 12)
    assert tuple(network.operations[-1].output) == ((5, 1, 3) if axis == 0 else (1, 5, 3))


def test_branches_with_the_same_names_are_two(tmp_path: Path) -> None:
    branch = """g () => (float[] z) <float[4,4,1,1] w = {NUMBERS}> { z = Conv (INPUT, w) }"""
    branch = branch.replace("NUMBERS", ", ".join(["1"] * 16))
    text = "{ go = Constant <value = bool {1}> ()\n"
    for before, after in (("x", "a"), ("a", "y")):
        of_input = branch.replace("INPUT", before)
        text += f"{after} = If (go) <then_branch = {of_input}, else_branch = {of_input}>\n"
    network = network_of(model_of(text + "}"), tmp_path)
    assert (macs_of(network), network.parameters) == (2 * 64 * 16, 32)


def test_weights_in_branches_of_which_one_runs_are_counted_and_said(tmp_path: Path) -> None:
    branch = """g () => (float[1,4,8,8] z) <float[4,4,1,1] w = {NUMBERS}> { z = Conv (x, w) }"""
    branch = branch.replace("NUMBERS", ", ".join(["1"] * 16))
    text = f"""{{
      half = Constant <value_float = 0.5> ()
      sum = ReduceSum <keepdims = 0> (x)
      go = Less (sum, half)
      y = If (go) <then_branch = {branch}, else_branch = {branch}>
    }}"""
    network = network_of(model_of(text), tmp_path)
    assert macs_of(network) is None
    assert network.parameters == 32
    assert "The cost of If() is unknown; the totals leave it out." in network.notes


def test_functions_in_functions_and_branches(tmp_path: Path) -> None:
    text = """{
      go = Constant <value = bool {1}> ()
      y = If (go) <then_branch = g () => (float[] z) { z = own.twice (x) },
                   else_branch = h () => (float[] v) { v = Relu (x) }>
    }
    FUNCTIONS
    <domain: "own", opset_import: ["": 18, "own": 1]>
    twice (a) => (c) { b = own.once (a)
      c = own.once (b) }
    <domain: "own", opset_import: ["": 18]>
    once (a) => (c) { c = MaxPool <kernel_shape = [2, 2]> (a) }
    """
    network = network_of(model_of(text), tmp_path)
    assert tuple(network.operations[-1].output) == (1, 4, 6, 6)


SEQUENCES = {
    "split": ("s = SplitToSequence <axis = 1, keepdims = 0> (x)\n"
              "y = ConcatFromSequence <axis = 1, new_axis = 1> (s)", X),
    "parts": ("three = Constant <value_int = 3> ()\n"
              "s = SplitToSequence <axis = 1> (x, three)\n"
              "last = Constant <value_int = -1> ()\n"
              "y = SequenceAt (s, last)", (1, 1, 8, 8)),
    "made": ("s = SequenceConstruct (x, x)\nt = SequenceInsert (s, x)\n"
             "zero = Constant <value_int = 0> ()\nu = SequenceErase (t, zero)\n"
             "v = Identity (u)\n"
             "y = ConcatFromSequence <axis = 1> (v)", (1, 8, 8, 8)),
    "length": ("e = SequenceEmpty ()\ns = SequenceInsert (e, x)\nt = SequenceInsert (s, x)\n"
               "n = SequenceLength (t)\n"
               "zero = Constant <value_ints = [0]> ()\nm = Unsqueeze (n, zero)\n"
               "rest = Constant <value_ints = [-1]> ()\nshape = Concat <axis = 0> (m, rest)\n"
               "y = Reshape (x, shape)", (2, 128)),
}  # fmt: skip


@pytest.mark.parametrize("name", SEQUENCES)
def test_sequences_are_their_tensors(name: str, tmp_path: Path) -> None:
    text, output = SEQUENCES[name]
    network = network_of(model_of("{" + text + "}"), tmp_path)
    assert tuple(network.operations[-1].output) == output
    assert macs_of(network) == 0


def test_the_first_row_that_reads_a_constant_bears_its_cost(tmp_path: Path) -> None:
    numbers = ", ".join(["1"] * 16)
    text = (
        f"""
    <float[1,4,8,8] grid = {{{", ".join(["1"] * 256)}}}, float[4,4,1,1] w = {{{numbers}}},
     float[4,4] a = {{{numbers}}}, float[4,4] b = {{{numbers}}}> {{
      encoding = Conv (grid, w)
      p = Add (x, encoding)
      ab = MatMul (a, b)
      q = MatMul (p, ab2)
      y = Add (q, encoding)
    }}""".replace("(p, ab2)", "(pt, ab)")
        .replace("q = MatMul", "pt = Transpose <perm = [0, 2, 3, 1]> (p)\n      r = MatMul")
        .replace("y = Add (q", "q = Transpose <perm = [0, 3, 1, 2]> (r)\n      y = Add (q")
    )
    network = network_of(model_of(text), tmp_path)
    found = {one.kind: one.macs for one in network.operations if one.macs}
    assert found == {"Add": 64 * 16, "MatMul": 64 * 16 + 64}
    unread = model_of(text.replace("y = Add (q, encoding)", "y = Relu (q)").replace(
        "p = Add (x, encoding)", "p = Relu (x)"))  # fmt: skip
    assert "1024 multiply-adds make values that no layer reads: the totals leave them out." in (
        network_of(unread, tmp_path).notes
    )


def test_a_constant_of_unknown_cost(tmp_path: Path) -> None:
    text = "<float[2,2] m = {1, 2, 3, 4}> { d = Det (m)\n y = Mul (x, d) }"
    network = network_of(model_of(text), tmp_path)
    assert [one.macs for one in network.operations] == [None]
    assert "The cost of Mul() is unknown; the totals leave it out." in network.notes


@pytest.mark.parametrize("kind", ["list_of", "sizes", "number", "opened", "__init__"])
def test_names_of_operators_are_only_names(kind: str, tmp_path: Path) -> None:
    model = model_of("{ y = Relu (x) }")
    model.graph.node[0].op_type = kind
    with pytest.raises(ConvError, match="is unknown to convcli and onnx"):
        network_of(model, tmp_path)


@pytest.mark.parametrize(
    ("equation", "shape", "other", "macs"),
    [
        ("...ij,jk->...ik", (1, 4, 8, 8), (8, 5), 4 * 8 * 8 * 5),
        ("bchw,cd", (1, 4, 8, 8), (4, 5), 4 * 64 * 5),
        ("bchw,bc->bchw", (1, 4, 8, 8), (1, 4), 0),
        ("bchw,c->bhw", (1, 4, 8, 8), (4,), 256),
        ("bchw,kw->bk", (1, 4, 8, 8), (3, 8), 24),
    ],
)
def test_the_cost_of_einsum(
    equation: str, shape: tuple[int, ...], other: tuple[int, ...], macs: int, tmp_path: Path
) -> None:
    numbers = ", ".join(["1"] * prod(other))
    sizes = ",".join(map(str, other))
    text = f'<float[{sizes}] m = {{{numbers}}}> {{ y = Einsum <equation = "{equation}"> (x, m) }}'
    assert macs_of(network_of(model_of(text, shape), tmp_path, shape)) == macs


def test_einsum_of_three_has_an_unknown_cost(tmp_path: Path) -> None:
    text = '{ y = Einsum <equation = "bchw,bchw,bchw->bc"> (x, x, x) }'
    assert macs_of(network_of(model_of(text), tmp_path)) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda node: node.attribute.extend([onnx.helper.make_attribute("scan_input_axes", [1, 1])]),
        lambda node: node.attribute[0].g.ClearField("output"),
        lambda node: node.attribute[0].g.ClearField("input"),
        lambda node: node.ClearField("input"),
        lambda node: node.ClearField("output"),
        lambda node: node.ClearField("attribute"),
    ],
    ids=["axes", "results", "parameters", "inputs", "outputs", "attributes"],
)
@pytest.mark.parametrize(
    "text", [LOOP, SCAN.replace("BACK", "0").replace("AXIS", "0")], ids=["Loop", "Scan"]
)
def test_a_damaged_loop_is_an_error_or_a_row(damage: Any, text: str, tmp_path: Path) -> None:
    shape = X if text == LOOP else (1, 5, 4)
    model = model_of(text, shape)
    loop = next(one for one in model.graph.node if one.op_type in ("Loop", "Scan"))
    graphs = [one for one in loop.attribute if one.HasField("g")]
    others = [one for one in loop.attribute if not one.HasField("g")]
    loop.ClearField("attribute")
    loop.attribute.extend([*graphs, *others])
    damage(loop)
    with suppress(ConvError):
        network_of(model, tmp_path, shape)


def test_a_node_without_inputs_that_nobody_knows(tmp_path: Path) -> None:
    model = model_of("{ a = Relu (x)\n y = Relu (a) }")
    model.graph.node.add(op_type="NoSuchOperator", output=["q"])
    model.graph.node.add(op_type="NoSuchOperator")
    network = network_of(model, tmp_path)
    assert tuple(network.operations[-1].output) == X
    assert any("Operations of unknown cost make values" in note for note in network.notes)
