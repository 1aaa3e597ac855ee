"""Reads the keys of a terminal as they are pressed."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from convcli.cli.output.streams import Streams

KEYS = {
    b" ": "pause", b"+": "faster", b"=": "faster", b"-": "slower",
    b"q": "quit", b"Q": "quit", b"\x1b": "quit", b"\x03": "quit", b"\x04": "quit",
    b"\x1b[C": "right", b"\x1b[D": "left", b"\x1b[A": "up", b"\x1b[B": "down",
    b"\x1bOC": "right", b"\x1bOD": "left", b"\x1bOA": "up", b"\x1bOB": "down",
    b"l": "right", b"h": "left", b"k": "up", b"j": "down",
    b"\x1b[H": "home", b"\x1b[1~": "home", b"\x1b[7~": "home", b"\x1bOH": "home",
    b"\x1b[F": "end", b"\x1b[4~": "end", b"\x1b[8~": "end", b"\x1bOF": "end",
}  # fmt: skip
TICK = 0.05  # seconds between two reads of the keyboard, and for the rest of a split sequence
# The second character of a key that has two on Windows' console.
WINDOWS_KEYS = {"H": "up", "P": "down", "K": "left", "M": "right", "G": "home", "O": "end"}
WINDOWS_LEADS = ("\x00", "\xe0")
WINDOWS_TICK = 0.01  # seconds between two looks at the keyboard
READ_BYTES = 64  # more than the keys of one tick
# A control sequence of ECMA-48, Alt with a key, or a byte.
_KEY = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1bO.|\x1b[^\x1b]|.", re.DOTALL)


def keyboard_of(streams: Streams) -> int | None:
    """The file descriptor of the keyboard; None if stdin is no terminal, or has no modes to set."""
    try:
        descriptor = streams.stdin.fileno()
        return int(descriptor) if os.isatty(descriptor) and _reader() else None
    except (AttributeError, OSError, ValueError):
        return None


def _reader() -> str | None:
    """The module of the standard library that reads keys here; None where there is none."""
    return next((name for name in ("termios", "msvcrt") if find_spec(name) is not None), None)


def unbuffered(keyboard: int | None) -> Callable[[], None]:
    """Turn off line buffering and echo. Returns the function that restores them."""
    if keyboard is None or _reader() != "termios":
        return lambda: None
    import termios
    import tty

    before = termios.tcgetattr(keyboard)
    tty.setcbreak(keyboard)
    return lambda: termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def keys_within(keyboard: int | None, seconds: float) -> Iterator[str]:
    """The known keys that are pressed within `seconds`; "quit" if the terminal is closed."""
    if keyboard is None:
        time.sleep(seconds)
        return
    if _reader() == "msvcrt":
        yield from _keys_on_windows(seconds)
        return
    if not _is_ready(keyboard, seconds):
        return
    data = os.read(keyboard, READ_BYTES)
    if not data:
        yield "quit"
    if data.endswith((b"\x1b", b"\x1b[", b"\x1bO")) and _is_ready(keyboard, TICK):
        data += os.read(keyboard, READ_BYTES)
    yield from (KEYS[key] for key in _KEY.findall(data) if key in KEYS)


def _keys_on_windows(seconds: float) -> Iterator[str]:
    """The known keys that Windows' console has within `seconds`."""
    console: Any = import_module("msvcrt")
    until = time.monotonic() + seconds
    while not console.kbhit():
        if time.monotonic() >= until:
            return
        time.sleep(WINDOWS_TICK)
    while console.kbhit():
        key = console.getwch()
        if key in WINDOWS_LEADS:
            name = WINDOWS_KEYS.get(console.getwch())
        else:
            name = KEYS.get(key.encode(errors="replace"))
        if name is not None:
            yield name


def _is_ready(keyboard: int, seconds: float) -> bool:
    import select

    ready, _, _ = select.select([keyboard], [], [], seconds)
    return bool(ready)
