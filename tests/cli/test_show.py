"""`convcli show`: piped, as picture files, with keys, sizes and signals in a pseudo-terminal."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from convcli.cli.output.streams import UNATTENDED
from convcli.render.columns import text_width

Convcli = Callable[..., Any]
LINE = ["show", "conv2d", "arange:5x5:1", "arange:3x3:1", "-p", "1"]


def test_piped_only_the_last_moment_is_shown(convcli: Convcli) -> None:
    result = convcli(*LINE)
    assert result.status == 0
    assert "\x1b" not in result.out
    assert "25 of 25, at (4, 4)\n19*1 + 20*2 + " in result.out
    assert "320   436   457   478  [280]\n" in result.out
    assert convcli(*LINE, "--ascii").out.isascii()
    assert "\x1b[1;38;5;231;48;5;29m" in convcli(*LINE, "--color", "always").out


@pytest.mark.parametrize(
    "line",
    [
        ["conv1d", "1 2 3 4", "1 10", "--bias", "5"],
        ["conv3d", "arange:3x3x3", "arange:2x2x2", "--depth", "1"],
        ["conv_transpose2d", "0 1; 2 3", "1 2; 3 4", "-s", "2"],
        ["conv_transpose2d", "0 1; 2 3", "1 2; 3 4", "-s", "2", "--view", "scatter"],
        [
            "conv2d",
            "randn:4x6x6",
            "randn:4x2x3x3",
            "-g",
            "2",
            "--channel",
            "3",
            "--in-channel",
            "2",
            "--precision",
            "2",
        ],
    ],
)
def test_every_kind_of_layer(convcli: Convcli, line: list[str]) -> None:
    result = convcli("show", *line)
    assert (result.status, result.err) == (0, "")
    assert " = " in result.out


def test_a_stamp_is_no_sum(convcli: Convcli) -> None:
    line = [
        "conv_transpose2d",
        "1 2; 3 4",
        "1 2 3; 4 5 6; 7 8 9",
        "-s",
        "2",
        "-p",
        "1",
        "--view",
        "scatter",
    ]
    out = convcli("show", *line).out
    assert (
        "4 of 4, at (1, 1)\n4*1 = 4, 4*2 = 8, 4*4 = 16, 4*5 = 20\n"
        "with 4 of 9 taps, each added to a different output\n" in out
    )


def test_svg_is_self_contained_and_the_same_on_every_run(convcli: Convcli, tmp_path: Path) -> None:
    pictures = []
    for name in ("a.svg", "b.svg"):
        assert convcli(*LINE, "--at", "1,2", "-o", tmp_path / name).status == 0
        pictures.append((tmp_path / name).read_bytes())
    assert pictures[0] == pictures[1]
    root = ET.fromstring(pictures[0])
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "456" in texts
    assert not re.search(rb"https?://(?!www\.w3\.org/2000/svg)|<script|url\(", pictures[0])
    assert convcli(*LINE, "--frames", "-o", tmp_path / "film.svg").status == 0
    assert (tmp_path / "film.svg").read_text().count('<g class="f"') == 25
    assert convcli(*LINE, "-o", tmp_path / "a.svg").status == 5


def test_names_in_a_picture_are_data(convcli: Convcli, tmp_path: Path) -> None:
    assert convcli("show", "conv1d", "nan 1 2", "1 1", "-o", tmp_path / "x.svg").status == 0
    ET.parse(tmp_path / "x.svg")


def test_gif_is_the_same_on_every_run(convcli: Convcli, tmp_path: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    for name in ("a.gif", "b.gif"):
        assert convcli(*LINE, "-o", tmp_path / name, "--speed", "4").status == 0
    assert (tmp_path / "a.gif").read_bytes() == (tmp_path / "b.gif").read_bytes()
    with image.open(tmp_path / "a.gif") as opened:
        assert (opened.n_frames, opened.info["duration"], opened.info["loop"]) == (25, 250, 0)


@pytest.mark.parametrize(
    ("more", "status", "message"),
    [
        (["-o", "x.bmp"], 2, "a picture needs one of the suffixes .html, .svg, .pdf, .gif"),
        (["--json"], 2, "a picture has no format"),
        (["--speed", "0"], 2, "--speed must be"),
        (["--at", "9,9"], 2, "must be a position of the output 5x5"),
        (["--channel", "1"], 2, "--channel must be 0..0"),
        (["--view", "scatter"], 2, "scatter is how a transposed convolution adds up"),
        (["--view", "above"], 2, "--view must be gather or scatter"),
    ],
)
def test_what_is_wrong_is_said(
    convcli: Convcli, more: list[str], status: int, message: str
) -> None:
    result = convcli(*LINE, *more)
    assert (result.status, result.out) == (status, "")
    assert message in result.err


pty = pytest.importorskip("pty")


class Terminal:
    """The program under a pseudo-terminal: what it writes, keys, sizes."""

    def __init__(
        self, *more: str, keyboard: bool = True, program: tuple[str, ...] = ("-m", "convcli")
    ) -> None:
        self.master, slave = pty.openpty()
        self.resize(24, 100)
        stdin = slave if keyboard else subprocess.DEVNULL
        environment = os.environ | {"TERM": "xterm-256color"}
        for name in UNATTENDED:
            environment.pop(name, None)
        self.process = subprocess.Popen(
            [sys.executable, *program, *LINE, *more],
            stdin=stdin,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""

    def resize(self, lines: int, columns: int) -> None:
        import fcntl
        import struct
        import termios

        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def wait_for(self, text: str, seconds: float = 20) -> str:
        """All that was written up to `text`, which must come."""
        end = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(end - time.monotonic(), 0))
            data = self._read() if ready else b""
            assert data, f"{text!r} did not come; the last was {self.seen[-600:]!r}"
            self.seen += data.decode(errors="replace")
        before, _, self.seen = self.seen.partition(text)
        return before

    def _read(self) -> bytes:
        try:
            return os.read(self.master, 65536)
        except OSError:
            return b""

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def rest(self) -> str:
        """What is still written until the program ends."""
        while data := self._read():
            self.seen += data.decode(errors="replace")
        return self.seen


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_one(*more: str, **how: Any) -> Terminal:
        opened.append(Terminal(*more, **how))
        return opened[-1]

    yield open_one
    for one in opened:
        one.process.kill()
        one.process.wait()
        os.close(one.master)


CLOSES_AT_ONCE = (
    "import sys; from convcli.cli.commands.show import player; player.LINGER = 0.0; "
    "from convcli.cli.app.main import main; sys.exit(main(sys.argv[1:]))"
)
ENTER, LEAVE = "\x1b[?1049h\x1b[?25l", "\x1b[?25h\x1b[?1049l"


def test_keys(terminal: Callable[..., Terminal]) -> None:
    one = terminal("--speed", "0.125", "--at", "1,1")
    one.wait_for(ENTER)
    one.wait_for("7 of 25, at (1, 1)")
    one.press(" ")
    one.wait_for("paused, 0.125 per second")
    one.press("+")
    one.wait_for("paused, 0.25 per second")
    one.press("\x1b[C")
    one.wait_for("8 of 25, at (1, 2)")
    one.wait_for("= 456")
    one.press("\x1b[A")
    one.wait_for("13*8 ...")
    one.press("\x1b[B")
    one.wait_for("= 456")
    one.press("\x1b[F")
    one.wait_for("25 of 25, at (4, 4)")
    one.press("\x1b[H")
    one.wait_for("1 of 25, at (0, 0)")
    one.press("q")
    one.wait_for(LEAVE)
    assert "1 of 25, at (0, 0)" in one.rest()
    assert one.process.wait() == 0


def test_keys_that_mean_nothing_do_nothing(terminal: Callable[..., Terminal]) -> None:
    one = terminal("--speed", "0.125")
    one.wait_for("playing")
    for keys in ("\x1b[5~", "\x1b[15~", "\x1b[1;2C", "\x1bx", "\x1bOP", "\x1b[3~", "x", "\u00e9"):
        one.press(keys)
    one.press(" ")
    one.wait_for("paused")
    one.press("\x1bOF")
    one.wait_for("25 of 25")
    one.press("\x1b")
    assert one.process.wait() == 0


@pytest.mark.parametrize(("height", "width"), [(15, 40), (5, 20), (1, 2)])
def test_no_line_is_wider_than_the_terminal(
    terminal: Callable[..., Terminal], height: int, width: int
) -> None:
    one = terminal("--speed", "0.125", "--lang", "zh")
    one.wait_for("播放中")
    one.press(" ")
    one.wait_for("已暂停")
    one.wait_for("\x1b[J")
    one.resize(height, width)
    drawn = one.wait_for("\x1b[J").rpartition("\x1b[H")[2]
    rows = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", row) for row in drawn.split("\r\n")]
    assert max(text_width(row.rstrip("\r")) for row in rows) <= width
    assert len(rows) <= height
    one.press("q")
    assert one.process.wait() == 0


def test_the_sum_grows_while_it_plays(terminal: Callable[..., Terminal]) -> None:
    one = terminal("--speed", "16", "--at", "1,1")
    one.wait_for("1*1 ...")
    one.wait_for("1*1 + 2*2 ...")
    one.wait_for("\r\n\x1b[K= 411")
    one.wait_for("at the end")
    one.press("q")
    assert one.process.wait() == 0


def test_a_new_size_is_drawn_anew(terminal: Callable[..., Terminal]) -> None:
    one = terminal("--speed", "0.125", "--at", "1,1")
    one.wait_for("7 of 25, at (1, 1)")
    one.press(" ")
    one.wait_for("paused")
    one.resize(60, 40)
    one.wait_for("q quit")
    drawn = one.wait_for("paused").rpartition("\x1b[H")[2]
    rows = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", row) for row in drawn.split("\r\n")]
    assert max(len(row.rstrip()) for row in rows) <= 40
    assert len(rows) > 15
    one.press("q")
    assert one.process.wait() == 0


def test_the_player_in_chinese(terminal: Callable[..., Terminal]) -> None:
    one = terminal("--speed", "0.125", "--at", "1,1", "--lang", "zh")
    one.wait_for("第 7 步，共 25 步，位置 (1, 1)")
    one.wait_for("播放中，每秒 0.125 个位置")
    one.press(" ")
    one.wait_for("已暂停，每秒 0.125 个位置")
    one.resize(60, 40)
    one.wait_for("q：退出")
    drawn = one.wait_for("已暂停").rpartition("\x1b[H")[2]
    rows = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", row) for row in drawn.split("\r\n")]
    assert max(text_width(row.rstrip()) for row in rows) <= 40
    assert any(row.startswith("输入") for row in rows)
    one.press("q")
    one.wait_for(LEAVE)
    assert one.process.wait() == 0


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 130)]
)
def test_a_signal_gives_the_screen_and_the_cursor_back(
    terminal: Callable[..., Terminal], number: int, status: int
) -> None:
    import termios

    one = terminal("--speed", "0.125")
    one.wait_for(ENTER)
    one.wait_for("1 of 25")
    assert not termios.tcgetattr(one.master)[3] & termios.ICANON
    one.process.send_signal(number)
    one.wait_for(LEAVE)
    assert one.process.wait() == status
    assert termios.tcgetattr(one.master)[3] & termios.ICANON
    assert "Traceback" not in one.rest()


def test_without_a_keyboard_it_plays_once_and_ends(terminal: Callable[..., Terminal]) -> None:
    one = terminal("--speed", "64", "--at", "4,3", keyboard=False)
    one.wait_for(ENTER)
    one.wait_for(LEAVE)
    assert "25 of 25, at (4, 4)" in one.rest()
    assert one.process.wait() == 0


def test_where_no_key_is_pressed_it_closes_behind_the_end(
    terminal: Callable[..., Terminal],
) -> None:
    one = terminal("--speed", "64", "--at", "4,3", program=("-c", CLOSES_AT_ONCE))
    one.wait_for("at the end, closes in")
    one.wait_for(LEAVE)
    assert "25 of 25, at (4, 4)" in one.rest()
    assert one.process.wait() == 0


def test_where_a_key_was_pressed_it_stays_at_the_end(terminal: Callable[..., Terminal]) -> None:
    one = terminal("--speed", "16", "--at", "4,4", program=("-c", CLOSES_AT_ONCE))
    one.wait_for("playing")
    one.press("+")
    one.wait_for("at the end, 32 per second")
    one.press("\x1b[D")
    one.wait_for("24 of 25")
    one.press("q")
    assert one.process.wait() == 0


@pytest.mark.parametrize(
    ("name", "value"), [("TERM", "dumb"), ("JPY_PARENT_PID", "1"), ("CI", "1")]
)
def test_a_terminal_without_a_screen_shows_one_moment(
    terminal: Callable[..., Terminal], monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    source = f"import os; os.environ[{name!r}] = {value!r}; {CLOSES_AT_ONCE}"
    one = terminal("--at", "1,1", program=("-c", source))
    written = one.rest()
    assert "7 of 25, at (1, 1)" in written
    assert "\x1b[H" not in written
    assert "\x1b[?" not in written
    assert one.process.wait() == 0


def test_piped_the_moment_of_at_is_shown(convcli: Convcli) -> None:
    assert "7 of 25, at (1, 1)" in convcli(*LINE, "--at", "1,1").out
