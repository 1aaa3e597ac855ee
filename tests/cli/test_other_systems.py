"""Systems without POSIX, and terminals without UTF-8: the same numbers, and no traceback."""

from __future__ import annotations

import base64
import json
import ntpath
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convcli.cli.output.windows_console import OBEYS_CODES, obey_codes
from convcli.errors import ConvError
from convcli.inputs.files.arrays import read_array
from convcli.inputs.files.formats import split_member
from tests.command_lines import COMMANDS

Convcli = Callable[..., Any]

ENCODINGS = ("cp1252", "cp936", "ascii", "latin-1", "utf-16")
MACHINE = (("json", "cp1252"), ("csv", "cp936"), ("jsonl", "utf-16"))
PEOPLE = ("markdown", "latex", "plain")


def elsewhere(lines: list[Any], folder: Path) -> list[tuple[int, bytes, str]]:
    """Each line's status, stdout and stderr on a system without POSIX."""
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.other_system"],
        input=json.dumps(lines),
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr[-2000:]
    return [(status, base64.b64decode(out), err) for status, out, err in json.loads(ran.stdout)]


def test_every_command_without_posix_and_without_utf_8(tmp_path: Path, convcli: Convcli) -> None:
    lines: list[Any] = []
    for number, arguments in enumerate(COMMANDS.values()):
        name, encoding = MACHINE[number % len(MACHINE)]
        lines.append([[*arguments, "-f", name], encoding, False])
        lines.append([arguments, ENCODINGS[number % len(ENCODINGS)], False])
        lines += [[[*arguments, "-f", name], "ascii", False] for name in ("table", *PEOPLE)]
    for (arguments, encoding, _), (status, out, err) in zip(
        lines, elsewhere(lines, tmp_path), strict=True
    ):
        where = (arguments, encoding, err)
        assert status == 0, where
        assert "Traceback" not in err, where
        machine = arguments[-1] in dict(MACHINE)
        if machine and "check" not in arguments:
            assert out == convcli(*arguments).out_bytes, where
        text = out.decode("utf-8" if machine else encoding)
        assert "?" not in text or "?" in convcli(*arguments).out, where
        assert text.count("\ufeff") == 0, where


def test_files_keys_and_the_server_without_posix(tmp_path: Path, convcli: Convcli) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "x.npy", rng.standard_normal((300, 400)))
    many = ["conv2d", "kernel:gaussian:5:1"]
    pieces = ["run", "conv2d", "x.npy", "kernel:gaussian:5:1", "--max-memory", "2MiB"]
    lines = [
        [[*pieces, "-o", "pieces.npy"], "cp1252", False],
        [[*pieces, "-o", "-"], "cp1252", False],
        [["run", "conv2d", "x.npy", "kernel:gaussian:5:1", "-o", "whole.npy"], "cp936", False],
        [["run", "conv2d", "x.npy", "kernel:gaussian:5:1", "-o", "whole.npy"], "cp936", False],
        [["run", "conv2d", "9x", "ones:3x3", "-o", "whole.npy", "--force"], "ascii", False],
        [["init", "conv2d", "-k", "3", "-c", "2", "--in-channels", "1", "-o", "w.npy"], "ascii", 0],
        [["shape", "conv2d", "9x9", "-k", "3", "-c", "2", "-o", "shape.json"], "utf-16", False],
        [["show", "conv2d", "arange:4x4", "ones:2x2", "-o", "page.html"], "cp936", False],
        [["show", "conv2d", "arange:4x4", "ones:2x2"], "cp1252", False],
        [["show", "conv2d", "arange:4x4", "ones:2x2", "--speed", "64"], "cp1252", True],
        [["show", "conv2d", "arange:4x4", "ones:2x2", "--serve"], "cp1252", False],
        [["trace", "conv2d", "arange:4x4", "ones:2x2", "--lang", "zh"], "cp936", False],
        [["trace", "conv2d", "arange:4x4", "ones:2x2", "--lang", "zh"], "cp1252", False],
    ]
    lines.append(
        [["grad", *many, "--each", "x*.npy", "--out-dir", "out", "--jobs", "2"], "ascii", 0]
    )
    results = elsewhere(lines, tmp_path)
    statuses = [status for status, _, _ in results]
    assert statuses == [0, 0, 0, 5, 3, 0, 0, 0, 0, 0, 130, 0, 0, 0], results
    assert not [err for _, _, err in results if "Traceback" in err or "bug" in err]
    whole = (tmp_path / "whole.npy").read_bytes()
    assert (tmp_path / "pieces.npy").read_bytes() == results[1][1] == whole
    assert "输出" in results[11][1].decode("cp936")
    assert "output" in results[12][1].decode("cp1252")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"x.npy", "pieces.npy", "whole.npy", "w.npy", "shape.json", "page.html", "out"}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x.npz"]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_process_whose_streams_lack_letters(encoding: str, tmp_path: Path) -> None:
    program = [sys.executable, "-m", "convcli", "trace", "conv2d", "arange:3x3", "ones:2x2"]
    environment = {"PYTHONIOENCODING": encoding, "PYTHONPATH": str(Path(__file__).parents[2])}
    ran = subprocess.run(program, capture_output=True, env=environment, check=False, cwd=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, b"")
    assert "=" in ran.stdout.decode(encoding)


def test_the_console_of_windows_obeys_codes() -> None:
    modes = {-11: 3, -12: None}  # stderr is a file

    class Kernel:
        def GetStdHandle(self, number: int) -> int:
            return number

        def GetConsoleMode(self, handle: int, mode: Any) -> int:
            if modes[handle] is None:
                return 0
            mode._obj.value = modes[handle]
            return 1

        def SetConsoleMode(self, handle: int, mode: int) -> int:
            modes[handle] = mode
            return 1

    obey_codes(Kernel())
    assert modes == {-11: 3 | OBEYS_CODES, -12: None}


@pytest.mark.parametrize("text", ["photos/none", "photos\\none", "C:\\photos\\none"])
def test_both_separators_of_windows_make_a_path(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sep", ntpath.sep)
    monkeypatch.setattr(os, "altsep", ntpath.altsep)
    with pytest.raises(ConvError, match="no such file"):
        read_array(text, "X", 2)


@pytest.mark.parametrize(
    ("text", "path", "member"),
    [
        ("C:\\x.npz:conv.weight", "C:\\x.npz", "conv.weight"),
        ("C:x.npz", "C:x.npz", ""),
        ("\\\\server\\share\\x.pt:0.weight", "\\\\server\\share\\x.pt", "0.weight"),
        ("D:/a b/x.nii.gz:1", "D:/a b/x.nii.gz", "1"),
    ],
)
def test_the_colon_of_a_drive_divides_nothing(text: str, path: str, member: str) -> None:
    assert split_member(text) == (path, member)
