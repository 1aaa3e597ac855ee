"""A scheduler and workers of dask in processes of their own, on ports that the system chooses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STARTING, LEAVING = 60.0, 5.0  # seconds
QUIET = {"DASK_DISTRIBUTED__WORKER__DAEMON": "True", "OPENBLAS_NUM_THREADS": "1"}


def until(condition: Callable[[], Any], seconds: float = STARTING) -> Any:
    """Wait for a condition, and return what it returned."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)
    return result


class Cluster:
    """A scheduler, and workers that are added one by one."""

    def __init__(self, folder: Path, options: Sequence[str] = ()) -> None:
        self.folder = folder
        self.options = list(options)
        folder.mkdir(exist_ok=True)
        self.file = folder / "scheduler.json"
        self.log = (folder / "cluster.log").open("ab")
        self.processes: list[subprocess.Popen[bytes]] = []
        self.host = f"{'tls' if options else 'tcp'}://127.0.0.1"
        self.scheduler = self.start(
            "dask_scheduler", "--host", self.host, "--port", "0", "--no-dashboard",
            "--dashboard-address", "127.0.0.1:0", "--scheduler-file", self.file, *options,
        )  # fmt: skip
        self.address = until(self._address)

    def start(self, program: str, *arguments: object, shell: str = "") -> subprocess.Popen[bytes]:
        """Start a program of dask; `shell` is run before, in its process."""
        words = [sys.executable, "-m", f"distributed.cli.{program}", *map(str, arguments)]
        process = subprocess.Popen(
            ["/bin/sh", "-c", f'{shell or ":"}; exec "$@"', "sh", *words],
            stdout=self.log, stderr=self.log, cwd=self.folder, env=os.environ | QUIET,
            start_new_session=True,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def worker(
        self, *arguments: object, nanny: bool = False, shell: str = ""
    ) -> subprocess.Popen[bytes]:
        """Start a worker with one thread; it registers a little later."""
        return self.start(
            "dask_worker", self.address, "--host", self.host, "--nthreads", "1",
            "--memory-limit", "0", "--nanny" if nanny else "--no-nanny",
            "--no-dashboard", "--death-timeout", "10",
            "--local-directory", self.folder / "scratch", *self.options, *arguments, shell=shell,
        )  # fmt: skip

    def await_workers(self, count: int) -> None:
        from distributed import Client

        with Client(self.address, set_as_default=False, security=self.security()) as client:
            client.wait_for_workers(count, timeout=STARTING)

    def names(self) -> list[str]:
        """The addresses of the workers."""
        from distributed import Client

        with Client(self.address, set_as_default=False, security=self.security()) as client:
            return list(client.nthreads())

    def security(self) -> Any:
        from distributed import Security

        if not self.options:
            return None
        files = dict(zip(self.options[::2], self.options[1::2], strict=True))
        return Security(
            tls_ca_file=files["--tls-ca-file"], tls_client_cert=files["--tls-cert"],
            tls_client_key=files["--tls-key"], require_encryption=True,
        )  # fmt: skip

    def _address(self) -> str | None:
        try:
            return str(json.loads(self.file.read_text())["address"])
        except (OSError, ValueError):
            return None

    def stop(self) -> None:
        """End the workers, then the scheduler: workers say goodbye to it."""
        workers = [process for process in self.processes if process is not self.scheduler]
        for processes in (workers, [self.scheduler]):
            for process in processes:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
            for process in processes:
                try:
                    process.wait(timeout=LEAVING)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self.log.close()


@contextmanager
def running_cluster(
    folder: Path, workers: int = 2, *, nanny: bool = False, options: Sequence[str] = ()
) -> Iterator[Cluster]:
    """A cluster with so many workers."""
    cluster = Cluster(folder, options)
    try:
        for _ in range(workers):
            cluster.worker(nanny=nanny)
        if workers:
            cluster.await_workers(workers)
        yield cluster
    finally:
        cluster.stop()
