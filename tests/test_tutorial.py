"""The lessons of the tutorial: both languages run the same commands, and every command works."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Result
from tools.documentation import ROOT, blocks

ENGLISH = ROOT / "docs" / "tutorial"
CHINESE = ROOT / "docs" / "zh" / "tutorial"
LESSONS = sorted(path.name for path in ENGLISH.glob("[0-9]*.md"))
PICTURE = re.compile(r"^convcli (show .*) -o (\w+)\.svg$", re.MULTILINE)
PICTURES = PICTURE.findall((ENGLISH / "README.md").read_text("utf-8"))
LANGUAGE = re.compile(r" --lang zh\b")
INLINE = re.compile(r"(?<!`)`convcli ([^`]+)`(?!`)")
REFUSED = {"shape conv1d 5 -k 9"}  # a lesson asks for the error


def _commands(path: Path) -> list[str]:
    """The commands of a lesson's blocks, without their language."""
    return [LANGUAGE.sub("", block.command).strip() for block in blocks(path.read_text("utf-8"))]


def _inline(path: Path) -> list[str]:
    """The whole commands that a lesson proposes in its sentences, without their language."""
    prose = re.sub(r"```.*?```", "", path.read_text("utf-8"), flags=re.DOTALL)
    return [LANGUAGE.sub("", command) for command in INLINE.findall(prose)]


def test_the_lessons_are_the_same_in_both_languages() -> None:
    assert len(LESSONS) == 6
    assert sorted(path.name for path in CHINESE.glob("[0-9]*.md")) == LESSONS


@pytest.mark.parametrize("lesson", LESSONS)
def test_both_languages_run_the_same_commands(lesson: str) -> None:
    assert _commands(CHINESE / lesson) == _commands(ENGLISH / lesson)
    assert _inline(CHINESE / lesson) == _inline(ENGLISH / lesson)


@pytest.mark.parametrize("lesson", LESSONS)
def test_commands_to_try_work(lesson: str, convcli: Callable[..., Result]) -> None:
    for command in _inline(ENGLISH / lesson):
        result = convcli(*shlex.split(command))
        assert result.status == (2 if command in REFUSED else 0), command


@pytest.mark.parametrize(("name", "suffix"), [("en", ""), ("zh", "-zh")])
@pytest.mark.parametrize(("command", "picture"), PICTURES, ids=[name for _, name in PICTURES])
def test_a_picture_is_up_to_date(
    command: str, picture: str, name: str, suffix: str, tmp_path: Path,
    convcli: Callable[..., Result],
) -> None:  # fmt: skip
    path = tmp_path / f"{picture}.svg"
    assert convcli(*shlex.split(command), "--lang", name, "-o", str(path)).status == 0
    stored = ENGLISH / "images" / f"{picture}{suffix}.svg"
    assert path.read_text("utf-8") == stored.read_text("utf-8")
