"""Refusing what does not fit into this machine's memory, before it is allocated."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from convcli.errors import ConvError
from convcli.inputs.text.generators import GENERATORS, size_in_bytes
from convcli.report.spelling.bytes import human_bytes

UNITS = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_AMOUNT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE | re.ASCII)


def parse_bytes(text: str) -> int:
    """`512M`, `2GiB`, `1000000`: units are powers of 1024.

    >>> parse_bytes("2GiB")
    2147483648
    """
    match = _AMOUNT.fullmatch(text.strip())
    if not match or len(match[1]) > 18:
        raise ConvError(
            "max_memory.spelling",
            "must be bytes, like 512M or 2GiB",
            parameter="max_memory",
            got=text,
        )
    return int(float(match[1]) * UNITS[match[2].lower()])


def memory_limit(max_memory: str | None) -> int | None:
    """The bytes that `--max-memory` allows, or without it those that there are; None where that is unknown."""
    return parse_bytes(max_memory) if max_memory is not None else available_memory()


def require_memory(
    needed: int, max_memory: str | None = None, otherwise: str | None = None
) -> None:
    """Raises ConvError where `needed` bytes are more than `memory_limit`; `otherwise` is another way out to tell of."""
    limit = memory_limit(max_memory)
    if limit is not None and needed > limit:
        what = "`max_memory` allows" if max_memory is not None else "this machine has free"
        rule = f"this takes about {human_bytes(needed)} of memory, and {what} {human_bytes(limit)}"
        hint = f"If you mean it: `max_memory` {-(-needed // 2**20)}M."
        raise ConvError(
            "memory.limit", rule, hint=f"{hint} {otherwise}." if otherwise else hint, kind="memory"
        )


def require_generated(
    texts: Iterable[tuple[str, str | None]], max_memory: str | None = None
) -> None:
    """The same for the made-up arrays among (name, ARRAY) texts."""
    made = ((name, text) for name, text in texts if text and text.partition(":")[0] in GENERATORS)
    require_memory(sum(size_in_bytes(text, name) for name, text in made), max_memory)


def available_memory() -> int | None:
    """The bytes that this process may still take: the least of the machine's, its cgroup's and its address space's.

    None where all are unknown.
    """
    known = [amount for amount in (_free(), _cgroup(), _address_space()) if amount is not None]
    return min(known, default=None)


def _free() -> int | None:
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            return next(
                int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")
            )
    except (OSError, ValueError, StopIteration):
        return None


def _cgroup() -> int | None:
    """The room in this process's control group, of either version, and in those that hold it."""
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
        with open("/proc/self/cgroup", encoding="utf-8") as lines:
            groups = [line.rstrip("\n").split(":", 2) for line in lines]
    except (OSError, UnicodeDecodeError):
        return
    for number, controllers, path in (group for group in groups if len(group) == 3):
        if number == "0":
            yield path, "/sys/fs/cgroup", "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            yield path, "/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"


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
        with open("/proc/self/statm", encoding="ascii") as fields:
            return max(0, int(limit) - int(fields.read().split()[0]) * resource.getpagesize())
    except (ImportError, OSError, ValueError):
        return None
