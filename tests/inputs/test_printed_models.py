"""What print(model) writes: text and children, lazy, quantised, parametrised, LoRA, old torch."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcli.engine.geometry.shapes import Shape
from convcli.engine.network.walk import Step, walk
from convcli.errors import ConvError
from convcli.inputs.networks.lists import read_stack


def steps_of(text: str, *shape: int) -> list[Step]:
    return walk(read_stack([text]).nodes, Shape(shape))


def in_sequence(*modules: str) -> str:
    lines = [f"  ({at}): {module}" for at, module in enumerate(modules)]
    return "\n".join(["Sequential(", *lines, ")"])


OWN_TEXT = """Sequential(
  (conv1): Conv2d(
    3, 64, kernel_size=(7, 7), stride=(2, 2), padding=(3, 3), bias=False
    (norm): BatchNorm2d(64, eps=1e-05)
  )
  (bn): BatchNormAct2d(
    64, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True
    (drop): Identity()
    (act): ReLU(inplace=True)
  )
)"""


def test_a_module_with_its_own_text_and_children() -> None:
    for text in (OWN_TEXT, "\n".join(line.strip() for line in OWN_TEXT.splitlines())):
        steps = steps_of(text, 1, 3, 224, 224)
        assert [step.name for step in steps] == [
            "conv1", "conv1.norm", "bn", "bn.drop", "bn.act",
        ]  # fmt: skip
        assert tuple(steps[-1].output) == (1, 64, 112, 112)
        assert [step.parameters for step in steps] == [9408, 128, 128, 0, 0]


@pytest.mark.parametrize(
    ("module", "shape", "output", "parameters"),
    [
        ("LazyConv2d(0, 8, kernel_size=(3, 3), stride=(1, 1))", (1, 3, 9, 9), (1, 8, 7, 7), 224),
        ("LazyLinear(in_features=0, out_features=5, bias=True)", (1, 4), (1, 5), 25),
        ("LazyBatchNorm2d(0, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
         (1, 3, 9, 9), (1, 3, 9, 9), 6),
        ("QuantizedConv2d(3, 8, kernel_size=(3, 3), stride=(2, 2), scale=1.0, zero_point=0, "
         "padding=(1, 1))", (1, 3, 9, 9), (1, 8, 5, 5), 224),
        ("QuantizedConvReLU2d(3, 8, kernel_size=(1, 1), stride=(1, 1), scale=0.1, zero_point=64)",
         (1, 3, 9, 9), (1, 8, 9, 9), 32),
        ("QuantizedLinear(in_features=4, out_features=5, scale=1.0, zero_point=0, "
         "qscheme=torch.per_channel_affine)", (1, 4), (1, 5), 25),
        ("DynamicQuantizedLinear(in_features=4, out_features=5, dtype=torch.qint8, "
         "qscheme=torch.per_tensor_affine)", (1, 4), (1, 5), 25),
        ("Quantize(scale=tensor([0.0157]), zero_point=tensor([64]), dtype=torch.quint8)",
         (1, 3, 9, 9), (1, 3, 9, 9), 0),
        ("Linear8bitLt(in_features=4, out_features=5, bias=False)", (1, 4), (1, 5), 20),
        ("FrozenBatchNorm2d(3, eps=0.0)", (1, 3, 9, 9), (1, 3, 9, 9), 0),
        ("FrozenBatchNorm2d(num_features=3, eps=1e-05)", (1, 3, 9, 9), (1, 3, 9, 9), 0),
        ("StochasticDepth(p=0.2, mode=row)", (1, 3, 9, 9), (1, 3, 9, 9), 0),
        ("LayerNorm2d((3,), eps=1e-06, elementwise_affine=True)", (1, 3, 9, 9), (1, 3, 9, 9), 6),
        ("ScaledStdConv2d(3, 8, kernel_size=(3, 3), stride=(1, 1))", (1, 3, 9, 9), (1, 8, 7, 7),
         232),
        ("Conv2dSame(3, 8, kernel_size=(3, 3), stride=(2, 2), bias=False)", (1, 3, 9, 9),
         (1, 8, 5, 5), 216),
        ("MaxPool2dSame(kernel_size=(3, 3), stride=(2, 2), padding=(0, 0), dilation=(1, 1), "
         "ceil_mode=False)", (1, 3, 10, 9), (1, 3, 5, 5), 0),
        ("SelectAdaptivePool2d(pool_type=avg, flatten=Flatten(start_dim=1, end_dim=-1))",
         (1, 3, 9, 9), (1, 3), 0),
        ("SelectAdaptivePool2d (pool_type=max, flatten=Identity())", (1, 3, 9, 9), (1, 3, 1, 1), 0),
        ("Swish()", (1, 3, 9, 9), (1, 3, 9, 9), 0),
        # what older versions of torch wrote
        ("Conv2d (3, 8, kernel_size=(3, 3), stride=(1, 1), bias=False)", (1, 3, 9, 9),
         (1, 8, 7, 7), 216),
        ("Linear (4 -> 5)", (1, 4), (1, 5), 25),
        ("ReLU (inplace)", (1, 3, 9, 9), (1, 3, 9, 9), 0),
        ("LeakyReLU(0.2, inplace)", (1, 3, 9, 9), (1, 3, 9, 9), 0),
        ("Dropout (p = 0.5)", (1, 3, 9, 9), (1, 3, 9, 9), 0),
        ("MaxPool2d (size=(2, 2), stride=(2, 2), dilation=(1, 1))", (1, 3, 9, 9), (1, 3, 4, 4), 0),
        ("Upsample(scale_factor=2, mode=nearest)", (1, 3, 9, 9), (1, 3, 18, 18), 0),
    ],
    ids=lambda value: value.partition("(")[0] if isinstance(value, str) else None,
)  # fmt: skip
def test_modules_as_they_are_printed(
    module: str, shape: tuple[int, ...], output: tuple[int, ...], parameters: int
) -> None:
    steps = steps_of(in_sequence(module, "Identity()"), *shape)
    assert tuple(steps[-1].output) == output
    assert sum(step.parameters for step in steps) == parameters


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [("_WeightNorm", 80 * 512 * 5 + 512 + 512), ("_SpectralNorm", 80 * 512 * 5 + 512)],
)
def test_a_parametrised_layer(kind: str, parameters: int) -> None:
    module = f"""Sequential(
      (0): ParametrizedConv1d(
        80, 512, kernel_size=(5,), stride=(1,), padding=(2,)
        (parametrizations): ModuleDict(
          (weight): ParametrizationList(
            (0): {kind}()
          )
        )
      )
      (1): ReLU()
    )"""
    steps = steps_of(module, 1, 80, 100)
    assert (tuple(steps[-1].output), len(steps)) == ((1, 512, 100), 2)
    assert steps[0].parameters == parameters
    assert steps[0].macs == 80 * 512 * 5 * 100


def test_lora_is_a_layer_with_small_ones_beside_it() -> None:
    module = """Sequential(
      (q_proj): lora.Linear(
        (base_layer): Linear(in_features=768, out_features=512, bias=True)
        (lora_dropout): ModuleDict(
          (default): Dropout(p=0.1, inplace=False)
        )
        (lora_A): ModuleDict(
          (default): Linear(in_features=768, out_features=8, bias=False)
        )
        (lora_B): ModuleDict(
          (default): Linear(in_features=8, out_features=512, bias=False)
        )
        (lora_embedding_A): ParameterDict()
        (lora_magnitude_vector): ModuleDict()
      )
    )"""
    (step,) = steps_of(module, 1, 10, 768)
    assert (step.name, tuple(step.output)) == ("q_proj", (1, 10, 512))
    assert step.parameters == 768 * 512 + 512 + 8 * (768 + 512)
    assert step.macs == 10 * (768 * 512 + 8 * (768 + 512))


BASIC_BLOCK = """  (layer{n}): Sequential(
    (0): BasicBlock(
      (conv1): Conv2d({i}, {o}, kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), bias=False)
      (bn1): BatchNorm2d({o}, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)
      (relu): ReLU(inplace=True)
      (downsample): Sequential(
        (0): Conv2d({i}, {o}, kernel_size=(1, 1), stride=(2, 2), bias=False)
      )
    )
  )
"""


def test_a_residual_network_is_refused_with_what_its_text_determines() -> None:
    text = "ResNet(\n" + BASIC_BLOCK.format(n=1, i=3, o=8) + BASIC_BLOCK.format(n=2, i=8, o=16)
    with pytest.raises(ConvError) as caught:
        read_stack([text + ")"])
    assert caught.value.code == "layers.forward"
    assert caught.value.exit_status == 3
    message = str(caught.value)
    parameters = (27 * 8 + 16 + 24) + (72 * 16 + 32 + 128)
    assert "has branches (downsample of BasicBlock)" in message
    assert f"8 layers with their arguments and {parameters} parameters" in message
    assert "torch.onnx.export" in message
    assert "module runs the model" in message


SQUEEZE = """SEBlock(
  (avgpool): AdaptiveAvgPool2d(output_size=1)
  (fc1): Conv2d(64, 16, kernel_size=(1, 1), stride=(1, 1))
  (activation): ReLU()
  (fc2): Conv2d(16, 64, kernel_size=(1, 1), stride=(1, 1))
  (scale): Sigmoid()
)"""


@pytest.mark.parametrize("name", ["SEBlock", "SqueezeExcite", "SqueezeExcitation", "Mine"])
def test_a_gate_is_never_run_as_a_chain(name: str) -> None:
    text = SQUEEZE.replace("SEBlock", name)
    for printed in (text, f"Sequential(\n(0): ReLU()\n(1): {text}\n)"):
        with pytest.raises(ConvError, match="has branches") as caught:
            read_stack([printed])
        assert "2128 parameters" in str(caught.value)


def test_modules_that_are_printed_twice_are_not_run_twice() -> None:
    """A class that keeps its layers, and an nn.Sequential of them."""
    layers = ["Conv1d(4, 4, kernel_size=(3,), stride=(1,))", "ReLU()"]
    text = (
        "TemporalBlock(\n"
        f"  (conv): {layers[0]}\n  (relu): {layers[1]}\n"
        f"  (net): Sequential(\n    (0): {layers[0]}\n    (1): {layers[1]}\n  )\n)"
    )
    with pytest.raises(ConvError, match="net of TemporalBlock, which repeats those before it"):
        read_stack([text])
    assert len(read_stack([text.replace("TemporalBlock", "Sequential")]).nodes) == 4


def test_an_order_that_does_not_work_says_what_the_text_determines() -> None:
    text = in_sequence("Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))",
                       "Linear(in_features=150, out_features=10, bias=True)")  # fmt: skip
    stack = read_stack([text.replace("Sequential", "LeNet")])
    with pytest.raises(ConvError) as caught:
        walk(stack.nodes, Shape((1, 1, 28, 28)))
    message = str(caught.value)
    assert message.startswith("layer 1: in_features must be the last size of the input 1x6x24x24")
    assert "What forward() does is not in the text" in message
    assert "2 layers with their arguments and 1666 parameters" in message
    assert caught.value.exit_status == 3
    with pytest.raises(ConvError) as caught:  # of a Sequential the order is known
        walk(read_stack([text]).nodes, Shape((1, 1, 28, 28)))
    assert "forward" not in str(caught.value)
    assert caught.value.exit_status == 2


def test_an_unknown_leaf_keeps_its_place() -> None:
    modules = ("Conv2d(1, 6, kernel_size=(5, 5), stride=(1, 1))", "Mystery(k=3)", "ReLU()")
    stack = read_stack([in_sequence(*modules)])
    assert [node.name for node in stack.nodes] == ["0", "1", "2"]
    with pytest.raises(ConvError, match=r"what Mystery\(k=3\) makes of its input") as caught:
        walk(stack.nodes, Shape((1, 1, 28, 28)))
    assert caught.value.place == "1"
    with pytest.raises(ConvError, match="3 layers with their arguments and at least 156"):
        walk(read_stack([in_sequence(*modules).replace("Sequential", "Net")]).nodes,
             Shape((1, 1, 28, 28)))  # fmt: skip


def test_a_subclass_prints_the_arguments_of_its_base() -> None:
    text = in_sequence("Conv3DSimple(3, 8, kernel_size=(3, 7, 7), stride=(1, 2, 2), bias=False)",
                       "ReLU()")  # fmt: skip
    stack = read_stack([text])
    assert stack.notes == (
        "Unknown classes that print the arguments of known ones: Conv3DSimple as Conv3d.",
    )
    (conv, _) = walk(stack.nodes, Shape((1, 3, 8, 16, 16)))
    assert (tuple(conv.output), conv.parameters) == ((1, 8, 6, 5, 5), 3 * 8 * 147)


def test_parameters_of_modules_whose_output_is_not_in_the_text() -> None:
    text = in_sequence("Embedding(100, 8, padding_idx=0)",
                       "LSTM(8, 16, num_layers=2, batch_first=True, bidirectional=True)",
                       "GRU(32, 4)",
                       "Linear(in_features=4, out_features=2, bias=True)")  # fmt: skip
    with pytest.raises(ConvError) as caught:
        walk(read_stack([text.replace("Sequential", "Net")]).nodes, Shape((1, 10)))
    lstm = 2 * 64 * (8 + 16 + 2) + 2 * 64 * (32 + 16 + 2)
    assert f"and {800 + lstm + 12 * (32 + 4 + 2) + 10} parameters" in str(caught.value)


def test_torch_prints_what_is_read() -> None:
    torch = pytest.importorskip("torch")
    nn, parametrize = torch.nn, torch.nn.utils.parametrizations
    model = nn.Sequential(
        nn.LazyConv2d(6, 3),
        parametrize.weight_norm(nn.Conv2d(6, 8, 3)),
        nn.Sequential(nn.BatchNorm2d(8), nn.Hardswish(), *(nn.PReLU() for _ in range(3))),
        nn.AdaptiveAvgPool2d((2, 3)),
        nn.Flatten(),
        nn.LazyLinear(5),
    )
    printed = repr(model)
    steps = steps_of(printed, 2, 3, 12, 12)
    output = model(torch.zeros(2, 3, 12, 12))
    assert tuple(steps[-1].output) == tuple(output.shape)
    assert sum(step.parameters for step in steps) == sum(p.numel() for p in model.parameters())


def test_parameters_that_stand_alone_are_said() -> None:
    text = """Net(
      (weights): ParameterList(
          (0): Parameter containing: [torch.float32 of size 3x4]
          (1): Parameter containing: [torch.float32 of size 5]
      )
      (act): ReLU()
    )"""
    stack = read_stack([text])
    assert len(stack.nodes) == 1
    assert "17 parameters belong to no layer" in stack.notes[-1]


@pytest.mark.parametrize("digits", ["²", "9" * 5000])
def test_digits_in_the_text_of_a_module_are_no_channels(digits: str) -> None:
    blocks = f"  (blocks): ModuleList(\n    (0): GELU(approximate='n({digits})')\n  )\n"
    with pytest.raises(ConvError) as caught:
        walk(
            read_stack([f"Net(\n  (conv): Conv2d(1, 4, kernel_size=(3, 3))\n{blocks})"]).nodes,
            Shape((1, 2, 8, 8)),
        )
    assert caught.value.code == "input.channels"


@pytest.mark.parametrize(
    "text",
    [
        "Sequential(\n  (0): ReLU()\n  what\n)",
        "Sequential(\n  (0): Conv2d(3, 4\n)",
        "Sequential(\n" + "(0): Sequential(\n" * 200 + "(0): ReLU()\n" + ")\n" * 201,
        "Sequential(\n  (0): ReLU())\n)",
    ],
)
def test_damaged_prints(text: str) -> None:
    with pytest.raises(ConvError) as caught:
        read_stack([text])
    assert caught.value.code == "layers.print"


OF_A_DICT = """Net(
  (blocks): ModuleList(
    (0-1): 2 x ModuleDict(
      (c): Conv2d(16, 16, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
      (d): SE(
        (fc1): Conv2d(16, 4, kernel_size=(1, 1), stride=(1, 1))
        (fc2): Conv2d(4, 16, kernel_size=(1, 1), stride=(1, 1))
      )
    )
  )
  (head): LSTM(16, 5)
  (other): Whatever(3)
)"""


def test_a_module_dict_has_no_order(tmp_path: Path, convcli: Callable[..., Any]) -> None:
    path = tmp_path / "net.txt"
    path.write_text(OF_A_DICT)
    result = convcli("stack", path, "16x8x8")
    assert (result.status, result.out) == (3, "")
    assert "0 of ModuleDict, which has no order, SE" in result.err
    assert "leave out SHAPE to see them" in result.err


def test_a_print_without_a_shape_is_its_layers(tmp_path: Path, convcli: Callable[..., Any]) -> None:
    path = tmp_path / "net.txt"
    path.write_text(OF_A_DICT)
    found = json.loads(convcli("stack", path, "--json").out)
    assert [(one["name"], one["parameters"]) for one in found["layers"]] == [
        ("blocks.0.c", 2320), ("blocks.0.d.fc1", 68), ("blocks.0.d.fc2", 80),
        ("blocks.1.c", 2320), ("blocks.1.d.fc1", 68), ("blocks.1.d.fc2", 80),
        ("head", 460), ("other", None),
    ]  # fmt: skip
    assert found["total"]["parameters"] == 5396
    assert convcli("stack", path, "-q").out == "5396\n"
    assert "does not say the parameters of 1 layer." in convcli("stack", path).out
    path.write_text("ReLU()")
    assert "needs LAYERS... SHAPE" in convcli("stack", path).err


@pytest.mark.parametrize(
    "text",
    [
        "Net(\n" + "".join(f"  a{at}=({at},\n  {at}),\n" for at in range(2_000)) + "(x): A()\n)",
        "Net(\n" + "".join(f"  (c{at}): ReLU()\n" for at in range(2_000)) + ")",
    ],
    ids=["own text", "children"],
)
def test_long_prints_are_read_line_by_line(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Brackets of each line are counted a few times, not those of all lines before it."""
    from convcli.inputs.networks import printed_tree

    counted = 0
    depth = printed_tree._depth

    def counting(part: str) -> int:
        nonlocal counted
        counted += len(part)
        return depth(part)

    monkeypatch.setattr(printed_tree, "_depth", counting)
    printed_tree.printed_tree(text)
    assert counted < 5 * len(text)


@pytest.mark.parametrize(
    "line",
    [
        "(a): LSTM(8)", "(a): LSTM(8, x)", "(a): GRU(8, 4, num_layers=y)", "(a): RNN(-1, 2)",
        "(a): LSTM(8, 4, num_layers=0)", f"(a): LSTM(8, {'9' * 5000})", "(a): FrozenBatchNorm2d()",
        f"({'9' * 5000}-1): 2 x ReLU()",
    ],
    ids=lambda line: line[:30],
)  # fmt: skip
def test_damaged_numbers_of_a_printed_layer_are_refused(line: str) -> None:
    with pytest.raises(ConvError):
        steps_of(f"Sequential(\n  {line}\n)", 1, 8)


def test_a_billion_printed_layers_are_counted_and_not_made() -> None:
    lstm = "LSTM(8, 16, num_layers=1000000000)"
    with pytest.raises(ConvError) as caught:
        steps_of(in_sequence(lstm, "GRU(16, 4)").replace("Sequential", "Net"), 1, 8)
    of_first, of_others = 4 * 16 * (8 + 16 + 2), 4 * 16 * (16 + 16 + 2)
    total = of_first + (10**9 - 1) * of_others + 3 * 4 * (16 + 4 + 2)
    assert f"{total} parameters" in str(caught.value)
