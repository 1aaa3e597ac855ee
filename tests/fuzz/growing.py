"""Inputs of any size, for every reader and command, to see how their time grows."""

from __future__ import annotations

import json
import shlex
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


def _line(text: str) -> Make:
    """The command line, with {n} and {half} filled in."""
    words = shlex.split(text)
    return lambda n: Case(tuple(word.format(n=n, half=n // 2) for word in words))


def _word(part: str, *argv: str) -> Make:
    """The command line, in which `part`, repeated, stands for @."""
    return lambda n: Case(tuple(word.replace("@", part * n) for word in argv))


def _constants(n: int) -> str:
    rows = [f"a{i} = {i}" for i in range(n)]
    return "\n".join((*rows, "x = nn.Sequential(nn.ReLU())"))


def _product(n: int) -> str:
    return f"x = nn.Sequential(nn.ReLU({'*'.join(['9' * 300] * n)}))"


def _names_of_columns(n: int) -> str:
    """A line of names, and a line in which the last cell is no number."""
    return f"{','.join(f'a{i}' for i in range(n))}\n{'1,' * (n - 1)}x"


def _printed(n: int) -> str:
    return "\n".join(("Sequential(", *(f"  ({i}): ReLU()" for i in range(n)), ")"))


def _nested(n: int) -> str:
    opened = ("Sequential(", *(f"({i}): Sequential(" for i in range(1, n)))
    return "\n".join((*opened, "(0): ReLU()", *[")"] * n))


def _named(n: int) -> str:
    return "".join(f"l{i}: ReLU()\n" for i in range(n))


def _sums(n: int) -> str:
    return "a: ReLU()\nReLU()\n" + "Add() <- a, 1\n" * n


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
    "csv-names": (_array("csv", _names_of_columns), 2**16),
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
    "list-toml-dots": (_layers("toml", lambda n: f"a{'.a' * n} = 1\nlayers = ['ReLU()']"), 2**13),
    "list-toml-brackets": (_layers("toml", lambda n: f"layers = {'[' * n}{']' * n}"), 2**13),
    "list-yaml-brackets": (_layers("yaml", lambda n: f"layers: {'[' * n}{']' * n}"), 2**14),
    "list-yaml-dashes": (_layers("yaml", lambda n: "- " * n + "ReLU()"), 2**13),
    "list-yaml-maps": (_layers("yaml", lambda n: f"layers: {'{a: ' * n}1{'}' * n}"), 2**13),
    "list-yaml-keys": (_layers("yaml", lambda n: "? " * n + "a"), 2**13),
    "list-text": (_layers("txt", lambda n: "ReLU()\n" * n), 2**14),
    "list-text-brackets": (_layers("txt", lambda n: "(" * n), 2**18),
    "list-text-arrows": (_layers("txt", lambda n: "ReLU() " + "<- " * n), 2**18),
    "list-text-spaces": (_layers("txt", lambda n: "ReLU()" + " " * n + "x"), 2**18),
    "list-text-times": (_layers("txt", lambda n: "3 x" + " " * n), 2**18),
    "list-text-comments": (_layers("txt", lambda n: "#" * n + "\nReLU()"), 2**18),
    "list-text-names": (_layers("txt", lambda n: "a." * n + ": ReLU()"), 2**18),
    "list-text-named": (_layers("txt", _named), 2**13),
    "list-text-joined": (_layers("txt", _sums), 2**13),
    "list-py": (_layers("py", lambda n: f"x = nn.Sequential({'nn.ReLU(), ' * n})"), 2**13),
    "list-py-sequentials": (_layers("py", lambda n: "x = nn.Sequential(nn.ReLU())\n" * n), 2**13),
    "list-py-constants": (_layers("py", _constants), 2**14),
    "list-py-product": (_layers("py", _product), 2**8),
    "printed-lines": (_layers("txt", _printed), 2**13),
    "printed-nested": (_layers("txt", _nested), 2**9),
    "printed-brackets": (_layers("txt", lambda n: f"Sequential(\n(0): ReLU({'(' * n})\n)"), 2**17),
    "printed-name": (_layers("txt", lambda n: f"Sequential(\n({'-1' * n}): ReLU()\n)"), 2**17),
}  # fmt: skip
WORDS: dict[str, Make] = {  # one argument of repeated parts
    "shape-sizes": _word("1x", "shape", "conv2d", "@1"),
    "shape-brackets": _word("(", "shape", "conv2d", "@5x5"),
    "shape-spaces": _word(" ", "shape", "conv2d", "5@x@y"),
    "expression-names": _word("a.", "shape", "@Conv2d(1, 1, 3)", SHAPE),
    "expression-spaces": _word(" ", "shape", "Conv2d(1, 1, 3@,x", SHAPE),
    "expression-arguments": _word("1,", "shape", "Conv2d(@)", SHAPE),
    "expression-brackets": _word("(", "shape", "Conv2d(@", SHAPE),
    "expression-sum": _word("1+", "shape", "Conv2d(1, 1, @1)", SHAPE),
    "expression-minus": _word("-", "shape", "Conv2d(1, 1, @1)", SHAPE),
    "expression-newlines": _word("\n", "shape", "Conv2d(1, 1,@ x)", SHAPE),
    "expression-text": _word("a", "shape", "Conv2d(1, 1, 3, padding_mode='@')", SHAPE),
    "literal-numbers": _word("1 ", "run", "conv1d", "@", "ones:1", "-q"),
    "literal-rows": _word("1;", "run", "conv2d", "@1", ONE, "-q"),
    "literal-commas": _word(", ", "run", "conv2d", "1@", ONE),
    "literal-spaces": _word(" ", "run", "conv2d", "1@x", ONE),
    "literal-tensor": _word(" ", "run", "conv2d", "tensor(@x", ONE),
    "literal-closing": _word(" )", "run", "conv2d", "[1]@", ONE),
    "padding-axes": _word("1,", "shape", "conv2d", "5x5", "-k", "3", "-p", "@1"),
    "position": _word("1,", "trace", "conv2d", "arange:5x5", "ones:3x3", "--at", "@1"),
    "layers": _word("ReLU();", "stack", "@", SHAPE),
    "kernel": _word("a:", "run", "conv2d", "arange:5x5", "kernel:@"),
    "module": _word("a.", "stack", "--module", "@b:c", SHAPE),
    "max-memory": _word("1", "run", "conv2d", "arange:5x5", "ones:3x3", "--max-memory", "@x"),
}  # fmt: skip
LONGEST_WORD = 2**15  # parts; Linux takes 128 KiB of an argument
_LINES = {
    "stack-prove": ("stack '{n} x ReLU()' 8x8 --prove", 2**14),
    "stack-prove-convolutions": ("stack '{n} x Conv2d(1,1,3,padding=1)' 8x8 --prove", 2**12),
    "stack": ("stack '{n} x ReLU()' 8x8", 2**15),
    "stack-convolutions": ("stack '{n} x Conv2d(1,1,3,padding=1)' 8x8", 2**14),
    "stack-branches": ("stack 'a: ReLU(); {n} x ReLU(); Add() <- a, {n}' 8x8", 2**14),
    "stack-sizes": ("stack 'Conv2d(1,1,3,padding=1); ReLU()' 8x8 --sizes 1..{n}", 2**14),
    "stack-mirror": ("stack '{n} x Conv2d(1,1,3,padding=1)' 8x8 --mirror", 2**13),
    "stack-target": ("stack '{n} x Conv2d(1,1,3,padding=1)' 8x8 --target-rf 99", 2**13),
    "stack-unit": ("stack '{n} x Conv2d(1,1,3,padding=1)' 8x8 --unit 1,1", 2**13),
    "stack-compare": ("stack '{n} x ReLU()' '{n} x ReLU()' 8x8 --compare", 2**13),
    "stack-latex": ("stack '{n} x ReLU()' 8x8 -f latex", 2**13),
    "trace-all-table": ("trace conv1d arange:{n} ones:3 --all", 2**15),
    "trace-all-plain": ("trace conv1d arange:{n} ones:3 --all -f plain", 2**15),
    "trace-all-latex": ("trace conv1d arange:{n} ones:3 --all -f latex", 2**14),
    "trace-all-markdown": ("trace conv1d arange:{n} ones:3 --all -f markdown", 2**14),
    "trace-all-csv": ("trace conv1d arange:{n} ones:3 --all -f csv", 2**15),
    "trace-scatter": ("trace conv_transpose1d arange:{n} ones:3 --all --view scatter", 2**14),
    "trace-one": ("trace conv1d arange:{n} ones:{half} --at 1", 2**15),
    "run-table": ("run conv1d arange:{n} ones:3", 2**19),
    "run-plain": ("run conv2d arange:{n}x4 ones:1x1 -f plain", 2**17),
    "run-json": ("run conv2d arange:{n}x4 ones:1x1 --json", 2**17),
    "grad": ("grad conv1d arange:{n} ones:3", 2**17),
    "matrix-table": ("matrix conv1d arange:{n} ones:3", 2**11),
    "learn-epochs": ("learn conv1d ones:9 ones:7 -k 3 --lr 0.001 --epochs {n}", 2**14),
    "learn-channels": ("learn conv1d ones:1x1x9 ones:1x{n}x9 -k 1 -c {n} --epochs 1", 2**13),
    "init": ("init 'Conv1d(1, {n}, 3)' -f plain", 2**16),
    "shape-large": ("shape conv2d {n}x{n} -k 3", 2**20),
    "solve": ("solve conv1d {n} {half}", 2**12),
    "solve-range": ("solve conv1d 1x1x9 1x1x9 -k 1..{n}", 2**10),
    "show": ("show conv1d arange:{n} ones:3", 2**13),
}  # fmt: skip
COMMANDS = {name: (_line(text), most) for name, (text, most) in _LINES.items()}
NEEDS = {"onnx-nodes": "onnx", "torch-tensors": "torch", "safetensors-tensors": "safetensors"}
