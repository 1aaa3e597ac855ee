"""What a reader is asked for: one array of one file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from convcli.engine.arrays import Array
from convcli.errors import ConvError, printable, shortened
from convcli.inputs.files.admission import Admit, admit_all
from convcli.inputs.files.metadata import SourceMetadata

Note = Callable[[str], None]  # tells the user what was lost or guessed


def no_note(_: str) -> None:
    """Tell nobody."""


def no_metadata(_: SourceMetadata) -> None:
    """Keep nothing."""


@dataclass(frozen=True)
class ArrayRequest:
    """One array of a file, for a layer of `rank` spatial axes.

    `member` is what follows the path and a colon: the name of an array, a page, a column. `name` is
    the argument, for errors. `admit` is called with the bytes that the file needs before they are
    allocated, `note` with a sentence about what is lost, and `keep` with what the file says about
    its numbers. `decimal` is the decimal sign of a table, where the user names it.
    """

    path: str
    member: str
    name: str
    rank: int
    admit: Admit = admit_all
    note: Note = no_note
    keep: Callable[[SourceMetadata], None] = no_metadata
    decimal: str | None = None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The bytes of the file."""
        with open(self.path, "rb") as stream:
            yield stream

    def say(self, text: str) -> None:
        """A note that begins with the path."""
        self.note(f"{printable(shortened(self.path))}: {text}")

    def refusal(self, code: str, rule: str, **details: Any) -> ConvError:
        """The error of a file that breaks a rule; its path is added by `read_array`."""
        return ConvError(code, rule, parameter=self.name, kind="data", **details)


Reader = Callable[[ArrayRequest], Array]
