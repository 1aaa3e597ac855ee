"""Workers of a cluster of dask.distributed; the one module that imports it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

from convcli.distribution.addresses import Credentials
from convcli.distribution.refused import unreachable
from convcli.distribution.task import Job, Report, WorkerLost, end_run, run_batch
from convcli.distribution.versions import Versions, require_equal, versions_here
from convcli.engine.compute.batches import Batch
from convcli.errors import ConvError
from convcli.inputs.files.packages import optional_package

CONNECTING, WAITING = 12.0, 15.0  # seconds for a scheduler to answer, and for it to have a worker
LISTENING = 1.0  # seconds between looks at the connection
ASKING, ANSWERING = 5.0, 15.0  # seconds between questions to the scheduler, and until its answer
ENDING = 60.0  # seconds in which workers end their units after an error
RESULT = "10s"  # for a result to come from the worker that has it


@contextmanager
def connected(
    address: str, credentials: Credentials | None = None, parameter: str = "dask_address"
) -> Iterator[Any]:
    """A client of the scheduler, whose workers have the versions of this process.

    Raises ConvError where no scheduler answers, where it has no worker, or where versions differ.
    """
    distributed = optional_package("distributed", parameter)
    with _silence():
        client = _client(distributed, address, credentials, parameter)
        try:
            _await_worker(client, address, parameter)
            there = client.run(versions_here, on_error="return")
            require_equal(versions_here(), there)
            yield client
        finally:
            within(ANSWERING, client.close)


def _client(distributed: Any, address: str, credentials: Credentials | None, parameter: str) -> Any:
    security = None
    if credentials is not None:
        ca, certificate, key = credentials
        security = distributed.Security(
            tls_ca_file=ca, tls_client_cert=certificate, tls_client_key=key,
            require_encryption=True,
        )  # fmt: skip
    options = {"name": "convcli", "set_as_default": False, "timeout": CONNECTING}

    class Client(distributed.Client):  # type: ignore[misc]
        """One that does not wait, and complain, when it is deleted without a connection."""

        def __del__(self) -> None:
            pass

    try:
        return Client(address, security=security, **options)
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise unreachable(address, parameter, error) from None


def _await_worker(client: Any, address: str, parameter: str) -> None:
    deadline = time.monotonic() + WAITING
    while not client.nthreads():
        if time.monotonic() > deadline:
            rule = f"the scheduler has no worker after {WAITING:.0f} seconds"
            hint = f"Start one: dask worker {address}."
            raise ConvError(
                "cluster.workers", rule, parameter=parameter, got=address, kind="write", hint=hint
            )
        time.sleep(0.1)


def slots_of(client: Any) -> int:
    """How many batches the workers compute at the same time: the number of their threads."""
    return sum(client.nthreads().values())


def memory_of_slot(client: Any) -> int | None:
    """The bytes that a batch may take: a worker's limit by its threads; None without a limit."""
    workers = client.scheduler_info()["workers"].values()
    limits = [worker["memory_limit"] // worker["nthreads"] for worker in workers]
    return min((limit for limit in limits if limit), default=None)


class Cluster:
    """An executor of the workers of a scheduler; `client` is that of `connected`."""

    def __init__(self, client: Any, job: Job) -> None:
        self._client, self._job = client, job
        self._versions = versions_here()
        self._submitted: dict[str, tuple[Batch, Any]] = {}  # by their key
        self._done: SimpleQueue[str] = SimpleQueue()
        self._threads: dict[str, int] = {}
        self._asked = 0.0
        self._ask()
        self._scattered = self._scatter()

    @property
    def slots(self) -> int:
        """The number of threads of all workers."""
        return sum(self._threads.values())

    def workers(self) -> Collection[str]:
        """The addresses of the workers. Raises ConvError where none is there for some seconds."""
        deadline = time.monotonic() + WAITING
        self._ask()
        while not self._threads:
            if time.monotonic() > deadline:
                raise self._lost("it has no worker any more")
            time.sleep(0.2)
            self._ask()
        return self._threads.keys()

    def submit(self, batch: Batch, attempt: int, avoid: Collection[str]) -> None:
        """Let the scheduler give a batch to a worker outside `avoid`."""
        key = f"convcli-{self._job.run_id}-{batch.number}-{attempt}"
        allowed = [worker for worker in self._threads if worker not in avoid] if avoid else None
        if self._scattered.status not in ("finished", "pending"):
            self._scattered = self._scatter()
        future = self._client.submit(
            _compute, self._scattered, tuple(batch), self._versions,
            key=key, workers=allowed, retries=0, pure=False,
        )  # fmt: skip
        self._submitted[key] = (batch, future)
        future.add_done_callback(lambda future: self._done.put(future.key))

    def completed(self) -> Report:
        """Wait for the next batch that is done, failed, or was lost."""
        while True:
            try:
                key = self._done.get(timeout=LISTENING)
            except Empty:
                self._require_scheduler()
                continue
            if key not in self._submitted:
                continue
            batch, future = self._submitted[key]
            self._require_scheduler(asks=False)
            report = self._report(batch, future)
            if report is None:
                self._done.put(key)
                continue
            del self._submitted[key]
            return report

    def stop(self) -> None:
        """Cancel what is submitted, and wait until no worker has a batch of this run."""
        if self._client.status != "running":
            return
        futures = [future for _, future in self._submitted.values()]
        self._submitted.clear()
        if futures:
            within(ANSWERING, lambda: self._client.cancel(futures, force=True))
        deadline = time.monotonic() + ENDING
        while time.monotonic() < deadline:
            active = within(ANSWERING, self._end_run)
            if active is None or not sum(active.values()):
                break
            time.sleep(0.05)

    def _end_run(self) -> dict[str, int]:
        """Let every worker end the run; how many batches of it each still has."""
        active: dict[str, int] = self._client.run(end_run, self._job.run_id, on_error="ignore")
        return active

    def _scatter(self) -> Any:
        """Send the layer and its weights to all workers, once."""
        scattered = within(
            ENDING, lambda: self._client.scatter(self._job, broadcast=True, hash=False)
        )
        if scattered is None:
            raise self._lost("it takes no data")
        return scattered

    def _report(self, batch: Batch, future: Any) -> Report | None:
        """What became of a batch; None where its result is not here yet."""
        try:
            if future.status == "finished":
                return Report(*future.result(timeout=RESULT))
            error = future.exception(timeout=RESULT) if future.status == "error" else None
        except TimeoutError:
            return None
        except Exception as raised:
            error = raised
        if future.status == "pending":
            return None
        worker = getattr(getattr(error, "last_worker", None), "address", "")
        if worker or error is None or "Cancelled" in type(error).__name__:
            what = f"{worker or 'a worker'} ended while it computed them"
            return Report(batch, worker, error=WorkerLost(what))
        return Report(batch, worker, error=RuntimeError(f"{type(error).__name__}: {error}"))

    def _require_scheduler(self, *, asks: bool = True) -> None:
        """Raises ConvError where the scheduler, or its last worker, is lost."""
        if self._client.status != "running":
            raise self._lost("the connection ended")
        if asks and time.monotonic() > self._asked + ASKING:
            self.workers()

    def _ask(self) -> None:
        """Which workers there are, and how many threads they have."""
        threads = within(ANSWERING, self._client.nthreads)
        self._asked = time.monotonic()
        if threads is None:
            raise self._lost(f"it does not answer within {ANSWERING:.0f} seconds")
        self._threads = dict(threads)

    def _lost(self, why: str) -> ConvError:
        address = getattr(self._client.scheduler, "address", "")
        rule = "the scheduler {address} is lost: {why}"
        hint = "The same command with `resume` goes on where this run ended."
        fields = {"address": address, "why": why}
        return ConvError("cluster.lost", rule, kind="write", hint=hint, fields=fields)


def _compute(job: Job, batch: tuple[int, int, int], versions: Versions) -> Report:
    """The task of a worker: its exceptions are part of the report."""
    from distributed import get_worker

    worker = str(get_worker().address)
    try:
        require_equal(versions, {worker: versions_here()})
    except ConvError as error:
        return Report(Batch(*batch), worker, error=error)
    return run_batch(job, Batch(*batch), worker)


def within(seconds: float, call: Callable[[], Any]) -> Any:
    """What the call returns; None where it raises, or does not return within so many seconds."""
    results: SimpleQueue[Any] = SimpleQueue()

    def answer() -> None:
        try:
            results.put(call())
        except Exception:
            results.put(None)

    Thread(target=answer, daemon=True).start()
    try:
        return results.get(timeout=seconds)
    except Empty:
        return None


@contextmanager
def _silence() -> Iterator[None]:
    """Keep the loggers of dask off stderr: the errors of this module say what counts.

    Many of them have handlers and levels of their own.
    """
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)
