"""A cluster of dask on this machine: a scheduler and two workers, in processes of their own."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

pytest.importorskip("distributed")

from convcli import __version__
from convcli.distribution import dask
from convcli.distribution.addresses import Credentials
from convcli.distribution.dask import connected
from convcli.distribution.dispatch import Event, distribute
from convcli.distribution.task import Tally
from convcli.errors import ConvError
from tests.certificates import Authority
from tests.cluster_processes import Cluster, running_cluster, until
from tests.distribution_jobs import Files, expected, written

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers that tests leave as they are."""
    with running_cluster(tmp_path_factory.mktemp("cluster")) as cluster:
        yield cluster


def job(folder: Path, **options: Any) -> Files:
    return Files(uuid.uuid4().hex, str(folder), **options)


def run(address: str, files: Files, units: int = 60, **options: Any) -> Tally:
    with connected(address) as client:
        return distribute(dask.Cluster(client, files), units, **options)


def test_every_unit_is_computed_and_both_workers_do_some(cluster: Cluster, tmp_path: Path) -> None:
    events: list[Event] = []
    tally = run(cluster.address, job(tmp_path, pause=0.01), say=events.append)
    assert written(tmp_path) == expected(60)
    assert tally == Tally(60, 0, 480, 480)
    assert len({event.worker for event in events}) == 2


def test_what_fails_on_a_worker_goes_to_the_other(cluster: Cluster, tmp_path: Path) -> None:
    events: list[Event] = []
    run(cluster.address, job(tmp_path, faulty=(3, 40), fault="write"), say=events.append)
    assert written(tmp_path) == expected(60)
    assert len([event for event in events if event.kind == "failed"]) == 2


def test_after_bad_data_nothing_of_the_run_goes_on(cluster: Cluster, tmp_path: Path) -> None:
    files = job(tmp_path, faulty=(9,), fault="data", pause=0.02)
    with pytest.raises(ConvError, match="has no chunk c/0/1"):
        run(cluster.address, files, 1000)
    there = len(written(tmp_path))
    assert there < 1000
    time.sleep(0.3)
    assert len(written(tmp_path)) == there
    # A rerun on the same scheduler does not get the old error.
    run(cluster.address, job(tmp_path))
    assert written(tmp_path).items() >= expected(60).items()


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "CONNECTING", 1.0)
    with (
        pytest.raises(ConvError, match="no scheduler answers") as raised,
        connected("tcp://127.0.0.1:1"),
    ):
        pass
    assert raised.value.kind == "write"


@pytest.mark.cluster
def test_other_versions_are_refused_before_anything_is_computed(tmp_path: Path) -> None:
    with running_cluster(tmp_path / "c", 1) as cluster:
        (tmp_path / "sitecustomize.py").write_text("import convcli; convcli.__version__ = '0.0.1'")
        cluster.worker(shell=f"export PYTHONPATH={tmp_path}:$PYTHONPATH")
        cluster.await_workers(2)
        with pytest.raises(ConvError, match=rf"has convcli 0\.0\.1, and convcli is {__version__}"):
            run(cluster.address, job(tmp_path))
        assert not written(tmp_path)


def test_a_killed_worker(tmp_path: Path) -> None:
    with running_cluster(tmp_path / "c") as cluster:
        files = job(tmp_path, faulty=(7,), fault="killed")
        run(cluster.address, files)
        assert written(tmp_path) == expected(60)


@pytest.mark.cluster
def test_killed_workers_and_their_nanny(tmp_path: Path) -> None:
    with running_cluster(tmp_path / "c", 1) as cluster:
        node = cluster.worker(nanny=True)
        cluster.await_workers(2)
        files = job(tmp_path, pause=0.02)

        def lose_the_node() -> None:
            until(lambda: len(written(tmp_path)) > 10)
            os.killpg(node.pid, signal.SIGKILL)

        thread = Thread(target=lose_the_node)
        thread.start()
        run(cluster.address, files, 200)
        thread.join()
        assert written(tmp_path) == expected(200)


@pytest.mark.cluster
def test_a_killed_scheduler_is_one_error_in_time(tmp_path: Path) -> None:
    with running_cluster(tmp_path / "c") as cluster:
        files = job(tmp_path, pause=0.02)

        def lose_the_scheduler() -> None:
            until(lambda: len(written(tmp_path)) > 10)
            cluster.scheduler.kill()

        thread = Thread(target=lose_the_scheduler)
        thread.start()
        begun = time.monotonic()
        with pytest.raises(ConvError, match=r"the scheduler tcp://.* is lost") as raised:
            run(cluster.address, files, 100_000)
        assert raised.value.kind == "write"
        assert time.monotonic() - begun < 30
        thread.join()
        until(lambda: all(process.poll() is not None for process in cluster.processes))


@pytest.mark.cluster
def test_without_workers_the_run_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask, "WAITING", 1.0)
    with running_cluster(tmp_path / "c", 0) as cluster:
        with pytest.raises(ConvError, match="has no worker after 1 seconds"):
            run(cluster.address, job(tmp_path))
        cluster.worker()
        cluster.await_workers(1)
        with pytest.raises(ConvError, match="it has no worker any more"):
            run(cluster.address, job(tmp_path, faulty=(3,), fault="killed"))


@pytest.mark.cluster
def test_a_worker_that_cannot_write_is_given_up(tmp_path: Path) -> None:
    with running_cluster(tmp_path / "c", 1) as cluster:
        cluster.worker("--name", "full", shell="ulimit -f 0; trap '' XFSZ")
        cluster.await_workers(2)
        events: list[Event] = []
        files = job(tmp_path, pause=0.005)
        run(cluster.address, files, 200, say=events.append)
        assert written(tmp_path) == expected(200)
        assert [event.kind for event in events].count("out") == 1


@pytest.mark.cluster
def test_tls(tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    authority, stranger = Authority(), Authority()
    me = authority.credentials(tmp_path, "me")
    other = stranger.credentials(tmp_path, "stranger")
    with running_cluster(tmp_path / "c", options=_options(authority, tmp_path)) as cluster:
        assert cluster.address.startswith("tls://")
        with connected(cluster.address, me) as client:
            distribute(dask.Cluster(client, job(tmp_path)), 60)
        assert written(tmp_path) == expected(60)
        for credentials, told in (
            (me._replace(authority=other.authority), "the scheduler is not accepted: "),
            (other._replace(authority=me.authority), "the scheduler does not accept tls_cert"),
            (authority.credentials(tmp_path, "old", -1), "does not accept tls_cert"),
        ):
            assert told in _refusal(cluster.address, credentials)
        told = _refusal(cluster.address.replace("tls", "tcp"))
        assert f"with TLS has the address {cluster.address}" in told


@pytest.mark.cluster
def test_tls_where_there_is_none_and_a_scheduler_whose_certificate_expired(tmp_path: Path) -> None:
    pytest.importorskip("cryptography")
    authority = Authority()
    me = authority.credentials(tmp_path, "me")
    with running_cluster(tmp_path / "c", 0) as cluster:
        assert "does not speak TLS" in _refusal(cluster.address.replace("tcp", "tls"), me)
    with running_cluster(tmp_path / "d", 0, options=_options(authority, tmp_path, -1)) as cluster:
        assert "not accepted: certificate has expired" in _refusal(cluster.address, me)


def _options(authority: Authority, folder: Path, days: int = 9) -> list[str]:
    """The options of a scheduler and of workers with a certificate of an authority."""
    names = ("--tls-ca-file", "--tls-cert", "--tls-key")
    files = authority.credentials(folder, "node", days)
    return [word for pair in zip(names, files, strict=True) for word in pair]


def _refusal(address: str, credentials: Credentials | None = None) -> str:
    """The error of a client that cannot connect."""
    with pytest.raises(ConvError) as raised, connected(address, credentials):
        pass
    assert (raised.value.code, raised.value.kind) == ("cluster.unreachable", "write")
    return str(raised.value)


@pytest.mark.cluster
def test_a_killed_nanny(tmp_path: Path) -> None:
    """Its worker ends with it, and the other one computes what it had."""
    with running_cluster(tmp_path / "c", 1) as cluster:
        nanny = cluster.worker(nanny=True)
        cluster.await_workers(2)
        files = job(tmp_path, pause=0.02)

        def kill_the_nanny() -> None:
            until(lambda: len(written(tmp_path)) > 10)
            nanny.kill()

        thread = Thread(target=kill_the_nanny)
        thread.start()
        run(cluster.address, files, 200)
        thread.join()
        assert written(tmp_path) == expected(200)


@pytest.mark.cluster
def test_a_worker_with_another_numpy_that_comes_later_is_named(tmp_path: Path) -> None:
    text = "import importlib.metadata as m; v = m.version\n"
    text += "m.version = lambda name: '1.0' if name == 'numpy' else v(name)\n"
    (tmp_path / "sitecustomize.py").write_text(text)
    with running_cluster(tmp_path / "c", 1) as cluster:
        (first,) = cluster.names()
        files = job(tmp_path, pause=0.02)
        with connected(cluster.address) as client:
            cluster.worker(shell=f"export PYTHONPATH={tmp_path}:$PYTHONPATH")
            cluster.await_workers(2)
            with pytest.raises(ConvError, match=r"has numpy 1\.0, and numpy is ") as raised:
                distribute(dask.Cluster(client, files), 200)
        assert raised.value.kind == "package"
        assert first not in str(raised.value)
