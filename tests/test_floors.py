"""What pyproject.toml promises about dependencies, and what the distribution holds."""

from __future__ import annotations

import re
import subprocess
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from tools.floors import lowest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_every_dependency_has_a_floor() -> None:
    floors = lowest()
    assert len(floors) >= 10
    assert all(re.fullmatch(r"[\w-]+==[\d.]+", floor) for floor in floors)


def test_the_sdist_includes_every_folder_that_git_holds() -> None:
    try:
        listed = subprocess.run(
            ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no checkout")
    names = {line.partition("/")[0] for line in listed.splitlines()}
    sdist = PROJECT["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]
    assert names == {name.strip("/") for name in sdist}


def test_every_dependency_has_a_licence() -> None:
    page = (ROOT / "docs" / "licenses.md").read_text("utf-8")
    extras = PROJECT["project"]["optional-dependencies"]
    shipped = [*PROJECT["project"]["dependencies"]]
    for name in ("torch", "image", "safetensors", "nifti", "onnx", "yaml"):
        shipped += extras[name]
    for entry in shipped:
        name = re.match(r"[\w-]+", entry)
        assert name
        assert f"| {name[0].lower()} |" in page


def test_what_pip_installs_beside_has_a_licence() -> None:
    """Transitive dependencies too, as far as they are installed here."""
    pytest.importorskip("packaging")
    from tools import licenses

    try:
        names = licenses.behind()
    except PackageNotFoundError as error:
        pytest.skip(f"{error.name} is not installed")
    page = licenses.PAGE.read_text("utf-8")
    assert [name for name in names if f"| {name} |" not in page] == []
