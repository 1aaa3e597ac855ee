"""The workers of `run` between stores: who they are, what they say, and their share of memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from convcli.cli.app.errors import option_names
from convcli.cli.app.workers import CLUSTERS, WorkerOptions
from convcli.cli.output.progress import Bar
from convcli.cli.output.streams import Streams
from convcli.engine.compute.blockwise import Tally
from convcli.errors import ConvError, reason_of
from convcli.render.values import text
from convcli.report.quantities import Bytes, Rounded
from convcli.report.words.vocabulary import Words

if TYPE_CHECKING:
    from convcli.distribution.dispatch import Event, Executor
    from convcli.distribution.local import Ahead
    from convcli.distribution.task import Job
    from convcli.inputs.files.stores.tasks import StoreTask

DIGITS = 3
LOCAL = "worker "  # and the number of a process


class Team(NamedTuple):
    """Workers: how many batches they compute at the same time, and the bytes that each may take.

    `begin` starts them, or tells those of a cluster what the work is. `memory` is None for workers
    that share the memory of this machine.
    """

    slots: int
    memory: int | None
    begin: Callable[[Job], Executor]


@contextmanager
def started_ahead(options: WorkerOptions, *, is_plan: bool) -> Iterator[Ahead | None]:
    """Processes of this machine that start while this one reads what it is asked for.

    No more than there are cores: an error of the request would start many for nothing.
    """
    if options.workers is None or options.source in CLUSTERS or is_plan:
        yield None
        return
    from convcli.distribution.local import Ahead

    with Ahead(min(options.workers, os.cpu_count() or 1)) as ahead:
        yield ahead


@contextmanager
def team_of(
    options: WorkerOptions, streams: Streams, ahead: Ahead | None, *, debug: bool
) -> Iterator[Team | None]:
    """The workers that the options name; None where this process computes.

    Raises ConvError where a scheduler cannot be reached, or where its workers cannot be used.
    """
    if options.workers is not None:
        from convcli.distribution.local import Processes

        count = options.workers
        yield Team(count, None, lambda job: Processes(job, count, ahead))
    elif options.source in CLUSTERS:
        with _cluster(options, streams, debug=debug) as team:
            yield team
    else:
        yield None


@contextmanager
def _cluster(options: WorkerOptions, streams: Streams, *, debug: bool) -> Iterator[Team]:
    from convcli.distribution.addresses import (
        Credentials,
        check_credentials,
        is_open_to_others,
        parse_address,
        read_scheduler_file,
    )
    from convcli.distribution.dask import (
        CONNECTING,
        Cluster,
        connected,
        memory_of_slot,
        slots_of,
    )

    parameter = str(options.source)
    if options.scheduler_file is not None:
        address = read_scheduler_file(options.scheduler_file, CONNECTING)
    else:
        address = parse_address(str(options.dask_address))
    credentials = None
    if options.tls_ca and options.tls_cert and options.tls_key:
        credentials = Credentials(options.tls_ca, options.tls_cert, options.tls_key)
    check_credentials(address, credentials)
    if is_open_to_others(address):
        streams.note(
            f"{address} is neither encrypted nor protected: whoever reaches the ports of the "
            "scheduler and the workers can run code there. A tls:// scheduler, with --tls-ca, "
            "--tls-cert and --tls-key, is protected."
        )
    with connected(address, credentials, parameter) as client:
        if debug:
            streams.complain(f"convcli: the dashboard of dask: {client.dashboard_link}")
        yield Team(slots_of(client), memory_of_slot(client), lambda job: Cluster(client, job))


def compute_with(
    team: Team,
    task: StoreTask,
    streams: Streams,
    words: Words,
    *,
    verbose: bool,
    report: Callable[[Tally], None],
    bar: Bar | None,
) -> tuple[Tally, int]:
    """Let workers compute all blocks: what was done, and the bytes that they fetched."""
    from convcli.distribution.dispatch import distribute
    from convcli.distribution.stores import StoreJob

    def say(event: Event) -> None:
        tally = event.report.tally
        if verbose or event.kind == "out":
            if bar is not None:
                bar.stop()
            streams.complain(f"convcli: {line_of(event, task.blocks.total, words)}")
        if event.kind == "done":
            report(Tally(tally.computed, tally.skipped))

    done = distribute(team.begin(StoreJob.of(task)), task.blocks.total, say=say)
    if done.computed + done.skipped != task.output.grid.total:
        rule = "another run has begun this store anew: this one ends"
        got = task.output.place.text
        raise ConvError("output.taken", rule, parameter="output", got=got, kind="write")
    return Tally(done.computed, done.skipped), done.bytes_read


def line_of(event: Event, blocks: int, words: Words) -> str:
    """What happened, as a line for people."""
    report = event.report
    batch = report.batch
    last = {"last": batch.stop, "blocks": blocks}
    if batch.units > 1:
        span = words.phrase("workers.blocks", first=batch.first + 1, **last)
    else:
        span = words.phrase("workers.block", **last)
    fields = {"worker": _worker(event.worker, words), "span": span}
    if event.kind == "done":
        moved = report.tally.bytes_read + report.tally.bytes_written
        phrase = words.phrase(
            "workers.done", **fields, seconds=Rounded(report.seconds, DIGITS),
            rate=Bytes(int(moved / max(report.seconds, 1e-9))), reader=report.reader,
        )  # fmt: skip
    else:
        error = report.error or Exception()
        why = reason_of(error)
        if isinstance(error, ConvError):
            why = error.message(option_names("run"))
        phrase = words.phrase(f"workers.{event.kind}", **fields, why=why.rstrip("."))
    return text(phrase)


def _worker(name: str, words: Words) -> Any:
    """The name of a worker: an address, or the number of a process of this machine."""
    number = name.removeprefix(LOCAL)
    if number != name:
        return words.phrase("workers.number", number=number)
    return name or words("workers.one")
