"""Faults of whole processes: kills, limits of memory, links, modules of the current folder."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from tests.fuzz.driver import ROOT

PATIENCE = 60  # seconds
CONVCLI = [sys.executable, "-m", "convcli"]


def _run(
    folder: Path, *argv: str, address_space: int | None = None, stdin: str = os.devnull
) -> subprocess.CompletedProcess[str]:
    def limited() -> None:
        if address_space:
            resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))

    with open(stdin, "rb") as source:
        return subprocess.run(
            [*CONVCLI, *argv],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=source,
            capture_output=True,
            text=True,
            preexec_fn=limited,
            timeout=PATIENCE,
            check=False,
        )


@pytest.mark.parametrize("kibibytes", [40_000, 100_000, 200_000, 400_000])
def test_little_address_space_is_no_bug(kibibytes: int, tmp_path: Path) -> None:
    for argv in (
        ("shape", "conv2d", "5x5", "-k", "3"),
        ("run", "conv2d", "arange:5x5", "ones:3x3"),
    ):
        ran = _run(tmp_path, *argv, address_space=kibibytes * 1024)
        assert ran.returncode in (0, 4), ran
        assert ran.stderr.count("\n") <= 1, ran.stderr


@pytest.mark.parametrize(
    "line", ["shape --batch -", "run conv2d - ones:1x1", "run conv2d /dev/stdin ones:1x1"]
)
def test_standard_input_without_end_is_read_with_a_limit(line: str, tmp_path: Path) -> None:
    ran = _run(tmp_path, *line.split(), address_space=2**31, stdin="/dev/zero")
    assert ran.returncode in (2, 3), ran


@pytest.mark.parametrize("module", ["typer", "numpy", "rich", "json", "random"])
def test_modules_of_the_current_folder_are_not_imported(module: str, tmp_path: Path) -> None:
    (tmp_path / f"{module}.py").write_text("open('imported', 'w').close()\n")
    _run(tmp_path, "run", "conv2d", "arange:5x5", "ones:3x3", "-f", "table")
    assert sorted(os.listdir(tmp_path)) == [f"{module}.py"]


def test_a_kill_leaves_no_temporary_file(tmp_path: Path) -> None:
    """Where the system has files without a name, one that is killed leaves nothing."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _ in range(5):
        with subprocess.Popen(
            [*CONVCLI, "run", "conv2d", "rand:1x1x3000x3000", "rand:3x3", "-o", "y.npy"],
            cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            until = time.monotonic() + PATIENCE
            while process.poll() is None and time.monotonic() < until and not os.listdir(tmp_path):
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
        assert set(os.listdir(tmp_path)) <= {"y.npy"}
        (tmp_path / "y.npy").unlink(missing_ok=True)


def test_force_writes_through_a_link(tmp_path: Path) -> None:
    """A hard link stays one, or the program says that it does not."""
    (tmp_path / "y.npy").write_bytes(b"old")
    os.link(tmp_path / "y.npy", tmp_path / "other.npy")
    ran = _run(tmp_path, "run", "conv2d", "arange:5x5", "ones:3x3", "-o", "y.npy", "--force")
    same = os.path.samefile(tmp_path / "y.npy", tmp_path / "other.npy")
    assert same or "link" in ran.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_force_keeps_the_owner_and_the_mode(tmp_path: Path) -> None:
    target = tmp_path / "y.npy"
    target.write_bytes(b"old")
    os.chown(target, 1234, 1234)
    target.chmod(0o640)
    assert (
        _run(
            tmp_path, "run", "conv2d", "arange:5x5", "ones:3x3", "-o", "y.npy", "--force"
        ).returncode
        == 0
    )
    status = target.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (1234, 1234, 0o640)


def test_the_declared_floors_are_those_that_work() -> None:
    """typer has TyperException from 0.27.2 on, and asks for rich 13.8."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    floors = {}
    for entry in project["dependencies"]:
        name, _, rest = entry.partition(">=")
        floors[name] = tuple(int(part) for part in rest.partition(",")[0].split("."))
    assert floors["typer"] >= (0, 27, 2)
    assert floors["rich"] >= (13, 8)


def test_the_sdist_names_what_it_holds() -> None:
    """Whatever else lies in a checkout stays out."""
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
        "targets"
    ]
    sdist = hatch.get("sdist", {})
    assert sdist.get("only-include") or sdist.get("include"), (
        "an untracked file gets into the sdist"
    )


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "convcli" / "py.typed").exists()
