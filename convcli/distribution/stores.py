"""The work between stores as a job of workers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from convcli.distribution.task import Tally
from convcli.errors import ConvError
from convcli.inputs.files.stores.existing import is_own
from convcli.inputs.files.stores.outputs import Units
from convcli.inputs.files.stores.places import StorePlace
from convcli.inputs.files.stores.tasks import OpenTask, StoreTask

OWN = "memory://"  # the file system of fsspec that a process has for itself
LOOKING = 2.0  # seconds between looks at whose the store is


@dataclass(frozen=True)
class StoreJob:
    """A layer between stores; its units are the blocks of the plan."""

    task: StoreTask

    @classmethod
    def of(cls, task: StoreTask) -> StoreJob:
        """The job of a task whose stores every worker can open.

        Workers have their own current folder, so paths become absolute. What zarr says of the
        chunks goes with the job: workers need no zarr for plain ones. Raises ConvError for a store
        in the memory of this process.
        """
        source, output = task.source, task.output
        parameters = {"X": source.place, "output": output.place}
        for parameter, place in parameters.items():
            if place.is_url and place.root.startswith(OWN):
                rule = "is in the memory of this process, where no worker reads or writes"
                raise ConvError("workers.store", rule, parameter=parameter, got=place.text)
        source = replace(source, place=_absolute(source.place))
        output = replace(output, place=_absolute(output.place), plain=Units(output).plain)
        return cls(replace(task, source=source, output=output))

    @property
    def run_id(self) -> str:
        """The name of the run, which the store of the result has too."""
        return self.task.run_id

    def open(self) -> StoreWork:
        """Open both stores. Raises ConvError where one cannot be opened."""
        try:
            return StoreWork(self.task, self.task.open())
        except ConvError as error:  # the client has opened both
            hint = "Workers need X and Y under the same paths as here, and the same packages."
            raise error.with_place(hint=hint) from None


def _absolute(place: StorePlace) -> StorePlace:
    return place if place.is_url else place._replace(root=os.path.abspath(place.root))


@dataclass
class StoreWork:
    """The stores of a job, open in this process."""

    task: StoreTask
    opened: OpenTask
    looked: float = field(default_factory=time.monotonic)

    @property
    def reader(self) -> str:
        """The package that reads X."""
        return self.opened.reader

    def compute(self, first: int, stop: int, proceed: Callable[[], bool]) -> Tally:
        """Compute blocks; ends where not `proceed()`, and where another run has taken the store."""
        fetched, written = self.opened.fetched, self.opened.written
        done = self.opened.run(self._numbers(first, stop, proceed), threads=1)
        return Tally(
            done.computed, done.skipped, self.opened.fetched - fetched,
            self.opened.written - written,
        )  # fmt: skip

    def _numbers(self, first: int, stop: int, proceed: Callable[[], bool]) -> Iterator[int]:
        for number in range(first, stop):
            if not proceed() or not self._is_ours():
                return
            yield number

    def _is_ours(self) -> bool:
        """Whether the store still has the name of this run.

        Workers whose client was killed end their batch. Meanwhile another run can have begun the
        store anew.
        """
        if time.monotonic() < self.looked + LOOKING:
            return True
        self.looked = time.monotonic()
        return is_own(self.task.output.place, self.run_id)

    @property
    def run_id(self) -> str:
        """The name of the run."""
        return self.task.run_id
