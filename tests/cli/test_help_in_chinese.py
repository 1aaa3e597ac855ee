"""`--help` and `help` with `--lang zh`: every text of a command and its options is Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from inspect import cleandoc
from typing import Any

import pytest

from convcli.cli.app.help import OF_TYPER
from convcli.cli.app.main import COMMANDS, parser_of
from convcli.cli.commands.help import topics
from convcli.render.columns import text_width
from convcli.report.words.help import BY_ENGLISH
from tests.chinese import MIXED

Convcli = Callable[..., Any]

HEADINGS = re.compile(r"[A-Z][a-z ]+:")
NAMES_ALONE = re.compile(r"[\w.]+(, [\w.]+)*")
CHINESE = BY_ENGLISH["zh"]


def texts() -> Iterator[str]:
    """What the program, its commands and their options say of themselves in English."""
    program: Any = parser_of([])
    for command in (program, *program.commands.values()):
        paragraphs = cleandoc(command.help or "").split("\n\n")
        yield from (" ".join(each.split()) for each in paragraphs if not each.startswith("\b"))
        for option in command.params:
            if not getattr(option, "hidden", False):
                yield OF_TYPER.get(option.name) or option.help or ""


def test_every_text_has_a_translation_and_every_translation_a_text() -> None:
    known = {text for text in texts() if text} | {*OF_TYPER.values()}
    untranslated = [text for text in known - set(CHINESE) if not NAMES_ALONE.fullmatch(text)]
    assert untranslated == [], "write their Chinese in convcli/report/words/help.py"
    unused = set(CHINESE) - known
    assert [text for text in unused if not HEADINGS.fullmatch(text)] == []


def test_signs_and_spaces_are_those_of_chinese() -> None:
    assert [text for text in CHINESE.values() if MIXED.search(text)] == []
    assert [text for text in CHINESE.values() if text.isascii()] == []


@pytest.mark.parametrize("command", [(name,) for name in COMMANDS])
def test_help_of_a_command(convcli: Convcli, command: tuple[str, ...]) -> None:
    result = convcli(*command, "--help", "--lang", "zh")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith(f"用法：convcli {command[0]} ")
    assert not [line for line in result.out.splitlines() if text_width(line) > 80]
    assert not HEADINGS.search(re.sub(r"torch|PyTorch", "", result.out))
    assert result.out == convcli(*command, "--lang=zh", "-h").out
    if command[0] not in topics():
        assert result.out == convcli("help", *command, "--lang", "zh").out
    english = convcli(*command, "--help")
    assert convcli(*command, "--help", "--lang", "en") == english
    assert convcli(*command, "--help", "--lang", "zh", "--ascii") == english


def test_the_variable_is_for_help_too(convcli: Convcli, monkeypatch: pytest.MonkeyPatch) -> None:
    english = convcli("shape", "--help").out
    monkeypatch.setenv("CONVCLI_LANG", "zh_CN.UTF-8")
    program = convcli("--help").out
    assert program.startswith("用法：convcli [OPTIONS] COMMAND ...\n\n计算 PyTorch 的卷积层")
    assert "  shape   输出尺寸" in program
    assert "  -h, --help                打印本帮助" in program
    assert convcli("shape", "--help").out.startswith("用法：convcli shape")
    assert convcli("shape", "--help", "--lang", "en").out == english
    assert convcli("shape", "--help", "--lang", "nope").out == english


def test_topics(convcli: Convcli) -> None:
    out = convcli("help", "--lang", "zh").out
    assert "  padding      填充\n" in out
    assert out.startswith("convcli help TOPIC 打印下列参考页之一：\n")
    page = convcli("help", "layers", "--lang", "zh").out
    assert "（convcli help padding）" in " ".join(page.split())
