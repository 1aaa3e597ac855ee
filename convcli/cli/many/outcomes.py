"""What became of the files of --each: notes that repeat are one line, failures a line each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from convcli.cli.many.results import Task
from convcli.cli.output.streams import Streams
from convcli.errors import ConvError, printable, shortened
from convcli.exit_status import ExitStatus
from convcli.report.document import Document, Fact, Facts

_NUMBER = re.compile(r"\d[\d.,]*(?:e[+-]?\d+)?")
# Of several causes the first of these is the exit status.
GRAVEST = (ExitStatus.DATA, ExitStatus.WRITE, ExitStatus.PACKAGE, ExitStatus.MEMORY)


class FileStreams(Streams):
    """The streams of one file among many: notes and errors are kept, not written."""

    said: list[str]

    @classmethod
    def beside(cls, streams: Streams) -> FileStreams:
        """Streams that keep notes, without a terminal."""
        kept = cls(streams.stdin, streams.stdout, None)
        kept.said = []
        return kept

    def complain(self, text: str) -> None:
        """Keep a line."""
        self.said.append(text.removeprefix("convcli: "))

    def note(self, text: str) -> None:
        """Keep a note."""
        self.said.append(f"note: {text}")


class Outcome(NamedTuple):
    """The exit status of a file, the facts of its line, what was said, and its error."""

    task: Task
    status: int
    facts: tuple[Fact, ...] = ()
    said: Sequence[str] = ()
    error: ConvError | None = None

    def document(self, command: str, error: dict[str, Any] | None) -> Document:
        """The line of the file."""
        file = self.task.file.text
        if error is not None:
            failed = Facts((Fact("file", None, file), Fact("error", None, error)))
            return Document(command, (failed,))
        notes = [each.removeprefix("note: ") for each in self.said]
        facts = (
            Fact("file", None, file),
            *self.facts,
            Fact("output.file", None, self.task.result),
            *([Fact("notes", None, notes)] if notes else []),
        )
        return Document(command, (Facts(facts),), essential=self.task.result)


def exit_status(outcomes: Sequence[tuple[int, int]]) -> int:
    """The exit status of (status, number of files) pairs: 3 where a file is at fault.

    A request that does not fit one file is a fault of that file. Where no file is at fault, it is
    that of results that could not be written, of a missing package, of too little memory, and 1
    where an answer is no.

    >>> exit_status([(0, 9), (2, 1)]), exit_status([(0, 1), (4, 1)]), exit_status([(0, 5)])
    (3, 4, 0)
    """
    statuses = {
        ExitStatus.DATA if status == ExitStatus.REQUEST else status
        for status, count in outcomes
        if count
    }
    failed = next((status for status in GRAVEST if status in statuses), None)
    return int(max(statuses, default=0) if failed is None else failed)


class Notes:
    """Notes of many files, counted by what they say without their numbers and names."""

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, str]] = {}  # kind -> file and text
        self._counts: dict[str, int] = {}

    def add(self, outcome: Outcome) -> None:
        """Count the notes of a file."""
        file, result = outcome.task.file.path, outcome.task.result
        counted = set()
        for text in outcome.said:
            kind, mark, rest = text.partition("note: ")
            bare = rest if mark else text
            for name in (file, result):
                bare = bare.removeprefix(f"{printable(shortened(name))}: ")
            key = kind + _NUMBER.sub("0", bare)
            self._first.setdefault(key, (file, bare))
            if key not in counted:
                self._counts[key] = self._counts.get(key, 0) + 1
            counted.add(key)

    def lines(self, total: int) -> list[str]:
        """A line for each kind of note.

        A note of one file carries its name, one of several their number and the first of them.
        """
        lines = []
        for key, (file, text) in self._first.items():
            count, name = self._counts[key], printable(shortened(file))
            if count == 1:
                lines.append(f"{name}: {text}")
            else:
                lines.append(f"{count:,} of {total:,} files, the first {name}: {text}")
        return lines
