"""Files of torch.save: the pickle, the storages and the archive damaged."""

from __future__ import annotations

import io
import pickletools
import random
import struct
import warnings
import zipfile
from functools import cache
from typing import Any

from tests.fuzz.case import Case, array_command, packed
from tests.fuzz.damage import CANARY, damaged_bytes, number_of, text_of

GLOBALS = (
    b"torch._utils\n_rebuild_tensor_v2", b"torch._utils\n_rebuild_parameter",
    b"torch._utils\n_rebuild_sparse_tensor",
    b"torch._utils\n_rebuild_qtensor", b"torch._utils\n_rebuild_meta_tensor_no_storage",
    b"torch\nFloatStorage",
    b"torch\nLongStorage", b"torch\nBFloat16Storage", b"torch\nBoolStorage", b"torch\nQInt8Storage",
    b"torch\nSize",
    b"torch\ndevice", b"torch.serialization\n_get_layout", b"collections\nOrderedDict",
    b"collections\nCounter",
    b"torch._utils\n_rebuild_wrapper_subclass", b"torch._utils\n_rebuild_device_tensor_from_numpy",
    b"torch\nTensor",
    b"torch._tensor\n_rebuild_from_type_v2", b"torch\nfloat8_e4m3fn", b"torch\nComplexFloatStorage",
    b"_codecs\nencode",
)  # fmt: skip
FORBIDDEN = (
    b"os\nsystem", b"posix\nsystem", b"builtins\neval", b"builtins\nexec", b"subprocess\nPopen",
    b"decoy\nrun", b"nt\nsystem",
    b"torch.hub\nload", b"builtins\ngetattr", b"importlib\nimport_module", b"torch\nload",
    b"\x1b[31m\nCANARY\x07",
)  # fmt: skip
WIDTHS = {"BININT1": 1, "BININT2": 2, "BININT": 4}


MEMBERS = (
    ":weight",
    ":a",
    ":state.conv.weight",
    ":layers.0",
    ":layers.1.b",
    ":state",
    ":epoch",
    ":0",
)


def make(rng: random.Random) -> Case:
    data = rng.choice(whole_files())
    if rng.random() < 0.15 or not zipfile.is_zipfile(io.BytesIO(data)):
        data = damaged_bytes(rng, data)
    else:
        data = damaged_archive(rng, data)
    name = rng.choice(("x.pt", "x.pth", "x.ckpt"))
    member = rng.choice(("", "", "", *MEMBERS, f":{text_of(rng)[:40]}")).replace("\0", "")
    return Case(array_command(rng, name + member), packed(name, data))


@cache
def whole_files() -> list[bytes]:
    """Tensors of every kind, as torch.save writes them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        values = [*strided_values(), *sparse_tensors()]
        files = [saved(value) for value in values]
        files += [saved(value) for value in nested_values()]
        return [*files, saved(values[0], zipped=False), saved(values[5], zipped=False)]


def nested_values() -> list[Any]:
    """What trainers save: tensors inside of dicts, lists and tuples, beside other values."""
    import torch

    weight = torch.arange(8.0).reshape(2, 1, 2, 2)
    shared: Any = [weight]
    for _ in range(30):
        shared = [shared, shared]
    loop: dict[str, Any] = {"w": weight}
    loop["again"] = loop
    return [
        {"epoch": 3, "state": {"conv.weight": weight, "conv.bias": weight[0]}, "lr": [0.1]},
        {"layers": [weight, (weight + 1, {"b": weight.to(torch.float8_e4m3fn)})]},
        [weight, weight + 1],
        {"a.b": weight, "a": {"b": weight}},
        torch.nn.Linear(2, 2),
        {"model": torch.nn.Linear(2, 2), "none": None, CANARY: {}},
        shared,
        loop,
        {},
    ]


def strided_values() -> list[Any]:
    import torch

    return [
        torch.arange(12.0).reshape(3, 4),
        torch.arange(12).reshape(3, 4).t(),
        torch.ones(2, 2, dtype=torch.bfloat16),
        torch.ones(2, 2, dtype=torch.complex64).conj(),
        torch.nn.Parameter(torch.ones(1, 1, 3, 3)),
        {"weight": torch.ones(3, 3), "bias": torch.zeros(3)},
        {"a": torch.ones(2), "b": [1, {"c": torch.ones(1)}], 3: "x"},
        [torch.ones(2)],
        torch.ones(6, dtype=torch.uint8)[2:5],
        torch.empty(0, 3),
        torch.tensor(3.5),
        torch.ones(2, 2, dtype=torch.float8_e4m3fn),
        torch.quantize_per_tensor(torch.ones(2, 2), 0.5, 3, torch.qint8),
        torch.empty(2, 2, device="meta"),
    ]


def sparse_tensors() -> list[Any]:
    import torch

    wrong = {"check_invariants": False}
    return [
        torch.sparse_coo_tensor([[0, 1]], [1.0, 2.0], (4,)),
        torch.sparse_coo_tensor([[0], [10**12]], [1.0], (4, 4), **wrong),
        torch.sparse_coo_tensor([[-5], [1]], [1.0], (4, 4), **wrong),
        torch.sparse_csr_tensor([0, 1, 2], [0, 1], [1.0, 2.0], (2, 2)),
        torch.sparse_csr_tensor([0, 1, 10**9], [0, 99], [1.0, 2.0], (2, 2), **wrong),
        torch.sparse_coo_tensor([[0]], [1.0], (10**5,)),
    ]


def saved(value: Any, *, zipped: bool = True) -> bytes:
    import torch

    stream = io.BytesIO()
    torch.save(value, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


def damaged_archive(rng: random.Random, data: bytes) -> bytes:
    """The archive written anew, with one or two of its members changed."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    pickle = next(name for name in members if name.endswith("data.pkl"))
    for _ in range(rng.choice((1, 1, 2, 3))):
        match rng.randrange(8):
            case 0 | 1:
                members[pickle] = with_integers_replaced(rng, members[pickle])
            case 2 | 3:
                members[pickle] = with_globals_replaced(rng, members[pickle])
            case 4:
                members[pickle] = damaged_bytes(rng, members[pickle])
            case 5:
                name = rng.choice(sorted(members))
                members[name] = damaged_bytes(rng, members[name])
            case 6:
                name = rng.choice(sorted(members))
                members[name] = members[name] * rng.choice((0, 2, 50))
            case 7:
                name = rng.choice(sorted(set(members) - {pickle}))
                kept = members.pop(name)
                if rng.random() < 0.5:
                    members[text_of(rng)[:80] or "x"] = kept
    return rewritten(
        members, rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    )


def rewritten(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return stream.getvalue()


def with_globals_replaced(rng: random.Random, pickle: bytes) -> bytes:
    """One imported name changed to another, allowed or forbidden."""
    found = [name for name in (*GLOBALS,) if b"c" + name + b"\n" in pickle]
    if not found:
        return damaged_bytes(rng, pickle)
    return pickle.replace(
        b"c" + rng.choice(found) + b"\n", b"c" + rng.choice((*GLOBALS, *FORBIDDEN)) + b"\n", 1
    )


def with_integers_replaced(rng: random.Random, pickle: bytes) -> bytes:
    """Some of the integers (sizes, strides, offsets, counts) replaced by nasty ones."""
    try:
        steps = list(pickletools.genops(pickle))
    except ValueError:
        return pickle
    places = [
        (at, WIDTHS[step.name]) for step, _, at in steps if step.name in WIDTHS and at is not None
    ]
    for at, width in sorted(
        rng.sample(places, min(len(places), rng.choice((1, 1, 2, 6)))), reverse=True
    ):
        pickle = pickle[:at] + encoded_integer(number_of(rng)) + pickle[at + 1 + width :]
    return pickle


def encoded_integer(number: int) -> bytes:
    """The number as pickle's LONG1."""
    size = (number.bit_length() >> 3) + 1
    return b"\x8a" + struct.pack("B", size) + number.to_bytes(size, "little", signed=True)
