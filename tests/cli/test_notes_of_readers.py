"""Notes on stderr name what a reader loses, whatever the format of the result."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Convcli = Callable[..., Any]
Image = pytest.importorskip("PIL.Image")


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = Image.new("L", (2, 1), 3), Image.new("L", (2, 1), 4)
    first.save("x.tif", save_all=True, append_images=[second])


NOTE = (
    "convcli: note: x.tif: page 1 of 2 is read; x.tif:2 reads another, x.tif:all reads all, as a"
    " stack\n"
)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (("run", "conv2d", "x.tif", "full:1x1:5", "-q"), lambda out: json.loads(out) == [[15, 15]]),
        (("run", "conv2d", "x.tif", "full:1x1:5", "--json"), lambda out: "15" in out),
        (("run", "conv2d", "3 3;", "ones:1x1", "--expect", "x.tif"), lambda out: "3" in out),
        (
            ("run", "conv2d", "x.tif:2", "full:1x1:5", "-q"),
            lambda out: json.loads(out) == [[20, 20]],
        ),
        (("grad", "conv2d", "1 1;", "ones:1x1", "x.tif", "-q"), lambda out: "3" in out),
        (("learn", "conv2d", "x.tif", "1 1;", "-k", "1", "--epochs", "1", "-q"), lambda out: out),
    ],
)
@pytest.mark.usefixtures("pages")
def test_notes(line: Any, found: Callable[[str], Any], convcli: Convcli) -> None:
    ran = convcli(*line)
    assert ran.status == 0
    assert found(ran.out)
    assert ran.err == ("" if "x.tif:2" in line else NOTE)
