"""`--help`: panels, 80 columns, colours only if wanted, the text as it is declared."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from convcli.cli.app.main import COMMANDS

Convcli = Callable[..., Any]


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

    assert convcli("--version").out == f"convcli {__version__}\n"
