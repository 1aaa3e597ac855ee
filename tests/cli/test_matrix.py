"""`convcli matrix`: grids for people, files that scipy reads, and refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from convcli.engine.explain.matrices import SparseMatrix

Convcli = Callable[..., Any]


def test_grids_of_both_products(convcli: Convcli) -> None:
    out = convcli("matrix", "conv2d", "arange:3x3:1", "arange:2x2:1").out
    assert "  1  2  3  4  @   2  3  5  6  =   37  47  67  77\n" in out
    assert "     1  2     3  4               4      47\n" in out
    assert "equal the convolution: checked with integers, exactly." in out
    assert "is the matrix of nn.ConvTranspose2d(1, 1, kernel_size=2, bias=False)." in out


def test_padding_stands_in_brackets_and_bias_is_added(convcli: Convcli) -> None:
    out = convcli("matrix", "conv1d", "1 2 3", "1 10 100", "-p", "1", "--bias", "5").out
    assert "  1  10  100  @    1    2    3   +   5   =   215  326  37\n" in out


def test_json_holds_the_matrix(convcli: Convcli) -> None:
    data = json.loads(convcli("matrix", "conv1d", "1 2 3 4", "1 10", "-s", "2", "--json").out)
    assert data["columns"] == {"shape": [2, 2], "values": [[1, 3], [2, 4]]}
    assert (data["matrix"]["shape"], data["matrix"]["entries"]) == ([2, 4], 4)
    assert (data["matrix"]["data"], data["matrix"]["indices"], data["matrix"]["indptr"]) == (
        [1, 10, 1, 10],
        [0, 1, 2, 3],
        [0, 2, 4],
    )
    assert (data["output"]["values"], data["agrees"]) == ([[21, 43]], True)
    assert (
        data["transpose"]["pytorch"]
        == "nn.ConvTranspose1d(1, 1, kernel_size=2, stride=2, bias=False)"
    )
    assert convcli("matrix", "conv1d", "1 2 3 4", "1 10", "-q").out == "3x4\n"


def test_files(convcli: Convcli, tmp_path: Path) -> None:
    target = tmp_path / "C.npz"
    line = ["conv2d", "randint:2x9x8:1", "randint:4x1x3x3:2", "-g", "2", "-p", "1"]
    assert convcli("matrix", *line, "-o", target).status == 0
    with np.load(target) as stored:
        assert (stored["format"].item(), stored["shape"].tolist()) == (b"csr", [288, 144])
        c = SparseMatrix((288, 144), stored["data"], stored["indices"], stored["indptr"])
    x = json.loads(
        convcli("run", "conv2d", "randint:2x9x8:1", "[[1]]", "-g", "depthwise", "--json").out
    )["output"]["values"]
    y = json.loads(convcli("run", *line, "--json").out)["output"]["values"]
    assert np.array_equal(c.dense() @ np.ravel(x), np.ravel(y))
    if find_spec("scipy"):
        import scipy.sparse

        assert np.array_equal(scipy.sparse.load_npz(target).toarray(), c.dense())
    assert convcli("matrix", *line, "-o", target).status == 5
    assert convcli("matrix", *line, "-o", tmp_path / "columns.npy").status == 0
    assert np.load(tmp_path / "columns.npy").shape == (1, 18, 72)
    assert convcli("matrix", *line, "-o", tmp_path / "m.json").status == 0
    assert json.loads((tmp_path / "m.json").read_text())["command"] == "matrix"


def test_large_matrices_are_not_written_out_but_counted(convcli: Convcli) -> None:
    out = convcli("matrix", "conv2d", "arange:30x30", "ones:3x3").out
    assert "784x900" in out
    assert "one sparse matrix" not in out
    assert len(out) < 4000


def test_what_memory_cannot_hold_is_refused(convcli: Convcli) -> None:
    result = convcli("matrix", "conv2d", "ones:400x400", "ones:31x31", "--max-memory", "500M")
    assert (result.status, result.out) == (4, "")
    assert "--max-memory" in result.err
