"""Runs command lines as a system without POSIX would: `python -m tests.other_system`.

Names that only POSIX has are gone from `os` and `signal`, its modules cannot be imported, there is
no /proc, and `select` takes sockets alone. Reads a list of [arguments, encoding, terminal] as JSON
from stdin, and writes a list of [status, stdout as base64, stderr].
"""

from __future__ import annotations

import base64
import io
import json
import os
import select
import signal
import sys
import tempfile
import threading
import types
import urllib.request
from typing import Any

import numpy  # noqa: F401
import rich.console  # noqa: F401
import typer  # noqa: F401

OF_OS = (
    "preadv", "preadv2", "pread", "pwrite", "pwritev", "fchmod", "fchown", "chown", "fork",
    "O_TMPFILE", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "sched_getaffinity", "fstatvfs",
    "statvfs", "getuid", "geteuid", "getgid", "getpgid", "killpg", "mkfifo", "sysconf", "setsid",
    "ttyname",
)  # fmt: skip
OF_SIGNAL = (
    "SIGHUP", "SIGPIPE", "SIGTSTP", "SIGSTOP", "SIGCONT", "SIGKILL", "SIGALRM", "SIGUSR1",
    "SIGUSR2", "SIGWINCH", "SIGQUIT", "setitimer", "alarm", "pthread_sigmask", "sigwait",
)  # fmt: skip
MODULES = ("termios", "tty", "pty", "fcntl", "resource", "pwd", "grp", "syslog")
PRESSED = [" ", "\xe0", "M", "\x00", "K", "ß", "q"]  # on Windows' console


class Terminal(io.TextIOWrapper):
    """A stream in an encoding; with a descriptor it is a terminal."""

    def __init__(self, encoding: str, descriptor: int | None) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="\n")
        self.descriptor = descriptor

    def isatty(self) -> bool:
        return self.descriptor is not None

    def fileno(self) -> int:
        if self.descriptor is None:
            raise io.UnsupportedOperation("fileno")
        return self.descriptor

    def bytes(self) -> bytes:
        self.flush()
        return self.buffer.getvalue()  # type: ignore[attr-defined,no-any-return]


def leave_posix() -> None:
    """Remove what other systems lack. Raises AttributeError for none of them."""
    for module, names in ((os, OF_OS), (signal, OF_SIGNAL)):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]

    def only_sockets(*_: Any) -> Any:
        raise OSError(10038, "an operation was attempted on something that is not a socket")

    select.select = only_sockets
    tempfile._O_TMPFILE_WORKS = False  # type: ignore[attr-defined]  # it was looked up before
    keys = list(PRESSED)
    console: Any = types.ModuleType("msvcrt")
    console.__spec__ = types.SimpleNamespace(name="msvcrt")
    console.kbhit = lambda: bool(keys)
    console.getwch = lambda: keys.pop(0) if keys else keys.extend(PRESSED) or " "
    sys.modules["msvcrt"] = console


def main() -> None:
    lines, descriptor = json.load(sys.stdin), os.openpty()[1]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # in the background it is ignored
    leave_posix()
    from convcli.cli.app.main import main as convcli
    from convcli.cli.input import machine
    from convcli.cli.output import atomic_files
    from convcli.cli.output.streams import Streams

    machine.PROC = machine.CGROUPS = atomic_files.HANDLES = "/nowhere"
    results = []
    for arguments, encoding, terminal in lines:
        at = descriptor if terminal else None
        out, err = Terminal(encoding, at), Terminal(encoding, None)
        stdin = Terminal(encoding, at)
        ended = threading.Event()
        if "--serve" in arguments:
            threading.Thread(target=_visit, args=[out, ended], daemon=True).start()
        status = convcli(arguments, Streams(stdin, out, err))
        ended.set()
        results.append(
            [status, base64.b64encode(out.bytes()).decode(), err.bytes().decode(encoding)]
        )
    json.dump(results, sys.stdout)


def _visit(out: Terminal, ended: threading.Event) -> None:
    """Read the page that is served, and then interrupt the server, until it has ended."""
    import _thread

    while b"\n" not in (address := out.buffer.getvalue()):  # type: ignore[attr-defined]
        pass
    with urllib.request.urlopen(address.decode().strip()) as page:
        assert b"<html" in page.read()
    _thread.interrupt_main()
    while not ended.wait(2):  # an interrupt can come before the server waits for one
        _thread.interrupt_main()


if __name__ == "__main__":
    main()
