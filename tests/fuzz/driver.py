"""Runs cases in worker processes, which may crash, hang or run out of memory."""

from __future__ import annotations

import os
import pickle
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.fuzz.case import Case, Outcome
from tests.fuzz.invariants import faults

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 30.0  # seconds of CPU after which a worker is killed
ASLEEP = 10  # times as long may it wait for a CPU
START = 120.0  # seconds that the first case may take longer: packages are imported


class Workers:
    """One worker process, started when it is needed and again after it died. A context manager."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.patience = patience
        self.process: subprocess.Popen[bytes] | None = None
        self.imported: set[str] = set()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def run(self, case: Case) -> Outcome:
        """The outcome of the case; where the worker dies or hangs, one that says so."""
        process = self.process or self._start()
        new = not {"convcli", *case.needs} <= self.imported
        self.imported |= {"convcli", *case.needs}
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            pickle.dump(case, process.stdin)
            process.stdin.flush()
        except BrokenPipeError:
            return self._died(process)
        if not self._answers(process, self.patience + (START if new else 0)):
            self.stop()
            return Outcome(-1, ended=f"no answer after {self.patience:g} s")
        try:
            outcome: Outcome = pickle.load(process.stdout)
        except (EOFError, pickle.UnpicklingError):
            return self._died(process)
        return outcome

    def _answers(self, process: subprocess.Popen[bytes], seconds: float) -> bool:
        """Whether an answer comes before the worker has computed for so long, or slept for more."""
        used, until = _cpu_of(process.pid), time.monotonic() + ASLEEP * seconds
        while not select.select([process.stdout], [], [], 1.0)[0]:
            if _cpu_of(process.pid) - used > seconds or time.monotonic() > until:
                return False
        return True

    def stop(self) -> None:
        """End the worker."""
        process, self.process, self.imported = self.process, None, set()
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()

    def _start(self) -> subprocess.Popen[bytes]:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.fuzz.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=_environment(),
            start_new_session=True,
        )
        return self.process

    def _died(self, process: subprocess.Popen[bytes]) -> Outcome:
        process.wait()
        code = process.returncode
        self.stop()
        return Outcome(
            -1, ended=f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"
        )


def _cpu_of(pid: int) -> float:
    """The seconds of CPU that a process has used; those of one that has ended are 0."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _environment() -> dict[str, str]:
    """As programs run, but for threads: each takes address space."""
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    threads["MALLOC_MMAP_THRESHOLD_"] = "1048576"  # what is freed goes back, and the peak is seen
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "CONVCLI_LANG")
    }
    return {**kept, **threads, "PYTHONPATH": path, "PYTHONFAULTHANDLER": ""}


def run_case(case: Case) -> Outcome:
    """The outcome of one case, in a worker of its own."""
    with Workers() as workers:
        return workers.run(case)


def faults_of(case: Case, workers: Workers | None = None) -> list[str]:
    """Every rule that the case breaks."""
    return faults(case, workers.run(case) if workers else run_case(case))


def files_for(case: Case, folder: Path) -> Any:
    """Write the case's files, and its standard input, into a folder, to look at them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in case.files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    if case.stdin:
        (folder / "stdin").write_bytes(case.stdin)
