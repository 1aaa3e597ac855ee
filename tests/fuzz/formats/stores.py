"""Zarr stores of both formats, sharded and as OME-Zarr, with damaged metadata and chunks."""

from __future__ import annotations

import json
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.case import LIMIT, Case, output_options
from tests.fuzz.damage import damaged_bytes, damaged_data, damaged_text, with_number_replaced

Files = tuple[tuple[str, bytes], ...]
AXES = ("zyx", "yx", "czyx", "tczyx", "xyz", "", "zz", "q", "\x1b[31m", "zyxzyxzyx")
OUT = "out.zarr"
INSIDE = ("/0", "/1", "/none", "/..", "/0/0", "/zarr.json", "//")
LAYERS = (
    ("conv3d", "ones:1x1x1"), ("conv3d", "ones:3x3x3"), ("conv3d", "ones:2x1x3x3x3"),
    ("conv2d", "ones:3x3"), ("conv_transpose3d", "ones:3x3x3"), ("conv3d", "ones:3x3"),
)  # fmt: skip
OPTIONS = (
    ("--chunks", "2"), ("--chunks", "2,2,2"), ("--chunks", "0"),
    ("--chunks", "3,3,3", "--shards", "4"),
    ("--shards", "4"), ("--level", "0"), ("--level", "1"), ("--level", "9" * 30), ("--levels", "2"),
    ("--missing", "fill"), ("--missing", "refuse"), ("--resume",), ("--verify",),
    ("--resume", "--verify"), ("--plan",), ("--force",), ("--workers", "0"),
)  # fmt: skip


def make(rng: random.Random) -> Case:
    name = rng.choice(sorted(whole_stores()))
    files = whole_stores()[name]
    if rng.random() < 0.9:
        files = _damaged(rng, files)
    inside = "" if rng.random() < 0.8 else rng.choice(INSIDE)
    layer, weight = rng.choice(LAYERS)
    line: tuple[str, ...] = (rng.choice(("run",) * 8 + ("grad", "trace")), layer, f"x.zarr{inside}")
    words = [word for _ in range(rng.choice((0, 0, 0, 1, 2))) for word in rng.choice(OPTIONS)]
    if rng.random() < 0.2:
        words += ["--axes", rng.choice(AXES)]
    if line[0] == "run" and rng.random() < 0.8:
        words += ["-o", rng.choice((OUT, OUT, OUT, "x.zarr", "x.zarr/y", "out.npy"))]
        return Case((*line, weight, *words, *LIMIT), files, may_write=True)
    return Case((*line, weight, *words, *LIMIT, *output_options(rng)), files, may_write=True)


def _damaged(rng: random.Random, files: Files) -> Files:
    at = rng.randrange(len(files))
    if rng.random() < 0.6:
        at = rng.choice([n for n, (name, _) in enumerate(files) if _is_metadata(name)])
    name, data = files[at]
    match rng.randrange(8):
        case 0:
            return (*files[:at], *files[at + 1 :])
        case 1:
            data = damaged_bytes(rng, data)
        case 2:
            data = data[: rng.randrange(len(data) + 1)]
        case 3 if not _is_metadata(name):
            data = bytes(rng.choice((0, 1, 4, 16, 2**16)))
        case 4 | 5 if not _is_metadata(name):
            data = _with_sizes_damaged(rng, data)
        case _ if _is_metadata(name):
            data = damaged_metadata(rng, data)
        case _:
            data = damaged_bytes(rng, data)
    return (*files[:at], (name, data), *files[at + 1 :])


def _with_sizes_damaged(rng: random.Random, data: bytes) -> bytes:
    """A chunk with numbers of its header replaced, as sizes and places stand in it."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, 3)):
        at = rng.choice((rng.randrange(32), *range(0, 32, 4)))
        number = rng.choice((0, 1, 16, len(data), 2**16, 2**24 - 1, 2**30, 2**31 - 1, 2**32 - 1))
        changed[at : at + 4] = number.to_bytes(4, "little")
    return bytes(changed)


def damaged_metadata(rng: random.Random, data: bytes) -> bytes:
    """JSON with a change in its text, a number or its structure."""
    text = data.decode()
    match rng.randrange(3):
        case 0:
            text = damaged_text(rng, text)
        case 1:
            text = with_number_replaced(rng, text)
        case _:
            text = json.dumps(damaged_data(rng, json.loads(text)))
    return text.encode("utf-8", "surrogatepass")


def _is_metadata(name: str) -> bool:
    return name.endswith((".json", ".zarray", ".zattrs", ".zgroup"))


@cache
def whole_stores() -> dict[str, Files]:
    """The files of small stores, by their names: arrays of 6x6x6 and an image of two levels."""
    import numcodecs
    import zarr
    from zarr import codecs

    data = np.arange(216, dtype="u2").reshape(6, 6, 6)
    kinds: dict[str, dict[str, Any]] = {
        "v2": {"zarr_format": 2, "chunks": (4, 4, 4)},
        "v3": {"zarr_format": 3, "chunks": (4, 4, 4)},
        "v3-raw": {"zarr_format": 3, "chunks": (4, 4, 4), "compressors": None},
        "sharded": {"zarr_format": 3, "chunks": (2, 2, 2), "shards": (4, 4, 4)},
        "v3-blosc": {"chunks": (6, 6, 6), "compressors": codecs.BloscCodec(blocksize=64)},
        "v3-checked": {"compressors": (codecs.BloscCodec(cname="zstd"), codecs.Crc32cCodec())},
        "sharded-blosc": {
            "chunks": (3, 3, 3), "shards": (6, 6, 6), "compressors": codecs.BloscCodec(cname="lz4"),
        },
    }  # fmt: skip
    packed = [numcodecs.Blosc(name) for name in ("lz4", "blosclz", "zlib")]
    for codec in (*packed, numcodecs.LZ4(), numcodecs.Zlib(), numcodecs.BZ2(), numcodecs.LZMA()):
        kinds[f"v2-{codec}"] = {"zarr_format": 2, "chunks": (6, 6, 6), "compressors": codec}
    for codec in (numcodecs.Fletcher32(), numcodecs.Shuffle(2), numcodecs.Delta("u2")):
        kinds[f"v2-{codec}"] = {"zarr_format": 2, "filters": [codec]}
    stores = {}
    with tempfile.TemporaryDirectory() as folder:
        for number, (name, options) in enumerate(kinds.items()):
            place = Path(folder, str(number))
            array = zarr.create_array(place, shape=data.shape, dtype=data.dtype, **options)
            array[...] = data
            stores[name] = _files(place)
        for form in (2, 3):
            place = Path(folder, f"ome-v{form}")
            group = zarr.open_group(place, mode="w", zarr_format=form)
            group.attrs.update(_image(form))
            for level, step in enumerate((1, 2)):
                small = data[::step, ::step, ::step]
                array = group.create_array(
                    str(level), shape=small.shape, dtype=data.dtype, chunks=(4, 4, 4)
                )
                array[...] = small
            stores[place.name] = _files(place)
    return stores


def _files(place: Path) -> Files:
    paths = (path for path in sorted(place.rglob("*")) if path.is_file())
    return tuple((f"x.zarr/{path.relative_to(place)}", path.read_bytes()) for path in paths)


def _image(form: int) -> dict[str, Any]:
    levels = [
        {
            "path": str(level),
            "coordinateTransformations": [
                {"type": "scale", "scale": [step] * 3},
                {"type": "translation", "translation": [0.5] * 3},
            ],
        }
        for level, step in enumerate((1.0, 2.0))
    ]
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    image = {"multiscales": [{"axes": axes, "datasets": levels, "version": "0.4"}]}
    return image if form == 2 else {"ome": {"version": "0.5", **image}}
