"""A text that must not reach a terminal, in every place of the binary formats that holds text."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from tests.fuzz.case import Case, packed
from tests.fuzz.damage import CANARY
from tests.fuzz.formats import npz_files, onnx_models, pictures, safetensors_files, torch_files

NAME = f"{CANARY}TAIL"  # a line that begins with TAIL is a newline that got through
WORD = CANARY.strip("\n") + "TAIL"  # for formats whose lines end at a newline
RUN = ("run", "conv2d")
WEIGHT = "ones:1x1"

Slots = dict[str, tuple[tuple[str, ...], str, bytes]]


def npy(descr: str = "<f8", more: str = "") -> bytes:
    header = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': (2, 2){more}}}".encode()
    return b"\x93NUMPY\x03\x00" + struct.pack("<I", len(header)) + header + bytes(32)


def npy_slots() -> Slots:
    line = (*RUN, "x.npy", WEIGHT)
    return {
        "type": (line, "x.npy", npy(f"{NAME}")),
        "key": (line, "x.npy", npy("<f8", f", {NAME!r}: 1")),
        "magic": (line, "x.npy", b"\x93NUMPX" + NAME.encode()),
    }


def npz_slots() -> Slots:
    one, two = (npz_files.archive_of([(f"{NAME}{i}.npy", npy()) for i in range(n)]) for n in (1, 2))
    stream = io.BytesIO(npz_files.archive_of([("a.npy", npy(NAME))]))
    with zipfile.ZipFile(stream, "a") as archive:
        archive.comment = NAME.encode()
    broken = one.replace(b"PK\x03\x04", b"PK\x03\x05", 1)
    return {
        "member": ((*RUN, "x.npz", WEIGHT), "x.npz", two),
        "wrong-member": ((*RUN, "x.npz:none", WEIGHT), "x.npz", one),
        "damaged-member": ((*RUN, f"x.npz:{NAME}0", WEIGHT), "x.npz", broken),
        "asked-member": (
            (*RUN, f"x.npz:{NAME}", WEIGHT),
            "x.npz",
            npz_files.archive_of([("a.npy", npy())]),
        ),
        "type": ((*RUN, "x.npz", WEIGHT), "x.npz", stream.getvalue()),
        "weights": (
            (
                "learn",
                "Conv2d(1,1,1)",
                "Conv2d(1,1,1)",
                "ones:3x3",
                "ones:3x3",
                "--weight",
                "x.npz",
            ),
            "x.npz",
            two,
        ),
    }


def safetensors_slots() -> Slots:
    entry: dict[str, Any] = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
    second = {**entry, "data_offsets": [16, 32]}
    headers: dict[str, Any] = {
        "name": {NAME: entry, "b": second},
        "only-name": {NAME: entry},
        "dtype": {"a": {**entry, "dtype": NAME}},
        "shape": {"a": {**entry, "shape": [NAME]}},
        "key": {"a": {**entry, NAME: 1}},
        "metadata": {"__metadata__": {NAME: NAME, "x": 1}, "a": entry},
        "text": NAME,
    }
    slots = {}
    for slot, header in headers.items():
        member = ":none" if slot == "only-name" else ""
        data = safetensors_files.file_of(json.dumps(header).encode(), bytes(32))
        slots[slot] = ((*RUN, f"x.safetensors{member}", WEIGHT), "x.safetensors", data)
    return slots


def torch_slots() -> Slots:
    import torch

    ones, line = torch.ones(2, 2), (*RUN, "x.pt", WEIGHT)
    plain = torch_files.saved(ones)
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    pickle = next(name for name in members if name.endswith("data.pkl"))
    raw = WORD.encode()

    def patched(old: bytes, new: bytes) -> bytes:
        return torch_files.rewritten({**members, pickle: members[pickle].replace(old, new, 1)})

    return {
        "key": (line, "x.pt", torch_files.saved({NAME: ones, "b": ones})),
        "only-key": ((*RUN, "x.pt:none", WEIGHT), "x.pt", torch_files.saved({NAME: ones})),
        "value": (line, "x.pt", torch_files.saved([NAME])),
        "global": (line, "x.pt", patched(b"torch._utils\n_rebuild_tensor_v2", raw + b"\n" + raw)),
        "storage": (line, "x.pt", patched(b"torch\nFloatStorage", b"torch\n" + raw)),
        "member": (
            line,
            "x.pt",
            torch_files.rewritten({f"{NAME}/{name}": data for name, data in members.items()}),
        ),
        "legacy": (line, "x.pt", torch_files.saved({NAME: ones, "b": ones}, zipped=False)),
        "no-archive": (line, "x.pt", raw),
    }


def onnx_slots() -> Slots:
    changes: dict[str, Callable[[Any], None]] = {
        "node": lambda m: setattr(m.graph.node[0], "name", NAME),
        "operator": lambda m: setattr(m.graph.node[0], "op_type", NAME),
        "operator-behind": lambda m: setattr(m.graph.node[2], "op_type", NAME),
        "domain": lambda m: setattr(m.graph.node[0], "domain", NAME),
        "graph": lambda m: setattr(m.graph, "name", NAME),
        "producer": lambda m: setattr(m, "producer_name", NAME),
        "value": _renamed("a"),
        "input": _renamed("x"),
        "weight": _renamed("w"),
        "dim": lambda m: setattr(m.graph.input[0].type.tensor_type.shape.dim[2], "dim_param", NAME),
        "attribute": lambda m: setattr(m.graph.node[0].attribute[0], "name", NAME),
        "attribute-value": _with_auto_pad,
        "opset": lambda m: setattr(m.opset_import[0], "domain", NAME),
        "location": _with_location,
    }
    return {
        slot: (("stack", "m.onnx", shape), "m.onnx", _changed(change))
        for slot, change in changes.items()
        for shape in ("1x1x8x8",)
    } | {"input-rank": (("stack", "m.onnx", "8"), "m.onnx", _changed(changes["input"]))}


def _changed(change: Callable[[Any], None]) -> bytes:
    import random

    model = next(
        model
        for seed in range(100)
        if (model := onnx_models.whole_model(random.Random(seed))).graph.node[1].op_type
        == "BatchNormalization"
    )
    change(model)
    data: bytes = model.SerializeToString()
    return data


def _renamed(old: str) -> Callable[[Any], None]:
    def rename(model: Any) -> None:
        graph = model.graph
        for part in (*graph.input, *graph.output, *graph.initializer):
            part.name = NAME if part.name == old else part.name
        for node in graph.node:
            for names in (node.input, node.output):
                for at, name in enumerate(names):
                    names[at] = NAME if name == old else name

    return rename


def _with_auto_pad(model: Any) -> None:
    from onnx import helper

    model.graph.node[0].attribute.append(helper.make_attribute("auto_pad", NAME))


def _with_location(model: Any) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = 1
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", NAME


def picture_slots() -> Slots:
    text = NAME.encode()
    chunks = pictures.png_chunks(pictures.saved("L", "PNG") or b"")
    damaged = [*chunks[:1], (b"tEXt", text), (b"zTXt", text), (b"iCCP", text), *chunks[1:]]
    line = (*RUN, "x.png", WEIGHT)
    return {
        "contents": (line, "x.png", text),
        "text-chunk": (line, "x.png", pictures.png_of(damaged)),
        "chunk-name": (
            line,
            "x.png",
            pictures.png_of([*chunks[:1], (b"\x1b[3\x07", b""), *chunks[1:]]),
        ),
        "postscript": (line, "x.png", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: " + text),
        "ppm": (line, "x.png", b"P5 " + text + b" 2 2"),
        "xpm": (line, "x.png", b"/* XPM */" + text),
        "im": (line, "x.png", b"Image type: " + text),
        "jpeg-comment": (
            (*RUN, "x.jpg", WEIGHT),
            "x.jpg",
            b"\xff\xd8\xff\xfe" + struct.pack(">H", len(text) + 2) + text,
        ),
    }


def nifti_slots() -> Slots:
    import random

    from tests.fuzz.formats import nifti_files

    out = nifti_files.whole_volume(random.Random(0))
    text = (WORD.encode() * 3)[:79]
    places = {
        "description": (148, 80),
        "intent": (328, 16),
        "database": (14, 18),
        "magic": (344, 4),
        "data-type": (4, 10),
    }
    slots = {}
    for slot, (at, width) in places.items():
        data = out[:at] + text[:width].ljust(width, b"\0") + out[at + width :]
        slots[slot] = ((*RUN, "x.nii", WEIGHT), "x.nii", data)
    return slots


BUILDERS: dict[str, tuple[Callable[[], Slots], tuple[str, ...]]] = {
    "npy": (npy_slots, ()),
    "npz": (npz_slots, ()),
    "safetensors": (safetensors_slots, ("safetensors",)),
    "torch": (torch_slots, ("torch",)),
    "onnx": (onnx_slots, ("onnx",)),
    "picture": (picture_slots, ("PIL",)),
    "nifti": (nifti_slots, ("nibabel",)),
}


def cases_of(name: str) -> Iterator[tuple[str, Case]]:
    """The place, and the case, for every place of a format."""
    builder, needs = BUILDERS[name]
    for slot, (argv, file, data) in builder().items():
        yield slot, Case(argv, packed(file, data), needs=needs)
