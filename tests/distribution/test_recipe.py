"""The recipe of the page on clusters runs as it stands, and the page of SLURM is a script."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("distributed")
pytest.importorskip("zarr", "3.1.3")

ROOT = Path(__file__).parent.parent.parent
PAGES = [ROOT / "docs" / "reference" / "clusters.md", ROOT / "docs/zh/reference/clusters.md"]


def blocks(page: Path) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def test_the_pages_have_the_same_scripts_and_they_parse() -> None:
    assert blocks(PAGES[0]) == blocks(PAGES[1])
    for script in blocks(PAGES[0]):
        ran = subprocess.run(
            ["bash", "-n", "-c", script], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr


@pytest.mark.cluster
def test_the_recipe_runs(tmp_path: Path) -> None:
    recipe = blocks(PAGES[0])[0]
    assert "pip install" in recipe
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, module in (("convcli", "convcli"), ("dask", "dask")):
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
        program.chmod(0o755)
    lines = [line for line in recipe.splitlines() if not line.startswith("pip ")]
    environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}"}
    script = "\n".join(["trap 'kill $(jobs -p)' EXIT", "set -e", *lines])
    ran = subprocess.run(
        ["bash", "-m", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=200,
        check=False, env=environment,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert '"complete": true' in (tmp_path / "smooth.zarr" / "zarr.json").read_text()
    assert "convcli: tcp://127.0.0.1:" in ran.stderr
