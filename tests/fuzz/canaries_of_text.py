"""The same text in every place of the text formats and in every word of the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from tests.fuzz.canaries import NAME, WORD
from tests.fuzz.case import Case, packed
from tests.fuzz.formats.serve_queries import AXIS, COMMAND, LAYER

STACK = "1x1x8x8"


def list_cases() -> Iterator[tuple[str, Case]]:
    records: dict[str, Any] = {
        "text": [NAME],
        "name": [{"layer": "ReLU", "name": NAME}],
        "names-twice": [{"layer": "ReLU", "name": NAME}, {"layer": "ReLU", "name": NAME}],
        "pair": [{NAME: "ReLU()"}],
        "layer": [{"layer": NAME}],
        "key": [{"layer": "conv2d", "kernel_size": 3, NAME: 3}],
        "key-of-class": [{"layer": "MaxPool2d", NAME: 3}],
        "value": [{"layer": "conv2d", "kernel_size": NAME}],
        "value-of-class": [{"layer": "MaxPool2d", "kernel_size": NAME}],
        "mode": [{"layer": "conv2d", "kernel_size": 3, "padding_mode": NAME}],
        "source": [{"layer": "ReLU", "from": NAME}],
        "item": [[NAME]],
        "whole": NAME,
        "refused": [{"layer": "Linear(3, 4)", "name": NAME}],
    }
    for slot, data in records.items():
        text = json.dumps(data)
        for suffix in ("json", "yaml"):
            needs = ("yaml",) if suffix == "yaml" else ()
            yield (
                f"{suffix}-{slot}",
                Case(("stack", f"m.{suffix}", STACK), packed(f"m.{suffix}", text), needs=needs),
            )
        lines = "\n".join(json.dumps(row) for row in (data if isinstance(data, list) else [data]))
        yield f"jsonl-{slot}", Case(("stack", "m.jsonl", STACK), packed("m.jsonl", lines))
    yield (
        "compared",
        Case(
            ("stack", "--compare", "m.json", "m.json", STACK),
            packed("m.json", json.dumps(records["name"])),
        ),
    )


def syntax_cases() -> Iterator[tuple[str, Case]]:
    texts = {
        "m.json": f"[{WORD}]", "m.jsonl": f"{{{WORD}}}", "m.toml": f"layers = {WORD}",
        "m.yaml": f"layers: [*{WORD}]",
        "n.toml": f'{json.dumps(WORD)} = 1\n{json.dumps(WORD)} = 2',
        "n.yaml": f"layers: [!!{WORD} x]",
        "m.txt": f"{WORD}(3)", "n.txt": f"{WORD}: ReLU()", "o.txt": f"ReLU() <- {WORD}",
        "p.txt": f"Sequential(\n  ({WORD}): ReLU()\n)",
        "q.txt": f"Sequential(\n  (0): Linear({WORD})\n)",
        "m.py": f"x = nn.Sequential(nn.ReLU(), {WORD})",
        "n.py": f"x = nn.Sequential(nn.Conv2d(1, 1, {WORD!r}))",
        "o.py": f"x = nn.Sequential(OrderedDict([({WORD!r}, nn.ReLU())]))",
        "p.py": f"x = nn.Sequential(f({WORD!r}))\ny = nn.Sequential()", "q.py": f"# {WORD}",
        "r.py": f"x = nn.Sequential(*[{WORD!r}])",
        "s.txt": f"Conv2d(1, 1, 3, padding_mode='{WORD}')", "t.txt": f"3 x {WORD}",
    }  # fmt: skip
    for file, text in texts.items():
        yield (
            f"syntax-{file}",
            Case(
                ("stack", file, STACK),
                packed(file, text),
                needs=("yaml",) if file.endswith("yaml") else (),
            ),
        )
    for suffix, text in {
        "csv": f"1,{WORD}\n",
        "json": f"[1, {WORD}]",
        "txt": WORD,
        "tsv": f"1\t{WORD}",
    }.items():
        yield (
            f"array-{suffix}",
            Case(("run", "conv2d", f"x.{suffix}", "ones:1x1"), packed(f"x.{suffix}", text)),
        )


def batch_cases() -> Iterator[tuple[str, Case]]:
    record = {"layer": "conv2d", "input_shape": [5, 5], "kernel_size": 3}
    for slot, change in {
        "layer": {"layer": NAME}, "shape": {"input_shape": NAME}, "name": {"name": NAME},
        "id": {"id": NAME}, "key": {NAME: 1},
        "value": {"kernel_size": NAME}, "mode": {"padding_mode": NAME},
    }.items():  # fmt: skip
        yield (
            f"batch-{slot}",
            Case(("shape", "--batch", "-"), stdin=json.dumps({**record, **change}).encode()),
        )
    yield "batch-text", Case(("shape", "--batch", "-"), stdin=NAME.encode())


def word_cases() -> Iterator[tuple[str, Case]]:
    """The command line itself; what a file is called comes from whoever sends the file."""
    run = ("run", "conv2d", "arange:5x5", "ones:3x3")
    for option in (
        "-k", "-c", "-s", "-p", "-d", "-g", "--padding-mode", "--output-padding", "--bias",
        "--expect", "-f", "--precision",
        "--color", "--max-memory", "--seed", "-o", "--engine", "--threads",
    ):  # fmt: skip
        yield f"option{option}", Case((*run, option, NAME), may_write=option == "-o")
    stack = ("stack", "ReLU()", STACK)
    for option in ("--sizes", "--unit", "--target-rf"):
        yield f"option{option}", Case((*stack, option, NAME))
    yield "option--module", Case(("stack", "--module", NAME, STACK), needs=("torch",))
    for slot, argv in {
        "command": (NAME,), "layer": ("shape", NAME, "5x5"),
        "expression": ("shape", f"Conv2d({NAME}=1)", "5x5"),
        "class": ("shape", f"{WORD}(1)", "5x5"),
        "string": ("shape", f"Conv2d(1, 1, 3, padding_mode={WORD!r})", "5x5"),
        "raw-string": ("shape", f"Conv2d(1, 1, 3, padding_mode='{WORD}')", "5x5"),
        "shape": ("shape", "conv2d", NAME),
        "array": ("run", "conv2d", NAME, "ones:1x1"),
        "generator": ("run", "conv2d", f"arange:{NAME}", "ones:1x1"),
        "kernel": ("run", "conv2d", "arange:5x5", f"kernel:{NAME}"),
        "missing": ("run", "conv2d", f"{NAME}.npy", "ones:1x1"),
        "at": ("trace", "conv2d", "arange:5x5", "ones:3x3", "--at", NAME),
        "option": ("run", f"--{NAME}"),
        "lang": ("show", "conv2d", "arange:5x5", "ones:3x3", "--lang", NAME),
        "solve": ("solve", "conv2d", NAME, NAME),
        "scheme": ("init", "conv2d", "-k", "3", "--in-channels", "1", "-c", "1", "--scheme", NAME),
        "loss": ("learn", "conv2d", "ones:3x3", "ones:3x3", "-k", "1", "--loss", NAME),
        "list": ("stack", f"{WORD}: ReLU()", STACK),
    }.items():  # fmt: skip
        yield f"word-{slot}", Case(argv)
    for suffix in ("npy", "npz", "csv", "json", "png", "pt", "nii", "safetensors", "xyz"):
        file = f"{NAME}.{suffix}"
        yield f"file-{suffix}", Case(("run", "conv2d", file, "ones:1x1"), packed(file, b"nonsense"))
    for suffix in ("onnx", "json", "yaml", "toml", "py", "txt", "jsonl"):
        file = f"{NAME}.{suffix}"
        yield f"file-of-layers-{suffix}", Case(("stack", file, STACK), packed(file, b"{nonsense"))


def serve_cases() -> Iterator[tuple[str, Case]]:
    part = "first=0,0,0&size=1,1,1"
    mode = quote(json.dumps({**LAYER, "padding_mode": NAME}))
    size = quote(json.dumps({**LAYER, "axes": [{**AXIS, "kernel_size": NAME}, AXIS]}))
    for slot, query in {
        "array": f"array={quote(NAME)}&{part}",
        "first": f"array=input&first={quote(NAME)}&size=1,1,1",
        "mode": f"array=output&{part}&layer={mode}",
        "size": f"array=output&{part}&layer={size}",
    }.items():
        yield (
            f"serve-{slot}",
            Case(
                COMMAND, request=f"GET /TOKEN/part?{query} HTTP/1.1\r\nHost: HOST\r\n\r\n".encode()
            ),
        )


def all_cases() -> Iterator[tuple[str, Case]]:
    for cases in (list_cases, syntax_cases, batch_cases, word_cases, serve_cases):
        yield from cases()
