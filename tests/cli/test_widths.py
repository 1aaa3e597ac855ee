"""No line is wider than the terminal, for all commands; from 80 columns on tables are tables."""

from __future__ import annotations

import os
import shlex
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from convcli.cli.app.main import COMMANDS as PROGRAM
from convcli.cli.output import emit
from convcli.render import Style
from convcli.render.columns import text_width
from convcli.render.fitting import fitted
from convcli.render.tables import column_texts
from convcli.render.terminal import render
from convcli.report.document import Document, Table
from tests.command_lines import COMMANDS

Convcli = Callable[..., Any]

WIDTHS = (40, 60, 70, 80, 100, 120, 160, 200)
RESNET_PART = "; ".join(
    f"layer{n}.conv: Conv2d(64, 64, kernel_size=3, padding=1, bias=False); layer{n}.relu: ReLU()"
    for n in range(3)
)
FURTHER = {
    "stack of blocks": f"stack '{RESNET_PART}' 64x56x56",
    "stack with costs": f"stack '{RESNET_PART}' 64x56x56 --costs",
    "stack by depth": f"stack '{RESNET_PART}' 64x56x56 --depth 1",
    "mirror": "stack 'Conv2d(1, 64, 7, stride=2, padding=3)' 1x224x224 --mirror",
    "solve for very many": "solve conv2d 224x224 112x112",
    "solve for nothing": "solve conv2d 5x5 9x9 -k 2..3 -s 2",
    "a sum of many terms": "trace conv2d arange:2x9x9:1000 arange:1x2x5x5:1000 --at 2,2",
    "trace in Chinese": "trace conv_transpose2d arange:4x4:10 ones:3x3 --lang zh",
    "an entry of a gradient": "grad conv2d arange:9x9:1000 ones:2x2 --at weight:0,0",
    "run with long numbers": "run conv2d rand:12x12 ones:3x3",
    "run in Chinese": "run conv2d rand:30x12 ones:3x3 --lang zh",
    "run with many digits": "run conv2d rand:4x4 ones:2x2 --precision 25",
    "init of a large layer": "init 'Conv2d(3, 64, 7)'",
    "shape of a volume": "shape conv3d 2x3x128x224x224 -c 64 -k 7,5,3 -p 1:2",
    "learn a kernel": "learn 'Conv1d(1, 1, 9)' rand:1x40 rand:1x32 --epochs 2 --verbose",
}
LINES = COMMANDS | {name: shlex.split(line) for name, line in FURTHER.items()}


@pytest.mark.parametrize("name", LINES)
def test_no_line_is_wider_than_the_terminal(
    convcli: Convcli, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide: list[tuple[int, str]] = []

    def at_every_width(_: str) -> Callable[[Document, Style], Iterator[str]]:
        def measure(document: Document, style: Style) -> Iterator[str]:
            for width in WIDTHS:
                lines = "".join(render(document, style._replace(width=width))).splitlines()
                wide.extend((width, line) for line in lines if text_width(line) > width)
            return iter(())

        return measure

    monkeypatch.setattr(emit, "renderer", at_every_width)
    assert convcli(*LINES[name]).status in (0, 1)
    assert wide == []


@pytest.mark.parametrize("name", LINES)
def test_tables_are_tables_from_80_columns_on(
    convcli: Convcli, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_80(_: str) -> Callable[[Document, Style], Iterator[str]]:
        def check(document: Document, style: Style) -> Iterator[str]:
            tables = [block for block in document.for_people() if isinstance(block, Table)]
            for table in tables:
                columns = column_texts(table, style.precision, scales=True)
                assert not columns or fitted(columns, 80) is not None
            return iter(())

        return check

    monkeypatch.setattr(emit, "renderer", at_80)
    assert convcli(*LINES[name]).status in (0, 1)


# the columns of a terminal, those that a line may take, and the command
TERMINALS = [
    (60, 60, "stack resnet18 3x224x224 --depth 2"),
    (80, 80, "stack resnet18 3x224x224"),
    (120, 120, "solve conv2d 224x224 112x112"),
    (40, 40, "shape conv2d 1x3x224x224 -c 64 -k 7 -s 2 -p 3"),
    (0, 80, "trace conv2d arange:9x9 ones:3x3 --at 2,2"),
    (80, None, "stack resnet18 3x224x224 --wide"),
]


@pytest.mark.parametrize(("columns", "most", "line"), TERMINALS)
def test_real_terminals(columns: int, most: int | None, line: str) -> None:
    pty = pytest.importorskip("pty")
    import fcntl
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 12, columns, 0, 0))
    environment = {key: value for key, value in os.environ.items() if key != "COLUMNS"}
    argv = [sys.executable, "-m", "convcli", *shlex.split(line), "--color", "never"]
    with subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=slave, env=environment) as run:
        os.close(slave)
        out = b"".join(_read(master)).decode()
    os.close(master)
    widest = max(map(text_width, out.splitlines()))
    assert run.returncode == 0
    assert widest <= most if most is not None else widest > columns


def _read(master: int) -> Iterator[bytes]:
    """What is written to a terminal until it is closed, which Linux says with an error."""
    with suppress(OSError):
        while data := os.read(master, 65536):
            yield data


@pytest.mark.parametrize("columns", [60, 70, 80, 200])
def test_help_fits_and_its_commands_stay_whole(
    convcli: Convcli, columns: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def help_of(name: str) -> list[str]:
        lines: list[str] = convcli(name, "--help", terminal=True).out.splitlines()
        return lines

    def examples(lines: list[str]) -> list[str]:
        text = "\n".join(lines).partition("Examples:")[2].replace("\\\n", "")
        return shlex.split(text)

    whole = {name: examples(convcli(name, "--help").out.splitlines()) for name in PROGRAM}
    monkeypatch.setenv("COLUMNS", str(columns))
    for name in PROGRAM:
        lines = help_of(name)
        assert max(map(text_width, lines)) <= columns
        assert examples(lines) == whole[name]
    assert max(map(text_width, convcli("help", terminal=True).out.splitlines())) <= columns
