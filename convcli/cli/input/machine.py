"""How much memory this process may still allocate.

On Linux from /proc and /sys/fs/cgroup, on Windows from the system's call; elsewhere no more than
the machine has.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

PROC, CGROUPS = "/proc", "/sys/fs/cgroup"
# MEMORYSTATUSEX: two words of 4 bytes, then seven of 8: total and available memory, ...
WORDS_OF_STATUS, PLACE_OF_AVAILABLE = 8, 2


def available_memory() -> int | None:
    """The bytes that this process may still allocate: the least that any of three limits leaves.

    These are the free memory of the machine, the limits of the process's control groups, and that
    of its address space. None where all are unknown.
    """
    known = [amount for amount in (_free(), _cgroup(), _address_space()) if amount is not None]
    return min(known, default=None)


def _free() -> int | None:
    try:
        with open(f"{PROC}/meminfo", encoding="ascii") as lines:
            return next(
                int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")
            )
    except FileNotFoundError:  # this is not Linux
        return _free_on_windows() if sys.platform == "win32" else _installed()
    except (OSError, ValueError, IndexError, StopIteration):
        return None


def _installed() -> int | None:
    """The memory of the machine, whatever takes a part of it."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def _free_on_windows() -> int | None:
    """ullAvailPhys of GlobalMemoryStatusEx."""
    import ctypes

    status = (ctypes.c_ulonglong * WORDS_OF_STATUS)()
    ctypes.c_ulong.from_buffer(status).value = ctypes.sizeof(status)  # dwLength
    try:
        windows: Any = ctypes
        known = windows.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    except (AttributeError, OSError):
        return None
    return int(status[PLACE_OF_AVAILABLE]) if known else None


def _cgroup() -> int | None:
    """The least that the process's control group, or one that contains it, leaves; v1 and v2."""
    rooms = []
    for path, folder, most_name, taken_name in _memory_groups():
        parts = [part for part in path.split("/") if part]
        for depth in range(len(parts), -1, -1):
            here = "/".join((folder, *parts[:depth]))
            most, taken = _number(f"{here}/{most_name}"), _number(f"{here}/{taken_name}")
            if most is not None and taken is not None:
                rooms.append(max(0, most - taken))
    return min(rooms, default=None)


def _memory_groups() -> Iterator[tuple[str, str, str, str]]:
    try:
        with open(f"{PROC}/self/cgroup", encoding="utf-8") as lines:
            groups = [line.rstrip("\n").split(":", 2) for line in lines]
    except (OSError, UnicodeDecodeError):
        return
    for number, controllers, path in (group for group in groups if len(group) == 3):
        if number == "0":
            yield path, CGROUPS, "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            yield (
                path,
                f"{CGROUPS}/memory",
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
            )


def _number(path: str) -> int | None:
    try:
        with open(path, encoding="ascii") as text:
            return int(text.read())
    except (OSError, ValueError):  # "max" is no limit
        return None


def _address_space() -> int | None:
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        if limit == resource.RLIM_INFINITY:
            return None
        with open(f"{PROC}/self/statm", encoding="ascii") as fields:
            return max(0, int(limit) - int(fields.read().split()[0]) * resource.getpagesize())
    except (ImportError, OSError, ValueError):
        return None
