"""`%convcli ...`: a command line in a notebook, whose answer the notebook displays."""

from __future__ import annotations

import io
import shlex
import sys
from typing import Any

from convcli.notebook.answers import Answer
from convcli.notebook.frames import Page
from convcli.report.document import Document


def register(shell: Any) -> None:
    """Give IPython's shell the magic."""
    shell.register_magic_function(convcli, "line", "convcli")


def convcli(line: str) -> Answer | Page | None:
    """Run a command line of convcli: `%convcli shape conv2d 224x224 -k 7`.

    The cell displays the answer, with tables and formulas; `answer = %convcli ...` keeps it, and
    `answer.data` is its JSON. An answer that is a file, a value of --quiet, or text of --format is
    written as in a terminal, and so are errors.
    """
    return answer(shlex.split(line))


def answer(words: list[str]) -> Answer | Page | None:
    """The answer of a command line; None where it has none for people."""
    from convcli.cli.app.main import main
    from convcli.cli.output.streams import Streams

    answers: list[Answer | Page] = []

    def hear(answer: Document | str, style: Any) -> None:
        """A document, or the page of `show`."""
        if isinstance(answer, str):
            answers.append(Page(answer, f"convcli {shlex.join(words)}"))
        else:
            answers.append(Answer(answer, style._replace(width=None)))

    streams = Streams(io.StringIO(), sys.stdout, sys.stderr, hear)
    main(words, streams)
    return answers[-1] if answers else None
