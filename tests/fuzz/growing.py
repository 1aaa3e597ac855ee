"""Inputs of any size, for every reader and command, to see how their time grows."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.fuzz.case import Case, packed
from tests.fuzz.formats.safetensors_files import file_of
from tests.fuzz.growth import Make

RUN = ("run", "conv2d")
ONE = "ones:1x1"
SHAPE = "1x1x8x8"


def _array(suffix: str, text: Callable[[int], str]) -> Make:
    return lambda n: Case((*RUN, f"x.{suffix}", ONE, "-q"), packed(f"x.{suffix}", text(n)))


def _layers(suffix: str, text: Callable[[int], str], *options: str) -> Make:
    needs = ("yaml",) if suffix == "yaml" else ()
    return lambda n: Case(
        ("stack", f"m.{suffix}", SHAPE, *options), packed(f"m.{suffix}", text(n)), needs=needs
    )


def _line(*argv: str) -> Make:
    """The command line with N, N*N and the like filled in: `{n}`, `{text}` repeated."""
    return lambda n: Case(tuple(word.format(n=n, half=n // 2) for word in argv))


def _npz(n: int) -> Case:
    from tests.fuzz.canaries import npy
    from tests.fuzz.formats.npz_files import archive_of

    data = archive_of([(f"a{i}.npy", npy()) for i in range(n)])
    return Case((*RUN, "x.npz:none", ONE), packed("x.npz", data))


def _safetensors(n: int) -> Case:
    header = {f"a{i}": {"dtype": "U8", "shape": [1], "data_offsets": [i, i + 1]} for i in range(n)}
    data = file_of(json.dumps(header).encode(), bytes(n))
    return Case(
        (*RUN, "x.safetensors:none", ONE), packed("x.safetensors", data), needs=("safetensors",)
    )


def _torch(n: int) -> Case:
    import torch

    from tests.fuzz.formats.torch_files import saved

    one = torch.ones(1)
    return Case(
        (*RUN, "x.pt:none", ONE),
        packed("x.pt", saved({f"a{i}": one for i in range(n)})),
        needs=("torch",),
    )


def _onnx(n: int) -> Case:
    from onnx import TensorProto, helper

    nodes = [helper.make_node("Relu", [f"x{i}"], [f"x{i + 1}"]) for i in range(n)]
    given = helper.make_tensor_value_info("x0", TensorProto.FLOAT, [1, 1, 8, 8])
    result = helper.make_tensor_value_info(f"x{n}", TensorProto.FLOAT, None)
    model = helper.make_model(helper.make_graph(nodes, "g", [given], [result]))
    return Case(
        ("stack", "m.onnx", SHAPE), packed("m.onnx", model.SerializeToString()), needs=("onnx",)
    )


def _batch(n: int) -> Case:
    line = b'{"layer": "conv2d", "input_shape": [5, 5], "kernel_size": 3}\n'
    return Case(("shape", "--batch", "-"), stdin=line * n)


def _json(n: int, layer: str = "ReLU()") -> str:
    return json.dumps([layer] * n)


CONV = "Conv2d(1, 1, 3, padding=1)"
READERS: dict[str, tuple[Make, int]] = {  # the largest size that is tried
    "csv-rows": (_array("csv", lambda n: "1,2,3\n" * n), 2**18),
    "csv-row": (_array("csv", lambda n: "1," * n + "1"), 2**18),
    "csv-blank-lines": (_array("csv", lambda n: "1,2\n" + "\n" * n), 2**18),
    "csv-spaces": (_array("csv", lambda n: "1," + " " * n + "2\n"), 2**18),
    "csv-commas": (_array("csv", lambda n: "1 " * n + ","), 2**18),
    "json-numbers": (_array("json", lambda n: f"[{','.join(['1'] * n)}]"), 2**18),
    "json-newlines": (_array("json", lambda n: "[1,2,3]" + "\n" * n), 2**18),
    "json-newlines-before": (_array("json", lambda n: "\n" * n + "[1,2,3]"), 2**18),
    "json-brackets": (_array("json", lambda n: "[" * n), 2**17),
    "json-closing": (_array("json", lambda n: "[1" + ")" * n), 2**17),
    "json-dtypes": (_array("json", lambda n: "[1]" + ", dtype=" * n), 2**16),
    "npz-members": (_npz, 2**13),
    "safetensors-tensors": (_safetensors, 2**14),
    "torch-tensors": (_torch, 2**12),
    "onnx-nodes": (_onnx, 2**13),
    "batch-lines": (_batch, 2**14),
    "list-json": (_layers("json", _json), 2**14),
    "list-json-convolutions": (_layers("json", lambda n: _json(n, CONV)), 2**13),
    "list-jsonl": (_layers("jsonl", lambda n: '"ReLU()"\n' * n), 2**14),
    "list-yaml": (_layers("yaml", lambda n: "- ReLU()\n" * n), 2**14),
    "list-yaml-name": (_layers("yaml", lambda n: f"- ReLU()\n- {'a' * n}: 1\n"), 2**18),
    "list-toml": (_layers("toml", lambda n: "[[layers]]\nlayer = 'ReLU'\n" * n), 2**13),
    "list-text": (_layers("txt", lambda n: "ReLU()\n" * n), 2**14),
    "list-text-brackets": (_layers("txt", lambda n: "(" * n), 2**18),
    "list-text-arrows": (_layers("txt", lambda n: "ReLU() " + "<- " * n), 2**18),
    "list-text-spaces": (_layers("txt", lambda n: "ReLU()" + " " * n + "x"), 2**18),
    "list-text-times": (_layers("txt", lambda n: "3 x" + " " * n), 2**18),
    "list-text-comments": (_layers("txt", lambda n: "#" * n + "\nReLU()"), 2**18),
    "list-text-names": (_layers("txt", lambda n: "a." * n + ": ReLU()"), 2**18),
    "list-text-named": (_layers("txt", lambda n: "".join(f"l{i}: ReLU()\n" for i in range(n))), 2**13),
    "list-text-joined": (_layers("txt", lambda n: "a: ReLU()\nReLU()\n" + "Add() <- a, 1\n" * n), 2**13),
    "list-py": (_layers("py", lambda n: f"x = nn.Sequential({'nn.ReLU(), ' * n})"), 2**13),
    "list-py-sequentials": (_layers("py", lambda n: "x = nn.Sequential(nn.ReLU())\n" * n), 2**13),
    "list-py-constants": (_layers("py", lambda n: "".join(f"a{i} = {i}\n" for i in range(n)) + "x = nn.Sequential(nn.ReLU())"), 2**14),
    "list-py-product": (_layers("py", lambda n: f"x = nn.Sequential(nn.ReLU({'*'.join(['9' * 300] * n)}))"), 2**8),
    "printed-lines": (_layers("txt", lambda n: "Sequential(\n" + "".join(f"  ({i}): ReLU()\n" for i in range(n)) + ")"), 2**13),
    "printed-nested": (_layers("txt", lambda n: "".join(f"{'' if not i else f'({i}): '}Sequential(\n" for i in range(n)) + "(0): ReLU()\n" + ")\n" * n), 2**9),
    "printed-brackets": (_layers("txt", lambda n: "Sequential(\n" + f"  (0): ReLU({'(' * n})\n)"), 2**17),
    "printed-name": (_layers("txt", lambda n: "Sequential(\n" + f"  ({'-1' * n}): ReLU()\n)"), 2**17),
}  # fmt: skip
WORDS: dict[str, tuple[Make, int]] = {  # one argument; Linux takes 128 KiB of each
    name: (lambda n, argv=argv, part=part: Case(tuple(word.replace("@", part * n) for word in argv)), 2**15)  # type: ignore[misc]
    for name, (part, argv) in {
        "shape-sizes": ("1x", ("shape", "conv2d", "@1")),
        "shape-brackets": ("(", ("shape", "conv2d", "@5x5")),
        "shape-spaces": (" ", ("shape", "conv2d", "5@x@y")),
        "expression-names": ("a.", ("shape", "@Conv2d(1, 1, 3)", SHAPE)),
        "expression-spaces": (" ", ("shape", "Conv2d(1, 1, 3@,x", SHAPE)),
        "expression-arguments": ("1,", ("shape", "Conv2d(@)", SHAPE)),
        "expression-brackets": ("(", ("shape", "Conv2d(@", SHAPE)),
        "expression-sum": ("1+", ("shape", "Conv2d(1, 1, @1)", SHAPE)),
        "expression-minus": ("-", ("shape", "Conv2d(1, 1, @1)", SHAPE)),
        "expression-newlines": ("\n", ("shape", "Conv2d(1, 1,@ x)", SHAPE)),
        "expression-text": ("a", ("shape", "Conv2d(1, 1, 3, padding_mode='@')", SHAPE)),
        "literal-numbers": ("1 ", ("run", "conv1d", "@", "ones:1", "-q")),
        "literal-rows": ("1;", ("run", "conv2d", "@1", ONE, "-q")),
        "literal-commas": (", ", ("run", "conv2d", "1@", ONE)),
        "literal-spaces": (" ", ("run", "conv2d", "1@x", ONE)),
        "literal-tensor": (" ", ("run", "conv2d", "tensor(@x", ONE)),
        "literal-closing": (" )", ("run", "conv2d", "[1]@", ONE)),
        "padding-axes": ("1,", ("shape", "conv2d", "5x5", "-k", "3", "-p", "@1")),
        "position": ("1,", ("trace", "conv2d", "arange:5x5", "ones:3x3", "--at", "@1")),
        "layers": ("ReLU();", ("stack", "@", SHAPE)),
        "kernel": ("a:", ("run", "conv2d", "arange:5x5", "kernel:@")),
        "module": ("a.", ("stack", "--module", "@b:c", SHAPE)),
        "max-memory": ("1", ("run", "conv2d", "arange:5x5", "ones:3x3", "--max-memory", "@x")),
    }.items()
}  # fmt: skip
COMMANDS: dict[str, tuple[Make, int]] = {
    "stack-prove": (_line("stack", "{n} x ReLU()", SHAPE, "--prove"), 2**14),
    "stack-prove-convolutions": (_line("stack", f"{{n}} x {CONV}", SHAPE, "--prove"), 2**12),
    "stack": (_line("stack", "{n} x ReLU()", SHAPE), 2**15),
    "stack-convolutions": (_line("stack", f"{{n}} x {CONV}", SHAPE), 2**14),
    "stack-branches": (_line("stack", "a: ReLU(); {n} x ReLU(); Add() <- a, b", SHAPE), 2**14),
    "stack-sizes": (_line("stack", f"{CONV}; ReLU()", SHAPE, "--sizes", "1..{n}"), 2**14),
    "stack-mirror": (_line("stack", f"{{n}} x {CONV}", SHAPE, "--mirror"), 2**13),
    "stack-target": (_line("stack", f"{{n}} x {CONV}", SHAPE, "--target-rf", "99"), 2**13),
    "stack-unit": (_line("stack", f"{{n}} x {CONV}", SHAPE, "--unit", "1,1"), 2**13),
    "stack-compare": (_line("stack", "{n} x ReLU()", "{n} x ReLU()", SHAPE, "--compare"), 2**13),
    "stack-latex": (_line("stack", "{n} x ReLU()", SHAPE, "-f", "latex"), 2**13),
    "trace-all-table": (_line("trace", "conv1d", "arange:{n}", "ones:3", "--all"), 2**15),
    "trace-all-plain": (_line("trace", "conv1d", "arange:{n}", "ones:3", "--all", "-f", "plain"), 2**15),
    "trace-all-latex": (_line("trace", "conv1d", "arange:{n}", "ones:3", "--all", "-f", "latex"), 2**14),
    "trace-all-markdown": (_line("trace", "conv1d", "arange:{n}", "ones:3", "--all", "-f", "markdown"), 2**14),
    "trace-all-csv": (_line("trace", "conv1d", "arange:{n}", "ones:3", "--all", "-f", "csv"), 2**15),
    "trace-scatter": (_line("trace", "conv_transpose1d", "arange:{n}", "ones:3", "--all", "--view", "scatter"), 2**14),
    "trace-one": (_line("trace", "conv1d", "arange:{n}", "ones:{half}", "--at", "1"), 2**15),
    "run-table": (_line("run", "conv1d", "arange:{n}", "ones:3"), 2**19),
    "run-plain": (_line("run", "conv2d", "arange:{n}x4", ONE, "-f", "plain"), 2**17),
    "run-json": (_line("run", "conv2d", "arange:{n}x4", ONE, "--json"), 2**17),
    "grad": (_line("grad", "conv1d", "arange:{n}", "ones:3"), 2**17),
    "matrix-table": (_line("matrix", "conv1d", "arange:{n}", "ones:3"), 2**11),
    "learn-epochs": (_line("learn", "conv1d", "ones:9", "ones:7", "-k", "3", "--lr", "0.001", "--epochs", "{n}"), 2**14),
    "learn-channels": (_line("learn", "conv1d", "ones:1x1x9", "ones:1x{n}x9", "-k", "1", "-c", "{n}", "--epochs", "1"), 2**13),
    "init": (_line("init", "Conv1d(1, {n}, 3)", "-f", "plain"), 2**16),
    "shape-large": (_line("shape", "conv2d", "{n}x{n}", "-k", "3"), 2**20),
    "solve": (_line("solve", "conv1d", "{n}", "{half}"), 2**12),
    "solve-range": (_line("solve", "conv1d", "1x1x9", "1x1x9", "-k", "1..{n}"), 2**10),
    "show": (_line("show", "conv1d", "arange:{n}", "ones:3"), 2**13),
}  # fmt: skip
NEEDS = {"onnx-nodes": "onnx", "torch-tensors": "torch", "safetensors-tensors": "safetensors"}
