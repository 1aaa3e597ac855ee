"""Jobs that tests hand to workers: a unit is a file with its number, and faults come as told."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from convcli.distribution.task import Tally
from convcli.errors import ConvError

Fault = Literal["", "data", "write", "bug", "killed", "unpicklable"]


@dataclass(frozen=True)
class Files:
    """Writes the file `folder/UNIT` for each unit.

    Where `marked` exists, or without it, the first worker that comes to a unit of `faulty` has the
    fault, as long as fewer than `times` workers had it.
    """

    run_id: str
    folder: str
    faulty: tuple[int, ...] = ()
    fault: Fault = ""
    times: int = 1
    pause: float = 0.0

    def open(self) -> FilesWork:
        return FilesWork(self)


class Unpicklable(Exception):
    def __init__(self) -> None:
        super().__init__(lambda: None)


@dataclass(frozen=True)
class FilesWork:
    job: Files
    reader = ""

    def compute(self, first: int, stop: int, proceed: Callable[[], bool]) -> Tally:
        tally = Tally()
        for unit in range(first, stop):
            if not proceed():
                break
            if unit in self.job.faulty and self._is_first(unit):
                fail(self.job.fault)
            time.sleep(self.job.pause)  # a unit takes so long
            part = Path(self.job.folder, f"{unit}.{os.getpid()}")  # who looks sees it whole
            part.write_text(f"{unit * unit}")
            part.replace(Path(self.job.folder, str(unit)))
            tally = tally.plus(Tally(1, 0, 8, 8))
        return tally

    def _is_first(self, unit: int) -> bool:
        """Whether fewer than `times` workers came here before."""
        for time_ in range(self.job.times):
            try:
                Path(self.job.folder, f"fault-{unit}-{time_}").touch(exist_ok=False)
            except FileExistsError:
                continue
            return True
        return False


def fail(fault: Fault) -> None:
    if fault == "data":
        raise ConvError("zarr.chunk", "has no chunk c/0/1", parameter="X", kind="data")
    if fault == "write":
        raise OSError(28, "No space left on device")
    if fault == "bug":
        raise ZeroDivisionError("by zero")
    if fault == "unpicklable":
        raise Unpicklable
    os.kill(os.getpid(), signal.SIGKILL)


def written(folder: Path) -> dict[int, int]:
    """The numbers that the files of units hold."""
    paths = [path for path in folder.iterdir() if path.name.isdigit()]
    return {int(path.name): int(path.read_text()) for path in paths}


def expected(units: int) -> dict[int, int]:
    return {unit: unit * unit for unit in range(units)}
