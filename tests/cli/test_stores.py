"""`run LAYER X.zarr W -o Y.zarr`: the same numbers as in memory, and what is refused."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli import convolve
from tests.random_layers import random_layer

zarr = pytest.importorskip("zarr", "3.1")

Convcli = Callable[..., Any]


def stored(path: Path | str, array: Any, chunks: Any, **options: Any) -> Path:
    """A Zarr array with these numbers."""
    options = {"zarr_format": 3, "overwrite": True, **options}
    made = zarr.create_array(
        str(path), shape=array.shape, chunks=chunks, dtype=array.dtype,
        config={"write_empty_chunks": True}, **options,
    )  # fmt: skip
    made[...] = array
    return Path(path)


def content(path: Path | str) -> Any:
    return zarr.open(str(path), mode="r")[...]


def attributes(path: Path | str) -> dict[str, Any]:
    return dict(zarr.open(str(path), mode="r").attrs)


def numbers_of(shape: tuple[int, ...], dtype: str = "u2", seed: int = 0) -> Any:
    return np.random.default_rng(seed).integers(1, 99, shape).astype(dtype)


def random_run(rng: random.Random, tmp_path: Path, number: int) -> tuple[list[str], Any]:
    """A random layer as the words of a command, with random chunks, and its result."""
    layer = random_layer(rng, dtype=rng.choice([np.int16, np.int64, np.float32, np.float64]))
    spec, folder = layer.spec, tmp_path / str(number)
    folder.mkdir()
    chunks = tuple(rng.randint(1, size) for size in layer.input.shape)
    format = rng.choice([2, 3])
    shards = None
    if format == 3 and rng.random() < 0.4:
        shards = tuple(chunk * rng.randint(1, 3) for chunk in chunks)
    stored(folder / "x.zarr", layer.input, chunks, zarr_format=format, shards=shards)
    np.save(folder / "w.npy", layer.weight)
    words = ["run", f"conv{'_transpose' * spec.transposed}{spec.rank}d"]
    words += [str(folder / "x.zarr"), str(folder / "w.npy"), "-o", str(folder / "y.zarr")]
    per_axis = {
        "-s": [axis.stride for axis in spec.axes],
        "-d": [axis.dilation for axis in spec.axes],
        "-p": [f"{axis.pad.before}:{axis.pad.after}" for axis in spec.axes],
    }
    for option, values in per_axis.items():
        words += [option, ",".join(map(str, values))]
    words += ["-g", str(spec.groups), "--padding-mode", spec.padding_mode]
    if spec.transposed:
        words += ["--output-padding", ",".join(str(axis.output_padding) for axis in spec.axes)]
    if layer.bias is not None:
        np.save(folder / "b.npy", layer.bias)
        words += ["--bias", str(folder / "b.npy")]
    if rng.random() < 0.7:
        chunk = [rng.randint(1, 6) for _ in spec.axes]
        words += ["--chunks", ",".join(map(str, chunk))]
        if format == 3 and rng.random() < 0.3:
            words += ["--shards", ",".join(str(2 * n) for n in chunk)]
    if rng.random() < 0.5:
        words += ["--max-memory", "60K"]
    return words, convolve(*layer)


@pytest.mark.parametrize(
    "count", [25, pytest.param(1000, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_random_layers_equal_those_in_memory(tmp_path: Path, convcli: Convcli, count: int) -> None:
    rng = random.Random(count)
    for number in range(count):
        words, expected = random_run(rng, tmp_path, number)
        result = convcli(*words)
        if "--max-memory" in words and result.status == 4:
            words = [word for word in words if word not in ("--max-memory", "60K")]
            result = convcli(*words)
        assert (result.status, result.out, result.err) == (0, "", ""), (words, result.err)
        found = content(words[5])
        assert (found.dtype, found.shape) == (expected.dtype, expected.shape)
        assert np.array_equal(found, expected), words
        assert attributes(words[5])["convcli"]["complete"] is True
        shutil.rmtree(tmp_path / str(number))
