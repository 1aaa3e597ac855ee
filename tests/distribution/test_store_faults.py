"""Runs between stores on a cluster that loses a part: the right bytes, or one error and resume."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

pytest.importorskip("distributed")
pytest.importorskip("zarr", "3.1.3")

from tests.cluster_processes import Cluster, running_cluster, until
from tests.store_runs import begun, chunks_of, command, make_input

pytestmark = [pytest.mark.cluster, pytest.mark.slow]
UNITS = 12**3  # of a result of 96 a side, in chunks of 8


class Layer:
    """A layer between stores, and the chunks of its result."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.words = [*make_input(folder), "--chunks", "8"]
        one = folder / "one.zarr"
        assert command([*self.words, "-o", one]).returncode == 0
        self.expected = chunks_of(one)
        assert len(self.expected) == UNITS

    def into(self, name: str, *options: Any) -> list[Any]:
        return [*self.words, "-o", self.folder / name, *options]

    def there(self, name: str) -> int:
        return len(chunks_of(self.folder / name))

    def is_right(self, name: str) -> bool:
        return chunks_of(self.folder / name) == self.expected


@pytest.fixture(scope="module")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Layer:
    return Layer(tmp_path_factory.mktemp("layer") / "l")


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running_cluster(tmp_path / "cluster") as cluster:
        yield cluster


def at(cluster: Cluster) -> list[Any]:
    return ["--scheduler-file", cluster.file]


def meanwhile(layer: Layer, name: str, number: int, action: Any) -> Thread:
    """Do something when so many chunks are there."""

    def act() -> None:
        until(lambda: layer.there(name) >= number)
        action()

    thread = Thread(target=act)
    thread.start()
    return thread


def test_a_killed_worker_and_a_lost_node(layer: Layer, tmp_path: Path) -> None:
    with running_cluster(tmp_path / "cluster", 1) as cluster:
        node = cluster.worker(nanny=True)
        cluster.await_workers(2)
        thread = meanwhile(layer, "node.zarr", 50, lambda: os.killpg(node.pid, signal.SIGKILL))
        result = command(layer.into("node.zarr", *at(cluster)))
        thread.join()
        assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
        assert layer.is_right("node.zarr")


def test_a_killed_client_leaves_workers_that_stop_and_a_store_that_resume_finishes(
    layer: Layer, cluster: Cluster
) -> None:
    words = layer.into("client.zarr", *at(cluster))
    with begun(words) as process:
        until(lambda: layer.there("client.zarr") >= 50)
        process.kill()
    last, still = -1, layer.there("client.zarr")
    while last != still:  # they end the batches that they have
        time.sleep(2)
        last, still = still, layer.there("client.zarr")
    assert still < UNITS, "the whole run was in flight"
    result = command([*words, "--resume", "--json"])
    assert result.returncode == 0
    done = json.loads(result.stdout)["done"]
    assert (done["skipped"], done["computed"]) == (still, UNITS - still)
    assert layer.is_right("client.zarr")


def test_workers_of_a_killed_client_leave_a_store_that_was_begun_anew(
    layer: Layer, cluster: Cluster
) -> None:
    words = layer.into("anew.zarr", *at(cluster))
    with begun(words) as process:
        until(lambda: layer.there("anew.zarr") >= 20)
        process.kill()
    result = command([*words, "--force"])
    assert (result.returncode, result.stderr) == (0, "")
    assert layer.is_right("anew.zarr")


def test_a_killed_scheduler_is_one_line_and_resume_goes_on(layer: Layer, tmp_path: Path) -> None:
    with running_cluster(tmp_path / "first") as cluster:
        thread = meanwhile(layer, "scheduler.zarr", 50, cluster.scheduler.kill)
        begin = time.monotonic()
        result = command(layer.into("scheduler.zarr", *at(cluster)))
        seconds = time.monotonic() - begin
        thread.join()
        assert (result.returncode, result.stdout) == (5, "")
        assert "is lost" in result.stderr
        assert "--resume goes on" in result.stderr
        assert result.stderr.count("\n") == 1
        assert seconds < 40
    there = layer.there("scheduler.zarr")
    with running_cluster(tmp_path / "second") as cluster:
        result = command(layer.into("scheduler.zarr", *at(cluster), "--resume", "--json"))
    assert result.returncode == 0
    assert json.loads(result.stdout)["done"]["skipped"] == there
    assert layer.is_right("scheduler.zarr")


def test_one_worker_that_cannot_write(layer: Layer, tmp_path: Path) -> None:
    with running_cluster(tmp_path / "cluster", 1) as cluster:
        cluster.worker(shell="ulimit -f 0; trap '' XFSZ")
        cluster.await_workers(2)
        result = command(layer.into("full.zarr", *at(cluster)))
        assert result.returncode == 0
        assert layer.is_right("full.zarr")
        lines = result.stderr.splitlines()
        assert [line for line in lines if "failed three times" in line] == lines


def test_where_no_worker_can_write_it_is_exit_5(layer: Layer, tmp_path: Path) -> None:
    with running_cluster(tmp_path / "cluster", 0) as cluster:
        for _ in range(2):
            cluster.worker(shell="ulimit -f 0; trap '' XFSZ")
        cluster.await_workers(2)
        result = command(layer.into("none.zarr", *at(cluster)))
        assert (result.returncode, result.stdout) == (5, "")
        assert "none.zarr" in result.stderr
        assert "cannot be written: File too large" in result.stderr
        assert '"complete": false' in (layer.folder / "none.zarr" / "zarr.json").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk is mounted")
def test_a_full_disk_is_exit_5_and_resume_goes_on(
    layer: Layer, cluster: Cluster, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.system(f"mount -t tmpfs -o size=24m tmpfs {disk} 2>/dev/null") != 0:
        pytest.skip("no disk can be mounted here")
    try:
        words = [*layer.words, "-o", disk / "y.zarr", *at(cluster)]

        def fill() -> None:
            until(lambda: len(chunks_of(disk / "y.zarr")) >= 50)
            os.system(f"head -c 32m /dev/zero > {disk}/filler 2>/dev/null")

        thread = Thread(target=fill)
        thread.start()
        result = command(words)
        thread.join()
        assert (result.returncode, result.stdout) == (5, "")
        lines = result.stderr.splitlines()
        assert "cannot be written: No space left on device" in lines[-1]
        assert "--resume" in lines[-1]
        assert all("failed three times" in line for line in lines[:-1])
        (disk / "filler").unlink()
        assert command([*words, "--resume"]).returncode == 0
        assert chunks_of(disk / "y.zarr") == layer.expected
    finally:
        os.system(f"umount {disk}")


@pytest.mark.parametrize("how", ["missing", "torn", "flipped"])
def test_chunks_of_x_that_are_missing_or_damaged_are_named(
    layer: Layer, cluster: Cluster, tmp_path: Path, how: str
) -> None:
    import numpy as np
    import zarr
    from zarr.codecs import Crc32cCodec

    array = zarr.open_array(layer.words[2], mode="r")
    x = zarr.create_array(
        str(tmp_path / "x.zarr"), shape=array.shape, chunks=array.chunks, dtype=array.dtype,
        compressors=[Crc32cCodec()],
    )  # fmt: skip
    x[...] = np.asarray(array[...])
    chunk = tmp_path / "x.zarr" / "c" / "2" / "1" / "2"
    data = bytearray(chunk.read_bytes())
    if how == "missing":
        chunk.unlink()
    elif how == "torn":
        chunk.write_bytes(data[: len(data) // 2])
    else:
        data[1000] ^= 4
        chunk.write_bytes(data)
    words = [*layer.words[:2], tmp_path / "x.zarr", *layer.words[3:], "-o", tmp_path / "y.zarr"]
    result = command([*words, *at(cluster)])
    assert (result.returncode, result.stdout) == (3, "")
    assert "x.zarr/c/2/1/2" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_torn_chunk_of_y_is_found_by_verify(layer: Layer, cluster: Cluster) -> None:
    shutil.copytree(layer.folder / "one.zarr", layer.folder / "torn.zarr")
    chunk = layer.folder / "torn.zarr" / "c" / "5" / "6" / "7"
    chunk.write_bytes(chunk.read_bytes()[:100])
    words = layer.into("torn.zarr", *at(cluster), "--resume", "--verify", "--json")
    result = command(words)
    assert result.returncode == 0
    assert json.loads(result.stdout)["done"]["computed"] == 1
    assert layer.is_right("torn.zarr")


def test_other_chunks_than_those_of_an_existing_store_are_refused(
    layer: Layer, cluster: Cluster
) -> None:
    shutil.copytree(layer.folder / "one.zarr", layer.folder / "other.zarr")
    words = [*layer.words[:-1], "12", "-o", layer.folder / "other.zarr", *at(cluster), "--resume"]
    result = command(words)
    assert (result.returncode, result.stdout) == (2, "")
    assert "--resume cannot go on" in result.stderr
    assert layer.is_right("other.zarr")
