"""Memory: what Linux says that is free, what each request needs, and when it is refused."""

from __future__ import annotations

import ctypes
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from convcli.cli.input import machine, memory
from convcli.errors import ConvError

Convcli = Callable[..., Any]
MIB = 2**20
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)


@pytest.fixture
def linux(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], None]:
    """Files in place of those of /proc and /sys/fs/cgroup."""
    monkeypatch.setattr(machine, "PROC", str(tmp_path / "proc"))
    monkeypatch.setattr(machine, "CGROUPS", str(tmp_path / "cgroup"))
    monkeypatch.setattr(resource, "getrlimit", lambda _: UNLIMITED)

    def write(files: dict[str, str]) -> None:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return write


FREE = {"proc/meminfo": "MemTotal:  9 kB\nMemFree:  1 kB\nMemAvailable:   102400 kB\n"}
SECOND = {"proc/self/cgroup": "0::/user/session\n"}


def group(folder: str, most: str, taken: int) -> dict[str, str]:
    return {
        f"cgroup{folder}/memory.max": f"{most}\n",
        f"cgroup{folder}/memory.current": f"{taken}\n",
    }


def test_without_any_of_the_files_the_machine_has_what_it_has(
    linux: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = machine.available_memory()
    assert installed is not None
    assert installed > 64 * MIB
    monkeypatch.delattr(os, "sysconf")
    assert machine.available_memory() is None


def test_windows_is_asked(linux: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """MEMORYSTATUSEX: its length at byte 0, the available bytes of memory at byte 16."""

    class Kernel32:
        def GlobalMemoryStatusEx(self, status: Any) -> int:
            held = bytearray(status._obj)
            assert int.from_bytes(held[:4], "little") == len(held) == 64
            status._obj[2] = 5 * MIB
            return 1

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=Kernel32()), raising=False)
    assert machine.available_memory() == 5 * MIB


def test_the_machine_has_free_memory(linux: Any) -> None:
    linux(FREE)
    assert machine.available_memory() == 100 * MIB


@pytest.mark.parametrize("text", ["MemFree: 3 kB\n", "MemAvailable: much\n", "MemAvailable:\n", ""])
def test_a_meminfo_that_says_nothing_is_unknown(linux: Any, text: str) -> None:
    linux({"proc/meminfo": text})
    assert machine.available_memory() is None


@pytest.mark.parametrize(
    ("files", "room"),
    [
        (group("/user/session", str(50 * MIB), 20 * MIB), 30 * MIB),
        (group("/user/session", "max", 20 * MIB), 100 * MIB),
        (group("/user", str(50 * MIB), 40 * MIB), 10 * MIB),
        (group("", str(7 * MIB), 2 * MIB), 5 * MIB),
        (group("/user/session", str(5 * MIB), 6 * MIB), 0),
        (group("/user/session", "nonsense", 6 * MIB), 100 * MIB),
        (group("/elsewhere", str(5 * MIB), 0), 100 * MIB),
        (
            group("/user", str(50 * MIB), 0) | group("/user/session", str(90 * MIB), 60 * MIB),
            30 * MIB,
        ),
    ],
)
def test_the_control_group_and_those_around_it_have_limits(
    linux: Any, files: dict[str, str], room: int
) -> None:
    linux(FREE | SECOND | files)
    assert machine.available_memory() == room


def test_control_groups_of_version_1_have_their_own_files(linux: Any) -> None:
    linux(FREE | {"proc/self/cgroup": "12:cpu,cpuacct:/a\n4:memory:/docker/b\nnonsense\n"})
    linux(
        {
            "cgroup/memory/docker/b/memory.limit_in_bytes": str(64 * MIB),
            "cgroup/memory/docker/b/memory.usage_in_bytes": str(60 * MIB),
            "cgroup/memory/a/memory.limit_in_bytes": "0",
            "cgroup/memory/a/memory.usage_in_bytes": "0",
        }
    )
    assert machine.available_memory() == 4 * MIB


def test_the_address_space_has_a_limit(linux: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    linux(FREE | {"proc/self/statm": "256 100 50 1 0 80 0\n"})
    page = resource.getpagesize()
    monkeypatch.setattr(resource, "getrlimit", lambda _: (256 * page + 3 * MIB, -1))
    assert machine.available_memory() == 3 * MIB
    monkeypatch.setattr(resource, "getrlimit", lambda _: (page, -1))
    assert machine.available_memory() == 0


def test_this_machine_is_asked_without_an_error() -> None:
    available = machine.available_memory()
    assert available is None or available > 0


def test_what_is_too_large_is_refused_with_the_way_out(
    linux: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    linux(FREE)
    memory.require_memory(100 * MIB)
    with pytest.raises(ConvError) as caught:
        memory.require_memory(100 * MIB + 1, alternative="Or not")
    assert caught.value.message(lambda name: f"--{name.replace('_', '-')}") == (
        "this needs about 100 MiB of memory, but only 100 MiB is free. "
        "To try anyway, add --max-memory 101M. Or not."
    )
    with pytest.raises(ConvError, match=r"but `?max_memory`? allows 1 MiB"):
        memory.require_memory(2 * MIB, MIB)
    memory.require_memory(2**50, 2**50)


def test_without_a_limit_everything_is_tried(linux: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sysconf")
    memory.require_memory(2**60)


def test_each_request_has_its_number_of_bytes() -> None:
    assert memory.operand_bytes((1, 1, 2, 2), (1, 1, 1, 1), 4) == 5 * (8 + 16)
    assert memory.operand_bytes((1, 1, 2, 2), (1, 1, 1, 1), 16) == 5 * (16 + 16)
    large = memory.operand_bytes((1, 1, 10**5, 10**3), (1,), 8)
    assert large == (10**8 + 1) * 8 + memory.SCRATCH
    assert memory.drawing_bytes((2, 3)) == 6 * 8 * 6
    assert memory.matrix_bytes(10, 100) == 240 + 22000


@pytest.mark.parametrize(
    ("line", "least"),
    [
        ("run conv2d ones:64x64 ones:1x1", 192),
        ("trace conv2d ones:64x64 ones:1x1 --at 0,0", 384),
        ("matrix conv2d ones:64x64 ones:1x1", 384),
        ("show conv2d ones:64x64 ones:1x1 -o page.svg", 384),
        ("grad conv2d ones:64x64 ones:1x1", 576),
        ("init conv2d --in-channels 16 -c 16 -k 8", 768),
    ],
)
def test_a_command_needs_what_the_table_says(
    convcli: Convcli, line: str, least: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = convcli(*line.split(), "--max-memory", f"{least - 1}k")
    assert (refused.status, refused.out) == (4, "")
    assert "--max-memory" in refused.err
    if not line.startswith("matrix"):
        kernel = memory.weight_bytes((1, 1, 1, 1))
        assert convcli(*line.split(), "--max-memory", f"{least * 1024 + kernel}").status == 0


def test_a_weight_counts_beside_input_and_output(convcli: Convcli) -> None:
    line = ("run", "conv2d", "ones:4x4", "ones:1000x1x4x4", "-q", "--max-memory")
    weight = memory.weight_bytes((1000, 1, 4, 4))
    both = memory.operand_bytes((1, 1, 4, 4), (1, 1000, 1, 1), 8)
    refused = convcli(*line, f"{weight + both - 1}")
    assert (refused.status, refused.out) == (4, "")
    assert convcli(*line, f"{weight + both}").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["learn", "conv2d", "x.csv", "arange:98x98", "-k", "3"],
        ["learn", "conv2d", "arange:300x300", "arange:298x298", "-k", "3"],
        ["learn", "conv2d", "arange:9x9", "arange:7x7", "-k", "3", "--weight", "x.csv"],
        ["stack", "layers.txt", "9x9"],
    ],
)
def test_max_memory_holds_for_what_a_command_reads_and_computes(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.csv").write_text(("1," * 99 + "1\n") * 1000)
    (tmp_path / "layers.txt").write_text("ReLU()\n" * 2000)
    ran = convcli(*arguments, "--max-memory", "500K")
    assert (ran.status, ran.out) == (4, "")
    assert "--max-memory allows 500 KiB" in ran.err
    assert convcli(*arguments, "--max-memory", "99M").status in (0, 1, 2)


def test_an_expected_file_is_not_read_where_it_cannot_be_the_result(
    convcli: Convcli, tmp_path: Path
) -> None:
    with open(tmp_path / "big.csv", "wb") as file:
        file.truncate(2**32)
    ran = convcli("run", "conv1d", "1 2 3", "1 1", "--expect", str(tmp_path / "big.csv"))
    assert (ran.status, ran.out) == (2, "")
    assert "--expect is a file of far more than the 2 numbers of the result" in ran.err
