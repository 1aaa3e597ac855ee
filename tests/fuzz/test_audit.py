"""Nothing is started: no process, no network, no foreign library, no import of a name in a file.

Every case of every test here runs under an audit hook (see `audit`); these are those that try it.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable, Iterator

import pytest

from tests.fuzz.case import Case, packed
from tests.fuzz.driver import Workers
from tests.fuzz.formats import npz_files, pictures, torch_files

DECOY = (
    "decoy.py",
    b"open('imported', 'w').close()\n\ndef run(*_):\n    open('run', 'w').close()\n",
)
OPERANDS = ("conv2d", "arange:5x5", "ones:3x3")
COMMANDS = (
    ("shape", "conv2d", "5x5", "-k", "3"), ("trace", *OPERANDS), ("run", *OPERANDS),
    ("grad", *OPERANDS), ("matrix", *OPERANDS),
    ("show", *OPERANDS), ("init", "Conv2d(1, 1, 3)"),
    ("learn", "conv2d", "ones:5x5", "ones:3x3", "-k", "3", "--epochs", "2"),
    ("stack", "Conv2d(1, 1, 3); ReLU()", "8x8"), ("solve", "conv2d", "8x8", "4x4"),
    ("check", "--cases", "2"), ("--help",),
    ("run", *OPERANDS, "--check"), ("run", *OPERANDS, "--engine", "torch"), ("run", "--help"),
    ("--version",),
)  # fmt: skip
PICKLED = b"cdecoy\nrun\n(tR."  # protocol 0: decoy.run()
POSTSCRIPTS = (
    pictures.POSTSCRIPT,
    b"\xc5\xd0\xd3\xc6\x1e\0\0\0\xff\0\0\0" + bytes(18) + pictures.POSTSCRIPT,
    b"%PDF-1.4\n", b"\xd7\xcd\xc6\x9a" + bytes(60),
    b"\x1b%-12345X@PJL\n%!PS-Adobe-2.0\n%%BoundingBox: 0 0 9 9\n",
)  # fmt: skip


def hostile_layers() -> Iterator[tuple[str, str, str]]:
    """Name, file and text of lists of layers that would run something if they were believed."""
    call = "__import__('decoy').run()"
    yield (
        "py-call",
        "m.py",
        f"import decoy\nx = nn.Sequential(nn.Conv2d(1, 1, {call}), decoy.run())",
    )
    yield "py-argument", "m.py", f"import decoy\nx = nn.Sequential({call})"
    yield "yaml-apply", "m.yaml", "layers: [!!python/object/apply:decoy.run []]"
    yield "yaml-name", "m.yaml", "layers: [!!python/name:decoy.run '']"
    yield "yaml-module", "m.yaml", "layers: !!python/module:decoy ''"
    yield "json-argument", "m.json", f'[{{"layer": "MaxPool2d", "kernel_size": "{call}"}}]'
    yield "json-class", "m.json", '["decoy.run()"]'
    yield "json-path", "m.json", '[{"layer": "decoy.py", "from": "decoy.run"}]'
    yield "toml", "m.toml", f'layers = ["Conv2d(1, 1, {call})"]'
    yield "printed", "m.txt", f"Sequential(\n  (0): decoy.run({call})\n)"


def _safe(name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(torch_files.saved(_ones()))) as archive:
        members = {entry: archive.read(entry) for entry in archive.namelist()}
    pickle = next(entry for entry in members if entry.endswith("data.pkl"))
    changed = members[pickle].replace(b"torch._utils\n_rebuild_tensor_v2", b"decoy\nrun")
    return torch_files.rewritten({**members, pickle: PICKLED if name == "pickle" else changed})


def _ones() -> object:
    import torch

    return torch.ones(2, 2)


def _object_array() -> bytes:
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,)}"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + PICKLED


BINARY: dict[str, tuple[str, Callable[[], bytes]]] = {
    "npy-objects": ("x.npy", _object_array),
    "npy-pickle": ("x.npy", lambda: PICKLED),
    "npz-objects": ("x.npz", lambda: npz_files.archive_of([("a.npy", _object_array())])),
    "torch-pickle": ("x.pt", lambda: _safe("pickle")),
    "torch-global": ("x.pt", lambda: _safe("global")),
    "torch-legacy": ("x.pt", lambda: PICKLED),
    **{
        f"picture-{at}{suffix}": (f"x.{suffix}", lambda data=data: data)  # type: ignore[misc]
        for at, data in enumerate(POSTSCRIPTS)
        for suffix in ("png", "tif", "gif")
    },
}
NEEDS = {"x.pt": ("torch",), "x.png": ("PIL",), "x.tif": ("PIL",), "x.gif": ("PIL",)}


def nothing_is_started(case: Case, workers: Workers) -> None:
    outcome = workers.run(case._replace(files=(*case.files, DECOY)))
    assert (outcome.started, outcome.left, outcome.ended) == ((), (), "")
    assert outcome.status != 70, outcome.bug


@pytest.mark.parametrize("argv", COMMANDS, ids=" ".join)
def test_a_command_starts_nothing(argv: tuple[str, ...], workers: Workers) -> None:
    torch = ("torch",) if {"check", "--check", "torch"} & set(argv) else ()
    nothing_is_started(Case(argv, needs=torch), workers)


@pytest.mark.parametrize(
    ("name", "file", "text"), [pytest.param(*row, id=row[0]) for row in hostile_layers()]
)
def test_a_list_of_layers_starts_nothing(name: str, file: str, text: str, workers: Workers) -> None:
    nothing_is_started(Case(("stack", file, "1x1x8x8"), packed(file, text)), workers)


@pytest.mark.parametrize("name", BINARY)
def test_a_binary_file_starts_nothing(name: str, workers: Workers) -> None:
    file, make = BINARY[name]
    needs = NEEDS.get(file, ())
    for package in needs:
        pytest.importorskip(package)
    nothing_is_started(
        Case(("run", "conv2d", file, "ones:1x1"), packed(file, make()), needs=needs), workers
    )


@pytest.mark.parametrize(
    "text",
    ["decoy.Conv2d(1, 1, 3)", "decoy.run()", "Conv2d(1, 1, decoy.run())", "__import__('decoy')"],
)
def test_an_expression_starts_nothing(text: str, workers: Workers) -> None:
    for argv in (
        ("shape", text, "1x1x8x8"),
        ("stack", text, "1x1x8x8"),
        ("run", text, "ones:1x1x8x8"),
        ("init", text),
    ):
        nothing_is_started(Case(argv), workers)


def test_an_onnx_model_with_weights_elsewhere_opens_nothing_else(workers: Workers) -> None:
    pytest.importorskip("onnx")
    from tests.fuzz.canaries import _changed

    def elsewhere(model: object) -> None:
        tensor = model.graph.initializer[0]  # type: ignore[attr-defined]
        tensor.data_location = 1
        entry = tensor.external_data.add()
        entry.key, entry.value = "location", "decoy.py"

    case = Case(
        ("stack", "m.onnx", "1x1x8x8"), packed("m.onnx", _changed(elsewhere)), needs=("onnx",)
    )
    nothing_is_started(case, workers)


def test_the_hook_sees_what_it_must(workers: Workers) -> None:
    """--module runs code on purpose: the hook sees that."""
    pytest.importorskip("torch")
    case = Case(("stack", "--module", "decoy:run", "1x1x8x8"), (DECOY,), needs=("torch",))
    outcome = workers.run(case)
    assert any("decoy" in line for line in outcome.started) or outcome.left
