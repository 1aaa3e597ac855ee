"""Faults of whole processes: kills, limits of memory, links, modules of the current folder."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
import time
import tomllib
from pathlib import Path

import numpy as np
import pytest

from tests.fuzz.driver import ROOT

PATIENCE = 60  # seconds
CONVCLI = [sys.executable, "-m", "convcli"]


def _run(
    folder: Path,
    *argv: str,
    address_space: int | None = None,
    stdin: str = os.devnull,
    closed: tuple[int, ...] = (),
) -> subprocess.CompletedProcess[str]:
    def limited() -> None:
        for descriptor in closed:
            os.close(descriptor)
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


def little_address_space(kibibytes: int, folder: Path) -> None:
    for argv in (
        ("shape", "conv2d", "5x5", "-k", "3"),
        ("run", "conv2d", "arange:5x5", "ones:3x3"),
    ):
        ran = _run(folder, *argv, address_space=kibibytes * 1024)
        assert ran.returncode in (0, 4), ran
        assert ran.stderr.count("\n") <= 1, ran.stderr


@pytest.mark.parametrize("kibibytes", [40_000, 100_000, 140_000, 200_000])
def test_little_address_space_is_no_bug(
    kibibytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "64")
    little_address_space(kibibytes, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("mebibytes", [*range(20, 128, 6), *range(128, 160, 2)])
def test_however_little_address_space_is_no_bug(
    mebibytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "64")
    little_address_space(mebibytes * 1024, tmp_path)


def test_a_module_may_leave_its_folder(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    text = "import os, torch\nos.chdir('/')\nNet = torch.nn.ReLU\n"
    (tmp_path / "m.py").write_text(text)
    ran = _run(tmp_path, "stack", "--module", "m:Net", "1x1x8x8", "-q")
    assert (ran.returncode, ran.stdout) == (0, "1x1x8x8\n"), ran


def test_torch_without_room_is_not_called_missing(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    ran = _run(tmp_path, "check", "--cases", "1", address_space=150_000 * 1024)
    assert (ran.returncode, ran.stderr.count("\n")) == (4, 1), ran


STREAMS = {  # descriptors that are closed, the command line, its exit status and its error
    "picture-without-stderr": ((2,), "run conv2d x.png ones:1x1 -q", 0, ""),
    "file-without-stdout": ((1,), "run conv2d arange:3x3 ones:1x1 -o y.npy", 0, ""),
    "result-without-stdout": ((1,), "shape conv2d 5x5 -k 3", 5, "standard output is closed"),
    "nothing": ((0, 1, 2), "run conv2d x.png ones:1x1 -o y.npy", 0, ""),
    "lines-without-stdin": ((0,), "shape --batch -", 3, "standard input is closed"),
    "array-without-stdin": ((0,), "run conv2d - ones:1x1", 3, "standard input is closed"),
}


@pytest.mark.parametrize("name", STREAMS)
def test_a_closed_stream_is_no_file(name: str, tmp_path: Path) -> None:
    """No file that is opened gets the descriptor of a closed stream, to which libraries write."""
    closed, line, status, error = STREAMS[name]
    if "x.png" in line:
        pytest.importorskip("PIL.Image").new("L", (3, 3), 7).save(tmp_path / "x.png")
    ran = _run(tmp_path, *line.split(), closed=closed)
    assert ran.returncode == status, ran
    assert error in ran.stderr
    if "y.npy" in line:
        assert np.load(tmp_path / "y.npy").shape == (3, 3)


@pytest.mark.parametrize("suffix", ["pt", "npz", "csv"])
def test_a_pipe_is_read_as_a_file_is(suffix: str, tmp_path: Path) -> None:
    (tmp_path / f"file.{suffix}").write_bytes(_array_file(suffix, tmp_path))
    os.mkfifo(tmp_path / f"pipe.{suffix}")
    feeder = threading.Thread(
        target=lambda: (tmp_path / f"pipe.{suffix}").write_bytes(
            (tmp_path / f"file.{suffix}").read_bytes()
        )
    )
    feeder.start()
    found = [_run(tmp_path, "run", "conv2d", f"{name}.{suffix}", "ones:1x1", "-q")
             for name in ("pipe", "file")]  # fmt: skip
    feeder.join()
    assert found[0].stdout == found[1].stdout != "", found


def _array_file(suffix: str, folder: Path) -> bytes:
    array = np.arange(16, dtype=np.uint8).reshape(4, 4)
    path = folder / f"made.{suffix}"
    match suffix:
        case "pt":
            torch = pytest.importorskip("torch")
            torch.save(torch.from_numpy(array), path)
        case "npz":
            np.savez(path, a=array)
        case "npy":
            np.save(path, array)
        case "png":
            pytest.importorskip("PIL.Image").fromarray(array).save(path)
        case "csv":
            np.savetxt(path, array, "%d", ",")
        case _:
            path.write_text(str(array.tolist()))
    return path.read_bytes()


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


@pytest.mark.parametrize(
    "words",
    [
        ("run", "conv1d", "[1e308, 1e308]", "[1e308, 1e308]", "-s", "5000000000"),
        ("grad", "conv1d", "[1e308, 1e308]", "[1e308, 1e308]"),
        ("trace", "conv1d", "[1e308, 1e308]", "[1e308, 1e308]"),
        ("matrix", "conv1d", "[1e308, 1e308]", "[1e308, 1e308]"),
    ],
    ids=lambda words: words[0],
)
def test_numbers_that_overflow_bring_no_warning_of_numpy(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    ran = _run(tmp_path, *words)
    assert (ran.returncode, "Warning" in ran.stderr) == (0, False)
