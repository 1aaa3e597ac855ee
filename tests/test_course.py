"""The course in examples/course is what its script makes; its pages are those of the lessons."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COURSE = ROOT / "examples" / "course"
LARGEST = 1_000_000  # bytes of the folder
LESSONS = sorted((ROOT / "docs" / "tutorial").glob("[1-6]-*.md"))
EXERCISE = re.compile(r"^\$ convcli exercise (.*) --seed (\d)( --lang zh)?$", re.MULTILINE)


def make(folder: Path, **variables: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", str(COURSE / "make.sh"), str(folder)],
        env=os.environ | {"PATH": path} | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (0, ""), ran.stderr


def test_the_folder_is_small_and_named_in_its_readme() -> None:
    files = {path.name: path.stat().st_size for path in COURSE.iterdir()}
    assert sum(files.values()) < LARGEST
    readme = (COURSE / "README.md").read_text("utf-8")
    assert [name for name in files if name not in readme and name != "README.md"] == []


def test_each_lesson_has_its_page() -> None:
    script = (COURSE / "make.sh").read_text("utf-8")
    for number, lesson in enumerate(LESSONS, 1):
        (line,) = re.findall(r"^\$ (convcli .* -o lesson-\d\.html)$", lesson.read_text(), re.M)
        assert f"{line} --force" in script
        assert line.endswith(f"lesson-{number}.html")
    assert len(LESSONS) == 6


@pytest.mark.parametrize("folder", ["docs/tutorial", "docs/zh/tutorial"])
def test_each_lesson_ends_with_its_sheet(folder: str) -> None:
    script = (COURSE / "make.sh").read_text("utf-8").splitlines()
    for number, lesson in enumerate(sorted((ROOT / folder).glob("[1-6]-*.md")), 1):
        ((options, seed, _),) = EXERCISE.findall(lesson.read_text("utf-8"))
        assert f"sheet {number} {options}" in script
        assert seed == f"{number}"


@pytest.mark.slow
def test_the_script_makes_what_is_stored(tmp_path: Path) -> None:
    make(tmp_path)
    made = {path.name for path in tmp_path.iterdir()}
    assert made == {path.name for path in COURSE.iterdir()} - {"README.md", "make.sh"}
    different = [
        name for name in made if (tmp_path / name).read_bytes() != (COURSE / name).read_bytes()
    ]
    assert different == [], "run examples/course/make.sh"


@pytest.mark.slow
def test_it_makes_other_forms_and_languages(tmp_path: Path) -> None:
    make(tmp_path / "zh", CONVCLI_LANG="zh", SHEETS="html", SEED="100")
    assert 'lang="zh-Hans"' in (tmp_path / "zh" / "sheet-1.html").read_text("utf-8")
    assert '"language": "zh-Hans"' in (tmp_path / "zh" / "lesson-1.html").read_text("utf-8")
    notebook = (tmp_path / "zh" / "convolutions.ipynb").read_text("utf-8")
    assert notebook == (ROOT / "docs" / "zh" / "notebooks" / "convolutions.ipynb").read_text(
        "utf-8"
    )
    assert "sheet 101" not in (COURSE / "sheet-1.md").read_text("utf-8")
    assert "101" in (tmp_path / "zh" / "solutions-1.html").read_text("utf-8")
