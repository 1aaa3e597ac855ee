"""The exit statuses of convcli. They never change: scripts compare them."""

from __future__ import annotations

from enum import IntEnum


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
