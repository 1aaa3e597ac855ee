"""Faults while writing: the n-th system call fails, for n = 1, 2, ... until a run succeeds.

Source: SQLite's tests of I/O errors.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.long_loops import everyday_and_long
from tests.stepping_program import stepping

Convcli = Callable[..., Any]

CALLS = (
    "open",
    "write",
    "pwrite",
    "fchmod",
    "fsync",
    "close",
    "truncate",
    "replace",
    "stat",
    "link",
)
RUNS = {
    "an array": ("run", "conv2d", "arange:9x9", "ones:3x3", "-o", "TARGET.npy"),
    "a picture": ("run", "conv2d", "arange:9x9", "ones:3x3", "-o", "TARGET.png"),
    "a document": ("shape", "conv2d", "9x9", "-k", "3", "-c", "2", "-o", "TARGET.json"),
    "lines": ("trace", "conv2d", "arange:9x9", "ones:3x3", "-f", "jsonl", "-o", "TARGET.jsonl"),
    "weights": ("init", "conv2d", "-k", "3", "-c", "2", "--in-channels", "1", "-o", "TARGET.npy"),
    "a gradient": ("grad", "conv2d", "arange:9x9", "ones:3x3", "--weight-grad", "TARGET.npy"),
    "learned weights": (
        "learn",
        "conv2d",
        "-k",
        "3",
        "arange:5x5",
        "ones:3x3",
        "--lr",
        "1e-5",
        "--epochs",
        "2",
        "-o",
        "TARGET.npz",
    ),
    "a stretched picture": (
        "run",
        "conv2d",
        "nan 1; 2 3",
        "1",
        "--map",
        "linear",
        "-o",
        "TARGET.tif",
    ),
    "sound": ("run", "conv1d", "1 9 nan inf", "1", "-o", "TARGET.wav"),
    "a table": ("run", "conv2d", "nan 1e300; -inf 3", "1", "-o", "TARGET.csv"),
    "a volume": ("run", "conv3d", "arange:3x3x3", "ones:1x1x1", "-o", "TARGET.nii.gz"),
    "pieces": ("run", "conv2d", "x.npy", "rand:3x3", "-o", "TARGET.npy"),
}


class Faults:
    """Lets the n-th call of the os functions fail, and counts them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, nth: int, error: int) -> None:
        self.nth, self.error, self.count, self.armed = nth, error, 0, False
        for name in CALLS:
            monkeypatch.setattr(os, name, self._failing(name, getattr(os, name)))

    def _failing(self, name: str, right: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            if not self.armed:
                return right(*arguments, **options)
            self.count += 1
            if self.count != self.nth:
                return right(*arguments, **options)
            if name == "close":
                right(*arguments, **options)
            raise OSError(self.error, os.strerror(self.error))

        return call


@pytest.mark.parametrize(
    "old", [True, pytest.param(False, marks=pytest.mark.slow)], ids=["replacing", "new"]
)
@pytest.mark.parametrize("what", RUNS)
def test_whatever_call_fails_the_target_is_the_old_or_the_new_one(
    convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, old: bool
) -> None:
    from convcli.cli.commands.run import pieces as streaming
    from convcli.cli.input import operands

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(operands, "PIECES_FROM", 0)
    monkeypatch.setattr(streaming, "PIECE_BYTES", 500)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    np.save("x.npy", np.arange(400, dtype=np.float32).reshape(20, 20))
    line = [word.replace("TARGET", "y") for word in RUNS[what]]
    target = Path(next(word for word in line if word.startswith("y.")))
    line += ["--force"] if old else []
    assert convcli(*line).status == 0
    new = target.read_bytes()
    target.unlink()
    present = sorted(os.listdir())
    statuses = set()
    for nth in range(1, 500):
        if old:
            target.write_bytes(b"old")
        with monkeypatch.context() as patched:
            faults = Faults(patched, nth, random.Random(nth).choice((5, 13, 28, 122)))
            faults.armed = True
            result = convcli(*line)
            faults.armed = False
        statuses.add(result.status)
        found = target.read_bytes() if target.exists() else None
        assert found in ((b"old", new) if old else (None, new)), (nth, result)
        assert result.status != 0 or found == new, (nth, result)
        assert "Traceback" not in result.err
        if target.exists():
            target.unlink()
        assert sorted(os.listdir()) == present, nth
        if faults.count < nth:
            break
    assert result.status == 0
    assert faults.count >= 5
    assert statuses <= {0, 3, 5}


@everyday_and_long("runs", 10, 100)
def test_killed_anywhere_no_file_is_half_written(tmp_path: Path, runs: int) -> None:
    """SIGKILL before, and while, a random system call runs."""
    x, whole, target = (tmp_path / name for name in ("x.npy", "whole.npy", "y.npy"))
    np.save(x, np.ones((256, 2048), np.float32))
    line = ["run", "conv2d", str(x), "rand:3x3", "-o"]
    with stepping(*line, str(whole)) as steps:
        calls = 0
        while steps.next():
            calls += 1
            steps.go()
    assert calls >= 5
    expected, rng, killed = whole.read_bytes(), random.Random(0), 0
    for number in range(runs):
        with stepping(*line, str(target)) as steps:
            for _ in range(rng.randrange(calls)):
                steps.next()
                steps.go()
            if number % 2:
                steps.next()
                steps.go()
            steps.process.kill()
        killed += steps.process.returncode == -signal.SIGKILL
        assert not target.exists() or target.read_bytes() == expected
        target.unlink(missing_ok=True)
    assert killed > runs // 2
