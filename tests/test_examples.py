"""The scripts in examples/ run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"
DOCS = EXAMPLES.parent / "docs" / "commands"


def run_script(name: str, *arguments: str) -> str:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    }
    ran = subprocess.run(
        ["bash", str(EXAMPLES / name), *arguments],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_demo_traces_sizes_and_filters(tmp_path: Path) -> None:
    out = run_script("demo.sh", str(tmp_path))
    assert "= 411" in out
    assert "1x64x112x112" in out
    edges = np.load(tmp_path / "edges.npy")
    assert edges.shape == (256, 256)
    assert str(tmp_path / "edges.npy") in out
    photograph = np.load(EXAMPLES / "camera.npy").astype(int)
    row = photograph[100:103]
    smooth = row[0] + 2 * row[1] + row[2]
    assert edges[101, 50] == smooth[51] - smooth[49]


@pytest.mark.parametrize(
    ("script", "line"),
    [
        ("fit_layers.sh", "the Linear layer takes 2304 numbers"),
        ("blur_then_edges.sh", "weight  3x3      int64"),
        ("learn_an_edge_detector.sh", "  1.006334143615253  -0.9661730957152532"),
        ("two_layers_step_by_step.sh", "epoch 3"),
        ("padding_modes.sh", "12,11,10,11,12,13,14,13,12"),
    ],
)
def test_the_others(script: str, line: str) -> None:
    assert line in run_script(script).splitlines()


def test_the_pictures_are_those_that_the_page_of_show_makes(tmp_path: Path) -> None:
    page = (EXAMPLES.parent / "docs" / "commands" / "show.md").read_text()
    lines = [
        line
        for line in page.splitlines()
        if line.startswith("convcli show ") and line.endswith((".html", ".svg", ".gif"))
    ]
    assert len(lines) == 4
    lines += [
        line
        for command in ("stack", "learn")
        for line in (DOCS / f"{command}.md").read_text().splitlines()
        if line.startswith(f"convcli {command} ") and line.endswith(".html")
    ]
    assert len(lines) == 6
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    }
    for line in lines:
        subprocess.run(["bash", "-c", line], cwd=tmp_path, env=environment, check=True)
    for name in ("playground.html", "slide.html", "slide.svg", "network.html", "learn.html"):
        assert (tmp_path / name).read_bytes() == (EXAMPLES / name).read_bytes()
    for folder in (
        tmp_path,
        EXAMPLES,
    ):  # letters are drawn a little otherwise by each version of Pillow
        assert (folder / "stamp.gif").read_bytes().startswith(b"GIF89a")
