"""An output that another run removes or begins anew, that is cut short, or torn and verified."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("zarr", "3.1.3")
import zarr

from convcli.inputs.files.stores import existing, outputs

Convcli = Callable[..., Any]
WORDS = ("run", "conv2d", "x.zarr", "ones:3x3", "-p", "1", "-o", "y.zarr", "--chunks", "8")


@pytest.fixture(params=[2, 3])
def x(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    x = zarr.create_array(
        "x.zarr", shape=(24, 32), chunks=(8, 8), dtype="u1", zarr_format=request.param
    )
    x[...] = np.random.default_rng(0).integers(1, 99, x.shape, dtype="u1")
    return x[...]


def is_complete() -> Any:
    return dict(zarr.open("y.zarr", mode="r").attrs)["convcli"]["complete"]


@pytest.mark.parametrize("change", ["begun anew", "removed"])
def test_a_run_ends_where_its_store_is_no_longer_its_own(
    x: Any, convcli: Convcli, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    write, calls = outputs.Units.write, []
    monkeypatch.setattr(outputs, "LOOKING", -1.0)

    def interrupted(self: Any, unit: Any, values: Any) -> None:
        calls.append(unit)
        if len(calls) == 3 and change == "removed":
            shutil.rmtree("y.zarr")
        elif len(calls) == 3:
            other = [word.replace("ones:3x3", "kernel:sharpen") for word in WORDS]
            assert convcli(*other, "--force", "-q").status == 0
        write(self, unit, values)

    monkeypatch.setattr(outputs.Units, "write", interrupted)
    result = convcli(*WORDS, "--threads", 1)
    assert (result.status, result.out) == (5, "")
    assert "another run" in result.err
    if change == "begun anew":
        assert is_complete() is True
        y = zarr.open("y.zarr", mode="r")[...]
        other = convcli("run", "conv2d", "x.zarr", "kernel:sharpen", "-p", 1, "-o", "y.npy", "-q")
        assert other.status == 0
        assert np.array_equal(y, np.load("y.npy"))


@pytest.mark.parametrize("begun", ["by us", "by others"])
def test_a_removal_that_is_cut_short_leaves_a_store_that_is_not_complete(
    x: Any, convcli: Convcli, monkeypatch: pytest.MonkeyPatch, begun: str
) -> None:
    if begun == "by us":
        assert convcli(*WORDS, "-q").status == 0
        assert is_complete() is True
    else:
        shutil.copytree("x.zarr", "y.zarr")

    def dies(path: str) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patches:
        patches.setattr(existing.shutil, "rmtree", dies)
        assert convcli(*WORDS, "--force").status == 130
    assert is_complete() is False
    assert convcli(*WORDS).status == 5
    assert convcli(*WORDS, "--resume").status == 2
    assert convcli(*WORDS, "--force", "-q").status == 0
    assert is_complete() is True


def test_what_is_left_of_the_very_beginning_is_begun_anew(x: Any, convcli: Convcli) -> None:
    Path("y.zarr").mkdir()
    Path("y.zarr", f"zarr.json.{'0' * 32}.partial").touch()
    assert convcli(*WORDS, "-q").status == 0
    assert is_complete() is True


def test_verify_repairs_shards_beyond_the_edge_and_smaller_levels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, convcli: Convcli
) -> None:
    monkeypatch.chdir(tmp_path)
    group = zarr.create_group("x.zarr", zarr_format=3)
    x = group.create_array("0", shape=(17, 33), chunks=(4, 8), shards=(8, 16), dtype="u1")
    x[...] = np.random.default_rng(0).integers(1, 99, x.shape, dtype="u1")
    axes = [{"name": name, "type": "space"} for name in "yx"]
    scale = [{"type": "scale", "scale": [1.0, 1.0]}]
    levels = [{"path": "0", "coordinateTransformations": scale}]
    group.attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": levels}]}
    words = (*WORDS[:-1], "4,8", "--shards", "8,16", "--levels", "2", "-q")
    assert convcli(*words).status == 0
    before = [zarr.open(f"y.zarr/{level}", mode="r")[...] for level in (0, 1)]
    for key in ("0/c/2/2", "0/c/0/0", "1/c/0/1", "1/c/1/1"):
        shard = Path("y.zarr", key)
        shard.write_bytes(shard.read_bytes()[:-9])
    assert convcli(*words, "--resume", "--verify").status == 0
    for level, numbers in enumerate(before):
        assert np.array_equal(zarr.open(f"y.zarr/{level}", mode="r")[...], numbers)
