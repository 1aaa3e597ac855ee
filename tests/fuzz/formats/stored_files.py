"""Damaged HDF5, N5 and stacks of TIFF as the input of a run between stores."""

from __future__ import annotations

import io
import random
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.case import LIMIT, Case, output_options
from tests.fuzz.damage import damaged_bytes
from tests.fuzz.formats.stores import AXES, LAYERS, OPTIONS, OUT, damaged_metadata

Files = tuple[tuple[str, bytes], ...]
DATASETS = (":packed", ":group/plain", ":never", ":linked", ":none", "", ":group", ":")


def make_hdf5(rng: random.Random) -> Case:
    name, data = next(iter(_hdf5()))
    return _case(rng, f"x.h5{rng.choice(DATASETS)}", ((name, _changed(rng, data)),))


def make_tiff(rng: random.Random) -> Case:
    data = rng.choice(_tiffs())
    return _case(rng, "x.tif", (("x.tif", _changed(rng, data)),))


def make_n5(rng: random.Random) -> Case:
    files = list(rng.choice(_n5()))
    at = rng.randrange(len(files)) if rng.random() < 0.5 else 0
    name, data = files[at]
    if rng.random() < 0.1:
        del files[at]
    elif name.endswith(".json") and rng.random() < 0.8:
        files[at] = name, damaged_metadata(rng, data)
    else:
        files[at] = name, _changed(rng, data)
    inside = rng.choice(("/a", "/a", "/a", "", "/none", "/a/0"))
    return _case(rng, f"x.n5{inside}", tuple(files))


def _case(rng: random.Random, x: str, files: Files) -> Case:
    layer, weight = rng.choice(LAYERS)
    words = list(rng.choice(OPTIONS)) if rng.random() < 0.3 else []
    if rng.random() < 0.2:
        words += ["--axes", rng.choice(AXES)]
    line: tuple[str, ...] = ("run", layer, x, weight, *words)
    if rng.random() < 0.8:
        return Case((*line, "-o", OUT, *LIMIT), files, may_write=True)
    return Case((*line, *LIMIT, *output_options(rng)), files, may_write=True)


def _changed(rng: random.Random, data: bytes) -> bytes:
    match rng.randrange(8):
        case 0:
            return data
        case 1:
            return data[: rng.randrange(len(data) + 1)]
        case _:
            return damaged_bytes(rng, data)


def _numbers() -> Any:
    return np.arange(216, dtype="u2").reshape(6, 6, 6)


@cache
def _hdf5() -> Files:
    """A file with datasets packed, plain, never written, and a link to another file."""
    import h5py

    target = io.BytesIO()
    with h5py.File(target, "w") as file:
        file.create_dataset("packed", data=_numbers(), chunks=(4, 4, 4), compression="gzip")
        file["group/plain"] = _numbers()
        file.create_dataset("never", (6, 6, 6), "u2", chunks=(4, 4, 4))
        file["linked"] = h5py.ExternalLink("other.h5", "/packed")
    return (("x.h5", target.getvalue()),)


@cache
def _tiffs() -> tuple[bytes, ...]:
    """Stacks of pages: plain, packed, tiled with the axes of OME, and of ImageJ."""
    import tifffile

    kinds: tuple[dict[str, Any], ...] = (
        {"photometric": "minisblack"}, {"photometric": "minisblack", "compression": "zlib"},
        {"tile": (16, 16), "metadata": {"axes": "ZYX"}, "ome": True}, {"imagej": True},
    )  # fmt: skip
    found = []
    for options in kinds:
        target = io.BytesIO()
        tifffile.imwrite(target, _numbers(), **options)
        found.append(target.getvalue())
    return tuple(found)


@cache
def _n5() -> tuple[Files, ...]:
    """Arrays of N5 in a group, raw and packed; the metadata of the array is the first file."""
    import tensorstore

    found = []
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("raw", "gzip", "zstd", "blosc", "bzip2", "xz"):
            packing: dict[str, Any] = {"type": kind}
            if kind == "blosc":
                packing |= {"cname": "lz4", "clevel": 5, "shuffle": 1}
            metadata = {
                "dimensions": [6, 6, 6], "blockSize": [4, 4, 4], "dataType": "uint16",
                "compression": packing,
            }  # fmt: skip
            place = Path(folder, kind)
            store = {"driver": "file", "path": f"{place}/a/"}
            spec = {"driver": "n5", "kvstore": store, "metadata": metadata}
            tensorstore.open(spec, create=True).result().write(_numbers()).result()
            paths = sorted(path for path in place.rglob("*") if path.is_file())
            paths.sort(key=lambda path: path.suffix != ".json")
            files = ((f"x.n5/{path.relative_to(place)}", path.read_bytes()) for path in paths)
            found.append(tuple(files))
    return tuple(found)
