"""Processes of this machine: faults, and that nothing is left."""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from convcli.distribution.dispatch import Event, distribute
from convcli.distribution.local import Processes
from convcli.errors import ConvError
from tests.distribution_jobs import Files, expected, written

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


def job(folder: Path, **options: Any) -> Files:
    return Files(uuid.uuid4().hex, str(folder), **options)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def processes_of(executor: Processes) -> list[int]:
    return [member.process.pid or 0 for member in executor._members.values()]


def test_killed_processes_are_replaced_and_failed_batches_go_elsewhere(tmp_path: Path) -> None:
    events: list[Event] = []
    executor = Processes(job(tmp_path, faulty=(5, 17), fault="killed"), 2)
    processes = processes_of(executor)
    tally = distribute(executor, 60, say=events.append)
    assert written(tmp_path) == expected(60)
    assert tally.computed == 60
    lost = [str(event.report.error) for event in events if event.kind == "failed"]
    assert len(lost) == 2
    assert all(why.endswith("was ended by SIGKILL") for why in lost)
    assert not any(map(is_running, processes))


def test_an_interrupt_ends_the_processes_after_their_unit(tmp_path: Path) -> None:
    executor = Processes(job(tmp_path, pause=0.02), 2)
    processes = processes_of(executor)
    Timer(0.6, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        distribute(executor, 10_000)
    assert not any(map(is_running, processes))
    assert all(number == unit * unit for unit, number in written(tmp_path).items())


@pytest.mark.slow
def test_an_error_that_cannot_be_pickled_arrives_as_text(tmp_path: Path) -> None:
    executor = Processes(job(tmp_path, faulty=(3,), fault="unpicklable", times=9), 3)
    with pytest.raises(RuntimeError, match="Unpicklable"):
        distribute(executor, 60)


@pytest.mark.slow
def test_a_batch_that_ends_every_process_ends_the_run(tmp_path: Path) -> None:
    executor = Processes(job(tmp_path, faulty=(3,), fault="killed", times=9), 2)
    with pytest.raises(ConvError, match=r"ended: worker \d was ended by SIGKILL") as raised:
        distribute(executor, 60)
    assert raised.value.kind == "write"


@pytest.mark.slow
def test_processes_whose_parent_is_killed_end(tmp_path: Path) -> None:
    import subprocess

    code = f"""
from convcli.distribution.dispatch import distribute
from convcli.distribution.local import Processes
from tests.distribution_jobs import Files
if __name__ == "__main__":
    executor = Processes(Files("r", {str(tmp_path)!r}, pause=0.05), 2)
    print(*(member.process.pid for member in executor._members.values()), flush=True)
    distribute(executor, 10_000)
"""
    program = tmp_path / "parent.py"
    program.write_text(code)
    parent = subprocess.Popen([sys.executable, str(program)], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    processes = [int(text) for text in parent.stdout.readline().split()]
    while not written(tmp_path):
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while any(map(is_running, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, processes))
