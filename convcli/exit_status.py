"""The exit statuses of convcli. They never change: scripts compare them."""

from __future__ import annotations

from enum import IntEnum

NO_MEMORY = "this takes more memory than there is"
REFUSALS = (  # of the loader of libraries, of the system, of Python's threads, and of torch
    "failed to map segment",
    "cannot allocate memory",
    "Cannot allocate memory",
    "can't start new thread",
    "can't allocate memory",
    "not enough memory",
    "error return without exception set",  # of Python where an import runs out of it
)


class ExitStatus(IntEnum):
    """How a run ended.

    Above 128 stands 128 plus the number of the signal that ended the run, as shells report it.

    >>> int(ExitStatus.DATA)
    3
    """

    DONE = 0
    ANSWER_IS_NO = 1  # a check or --expect failed
    REQUEST = 2  # the command line, or a layer that cannot be computed for that shape
    DATA = 3  # input that cannot be read
    MEMORY = 4  # too large for this machine
    WRITE = 5  # the result could not be written
    PACKAGE = 6  # an optional package is missing
    BUG = 70  # EX_SOFTWARE of sysexits.h
    HUNG_UP = 129
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


def is_lack_of_memory(error: BaseException | None) -> bool:
    """Whether the error, or one that caused it, says that the system gives no more memory.

    >>> is_lack_of_memory(ImportError("x.so: failed to map segment from shared object"))
    True
    """
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        if isinstance(error, (ImportError, OSError, RuntimeError, SystemError)):
            text = " ".join(map(str, error.args))
            if any(words in text for words in REFUSALS):
                return True
        error = error.__cause__ or error.__context__
    return False
