"""The streams of a run: injected, so that tests and other programs can call `main`."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from time import monotonic
from typing import IO, Any, NamedTuple, TextIO

from convcli.errors import ConvError

# What a terminal obeys: control characters, direction marks, lone surrogates. Newlines and tabs are
# text.
_OBEYED = (
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_COLOR_OR_OBEYED = rf"(\x1b\[[0-9;]*m)|{_OBEYED}"
DUMB = ("dumb", "unknown")  # of TERM: terminals that obey no codes
UNATTENDED = ("CI", "JPY_PARENT_PID", "JPY_SESSION_NAME")  # variables of build servers and Jupyter
LONGEST_WAIT = 0.1  # seconds that pieces for machines wait for others, to be written together
BOX_CHARACTERS = "\u2500\u00d7\u2026"


def shown(text: str, *, colors: bool = False) -> str:
    """The text with U+FFFD in place of what a terminal obeys: the last step before one.

    Lines and tabs are kept; codes of colour too, with `colors`.

    >>> shown("a\\x1b[31mb\\u202ec\\n")
    'a\\ufffd[31mb\\ufffdc\\n'
    """
    if colors:
        return re.sub(_COLOR_OR_OBEYED, lambda match: match[1] or "\ufffd", text)
    return re.sub(_OBEYED, "\ufffd", text)  # compiled at the first call, which -q does not make


class Streams(NamedTuple):
    """stdin, stdout and stderr; None where one is closed.

    `audience` takes the answers for people, with their style, in place of stdout: a notebook
    displays them.
    """

    stdin: Any
    stdout: TextIO | None
    stderr: TextIO | None
    audience: Callable[[Any, Any], None] | None = None

    @classmethod
    def standard(cls) -> Streams:
        """The streams of this process."""
        return cls(sys.stdin, sys.stdout, sys.stderr)

    @property
    def stdin_bytes(self) -> IO[bytes] | None:
        """The bytes of stdin, None where it is closed."""
        stream: IO[bytes] | None = getattr(self.stdin, "buffer", self.stdin)
        return stream

    def open_stdin(self, parameter: str) -> IO[bytes]:
        """The bytes of stdin, with a note where they are typed.

        Raises ConvError where it is closed.
        """
        stream = self.stdin_bytes
        if stream is None:
            rule = "cannot be read: standard input is closed"
            raise ConvError("stdin.closed", rule, parameter=parameter, got="-", kind="data")
        if stream.isatty():
            self.note("standard input is the terminal: type the lines, and end with Ctrl-D.")
        return stream

    @property
    def is_terminal(self) -> bool:
        """Whether stdout is a terminal."""
        return self.stdout is not None and self.stdout.isatty()

    @property
    def has_screen(self) -> bool:
        """Whether stdout is a terminal that draws over itself, with somebody in front of it.

        The cell of a notebook and a build server have terminals that nobody types into.
        """
        is_dumb = os.environ.get("TERM") in DUMB
        return self.is_terminal and not is_dumb and not any(map(os.environ.get, UNATTENDED))

    def width(self) -> int | None:
        """The terminal's columns; None off a terminal, where lines are not wrapped."""
        if not self.is_terminal:
            return None
        import shutil

        return shutil.get_terminal_size().columns

    def wants_color(self, choice: str) -> bool:
        """By --color, NO_COLOR, FORCE_COLOR, TERM=dumb, and whether stdout is a terminal."""
        if choice != "auto":
            return choice == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        return os.environ.get("TERM") not in DUMB and self.is_terminal

    def draws_boxes(self) -> bool:
        """Whether stdout's encoding has box characters."""
        return self.has(BOX_CHARACTERS)

    def has(self, characters: str) -> bool:
        """Whether stdout's encoding has all of these characters."""
        try:
            characters.encode(getattr(self.stdout, "encoding", None) or "utf-8")
        except (UnicodeEncodeError, LookupError):
            return False
        return True

    def write(self, text: str, *, machine: bool = False, colors: bool = False) -> None:
        """Text to stdout: for machines as it is, in UTF-8; for people `shown`, in its encoding."""
        self._write(text if machine else shown(text, colors=colors), machine)

    def draw(self, codes: str) -> None:
        """Text to stdout with the codes that move a terminal's cursor."""
        self._write(codes, machine=False)

    def _write(self, text: str, machine: bool) -> None:
        if not self._has_bytes():
            self._stdout.write(text)
            return
        if machine:
            self.write_bytes(text.encode())
            return
        # The stream encodes: UTF-16 has a mark at its beginning, and not before every piece.
        encoding = self._stdout.encoding
        self._stdout.write(text.encode(encoding, errors="replace").decode(encoding))

    def write_pieces(self, pieces: Iterable[str]) -> None:
        """Text for machines to stdout, piece by piece; what comes slowly is flushed.

        Whoever makes the pieces of lines that somebody types flushes before he waits for the next.
        """
        if not self._has_bytes():
            for piece in pieces:
                self._stdout.write(piece)
            return
        self._stdout.flush()
        write, flushed = self._stdout.buffer.write, monotonic()
        for piece in pieces:
            write(piece.encode())
            now = monotonic()
            if now - flushed > LONGEST_WAIT:
                self._stdout.flush()
                flushed = now

    def write_name(self, line: str) -> None:
        """A line with the name of a file to stdout, for machines: its bytes as the system has them.

        On a terminal it is `shown`.
        """
        if self.is_terminal or not self._has_bytes():
            self.write(line)
        else:
            self.write_bytes(os.fsencode(line))

    def write_bytes(self, data: bytes | memoryview) -> None:
        """Bytes to stdout."""
        self._stdout.flush()
        self._stdout.buffer.write(data)

    def _has_bytes(self) -> bool:
        return hasattr(self._stdout, "buffer")

    def flush(self) -> None:
        """Flush stdout."""
        if self.stdout is not None:
            self.stdout.flush()

    def complain(self, text: str) -> None:
        """A line to stderr, `shown`; nothing where that is closed."""
        if self.stderr is not None:
            text = shown(text)
            try:
                encoding = getattr(self.stderr, "encoding", None) or "utf-8"
                self.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
                self.stderr.flush()
            except (OSError, ValueError):
                pass

    def note(self, text: str) -> None:
        """A line to stderr on what a result or a reader lost, guessed or left out.

        Names of files and of their parts may hold line breaks: the note has none.
        """
        self.complain(f"convcli: note: {text.replace(chr(10), chr(0xFFFD))}")

    @property
    def _stdout(self) -> TextIO:
        if self.stdout is None:
            raise ConvError("stdout.closed", "standard output is closed", kind="write")
        return self.stdout
