"""`run X.zarr W -o Y.zarr --workers N`: the same bytes, what is refused, and that it ends."""

from __future__ import annotations

import json
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("zarr", "3.1.3")

from convcli.cli.app.main import COMMANDS
from convcli.errors import ConvError
from tests.cluster_processes import until
from tests.store_runs import begun, children_of, chunks_of, command, is_running, make_input

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc, signals of POSIX")
Convcli = Callable[..., Any]


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A small layer between stores; its result in one process is one.zarr."""
    folder = tmp_path_factory.mktemp("stores")
    words = make_input(folder, side=40, chunk=8)
    assert command([*words, "-o", folder / "one.zarr", "--chunks", 8]).returncode == 0
    return words


def folder_of(words: list[str]) -> Path:
    return Path(words[2]).parent


def test_workers_write_the_same_bytes_and_say_what_they_do(
    words: list[str], convcli: Convcli, tmp_path: Path
) -> None:
    result = convcli(
        *words, "-o", tmp_path / "y.zarr", "--chunks", 8, "--workers", 2, "-v", "--json"
    )
    assert result.status == 0
    assert chunks_of(tmp_path / "y.zarr") == chunks_of(folder_of(words) / "one.zarr")
    facts = json.loads(result.out)
    assert facts["workers"] == 2
    assert facts["done"]["computed"] == facts["units"] == 125
    lines = result.err.splitlines()
    assert {line.split(": ")[1] for line in lines} <= {"worker 1", "worker 2"}
    assert all(line.startswith("convcli: worker ") for line in lines)
    assert sum(_blocks(line) for line in lines) == facts["blocks"]
    assert all(re.search(r", X read by numpy$", line) for line in lines)


def _blocks(line: str) -> int:
    """The number of blocks that a line is about."""
    first, _, last = re.search(r": blocks? (\d+)(-)?(\d+)? of ", line).groups()  # type: ignore[union-attr]
    return int(last or first) - int(first) + 1


@pytest.mark.parametrize(
    ("options", "code", "text"),
    [
        (["--workers", "0"], 2, "--workers must be 1..256, got 0"),
        (["--workers", "2", "--dask-address", "tcp://127.0.0.1:1"], 2,
         "--workers does not go together with --dask-address: both say who computes"),
        (["--workers", "2", "--threads", "4"], 2, "each worker computes on one thread"),
        (["--workers", "2", "--engine", "torch"], 2, "workers compute with NumPy"),
        (["--dask-address", "10.0.0.7"], 2, "must be tcp://HOST:PORT or tls://HOST:PORT"),
        (["--dask-address", "tls://127.0.0.1:1"], 2, "needs --tls-ca, --tls-cert and --tls-key"),
        (["--tls-ca", "ca.pem"], 2, "--tls-ca needs --tls-cert"),
        (["--scheduler-file", "/nowhere/s.json"], 3, "--scheduler-file cannot be read"),
    ],
)  # fmt: skip
def test_what_is_refused(
    words: list[str], convcli: Convcli, tmp_path: Path, options: list[str], code: int, text: str
) -> None:
    result = convcli(*words, "-o", tmp_path / "y.zarr", *options)
    assert (result.status, result.out) == (code, "")
    assert text in result.err
    assert result.err.count("\n") == 1
    assert not (tmp_path / "y.zarr").exists()


@pytest.mark.parametrize("option", ["--workers=2", "--dask-address=tcp://127.0.0.1:1", "-v"])
def test_workers_need_a_stored_output(convcli: Convcli, tmp_path: Path, option: str) -> None:
    result = convcli("run", "conv2d", "ones:5x5", "ones:3x3", "-o", tmp_path / "y.npy", option)
    assert result.status == 2
    assert "needs a stored output, like --output Y.zarr" in result.err


def test_a_missing_chunk_is_named_and_nothing_is_left(
    words: list[str], convcli: Convcli, tmp_path: Path
) -> None:
    import shutil

    shutil.copytree(words[2], tmp_path / "x.zarr")
    (tmp_path / "x.zarr" / "c" / "2" / "1" / "3").unlink()
    changed = [*words[:2], tmp_path / "x.zarr", *words[3:]]
    result = convcli(*changed, "-o", tmp_path / "y.zarr", "--workers", 2)
    assert (result.status, result.out) == (3, "")
    assert "x.zarr/c/2/1/3" in result.err
    assert result.err.count("\n") == 1


def test_a_process_ends_in_silence_while_zarr_still_reads_a_damaged_shard(tmp_path: Path) -> None:
    import numpy as np
    import zarr

    x = zarr.create_array(
        str(tmp_path / "x.zarr"), shape=(8, 32, 40), chunks=(2, 4, 4), shards=(4, 16, 20),
        dtype="u2",
    )  # fmt: skip
    x[...] = np.random.default_rng(0).integers(0, 60000, x.shape, dtype="u2")
    shard = tmp_path / "x.zarr" / "c" / "1" / "1" / "1"
    shard.write_bytes(shard.read_bytes()[:-200])  # the index, at its end, is cut
    ran = command(
        ["run", "conv3d", tmp_path / "x.zarr", "ones:3x3x3", "-p", 1, "-o", tmp_path / "y.zarr",
         "--workers", 2]
    )  # fmt: skip
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "x.zarr/c/1/1/1" in ran.stderr
    assert ran.stderr.count("\n") == 1


def test_the_plan_says_how_many_tasks_there_are(words: list[str], convcli: Convcli) -> None:
    result = convcli(*words, "-o", "y.zarr", "--workers", 3, "--plan", "--json")
    facts = json.loads(result.out)
    assert facts["workers"] == 3
    assert 1 <= facts["tasks"] <= facts["blocks"]
    chinese = convcli(*words, "-o", "y.zarr", "--workers", 3, "--plan", "--lang", "zh")
    assert "工作进程" in chinese.out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_all_processes_and_resume_goes_on(
    tmp_path: Path, number: int, code: int
) -> None:
    words = [*make_input(tmp_path), "-o", tmp_path / "y.zarr", "--chunks", "12", "--workers", "2"]
    with begun(words) as process:
        until(lambda: len(chunks_of(tmp_path / "y.zarr")) > 20)
        children = children_of(process.pid)
        assert len(children) >= 2
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (code, "", "")
    deadline = time.monotonic() + 5
    while any(map(is_running, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, children))
    there = len(chunks_of(tmp_path / "y.zarr"))
    assert 20 < there < 8**3
    result = command([*words, "--resume", "--json"])
    assert result.returncode == 0
    facts = json.loads(result.stdout)["done"]
    assert facts["skipped"] + facts["computed"] == 8**3
    assert facts["skipped"] == there
    assert not list((tmp_path / "y.zarr").rglob("*.partial"))


@pytest.mark.slow
def test_ctrl_c_at_a_terminal_reaches_the_whole_group_and_is_silent(tmp_path: Path) -> None:
    import os

    words = [*make_input(tmp_path), "-o", tmp_path / "y.zarr", "--chunks", "12", "--workers", "2"]
    for pause in (0, 0.3, 0.6, 1.5):
        with begun([*words, "--force"]) as process:
            until(lambda process=process: children_of(process.pid))  # type: ignore[misc]
            time.sleep(pause)  # in the middle of starting, and later
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
            out, err = process.communicate(timeout=30)
        # Python itself ends by the signal, which shells print as 130, when it is about to end.
        assert process.returncode in (0, 130, -signal.SIGINT)
        assert (out, err) == ("", "")


def test_workers_are_loaded_only_where_they_are_asked_for() -> None:
    code = (
        "import sys; from convcli.cli.app.main import main\n"
        f"main(['run', 'conv2d', 'ones:5x5', 'ones:3x3']); assert 'run' in {COMMANDS}\n"
        "print(*(name for name in sys.modules if name.startswith(('convcli.distribution', "
        "'distributed', 'zarr', 'multiprocessing'))))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == ""


def test_workers_need_no_zarr_for_plain_chunks(
    words: list[str], convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from convcli.distribution import local

    def kept(job: Any, *_: Any) -> Any:
        (tmp_path / "job").write_bytes(pickle.dumps(job))
        raise ConvError("output.unwritable", "enough", parameter="output", kind="write")

    monkeypatch.setattr(local, "Processes", kept)
    words = [*words, "-o", str(tmp_path / "y.zarr"), "--chunks", "8"]
    assert convcli(*words, "--workers", 2).status == 5
    code = (
        "import pickle, sys\n"
        "work = pickle.load(open('job', 'rb')).open()\n"
        "work.looked = work.opened.sink.looked = -1e9  # whose the store is, is looked at\n"
        "print(work.compute(0, work.task.blocks.total, lambda: True).computed)\n"
        "print(sorted({'zarr', 'asyncio', 'numcodecs'} & {*sys.modules}))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (ran.stdout, ran.stderr) == ("125\n[]\n", "")
    assert chunks_of(tmp_path / "y.zarr") == chunks_of(folder_of(words) / "one.zarr")


def test_processes_that_started_ahead_end_with_a_refused_request(
    words: list[str], convcli: Convcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from convcli.distribution import local

    processes: list[Any] = []
    start = local.Ahead.__init__

    def started(self: Any, count: int) -> None:
        start(self, count)
        processes.extend(member.process for member in self._members)

    monkeypatch.setattr(local.Ahead, "__init__", started)
    asked = [*words[:3], tmp_path / "no.npy", "-o", tmp_path / "y.zarr", "--workers", 2]
    assert convcli(*asked).status == 3
    assert [process.is_alive() for process in processes] == [False] * len(processes)
    assert processes
    processes.clear()
    assert convcli(*words, "-o", tmp_path / "y.zarr", "--workers", 2, "--plan").status == 0
    assert not processes
