"""The peak of resident memory of every reader, beside what `--max-memory` allows.

A run that is refused takes no more than the limit; the limit that a refusal asks for suffices, and
the run stays within it. Beside the limit stands what the engine may hold at most, SCRATCH. Lines of
`--batch` are read one by one, so that what they take does not depend on their number.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
import wave
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import quote

import numpy as np
import pytest

from convcli.inputs.files.formats import FORMATS
from tests.fuzz.case import MIB, Case, packed
from tests.fuzz.driver import Workers
from tests.fuzz.formats.serve_queries import AXIS, LAYER

SCRATCH = 64 * MIB
SIDE = 1500  # of the arrays: 2,250,000 numbers
ASKED = re.compile(rb"--max-memory (\d+)M")
ROUNDS = 6  # of a limit that a refusal asks for, until it suffices


class Large(NamedTuple):
    """A file that takes some tens of MiB to read."""

    file: str
    make: Callable[[], bytes]
    package: str = "json"
    layer: tuple[str, str] = ("conv2d", "ones:1x1")


def numbers(kind: str = "f4", *shape: int) -> np.ndarray:
    sizes = shape or (SIDE, SIDE)
    return np.random.default_rng(0).integers(0, 200, sizes).astype(kind)


def npy() -> bytes:
    stream = io.BytesIO()
    np.save(stream, numbers())
    return stream.getvalue()


def npz(save: Callable[..., None]) -> bytes:
    stream = io.BytesIO()
    save(stream, a=numbers())
    return stream.getvalue()


def text(separator: str) -> bytes:
    rows = (separator.join(map(str, row)) for row in numbers("i4", 400, 400).tolist())
    return "\n".join(rows).encode()


def picture(format: str, mode: str = "RGB", **options: object) -> bytes:
    from PIL import Image

    pixels = numbers("u1", SIDE, SIDE, 3) if mode == "RGB" else numbers("u1")
    stream = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(stream, format, **options)
    return stream.getvalue()


def safetensors() -> bytes:
    import safetensors.numpy

    return safetensors.numpy.save({"a": numbers()})


def hdf5() -> bytes:
    import h5py

    stream = io.BytesIO()
    with h5py.File(stream, "w") as file:
        file["a"] = numbers()
    return stream.getvalue()


def torch_file(zipped: bool, kind: str = "float32") -> bytes:
    import torch

    stream = io.BytesIO()
    tensor = torch.from_numpy(numbers()).to(getattr(torch, kind))
    torch.save(tensor, stream, _use_new_zipfile_serialization=zipped)
    return stream.getvalue()


def volume(kind: str, slope: float = 1.0) -> bytes:
    data = numbers(kind, 130, 130, 130)
    header = bytearray(352)
    code, bits = {"u1": (2, 8), "i2": (4, 16), "f4": (16, 32), "f8": (64, 64)}[kind]
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, 130, 130, 130, 1, 1, 1, 1)
    struct.pack_into("<hh", header, 70, code, bits)
    struct.pack_into("<8f", header, 76, *(1.0,) * 8)
    struct.pack_into("<3f", header, 108, 352, slope, 0)
    header[344:348] = b"n+1\0"
    return bytes(header) + data.tobytes()


def sound() -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as file:
        file.setparams((2, 2, 44100, 0, "NONE", ""))
        file.writeframes(numbers("<i2").tobytes())
    return stream.getvalue()


VOLUME = ("conv3d", "ones:1x1x1")
COLOUR = ("conv2d", "ones:1x3x1x1")
SOUND = ("conv1d", "ones:2x2x1")
LARGE = {
    "npy": Large("x.npy", npy),
    "npz": Large("x.npz", lambda: npz(np.savez)),
    "npz-deflated": Large("x.npz", lambda: npz(np.savez_compressed)),
    "csv": Large("x.csv", lambda: text(",")),
    "csv-row": Large("x.csv", lambda: ",".join(["10"] * 1_000_000).encode()),
    "csv-names": Large("x.csv", lambda: b"a" + b",a" * 300_000 + b"\n1" + b",1" * 300_000),
    "tsv": Large("x.tsv", lambda: text("\t")),
    "txt": Large("x.txt", lambda: text(" ")),
    "json": Large("x.json", lambda: json.dumps(numbers("i4", 400, 400).tolist()).encode()),
    "safetensors": Large("x.safetensors", safetensors, "safetensors"),
    "h5": Large("x.h5", hdf5, "h5py"),
    "hdf5": Large("x.hdf5", hdf5, "h5py"),
    "pt": Large("x.pt", lambda: torch_file(True), "torch"),
    "pt-bfloat16": Large("x.pt", lambda: torch_file(True, "bfloat16"), "torch"),
    "pth-legacy": Large("x.pth", lambda: torch_file(False), "torch"),
    "ckpt": Large("x.ckpt", lambda: torch_file(True, "float64"), "torch"),
    "bin": Large("x.bin", lambda: torch_file(True), "torch"),
    "png": Large("x.png", lambda: picture("PNG"), "PIL", COLOUR),
    "png-palette": Large("x.png", lambda: picture("PNG", "P"), "PIL", COLOUR),
    "png-grey": Large("x.png", lambda: picture("PNG", "L"), "PIL"),
    "jpg": Large("x.jpg", lambda: picture("JPEG"), "PIL", COLOUR),
    "jpeg": Large("x.jpeg", lambda: picture("JPEG", "CMYK"), "PIL", COLOUR),
    "bmp": Large("x.bmp", lambda: picture("BMP"), "PIL", COLOUR),
    "tif": Large("x.tif", lambda: picture("TIFF"), "PIL", COLOUR),
    "tiff": Large("x.tiff", lambda: picture("TIFF", compression="tiff_deflate"), "PIL", COLOUR),
    "gif": Large("x.gif", lambda: picture("GIF", "L"), "PIL", COLOUR),
    "webp": Large(
        "x.webp", lambda: picture("WEBP", lossless=True, quality=0, method=0), "PIL", COLOUR
    ),
    "pgm": Large("x.pgm", lambda: b"P5 1500 1500 255\n" + numbers("u1").tobytes()),
    "ppm": Large("x.ppm", lambda: b"P6 1500 500 255\n" + numbers("u1").tobytes(), layer=COLOUR),
    "pbm": Large("x.pbm", lambda: b"P4 8000 8000\n" + bytes(8_000_000)),
    "pnm": Large("x.pnm", lambda: b"P2 400 400 255\n" + text(" ")),
    "pfm": Large("x.pfm", lambda: b"Pf 1500 1500 -1.0\n" + numbers().tobytes()),
    "wav": Large("x.wav", sound, layer=SOUND),
    "wave": Large("x.wave", sound, layer=SOUND),
    "nii": Large("x.nii", lambda: volume("f4"), "nibabel", VOLUME),
    "nii-scaled": Large("x.nii", lambda: volume("i2", 0.5), "nibabel", VOLUME),
    "nii.gz": Large("x.nii.gz", lambda: gzip.compress(volume("u1"), 1), "nibabel", VOLUME),
}
EVERYDAY = ("npz-deflated", "csv", "png-palette", "pt-bfloat16")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in EVERYDAY else pytest.mark.slow) for name in LARGE],
)
def test_the_limit_that_a_refusal_asks_for_is_kept(name: str, workers: Workers) -> None:
    large = LARGE[name]
    pytest.importorskip(large.package)
    layer, weight = large.layer
    base = Case(("run", layer, large.file, weight), packed(large.file, large.make()))
    mebibytes = 1
    for _ in range(ROUNDS):
        limit = ("--max-memory", f"{mebibytes}M")
        outcome = workers.run(base._replace(argv=(*base.argv, *limit), needs=(large.package,)))
        assert outcome.peak <= mebibytes * MIB + SCRATCH, (mebibytes, outcome.peak // MIB)
        if outcome.status == 0:
            break
        assert outcome.status == 4, outcome
        asked = ASKED.findall(outcome.err)
        assert int(asked[-1]) > mebibytes, outcome.err
        mebibytes = int(asked[-1])
    assert outcome.status == 0, outcome
    assert mebibytes > 8, "the file is too small to tell"


def test_every_format_is_measured() -> None:
    measured = {large.file.removeprefix("x") for large in LARGE.values()}
    assert set(FORMATS) - measured == set()


BATCH = '{"layer": "conv2d", "input_shape": [5, 5], "kernel_size": 3, "name": "%s"%s}\n'
LONG = 2**20 - 200  # characters that fit into a line
BATCHES = {  # each with the exit status
    "long-names": (0, BATCH % ("x" * LONG, "") * 32),
    "long-lines": (0, BATCH % ("x", " " * LONG) * 32),
    "long-layers": (2, ('{"layer": "' + "x" * LONG + '"}\n') * 32),
    "no-json": (2, ("x" * LONG + "\n") * 32),
    "nested": (2, ("[" * LONG + "\n") * 32),
    "many-lines": (0, BATCH % ("x", " " * 4000) * 8000),
}
STDIN = pytest.param("-", marks=pytest.mark.slow)
LINES_PEAK = 16 * MIB  # of files of 32 MiB


@pytest.mark.parametrize("source", ["b.jsonl", STDIN])
@pytest.mark.parametrize("name", BATCHES)
def test_lines_of_batch_take_the_memory_of_one(name: str, source: str, workers: Workers) -> None:
    status, text = BATCHES[name]
    data = text.encode()
    argv = ("shape", "--batch", source, "-o", "out.jsonl")
    case = Case(argv, packed("b.jsonl", data), may_write=True)
    if source == "-":
        case = case._replace(files=(), stdin=data)
    outcome = workers.run(case)
    assert outcome.status == status, outcome
    assert outcome.peak <= LINES_PEAK, outcome.peak // MIB


@pytest.mark.parametrize("source", ["b.jsonl", STDIN])
def test_a_line_of_batch_that_is_too_long_is_refused(source: str, workers: Workers) -> None:
    data = b" " * (64 * MIB)
    case = Case(("shape", "--batch", source), packed("b.jsonl", data))
    if source == "-":
        case = case._replace(files=(), stdin=data)
    outcome = workers.run(case)
    assert outcome.status == 3, outcome
    assert b"has a line of more than 1 MiB, line 1:" in outcome.err
    assert outcome.peak <= LINES_PEAK, outcome.peak // MIB


def part_of_output(pad: int) -> bytes:
    """A request for the first number of the output of a layer with this padding."""
    axis = {**AXIS, "before": pad, "after": pad}
    layer = {**LAYER, "in_channels": 1, "out_channels": 1, "axes": [axis, axis]}
    query = f"array=output&first=0,0,0&size=1,1,1&layer={quote(json.dumps(layer))}"
    return f"GET /TOKEN/part?{query} HTTP/1.1\r\nHost: HOST\r\n\r\n".encode()


def test_serve_keeps_the_limit_that_it_asks_for(workers: Workers) -> None:
    argv = ("show", "conv2d", "ones:1000x1000", "ones:3x3", "--serve")
    mebibytes, refusals = 1, []
    for _ in range(ROUNDS):
        limited = Case((*argv, "--max-memory", f"{mebibytes}M"), request=part_of_output(1000))
        outcome = workers.run(limited)
        assert outcome.peak <= mebibytes * MIB + SCRATCH, (mebibytes, outcome.peak // MIB)
        if outcome.status == 0:
            break
        refusals.append(outcome.status)
        mebibytes = int(ASKED.findall(outcome.err + outcome.out)[-1])
    assert outcome.status == 0, outcome
    assert set(refusals) == {4, 2}, "of the command line, and of a request"


def test_the_results_that_a_server_keeps_stay_within_the_limit() -> None:
    from convcli.cli.commands.show.parts import PartServer
    from convcli.engine.geometry.axis import Axis
    from convcli.engine.geometry.padding import Pad
    from convcli.engine.geometry.spec import ConvSpec
    from convcli.report.views.page import PageOperands

    def layer(pad: int) -> ConvSpec:
        return ConvSpec(1, 1, (Axis(3, pad=Pad(pad, pad)),), bias=False)

    operands = PageOperands(layer(0), np.ones((1, 9)), np.ones((1, 1, 3)), None, "float64", False)
    for limit, kept in ((5 * MIB // 4, 1), (2 * MIB, 2), (64 * MIB, 4)):
        server = PartServer(operands, limit)
        for pad in range(2**15, 2**15 + 8):
            server.output(layer(pad))
        assert len(server.results) == kept


@pytest.mark.parametrize("option", ["--json", "-q"])
def test_a_large_result_becomes_text_in_pieces(option: str, workers: Workers) -> None:
    argv = ("run", "conv2d", "arange:1400x1400", "ones:1x1", option, "--max-memory", "94M")
    outcome = workers.run(Case(argv))
    assert outcome.status == 0, outcome.err
    assert outcome.peak <= 94 * MIB, outcome.peak // MIB
