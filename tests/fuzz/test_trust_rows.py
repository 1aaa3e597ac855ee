"""Faults that an attack found in files and words, one test each."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable

import pytest

from tests.fuzz.case import MIB, Case, Outcome, packed
from tests.fuzz.driver import Workers
from tests.fuzz.formats import npz_files, pictures, torch_files
from tests.fuzz.formats.layer_lists import YAML
from tests.fuzz.invariants import faults

SHAPE = "1x1x8x8"
RUN = ("run", "conv2d")
ONE = "ones:1x1"
LIMIT = ("--max-memory", "64M")
PEAK = 160 * MIB  # of what --max-memory 64M allows, and what a reader needs beside it
SECONDS = 2.0

# Rows that fail today. One is deleted when its fault is corrected.
KNOWN: dict[str, str] = {}


def refused(case: Case, workers: Workers, *statuses: int) -> Outcome:
    """The outcome, which breaks no rule and has one of the statuses."""
    outcome = workers.run(case)
    assert faults(case, outcome) == []
    assert outcome.status in (statuses or (2, 3)), outcome
    assert outcome.cpu < SECONDS, outcome
    return outcome


def _sparse(indices: list[list[int]], shape: tuple[int, ...], values: int = 1) -> bytes:
    import warnings

    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        tensor = torch.sparse_coo_tensor(indices, [1.0] * values, shape, check_invariants=False)
        return torch_files.saved(tensor)


def _deflated() -> bytes:
    import io
    import zipfile

    import torch

    with zipfile.ZipFile(io.BytesIO(torch_files.saved(torch.zeros(2**28, dtype=torch.uint8)))) as a:
        members = {name: a.read(name) for name in a.namelist()}
    return torch_files.rewritten(members, zipfile.ZIP_DEFLATED)


def _tiff(strip: bytes, *more: tuple[int, int, bytes]) -> bytes:
    """A TIFF file of 3x3 float64 numbers in one deflated strip, with more tags."""
    import struct

    short, long = struct.Struct("<H").pack, struct.Struct("<I").pack
    tags = [(256, 3, short(3)), (257, 3, short(3)), (258, 3, short(64)), (259, 3, short(8)),
            (262, 3, short(1)), (277, 3, short(1)), (278, 3, short(3)), (279, 4, long(len(strip))),
            (339, 3, short(1)), *more]  # fmt: skip
    start = 8 + 2 + 12 * (len(tags) + 1) + 4
    tags = sorted([*tags, (273, 4, long(start))])
    entries = b"".join(
        struct.pack("<HHI", tag, kind, len(value) if kind == 2 else 1) + value.ljust(4, b"\0")
        for tag, kind, value in tags
    )
    return b"II*\0" + long(8) + short(len(tags)) + entries + bytes(4) + strip


TORCH: dict[str, Callable[[], bytes]] = {
    "indices-outside": lambda: _sparse([[0], [10**12]], (4, 4)),
    "indices-negative": lambda: _sparse([[-1], [0]], (4, 4)),
    "sparse-huge": lambda: _sparse([[0], [0]], (30_000, 15_000)),
    "deflated": _deflated,
}


@pytest.mark.parametrize("name", TORCH)
def test_torch_files_are_strided_and_fit(name: str, workers: Workers) -> None:
    pytest.importorskip("torch")
    case = Case(
        (*RUN, "x.pt", ONE, *LIMIT), packed("x.pt", TORCH[name]()), needs=("torch",), peak=PEAK
    )
    outcome = refused(case, workers, 3, 4)
    assert b"weights_only" not in outcome.err
    assert b"weights-only" not in outcome.err


def test_a_stride_of_an_axis_of_one_number_may_be_any(workers: Workers) -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.arange(9.0).as_strided((1, 1, 3, 3), (9, 2**62, 3, 1))
    data = torch_files.saved(tensor)
    outcome = workers.run(Case((*RUN, "x.pt", ONE, "-q"), packed("x.pt", data), needs=("torch",)))
    assert outcome.status == 0, outcome
    assert json.loads(outcome.out) == [[[[0, 1, 2], [3, 4, 5], [6, 7, 8]]]]


def test_the_advice_of_torch_is_not_repeated(workers: Workers) -> None:
    pytest.importorskip("torch")
    data = torch_files.saved([object])
    outcome = refused(Case((*RUN, "x.pt", ONE), packed("x.pt", data), needs=("torch",)), workers, 3)
    for word in (b"weights", b"allowlist", b"add_safe_globals", b"--weights", b"Trusted", b"trust"):
        assert word not in outcome.err.lower(), outcome.err


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_names_in_a_table_for_machines_hold_no_escape_codes(format: str, workers: Workers) -> None:
    text = json.dumps([{"name": "\x1b[31mCANARY\x07\u202e", "layer": "ReLU"}])
    outcome = workers.run(Case(("stack", "m.json", SHAPE, "-f", format), packed("m.json", text)))
    assert not {b"\x1b", b"\x07"} & {bytes([byte]) for byte in outcome.out}, outcome.out


YAMLS = [
    name for name in YAML if name.startswith(("anchors", "recursive", "merges", "deep", "flow"))
]


@pytest.mark.parametrize("name", YAMLS)
def test_anchors_are_not_written_out(name: str, workers: Workers) -> None:
    pytest.importorskip("yaml")
    case = Case(
        ("stack", "m.yaml", SHAPE),
        packed("m.yaml", YAML[name]),
        needs=("yaml",),
        peak=64 * MIB,
    )
    refused(case, workers, 0, 2, 3)


NO_INTEGERS = {
    2: "text",
    5: "rational",
    7: "bytes",
    10: "signed-rational",
    11: "float",
    12: "double",
}


@pytest.mark.parametrize("kind", NO_INTEGERS, ids=NO_INTEGERS.values())
def test_a_tiff_whose_places_are_no_integers_is_refused(kind: int, workers: Workers) -> None:
    """Pillow raises TypeError on these types of the tag StripOffsets."""
    pytest.importorskip("PIL")
    import struct

    data = bytearray(pictures.saved("RGB", "TIFF") or b"")
    (start,) = struct.unpack_from("<I", data, 4)
    (entries,) = struct.unpack_from("<H", data, start)
    places = range(start + 2, start + 2 + 12 * entries, 12)
    (place,) = (place for place in places if struct.unpack_from("<H", data, place)[0] == 273)
    struct.pack_into("<HI", data, place + 2, kind, 1)
    case = Case(("run", "conv2d", "x.tif", "ones:1x3x1x1"), packed("x.tif", bytes(data)))
    outcome = refused(case._replace(needs=("PIL",)), workers, 3)
    assert b"X is damaged, or no picture" in outcome.err


@pytest.mark.parametrize("length", [1000, 2**31 - 1, 2**32 - 1])
@pytest.mark.parametrize("compression", [1, 8, 32773])
def test_a_strip_longer_than_its_file_is_refused(
    length: int, compression: int, workers: Workers
) -> None:
    pytest.importorskip("tifffile")
    import struct

    data = bytearray(_tiff(bytes(72)))
    for place in range(10, len(data) - 72, 12):
        tag = struct.unpack_from("<H", data, place)[0]
        if tag in (259, 279):
            struct.pack_into("<I", data, place + 8, compression if tag == 259 else length)
    case = Case(("run", "conv2d", "x.tif", "ones:1x1", *LIMIT), packed("x.tif", bytes(data)))
    outcome = refused(case._replace(needs=("PIL", "tifffile")), workers, 3)
    assert b"X is damaged, or no picture" in outcome.err


ENDLESS = {
    **{suffix: (*RUN, f"x.{suffix}", ONE, *LIMIT) for suffix in (
        "csv", "tsv", "txt", "json", "png", "tif", "npz", "npy", "pt", "safetensors", "nii",
        "nii.gz")},
    **{name: ("stack", f"x.{name}", SHAPE) for name in ("onnx", "yaml", "toml", "jsonl", "py")},
    "list.json": ("stack", "x.json", SHAPE),
    "list.txt": ("stack", "x.txt", SHAPE),
    "batch.jsonl": ("shape", "--batch", "x.jsonl"),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDLESS)
def test_a_device_without_end_is_read_with_a_limit(name: str, workers: Workers) -> None:
    argv = ENDLESS[name]
    file = next(word for word in argv if word.startswith("x."))
    case = Case(argv, links=((file, "/dev/zero"),), peak=PEAK if "run" in argv else 320 * MIB)
    outcome = workers.run(case)
    assert faults(case, outcome) == []
    assert outcome.status in (2, 3, 4)


def test_a_file_of_proc_has_no_size_and_is_read(workers: Workers) -> None:
    case = Case((*RUN, "x.csv", ONE, "-q"), links=(("x.csv", "/proc/sys/kernel/pid_max"),))
    assert workers.run(case).out.startswith(b"[["), workers.run(case)


def _png_of(width: int, height: int) -> bytes:
    import struct

    rows = zlib.compress(bytes(height * (width + 1)))
    header = struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)
    return pictures.png_of([(b"IHDR", header), (b"IDAT", rows), (b"IEND", b"")])


def _volume(sizes: tuple[int, ...], more: int) -> bytes:
    import gzip
    import random
    import struct

    from tests.fuzz.formats.nifti_files import whole_volume

    out = bytearray(whole_volume(random.Random(0)))
    order = "<" if out[0] == 348 & 255 else ">"
    struct.pack_into(f"{order}8h", out, 40, len(sizes), *sizes, *(1,) * (7 - len(sizes)))
    return gzip.compress(bytes(out) + bytes(more), mtime=0)


BOMBS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "npz": ("x.npz", npz_files.bomb_archive),
    "png": ("x.png", lambda: _png_of(12_000, 10_000)),
    "nii.gz": ("x.nii.gz", lambda: _volume((30_000, 15_000), 0)),
    "nii.gz-long": ("x.nii.gz", lambda: _volume((2, 2), 2**28)),
    "gif": ("x.gif", lambda: b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\2\1\0;"),
    "csv": ("x.csv", lambda: b"1,2\n" * 2**22),
    "json": ("x.json", lambda: b"[" + b"1," * 2**22 + b"1]"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_small_file_of_much_is_refused_before_it_is_taken(name: str, workers: Workers) -> None:
    file, make = BOMBS[name]
    package = {"png": "PIL", "gif": "PIL", "nii.gz": "nibabel", "nii.gz-long": "nibabel"}.get(name)
    pytest.importorskip(package or "json")
    refused(Case((*RUN, file, ONE, *LIMIT), packed(file, make()), peak=PEAK), workers, 0, 3, 4)


SLOW = {
    "json-newlines": (Case((*RUN, "x.json", ONE), packed("x.json", "[1,2,3]" + "\n" * 60_000)), 64),
    "solve": (Case(("solve", "conv3d", "9", "1x1x9x9")), 128),
    "trace": (Case(("trace", "conv2d", "arange:30x30", "ones:3x3", "--all")), 128),
    "solve-refused": (Case(("solve", "conv3d", "9", "9", "-k", "1..90000", "-d", "1..9")), 64),
    "solve-same": (Case(("solve", "conv2d", "9", "same", "-k", "1..20000")), 64),
    "trace-json": (Case(("trace", "conv2d", "arange:30x30", "ones:3x3", "--all", "--json")), 128),
    "prove": (Case(("stack", "10000 x ReLU()", "--prove", SHAPE)), 256),
}


@pytest.mark.parametrize("name", SLOW)
def test_a_short_line_takes_seconds_at_most(name: str, workers: Workers) -> None:
    case, mebibytes = SLOW[name]
    refused(case._replace(peak=mebibytes * MIB), workers, 0, 2, 3, 4)


@pytest.mark.slow
def test_a_proof_of_100_000_layers_takes_no_more_than_any_case(workers: Workers) -> None:
    case = Case(("stack", "100000 x ReLU()", "--prove", SHAPE, "-q"))
    outcome = workers.run(case)
    assert (outcome.status, faults(case, outcome)) == (0, [])


SILENT = (
    b"RIFF\x26\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0\2\0\x10\0"
    b"data\2\0\0\0\1\0"
)  # one sample, at a rate of 0
SIGNALLING = b"Pf\n1 1\n-1.0\n\x01\0\x80\x7f"  # a float32 that is a NaN and signals
EPOCHS = ("-k", "1", "--epochs", "2")
LOW: dict[str, Case] = {
    "source-names": Case(("stack", "m.py:{0}", SHAPE), packed("m.py", "\n".join(
        f"{'x' * 500}{i} = nn.Sequential(nn.ReLU())" for i in range(50)))),
    "source-large": Case(("stack", "m.py", SHAPE), packed("m.py", "a;" * 2**20), peak=64 * MIB),
    "text-large": Case(("stack", "m.txt", SHAPE), packed("m.txt", "Sequential(" + "a;" * 2**20),
        peak=64 * MIB),
    "digits": Case((*RUN, "9" * 320, ONE)),
    "digits-and-float": Case((*RUN, f"1.5 {'9' * 320}", ONE)),
    "digits-in-json": Case((*RUN, "x.json", ONE), packed("x.json", f"[1.5, {'9' * 320}]")),
    "digits-5000": Case(("shape", "conv2d", "5x5", "-k", "9" * 5000)),
    "digits-5000-expression": Case(("shape", f"Conv2d(1, 1, {'9' * 5000})", "5x5")),
    "digits-5000-batch": Case(
        ("shape", "--batch", "-"), stdin=f'{{"layer": "conv2d", "shape": {"9" * 5000}}}'.encode()
    ),
    "digits-5000-json": Case(("stack", "m.json", SHAPE), packed("m.json", f"[{'9' * 5000}]")),
    "digits-5000-yaml": Case(("stack", "m.yaml", SHAPE), packed("m.yaml", f"[{'9' * 5000}]"),
        needs=("yaml",)),
    "digits-5000-toml": Case(("stack", "m.toml", SHAPE), packed("m.toml", f"a = {'9' * 5000}")),
    "digits-5000-array": Case((*RUN, "9" * 5000, ONE)),
    "product-of-digits": Case(("shape", f"Conv2d(1, 1, {'*'.join(['9' * 300] * 30)})", "5x5")),
    "filter-wide": Case((*RUN, "kernel:gaussian:5:1e308", ONE)),
    "filter-narrow": Case((*RUN, "kernel:gaussian:5:1e-300", ONE)),
    "filter-log-narrow": Case((*RUN, "kernel:log:5:1e-300", ONE)),
    "filter-infinite": Case((*RUN, "kernel:gaussian:inf", ONE)),
    "filter-digits": Case((*RUN, f"kernel:box:{'9' * 400}", ONE)),
    "filter-large": Case(("run", "conv3d", "kernel:gaussian:2001", "ones:1x1x1", *LIMIT)),
    "generator-seed": Case((*RUN, f"rand:6:{'9' * 5000}", ONE)),
    "generator-words": Case(("learn", "conv2d", "randint:1e3xa\r\nb", "ones:3x3", *EPOCHS)),
    "generator-axes": Case((*RUN, f"randn:{'2x' * 70}2", ONE)),
    "generator-bytes": Case((*RUN, "ones:3x3", ONE, "--expect", f"rand:{2**62}")),
    "expect-large": Case((*RUN, "ones:3x3", ONE, "--expect", "ones:30000x30000"), peak=32 * MIB),
    "generator-empty": Case((*RUN, f"ones:0x{2**63 - 1}", ONE)),
    "learn-nan": Case(("learn", "conv2d", "1 nan; 1 2", "ones:2x2", *EPOCHS)),
    "learn-target": Case(("learn", "conv2d", "1 2; 1 2", "1 inf; 1 1", *EPOCHS)),
    "learn-overflow": Case(("learn", "conv2d", "1e300 1; 1 1", "ones:2x2", *EPOCHS)),
    "learn-large": Case(("learn", f"Conv2d(1, 1, 1, padding={2**20})", "ones:3x3", "ones:3x3")),
    "prove-large": Case(("stack", f"Conv1d(1, 2, {2**31 - 1}, padding='same')", "9", "--prove")),
    "prove-pooling": Case(("stack", f"MaxPool1d({2**30}, 1, {2**29})", "9", "--prove")),
    "rate-0": Case(("run", "conv1d", "x.wav", "ones:1", "-o", "y.wav"), packed("x.wav", SILENT),
        may_write=True),
    "rate-huge": Case(("run", "conv1d", "x.wav", "ones:1", "-o", "y.wav"), packed("x.wav",
        SILENT.replace(bytes(8), b"\xff" * 8)), may_write=True),
    "groups-0": Case(("trace", "conv2d", "arange:5x5", "ones:3x3", "-g", "0", "-p", "1:2")),
    "tiff-strip": Case((*RUN, "x.tif", ONE, *LIMIT), packed("x.tif",
        _tiff(zlib.compress(bytes(300 * MIB), 1))), needs=("tifffile",)),
    "tiff-depth": Case((*RUN, "x.tif", ONE), packed("x.tif",
        _tiff(zlib.compress(bytes(72)), (32997, 2, b"`a`")))),
    "tiff-empty-tag": Case((*RUN, "x.tif", ONE), packed("x.tif",  # no number of the compression
        _tiff(bytes(72)).replace(b"\3\1\3\0\1", b"\3\1\3\0\0")), needs=("tifffile",)),
    "doubled-names": Case((*RUN, "x.csv:x", ONE), packed("x.csv",
        "x" + ",x" * 20_000 + "\n1" + ",1" * 20_000)),
    "signalling-nan": Case(("show", "conv2d", "x.pfm", ONE), packed("x.pfm", SIGNALLING)),
    "huge-pad": Case(("stack", "ZeroPad2d((1, 2, 3198830339035176291, -1))", SHAPE, "--prove")),
    "scale-factor": Case(("stack", "Upsample(scale_factor=1e308)", SHAPE)),
    "group-norm": Case(("stack", "GroupNorm(2, 4)", "9")),
    "empty-proof": Case(("stack", "ReLU()", "1x0x0", "--prove")),
    "carriage-return": Case(("shape", "Conv2d(1, 1,\rx)", SHAPE)),
    "npz-lzma": Case((*RUN, "x.npz", ONE), packed("x.npz", npz_files.archive_of(
        [("a.npy", b"\x93NUMPY")], 14).replace(b"\x5d\x00", b"\xff\xff"))),
    "npz-name": Case((*RUN, "x.npz", ONE), packed("x.npz", npz_files.archive_of(
        [("aaaa.npy", b"\x93NUMPY")]).replace(b"aaaa", b"\xff\xfe\x1b\x00"))),
    "show-bytes": Case(("show", "conv2d", "\udcff.npy", ONE, "-o", "x.html"), may_write=True),
    "run-bytes": Case((*RUN, "\udcff.npy", ONE)),
    "module-exit": Case(("stack", "--module", "sys:exit", SHAPE), needs=("torch",)),
    "module-abort": Case(("stack", "--module", "builtins:SystemExit", SHAPE), needs=("torch",)),
    "long-words": Case(("shape", "conv2d", "x" * 10_000)),
    "long-layer": Case(("shape", "x" * 10_000, SHAPE)),
    "long-array": Case((*RUN, "x" * 10_000, ONE)),
    "long-option": Case((*RUN, "ones:3x3", ONE, "--padding-mode", "x" * 10_000)),
    "long-format": Case((*RUN, "ones:3x3", ONE, "-f", "x" * 10_000)),
    "long-command": Case(("x" * 10_000,)),
}  # fmt: skip


ANSWERED = (
    "empty-proof",
    "show-bytes",
    "run-bytes",
    "filter-wide",
    "filter-narrow",
    "signalling-nan",
    "rate-0",
    "rate-huge",
    "learn-nan",
    "learn-target",
    "learn-overflow",
)


@pytest.mark.parametrize("name", LOW)
def test_it_is_refused_in_words(name: str, workers: Workers) -> None:
    outcome = refused(LOW[name], workers, *((0, 1) if name in ANSWERED else ()), 2, 3, 4, 6)
    assert len(outcome.err) < 1000, outcome.err[:80]


@pytest.mark.parametrize("value", [[1], {}, None, [[1]], "x", 1e308, True, {"a": 1}])
@pytest.mark.parametrize(
    "field", ["in_channels", "groups", "bias", "padding_mode", "transposed", "axes"]
)
def test_a_query_of_another_type_is_refused(field: str, value: object, workers: Workers) -> None:
    from urllib.parse import quote

    from tests.fuzz.formats.serve_queries import COMMAND, LAYER

    layer = quote(json.dumps({**LAYER, field: value}))
    query = f"array=output&first=0,0,0&size=1,1,1&layer={layer}"
    head = f"GET /TOKEN/part?{query} HTTP/1.1\r\nHost: HOST\r\n\r\n"
    case = Case(COMMAND, request=head.encode())
    assert faults(case, workers.run(case)) == []
