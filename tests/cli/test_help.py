"""`--help`: panels, 80 columns, colours only if wanted, the text as it is declared; in Chinese."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from inspect import cleandoc
from typing import Any

import pytest

from convcli.cli.app.help import OF_TYPER
from convcli.cli.app.main import COMMANDS, parser_of
from convcli.cli.commands.help import _page, topics
from convcli.render.columns import text_width
from convcli.report.words.help import BY_ENGLISH
from convcli.report.words.vocabulary import Words
from tests.chinese import MIXED

Convcli = Callable[..., Any]

HEADINGS = re.compile(r"[A-Z][a-z ]+:")
NAMES_ALONE = re.compile(r"[\w.]+(, [\w.]+)*")
CHINESE = BY_ENGLISH["zh"]


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help_fits_80_columns(convcli: Convcli, command: tuple[str, ...]) -> None:
    result = convcli(*command, "--help")
    assert (result.status, result.err) == (0, "")
    assert not [line for line in result.out.splitlines() if len(line) > 80]
    assert result.out == convcli(*command, "-h").out
    assert "\x1b" not in result.out
    assert "\b" not in result.out


@pytest.mark.parametrize("command", ["shape", "run", "solve"])
def test_options_stand_in_panels(convcli: Convcli, command: str) -> None:
    panels = re.split(r"\n\n(?=[A-Z][a-z ]+:\n)", convcli(command, "--help").out)
    of_heading = {panel.partition(":")[0]: panel for panel in panels}
    assert "--stride" in of_heading["Layer options"]
    assert "--format" in of_heading["Output options"]
    assert ("Input options" in of_heading) == (command != "solve")
    assert "--help" in of_heading["Options"]


def test_the_texts_of_all_panels_stand_in_one_column(convcli: Convcli) -> None:
    lines = convcli("run", "--help").out.splitlines()
    rows = [line for line in lines if re.match(r"  (-\w, |    )--", line)]
    columns = {len(re.match(r"  .*?\S(?=  )\s+", line)[0]) for line in rows}  # type: ignore[index]
    assert len(rows) > 20
    assert len(columns) == 1


def test_every_command_has_one_line(convcli: Convcli) -> None:
    lines = convcli("--help").out.splitlines()
    for name in COMMANDS:
        assert [line for line in lines if re.match(rf"  {name} +\S.*\.$", line)], name


def test_brackets_and_defaults_are_printed(convcli: Convcli) -> None:
    text = convcli("grad", "--help").out
    assert "Usage: convcli grad [OPTIONS] LAYER X W [G]" in text
    assert "  [G] " in text
    assert "(default: 20)" in convcli("trace", "--help").out


def test_headings_are_bold_on_a_terminal_only(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[1mLayer options:\x1b[0m" in convcli("shape", "--help", terminal=True).out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in convcli("shape", "--help", terminal=True).out


def test_a_narrow_terminal_gets_narrow_lines(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    options = convcli("shape", "--help", terminal=True).out.partition("Examples:")[0]
    assert max(map(len, options.splitlines())) <= 60


def test_without_arguments_the_help_goes_to_stderr(convcli: Convcli) -> None:
    result = convcli()
    assert (result.status, result.out) == (2, "")
    assert result.err == convcli("--help").out


def test_the_version_is_written_to_the_streams(convcli: Convcli) -> None:
    from convcli import __version__

    assert convcli("--version").out.startswith(f"convcli {__version__} (")


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
def test_chinese_help_of_a_command(convcli: Convcli, command: tuple[str, ...]) -> None:
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
    assert "  shape     输出尺寸" in program
    assert "  -h, --help                打印本帮助" in program
    assert convcli("shape", "--help").out.startswith("用法：convcli shape")
    assert convcli("shape", "--help", "--lang", "en").out == english
    assert convcli("shape", "--help", "--lang", "nope").out == english


def test_chinese_topics(convcli: Convcli) -> None:
    out = convcli("help", "--lang", "zh").out
    assert "  padding      填充\n" in out
    assert out.startswith("convcli help TOPIC 打印下列参考页之一：\n")
    page = convcli("help", "layers", "--lang", "zh").out
    assert "padding）" in page


@pytest.mark.parametrize("language", ["en", "zh"])
def test_lines_of_code_stay_whole_on_a_narrow_terminal(
    convcli: Convcli, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    seen = 0
    for topic in topics(language):
        page = _page(topic, Words(language))
        shown = convcli("help", topic, "--lang", language, "--color", "never", terminal=True).out
        for block in re.findall(r"(?s)^```\w*\n(.*?)\n```$", page, re.MULTILINE):
            for line in block.splitlines():
                assert f"    {line}".rstrip() in shown.splitlines(), (topic, line)
                seen += len(line) > 36
    assert seen > 20
