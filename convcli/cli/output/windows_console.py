"""The console of Windows, which has to be asked before it obeys the codes of colours and places."""

from __future__ import annotations

from typing import Any

STDOUT, STDERR = -11, -12  # of GetStdHandle
OBEYS_CODES = 0x0004  # ENABLE_VIRTUAL_TERMINAL_PROCESSING


def obey_codes(kernel: Any) -> None:
    """Let the consoles of stdout and stderr obey terminal codes; `kernel` is kernel32.

    A stream that is no console is left as it is.
    """
    from ctypes import byref, c_ulong

    for number in (STDOUT, STDERR):
        handle, mode = kernel.GetStdHandle(number), c_ulong()
        if kernel.GetConsoleMode(handle, byref(mode)):
            kernel.SetConsoleMode(handle, mode.value | OBEYS_CODES)
