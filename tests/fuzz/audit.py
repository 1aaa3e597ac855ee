"""An audit hook for what a run starts: processes, networks, libraries, imports, files written."""

from __future__ import annotations

import os
import sys
from typing import Any

DECOY = "decoy"  # the module that hostile files name; nothing may import it
PROCESSES = (
    "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork",
    "os.forkpty", "pty.spawn",
    "os.startfile",
)  # fmt: skip
NETWORK = (
    "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto",
    "urllib.Request",
    "http.client.connect", "ftplib.connect", "smtplib.connect", "webbrowser.open",
)  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
HARMLESS = ("/dev/null", "/proc/self", "__pycache__")

_seen: list[str] = []
_state = {"watching": False}


def install() -> None:
    """Add the hook to this process; it cannot be taken away."""
    sys.addaudithook(_hook)


def begin() -> None:
    _seen.clear()
    _state["watching"] = True


def end(*ignored: str) -> tuple[str, ...]:
    """What was seen since `begin`, but for the events that begin with one of `ignored`."""
    _state["watching"] = False
    return tuple(dict.fromkeys(line for line in _seen if not line.startswith(ignored)))


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if not _state["watching"]:
        return
    if event in PROCESSES or event in NETWORK:
        _seen.append(f"{event} {arguments[:2]!r}"[:200])
    elif event == "import" and str(arguments[0]).partition(".")[0] == DECOY:
        _seen.append(f"import {arguments[0]}")
    elif event == "pickle.find_class":
        _seen.append(f"{event} {arguments!r}")
    elif event == "ctypes.dlopen" and _is_foreign(arguments[0]):
        _seen.append(f"{event} {arguments[0]!r}")
    elif event == "open" and _writes(*arguments):
        _seen.append(f"open {arguments[0]!r}")


def _is_foreign(library: object) -> bool:
    """Whether the library is one of the current folder, not one of Python's or the system's."""
    if library is None:
        return False
    path = os.fsdecode(library) if isinstance(library, (str, bytes)) else str(library)
    return os.path.exists(path) and os.path.realpath(path).startswith(os.path.realpath(os.getcwd()))


def _writes(path: object, mode: object, flags: object) -> bool:
    if isinstance(path, int) or any(part in str(path) for part in HARMLESS):
        return False  # a descriptor was opened before
    if isinstance(mode, str):
        return bool(set(mode) & set("wax+"))
    return isinstance(flags, int) and bool(flags & WRITING)
